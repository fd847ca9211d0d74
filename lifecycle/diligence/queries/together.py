"""What the partners do together: visits, shared pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from django.db.models import Count, Prefetch, Q, QuerySet

from partnerships.access.actions import circle_for
from partnerships.access.models import Circle
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.record.models import Partnership, Party, Seat

from ..models import (
    PageAgreement,
    SharedLine,
    SharedPage,
    Visit,
    VisitPerson,
)
from ..states import PageKind


def visits_of(place: Place) -> list[Visit]:
    """Planned ones first, then the newest, called off ones last. Two queries."""
    rows = (
        Visit.objects.visible_to(place)
        .select_related("host__organisation", "party__organisation", "circle")
        .prefetch_related(
            Prefetch(
                "people", VisitPerson.objects.select_related("seat__membership__user", "seat__party__organisation")
            )
        )
    )
    return sorted(rows, key=lambda v: (v.called_off_at is not None, v.held_at is not None, -v.on.toordinal(), v.pk))


def read_by_all(place: Place) -> QuerySet[Visit]:
    """Visits that every partner that is in may read, by their circle: what may count for all of them."""
    ids = [p.pk for p in place.partners]
    readers = Count("circle__members", filter=Q(circle__members__party__in=ids))
    rows = Visit.objects.of(place.partnership).annotate(readers=readers).filter(readers=len(ids))
    return cast("QuerySet[Visit]", rows)


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


def agreed_by(page: SharedPage | None, reader: Place | None = None) -> set[int]:
    """The partners whose yes is to the page as it stands; for a reader whose party left, those of before."""
    if page is None:
        return set()
    yeses = page.agreements.all()
    if reader is not None and not reader.is_plain:
        yeses = PageAgreement.objects.visible_to(reader).filter(page=page)
    return {a.party_id for a in yeses if a.seen_version == page.version}


PAGES: tuple[str, ...] = (PageKind.GOALS, PageKind.STEPS)
