from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from lifecycle.agreement import actions, queries
from lifecycle.agreement.models import Agreement, ClauseComment, ClauseText
from partnerships.access.models import Circled
from partnerships.history.models import Act
from partnerships.notices.models import Notice
from partnerships.record.states import Level
from tests.factories import World, make_partnership
from tests.lifecycle.agreement.conftest import agree_all, agreed_draft, answer, clause, draft

pytestmark = pytest.mark.django_db


def open_work(world: World, kind: str) -> set[tuple[str, str]]:
    rows = world.partnership.work_items.filter(kind=kind, closed_at=None).select_related("party__organisation")
    return {(r.party.name, r.subject) for r in rows}


def test_a_short_draft_has_the_required_clauses_in_its_language(world: World) -> None:
    agreement = draft(world, language="es")
    assert {c.code for c in agreement.clauses.all()} == {c.code for c in agreement.clauses.all() if c.is_required}
    assert clause(agreement, "1").text.startswith("Este memorando")
    assert agreement.title.startswith("Memorando de entendimiento")
    assert open_work(world, "agreement.draft") == {
        ("Sahel Futures", agreement.title),
        ("Corvane Gold", agreement.title),
    }


def test_a_full_draft_has_all_twenty_five(world: World) -> None:
    assert draft(world, length="full").clauses.count() == 25


def test_the_nda_is_short_and_can_stand_beside_the_memorandum(world: World) -> None:
    draft(world)
    assert draft(world, kind="nda", length="full").clauses.count() == 8


def test_there_is_one_draft_of_a_kind(world: World) -> None:
    draft(world)
    with pytest.raises(ValidationError, match="draft of this kind already"):
        draft(world)


def test_partners_and_broker_read_it_nobody_else(world: World) -> None:
    agreement = draft(world)
    readers = {
        name: Agreement.objects.visible_to(user).filter(pk=agreement.pk).exists()
        and ClauseText.objects.visible_to(user).filter(agreement=agreement).exists()
        for name, user in {
            **world.leads,
            "outsider": world.outsider,
            "administrator": world.administrator("ngo"),
            "colleague": world.colleague("company").user,
        }.items()
    }
    assert readers == {
        "ngo": True,
        "company": True,
        "broker": True,
        "community": False,
        "outsider": False,
        "administrator": False,
        "colleague": True,
    }


def test_acts_about_it_stay_in_its_circle(world: World) -> None:
    agreement = agreed_draft(world)
    actions.change_clause(clause(agreement, "2"), by=world.ngo, title="Purpose", text="Water.", seen=1)
    acts = Act.objects.filter(kind__startswith="agreement.")
    assert acts.count() > 10
    assert not acts.visible_to(world.leads["community"]).exists()
    assert acts.visible_to(world.leads["broker"]).count() == acts.count()


# Changing -------------------------------------------------------------------------------------------------------------
def test_a_change_clears_what_the_partners_agreed_to(world: World) -> None:
    agreement = agreed_draft(world)
    purpose = clause(agreement, "2")
    assert queries.row_of(world.ngo, purpose).is_agreed
    actions.change_clause(purpose, by=world.company, title=purpose.title, text="Only water.", seen=1)
    purpose = clause(agreement, "2")
    row = queries.row_of(world.ngo, purpose)
    assert not row.is_agreed
    assert row.stances == {}
    assert purpose.version == 2
    assert [(v.number, v.text) for v in purpose.versions.all()][1] == (2, "Only water.")
    assert ("Sahel Futures", f"2, {purpose.title}") in open_work(world, "agreement.reply")
    # What they said to the older text is kept with that text.
    assert purpose.stances.filter(text_version=1).count() == 2


def test_whoever_changes_may_agree_to_it_at_once(world: World) -> None:
    agreement = agreed_draft(world)
    purpose = clause(agreement, "2")
    actions.change_clause(purpose, by=world.company, title=purpose.title, text="Only water.", seen=1, agree=True)
    row = queries.row_of(world.ngo, clause(agreement, "2"))
    assert [p.name for p in row.agreed_by] == ["Corvane Gold"]
    assert [p.name for p in row.waits_for] == ["Sahel Futures"]


