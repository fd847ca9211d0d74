"""The zip file: members with their hashes, and a manifest that says what they are."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from django.conf import settings

#: Grows when an older release could not read what a newer one writes.
FORMAT = 1
MANIFEST = "manifest.json"
PIECE = 1024 * 1024


class BadArchive(Exception):
    """An archive that must not be restored; the message says why."""


@dataclass
class TableEntry:
    """Where a table's rows lie, which columns each line has, how many there are, and the highest number given."""

    member: str
    columns: list[str]
    rows: int
    last_id: int


@dataclass
class Member:
    """Bytes, and their hash in hexadecimal."""

    size: int
    sha256: str


@dataclass
class Manifest:
    """What an archive is: of which release, from when, with what in it."""

    made_at: str
    version: str
    engine: str
    migrations: list[list[str]]
    #: "plain", "passphrase" or "none".
    keys: str = "none"
    tables: dict[str, TableEntry] = field(default_factory=dict)
    #: Names in the storage of files, with their members.
    files: dict[str, str] = field(default_factory=dict)
    #: Files that the database names and the storage did not have.
    missing_files: list[str] = field(default_factory=list)
    members: dict[str, Member] = field(default_factory=dict)
    format: int = FORMAT

    def rows_of(self, label: str) -> int:
        return self.tables[label].rows if label in self.tables else 0

    def in_words(self) -> str:
        """What is in it, for the person who keeps it."""
        size = sum(self.members[member].size for member in self.files.values())
        return (
            f"{self.rows_of('partnerships.partnership')} partnerships, {self.rows_of('partnerships.user')} people, "
            f"{self.rows_of('partnerships.organisation')} organisations; "
            f"{sum(table.rows for table in self.tables.values())} rows in {len(self.tables)} tables; "
            f"{len(self.files)} files ({size / 1e6:.1f} MB)"
        )


def version() -> str:
    """Of this release."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def as_numbers(text: str) -> tuple[int, ...]:
    return tuple(int("".join(filter(str.isdigit, part)) or 0) for part in text.split("."))


# Writing --------------------------------------------------------------------------------------------------------------
class Writer:
    """Adds members to an archive that is being made."""

    def __init__(self, package: zipfile.ZipFile, manifest: Manifest) -> None:
        self.package = package
        self.manifest = manifest

    def add(self, name: str, pieces: Iterable[bytes], *, packed: bool = True) -> None:
        """One member; its hash and size are noted as it goes by."""
        digest, size = hashlib.sha256(), 0
        entry = zipfile.ZipInfo(name, date_time=_moment(self.manifest.made_at))
        entry.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        entry.external_attr = 0o600 << 16
        with self.package.open(entry, "w", force_zip64=True) as member:
            for piece in pieces:
                member.write(piece)
                digest.update(piece)
                size += len(piece)
        self.manifest.members[name] = Member(size, digest.hexdigest())


def _moment(made_at: str) -> tuple[int, int, int, int, int, int]:
    day, _, clock = made_at.partition("T")
    year, month, number = map(int, day.split("-"))
    hour, minute, second = (int(part) for part in clock[:8].split(":"))
    return year, month, number, hour, minute, second


@contextmanager
def writing(path: Path, manifest: Manifest) -> Iterator[Writer]:
    """An archive that only its owner reads, and that is there under its name when it is whole."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            with zipfile.ZipFile(file, "w", allowZip64=True) as package:
                yield Writer(package, manifest)
                package.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1), zipfile.ZIP_DEFLATED)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)


# Reading --------------------------------------------------------------------------------------------------------------
class Archive:
    """An archive that was made, to look into."""

    def __init__(self, package: zipfile.ZipFile, manifest: Manifest) -> None:
        self.package = package
        self.manifest = manifest

    def check(self, tell: Callable[[int], None] = lambda done: None) -> None:
        """Every member is there, is what it was when the archive was made, and nothing else is there."""
        there = [entry.filename for entry in self.package.infolist() if entry.filename != MANIFEST]
        if len(there) != len(set(there)) or set(there) != self.manifest.members.keys():
            strange = set(there) ^ self.manifest.members.keys()
            raise BadArchive(f"Its members are not those that it was made with: {', '.join(sorted(strange)[:5])}.")
        for name, wanted in self.manifest.members.items():
            digest, size = hashlib.sha256(), 0
            try:
                for piece in self.pieces(name):
                    digest.update(piece)
                    size += len(piece)
            except (zipfile.BadZipFile, OSError, EOFError) as error:
                raise BadArchive(f"{name} in it is damaged ({error}).") from error
            if (size, digest.hexdigest()) != (wanted.size, wanted.sha256):
                raise BadArchive(f"{name} in it is not what it was when the archive was made: its hash differs.")
            tell(size)

    def open(self, name: str) -> IO[bytes]:
        return self.package.open(name)

    def pieces(self, name: str) -> Iterator[bytes]:
        with self.package.open(name) as member:
            while piece := member.read(PIECE):
                yield piece

    def rows(self, label: str) -> Iterator[list[Any]]:
        with self.package.open(self.manifest.tables[label].member) as member:
            for line in member:
                yield json.loads(line)


@contextmanager
def reading(path: Path) -> Iterator[Archive]:
    """An archive of this format; its members are not looked at yet."""
    try:
        package = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise BadArchive(f"There is no file {path}.") from None
    except (zipfile.BadZipFile, OSError) as error:
        raise BadArchive(f"{path} is no archive, or only a part of one ({error}).") from error
    with package:
        yield Archive(package, _manifest(package, path))


def _manifest(package: zipfile.ZipFile, path: Path) -> Manifest:
    try:
        read = json.loads(package.read(MANIFEST))
        if read["format"] > FORMAT:
            raise BadArchive(f"{path} was made by a newer release ({read['version']}). Restore it with that one.")
        tables = {label: TableEntry(**entry) for label, entry in read.pop("tables").items()}
        members = {name: Member(**entry) for name, entry in read.pop("members").items()}
        return Manifest(**read, tables=tables, members=members)
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise BadArchive(f"{path} is no archive of Common Ground: it has no manifest that can be read.") from error
