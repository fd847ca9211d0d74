"""What stands in the records above: their risks, their documents and their visits, as this person reads them there.

Nothing here is copied, and nothing is told to anybody who does not read it above: a seat in a parent gives nothing in
a child, and none in a child gives anything above.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.record.models import Party

from ..models import Citation, DiligenceAnswer, Risk, Visit
from ..states import ToWhom
from .checklists import Row, with_citations
from .inherited import HIGHEST, places_above
from .together import visits_of

#: What may be taken over from a risk above, together: words, and the two figures of a weighing.
PARTS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "text": (gettext_lazy("What could happen"), ("text",)),
    "to_whom": (gettext_lazy("To whom, first of all"), ("to_whom",)),
    "today": (gettext_lazy("As things are"), ("likelihood", "impact")),
    "measure": (gettext_lazy("What is done about it"), ("measure",)),
    "remains": (gettext_lazy("Once that is done"), ("residual_likelihood", "residual_impact")),
}


# Risks --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Differs:
    """One part that reads otherwise above than here, in words."""

    part: str
    label: str
    here: str
    above: str


@dataclass(frozen=True)
class RiskAbove:
    """A risk of the own side in a record above, and what became of it here."""

    there: Place
    it: Risk
    taken: Risk | None

    @property
    def is_fresh(self) -> bool:
        """It is open there, and not here yet."""
        return self.taken is None and self.it.closed_at is None

    @property
    def differs(self) -> list[Differs]:
        """What was changed above since the own side looked, and is not the same here: an offer, nothing more."""
        if self.taken is None or self.it.closed_at is not None or self.it.version <= self.taken.inherited_version:
            return []
        return [
            Differs(part, str(label), _in_words(self.taken, part), _in_words(self.it, part))
            for part, (label, fields) in PARTS.items()
            if any(getattr(self.taken, name) != getattr(self.it, name) for name in fields)
        ]

    @property
    def is_closed_above(self) -> bool:
        return self.taken is not None and self.taken.closed_at is None and self.it.closed_at is not None


def _in_words(risk: Risk, part: str) -> str:
    match part:
        case "to_whom":
            return str(ToWhom(risk.to_whom).label)
        case "today":
            x, y, score = risk.likelihood, risk.impact, risk.inherent
        case "remains":
            x, y, score = risk.residual_likelihood, risk.residual_impact, risk.residual
        case _:
            return str(getattr(risk, part)) or _("Nothing yet")
    return _("likely %(x)s × bad %(y)s = %(score)s") % {"x": x, "y": y, "score": score}


def risks_above(place: Place) -> list[RiskAbove]:
    """The own side's risks in the records above that this person reads there, the nearest record first.

    What other sides wrote is theirs to show. One that a record in between took over already stands there alone.
    """
    if place.partnership.parent_id is None or not place.is_partner:
        return []
    places = places_above(place)
    if not places:
        return []
    here = Risk.objects.visible_to(place).filter(inherited_from__isnull=False, withdrawn_at=None)
    taken = {risk.inherited_from_id: risk for risk in here.select_related("owner__membership__user", "circle")}
    found: list[RiskAbove] = []
    nearer: set[int | None] = set()
    for there in places:
        rows = list(
            Risk.objects.visible_to(there)
            .filter(party=there.own_party, withdrawn_at=None)
            .exclude(circle__kind=CircleKind.AUTHOR)
            .select_related("owner__membership", "circle")
            .order_by("pk")
        )
        found += [RiskAbove(there, r, taken.get(r.pk)) for r in rows if r.pk not in nearer or r.pk in taken]
        nearer |= {r.inherited_from_id for r in rows}
    return found


# Documents ----------------------------------------------------------------------------------------------------------
def with_citations_above(rows: Sequence[Row], place: Place) -> None:
    """Fills in the documents that support, in a record above, what was taken over from there.

    By reference: for who reads the answer and the document there. Two queries, if anything was taken over; one more
    for each record in between.
    """
    sources: dict[int, list[tuple[Row, int]]] = defaultdict(list)
    for row in rows:
        for answer in (row.answer, *row.others):
            if answer is not None and answer.inherited_from_id is not None:
                sources[answer.inherited_from_id].append((row, answer.pk))
    for _level in range(HIGHEST):
        above = DiligenceAnswer.objects.unguarded("where an answer came from, by id; no word of it").filter(
            pk__in=sources, inherited_from__isnull=False
        )
        pairs = above.values_list("pk", "inherited_from")
        further = [(pk, origin) for pk, origin in pairs if origin is not None and origin not in sources]
        if not further:
            break
        for source, origin in further:
            sources[origin] += sources[source]
    if not sources:
        return
    cited = Citation.objects.visible_to(place.user).filter(answer__in=sources, document__withdrawn_at=None)
    for citation in cited.select_related("document__partnership").order_by("pk"):
        for row, answer_id in sources[citation.answer_id]:
            held = row.above.setdefault(answer_id, [])
            if citation.document_id not in {c.document_id for c in held}:
                held.append(citation)


def with_papers(rows: Sequence[Row], place: Place) -> None:
    """Fills in every document that a page shows beside these answers: those here, and by reference those above."""
    with_citations(rows, place)
    with_citations_above(rows, place)


# Visits -------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class VisitAbove:
    """A visit that was held in a record above, between organisations that are partners here too."""

    it: Visit
    there: Place
    #: Who went to whom, as parties here.
    pairs: frozenset[tuple[int, int]]

    @property
    def record(self) -> str:
        return self.there.partnership.name


def visits_above(place: Place) -> list[VisitAbove]:
    """Held visits of the group that this person reads there. They are shown, and count for nothing here."""
    if place.partnership.parent_id is None or not place.is_partner:
        return []
    here = {p.organisation_id: p for p in place.partners}
    found = []
    for there in places_above(place):
        for visit in visits_of(there):
            if visit.held_at is None or visit.called_off_at is not None or visit.withdrawn_at is not None:
                continue
            guests = _here(here, (p.seat.party for p in visit.people.all()))
            if visit.host is not None:
                hosts = _here(here, [visit.host])
                pairs = {(g, h) for g in guests for h in hosts if g != h}
            else:
                pairs = {(a, b) for a in guests for b in guests if a != b}
            if pairs:
                found.append(VisitAbove(visit, there, frozenset(pairs)))
    return found


def _here(here: dict[int, Party], parties: Iterable[Party]) -> set[int]:
    return {here[p.organisation_id].pk for p in parties if p.organisation_id in here}
