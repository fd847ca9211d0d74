"""What stands in a report beside the results, as chapters of plain blocks in the reader's language.

Page, paper and spreadsheet go through the same blocks, so that none of them can say something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext, pgettext

from evaluation.reviews.queries import voice_instrument
from evaluation.reviews.states import LatePolicy, round_title
from evaluation.reviews.telling import Telling
from lifecycle.delivery.states import CommitmentState, ContributionKind, PromiseState, ResolutionState
from lifecycle.scoping.states import About, BodySays
from partnerships.looks import format as words
from partnerships.looks import svg
from partnerships.record.states import Function, Role

from .content import Brought, Effect, Owed, Spoken
from .states import WIDER, Audience
from .summing import summary

if TYPE_CHECKING:
    from partnerships.catalogue.content import Instrument

    from .building import Snapshot

DASH = "–"


@dataclass(frozen=True)
class Cell:
    """What stands in one place of a table: text, a second line, its language where somebody wrote it."""

    text: str
    note: str = ""
    language: str = ""
    who: svg.Who | None = None
    is_high: bool = False
    #: The number behind the text, for the spreadsheet, and what it counts.
    figure: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True)
class Column:
    """`width` is a class of report.css: paper needs it, the page does not."""

    title: str
    width: str = ""
    is_number: bool = False


@dataclass(frozen=True)
class Words:
    """A paragraph; `title` makes it a part of the chapter with a heading of its own."""

    says: Sequence[str]
    title: str = ""
    language: str = ""
    kind: str = "words"


@dataclass(frozen=True)
class Grid:
    """A table. Its first column holds the heads of the rows. Without a title it has that of its chapter."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    kind: str = "grid"

    @property
    def lines(self) -> list[list[tuple[Column, Cell]]]:
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Quote:
    """Somebody's words as they were given."""

    text: str
    language: str
    by: str
    kind: str = "quote"


Block = Words | Grid | Quote


@dataclass(frozen=True)
class Chapter:
    """`layer` is which of the three it belongs to, in words; `before` the chapter of results it stands before."""

    id: str
    title: str
    layer: str = ""
    intro: str = ""
    blocks: Sequence[Block] = field(default_factory=list)


def process() -> str:
    return gettext("How the partners work together")


def results() -> str:
    return gettext("Results of the project")


def value() -> str:
    return gettext("Value to each partner")


def chapters(snapshot: Snapshot, told: Telling) -> dict[str, Chapter]:
    """By id, in order, those that have something to say."""
    makers: tuple[Callable[[Snapshot, Telling], Chapter], ...] = (
        _in_short, _boundary, _holds, _openly, _promises, _decided, _results, _value, _voice, _read, _method,
    )  # fmt: skip
    made = (make(snapshot, told) for make in makers)
    return {chapter.id: chapter for chapter in made if chapter.blocks}


def _in_short(snapshot: Snapshot, told: Telling) -> Chapter:
    points = summary(told, snapshot.content)
    return Chapter(
        "short", gettext("In short"), blocks=[Words([" ".join(point.says)], point.title) for point in points]
    )


