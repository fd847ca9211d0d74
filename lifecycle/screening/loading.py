"""A list's file into the database. The version in force stays until the new one is read to its end.

The file is read as a stream and its entries are written in batches, each in a transaction of its own, so that nobody
who writes elsewhere waits for half a minute. One short transaction at the end puts the whole into force; a file that
breaks off, or a worker that does, never gets there.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection, models, transaction

from partnerships import clock
from partnerships.access.statements import sql_values
from partnerships.documents.storage import let_go

from . import matching
from .formats import BadList, Entry, read_list
from .models import ListedEntry, ListedKey, ListVersion, ScreeningList, packed
from .states import Problem, Source, VersionState

logger = logging.getLogger(__name__)
T = TypeVar("T")

ATTEMPTS_MAX = 3
#: How long a worker may be silent before its work is given to another.
LEASE = timedelta(seconds=120)
BATCH = 5000
#: Rows of one INSERT.
STATEMENT = 500
#: A version with fewer than this part of the names in force is not taken without being told so.
SHRINKS = 0.5


class Overtaken(Exception):
    """Another worker has this version now."""


def load(version_id: int) -> bool:
    """Load one version. Whether this call put it into force; a second worker, or a second call, finds nothing to do."""
    version = _claim(version_id)
    if version is None:
        return False
    try:
        _forget_entries(version)
        _read(version)
        _put_into_force(version)
    except Overtaken:
        # Another worker goes on with it; or the list was retired meanwhile, and nobody does.
        if not ListVersion.objects.filter(pk=version.pk, state=VersionState.LOADING).exists():
            _forget_entries(version)
        return False
    except BadList as bad:
        _fail(version, bad.problem, bad.line, bad.detail)
        return False
    except Exception:
        logger.exception("a list could not be loaded", extra={"list": version.public_id})
        _fail(version, Problem.ERROR)
        return False
    _let_files_go(version)
    for old in version.list.versions.filter(state=VersionState.REPLACED):
        _forget_entries(old)
    return True


def _claim(version_id: int) -> ListVersion | None:
    mine = secrets.token_hex(8)
    taken = (
        ListVersion.objects.all()
        .to_load()
        .filter(pk=version_id, attempts__lt=ATTEMPTS_MAX)
        .update(
            state=VersionState.LOADING,
            claim=mine,
            lease_until=clock.now() + LEASE,
            attempts=models.F("attempts") + 1,
        )
    )
    return ListVersion.objects.select_related("list").get(pk=version_id) if taken else None


def _still_mine(version: ListVersion) -> None:
    held = ListVersion.objects.filter(pk=version.pk, claim=version.claim, state=VersionState.LOADING)
    if not held.update(lease_until=clock.now() + LEASE):
        raise Overtaken


def _read(version: ListVersion) -> None:
    postings = matching.Postings()
    alt = version.alt.open("rb") if version.alt else None
    try:
        with version.file.open("rb") as file:
            reading = read_list(file, alt=alt, source=Source(version.list.source))
            for batch in _batches(enumerate(reading.entries), BATCH):
                if batch[-1][0] >= settings.SCREENING_MAX_ENTRIES:
                    raise BadList(Problem.TOO_MANY, detail=str(settings.SCREENING_MAX_ENTRIES))
                _write_entries(version, batch, postings)
                _still_mine(version)
            version.published_on = reading.published_on or version.published_on
    finally:
        if alt is not None:
            alt.close()
    version.entries_count = postings.size
    for keys in _batches(postings.entries.items(), BATCH):
        _insert(ListedKey, ("key", "numbers"), [(key, packed(numbers)) for key, numbers in keys], version)
        _still_mine(version)


def _write_entries(version: ListVersion, batch: list[tuple[int, Entry]], postings: matching.Postings) -> None:
    for number, entry in batch:
        postings.add(number, entry.names)
        version.names_count += len(entry.names)
    _insert(
        ListedEntry,
        ("number", "uid", "kind", "names", "details", "digest"),
        [
            (number, entry.uid, entry.kind, _json(entry.names), _json(entry.details), entry.digest)
            for number, entry in batch
        ],
        version,
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _insert(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[tuple[Any, ...]], version: ListVersion
) -> None:
    """Rows of a version, without an object for each: half of the time of loading a long list."""
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(name) for name in (*columns, "version_id"))
    with transaction.atomic(), connection.cursor() as cursor:
        for start in range(0, len(rows), STATEMENT):
            places, values = sql_values([(*row, version.pk) for row in rows[start : start + STATEMENT]])
            # Names of columns, and places for values: nothing of the file is in this string.
            cursor.execute(f"INSERT INTO {table} ({names}) VALUES {places}", values)  # noqa: S608


def _put_into_force(version: ListVersion) -> None:
    moment = clock.now()
    with transaction.atomic():
        ScreeningList.objects.select_for_update().get(pk=version.list_id)
        _still_mine(version)
        old = version.list.versions.filter(state=VersionState.IN_FORCE).first()
        if old is not None:
            if version.entries_count < SHRINKS * old.entries_count and not version.may_shrink:
                raise BadList(Problem.SHRUNK, detail=f"{version.entries_count} / {old.entries_count}")
            ListVersion.objects.filter(pk=old.pk).update(
                state=VersionState.REPLACED, ended_at=moment, rescreen_after=None
            )
        ListVersion.objects.filter(pk=version.pk).update(
            state=VersionState.IN_FORCE,
            in_force_at=moment,
            published_on=version.published_on,
            entries_count=version.entries_count,
            names_count=version.names_count,
            lease_until=None,
            # From here on everybody is searched again, party by party (actions.sweep).
            rescreen_after=0,
        )


def _fail(version: ListVersion, problem: Problem, line: int = 0, detail: str = "") -> None:
    failed = ListVersion.objects.filter(pk=version.pk, claim=version.claim, state=VersionState.LOADING).update(
        state=VersionState.FAILED,
        problem=problem,
        problem_line=line,
        problem_detail=detail,
        ended_at=clock.now(),
        lease_until=None,
    )
    if failed:
        _forget_entries(version)
        _let_files_go(version)


def give_up() -> None:
    """What stopped its worker three times is not tried a fourth time."""
    for version in ListVersion.objects.all().to_load().filter(attempts__gte=ATTEMPTS_MAX):
        _fail(version, Problem.STOPPED)


def _let_files_go(version: ListVersion) -> None:
    names = [name for name in (version.file.name, version.alt.name) if name]
    ListVersion.objects.filter(pk=version.pk).update(file="", alt="")
    for name in names:
        let_go(version.file.storage, name)


def _forget_entries(version: ListVersion) -> None:
    """The names of a version that is not in force, in batches."""
    for model in (ListedEntry, ListedKey):
        rows = model._base_manager.filter(version=version)
        while ids := list(rows.values_list("pk", flat=True)[: 2 * BATCH]):
            rows.filter(pk__gte=min(ids), pk__lte=max(ids)).delete()


def forget_list(found: ScreeningList) -> None:
    """All names of a list that is not searched any more, and what was uploaded and is read by nobody."""
    for version in found.versions.all():
        _forget_entries(version)
        if version.file or version.alt:
            _let_files_go(version)


def _batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    left = iter(rows)
    while batch := list(islice(left, size)):
        yield batch
