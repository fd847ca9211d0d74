"""Tables as lines of JSON: every column of every row, by the models of the migrations that made the table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import zip_longest
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import sql

#: App and name of a migration.
Step = tuple[str, str]
Row = list[Any]
#: Sign-ins end with the installation that they were made on.
LEFT_OUT = {"sessions.session"}
#: Rows written by one INSERT.
CHUNK = 500


class RowsError(Exception):
    """Rows that this database does not take; the message names the table."""


# Migrations -----------------------------------------------------------------------------------------------------------
def applied() -> set[Step]:
    """The migrations of this database."""
    return set(MigrationRecorder(connection).applied_migrations())


def known() -> set[Step]:
    """The migrations of this release, and those that they replaced."""
    loader = MigrationLoader(None)
    found: set[Step] = set(loader.disk_migrations)
    for migration in loader.disk_migrations.values():
        found.update(migration.replaces)
    return found


def loader_at(steps: Iterable[Step], connection: BaseDatabaseWrapper | None = None) -> MigrationLoader:
    """The migrations as they lead to these: one that replaces several only where all of them are meant, or none.

    Django's own loader looks at what the database has applied instead; here the database is yet to be made.
    """
    meant = set(steps)
    loader = MigrationLoader(connection, replace_migrations=False)
    for key, migration in loader.replacements.items():
        among = [step in meant for step in migration.replaces]
        if all(among) or not any(among):
            loader.graph.remove_replaced_nodes(key, migration.replaces)
        else:
            loader.graph.remove_replacement_node(key, migration.replaces)
    loader.graph.validate_consistency()
    return loader


def last_steps(steps: Iterable[Step]) -> list[Step]:
    """Of each app the migrations that no other of the same app builds on."""
    steps = set(steps)
    graph = loader_at(steps).graph
    there = {step for step in steps if step in graph.nodes}
    return sorted(
        step
        for step in there
        if not any(child.key[0] == step[0] and child.key in there for child in graph.node_map[step].children)
    )


def models_at(steps: Iterable[Step]) -> list[type[models.Model]]:
    """The models as they were after these migrations, those of tables between two of them included."""
    steps = set(steps)
    state = loader_at(steps).project_state(last_steps(steps))
    found = state.apps.get_models(include_auto_created=True)
    wanted = [m for m in found if m._meta.managed and not m._meta.proxy and m._meta.label_lower not in LEFT_OUT]
    return sorted(wanted, key=lambda model: model._meta.label_lower)


# Tables ---------------------------------------------------------------------------------------------------------------
def _exact(value: Any) -> str:
    """What JSON has no word for. Instants to the microsecond, which Django's own encoder cuts."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in an archive")


def line_of(row: Sequence[Any]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=_exact)


class _Held:
    """A row on its way to the database, by column."""

    def __init__(self, names: Sequence[str], values: Sequence[Any]) -> None:
        self.__dict__.update(zip(names, values, strict=True))


