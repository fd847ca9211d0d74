"""What is done about a concern."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored, circle_here, save_version
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.content import Library
from partnerships.catalogue.queries import content
from partnerships.history.actions import log
from partnerships.record.models import Party, Seat
from partnerships.work import actions as work

from ..kinds import HANDED_ON, MEASURE, MEASURE_DONE
from ..models import (
    Measure,
)
from ..permissions import can_do_measure
from ..queries import (
    decisions,
    library_for,
)
from .asking import circle_with, require_future, require_owner, require_partner, require_short, take_part
from .deciding import make_conditions


def set_measure(
    *, about: Party, code: str, text: str, owner: Seat, due_on: date, board_on: date | None, by: Place
) -> Measure:
    """What is done about a concern. It stays on the own side until a decision makes it a condition."""
    require_partner(about, by)
    asked = content(library_for(by.partnership), Library).by_code.get(code)
    if asked is None:
        raise ValidationError(_("This question is not in the checklist any more."))
    require_short(asked.theme, text=text)
    require_owner(owner, by)
    require_future(due_on)
    if board_on is not None and board_on > clock.today():
        raise ValidationError({"board_on": _("This day has not come yet.")})
    with transaction.atomic():
        measure: Measure = Measure.objects.create(
            **authored(by, circle_here(by, CircleKind.OWN)),
            about=about,
            code=code,
            text=text,
            owner=owner,
            due_on=due_on,
            board_on=board_on,
        )
        log(MEASURE, by=by, item=measure)
        take_part(by)
    return measure


def drop_measure(measure: Measure, *, by: Place) -> None:
    """It is not wanted any more, or was a mistake. A decision that stood on it has to be taken again."""
    if measure.party_id != by.own_party.pk:
        raise ValidationError(_("Only the side that set this can drop it."))
    with transaction.atomic():
        measure.dropped_at = clock.now()
        measure.save(update_fields=["dropped_at"])
        work.close_item(by.partnership, f"dd:measure:{measure.pk}")
        work.close_item(by.partnership, f"dd:owner:{measure.pk}")


def hand_on_measure(measure: Measure, *, owner: Seat, due_on: date, by: Place, seen: int | None = None) -> None:
    """Give it to another owner, or another day: its owner has left, or cannot do it. The words stay.

    Where a decision made it a condition, it waits for the new owner, who reads it once its side opens it.
    """
    if measure.party_id != by.own_party.pk:
        raise ValidationError(_("Only the side that set this can change it."))
    require_owner(owner, by)
    require_future(due_on)
    if owner.party_id != by.own_party.pk and not by.is_lead:
        raise ValidationError({"owner": _("A lead or stand-in of your side asks something of another partner.")})
    with transaction.atomic():
        measure.owner, measure.due_on = owner, due_on
        save_version(measure, seen=seen, fields=["owner", "due_on"])
        log(HANDED_ON, by=by, item=measure)
        work.close_item(by.partnership, f"dd:owner:{measure.pk}")
        standing = decisions(by.partnership).get(by.own_party.pk)
        if standing is not None and standing.is_go and measure.created_at <= standing.created_at:
            make_conditions(by, only=measure)


def finish_measure(measure: Measure, *, by: Place) -> None:
    """A condition is met."""
    if not can_do_measure(by, measure):
        raise ValidationError(_("Its owner, or the side that set it, says when it is done."))
    with transaction.atomic():
        changed = (
            Measure.objects.of(by.partnership)
            .filter(pk=measure.pk, done_at=None)
            .update(done_at=clock.now(), done_by=by.user)
        )
        if changed:
            log(MEASURE_DONE, by=by, circle=circle_with(by, measure.owner.party, measure.party))
            work.close_item(by.partnership, f"dd:measure:{measure.pk}")