# Who is in ------------------------------------------------------------------------------------------------------------
def _boundary(snapshot: Snapshot, told: Telling) -> Chapter:
    content = snapshot.content
    blocks: list[Block] = []
    scope = content.scope
    if scope is not None:
        blocks.append(Words([scope.scope], gettext("What is reviewed"), scope.language))
        if scope.beyond:
            blocks.append(Words([scope.beyond], gettext("What is not, and who looks at that"), scope.language))
        if scope.calendar:
            blocks.append(Words([scope.calendar], gettext("With the project's own monitoring"), scope.language))
    rates = {rate.side: rate for rate in content.rates}
    rows = []
    absent = [actor.name for actor in content.actors if actor.key not in {side.key for side in told.sides}]
    for actor in content.actors:
        if actor.name in absent:
            continue
        rate, side = rates.get(actor.key), next((s for s in told.sides if s.key == actor.key), None)
        said = told.people_of(side) if side is not None else ""
        rows.append(
            [
                Cell(actor.name, who=svg.Who(actor.name, actor.mark_role, actor.mark_variant)),
                Cell(str(Role(actor.role).label)),
                Cell(said),
                Cell(
                    gettext("%(answered)s of %(asked)s (%(share)s)")
                    % {
                        "answered": rate.answered,
                        "asked": rate.asked,
                        "share": words.percent(rate.answered, rate.asked),
                    }
                    if rate is not None
                    else DASH
                ),
            ]
        )
    if rows:
        blocks.append(
            Grid(
                gettext("Who answered"),
                [
                    Column(gettext("Party"), "w34"),
                    Column(gettext("Role"), "w25"),
                    Column(gettext("In this review"), "w25"),
                    Column(gettext("Answered, of those asked"), "w16"),
                ],
                rows,
            )
        )
    if absent:
        blocks.append(Words([gettext("Not asked in this review: %(names)s.") % {"names": words.and_list(absent)}]))
    return Chapter(
        "boundary",
        gettext("What was reviewed, and who answered"),
        blocks=blocks,
        intro=gettext("How many were asked is told of groups that are large enough, and of no other."),
    )


# Strengths -----------------------------------------------------------------------------------------------------------
def _holds(snapshot: Snapshot, told: Telling) -> Chapter:
    rows = [[Cell(item.text), Cell(item.says)] for item in told.strengths()]
    grid = Grid("", [Column(gettext("Statement"), "w60"), Column(gettext("Means"), "w40")], rows)
    return Chapter("holds", gettext("What holds you together"), blocks=[grid] if rows else [])


# Promises -------------------------------------------------------------------------------------------------------------
def _name(snapshot: Snapshot, told: Telling, key: str) -> str:
    actor = next((each for each in snapshot.content.actors if each.key == key), None)
    return actor.name if actor is not None else told.reading.parties.get(key, "")


def _who(snapshot: Snapshot, key: str) -> svg.Who | None:
    actor = next((each for each in snapshot.content.actors if each.key == key), None)
    return svg.Who(actor.name, actor.mark_role, actor.mark_variant) if actor is not None else None


def function_name(code: str) -> str:
    return str(Function(code).label) if code in Function.values else ""


def _person(snapshot: Snapshot, owed: Owed) -> str:
    return function_name(owed.function) if snapshot.audience in WIDER else owed.person


def _promises(snapshot: Snapshot, told: Telling) -> Chapter:
    content = snapshot.content
    blocks: list[Block] = []
    if content.before is not None:
        blocks.append(_last_time(snapshot, told))
    promises = content.promises
    if promises is not None and promises.commitments:
        blocks += _commitments(snapshot, told)
    if promises is not None and promises.brought:
        blocks.append(_brought(snapshot, told, promises.sums))
    if promises is not None and promises.communities:
        blocks.append(_communities(snapshot, told))
    return Chapter(
        "promises",
        gettext("What was promised, and what was done"),
        process(),
        gettext("A commitment is done when another partner has confirmed it. Each kind of contribution stands alone."),
        blocks,
    )


def _last_time(snapshot: Snapshot, told: Telling) -> Grid:
    before = snapshot.content.before
    assert before is not None  # noqa: S101  (asked by the caller)
    states = deed_states()
    return Grid(
        gettext("Promised in %(round)s, %(day)s")
        % {"round": round_title(before.kind, before.number, told.word), "day": words.long_date(_day(before.opened_on))},
        [
            Column(gettext("Action"), "w43"),
            Column(gettext("Owner"), "w22"),
            Column(gettext("Due"), "w15"),
            Column(gettext("State"), "w20"),
        ],
        [
            [
                Cell(deed.text, deed.note, deed.language),
                Cell(
                    _owner(snapshot, told, deed.key, deed.owner_side, deed.owner), who=_who(snapshot, deed.owner_side)
                ),
                Cell(_past(deed.due_on), is_high=deed.state == "late"),
                Cell(states[deed.state]),
            ]
            for deed in before.deeds
        ],
    )


