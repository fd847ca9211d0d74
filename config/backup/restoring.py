"""Bringing an archive back: all of it is looked at first, and the database comes whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from evaluation.reviews import sealing
from evaluation.reviews.models import SealedAnswer

from . import keys as keyring
from .archive import PIECE, Archive, BadArchive, Manifest, as_numbers, version
from .rows import RowsError, Step, applied, drop_all, known, last_steps, loader_at, pointed_at, tables_at, tables_in_use

Say = Callable[[str], None]


class NotRestored(Exception):
    """Why nothing was restored, in a sentence or two."""


@dataclass
class Restored:
    """What came back."""

    migrated: list[str] = field(default_factory=list)
    files: int = 0
    files_removed: int = 0
    keys: list[str] = field(default_factory=list)
    sealed: int = 0
    sealed_shut: int = 0


# Looking --------------------------------------------------------------------------------------------------------------
def refuse_newer(manifest: Manifest) -> None:
    """A release cannot know what a later one meant."""
    steps = steps_of(manifest)
    if as_numbers(manifest.version) > as_numbers(version()) or steps - known():
        raise NotRestored(
            f"The archive was made by release {manifest.version}, which is newer than this one ({version()}). "
            "Restore it with that release or a later one. Nothing was changed."
        )


def steps_of(manifest: Manifest) -> set[Step]:
    return {(app, name) for app, name in manifest.migrations}


def refuse_company() -> None:
    """On a server: web, worker or scheduler would read and write while their tables are exchanged."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        others = cursor.fetchone()[0]
    if others:
        raise NotRestored(
            f"{others} other connections to this database are open. Stop web, worker and scheduler first, "
            "and whatever else uses it (--connected goes on all the same). Nothing was changed."
        )


def is_in_use() -> bool:
    """Whether the database holds what somebody entered, or something that cannot be read."""
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        return False
    try:
        return bool(tables_in_use())
    except DatabaseError:
        if connection.vendor == "sqlite":
            return True
        raise


@contextmanager
def alone() -> Iterator[None]:
    """Holds the lock of the data folder, which bin/start holds while it runs."""
    folder = Path(settings.VAR_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise NotRestored(
            f"Common Ground is running on {folder}. Stop it first (Ctrl-C where it runs). Nothing was changed."
        ) from None
    try:
        yield
    finally:
        os.close(lock)


# Restoring ------------------------------------------------------------------------------------------------------------
def restore(archive: Archive, keys: keyring.Keys | None, say: Say) -> Restored:
    """Files, then the database, then the keys. The caller has looked at everything and holds the lock."""
    restored = Restored()
    before = _files_before()
    say(f"Writing {len(archive.manifest.files)} files.")
    restored.files = _write_files(archive)
    with keyring.prepared(keys or keyring.Keys(), say) as put_keys:
        say("Writing the database.")
        try:
            restored.migrated = _exchange_database(archive, say)
        except RowsError as error:
            raise NotRestored(f"{error}. The database is as it was; files were added.") from error
        restored.keys = put_keys()
    for name in before - archive.manifest.files.keys():
        default_storage.delete(name)
        restored.files_removed += 1
    restored.sealed, restored.sealed_shut = _sealed_answers()
    return restored


def _files_before() -> set[str]:
    """What the former database kept, as far as this release can read it."""
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        return set()
    try:
        steps = applied()
        if not steps or steps - known():
            return set()
        tables = [table for table in tables_at(steps) if table.file_columns]
        return {row[place] for table in tables for row in table.rows() for place in table.file_columns if row[place]}
    except DatabaseError:
        return set()


def _write_files(archive: Archive) -> int:
    for name, member in archive.manifest.files.items():
        if _is_there(name, archive.manifest.members[member].sha256):
            continue
        default_storage.delete(name)
        with archive.open(member) as opened:
            try:
                stored = default_storage.save(name, File(opened, name=name))
            except SuspiciousFileOperation as error:
                raise BadArchive(f"{name} in it is no name of a file of ours.") from error
        if stored != name:
            raise NotRestored(f"The storage keeps {name} under another name ({stored}); files were added, no more.")
    return len(archive.manifest.files)


def _is_there(name: str, wanted: str) -> bool:
    """Whether the storage has this very file."""
    try:
        with default_storage.open(name, "rb") as opened:
            digest = hashlib.sha256()
            for piece in opened.chunks(PIECE):
                digest.update(piece)
    except FileNotFoundError:
        return False
    return digest.hexdigest() == wanted


def _exchange_database(archive: Archive, say: Say) -> list[str]:
    if connection.vendor == "sqlite":
        with _new_file():
            return _write_database(archive, say)
    with transaction.atomic():
        drop_all()
        return _write_database(archive, say)


@contextmanager
def _new_file() -> Iterator[None]:
    """SQLite: the database is made in a file beside the old one, which it replaces when it is whole."""
    final = Path(connection.settings_dict["NAME"])
    final.parent.mkdir(parents=True, exist_ok=True)
    made = final.with_name(f"{final.name}.restoring")
    _remove(made)
    connection.close()
    connection.settings_dict["NAME"] = made
    try:
        yield
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        # A log of the old file would be played into the new one.
        for suffix in ("-wal", "-shm"):
            final.with_name(final.name + suffix).unlink(missing_ok=True)
        made.replace(final)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = final
        _remove(made)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _write_database(archive: Archive, say: Say) -> list[str]:
    """Tables as the archive's release had them, their rows, then whatever migrations came since."""
    steps = steps_of(archive.manifest)
    executor = MigrationExecutor(connection)
    executor.loader = loader_at(steps, connection)
    executor.migrate(last_steps(steps))
    with transaction.atomic():
        _write_rows(archive, steps)
    _compare(archive, steps)
    ContentType.objects.clear_cache()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_catalogue", stdout=io.StringIO())
    migrated = [f"{app}.{name}" for app, name in sorted(applied() - steps)]
    if migrated:
        say(f"Brought up to this release by {len(migrated)} migrations.")
    return migrated


def _write_rows(archive: Archive, steps: set[Step]) -> None:
    tables = tables_at(steps)
    if {table.label for table in tables} != archive.manifest.tables.keys():
        raise RowsError("The tables of the archive are not those of its migrations")
    for table in reversed(tables):
        table.clear()
    pointed: set[str] = set()
    for number, table in enumerate(tables, start=1):
        entry = archive.manifest.tables[table.label]
        count = table.write(archive.rows(table.label), entry.columns)
        if count != entry.rows:
            raise RowsError(f"{table.label} has {count} rows in the archive instead of {entry.rows}")
        table.set_last_id(entry.last_id)
        pointed |= pointed_at(table.model)
        if connection.vendor == "postgresql" and pointed <= {each.label for each in tables[:number]}:
            # Row by row they would pile up in the server's memory until the end.
            _check_keys()
    _check_keys()


def _check_keys() -> None:
    try:
        connection.check_constraints()
    except DatabaseError as error:
        raise RowsError(f"A row points at one that is not there: {str(error).splitlines()[0]}") from error


def _compare(archive: Archive, steps: set[Step]) -> None:
    """What stands in the database now is, row by row, what the archive holds."""
    for table in tables_at(steps):
        entry = archive.manifest.tables[table.label]
        if found := table.differs(archive.rows(table.label), entry.columns):
            raise RowsError(found)


def _sealed_answers() -> tuple[int, int]:
    """How many answers are sealed, and how many of them no key here opens."""
    tokens = SealedAnswer.objects.values_list("ciphertext", flat=True)
    opened = [sealing.can_open(token) for token in tokens.iterator()]
    return len(opened), opened.count(False)
