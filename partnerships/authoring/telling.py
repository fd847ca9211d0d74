"""Differences between two contents in words, for pages that show what changes before anybody says yes."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import ngettext

from ..catalogue.content import DocumentKinds
from ..catalogue.drafting import Change, Data, Differences
from ..catalogue.queries import current_content
from .readings import facts_in_words, label, said
from .states import Answer, Core, Critical, Depth, Direction, Means, fields_of


@dataclass(frozen=True)
class FieldTold:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class ChangeTold:
    title: str
    fields: list[FieldTold]


@dataclass(frozen=True)
class Told:
    """What is different, in words."""

    added: list[str]
    removed: list[str]
    changed: list[ChangeTold]
    replaced: list[ChangeTold]
    groups: list[ChangeTold]
    groups_added: list[str]
    groups_removed: list[str]
    reordered: bool
    intro: bool
    #: Of a review: statements, where a library has questions.
    of_statements: bool = False

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in self.__dataclass_fields__ if name != "of_statements")

    def heads(self) -> dict[str, str]:
        """What stands above each list, with its number."""
        return {
            name: (one if self.of_statements else other)(len(getattr(self, name)))
            for name, one, other in (
                ("added", _statements_added, _questions_added),
                ("removed", _statements_removed, _questions_removed),
                ("replaced", _statements_replaced, _questions_replaced),
                ("changed", _statements_changed, _questions_changed),
            )
        }


_GROUPS = ("themes", "dimensions", "facts")


def told(found: Differences, before: Data, after: Data) -> Told:
    def title(thing: Data) -> str:
        return str(said(thing.get("text") if {"answer", "theme", "dimension"} & thing.keys() else thing.get("title")))

    def change(each: Change) -> ChangeTold:
        old, new = each.before or {}, each.after or {}
        fields = [
            FieldTold(
                str(fields_of(after).get(key, key)),
                in_words(key, old.get(key), before),
                in_words(key, new.get(key), after),
            )
            for key in each.fields
        ]
        return ChangeTold(title(new), fields)

    def both(lists: dict[str, list[Data]]) -> list[str]:
        return [title(each) for key in _GROUPS for each in lists.get(key, ())]

    return Told(
        added=[title(each) for each in found.added.get("items", ())],
        removed=[title(each) for each in found.removed.get("items", ())],
        changed=[change(each) for each in found.changed.get("items", ())],
        replaced=[change(each) for each in found.replaced],
        groups=[change(each) for key in _GROUPS for each in found.changed.get(key, ())],
        groups_added=both(found.added),
        groups_removed=both(found.removed),
        reordered=found.reordered,
        intro=found.intro,
        of_statements="dimensions" in after,
    )


def _questions_added(n: int) -> str:
    return ngettext("%(n)s question added", "%(n)s questions added", n) % {"n": n}


def _questions_removed(n: int) -> str:
    return ngettext("%(n)s question left out", "%(n)s questions left out", n) % {"n": n}


def _questions_replaced(n: int) -> str:
    words = ngettext("%(n)s question asks something else now", "%(n)s questions ask something else now", n)
    return words % {"n": n}


def _questions_changed(n: int) -> str:
    words = ngettext("%(n)s question changed, and asks the same", "%(n)s questions changed, and ask the same", n)
    return words % {"n": n}


def _statements_added(n: int) -> str:
    return ngettext("%(n)s statement added", "%(n)s statements added", n) % {"n": n}


def _statements_removed(n: int) -> str:
    return ngettext("%(n)s statement left out", "%(n)s statements left out", n) % {"n": n}


def _statements_replaced(n: int) -> str:
    return ngettext("%(n)s statement has other words now", "%(n)s statements have other words now", n) % {"n": n}


def _statements_changed(n: int) -> str:
    return ngettext("%(n)s statement changed, and is the same", "%(n)s statements changed, and are the same", n) % {
        "n": n
    }


def in_words(key: str, value: object, content: Data) -> str:
    """A field in words."""
    choices = {"direction": Direction, "critical": Critical, "depth": Depth, "answer": Answer}
    if key in choices:
        return label(choices[key], value)
    if isinstance(value, dict):
        # Every language that somebody wrote: a translation is a change too.
        return " / ".join(str(each) for each in value.values())
    if key in ("theme", "dimension"):
        groups = {each["code"]: str(said(each.get("title"))) for each in content.get(f"{key}s", ())}
        return groups.get(str(value), "")
    if key == "core":
        return str(Core.YES.label if value else Core.NO.label)
    if isinstance(value, list):
        facts = facts_in_words(content) if key == "only_if" else {}
        kinds = {k.code: str(k.title) for k in current_content(DocumentKinds).items} if key == "documents" else {}
        return "; ".join(
            _option(each) if isinstance(each, dict) else facts.get(each) or kinds.get(each) or str(each)
            for each in value
        )
    return str(value or "")


def _option(option: Data) -> str:
    means = label(Means, option.get("level") or "") if option.get("level") else ""
    return f"{said(option.get('text'))} ({means})" if means else str(said(option.get("text")))