@dataclass(frozen=True)
class Table:
    """One table, through its model."""

    model: type[models.Model]

    @property
    def label(self) -> str:
        return self.model._meta.label_lower

    @property
    def fields(self) -> list[models.Field[Any, Any]]:
        return list(self.model._meta.local_concrete_fields)

    @property
    def columns(self) -> list[str]:
        return [field.attname for field in self.fields]

    @property
    def file_columns(self) -> list[int]:
        return [place for place, field in enumerate(self.fields) if isinstance(field, models.FileField)]

    def rows(self) -> Iterator[Sequence[Any]]:
        """All of them by their keys: random ones, as sealed answers have, tell no order of their making."""
        everything: models.QuerySet[Any] = models.QuerySet(self.model).order_by("pk")
        yield from everything.values_list(*self.columns).iterator(chunk_size=2000)

    def last_id(self) -> int:
        """The highest number that was ever given to a row: it is not given again, though the row is gone."""
        key = self.model._meta.pk
        if not isinstance(key, models.AutoField | models.BigAutoField):
            return 0
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = %s", [self.model._meta.db_table])
            else:
                cursor.execute(
                    "SELECT pg_get_serial_sequence(%s, %s)",
                    [connection.ops.quote_name(self.model._meta.db_table), key.column],
                )
                sequence = cursor.fetchone()[0]
                cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")  # noqa: S608
            row = cursor.fetchone()
        return int(row[0] or 0) if row else 0

    def set_last_id(self, number: int) -> None:
        """From here on the next row gets a higher one."""
        key, table = self.model._meta.pk, self.model._meta.db_table
        if not isinstance(key, models.AutoField | models.BigAutoField) or number <= 0:
            return
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, number])
            else:
                name = connection.ops.quote_name(table)
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [name, key.column, number])

    def clear(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(self.model._meta.db_table)}")  # noqa: S608

    def write(self, rows: Iterable[Row], columns: list[str]) -> int:
        """Rows into the table, as they are: no default, no signal, no new instant. Returns how many."""
        if sorted(columns) != sorted(self.columns):
            raise RowsError(f"The columns of {self.label} are not those of its migrations.")
        by_name = {field.attname: field for field in self.fields}
        fields = [by_name[name] for name in columns]
        count = 0
        chunk: list[_Held] = []
        for row in rows:
            values = [_read(field, value) for field, value in zip(fields, row, strict=True)]
            chunk.append(_Held(columns, values))
            if len(chunk) == CHUNK:
                count += self._insert(fields, chunk)
                chunk = []
        return count + self._insert(fields, chunk)

    def _insert(self, fields: list[models.Field[Any, Any]], rows: list[_Held]) -> int:
        if not rows:
            return 0
        query = sql.InsertQuery(self.model)
        query.insert_values(fields, rows, raw=True)  # type: ignore[arg-type]
        try:
            query.get_compiler(connection=connection).execute_sql()
        except (DatabaseError, ValueError) as error:
            key = self.model._meta.pk.attname
            first, last = getattr(rows[0], key), getattr(rows[-1], key)
            said = str(error).strip().splitlines()[0]
            raise RowsError(f"Between rows {first} and {last} of {self.label}: {said}") from error
        return len(rows)

    def differs(self, rows: Iterable[Row], columns: list[str]) -> str:
        """Where the table is not these rows, in these columns; empty where it is."""
        order = [self.columns.index(name) for name in columns]
        for number, (there, wanted) in enumerate(zip_longest(self.rows(), rows), start=1):
            if there is None or wanted is None:
                return f"{self.label}: row {number} is in one of the two only"
            if json.loads(line_of([there[place] for place in order])) != wanted:
                return f"{self.label}: row {number} came back otherwise"
        return ""


def _read(field: models.Field[Any, Any], value: Any) -> Any:
    if value is None or isinstance(field, models.JSONField):
        return value
    return field.to_python(value)


def tables_at(steps: Iterable[Step]) -> list[Table]:
    """The tables of these migrations, each after those that it points at, as far as there is such an order."""
    waiting = {model._meta.label_lower: model for model in models_at(steps)}
    done: list[Table] = []
    while waiting:
        ready = [label for label, model in waiting.items() if not (pointed_at(model) & waiting.keys()) - {label}]
        # In a circle of tables the first comes first; the keys are looked at when all of them are there.
        for label in ready or [next(iter(waiting))]:
            done.append(Table(waiting.pop(label)))
    return done


def pointed_at(model: type[models.Model]) -> set[str]:
    """Labels of the tables that this one's foreign keys name."""
    related = (field.related_model for field in model._meta.local_concrete_fields if field.is_relation)
    return {other._meta.label_lower for other in related if isinstance(other, type)}


def our_tables() -> list[str]:
    """Names of the tables in this database that belong to Common Ground, of whatever release."""
    from django.apps import apps

    prefixes = (*(f"{each.label}_" for each in apps.get_app_configs()), "django_")
    return sorted(name for name in connection.introspection.table_names() if name.startswith(prefixes))


#: What an installation holds before anybody has used it.
FRESH = (
    "django_migrations",
    "django_content_type",
    "django_session",
    "auth_permission",
    "partnerships_catalogueversion",
)


def tables_in_use() -> list[str]:
    """Those of our tables that hold what somebody entered."""
    in_use = []
    with connection.cursor() as cursor:
        for name in our_tables():
            if name not in FRESH:
                cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(name)} LIMIT 1")  # noqa: S608
                if cursor.fetchone():
                    in_use.append(name)
    return in_use


def drop_all() -> None:
    """Every table of ours, of whatever release."""
    with connection.cursor() as cursor:
        for name in our_tables():
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(name)} CASCADE")
