"""Rounds of due diligence: the first begins by itself, a refresh carries the answers over."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored
from partnerships.access.places import Place
from partnerships.catalogue.content import Library
from partnerships.catalogue.queries import content
from partnerships.history.actions import log
from partnerships.record.models import Partnership

from ..kinds import FACT, REFRESHED
from ..models import Assessment, Citation, DiligenceAnswer, DiligenceRound, RecordFact
from ..queries import next_library, partners_circle, round_of
from ..states import RoundReason
from .asking import ask_partners, stop_asking
from .deciding import look_again
from .settling import carry_work


def begin_round(by: Place) -> DiligenceRound:
    """The round that is on; the first one begins with the first answer, whoever gives it."""
    found = round_of(by.partnership)
    if found is not None:
        return found
    Partnership.objects.locked(by.partnership)
    found = round_of(by.partnership)
    return found if found is not None else _new_round(by, 1, RoundReason.FIRST, "")


def _new_round(by: Place, number: int, reason: str, note: str) -> DiligenceRound:
    made: DiligenceRound = DiligenceRound.objects.create(
        **authored(by, partners_circle(by)),
        number=number,
        library=next_library(by.partnership),
        reason=reason,
        note=note,
    )
    return made


def start_refresh(*, reason: str, note: str, by: Place, seen: int | None = None) -> DiligenceRound:
    """Go through the questions again: the newest version is asked, and old answers wait to be confirmed.

    Released answers stay readable as they are; nothing of the old round is changed. Decisions that stand go on until
    they run out or are taken anew. `seen` is the number of the round that was on: two who begin at once begin one.
    """
    if reason == RoundReason.FIRST:
        raise ValidationError({"reason": _("Say why you look again.")})
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        before = round_of(by.partnership)
        if before is None:
            raise ValidationError(_("Nothing has been answered yet: there is nothing to look at again."))
        if seen is not None and seen != before.number:
            raise ValidationError(_("A new round has begun meanwhile. Look at it first."), code="stale")
        made = _new_round(by, before.number + 1, reason, note.strip())
        asked = content(made.library, Library).by_code
        # Whoever is answering finishes first: what was written just now is carried over too.
        standing = Assessment.objects.of(by.partnership).filter(round=before).select_related("circle")
        for assessment in standing.select_for_update(of=("self",)).order_by("pk"):
            _carry_over(assessment, made, asked)
        log(REFRESHED, by=by, item=made)
        look_again(by.partnership)
        stop_asking(by.partnership)
        ask_partners(by.partnership, again=True)
    return made


def _carry_over(old: Assessment, into: DiligenceRound, asked: Collection[str]) -> None:
    """The answers to questions that are still asked, each as its own side wrote it, to be confirmed.

    What was not confirmed since the last time comes from where it was said: so the words of its question are known.
    """
    copy = Assessment.objects.create(
        partnership=old.partnership, circle=old.circle, party_id=old.party_id, author_id=old.author_id,
        language=old.language, round=into, about_id=old.about_id,
    )  # fmt: skip
    standing = old.answers.filter(superseded_at=None, code__in=list(asked))
    for answer in standing.prefetch_related("citations"):
        if not (answer.says_something or answer.is_carried):
            continue
        new = DiligenceAnswer.objects.create(
            partnership=old.partnership, circle=answer.circle, party_id=answer.party_id, author_id=answer.author_id,
            language=answer.language, assessment=copy, library=into.library, code=answer.code, level=answer.level,
            text=answer.text, value=answer.value, inherited_from_id=answer.inherited_from_id,
            carried_from_id=answer.carried_from_id if answer.is_carried else answer.pk,
        )  # fmt: skip
        Citation.objects.bulk_create([Citation(answer=new, document_id=c.document_id) for c in answer.citations.all()])
    carry_work(old, copy, asked)


def say_fact(*, code: str, holds: bool, by: Place) -> RecordFact:
    """Say whether a fact holds on which questions depend. All partners read it; any of them may correct it."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        standing = RecordFact.objects.of(by.partnership).filter(code=code, replaced_at=None)
        old = standing.first()
        if old is not None and old.holds == holds:
            return old
        standing.update(replaced_at=clock.now())
        fact: RecordFact = RecordFact.objects.create(**authored(by, partners_circle(by)), code=code, holds=holds)
        log(FACT, by=by, item=fact)
        ask_partners(by.partnership)
    return fact
