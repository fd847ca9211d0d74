"""What a due diligence summary says: to be handed round (what all its readers may read), or for one side's own board.

Everything is asked for as a party may read it, never as one person may: what only its author reads is on no paper.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partnerships import clock
from partnerships.access.places import Place
from partnerships.catalogue.content import Depth, Library, LibraryQuestion, sign_of
from partnerships.catalogue.queries import content, text
from partnerships.documents.models import Document
from partnerships.documents.queries import document_kinds
from partnerships.documents.states import Held
from partnerships.looks.format import and_list
from partnerships.record.models import Partnership, Party, Seat
from partnerships.record.states import Function, Stage
from partnerships.record.states import Level as SeatLevel

from ..decision import Evaluation
from ..models import (
    Citation,
    DecisionReason,
    DiligenceAnswer,
    DiligenceDecision,
    DiligenceRound,
    Measure,
    Participation,
    RecordFact,
    Risk,
    Visit,
    VisitPerson,
)
from ..states import Audience, Level, Outcome, RoundReason
from .asked import adopted_choice, depth_in, facts_of, is_owed, library_after, questions_for, round_of
from .deciding import basis_of
from .reading import CircledT, readable_by
from .words import in_short, value_in_words


@dataclass(frozen=True)
class Cited:
    """A document that supports an answer."""

    title: str
    #: Its kind, whether it is a file, was seen or talked about, and until when it is valid, in words.
    kind: str
    held: str
    valid_until: date | None
    is_out_of_date: bool


@dataclass(frozen=True)
class Voice:
    """What one party says to one question about one partner."""

    party: Party
    level: str
    #: Whether the level was chosen as such; options stand for one.
    is_level: bool
    #: The level that counts.
    known: str
    value: str
    text: str
    language: str
    #: Of the round before, and not confirmed.
    is_carried: bool
    documents: tuple[Cited, ...] = ()

    @property
    def label(self) -> str:
        return str(Level(self.level).label) if self.is_level else ""


@dataclass(frozen=True)
class Asked:
    """A question about one partner, with what is known of it, in the order of the parties."""

    code: str
    text: str
    critical: int
    about: Party
    theme: str
    voices: tuple[Voice, ...]

    @property
    def sign(self) -> str:
        return sign_of(self.code)

    def of(self, party: Party) -> Voice | None:
        return next((v for v in self.voices if v.party.pk == party.pk), None)

    @property
    def differs(self) -> bool:
        """Two parties say different things, and both say that they know."""
        levels = {v.known for v in self.voices if v.known != Level.UNKNOWN and v.level}
        return len(levels) > 1

    @property
    def is_unknown(self) -> bool:
        return all(v.known == Level.UNKNOWN or v.is_carried for v in self.voices)


@dataclass(frozen=True)
class ThemeOn:
    title: str
    rows: tuple[Asked, ...]


@dataclass(frozen=True)
class About:
    """One partner, with all that is asked about it."""

    party: Party
    themes: tuple[ThemeOn, ...]
    #: Per party that looks at it: how many of how many questions it has answered, as far as the reader may know.
    progress: tuple[tuple[Party, int, int], ...]
    voices: tuple[Party, ...]

    @property
    def rows(self) -> list[Asked]:
        return [row for theme in self.themes for row in theme.rows]

    @property
    def unknown(self) -> list[Asked]:
        return [row for row in self.rows if row.is_unknown]

    @property
    def unknown_codes(self) -> list[str]:
        """Of the questions that are not critical: these are only counted and named by their codes."""
        return [in_short(row.code, row.text) for row in self.unknown if not row.critical]

    def _concerns(self, level: str) -> int:
        return sum(any(v.known == level and not v.is_carried for v in row.voices) for row in self.rows)

    @property
    def serious(self) -> int:
        return self._concerns(Level.SERIOUS)

    @property
    def some(self) -> int:
        return self._concerns(Level.SOME)


@dataclass(frozen=True)
class RiskOn:
    text: str
    language: str
    whose: Party
    to_whom: str
    inherent: int
    inherent_band: str
    residual: int
    residual_band: str
    measure: str
    owner: str
    due_on: date | None


@dataclass(frozen=True)
class MeasureOn:
    about: Party
    code: str
    question: str
    text: str
    language: str
    whose: Party
    owner: str
    due_on: date
    board_on: date | None
    done_on: date | None

    @property
    def sign(self) -> str:
        return sign_of(self.code)


@dataclass(frozen=True)
class VisitOn:
    what: str
    host: str
    on: date
    where: str
    who: str
    met: str
    learned: str
    language: str
    is_held: bool
    is_called_off: bool = False


@dataclass(frozen=True)
class DecisionOn:
    party: Party
    #: In words, as the readers of this paper may know it; empty: none is taken.
    outcome: str
    decided_on: date | None
    expires_on: date | None
    is_expired: bool
    reason: str = ""
    language: str = ""


@dataclass
class Summary:
    record: str
    audience: str
    #: Whose paper it is, and who may read all that stands in it.
    own: Party
    readers: tuple[Party, ...]
    made_at: datetime
    parties: tuple[Party, ...]
    stage: str
    stage_since: date
    round: int
    #: Why it was begun, and what happened; empty where somebody who reads this paper does not know.
    round_reason: str
    round_note: str
    round_since: date | None
    library: str
    library_version: int
    depth: Depth
    facts: list[tuple[str, bool | None]]
    abouts: list[About]
    risks: list[RiskOn]
    measures: list[MeasureOn]
    #: Per partner its functions in words, with their levels.
    functions: list[tuple[Party, list[str], list[str]]]
    visits: list[VisitOn]
    decisions: list[DecisionOn]
    #: What the rule says of what the own side knows; nothing on a paper to hand round.
    rule: Evaluation | None = None
    gaps: list[str] = field(default_factory=list)

    @property
    def is_own(self) -> bool:
        return self.audience == Audience.OWN

    @property
    def whom(self) -> str:
        """What stands on every page."""
        if self.is_own:
            return _("Own-side version for the board: only %(party)s") % {"party": self.own.name}
        return _("Shared version: what was released to %(parties)s") % {
            "parties": and_list([p.name for p in self.readers])
        }

    @property
    def differences(self) -> list[Asked]:
        return [row for about in self.abouts for row in about.rows if row.differs]

    @property
    def documents(self) -> int:
        return len({d for about in self.abouts for row in about.rows for v in row.voices for d in v.documents})

    @property
    def rule_words(self) -> str:
        return str(Outcome(self.rule.outcome).label) if self.rule is not None else ""


def readers_of(place: Place, audience: str) -> tuple[Party, ...]:
    """Who may read all that stands in a summary: the own side, or all partners (and the broker who asks)."""
    if audience == Audience.OWN:
        return (place.own_party,)
    return place.partners if place.is_partner else (*place.partners, place.own_party)


def summary_of(place: Place, audience: str) -> Summary:
    """Everything that a summary says, as far as all its readers may read it.

    A constant number of queries, however many partners, answers and documents.
    """
    return _Build(place, audience).made()


class _Build:
    def __init__(self, place: Place, audience: str) -> None:
        self.place, self.audience = place, audience
        self.partnership: Partnership = place.partnership
        self.own = place.own_party
        self.is_own = audience == Audience.OWN
        self.readers = readers_of(place, audience)
        self.partners = place.partners
        self.by_id = {p.pk: p for p in place.parties}
        self.now: DiligenceRound | None = round_of(self.partnership)
        self.choice = adopted_choice(self.partnership)
        self.version = self.now.library if self.now is not None else library_after(self.choice)
        self.library = content(self.version, Library)
        self.depth = depth_in(self.choice)
        self.facts = facts_of(self.partnership)

    def for_all(self, rows: QuerySet[CircledT]) -> QuerySet[CircledT]:
        """Those that every reader of this paper may read."""
        for party in self.readers:
            rows = readable_by(rows, party)
        return rows

    def made(self) -> Summary:
        abouts = self.abouts()
        functions, decisions = self.functions(), self.decisions()
        visits = self.visits()
        now = self.now
        # Why a round was begun is told by those who may read it.
        told = now is not None and self.for_all(DiligenceRound.objects.of(self.partnership).filter(pk=now.pk)).exists()
        found = Summary(
            record=self.partnership.name,
            audience=self.audience,
            own=self.own,
            readers=self.readers,
            made_at=clock.now(),
            parties=tuple(sorted(self.place.present, key=lambda p: not p.is_partner)),
            stage=str(Stage(self.partnership.stage).label),
            stage_since=self.partnership.stage_since,
            round=now.number if now is not None else 0,
            round_reason=str(RoundReason(now.reason).label) if now is not None and told else "",
            round_note=now.note if now is not None and told else "",
            round_since=now.created_at.date() if now is not None else None,
            library=text(self.version.title),
            library_version=self.version.version,
            depth=self.depth,
            facts=self.known_facts(),
            abouts=abouts,
            risks=self.risks(),
            measures=self.measures(),
            functions=functions,
            visits=visits,
            decisions=decisions,
            rule=basis_of(self.own, self.partners).evaluation if self.is_own else None,
        )
        found.gaps = self.gaps(found)
        return found

    # Questions and answers --------------------------------------------------------------------------------------------
    def answers(self) -> dict[tuple[int, str], dict[int, DiligenceAnswer]]:
        """By partner and question: what each party says, the newest that every reader may read. Two queries at most."""
        found: dict[tuple[int, str], dict[int, DiligenceAnswer]] = defaultdict(dict)
        if self.now is None:
            return found
        rows = DiligenceAnswer.objects.of(self.partnership).filter(assessment__round=self.now)
        rows = rows.select_related("assessment").order_by("pk")
        if self.is_own:
            mine = rows.filter(assessment__party=self.own, superseded_at=None)
            lists = [readable_by(rows.exclude(assessment__party=self.own), self.own), mine]
        else:
            lists = [self.for_all(rows)]
        for answers in lists:
            for answer in answers:
                found[answer.assessment.about_id, answer.code][answer.party_id] = answer
        return found

    def cited(self, answers: Sequence[DiligenceAnswer]) -> dict[int, tuple[Cited, ...]]:
        """The documents that support some answers. One query."""
        kinds = document_kinds()
        documents = self.for_all(Document.objects.of(self.partnership))
        if self.is_own:
            # One's own that was withdrawn from others is still one's own.
            documents = documents | Document.objects.of(self.partnership).filter(party=self.own, circle__owner=self.own)
        rows = (
            Citation.objects.filter(answer__in=[a.pk for a in answers], document__in=documents.values("pk"))
            .select_related("document")
            .order_by("pk")
        )
        found: dict[int, list[Cited]] = defaultdict(list)
        for row in rows:
            document = row.document
            kind = kinds.get(document.kind)
            found[row.answer_id].append(
                Cited(
                    document.title,
                    text(kind.title) if kind is not None else "",
                    "" if document.held == Held.FILE else str(document.get_held_display()),
                    document.valid_until,
                    document.is_out_of_date,
                )
            )
        return {pk: tuple(rows) for pk, rows in found.items()}

    def abouts(self) -> list[About]:
        answers = self.answers()
        said = [a for by_party in answers.values() for a in by_party.values()]
        cited = self.cited(said)
        found = []
        for about in self.partners:
            questions: dict[str, LibraryQuestion] = {}
            owed: dict[int, set[str]] = defaultdict(set)
            for party in self.partners:
                for question in questions_for(self.library, party, about, self.depth, self.facts):
                    questions[question.code] = question
                    if is_owed(question, party, about):
                        owed[party.pk].add(question.code)
            themes = []
            for group in self.library.themes:
                rows = tuple(
                    self.asked(question, about, answers.get((about.pk, question.code), {}), cited, text(group.title))
                    for question in self.library.items
                    if question.theme == group.code and question.code in questions
                )
                if rows:
                    themes.append(ThemeOn(text(group.title), rows))
            progress = []
            for party in self.partners:
                given = {
                    code
                    for code in questions
                    if (answer := answers.get((about.pk, code), {}).get(party.pk)) and answer.says_something
                }
                if due := owed[party.pk]:
                    progress.append((party, len(given & due), len(due)))
                elif given:
                    progress.append((party, len(given), 0))
            heard = {pk for (about_id, _code), by in answers.items() if about_id == about.pk for pk in by}
            # Who is asked comes first, then who looked; on a paper for one side, that side always.
            voices = [
                about,
                *[
                    p
                    for p in self.partners
                    if p.pk != about.pk and (p.pk in heard or (self.is_own and p.pk == self.own.pk))
                ],
            ]
            found.append(About(about, tuple(themes), tuple(progress), tuple(voices)))
        return found

    def asked(
        self,
        question: LibraryQuestion,
        about: Party,
        answers: Mapping[int, DiligenceAnswer],
        cited: Mapping[int, tuple[Cited, ...]],
        theme: str,
    ) -> Asked:
        voices = []
        order = {about.pk: -1} | {p.pk: at for at, p in enumerate(self.partners) if p.pk != about.pk}
        for party_id, answer in sorted(answers.items(), key=lambda one: order.get(one[0], 99)):
            party = self.by_id.get(party_id)
            if party is None or not (answer.says_something or answer.is_carried or cited.get(answer.pk)):
                continue
            voices.append(
                Voice(
                    party,
                    answer.level,
                    bool(answer.level) and (question.answer == "scale" or answer.level == Level.NA),
                    answer.known,
                    value_in_words(question, answer) if question.answer not in {"scale", "file"} else "",
                    answer.text,
                    answer.language,
                    answer.is_carried,
                    cited.get(answer.pk, ()),
                )
            )
        return Asked(question.code, text(question.text), question.critical, about, theme, tuple(voices))

    # The rest ---------------------------------------------------------------------------------------------------------
    def known_facts(self) -> list[tuple[str, bool | None]]:
        """The facts on which questions depend: whether each holds; None where nobody said, or not to all readers."""
        said = self.for_all(RecordFact.objects.of(self.partnership).filter(replaced_at=None))
        holds = dict(said.values_list("code", "holds"))
        return [(text(fact.title), holds.get(fact.code)) for fact in self.library.facts]

    def risks(self) -> list[RiskOn]:
        rows = self.for_all(Risk.objects.of(self.partnership).filter(closed_at=None)).select_related(
            "owner__party__organisation", "party__organisation"
        )
        return [
            RiskOn(
                risk.text, risk.language, self.by_id[risk.party_id], str(risk.get_to_whom_display()), risk.inherent,
                str(risk.inherent_band.label), risk.residual, str(risk.residual_band.label), risk.measure,
                owner_words(risk.owner), risk.due_on,
            )
            for risk in sorted(rows, key=lambda r: (-r.residual, -r.inherent, r.pk))
        ]  # fmt: skip

    def measures(self) -> list[MeasureOn]:
        rows = (
            self.for_all(Measure.objects.of(self.partnership).filter(dropped_at=None))
            .select_related("owner__party__organisation")
            .order_by("due_on", "pk")
        )
        asked = self.library.by_code
        return [
            MeasureOn(
                self.by_id[m.about_id], m.code, text(asked[m.code].text) if m.code in asked else "", m.text,
                m.language, self.by_id[m.party_id], owner_words(m.owner), m.due_on, m.board_on,
                m.done_at.date() if m.done_at is not None else None,
            )
            for m in sorted(rows, key=lambda m: m.done_at is not None)
        ]  # fmt: skip

    def functions(self) -> list[tuple[Party, list[str], list[str]]]:
        """Which functions and levels of each partner took part: everybody in the record knows that."""
        took_part: dict[int, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
        for party, function, level in Participation.objects.of(self.partnership).values_list(
            "party", "function", "level"
        ):
            took_part[party][0].add(function)
            took_part[party][1].add(level)
        return [
            (
                party,
                [str(f.label) for f in Function if f.value in took_part[party.pk][0]],
                [str(level.label) for level in SeatLevel if level.value in took_part[party.pk][1]],
            )
            for party in self.partners
        ]

    def visits(self) -> list[VisitOn]:
        rows = (
            self.for_all(Visit.objects.of(self.partnership))
            .prefetch_related(Prefetch("people", VisitPerson.objects.select_related("seat")))
            .order_by("on", "pk")
        )
        return [self._visit(visit) for visit in rows]

    def _visit(self, visit: Visit) -> VisitOn:
        by_party: dict[int, int] = defaultdict(int)
        for person in visit.people.all():
            by_party[person.seat.party_id] += 1
        who = [
            ngettext("%(count)s person of %(party)s", "%(count)s people of %(party)s", count)
            % {"count": count, "party": self.by_id[party].name}
            for party, count in by_party.items()
        ]
        host = self.by_id[visit.host_id].name if visit.host_id is not None else ""
        return VisitOn(
            str(visit.get_kind_display()), host, visit.on, visit.where, and_list(who), visit.met, visit.learned,
            visit.language, visit.held_at is not None, visit.called_off_at is not None,
        )  # fmt: skip

    def decisions(self) -> list[DecisionOn]:
        """What each partner decided, as all may know it; on the own side's paper its own words too, with why."""
        rows = self.for_all(DiligenceDecision.objects.of(self.partnership).filter(superseded_at=None))
        standing = {d.party_id: d for d in rows}
        reason = None
        if self.is_own and self.own.pk in standing:
            reason = readable_by(
                DecisionReason.objects.of(self.partnership).filter(decision=standing[self.own.pk]), self.own
            ).first()
        found = []
        for party in self.partners:
            decision = standing.get(party.pk)
            if decision is None:
                found.append(DecisionOn(party, "", None, None, False))
                continue
            mine = self.is_own and party.pk == self.own.pk
            found.append(
                DecisionOn(
                    party,
                    str(Outcome(decision.outcome).label) if mine else decision.shared_text,
                    decision.decided_on,
                    decision.expires_on if decision.is_go else None,
                    decision.is_go and decision.has_expired,
                    reason.text if mine and reason is not None else "",
                    reason.language if mine and reason is not None else "",
                )
            )
        return found

    def gaps(self, found: Summary) -> list[str]:
        """What is not known, in sentences; questions are named beside."""
        lines = []
        waiting = [d.party.name for d in found.decisions if not d.outcome]
        if waiting:
            lines.append(_("No decision is known of %(parties)s.") % {"parties": and_list(waiting)})
        open_facts = [title for title, holds in found.facts if holds is None]
        if open_facts:
            lines.append(_("Nobody has said whether these hold: %(facts)s.") % {"facts": "; ".join(open_facts)})
        silent = [party.name for party, functions, _levels in found.functions if not functions]
        if silent:
            lines.append(_("No function of %(parties)s has taken part.") % {"parties": and_list(silent)})
        if not any(visit.is_held for visit in found.visits):
            lines.append(_("No visit is written up."))
        return lines


def owner_words(seat: Seat | None) -> str:
    """Who is to do something, by function: papers name no persons."""
    return f"{seat.get_function_display()}, {seat.party.name}" if seat is not None else ""
