"""What a round asks, read before anybody agrees; and guesses about the others, off unless they are chosen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation.reviews import actions, queries, reading
from evaluation.reviews.models import Round
from partnerships import clock
from partnerships.authoring import actions as authoring
from partnerships.catalogue import actions as catalogue
from partnerships.catalogue.models import CatalogueVersion
from partnerships.catalogue.queries import current
from partnerships.people.models import Organisation, User

from . import test_views as pages
from .conftest import CODES, START, instrument, words
from .test_views import url


class TestExpectations:
    def test_they_are_off_until_somebody_chooses_them(self, world, client):
        client.force_login(world.leads["ngo"])
        client.post(url(world, "plan"), pages.TestPlan().post())
        round = world.fresh(Round.objects.unguarded("test").get())
        assert round.expected == []
        assert b"Not asked" in client.get(url(world, "round", round)).content

    def test_chosen_on_a_page_of_their_own_and_all_are_asked_again(self, world, client):
        round = world.plan()
        actions.agree_dates(round, seen=round.version, by=world.lead("company"))
        client.force_login(world.leads["ngo"])
        page = client.get(url(world, "expectations", round))
        form = page.context["form"]
        assert not any(form[name].value() for name in form.fields if name.startswith("in_"))
        sent = {"version": round.version, "in_trust": ["trust.2", "trust.1"], "in_power": ["power.1"]}
        assert client.post(url(world, "expectations", round), sent).status_code == 302
        changed = world.fresh(round)
        assert changed.expected == ["trust.1", "trust.2", "power.1"], "in the order in which they are asked"
        assert [consent.party for consent in changed.consents.all()] == [world.lead("ngo").own_party]
        assert b"On 3 sentences" in client.get(url(world, "round", round)).content
        assert client.get(url(world, "asked", round)).content.count(b"what they expect the others to answer") == 3

    def test_other_dates_leave_them_as_they_are(self, world, client):
        round = actions.choose_expected(world.plan(), ["trust.1"], seen=1, by=world.lead("ngo"))
        client.force_login(world.leads["ngo"])
        assert client.post(url(world, "dates", round), pages.TestPlan().post(version=2)).status_code == 302
        assert world.fresh(round).expected == ["trust.1"]

    def test_five_at_most_and_what_was_ticked_stays(self, world, client):
        round = world.plan()
        client.force_login(world.leads["ngo"])
        sent = {"version": round.version} | {
            f"in_{name}": [code for code in CODES if code.startswith(name)] for name in ("purpose", "trust", "power")
        }
        page = client.post(url(world, "expectations", round), sent)
        assert "Five statements at most" in page.content.decode()
        assert page.context["form"]["in_trust"].value() == ["trust.1", "trust.2"]
        assert world.fresh(round).expected == []
        with pytest.raises(ValidationError, match="Five statements"):
            actions.choose_expected(round, CODES, seen=round.version, by=world.lead("ngo"))

    def test_nobody_saves_over_what_was_not_seen(self, world, client):
        round = world.plan()
        actions.choose_expected(round, ["power.2"], seen=round.version, by=world.lead("company"))
        client.force_login(world.leads["ngo"])
        page = client.post(url(world, "expectations", round), {"version": 1, "in_trust": ["trust.1"]})
        assert "Sentence power.2" in page.content.decode()
        assert world.fresh(round).expected == ["power.2"]
        again = {"version": page.context["form"]["version"].value(), "in_trust": ["trust.1"]}
        assert client.post(url(world, "expectations", round), again).status_code == 302
        assert world.fresh(round).expected == ["trust.1"]

    def test_only_while_it_is_planned_and_only_by_those_who_plan(self, world, client):
        round = world.started()
        client.force_login(world.leads["ngo"])
        assert client.get(url(world, "expectations", round)).status_code == 302
        client.force_login(world.people["company"][3])
        assert client.get(url(world, "expectations", round)).status_code == 403
        client.force_login(User.objects.create_user("outsider@example.org", name="Outsider"))
        assert client.get(url(world, "expectations", round)).status_code == 404
        assert client.get(url(world, "asked", round)).status_code == 404


def own_review(organisation, user=None, *, text="We pay on time.", core=True, dimension="trust"):
    """A published version of the shipped review with one statement of this organisation; its code too."""
    user = user or User.objects.create_user(f"admin{User.objects.count()}@example.org", name="Admin")
    draft = catalogue.start_draft(
        organisation=organisation, title=f"Review of {organisation.name}", language="en", by=user,
        based_on=current("instrument", "review"),
    )  # fmt: skip
    code = authoring.save_statement(
        draft, code=None, values={"dimension": dimension, "core": core, "text": {"en": text}, "baseline_text": {}},
        seen="", by=user,
    )  # fmt: skip
    draft.refresh_from_db()
    return catalogue.publish_draft(draft, seen=draft.version, by=user), code


class TestOwnInstrument:
    def test_a_partner_proposes_its_own_and_the_others_read_it_before_they_agree(self, world, client):
        version, code = own_review(world.lead("ngo").own_party.organisation)
        client.force_login(world.leads["ngo"])
        assert "Review of Ngo" in client.get(url(world, "plan")).content.decode()
        client.post(url(world, "plan"), pages.TestPlan().post(instrument=str(version.pk)))
        round = Round.objects.unguarded("test").get()
        assert (round.instrument, len(round.statements), round.statements[-1]) == (version, 16, code)
        client.force_login(world.leads["company"])
        assert "1 of them was added by Ngo" in client.get(url(world, "round", round)).content.decode()
        page = client.get(url(world, "asked", round)).content.decode()
        assert page.count("Added by Ngo") == 1
        assert page.index("We pay on time.") < page.index("Added by Ngo")
        assert world.fresh(round).consents.count() == 1, "the company is still asked to agree"

    def test_it_is_offered_to_its_own_side_and_to_others_once_it_was_proposed(self, world, client):
        version, _code = own_review(world.lead("ngo").own_party.organisation)
        other, _code = own_review(Organisation.objects.create(name="Elsewhere", kind="ngo"))
        company = world.lead("company")
        assert queries.offered_instruments(company) == []
        client.force_login(world.leads["company"])
        for each in (version, other):
            assert str(each.title["en"]) not in client.get(url(world, "plan")).content.decode()
            with pytest.raises(ValidationError, match="your organisation has published"):
                actions.plan_round("closing", _plan(), instrument=each, by=company)
        with pytest.raises(ValidationError, match="your organisation has published"):
            actions.change_plan(world.plan(), _plan(), seen=1, instrument=version, by=company)
        kind = {"kind": "closing"}
        client.force_login(world.leads["ngo"])
        client.post(url(world, "plan"), pages.TestPlan().post(instrument=str(version.pk), **kind))
        assert queries.offered_instruments(world.lead("company")) == [version]
        assert queries.offered_instruments(world.lead("broker")) == [version]

    def test_another_choice_asks_again_and_a_pulse_stays_shipped(self, world, client):
        version, code = own_review(world.lead("ngo").own_party.organisation)
        client.force_login(world.leads["ngo"])
        page = client.post(url(world, "plan"), pages.TestPlan().post(kind="pulse", instrument=str(version.pk)))
        assert "instrument" in page.context["form"].errors
        client.post(url(world, "plan"), pages.TestPlan().post())
        round = Round.objects.unguarded("test").get()
        actions.agree_dates(round, seen=round.version, by=world.lead("company"))
        client.post(url(world, "dates", round), pages.TestPlan().post(instrument=str(version.pk), version=1))
        changed = world.fresh(round)
        assert (changed.instrument, code in changed.statements, changed.consents.count()) == (version, True, 1)
        client.post(url(world, "dates", round), pages.TestPlan().post(instrument="", version=2))
        assert world.fresh(round).instrument == current("instrument", "review")

    def test_as_many_queries_for_three_versions_as_for_one(self, world, client):
        organisation = world.lead("ngo").own_party.organisation
        client.force_login(world.leads["ngo"])

        def count():
            client.get(url(world, "plan"))
            with CaptureQueriesContext(connection) as queries_:
                client.get(url(world, "plan"))
            return len(queries_)

        own_review(organisation)
        before = count()
        own_review(organisation)
        own_review(organisation)
        assert count() == before


class TestCompared:
    def held(self, world, version, day, ngo, company):
        """A round with this instrument, opened."""
        world.version = version
        with clock.at(START + timedelta(days=day)):
            return world.opened(ngo, company)

    def test_shipped_and_own_rounds_share_what_is_shipped(self, world):
        shipped = current("instrument", "review")
        ngo, ngo_code = own_review(world.lead("ngo").own_party.organisation)
        first = self.held(world, shipped, 0, 2, 2)
        second = self.held(world, ngo, 60, lambda code: 0 if code == ngo_code else 3, 3)
        place = world.lead("ngo")
        assert queries.series(second, queries.rounds_of(place)) == [first, second]
        read = reading.read(second, place)
        trust = next(trend for trend in read.trends if trend.dimension == "trust")
        key = place.own_party.public_id
        assert list(trust.points[key]) == ["2.0", "3.0"], "the own statement, at 0, is in none of the points"
        row = read.row(ngo_code)
        assert (row.means[key].text, row.means[key].bound) == ("0.5", "at_most"), "in its own round it is read"

    def test_own_statements_of_two_organisations_never_meet(self, world):
        ngo, ngo_code = own_review(world.lead("ngo").own_party.organisation)
        company, company_code = own_review(world.lead("company").own_party.organisation)
        assert ngo_code != company_code, "the same words, of two organisations"
        first = self.held(world, ngo, 0, lambda code: 0 if code == ngo_code else 2, 2)
        by = world.leads["company"]
        with clock.at(START + timedelta(days=60)):
            opens = clock.now()
            plan = _plan(opens)
            second = actions.plan_round("regular", plan, instrument=company, by=world.place(by))
        assert queries.shared_codes(second, first) == set(first.statements) - {ngo_code}

    def test_a_code_that_meant_other_words_is_not_compared(self, world):
        first = self.held(world, instrument("one"), 0, 1, 1)
        other = instrument("two")
        content = {**other.content, "items": [dict(item) for item in other.content["items"]]}
        content["items"][0]["text"] = words("Something else")
        version = CatalogueVersion.objects.create(
            kind="instrument", code="three", version=1, title=other.title, content=content, checksum="three",
            published_at=START,
        )  # fmt: skip
        second = self.held(world, version, 60, 3, 3)
        assert queries.shared_codes(second, first) == set(CODES) - {"purpose.1"}
        read = reading.read(second, world.lead("ngo"))
        assert len(read.rounds) == 2

    def test_rounds_that_share_nothing_are_not_laid_beside_each_other(self, world):
        first = self.held(world, instrument("one"), 0, 1, 1)
        second = self.held(world, current("instrument", "pulse"), 60, 3, 3)
        assert queries.series(second, [first, second]) == [second]


def _plan(opens=None):
    opens = opens or clock.now()
    days = [opens + timedelta(days=n) for n in (0, 14, 16)]
    return actions.Plan(opens_at=days[0], closes_at=days[1], opening_at=days[2])


class TestAsked:
    def test_every_partner_reads_it_before_it_agrees(self, world, client):
        round = world.plan()
        client.force_login(world.people["company"][3])
        page = client.get(url(world, "asked", round)).content.decode()
        assert [f"Sentence {code}" in page for code in CODES] == [True] * 6
        world.join("community", "community", "rights_holder", 1)
        client.force_login(world.leads["community"])
        assert client.get(url(world, "asked", round)).status_code == 404, "a round is the partners' and the broker's"
