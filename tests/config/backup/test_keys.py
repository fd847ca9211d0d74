"""Keys in an archive, and back into their folder."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from config.backup import keys as keyring
from config.backup.keys import Keys, WrongPassphrase

KEYS = Keys({"secret": "s" * 50, "link": "l" * 50, "seal": "e" * 44}, {"agreement-seal.p12": b"\x30\x82\x00"})


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.VAR_DIR = tmp_path
    for variable in keyring.VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)
        setattr(settings, variable, "")
    return tmp_path / "keys"


def test_a_passphrase_opens_what_it_locked_and_no_other_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "COST", 2**10)
    locked = keyring.lock(KEYS.to_bytes(), "three brown goats")
    assert b"eeee" not in locked
    assert Keys.from_bytes(keyring.unlock(locked, "three brown goats")) == KEYS
    with pytest.raises(WrongPassphrase):
        keyring.unlock(locked, "three brown goat")


def test_they_are_written_for_their_owner_alone_and_used_at_once(folder: Path, settings: Any) -> None:
    with keyring.prepared(KEYS, pytest.fail) as put:
        assert put() == ["agreement-seal.p12", "link", "seal", "secret"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())
    assert (folder / "seal").read_text() == "e" * 44 + "\n"
    assert (settings.SEAL_KEYS, settings.SECRET_KEY) == ("e" * 44, "s" * 50)
    assert keyring.in_use() == KEYS


def test_nothing_is_exchanged_before_it_is_said(folder: Path) -> None:
    folder.mkdir()
    (folder / "seal").write_text("former\n")
    with keyring.prepared(KEYS, pytest.fail):
        pass
    assert [(path.name, path.read_text()) for path in folder.iterdir()] == [("seal", "former\n")]
    with keyring.prepared(KEYS, pytest.fail) as put:
        put()
    # Other keys that lay there are set aside: something may still be sealed with them.
    assert [path.read_text() for path in folder.glob("seal.before-*")] == ["former\n"]


def test_keys_of_the_environment_stay_and_a_difference_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", KEYS.texts["secret"])
    monkeypatch.setenv("SEAL_KEYS", "another")
    said: list[str] = []
    with keyring.prepared(KEYS, said.append) as put:
        assert put() == ["agreement-seal.p12", "link"]
    assert [line.split()[0] for line in said] == ["SEAL_KEYS"]
    assert not any(KEYS.texts["seal"] in line for line in said)


def test_they_are_printed_as_an_environment_takes_them() -> None:
    assert KEYS.as_lines().splitlines()[2] == "SEAL_KEYS=" + "e" * 44
