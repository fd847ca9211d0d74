"""A reading in words and pictures: the same for the page, the paper and the sheet, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext

from partnerships import clock
from partnerships.looks import format as words
from partnerships.looks import svg

from . import scoring
from .queries import TALK_DAYS, ends_of
from .reading import Deed, Found, Mean, Reading, Row, Side, number
from .scoring import Bound, GapLevel
from .states import Group, RoundKind, round_title

if TYPE_CHECKING:
    from partnerships.catalogue.content import Instrument

LEVELS = {GapLevel.NONE: "", GapLevel.TALK: "warn", GapLevel.FIRST: "high"}


@dataclass(frozen=True)
class Talking:
    """A statement to talk about: its picture, what was expected, and how to begin."""

    code: str
    text: str
    dimension: str
    picture: SafeString
    paper: SafeString
    means: Sequence[str]
    gap: str
    level: int
    notes: Sequence[str]
    talked_on: date | None
    talk_note: str
    #: Days since the opening, where a wide gap was not talked about for longer than a month: then it is a warning.
    silent_for: int = 0


@dataclass(frozen=True)
class Openly:
    """A side that answered openly: its people, and what each said to each statement, in words."""

    side: Side
    names: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]

    @property
    def lines(self) -> list[tuple[str, list[tuple[str, str]]]]:
        return [(text, list(zip(self.names, says, strict=True))) for text, says in self.rows]


@dataclass(frozen=True)
class Holding:
    """A statement that all sides see alike, and well."""

    text: str
    says: str


@dataclass(frozen=True)
class Cell:
    """A mean as it is read, and what it stands on."""

    text: str
    band: str
    details: Sequence[str]


@dataclass(frozen=True)
class Sentence:
    """One line of the list of all statements."""

    code: str
    text: str
    #: What each side said on average, by its name; None where too few took a stand.
    cells: Sequence[tuple[str, Cell | None]]
    gap: str
    level: int
    notes: Sequence[str]


@dataclass(frozen=True)
class Guess:
    """What one side expected another to say, beside what it said."""

    text: str
    by: str
    about: str
    expected: str
    answered: str
    far_off: bool


@dataclass(frozen=True)
class Inside:
    """One statement within one side: how far its people agree, and what head office and field each say."""

    code: str
    text: str
    dimension: str
    mean: str
    people: int | None
    dont_know: int
    spread: str
    agreement: str
    divided: bool
    #: Head office, then site or field: who, mean, spread, agreement.
    relay: Sequence[tuple[str, Cell]]


@dataclass(frozen=True)
class Theme:
    """A dimension with its statements."""

    code: str
    title: str
    sentences: Sequence[Sentence]


class Telling:
    """A reading, told. `word` is what the reader's organisation says: review or evaluation."""

    def __init__(self, reading: Reading, instrument: Instrument, *, word: str = "review") -> None:
        self.reading = reading
        self.instrument = instrument
        self.word = word
        self.who = {side.key: svg.Who(side.name, side.mark_role, side.mark_variant) for side in reading.sides}

    # Names
    @property
    def title(self) -> str:
        return round_title(self.reading.kind, self.reading.number, self.word)

    @property
    def sides(self) -> Sequence[Side]:
        return self.reading.sides

    @property
    def counted(self) -> list[Side]:
        """The sides whose answers are among the results, in the order of the columns."""
        return [side for side in self.reading.sides if side.counts]

    def people_of(self, side: Side) -> str:
        if side.has_left:
            return gettext("has left; its answers go no further")
        if not side.counts:
            return gettext("took no part")
        if side.agreed:
            return gettext("one agreed answer")
        if side.people is None:
            return ""
        if side.is_open:
            return ngettext("%(count)s person, answered openly", "%(count)s people, answered openly", side.people) % {
                "count": side.people
            }
        return ngettext("%(count)s person", "%(count)s people", side.people) % {"count": side.people}

    def dimension(self, code: str) -> str:
        return str(self.instrument.dimension(code).title)

    def text(self, code: str) -> str:
        """A statement as it was asked."""
        item = self.instrument.item(code)
        baseline = item.baseline_text if self.reading.kind == RoundKind.BASELINE else None
        return str(baseline or item.text)

    @property
    def scale(self) -> dict[str, str]:
        """What the ends of the scale mean, as they were asked."""
        low, high = ends_of(self.instrument, self.reading.kind)
        return {"low": low, "high": high}

    def name_of(self, code: str) -> str:
        """A statement or a dimension in words; nothing where the instrument has neither."""
        if code in self.instrument.by_code:
            return self.text(code)
        return self.dimension(code) if code in {group.code for group in self.instrument.dimensions} else ""

    @property
    def opened_on(self) -> datetime | None:
        return datetime.fromisoformat(self.reading.opened_at) if self.reading.opened_at else None

    @property
    def month(self) -> str:
        return date_format(self.opened_on, "F Y") if self.opened_on is not None else ""

    # Words
    def lede(self) -> SafeString:
        """What matters, in two or three sentences."""
        return self._lede(icons=True)

    def plain_lede(self) -> SafeString:
        """The same for paper: words alone."""
        return self._lede(icons=False)

    def _lede(self, *, icons: bool) -> SafeString:
        parts = (self._heads(icons=icons), self._improving(), self._apart(), self._weakest())
        return SafeString(" ".join(sentence for sentence in parts if sentence))

    def _heads(self, *, icons: bool) -> SafeString | str:
        """The lower first; those who stand alike together."""
        bands: dict[int, list[str]] = {}
        for head in self.reading.heads:
            bands.setdefault(head.band, []).append(self.reading.side(head.side).name)
        heads = []
        for at, (place, sides) in enumerate(sorted(bands.items())):
            name = format_html("<b>{}</b>", svg.band_name(place))
            band = format_html('<span class="cg-band">{}{}</span>', svg.band_icon(place), name) if icons else name
            first = gettext("For %(sides)s the partnership is %(band)s")
            more = gettext("for %(sides)s %(band)s")
            heads.append(_put(first if at == 0 else more, sides=words.and_list(sides), band=band))
        return format_html("{}.", SafeString(", ".join(heads))) if heads else ""

    def _improving(self) -> str:
        total, up = self.reading.comparable, self.reading.improving
        if not total:
            return ""
        if not up:
            return gettext("No dimension improves on the round before.")
        return ngettext(
            "%(up)s of %(total)s dimensions improves on the round before.",
            "%(up)s of %(total)s dimensions improve on the round before.",
            up,
        ) % {"up": up, "total": total}

    def _apart(self) -> SafeString | str:
        if len(self.counted) < 2:
            return ""
        widest = next((row for row in self.reading.dimensions if row.gap), None)
        if widest is None:
            return ""
        name = format_html("<b>{}</b>", _low(self.dimension(widest.dimension)))
        if widest.level == GapLevel.FIRST:
            grows = self.moves_of(widest.dimension) == "apart"
            sentence = gettext("You see %(dimension)s very differently, more so than at first.")
            return _put(sentence if grows else gettext("You see %(dimension)s very differently."), dimension=name)
        if widest.level == GapLevel.TALK:
            return _put(gettext("You differ most on %(dimension)s."), dimension=name)
        return gettext("You see all dimensions much alike.")

    def _weakest(self) -> SafeString | str:
        lows = {
            row.dimension: min(number(mean.text) or 0 for mean in row.means.values())
            for row in self.reading.dimensions
            if row.means
        }
        if len(lows) < 2:
            return ""
        weakest = min(lows, key=lambda code: lows[code])
        widest = next((row for row in self.reading.dimensions if row.gap), None)
        if widest is not None and widest.level and widest.dimension == weakest:
            return gettext("It is also the weakest.")
        return _put(gettext("%(dimension)s is the weakest."), dimension=self.dimension(weakest))

    def moves_of(self, dimension: str) -> str:
        return next((trend.moves for trend in self.reading.trends if trend.dimension == dimension), "")

    def held_down(self) -> list[str]:
        """Whose headline is held down by its weakest dimension."""
        return [
            gettext("%(side)s: %(dimension)s holds the headline down; it stands at most one band above it.")
            % {"side": self.reading.side(head.side).name, "dimension": self.dimension(head.held_by)}
            for head in self.reading.heads
            if head.held_by
        ]

    # Pictures
    def gaps(self, url: str = "") -> svg.GapChart:
        rows = [
            svg.GapRow(
                label=self.dimension(row.dimension),
                points=self._points(row),
                url=f"{url}#{row.dimension}" if url else "",
                state=LEVELS[GapLevel(row.level)],
                text=self.gap_text(row),
            )
            for row in self.reading.dimensions
            if row.means
        ]
        return svg.GapChart(gettext("Each partner's mean per dimension"), rows)

    def gap_text(self, row: Row) -> str:
        if not row.gap:
            return ""
        gap = words.score(number(row.gap) or 0)
        if row.level == GapLevel.FIRST:
            return gettext("%(gap)s, talk first") % {"gap": gap}
        return gettext("%(gap)s, to talk about") % {"gap": gap} if row.level == GapLevel.TALK else gap

    def _points(self, row: Row) -> list[svg.Point]:
        points = [_point(self.who[key], mean) for key, mean in row.means.items()]
        return points + [
            svg.Point(self.who[about], number(expected) or 0, guess=True) for _by, about, expected, _ in row.expected
        ]

    def trends(self) -> svg.TrendChart | None:
        if len(self.reading.rounds) < 2:
            return None
        order = {row.dimension: at for at, row in enumerate(self.reading.dimensions)}
        charts = [
            svg.Small(
                label=self.dimension(trend.dimension),
                lines=[
                    svg.Line(self.who[key], [number(point) for point in points])
                    for key, points in trend.points.items()
                    if any(points)
                ],
                note=self._trend_note(trend.dimension, trend.moves),
            )
            for trend in sorted(self.reading.trends, key=lambda trend: order.get(trend.dimension, 0))
            if any(any(points) for points in trend.points.values())
        ]
        return svg.TrendChart(
            gettext("Each dimension over the rounds"), [self.past(each) for each in self.reading.rounds], charts
        )

    def trend_rows(self) -> list[tuple[str, svg.Who, list[str]]]:
        """The figures behind the trends: dimension, partner, one value a round."""
        order = {row.dimension: at for at, row in enumerate(self.reading.dimensions)}
        return [
            (
                self.dimension(trend.dimension),
                self.who[key],
                [words.score(number(point) or 0) if point else "–" for point in points],
            )
            for trend in sorted(self.reading.trends, key=lambda trend: order.get(trend.dimension, 0))
            for key, points in trend.points.items()
            if any(points)
        ]

    def past_rounds(self) -> list[str]:
        return [self.past(each) for each in self.reading.rounds]

    @staticmethod
    def past(each: Any) -> str:
        """A round of the series, by its month."""
        day = _date(each.opened_on)
        return words.past_date(day) if day is not None else round_title(each.kind, each.number)

    def _trend_note(self, dimension: str, moves: str) -> str:
        row = self.reading.row(dimension)
        now = words.and_list([words.score(number(mean.text) or 0) for mean in row.means.values()]) if row else ""
        said = {
            "up": gettext("Rising"),
            "down": gettext("Falling"),
            "apart": gettext("Drifting apart"),
            "closer": gettext("Coming closer"),
            "steady": gettext("Steady"),
            "mixed": gettext("One up, one down"),
        }.get(moves, "")
        return f"{now}. {said}" if said else now

    # Lists
    def agenda(self) -> list[Talking]:
        return [self._talking(row) for code in self.reading.agenda if (row := self.reading.row(code)) is not None]

    def _talking(self, row: Row) -> Talking:
        chart = self.gaps()
        picture = svg.GapRow(self.text(row.code), self._points(row), state=LEVELS[GapLevel(row.level)])
        talk = getattr(self.instrument.item(row.code), "talk", None)
        return Talking(
            code=row.code,
            text=self.text(row.code),
            dimension=self.dimension(row.dimension),
            picture=chart.picture(picture, height=36),
            paper=chart.picture(picture, paper=True),
            means=[figure(row.means[side.key]) if side.key in row.means else "–" for side in self.counted],
            gap=words.score(number(row.gap) or 0),
            level=row.level,
            notes=[*self.notes_of(row), *([str(talk)] if talk else [])],
            talked_on=_date(row.talked_on),
            talk_note=row.talk_note,
            silent_for=self._silent_for(row),
        )

    def _silent_for(self, row: Row) -> int:
        """An invitation becomes a warning when nobody took it up within a month."""
        if row.talked_on or row.level != GapLevel.FIRST or self.opened_on is None:
            return 0
        days = (clock.now() - self.opened_on).days
        return days if days > TALK_DAYS else 0

    def notes_of(self, row: Row) -> list[str]:
        """What stands beside a statement in words."""
        notes = [
            gettext("%(by)s expected %(expected)s from %(about)s.")
            % {
                "by": self.who[by].name,
                "about": self.who[about].name,
                "expected": expected,
            }
            for by, about, expected in self._expected(row)
        ]
        if row.unexpected:
            notes.append(gettext("Nobody expected this."))
        if row.unsure:
            notes.append(
                gettext("Many at %(sides)s do not know.")
                % {"sides": words.and_list([self.reading.side(key).name for key in row.unsure])}
            )
        divided = [self.reading.side(key).name for key, mean in row.means.items() if mean.divided]
        if divided:
            notes.append(gettext("Divided within %(sides)s.") % {"sides": words.and_list(divided)})
        return notes

    def strengths(self) -> list[Holding]:
        found = []
        for code in self.reading.strengths:
            row = self.reading.row(code)
            if row is None:
                continue
            means = [figure(mean) for mean in row.means.values()]
            same = len(set(means)) == 1
            says = gettext("All %(mean)s") % {"mean": means[0]} if same else words.and_list(means)
            found.append(Holding(self.text(code), says))
        return found

    def themes(self) -> list[Theme]:
        """All statements, by dimension, in the order in which they were asked."""
        found: dict[str, list[Sentence]] = {}
        for row in self.reading.statements:
            found.setdefault(row.dimension, []).append(
                Sentence(
                    code=row.code,
                    text=self.text(row.code),
                    cells=[(side.name, self.cell(row.means.get(side.key))) for side in self.counted],
                    gap=words.score(number(row.gap) or 0) if row.gap else "",
                    level=row.level,
                    notes=self.notes_of(row),
                )
            )
        return [Theme(code, self.dimension(code), sentences) for code, sentences in found.items()]

    def openly(self) -> list[Openly]:
        """What each person said, of the sides that answered openly."""
        found = []
        for side in self.counted:
            said = [(row.code, people) for row in self.reading.statements if (people := row.people.get(side.key))]
            names = [each.name for each in max((people for _, people in said), key=len, default=())]
            rows = [
                (
                    self.text(code),
                    [gettext("don't know") if each.says is None else str(each.says) for each in people],
                )
                for code, people in said
                if len(people) == len(names)
            ]
            if rows:
                found.append(Openly(side, names, rows))
        return found

    @staticmethod
    def cell(mean: Mean | None) -> Cell | None:
        if mean is None:
            return None
        details = []
        if mean.n is not None and mean.n > 1:
            details.append(ngettext("%(count)s person", "%(count)s people", mean.n) % {"count": mean.n})
        if mean.dont_know:
            details.append(gettext("%(share)s %% don't know") % {"share": mean.dont_know})
        if mean.sd:
            details.append(gettext("spread %(sd)s") % {"sd": spread(mean)})
        for group in Group:
            if str(group) in mean.relay:
                details.append(f"{group.label} {figure(mean.relay[str(group)])}")
        return Cell(figure(mean), svg.band_name(mean.band), details)

    def statement_gaps(self, url: str = "") -> svg.GapChart:
        """Every statement on which sides can be laid beside each other, the widest gap first."""
        rows = [
            svg.GapRow(
                label=self.text(row.code),
                points=self._points(row),
                url=f"{url}#{row.code}" if url else "",
                state=LEVELS[GapLevel(row.level)],
                text=self.gap_text(row),
            )
            for row in self.by_gap()
        ]
        return svg.GapChart(
            gettext("Each partner's mean per statement"), rows, first_head=pgettext("column", "Statement")
        )

    def alone(self, row: Row) -> svg.GapChart:
        """One dimension or statement by itself, with the legend and the scale."""
        name = self.name_of(row.code)
        text = self.gap_text(row)
        return svg.GapChart(name, [svg.GapRow(name, self._points(row), state=LEVELS[GapLevel(row.level)], text=text)])

    def figures(self, row: Row) -> list[tuple[str, str]]:
        """What each side says of a row, in words, and how far apart they are."""
        said = [(str(self.who[key].name), figure(mean)) for key, mean in row.means.items()]
        return [*said, (gettext("Gap"), self.gap_text(row))] if row.gap else said

    def by_gap(self) -> list[Row]:
        """Statements with a gap, the widest first, those alike as they were asked."""
        rows = [row for row in self.reading.statements if row.gap]
        return sorted(rows, key=lambda row: -(number(row.gap) or 0))

    def guesses(self) -> list[Guess]:
        """Expectations beside answers, both ways."""
        return [
            Guess(
                text=self.text(row.code),
                by=str(self.who[by].name),
                about=str(self.who[about].name),
                expected=said,
                answered=figure(row.means[about]),
                far_off=abs((number(expected) or Decimal(0)) - (number(answered) or Decimal(0))) >= Decimal("0.8"),
            )
            for row in self.reading.statements
            for (_, _, expected, answered), (by, about, said) in zip(row.expected, self._expected(row), strict=True)
        ]

    @staticmethod
    def _expected(row: Row) -> list[tuple[str, str, str]]:
        """Who expected what of whom, as it is read: a guess of many is told up to a border like every mean."""
        bounds = [*row.expected_bounds, *[""] * len(row.expected)]
        return [
            (by, about, figure(Mean(expected, 0, None, bound=bound)))
            for (by, about, expected, _answered), bound in zip(row.expected, bounds, strict=False)
        ]

    # One side
    def inside(self, side: str) -> list[Inside]:
        """What a side's people said, statement by statement, for whoever may read it."""
        found = []
        for row in self.reading.statements:
            mean = row.means.get(side)
            if mean is None:
                continue
            relay = [
                (str(group.label), self._relay_cell(mean.relay[str(group)]))
                for group in Group
                if str(group) in mean.relay
            ]
            found.append(
                Inside(
                    code=row.code,
                    text=self.text(row.code),
                    dimension=self.dimension(row.dimension),
                    mean=figure(mean),
                    people=mean.n,
                    dont_know=mean.dont_know or 0,
                    spread=spread(mean),
                    agreement=agreement(mean),
                    divided=mean.divided,
                    relay=relay,
                )
            )
        return found

    @staticmethod
    def _relay_cell(mean: Mean) -> Cell:
        details = []
        if mean.sd:
            details.append(gettext("spread %(sd)s") % {"sd": spread(mean)})
            details.append(gettext("agreement %(rwg)s") % {"rwg": agreement(mean)})
        return Cell(figure(mean), svg.band_name(mean.band), details)

    def relay(self, side: str) -> svg.GapChart:
        """Head office beside site or field: dimensions first, then the statements on which both can be shown."""
        one = self.who[side]
        groups = {
            str(group): svg.Who(str(group.label), one.role, (one.variant + at) % 3)
            for at, group in enumerate((Group.HEAD, Group.FIELD))
        }
        rows = []
        for dimension, row in [(True, row) for row in self.reading.dimensions] + [
            (False, row) for row in self.reading.statements
        ]:
            mean = row.means.get(side)
            if mean is None or not mean.relay:
                continue
            points = [_point(groups[name], each) for name, each in mean.relay.items()]
            values = [float(point.value) for point in points]
            level = GapLevel.TALK if max(values) - min(values) >= float(scoring.DEFAULT.talk) - 1e-9 else GapLevel.NONE
            name = self.dimension(row.dimension) if dimension else self.text(row.code)
            rows.append(svg.GapRow(label=name, points=points, state=LEVELS[level]))
        return svg.GapChart(gettext("Head office beside site or field"), rows)

    def comments(self) -> list[tuple[str, list[Any]]]:
        """Comments that the reader may see, by statement."""
        found: dict[str, list[Any]] = {}
        for said in self.reading.comments:
            found.setdefault(said.statement, []).append(said)
        return [(self.text(code), said) for code, said in found.items()]

    def side_name(self, key: str) -> str:
        return self.owner_name(key)

    def owner_name(self, key: str) -> str:
        """Who it is by name: a partner of the round, else another party (a broker can own an action)."""
        return self.reading.parties.get(key) or self.reading.side(key).name

    def findings(self) -> Sequence[Found]:
        return self.reading.findings

    def deeds(self) -> list[Deed]:
        """All actions, those of findings first."""
        return [deed for found in self.reading.findings for deed in found.deeds] + list(self.reading.deeds)


