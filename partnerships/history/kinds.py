"""What an act of each kind is called, and where it leads. Folders register theirs at import of actions.py."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class ActKind:
    """`label` is the sentence of the timeline; `url_name` takes the record's pid and, by `object_kwarg`, the object."""

    code: str
    label: str | Promise
    url_name: str = ""
    object_kwarg: str = ""


_kinds: dict[str, ActKind] = {}


def register(code: str, label: str | Promise, *, url_name: str = "", object_kwarg: str = "") -> str:
    """Make a kind known. Returns its code, so that it can be kept as a constant."""
    _kinds[code] = ActKind(code, label, url_name, object_kwarg)
    return code


def get(code: str) -> ActKind:
    """The kind, or one that shows its code (an act of a newer version)."""
    return _kinds.get(code) or ActKind(code, code)
