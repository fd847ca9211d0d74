"""Freezing a round when all parts are in, each side's own results, and the opening to all."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection
from datetime import timedelta

from django.db import transaction

from partnerships import clock
from partnerships.access.actions import circle_for
from partnerships.access.models import Circle
from partnerships.access.states import CircleKind
from partnerships.history import actions as history
from partnerships.portfolio import actions as portfolio
from partnerships.work import actions as work

from .. import kinds, scoring, sealing
from ..models import OWN_RESULTS_LEAD, Comment, OpenAnswer, OwnFigures, Part, Respondent, Round, SealedAnswer
from ..queries import (
    AGENDA,
    TALK_DAYS,
    Groups,
    all_named,
    drafts_of_part,
    group_of,
    kept_groups,
    minimum,
    pulse_fell,
    scored,
    soon_after,
)
from ..states import OwnKind, PartMode, RespondentState, RoundKind, RoundState
from .ahead import keep_calendar
from .comments import writer
from .rounds import (
    call_off,
    destroy_part,
    forget_respondents,
    key_of,
    locked,
    log_round,
    move,
    path_of,
    tell_everyone,
)
from .voices import open_voices

#: The rounds that say how the partnership stands today.
REVIEWS = frozenset({RoundKind.REGULAR, RoundKind.CLOSING, RoundKind.LOOK_BACK})


def freeze(round: Round) -> None:
    """All parts are in: what is unfinished goes, and so do groups that are too small. Nobody reads anything."""
    moment = clock.now()
    SealedAnswer.objects.filter(part__round=round).exclude(respondent__state=RespondentState.DONE).delete()
    for part in round.parts.filter(destroyed_at=None, handed_in_at__isnull=False):
        part.is_open = part.mode == PartMode.OPEN and all_named(part)
        # An agreed answer can be taken back after it was handed in: then nothing is left of that side.
        if part.sealed.count() < (1 if part.is_open or part.is_agreed else minimum()):
            destroy_part(part, moment)
            log_round(kinds.DESTROYED, round, None, item=part)
            continue
        part.is_twin = _is_twin(part)
        part.save(update_fields=["is_open", "is_twin"])
        _keep_groups(part)
    if not round.parts.filter(destroyed_at=None, handed_in_at__isnull=False).exists():
        call_off(round, None)
        return
    opening = max(round.opening_at, moment + OWN_RESULTS_LEAD)
    move(round, RoundState.FROZEN, frozen_at=moment, opening_at=opening)
    work.close_items(round.partnership, key_of(round))
    without = round.parts.filter(destroyed_at__isnull=False, handed_in_at=None, party__left_on=None).exists()
    history.log_system(kinds.FROZEN_WITHOUT if without else kinds.FROZEN, partnership=round.partnership, item=round)
    tell_everyone(round, kinds.NOTICE_FROZEN_WITHOUT if without else kinds.NOTICE_FROZEN)


def _keep_groups(part: Part) -> None:
    """From where each answered, as it is at this moment and until it goes at the opening.

    Nobody reads it. Asked once more later, somebody who was moved to another office between two looks at the own
    results would be the difference between them.
    """
    rows = part.respondents.filter(state=RespondentState.DONE)
    found = list(rows.select_related("seat__office", "seat__membership__office"))
    for respondent in found:
        respondent.group = group_of(respondent)
    Respondent.objects.bulk_update(found, ["group"])


def give_own_results(round: Round) -> bool:
    """Each partner may now read its own results, a day before all are opened. Returns whether this call did it.

    Raises SealError where a key is missing; then nothing has changed.
    """
    with transaction.atomic():
        round = locked(round)
        if round.state != RoundState.FROZEN or round.own_results_at > clock.now() or round.opening_at <= clock.now():
            return False
        for part in round.parts.filter(destroyed_at=None, handed_in_at__isnull=False):
            # A missing key is known a day before the opening, and not in the joint session.
            drafts_of_part(part)
            if not part.is_twin and _is_twin(part):
                part.is_twin = True
                part.save(update_fields=["is_twin"])
        move(round, RoundState.OWN_RESULTS)
        history.log_system(kinds.OWN_RESULTS, partnership=round.partnership, item=round)
        tell_everyone(round, kinds.NOTICE_OWN_RESULTS)
    return True


def open_round(round: Round) -> bool:
    """All parts open in the same moment: tallies without respondents, comments to their own side, sealed rows gone.

    Returns whether this call did it. Raises SealError where a key is missing; then nothing has changed.
    """
    with transaction.atomic():
        round = locked(round)
        if round.state not in {RoundState.FROZEN, RoundState.OWN_RESULTS} or round.opening_at > clock.now():
            return False
        readers = _readers(round)
        for part in round.parts.filter(destroyed_at=None, handed_in_at__isnull=False).select_related("party"):
            _open_part(round, part, readers)
        SealedAnswer.objects.filter(part__round=round).delete()
        forget_respondents(Respondent.objects.unguarded("addresses go at the opening").filter(part__round=round))
        open_voices(round)
        move(round, RoundState.OPENED, opened_at=clock.now(), trouble="")
        history.log_system(kinds.OPENED, partnership=round.partnership, item=round)
        tell_everyone(round, kinds.NOTICE_OPENED)
        _after_opening(round)
    return True


def _readers(round: Round) -> Circle:
    """Who reads the parts: the round's circle, but of those that left only whoever had handed in, and is in it."""
    members = [member.party for member in round.circle.members.select_related("party")]
    counted = set(round.parts.filter(destroyed_at=None, handed_in_at__isnull=False).values_list("party", flat=True))
    reading = [party for party in members if party.left_on is None or party.pk in counted]
    if len(reading) == len(members):
        return round.circle
    return circle_for(round.partnership, CircleKind.CHOSEN, parties=reading)


