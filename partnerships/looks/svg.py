"""The one chart module: points in, SVG with a title and a description out, and the same as a text table.

On pages x is in percent, so that a chart fits 360 px unscaled, and colours are classes, so that light and dark work.
On paper (`paper=True`) x is in the viewBox and colours are attributes: WeasyPrint needs no style sheet for it.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from itertools import pairwise

from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy

from . import format as words
from . import marks

Text = str | Promise
EMPTY = SafeString("")
_GONE = SafeString('class="fill-accent" fill="#0b5a5c"')
_AHEAD = SafeString('class="fill-line" fill="#dfd9cd"')
_GONE_LINE = SafeString('class="line-accent" stroke="#0b5a5c"')
_AHEAD_LINE = SafeString('class="line-grid" stroke="#dfd9cd"')
#: The reports' own fonts, as attributes in their images (see static/report.css).
PAPER_FONT = "Report Sans, sans-serif"
_FULL = SafeString('class="fill-ink" fill="#1d2728"')

DIMENSION = pgettext_lazy("column", "Dimension")

#: The road's stages, in order, by the words that code uses for them.
STAGES: tuple[tuple[str, Text], ...] = (
    ("scoping", pgettext_lazy("stage", "Scoping")),
    ("diligence", pgettext_lazy("stage", "Due diligence")),
    ("agreement", pgettext_lazy("stage", "Agreement")),
    ("implementation", pgettext_lazy("stage", "Implementation")),
    ("concluding", pgettext_lazy("stage", "Concluding")),
    ("concluded", pgettext_lazy("stage", "Concluded")),
)
_STAGE_PLACES = {name: place for place, (name, _label) in enumerate(STAGES)} | {"due_diligence": 1, "delivery": 3}
#: Bands of a mean, lowest first, by the words that code uses for them.
BANDS: tuple[tuple[str, Text], ...] = (
    ("at_risk", pgettext_lazy("band", "at risk")),
    ("fragile", pgettext_lazy("band", "fragile")),
    ("working", pgettext_lazy("band", "working")),
    ("strong", pgettext_lazy("band", "strong")),
)
_BAND_PLACES = {name: place for place, (name, _label) in enumerate(BANDS)} | {"at risk": 0}


def stage_place(stage: object) -> int | None:
    """Where a stage is on the road, from 0; None for what is no stage."""
    if isinstance(stage, int) and not isinstance(stage, bool):
        return stage if 0 <= stage < len(STAGES) else None
    return _STAGE_PLACES.get(str(stage or ""))


def stage_name(stage: object) -> str:
    """The stage's name in the reader's language."""
    place = stage_place(stage)
    return str(STAGES[place][1]) if place is not None else str(stage or "")


def mini_road(stage: object) -> SafeString:
    """Six small stops: those behind filled, the present one larger. The stage's name stands beside it in words."""
    place = stage_place(stage)
    return _mini_road(place) if place is not None else EMPTY


@cache
def _mini_road(place: int) -> SafeString:
    places = range(len(STAGES))
    way = format_html_join(
        "",
        '<path d="M{} 5h12.6" class="line-muted" stroke="#57615f" stroke-width="1"/>',
        ((f"{6 + 12.6 * stop:.1f}",) for stop in places[:-1]),
    )
    stops = format_html_join(
        "",
        '<circle cx="{}" cy="5" r="{}" {}/>',
        ((f"{6 + 12.6 * at:.1f}", "4" if at == place else "2.4", _GONE if at <= place else _AHEAD) for at in places),
    )
    return format_html('<svg class="cg-mini" viewBox="0 0 75 10" aria-hidden="true">{}{}</svg>', way, stops)


def band_place(band: object) -> int | None:
    """Which band, from 0; None for what is no band."""
    if isinstance(band, int) and not isinstance(band, bool):
        return band if 0 <= band < len(BANDS) else None
    return _BAND_PLACES.get(str(band or ""))


def band_name(band: object) -> str:
    """The band's name in the reader's language."""
    place = band_place(band)
    return str(BANDS[place][1]) if place is not None else str(band or "")


def band_icon(band: object) -> SafeString:
    """Four rising bars, as many filled as the band is high. The band's name stands beside it in words."""
    place = band_place(band)
    return _band_icon(place) if place is not None else EMPTY


@cache
def _band_icon(place: int) -> SafeString:
    bars = format_html_join(
        "",
        '<rect x="{}" y="{}" width="4" height="{}" class="{}" fill="{}"/>',
        (
            (
                6 * bar,
                9 - 3 * bar,
                5 + 3 * bar,
                *(("fill-ink", "#1d2728") if bar <= place else ("fill-line", "#dfd9cd")),
            )
            for bar in range(len(BANDS))
        ),
    )
    return format_html('<svg viewBox="0 0 22 14" aria-hidden="true">{}</svg>', bars)


@dataclass(frozen=True)
class Who:
    """Whose point, line or bar it is: the name in words, the role for shape, colour and dash."""

    name: Text
    role: str = ""
    variant: int = 0

    @classmethod
    def of(cls, party: object) -> Who:
        """From anything that the party tag takes."""
        organisation = getattr(party, "organisation", None)
        name = getattr(party, "name", "") or getattr(organisation, "name", "") or str(party)
        return cls(str(name), marks.role_of(party), marks.variant_of(getattr(party, "mark_variant", 0)))

    @property
    def tone(self) -> str:
        return marks.tone_of(self.role)

    @property
    def mark(self) -> SafeString:
        return marks.mark(self.role, self.variant)

    @property
    def paper_mark(self) -> SafeString:
        shape = marks.glyph(self.role, self.variant)
        # A tagged PDF knows no picture without words: what kind of party the shape stands for.
        about = marks.name_of(self.role)
        return format_html('<svg class="mark" viewBox="0 0 16 16"><title>{}</title>{}</svg>', about, shape)

    @property
    def label(self) -> SafeString:
        return format_html('<span class="cg-party">{}{}</span>', self.mark, self.name)

    @property
    def dash(self) -> str:
        """How a line is broken: NGOs solid, companies dashed, others dotted; variants differ within."""
        family = {"a": ("", "12 3", "12 3 2 3"), "b": ("6 3", "6 3 1.5 3", "3 3"), "n": ("1.5 3", "4 2 1 2", "9 2 1 2")}
        return family[self.tone][self.variant]