def test_a_change_closes_the_way_to_signing(world: World) -> None:
    agreement = agreed_draft(world)
    assert len(open_work(world, "agreement.open")) == 2
    purpose = clause(agreement, "2")
    actions.change_clause(purpose, by=world.company, title=purpose.title, text="Only water.", seen=1)
    assert open_work(world, "agreement.open") == set()


def test_saving_the_same_words_changes_nothing(world: World) -> None:
    agreement = agreed_draft(world)
    purpose = clause(agreement, "2")
    actions.change_clause(purpose, by=world.ngo, title=purpose.title, text=purpose.text + "\r\n", seen=1)
    assert queries.row_of(world.ngo, clause(agreement, "2")).is_agreed


def test_two_people_saving_the_same_clause(world: World) -> None:
    agreement = draft(world)
    purpose = clause(agreement, "2")
    actions.change_clause(purpose, by=world.ngo, title="Purpose", text="First.", seen=1)
    with pytest.raises(ValidationError) as caught:
        actions.change_clause(purpose, by=world.company, title="Purpose", text="Second.", seen=1)
    assert caught.value.code == "stale"
    assert clause(agreement, "2").text == "First."


def test_nobody_agrees_to_a_text_they_have_not_read(world: World) -> None:
    agreement = draft(world)
    purpose = clause(agreement, "2")
    actions.change_clause(purpose, by=world.ngo, title="Purpose", text="First.", seen=1)
    with pytest.raises(ValidationError):
        actions.answer_clause(purpose, by=world.company, state="agreed", seen=1)


# Answering ------------------------------------------------------------------------------------------------------------
def test_agreeing_to_everything_asks_for_the_signing(world: World) -> None:
    agreement = draft(world)
    agree_all(world, agreement, "ngo")
    assert open_work(world, "agreement.draft") == {("Corvane Gold", agreement.title)}
    assert open_work(world, "agreement.open") == set()
    agree_all(world, agreement, "company")
    assert open_work(world, "agreement.draft") == set()
    assert {name for name, _s in open_work(world, "agreement.open")} == {"Sahel Futures", "Corvane Gold"}


def test_to_discuss_asks_the_others_and_says_why(world: World) -> None:
    agreement = agreed_draft(world)
    found = clause(agreement, "10")
    with pytest.raises(ValidationError):
        answer(world.company, found, "discuss")
    answer(world.company, found, "discuss", note="Who has the last word?")
    row = queries.row_of(world.ngo, clause(agreement, "10"))
    assert row.is_my_turn
    assert open_work(world, "agreement.reply") == {("Sahel Futures", f"10, {found.title}")}
    # A comment between the partners hands the turn over.
    actions.comment(found, by=world.ngo, text="Nobody alone.", circle_kind="partners")
    assert open_work(world, "agreement.reply") == {("Corvane Gold", f"10, {found.title}")}
    answer(world.company, found)
    assert open_work(world, "agreement.reply") == set()


def test_who_still_reads_the_draft_gets_no_flood_of_questions(world: World) -> None:
    agreement = draft(world)
    for code in ("1", "2", "3"):
        actions.change_clause(clause(agreement, code), by=world.ngo, title="T", text="New.", seen=1)
    assert open_work(world, "agreement.reply") == set()
    assert all(queries.row_of(world.company, clause(agreement, c)).is_my_turn for c in ("1", "2", "3"))


def test_a_required_clause_cannot_be_left_out(world: World) -> None:
    with pytest.raises(ValidationError, match="required"):
        answer(world.ngo, clause(draft(world, length="full"), "13"), "leave_out")


def test_an_optional_clause_is_left_out_by_all_and_can_come_back(world: World) -> None:
    agreement = draft(world, length="full")
    answer(world.ngo, clause(agreement, "22"), "leave_out")
    assert not clause(agreement, "22").is_left_out
    answer(world.company, clause(agreement, "22"), "leave_out")
    assert clause(agreement, "22").is_left_out
    actions.bring_back(clause(agreement, "22"), by=world.company)
    back = clause(agreement, "22")
    assert not back.is_left_out
    assert queries.row_of(world.ngo, back).stances == {}


