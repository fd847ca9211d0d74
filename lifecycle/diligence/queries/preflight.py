"""What is missing before a checklist is released, and who would read what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partnerships.access.places import Place
from partnerships.catalogue.queries import text
from partnerships.documents.models import Document
from partnerships.record.models import Party

from ..models import AddedPoint
from ..states import Level
from .checklists import Checklist, Row
from .words import in_short, with_sign


@dataclass(frozen=True)
class Missing:
    """Something to look at before a release: never a bar, always a link to where it is put right."""

    text: str
    url: str


@dataclass(frozen=True)
class Check:
    """What one check found. With nothing missing it is met."""

    title: Any
    missing: tuple[Missing, ...] = ()


#: What looks at a checklist before it is released: `check(place, checklist) -> Check`, at most one query each.
CHECKS: list[Callable[[Place, Checklist], Check]] = []


def register_check(check: Callable[[Place, Checklist], Check]) -> Callable[[Place, Checklist], Check]:
    """One more look before a release. In the order of registering."""
    CHECKS.append(check)
    return check


def preflight(place: Place, found: Checklist) -> list[Check]:
    """Every check of a checklist whose citations are filled in, those that found something first."""
    return sorted((check(place, found) for check in CHECKS), key=lambda c: not c.missing)


def _of_rows(
    place: Place, found: Checklist, rows: Sequence[Row], name: str = "diligence:question"
) -> tuple[Missing, ...]:
    pid, about = place.partnership.public_id, found.about.public_id
    return tuple(Missing(with_sign(r.question), reverse(name, args=[pid, about, r.question.code])) for r in rows)


@register_check
def critical_unanswered(place: Place, found: Checklist) -> Check:
    rows = [r for r in found.rows if r.owed and r.question.critical and not r.says_something and not r.is_carried]
    return Check(gettext_lazy("Critical questions without an answer"), _of_rows(place, found, rows))


@register_check
def unconfirmed(place: Place, found: Checklist) -> Check:
    """They stay behind: what nobody has confirmed is not released."""
    rows = [r for r in found.rows if r.is_carried]
    return Check(gettext_lazy("Answers of the round before that nobody has confirmed"), _of_rows(place, found, rows))


@register_check
def not_known(place: Place, found: Checklist) -> Check:
    rows = [r for r in found.rows if r.says_something and r.answer is not None and r.answer.level == Level.UNKNOWN]
    return Check(gettext_lazy("Answers that say “not known yet”"), _of_rows(place, found, rows))


@register_check
def no_evidence(place: Place, found: Checklist) -> Check:
    """A document is wanted and none is cited; what does not apply, or is not known, has none."""
    rows = [
        r
        for r in found.rows
        if r.says_something
        and r.answer is not None
        and r.answer.level not in (Level.NA, Level.UNKNOWN)
        and (r.question.evidence is not None or r.question.documents)
        and not r.citations
    ]
    return Check(
        gettext_lazy("Answers that want a document and cite none"), _of_rows(place, found, rows, "diligence:support")
    )


@register_check
def out_of_date(place: Place, found: Checklist) -> Check:
    """Documents whose time is over, with the question that cites them."""
    pid = place.partnership.public_id
    late: dict[int, Missing] = {}
    for row in found.rows:
        for citation in row.citations:
            if citation.document.is_out_of_date:
                asked = in_short(row.question.code, text(row.question.text))
                line = _("%(title)s, for %(code)s") % {"title": citation.document.title, "code": asked}
                late.setdefault(
                    citation.document_id,
                    Missing(line, reverse("documents:detail", args=[pid, citation.document.public_id])),
                )
    return Check(gettext_lazy("Documents that are out of date"), tuple(late.values()))


@register_check
def without_reason(place: Place, found: Checklist) -> Check:
    """Nothing new is saved so; old answers may say it."""
    rows = [
        r
        for r in found.rows
        if r.answer is not None and r.answer.level == Level.NA and r.says_something and not r.answer.text.strip()
    ]
    return Check(gettext_lazy("“Does not apply” without a reason"), _of_rows(place, found, rows))


@dataclass
class Going:
    """What a release takes along: how many answers and added points, and which documents by title."""

    answers: int
    points: int = 0
    documents: list[Document] = field(default_factory=list)
    #: Cited, and not the own side's to show.
    staying: list[Document] = field(default_factory=list)


def going_along(place: Place, found: Checklist, points: Sequence[AddedPoint]) -> Going:
    """Of a checklist whose citations are filled in, and what was added to it (`added_points`)."""
    rows = [r for r in found.rows if r.says_something]
    points = [p for p in points if not p.is_carried]
    citations = [*(c for r in rows for c in r.citations), *(c for p in points for c in getattr(p, "cited", ()))]
    cited = {c.document_id: c.document for c in citations}
    own = [d for d in cited.values() if d.party_id == place.own_party.pk and d.withdrawn_at is None]
    return Going(len(rows), len(points), own, [d for d in cited.values() if d not in own])


def readers_in(place: Place) -> dict[str, list[Party]]:
    """Who would read what is released to each circle of the release form, the own side left out."""
    others = [p for p in place.present if p.pk != place.own_party.pk]
    partners = [p for p in others if p.role == "partner"]
    brokers = [p for p in others if p.role == "broker"]
    return {"caucus": brokers, "partners_alone": partners, "partners": partners + brokers, "all": others}
