"""A side's own checklists, by theme."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from partnerships.access.places import Place
from partnerships.access.ready import Ready, ReadyHere
from partnerships.catalogue.content import Group, Library, LibraryQuestion
from partnerships.catalogue.queries import content
from partnerships.record.models import Party

from ..models import (
    Assessment,
    Citation,
    DiligenceAnswer,
    DiligenceRound,
    Measure,
)
from ..states import Level
from .asked import Asked, asked_in, is_owed
from .reading import readable_by, was_released
from .words import value_in_words


@dataclass
class Row:
    """A question with what a side says about it, and what others say where that may be read."""

    question: LibraryQuestion
    owed: bool
    answer: DiligenceAnswer | None = None
    #: What the organisation in question says about itself.
    theirs: DiligenceAnswer | None = None
    #: All that other partners say about it, what it says of itself first.
    others: list[DiligenceAnswer] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    #: By answer.
    cited: dict[int, list[Citation]] = field(default_factory=dict)
    #: By answer: documents of a record above, from which the answer was taken over (`with_citations_above`).
    above: dict[int, list[Citation]] = field(default_factory=dict)
    released: bool = False
    #: The question as the round before asked it, where the answer was carried over and the words are others now.
    before: LibraryQuestion | None = None
    #: The question as it is asked today, where that is not how it was asked for this answer.
    today: LibraryQuestion | None = None

    @property
    def words(self) -> str:
        """What was answered, in words, without the note."""
        return value_in_words(self.question, self.answer) if self.answer is not None else ""

    @property
    def citations(self) -> list[Citation]:
        return self.cited.get(self.answer.pk, []) if self.answer is not None else []

    @property
    def citations_above(self) -> list[Citation]:
        return self.above.get(self.answer.pk, []) if self.answer is not None else []

    @property
    def says_something(self) -> bool:
        return self.answer is not None and self.answer.says_something

    @property
    def is_carried(self) -> bool:
        """Answered in the round before, and not confirmed yet."""
        return self.answer is not None and self.answer.is_carried

    @property
    def is_answered(self) -> bool:
        """Something was said, "not known yet" included; about others what they say of themselves counts."""
        return self.says_something or (not self.owed and self.theirs is not None)

    @property
    def level(self) -> str:
        """The level that counts: one's own assessment, else the released self-answer."""
        if self.answer is not None and self.answer.says_something:
            return self.answer.known
        return self.theirs.known if self.theirs is not None else Level.UNKNOWN

    @property
    def is_open(self) -> bool:
        return not self.is_answered or self.level == Level.UNKNOWN


@dataclass
class Theme:
    group: Group
    rows: list[Row]

    @property
    def code(self) -> str:
        return self.group.code

    @property
    def done(self) -> int:
        return sum(r.is_answered for r in self.rows if r.owed)

    @property
    def total(self) -> int:
        return sum(r.owed for r in self.rows)

    @property
    def is_done(self) -> bool:
        return self.done == self.total

    @property
    def worst(self) -> str:
        levels = {r.level for r in self.rows}
        return next((level for level in (Level.SERIOUS, Level.SOME) if level in levels), "")


@dataclass
class Checklist:
    """A partner's checklist about one organisation, by theme."""

    party: Party
    about: Party
    asked: Asked
    themes: list[Theme]
    #: Answers to questions that are asked no longer: kept, and counted for nothing.
    kept: list[Row] = field(default_factory=list)

    @property
    def is_self(self) -> bool:
        return self.party.pk == self.about.pk

    @property
    def rows(self) -> list[Row]:
        return [row for theme in self.themes for row in theme.rows]

    @property
    def done(self) -> int:
        return sum(t.done for t in self.themes)

    @property
    def total(self) -> int:
        return sum(t.total for t in self.themes)

    @property
    def is_done(self) -> bool:
        return self.done == self.total

    @property
    def has_answers(self) -> bool:
        return any(r.answer is not None for r in self.rows)

    @property
    def carried(self) -> int:
        """How many answers of the round before wait to be confirmed."""
        return sum(r.is_carried for r in self.rows)

    @property
    def unreleased(self) -> list[DiligenceAnswer]:
        """Answers that no standing release holds."""
        return [r.answer for r in self.rows if r.answer is not None and r.says_something and not r.released]

    def theme(self, code: str) -> Theme:
        return next(t for t in self.themes if t.code == code)

    def row(self, code: str) -> Row | None:
        return next((r for r in self.rows if r.question.code == code), None)

    def next_open(self, after: str = "") -> Row | None:
        """The next question that waits for an answer: below this one, else from the top."""
        rows = self.rows
        start = next((n + 1 for n, r in enumerate(rows) if r.question.code == after), 0)
        return next((r for r in rows[start:] + rows[:start] if r.owed and not r.is_answered and _not(r, after)), None)


