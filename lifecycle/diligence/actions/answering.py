"""Answering the questions of a checklist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored, circle_here, save_version
from partnerships.access.places import Place
from partnerships.access.ready import Ready
from partnerships.access.states import CircleKind
from partnerships.catalogue.content import LibraryQuestion
from partnerships.documents.models import Document
from partnerships.history.actions import log
from partnerships.record.models import Party
from partnerships.work import actions as work

from ..kinds import FINISHED, STARTED
from ..models import (
    SAID_FIELDS,
    Assessment,
    Citation,
    DiligenceAnswer,
)
from ..queries import (
    Asked,
    asked_in,
    is_owed,
    version_in,
    written,
)
from ..states import DECIMALS, GRAVEST_FIRST, Level
from .asking import require_partner, require_short, take_part
from .rounds import begin_round
from .settling import settle_assignments

#: Codes of errors that a page explains: somebody wrote in between; the question is asked no longer.
STALE, GONE = "stale", "gone"


@dataclass(frozen=True)
class Said:
    """What a form says to one question: a level of the scale, or nothing for other types; words; a value.

    `value` belongs to choices (a code, or a list of them), numbers and dates (as text). "Does not apply" is a level of
    every type, and its reason is the words.
    """

    level: str = ""
    text: str = ""
    value: Any = None

    def to(self, question: LibraryQuestion) -> Said:
        """The same as it is kept for this question: words without blank ends, the level that chosen options stand for.

        Raises ValidationError, by the question's code, where it is no answer to it.
        """
        text, value = self.text.strip(), self.value or None
        require_short(question.theme, **{question.code: text})
        if self.level == Level.NA:
            if not text:
                raise ValidationError({question.code: _("Say why it does not apply.")})
            return Said(Level.NA, text)
        if question.answer == "scale":
            if self.level and self.level not in Level.values:
                raise ValidationError({question.code: _("Choose one of the answers.")})
            return Said(self.level, text)
        if question.options:
            return Said(_level_of(question, value), text, value)
        if question.answer == "number" and value is not None and not is_number(value):
            raise ValidationError({question.code: _("Give a number.")})
        if question.answer == "date" and value is not None and not is_day(value):
            raise ValidationError({question.code: _("Give a day.")})
        return Said(text=text, value=str(value) if value is not None and question.answer != "text" else None)


def _level_of(question: LibraryQuestion, value: Any) -> str:
    """The level that the chosen options stand for: the gravest of them."""
    codes = value if isinstance(value, list) else [value] if value else []
    options = [question.option(str(code)) for code in codes]
    if None in options or (question.answer == "choice" and isinstance(value, list)):
        raise ValidationError({question.code: _("Choose one of the answers.")})
    levels = {option.level for option in options if option is not None}
    return next((each for each in GRAVEST_FIRST if each in levels), "")


def is_number(value: object) -> bool:
    """Digits within what a form takes: 18 in all, six of them behind the point."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return False
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and number.adjusted() <= 17 and exponent >= -DECIMALS


def is_day(value: object) -> bool:
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def save_answers(
    *, about: Party, said: Mapping[str, Said], seen: int | None, by: Place, seen_round: int | None = None
) -> int:
    """Write what is said to some questions about a partner, by code. Blank ones wait.

    `seen` is the version of these answers (`version_in`) when the form was filled in, and `seen_round` the number of
    the round. Returns the new version. Raises ValidationError with code "stale" when somebody else wrote in between,
    "gone" when one of the questions is not asked any more.
    """
    require_partner(about, by)
    with transaction.atomic():
        assessment, asked = in_hand(about, by)
        kept = {code: one.to(question_of(code, about, asked, by)) for code, one in said.items()}
        rows = written(assessment, list(said))
        version = version_in(rows)
        if (seen is not None and seen != version) or (seen_round and seen_round != assessment.round.number):
            raise ValidationError(
                _("Somebody else saved this while you were writing. Compare, and save again."), code=STALE
            )
        standing = {row.code: row for row in rows if row.superseded_at is None}
        answered = {code for code, row in standing.items() if row.says_something}
        item = asked.library.item
        changed = [c for c, one in kept.items() if _write(assessment, standing.get(c), item(c), one, by)]
        if changed:
            take_part(by)
            # What was answered before leaves as much open as there was.
            if not answered.issuperset(changed):
                settle_assignments(assessment)
                close_if_done(assessment, asked, by)
        return version + len(changed)


def _write(
    assessment: Assessment, answer: DiligenceAnswer | None, question: LibraryQuestion, said: Said, by: Place
) -> bool:
    """Whether there was something to write. The version of the question's answers grows by one."""
    if question.answer == "file" and answer is not None and said.level != Level.NA:
        # What is asked for is the documents: their number is the value.
        said = replace(said, value=answer.citations.count() or None)
    if answer is None:
        if said == Said():
            return False
        new_answer(assessment, question.code, said, by)
    elif answer.says(said):
        return False
    elif answer.released or answer.withdrawn_at is not None:
        replace_answer(answer, said, by)
    else:
        answer.say(said, by.user)
        save_version(answer, seen=None, fields=SAID_FIELDS)
    return True


def confirm_answers(*, about: Party, codes: Sequence[str], by: Place) -> int:
    """Say of answers that were carried over from the round before that they are still true. Returns how many."""
    require_partner(about, by)
    with transaction.atomic():
        assessment, asked = in_hand(about, by)
        for code in codes:
            question_of(code, about, asked, by)
        waiting = [a for a in written(assessment, list(codes)) if a.superseded_at is None and a.is_carried]
        for answer in waiting:
            answer.say(said_by(answer), by.user)
            save_version(answer, seen=None, fields=SAID_FIELDS)
        if waiting:
            take_part(by)
            settle_assignments(assessment)
            close_if_done(assessment, asked, by)
    return len(waiting)


