"""Time moves rounds on: what starts, what is late, who left. Each step may run twice without a second effect."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from partnerships import clock
from partnerships.record.states import Standing
from partnerships.work import actions as work

from .. import kinds, sealing
from ..models import OWN_RESULTS_LEAD, Respondent, Round, SealedAnswer
from ..queries import progress
from ..states import EACH_MODES, RoundKind, RoundState
from .late import go_by_policy
from .opening import freeze, give_own_results, note_trouble, open_round
from .parts import freeze_when_all_in, give_back_unnamed, hand_in
from .planning import start_round
from .rounds import call_off, close_personal_items, destroy_part, key_of, locked, log_round, waited_for

logger = logging.getLogger(__name__)

OPEN_STANDINGS = (Standing.ACTIVE, Standing.ON_HOLD)


def sweep() -> int:
    """Move every round on whose time has come. One that cannot go on does not stop the others.

    Each step locks its round and looks again, so that it happens once however often this runs. Returns the steps made.
    """
    moment = clock.now()
    everything = Round.objects.unguarded("time moves all rounds on")
    looks_back = Q(kind=RoundKind.LOOK_BACK, partnership__standing=Standing.CLOSED)
    left = (~Q(partnership__standing__in=OPEN_STANDINGS) & ~looks_back) | Q(
        parts__party__left_on__isnull=False, parts__destroyed_at=None
    )
    seat_ended = Q(parts__respondents__seat__ended_on__isnull=False) | Q(
        parts__respondents__seat__membership__ended_on__isnull=False
    )
    steps: list[tuple[Any, Callable[[Round], bool]]] = [
        (everything.filter(left, state__in=[RoundState.PLANNED, RoundState.OPEN]).distinct(), drop_those_who_left),
        (everything.filter(seat_ended, state=RoundState.OPEN).distinct(), forget_people_who_left),
        (everything.filter(state=RoundState.PLANNED, opens_at__lte=moment), start_when_agreed),
        (everything.filter(state=RoundState.OPEN, closes_at__lte=moment), close_late),
        (everything.filter(state=RoundState.FROZEN, opening_at__lte=moment + OWN_RESULTS_LEAD), give_own_results),
        (
            everything.filter(state__in=[RoundState.FROZEN, RoundState.OWN_RESULTS], opening_at__lte=moment),
            open_round,
        ),
    ]
    done = 0
    for rounds, step in steps:
        for round in rounds.order_by("pk"):
            try:
                done += step(round)
            except sealing.SealError as error:
                logger.exception("a round cannot be opened", extra={"round": round.public_id})
                note_trouble(round, str(error))
            except Exception:
                logger.exception("a round cannot go on", extra={"round": round.public_id})
    return done


def start_when_agreed(round: Round) -> bool:
    """Start a planned round if all partners have agreed; else it waits for them."""
    try:
        start_round(round)
    except ValidationError:
        return False
    return True


def forget_people_who_left(round: Round) -> bool:
    """Somebody lost the seat they were asked in: nobody else inherits the question. What they finished still counts."""
    gone = Respondent.objects.unguarded("the sweep looks for ended seats").filter(
        Q(seat__ended_on__isnull=False) | Q(seat__membership__ended_on__isnull=False), part__round=round
    )
    for respondent in gone:
        work.close_item(round.partnership, key_of(round, "answer", respondent.pk))
    return False


def close_late(round: Round) -> bool:
    """The last day is over. Parts with enough answers count as handed in; for the others the agreed rule holds.

    Comes by again as long as the others are asked whether to open without who is missing.
    """
    with transaction.atomic():
        round = locked(round)
        if round.state != RoundState.OPEN or round.closes_at > clock.now():
            return False
        for part in waited_for(round).filter(mode__in=EACH_MODES):
            if progress(part).enough:
                hand_in(round, part, None)
        give_back_unnamed(round)
        missing = list(waited_for(round))
        if missing:
            return go_by_policy(round, missing)
        freeze(round)
    return True


def give_up(round: Round) -> int:
    """A key is lost for good, and with it answers that nobody will ever read: the round is called off, all are told.

    By those who run the installation, never by a partner. Refused while every answer opens. Returns how many did not.
    """
    with transaction.atomic():
        round = locked(round)
        sealed = SealedAnswer.objects.filter(part__round=round).values_list("ciphertext", flat=True)
        lost = sum(not sealing.can_open(each) for each in sealed)
        if not lost:
            raise ValidationError("Every answer of this round opens with the keys in SEAL_KEYS: there is no need.")
        call_off(round, None)
    return lost


def drop_those_who_left(round: Round) -> bool:
    """A partner left, or the partnership ended, while a round was under way: its part goes, or the round does.

    Once a round is frozen all have handed in, and it opens as agreed.
    """
    with transaction.atomic():
        round = locked(round)
        if round.state not in {RoundState.PLANNED, RoundState.OPEN}:
            return False
        left = list(round.parts.filter(destroyed_at=None, party__left_on__isnull=False))
        staying = round.parts.filter(destroyed_at=None, party__left_on=None).count()
        if not round.goes_on or (left and staying < 2):
            call_off(round, None)
            return True
        for part in left:
            close_personal_items(round, part)
            work.close_item(round.partnership, key_of(round, "part", part.pk))
            destroy_part(part, clock.now())
            log_round(kinds.DESTROYED, round, None, item=part)
        if left and round.state == RoundState.OPEN:
            freeze_when_all_in(round)
    return bool(left)
