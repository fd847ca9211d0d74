"""The states of a report's making, and for whom it is made."""

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

    PARTNERS = "partners", _("For the partners and their broker")
    OWN = "own", _("For our side alone")
    ALL = "all", _("For all parties")
    DONOR = "donor", _("For a donor")


#: Beyond the partners: every partner agrees before anybody else reads it, and people stand by function, not by name.
WIDER = frozenset({Audience.ALL, Audience.DONOR})


class ExportState(models.TextChoices):
    """Of a file with many reports. `MAKING`: its PDFs; `PACKING`: the file itself."""

    MAKING = "making", _("Being made")
    PACKING = "packing", _("Being packed")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Could not be made")
    VOID = "void", _("Not valid any more")
    EXPIRED = "expired", _("Expired")


#: An export goes on by itself in these.
UNDER_WAY = frozenset({ExportState.MAKING, ExportState.PACKING})
