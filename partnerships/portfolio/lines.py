"""The lines of a list of partnerships, ready-made: fifty of them by tags and filters cost more than the rest of a page.

Every value that anybody typed is escaped here; what is put together is safe to show as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from partnerships.looks import format as words
from partnerships.looks import marks, svg
from partnerships.templatetags import looks

from .queries import Row

NOTHING = "–"


class Once(dict[Any, str]):
    """Words that many lines share, made at the first of them."""

    def __init__(self, make: Callable[[Any], str]) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, key: Any) -> str:
        made = self[key] = self.make(key)
        return made


def lines(rows: Iterable[Row], *, with_due: bool = True) -> list[SafeString]:
    """One table row for each, in the active language; `with_due`: the next date as its last cell."""
    labels = {
        name: f'<td data-label="{escape(label)}">'
        for name, label in {
            "with": _("With"),
            "stage": _("Stage"),
            "flags": _("Flags"),
            "review": _("Last review"),
            "due": _("Next date"),
        }.items()
    }
    stages = Once(lambda stage: f"{svg.mini_road(stage)} {escape(svg.stage_name(stage))}")
    days = Once(lambda day: escape(words.past_date(day)))
    dues: Once = Once(looks.due)
    flags: Once = Once(lambda found: _flags(*found))
    bands: Once = Once(looks.band)
    not_yet = _("Not yet")
    muted = f'<span class="muted">{escape(not_yet)}</span>'

    def _due(row: Row) -> str:
        return f"{labels['due']}{dues[row.next_due] if row.next_due else NOTHING}</td>"

    return [
        mark_safe(
            "<tr>"
            f'<th scope="row"><a href="{escape(r.url)}">{escape(r.name)}</a>{_country(r.country)}</th>'
            f"{labels['with']}{_others(r.others)}</td>"
            f"{labels['stage']}<span>{stages[r.stage]}{f', {escape(r.standing)}' if r.standing else ''}</span></td>"
            f"{labels['flags']}{flags[r.high, r.warning] if r.seated else NOTHING}</td>"
            f"{labels['review']}{_review(r, bands, days, muted)}</td>"
            f"{_due(r) if with_due else ''}"
            "</tr>\n"
        )
        for r in rows
    ]


def _country(country: str) -> str:
    return f'<span class="cg-reason muted">{escape(country)}</span>' if country else ""


def _others(others: Sequence[dict[str, Any]]) -> str:
    return f'<span class="cg-pair">{"".join(map(_other, others))}</span>' if others else NOTHING


def _other(other: dict[str, Any]) -> str:
    sign = marks.mark(str(other["mark"]), marks.variant_of(other["variant"]))
    return f'<span class="cg-party">{sign}{escape(other["name"])}</span>'


def _flags(high: int, warning: int) -> str:
    if not high and not warning:
        # Outside the f-string, where xgettext does not look.
        none = pgettext("flags", "None")
        return f'<span class="muted">{escape(none)}</span>'
    found = [looks.state("high", high) if high else "", f" {looks.state('warn', warning)}" if warning else ""]
    # One element: on a phone each child of a cell would be a row.
    return f"<span>{''.join(found)}</span>"


def _review(row: Row, bands: dict[Any, str], days: dict[date, str], not_yet: str) -> str:
    if not row.seated:
        return NOTHING
    if row.headline:
        return bands[row.headline]
    return days[row.reviewed_on] if row.reviewed_on else not_yet