def figure(mean: Mean) -> str:
    """A mean as it is read: exact, or up to the border that is told."""
    said = words.score(number(mean.text) or 0)
    match mean.bound:
        case Bound.AT_LEAST:
            return gettext("%(mean)s or more") % {"mean": said}
        case Bound.AT_MOST:
            return gettext("%(mean)s or less") % {"mean": said}
    return said


_SIGNS = {Bound.AT_LEAST: "≥", Bound.AT_MOST: "≤"}


def _point(who: svg.Who, mean: Mean) -> svg.Point:
    value = number(mean.text) or Decimal(0)
    if not mean.bound:
        return svg.Point(who, value)
    short = f"{_SIGNS[Bound(mean.bound)]} {words.score(value)}"
    return svg.Point(who, value, says=figure(mean), short=short)


def spread(mean: Mean) -> str:
    """A standard deviation as it is read; nothing where it is not told."""
    if not mean.sd:
        return ""
    said = words.score(Decimal(mean.sd))
    return gettext("%(mean)s or less") % {"mean": said} if mean.alike else said


def agreement(mean: Mean) -> str:
    """r_wg as it is read."""
    if not mean.rwg:
        return ""
    said = words.score(Decimal(mean.rwg))
    return gettext("%(mean)s or more") % {"mean": said} if mean.alike else said


def _put(sentence: str, **parts: Any) -> SafeString:
    """A translated sentence with its parts put in; both are escaped unless safe."""
    names = {name: part if isinstance(part, SafeString) else format_html("{}", part) for name, part in parts.items()}
    return SafeString(str(format_html("{}", sentence)) % names)


def _low(text: str) -> str:
    return text[:1].lower() + text[1:]


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
