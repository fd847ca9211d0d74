"""Verbs of the reviews."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from evaluation.reviews import actions as reviews
from evaluation.reviews import kinds
from evaluation.reviews.models import Boundary, Part, Respondent, Round
from evaluation.reviews.queries import Said, asked, screens
from lifecycle.scoping.actions import bodies
from lifecycle.scoping.models import AffectedBody
from partnerships import clock
from partnerships.catalogue.queries import current
from partnerships.notices import links

from .telling import Story, verb

INSTRUMENTS = {"pulse": "pulse", "baseline": "review", "regular": "review", "closing": "review"}


@verb
def boundary(story: Story, by: Any, takes: Any) -> None:
    """scope, beyond, calendar, first, every_months, until (days); agreed: leads of the other partners."""
    made = reviews.set_boundary(
        scope=takes["scope"],
        beyond=takes.get("beyond", ""),
        calendar=takes.get("calendar", ""),
        first_on=story.date(takes["first"]),
        every_months=takes.get("every_months", 12),
        until_on=story.date(takes["until"]),
        by=story.place(by),
    )
    for other in takes["agreed"]:
        reviews.agree_boundary(
            Boundary.objects.of(story.partnership).get(pk=made.pk), seen=made.version, by=story.place(other)
        )


@verb
def round(story: Story, by: Any, takes: Any) -> None:
    """A round from its plan to its opening, from this day on.

    kind; name (to come back to it); days (from the first question to the last day); agreed: leads who agree to the
    dates; sides: for each lead: people (each answers) or nothing (one agreed answer), and how they see each dimension
    (a mean), single statements by code, and comments {code: words}; `paper`: more people of that side, each with how
    they answered (way), who typed it in (by) and how they see it. `until` stops half-way: planned, or open with the
    leads named in `handed_in` done.
    """
    length = takes.get("days", 14)
    opens = clock.now() + timedelta(hours=1)
    closes = opens + timedelta(days=length)
    plan = reviews.Plan(
        opens_at=opens,
        closes_at=closes,
        opening_at=closes + timedelta(days=2),
        in_full=takes.get("in_full", False),
        expected=takes.get("expected", ()),
    )
    kind = takes.get("kind", "regular")
    made = reviews.plan_round(kind, plan, instrument=current("instrument", INSTRUMENTS[kind]), by=story.place(by))
    story.kept[takes.get("name", kind)] = made
    for other in takes["agreed"]:
        reviews.agree_dates(made, seen=made.version, by=story.place(other))
    if takes.get("until") == "planned":
        return
    with clock.at(opens):
        reviews.start_round(made)
    handed_in = takes.get("handed_in", list(takes["sides"]))
    for step, (lead, side) in enumerate(takes["sides"].items(), start=1):
        with clock.at(opens + timedelta(days=max(1, step * length // (len(takes["sides"]) + 1)))):
            _take_part(story, made, lead, side, hand_in=lead in handed_in)
    if takes.get("until") == "open":
        return
    made = Round.objects.of(story.partnership).get(pk=made.pk)
    with clock.at(made.own_results_at + timedelta(minutes=1)):
        reviews.give_own_results(made)
    with clock.at(made.opening_at + timedelta(minutes=1)):
        reviews.open_round(made)


def _take_part(story: Story, made: Round, lead: str, side: Mapping[str, Any], *, hand_in: bool) -> None:
    place = story.place(lead)
    part = Part.objects.of(story.partnership).get(round=made, party=place.own_party)
    if "people" in side:
        reviews.choose_individual(part, seats=story.seats(side["people"]), by=place)
    else:
        reviews.choose_agreed(part, by=place)
    people = list(
        Respondent.objects.unguarded("the story answers for everybody of this side")
        .filter(part=part)
        .select_related("part__round", "part__party")
        .order_by("pk")
    )
    answering = people[: side["answer"]] if "answer" in side else people
    for number, respondent in enumerate(answering):
        for dimension, statements in screens(made).items():
            reviews.answer(
                respondent,
                screen=dimension,
                answers={
                    s.code: _value(side, s.code, dimension, order, number, len(people))
                    for order, s in enumerate(statements)
                },
                comments={s.code: side["comments"][s.code] for s in statements if s.code in side.get("comments", {})}
                if number == 0
                else {},
                guesses={
                    code: {story.party(who).pk: value for who, value in guess.items()}
                    for code, guess in side.get("expects", {}).items()
                },
            )
        reviews.finish_answer(respondent)
    for number, paper in enumerate(side.get("paper", ())):
        reviews.enter_for(
            part,
            form=f"{made.public_id}-{number}",
            way=paper["way"],
            noted_on=clock.today(),
            language=paper.get("language", "en"),
            answers={s.code: _value(paper, s.code, s.dimension, at, 0, 1) for at, s in enumerate(asked(made))},
            by=story.place(paper["by"]),
        )
    if hand_in:
        reviews.submit_part(Part.objects.of(story.partnership).get(pk=part.pk), by=place)


def _value(side: Mapping[str, Any], code: str, dimension: str, order: int, number: int, people: int) -> int:
    """Whole answers whose mean is what the story says of the statement, else of its dimension (a little around it)."""
    mean: float = side.get(code, side.get(dimension, side.get("all", 3)) + (0.2, -0.2, 0.1, -0.1, 0.0)[order % 5])
    return min(4, max(0, math.floor(mean + (number + 0.5) / people)))


@verb
def spoken(story: Story, by: Any, takes: Any) -> None:
    """What a body without a seat said of a round, written down by `by` and approved by the body, by mail.

    of (a round), body, speaks_for, address, mail_language; how, when, language (spoken); says: {question: [answer,
    words]}; readers (organisations).
    """
    place = story.place(by)
    body = AffectedBody.objects.of(story.partnership).filter(name=takes["body"]).first() or bodies.name_body(
        by=place,
        name=takes["body"],
        speaks_for=takes.get("speaks_for", ""),
        address=takes["address"],
        address_language=takes.get("mail_language", "en"),
    )
    voice = reviews.write_voice(
        story.kept[takes["of"]],
        reviews.Speaker(body),
        said={f"community.{code}": Said(*said) for code, said in takes["says"].items()},
        how=takes["how"],
        spoken_on=story.date(takes["when"]),
        spoken_language=takes["language"],
        by=place,
    )
    with clock.at(clock.now() + timedelta(days=takes.get("after", 1))):
        reviews.approve_voice_by_link(
            links.token_for(kinds.VOICE_PURPOSE, voice.pk, None),
            readers=[story.party(name) for name in takes["readers"]],
        )


@verb
def talked(story: Story, by: Any, takes: Any) -> None:
    """The partners talked about what they see differently: of (a round), about {statement: note}."""
    for code, note in takes["about"].items():
        reviews.mark_talked(story.kept[takes["of"]], about=code, note=note, by=story.place(by))


@verb
def session_note(story: Story, by: Any, takes: Any) -> None:
    """A line of a broker's own log: of (a round), text."""
    reviews.write_note(story.kept[takes["of"]], text=takes["text"], by=story.place(by))


