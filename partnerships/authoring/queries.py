"""An organisation's libraries: what is shipped, what it published, what it is writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from ..catalogue.drafting import Data, Differences, differences, written
from ..catalogue.models import CatalogueDraft, CatalogueVersion
from ..catalogue.queries import own_versions, problems_of_own
from ..catalogue.states import Kind
from ..people.models import Organisation, User
from .readings import name_of, said
from .states import LANGUAGE_NAMES, fields_of

#: The pulse is five sentences and two minutes, and the community's is spoken: nothing is added to them.
REVIEW = "review"
_GROUPS = ("themes", "dimensions", "facts")


@dataclass
class OwnLibrary:
    """One list of an organisation: its published versions, newest first, and its draft."""

    code: str
    versions: list[CatalogueVersion]
    draft: CatalogueDraft | None

    @property
    def newest(self) -> CatalogueVersion | None:
        return self.versions[0] if self.versions else None

    @property
    def name(self) -> str:
        newest = self.newest
        return name_of(newest.title if newest is not None else self.draft.title if self.draft else {})


def libraries_of(organisation: Organisation, user: User, kind: str = Kind.LIBRARY) -> list[OwnLibrary]:
    """Two queries, however many there are; no contents."""
    found: dict[str, OwnLibrary] = {}
    for version in own_versions(organisation.pk, kind):
        found.setdefault(version.code, OwnLibrary(version.code, [], None)).versions.append(version)
    for draft in drafts_of(organisation, user, kind):
        found.setdefault(draft.code, OwnLibrary(draft.code, [], None)).draft = draft
    return sorted(found.values(), key=lambda library: library.name.casefold())


def drafts_of(organisation: Organisation, user: User, kind: str = Kind.LIBRARY) -> Sequence[CatalogueDraft]:
    return list(
        CatalogueDraft.objects.visible_to(user)
        .filter(organisation=organisation, kind=kind)
        .select_related("changed_by")
        .defer("content", "offered")
    )


def shipped_versions(kind: str = Kind.LIBRARY) -> list[CatalogueVersion]:
    """The newest shipped version of each library, or of the review: what an own one may begin with."""
    newest: dict[str, CatalogueVersion] = {}
    shipped = CatalogueVersion.objects.shipped().filter(kind=kind).newest_first().defer("content")
    for version in shipped.filter(code=REVIEW) if kind == Kind.INSTRUMENT else shipped:
        newest.setdefault(version.code, version)
    return list(newest.values())


@dataclass(frozen=True)
class ProblemShown:
    """A problem of a draft: what and where, in words, and the way to the field."""

    where: str
    message: str
    url: str


def problems_shown(draft: CatalogueDraft) -> list[ProblemShown]:
    """Everything that stands between the draft and its publication."""
    found = problems_of_own(draft.kind, draft.title, draft.content, draft.language)
    return [
        ProblemShown(where(draft.content, each.path), sentence(each.message), _url(draft, each.path)) for each in found
    ]


def sentence(message: str) -> str:
    """The validator's words for a person: "guidance is missing" says the field by its key."""
    return message[:1].upper() + message[1:].rstrip(".") + "."


def where(content: Data, path: Sequence[str | int]) -> str:
    """("items", 3, "guidance") as "Question 2.1 …, Guidance"."""
    parts = []
    fields = fields_of(content)
    if len(path) > 1 and path[0] in ("items", *_GROUPS) and isinstance(path[1], int):
        thing = content[path[0]][path[1]]
        name = str(said(thing.get("text") if path[0] == "items" else thing.get("title"))) or _("without words")
        one = {
            "items": str(fields["text"]),
            "themes": _("Theme"),
            "dimensions": _("Dimension"),
            "facts": _("Fact"),
        }[str(path[0])]
        parts.append(f"{one} “{name[:80]}”")
        path = path[2:]
    parts += [str(fields[step]) for step in path if isinstance(step, str) and step in fields]
    parts += [str(LANGUAGE_NAMES[step]) for step in path if isinstance(step, str) and step in LANGUAGE_NAMES]
    return ", ".join(parts)


def _url(draft: CatalogueDraft, path: Sequence[str | int]) -> str:
    """The form that holds the field, at the field."""

    def at(name: str, *args: str) -> str:
        return reverse(f"authoring:{name}", args=[draft.organisation.public_id, draft.public_id, *args])

    if len(path) > 1 and isinstance(path[1], int) and path[0] in ("items", *_GROUPS):
        code = draft.content[path[0]][path[1]]["code"]
        names = {"items": "question", "themes": "theme_words", "dimensions": "theme_words", "facts": "fact"}
        name = names[str(path[0])]
        if path[0] in ("themes", "dimensions") and len(path) == 2:
            return at("theme", code)
        field = next((step for step in path[2:] if isinstance(step, str)), "")
        text = {"text", "baseline_text", "guidance", "evidence", "unit", "title"}
        end = f"_{draft.language}" if field in text else ""
        if field == "options":
            return f"{at(name, code)}#answers"
        return at(name, code) + (f"#id_{field}{end}" if field else "")
    return at("about") + f"#id_{path[0]}_{draft.language}" if path[0] in ("title", "intro") else at("draft")


def differences_of(draft: CatalogueDraft) -> Differences:
    return differences(draft.before, draft.content)


def content_written(version: CatalogueVersion) -> dict[str, Any]:
    made: dict[str, Any] = written(version.content)
    return made