def _owner(snapshot: Snapshot, told: Telling, key: str, side: str, person: str) -> str:
    """Whose action it is: beyond the partners by function."""
    name = _name(snapshot, told, side)
    if snapshot.audience in WIDER:
        function = function_name(snapshot.content.functions.get(key, ""))
        return f"{name}, {function}" if function else name
    return person or name


def deed_states() -> dict[str, str]:
    return {
        "proposed": gettext("Proposed"),
        "accepted": gettext("Accepted"),
        "late": gettext("Late"),
        "done": gettext("Done"),
        "let_go": gettext("Let go by all partners"),
    }


def _commitments(snapshot: Snapshot, told: Telling) -> Iterator[Block]:
    promises = snapshot.content.promises
    assert promises is not None  # noqa: S101  (asked by the caller)
    counts = (
        (promises.confirmed, gettext("done and confirmed")),
        (promises.delivered, gettext("delivered and not confirmed yet")),
        (promises.open, gettext("open")),
        (promises.late, gettext("of these late")),
        (promises.written_off, gettext("written off by all")),
    )
    said = [f"{what}{_colon()}{count}" for count, what in counts if count]
    total = promises.confirmed + promises.delivered + promises.open + promises.written_off
    listed = len(promises.commitments)
    told_first = _semicolon().join(said)
    lines = [f"{told_first[:1].upper()}{told_first[1:]}."]
    if listed < total:
        lines.append(
            gettext("The %(listed)s that matter most now are listed, of %(all)s.") % {"listed": listed, "all": total}
        )
    yield Words(lines, gettext("Commitments"))

    def row(owed: Owed) -> list[Cell]:
        moved = ngettext("moved %(count)s time", "moved %(count)s times", owed.moved) % {"count": owed.moved}
        return [
            Cell(owed.what, moved if owed.moved else "", owed.language),
            Cell(
                ", ".join(filter(None, (_name(snapshot, told, owed.owner), _person(snapshot, owed)))),
                who=_who(snapshot, owed.owner),
            ),
            Cell(_past(owed.due_on), is_high=owed.is_late),
            Cell(gettext("Late") if owed.is_late else str(CommitmentState(owed.state).label), is_high=owed.is_late),
        ]

    yield Grid(
        gettext("Commitments, one by one"),
        [
            Column(gettext("Commitment"), "w41"),
            Column(gettext("Owner"), "w27"),
            Column(gettext("Due"), "w14"),
            Column(gettext("State"), "w18"),
        ],
        [row(owed) for owed in promises.commitments],
    )


def _brought(snapshot: Snapshot, told: Telling, rows: Sequence[Brought]) -> Grid:
    def amount(text: str, currency: str) -> Cell:
        figure = Decimal(text)
        if currency:
            return Cell(words.money(figure, currency), figure=figure, unit=currency)
        hours = ngettext("%(count)s hour", "%(count)s hours", int(figure)) % {"count": words.number(figure)}
        return Cell(hours, figure=figure, unit=gettext("hours"))

    return Grid(
        gettext("Contributions, promised and put in"),
        [
            Column(gettext("Party"), "w30"),
            Column(gettext("Kind"), "w16"),
            Column(gettext("Promised"), "w20", is_number=True),
            Column(gettext("Put in"), "w20", is_number=True),
            Column(gettext("Share"), "w14", is_number=True),
        ],
        [
            [
                Cell(_name(snapshot, told, row.side), who=_who(snapshot, row.side)),
                Cell(str(ContributionKind(row.kind).label)),
                amount(row.promised, row.currency),
                amount(row.given, row.currency),
                Cell(words.percent(Decimal(row.given), Decimal(row.promised))),
            ]
            for row in rows
        ],
    )


