"""What is reviewed, and when: proposed by one, agreed by all, before there is a first round."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored, circle_for, circle_here, save_version
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history import actions as history
from partnerships.notices import actions as notices
from partnerships.record.models import Partnership
from partnerships.work import actions as work

from .. import kinds
from ..models import Boundary, BoundaryConsent
from ..queries import leads_of


def set_boundary(
    *,
    scope: str,
    beyond: str = "",
    calendar: str = "",
    first_on: date,
    every_months: int,
    until_on: date,
    seen: int | None = None,
    by: Place,
) -> Boundary:
    """Propose what is reviewed, when and for how long; any change asks all partners again.

    `seen` is the version the form was filled in from, 0 where there was none.
    """
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
            for name, value in values.items():
                setattr(boundary, name, value)
            save_version(boundary, seen=seen, fields=list(values))
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
        Partnership.objects.locked(by.partnership)
        version = Boundary.objects.of(by.partnership).values_list("version", flat=True).get()
        if seen != version:
            raise ValidationError(_("This was changed while you were reading. Please look again."), code="stale")
        _consent_row, made = BoundaryConsent.objects.get_or_create(
            boundary=boundary, party=by.own_party, version=version, defaults={"by": by.user}
        )
        if made:
            history.log(kinds.BOUNDARY_AGREED, by=by, item=boundary)
        work.close_item(by.partnership, f"boundary:{by.own_party.pk}")


FIRST_REVIEW_DAYS = 182


def ask_for_first_review(partnership: Partnership) -> None:
    """Implementation has begun: the first review is due by month 6, or when the partners agreed to hold it."""
    boundary = Boundary.objects.of(partnership).first()
    circle = circle_for(partnership, CircleKind.PARTNERS)
    by_month_six = partnership.stage_since + timedelta(days=FIRST_REVIEW_DAYS)
    for party in partnership.parties.filter(role="partner", left_on=None):
        work.open_item(
            kinds.WORK_FIRST,
            partnership=partnership,
            key=f"first-review:{party.pk}",
            party=party,
            circle=circle,
            path=reverse("reviews:list", args=[partnership.public_id]),
            due_on=min(boundary.first_on, by_month_six) if boundary is not None else by_month_six,
        )
