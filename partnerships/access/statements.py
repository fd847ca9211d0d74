"""Pieces of SQL that both engines read, for work that is done by statements and not row by row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection


def sql_public_id() -> str:
    """`ids.new_public_id` for rows that a statement makes: sixteen characters, at least 60 bits of chance."""
    digits = {
        "postgresql": "right(replace(gen_random_uuid()::text, '-', ''), 16)",
        "sqlite": "lower(hex(randomblob(8)))",
    }[connection.vendor]
    # None that is taken for another when it is read out.
    return f"replace(replace({digits}, '0', 'g'), '1', 'h')"


def sql_values(rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    """Rows that stand in the statement itself: what comes after VALUES, and its parameters."""
    one = f"({', '.join(['%s'] * len(rows[0]))})"
    return ", ".join([one] * len(rows)), [adapted(value) for row in rows for value in row]


def adapted(value: Any) -> Any:
    """A day or an instant as the engine keeps it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value.astimezone(UTC))
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value