def _communities(snapshot: Snapshot, told: Telling) -> Grid:
    promises = snapshot.content.promises
    assert promises is not None  # noqa: S101  (asked by the caller)
    return Grid(
        gettext("Promises to communities"),
        [
            Column(gettext("Promise"), "w38"),
            Column(gettext("Promised by, to"), "w25"),
            Column(gettext("Due"), "w14"),
            Column(gettext("State"), "w23"),
        ],
        [
            [
                Cell(each.what, gettext("Promised on %(day)s") % {"day": _past(each.said_on)}, each.language),
                Cell(f"{_name(snapshot, told, each.promiser)} → {each.to}"),
                Cell(_past(each.due_on), is_high=each.is_late),
                Cell(gettext("Late") if each.is_late else str(PromiseState(each.state).label), is_high=each.is_late),
            ]
            for each in promises.communities
        ],
    )


def _decided(snapshot: Snapshot, told: Telling) -> Chapter:
    rows = [
        [
            Cell(each.text, language=each.language),
            Cell(each.body),
            Cell(_past(each.on)),
            Cell(str(ResolutionState(each.state).label)),
        ]
        for each in snapshot.content.decided
    ]
    grid = Grid(
        gettext("Decisions of the partners' bodies"),
        [
            Column(gettext("Decision"), "w45"),
            Column(gettext("Body"), "w25"),
            Column(gettext("On"), "w12"),
            Column(gettext("State"), "w18"),
        ],
        rows,
    )
    return Chapter("decided", gettext("What was decided since"), process(), blocks=[grid] if rows else [])


# The other two layers -------------------------------------------------------------------------------------------------
def _results(snapshot: Snapshot, told: Telling) -> Chapter:
    layers = snapshot.content.layers
    blocks: list[Block] = []
    if layers is not None and layers.measures:
        blocks.append(
            Grid(
                gettext("What is measured"),
                [
                    Column(gettext("Indicator"), "w34"),
                    Column(gettext("Baseline"), "w16", is_number=True),
                    Column(gettext("Now"), "w18", is_number=True),
                    Column(gettext("Target"), "w16", is_number=True),
                    Column(gettext("Of the way"), "w16", is_number=True),
                ],
                [
                    [
                        Cell(each.name, each.unit, each.language),
                        _counted(each.baseline, _past(each.baseline_on)),
                        _counted(each.value, _past(each.value_on)),
                        _counted(each.target, _past(each.target_on)),
                        Cell(words.percent(Decimal(each.percent), 100) if each.percent else DASH),
                    ]
                    for each in layers.measures
                ],
            )
        )
    titles = {
        "counted": gettext("Effects that can be counted"),
        "told": gettext("Effects that cannot be counted"),
        "harm": gettext("Harm that nobody meant"),
    }
    for kind, title in titles.items():
        rows = [each for each in (layers.effects if layers is not None else ()) if each.kind == kind]
        if rows:
            blocks.append(_effects(title, rows, harm=kind == "harm"))
    return Chapter(
        "results",
        gettext("What came of it"),
        results(),
        gettext("What the project changed, apart from how the partners work together. Harm stands beside it, and is "
                "never set off against it."),
        blocks,
    )  # fmt: skip


def _effects(title: str, rows: Sequence[Effect], *, harm: bool) -> Grid:
    def confirmed(each: Effect) -> str:
        if each.confirmed_by:
            return gettext("Confirmed by %(who)s") % {"who": words.and_list(each.confirmed_by)}
        return gettext("Not confirmed by another partner")

    def beside(each: Effect) -> str:
        seen = [gettext("Seen too by %(who)s") % {"who": words.and_list(each.seen_by)}] if each.seen_by else []
        return _semicolon().join([*seen, *(f"{who}{_colon()}{text}" for who, text in each.differently)])

    def last(each: Effect) -> Cell:
        """Of harm first what is done about it; who sees it differently is heard of either."""
        if not harm:
            return Cell(confirmed(each), beside(each))
        return Cell(each.response, _semicolon().join(filter(None, [confirmed(each), beside(each)])), each.language)

    return Grid(
        title,
        [
            Column(gettext("What"), "w40"),
            Column(gettext("For whom, and how we know"), "w30"),
            Column(gettext("What is done about it") if harm else gettext("Confirmed"), "w30"),
        ],
        [
            [
                Cell(each.what, each.party, each.language),
                Cell(each.for_whom, each.how_known, each.language),
                last(each),
            ]
            for each in rows
        ],
    )


