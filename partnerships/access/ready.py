"""Statements that a page asks every time, built once.

Django makes a statement's text anew at each call, and PostgreSQL plans it anew: on a page of twenty statements that
costs more than all the rest of it. What never changes of a statement is kept here for the life of the process, and its
plan for the life of the connection.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import count
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from django.core.exceptions import EmptyResultSet
from django.db import connection, models

from .. import clock
from .places import Place

T = TypeVar("T")
Value = int | str | date | Sequence[int] | None
#: What a value of an argument is: itself, where it changes the text; its type; or how many of a list there are.
Form = bool | type | tuple[int] | None

#: What the clock says while a text is made: no other year like it stands in a statement.
_NOW = datetime(1901, 2, 3, 12, 0, 0, 7, tzinfo=UTC)
#: Of each connection to PostgreSQL, how often it was asked a statement. From the second time on it keeps the plan.
_asked: WeakKeyDictionary[Any, dict[str, int]] = WeakKeyDictionary()


class Ready(Generic[T]):
    """A queryset whose text is made at its first call: `of_record = Ready(lambda record: Move.objects.filter(…))`.

    Call it with its values by name: numbers, texts, days and instants, and lists of numbers. They may only be compared
    with, as may the clock's now and today (in UTC) at each call; what changes the text itself (None, True, False)
    makes a text of its own. Returns the rows as a list.
    """

    def __init__(self, build: Callable[..., models.QuerySet[Any, T]]) -> None:
        self._build = build
        self._texts: dict[object, _Text] = {}

    def __call__(self, **given: Value) -> list[T]:
        forms, values = _forms(given)
        return self._rows(forms, values, lambda: self._build(**_marked(forms)))

    def _rows(
        self, shape: object, values: list[Any], build: Callable[[], models.QuerySet[Any, T]], *, optional: int = 0
    ) -> list[T]:
        key = (connection.vendor, shape)
        text = self._texts.get(key)
        if text is None:
            with clock.at(_NOW):
                text = self._texts[key] = _Text(build(), values, optional)
        return text.rows(values)


class ReadyHere(Ready[T]):
    """The same for what a person reads in a record: `flags = ReadyHere(lambda place: Flag.objects.visible_to(place))`.

    The queryset may use the place's person, record and seats, as `visible_to` does, and nothing else of it. Further
    values are handed in by name.
    """

    def __call__(self, place: Place, **given: Value) -> list[T]:  # type: ignore[override]
        if not place.is_plain:
            return list(self._build(place, **given))
        seats = _padded(place.seated_with)
        forms, values = _forms(given)
        before = 2 + len(seats)

        def build() -> models.QuerySet[Any, T]:
            user, record, *parties = [_mark(i, int) for i in range(before)]
            stand_in = replace(
                place, user=place.user.__class__(pk=user), partnership=place.partnership.__class__(pk=record),
                seat=None, party=None, parties=(), administered=None, seated_with=tuple(parties),
            )  # fmt: skip
            return self._build(stand_in, **_marked(forms, before))

        own = [place.user.pk, place.partnership.pk, *seats]
        return self._rows((len(seats), forms), [*own, *values], build, optional=before)


@dataclass(frozen=True)
class _Place:
    """Where the value of this number goes."""

    number: int


class _Text:
    """The text of a queryset with places for values, and what Django needs to make objects of its rows."""

    def __init__(self, queryset: models.QuerySet[Any, Any], values: Sequence[Any], optional: int) -> None:
        """`optional`: of the values, the first so many need not stand in the statement."""
        self.queryset = queryset
        self.compiler: Any = queryset.query.get_compiler(using=queryset.db)
        try:
            self.sql, given = self.compiler.as_sql()
        except EmptyResultSet:
            self.sql, given = "", ()
        marks = [*(_mark(i, _kind(v)) for i, v in enumerate(values)), _NOW, _NOW.date()]
        places = {_adapted(mark): _Place(i) for i, mark in enumerate(marks)}
        self.params = [places.get(p, p) if isinstance(p, int | str | date) else p for p in given]
        #: Numbers of the values that stand in the text.
        self.used = sorted({p.number for p in self.params if isinstance(p, _Place)})
        unused = set(range(optional, len(values))) - set(self.used)
        if self.sql and (unused or any(map(_is_of_the_clock, self.params))):
            raise ValueError(f"A value of {queryset.model.__name__} does not stand in the statement as it was given.")

    def rows(self, values: list[Any]) -> list[Any]:
        if not self.sql:
            return []
        compiler = copy.copy(self.compiler)
        compiler.connection = connection
        moment = clock.now()
        statement = self._statement([_adapted(value) for value in (*values, moment, moment.date())])
        compiler.as_sql = lambda *_args, **_named: statement
        compiler.get_converters = lambda fields: self.converters
        queryset: Any = self.queryset
        found = list(queryset._iterable_class(_Asked(queryset, compiler)))
        if queryset._prefetch_related_lookups:
            models.prefetch_related_objects(found, *queryset._prefetch_related_lookups)
        return found

    @cached_property
    def converters(self) -> Any:
        """How columns become values: of an engine and a text always the same, and asked of each column."""
        return self.compiler.get_converters([column for column, *_ in self.compiler.select[: self.compiler.col_count]])

    def _statement(self, values: list[Any]) -> tuple[str, tuple[Any, ...]]:
        """Text and values; where the connection keeps the plan, its name and the values alone."""
        plain = tuple(values[p.number] if isinstance(p, _Place) else p for p in self.params)
        # Behind a pool of connections, which that setting tells of, the next statement may meet another one.
        if connection.vendor != "postgresql" or connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
            return self.sql, plain
        connection.ensure_connection()
        asked = _asked.setdefault(connection.connection, {})
        times = asked.get(self.name, 0)
        if times == 1:
            self._prepare()
        asked[self.name] = times + 1
        if times == 0:
            return self.sql, plain
        places = f" ({', '.join(['%s'] * len(self.used))})" if self.used else ""
        return f"EXECUTE {self.name}{places}", tuple(values[number] for number in self.used)

    @cached_property
    def name(self) -> str:
        return "cg_" + hashlib.md5(self.sql.encode() + repr(self.params).encode(), usedforsecurity=False).hexdigest()

    def _prepare(self) -> None:
        server: Any = connection.connection
        with server.cursor() as cursor:
            places = tuple(
                f"${self.used.index(p.number) + 1}" if isinstance(p, _Place) else cursor.mogrify("%s", (p,)).decode()
                for p in self.params
            )
            # Django's own text; the values in it are constants of the software.
            cursor.execute(f"PREPARE {self.name} AS {self.sql % places}")


class _Asked:
    """What Django's iterables ask of a queryset, with the statement ready."""

    def __init__(self, queryset: Any, compiler: Any) -> None:
        self.model, self.db, self._fields = queryset.model, queryset.db, queryset._fields
        self._known_related_objects = queryset._known_related_objects
        self.query = self
        self._compiler, self._query = compiler, queryset.query

    def get_compiler(self, using: str) -> Any:
        return self._compiler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._query, name)


