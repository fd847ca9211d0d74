from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from lifecycle.agreement import actions, queries, registry, signing, terms
from lifecycle.agreement.models import Agreement, FrozenText, Paper, Signature
from lifecycle.agreement.permissions import can_sign
from lifecycle.road.registry import Condition
from partnerships.history.models import Act
from partnerships.notices.models import Notice
from partnerships.record.actions import leave
from partnerships.record.states import Duty, Level, Stage
from tests.factories import World, make_partnership, sign_in
from tests.lifecycle.agreement.conftest import (
    agree_all,
    agreed_draft,
    clause,
    draft,
    frozen,
    propose,
    sign,
    signed,
    terms_agreed,
)

pytestmark = pytest.mark.django_db


def test_signing_opens_when_every_clause_is_agreed_by_every_partner(world: World) -> None:
    agreement = draft(world)
    agree_all(world, agreement, "ngo")
    with pytest.raises(ValidationError, match="Every clause agreed"):
        signing.open_signing(agreement, by=world.ngo, blanks_known=True)
    agree_all(world, agreement, "company")
    signing.open_signing(agreement, by=world.ngo, blanks_known=True)
    agreement.refresh_from_db()
    assert agreement.state == "signing"
    waiting = world.partnership.work_items.filter(kind="agreement.sign", closed_at=None)
    assert {w.party.name for w in waiting} == {"Sahel Futures", "Corvane Gold"}


def test_open_blanks_are_named_before_the_text_is_frozen(world: World) -> None:
    agreement = agreed_draft(world)
    with pytest.raises(ValidationError) as caught:
        signing.open_signing(agreement, by=world.ngo)
    assert caught.value.code == "blanks"


def test_a_memorandum_waits_for_the_gate_an_nda_does_not(db: None) -> None:
    world = make_partnership(stage=Stage.SCOPING)
    with pytest.raises(ValidationError, match="gate to the agreement stage"):
        signing.open_signing(agreed_draft(world), by=world.ngo, blanks_known=True)
    assert signed(world, kind="nda", length="full").state == "signed"


def test_later_folders_add_their_conditions(world: World) -> None:
    registry.register_signing("mou", lambda place, agreement: [Condition("x", "Holding statement approved", False)])
    with pytest.raises(ValidationError, match="Holding statement approved"):
        signing.open_signing(agreed_draft(world), by=world.ngo, blanks_known=True)


def test_terms_that_are_only_proposed_hold_the_signing(world: World) -> None:
    agreement = agreed_draft(world)
    propose(world)
    with pytest.raises(ValidationError, match="Terms agreed"):
        signing.open_signing(agreement, by=world.ngo, blanks_known=True)


def test_opening_twice_freezes_once(world: World) -> None:
    agreement = agreed_draft(world)
    first = signing.open_signing(agreement, by=world.ngo, blanks_known=True)
    # The other partner pressed at the same time, from a page that still showed the draft.
    assert signing.open_signing(agreement, by=world.company, blanks_known=True) == first
    assert FrozenText.objects.filter(agreement=agreement).count() == 1


def test_all_signatures_make_it_signed(world: World) -> None:
    agreement = frozen(world)
    first = sign(world.ngo, agreement)
    agreement.refresh_from_db()
    assert agreement.state == "signing"
    sign(world.company, agreement)
    agreement.refresh_from_db()
    assert agreement.state == "signed"
    assert agreement.signed_at is not None
    assert (first.name, first.job_title, first.mandate) == (
        "Lead of Sahel Futures",
        "Director",
        "Board resolution of 3 March",
    )
    assert Paper.objects.get().state == "queued"
    assert not world.partnership.work_items.filter(kind__startswith="agreement.", closed_at=None).exists()
    told = set(Notice.objects.filter(kind="agreement.signed").values_list("recipient", flat=True))
    assert told == {world.leads[n].pk for n in ("ngo", "company", "broker")}


