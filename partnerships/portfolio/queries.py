"""Reading the portfolio: summary rows only, a page at a time, by key and not by offset."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.signing import BadSignature, Signer
from django.db.models import Q

from .. import clock
from ..access.models import AnyOf
from ..people.models import Membership
from ..people.states import MembershipRole
from .models import Summary, SummaryQuerySet
from .states import SORTS, Sort

if TYPE_CHECKING:
    from partnerships.people.models import User

PAGE = 50
#: Counts are capped: an exact count of a million rows costs more than the page.
COUNT_CAP = 1000


@dataclass(frozen=True)
class Row:
    """One line of the list, with what its cells are made of."""

    url: str
    name: str
    others: list[dict[str, Any]]
    country: str
    stage: str
    standing: str
    since: date
    high: int
    warning: int
    headline: str
    #: For whoever has no headline of its own, a broker: the day alone.
    reviewed_on: date | None
    next_due: date | None
    reason: str
    #: Whether the reader has a seat there; without one the columns on flags and reviews are not told, nor empty.
    seated: bool = True


@dataclass(frozen=True)
class Page:
    rows: tuple[Row, ...]
    count: int
    more_than_cap: bool
    next_key: str


def page(
    user: User, *, sort: str = "attention", stage: str = "", standing: str = "", words: str = "", after: str = ""
) -> Page:
    """One page of this person's partnerships. Three queries, whatever the number of rows."""
    chosen = SORTS.get(sort, SORTS["attention"])

    def fitting(found: SummaryQuerySet) -> SummaryQuerySet:
        if stage:
            found = found.filter(stage=stage)
        if standing:
            found = found.filter(standing=standing)
        return found.filter(name__icontains=words) if words else found

    # Each side by its own index, in order and cut: an organisation with thousands of records costs what fifty do.
    sides = [fitting(Summary.objects.seated(user))]
    for organisation in _administered(user):
        sides.append(fitting(Summary.objects.filter(organisation=organisation)))
    order = (*chosen.columns, "id")
    count = Summary.objects.filter(AnyOf("pk", *[side.order_by()[: COUNT_CAP + 1] for side in sides])).count()
    found = Summary.objects.filter(AnyOf("pk", *[_after(s, chosen, after).order_by(*order)[: PAGE + 1] for s in sides]))
    rows = list(found.telling(user).select_related("partnership").order_by(*order)[: PAGE + 1])
    next_key = _key(rows[PAGE - 1], chosen) if len(rows) > PAGE else ""
    return Page(tuple(_row(s) for s in rows[:PAGE]), min(count, COUNT_CAP), count > COUNT_CAP, next_key)


def _administered(user: User) -> list[int]:
    memberships = Membership.objects.filter(user=user, ended_on=None, role=MembershipRole.ADMINISTRATOR)
    return list(memberships.values_list("organisation", flat=True))


def _row(summary: Summary) -> Row:
    seated = summary.is_seated
    return Row(
        url=f"/p/{summary.partnership.public_id}/",
        name=summary.name,
        others=summary.others,
        country=summary.country,
        stage=summary.stage,
        standing="" if summary.standing == "active" else str(summary.get_standing_display()),
        since=summary.since,
        high=summary.flags_high if seated else 0,
        warning=summary.flags_warning if seated else 0,
        headline=summary.headline if seated else "",
        reviewed_on=summary.reviewed_on if seated else None,
        next_due=summary.next_due if seated and summary.next_due != clock.FAR else None,
        reason=summary.reason if seated else "",
        seated=seated,
    )


def _key(summary: Summary, sort: Sort) -> str:
    values = [getattr(summary, c.lstrip("-")) for c in sort.columns]
    return Signer(salt="portfolio").sign_object([sort.code, summary.pk, *[_plain(v) for v in values]])


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _after(found: SummaryQuerySet, sort: Sort, after: str) -> SummaryQuerySet:
    """Rows after a key: (a, b, id) > (x, y, z), spelled out so that both engines use the index."""
    if not after:
        return found
    try:
        code, pk, *values = Signer(salt="portfolio").unsign_object(after)
    except (BadSignature, ValueError, json.JSONDecodeError):
        return found
    if code != sort.code:
        return found
    condition = Q(pk__gt=pk)
    for column, value in reversed(list(zip(sort.columns, values, strict=True))):
        name = column.lstrip("-")
        beyond = "lt" if column.startswith("-") else "gt"
        condition = Q(**{f"{name}__{beyond}": value}) | (Q(**{name: value}) & condition)
    return found.filter(condition)
