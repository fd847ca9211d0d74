"""Verbs of scoping."""

from __future__ import annotations

from typing import Any

from lifecycle.scoping import actions as scoping
from lifecycle.scoping.actions import Given, bodies
from lifecycle.scoping.models import AffectedBody, CanvasEntry, WayProposal
from partnerships.access.actions import open_release

from .telling import Story, verb


def _sheet(story: Story, kind: str, takes: Any) -> None:
    for person, said in takes.items():
        answers = {
            str(code): Given(*one)
            if isinstance(one, list)
            else Given(one)
            if kind in {"screen", "spectrum"}
            else Given("", one)
            for code, one in said.items()
        }
        scoping.save_sheet(kind, by=story.place(person), answers=answers, seen=0)
        scoping.hand_in(kind, by=story.place(person))


@verb
def screen(story: Story, by: Any, takes: Any) -> None:
    """{person: {question: option, or [option, words]}}; handed in one after the other, the last opens all."""
    _sheet(story, "screen", takes)


@verb
def motives(story: Story, by: Any, takes: Any) -> None:
    """{person: {want, fear, success}}"""
    _sheet(story, "motives", takes)


@verb
def card(story: Story, by: Any, takes: Any) -> None:
    """{person: {what_we_do, focus, deciding, problems, head_office, site_office}}"""
    _sheet(story, "card", takes)


@verb
def spectrum(story: Story, by: Any, takes: Any) -> None:
    """{person: {today, intended}}, each a step or [step, words]"""
    marks = {
        person: {mark: [str(one[0]), one[1]] if isinstance(one, list) else str(one) for mark, one in said.items()}
        for person, said in takes.items()
    }
    _sheet(story, "spectrum", marks)


@verb
def draft_screen(story: Story, by: Any, takes: Any) -> None:
    """Begun, not handed in."""
    answers = {str(code): Given(*one) if isinstance(one, list) else Given(one) for code, one in takes.items()}
    scoping.save_sheet("screen", by=story.place(by), answers=answers, seen=0)


@verb
def sentence(story: Story, by: Any, takes: Any) -> None:
    """purpose and if_asked, each with the leads who agree to it."""
    for kind in ("purpose", "if_asked"):
        if kind in takes:
            written = scoping.propose_sentence(kind, text=takes[kind], by=story.place(by), seen=0)
            for other in takes.get("agreed", []):
                scoping.agree_sentence(kind, number=written.number, by=story.place(other))


@verb
def way(story: Story, by: Any, takes: Any) -> None:
    """How the talks come out (go_on, grant, contract, own_sector, nothing), and who agrees."""
    proposal = scoping.propose_way(way=takes["way"], by=story.place(by))
    for other in takes.get("agreed", []):
        scoping.agree_way(WayProposal.objects.of(story.partnership).get(pk=proposal.pk), by=story.place(other))


@verb
def talk(story: Story, by: Any, takes: Any) -> None:
    """The next talk: when (a day), at (an hour), where."""
    scoping.set_talk(
        starts_at=story.moment(takes["when"], takes.get("at", 10)), where=takes.get("where", ""), by=story.place(by)
    )


@verb
def canvas(story: Story, by: Any, takes: Any) -> None:
    """{prompt: lines}; reach: own, partners_alone, partners. An opportunity eases two lines: [text, first, second]."""
    reach = takes.get("reach", "partners")
    for prompt, lines in takes.items():
        if prompt == "reach":
            continue
        if prompt == "opportunities":
            for text, *eased in lines:
                found = [CanvasEntry.objects.of(story.partnership).get(text=line) for line in eased]
                scoping.write_entry(prompt, text=text, by=story.place(by), eases=found)
        else:
            scoping.write_entries(prompt, lines, by=story.place(by), reach=reach)


@verb
def goal(story: Story, by: Any, takes: Any) -> None:
    """from (an opportunity), text, about; sides {person: [gain, fear]}; shows: people who show theirs; name."""
    place = story.place(by)
    drawn = scoping.draw_goal(
        CanvasEntry.objects.of(story.partnership).get(text=takes["from"]),
        text=takes["text"],
        about=takes["about"],
        by=place,
    )
    for person, (gain, fear) in takes.get("sides", {}).items():
        side = scoping.write_side(drawn, gain=gain, fear=fear, by=story.place(person), seen=0)
        if person in takes.get("shows", []):
            bundle = scoping.show_side(side, to="partners", by=story.place(person))
            for reader in takes.get("opened", []):
                other = story.place(reader)
                if other.own_party != story.place(person).own_party:
                    open_release(bundle, by=other)
    story.kept[takes.get("name", "goal")] = drawn


@verb
def prior(story: Story, by: Any, takes: Any) -> None:
    """title, link, note, reach (own, partners_alone, partners)."""
    scoping.note_prior(
        title=takes["title"],
        link=takes.get("link", ""),
        note=takes.get("note", ""),
        reach=takes.get("reach", "partners"),
        by=story.place(by),
    )


@verb
def ask_affected(story: Story, by: Any, takes: Any) -> None:
    """name, speaks_for; party where the body has a seat; about (involvement, partnership); when, how."""
    place = story.place(by)
    body = AffectedBody.objects.of(story.partnership).filter(name=takes["name"]).first()
    if body is None:
        body = bodies.name_body(
            by=place,
            name=takes["name"],
            speaks_for=takes.get("speaks_for", ""),
            body_party=story.party(takes["party"]) if "party" in takes else None,
        )
    bodies.ask(
        body,
        about=takes.get("about", "involvement"),
        asked_on=story.date(takes["when"]),
        how=takes.get("how", ""),
        by=place,
    )


@verb
def answer_affected(story: Story, by: Any, takes: Any) -> None:
    """A body with a seat answers: about, says, words; readers (organisations)."""
    bodies.answer_as_body(
        about=takes.get("about", "involvement"),
        says=takes["says"],
        words=takes.get("words", ""),
        readers=[story.party(name) for name in takes["readers"]],
        by=story.place(by),
    )