def test_the_name_is_typed_twice(world: World) -> None:
    agreement = frozen(world)
    with pytest.raises(ValidationError) as caught:
        sign(world.ngo, agreement, again="Somebody Else")
    assert "again" in caught.value.message_dict
    assert not Signature.objects.exists()
    sign(world.ngo, agreement, again="  lead OF sahel   futures ")
    assert Signature.objects.count() == 1


def test_two_sign_at_once_for_one_partner(world: World) -> None:
    agreement = frozen(world)
    second = world.colleague("ngo", level=Level.EXECUTIVE)
    stale = Agreement.objects.of(world.partnership).get()
    sign(world.ngo, agreement)
    with pytest.raises(ValidationError, match="has signed already"):
        sign(second, stale)
    standing = queries.standing_text(agreement)
    with pytest.raises(IntegrityError), transaction.atomic():
        Signature.objects.create(
            frozen=standing, party=world.party("ngo"), by=second.user, name="x", job_title="x", mandate="x", sha256="x"
        )


def test_two_partners_sign_at_once(world: World) -> None:
    one, other = frozen(world), Agreement.objects.of(world.partnership).get()
    sign(world.ngo, one)
    sign(world.company, other)
    assert Agreement.objects.of(world.partnership).get().state == "signed"
    assert Paper.objects.count() == 1
    assert Act.objects.filter(kind="agreement.signed").count() == 1


def test_nobody_signs_a_text_they_have_not_read(world: World) -> None:
    agreement = frozen(world)
    with pytest.raises(ValidationError) as caught:
        sign(world.ngo, agreement, sha256="0" * 64)
    assert caught.value.code == "stale"


def test_while_it_is_being_signed_the_text_does_not_change(world: World) -> None:
    agreement = frozen(world)
    with pytest.raises(ValidationError) as caught:
        actions.change_clause(clause(agreement, "2"), by=world.ngo, title="T", text="New.", seen=1)
    assert caught.value.code == "frozen"
    with pytest.raises(ValidationError):
        propose(world)


def test_a_change_before_all_have_signed_voids_the_signatures(world: World) -> None:
    agreement = frozen(world)
    sign(world.ngo, agreement)
    before = queries.standing_text(agreement)
    assert before is not None
    signing.take_back(agreement, by=world.company, reason="Clause 10 was not final")
    agreement.refresh_from_db()
    assert agreement.state == "draft"
    assert queries.standing_text(agreement) is None
    assert Notice.objects.filter(kind="agreement.void", recipient=world.leads["ngo"]).exists()
    found = clause(agreement, "10")
    actions.change_clause(found, by=world.company, title=found.title, text="Both decide.", seen=1, agree=True)
    agree_all(world, agreement)
    signing.open_signing(agreement, by=world.company, blanks_known=True)
    after = queries.standing_text(agreement)
    assert after is not None
    assert after.sha256 != before.sha256
    # The signature under the older text counts for nothing, and stays on record.
    sign(world.company, agreement)
    agreement.refresh_from_db()
    assert agreement.state == "signing"
    assert before.signatures.count() == 1
    with pytest.raises(ValidationError):
        sign(world.ngo, agreement, sha256=before.sha256)
    sign(world.ngo, agreement)
    agreement.refresh_from_db()
    assert agreement.state == "signed"


def test_taking_back_comes_too_late_once_all_have_signed(world: World) -> None:
    with pytest.raises(ValidationError, match="start an amendment"):
        signing.take_back(signed(world), by=world.ngo, reason="Hm")


