"""Three partners, one of them a public authority: all answer alone, one ends its part, the others go on."""

from __future__ import annotations

import pytest

from . import steps
from .ground import Ground

pytestmark = pytest.mark.browser

RECORD = "Lake Ondo fishing grounds"
WHY = "Our group has stopped exploring here; the two of you need no mine to clean the lake."


def test_an_ngo_invites_a_company_and_a_public_authority_as_partners(ground: Ground) -> None:
    noor = steps.first_organisation(ground, "Green Lake Trust", "ngo", "Noor Adeyemi", "noor@greenlake.example")
    steps.propose(noor, RECORD, country="Ghana", site="Ondo")
    steps.invite(
        noor, "Piet Vos", "piet@ondara.example",
        role="partner", organisation_name="Ondara Minerals", organisation_kind="company",
    )  # fmt: skip
    piet = steps.arrive(ground, "Piet Vos", "piet@ondara.example", RECORD)
    steps.invite(
        noor, "Esi Mensah", "esi@wateroffice.example",
        role="partner", organisation_name="Regional Water Office", organisation_kind="government",
    )  # fmt: skip
    # The third partner needs the yes of those who are in already.
    piet.go("/")
    piet.click("Agree to invite Regional Water Office")
    piet.click("Agree to invite them")
    esi = steps.arrive(ground, "Esi Mensah", "esi@wateroffice.example", RECORD, phone=True)
    for who in (noor, piet, esi):
        who.open("people/")
        who.sees("Regional Water Office")


def test_nothing_opens_before_the_third_is_in(ground: Ground) -> None:
    noor, piet, esi = (ground.people[name] for name in ("noor", "piet", "esi"))
    for who, words in ((noor, "A lake that feeds the town."), (piet, "A licence that people accept.")):
        steps.hand_in_the_screen(who, steps.FIT, {"1": words})
        steps.hand_in_the_motives(who, words, "To waste years.", "Fish in the nets.")
    for who in (noor, esi):
        who.open("scoping/screen/")
        who.sees_not("A licence that people accept.")
    steps.hand_in_the_screen(esi, steps.FIT, {"1": "Rules that everybody keeps."})
    steps.hand_in_the_motives(esi, "Clean water.", "To be blamed.", "Fewer complaints.")
    for who in (noor, piet, esi):
        who.open("scoping/screen/")
        who.sees("A licence that people accept.")
        who.sees("Rules that everybody keeps.")
    noor.shoot("three-screens")
    steps.propose_a_sentence(noor, "purpose", "Fish and clean water for the towns around Lake Ondo.")
    steps.propose_a_sentence(esi, "if_asked", "We talk about the lake; nothing is decided.")
    for who in (noor, piet, esi):
        steps.agree_to_the_sentences(who)
    esi.open("gate/")
    esi.sees("Not yet: Due diligence")


def test_a_body_without_a_seat_approves_the_note_from_its_mail(ground: Ground) -> None:
    noor, piet = ground.people["noor"], ground.people["piet"]
    noor.open("scoping/affected/")
    noor.click("Name a body")
    noor.fill(name="Fishers' council", speaks_for="Six landing places", address="council@landing.example")
    noor.submit()
    noor.fill(about="involvement", how="At the landing place, in Ewe.")
    noor.submit()
    noor.click("Note their answer")
    noor.fill(says="yes", words="They want to be told before boats are sent away.")
    noor.submit()
    piet.open("scoping/affected/")
    piet.sees_not("Yes, we wish to be involved")
    council = ground.person("Fishers' council", "council@landing.example", phone=True)
    council.follow(council.mail("/note/"), "/note/")
    council.sees("They want to be told before boats are sent away.")
    council.shoot("three-note-from-the-mail")
    council.submit("Yes, we approve it")
    piet.open("scoping/affected/")
    piet.sees("They want to be told before boats are sent away.")


def test_one_ends_its_part_alone_and_the_others_go_on(ground: Ground) -> None:
    noor, piet, esi = (ground.people[name] for name in ("noor", "piet", "esi"))
    # Two of three have agreed to the next stage when the third goes: the proposal falls, nothing moves by itself.
    noor.open("gate/")
    noor.submit("Propose: Due diligence")
    esi.open("gate/")
    esi.submit("Agree")
    piet.open("end/")
    piet.fill(reason=WHY)
    piet.submit()
    noor.mail(subject=RECORD)
    noor.open("moves/")
    noor.sees(WHY)
    noor.open("gate/")
    noor.sees("Due diligence can open")
    steps.pass_the_gate(noor, esi, stage="Due diligence")
    noor.open("scoping/canvas/write/constraints/")
    noor.fill(text="No boat of our own", reach="partners")
    noor.submit()
    esi.open("scoping/canvas/")
    esi.sees("No boat of our own")
    # Who left reads what it could read then, acts no more, and reads nothing that came later.
    piet.open("scoping/screen/")
    piet.sees("Rules that everybody keeps.")
    piet.cannot_open("scoping/canvas/write/constraints/")
    piet.open("scoping/canvas/")
    piet.sees_not("No boat of our own")
    piet.go("/")
    piet.sees("Nothing waits for you")
    noor.shoot("three-two-go-on")
