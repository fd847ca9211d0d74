"""What a release of each kind is called, and where its items are read. Folders register theirs at import."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class ReleaseKind:
    code: str
    label: str | Promise
    url_name: str


_kinds: dict[str, ReleaseKind] = {}


def register(code: str, label: str | Promise, *, url_name: str) -> str:
    """Make a kind known. Returns its code."""
    _kinds[code] = ReleaseKind(code, label, url_name)
    return code


def get(code: str) -> ReleaseKind:
    return _kinds.get(code) or ReleaseKind(code, code, "record:overview")