def _not(row: Row, code: str) -> bool:
    return row.question.code != code


def _own(record: int, party: int, round: int, about: int | None) -> QuerySet[DiligenceAnswer]:
    rows = was_released(
        DiligenceAnswer.objects.of(record).filter(  # type: ignore[arg-type]
            assessment__party=party, assessment__round=round, superseded_at=None
        )
    )
    found: QuerySet[DiligenceAnswer] = rows if about is None else rows.filter(assessment__about=about)
    return found


def _others(record: int, reader: int, round: int, about: int | None) -> QuerySet[DiligenceAnswer]:
    """What other partners say in a round, as far as a party may read it."""
    rows = DiligenceAnswer.objects.of(record).filter(assessment__round=round)  # type: ignore[arg-type]
    rows = rows.exclude(assessment__party=reader)
    if about is not None:
        rows = rows.filter(assessment__about=about)
    return readable_by(rows, reader).order_by("pk")


def _measures(record: int, party: int) -> QuerySet[Measure]:
    rows: QuerySet[Measure] = (
        Measure.objects.of(record).filter(party=party, dropped_at=None).order_by("due_on", "pk")  # type: ignore[arg-type]
    )
    return rows


_ASSESSMENTS: Ready[Assessment] = Ready(lambda round: Assessment.objects.unguarded("of a round").filter(round=round))
_OWN = Ready(_own)
_OTHERS = Ready(_others)
_MEASURES = Ready(_measures)
_LEFT_BEHIND: Ready[DiligenceAnswer] = Ready(
    lambda record, party, about, round: (
        DiligenceAnswer.objects.of(record)
        .filter(assessment__party=party, assessment__about=about, superseded_at=None, assessment__round__lt=round)
        .select_related("assessment", "author", "library")
        .defer("library__content")
        .order_by("-assessment__round", "pk")
    )
)
_CITED: ReadyHere[Citation] = ReadyHere(
    lambda place, about: (
        Citation.objects.visible_to(place)
        .filter(answer__assessment__about=about)
        .select_related("document")
        .order_by("pk")
    )
)


def checklists(party: Party, partners: Sequence[Party]) -> list[Checklist]:
    """Everything a partner found out in this round, about itself first, then about the others.

    Seven queries at most, however many partners.
    """
    return _read(party, partners, None)


def checklist(party: Party, about: Party, partners: Sequence[Party]) -> Checklist:
    """One of them, for nothing more than it costs. In later rounds with what is asked no longer: three queries more."""
    [found] = _read(party, partners, about)
    if found.asked.round is not None and found.asked.round.number > 1:
        _tell_of_before(found, found.asked.round)
    return found


def _read(party: Party, partners: Sequence[Party], about: Party | None) -> list[Checklist]:
    partnership = party.partnership
    asked = asked_in(partnership)
    own: dict[int, dict[str, DiligenceAnswer]] = defaultdict(dict)
    others: dict[tuple[int, str], list[DiligenceAnswer]] = {}
    measures: dict[tuple[int, str], list[Measure]] = defaultdict(list)
    if asked.round is not None:
        only = about.pk if about is not None else None
        # Of which there are few: joined to each answer, they would be made anew for every one.
        assessments = {each.pk: each for each in _ASSESSMENTS(round=asked.round.pk)}
        for one in _OWN(record=partnership.pk, party=party.pk, round=asked.round.pk, about=only):
            one.assessment = assessments[one.assessment_id]
            own[one.assessment.about_id][one.code] = one
        others = _others_say(party, partners, asked.round, about, assessments)
        for measure in _MEASURES(record=partnership.pk, party=party.pk):
            measures[measure.about_id, measure.code].append(measure)
    found = []
    for each in [about] if about is not None else sorted(partners, key=lambda p: p.pk != party.pk):
        answers, rows = own[each.pk], []
        for question in asked.questions(party, each):
            answer = answers.pop(question.code, None)
            said = others.get((each.pk, question.code), [])
            rows.append(
                Row(
                    question,
                    owed=is_owed(question, party, each),
                    answer=answer,
                    theirs=said[0] if said and said[0].party_id == each.pk else None,
                    others=said,
                    measures=measures[each.pk, question.code],
                    released=answer is not None and answer.released,
                )
            )
        kept = [Row(q, owed=False, answer=a) for a in answers.values() if (q := asked.library.by_code.get(a.code))]
        found.append(Checklist(party, each, asked, by_theme(asked.library.themes, rows), kept))
    return found


