"""The states of what is owed, and the one table each of what may happen in them."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Cadence(models.TextChoices):
    """How often a body meets."""

    WEEKLY = "weekly", _("Every week")
    FORTNIGHTLY = "fortnightly", _("Every two weeks")
    MONTHLY = "monthly", _("Every month")
    QUARTERLY = "quarterly", _("Every three months")
    HALF_YEARLY = "half_yearly", _("Every six months")
    YEARLY = "yearly", _("Once a year")


class DecisionRule(models.TextChoices):
    """How a body decides."""

    CONSENSUS = "consensus", _("All agree")
    MAJORITY = "majority", _("More than half of the votes")
    TWO_THIRDS = "two_thirds", _("Two thirds of the votes")
    EACH = "each", _("More than half of the votes, and every partner agrees")


class MeetingState(models.TextChoices):
    PLANNED = "planned", _("Planned")
    HELD = "held", _("Held")
    CANCELLED = "cancelled", _("Cancelled")


class ResolutionState(models.TextChoices):
    DECIDED = "decided", _("Decided")
    LEFT_OPEN = "left_open", _("Left open")
    NOT_CARRIED = "not_carried", _("Not carried")


class CommitmentState(models.TextChoices):
    OPEN = "open", pgettext_lazy("commitment", "Open")
    DELIVERED = "delivered", _("Delivered, not confirmed yet")
    CONFIRMED = "confirmed", _("Confirmed")
    WRITTEN_OFF = "written_off", _("Written off")


class CommitmentAct(models.TextChoices):
    DELIVER = "deliver", _("Delivered")
    CONFIRM = "confirm", _("Confirmed")
    REFUSE = "refuse", _("Not confirmed")
    WRITE_OFF = "write_off", _("Written off by all partners")


class PromiseState(models.TextChoices):
    OPEN = "open", pgettext_lazy("promise", "Open")
    KEPT = "kept", _("Kept, says who promised")
    EXPLAINED = "explained", _("Explained to them")
    CONFIRMED = "confirmed", _("Kept, say those it was given to")


class PromiseAct(models.TextChoices):
    KEEP = "keep", _("Kept, says who promised")
    EXPLAIN = "explain", _("Explained to them why not")
    CONFIRM = "confirm", _("Kept, say those it was given to")
    DENY = "deny", _("Not kept, say those it was given to")


class ContributionKind(models.TextChoices):
    """Kinds are shown apart: cash and kind are never one figure."""

    CASH = "cash", _("Cash")
    IN_KIND = "in_kind", _("In kind")
    TIME = "time", _("Time")
    OTHER = "other", _("What money does not measure")


class GiftState(models.TextChoices):
    GIVEN = "given", _("Put in, not confirmed yet")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Not confirmed")


class DisputeLevel(models.TextChoices):
    """The agreed route: leads, then executives, then a mediator (clause 21)."""

    LEADS = "leads", _("The leads")
    EXECUTIVES = "executives", _("The executives")
    MEDIATOR = "mediator", _("A mediator")


#: What is done at each level before it goes one higher.
NEXT_LEVEL: dict[str, str] = {
    DisputeLevel.LEADS: DisputeLevel.EXECUTIVES,
    DisputeLevel.EXECUTIVES: DisputeLevel.MEDIATOR,
}

Table = Mapping[tuple[str, str], str]

#: (state, act): the state after it. What is not in the table does not happen.
COMMITMENTS: Table = {
    (CommitmentState.OPEN, CommitmentAct.DELIVER): CommitmentState.DELIVERED,
    (CommitmentState.DELIVERED, CommitmentAct.CONFIRM): CommitmentState.CONFIRMED,
    (CommitmentState.DELIVERED, CommitmentAct.REFUSE): CommitmentState.OPEN,
    (CommitmentState.OPEN, CommitmentAct.WRITE_OFF): CommitmentState.WRITTEN_OFF,
    (CommitmentState.DELIVERED, CommitmentAct.WRITE_OFF): CommitmentState.WRITTEN_OFF,
}
PROMISES: Table = {
    (PromiseState.OPEN, PromiseAct.KEEP): PromiseState.KEPT,
    (PromiseState.OPEN, PromiseAct.EXPLAIN): PromiseState.EXPLAINED,
    (PromiseState.KEPT, PromiseAct.CONFIRM): PromiseState.CONFIRMED,
    (PromiseState.KEPT, PromiseAct.DENY): PromiseState.OPEN,
    (PromiseState.EXPLAINED, PromiseAct.DENY): PromiseState.OPEN,
    (PromiseState.EXPLAINED, PromiseAct.KEEP): PromiseState.KEPT,
}

SETTLED_COMMITMENT: tuple[str, ...] = (CommitmentState.CONFIRMED, CommitmentState.WRITTEN_OFF)
SETTLED_PROMISE: tuple[str, ...] = (PromiseState.KEPT, PromiseState.EXPLAINED, PromiseState.CONFIRMED)


def after(table: Table, state: str, act: str) -> str | None:
    """The state that an act leads to, or None where the table does not allow it."""
    return table.get((state, act))
