"""An umbrella's diligence is taken over by its site partnerships, which add their own."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lifecycle.diligence import actions, queries
from lifecycle.diligence.models import DiligenceAnswer, InheritedChecklist
from lifecycle.diligence.queries import Heir
from lifecycle.diligence.states import Level
from partnerships.access.actions import circle_here, open_release
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history.models import Act
from partnerships.record import actions as record
from partnerships.record.models import Partnership
from partnerships.record.states import Stage
from tests.factories import make_partnership, sign_in

from .conftest import Pair, answer
from .test_views import MARK


def release_above(pair: Pair, who: str = "ngo") -> Any:
    place = pair.above.place(who)
    return actions.release_checklist(
        about=place.own_party, to=circle_here(place, CircleKind.PARTNERS), with_documents=False, by=place
    )


def heirs(pair: Pair, who: str = "ngo") -> dict[str, Heir]:
    return {h.about.name: h for h in queries.heirs(pair.site.place(who))}


def take(pair: Pair, who: str = "ngo") -> int:
    return actions.inherit([h.source.public_id for h in heirs(pair, who).values()], by=pair.site.place(who))


def row(place: Place, about: Any, code: str) -> queries.Row:
    found = queries.checklist(place.own_party, about, place.partners)
    return next(r for r in found.rows if r.question.code == code)


def url(pair: Pair, name: str, *args: str) -> str:
    return reverse(f"diligence:{name}", args=[pair.site.pid, *args])


def test_a_seat_above_gives_nothing_below_until_somebody_takes_it_over(pair: Pair) -> None:
    answer(pair.above.ngo, pair.above.party("ngo"), "2.1", Level.SOME, f"Group {MARK}")
    open_release(release_above(pair), by=pair.above.company)
    assert not DiligenceAnswer.objects.of(pair.site.partnership).exists()
    assert take(pair) == 1
    place = pair.site.ngo
    here = row(place, place.own_party, "2.1")
    assert here.answer is not None
    assert (here.answer.text, here.level, here.is_answered) == (f"Group {MARK}", Level.SOME, True)
    assert here.answer.inherited_from is not None
    assert here.answer.library_id == here.answer.inherited_from.library_id
    # Only the own side reads it here, until it is released here.
    assert here.answer.circle.kind == CircleKind.OWN
    assert not DiligenceAnswer.objects.of(pair.site.partnership).visible_to(pair.site.company.user).exists()
    bundle = actions.release_checklist(
        about=place.own_party, to=circle_here(place, CircleKind.PARTNERS), with_documents=False, by=place
    )
    open_release(bundle, by=pair.site.company)
    theirs = row(pair.site.company, pair.site.party("ngo"), "2.1")
    assert theirs.level == Level.SOME


def test_of_oneself_only_what_was_released_above_of_others_ones_own_assessment(pair: Pair) -> None:
    answer(pair.above.ngo, pair.above.party("ngo"), "2.1", Level.NONE)
    answer(pair.above.ngo, pair.above.party("company"), "5.2", Level.NONE, "Heard in the villages")
    answer(pair.above.company, pair.above.party("company"), "2.2", Level.SERIOUS)
    found = heirs(pair)
    assert set(found["Sahel Futures"].answers) == set()
    assert set(found["Corvane Gold"].answers) == {"5.2"}
    release_above(pair)
    assert set(heirs(pair)["Sahel Futures"].answers) == {"2.1"}


def test_the_site_adds_its_own_and_says_it_anew(pair: Pair) -> None:
    place = pair.site.ngo
    answer(pair.above.ngo, pair.above.party("ngo"), "2.1", Level.NONE)
    answer(pair.above.ngo, pair.above.party("ngo"), "2.2", Level.NONE)
    release_above(pair)
    answer(place, place.own_party, "2.1", Level.SOME, "Here it is otherwise")
    assert take(pair) == 1
    assert row(place, place.own_party, "2.1").level == Level.SOME
    answer(place, place.own_party, "2.2", Level.SERIOUS, "And here")
    said = row(place, place.own_party, "2.2").answer
    assert said is not None
    assert said.inherited_from_id is None
    found = heirs(pair)["Sahel Futures"]
    assert (sorted(found.own), found.kept, found.changed) == (["2.1", "2.2"], [], [])


def test_saving_the_screen_as_it_is_leaves_what_was_taken_over(pair: Pair) -> None:
    answer(pair.above.ngo, pair.above.party("ngo"), "2.1", Level.NONE, "The register")
    release_above(pair)
    take(pair)
    place = pair.site.ngo
    answer(place, place.own_party, "2.1", Level.NONE, "The register")
    assert heirs(pair)["Sahel Futures"].kept == ["2.1"]


def test_what_changes_above_is_shown_and_comes_over_in_one_press(pair: Pair) -> None:
    above, place = pair.above.ngo, pair.site.ngo
    for code in ("2.1", "2.2"):
        answer(above, above.own_party, code, Level.NONE)
    release_above(pair)
    take(pair)
    answer(above, above.own_party, "2.1", Level.SOME, "A new owner")
    # Not released above yet: nothing has changed for those below.
    assert heirs(pair)["Sahel Futures"].gone == ["2.1"]
    release_above(pair)
    heir = heirs(pair)["Sahel Futures"]
    assert (heir.changed, heir.gone) == (["2.1"], [])
    client = sign_in(_client(), place)
    assert "1 has changed in the umbrella since" in client.get(url(pair, "inherited")).content.decode()
    client.post(url(pair, "update_inherited", heir.source.public_id))
    assert row(place, place.own_party, "2.1").level == Level.SOME
    assert heirs(pair)["Sahel Futures"].changed == []
    assert "As it is there" in client.get(url(pair, "inherited")).content.decode()


def test_an_update_does_not_change_what_was_released_here(pair: Pair) -> None:
    above, place = pair.above.ngo, pair.site.ngo
    answer(above, above.own_party, "2.1", Level.NONE, "As released")
    release_above(pair)
    take(pair)
    bundle = actions.release_checklist(
        about=place.own_party, to=circle_here(place, CircleKind.PARTNERS), with_documents=False, by=place
    )
    open_release(bundle, by=pair.site.company)
    answer(above, above.own_party, "2.1", Level.SERIOUS, "Newer")
    release_above(pair)
    source = heirs(pair)["Sahel Futures"].source.public_id
    assert actions.update_inherited(source=source, by=pair.site.ngo) == 1
    [theme] = queries.read_checklist(pair.site.company, pair.site.party("ngo"), pair.site.party("ngo"))
    assert theme.rows[0].answer is not None
    assert theme.rows[0].answer.text == "As released"
    own = row(pair.site.ngo, pair.site.party("ngo"), "2.1").answer
    assert own is not None
    assert own.text == "Newer"


def test_only_who_leads_in_both_takes_over(pair: Pair) -> None:
    answer(pair.above.ngo, pair.above.party("ngo"), "2.1", Level.NONE, MARK)
    release_above(pair)
    source = heirs(pair)["Sahel Futures"].source.public_id
    # A lead of the site without a seat above finds nothing there.
    newcomer = pair.site.colleague("ngo", duty="stand_in")
    assert queries.heirs(newcomer) == []
    with pytest.raises(ValidationError, match="Choose"):
        actions.inherit([source], by=newcomer)
    html = sign_in(_client(), newcomer).get(url(pair, "inherited")).content.decode()
    assert "A seat in the umbrella gives nothing here" in html
    assert MARK not in html
    # A member of the site who leads above may not speak for the side here.
    member = pair.site.colleague("ngo")
    with pytest.raises(ValidationError, match="lead or stand-in"):
        actions.inherit([source], by=member)
    # Seated in both, and a lead only here.
    seat = pair.above.colleague("ngo")
    membership = seat.seat.membership if seat.seat else None
    assert membership is not None
    record.give_seat(by=pair.site.ngo, membership=membership, duty="stand_in", function="legal", level="management")
    with pytest.raises(ValidationError, match="You take over what you lead"):
        actions.inherit([source], by=pair.site.place(seat.user))
    # Another partner has its own.
    assert source not in {h.source.public_id for h in queries.heirs(pair.site.company)}
    with pytest.raises(ValidationError, match="Choose"):
        actions.inherit([source], by=pair.site.company)


def test_only_the_same_organisations(db: None) -> None:
    above = make_partnership(stage=Stage.DILIGENCE)
    other = make_partnership(stage=Stage.DILIGENCE, partners=3, name="Elsewhere")
    Partnership.objects.filter(pk=other.partnership.pk).update(parent=above.partnership)
    answer(above.ngo, above.party("ngo"), "2.1", Level.NONE)
    assert queries.heirs(other.ngo) == []


def test_taking_over_is_an_act_in_both_records(pair: Pair) -> None:
    answer(pair.above.ngo, pair.above.party("ngo"), "2.1", Level.NONE)
    release_above(pair)
    take(pair)
    assert Act.objects.filter(partnership=pair.site.partnership, kind="diligence.inherited").count() == 1
    assert Act.objects.filter(partnership=pair.above.partnership, kind="diligence.lent").count() == 1
    made = InheritedChecklist.objects.visible_to(pair.site.ngo.user).get()
    assert made.source.partnership == pair.above.partnership
    for who in (pair.site.company, pair.above.broker):
        assert not InheritedChecklist.objects.visible_to(who.user).exists()


def test_a_question_that_is_worded_otherwise_is_answered_here(pair: Pair) -> None:
    from .test_rounds import OTHER, library_with

    for world in (pair.above,):
        choice = actions.propose_depth(depth="full", by=world.ngo)
        actions.agree_depth(choice, by=world.company)
    choice = actions.propose_depth(depth="full", by=pair.site.ngo)
    actions.agree_depth(choice, by=pair.site.company)
    answer(pair.above.ngo, pair.above.party("ngo"), "1.3", Level.NONE)
    answer(pair.above.ngo, pair.above.party("ngo"), "2.1", Level.NONE)
    release_above(pair)
    library_with(**OTHER)
    heir = heirs(pair)["Sahel Futures"]
    assert (set(heir.answers), heir.left_out) == ({"2.1"}, 1)


def test_what_was_taken_over_stays_known_as_such_in_a_refresh(pair: Pair) -> None:
    answer(pair.above.ngo, pair.above.party("ngo"), "2.1", Level.NONE)
    release_above(pair)
    take(pair)
    actions.start_refresh(reason="site", note="", by=pair.site.ngo)
    place = pair.site.ngo
    carried = row(place, place.own_party, "2.1")
    assert carried.answer is not None
    assert carried.answer.inherited_from_id is not None
    assert not carried.is_answered


def test_a_refresh_above_goes_on_to_those_below(pair: Pair) -> None:
    above, place = pair.above.ngo, pair.site.ngo
    for code in ("2.1", "2.2"):
        answer(above, above.own_party, code, Level.NONE)
    release_above(pair)
    take(pair)
    actions.start_refresh(reason="ownership", note="", by=above)
    heir = heirs(pair)["Sahel Futures"]
    # Until something of the new round is released there, what was released before it stands.
    assert (heir.taken is not None, sorted(heir.kept), heir.changed, heir.gone, heir.own) == (
        True, ["2.1", "2.2"], [], [], [],
    )  # fmt: skip
    above = pair.above.ngo
    answer(above, above.own_party, "2.1", Level.SOME, "A new owner")
    actions.confirm_answers(about=above.own_party, codes=["2.2"], by=above)
    release_above(pair)
    heir = heirs(pair)["Sahel Futures"]
    assert (sorted(heir.kept), heir.changed, heir.gone, heir.own) == (["2.1", "2.2"], ["2.1"], [], [])
    client = sign_in(_client(), place)
    assert "1 has changed in the umbrella since" in client.get(url(pair, "inherited")).content.decode()
    client.post(url(pair, "update_inherited", heir.source.public_id))
    here = row(place, place.own_party, "2.1").answer
    assert here is not None
    assert (here.level, here.text) == (Level.SOME, "A new owner")
    assert heirs(pair)["Sahel Futures"].changed == []
    assert "As it is there" in client.get(url(pair, "inherited")).content.decode()


def test_the_page_takes_over_and_asks_no_more_for_more(pair: Pair) -> None:
    def counted() -> int:
        client.get(url(pair, "inherited"))
        with CaptureQueriesContext(connection) as captured:
            client.get(url(pair, "inherited"))
        return len(captured)

    client = sign_in(_client(), pair.site.ngo)
    answer(pair.above.ngo, pair.above.party("ngo"), "2.1", Level.NONE)
    release_above(pair)
    html = client.get(url(pair, "inherited")).content.decode()
    assert "About yourselves, from “Basin alliance”" in html
    assert "1 answer comes over." in html
    source = heirs(pair)["Sahel Futures"].source.public_id
    assert client.post(url(pair, "inherited"), {"sources": [source]}).status_code == 302
    one = counted()
    for code in ("2.2", "3.1"):
        answer(pair.above.ngo, pair.above.party("ngo"), code, Level.NONE)
    release_above(pair)
    client.post(url(pair, "inherited"), {"sources": [source]})
    assert counted() == one
    assert one <= 32


def _client() -> Any:
    from django.test import Client

    return Client()
