"""The round itself: locked before anything is decided, moved, named and told. Shared by the acts of this package."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.places import Place
from partnerships.access.ready import Ready
from partnerships.history import actions as history
from partnerships.notices import actions as notices
from partnerships.work import actions as work

from .. import kinds
from ..models import Part, Round
from ..queries import people_of
from ..states import MOVES, RoundState
from .ahead import keep_calendar

_LOCKED = Ready(
    lambda round: (
        Round.objects.unguarded("an action locks the round its caller fetched")
        .filter(pk=round)
        .select_for_update(of=("self",))
        .select_related("partnership", "circle", "instrument")
    )
)


def locked(round: Round) -> Round:
    """The round as it is now, in this action's hands until its transaction ends."""
    found = _LOCKED(round=round.pk)
    if not found:
        raise Round.DoesNotExist
    return found[0]


def locked_part(part: Part) -> tuple[Round, Part]:
    """The round first, always: two partners that hand in at once take turns."""
    round = locked(part.round)
    fresh: Part = (
        Part.objects.unguarded("an action locks the part its caller fetched")
        .select_related("party__organisation")
        .get(pk=part.pk)
    )
    fresh.round = round
    return round, fresh


def waited_for(round: Round) -> Any:
    return round.parts.filter(handed_in_at=None, destroyed_at=None).select_related("party__organisation")


def move(round: Round, state: RoundState, **values: Any) -> None:
    """The one setter of a round's state."""
    if state not in MOVES[round.state]:
        raise ValidationError(_("This round cannot go on like that."))
    round.state = state
    for name, value in values.items():
        setattr(round, name, value)
    round.save(update_fields=["state", *values])


def refuse_unless(round: Round, state: RoundState, sentence: str) -> None:
    refuse_in_closed_record(round)
    if round.state != state:
        raise ValidationError(sentence, code="closed")


def refuse_in_closed_record(round: Round) -> None:
    """A closed record stands as it is; only its look-back goes on."""
    if not round.goes_on:
        raise ValidationError(_("This partnership is closed, and with it this review."), code="closed")


def refuse_if_shut(round: Round) -> None:
    match round.state:
        case RoundState.CANCELLED:
            raise ValidationError(_("This round was cancelled. Nothing of it is kept."), code="closed")
        case RoundState.FROZEN | RoundState.OWN_RESULTS | RoundState.OPENED:
            raise ValidationError(
                _("All parts are in, and this round is closed. What you sent now was not added."), code="closed"
            )


def close_personal_items(round: Round, part: Part) -> None:
    for pk in part.respondents.values_list("pk", flat=True):
        work.close_item(round.partnership, key_of(round, "answer", pk))


def key_of(round: Round, *parts: object) -> str:
    return ":".join(["review", round.public_id, *map(str, parts)]) + ("" if parts else ":")


def path_of(round: Round, name: str = "reviews:round", *more: str) -> str:
    return reverse(name, args=[round.partnership.public_id, round.public_id, *more])


def log_round(kind: str, round: Round, by: Place | None, *, item: Any = None) -> None:
    if by is not None:
        history.log(kind, by=by, item=item or round)
    else:
        history.log_system(kind, partnership=round.partnership, item=item or round)


def tell_everyone(round: Round, kind: str, *, again: str = "") -> None:
    """Everybody seated with a party of the round's circle."""
    parties = [member.party for member in round.circle.members.select_related("party") if member.party.left_on is None]
    people = {seat.membership.user.pk: seat.membership.user for seat in people_of(*parties)}
    notices.post(
        kind,
        to=people.values(),
        key=f"{kind}:{round.pk}{':' + again if again else ''}",
        partnership=round.partnership,
        path=path_of(round),
        names={"when": "", "opening": round.opening_local.date().isoformat()},
        object_id=round.pk,
    )


def call_off(round: Round, by: Place | None) -> None:
    moment = clock.now()
    for part in round.parts.filter(destroyed_at=None):
        destroy_part(part, moment)
    move(round, RoundState.CANCELLED, cancelled_at=moment)
    work.close_items(round.partnership, key_of(round))
    keep_calendar(round.partnership)
    log_round(kinds.CANCELLED, round, by)
    tell_everyone(round, kinds.NOTICE_CANCELLED)


def forget_respondents(respondents: Any) -> None:
    """Mail addresses go, from where people are, and who typed in an answer, how and when.

    That some were on paper stays, as a count.
    """
    respondents.update(email="", group="", way="", noted_on=None, entered_by=None)


def destroy_part(part: Part, moment: datetime) -> None:
    """Gone, unread; and with it addresses, and who typed what in."""
    part.sealed.all().delete()
    forget_respondents(part.respondents.all())
    part.destroyed_at = moment
    part.save(update_fields=["destroyed_at"])
