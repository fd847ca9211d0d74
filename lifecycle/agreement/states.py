"""Kinds, lengths and states of agreements, stances and papers."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AgreementKind(models.TextChoices):
    NDA = "nda", _("Non-disclosure agreement")
    MOU = "mou", _("Memorandum of understanding")


class Length(models.TextChoices):
    """Light partnerships need only the required clauses, in short form."""

    SHORT = "short", _("Short form: the required clauses, each in a few lines")
    FULL = "full", _("Full form: all clauses")


class AgreementState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SIGNING = "signing", _("Being signed")
    SIGNED = "signed", _("Signed")
    SUPERSEDED = "superseded", _("Replaced by an amendment")
    SET_ASIDE = "set_aside", _("Set aside")


#: States in which a text is on its way: at most one of a kind in a partnership.
OPEN_STATES: tuple[str, ...] = (AgreementState.DRAFT, AgreementState.SIGNING)


class StanceState(models.TextChoices):
    AGREED = "agreed", _("We agree")
    DISCUSS = "discuss", _("To discuss")
    LEAVE_OUT = "leave_out", _("Leave it out")


class PaperState(models.TextChoices):
    """The PDF of a signed text, on its way."""

    QUEUED = "queued", _("Waiting to be made")
    WORKING = "working", _("Being made")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Could not be made")