def test_a_partner_that_left_is_not_waited_for_under_a_text_that_names_it(db: None) -> None:
    world = make_partnership(partners=3, stage=Stage.AGREEMENT)
    agreement = draft(world)
    agree_all(world, agreement, "ngo", "company", "third")
    signing.open_signing(agreement, by=world.ngo, blanks_known=True)
    sign(world.ngo, agreement)
    leave(world.party("third"), by=world.third)
    with pytest.raises(ValidationError) as caught:
        sign(world.company, agreement)
    assert caught.value.code == "parties"
    page = sign_in(Client(), world.company).get(reverse("agreement:text", args=[world.pid, agreement.public_id]))
    assert "The partners have changed since this text was frozen" in page.content.decode()
    signing.take_back(agreement, by=world.company, reason="The ministry left")
    signing.open_signing(agreement, by=world.company, blanks_known=True)
    sign(world.ngo, agreement)
    sign(world.company, agreement)
    agreement.refresh_from_db()
    assert agreement.state == "signed"


def test_nothing_is_signed_while_the_partnership_is_on_hold(world: World) -> None:
    agreement = frozen(world)
    world.partnership.standing = "on_hold"
    world.partnership.save()
    with pytest.raises(ValidationError, match="on hold"):
        sign(world.ngo, agreement)


def test_who_may_sign(world: World) -> None:
    assert can_sign(world.ngo)
    assert can_sign(world.colleague("ngo", level=Level.EXECUTIVE))
    assert not can_sign(world.colleague("ngo", duty=Duty.STAND_IN, level=Level.MANAGEMENT))
    assert not can_sign(world.broker)
    assert not can_sign(world.community)


# Amending -------------------------------------------------------------------------------------------------------------
def test_an_amendment_goes_the_same_road_and_replaces(world: World) -> None:
    old = signed(world)
    new = signing.amend(old, by=world.company, reason="Two more villages")
    assert (new.number, new.supersedes, new.state) == (2, old, "draft")
    rows = queries.rows_of(world.ngo, new)
    assert all(r.is_agreed for r in rows)
    found = clause(new, "5")
    actions.change_clause(found, by=world.company, title=found.title, text="Five villages.", seen=1, agree=True)
    assert [r.clause.code for r in queries.rows_of(world.ngo, new) if r.is_my_turn] == ["5"]
    agree_all(world, new)
    signing.open_signing(new, by=world.ngo, blanks_known=True)
    sign(world.ngo, new)
    old.refresh_from_db()
    assert old.state == "signed"
    sign(world.company, new)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.state, new.state) == ("superseded", "signed")
    assert queries.signed_agreement(world.partnership) == new


def test_there_is_one_amendment_at_a_time(world: World) -> None:
    old = signed(world)
    signing.amend(old, by=world.company, reason="One")
    with pytest.raises(ValidationError):
        signing.amend(old, by=world.ngo, reason="Two")


def test_signed_terms_change_with_an_amendment_and_hold_until_it_is_signed(world: World) -> None:
    first = terms_agreed(world)
    old = signed(world)
    with pytest.raises(ValidationError, match="amendment"):
        propose(world, seen=1, review_days=20)
    new = signing.amend(old, by=world.ngo, reason="Longer")
    second = propose(world, seen=1, review_days=20)
    terms.agree_to_terms(second, by=world.company)
    assert queries.terms_in_force(world.partnership) == first
    signing.open_signing(new, by=world.ngo, blanks_known=True)
    sign(world.ngo, new)
    sign(world.company, new)
    assert queries.terms_in_force(world.partnership) == second


def test_a_partner_that_comes_in_later_gets_the_draft_by_starting_it_again(world: World) -> None:
    agreement = agreed_draft(world)
    third = world.bring("third")
    assert not Agreement.objects.visible_to(third.user).exists()
    with pytest.raises(ValidationError, match="Every partner has the draft"):
        signing.open_signing(agreement, by=world.ngo, blanks_known=True)
    copy = signing.restart(agreement, by=world.ngo)
    assert Agreement.objects.visible_to(third.user).get() == copy
    row = queries.row_of(third, clause(copy, "2"))
    assert [p.name for p in row.waits_for] == ["Ministry of Water"]