@dataclass(frozen=True)
class Table:
    """The text behind a picture. Columns named in `numeric` are right-aligned."""

    caption: Text
    head: Sequence[Text]
    rows: Sequence[Sequence[Text | SafeString]]
    numeric: frozenset[int] = frozenset()

    def __html__(self) -> str:
        # Some hundred cells stand on a page of results: escaped one by one, put together once.
        def cell(at: int, text: Text | SafeString, scope: str) -> str:
            tag, says = ("th", f' scope="{scope}"') if scope else ("td", "")
            extra = ' class="num"' if at in self.numeric else ""
            return f"<{tag}{says}{extra}>{conditional_escape(text if isinstance(text, str) else str(text))}</{tag}>"

        head = "".join(cell(at, text, "col") for at, text in enumerate(self.head))
        rows = ("".join(cell(at, text, "" if at else "row") for at, text in enumerate(row)) for row in self.rows)
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        return format_html(
            '<table class="cg-table"><caption class="visually-hidden">{}</caption>'
            "<thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
            self.caption, SafeString(head), SafeString(body),
        )  # fmt: skip

    __str__ = __html__


def _picture(title: Text, body: SafeString, attributes: SafeString = EMPTY, about: Text = "") -> SafeString:
    """An image with its title and, where one sentence is not enough, a description."""
    desc = format_html("<desc>{}</desc>", about) if about else EMPTY
    return format_html('<svg role="img"{}><title>{}</title>{}{}</svg>', attributes, title, desc, body)


def _at(x: float) -> str:
    return f"{x:.1f}"


Value = Decimal | float | int


@dataclass(frozen=True)
class Point:
    """One partner's value; `guess` draws what the others expected of it, as a dashed ring."""

    who: Who
    value: Value
    guess: bool = False
    #: Where the figure is told up to a border alone: as it is read ("3.4 or more"), and beside its mark ("≥ 3.4").
    says: Text = ""
    short: Text = ""


@dataclass(frozen=True)
class GapRow:
    """One dimension or statement. `state` high or warn makes the bar between the points speak; `text` says why."""

    label: Text
    points: Sequence[Point]
    url: str = ""
    state: str = ""
    text: Text = ""

    @property
    def means(self) -> list[Point]:
        return [point for point in self.points if not point.guess]

    @property
    def gap(self) -> Decimal:
        values = [Decimal(str(point.value)) for point in self.means]
        return max(values) - min(values) if len(values) > 1 else Decimal(0)

    @property
    def apart(self) -> str:
        """The gap in figures; one side alone has none."""
        return words.score(self.gap) if len(self.means) > 1 else ""


@dataclass(frozen=True)
class Scale:
    """From where to where, and where its bands begin."""

    low: float = 0
    high: float = 4
    cuts: Sequence[float] = (1.5, 2.4, 3.2)
    names: Sequence[Text] = tuple(name for _key, name in BANDS)

    def share(self, value: Value) -> float:
        """0 to 1 along the scale; what lies outside stays at its end."""
        return min(1.0, max(0.0, (float(value) - self.low) / (self.high - self.low)))

    def percent(self, value: Value) -> float:
        """x on a page: a little room at both ends, for the marks."""
        return 3 + 94 * self.share(value)

    def name_of(self, value: Value) -> str:
        return str(self.names[sum(float(value) >= cut for cut in self.cuts)])

    def says(self, value: Value) -> str:
        return words.score(value, self.cuts)


SCALE = Scale()
_PAPER_WIDTH = 300.0
#: Values closer than this would cover each other's marks on a phone.
NEAR = 0.3