def _value(snapshot: Snapshot, told: Telling) -> Chapter:
    layers = snapshot.content.layers
    worth = [each for each in (layers.worth if layers is not None else ()) if not each.is_empty]
    blocks: list[Block] = []
    if worth:
        blocks.append(
            Grid(
                gettext("Hours and cost of working together"),
                [
                    Column(gettext("Party"), "w30"),
                    Column(gettext("Hours"), "w14", is_number=True),
                    Column(gettext("Coordinating"), "w16", is_number=True),
                    Column(gettext("Delivering"), "w14", is_number=True),
                    Column(gettext("Cost"), "w26"),
                ],
                [
                    [
                        Cell(_name(snapshot, told, each.side), who=_who(snapshot, each.side)),
                        _counted(each.hours),
                        _counted(
                            each.coordinating,
                            words.percent(Decimal(each.coordination_percent), 100) if each.coordination_percent else "",
                        ),
                        _counted(each.delivering),
                        Cell(_semicolon().join(
                            f"{form_name(form)}{_colon()}{words.money(Decimal(amount), currency)}"
                            for form, currency, amount in each.costs
                        ) or DASH),
                    ]
                    for each in worth
                ],
            )
        )  # fmt: skip
        rows = [
            [
                Cell(gain.words, language=gain.language),
                Cell(_name(snapshot, told, each.side), who=_who(snapshot, each.side)),
                Cell(words.money(Decimal(gain.amount), gain.currency), figure=Decimal(gain.amount), unit=gain.currency)
                if gain.amount
                else Cell(DASH),
            ]
            for each in worth
            for gain in each.gains
        ]
        if rows:
            blocks.append(
                Grid(
                    gettext("What each partner got out of it"),
                    [
                        Column(gettext("What"), "w50"),
                        Column(gettext("Party"), "w30"),
                        Column(gettext("Amount, where there is one"), "w20", is_number=True),
                    ],
                    rows,
                )
            )
    return Chapter(
        "value",
        gettext("What it is worth to each"),
        value(),
        gettext(
            "Each side's own account. Cash, kind and hours are not added up, and no side is set off against another."
        ),
        blocks,
    )


def form_name(code: str) -> str:
    names = {"cash": gettext("Cash"), "in_kind": gettext("In kind"), "kind": gettext("In kind")}
    return names.get(code, code)


def _colon() -> str:
    """As the reader's language sets it: French puts a space before it."""
    return pgettext("between a name and what is said of it", ": ")


def _semicolon() -> str:
    return pgettext("between two facts", "; ")


def _openly(snapshot: Snapshot, told: Telling) -> Chapter:
    blocks = [
        Grid(
            each.side.name,
            [
                Column(gettext("Statement"), "w40"),
                *(Column(name, f"w{60 // len(each.names)}", is_number=True) for name in each.names),
            ],
            [[Cell(text), *(_answer(says) for says in answers)] for text, answers in each.rows],
        )
        for each in told.openly()
    ]
    return Chapter(
        "openly",
        gettext("Answered openly"),
        process(),
        gettext("Each of these people agreed beforehand to stand with their name. From 0, %(low)s, to 4, %(high)s.")
        % told.scale,
        blocks,
    )


def _answer(says: str) -> Cell:
    return Cell(says, figure=Decimal(says) if says.isdecimal() else None)


