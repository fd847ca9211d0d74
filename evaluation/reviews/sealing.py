"""Sealed for everyone until the opening: answers, comments, guesses, their number, their order.

The keys live in settings (`SEAL_KEYS`, newest first, comma separated), never in the database: a copy of the database
alone opens nothing. A payload is bound to the round and part it was given for, so that it cannot be moved to another.
The ciphertext's length is padded and its time is left out, so that neither tells who wrote a comment, or when.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

#: Payloads are padded to a multiple of this many bytes.
BLOCK = 2048
SHORTEST_KEY = 24


class SealError(Exception):
    """A seal could not be set or opened; the message says why, for those who run the installation."""


class NoKey(SealError):
    """There is no usable key in the settings."""


class WrongKey(SealError):
    """None of the keys opens this; it was sealed with one that is missing, or it was changed."""


class WrongPlace(SealError):
    """The payload belongs to another round, part or respondent."""


def seal(payload: dict[str, Any], *, context: tuple[str, ...]) -> str:
    """The payload as ciphertext, bound to its context (what it is, round, part, respondent)."""
    body = json.dumps({"context": list(context), "payload": payload}, ensure_ascii=False).encode()
    padded = body + b" " * (-len(body) % BLOCK)
    return _box().encrypt_at_time(padded, current_time=0).decode()


def unseal(token: str, *, context: tuple[str, ...]) -> dict[str, Any]:
    """The payload, if one of the keys opens it and it belongs here."""
    try:
        body = json.loads(_box().decrypt(token.encode()))
    except InvalidToken as error:
        raise WrongKey(
            "A sealed answer cannot be opened with the keys in SEAL_KEYS. Put the key it was sealed with back (older "
            "keys after newer ones); without that key its content is lost for good."
        ) from error
    if body["context"] != list(context):
        raise WrongPlace("A sealed answer belongs to another round or part than the one it was found in.")
    payload: dict[str, Any] = body["payload"]
    return payload


def reseal(token: str) -> str:
    """The same payload under the newest key; after that an older key can be taken away."""
    try:
        return _box().rotate(token.encode()).decode()
    except InvalidToken as error:
        raise WrongKey("A sealed answer cannot be resealed: its key is missing from SEAL_KEYS.") from error


def can_open(token: str) -> bool:
    """Whether one of the keys opens this. Its content is looked at by nobody."""
    try:
        _box().decrypt(token.encode())
    except (InvalidToken, NoKey):
        return False
    return True


def keyed_hash(*parts: str) -> str:
    """A hash that nobody can recompute without the key: whose comment this is, without saying whose."""
    return _hash(_secrets()[0], parts)


def matches(value: str, *parts: str) -> bool:
    """Whether a keyed hash was made of these parts, with any of the keys."""
    return any(hmac.compare_digest(value, _hash(secret, parts)) for secret in _secrets())


def all_hashes(*parts: str) -> list[str]:
    """The hashes of these parts under every key, to look up rows that were written under an older one."""
    return [_hash(secret, parts) for secret in _secrets()]


def _hash(secret: str, parts: tuple[str, ...]) -> str:
    message = json.dumps(parts, ensure_ascii=False).encode()
    return hmac.new(_derived(secret, b"hash"), message, hashlib.sha256).hexdigest()


def _secrets() -> list[str]:
    secrets = [part.strip() for part in str(settings.SEAL_KEYS).split(",") if part.strip()]
    if not secrets:
        raise NoKey("SEAL_KEYS is empty: answers cannot be sealed. bin/start makes a key; servers set the variable.")
    if short := [secret for secret in secrets if len(secret) < SHORTEST_KEY]:
        raise NoKey(f"{len(short)} of the keys in SEAL_KEYS is shorter than {SHORTEST_KEY} characters.")
    return secrets


def _box() -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(secret, b"seal"))) for secret in _secrets()])


@lru_cache(maxsize=32)
def _derived(secret: str, purpose: bytes) -> bytes:
    """Sealing and hashing never share a key, though they come from one secret."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"common-ground reviews " + purpose).derive(
        secret.encode()
    )
