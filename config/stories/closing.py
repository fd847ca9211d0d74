"""Verbs of concluding, lessons and reports."""

from __future__ import annotations

from typing import Any

from evaluation.lessons import actions as lessons
from evaluation.outcomes import actions as outcomes
from evaluation.reports import actions as reports
from evaluation.reviews.models import Round
from lifecycle.concluding import actions as concluding

from .telling import Story, verb


@verb
def closing(story: Story, by: Any, takes: Any) -> None:
    """The closing texts (reason: [code, words]; communities, government, message, data), and who agrees."""
    for kind, text in takes.items():
        if kind == "agreed":
            continue
        reason, words = text if kind == "reason" else ("", text)
        row = concluding.write(kind, text=words, reason=reason, seen=0, by=story.place(by))
        for other in takes["agreed"]:
            concluding.agree(kind, number=row.number, by=story.place(other))


@verb
def look_back(story: Story, by: Any, takes: Any) -> None:
    """Somebody looks back: owner, when."""
    concluding.plan_look_back(owner=story.seat(takes["owner"]), on=story.date(takes["when"]), by=story.place(by))


@verb
def lessons_of(story: Story, by: Any, takes: Any) -> None:
    """{lead: {worked, failed, differently, useful_for}}, handed in."""
    for person, texts in takes.items():
        lessons.save_lessons(by=story.place(person), texts=texts, seen={})
        lessons.hand_in(by=story.place(person))


@verb
def learned(story: Story, by: Any, takes: Any) -> None:
    """After a round: of, sides {lead: {worked, failed, differently}} handed in; others [{by, text, about, stage,
    agreed}] in words for everybody; told: leads who say that of value, hours and cost there is no more."""
    found = Round.objects.of(story.partnership).select_related("partnership", "circle").get(
        pk=story.kept[takes["of"]].pk
    )  # fmt: skip
    for person, texts in takes.get("sides", {}).items():
        lessons.save_lessons(by=story.place(person), texts=texts, seen={}, round=found)
        lessons.hand_in(by=story.place(person), round=found)
    for one in takes.get("others", []):
        made = lessons.word_for_others(
            text=one["text"], about=one["about"], stage=one["stage"], round=found, by=story.place(one["by"])
        )
        for other in one.get("agreed", []):
            lessons.approve(made, by=story.place(other))
    for person in takes.get("told", []):
        outcomes.tell_worth(found, by=story.place(person))


@verb
def for_others(story: Story, by: Any, takes: Any) -> None:
    """A lesson in words for everybody: text, about, stage, agreed."""
    made = lessons.word_for_others(
        text=takes["text"], about=takes.get("about", ""), stage=takes.get("stage", ""), by=story.place(by)
    )
    for other in takes["agreed"]:
        lessons.approve(made, by=story.place(other))


@verb
def report(story: Story, by: Any, takes: Any) -> None:
    """The report of a round: of, language, word (review, evaluation); its PDF is made by the sweep."""
    place = story.place(by)
    made = reports.make_report(
        Round.objects.of(story.partnership)
        .select_related("partnership", "circle", "instrument")
        .get(pk=story.kept[takes["of"]].pk),
        audience=takes.get("audience", "partners"),
        by=place,
    )
    reports.ask_for_pdf(made, language=takes.get("language", "en"), word=takes.get("word", "review"), user=place.user)
    if takes.get("to_organisation"):
        reports.release_to_organisation(made, by=place)
