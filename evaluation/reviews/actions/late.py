"""A partner has not handed in and the last day is over: what was agreed for that is done, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.places import Place
from partnerships.history import actions as history
from partnerships.looks.format import and_list
from partnerships.notices import actions as notices
from partnerships.work import actions as work

from .. import kinds
from ..models import EXTENSION, EXTENSIONS_MAX, Part, Round
from ..queries import leads_of
from ..states import LatePolicy, RoundState
from .opening import freeze
from .rounds import call_off, destroy_part, key_of, locked, log_round, path_of, refuse_unless, tell_everyone, waited_for


def go_by_policy(round: Round, missing: Sequence[Part]) -> bool:
    """What the partners agreed before the start. False while the others are being asked."""
    others = _others(round)
    if others and round.policy == LatePolicy.OPEN_WITHOUT:
        _open_without(round, missing)
        return True
    if others and round.policy == LatePolicy.ASK_OTHERS:
        if round.asked_at is None:
            round.asked_at = clock.now()
            round.save(update_fields=["asked_at"])
            history.log_system(kinds.WITHOUT_ASKED, partnership=round.partnership, item=round)
            _ask_others(round, missing, others)
            return True
        if all(part.without for part in others):
            _open_without(round, missing)
            return True
        until = round.asked_until
        if until is not None and clock.now() < until and all(part.without is not False for part in others):
            # One that handed in meanwhile is asked as well.
            _ask_others(round, missing, [part for part in others if part.without is None])
            return False
    if round.policy in {LatePolicy.EXTEND, LatePolicy.ASK_OTHERS} and round.extensions < EXTENSIONS_MAX:
        _extend(round)
    else:
        call_off(round, None)
    return True


def say_without(part: Part, without: bool, *, by: Place) -> None:
    """One of the others says whether the round opens without who is missing. The first no gives two more weeks."""
    with transaction.atomic():
        round = locked(part.round)
        refuse_unless(round, RoundState.OPEN, _("This is settled already."))
        own = next((each for each in _others(round) if each.pk == part.pk), None)
        missing = list(waited_for(round))
        if round.asked_at is None or own is None or not missing:
            raise ValidationError(_("Nobody is asked about this now."))
        if own.without is not None:
            raise ValidationError(_("Your side has said its word already."), code="twice")
        own.without = without
        own.save(update_fields=["without"])
        history.log(kinds.WITHOUT_YES if without else kinds.WITHOUT_NO, by=by, item=round)
        work.close_item(round.partnership, _key(round, own))
        go_by_policy(round, missing)


def _others(round: Round) -> list[Part]:
    """The parts that are in."""
    rows = round.parts.filter(handed_in_at__isnull=False, destroyed_at=None, party__left_on=None)
    return list(rows.select_related("party__organisation").order_by("party"))


def _ask_others(round: Round, missing: Sequence[Part], others: Sequence[Part]) -> None:
    """From here on the others know who is missing: they decide about it. Who is missing can still hand in."""
    path = path_of(round, "reviews:late")
    due_on = round.asked_until.date() if round.asked_until is not None else None
    for part in others:
        work.open_item(
            kinds.WORK_WITHOUT,
            partnership=round.partnership,
            key=_key(round, part),
            party=part.party,
            circle=round.circle,
            path=path,
            due_on=due_on,
            zone=round.zone,
            item=round,
        )
    names = {"party": and_list([part.party.name for part in missing])}
    for kind, parts in ((kinds.NOTICE_WITHOUT, others), (kinds.NOTICE_MISSING, missing)):
        notices.post(
            kind,
            to=leads_of([part.party for part in parts]),
            key=f"{kind}:{round.pk}:{round.extensions}",
            partnership=round.partnership,
            path=path,
            names=names,
            object_id=round.pk,
        )


def _open_without(round: Round, missing: Sequence[Part]) -> None:
    for part in missing:
        destroy_part(part, clock.now())
        log_round(kinds.DESTROYED, round, None, item=part)
    freeze(round)


def _extend(round: Round) -> None:
    while round.closes_at <= clock.now():
        round.closes_at += EXTENSION
        round.opening_at += EXTENSION
    round.extensions += 1
    round.asked_at = None
    round.save(update_fields=["closes_at", "opening_at", "extensions", "asked_at"])
    work.close_items(round.partnership, key_of(round, "without", ""))
    round.parts.update(without=None)
    for part in waited_for(round):
        work.move_due(round.partnership, key_of(round, "part", part.pk), round.closes_on)
        for pk in part.respondents.values_list("pk", flat=True):
            work.move_due(round.partnership, key_of(round, "answer", pk), round.closes_on)
    history.log_system(kinds.EXTENDED, partnership=round.partnership, item=round)
    tell_everyone(round, kinds.NOTICE_EXTENDED, again=str(round.extensions))


def _key(round: Round, part: Part) -> str:
    return key_of(round, "without", part.pk)