@dataclass(frozen=True)
class GapChart:
    """Where partners differ: one row a dimension, a mark a partner, the distance between them drawn."""

    caption: Text
    rows: Sequence[GapRow]
    scale: Scale = SCALE
    first_head: Text = DIMENSION

    @property
    def everyone(self) -> list[Who]:
        seen: dict[Who, None] = {}
        for row in self.rows:
            seen.update(dict.fromkeys(point.who for point in row.means))
        return list(seen)

    def value(self, point: Point) -> str:
        """A point's figure as it is read."""
        return str(point.says) or self.scale.says(point.value)

    def says(self, row: GapRow) -> str:
        """A row in words, for its title."""
        parts = [f"{point.who.name} {self.value(point)}" for point in row.means]
        for point in row.points:
            if point.guess:
                expected = gettext("expected of %(who)s: %(value)s")
                parts.append(expected % {"who": point.who.name, "value": self.value(point)})
        return f"{row.label}: {', '.join(parts)}"

    def picture(self, row: GapRow, *, paper: bool = False, height: float = 0) -> SafeString:
        """One row's image. On a page its height comes from the style sheet, the middle is at `height` / 2."""
        height = height or (32 if paper else 48)
        middle = height / 2

        def x(value: Value) -> str:
            return (
                _at(8 + (_PAPER_WIDTH - 16) * self.scale.share(value)) if paper else f"{self.scale.percent(value):.1f}%"
            )

        grid = format_html_join(
            "",
            '<line x1="{}" x2="{}" y1="0" y2="{}" class="line-grid" stroke="#dfd9cd"/>',
            ((x(cut), x(cut), _at(height) if paper else "100%") for cut in self.scale.cuts),
        )
        means = sorted(row.means, key=lambda point: point.value)
        body = grid
        heights = self._heights(means, middle, 4.5 if paper else 6.0)
        if len(means) > 1 and row.gap >= Decimal(str(NEAR)):
            ink = ("line-high", "#a42a1c", 4) if row.state == "high" else ("line-muted", "#57615f", 2)
            body += format_html(
                '<line x1="{}" x2="{}" y1="{}" y2="{}" class="{}" stroke="{}" stroke-width="{}"/>',
                x(means[0].value), x(means[-1].value), _at(middle), _at(middle), *ink,
            )  # fmt: skip
        for point in row.points:
            if point.guess:
                body += self._guess(point, x(point.value), middle)
        for place, point in enumerate(means):
            y = heights[place]
            if not paper:
                last = place == len(means) - 1
                body += self._number(point, x(point.value), y, middle, first=place == 0, last=last and place > 0)
            body += _placed(point.who, x(point.value), y, 11.0 if paper else 14.0)
        size = format_html(' viewBox="0 0 300 {}"', int(height)) if paper else EMPTY
        return _picture(self.says(row), body, size)

    @staticmethod
    def _heights(means: Sequence[Point], middle: float, step: float) -> list[float]:
        """Marks that would cover each other stand one above the other, the lowest value lowest."""
        groups: list[list[int]] = []
        for place, point in enumerate(means):
            if groups and float(point.value) - float(means[place - 1].value) < NEAR:
                groups[-1].append(place)
            else:
                groups.append([place])
        heights = [middle] * len(means)
        for group in groups:
            apart = min(2.2 * step, 4.4 * step / max(1, len(group) - 1)) if len(group) > 2 else 2 * step
            for rank, place in enumerate(group):
                heights[place] = middle + apart * ((len(group) - 1) / 2 - rank)
        return heights

    def _number(self, point: Point, x: str, y: float, middle: float, *, first: bool, last: bool) -> SafeString:
        """The value beside its mark: the lowest to the left, the highest (and any that stands aside) to the right."""
        share = self.scale.share(point.value)
        if first and share > 0.06:
            place = SafeString('dx="-13" dy=".35em" text-anchor="end"')
        elif (last or y != middle) and share < 0.94:
            place = SafeString('dx="13" dy=".35em" text-anchor="start"')
        elif share > 0.94:
            place = SafeString('dx="7" dy="-.9em" text-anchor="end"')
        elif share < 0.06:
            place = SafeString('dx="-7" dy="-.9em" text-anchor="start"')
        else:
            place = SafeString('dy="-.9em" text-anchor="middle"')
        return format_html('<text x="{}" y="{}" {}>{}</text>', x, _at(y), place, point.short or self.value(point))

    @staticmethod
    def _guess(point: Point, x: str, y: float) -> SafeString:
        ring = (
            '<circle cx="{}" cy="{}" r="6" class="fill-paper line-{}" fill="#fff" stroke="{}" stroke-width="2" '
            'stroke-dasharray="3 2"/>'
        )
        return format_html(ring, x, _at(y), point.who.tone, marks.PAPER[point.who.tone].full)

    def axis(self, *, paper: bool = False, narrow: bool = False) -> SafeString:
        """The bands' names over the rows; on paper over a narrow column large enough to read, every other one lower."""
        borders = [self.scale.low, *self.scale.cuts, self.scale.high]
        middles = [(a + b) / 2 for a, b in pairwise(borders)]
        if paper:
            text = '<text x="{}" y="{}" text-anchor="middle" font-size="{}" font-family="{}" fill="#57615f">{}</text>'
            size, lower = (17, 19) if narrow else (12, 0)
            rows = (
                (_at(8 + 284 * self.scale.share(m)), 15 + lower * (at % 2), size, PAPER_FONT, n)
                for at, (m, n) in enumerate(zip(middles, self.scale.names, strict=False))
            )
            names = ", ".join(str(name) for name in self.scale.names)
            return _picture(
                gettext("Bands: %(names)s") % {"names": names},
                format_html_join("", text, rows),
                SafeString(f' viewBox="0 0 300 {22 + lower}"'),
            )
        text = '<text x="{}%" y="14" text-anchor="middle">{}</text>'
        places = (
            (_at(self.scale.percent(middle)), name) for middle, name in zip(middles, self.scale.names, strict=False)
        )
        return format_html('<svg aria-hidden="true">{}</svg>', format_html_join("", text, places))

    def legend(self) -> SafeString:
        items = format_html_join("", "<li>{}</li>", ((who.label,) for who in self.everyone))
        return format_html('<ul class="cg-legend">{}</ul>', items)

    def page(self) -> SafeString:
        body = EMPTY
        for row in self.rows:
            name = (
                format_html('<a href="{}">{}</a>', row.url, row.label)
                if row.url
                else format_html("<span>{}</span>", row.label)
            )
            says = row.text or row.apart
            kind = f" cg-state--{row.state}" if row.state in marks.SIGNS else ""
            side = format_html('<span class="cg-state{}">{} {}</span>', kind, marks.icon(row.state), says)
            flagged = SafeString(' class="flagged"') if row.state == "high" else EMPTY
            body += format_html('<li{}>{}{}<span class="num">{}</span></li>', flagged, name, self.picture(row), side)
        axis = format_html('<li class="axis" aria-hidden="true"><span></span>{}<span></span></li>', self.axis())
        return format_html('{}<ol class="cg-gaps">{}{}</ol>', self.legend(), axis, body)

    def paper(self) -> SafeString:
        everyone = self.everyone
        # Room for "1.2, talk first" on one line, in the longer languages too, where few stand side by side.
        apart = 24 if len(everyone) < 4 else 16
        wide = max(19, 75 - apart - 8 * len(everyone))
        columns = format_html_join(
            "", '<col class="w{}"/>', ((width,) for width in (25, wide, *([8] * len(everyone)), apart))
        )
        heads = format_html_join(
            "",
            '<th scope="col" class="num">'
            '<svg role="img" class="mark" viewBox="0 0 16 16"><title>{}</title>{}</svg></th>',
            ((who.name, marks.glyph(who.role, who.variant)) for who in everyone),
        )
        body = EMPTY
        for row in self.rows:
            values = {point.who: point.short or self.scale.says(point.value) for point in row.means}
            cells = format_html_join("", '<td class="num">{}</td>', ((values.get(who, "–"),) for who in everyone))
            sign = (
                format_html(
                    '<svg class="mark" viewBox="0 0 16 16"><title>{}</title>{}</svg>',
                    gettext("To talk about"),
                    SafeString(_PAPER_SIGNS.get(row.state, "")),
                )
                if row.state in _PAPER_SIGNS
                else EMPTY
            )
            high = SafeString(' class="high"') if row.state == "high" else EMPTY
            body += format_html(
                '<tr{}><th scope="row">{}</th><td>{}</td>{}<td class="num"><span{}>{}{}</span></td></tr>',
                SafeString(' class="flagged"') if row.state == "high" else EMPTY,
                row.label, self.picture(row, paper=True), cells, high, sign, row.text or row.apart,
            )  # fmt: skip
        return format_html(
            '<table class="dots"><colgroup>{}</colgroup><thead><tr><th scope="col">{}</th><th scope="col">{}</th>{}'
            '<th scope="col" class="num">{}</th></tr></thead><tbody>{}</tbody></table>',
            columns, self.first_head, self.axis(paper=True), heads, gettext("Gap"), body,
        )  # fmt: skip

    def as_table(self) -> Table:
        everyone = self.everyone
        rows: list[list[Text]] = []
        for row in self.rows:
            values = {point.who: self.value(point) for point in row.means}
            lowest = min((point.value for point in row.means), default=None)
            cells: list[Text] = [values.get(who, "–") for who in everyone]
            rows.append(
                [row.label, *cells, row.apart or "–", self.scale.name_of(lowest) if lowest is not None else "–"]
            )
        head = [self.first_head, *(who.name for who in everyone), gettext("Gap"), gettext("Band of the lower")]
        return Table(self.caption, head, rows, frozenset(range(1, len(everyone) + 2)))


