"""Verbs of the record and the road: proposing, inviting, seats, files, moving."""

from __future__ import annotations

from typing import Any

from lifecycle.road import actions as road
from lifecycle.road.models import Proposal
from partnerships.access.actions import circle_here
from partnerships.access.actions import open_release as open_bundle
from partnerships.access.models import Release
from partnerships.documents import actions as documents
from partnerships.people import actions as people
from partnerships.people.models import Invitation
from partnerships.record import actions as record

from . import files
from .people import address
from .telling import Story, money, verb


# Opening --------------------------------------------------------------------------------------------------------------
@verb
def propose(story: Story, by: Any, takes: Any) -> None:
    """name, country, site, sectors; stage ("start where you are"), exploration, parent (a story told earlier)."""
    parent = takes.get("parent")
    story.partnership = record.propose(
        by=story.world.people[by],
        membership=story.world.membership(by),
        name=takes["name"],
        country=takes.get("country", ""),
        site=takes.get("site", ""),
        sectors=takes.get("sectors", ()),
        is_exploration=takes.get("exploration", False),
        parent=story.world.records[parent] if parent else None,
        stage=takes.get("stage", "scoping"),
        function=takes.get("function", "community"),
        level=takes.get("level", "management"),
    )
    story.world.records[story.name] = story.partnership
    record.accept_rules(by=story.place(by))


@verb
def invite(story: Story, by: Any, takes: Any) -> None:
    """party (an organisation), lead, role, paid_by; agreed: leads of the other partners. The lead comes in, and
    accepts the ground rules unless `rules` is false. With `waits`, nobody has followed the mail yet."""
    organisation = story.world.organisations[takes["party"]]
    lead = story.world.people[takes["lead"]]
    # An administrator brings an organisation in: who leads it here is one until then.
    member = story.world.membership(takes["lead"])
    role = member.role
    people.set_role(member, role="administrator")
    wish = record.invite_party(
        by=story.place(by),
        role=takes.get("role", "partner"),
        organisation_name=organisation.name,
        organisation_kind=organisation.kind,
        email=lead.email,
        person_name=lead.name,
        organisation=organisation,
        language=lead.language,
        paid_by=takes.get("paid_by", ""),
    )
    for other in takes.get("agreed", []):
        record.consent_to_invite(wish, by=story.place(other))
    if takes.get("waits"):
        return
    invitation = Invitation.objects.get(party_invite=wish, email=lead.email)
    people.accept(invitation, user=lead)
    people.set_role(member, role=role)
    if takes.get("rules", True):
        record.accept_rules(by=story.place(takes["lead"]))


@verb
def invite_new(story: Story, by: Any, takes: Any) -> None:
    """An organisation that is not here yet: its lead has the mail, and has not followed it."""
    record.invite_party(
        by=story.place(by),
        role=takes.get("role", "partner"),
        organisation_name=takes["name"],
        organisation_kind=takes["kind"],
        email=address(takes["address"]),
        person_name=takes["lead"],
        language=takes.get("language", "en"),
    )


# People ---------------------------------------------------------------------------------------------------------------
@verb
def seats(story: Story, by: Any, takes: Any) -> None:
    """For each person: duty, function, level, hours a week, office, rosters, stands_in_for."""
    for person, one in takes.items():
        stands_in_for = one.get("stands_in_for")
        record.give_seat(
            by=story.place(by),
            membership=story.world.membership(person),
            duty=one.get("duty", "member"),
            function=one.get("function", "other"),
            level=one.get("level", "management"),
            hours=money(one.get("hours")),
            office=story.world.offices[one["office"]] if "office" in one else None,
            rosters=one.get("rosters", False),
            stands_in_for=story.seat(stands_in_for) if stands_in_for else None,
        )


@verb
def end_seat(story: Story, by: Any, takes: Any) -> None:
    """Somebody leaves the team."""
    record.end_seat(story.seat(takes), by=story.place(by))


@verb
def leaves(story: Story, by: Any, takes: Any) -> None:
    """Somebody leaves the organisation, and the team with it; `by` is an administrator."""
    people.end_membership(story.world.membership(takes), by=story.world.people[by])


@verb
def hand_over(story: Story, by: Any, takes: Any) -> None:
    """The handover page of a person's seat: who, promised, open, sensitive, next; finished."""
    texts = {name: takes[name] for name in ("who", "promised", "open", "sensitive", "next") if name in takes}
    record.save_handover(story.seat(takes["of"]), by=story.place(by), texts=texts, finished=takes.get("finished", True))


# Files ----------------------------------------------------------------------------------------------------------------
@verb
def document(story: Story, by: Any, takes: Any) -> None:
    """title, as (pdf, docx, jpg), lines, kind, circle; name: to cite it later."""
    place = story.place(by)
    story.kept[takes.get("name", takes["title"])] = documents.store(
        partnership=story.partnership,
        upload=files.make(takes.get("as", "pdf"), takes["title"], takes.get("lines", [])),
        circle=circle_here(place, takes.get("circle", "partners")),
        by=place,
        kind=takes.get("kind", ""),
        title=takes["title"],
        valid_until=story.date(takes["valid"]) if "valid" in takes else None,
        note=takes.get("note", ""),
    )


@verb
def seen(story: Story, by: Any, takes: Any) -> None:
    """A document that was seen and stays where it is."""
    place = story.place(by)
    story.kept[takes.get("name", takes["title"])] = documents.note_seen(
        partnership=story.partnership,
        circle=circle_here(place, takes.get("circle", "own")),
        by=place,
        title=takes["title"],
        seen_by=takes["seen_by"],
        seen_on=story.date(takes["when"]),
        held_at=takes["held_at"],
        kind=takes.get("kind", ""),
    )


@verb
def open_releases(story: Story, by: Any, takes: Any) -> None:
    """A party opens everything that was released to it and waits."""
    place = story.place(by)
    waiting = Release.objects.filter(
        partnership=story.partnership, recalled_at=None, circle__members__party=place.own_party
    ).exclude(party=place.own_party)
    for bundle in waiting.exclude(openings__party=place.own_party).distinct():
        open_bundle(bundle, by=place)


# The road -------------------------------------------------------------------------------------------------------------
@verb
def move(story: Story, by: Any, takes: Any) -> None:
    """The first person proposes the next stage, the others (leads of the other partners) agree."""
    first, *others = takes
    proposal = road.propose_forward(by=story.place(first))
    for other in others:
        road.consent(Proposal.objects.get(pk=proposal.pk), by=story.place(other))


@verb
def hold(story: Story, by: Any, takes: Any) -> None:
    road.put_on_hold(reason=takes, by=story.place(by))


@verb
def go_on(story: Story, by: Any, takes: Any) -> None:
    """A partnership that was suspended goes on: the first person proposes it, the others agree."""
    first, *others = takes
    proposal = road.propose_resume(by=story.place(first))
    for other in others:
        road.consent(Proposal.objects.get(pk=proposal.pk), by=story.place(other))


@verb
def target(story: Story, by: Any, takes: Any) -> None:
    """When a stage is to be reached: {stage: day}."""
    for stage, day in takes.items():
        road.set_target(stage=stage, on=story.date(day), by=story.place(by))
