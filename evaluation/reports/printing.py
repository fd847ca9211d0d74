"""A snapshot on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from evaluation.reviews import queries
from evaluation.reviews.telling import Telling
from partnerships import clock
from partnerships.looks import format as words
from partnerships.looks import marks, paper, svg

from . import chapters as making
from .building import Snapshot, telling_of
from .states import WIDER, Audience


@dataclass(frozen=True)
class Look:
    """What an organisation puts on its reports: its name, a picture as a data: address, a colour. Empty: ours."""

    name: str = ""
    logo: str = ""
    colour: str = ""


OURS = Look()


def html_of(snapshot: Snapshot, *, language: str, word: str, look: Look = OURS) -> str:
    """The report as HTML for paper, in a language. The same snapshot gives the same HTML on any later day."""
    with translation.override(language), clock.at(moment_of(snapshot)):
        told = telling_of(snapshot, word=word)
        return render_to_string("evaluation/reports/paper.html", {**context(snapshot, told, language), "look": look})


def pdf_of(snapshot: Snapshot, *, language: str, word: str, look: Look = OURS) -> bytes:
    """The report as a tagged PDF. Raises paper.NoPaper where the system's libraries are missing."""
    return paper.to_pdf(html_of(snapshot, language=language, word=word, look=look))


def file_name(snapshot: Snapshot, key: str, ending: str) -> str:
    """A file name that any system takes."""
    day = snapshot.reading.opened_at[:7]
    plain = re.sub(r"[^\w-]+", "-", f"{snapshot.record}-{day}-{key}").strip("-")
    return f"{plain}.{ending}"


def moment_of(snapshot: Snapshot) -> datetime:
    """The noon of the day it was made: the date inside its files, and the day from which "this year" is told."""
    day = snapshot.made.on or snapshot.reading.opened_at[:10] or "2026-01-01"
    return datetime.combine(date.fromisoformat(day), time(12), UTC)


def context(snapshot: Snapshot, told: Telling, language: str) -> dict[str, Any]:
    """What page and paper both show."""
    reading = snapshot.reading
    subtitle = ", ".join(part for part in (told.title, told.month) if part)
    names = _whose(told)
    trends = told.trends()
    more = making.chapters(snapshot, told)
    return {
        "snapshot": snapshot,
        "told": told,
        "reading": reading,
        "language": language,
        "title": f"{snapshot.record}: {subtitle}",
        "record": snapshot.record,
        "subtitle": subtitle,
        "authors": names,
        "sides": [
            svg.Who(f"{side.name}, {told.people_of(side)}", side.mark_role, side.mark_variant) for side in told.sides
        ],
        "broker": _facilitated(told),
        "whom": for_whom(snapshot, told),
        "chapters": list(contents(snapshot, told)),
        "more": more,
        "later": [more[code] for code in ("openly", "promises", "results", "value", "voice") if code in more],
        "layers": {"process": making.process(), "results": making.results(), "value": making.value()},
        "made_at": moment_of(snapshot),
        "withdrawn": snapshot.withdrawn,
        "gaps": told.gaps(),
        "trends": trends,
        "trends_paper": trends.paper(4) if trends is not None else "",
        "agenda": told.agenda(),
        "themes": told.themes(),
        "agreed": list(agreed(told, snapshot)),
        "comments": told.comments(),
        "columns": [_head(told.who[side.key]) for side in told.counted],
        "legend": [told.who[side.key] for side in told.sides if not side.has_left],
        "axis": told.gaps().axis(paper=True, narrow=True),
        "least": queries.minimum(),
    }


def _head(who: svg.Who) -> SafeString:
    """A mark as a column's head; its name is read aloud."""
    glyph = marks.glyph(who.role, who.variant)
    return format_html('<svg role="img" class="mark" viewBox="0 0 16 16"><title>{}</title>{}</svg>', who.name, glyph)