def _placed(who: Who, x: str, y: float, size: float) -> SafeString:
    """A partner's shape with its middle at (x, y); x may be a percentage."""
    return _shape_at(who.role, who.variant, x, y, size)


@lru_cache(maxsize=2048)
def _shape_at(role: str, variant: int, x: str, y: float, size: float) -> SafeString:
    """Without any words: the same figures put the same shapes at the same places, each time they are looked at."""
    half = size / 2
    shape = marks.glyph(role, variant)
    if x.endswith("%"):
        inner = '<svg x="{}" y="{}" overflow="visible"><g transform="translate(-{} -{}) scale({})">{}{}</g></svg>'
        halo = marks.halo(role)
        return format_html(inner, x, _at(y), _at(half), _at(half), f"{size / 16:.3f}", halo, shape)
    inner = '<g transform="translate({} {}) scale({})">{}{}</g>'
    return format_html(inner, _at(float(x) - half), _at(y - half), f"{size / 16:.3f}", marks.halo(role), shape)


_PAPER_SIGNS = {
    "high": '<path d="M8 1 15.5 15H.5z" fill="#a42a1c"/>',
    "warn": '<path d="M8 2.5 14.3 14H1.7z" fill="none" stroke="#1d2728" stroke-width="1.75"/>',
}


@dataclass(frozen=True)
class Line:
    """One partner over the rounds; None where it has no value."""

    who: Who
    values: Sequence[Value | None]


@dataclass(frozen=True)
class Small:
    """One small chart: its name, its lines, and its conclusion as a sentence."""

    label: Text
    lines: Sequence[Line]
    note: Text = ""


@dataclass(frozen=True)
class TrendChart:
    """Small multiples over the same rounds, all on one scale so that they compare."""

    caption: Text
    rounds: Sequence[Text]
    charts: Sequence[Small]
    scale: Scale = SCALE

    @cached_property
    def _floor(self) -> float:
        known = [
            float(value) for chart in self.charts for line in chart.lines for value in line.values if value is not None
        ]
        return self.scale.low if not known or min(known) < self.scale.low + 1 else self.scale.low + 1

    def picture(self, chart: Small) -> SafeString:
        floor = self._floor

        def y(value: Value) -> float:
            return 67 - 62 * min(1.0, max(0.0, (float(value) - floor) / (self.scale.high - floor)))

        def x(place: int) -> float:
            return 8 + 160 * place / max(1, len(self.rounds) - 1) if len(self.rounds) > 1 else 88

        cuts = (cut for cut in self.scale.cuts if cut > floor)
        body = format_html_join(
            "", '<path d="M0 {}H176" class="line-grid" stroke="#dfd9cd"/>', ((_at(y(cut)),) for cut in cuts)
        )
        ends = EMPTY
        for line in chart.lines:
            runs: list[list[str]] = [[]]
            last: tuple[float, float] | None = None
            for place, value in enumerate(line.values):
                if value is None:
                    runs.append([])
                    continue
                last = (x(place), y(value))
                runs[-1].append(f"{_at(last[0])} {_at(last[1])}")
            dash = format_html(' stroke-dasharray="{}"', line.who.dash) if line.who.dash else EMPTY
            ink = marks.PAPER[line.who.tone].full
            for run in runs:
                if len(run) > 1:
                    body += format_html(
                        '<path d="M{}" fill="none" class="line-{}" stroke="{}" stroke-width="2"{}/>',
                        " ".join(run), line.who.tone, ink, dash,
                    )  # fmt: skip
                elif run:
                    cx, cy = run[0].split()
                    body += format_html(
                        '<circle cx="{}" cy="{}" r="2" class="fill-{}" fill="{}"/>', cx, cy, line.who.tone, ink
                    )
            if last:
                ends += _placed(line.who, _at(last[0]), last[1], 10)
        return _picture(self.says(chart), body + ends, SafeString(' viewBox="0 0 176 72"'))

    def says(self, chart: Small) -> str:
        parts = []
        for line in chart.lines:
            known = ", ".join(self.scale.says(value) if value is not None else "–" for value in line.values)
            parts.append(f"{line.who.name} {known}")
        return f"{chart.label}: {'; '.join(parts)}"

    @property
    def everyone(self) -> list[Who]:
        return list(dict.fromkeys(line.who for chart in self.charts for line in chart.lines))

    def page(self) -> SafeString:
        items = format_html_join(
            "",
            "<li><h3>{}</h3>{}<p>{}</p></li>",
            ((chart.label, self.picture(chart), chart.note) for chart in self.charts),
        )
        return format_html('<ul class="cg-multiples">{}</ul>', items)

    def paper(self, columns: int = 3) -> SafeString:
        body = EMPTY
        for start in range(0, len(self.charts), columns):
            row = self.charts[start : start + columns]
            cells = format_html_join(
                "", "<td><b>{}</b>{}<p>{}</p></td>", ((chart.label, self.picture(chart), chart.note) for chart in row)
            )
            rest = SafeString("<td></td>" * (columns - len(row)))
            body += format_html("<tr>{}{}</tr>", cells, rest)
        return format_html('<table class="small-charts" role="presentation"><tbody>{}</tbody></table>', body)

    def as_table(self) -> Table:
        rows: list[list[Text]] = []
        for chart in self.charts:
            for line in chart.lines:
                known = [self.scale.says(value) if value is not None else "–" for value in line.values]
                rows.append([f"{chart.label}, {line.who.name}", *known])
        head = [gettext("Dimension and partner"), *self.rounds]
        return Table(self.caption, head, rows, frozenset(range(1, len(self.rounds) + 1)))


