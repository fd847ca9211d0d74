"""The keys of an installation in its archive: as they are, under a passphrase, or left out."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.conf import settings

from partnerships import clock

#: Key, the variable that may hold it, and what is lost without it.
VARIABLES = {"secret": "SECRET_KEY", "link": "LINK_KEY", "seal": "SEAL_KEYS"}
#: Of Scrypt: 128 MB and half a second for each guess of a passphrase.
COST = 2**17


class WrongPassphrase(Exception):
    """The keys do not open with this passphrase."""


@dataclass
class Keys:
    """The three keys by name, and what else lies in the folder of keys (the seal of agreements)."""

    texts: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        files = {name: base64.b64encode(content).decode() for name, content in self.files.items()}
        return json.dumps({"keys": self.texts, "files": files}, indent=1).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Keys:
        read = json.loads(content)
        return cls(read["keys"], {name: base64.b64decode(each) for name, each in read["files"].items()})

    def as_lines(self) -> str:
        """As a file .env wants them."""
        return "\n".join(f"{VARIABLES[name]}={value}" for name, value in self.texts.items())


def folder() -> Path:
    return Path(settings.VAR_DIR, "keys")


def in_use() -> Keys:
    """Those that this installation works with, wherever they come from."""
    values = {"secret": settings.SECRET_KEY, "link": settings.LINK_KEY, "seal": settings.SEAL_KEYS}
    there = sorted(folder().iterdir()) if folder().is_dir() else []
    files = {
        path.name: path.read_bytes()
        for path in there
        if path.is_file() and path.name not in VARIABLES and path.suffix == ".p12" and not path.name.startswith(".")
    }
    return Keys({name: value for name, value in values.items() if value}, files)


# Under a passphrase ---------------------------------------------------------------------------------------------------
def lock(content: bytes, passphrase: str) -> bytes:
    salt = secrets.token_bytes(16)
    token = Fernet(_derived(passphrase, salt, COST)).encrypt(content)
    return json.dumps({"scrypt": COST, "salt": salt.hex(), "token": token.decode()}).encode()


def unlock(content: bytes, passphrase: str) -> bytes:
    read = json.loads(content)
    try:
        return Fernet(_derived(passphrase, bytes.fromhex(read["salt"]), int(read["scrypt"]))).decrypt(read["token"])
    except InvalidToken:
        raise WrongPassphrase from None


def _derived(passphrase: str, salt: bytes, cost: int) -> bytes:
    return base64.urlsafe_b64encode(Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(passphrase.encode()))


# Back into their folder -----------------------------------------------------------------------------------------------
@contextmanager
def prepared(keys: Keys, say: Callable[[str], None]) -> Iterator[Callable[[], list[str]]]:
    """Drafts beside the keys; what is given puts them in place, and says which. Unused ones are taken away."""
    contents = {**{name: f"{value}\n".encode() for name, value in keys.texts.items()}, **keys.files}
    drafts: dict[Path, Path] = {}
    for name, content in contents.items():
        variable = VARIABLES.get(name, "")
        given = os.environ.get(variable, "") if variable else ""
        if given:
            if given != content.decode().strip():
                say(f"{variable} of the environment is not the archive's; bin/restore --print-keys shows the latter.")
            continue
        drafts[folder() / Path(name).name] = _draft(Path(name).name, content)

    def put_in_place() -> list[str]:
        stamp = f"{clock.now():%Y%m%d-%H%M%S}"
        for path, draft in drafts.items():
            if path.exists() and path.read_bytes().strip() != draft.read_bytes().strip():
                path.rename(path.with_name(f"{path.name}.before-{stamp}"))
            draft.replace(path)
        for name, attribute in VARIABLES.items():
            if folder() / name in drafts:
                setattr(settings, attribute, keys.texts[name])
        return sorted(path.name for path in drafts)

    try:
        yield put_in_place
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)


def _draft(name: str, content: bytes) -> Path:
    folder().mkdir(parents=True, exist_ok=True)
    folder().chmod(0o700)
    path = folder() / f".{name}.restored"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    return path