def for_whom(snapshot: Snapshot, told: Telling) -> str:
    """The line at the foot of every page."""
    partners = _whose(told)
    match snapshot.audience:
        case Audience.OWN:
            return gettext("For %(side)s alone. Sealed until all parts were in.") % {"side": snapshot.made_for}
        case Audience.ALL:
            return gettext("For all parties. Shown by %(partners)s together.") % {"partners": partners}
        case Audience.DONOR:
            return gettext("For a donor. Shown by %(partners)s together.") % {"partners": partners}
    return gettext("For %(partners)s and their broker. Sealed until all parts were in.") % {"partners": partners}


def _whose(told: Telling) -> str:
    """The partners whose report it is: who left before a wider version was made is not among those that show it."""
    return words.and_list([side.name for side in told.sides if not side.has_left])


def _facilitated(told: Telling) -> str:
    days = [words.past_date(day) for day in _handed_in(told)]
    parts = []
    if told.reading.facilitated_by:
        brokers = words.and_list(list(told.reading.facilitated_by))
        parts.append(gettext("Facilitated by %(broker)s.") % {"broker": brokers})
    if days and told.opened_on is not None:
        parts.append(
            gettext("Handed in on %(days)s, opened to all on %(day)s.")
            % {"days": words.and_list(days), "day": words.long_date(told.opened_on)}
        )
    return " ".join(parts)


def _handed_in(told: Telling) -> list[Any]:
    return sorted({date.fromisoformat(side.handed_in_on) for side in told.counted if side.handed_in_on})


def contents(snapshot: Snapshot, told: Telling) -> Iterator[dict[str, str]]:
    """The chapters of page, paper and spreadsheet, in order."""
    more = making.chapters(snapshot, told)

    def added(*codes: str) -> Iterator[dict[str, str]]:
        yield from ({"id": each.id, "title": each.title} for code in codes if (each := more.get(code)) is not None)

    yield from added("short", "boundary")
    yield {"id": "differ", "title": gettext("Where you differ")}
    yield from added("holds")
    if len(told.reading.rounds) > 1:
        yield {"id": "rounds", "title": gettext("The rounds so far")}
    yield {"id": "first", "title": gettext("What to talk about first")}
    yield {"id": "agreed", "title": gettext("What you agreed")}
    yield from added("decided", "openly", "promises", "results", "value", "voice")
    yield {"id": "all", "title": gettext("All statements")}
    if snapshot.reading.comments:
        yield {"id": "comments", "title": gettext("Comments")}
    yield from added("read", "method")


def agreed(told: Telling, snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """Findings with their actions, one row an action, then the actions without a finding."""
    functions = snapshot.content.functions if snapshot.audience in WIDER else {}
    for found in told.findings():
        deeds: Sequence[Any] = found.deeds or [None]
        for at, deed in enumerate(deeds):
            yield {
                "text": found.text if at == 0 else "",
                "finding": found,
                "first": at == 0,
                **_deed(told, deed, found, functions),
            }
    for deed in told.reading.deeds:
        yield {"text": "", "finding": None, "first": True, **_deed(told, deed, None, functions)}


def _deed(told: Telling, deed: Any, found: Any, functions: Any) -> dict[str, Any]:
    states = making.deed_states()
    stands = ""
    if found is not None:
        if found.waits_for:
            who = words.and_list([told.side_name(key) for key in found.waits_for])
            stands = gettext("%(who)s to agree") % {"who": who}
        elif all(stand.agrees for stand in found.stands):
            stands = gettext("Agreed by all")
        else:
            stands = gettext("Seen differently")
    return {
        "stands": stands,
        "dissent": [(told.side_name(stand.side), stand.dissent) for stand in found.stands if not stand.agrees]
        if found is not None
        else [],
        "deed": deed,
        "owner_who": told.who.get(deed.owner_side) if deed is not None else None,
        "owner": _owner(told, deed, functions) if deed is not None else "",
        "due": date.fromisoformat(deed.due_on) if deed is not None and deed.due_on else None,
        "state": states[deed.state] if deed is not None else "",
        "late": deed is not None and deed.state == "late",
    }


def _owner(told: Telling, deed: Any, functions: Any) -> str:
    """The person; beyond the partners the party, with the person's function."""
    name = told.owner_name(deed.owner_side)
    if deed.owner:
        return str(deed.owner)
    return ", ".join(filter(None, (name, making.function_name(functions.get(deed.key, "")))))
