"""The states of a report's making."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    QUEUED = "queued", _("Waiting its turn")
    WORKING = "working", _("Being made")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Could not be made")


class Audience(models.TextChoices):
    """For whom a report is made."""

    ALL = "all", _("For all readers of the review")
    OWN = "own", _("For our side alone")
