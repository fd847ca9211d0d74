"""Drafts for tests, made as an administrator makes them."""

from __future__ import annotations

from typing import Any

from partnerships.authoring import actions
from partnerships.catalogue import actions as catalogue
from partnerships.catalogue.models import CatalogueDraft, CatalogueVersion
from partnerships.catalogue.queries import current
from partnerships.people.models import Membership
from tests.factories import make_organisation


def start(membership: Membership | None = None, *, empty: bool = False, language: str = "en") -> CatalogueDraft:
    """A draft from the shipped questions, or an empty one."""
    who = membership or make_organisation()
    return catalogue.start_draft(
        organisation=who.organisation,
        title="Our questions",
        language=language,
        based_on=None if empty else current("library", "diligence"),
        by=who.user,
    )


def values(**fields: Any) -> dict[str, Any]:
    """A question as the form hands it over."""
    return {
        "direction": "both", "critical": 0, "depth": "standard", "answer": "scale", "documents": [], "lessons": [],
        "only_if": [], "text": {"en": "Do we pay on time?"}, "guidance": {"en": "Look at ten invoices."},
        "evidence": {}, "unit": {}, "options": [],
    } | fields  # fmt: skip


def question(draft: CatalogueDraft, code: str | None = None, *, same: bool = False, **fields: Any) -> str:
    """Write a question, over the one with this code, as it stands now."""
    thing = actions.find(draft.content["items"], code) if code else None
    base = {k: v for k, v in (thing or {}).items() if k not in ("code", "instead_of")}
    return actions.save_question(
        draft, code=code, values=values(**base) | fields if thing else values(**fields), same=same,
        seen=actions.mark_of(thing), by=draft.author,
    )  # fmt: skip


def theme(draft: CatalogueDraft, title: str = "Money") -> str:
    return actions.save_group(
        draft, key="themes", code=None, title={draft.language: title}, text={}, seen=actions.mark_of(None),
        by=draft.author,
    )  # fmt: skip


def fact(draft: CatalogueDraft, title: str = "A dam stands above a village") -> str:
    return actions.save_group(
        draft, key="facts", code=None, title={draft.language: title}, text={}, seen=actions.mark_of(None),
        by=draft.author,
    )  # fmt: skip


def small(membership: Membership | None = None, **fields: Any) -> CatalogueDraft:
    """A draft with one theme and one question, complete."""
    draft = start(membership, empty=True)
    about = actions.about_of(draft)
    actions.save_about(
        draft, title=about["title"], intro={"en": "We ask each other."}, seen=actions.mark_of(about), by=draft.author
    )
    question(draft, theme=theme(draft), **fields)
    return draft


def publish(draft: CatalogueDraft) -> CatalogueVersion:
    draft.refresh_from_db()
    return catalogue.publish_draft(draft, seen=draft.version, by=draft.author)


# Reviews --------------------------------------------------------------------------------------------------------------
def begin(membership: Membership | None = None) -> CatalogueDraft:
    """A draft that holds the shipped review, and nothing else yet."""
    who = membership or make_organisation()
    return catalogue.start_draft(
        organisation=who.organisation, title="Our review", language="en", by=who.user,
        based_on=current("instrument", "review"),
    )  # fmt: skip


def state(draft: CatalogueDraft, code: str | None = None, **fields: Any) -> str:
    """Write a statement of one's own, over the one with this code, as it stands now."""
    draft.refresh_from_db()
    thing = actions.find(draft.content["items"], code) if code else None
    said: dict[str, Any] = {"dimension": "trust", "core": True, "text": {"en": "We pay on time."}, "baseline_text": {}}
    said |= {key: value for key, value in (thing or {}).items() if key in said} | fields
    return actions.save_statement(draft, code=code, values=said, seen=actions.mark_of(thing), by=draft.author)