@dataclass(frozen=True)
class Giver:
    """What one party brings, in one currency, and how it decides. `text` for what money does not measure."""

    who: Who
    cash: Value = 0
    in_kind: Value = 0
    time: Value = 0
    text: Text = ""
    seats: int | None = None
    rights: Text = ""

    @property
    def total(self) -> Decimal:
        return sum((Decimal(str(part)) for part in (self.cash, self.in_kind, self.time)), Decimal(0))


#: No bar that stands for something is thinner than this (percent of the width): small gifts do not vanish.
_LEAST = 1.2


@dataclass(frozen=True)
class ContributionChart:
    """Who brings what, beside who decides what. Shares are written: the bar alone hides the small ones."""

    caption: Text
    givers: Sequence[Giver]
    currency: str = ""

    @property
    def _largest(self) -> Decimal:
        return max((giver.total for giver in self.givers), default=Decimal(0)) or Decimal(1)

    @property
    def _sum(self) -> Decimal:
        return sum((giver.total for giver in self.givers), Decimal(0))

    @property
    def _id(self) -> str:
        return f"{zlib.crc32(str(self.caption).encode()):08x}"

    def says(self, giver: Giver) -> str:
        kinds = ((giver.cash, gettext("cash")), (giver.in_kind, gettext("in kind")), (giver.time, gettext("time")))
        return ", ".join(f"{words.number(amount)} {kind}" for amount, kind in kinds if amount)

    def bar(self, giver: Giver, *, paper: bool = False) -> SafeString:
        """Cash full, in kind hatched, time as an outline."""
        tone, ink = giver.who.tone, marks.PAPER[giver.who.tone]
        x, body = 0.0, EMPTY
        parts = (("cash", giver.cash), ("kind", giver.in_kind), ("time", giver.time))
        for kind, amount in parts:
            if not amount:
                continue
            width = max(_LEAST, float(Decimal(str(amount)) / self._largest) * 98)
            start, long = (_at(3 * x), _at(3 * width)) if paper else (f"{x:.2f}%", f"{width:.2f}%")
            if kind == "cash":
                body += format_html(
                    '<rect x="{}" y="1" width="{}" height="16" class="fill-{}" fill="{}"/>', start, long, tone, ink.full
                )
            elif kind == "kind":
                fill = f"url(#hatch-{tone}-{self._id})"
                body += format_html('<rect x="{}" y="1" width="{}" height="16" fill="{}"/>', start, long, fill)
            else:
                ends = format_html('x="{}" width="{}"', start, long)
                box = '<rect {} y="2" height="14" class="line-{}" fill="none" stroke="{}" stroke-width="2"/>'
                body += format_html(box, ends, tone, ink.full)
            x += width + 0.6
        size = SafeString(' viewBox="0 0 300 18"') if paper else EMPTY
        return _picture(
            f"{giver.who.name}: {self.says(giver)}", (self.hatches([tone]) if paper else EMPTY) + body, size
        )

    def hatches(self, tones: Sequence[str] = ("a", "b", "n")) -> SafeString:
        """The patterns of "in kind"; on a page once, on paper in each image."""
        pattern = (
            '<pattern id="hatch-{}-{}" width="6" height="6" '
            'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            '<rect width="6" height="6" class="tint-{}" fill="{}"/>'
            '<path d="M1.25 0v6" class="line-{}" stroke="{}" stroke-width="2.5"/></pattern>'
        )
        rows = ((tone, self._id, tone, marks.PAPER[tone].tint, tone, marks.PAPER[tone].full) for tone in tones)
        return format_html("<defs>{}</defs>", format_html_join("", pattern, rows))

    def legend(self) -> SafeString:
        ink = marks.PAPER["n"].full
        line = '<rect x="1" y="1" width="20" height="10" fill="none" class="line-n" stroke="{}" stroke-width="2"/>'
        hatch = f"url(#hatch-n-{self._id})"
        samples = (
            (format_html('<rect width="22" height="12" class="fill-n" fill="{}"/>', ink), gettext("Cash")),
            (format_html('<rect width="22" height="12" fill="{}"/>', hatch), gettext("In kind")),
            (format_html(line, ink), gettext("Time")),
        )
        items = format_html_join("", '<li><svg width="22" height="12">{}</svg> {}</li>', samples)
        return format_html('<ul class="cg-legend" aria-hidden="true">{}</ul>', items)

    def _decides(self) -> bool:
        return any(giver.seats is not None or giver.rights for giver in self.givers)

    def page(self) -> SafeString:
        sprite = format_html('<svg class="sprite" aria-hidden="true">{}</svg>', self.hatches())
        decides, unit = self._decides(), self.currency
        heads: list[tuple[str, Text]] = [
            ("", gettext("Party")),
            ("cg-bring", gettext("Brings")),
            ("num", unit),
            ("num", gettext("Share")),
        ]
        if decides:
            heads += [("", gettext("Seats")), ("", gettext("Rights"))]
        head = format_html_join("", '<th scope="col" class="{}">{}</th>', heads)
        body = EMPTY
        for giver in self.givers:
            drawn = format_html('<span class="cg-bars">{}</span>', self.bar(giver)) if giver.total else EMPTY
            told = giver.text or self.says(giver)
            row = format_html(
                '<th scope="row">{}</th><td data-label="{}"><span>{}<span class="tiny muted">{}</span></span></td>'
                '<td class="num" data-label="{}">{}</td><td class="num" data-label="{}">{}</td>',
                giver.who.label, gettext("Brings"), drawn, told,
                unit, words.number(giver.total) if giver.total else "–",
                gettext("Share"), words.percent(giver.total, self._sum) if giver.total else "–",
            )  # fmt: skip
            if decides:
                row += format_html(
                    '<td class="nowrap" data-label="{}">{}</td><td data-label="{}">{}</td>',
                    gettext("Seats"), seats(giver.who, giver.seats), gettext("Rights"), giver.rights or "–",
                )  # fmt: skip
            body += format_html("<tr>{}</tr>", row)
        return format_html(
            '{}{}<table class="cg-table cg-stack cg-give"><caption class="visually-hidden">{}</caption>'
            "<thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
            sprite, self.legend(), self.caption, head, body,
        )  # fmt: skip

    def paper(self) -> SafeString:
        decides = self._decides()
        widths = (20, 28, 14, 9, 8, 21) if decides else (29, 43, 15, 13)
        columns = format_html_join("", '<col class="w{}"/>', ((width,) for width in widths))
        table = self.as_table()
        titles: list[tuple[str, Text]] = [
            ("", gettext("Party")),
            ("", gettext("Brings")),
            ("num", self.currency),
            ("num", gettext("Share")),
        ]
        if decides:
            titles += [("num", gettext("Seats")), ("", gettext("Rights"))]
        head = format_html_join("", '<th scope="col" class="{}">{}</th>', titles)
        body = EMPTY
        for giver, row in zip(self.givers, table.rows, strict=True):
            drawn = self.bar(giver, paper=True) if giver.total else EMPTY
            told = giver.text or self.says(giver)
            cells = format_html(
                '<th scope="row">{}{}</th><td>{}<span class="muted small">{}</span></td>'
                '<td class="num">{}</td><td class="num">{}</td>',
                giver.who.paper_mark, giver.who.name, drawn, told, row[4], row[5],
            )  # fmt: skip
            if decides:
                cells += format_html(
                    '<td class="num">{}</td><td>{}</td>',
                    giver.seats if giver.seats is not None else "–",
                    giver.rights or "–",
                )
            body += format_html("<tr>{}</tr>", cells)
        return format_html(
            '<table class="gives"><colgroup>{}</colgroup><thead><tr>{}</tr></thead><tbody>{}</tbody></table>',
            columns,
            head,
            body,
        )

    def as_table(self) -> Table:
        rows: list[list[Text]] = []
        for giver in self.givers:
            amounts = [words.number(part) if part else "–" for part in (giver.cash, giver.in_kind, giver.time)]
            total = words.number(giver.total) if giver.total else "–"
            share = words.percent(giver.total, self._sum) if giver.total else "–"
            decides: list[Text] = []
            if self._decides():
                decides = [str(giver.seats) if giver.seats is not None else "–", giver.rights or "–"]
            rows.append([giver.who.name, *amounts, total, share, *decides])
        head: list[Text] = [
            gettext("Party"),
            gettext("Cash"),
            gettext("In kind"),
            gettext("Time"),
            self.currency or gettext("Total"),
            gettext("Share"),
        ]
        if self._decides():
            head += [gettext("Seats"), gettext("Rights")]
        return Table(self.caption, head, rows, frozenset(range(1, 6)))