@verb
def finding(story: Story, by: Any, takes: Any) -> None:
    """of (a round), text, about; agreed: leads; dissent {lead: words}; actions: [text, owner (organisation), person,
    day], with `done` where it was done."""
    made = reviews.add_finding(
        story.kept[takes["of"]], text=takes["text"], about=takes.get("about", ""), by=story.place(by)
    )
    for other in takes.get("agreed", []):
        reviews.take_stance(made, stance="agrees", by=story.place(other))
    for other, words in takes.get("dissent", {}).items():
        reviews.take_stance(made, stance="dissents", dissent=words, by=story.place(other))
    for one in takes.get("actions", []):
        person = one.get("person")
        action = reviews.add_action(
            story.kept[takes["of"]],
            text=one["text"],
            owner_party=story.party(one["owner"]),
            owner_seat=story.seat(person) if person else None,
            due_on=story.date(one["due"]) if "due" in one else None,
            finding=made,
            by=story.place(by),
        )
        if "accepted" in one:
            reviews.accept_action(
                action,
                owner_seat=story.seat(person) if person else None,
                due_on=action.due_on,
                by=story.place(one["accepted"]),
            )
        if "done" in one:
            with clock.at(clock.now() + timedelta(days=one.get("after", 30))):
                reviews.finish_action(action, note=one.get("note", ""), by=story.place(one["done"]))
