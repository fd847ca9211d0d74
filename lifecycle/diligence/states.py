"""The words of due diligence."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """What an assessment says about one question of the scale."""

    NONE = "none", _("No concern")
    SOME = "some", _("Some concern")
    SERIOUS = "serious", _("Serious concern")
    UNKNOWN = "unknown", _("Not known yet")
    NA = "na", _("Does not apply")


class Outcome(models.TextChoices):
    """In the order in which the rule asks (catalogue 2)."""

    NOT_NOW = "not_now", _("Not now")
    UNDECIDED = "undecided", _("Undecided")
    CONDITIONS = "conditions", _("Go, with conditions")
    GO = "go", _("Go")


class Band(models.TextChoices):
    """Of likelihood times impact."""

    LOW = "low", _("Low")
    MODERATE = "moderate", _("Moderate")
    SUBSTANTIAL = "substantial", _("Substantial")
    HIGH = "high", _("High")


class ToWhom(models.TextChoices):
    """Risk to whom: people first."""

    PEOPLE = "people", _("People around the site")
    STAFF = "staff", _("Our staff and theirs")
    ENVIRONMENT = "environment", _("Water, land and air")
    PARTNERSHIP = "partnership", _("The partnership")
    US = "us", _("Our organisation")
    THEM = "them", _("The other organisation")


class VisitKind(models.TextChoices):
    VISIT = "visit", _("Visit to a partner")
    EXCHANGE = "exchange", _("Exchange of staff or executives")
    JOINT = "joint", _("Joint visit or discussion")


class PageKind(models.TextChoices):
    """What the partners write side by side and agree."""

    GOALS = "goals", _("Goals, values and red lines")
    STEPS = "steps", _("Next steps")


class LineKind(models.TextChoices):
    GOAL = "goal", _("Goal")
    VALUE = "value", _("Value")
    RED_LINE = "red_line", _("Red line")
    STEP = "step", _("Next step")


class Relation(models.TextChoices):
    """How the partners see a goal, value or red line of one of them."""

    NOT_DISCUSSED = "not_discussed", _("Not discussed")
    SHARED = "shared", _("Shared")
    COMPATIBLE = "compatible", _("Compatible")
    CONFLICT = "conflict", _("In conflict")


#: What each partner puts side by side before the gate opens.
COMPARED: tuple[str, ...] = (LineKind.GOAL, LineKind.VALUE, LineKind.RED_LINE)