def said_by(answer: DiligenceAnswer) -> Said:
    """The same words once more."""
    return Said(answer.level, answer.text, answer.value)


def question_of(code: str, about: Party, asked: Asked, by: Place) -> LibraryQuestion:
    """The question, as it is asked now. Raises ValidationError with code "gone" where it is not."""
    found = asked.question(code, by.own_party, about)
    if found is None:
        raise ValidationError(_("This question is asked no longer. Nothing was saved."), code=GONE)
    return found


_LATEST: Ready[Assessment] = Ready(
    lambda record, party, about: (
        Assessment.objects.of(record)
        .filter(party=party, about=about)
        .select_related("round__library", "circle")
        .defer("round__library__content")
        .select_for_update(of=("self",))
        .order_by("-round__number")[:1]
    )
)


def in_hand(about: Party, by: Place) -> tuple[Assessment, Asked]:
    """The own side's assessment in the round that is on, locked, and what is asked in it; begun where there is none."""
    found = _latest(about, by)
    # Read after the lock: whoever waited for it may wake up in another round.
    asked = asked_in(by.partnership)
    if found is not None and asked.round is not None and found.round_id == asked.round.pk:
        return found, asked
    begun = begin_round(by)
    made, is_new = Assessment.objects.get_or_create(
        round=begun,
        party=by.own_party,
        about=about,
        defaults={
            "partnership": by.partnership,
            "circle": circle_here(by, CircleKind.OWN),
            "author": by.user,
            "language": by.user.language,
        },
    )
    if is_new:
        log(STARTED, by=by, item=made)
    return _latest(about, by) or made, asked_in(by.partnership)


def _latest(about: Party, by: Place) -> Assessment | None:
    rows = _LATEST(record=by.partnership.pk, party=by.own_party.pk, about=about.pk)
    for row in rows:
        row.about = about
    return rows[0] if rows else None


def new_answer(assessment: Assessment, code: str, said: Said, by: Place) -> DiligenceAnswer:
    answer: DiligenceAnswer = DiligenceAnswer.objects.create(
        **authored(by, assessment.circle),
        assessment=assessment,
        library=assessment.round.library,
        code=code,
        level=said.level,
        text=said.text,
        value=said.value,
    )
    return answer


def replace_answer(answer: DiligenceAnswer, said: Said, by: Place) -> DiligenceAnswer:
    """Others go on reading what was released; the new words are the own side's until they are released too."""
    answer.superseded_at = clock.now()
    answer.save(update_fields=["superseded_at"])
    new = new_answer(answer.assessment, answer.code, said, by)
    Citation.objects.bulk_create(
        [Citation(answer=new, document_id=d) for d in answer.citations.values_list("document", flat=True)]
    )
    return new


def close_if_done(assessment: Assessment, asked: Asked, by: Place) -> None:
    """Whether everything is answered is told by codes alone; then it waits no longer."""
    about = assessment.about
    owed = {q.code for q in asked.questions(by.own_party, about) if is_owed(q, by.own_party, about)}
    said = Q(level__gt="") | Q(text__gt="") | Q(value__isnull=False)
    answered = assessment.answers.filter(said, superseded_at=None).exclude(
        carried_from__isnull=False, confirmed_at=None
    )
    if not owed.issubset(answered.values_list("code", flat=True)):
        return
    work.close_item(by.partnership, f"dd:ask:{by.own_party.pk}:{about.pk}")
    if assessment.finished_at is None:
        assessment.finished_at = clock.now()
        assessment.save(update_fields=["finished_at"])
        log(FINISHED, by=by, item=assessment)


def cite(
    *, about: Party, code: str, documents: Sequence[Document], by: Place, shown: Sequence[Document] | None = None
) -> None:
    """Say which documents support an answer; the ones left out are cited no longer. The answer may come later.

    `shown` are those that were cited where this was chosen: of the others, which a colleague cited since, or which this
    person does not read, none is left out.
    """
    require_partner(about, by)
    with transaction.atomic():
        assessment, asked = in_hand(about, by)
        question = question_of(code, about, asked, by)
        answer = next((row for row in written(assessment, [code]) if row.superseded_at is None), None)
        wanted = {d.pk for d in documents}
        had = set(answer.citations.values_list("document", flat=True)) if answer is not None else set()
        if shown is not None:
            wanted |= had - {d.pk for d in shown}
        if answer is None:
            if not wanted:
                return
            answer = new_answer(assessment, code, Said(), by)
        if wanted == had:
            return
        if answer.released:
            answer = replace_answer(answer, said_by(answer), by)
        elif answer.is_carried and question.answer == "file":
            answer.confirmed_at = clock.now()
        answer.citations.exclude(document__in=wanted).delete()
        had = set(answer.citations.values_list("document", flat=True))
        Citation.objects.bulk_create([Citation(answer=answer, document_id=d) for d in wanted - had])
        if question.answer == "file" and answer.level != Level.NA:
            # What is asked for is the document itself.
            answer.value = len(wanted) or None
        # The version grows, so that a form open elsewhere is compared.
        save_version(answer, seen=None, fields=["value", "confirmed_at"])
        take_part(by)
        settle_assignments(assessment)
        close_if_done(assessment, asked, by)
