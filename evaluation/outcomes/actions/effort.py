"""Hours and cost of the own side, and the totals of a quarter that it shows to the others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored, circle_here, release, save_version, withdraw
from partnerships.access.models import Release
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history.actions import log
from partnerships.people.models import User
from partnerships.record.models import Partnership, Seat

from .. import kinds
from ..counting import alone, hours_in, quarter_of, span_of
from ..models import CostEntry, EffortStatement, HourEntry, StatedCost
from ..permissions import can_write_hours_of_others
from ..queries.effort import Quarter, changed_since, quarter
from ..states import Span
from .asking import follow_worth, require_past, require_standing, tell_readers
from .worth import SHOWN_TO

COST_FIELDS = ("what", "form", "on", "amount", "currency")


# Hours ----------------------------------------------------------------------------------------------------------------
def write_hours(
    *, by: Place, person: User, span: str, day: date, coordinating: Decimal, delivering: Decimal
) -> HourEntry:
    """A person's hours of the week or month in which a day lies."""
    first, last = span_of(span, day)
    require_past(first, "day")
    _check_hours(by, person, span, coordinating, delivering)
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        _require_free(by, person, span, first, last)
        made: HourEntry = HourEntry.objects.create(
            **authored(by, circle_here(by, CircleKind.OWN)),
            person=person,
            span=span,
            starts_on=first,
            coordinating=coordinating,
            delivering=delivering,
        )
        log(kinds.HOURS_WRITTEN, by=by, item=made)
        follow_worth(by)
    return made


def _check_hours(by: Place, person: User, span: str, coordinating: Decimal, delivering: Decimal) -> None:
    if person.pk != by.user.pk and not can_write_hours_of_others(by):
        raise ValidationError({"person": _("Somebody else’s hours are written down by a lead or stand-in.")})
    if not Seat.objects.filter(party=by.own_party, membership__user=person).exists():
        raise ValidationError({"person": _("This person has no seat on your side.")})
    if coordinating + delivering > hours_in(span):
        said = _("A week has 168 hours.") if span == Span.WEEK else _("A month has 744 hours at most.")
        raise ValidationError({"delivering": said})
    if coordinating + delivering == 0:
        raise ValidationError({"delivering": _("Write the hours of one kind at least.")})


def _require_free(by: Place, person: User, span: str, first: date, last: date) -> None:
    """No hour twice: neither the same span again, nor a week inside a month that is written down, nor the reverse."""
    rows = HourEntry.objects.of(by.partnership).filter(party=by.own_party, person=person, withdrawn_at=None)
    for other, starts_on in rows.values_list("span", "starts_on"):
        begins, ends = span_of(other, starts_on)
        if begins <= last and first <= ends:
            said = (
                _("These hours are written down already. Correct them.")
                if other == span
                else _("These days are written down already, by the week or by the month. Correct those hours.")
            )
            raise ValidationError({"day": said})


def change_hours(entry: HourEntry, *, by: Place, coordinating: Decimal, delivering: Decimal, seen: int) -> HourEntry:
    _check_hours(by, entry.person, entry.span, coordinating, delivering)
    with transaction.atomic():
        require_standing(entry, by=by)
        entry.coordinating, entry.delivering, entry.author = coordinating, delivering, by.user
        save_version(entry, seen=seen, fields=["coordinating", "delivering", "author"])
        log(kinds.HOURS_CHANGED, by=by, item=entry)
    return entry


def take_out_hours(entry: HourEntry, *, by: Place) -> None:
    """Kept as taken out: a total that was shown is compared with what changed since (see `show_effort`)."""
    with transaction.atomic():
        require_standing(entry, by=by)
        withdraw(entry, by=by)
        HourEntry.objects.of(by.partnership).filter(pk=entry.pk).update(changed_at=clock.now())
        log(kinds.HOURS_OUT, by=by, item=entry)


# Cost -----------------------------------------------------------------------------------------------------------------
def write_cost(*, by: Place, values: Mapping[str, Any]) -> CostEntry:
    require_past(values["on"], "on")
    with transaction.atomic():
        made: CostEntry = CostEntry.objects.create(
            **authored(by, circle_here(by, CircleKind.OWN)), **{name: values[name] for name in COST_FIELDS}
        )
        log(kinds.COST_WRITTEN, by=by, item=made)
        follow_worth(by)
    return made


def change_cost(entry: CostEntry, *, by: Place, values: Mapping[str, Any], seen: int) -> CostEntry:
    require_past(values["on"], "on")
    with transaction.atomic():
        require_standing(entry, by=by)
        for name in COST_FIELDS:
            setattr(entry, name, values[name])
        entry.author = by.user
        save_version(entry, seen=seen, fields=[*COST_FIELDS, "author"])
        log(kinds.COST_CHANGED, by=by, item=entry)
    return entry


def take_out_cost(entry: CostEntry, *, by: Place) -> None:
    with transaction.atomic():
        require_standing(entry, by=by)
        withdraw(entry, by=by)
        log(kinds.COST_OUT, by=by, item=entry)


# Totals for the others ------------------------------------------------------------------------------------------------
def show_effort(first: date, *, to: str, by: Place) -> Release:
    """Show the totals of the calendar quarter that begins on a day: never a person, never an entry.

    Quarters, and no other spans: of two totals that overlap, the difference would be somebody's weeks. Shown once more
    after corrections, for the same reason, only where the difference is not one person's who does not show it.
    """
    if to not in SHOWN_TO:
        raise ValidationError(_("Choose who may read this."))
    starts_on, ends_on = quarter_of(first)
    if starts_on != first or ends_on >= clock.today():
        raise ValidationError(_("A quarter is shown once it is over."))
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        found = quarter(by, starts_on)
        _require_shareable(found, by=by)
        statement: EffortStatement = EffortStatement.objects.create(
            **authored(by, circle_here(by, CircleKind.OWN)),
            starts_on=starts_on,
            ends_on=ends_on,
            hours=found.told.hours,
            coordinating=found.told.coordinating,
            delivering=found.told.delivering,
        )
        StatedCost.objects.bulk_create(
            StatedCost(statement=statement, form=form, currency=currency, amount=amount)
            for (form, currency), amount in found.costs.items()
        )
        circle = circle_here(by, to)
        bundle = release([statement], kind=kinds.EFFORT_RELEASE, to=circle, by=by)
        log(kinds.EFFORT_SHOWN, by=by, circle=circle)
        tell_readers(bundle, by=by)
    return bundle


def _require_shareable(found: Quarter, *, by: Place) -> None:
    before = EffortStatement.objects.of(by.partnership).filter(party=by.own_party, starts_on=found.starts_on)
    if before.filter(withdrawn_at=None).exists():
        raise ValidationError(_("This quarter is shown already. Withdraw it before you show it anew."))
    if found.told.hours is None and not found.costs:
        if found.work:
            raise ValidationError(
                _("These are the hours of one person. Only that person can show them, as lead or stand-in.")
            )
        raise ValidationError(_("Nothing is written down for this quarter."))
    last = before.order_by("-created_at").first()
    if last is not None and alone(changed_since(by, found.starts_on, last.created_at), by.user.pk):
        raise ValidationError(
            _("Since it was shown, only one person’s hours changed: the difference would tell them. Only that person "
              "can show it anew, as lead or stand-in.")
        )  # fmt: skip


def withdraw_statement(statement: EffortStatement, *, by: Place) -> None:
    with transaction.atomic():
        withdraw(statement, by=by)
        log(kinds.EFFORT_OUT, by=by, item=statement)
