"""Making an archive while people go on working: one moment of the database, and the files that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction

from partnerships import clock

from . import keys as keyring
from .archive import PIECE, Manifest, TableEntry, Writer, version, writing
from .rows import Step, Table, applied, known, line_of, tables_at

#: How the archives of a folder are called; the rest is the moment they were made.
PREFIX = "common-ground-"
SUFFIX = ".zip"


class NoBackup(Exception):
    """Why no archive was made, in a sentence."""


def make(target: Path, *, passphrase: str = "", with_keys: bool = True) -> tuple[Path, Manifest]:
    """An archive at this path, or under a name with the moment in this folder. Returns where, and what is in it."""
    moment = clock.now()
    path = target / f"{PREFIX}{moment:%Y%m%d-%H%M%S}{SUFFIX}" if target.is_dir() else target
    if path.exists():
        raise NoBackup(f"{path} is there already. Nothing was changed.")
    if not path.parent.is_dir():
        raise NoBackup(f"There is no folder {path.parent}. Nothing was changed.")
    with snapshot():
        steps = applied()
        if not steps:
            raise NoBackup("The database is empty: there is nothing to keep.")
        if strange := steps - known():
            raise NoBackup(f"The database belongs to a newer release than this one ({_name(min(strange))}).")
        manifest = Manifest(
            made_at=moment.isoformat(),
            version=version(),
            engine=connection.vendor,
            migrations=[list(step) for step in sorted(steps)],
        )
        with writing(path, manifest) as writer:
            names = [name for table in tables_at(steps) for name in _add_table(writer, table)]
            _add_files(writer, names)
            _add_keys(writer, passphrase, with_keys)
    return path, manifest


def _name(step: Step) -> str:
    return ".".join(step)


@contextmanager
def snapshot() -> Iterator[None]:
    """All that is read in here is of one moment; whoever writes meanwhile is not held up."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        # The installation's own way of beginning would take the right to write.
        connection.close()
        connection.settings_dict["OPTIONS"] = {**connection.settings_dict["OPTIONS"], "transaction_mode": "DEFERRED"}
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _add_table(writer: Writer, table: Table) -> list[str]:
    """A table's rows; returns the names of files in them."""
    names: list[str] = []
    count = 0

    def lines() -> Iterator[bytes]:
        nonlocal count
        for row in table.rows():
            count += 1
            names.extend(row[place] for place in table.file_columns if row[place])
            yield f"{line_of(row)}\n".encode()

    member = f"tables/{table.label}.jsonl"
    writer.add(member, lines())
    writer.manifest.tables[table.label] = TableEntry(member, table.columns, count, table.last_id())
    return names


def _add_files(writer: Writer, names: list[str]) -> None:
    """As they are: nearly all of them are pictures and PDFs, which packing does not make smaller."""
    for name in sorted(set(names)):
        try:
            opened = default_storage.open(name, "rb")
        except FileNotFoundError:
            writer.manifest.missing_files.append(name)
            continue
        with opened:
            member = f"files/{name}"
            writer.add(member, opened.chunks(PIECE), packed=False)
            writer.manifest.files[name] = member


def _add_keys(writer: Writer, passphrase: str, with_keys: bool) -> None:
    if not with_keys:
        return
    content = keyring.in_use().to_bytes()
    writer.manifest.keys = "passphrase" if passphrase else "plain"
    writer.add("keys.json", [keyring.lock(content, passphrase) if passphrase else content], packed=False)


def thin_out(folder: Path, keep: int, say: Callable[[str], None]) -> None:
    """Takes away the oldest archives of a folder, so that this many are left."""
    archives = sorted(folder.glob(f"{PREFIX}[0-9]*{SUFFIX}"))
    for path in archives[:-keep]:
        path.unlink()
        say(f"Taken away, as more than {keep} were there: {path.name}")


def own_seal_stays_out() -> bool:
    """Whether agreements are sealed with a file of the operator's, which the archive does not hold."""
    return bool(settings.SEAL_P12)
