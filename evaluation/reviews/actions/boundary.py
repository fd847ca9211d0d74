"""What is reviewed, and when: proposed by one, agreed by all, before there is a first round."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored, circle_here, put_words, save_version
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history import actions as history
from partnerships.notices import actions as notices
from partnerships.record.models import Partnership, Party
from partnerships.work import actions as work

from .. import kinds
from ..models import Boundary, BoundaryConsent
from ..queries import leads_of
from .ahead import keep_calendar


def set_boundary(
    *,
    scope: str,
    beyond: str = "",
    calendar: str = "",
    first_on: date,
    every_months: int,
    until_on: date,
    actors: Iterable[Party] = (),
    seen: int | None = None,
    by: Place,
) -> Boundary:
    """Propose what is reviewed, when and for how long; any change asks all partners again.

    `actors` are the parties that are looked at beside the partners [EV6]; `seen` is the version the form was filled in
    from, 0 where there was none.
    """
    if not by.partnership.is_open:
        raise ValidationError(_("This partnership is closed: what was reviewed stands as it is."))
    if until_on < first_on:
        raise ValidationError({"until_on": _("The last review comes before the first.")})
    if not 1 <= every_months <= 12:
        raise ValidationError({"every_months": _("At most 12 months apart.")})
    values: dict[str, Any] = {
        "scope": scope,
        "beyond": beyond,
        "calendar": calendar,
        "first_on": first_on,
        "every_months": every_months,
        "until_on": until_on,
    }
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        boundary: Boundary | None = Boundary.objects.of(by.partnership).first()
        if boundary is None:
            boundary = Boundary.objects.create(
                **authored(by, circle_here(by, CircleKind.PARTNERS)),
                **values,
            )
        else:
            boundary.first_on, boundary.every_months, boundary.until_on = first_on, every_months, until_on
            words = put_words(boundary, by=by, scope=scope, beyond=beyond, calendar=calendar)
            save_version(boundary, seen=seen, fields=[*values, *words])
        boundary.actors.set(party for party in actors if party.partnership_id == by.partnership.pk)
        history.log(kinds.BOUNDARY_SET, by=by, item=boundary)
        path = reverse("reviews:boundary", args=[by.partnership.public_id])
        others = by.other_partners if by.is_lead else by.partners
        for party in others:
            work.open_item(
                kinds.WORK_BOUNDARY,
                partnership=by.partnership,
                key=f"boundary:{party.pk}",
                party=party,
                circle=boundary.circle,
                path=path,
                due_on=clock.today() + timedelta(days=7),
                item=boundary,
                holds_stage=True,
            )
        notices.post(
            kinds.NOTICE_BOUNDARY,
            to=leads_of(others),
            key=f"review-boundary:{boundary.pk}:{boundary.version}",
            partnership=by.partnership,
            path=path,
            names={"party": by.own_party.name},
            object_id=boundary.pk,
        )
        if by.is_partner and by.is_lead:
            agree_boundary(boundary, seen=boundary.version, by=by)
    return boundary


def agree_boundary(boundary: Boundary, *, seen: int, by: Place) -> None:
    """A partner says yes to what is reviewed, as it read it."""
    with transaction.atomic():
        if not Partnership.objects.locked(by.partnership).is_open:
            raise ValidationError(_("This partnership is closed: what was reviewed stands as it is."))
        version = Boundary.objects.of(by.partnership).values_list("version", flat=True).get()
        if seen != version:
            raise ValidationError(_("This was changed while you were reading. Please look again."), code="stale")
        _consent_row, made = BoundaryConsent.objects.get_or_create(
            boundary=boundary, party=by.own_party, version=version, defaults={"by": by.user}
        )
        if made:
            history.log(kinds.BOUNDARY_AGREED, by=by, item=boundary)
        work.close_item(by.partnership, f"boundary:{by.own_party.pk}")
        keep_calendar(by.partnership)
