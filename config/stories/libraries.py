"""Verbs of question libraries that organisations make their own."""

from __future__ import annotations

from typing import Any

from lifecycle.diligence import actions as diligence
from partnerships.authoring import actions as authoring
from partnerships.catalogue import actions as catalogue
from partnerships.catalogue.models import CatalogueDraft
from partnerships.catalogue.queries import current

from .telling import Story, verb


@verb
def own_library(story: Story, by: Any, takes: Any) -> None:
    """title, language; from (a published one by its name; else the shipped one); leaves [codes]; adds [questions, each
    with theme, text, guidance and what differs from a plain one]; fact (its words); published: or it stays a draft;
    name."""
    who = story.world.people[by]
    language = takes.get("language", who.language)
    draft = catalogue.start_draft(
        organisation=story.world.membership(by).organisation,
        title=takes.get("title", ""),
        language=language,
        based_on=story.kept[takes["from"]] if "from" in takes else current("library", "diligence"),
        by=who,
    )
    for code in takes.get("leaves", []):
        authoring.remove_question(draft, code=code, seen=authoring.mark_of_question(draft, code), by=who)
    if "fact" in takes:
        authoring.save_group(
            draft, key="facts", code=None, title={language: takes["fact"]}, text={}, seen=authoring.mark_of(None),
            by=who,
        )  # fmt: skip
    for question in takes.get("adds", []):
        plain = {"direction": "both", "critical": 0, "depth": "standard", "answer": "scale"}
        words = {key: {language: question[key]} for key in ("text", "guidance", "evidence", "unit") if key in question}
        authoring.save_question(
            draft, code=None, values={**plain, **question, **words}, same=False, seen=authoring.mark_of(None), by=who
        )
    story.kept[takes["name"]] = _published(draft) if takes.get("published") else draft


def _published(draft: CatalogueDraft) -> Any:
    draft.refresh_from_db()
    return catalogue.publish_draft(draft, seen=draft.version, by=draft.author)


@verb
def whose_questions(story: Story, by: Any, takes: Any) -> None:
    """Propose whose questions are asked: library (its name), depth; agreed: leads."""
    choice = diligence.propose_depth(
        depth=takes.get("depth", "light"), library=story.kept[takes["library"]], by=story.place(by)
    )
    for person in takes.get("agreed", []):
        diligence.agree_depth(choice, by=story.place(person))