def _open_part(round: Round, part: Part, readers: Circle) -> None:
    drafts = drafts_of_part(part)
    #: statement, about whom, answer, group, and who gave it where they stand with their names
    tally: Counter[tuple[str, int | None, int | None, str, int | None]] = Counter()
    comments = []
    part.is_twin = part.is_twin or _is_twin(part)
    groups = kept_groups(part, drafts, round.statements)
    part.has_groups = groups is not None
    own = circle_for(round.partnership, CircleKind.OWN, party=part.party)
    parties = set(round.partnership.parties.values_list("pk", flat=True))
    named = part.is_open and not part.is_twin
    for respondent, draft in drafts:
        for code in round.statements:
            if code in draft.answers:
                group = groups[respondent.pk] if groups is not None and code in groups.statements else ""
                tally[code, None, draft.answers[code], group, respondent.seat_id if named else None] += 1
            # Nobody said yes to standing with a guess.
            for about, guess in draft.guesses.get(code, {}).items() if not part.is_open else ():
                if int(about) in parties:
                    tally[code, int(about), guess, "", None] += 1
            if text := draft.comments.get(code):
                comments.append(
                    Comment(
                        partnership=round.partnership,
                        circle=own,
                        party=part.party,
                        part=part,
                        statement=code,
                        text=text,
                        language=respondent.language,
                        author_hash=sealing.keyed_hash(*writer(respondent, code)),
                    )
                )
    rows = [
        OpenAnswer(part=part, statement=code, about_id=about, value=value, group=group, seat_id=seat, count=count)
        for (code, about, value, group, seat), count in tally.items()
    ]
    secrets.SystemRandom().shuffle(rows)
    secrets.SystemRandom().shuffle(comments)
    OpenAnswer.objects.bulk_create(rows)
    Comment.objects.bulk_create(comments)
    part.respondents_count = None if part.is_agreed else len(drafts)
    # The opening is the release: from here on the round's readers read this part.
    part.circle = readers
    part.save(update_fields=["respondents_count", "circle", "is_twin", "has_groups"])
    for kind in _own_kinds(part, groups):
        OwnFigures.objects.create(partnership=round.partnership, circle=own, party=part.party, part=part, kind=kind)


def _own_kinds(part: Part, groups: Groups | None) -> Collection[str]:
    """What there is to tell of the inside of a side."""
    if part.is_agreed or part.is_open or part.is_twin:
        return ()
    # With groups each group's own spread is told, with it: never that of the whole beside them.
    if groups is None:
        return (OwnKind.AGREEMENT,)
    return (OwnKind.RELAY,) if groups.statements else ()


def _is_twin(part: Part) -> bool:
    """Whether this side answered a short while ago with nearly, but not quite, the same people.

    Then what one newcomer said could be read from the difference, if the others said the same again.
    """
    return not part.is_agreed and any(each.is_near for each in soon_after(part))


def _after_opening(round: Round) -> None:
    """Each partner's own headline for its lists, what to talk about, and the first review done."""
    result = scored(round)
    opened_on = round.opened_on()
    # With who has left there is nothing to be talked about any more.
    agenda = scored(round, staying=True).agenda(AGENDA)
    round.wide = [row.statement.key for row in agenda if row.level == scoring.GapLevel.FIRST]
    round.fell = round.kind == RoundKind.PULSE and pulse_fell(round)
    round.save(update_fields=["wide", "fell"])
    keep_calendar(round.partnership)
    for party in round.partnership.parties.filter(left_on=None):
        head = result.headline(party.pk)
        if round.kind in REVIEWS and party.role in {"partner", "broker"}:
            headline = {"headline": head.band.name.lower()} if head is not None else {}
            portfolio.note(party, last_review_on=opened_on, **headline)
        if round.wide and party.role == "partner":
            work.open_item(
                kinds.WORK_TALK,
                partnership=round.partnership,
                key=f"review-talk:{round.public_id}:{party.pk}",
                party=party,
                circle=round.circle,
                path=path_of(round) + "#first",
                due_on=opened_on + timedelta(days=TALK_DAYS),
                item=round,
            )


def note_trouble(round: Round, reason: str) -> None:
    """Why a round could not be opened; shown to its readers and to those who run the installation."""
    Round.objects.unguarded("the sweep notes why it could not open a round").filter(pk=round.pk).update(
        trouble=reason[:300]
    )
