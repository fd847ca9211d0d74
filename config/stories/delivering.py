"""Verbs of delivery: governance, commitments, contributions, promises, disagreements."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from lifecycle.delivery import actions as delivery
from lifecycle.delivery import governance
from lifecycle.delivery.models import Commitment, Dispute, Gift, GovernanceBody, SeatLine
from partnerships import clock

from . import files
from .telling import Story, money, verb


@verb
def body(story: Story, by: Any, takes: Any) -> None:
    """A governance body: name, cadence, rule, quorum, decides; seats {organisation: [seats, votes], with chair, field,
    veto}; agreed: leads; circle."""
    lines = [
        SeatLine(
            party=story.party(name),
            seats=one["seats"],
            votes=one.get("votes", one["seats"]),
            field_seats=one.get("field", 0),
            is_chair=one.get("chair", False),
            veto_on=one.get("veto", ""),
        )
        for name, one in takes["seats"].items()
    ]
    made = governance.propose_body(
        by=story.place(by),
        values={
            "name": takes["name"],
            "cadence": takes.get("cadence", "quarterly"),
            "rule": takes.get("rule", "consensus"),
            "quorum": takes.get("quorum", 2),
            "decides": takes.get("decides", ""),
        },
        lines=lines,
        circle_kind=takes.get("circle", "all"),
    )
    story.kept["body"] = made
    for other in takes.get("agreed", []):
        governance.agree_body(made, by=story.place(other), seen=made.version)


def _body(story: Story) -> GovernanceBody:
    found: GovernanceBody = GovernanceBody.objects.of(story.partnership).get(pk=story.kept["body"].pk)
    return found


@verb
def met(story: Story, by: Any, takes: Any) -> None:
    """The body met: when, people, notes; decided [[words, organisations]], left_open [words]."""
    meeting = governance.record_meeting(
        _body(story),
        by=story.place(by),
        on=story.date(takes["when"]),
        present=story.seats(takes["people"]),
        notes=takes.get("notes", ""),
        guests=takes.get("guests", ""),
    )
    for text, parties in takes.get("decided", []):
        governance.add_resolution(
            meeting, by=story.place(by), text=text, state="decided", agreed=[story.party(name) for name in parties]
        )
    for text in takes.get("left_open", []):
        governance.add_resolution(meeting, by=story.place(by), text=text, state="left_open")


@verb
def meet(story: Story, by: Any, takes: Any) -> None:
    """The next meeting of the body: when, where, agenda."""
    governance.plan_meeting(
        _body(story),
        by=story.place(by),
        on=story.date(takes["when"]),
        place=takes.get("where", ""),
        agenda=takes.get("agenda", ""),
    )


@verb
def commit(story: Story, by: Any, takes: Any) -> None:
    """what, owner, due, person; delivered: [lead, days before the due day], photo, note; confirmed: a person."""
    due = story.date(takes["due"])
    person = takes.get("person")
    made = delivery.make(
        by=story.place(by),
        what=takes["what"],
        owner=story.party(takes["owner"]),
        due_on=due,
        person=story.world.people[person] if person else None,
        circle_kind=takes.get("circle", "partners"),
    )
    story.kept[takes.get("name", takes["what"])] = made
    if "delivered" not in takes:
        return
    who, day = takes["delivered"]
    with clock.at(story.moment(day, 9)):
        delivery.deliver(
            Commitment.objects.of(story.partnership).get(pk=made.pk),
            by=story.place(who),
            note=takes.get("note", ""),
            upload=files.make("jpg", takes["photo"], []) if "photo" in takes else None,
        )
    if "confirmed" in takes:
        with clock.at(story.moment(day, 9) + timedelta(days=2)):
            delivery.confirm(
                Commitment.objects.of(story.partnership).get(pk=made.pk), by=story.place(takes["confirmed"])
            )


@verb
def contribute(story: Story, by: Any, takes: Any) -> None:
    """giver, kind (cash, in_kind, time, other), what, amount, starts, ends, hours, hour_rate; given [[day, amount]],
    confirmed: a person of another partner."""
    made = delivery.promise_contribution(
        by=story.place(by),
        giver=story.party(takes["giver"]),
        circle_kind=takes.get("circle", "all"),
        values={
            "kind": takes["kind"],
            "what": takes["what"],
            "starts_on": story.date(takes["starts"]),
            "ends_on": story.date(takes["ends"]),
            "amount": money(takes.get("amount")),
            "currency": "USD",
            "hours": money(takes.get("hours")),
            "hour_rate": money(takes.get("hour_rate")),
        },
    )
    for day, amount in takes.get("given", []):
        with clock.at(story.moment(day, 9)):
            by_hours = takes["kind"] == "time" and "hour_rate" in takes
            gift = delivery.put_in(
                made,
                by=story.place(by),
                on=story.date(day),
                amount=None if by_hours else money(amount),
                hours=Decimal(amount) if by_hours else None,
            )
            if "confirmed" in takes:
                found = Gift.objects.of(story.partnership).select_related("contribution").get(pk=gift.pk)
                delivery.check_gift(found, by=story.place(takes["confirmed"]), seen_it=True)


@verb
def promise(story: Story, by: Any, takes: Any) -> None:
    """To a body of affected people: what, promiser, said (day), due; to (an organisation) or body (a name); kept:
    [person, day, note], or explained: [person, day, note]; judged: [person of the body, day]."""
    made = delivery.note_promise(
        by=story.place(by),
        what=takes["what"],
        promiser=story.party(takes["promiser"]),
        said_on=story.date(takes["said"]),
        body=story.party(takes["to"]) if "to" in takes else None,
        body_name=takes.get("body", ""),
        due_on=story.date(takes["due"]) if "due" in takes else None,
    )
    for word in ("kept", "explained"):
        if word in takes:
            who, day, note = takes[word]
            with clock.at(story.moment(day, 9)):
                made = delivery.end_promise(made, by=story.place(who), kept=word == "kept", note=note)
    if "judged" in takes:
        who, day = takes["judged"]
        with clock.at(story.moment(day, 9)):
            delivery.judge_promise(made, by=story.place(who), kept=True)


@verb
def disagreement(story: Story, by: Any, takes: Any) -> None:
    """what, due (day); name: to come back to it."""
    made = governance.open_dispute(by=story.place(by), what=takes["what"], due_on=story.date(takes["due"]))
    story.kept[takes.get("name", takes["what"])] = made


def _dispute(story: Story, name: str) -> Dispute:
    found: Dispute = Dispute.objects.of(story.partnership).get(pk=story.kept[name].pk)
    return found


@verb
def higher(story: Story, by: Any, takes: Any) -> None:
    """A disagreement goes one level up: of (its name), due (day), why."""
    governance.escalate(
        _dispute(story, takes["of"]), by=story.place(by), due_on=story.date(takes["due"]), why=takes.get("why", "")
    )


@verb
def settled(story: Story, by: Any, takes: Any) -> None:
    """How a disagreement is settled: of (its name), how; agreed: people of the other partners."""
    made = governance.propose_settlement(_dispute(story, takes["of"]), by=story.place(by), how=takes["how"])
    for other in takes["agreed"]:
        governance.agree_settlement(_dispute(story, takes["of"]), by=story.place(other), seen=made.version)


@verb
def another_day(story: Story, by: Any, takes: Any) -> None:
    """A commitment's day moves: of (its name), to (a day), why."""
    found = Commitment.objects.of(story.partnership).get(pk=story.kept[takes["of"]].pk)
    delivery.move_due(found, by=story.place(by), to=story.date(takes["to"]), why=takes["why"])
