"""Reading documents: pages of a list, kinds from the catalogue, what was released to whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.urls import reverse

from .. import clock
from ..access.models import STANDS, Circle, Release, ReleaseItem, ReleaseOpening
from ..access.places import Place
from ..catalogue.content import DocumentKind, DocumentKinds
from ..catalogue.queries import NotLoaded, current_content
from ..record import release_kinds
from ..record.queries import unopened_releases
from .models import Document
from .retention import SWEPT, WARN_DAYS, Kept, ending_by, goes_on, kept

if TYPE_CHECKING:
    from ..record.models import Party

#: Kind of a release of documents.
RELEASED_DOCUMENT = "document"
PAGE = 50
_MODEL = "partnerships.document"


def document_kinds() -> dict[str, DocumentKind]:
    """The kinds of the catalogue by code; none while the catalogue is not loaded."""
    try:
        return dict(current_content(DocumentKinds).by_code)
    except NotLoaded:
        return {}


def readable(place: Place) -> QuerySet[Document]:
    """The documents of this record that the reader may see, newest first, ready to be shown."""
    documents: QuerySet[Document] = (
        Document.objects.visible_to(place).select_related("circle", "party__organisation", "author").order_by("-pk")
    )
    return documents


def going_soon(place: Place) -> QuerySet[Document]:
    """The own side's files that go within 30 days, or are to go; none while it holds them."""
    if place.party is None:
        return readable(place).none()
    soon = clock.today() + timedelta(days=WARN_DAYS)
    return readable(place).filter(SWEPT, ending_by(soon, document_kinds()), party=place.party)


@dataclass(frozen=True)
class Standing:
    """How long a document's file is kept, for one reader."""

    kept: Kept
    #: A legal hold of its side stands: nothing is removed.
    is_held: bool
    #: All have signed it: it stays with the record.
    is_signed: bool
    #: The first day on which it may be gone, where that is within 30 days; its own side is told.
    goes_on: date | None


def standing_of(document: Document, place: Place, kinds: Mapping[str, DocumentKind]) -> Standing | None:
    """None where there is no file. Asks nothing of the database."""
    if not document.is_file:
        return None
    today = clock.today()
    how = kept(document, kinds.get(document.kind), place.partnership, today)
    party = next(p for p in place.parties if p.pk == document.party_id)
    is_held, is_signed = party.held_since is not None, document.author_id is None
    soon = how.until is not None and how.until <= today + timedelta(days=WARN_DAYS)
    own = place.party is not None and place.party.pk == document.party_id
    goes = goes_on(document, how.until, today) if how.until and soon and own and not (is_held or is_signed) else None
    return Standing(how, is_held, is_signed, goes)


def page_of(documents: QuerySet[Document], *, before: int | None) -> tuple[list[Document], int | None]:
    """A keyset page, and the key of the next one where there is one."""
    if before is not None:
        documents = documents.filter(pk__lt=before)
    rows = list(documents[: PAGE + 1])
    return rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None


@dataclass
class Shown:
    """To whom an item was released, and who has opened it, as far as the releasing side may know."""

    release: Release
    opened: list[Party] = field(default_factory=list)
    unopened: list[Party] = field(default_factory=list)

    def tell(self, readers: Iterable[Party], opened: Collection[int]) -> None:
        """Of these readers, who has opened it; the others wait, unless it was recalled from them."""
        for party in readers:
            if party.pk in opened:
                self.opened.append(party)
            elif self.release.recalled_at is None:
                self.unopened.append(party)


def shown_to(items: Sequence[Document], place: Place) -> dict[int, list[Shown]]:
    """The standing releases of the own side's items, by item. Two queries at most, however many items."""
    return releases_of(_MODEL, [i.pk for i in items if place.party is not None and i.party_id == place.party.pk], place)


def releases_of(model: str, ids: Sequence[int], place: Place) -> dict[int, list[Shown]]:
    """Standing releases by the own side of items of one model, with who opened them.

    Of one that was recalled: those who had opened it before, since they go on reading.
    """
    if not ids or place.party is None:
        return {}
    rows = list(
        ReleaseItem.objects.filter(STANDS, model=model, object_id__in=ids, release__party=place.party)
        .select_related("release__circle")
        .order_by("-release__released_at", "-pk")
        .distinct()
    )
    if not rows:
        return {}
    openings = defaultdict(set)
    for release, party_id in ReleaseOpening.objects.filter(release__in={r.release_id for r in rows}).values_list(
        "release", "party"
    ):
        openings[release].add(party_id)
    members = _members({r.release.circle_id for r in rows})
    by_item: dict[int, list[Shown]] = defaultdict(list)
    for row in rows:
        shown = Shown(row.release)
        readers = [p for p in place.parties if p.pk in members[row.release.circle_id] and p.pk != place.party.pk]
        shown.tell(readers, openings[row.release_id])
        by_item[row.object_id].append(shown)
    return by_item


def _members(circles: Iterable[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for circle, party in Circle.objects.filter(pk__in=list(circles)).values_list("pk", "members__party"):
        found[circle].add(party)
    return found


def unopened_cards(place: Place, *kinds: str) -> list[dict[str, Any]]:
    """What was released to the reader's party and waits to be opened, for components/release.html."""
    return [
        {
            "kind": release_kinds.get(bundle.kind).label,
            "party": bundle.party,
            "at": bundle.released_at,
            "open_url": reverse("record:open_release", args=[place.partnership.public_id, bundle.public_id]),
        }
        for bundle in unopened_releases(place)
        if bundle.kind in kinds
    ]
