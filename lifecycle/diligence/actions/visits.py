"""Visits and meetings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored, save_version
from partnerships.access.models import Circle
from partnerships.access.places import Place
from partnerships.history.actions import log
from partnerships.record.models import Party, Seat
from partnerships.work import actions as work

from ..kinds import CALLED_OFF, VISIT, VISITED, WRITE_UP
from ..models import (
    Visit,
    VisitPerson,
)
from ..states import VisitKind
from .asking import path_to, take_part


def plan_visit(
    *, kind: str, host: Party | None, on: date, where: str, circle: Circle, by: Place, place: str = ""
) -> Visit:
    """Plan a visit, or note one that has been. `place` is what kind of place it is (`VisitPlace`)."""
    _require_host(kind, host)
    with transaction.atomic():
        visit: Visit = Visit.objects.create(
            **authored(by, circle),
            kind=kind,
            host=host,
            on=on,
            where=where,
            place=place,
        )
        log(VISIT, by=by, item=visit)
        _put_in_calendar(visit, by)
    return visit


def change_visit(
    visit: Visit, *, kind: str, host: Party | None, on: date, where: str, place: str, by: Place, seen: int | None = None
) -> None:
    """What, whom, when and where. Every partner that reads it may put it right."""
    _require_host(kind, host)
    if visit.called_off_at is not None:
        raise ValidationError(_("This visit was called off. Plan another one."))
    if visit.held_at is not None and on > clock.today(by.user.time_zone):
        raise ValidationError({"on": _("It has been: this day has not come yet.")})
    with transaction.atomic():
        visit.kind, visit.host, visit.on, visit.where, visit.place = kind, host, on, where, place
        save_version(visit, seen=seen, fields=["kind", "host", "on", "where", "place"])
        log(VISIT, by=by, item=visit)
        if visit.held_at is None:
            _put_in_calendar(visit, by)


def call_off_visit(visit: Visit, *, by: Place) -> None:
    """A planned visit does not take place. It stays on the list as called off."""
    if visit.held_at is not None:
        raise ValidationError(_("This visit has been: it cannot be called off."))
    with transaction.atomic():
        changed = Visit.objects.of(by.partnership).filter(pk=visit.pk, held_at=None, called_off_at=None)
        if changed.update(called_off_at=clock.now(), version=visit.version + 1):
            log(CALLED_OFF, by=by, item=visit)
            work.close_item(by.partnership, f"dd:visit:{visit.pk}")


def write_up_visit(
    visit: Visit, *, seats: Sequence[Seat], on: date, met: str, learned: str, by: Place, seen: int | None = None
) -> None:
    """Who took part, from which function and level, whom they met, and what was learned."""
    if visit.called_off_at is not None:
        raise ValidationError(_("This visit was called off. Plan another one."))
    if on > clock.today(by.user.time_zone):
        raise ValidationError({"on": _("This day has not come yet.")})
    partners = {p.pk for p in by.partners}
    if len({s.party_id for s in seats} & partners) < 2:
        raise ValidationError({"people": _("Tick at least one person of two partners.")})
    with transaction.atomic():
        visit.on, visit.met, visit.learned = on, met, learned
        visit.held_at = visit.held_at or clock.now()
        save_version(visit, seen=seen, fields=["on", "met", "learned", "held_at"])
        visit.people.exclude(seat__in=seats).delete()
        for seat in seats:
            VisitPerson.objects.get_or_create(
                visit=visit,
                seat=seat,
                defaults={
                    "function": seat.function,
                    "level": seat.level,
                    "office": seat.office.kind if seat.office is not None else "",
                },
            )
        take_part(by, seats=[s for s in seats if s.party_id in partners])
        log(VISITED, by=by, item=visit)
        work.close_item(by.partnership, f"dd:visit:{visit.pk}")


def _require_host(kind: str, host: Party | None) -> None:
    if kind != VisitKind.JOINT and host is None:
        raise ValidationError({"host": _("Say whom you visit.")})


def _put_in_calendar(visit: Visit, by: Place) -> None:
    """It waits for whose side planned it; for the side that changes it where that one has left."""
    work.open_item(
        WRITE_UP,
        partnership=by.partnership,
        key=f"dd:visit:{visit.pk}",
        party=next((p for p in by.partners if p.pk == visit.party_id), by.own_party),
        circle=visit.circle,
        path=path_to("diligence:visit", by.partnership, visit.public_id),
        subject=visit.where,
        due_on=visit.on,
        item=visit,
        is_event=True,
    )