def test_clause_11_is_required_once_a_site_takes_part(world: World) -> None:
    agreement = draft(world, length="full")
    assert not queries.row_of(world.ngo, clause(agreement, "11")).is_required
    world.colleague("company", level=Level.FIELD)
    assert queries.row_of(world.ngo, clause(agreement, "11")).is_required
    with pytest.raises(ValidationError):
        answer(world.ngo, clause(agreement, "11"), "leave_out")


def test_a_short_draft_has_clause_11_where_a_site_takes_part(world: World) -> None:
    world.colleague("company", level=Level.FIELD)
    assert draft(world).clauses.filter(code="11").exists()


def test_three_partners_all_have_to_agree(db: None) -> None:
    world = make_partnership(partners=3)
    agreement = draft(world)
    agree_all(world, agreement, "ngo", "company")
    row = queries.row_of(world.ngo, clause(agreement, "2"))
    assert not row.is_agreed
    assert [p.name for p in row.waits_for] == ["Ministry of Water"]


# Own clauses, comments, setting aside ---------------------------------------------------------------------------------
def test_an_own_clause_stands_where_it_was_put(world: World) -> None:
    agreement = draft(world)
    made = actions.add_clause(
        agreement, by=world.company, title="Blasting", text="Notice is given.", after=clause(agreement, "5"), agree=True
    )
    codes = [c.code for c in agreement.clauses.all()]
    assert made.code == "26"
    assert codes[codes.index("5") + 1] == "26"
    assert queries.explanation(made) is None
    assert [p.name for p in queries.row_of(world.ngo, made).waits_for] == ["Sahel Futures"]


def test_a_comment_of_ones_own_side_stays_there(world: World) -> None:
    agreement = draft(world)
    found = clause(agreement, "10")
    own = actions.comment(found, by=world.ngo, text="Our bottom line.", circle_kind="own")
    shared = actions.comment(found, by=world.ngo, text="Let us talk.", circle_kind="partners")
    caucus = actions.comment(found, by=world.ngo, text="Help us here.", circle_kind="caucus")

    def sees(side: str) -> set[Circled]:
        return set(ClauseComment.objects.visible_to(world.leads[side]))

    assert sees("ngo") == {own, shared, caucus}
    assert sees("company") == {shared}
    assert sees("broker") == {shared, caucus}
    assert sees("community") == set()
    assert not Notice.objects.filter(recipient=world.leads["company"], key__contains=f"comment:{own.pk}").exists()


def test_the_broker_comments_without_taking_a_turn(world: World) -> None:
    agreement = agreed_draft(world)
    actions.comment(clause(agreement, "10"), by=world.broker, text="Have you thought of…", circle_kind="partners")
    assert open_work(world, "agreement.reply") == set()
    assert Notice.objects.filter(recipient=world.leads["ngo"], kind="agreement.clause").exists()


def test_a_withdrawn_comment_leaves_the_others_pages(world: World) -> None:
    found = clause(draft(world), "10")
    row = actions.comment(found, by=world.ngo, text="Too much said.", circle_kind="partners")
    actions.withdraw_comment(row, by=world.ngo)
    assert not ClauseComment.objects.visible_to(world.leads["company"]).exists()
    assert Act.objects.filter(kind="agreement.comment_withdrawn").exists()


def test_a_draft_set_aside_asks_nobody_and_makes_room(world: World) -> None:
    agreement = draft(world)
    actions.set_aside(agreement, by=world.ngo, reason="Wrong language")
    assert not world.partnership.work_items.filter(kind__startswith="agreement.", closed_at=None).exists()
    with pytest.raises(ValidationError):
        actions.change_clause(clause(agreement, "2"), by=world.ngo, title="T", text="New.", seen=1)
    assert draft(world, language="fr").state == "draft"


def test_blanks_are_seen(world: World) -> None:
    found = clause(draft(world), "1")
    assert "[names and legal forms of the partners]" in found.blanks
