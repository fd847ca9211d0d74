"""Reading the catalogue. `content` is made once per process and version; templates print its texts as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, overload

from django.utils.translation import get_language

from ..access.ready import Ready
from .building import BUILDS_ON, departures
from .content import Content, DocumentKinds, Flag, Lesson, Text
from .drafting import Data, DraftProblem, problems_of, written
from .loading import decode, shipped_flags, shipped_lessons
from .models import CatalogueVersion
from .states import Kind

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


def flag_words() -> Mapping[str, Flag]:
    """What each flag says, by its code. No query."""
    return shipped_flags().by_code


def known_codes() -> dict[str, set[str]]:
    """The codes that an organisation's questions may point at, by key."""
    return {
        "lessons": set(shipped_lessons().by_code),
        "documents": set(current_content(DocumentKinds).by_code),
    }


def shipped_base(content: Data) -> CatalogueVersion | None:
    """The shipped instrument that an own version says it builds on; nothing where it names none that there is."""
    named = content.get(BUILDS_ON)
    if not isinstance(named, dict) or type(named.get("version")) is not int:
        return None
    return (
        CatalogueVersion.objects.shipped()
        .filter(kind=Kind.INSTRUMENT, code=str(named.get("code")), version=named["version"])
        .first()
    )


def problems_of_own(kind: str, title: Any, content: Data, language: str) -> list[DraftProblem]:
    """Everything that stands between an organisation's own content and its publication (`drafting.problems_of`)."""
    found = problems_of(kind, title, content, language, known_codes())
    if kind == Kind.INSTRUMENT:
        base = shipped_base(content)
        strays = departures(content, written(base.content) if base is not None else None)
        found += [DraftProblem(path, message) for path, message in strays]
    return list(dict.fromkeys(found))


def own_versions(organisation_id: int, kind: str = Kind.LIBRARY) -> list[CatalogueVersion]:
    """An organisation's published versions, newest first of each list. One query, without the contents."""
    return list(
        CatalogueVersion.objects.filter(organisation=organisation_id, kind=kind)
        .defer("content")
        .order_by("code", "-version")
    )


def newest_own(organisation_id: int, kind: str = Kind.LIBRARY) -> list[CatalogueVersion]:
    """The newest published version of each of an organisation's lists."""
    newest: dict[str, CatalogueVersion] = {}
    for version in own_versions(organisation_id, kind):
        newest.setdefault(version.code, version)
    return sorted(newest.values(), key=lambda version: text(version.title).casefold())
