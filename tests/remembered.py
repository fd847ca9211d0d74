"""Worlds that were made once and are put back: hundreds of tests begin with the same two partners.

The first test of a process that asks for a world has it made by the real actions, and the rows that this left are kept;
the next one that asks for the same gets the same rows by plain inserts. Only where nobody is there yet, and where the
test ends with a rollback.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection

from partnerships import clock
from partnerships.people.models import User

Made = TypeVar("Made")
Rows = dict[str, list[tuple[Any, ...]]]
#: What was returned, and the rows of each table, by what was asked for.
_kept: dict[Hashable, tuple[Any, Rows]] = {}


def remembered(asked: Hashable, make: Callable[[], Made]) -> Made:
    """What `make` makes and returns, put back where the same was asked for before at this moment or on this day."""
    if not connection.in_atomic_block or User.objects.exists():
        return make()
    asked = (asked, clock.today(), clock._moment.get())
    if asked in _kept:
        made, rows = _kept[asked]
        _put_back(rows)
        return copy.deepcopy(made)
    before = _rows()
    made = make()
    after = _rows()
    changed = {table: rows for table, rows in after.items() if rows != before.get(table)}
    if any(table in before for table in changed):
        raise RuntimeError(f"rows that were there before changed: {sorted(set(changed) & set(before))}")
    _kept[asked] = copy.deepcopy(made), changed
    return made


@cache
def _columns() -> dict[str, str]:
    """The columns of each table, as SQL names them."""
    quote = connection.ops.quote_name
    return {
        model._meta.db_table: ", ".join(quote(field.column) for field in model._meta.local_concrete_fields)
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }


def _rows() -> Rows:
    """Every table that holds rows."""
    found: Rows = {}
    with connection.cursor() as cursor:
        for table, columns in _columns().items():
            cursor.execute(f"SELECT {columns} FROM {connection.ops.quote_name(table)} ORDER BY 1")
            if rows := [tuple(map(_plain, row)) for row in cursor.fetchall()]:
                found[table] = rows
    return found


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _put_back(tables: Rows) -> None:
    with connection.cursor() as cursor:
        for table, rows in tables.items():
            columns = _columns()[table]
            places = ", ".join(["%s"] * (columns.count(", ") + 1))
            cursor.executemany(f"INSERT INTO {connection.ops.quote_name(table)} ({columns}) VALUES ({places})", rows)
