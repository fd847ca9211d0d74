"""Writing and agreeing the closing texts; naming who looks back."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partnerships import clock
from partnerships.access.actions import authored, circle_here
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history import kinds as act_kinds
from partnerships.history.actions import log
from partnerships.record.models import Partnership, Seat
from partnerships.work import actions as work
from partnerships.work import kinds as work_kinds

from .models import ClosingAgreement, ClosingText, LookBack

WRITTEN = act_kinds.register("concluding.written", gettext_lazy("Closing text written"), url_name="concluding:overview")
AGREED = act_kinds.register("concluding.agreed", gettext_lazy("Closing text agreed"), url_name="concluding:overview")
LOOK_BACK = act_kinds.register(
    "concluding.look_back", gettext_lazy("Look-back planned"), url_name="concluding:overview"
)
AGREE = work_kinds.register(
    "concluding.agree",
    gettext_lazy("Agree on how we close"),
    why=gettext_lazy("An end without words is filled by others."),
)
LOOKING_BACK = work_kinds.register(
    "concluding.look_back",
    gettext_lazy("Look back at what lasted"),
    why=gettext_lazy("What lasts shows only after you have left."),
    rule="long",
)
#: Days in which the other partners answer a closing text; months after which somebody looks back.
ANSWER_DAYS = 14
LOOK_BACK_DAYS = 365


def write(kind: str, *, text: str, by: Place, seen: int, reason: str = "") -> ClosingText:
    """A new version, agreed by its writer. `seen` is the number of the version it was written from (0: none)."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        newest = ClosingText.objects.of(by.partnership).filter(kind=kind).order_by("-number").first()
        if newest is not None and not newest.circle.members.filter(party=by.own_party).exists():
            raise ValidationError(
                _("The partners wrote this before you joined, and you cannot read it. Ask them to save it once more.")
            )
        if (newest.number if newest else 0) != seen:
            raise ValidationError(
                _("Somebody else saved this while you were writing. Compare, and save again."), code="stale"
            )
        row = ClosingText.objects.create(
            **authored(by, circle_here(by, CircleKind.PARTNERS)),
            kind=kind,
            number=seen + 1,
            reason=reason,
            text=text,
        )
        log(WRITTEN, by=by, item=row)
        for party in by.other_partners:
            work.open_item(
                AGREE,
                partnership=by.partnership,
                key=f"closing:{kind}:{party.pk}",
                party=party,
                circle=row.circle,
                path=reverse("concluding:overview", args=[by.partnership.public_id]),
                due_on=clock.today() + timedelta(days=ANSWER_DAYS),
            )
        _agree(row, by=by)
    return row


def agree(kind: str, *, number: int, by: Place) -> None:
    """A partner's yes to the version it has read."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        newest = ClosingText.objects.of(by.partnership).filter(kind=kind).order_by("-number").first()
        if newest is None or newest.number != number:
            raise ValidationError(_("There is a newer text. Read it first."), code="stale")
        _agree(newest, by=by)


def _agree(row: ClosingText, *, by: Place) -> None:
    _row, made = ClosingAgreement.objects.get_or_create(
        text=row, party=by.own_party, defaults={"by": by.user, "at": clock.now()}
    )
    if made:
        log(AGREED, by=by, item=row)
        work.close_item(by.partnership, f"closing:{row.kind}:{by.own_party.pk}")


def plan_look_back(*, owner: Seat, on: date, by: Place) -> LookBack:
    """Name who looks back, and when; a later plan replaces the earlier."""
    if on <= clock.today():
        raise ValidationError({"on": _("Give a date after today.")})
    with transaction.atomic():
        row = LookBack.objects.create(
            partnership=by.partnership,
            circle=circle_here(by, CircleKind.PARTNERS),
            party=by.own_party,
            author=by.user,
            owner=owner,
            on=on,
        )
        log(LOOK_BACK, by=by, item=row)
        _ask_owner(row)
    return row


def _ask_owner(row: LookBack) -> None:
    work.open_item(
        LOOKING_BACK,
        partnership=row.partnership,
        key="look_back",
        party=row.owner.party,
        person=row.owner.asked,
        circle=row.circle,
        path=reverse("concluding:overview", args=[row.partnership.public_id]),
        due_on=row.on,
        item=row,
        is_event=True,
    )


def keep_look_back(partnership: Partnership) -> None:
    """Closing a record closes what waits in it, except the look-back: it is owed afterwards."""
    row = (
        LookBack.objects.of(partnership)
        .select_related("owner__party", "owner__membership__user")
        .order_by("-pk")
        .first()
    )
    if row is not None and row.on > clock.today():
        _ask_owner(row)
