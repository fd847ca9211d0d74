"""Verbs of due diligence."""

from __future__ import annotations

from typing import Any

from lifecycle.diligence import actions as diligence
from lifecycle.diligence.actions import Said
from lifecycle.diligence.models import Measure, SharedLine, SharedPage
from lifecycle.diligence.queries import depth_of, library, questions_for
from partnerships.access.actions import circle_here

from .telling import Story, verb


@verb
def assess(story: Story, by: Any, takes: Any) -> None:
    """about (an organisation, one's own too); says {code: [level, words]}; what is not named is "no concern", open
    questions and `leave` are left for later; cites {code: [documents]}; shows: released to the partners."""
    place = story.place(by)
    about = story.party(takes["about"])
    asked = questions_for(library(), place.own_party, about, depth_of(story.partnership))
    said = {}
    for question in asked:
        if question.code in takes.get("says", {}):
            level, *words = takes["says"][question.code]
            said[question.code] = Said(level, " ".join(words))
        elif question.answer == "scale" and question.code not in takes.get("leave", []) and not takes.get("only"):
            said[question.code] = Said("none")
    for theme in dict.fromkeys(q.theme for q in asked):
        codes = [q.code for q in asked if q.theme == theme]
        diligence.save_theme(
            about=about, codes=codes, said={c: said[c] for c in codes if c in said}, seen=None, by=place
        )
    for code, names in takes.get("cites", {}).items():
        diligence.cite(about=about, code=code, documents=[story.kept[n] for n in names], by=place)
    if takes.get("shows"):
        diligence.release_checklist(about=about, to=circle_here(place, "partners"), with_documents=True, by=place)


@verb
def measure(story: Story, by: Any, takes: Any) -> None:
    """What is done about a concern: about, code, text, owner (a person), due (day), board (day); name."""
    story.kept[takes.get("name", takes["code"])] = diligence.set_measure(
        about=story.party(takes["about"]),
        code=takes["code"],
        text=takes["text"],
        owner=story.seat(takes["owner"]),
        due_on=story.date(takes["due"]),
        board_on=story.date(takes["board"]) if "board" in takes else None,
        by=story.place(by),
    )


@verb
def measure_done(story: Story, by: Any, takes: Any) -> None:
    found = Measure.objects.of(story.partnership).select_related("owner__party", "party").get(pk=story.kept[takes].pk)
    diligence.finish_measure(found, by=story.place(by))


@verb
def risk(story: Story, by: Any, takes: Any) -> None:
    """text, to_whom, weight [likelihood, impact], measure, owner, due, left [likelihood, impact]; circle."""
    place = story.place(by)
    left = takes.get("left", [None, None])
    diligence.weigh_risk(
        values={
            "text": takes["text"],
            "to_whom": takes.get("to_whom", "people"),
            "likelihood": takes["weight"][0],
            "impact": takes["weight"][1],
            "measure": takes.get("measure", ""),
            "owner": story.seat(takes["owner"]) if "owner" in takes else None,
            "due_on": story.date(takes["due"]) if "due" in takes else None,
            "residual_likelihood": left[0],
            "residual_impact": left[1],
        },
        circle=circle_here(place, takes.get("circle", "partners")),
        by=place,
    )


@verb
def visit(story: Story, by: Any, takes: Any) -> None:
    """kind (visit, exchange, joint), host (organisation), when, where; people who took part, met, learned. Without
    people it is planned."""
    place = story.place(by)
    made = diligence.plan_visit(
        kind=takes.get("kind", "visit"),
        host=story.party(takes["host"]) if "host" in takes else None,
        on=story.date(takes["when"]),
        where=takes["where"],
        circle=circle_here(place, "partners"),
        by=place,
    )
    if "people" in takes:
        diligence.write_up_visit(
            made,
            seats=story.seats(takes["people"]),
            on=story.date(takes["when"]),
            met=takes.get("met", ""),
            learned=takes.get("learned", ""),
            by=place,
        )


@verb
def side_by_side(story: Story, by: Any, takes: Any) -> None:
    """lines {person: {goal, value, red_line: [words, relation]}}, steps [words, owner, day]; agreed: leads."""
    for person, lines in takes["lines"].items():
        for kind, texts in lines.items():
            for text, relation in texts:
                line = diligence.add_line(kind=kind, text=text, by=story.place(person))
                diligence.change_line(
                    SharedLine.objects.of(story.partnership).select_related("page").get(pk=line.pk),
                    by=story.place(person),
                    relation=relation,
                )
    for text, owner, day in takes.get("steps", []):
        diligence.add_line(
            kind="step", text=text, owner=story.seat(owner), due_on=story.date(day), by=story.place(owner)
        )
    for person in takes.get("agreed", []):
        for page in SharedPage.objects.of(story.partnership):
            diligence.agree_page(page, seen=page.version, by=story.place(person))


@verb
def decide(story: Story, by: Any, takes: Any) -> None:
    """The partner's own decision: outcome (go, conditions, not_now), reason."""
    diligence.decide(outcome=takes["outcome"], reason=takes.get("reason", ""), by=story.place(by))
