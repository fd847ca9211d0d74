"""Verbs of communication."""

from __future__ import annotations

from typing import Any

from lifecycle.communication import actions as communication
from lifecycle.communication import approving, planning
from lifecycle.communication.models import Approvable, ColleagueQuestion, PlanEntry, QAItem

from .telling import Story, verb


def _approve(story: Story, row: Approvable, by: str, others: list[str]) -> None:
    row = Approvable.objects.of(story.partnership).get(pk=row.pk)
    approving.ask(row, seen=row.version, by=story.place(by))
    for other in others:
        approving.approve(row, seen=row.version, by=story.place(other))


@verb
def plan(story: Story, by: Any, takes: Any) -> None:
    """The five audiences to begin with, and more by code; approved by those named in agreed."""
    place = story.place(by)
    planning.start_with_the_first(by=place)
    planning.add_from_catalogue(
        [(code, story.party(party) if party else None) for code, party in takes.get("more", [])], by=place
    )
    if "agreed" in takes:
        _approve(story, Approvable.objects.of(story.partnership).get(kind="plan"), by, takes["agreed"])


@verb
def spokespeople(story: Story, by: Any, takes: Any) -> None:
    """people {lead: [person, stand-in, how to reach them]}; agreed."""
    for lead, (person, stand_in, reach) in takes["people"].items():
        planning.name_spokesperson(
            seat=story.seat(person), stand_in=story.seat(stand_in), reach=reach, seen=0, by=story.place(lead)
        )
    if "agreed" in takes:
        _approve(story, Approvable.objects.of(story.partnership).get(kind="spokespeople"), by, takes["agreed"])


@verb
def questions(story: Story, by: Any, takes: Any) -> None:
    """Joint answers: answers (to the catalogue's questions, in order; the rest are taken out), own [[question,
    answer]]; agreed."""
    items = planning.start_questions(by=story.place(by))
    for number, item in enumerate(items):
        item = QAItem.objects.of(story.partnership).get(pk=item.pk)
        if number < len(takes["answers"]):
            planning.answer_question(item, answer=takes["answers"][number], seen=item.version, by=story.place(by))
        else:
            planning.take_out_question(item, by=story.place(by))
    for question, answer in takes.get("own", []):
        planning.add_question(question=question, answer=answer, by=story.place(by))
    if "agreed" in takes:
        _approve(story, Approvable.objects.of(story.partnership).get(kind="qa"), by, takes["agreed"])


@verb
def joint_text(story: Story, by: Any, takes: Any) -> None:
    """kind (holding, facts, announcement, public, names, closing), title, text; agreed; said: a day, outlet."""
    fields = {name: takes[name] for name in ("title", "text") if name in takes}
    row = approving.start(takes["kind"], by=story.place(by), **fields)
    if "agreed" not in takes:
        return
    _approve(story, row, by, takes["agreed"])
    if "said" in takes:
        approving.say_in_public(
            Approvable.objects.of(story.partnership).get(pk=row.pk),
            on=story.date(takes["said"]),
            outlet=takes.get("outlet", ""),
            by=story.place(by),
        )


@verb
def ask_approval(story: Story, by: Any, takes: Any) -> None:
    """A lead asks for the approval of a set or text: its kind."""
    _approve(story, Approvable.objects.of(story.partnership).get(kind=takes), by, [])


@verb
def remark(story: Story, by: Any, takes: Any) -> None:
    """What is missing before a set or text can be approved: kind, text."""
    row = Approvable.objects.of(story.partnership).get(kind=takes["kind"])
    approving.add_remark(row, text=takes["text"], by=story.place(by))


@verb
def contact(story: Story, by: Any, takes: Any) -> None:
    """A conversation: who, when, where, said, promised; audience (of the plan), readers."""
    entry = None
    if "audience" in takes:
        entry = PlanEntry.objects.of(story.partnership).filter(code=takes["audience"], removed_at=None).first()
    communication.log_contact(
        by=story.place(by),
        who=takes["who"],
        held_on=story.date(takes["when"]),
        where=takes.get("where", ""),
        said=takes.get("said", ""),
        promised=takes.get("promised", ""),
        entry=entry,
        readers=takes.get("readers", "partners"),
    )


@verb
def briefing(story: Story, by: Any, takes: Any) -> None:
    """A partner has briefed its own staff: covers (head, field, both), when, where, said."""
    communication.brief_staff(
        by=story.place(by),
        covers=takes.get("covers", "both"),
        held_on=story.date(takes["when"]),
        where=takes.get("where", ""),
        said=takes.get("said", ""),
    )


@verb
def drivers(story: Story, by: Any, takes: Any) -> None:
    """{driver, interest, want: [lines]}; shows: to the partners."""
    written = [
        communication.write_driver(kind=kind, text=text, by=story.place(by))
        for kind in ("driver", "interest", "want")
        for text in takes.get(kind, [])
    ]
    if takes.get("shows", True):
        communication.release_drivers(written, by=story.place(by))


@verb
def colleague_asks(story: Story, by: Any, takes: Any) -> None:
    """A question from colleagues: topic, text, when; helps: the partners are asked to help; name."""
    asked = communication.note_question(
        topic=takes["topic"], text=takes["text"], asked_on=story.date(takes["when"]), by=story.place(by)
    )
    if "helps" in takes:
        communication.ask_for_help(asked, by=story.place(by))
    story.kept[takes.get("name", takes["topic"])] = asked


@verb
def helps(story: Story, by: Any, takes: Any) -> None:
    """What helps to answer a question from colleagues: of (its name), words. Who helps has opened what was asked."""
    asked = ColleagueQuestion.objects.visible_to(story.place(by)).get(pk=story.kept[takes["of"]].pk)
    communication.help_answer(asked, text=takes["words"], by=story.place(by))


@verb
def media_call(story: Story, by: Any, takes: Any) -> None:
    """The media called: outlet, hours ago, question, deadline; name."""
    story.kept[takes.get("name", "call")] = communication.report_call(
        by=story.place(by),
        outlet=takes["outlet"],
        called_at=story.tick_back(takes.get("hours", 0.5)),
        question=takes.get("question", ""),
        deadline=takes.get("deadline", ""),
        off_duty=takes.get("off_duty", False),
    )


@verb
def media_step(story: Story, by: Any, takes: Any) -> None:
    """A step of the answer: step (acknowledge, holding, answer), answer."""
    communication.take_step(
        story.kept[takes.get("name", "call")], takes["step"], by=story.place(by), answer=takes.get("answer", "")
    )