# Voices, method -------------------------------------------------------------------------------------------------------
def _voice(snapshot: Snapshot, told: Telling) -> Chapter:
    blocks: list[Block] = []
    asked = {pk: voice_instrument(pk) for pk in {spoken.instrument for spoken in snapshot.content.voice} if pk}
    for (_model, _key, pk), each in groupby(
        snapshot.content.voice, key=lambda spoken: (spoken.model, spoken.key, spoken.instrument)
    ):
        said = list(each)
        blocks += _of_round(said, asked[pk]) if pk else _of_scoping(said)
    return Chapter(
        "voice",
        gettext("What affected people say"),
        intro=gettext("In their own words, given or approved by their body, and shown to the readers whom it chose."),
        blocks=blocks,
    )


def _of_scoping(said: Iterable[Spoken]) -> Iterator[Block]:
    for spoken in said:
        about = str(About(spoken.about).label) if spoken.about in About.values else spoken.about
        says = str(BodySays(spoken.says).label) if spoken.says in BodySays.values else spoken.says
        yield Words(
            [f"{about}{_colon()}{says}" if says else about], f"{spoken.body}, {words.long_date(_day(spoken.on))}"
        )
        if spoken.text:
            yield Quote(spoken.text, spoken.language, spoken.body)


def _of_round(said: Sequence[Spoken], asked: Instrument) -> Iterator[Block]:
    """The spoken questions and what a body answered, in one table; and who wrote it down."""
    first = said[0]
    questions, answers = asked.by_code, {answer.code: str(answer.label) for answer in asked.answers}
    yield Grid(
        f"{first.body}, {words.long_date(_day(first.on))}" if first.on else first.body,
        [
            Column(gettext("Question"), "w36"),
            Column(gettext("Answer"), "w16"),
            Column(gettext("In their words"), "w48"),
        ],
        [
            [
                Cell(str(questions[spoken.about].text)),
                Cell(capfirst(answers[spoken.says])),
                Cell(spoken.text or DASH, language=spoken.language if spoken.text else ""),
            ]
            for spoken in said
        ],
    )
    how = (
        gettext("Written down by %(who)s, approved by the body.") % {"who": first.noted_by}
        if first.noted_by
        else gettext("Written by the body itself.")
    )
    spoken_in = gettext("Spoken in: %(language)s.") % {"language": first.spoken_in} if first.spoken_in else ""
    yield Words([f"{how} {spoken_in}".rstrip()])


def _read(snapshot: Snapshot, told: Telling) -> Chapter:
    return Chapter(
        "read",
        gettext("How to read this report"),
        blocks=[
            Words(
                [
                    gettext(
                        "Bands: under 1.5 at risk, under 2.4 fragile, under 3.2 working, otherwise strong. A figure is "
                        "never rounded across a band's border. Each partner has its own headline; its weakest "
                        "dimension holds it at one band above itself at most. There is no average over partners. "
                        "“Don't know” is left out of means."
                    )
                ]
            )
        ],
    )


def _method(snapshot: Snapshot, told: Telling) -> Chapter:
    content, reading = snapshot.content, told.reading
    method = content.method
    if method is None:
        return Chapter("method", "")
    lines = [
        gettext("Asked from %(start)s to %(end)s, with version %(version)s of the questionnaire: %(count)s statements.")
        % {
            "start": words.long_date(_day(method.opens_on)),
            "end": words.long_date(_day(method.closes_on)),
            "version": method.instrument_version,
            "count": method.asked,
        },
        gettext("Answers were sealed until all partners had handed in, and opened to all in the same moment."),
        gettext("No group of fewer than %(minimum)s people is shown, nor can one be worked out from what is.")
        % {"minimum": method.minimum},
    ]
    for key, count in method.hidden.items():
        if count:
            lines.append(
                ngettext(
                    "%(side)s: %(count)s statement is not shown, since too few took a stand.",
                    "%(side)s: %(count)s statements are not shown, since too few took a stand.",
                    count,
                )
                % {"side": told.side_name(key), "count": count}
            )
    absent = [side.name for side in told.sides if not side.counts]
    if absent:
        lines.append(gettext("Not in the figures: %(sides)s.") % {"sides": words.and_list(absent)})
    if reading.facilitated_by:
        lines.append(gettext("Facilitated by %(broker)s.") % {"broker": words.and_list(list(reading.facilitated_by))})
    if method.broker_early:
        lines.append(gettext("The broker read the results a day before the opening, as was announced."))
    if method.policy in LatePolicy.values:
        lines.append(
            gettext("Agreed before, for a partner that has not handed in: %(policy)s.")
            % {"policy": str(LatePolicy(method.policy).label).rstrip(".")}
        )
    blocks: list[Block] = [Words(lines, gettext("How it was asked"))]
    blocks.append(Words(_caveats(snapshot), gettext("What to keep in mind")))
    gone = list(_withdrawn(snapshot))
    if gone:
        blocks.append(Words(gone, gettext("Withdrawn since it was made")))
    made = snapshot.made
    if made.on:
        blocks.append(
            Words(
                [
                    gettext("Made on %(day)s with release %(software)s, report template %(template)s.")
                    % {
                        "day": words.long_date(_day(made.on)),
                        "software": made.software,
                        "template": made.template,
                    }
                ],
                gettext("This report"),
            )
        )
    return Chapter("method", gettext("Method and limits"), blocks=blocks)


