"""Reading due diligence: the questions of each checklist, what a side knows, and what the rule says of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet

from partnerships.access.actions import circle_for
from partnerships.access.models import Circle, Circled, CircleParty, ReleaseItem
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.content import DEPTHS, Depth, Group, Library, LibraryQuestion
from partnerships.catalogue.models import CatalogueVersion
from partnerships.catalogue.queries import content, current
from partnerships.people.states import OrganisationKind
from partnerships.record.models import Partnership, Party, Seat

from .decision import Evaluation, Item, Residual, evaluate
from .models import (
    Assessment,
    Citation,
    DepthChoice,
    DiligenceAnswer,
    DiligenceDecision,
    Measure,
    Risk,
    SharedLine,
    SharedPage,
    Visit,
    VisitPerson,
)
from .states import Level, PageKind

CircledT = TypeVar("CircledT", bound=Circled)
ANSWER_MODEL = "lifecycle.diligenceanswer"
#: Kind of the release of a checklist.
RELEASED_CHECKLIST = "diligence.checklist"
RELEASED_CONDITIONS = "diligence.conditions"


def library_version() -> CatalogueVersion:
    return current("library", "diligence")


def library() -> Library:
    return content(library_version(), Library)


def depth_of(partnership: Partnership) -> Depth:
    """The depth that every partner agreed to; the light checklist until then."""
    choice = DepthChoice.objects.of(partnership).filter(adopted_at__isnull=False).order_by("-adopted_at", "-pk").first()
    return choice.depth if choice is not None and choice.depth in DEPTHS else "light"


def open_depth_choice(partnership: Partnership) -> DepthChoice | None:
    found: DepthChoice | None = (
        DepthChoice.objects.of(partnership)
        .filter(adopted_at=None, closed_at=None)
        .select_related("party__organisation")
        .prefetch_related("consents")
        .first()
    )
    return found


def asks(question: LibraryQuestion, assessor: Party, about: Party) -> bool:
    """Whether a partner answers this question about this organisation: by direction, and by the kinds of both."""
    if question.direction == "both":
        return True
    if assessor.pk == about.pk:
        return False
    kinds = assessor.organisation.kind, about.organisation.kind
    match question.direction:
        case "ngo_about_company":
            return kinds == (OrganisationKind.NGO, OrganisationKind.COMPANY)
        case "company_about_ngo":
            return kinds == (OrganisationKind.COMPANY, OrganisationKind.NGO)
        case "about_authority":
            return kinds[1] == OrganisationKind.GOVERNMENT
    return False


def questions_for(asked: Library, assessor: Party, about: Party, depth: Depth) -> list[LibraryQuestion]:
    """The checklist of a partner about itself, or about another partner. An authority's theme comes at any depth."""
    return [
        q for q in asked.items if (q.asked_at(depth) or q.direction == "about_authority") and asks(q, assessor, about)
    ]


def is_owed(question: LibraryQuestion, assessor: Party, about: Party) -> bool:
    """About another partner, what it answers about itself is only checked: an own view of it is optional."""
    return assessor.pk == about.pk or question.direction != "both"


def readable_by(rows: QuerySet[CircledT], party: Party) -> QuerySet[CircledT]:
    """What a party as a whole may read: in its circles, or released to it and opened."""
    circles = CircleParty.objects.filter(party=party).values("circle")
    opened = ReleaseItem.objects.filter(model=rows.model._meta.label_lower, release__openings__party=party).values(
        "object_id"
    )
    return rows.filter(Q(circle__in=circles) | Q(pk__in=opened), withdrawn_at=None)


def was_released(rows: QuerySet[DiligenceAnswer]) -> QuerySet[Any]:
    """Marks (`released`) answers that stand in a release which was not recalled, or which somebody opened."""
    items = ReleaseItem.objects.filter(model=ANSWER_MODEL, object_id=OuterRef("pk"))
    return rows.annotate(
        released=Exists(items.filter(Q(release__recalled_at=None) | Q(release__openings__isnull=False)))
    )


# Own checklists -------------------------------------------------------------------------------------------------------
@dataclass
class Row:
    """A question with what a side says about it, and what the other side says about itself where that may be read."""

    question: LibraryQuestion
    owed: bool
    answer: DiligenceAnswer | None = None
    theirs: DiligenceAnswer | None = None
    measures: list[Measure] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    released: bool = False

    @property
    def field_name(self) -> str:
        return self.question.code.replace(".", "_")

    @property
    def own_level(self) -> str:
        return self.answer.known if self.answer is not None else Level.UNKNOWN

    @property
    def is_answered(self) -> bool:
        """Something was said, "not known yet" included; about others what they say of themselves counts."""
        said = self.answer is not None and bool(self.answer.level or self.answer.text.strip())
        return said or (not self.owed and self.theirs is not None)

    @property
    def level(self) -> str:
        """The level that counts: one's own assessment, else the released self-answer."""
        if self.answer is not None and (self.answer.level or self.answer.text.strip()):
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
    assessment: Assessment | None
    themes: list[Theme]

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
    def owed_themes(self) -> list[Theme]:
        return [t for t in self.themes if t.total]

    @property
    def has_answers(self) -> bool:
        return any(r.answer is not None for r in self.rows)

    @property
    def unreleased(self) -> list[DiligenceAnswer]:
        """Answers that no standing release holds."""
        return [r.answer for r in self.rows if r.answer is not None and not r.released]

    def theme(self, code: str) -> Theme | None:
        return next((t for t in self.themes if t.code == code), None)

    def after(self, code: str) -> Theme | None:
        """The next theme, where there is one."""
        codes = [t.code for t in self.themes]
        place = codes.index(code) + 1
        return self.themes[place] if place < len(codes) else None

    def first_open(self) -> Theme | None:
        return next((t for t in self.themes if not t.is_done), None)