def seats(who: Who, count: int | None) -> SafeString:
    """A party's seats in a body, one shape each; more than eight as one shape and a number."""
    if not count:
        return SafeString("–") if count is None else SafeString("0")
    drawn = range(count if count <= 8 else 1)
    shape = marks.glyph(who.role, who.variant)
    shapes = format_html_join(
        "", '<g transform="translate({} 0) scale(.875)">{}</g>', ((18 * at, shape) for at in drawn)
    )
    wide = 18 * len(drawn) - 4
    drawing = '<svg width="{}" height="14" viewBox="0 0 {} 14" aria-hidden="true">{}</svg>'
    return format_html(
        '<span><span class="cg-seats">{}</span> {}</span>', format_html(drawing, wide, wide, shapes), count
    )


@dataclass(frozen=True)
class Ring:
    """How ready: one arc a condition, the met ones full."""

    done: int
    total: int
    about: Text = ""

    def says(self) -> str:
        return str(self.about) or gettext("%(done)s of %(total)s met") % {"done": self.done, "total": self.total}

    @property
    def caption(self) -> str:
        return self.says()

    def page(self) -> SafeString:
        total = max(1, self.total)
        gap = 0.0 if total == 1 else min(10.0, 90 / total)
        step = 360 / total
        body = EMPTY
        for place in range(total):
            ink = _GONE_LINE if place < self.done else _AHEAD_LINE
            arc = _arc(place * step + gap / 2, (place + 1) * step - gap / 2)
            body += format_html('<path d="{}" fill="none" {} stroke-width="5"/>', arc, ink)
        text = '<text x="24" y="24" dy=".35em" text-anchor="middle" font-size="13" {}>{}</text>'
        body += format_html(text, _FULL, f"{self.done}/{self.total}")
        return _picture(self.says(), body, SafeString(' class="cg-ring" viewBox="0 0 48 48"'))

    paper = page

    def as_table(self) -> Table:
        head = [gettext("Conditions"), gettext("Met"), gettext("Open")]
        return Table(self.says(), head, [[str(self.total), str(self.done), str(self.total - self.done)]])