def _caveats(snapshot: Snapshot) -> list[str]:
    lines = [
        gettext("Results are what people said, not what was measured. A gap is an invitation to talk, not a fault."),
        gettext("Rounds are compared only over statements that were asked each time."),
    ]
    if snapshot.audience in WIDER:
        lines.append(
            # Made before anybody agrees, and read the same afterwards: it says what holds at either time.
            gettext(
                "People stand by function, not by name. Others than the partners and their broker read this version "
                "only once every partner has agreed to show it as it is."
            )
        )
    if snapshot.audience != Audience.OWN:
        lines.append(gettext("How far people inside one partner are apart stands in that partner's own version alone."))
    return lines


def _withdrawn(snapshot: Snapshot) -> Iterator[str]:
    names = withdrawn_names()
    for each in snapshot.withdrawn:
        # What a body said is replaced by what it says later: gone from here all the same.
        yield (
            gettext("%(what)s: %(count)s, withdrawn or replaced on %(day)s.")
            if each.model in {"evaluation.voice", "evaluation.outcomevoice", "lifecycle.bodyanswer"}
            else gettext("%(what)s: %(count)s, withdrawn on %(day)s.")
        ) % {
            "what": names.get(each.model, gettext("Other items")),
            "count": each.count,
            "day": words.long_date(_day(each.on)),
        }


def withdrawn_names() -> dict[str, str]:
    return {
        "evaluation.comment": gettext("Comments"),
        "evaluation.finding": gettext("Findings"),
        "evaluation.action": gettext("Actions"),
        "evaluation.boundary": gettext("What is reviewed"),
        "lifecycle.commitment": gettext("Commitments"),
        "lifecycle.communitypromise": gettext("Promises to communities"),
        "lifecycle.contribution": gettext("Contributions"),
        "lifecycle.bodymeeting": gettext("Decisions"),
        "lifecycle.bodyanswer": gettext("Answers of affected people"),
        "evaluation.voice": gettext("What affected people say of a review"),
        "evaluation.indicator": gettext("Indicators"),
        "evaluation.measurement": gettext("What is measured"),
        "evaluation.outcome": gettext("Effects"),
        "evaluation.outcomevoice": gettext("How another party sees an effect"),
        "evaluation.valueentry": gettext("What each partner got out of it"),
        "evaluation.effortstatement": gettext("Hours and cost of working together"),
        "evaluation.hourentry": gettext("Hours"),
        "evaluation.costentry": gettext("Cost"),
    }


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _past(text: str) -> str:
    """A day with its year: a report is read years later."""
    return words.past_date(_day(text), today=date.min) if text else DASH


def _figure(text: str) -> str:
    return words.number(Decimal(text)) if text else DASH


def _counted(text: str, note: str = "") -> Cell:
    return Cell(_figure(text), note if text else "", figure=Decimal(text) if text else None)