def _kind(value: Value) -> type:
    """int, str, date or datetime: a choice of an enumeration is compared like its text."""
    return next(kind for kind in (int, str, datetime, date) if isinstance(value, kind))


def _mark(number: int, kind: type) -> Any:
    """A value that stands nowhere else, to find its place in the text by."""
    if kind is int:
        return 31_000 + number  # Within every column's range; Django answers beyond it by itself.
    if kind is str:
        return f"\ue000{number}\ue001"
    instant = _NOW.replace(year=_NOW.year + 2) + timedelta(days=number, seconds=1)
    return instant if kind is datetime else instant.date()


def _forms(given: Mapping[str, Value]) -> tuple[tuple[tuple[str, Form], ...], list[Any]]:
    """What the arguments are, and the values that they hold."""
    forms: list[tuple[str, Form]] = []
    values: list[Any] = []
    for name, value in given.items():
        if value is None or isinstance(value, bool):
            forms.append((name, value))
        elif isinstance(value, int | str | date):
            forms.append((name, _kind(value)))
            values.append(value)
        else:
            numbers = _padded(value)
            forms.append((name, (len(numbers),)))
            values += numbers
    return tuple(forms), values


def _marked(forms: Sequence[tuple[str, Form]], first: int = 0) -> dict[str, Any]:
    """The arguments with marks in the place of values, numbered from `first`."""
    number = count(first)
    marked: dict[str, Any] = {}
    for name, form in forms:
        if isinstance(form, tuple):
            marked[name] = [_mark(next(number), int) for _ in range(form[0])]
        else:
            marked[name] = _mark(next(number), form) if isinstance(form, type) else form
    return marked


def _adapted(value: Any) -> Any:
    """As the engine is handed it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def _is_of_the_clock(param: Any) -> bool:
    """Whether it was made out of the clock, and would stand still: such a value is handed in."""
    return str(param).startswith(f"{_NOW.year}-") if isinstance(param, str | date) else False


def _padded(numbers: Sequence[int]) -> tuple[int, ...]:
    """The same numbers, the last of them again until there are 1, 2, 4, 8 …: few texts for lists of any length."""
    if not numbers:
        return ()
    length = 1
    while length < len(numbers):
        length *= 2
    return (*numbers, *[numbers[-1]] * (length - len(numbers)))
