"""What a lesson tells."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class LessonKind(models.TextChoices):
    """As the prompts of the catalogue, by which each side writes down its own."""

    WORKED = "worked", _("What worked")
    FAILED = "failed", _("What failed")
    DIFFERENTLY = "differently", _("What to do differently")
