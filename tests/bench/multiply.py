"""Makes many records out of one, set-based: the rows that the actions wrote, again and again under new ids.

For every row of the pattern one INSERT … SELECT over a series of numbers `n`. What points into the pattern points into
the copy, people and organisations are those of the copy's block, days move back together by `n % SHIFTS`, and what
depends on the present day (reminders, the next date of a list) comes from the rules themselves, once for each shift.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.db.backends.utils import CursorWrapper

from lifecycle.delivery.models import Commitment
from partnerships import clock
from partnerships.access.models import Circle, CircleParty
from partnerships.notices.models import MailLink, Notice
from partnerships.people.models import Invitation, Membership, Organisation, User
from partnerships.portfolio.models import Summary
from partnerships.record.models import Partnership, Party, PartyInvite
from partnerships.work import kinds, rules
from partnerships.work.models import WorkItem

#: Copies lie on this many different days.
SHIFTS = 60
#: Not multiplied: mails and their links belong to people, not to the record.
LEFT_OUT = (Notice, MailLink, Invitation)
Row = dict[str, Any]
Model = type[models.Model]


@dataclass
class Pattern:
    """Everything the actions wrote of one record, by model; each row by the name of its columns."""

    rows: dict[Model, list[Row]] = field(default_factory=dict)

    def index(self, model: Model, pk: int) -> int | None:
        """The place of a row among those of its model; None where it is not of this record."""
        return next((i for i, row in enumerate(self.rows.get(model, [])) if row["id"] == pk), None)


def pattern_of(partnership: Partnership) -> Pattern:
    """The record, and what hangs on it by foreign keys at any depth."""
    ids: dict[Model, set[int]] = {Partnership: {partnership.pk}}
    ours = [m for m in apps.get_models() if m._meta.app_label in {"partnerships", "lifecycle", "evaluation"}]
    grown = True
    while grown:
        grown = False
        for model in ours:
            if model in LEFT_OUT:
                continue
            for column in _foreign_keys(model):
                above = ids.get(column.related_model, set())  # type: ignore[arg-type]
                found = set(model._base_manager.filter(**{f"{column.attname}__in": above}).values_list("pk", flat=True))
                if model is not Partnership and not found <= ids.get(model, set()):
                    ids.setdefault(model, set()).update(found)
                    grown = True
    return Pattern({m: list(m._base_manager.filter(pk__in=pks).order_by("pk").values()) for m, pks in ids.items()})


def lightened(pattern: Pattern, work_items: int) -> Pattern:
    """The same record with a few open work items, and nothing but what lists and circles read."""
    kept = {m: r for m, r in pattern.rows.items() if m in {Partnership, Party, Circle, CircleParty, Summary}}
    for model, rows in pattern.rows.items():
        if model.__name__ in {"Seat", "Flag"}:
            kept[model] = rows
    circles = {row["id"] for row in kept[Circle]}
    open_items = [r for r in pattern.rows[WorkItem] if r["closed_at"] is None and r["circle_id"] in circles]
    kept[WorkItem] = open_items[:work_items]
    asked = {r["object_id"] for r in kept[WorkItem] if r["model"] == Commitment._meta.label_lower}
    kept[Commitment] = [r for r in pattern.rows.get(Commitment, []) if r["id"] in asked]
    return Pattern({m: rows for m, rows in kept.items() if rows})


def _foreign_keys(model: Model) -> list[models.ForeignKey[Any, Any]]:
    return [f for f in model._meta.concrete_fields if isinstance(f, models.ForeignKey)]


@dataclass
class Pool:
    """For the people and organisations of the pattern: SQL over `n` that says who stands in their place."""

    users: dict[int, str]
    memberships: dict[int, str]
    organisations: dict[int, str]
    #: Of each organisation, the SQL of its name.
    names: dict[int, str]


class Multiplier:
    """Writes copies `first` … `last` of a pattern. `base` keeps the next free id of every table over all patterns."""

    def __init__(
        self, cursor: CursorWrapper, pattern: Pattern, pool: Pool, *, first: int, step: int, last: int, today: date
    ) -> None:
        self.cursor, self.pattern, self.pool = cursor, pattern, pool
        self.first, self.step, self.last, self.today = first, step, last, today
        self.base = {model: _next_id(cursor, model) for model in pattern.rows}
        self.public = {
            str(row["public_id"]): self._public_id(model, i)
            for model, rows in pattern.rows.items()
            for i, row in enumerate(rows)
            if "public_id" in row
        }

    def run(self) -> None:
        self._tell_days()
        for model, rows in self.pattern.rows.items():
            for i, row in enumerate(rows):
                self._copy(model, i, row)
            table = model._meta.db_table
            self.cursor.execute(
                f"SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT max(id) FROM {table}))", [table]
            )

    # Ids --------------------------------------------------------------------------------------------------------------
    def _id(self, model: Model, i: int) -> str:
        """The id of the copy's i-th row: the copies of one record lie next to each other."""
        rows = len(self.pattern.rows[model])
        return f"({self.base[model]} + (n - {self.first}) / {self.step} * {rows} + {i})"

    def _public_id(self, model: Model, i: int) -> str:
        """Twelve characters that no other row of the table has: six that look like chance, six that are its id."""
        number = self._id(model, i)
        return f"(substr(md5('{model._meta.db_table}' || {number}), 1, 6) || lpad(to_hex({number}), 6, '0'))"

    # One row ----------------------------------------------------------------------------------------------------------
    def _copy(self, model: Model, i: int, row: Row) -> None:
        columns: dict[str, str] = {}
        for one in model._meta.concrete_fields:
            columns[f'"{one.column}"'] = self._value(model, i, row, one)
        join = ""
        if model in (WorkItem, Summary):
            join = f"JOIN bench_day d ON d.model = '{model.__name__}' AND d.row = p.id AND d.shift = n % {SHIFTS}"
            columns |= self._of_the_day(model, row)
        # Every per cent sign is SQL's own: no parameters are passed.
        self.cursor.cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({", ".join(columns)}) SELECT {", ".join(columns.values())} '
            f'FROM "{model._meta.db_table}" p '
            f"CROSS JOIN generate_series({self.first}, {self.last}, {self.step}) n {join} WHERE p.id = {row['id']}"
        )

    def _value(self, model: Model, i: int, row: Row, one: models.Field[Any, Any]) -> str:
        value, kept = row[one.attname], f'p."{one.column}"'
        if one.primary_key:
            return self._id(model, i)
        if value is None:
            return kept
        if one.name == "public_id":
            return self._public_id(model, i)
        if isinstance(one, models.ForeignKey):
            return self._pointer(one.related_model, value) or kept  # type: ignore[arg-type]
        if isinstance(one, models.DateField):
            is_known = value not in {clock.FAR, clock.NEVER}
            return f"{kept} - (n % {SHIFTS}) * interval '1 day'" if is_known else kept
        if one.name == "object_id" and row.get("model"):
            return self._pointer(apps.get_model(row["model"]), value) or kept
        if one.name == "others":
            return self._others(row)
        if one.name == "key":
            return self._key(model, row)
        if isinstance(value, str):
            return self._text(model, one, value) or kept
        return kept

    def _pointer(self, model: Model, pk: int) -> str | None:
        """The id in the copy's world of what the pattern points at."""
        i = self.pattern.index(model, pk)
        if i is not None:
            return self._id(model, i)
        people = {User: self.pool.users, Membership: self.pool.memberships, Organisation: self.pool.organisations}
        return people.get(model, {}).get(pk)

    def _text(self, model: Model, one: models.Field[Any, Any], value: str) -> str | None:
        if one.name == "name" and model in (Partnership, Summary):
            return f"{_literal(value)} || ' ' || n"
        found = [public for public in self.public if public in value]
        if not found:
            return None
        parts = re.split(f"({'|'.join(found)})", value)
        return " || ".join(self.public.get(part) or _literal(part) for part in parts if part)

    def _key(self, model: Model, row: Row) -> str:
        """Keys name ids: of the item itself, of invitations, of a person, else of parties."""
        head = row["key"].split(":")[0]

        def named(number: int, place: int) -> str:
            if head == "author":
                return self.pool.users[number]
            if row.get("object_id") == number:
                return self._pointer(apps.get_model(row["model"]), number) or str(number)
            target: Model = PartyInvite if head == "invite" and place == 0 else Party
            found = self._pointer(target, number)
            if found is None and target in self.pattern.rows:
                raise ValueError(f"{model.__name__} {row['key']!r}: {number} is no {target.__name__} of the pattern")
            return found or str(number)

        parts = re.split(r"(\d+)", row["key"])
        return " || ".join(
            _literal(part) if i % 2 == 0 else f"{named(int(part), i // 2)}::text"
            for i, part in enumerate(parts)
            if part
        )

    def _others(self, row: Row) -> str:
        """The others of a summary row under the names of the copy's organisations."""
        parties = [p for p in self.pattern.rows[Party] if p["id"] != row["party_id"] and p["left_on"] is None]
        objects = [
            f"jsonb_build_object('name', {self.pool.names[party['organisation_id']]}, "
            f"'mark', {_literal(other['mark'])}, 'variant', {other['variant']}, 'role', {_literal(other['role'])})"
            for party, other in zip(parties, row["others"], strict=True)
        ]
        return f"jsonb_build_array({', '.join(objects)})"

    # Days -------------------------------------------------------------------------------------------------------------
    def _of_the_day(self, model: Model, row: Row) -> dict[str, str]:
        if model is Summary:
            return {'"next_due"': "d.due_on"}
        if row["due_on"] is None:
            return {}
        return {
            '"due_on"': "d.due_on",
            '"due_at"': "d.due_at",
            '"next_reminder_at"': "d.remind_at",
            '"reminder_step"': "d.step",
        }

    def _tell_days(self) -> None:
        """What the rules say of every row on every shifted day."""
        self.cursor.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS bench_day (model text, row bigint, shift int, due_on date, "
            "due_at timestamptz, remind_at timestamptz, step int)"
        )
        self.cursor.executemany(
            "INSERT INTO bench_day VALUES (%s, %s, %s, %s, %s, %s, %s)", [*self._item_days(), *self._summary_days()]
        )

    def _item_days(self) -> Iterator[tuple[Any, ...]]:
        moment = clock.now()
        for row in self.pattern.rows[WorkItem]:
            for shift in range(SHIFTS):
                due = row["due_on"] and row["due_on"] - timedelta(days=shift)
                at, step = rules.next_reminder(kinds.get(row["kind"]).rule, due, row["zone"], moment)
                if row["closed_at"] is not None:
                    at, step = None, row["reminder_step"]
                instant = rules.due_instant(due, row["zone"]) if due else None
                yield "WorkItem", row["id"], shift, due, instant, at, step

    def _summary_days(self) -> Iterator[tuple[Any, ...]]:
        circles: dict[int, set[int]] = {}
        for member in self.pattern.rows[CircleParty]:
            circles.setdefault(member["circle_id"], set()).add(member["party_id"])
        for row in self.pattern.rows[Summary]:
            for shift in range(SHIFTS):
                days = [
                    item["due_on"] - timedelta(days=shift)
                    for item in self.pattern.rows[WorkItem]
                    if item["closed_at"] is None
                    and item["due_on"] is not None
                    and row["party_id"] in circles.get(item["circle_id"], ())
                    and not (item["is_event"] and item["due_on"] - timedelta(days=shift) < self.today)
                ]
                yield "Summary", row["id"], shift, min(days, default=clock.FAR), None, None, None


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _next_id(cursor: CursorWrapper, model: Model) -> int:
    cursor.execute(f'SELECT coalesce(max(id), 0) + 1 FROM "{model._meta.db_table}"')
    return int(cursor.fetchone()[0])


@contextmanager
def without_indexes(cursor: CursorWrapper, tables: list[str]) -> Iterator[None]:
    """Indexes and unique constraints are made again after the rows: sorted once, not searched millions of times.

    Foreign keys rest by session_replication_role; the test asks them of a few copies.
    """
    cursor.execute(
        "SELECT c.conname, c.conrelid::regclass::text, pg_get_constraintdef(c.oid) FROM pg_constraint c "
        "WHERE c.conrelid::regclass::text = ANY(%s) AND c.contype = 'u'",
        [tables],
    )
    constraints = cursor.fetchall()
    for name, table, _definition in constraints:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    cursor.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
        "WHERE i.indrelid::regclass::text = ANY(%s) AND NOT i.indisprimary",
        [tables],
    )
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in indexes:
        cursor.execute(definition)
    for name, table, definition in constraints:
        cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