def _arc(start: float, end: float, radius: float = 20, middle: float = 24) -> str:
    """An SVG arc clockwise from `start` to `end` degrees, 0 at the top."""
    if end - start >= 359.9:
        top, low = middle - radius, middle + radius
        return f"M{middle} {top}A{radius} {radius} 0 1 1 {middle} {low}A{radius} {radius} 0 1 1 {middle} {top}"

    def at(angle: float) -> str:
        turn = math.radians(angle - 90)
        return f"{middle + radius * math.cos(turn):.2f} {middle + radius * math.sin(turn):.2f}"

    return f"M{at(start)}A{radius} {radius} 0 {int(end - start > 180)} 1 {at(end)}"


@dataclass(frozen=True)
class Spark:
    """A trend the size of a word, for tables; its numbers in words for whoever does not see it."""

    values: Sequence[Value | None]
    label: Text = ""
    low: float = 0
    high: float = 4

    def says(self) -> str:
        known = ", ".join(words.score(value) for value in self.values if value is not None)
        return f"{self.label}: {known}" if self.label else known

    @property
    def caption(self) -> str:
        return self.says()

    def page(self) -> SafeString:
        scale = Scale(self.low, self.high)
        step = 66 / max(1, len(self.values) - 1)
        known = ((place, value) for place, value in enumerate(self.values) if value is not None)
        points = [(2 + step * place, 20 - 18 * scale.share(value)) for place, value in known]
        if not points:
            return EMPTY
        way = " ".join(f"{x:.1f} {y:.1f}" for x, y in points)
        body = format_html('<path d="M{}" fill="none" class="line-ink" stroke="#1d2728" stroke-width="1.5"/>', way)
        x, y = points[-1]
        body += format_html('<circle cx="{}" cy="{}" r="2.5" class="fill-ink" fill="#1d2728"/>', _at(x), _at(y))
        return _picture(self.says(), body, SafeString(' class="cg-spark" viewBox="0 0 72 22"'))

    paper = page

    def as_table(self) -> Table:
        head = [str(place + 1) for place in range(len(self.values))]
        row = [words.score(value) if value is not None else "–" for value in self.values]
        return Table(self.label or self.says(), head, [row])


@dataclass(frozen=True)
class RiskPoint:
    """A risk by its number in the list beside the picture: as things are, and once something is done (1 to 5 each)."""

    number: int
    label: Text
    likelihood: int
    impact: int
    residual_likelihood: int
    residual_impact: int

    @property
    def moves(self) -> bool:
        return (self.likelihood, self.impact) != (self.residual_likelihood, self.residual_impact)


#: Bands of likelihood times impact: the last score of each, its name, and how dark its cells are.
RISK_BANDS: tuple[tuple[int, Text, SafeString], ...] = (
    (4, pgettext_lazy("risk", "low"), SafeString('class="fill-risk-0" fill="#ffffff"')),
    (9, pgettext_lazy("risk", "moderate"), SafeString('class="fill-risk-1" fill="#eef0ee"')),
    (14, pgettext_lazy("risk", "substantial"), SafeString('class="fill-risk-2" fill="#d5d9d7"')),
    (25, pgettext_lazy("risk", "high"), SafeString('class="fill-risk-3" fill="#b3b9b7"')),
)
_RISK_CELL, _RISK_LEFT, _RISK_TOP = 62.0, 34.0, 6.0
#: Where in its cell the first, second, … risk stands: as many as fit; further ones share the last place.
_RISK_SPOTS = ((0.0, 0.0), (-16.0, -16.0), (16.0, 16.0), (16.0, -16.0), (-16.0, 16.0), (0.0, -20.0), (0.0, 20.0), (-20.0, 0.0), (20.0, 0.0))  # fmt: skip  # noqa: E501


