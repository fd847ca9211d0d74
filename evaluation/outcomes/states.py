"""Words of outcomes: what is counted and told, whose benefit, hours and cost."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Layer(models.TextChoices):
    """Three layers that are never merged: what the project changes, how it is worked together, what each gets."""

    PROJECT = "project", _("Project results")
    PROCESS = "process", _("How we work together")
    VALUE = "value", _("Value to each partner")


class Direction(models.TextChoices):
    MORE = "more", _("More is better")
    LESS = "less", _("Less is better")


class Frequency(models.TextChoices):
    MONTHLY = "monthly", _("Every month")
    QUARTERLY = "quarterly", _("Every three months")
    HALF_YEARLY = "half_yearly", _("Every six months")
    YEARLY = "yearly", _("Every year")
    AT_END = "at_end", _("Once, by the day of the target")


#: Months between two measurements; AT_END has none.
MONTHS: dict[str, int] = {
    Frequency.MONTHLY: 1,
    Frequency.QUARTERLY: 3,
    Frequency.HALF_YEARLY: 6,
    Frequency.YEARLY: 12,
}


class OutcomeKind(models.TextChoices):
    """Harm is a kind of its own, so that no sum of what went well can hide it."""

    COUNTED = "counted", _("A change that an indicator counts")
    TOLD = "told", _("A change that cannot be counted")
    HARM = "harm", _("Harm that nobody intended")


class Stance(models.TextChoices):
    CONFIRMED = "confirmed", _("We see it too")
    DIFFERENT = "different", _("We see it differently")


class ValueKind(models.TextChoices):
    """What a partner may get out of a partnership."""

    RELATIONS = "relations", _("Licence to operate, better relations")
    ACCESS = "access", _("Access to places, people or decisions")
    LEARNING = "learning", _("Learning")
    REACH = "reach", _("Reach: more people, more places")
    FUNDING = "funding", _("Funding")
    SAVINGS = "savings", _("Costs or delays avoided")
    REPUTATION = "reputation", _("Reputation")
    MOTIVATION = "motivation", _("Motivation of staff")
    INFLUENCE = "influence", _("Influence on policy or practice")
    OTHER = "other", _("Something else")


class CostForm(models.TextChoices):
    """Cash and things in kind are never one figure; time is counted in hours alone."""

    CASH = "cash", _("Cash")
    IN_KIND = "in_kind", _("In kind")


class Span(models.TextChoices):
    """What hours are written down for."""

    WEEK = "week", _("A week")
    MONTH = "month", _("A month")


class Pace(models.TextChoices):
    """How an indicator stands between its baseline and its target."""

    NOT_MEASURED = "not_measured", _("Not measured yet")
    NO_TARGET = "no_target", _("No target")
    NO_BASELINE = "no_baseline", _("Not reached, and no baseline to compare with")
    WORSE = "worse", _("Worse than at the start")
    SAME = "same", _("As at the start")
    ON_THE_WAY = "on_the_way", _("On the way")
    REACHED = "reached", _("Target reached")
    NOT_HELD = "not_held", _("Was to be held, and is not")