def checklists(party: Party, partners: Sequence[Party]) -> list[Checklist]:
    """Everything a partner found out, about itself first, then about the others. Six queries, however many partners."""
    partnership, asked = party.partnership, library()
    depth = depth_of(partnership)
    assessments = {a.about_id: a for a in Assessment.objects.of(partnership).filter(party=party)}
    own: dict[int, dict[str, Any]] = defaultdict(dict)
    answers = was_released(
        DiligenceAnswer.objects.of(partnership).filter(assessment__party=party, superseded_at=None)
    ).select_related("assessment", "author")
    for one in answers:
        own[one.assessment.about_id][one.code] = one
    measures: dict[tuple[int, str], list[Measure]] = defaultdict(list)
    for measure in standing_measures(party):
        measures[measure.about_id, measure.code].append(measure)
    theirs = self_answers(party, [p for p in partners if p.pk != party.pk])
    found = []
    for about in sorted(partners, key=lambda p: p.pk != party.pk):
        rows = []
        for question in questions_for(asked, party, about, depth):
            answer = own[about.pk].get(question.code)
            rows.append(
                Row(
                    question,
                    owed=is_owed(question, party, about),
                    answer=answer,
                    theirs=theirs[about.pk].get(question.code),
                    measures=measures[about.pk, question.code],
                    released=bool(answer is not None and answer.released),
                )
            )
        found.append(Checklist(party, about, assessments.get(about.pk), _themes(asked, rows)))
    return found


def checklist(party: Party, about: Party, partners: Sequence[Party]) -> Checklist:
    """One of them."""
    return next(c for c in checklists(party, partners) if c.about.pk == about.pk)


def _themes(asked: Library, rows: Iterable[Row]) -> list[Theme]:
    by_theme: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_theme[row.question.theme].append(row)
    return [Theme(group, by_theme[group.code]) for group in asked.themes if by_theme[group.code]]


def self_answers(reader: Party, others: Sequence[Party]) -> dict[int, dict[str, DiligenceAnswer]]:
    """What other partners say about themselves, as far as the reader's party may read it; the newest of each."""
    found: dict[int, dict[str, DiligenceAnswer]] = defaultdict(dict)
    if others:
        rows = DiligenceAnswer.objects.of(reader.partnership).filter(assessment__party__in=others)
        rows = rows.filter(assessment__about=F("assessment__party")).select_related("assessment", "party__organisation")
        for answer in readable_by(rows, reader).order_by("pk"):
            found[answer.assessment.about_id][answer.code] = answer
    return found


def with_citations(rows: Sequence[Row], place: Place) -> None:
    """Fills in the documents that the reader may see. One query."""
    by_answer = {r.answer.pk: r for r in rows if r.answer is not None}
    citations = (
        Citation.objects.visible_to(place.user)
        .filter(answer__in=list(by_answer))
        .select_related("document")
        .order_by("pk")
    )
    for citation in citations:
        by_answer[citation.answer_id].citations.append(citation)


def theme_version(assessment: Assessment | None, codes: Sequence[str]) -> int:
    """Grows with every change of an answer in a theme: what the form was filled in from."""
    if assessment is None:
        return 0
    return sum(assessment.answers.filter(code__in=codes).values_list("version", flat=True))


def standing_measures(party: Party) -> QuerySet[Measure]:
    """The measures a partner set that were not dropped."""
    rows: QuerySet[Measure] = (
        Measure.objects.of(party.partnership)
        .filter(party=party, dropped_at=None)
        .select_related("owner__membership__user", "owner__party__organisation", "about__organisation")
        .order_by("due_on", "pk")
    )
    return rows


# What others released -------------------------------------------------------------------------------------------------
@dataclass
class Released:
    """A checklist that the reader may read, in whole or in part."""

    party: Party
    about: Party
    count: int


def released_checklists(place: Place) -> list[Released]:
    """The checklists of others that the reader can open a page of. One query."""
    rows = (
        DiligenceAnswer.objects.visible_to(place)
        .exclude(assessment__party=place.party)
        .values_list("assessment__party", "assessment__about", "code")
    )
    codes: dict[tuple[int, int], set[str]] = defaultdict(set)
    for party, about, code in rows:
        codes[party, about].add(code)
    by_id = {p.pk: p for p in place.parties}
    return [
        Released(by_id[party], by_id[about], len(found))
        for (party, about), found in sorted(codes.items())
        if party in by_id and about in by_id
    ]