@dataclass(frozen=True)
class RiskChart:
    """The 5×5 picture: how likely to the right, how bad upwards; from a ring (today) an arrow to a disc (what remains).

    Darker cells weigh more, and say so in a word at their edge: no colour has to be told from another.
    """

    caption: Text
    points: Sequence[RiskPoint]

    @staticmethod
    def band(score: int) -> int:
        return next(place for place, (upper, _name, _ink) in enumerate(RISK_BANDS) if score <= upper)

    def _spots(self) -> dict[tuple[int, bool], tuple[float, float]]:
        """Centre of each mark, keyed by number and whether it is what remains. Marks of one cell stand apart."""
        taken: dict[tuple[int, int], int] = {}
        found = {}
        for point in self.points:
            for rest, x, y in (
                (True, point.residual_likelihood, point.residual_impact),
                (False, point.likelihood, point.impact),
            ):
                if not rest and not point.moves:
                    continue
                place = taken.get((x, y), 0)
                taken[x, y] = place + 1
                dx, dy = _RISK_SPOTS[min(place, len(_RISK_SPOTS) - 1)]
                found[point.number, rest] = (
                    _RISK_LEFT + _RISK_CELL * (x - 0.5) + dx,
                    _RISK_TOP + _RISK_CELL * (5.5 - y) + dy,
                )
        return found

    def _cells(self) -> SafeString:
        def cell(x: int, y: int) -> tuple[object, ...]:
            left, top = _RISK_LEFT + _RISK_CELL * (x - 1), _RISK_TOP + _RISK_CELL * (5 - y)
            return _at(left), _at(top), _at(_RISK_CELL), _at(_RISK_CELL), RISK_BANDS[self.band(x * y)][2]

        return format_html_join(
            "",
            '<rect x="{}" y="{}" width="{}" height="{}" {} stroke="#dfd9cd" stroke-width="1"/>',
            (cell(x, y) for y in range(5, 0, -1) for x in range(1, 6)),
        )

    def _axes(self) -> SafeString:
        ink = SafeString('class="fill-muted" fill="#57615f" font-size="12" text-anchor="middle"')
        bottom = _RISK_TOP + 5 * _RISK_CELL
        numbers = format_html_join(
            "",
            '<text x="{}" y="{}" {}>{}</text><text x="{}" y="{}" {}>{}</text>',
            (
                (
                    _at(_RISK_LEFT + _RISK_CELL * (n - 0.5)), _at(bottom + 16), ink, n,
                    _at(_RISK_LEFT - 10), _at(_RISK_TOP + _RISK_CELL * (5.5 - n) + 4), ink, n,
                )
                for n in range(1, 6)
            ),
        )  # fmt: skip
        middle = _RISK_TOP + 2.5 * _RISK_CELL
        names = format_html(
            '<text x="{}" y="{}" {}>{}</text><text x="{}" y="{}" transform="rotate(-90 {} {})" {}>{}</text>',
            _at(_RISK_LEFT + 2.5 * _RISK_CELL), _at(bottom + 33), ink, gettext("How likely →"),
            "10", _at(middle), "10", _at(middle), ink, gettext("How bad →"),
        )  # fmt: skip
        return numbers + names

    def _band_names(self) -> SafeString:
        """Each band's word once, along the lower right edge of a cell of it."""
        ink = SafeString('class="fill-ink" fill="#1d2728" font-size="10" text-anchor="end"')
        places = ((1, 1, 0), (3, 2, 1), (4, 3, 2), (5, 5, 3))
        return format_html_join(
            "",
            '<text x="{}" y="{}" {}>{}</text>',
            (
                (_at(_RISK_LEFT + _RISK_CELL * x - 3), _at(_RISK_TOP + _RISK_CELL * (6 - y) - 4), ink, RISK_BANDS[b][1])
                for x, y, b in places
            ),
        )

    def _arrow(self, start: tuple[float, float], end: tuple[float, float]) -> SafeString:
        dx, dy = end[0] - start[0], end[1] - start[1]
        length = math.hypot(dx, dy) or 1.0
        ux, uy = dx / length, dy / length
        tip, base = (end[0] - 12 * ux, end[1] - 12 * uy), (end[0] - 19 * ux, end[1] - 19 * uy)
        left, right = (base[0] - 4 * uy, base[1] + 4 * ux), (base[0] + 4 * uy, base[1] - 4 * ux)
        head = " ".join(f"{_at(x)},{_at(y)}" for x, y in (tip, left, right))
        return format_html(
            '<path d="M{} {}L{} {}" class="line-ink" stroke="#1d2728" stroke-width="1.5"/>'
            '<polygon points="{}" class="fill-ink" fill="#1d2728"/>',
            _at(start[0] + 10 * ux), _at(start[1] + 10 * uy), _at(base[0]), _at(base[1]), head,
        )  # fmt: skip

    def page(self) -> SafeString:
        return self._draw(EMPTY)

    def paper(self) -> SafeString:
        return self._draw(format_html(' font-family="{}"', PAPER_FONT))

    def _draw(self, font: SafeString) -> SafeString:
        spots = self._spots()
        body = self._cells() + self._band_names() + self._axes()
        for point in self.points:
            if point.moves:
                body += self._arrow(spots[point.number, False], spots[point.number, True])
        number = '<text x="{}" y="{}" dy=".35em" text-anchor="middle" font-size="11" {}>{}</text>'
        for point in self.points:
            x, y = spots[point.number, True]
            if point.moves:
                from_x, from_y = spots[point.number, False]
                body += format_html(
                    '<circle cx="{}" cy="{}" r="10" class="fill-paper line-ink" fill="#ffffff" stroke="#1d2728" '
                    'stroke-width="1.5"/>' + number,
                    _at(from_x), _at(from_y), _at(from_x), _at(from_y), _FULL, point.number,
                )  # fmt: skip
            body += format_html(
                '<circle cx="{}" cy="{}" r="11" class="fill-ink" fill="#1d2728"/>' + number,
                _at(x), _at(y), _at(x), _at(y), SafeString('class="fill-paper" fill="#ffffff"'), point.number,
            )  # fmt: skip
        width, height = _RISK_LEFT + 5 * _RISK_CELL + 4, _RISK_TOP + 5 * _RISK_CELL + 40
        box = format_html(' class="cg-risks" viewBox="0 0 {} {}"{}', _at(width), _at(height), font)
        return _picture(self.caption, body, box, self.says())

    def says(self) -> str:
        """The picture in one sentence a risk, for who does not see it."""
        line = gettext("%(number)s: %(today)s today, %(rest)s remains")
        return ". ".join(
            line
            % {
                "number": p.number,
                "today": p.likelihood * p.impact,
                "rest": p.residual_likelihood * p.residual_impact,
            }
            for p in self.points
        )

    def as_table(self) -> Table:
        head = [
            gettext("Risk"), gettext("Likely × bad, today"), gettext("Likely × bad, what remains"), gettext("Band"),
        ]  # fmt: skip
        rows = [
            [
                f"{p.number} {p.label}",
                f"{p.likelihood} × {p.impact} = {p.likelihood * p.impact}",
                f"{p.residual_likelihood} × {p.residual_impact} = {p.residual_likelihood * p.residual_impact}",
                str(RISK_BANDS[self.band(p.residual_likelihood * p.residual_impact)][1]),
            ]
            for p in self.points
        ]
        return Table(self.caption, head, rows)
