"""A snapshot on paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from evaluation.reviews import queries
from evaluation.reviews.telling import Telling
from partnerships.looks import format as words
from partnerships.looks import marks, paper, svg

from .building import Snapshot, telling_of
from .states import Audience


def html_of(snapshot: Snapshot, *, language: str, word: str) -> str:
    """The report as HTML for paper, in a language."""
    with translation.override(language):
        told = telling_of(snapshot, word=word)
        return render_to_string("evaluation/reports/paper.html", context(snapshot, told, language))


def pdf_of(snapshot: Snapshot, *, language: str, word: str) -> bytes:
    """The report as a tagged PDF. Raises paper.NoPaper where the system's libraries are missing."""
    return paper.to_pdf(html_of(snapshot, language=language, word=word))


def context(snapshot: Snapshot, told: Telling, language: str) -> dict[str, Any]:
    """What page and paper both show."""
    reading = snapshot.reading
    subtitle = ", ".join(part for part in (told.title, told.month) if part)
    names = words.and_list([side.name for side in told.sides])
    trends = told.trends()
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
        "chapters": list(chapters(snapshot, told)),
        "gaps": told.gaps(),
        "trends": trends,
        "trends_paper": trends.paper(4) if trends is not None else "",
        "agenda": told.agenda(),
        "themes": told.themes(),
        "strengths": told.strengths(),
        "agreed": list(agreed(told)),
        "comments": told.comments(),
        "columns": [_head(told.who[side.key]) for side in told.counted],
        "legend": list(told.who.values()),
        "axis": told.gaps().axis(paper=True),
        "least": queries.minimum(),
    }


def _head(who: svg.Who) -> SafeString:
    """A mark as a column's head; its name is read aloud."""
    glyph = marks.glyph(who.role, who.variant)
    return format_html('<svg role="img" aria-label="{}" class="mark" viewBox="0 0 16 16">{}</svg>', who.name, glyph)


def for_whom(snapshot: Snapshot, told: Telling) -> str:
    """The line at the foot of every page."""
    if snapshot.audience == Audience.OWN:
        return gettext("For %(side)s alone. Sealed until all parts were in.") % {"side": snapshot.made_for}
    return gettext("For %(partners)s and their broker. Sealed until all parts were in.") % {
        "partners": words.and_list([side.name for side in told.sides])
    }


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


def chapters(snapshot: Snapshot, told: Telling) -> Iterator[dict[str, str]]:
    """The contents, in order."""
    yield {"id": "differ", "title": gettext("Where you differ")}
    if len(told.reading.rounds) > 1:
        yield {"id": "rounds", "title": gettext("The rounds so far")}
    yield {"id": "first", "title": gettext("What to talk about first")}
    yield {"id": "agreed", "title": gettext("What you agreed")}
    yield {"id": "all", "title": gettext("All statements")}
    if snapshot.reading.comments:
        yield {"id": "comments", "title": gettext("Comments")}
    yield {"id": "read", "title": gettext("How to read this report")}


def agreed(told: Telling) -> Iterator[dict[str, Any]]:
    """Findings with their actions, one row an action, then the actions without a finding."""
    for found in told.findings():
        for at, deed in enumerate(found.deeds or [None]):
            yield {
                "text": found.text if at == 0 else "",
                "finding": found,
                "first": at == 0,
                **_deed(told, deed, found),
            }
    for deed in told.reading.deeds:
        yield {"text": "", "finding": None, "first": True, **_deed(told, deed, None)}


def _deed(told: Telling, deed: Any, found: Any) -> dict[str, Any]:
    states = {
        "proposed": gettext("Proposed"),
        "accepted": gettext("Accepted"),
        "late": gettext("Late"),
        "done": gettext("Done"),
    }
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
        "owner": (deed.owner or told.owner_name(deed.owner_side)) if deed is not None else "",
        "due": date.fromisoformat(deed.due_on) if deed is not None and deed.due_on else None,
        "state": states[deed.state] if deed is not None else "",
        "late": deed is not None and deed.state == "late",
    }
