"""What stands in a report beside the results, as plain values: a snapshot is stored as JSON and read in any language.

A `key` is the public id of the item whose words these are (its row's number where it has none): once that is withdrawn,
the words go (renewing.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from evaluation.reviews.reading import Before

NONE = Decimal(0)


@dataclass(frozen=True)
class Scope:
    """What is reviewed and what is not, as the partners agreed it early [EV6]."""

    key: str
    scope: str
    beyond: str
    calendar: str
    language: str
    first_on: str
    every_months: int
    until_on: str


@dataclass(frozen=True)
class Actor:
    """A party of the record, and whether its view is in the figures."""

    key: str
    name: str
    role: str
    mark_role: str
    mark_variant: int
    is_in: bool


@dataclass(frozen=True)
class Rate:
    """How many of those asked answered. Only where at least the minimum did: fewer are not told."""

    side: str
    answered: int
    asked: int


@dataclass(frozen=True)
class Owed:
    """A commitment. `person` is a name, `function` a code of record.states.Function: who reads it decides which."""

    key: str
    what: str
    language: str
    owner: str
    person: str
    function: str
    due_on: str
    state: str
    moved: int
    is_late: bool


@dataclass(frozen=True)
class Brought:
    """What one side promised and put in, of one kind, in one currency or in hours. Never added to another kind.

    A contribution; without a key the sum of several.
    """

    side: str
    kind: str
    currency: str
    promised: str
    given: str
    key: str = ""


@dataclass(frozen=True)
class ToCommunity:
    """A promise to a community."""

    key: str
    what: str
    language: str
    promiser: str
    to: str
    said_on: str
    due_on: str
    state: str
    is_late: bool


@dataclass(frozen=True)
class Promises:
    commitments: Sequence[Owed]
    #: Counts over all of them, those beyond the list included.
    confirmed: int
    delivered: int
    open: int
    late: int
    written_off: int
    brought: Sequence[Brought]
    communities: Sequence[ToCommunity]

    @property
    def sums(self) -> list[Brought]:
        """By side, kind and currency, in the order of the contributions."""
        found: dict[tuple[str, str, str], list[Brought]] = {}
        for each in self.brought:
            found.setdefault((each.side, each.kind, each.currency), []).append(each)
        return [
            Brought(*group, _plain(_sum(e.promised for e in of), True), _plain(_sum(e.given for e in of), True))
            for group, of in found.items()
        ]


@dataclass(frozen=True)
class Spoken:
    """The words of a body of affected people, which it gave or approved itself. `about` and `says` are codes."""

    #: Label and public id of the item.
    model: str
    key: str
    body: str
    about: str
    says: str
    text: str
    language: str
    on: str
    #: Of a round: the catalogue's version in which it was asked. Nothing for an answer of scoping.
    instrument: int = 0
    #: Who wrote it down, by name, and the language that was spoken, as people name it.
    noted_by: str = ""
    spoken_in: str = ""


@dataclass(frozen=True)
class Decided:
    """A resolution since the opening. `key` is its meeting's, which is what can be withdrawn."""

    key: str
    body: str
    text: str
    language: str
    state: str
    on: str


@dataclass(frozen=True)
class Method:
    """How it was asked, and what is not shown."""

    instrument: str
    instrument_version: int
    minimum: int
    asked: int
    #: By side: statements that were asked and are not shown, since too few took a stand.
    hidden: Mapping[str, int]
    opens_on: str
    closes_on: str
    policy: str
    broker_early: bool


@dataclass(frozen=True)
class Made:
    """By which templates and release it was made, and on which day: what the file's own dates say."""

    on: str = ""
    template: int = 1
    software: str = ""


@dataclass(frozen=True)
class Withdrawn:
    """That so many items of a kind stood here, and since when no longer. Never what they said."""

    model: str
    count: int
    on: str


# The two layers of outcomes -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Point:
    """The last value that was measured, and how far of the way it is."""

    key: str
    value: str
    on: str
    percent: str


