"""The database refuses to change what happened. Made after each migrate: SQLite drops triggers with a changed table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, models

REFUSAL = "history is append-only"


def install(model: type[models.Model], using: str = "default") -> None:
    """Refuse UPDATE and DELETE (and TRUNCATE on PostgreSQL) on a model's table."""
    table = model._meta.db_table
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                cursor.execute(f'DROP TRIGGER IF EXISTS "{table}_no_{verb.lower()}"')
                cursor.execute(
                    f'CREATE TRIGGER "{table}_no_{verb.lower()}" BEFORE {verb} ON "{table}" '
                    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
                )
        elif connection.vendor == "postgresql":
            cursor.execute(
                "CREATE OR REPLACE FUNCTION cg_append_only() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
            )
            for verb, scope in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
                name = f"{table}_no_{verb.lower()}"
                cursor.execute(f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"')
                cursor.execute(
                    f'CREATE TRIGGER "{name}" BEFORE {verb} ON "{table}" '
                    f"FOR EACH {scope} EXECUTE FUNCTION cg_append_only()"
                )


@contextmanager
def lifted(model: type[models.Model], using: str = "default") -> Iterator[None]:
    """Only for the flush between tests."""
    table = model._meta.db_table
    connection = connections[using]
    verbs = ("update", "delete") if connection.vendor == "sqlite" else ("update", "delete", "truncate")
    with connection.cursor() as cursor:
        for verb in verbs:
            on = "" if connection.vendor == "sqlite" else f' ON "{table}"'
            cursor.execute(f'DROP TRIGGER IF EXISTS "{table}_no_{verb}"{on}')
    try:
        yield
    finally:
        install(model, using)


#: Models that only grow. A folder adds its own in apps.ready().
append_only: list[type[models.Model]] = []


def install_all(using: str = "default", **kwargs: Any) -> None:
    """post_migrate receiver."""
    tables = connections[using].introspection.table_names()
    for model in append_only:
        if model._meta.db_table in tables:
            install(model, using)