def _tell_of_before(found: Checklist, now: DiligenceRound) -> None:
    """From the rounds before: how a carried answer's question was put, and answers to what is asked no longer."""
    rows = {r.question.code: r for r in found.rows}
    seen = {r.question.code for r in found.kept}
    record, party, about = found.party.partnership.pk, found.party.pk, found.about.pk
    for old in _LEFT_BEHIND(record=record, party=party, about=about, round=now.pk):
        question = content(old.library, Library).by_code[old.code]
        row = rows.get(old.code)
        if row is None:
            if old.code not in seen and (old.says_something or old.is_carried):
                found.kept.append(Row(question, owed=False, answer=old))
                seen.add(old.code)
        elif row.answer is not None and row.answer.carried_from_id == old.pk and not same_words(question, row.question):
            row.before = question


def same_words(one: LibraryQuestion, other: LibraryQuestion) -> bool:
    """Whether a question asks the same: its words, and what can be answered."""
    return (one.text, one.answer, one.options, one.unit) == (other.text, other.answer, other.options, other.unit)


def by_theme(groups: Iterable[Group], rows: Iterable[Row]) -> list[Theme]:
    """The rows under those of the themes that have any, in their order."""
    by_theme: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_theme[row.question.theme].append(row)
    return [Theme(group, by_theme[group.code]) for group in groups if by_theme[group.code]]


def _others_say(
    reader: Party,
    partners: Sequence[Party],
    now: DiligenceRound,
    about: Party | None,
    assessments: dict[int, Assessment],
) -> dict[tuple[int, str], list[DiligenceAnswer]]:
    """What other partners say in a round, as far as the reader's party may read it: the newest of each, by question.

    What an organisation says of itself comes first.
    """
    known = {p.pk: p for p in partners}
    newest: dict[tuple[int, str, int], DiligenceAnswer] = {}
    only = about.pk if about is not None else None
    for one in _OTHERS(record=reader.partnership.pk, reader=reader.pk, round=now.pk, about=only):
        if one.party_id in known and one.assessment_id in assessments:
            one.party, one.assessment = known[one.party_id], assessments[one.assessment_id]
            newest[one.assessment.about_id, one.code, one.party_id] = one
    found: dict[tuple[int, str], list[DiligenceAnswer]] = defaultdict(list)
    for (subject, code, party), one in newest.items():
        found[subject, code].insert(0 if party == subject else len(found[subject, code]), one)
    return found


def with_citations(rows: Sequence[Row], place: Place) -> None:
    """Fills in the documents that the reader may see, of all sides' answers. One query."""
    by_answer: dict[int, Row] = {}
    for row in rows:
        by_answer |= {a.pk: row for a in (row.answer, *row.others) if a is not None}
    # By whom they are about, not by a list of answers, which the database would plan anew for each length.
    for about in {a.assessment.about_id for row in rows for a in (row.answer, *row.others) if a is not None}:
        for citation in _CITED(place, about=about):
            if holder := by_answer.get(citation.answer_id):
                holder.cited.setdefault(citation.answer_id, []).append(citation)


_WRITTEN: Ready[DiligenceAnswer] = Ready(
    lambda assessment, code: was_released(
        DiligenceAnswer.objects.unguarded("the assessment was fetched").filter(assessment=assessment, code=code)
    )
)


def written(assessment: Assessment, codes: Sequence[str]) -> list[DiligenceAnswer]:
    """Every row of the answers to these questions, those that a later one replaced included. One query."""
    if len(codes) == 1:
        rows = _WRITTEN(assessment=assessment.pk, code=codes[0])
    else:
        rows = list(was_released(assessment.answers.filter(code__in=codes)))
    for row in rows:
        row.assessment = assessment
    return rows


def version_in(rows: Iterable[DiligenceAnswer]) -> int:
    """Grows with every change of one of these answers: what a form was filled in from."""
    return sum(row.version for row in rows)


def standing_measures(party: Party) -> list[Measure]:
    """The measures a partner set that were not dropped."""
    rows = _measures(party.partnership_id, party.pk)
    return list(rows.select_related("owner__membership__user", "owner__party__organisation", "about__organisation"))