@dataclass(frozen=True)
class Measure:
    """An indicator. Numbers are exact texts."""

    key: str
    name: str
    language: str
    unit: str
    baseline: str
    baseline_on: str
    target: str
    target_on: str
    last: Point | None = None
    layer: str = ""

    @property
    def value(self) -> str:
        return self.last.value if self.last is not None else ""

    @property
    def value_on(self) -> str:
        return self.last.on if self.last is not None else ""

    @property
    def percent(self) -> str:
        return self.last.percent if self.last is not None else ""


@dataclass(frozen=True)
class Heard:
    """How another party sees an outcome. A partner's yes confirms it; anybody else sees it too."""

    key: str
    who: str
    is_partner: bool
    sees_it: bool
    words: str


@dataclass(frozen=True)
class Effect:
    """An outcome: counted, told, or harm; and how the others see it."""

    key: str
    kind: str
    party: str
    what: str
    language: str
    for_whom: str
    how_known: str
    response: str
    voices: Sequence[Heard] = ()

    @property
    def confirmed_by(self) -> list[str]:
        return [each.who for each in self.voices if each.sees_it and each.is_partner]

    @property
    def seen_by(self) -> list[str]:
        """Who sees it too and is no partner: a body of affected people, whose yes stands for no partner's."""
        return [each.who for each in self.voices if each.sees_it and not each.is_partner]

    @property
    def differently(self) -> list[tuple[str, str]]:
        return [(each.who, each.words) for each in self.voices if not each.sees_it]


@dataclass(frozen=True)
class Gain:
    """Something a side got out of it."""

    kind: str
    words: str
    language: str
    amount: str
    currency: str
    key: str = ""


@dataclass(frozen=True)
class Put:
    """An item of the hours and cost that a side put in. `model` and `key` name it; figures are exact texts."""

    model: str
    key: str
    hours: str
    coordinating: str
    delivering: str
    #: form, currency, amount
    costs: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Worth:
    """One side: what it got beside the hours and cost that it put into working together. Never one figure."""

    side: str
    gains: Sequence[Gain]
    put: Sequence[Put] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.gains or self.put)

    @property
    def hours(self) -> str:
        return _plain(_sum(each.hours for each in self.put))

    @property
    def coordinating(self) -> str:
        return _plain(self._split[0], any(self._split))

    @property
    def delivering(self) -> str:
        return _plain(self._split[1], any(self._split))

    @property
    def coordination_percent(self) -> str:
        part, rest = self._split
        return f"{part * 100 / (part + rest):.1f}" if part + rest else ""

    @property
    def _split(self) -> tuple[Decimal, Decimal]:
        return _sum(each.coordinating for each in self.put), _sum(each.delivering for each in self.put)

    @property
    def costs(self) -> Sequence[tuple[str, str, str]]:
        """Form, currency, amount. What differs in either is never added."""
        found: dict[tuple[str, str], Decimal] = {}
        for form, currency, amount in (cost for each in self.put for cost in each.costs):
            found[form, currency] = found.get((form, currency), NONE) + Decimal(amount)
        return [(form, currency, f"{amount:.2f}") for (form, currency), amount in sorted(found.items())]


def _sum(texts: Iterable[str]) -> Decimal:
    return sum((Decimal(text) for text in texts if text), NONE)


def _plain(value: Decimal, is_said: bool = False) -> str:
    """Nothing is no figure, unless it stands beside one."""
    return f"{value.normalize():f}" if value or is_said else ""


@dataclass(frozen=True)
class Layers:
    """Project results, and the value to each partner: two layers beside the partnership process."""

    measures: Sequence[Measure] = ()
    effects: Sequence[Effect] = ()
    worth: Sequence[Worth] = ()


@dataclass(frozen=True)
class Content:
    """Everything beside the results themselves."""

    scope: Scope | None = None
    actors: Sequence[Actor] = ()
    rates: Sequence[Rate] = ()
    promises: Promises | None = None
    before: Before | None = None
    decided: Sequence[Decided] = ()
    voice: Sequence[Spoken] = ()
    layers: Layers | None = None
    method: Method | None = None
    #: By action: the function of its owner's seat.
    functions: Mapping[str, str] = field(default_factory=dict)
