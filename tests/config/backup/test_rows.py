"""Tables as lines: nothing is lost on the way there and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.db.migrations.loader import MigrationLoader

from config.backup.rows import RowsError, Table, known, last_steps, line_of, pointed_at, tables_at, tables_in_use
from partnerships.people.models import Organisation
from tests.factories import make_organisation

TABLES = {table.label: table for table in tables_at(known())}


def lines(table: Table) -> list[list[object]]:
    return [json.loads(line_of(row)) for row in table.rows()]


def test_every_table_is_there_in_the_models_of_the_migrations() -> None:
    ours = {model._meta.label_lower for model in apps.get_models(include_auto_created=True) if not model._meta.proxy}
    assert set(TABLES) == ours - {"sessions.session"}
    for label, table in TABLES.items():
        assert set(table.columns) == {f.attname for f in apps.get_model(label)._meta.local_concrete_fields}


def test_keys_sort_alike_on_every_engine() -> None:
    """Archives list and compare rows by key; how texts sort is a matter of the server's language."""
    kinds = models.BigAutoField | models.AutoField | models.UUIDField
    assert all(isinstance(table.model._meta.pk, kinds) for table in TABLES.values())


def test_a_table_comes_after_those_it_points_at() -> None:
    there: set[str] = set()
    early = []
    for label, table in TABLES.items():
        early += [f"{label} before {other}" for other in pointed_at(table.model) - there - {label}]
        there.add(label)
    assert early == []


def test_every_migration_fits_into_the_one_transaction_of_a_restore() -> None:
    """On PostgreSQL a restore is one transaction, migrations included."""
    loader = MigrationLoader(None)
    assert [key for key, migration in loader.disk_migrations.items() if migration.atomic is False] == []


def test_of_an_older_release_the_last_migrations_are_its_own() -> None:
    older = known() - {("partnerships", "0003_party_left_at")} - {s for s in known() if s[0] in ("lifecycle",)}
    steps = dict(last_steps(step for step in older if step[0] == "partnerships" and step[1] < "0003"))
    assert steps == {"partnerships": "0002_user_theme"}


def test_no_value_loses_a_digit() -> None:
    moment = datetime(2026, 3, 1, 7, 8, 9, 123457, tzinfo=UTC)
    row = [moment, moment.date(), moment.time(), Decimal("10.00"), UUID(int=7), None, True, "é\u2028\n", {"b": [1.5]}]
    assert json.loads(line_of(row)) == [
        "2026-03-01T07:08:09.123457+00:00", "2026-03-01", "07:08:09.123457", "10.00", str(UUID(int=7)), None, True,
        "é\u2028\n", {"b": [1.5]},
    ]  # fmt: skip
    assert "\n" not in line_of(row)


@pytest.mark.django_db
def test_rows_come_back_as_they_were_and_numbers_are_not_given_twice() -> None:
    for name in ("First", "Second", "Gone"):
        make_organisation(name)
    organisations, memberships = TABLES["partnerships.organisation"], TABLES["partnerships.membership"]
    kept = {table: lines(table) for table in (organisations, memberships)}
    last = organisations.last_id()
    memberships.clear()
    organisations.clear()
    gone = kept[organisations].pop()
    kept[memberships] = [
        row for row in kept[memberships] if row[memberships.columns.index("organisation_id")] != gone[0]
    ]
    for table, rows in kept.items():
        assert table.write(rows, table.columns) == len(rows)
        assert table.differs(rows, table.columns) == ""
    organisations.set_last_id(last)
    assert organisations.last_id() == last
    assert Organisation.objects.create(name="Next", kind="ngo").pk == last + 1
    connection.check_constraints()


@pytest.mark.django_db
def test_a_row_that_came_back_otherwise_is_named() -> None:
    make_organisation("First")
    table = TABLES["partnerships.organisation"]
    rows = lines(table)
    Organisation.objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert table.differs(rows, table.columns) == "partnerships.organisation: row 1 came back otherwise"
    assert "row 2 is in one" in table.differs([*lines(table), rows[0]], table.columns)


@pytest.mark.django_db
def test_a_row_that_the_database_refuses_is_named() -> None:
    make_organisation("First")
    table = TABLES["partnerships.organisation"]
    with pytest.raises(RowsError, match=r"of partnerships\.organisation: "), transaction.atomic():
        table.write(lines(table), table.columns)


@pytest.mark.django_db
def test_what_everybody_begins_with_is_nobodys_data() -> None:
    assert tables_in_use() == []
    make_organisation()
    assert "partnerships_organisation" in tables_in_use()
