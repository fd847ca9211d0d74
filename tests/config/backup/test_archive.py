"""The archive: whole, private, and refused when it is not what it was."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.backup.archive import MANIFEST, BadArchive, Manifest, reading, version, writing
from config.backup.making import thin_out
from config.backup.restoring import NotRestored, refuse_newer

MADE_AT = "2026-03-01T02:00:07+00:00"


def manifest(**values: Any) -> Manifest:
    return Manifest(**{"made_at": MADE_AT, "version": version(), "engine": "sqlite", "migrations": [], **values})


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "one.zip"
    with writing(path, manifest()) as writer:
        writer.add("tables/a.jsonl", [b"[1]\n", b"[2]\n"])
        writer.add("files/b", [b"picture " * 500], packed=False)
    return path


def rewritten(path: Path, **members: bytes | None) -> Path:
    """The same archive with other members, as an honest zip: its own check sums are right."""
    other = path.with_name("other.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        contents: dict[str, bytes | None] = {name: old.read(name) for name in old.namelist()}
        for name, content in (contents | members).items():
            if content is not None:
                new.writestr(name, content)
    return other


def refusal(path: Path) -> str:
    with pytest.raises(BadArchive) as refused, reading(path) as archive:
        archive.check()
    return str(refused.value)


def test_what_was_written_is_read(archive: Path) -> None:
    with reading(archive) as read:
        read.check()
        assert read.manifest.made_at == MADE_AT
        assert b"".join(read.pieces("files/b")) == b"picture " * 500


def test_only_its_owner_reads_it(archive: Path) -> None:
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600


def test_one_that_was_not_finished_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "one.zip"

    def until_the_disk_is_full() -> Iterator[bytes]:
        yield b"[1]\n"
        raise OSError("disk full")

    with pytest.raises(OSError, match="full"), writing(path, manifest()) as writer:
        writer.add("tables/a.jsonl", until_the_disk_is_full())
    assert list(tmp_path.iterdir()) == []


def test_a_changed_bit_is_found(archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    content[content.index(b"picture") + 900] ^= 1
    archive.write_bytes(content)
    assert "files/b" in refusal(archive)


def test_half_an_archive_is_refused(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-400])
    assert "only a part" in refusal(archive)


def test_a_member_that_was_exchanged_is_found(archive: Path) -> None:
    assert "its hash differs" in refusal(rewritten(archive, **{"files/b": b"picture " * 499 + b"PICTURE "}))


def test_a_member_more_or_less_is_found(archive: Path) -> None:
    assert "files/c" in refusal(rewritten(archive, **{"files/c": b"more"}))
    assert "files/b" in refusal(rewritten(archive, **{"files/b": None}))


def test_another_zip_file_is_none_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "letters.zip"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("letter.txt", "Dear all")
    assert "no archive of Common Ground" in refusal(path)
    assert "no file" in refusal(tmp_path / "nothing.zip")


def test_an_archive_in_a_later_form_names_its_release(archive: Path) -> None:
    with zipfile.ZipFile(archive) as package:
        read = json.loads(package.read(MANIFEST))
    later = json.dumps({**read, "format": 99, "version": "7.0", "else": 1}).encode()
    assert "newer release (7.0)" in refusal(rewritten(archive, **{MANIFEST: later}))


@pytest.mark.parametrize(
    "newer", [{"version": "99.1.0"}, {"migrations": [["partnerships", "9999_of_a_later_release"]]}]
)
def test_an_archive_of_a_newer_release_is_refused(newer: dict[str, Any]) -> None:
    refuse_newer(manifest())
    with pytest.raises(NotRestored, match="newer than this one"):
        refuse_newer(manifest(**newer))


def test_of_a_folder_the_newest_are_kept_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    names = [f"common-ground-2026030{day}-020000.zip" for day in range(1, 6)]
    for name in [*names, "common-ground-letters.zip", "notes.txt"]:
        (tmp_path / name).touch()
    said: list[str] = []
    thin_out(tmp_path, 2, said.append)
    assert {path.name for path in tmp_path.iterdir()} == {*names[-2:], "common-ground-letters.zip", "notes.txt"}
    assert len(said) == 3