def read_checklist(place: Place, party: Party, about: Party) -> list[Theme]:
    """What the reader may read of another side's checklist: the newest released answer to each question."""
    newest: dict[str, DiligenceAnswer] = {}
    answers = (
        DiligenceAnswer.objects.visible_to(place)
        .filter(assessment__party=party, assessment__about=about)
        .select_related("library")
        .order_by("pk")
    )
    for answer in answers:
        newest[answer.code] = answer
    rows = []
    for answer in newest.values():
        asked = content(answer.library, Library).by_code.get(answer.code)
        if asked is not None:
            rows.append(Row(asked, owed=True, answer=answer))
    today = library()
    order = {q.code: n for n, q in enumerate(today.items)}
    rows.sort(key=lambda r: order.get(r.question.code, 999))
    with_citations(rows, place)
    return _themes(today, rows)


# Risks and the decision -----------------------------------------------------------------------------------------------
def risks_of(party: Party) -> list[Risk]:
    """The open risks that count for a partner: its own, and those others share with it. The worst first."""
    rows = Risk.objects.of(party.partnership).filter(closed_at=None).select_related(
        "owner__membership__user", "owner__party__organisation", "party__organisation", "circle"
    )  # fmt: skip
    return sorted(readable_by(rows, party), key=lambda r: (-r.residual, -r.inherent, r.pk))


@dataclass
class Basis:
    """What a partner's decision stands on."""

    evaluation: Evaluation
    checklists: list[Checklist]
    risks: list[Risk]

    @cached_property
    def rows(self) -> dict[tuple[int, str], Row]:
        return {(c.about.pk, r.question.code): r for c in self.checklists for r in c.rows}

    def about(self, item: Item) -> Party:
        return next(c.about for c in self.checklists if c.about.pk == item.ref[0])


def basis_of(party: Party, partners: Sequence[Party]) -> Basis:
    """The rule applied to what one partner knows now: about itself and about every other partner."""
    found = checklists(party, partners)
    items = []
    for one in found:
        for row in one.rows:
            items.append(
                Item(
                    critical=row.question.critical,
                    level=row.level,
                    measure=bool(row.measures),
                    board=any(m.board_on for m in row.measures),
                    ref=(one.about.pk, row.question.code),
                )
            )
    risks = risks_of(party)
    residuals = [Residual(r.residual, r.is_answered, ref=r.pk) for r in risks]
    return Basis(evaluate(items, residuals), found, risks)


def decisions(partnership: Partnership) -> dict[int, DiligenceDecision]:
    """Each partner's decision that stands, by party."""
    rows = DiligenceDecision.objects.of(partnership).filter(superseded_at=None).select_related("party__organisation")
    return {d.party_id: d for d in rows}


# What the partners do together ----------------------------------------------------------------------------------------
def visits_of(place: Place) -> list[Visit]:
    """Planned ones first, then the newest. Two queries."""
    rows = (
        Visit.objects.visible_to(place)
        .select_related("host__organisation", "party__organisation", "circle")
        .prefetch_related(
            Prefetch(
                "people", VisitPerson.objects.select_related("seat__membership__user", "seat__party__organisation")
            )
        )
    )
    return sorted(rows, key=lambda v: (v.held_at is not None, -v.on.toordinal(), v.pk))


def partner_seats(place: Place) -> QuerySet[Seat]:
    """Everybody seated with a partner today: who can own a measure, or take part in a visit."""
    return (
        Seat.objects.filter(party__in=[p.pk for p in place.partners], ended_on=None, membership__ended_on=None)
        .select_related("membership__user", "party__organisation")
        .order_by("party__joined_at", "party", "membership__user__name")
    )


def partners_circle(place: Place) -> Circle:
    return circle_for(place.partnership, CircleKind.PARTNERS)


def shared_pages(partnership: Partnership, partners: Sequence[Party]) -> dict[str, SharedPage]:
    """The pages that every present partner reads, by kind. When another partner has joined since, there is none yet."""
    ids = [p.pk for p in partners]
    readers = Count("circle__members", filter=Q(circle__members__party__in=ids))
    pages = (
        SharedPage.objects.of(partnership)
        .annotate(readers=readers)
        .filter(readers=len(ids))
        .prefetch_related("agreements", "lines")
        .order_by("pk")
    )
    found: dict[str, SharedPage] = {page.kind: page for page in cast("QuerySet[SharedPage]", pages)}
    return found


def shared_page(partnership: Partnership, kind: str, partners: Sequence[Party]) -> SharedPage | None:
    return shared_pages(partnership, partners).get(kind)


def lines_of(page: SharedPage) -> list[SharedLine]:
    return list(
        page.lines.select_related("party__organisation", "owner__membership__user", "owner__party__organisation")
        .filter(withdrawn_at=None)
        .order_by("kind", "party__joined_at", "pk")
    )


def agreed_by(page: SharedPage | None) -> set[int]:
    """The partners whose yes is to the page as it stands."""
    if page is None:
        return set()
    return {a.party_id for a in page.agreements.all() if a.seen_version == page.version}


PAGES: tuple[str, ...] = (PageKind.GOALS, PageKind.STEPS)
