"""Fills an empty database: told records, then as many copies of them as asked for, and the people who look at them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.core.management import call_command
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from config.stories.telling import World
from lifecycle.diligence.models import DiligenceAnswer
from partnerships import clock
from partnerships.people.models import Membership, Organisation, User
from partnerships.record.models import Partnership

from . import told
from .multiply import Multiplier, Pattern, Pool, lightened, pattern_of, without_indexes

#: Partnerships of the organisation whose administrator looks; how many of them that person leads.
ADMINISTERED, LED = 5000, 20
#: Partnerships of the broker and of the member who look. Some are told, the others copies.
BROKERED, MEMBER_OF = 200, 3
#: A block of copies has its own six people; so many blocks share three organisations.
BLOCK, BLOCKS = 20, 5
#: From this many on the copies are light: 3 parties, 6 seats, 2 work items, no acts.
LIGHT_FROM = 200_000
LIGHT_WORK = 2
#: Up to this many, a sixth of the copies hold two sides' answers to every question of due diligence.
CHECKED_UP_TO = 1000
#: Who looks, by their names in the demo world.
VIEWERS = {"administrator": "henri", "broker": "leonie", "member": "judith", "lead": "aissata"}
#: The six people of a pattern, each after the organisation they belong to.
CAST = ("aissata", "moussa", "philip", "samuel", "leonie", "adil")
SIDES = ("sahel", "aldermoor", "chair")
Say = Callable[[str], None]


@dataclass
class Seeded:
    """How long it took, in seconds by the clock on the wall, and how many rows there are."""

    partnerships: int
    told_s: float
    copied_s: float
    rows: int


def fill(count: int, say: Say, *, short: bool = False) -> Seeded:
    """All of it, in one transaction for the told part and one for the copies; `short` leaves most of a life out."""
    started = time.monotonic()
    call_command("load_catalogue", verbosity=0)
    with transaction.atomic():
        world, patterns = told.tell_all(short=short)
    told_s = time.monotonic() - started
    say(f"Told {len(patterns) + 2} records through the actions in {told_s:.0f} s.")
    started = time.monotonic()
    with connection.cursor() as cursor:
        with transaction.atomic():
            rows = multiply(cursor, world, [pattern_of(p) for p in patterns], count)
        cursor.execute("VACUUM ANALYZE")
    copied_s = time.monotonic() - started
    say(f"Copied them to {count:,} partnerships, {rows:,} rows, in {copied_s:.0f} s.")
    return Seeded(count, told_s, copied_s, rows)


def multiply(cursor: CursorWrapper, world: World, patterns: list[Pattern], count: int) -> int:
    """Copies until there are `count` records. Returns how many rows their tables hold."""
    if count > LIGHT_FROM:
        patterns = [lightened(p, LIGHT_WORK) for p in patterns]
    if count > CHECKED_UP_TO:
        # Among very many, hundreds of answers each would be all there is.
        patterns = [p for p in patterns if DiligenceAnswer not in p.rows]
    copies = count - Partnership.objects.count()
    if copies < len(patterns):
        return 0
    tables = sorted({m._meta.db_table for p in patterns for m in p.rows} | {"account_emailaddress"})
    tables += [m._meta.db_table for m in (User, Membership, Organisation)]
    cursor.execute("SET LOCAL synchronous_commit = off")
    cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
    cursor.execute("SET LOCAL session_replication_role = replica")
    with without_indexes(cursor, tables):
        pool = _people(cursor, world, copies)
        for number, pattern in enumerate(patterns, start=1):
            Multiplier(cursor, pattern, pool, first=number, step=len(patterns), last=copies, today=clock.today()).run()
        cursor.execute("SET LOCAL session_replication_role = origin")
    return sum(_count(cursor, table) for table in tables)


def _count(cursor: CursorWrapper, table: str) -> int:
    cursor.execute(f'SELECT count(*) FROM "{table}"')
    return int(cursor.fetchone()[0])


def _people(cursor: CursorWrapper, world: World, copies: int) -> Pool:
    """Six people and three organisations for every few copies; in their place, where they look, the viewers."""
    blocks = copies // BLOCK + 1
    cast = [world.people[name] for name in CAST]
    members = [world.membership(name) for name in CAST]
    organisations = [world.organisations[name] for name in SIDES]
    user, member, organisation = (_next(cursor, m._meta.db_table) for m in (User, Membership, Organisation))
    for i, one in enumerate(organisations):
        _insert(cursor, Organisation, one.pk, blocks // BLOCKS + 1, {
            "id": f"{organisation} + b * 3 + {i}", "public_id": _public("o", f"b * 3 + {i}"),
            "name": "p.name || ' ' || b", "short_name": "''", "consortium_id": "NULL",
        })  # fmt: skip
    for i, person in enumerate(cast):
        mail = f"'person' || (b * 6 + {i}) || '@bench.example'"
        _insert(cursor, User, person.pk, blocks, {
            "id": f"{user} + b * 6 + {i}", "public_id": _public("u", f"b * 6 + {i}"),
            "email": mail, "name": "p.name || ' ' || b",
        })  # fmt: skip
        cursor.cursor.execute(
            'INSERT INTO account_emailaddress (email, verified, "primary", user_id) '
            f"SELECT {mail}, true, true, {user} + b * 6 + {i} FROM generate_series(0, {blocks}) b"
        )
        _insert(cursor, Membership, members[i].pk, blocks, {
            "id": f"{member} + b * 6 + {i}", "user_id": f"{user} + b * 6 + {i}",
            "organisation_id": f"{organisation} + b / {BLOCKS} * 3 + {i // 2}", "office_id": "NULL",
        })  # fmt: skip
    for model in (User, Membership, Organisation):
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{model._meta.db_table}', 'id'), "
                       f"(SELECT max(id) FROM {model._meta.db_table}))")  # fmt: skip
    return _pool(world, user, member, organisation)


def _pool(world: World, user: int, member: int, organisation: int) -> Pool:
    """Who stands in a copy, as SQL over its number."""
    block = f"(n / {BLOCK})"
    told_records = len(told.STAGES) + 3
    #: In the place of the first side's lead and second person, and of the broker's lead, as long as `n` is small.
    looking = {
        "aissata": ("administrator", LED),
        "moussa": ("member", MEMBER_OF - 1),
        "leonie": ("broker", BROKERED - told_records),
    }
    users, memberships = {}, {}
    for i, name in enumerate(CAST):
        users[world.people[name].pk] = plain_user = f"({user} + {block} * 6 + {i})"
        memberships[world.membership(name).pk] = plain_member = f"({member} + {block} * 6 + {i})"
        if name in looking:
            viewer, until = looking[name]
            person = VIEWERS[viewer]
            users[world.people[name].pk] = (
                f"CASE WHEN n <= {until} THEN {world.people[person].pk} ELSE {plain_user} END"
            )
            memberships[world.membership(name).pk] = (
                f"CASE WHEN n <= {until} THEN {world.membership(person).pk} ELSE {plain_member} END"
            )
    organisations, names = {}, {}
    for i, side in enumerate(SIDES):
        one = world.organisations[side]
        block_name = f"'{one.name} ' || {block} / {BLOCKS}"
        plain = f"({organisation} + {block} / {BLOCKS} * 3 + {i})"
        until = (ADMINISTERED - told_records, 0, BROKERED - told_records)[i]
        organisations[one.pk] = f"(CASE WHEN n <= {until} THEN {one.pk} ELSE {plain} END)"
        names[one.pk] = f"(CASE WHEN n <= {until} THEN '{one.called}' ELSE {block_name} END)"
    return Pool(users, memberships, organisations, names)


def _insert(cursor: CursorWrapper, model: type, pk: int, blocks: int, changed: dict[str, str]) -> None:
    columns = [f.column for f in model._meta.concrete_fields]  # type: ignore[attr-defined]
    values = [changed.get(c, f'p."{c}"') for c in columns]
    names = ", ".join(f'"{c}"' for c in columns)
    table = model._meta.db_table  # type: ignore[attr-defined]
    cursor.cursor.execute(
        f'INSERT INTO "{table}" ({names}) SELECT {", ".join(values)} FROM "{table}" p '
        f"CROSS JOIN generate_series(0, {blocks}) b WHERE p.id = {pk}"
    )


def _public(salt: str, number: str) -> str:
    return f"substr(md5('{salt}' || ({number})), 1, 6) || lpad(to_hex({number}), 6, '0')"


def _next(cursor: CursorWrapper, table: str) -> int:
    cursor.execute(f'SELECT coalesce(max(id), 0) + 1 FROM "{table}"')
    return int(cursor.fetchone()[0])
