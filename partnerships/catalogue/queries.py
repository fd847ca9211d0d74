"""Reading the catalogue. `content` is made once per process and version; templates print its texts as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, overload

from django.utils.translation import get_language

from ..access.ready import Ready
from .content import Content, Lesson, Text
from .loading import decode, shipped_lessons
from .models import CatalogueVersion

_SHIPPED = Ready(lambda kind: CatalogueVersion.objects.shipped().filter(kind=kind).newest_first().defer("content"))
ContentT = TypeVar("ContentT", bound=Content[Any])


class NotLoaded(LookupError):
    """The catalogue is not in the database yet, or has no such list."""


def current(kind: str, code: str | None = None) -> CatalogueVersion:
    """The newest shipped version of a list: one query, without the content itself, which `content` fetches once.

    `code` may be left out for a kind of which only one list is shipped.
    """
    found = [each for each in _SHIPPED(kind=kind) if code in (None, each.code)]
    if len(codes := {each.code for each in found}) > 1:
        raise ValueError(f"Several lists of the kind {kind}: say which ({', '.join(sorted(codes))}).")
    version = found[0] if found else None
    if version is None:
        raise NotLoaded(f"No {kind} {code or ''} in the catalogue: run manage.py load_catalogue.")
    return version


@overload
def content(version: CatalogueVersion) -> Content[Any]: ...
@overload
def content(version: CatalogueVersion, of: type[ContentT]) -> ContentT: ...
def content(version: CatalogueVersion, of: type[Content[Any]] = Content) -> Content[Any]:
    """What the version says, as its dataclass; `of` names the class: `content(version, Library).items`."""
    # With the checksum, since tests (and restored backups) can give an id to other content.
    key = version.pk, version.checksum
    typed = _typed.get(key)
    if typed is None:
        typed = _typed[key] = decode(version.kind, version.content)
    if not isinstance(typed, of):
        raise TypeError(f"{version} is no {of.__name__}.")
    return typed


_typed: dict[tuple[int, str], Content[Any]] = {}


def current_content(of: type[ContentT], code: str | None = None) -> ContentT:
    """The newest shipped content of a kind, where nothing has to point at its version."""
    return content(current(of.kind, code), of)


def text(mapping: Text | Mapping[str, str], language: str | None = None) -> str:
    """The text in this language, else the reader's; English where it has none in it."""
    language = language or get_language() or "en"
    if isinstance(mapping, Text):
        return mapping.in_language(language)
    return mapping.get(language) or mapping.get(language[:2]) or mapping["en"]


def lesson(code: str) -> Lesson:
    """The lesson behind a question, condition or flag; `lesson("DD1").why` is the short "why we ask". No query."""
    return shipped_lessons().item(code)
