"""Reading the portfolio: summary rows only, a page at a time, by key and not by offset."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import StrIndex, Upper
from django.db.models.lookups import GreaterThan

from .. import clock
from ..access.models import AnyOf, HowMany
from ..access.ready import Ready
from ..people.models import Membership, User
from ..people.states import MembershipRole
from ..record.states import Standing
from .models import Summary, SummaryQuerySet
from .states import LATEST, SORTS, Sort

PAGE = 50
#: Counts are capped: an exact count of a million rows costs more than the page.
COUNT_CAP = 1000
#: Rows on home; the list has all.
HOME_ROWS = 12


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


_ADMINISTERED = Ready(
    lambda user: Membership.objects.filter(
        user=user, ended_on=None, role=MembershipRole.ADMINISTRATOR
    ).values_list("organisation", flat=True)
)  # fmt: skip


def page(
    user: User,
    *,
    sort: str = "attention",
    stage: str = "",
    standing: str = "",
    words: str = "",
    sector: str = "",
    after: str = "",
) -> Page:
    """One page of this person's partnerships. Two queries, whatever the number of rows."""
    chosen = SORTS.get(sort, SORTS["attention"])
    who: dict[str, Any] = {"user": user.pk, "organisations": _ADMINISTERED(user=user.pk)}
    narrowed: dict[str, Any] = {
        "stage": stage or None,
        "standing": standing or None,
        "words": words or None,
        "sector": f" {sector} " if sector else None,
    }
    found = _ready(chosen, PAGE + 1)(**who, **narrowed, **(_read_key(after, chosen) if after else {}))
    if after and not found:
        # What stood after the key has gone meanwhile.
        return page(user, sort=sort, stage=stage, standing=standing, words=words, sector=sector)
    total = found[0]["total"] if found else 0
    next_key = _key(found[PAGE - 1], chosen) if len(found) > PAGE else ""
    return Page(tuple(map(_row, found[:PAGE])), min(total, COUNT_CAP), total > COUNT_CAP, next_key)


def latest(user: User) -> tuple[list[Row], bool]:
    """The partnerships in which something changed last, for home, and whether there are more. Two queries."""
    found = _LATEST(user=user.pk, organisations=_ADMINISTERED(user=user.pk))
    return list(map(_row, found[:HOME_ROWS])), len(found) > HOME_ROWS


@cache
def _ready(sort: Sort, rows: int) -> Ready[Mapping[str, Any]]:
    return Ready(lambda **values: _listed(sort, rows, **values))


_LATEST: Ready[Mapping[str, Any]] = Ready(lambda **values: _listed(LATEST, HOME_ROWS + 1, counted=False, **values))


def _listed(
    sort: Sort,
    rows: int,
    *,
    user: int,
    organisations: Sequence[int],
    stage: str | None = None,
    standing: str | None = None,
    words: str | None = None,
    sector: str | None = None,
    after: int | None = None,
    counted: bool = True,
    **key: Any,
) -> QuerySet[Summary, dict[str, Any]]:
    """The first rows in this order, after the row `after` whose sorted columns hold the values of `key`.

    `counted`: with how many there are in all, up to the cap.
    """
    person = User(pk=user)

    def fitting(found: SummaryQuerySet) -> SummaryQuerySet:
        if stage:
            found = found.filter(stage=stage)
        if standing:
            found = found.filter(standing=standing)
        if sector:
            found = found.filter(GreaterThan(StrIndex("sectors", Value(sector)), 0))
        # As a place and not as a pattern, in which the words themselves would not stand.
        return found.filter(GreaterThan(StrIndex(Upper("name"), Upper(Value(words))), 0)) if words else found

    # Each side by its own index, in order and cut: an organisation with thousands of records costs what fifty do.
    sides = [fitting(Summary.objects.seated(person))]
    sides += [fitting(Summary.objects.filter(organisation=organisation)) for organisation in organisations]
    order = (*sort.columns, "id")
    rest = sides if after is None else [side.filter(_beyond(sort, after, key)) for side in sides]
    found = Summary.objects.filter(AnyOf("pk", *[side.order_by(*order)[:rows] for side in rest]))
    told: Any = found.telling(person).order_by(*order)
    if counted:
        told = told.annotate(total=HowMany(*[side.order_by()[: COUNT_CAP + 1] for side in sides]))
    page: QuerySet[Summary, dict[str, Any]] = told.values(
        *_COLUMNS, *{c.lstrip("-") for c in sort.columns} - set(_COLUMNS), "is_seated", *["total"][:counted]
    )
    return page[:rows]


_COLUMNS = (
    "pk", "partnership__public_id", "name", "others", "country", "stage", "standing", "since", "flags_high",
    "flags_warning", "headline", "last_review_on", "next_due", "reason",
)  # fmt: skip


def _row(found: Mapping[str, Any]) -> Row:
    seated = found["is_seated"]
    standing, reviewed_on, due = found["standing"], found["last_review_on"], found["next_due"]
    return Row(
        url=f"/p/{found['partnership__public_id']}/",
        name=found["name"],
        others=found["others"],
        country=found["country"],
        stage=found["stage"],
        standing="" if standing == "active" else str(Standing(standing).label),
        since=found["since"],
        high=found["flags_high"] if seated else 0,
        warning=found["flags_warning"] if seated else 0,
        headline=found["headline"] if seated else "",
        reviewed_on=reviewed_on if seated and reviewed_on != clock.NEVER else None,
        next_due=due if seated and due != clock.FAR else None,
        reason=found["reason"] if seated else "",
        seated=seated,
    )


def _key(found: Mapping[str, Any], sort: Sort) -> str:
    values = [found[c.lstrip("-")] for c in sort.columns]
    return Signer(salt="portfolio").sign_object([sort.code, found["pk"], *[_plain(v) for v in values]])


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _read_key(after: str, sort: Sort) -> dict[str, Any]:
    """The values of a key, by the names that `_listed` takes them under; none of a key that is not ours."""
    try:
        code, pk, *values = Signer(salt="portfolio").unsign_object(after)
    except (BadSignature, ValueError, json.JSONDecodeError):
        return {}
    if code != sort.code:
        return {}
    fields: list[Any] = [Summary._meta.get_field(column.lstrip("-")) for column in sort.columns]
    return {"after": pk} | {f.name: f.to_python(v) for f, v in zip(fields, values, strict=True)}


def _beyond(sort: Sort, after: int, values: Mapping[str, Any]) -> Q:
    """Rows after a key: (a, b, id) > (x, y, z), spelled out so that both engines use the index."""
    condition = Q(pk__gt=after)
    for column in reversed(sort.columns):
        name = column.lstrip("-")
        beyond = "lt" if column.startswith("-") else "gt"
        condition = Q(**{f"{name}__{beyond}": values[name]}) | (Q(**{name: values[name]}) & condition)
    # Said once more of the first column alone: from there the index is walked, not from its beginning.
    first = sort.columns[0].lstrip("-")
    return condition & Q(**{f"{first}__{'lte' if sort.columns[0].startswith('-') else 'gte'}": values[first]})
