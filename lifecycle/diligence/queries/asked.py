"""What is asked: the library, the depth, and which question of whom about whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from django.db.models import OuterRef, QuerySet, Subquery

from partnerships.access.ready import Ready
from partnerships.catalogue.content import DEPTHS, Depth, Library, LibraryQuestion
from partnerships.catalogue.models import CatalogueVersion
from partnerships.catalogue.queries import content, current
from partnerships.people.states import OrganisationKind
from partnerships.record.models import Partnership, Party

from ..models import DepthChoice, DiligenceRound, RecordFact


def _rounds(record: int) -> QuerySet[DiligenceRound]:
    """The newest round, with the depth that all agreed to last (`agreed`): what every page asks, in one go."""
    agreed = DepthChoice.objects.unguarded("of the same record").filter(
        partnership=OuterRef("partnership"), adopted_at__isnull=False
    )
    rows: QuerySet[DiligenceRound] = (
        DiligenceRound.objects.of(record)  # type: ignore[arg-type]
        .select_related("library")
        .defer("library__content")
        .annotate(agreed=Subquery(agreed.order_by("-adopted_at", "-pk").values("depth")[:1]))
        .order_by("-number")[:1]
    )
    return rows


_ROUND: Ready[DiligenceRound] = Ready(_rounds)
_CHOICE: Ready[DepthChoice] = Ready(
    lambda record: (
        DepthChoice.objects.of(record)
        .filter(adopted_at__isnull=False)
        .select_related("library")
        .defer("library__content")
        .order_by("-adopted_at", "-pk")[:1]
    )
)
_FACTS: Ready[RecordFact] = Ready(lambda record: RecordFact.objects.of(record).filter(replaced_at=None).order_by("pk"))


def shipped_library() -> CatalogueVersion:
    return current("library", "diligence")


def round_of(partnership: Partnership) -> DiligenceRound | None:
    """The round that the partners are in; none before the first answer."""
    return next(iter(_ROUND(record=partnership.pk)), None)


def library_for(partnership: Partnership, now: DiligenceRound | None = None) -> CatalogueVersion:
    """The version that is asked: the round's, else the one that the next round begins with. At most two queries.

    `now` is the round, where it was looked up already.
    """
    now = now or round_of(partnership)
    return now.library if now is not None else library_after(adopted_choice(partnership))


def next_library(partnership: Partnership) -> CatalogueVersion:
    """The version that a new round would ask: an own one that all agreed to (its newest version), else the shipped."""
    return library_after(adopted_choice(partnership))


def library_after(choice: DepthChoice | None) -> CatalogueVersion:
    """What a choice asks: its own version, else the shipped one."""
    return choice.library if choice is not None and choice.library is not None else shipped_library()


def library(partnership: Partnership | None = None) -> Library:
    """What is asked in a record; without one, what is shipped."""
    return content(library_for(partnership) if partnership is not None else shipped_library(), Library)


def adopted_choice(partnership: Partnership) -> DepthChoice | None:
    """What every partner agreed to last: how deep, and from which questions."""
    return next(iter(_CHOICE(record=partnership.pk)), None)


def depth_in(choice: DepthChoice | None) -> Depth:
    return _depth(choice.depth if choice is not None else None)


def _depth(said: str | None) -> Depth:
    return next((depth for depth in DEPTHS if depth == said), "light")


def depth_of(partnership: Partnership) -> Depth:
    """The depth that every partner agreed to; the light checklist until then."""
    return depth_in(adopted_choice(partnership))


def facts_of(partnership: Partnership) -> dict[str, bool]:
    """What is known of the facts on which questions depend, by code; what nobody has said is not in it."""
    said = {fact.code: fact.holds for fact in _FACTS(record=partnership.pk)}
    return said | facts_known(partnership)


def facts_known(partnership: Partnership) -> dict[str, bool]:
    """What the record itself knows."""
    return {"exploration": partnership.is_exploration, "operating": not partnership.is_exploration}


@dataclass(frozen=True)
class Asked:
    """What the partners are asked in a record: by which round, how deep, and under which facts."""

    partnership: Partnership
    round: DiligenceRound | None
    version: CatalogueVersion
    depth: Depth
    #: Facts as they would be, in place of those that are known.
    supposed: Mapping[str, bool] | None = None

    @cached_property
    def facts(self) -> Mapping[str, bool]:
        """One query, where questions depend on facts that people say; asked for once somebody needs it."""
        if self.supposed is not None:
            return self.supposed
        return facts_of(self.partnership) if self.library.facts else facts_known(self.partnership)

    @cached_property
    def library(self) -> Library:
        return content(self.version, Library)

    def questions(self, assessor: Party, about: Party) -> list[LibraryQuestion]:
        return questions_for(self.library, assessor, about, self.depth, self.facts)

    def question(self, code: str, assessor: Party, about: Party) -> LibraryQuestion | None:
        """The question, if this partner is asked it about this organisation."""
        found = self.library.by_code.get(code)
        return found if found is not None and self._is_asked(found, assessor, about) else None

    def _is_asked(self, question: LibraryQuestion, assessor: Party, about: Party) -> bool:
        return is_asked(question, assessor, about, self.depth, self.facts if question.only_if else {})


def asked_in(partnership: Partnership) -> Asked:
    """One query within a round, two before the first."""
    now = round_of(partnership)
    if now is not None:
        version, depth = now.library, _depth(getattr(now, "agreed", None))
    else:
        choice = adopted_choice(partnership)
        version, depth = library_after(choice), depth_in(choice)
    return Asked(partnership, now, version, depth)


def open_depth_choice(partnership: Partnership) -> DepthChoice | None:
    found: DepthChoice | None = (
        DepthChoice.objects.of(partnership)
        .filter(adopted_at=None, closed_at=None)
        .select_related("party__organisation", "library__organisation")
        .defer("library__content")
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


def applies(question: LibraryQuestion, facts: Mapping[str, bool]) -> bool:
    """Asked unless every fact it depends on is known not to hold: what is not known is asked."""
    return not question.only_if or any(facts.get(code, True) for code in question.only_if)


def questions_for(
    asked: Library, assessor: Party, about: Party, depth: Depth, facts: Mapping[str, bool] = MappingProxyType({})
) -> list[LibraryQuestion]:
    """The checklist of a partner about itself, or about another partner. An authority's theme comes at any depth."""
    return [q for q in asked.items if is_asked(q, assessor, about, depth, facts)]


def is_asked(question: LibraryQuestion, assessor: Party, about: Party, depth: Depth, facts: Mapping[str, bool]) -> bool:
    return (
        (question.asked_at(depth) or question.direction == "about_authority")
        and asks(question, assessor, about)
        and applies(question, facts)
    )


def is_owed(question: LibraryQuestion, assessor: Party, about: Party) -> bool:
    """About another partner, what it answers about itself is only checked: an own view of it is optional."""
    return assessor.pk == about.pk or question.direction != "both"
