"""What stands in an umbrella and helps its sites: risks come over, documents by reference, visits are shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lifecycle.diligence import actions, queries
from lifecycle.diligence.models import Risk, RiskMove, Visit
from lifecycle.diligence.queries import RiskAbove
from lifecycle.diligence.queries.breadth import Met
from lifecycle.diligence.states import Level, MoveKind, VisitKind
from partnerships import clock
from partnerships.access.actions import circle_here, open_release
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.documents import actions as documents
from partnerships.documents.models import Document
from partnerships.history.models import Act
from partnerships.record import actions as record
from partnerships.record.models import Partnership
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership, sign_in

from .conftest import Pair, answer, soon
from .test_actions import RISK, condition
from .test_inheriting import release_above, row, take, url
from .test_views import MARK


def weigh(place: Place, kind: str = CircleKind.OWN, **values: Any) -> Risk:
    return actions.weigh_risk(values={**RISK, **values}, circle=circle_here(place, kind), by=place)


def again(risk: Risk, by: Place, **values: Any) -> None:
    risk.refresh_from_db()
    now = {name: getattr(risk, name) for name in actions.RISK_FIELDS}
    actions.weigh_risk(values={**now, **values}, circle=None, by=by, risk=risk, seen=risk.version)


def above(pair: Pair, who: str = "ngo") -> list[RiskAbove]:
    return queries.risks_above(pair.site.place(who))


def take_over(pair: Pair, *risks: Risk, who: str = "ngo") -> int:
    return actions.take_risks([r.public_id for r in risks], by=pair.site.place(who))


def here(pair: Pair) -> Risk:
    return Risk.objects.of(pair.site.partnership).get()


# Risks ----------------------------------------------------------------------------------------------------------------
def test_a_risk_above_is_nothing_below_until_somebody_takes_it_over(pair: Pair) -> None:
    risk = weigh(pair.above.ngo, text=f"Dust {MARK}", measure="A bypass", owner=pair.above.ngo.seat, due_on=soon())
    assert not Risk.objects.of(pair.site.partnership).exists()
    assert [one.is_fresh for one in above(pair)] == [True]
    assert take_over(pair, risk) == 1
    made = here(pair)
    assert (made.text, made.likelihood, made.measure, made.due_on) == (risk.text, risk.likelihood, "A bypass", soon())
    assert made.owner == pair.site.ngo.seat, "the same person sees to it here"
    assert (made.inherited_from, made.inherited_version, made.circle.kind) == (risk, risk.version, CircleKind.OWN)
    assert [m.kind for m in made.moves.all()] == [MoveKind.ABOVE]
    assert WorkItem.objects.open().filter(key=f"dd:risk:{made.pk}", partnership=pair.site.partnership).exists()
    # It stands on the own side alone, and in no register twice.
    for who in (pair.site.company, pair.above.broker):
        assert not Risk.objects.visible_to(who.user).filter(pk=made.pk).exists()
    with pytest.raises(ValidationError, match="Choose"):
        take_over(pair, risk)


def test_it_moves_on_by_itself_here(pair: Pair) -> None:
    risk = weigh(pair.above.ngo)
    take_over(pair, risk)
    again(here(pair), pair.site.ngo, residual_likelihood=1)
    risk.refresh_from_db()
    assert risk.residual_likelihood == 4
    assert [one.differs for one in above(pair)] == [[]], "what was changed here is no offer from above"
    assert RiskMove.objects.filter(risk=risk).count() == 1


def test_a_later_change_above_is_offered_part_by_part_and_overwrites_nothing(pair: Pair) -> None:
    risk = weigh(pair.above.ngo, text="Dust")
    take_over(pair, risk)
    again(here(pair), pair.site.ngo, text="Dust at the school")
    again(risk, pair.above.ngo, text="Dust and noise", likelihood=5)
    made = here(pair)
    assert (made.text, made.likelihood) == ("Dust at the school", RISK["likelihood"])
    [one] = above(pair)
    assert [d.part for d in one.differs] == ["text", "today"]
    client = sign_in(Client(), pair.site.ngo)
    for address in (url(pair, "risks"), url(pair, "risk", made.public_id), url(pair, "risks_above")):
        assert "Changed in the umbrella" in client.get(address).content.decode()
    offered = url(pair, "risk_changes", made.public_id)
    html = client.get(offered).content.decode()
    assert "Dust and noise" in html
    assert "Dust at the school" in html
    client.post(offered, {"parts": ["today"], "version": made.version})
    made.refresh_from_db()
    assert (made.text, made.likelihood) == ("Dust at the school", 5)
    assert [m.kind for m in made.moves.order_by("pk")] == [MoveKind.ABOVE, MoveKind.WEIGHED, MoveKind.ABOVE]
    assert above(pair)[0].differs == []
    assert client.get(offered).status_code == 404


def test_an_offer_can_be_left_and_comes_again_with_the_next_change(pair: Pair) -> None:
    risk = weigh(pair.above.ngo)
    take_over(pair, risk)
    again(risk, pair.above.ngo, impact=1)
    assert not actions.take_changes(here(pair), parts=[], by=pair.site.ngo)
    assert (here(pair).impact, above(pair)[0].differs) == (RISK["impact"], [])
    again(risk, pair.above.ngo, impact=2)
    assert [d.part for d in above(pair)[0].differs] == ["today"]


def test_a_change_is_not_taken_over_what_was_weighed_meanwhile(pair: Pair) -> None:
    risk = weigh(pair.above.ngo)
    take_over(pair, risk)
    seen = here(pair).version
    again(risk, pair.above.ngo, impact=1)
    again(here(pair), pair.site.ngo, text="Newer here")
    client = sign_in(Client(), pair.site.ngo)
    answered = client.post(url(pair, "risk_changes", here(pair).public_id), {"parts": ["today"], "version": seen})
    assert answered.status_code == 200
    assert "Somebody else saved this" in answered.content.decode()
    assert here(pair).impact == RISK["impact"]
    client.post(url(pair, "risk_changes", here(pair).public_id), {"parts": ["today"], "version": here(pair).version})
    assert (here(pair).impact, here(pair).text) == (1, "Newer here")


def test_what_is_closed_above_is_said_and_stays_open_here(pair: Pair) -> None:
    risk = weigh(pair.above.ngo)
    take_over(pair, risk)
    actions.close_risk(risk, by=pair.above.ngo)
    [one] = above(pair)
    assert one.is_closed_above
    html = sign_in(Client(), pair.site.ngo).get(url(pair, "risks")).content.decode()
    assert "Closed in the umbrella" in html
    assert here(pair).closed_at is None


def test_only_ones_own_open_risks_come_over(pair: Pair) -> None:
    own = weigh(pair.above.ngo, text="Ours, shared", kind=CircleKind.PARTNERS)
    theirs = weigh(pair.above.company, text=f"Theirs {MARK}", kind=CircleKind.PARTNERS)
    draft = weigh(pair.above.ngo, text="A draft", kind=CircleKind.AUTHOR)
    past = weigh(pair.above.ngo, text="Past")
    actions.close_risk(past, by=pair.above.ngo)
    assert [one.it for one in above(pair) if one.is_fresh] == [own]
    for other in (theirs, draft, past):
        with pytest.raises(ValidationError, match="Choose"):
            take_over(pair, other)
    html = sign_in(Client(), pair.site.ngo).get(url(pair, "risks_above")).content.decode()
    assert MARK not in html
    # Nor does the other partner of the umbrella learn that it stands anywhere else.
    take_over(pair, own)
    assert Act.objects.filter(kind="diligence.risk_inherited", partnership=pair.site.partnership).count() == 1
    lent = Act.objects.get(kind="diligence.risk_lent")
    assert lent.partnership == pair.above.partnership
    assert set(lent.circle.members.values_list("party", flat=True)) == {pair.above.party("ngo").pk}


def test_only_who_leads_in_both_takes_risks_over(pair: Pair) -> None:
    risk = weigh(pair.above.ngo, text=f"Dust {MARK}")
    newcomer = pair.site.colleague("ngo", duty="stand_in")
    assert queries.risks_above(newcomer) == []
    html = sign_in(Client(), newcomer).get(url(pair, "risks_above")).content.decode()
    assert "A seat in the umbrella gives nothing here" in html
    assert MARK not in html
    with pytest.raises(ValidationError, match="Choose"):
        actions.take_risks([risk.public_id], by=newcomer)
    member = pair.site.colleague("ngo")
    with pytest.raises(ValidationError, match="lead or stand-in"):
        actions.take_risks([risk.public_id], by=member)
    assert sign_in(Client(), member).get(url(pair, "risk_changes", risk.public_id)).status_code == 403
    seat = pair.above.colleague("ngo")
    assert seat.seat is not None
    record.give_seat(
        by=pair.site.ngo, membership=seat.seat.membership, duty="stand_in", function="legal", level="management"
    )
    with pytest.raises(ValidationError, match="You take over what you lead"):
        actions.take_risks([risk.public_id], by=pair.site.place(seat.user))
    assert queries.risks_above(pair.site.company) == []
    # What came over is marked for the whole side, and the offer is only for who reads above.
    take_over(pair, risk)
    again(risk, pair.above.ngo, text="Secret words above")
    for who, told in (
        (pair.site.place(newcomer.user), "From the umbrella"),
        (pair.site.ngo, "Changed in the umbrella"),
    ):
        html = sign_in(Client(), who).get(url(pair, "risk", here(pair).public_id)).content.decode()
        assert told in html
        assert "Secret words above" not in html
    assert sign_in(Client(), newcomer).get(url(pair, "risk_changes", here(pair).public_id)).status_code == 404


def test_a_third_partner_of_the_site_learns_nothing_of_it(pair: Pair) -> None:
    pair.site.bring("third")
    risk = weigh(pair.above.ngo, text=f"Dust {MARK}")
    take_over(pair, risk)
    answer(pair.above.ngo, pair.above.party("ngo"), "2.1", Level.NONE, "The register")
    cite_above(pair, MARK)
    release_above(pair)
    take(pair)
    held_above(pair, "company", "ngo")
    bundle = actions.release_checklist(
        about=pair.site.party("ngo"), to=circle_here(pair.site.ngo, CircleKind.PARTNERS), with_documents=True,
        by=pair.site.ngo,
    )  # fmt: skip
    open_release(bundle, by=pair.site.third)
    client = sign_in(Client(), pair.site.third)
    ngo = pair.site.party("ngo")
    for address in (
        url(pair, "risks"), url(pair, "breadth"), url(pair, "checklist", ngo.public_id), url(pair, "overview"),
        url(pair, "read", ngo.public_id, ngo.public_id), url(pair, "risks_above"), url(pair, "inherited"),
    ):  # fmt: skip
        html = client.get(address).content.decode()
        assert MARK not in html, address
        assert "Basin alliance" not in html, address
        assert pair.above.pid not in html, address
    assert "The register" in client.get(url(pair, "read", ngo.public_id, ngo.public_id)).content.decode()


def test_a_record_in_between_hands_its_own_on(pair: Pair) -> None:
    risk = weigh(pair.above.ngo)
    take_over(pair, risk)
    middle = here(pair)
    below = make_partnership(name="Below")
    first = pair.site.ngo.seat
    assert first is not None
    partnership = record.propose(by=pair.site.ngo.user, membership=first.membership, name="Village", parent=None)
    Partnership.objects.filter(pk=partnership.pk).update(parent=pair.site.partnership)
    village = World(partnership, {"ngo": pair.site.leads["ngo"]})
    record.accept_rules(by=village.ngo)
    assert [one.it for one in queries.risks_above(village.ngo)] == [middle]
    assert queries.risks_above(below.ngo) == []


def test_the_register_costs_the_same_for_one_and_three(pair: Pair) -> None:
    def counted(name: str) -> int:
        client.get(url(pair, name))
        with CaptureQueriesContext(connection) as captured:
            client.get(url(pair, name))
        return len(captured)

    client = sign_in(Client(), pair.site.ngo)
    take_over(pair, weigh(pair.above.ngo))
    one = counted("risks"), counted("risks_above")
    take_over(pair, weigh(pair.above.ngo), weigh(pair.above.ngo))
    assert (counted("risks"), counted("risks_above")) == one


# Documents ------------------------------------------------------------------------------------------------------------
def cite_above(pair: Pair, title: str = "Group audit", code: str = "2.1") -> Document:
    place = pair.above.ngo
    document = documents.note_seen(
        partnership=pair.above.partnership, circle=circle_here(place, CircleKind.OWN), by=place, title=title,
        seen_by="Aïssata", seen_on=clock.today() - timedelta(days=3), held_at="Dakar",
    )  # fmt: skip
    actions.cite(about=place.own_party, code=code, documents=[document], by=place)
    return document


def test_a_document_of_the_umbrella_is_cited_by_reference_for_who_reads_it_there(pair: Pair) -> None:
    answer(pair.above.ngo, pair.above.party("ngo"), "2.1", Level.NONE, "The register")
    document = cite_above(pair)
    release_above(pair)
    take(pair)
    place, ngo = pair.site.ngo, pair.site.party("ngo")
    newcomer = pair.site.colleague("ngo")
    link = f"/p/{pair.above.pid}/documents/{document.public_id}/"
    for name in ("checklist", "question"):
        address = url(pair, name, ngo.public_id, *(["2.1"] if name == "question" else []))
        html = sign_in(Client(), place).get(address).content.decode()
        assert link in html
        assert "in the umbrella" in html
        html = sign_in(Client(), newcomer).get(address).content.decode()
        assert "The register" in html
        assert "Group audit" not in html
        assert link not in html
    assert sign_in(Client(), place).get(link).status_code == 200
    assert sign_in(Client(), newcomer).get(link).status_code == 404
    # Nothing was copied.
    assert not Document.objects.of(pair.site.partnership).exists()
    found = row(place, ngo, "2.1")
    queries.with_papers([found], place)
    assert ([c.document for c in found.citations_above], found.citations) == ([document], [])


def test_what_the_other_partner_reads_in_both_it_reads_beside_what_is_released(pair: Pair) -> None:
    answer(pair.above.ngo, pair.above.party("ngo"), "2.1", Level.NONE, "The register")
    cite_above(pair)
    bundle = actions.release_checklist(
        about=pair.above.party("ngo"), to=circle_here(pair.above.ngo, CircleKind.PARTNERS), with_documents=True,
        by=pair.above.ngo,
    )  # fmt: skip
    take(pair)
    down = actions.release_checklist(
        about=pair.site.party("ngo"), to=circle_here(pair.site.ngo, CircleKind.PARTNERS), with_documents=True,
        by=pair.site.ngo,
    )  # fmt: skip
    open_release(down, by=pair.site.company)
    ngo = pair.site.party("ngo")
    client = sign_in(Client(), pair.site.company)
    address = url(pair, "read", ngo.public_id, ngo.public_id)
    assert "Group audit" not in client.get(address).content.decode(), "released above, and not opened there"
    open_release(bundle, by=pair.above.company)
    assert "Group audit" in client.get(address).content.decode()


def test_what_is_said_anew_here_stands_on_its_own_papers(pair: Pair) -> None:
    answer(pair.above.ngo, pair.above.party("ngo"), "2.1", Level.NONE, "The register")
    cite_above(pair)
    release_above(pair)
    take(pair)
    place = pair.site.ngo
    answer(place, place.own_party, "2.1", Level.SOME, "Here it is otherwise")
    found = row(place, place.own_party, "2.1")
    queries.with_papers([found], place)
    assert found.citations_above == []


def test_a_withdrawn_document_is_cited_no_more(pair: Pair) -> None:
    answer(pair.above.ngo, pair.above.party("ngo"), "2.1", Level.NONE, "The register")
    document = cite_above(pair)
    release_above(pair)
    take(pair)
    Document.objects.filter(pk=document.pk).update(withdrawn_at=clock.now())
    found = row(pair.site.ngo, pair.site.party("ngo"), "2.1")
    queries.with_papers([found], pair.site.ngo)
    assert found.citations_above == []


def test_papers_above_cost_the_same_for_one_and_three(pair: Pair) -> None:
    def counted() -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    client = sign_in(Client(), pair.site.ngo)
    address = url(pair, "checklist", pair.site.party("ngo").public_id)
    counts = []
    for codes in (("2.1",), ("2.2", "3.1")):
        for code in codes:
            answer(pair.above.ngo, pair.above.party("ngo"), code, Level.NONE)
            cite_above(pair, f"Audit {code}", code)
        release_above(pair)
        take(pair)
        counts.append(counted())
    assert counts[0] == counts[1]


# Visits ---------------------------------------------------------------------------------------------------------------
def held_above(pair: Pair, host: str | None, *guests: str, kind: str = CircleKind.PARTNERS) -> Visit:
    by = pair.above.place(guests[0])
    visit = actions.plan_visit(
        kind=VisitKind.VISIT if host else VisitKind.JOINT, host=pair.above.party(host) if host else None,
        on=clock.today(), where="Head office", circle=circle_here(by, kind), by=by,
    )  # fmt: skip
    seats = [pair.above.place(name).seat for name in {*guests, *([host] if host else [])}]
    actions.write_up_visit(visit, seats=[s for s in seats if s], on=clock.today(), met="", learned="x", by=by)
    return visit


def met(place: Place, who: str, whom: str) -> Met:
    [row] = [r for w, r in queries.breadth_of(place).visits if w.name == who]
    return next(m for m in row if m.whom.name == whom)


def test_a_visit_of_the_group_is_shown_below_and_counts_for_nothing(pair: Pair) -> None:
    visit = held_above(pair, "company", "ngo")
    for who in ("ngo", "company"):
        cell = met(pair.site.place(who), "Sahel Futures", "Corvane Gold")
        assert [a.it for a in cell.above] == [visit]
        assert (cell.held, cell.lacks) == ([], True)
        assert met(pair.site.place(who), "Corvane Gold", "Sahel Futures").above == []
    assert not Visit.objects.of(pair.site.partnership).exists()
    assert not condition(pair.site.ngo, "diligence.visits").met
    html = sign_in(Client(), pair.site.ngo).get(url(pair, "breadth")).content.decode()
    assert "in the umbrella “Basin alliance”" in html
    assert f"/p/{pair.above.pid}/diligence/visits/{visit.public_id}/" in html


def test_who_does_not_sit_above_sees_no_visit_of_the_group(pair: Pair) -> None:
    held_above(pair, "company", "ngo", kind=CircleKind.OWN)
    held_above(pair, None, "ngo", "company")
    newcomer = pair.site.colleague("ngo")
    assert met(newcomer, "Sahel Futures", "Corvane Gold").above == []
    html = sign_in(Client(), newcomer).get(url(pair, "breadth")).content.decode()
    assert "in the umbrella" not in html
    # The other partner sees what it reads there, and no more.
    assert len(met(pair.site.company, "Sahel Futures", "Corvane Gold").above) == 1
    assert len(met(pair.site.ngo, "Sahel Futures", "Corvane Gold").above) == 2


def test_planned_and_called_off_visits_of_the_group_are_not_shown(pair: Pair) -> None:
    by = pair.above.ngo
    for _ in range(2):
        visit = actions.plan_visit(
            kind=VisitKind.VISIT, host=pair.above.party("company"), on=soon(), where="Pit",
            circle=circle_here(by, CircleKind.PARTNERS), by=by,
        )  # fmt: skip
    actions.call_off_visit(visit, by=by)
    assert met(pair.site.ngo, "Sahel Futures", "Corvane Gold").above == []


def test_the_matrix_costs_the_same_for_one_and_three_visits_above(pair: Pair) -> None:
    counts = []
    for many in (1, 2):
        for _ in range(many):
            held_above(pair, "company", "ngo")
        with CaptureQueriesContext(connection) as captured:
            queries.breadth_of(pair.site.ngo)
        counts.append(len(captured))
    assert counts[0] == counts[1]
