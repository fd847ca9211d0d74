"""A figure over time: what was measured on which day, between where it began and where it should go.

Drawn as in svg.py: on pages x is in percent and colours are classes; on paper x is in the viewBox.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from . import format as words
from .svg import EMPTY, PAPER_FONT, Table, Text, _picture

_HEIGHT, _TOP, _BOTTOM = 190.0, 26.0, 164.0
_PAPER_WIDTH = 320.0
#: Labels nearer than this (in pixels) would cover each other.
_APART = 17.0


@dataclass(frozen=True)
class Dated:
    """A value of a day; `text` is its source, for the table."""

    on: date
    value: Decimal
    text: Text = ""


@dataclass(frozen=True)
class LineChart:
    """One line. `start` and `goal` are drawn across; a goal without a day still has its height."""

    caption: Text
    unit: Text
    points: Sequence[Dated]
    start: Dated | None = None
    goal: Decimal | None = None
    goal_on: date | None = None

    def _days(self) -> tuple[date, date]:
        days = [p.on for p in self.points]
        days += [d for d in (self.start.on if self.start else None, self.goal_on) if d]
        return min(days), max(days)

    def _range(self) -> tuple[float, float]:
        values = [float(p.value) for p in self.points]
        values += [float(v) for v in (self.start.value if self.start else None, self.goal) if v is not None]
        low, high = min(values), max(values)
        return (low - 1, high + 1) if low == high else (low, high)

    def _share(self, day: date) -> float:
        first, last = self._days()
        return (day - first).days / ((last - first).days or 1) if first != last else 0.5

    def _y(self, value: Decimal) -> float:
        low, high = self._range()
        return _BOTTOM - (_BOTTOM - _TOP) * (float(value) - low) / (high - low)

    def _path(self) -> list[Dated]:
        """From the baseline on, where it is the older one."""
        rows = sorted(self.points, key=lambda p: p.on)
        return [self.start, *rows] if self.start and (not rows or self.start.on < rows[0].on) else rows

    def picture(self, *, paper: bool = False) -> SafeString:
        def x(share: float) -> str:
            return f"{12 + (_PAPER_WIDTH - 24) * share:.1f}" if paper else f"{4 + 92 * share:.2f}%"

        edge = (x(-0.03), x(1.03))
        body = EMPTY
        text = (
            '<text x="{}" y="{}" text-anchor="{}" class="fill-muted"{}>{}</text>'
            if not paper
            else '<text x="{}" y="{}" text-anchor="{}" font-size="9" fill="#57615f"{}>{}</text>'
        )
        font = format_html(' font-family="{}"', PAPER_FONT) if paper else EMPTY
        for value, label, dash, at, anchor in self._across():
            y = self._y(value)
            body += format_html(
                '<line x1="{}" x2="{}" y1="{}" y2="{}" class="line-muted" stroke="#57615f" stroke-dasharray="{}"/>',
                *edge, f"{y:.1f}", f"{y:.1f}", dash,
            )  # fmt: skip
            body += format_html(text, x(at), f"{y - 5:.1f}", anchor, font, label)
        path = self._path()
        body += format_html_join(
            "",
            '<line x1="{}" y1="{}" x2="{}" y2="{}" class="line-accent" stroke="#0b5a5c" stroke-width="2"/>',
            (
                (x(self._share(a.on)), f"{self._y(a.value):.1f}", x(self._share(b.on)), f"{self._y(b.value):.1f}")
                for a, b in pairwise(path)
            ),
        )
        body += format_html_join(
            "",
            '<circle cx="{}" cy="{}" r="{}" class="fill-accent" fill="#0b5a5c"/>',
            ((x(self._share(p.on)), f"{self._y(p.value):.1f}", "4" if not paper else "3") for p in self.points),
        )
        if self.points:
            last = max(self.points, key=lambda p: p.on)
            y, share = self._y(last.value), self._share(last.on)
            near = any(abs(y - self._y(value)) < _APART for value, *_rest in self._across())
            # Below the point only to its right, where no older point stands.
            anchor = "end" if share > 0.85 else "start" if share < 0.15 or near else "middle"
            body += format_html(
                text.replace("fill-muted", "fill-ink"),
                x(share), f"{y + 18 if near else y - 9:.1f}", anchor, font, words.figure(last.value),
            )  # fmt: skip
        first, end = self._days()
        body += format_html(text, x(0), f"{_HEIGHT - 4:.0f}", "start", font, words.past_date(first))
        if end != first:
            body += format_html(text, x(1), f"{_HEIGHT - 4:.0f}", "end", font, words.past_date(end))
        size = format_html(' viewBox="0 0 {} {}"', int(_PAPER_WIDTH), int(_HEIGHT)) if paper else EMPTY
        return _picture(self.caption, body, size, self.says())

    def _across(self) -> list[tuple[Decimal, str, str, float, str]]:
        """What is drawn across: value, label, dashes, where its label stands."""
        found = []
        if self.goal is not None:
            found.append(
                (self.goal, gettext("Target %(value)s") % {"value": words.figure(self.goal)}, "6 3", 1.0, "end")
            )
        if self.start is not None and self.start.value != self.goal:
            said = gettext("Baseline %(value)s") % {"value": words.figure(self.start.value)}
            found.append((self.start.value, said, "2 3", 1.0, "end"))
        return found

    def says(self) -> str:
        return "; ".join(f"{words.past_date(p.on)}: {words.figure(p.value)} {self.unit}" for p in self._path())

    def page(self) -> SafeString:
        return format_html('<div class="cg-line">{}</div>', self.picture())

    def paper(self) -> SafeString:
        return self.picture(paper=True)

    def as_table(self) -> Table:
        value = format_html("{} ({})", gettext("Value"), self.unit)
        rows: list[list[str | Promise | SafeString]] = []
        if self.start is not None:
            rows.append([words.past_date(self.start.on), words.figure(self.start.value), gettext("Baseline")])
        rows += [
            [words.past_date(p.on), words.figure(p.value), p.text] for p in sorted(self.points, key=lambda p: p.on)
        ]
        if self.goal is not None:
            when = words.past_date(self.goal_on) if self.goal_on else "–"
            rows.append([when, words.figure(self.goal), gettext("Target")])
        return Table(self.caption, [gettext("Day"), value, gettext("What it is, or its source")], rows, frozenset({1}))
