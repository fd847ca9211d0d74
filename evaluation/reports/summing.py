"""The summary of a report in words, made from its data: what is strong, what differs, what changed, what was kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from evaluation.reviews.scoring import GapLevel
from evaluation.reviews.telling import Telling
from partnerships.looks import format as words

from .content import Content

#: The highest band, and how many names a sentence carries.
STRONG, NAMED = 3, 4


@dataclass(frozen=True)
class Point:
    """A heading of the summary with its sentences."""

    title: str
    says: Sequence[str]


def summary(told: Telling, content: Content) -> list[Point]:
    """Four points, each only where there is something to say."""
    points = [
        Point(gettext("What is strong"), list(_strong(told))),
        Point(gettext("Where you differ"), list(_differs(told))),
        Point(gettext("What changed"), list(_changed(told))),
        Point(gettext("What was promised, and done"), list(_kept(told, content))),
    ]
    return [point for point in points if point.says]


def _strong(told: Telling) -> Iterator[str]:
    high = [
        told.dimension(row.dimension)
        for row in told.reading.dimensions
        if row.means and len(row.means) == len(told.counted) and all(m.band == STRONG for m in row.means.values())
    ]
    if high:
        yield ngettext(
            "All see this dimension as strong: %(names)s.", "All see these dimensions as strong: %(names)s.", len(high)
        ) % {"names": _list(high)}
    for holding in told.strengths()[:2]:
        yield gettext("“%(statement)s”: %(means)s of 4.") % {
            "statement": holding.text.rstrip("."),
            "means": holding.says,
        }
    if not high and not told.strengths():
        yield gettext("Nothing is strong for all yet.")


def _differs(told: Telling) -> Iterator[str]:
    if len(told.counted) < 2:
        return
    first = [told.dimension(r.dimension) for r in told.reading.dimensions if r.level == GapLevel.FIRST]
    talk = [told.dimension(r.dimension) for r in told.reading.dimensions if r.level == GapLevel.TALK]
    statements = sum(row.level == GapLevel.FIRST for row in told.reading.statements)
    if first:
        yield gettext("To talk about first: %(names)s.") % {"names": _list(first)}
    if talk:
        yield gettext("To talk about: %(names)s.") % {"names": _list(talk)}
    if statements:
        yield ngettext(
            "On %(count)s statement you are more than one point apart.",
            "On %(count)s statements you are more than one point apart.",
            statements,
        ) % {"count": statements}
    if not (first or talk or statements):
        yield gettext("No gap is wide enough to be talked about first.")


def _changed(told: Telling) -> Iterator[str]:
    if len(told.reading.rounds) < 2:
        yield gettext("This is the first round that can be compared: there is no change to tell yet.")
        return
    sentences = {
        "up": gettext("Rising: %(names)s."),
        "closer": gettext("Coming closer: %(names)s."),
        "down": gettext("Falling: %(names)s."),
        "apart": gettext("Drifting apart: %(names)s."),
    }
    said = False
    for move, sentence in sentences.items():
        names = [told.dimension(trend.dimension) for trend in told.reading.trends if trend.moves == move]
        if names:
            said = True
            yield sentence % {"names": _list(names)}
    if not said:
        yield gettext("No dimension moved much since the round before.")


def _kept(told: Telling, content: Content) -> Iterator[str]:
    before = content.before
    if before is not None:
        done = sum(deed.state == "done" for deed in before.deeds)
        late = sum(deed.state == "late" for deed in before.deeds)
        yield ngettext(
            "Done: %(done)s of %(all)s action of the round before.",
            "Done: %(done)s of %(all)s actions of the round before.",
            len(before.deeds),
        ) % {"all": len(before.deeds), "done": done}
        if late:
            yield ngettext("%(count)s is late.", "%(count)s are late.", late) % {"count": late}
    promises = content.promises
    if promises is not None and (kept := promises.confirmed) + promises.open + promises.delivered:
        total = kept + promises.open + promises.delivered
        yield ngettext(
            "Done and confirmed: %(done)s of %(all)s commitment that stands.",
            "Done and confirmed: %(done)s of %(all)s commitments that stand.",
            total,
        ) % {"all": total, "done": kept}
        if promises.late:
            yield ngettext("%(count)s commitment is late.", "%(count)s commitments are late.", promises.late) % {
                "count": promises.late
            }
    if promises is not None and promises.communities:
        open_ = sum(each.state == "open" for each in promises.communities)
        late = sum(each.is_late for each in promises.communities)
        if late:
            yield ngettext(
                "%(count)s promise to a community is late.", "%(count)s promises to communities are late.", late
            ) % {"count": late}
        elif not open_:
            yield gettext("Every promise to a community was kept or explained to them.")


def _list(names: Sequence[str]) -> str:
    if len(names) <= NAMED:
        return words.and_list(names)
    more = len(names) - NAMED
    rest = ngettext("%(count)s more", "%(count)s more", more) % {"count": more}
    return words.and_list([*names[:NAMED], rest])
