"""Flags: computed from data, shown to the weak side first, to nobody outside the work."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lifecycle.attention import actions, registry
from lifecycle.attention.models import Flag
from lifecycle.attention.queries import flags_of
from partnerships import clock
from partnerships.portfolio.actions import note
from partnerships.portfolio.models import Summary
from tests.factories import World, make_partnership, sign_in

pytestmark = pytest.mark.django_db


def codes(world: World, side: str) -> list[str]:
    return sorted({f.title for f in flags_of(world.place(side))[0] if f.party and f.party.name == "Corvane Gold"})


def test_a_partner_sees_its_own_weakness_two_weeks_before_the_others() -> None:
    world = make_partnership(broker=True, community=True, stage="agreement")
    actions.sweep()
    assert "Too much hangs on one person" in codes(world, "company")
    assert codes(world, "ngo") == codes(world, "broker") == codes(world, "community") == []
    with clock.at(clock.now() + timedelta(days=15)):
        assert "Too much hangs on one person" in codes(world, "ngo")
        assert "Too much hangs on one person" in codes(world, "broker")
        assert codes(world, "community") == []


def test_the_summary_counts_only_what_its_party_sees() -> None:
    make_partnership(community=True, stage="agreement")
    actions.sweep()
    rows = {s.organisation.name: s.flags_high for s in Summary.objects.select_related("organisation")}
    assert rows["Corvane Gold"] == 2  # its own: no hours, no stand-in
    assert rows["Comité de Tandi"] == 0


def test_a_flag_goes_when_its_reason_goes_and_a_second_sweep_changes_nothing() -> None:
    world = make_partnership(stage="agreement")
    actions.sweep()
    before = list(Flag.objects.order_by("pk").values())
    actions.sweep()
    assert list(Flag.objects.order_by("pk").values()) == before
    world.colleague("company", duty="stand_in")
    actions.sweep()
    assert Flag.objects.get(code="no_stand_in", party=world.party("company")).cleared_at is not None


def test_a_dismissed_flag_comes_back() -> None:
    world = make_partnership(stage="agreement")
    actions.sweep()
    flag = Flag.objects.get(code="no_stand_in", party=world.party("company"))
    with pytest.raises(ValidationError):
        actions.dismiss(flag, until=clock.today(), reason="later", by=world.company)
    actions.dismiss(flag, until=clock.today() + timedelta(days=30), reason="Named in March.", by=world.company)
    assert flag.public_id not in [f.public_id for f in flags_of(world.company)[0]]
    with clock.at(clock.now() + timedelta(days=31)):
        assert flag.public_id in [f.public_id for f in flags_of(world.company)[0]]


def test_why_a_flag_was_put_aside_is_read_by_those_who_see_it(client: Client) -> None:
    world = make_partnership(broker=True, community=True, stage="agreement")
    actions.sweep()
    with clock.at(clock.now() + timedelta(days=15)):
        flag = Flag.objects.get(code="no_stand_in", party=world.party("company"))
        until = clock.today() + timedelta(days=30)
        actions.dismiss(flag, until=until, reason="Named in <March>.", by=world.company)
        for side, reads in {"company": True, "ngo": True, "broker": True, "community": False}.items():
            page = sign_in(client, world.place(side)).get(f"/p/{world.pid}/").content.decode()
            assert ("Named in &lt;March&gt;." in page) == reads, side
    with clock.at(clock.now() + timedelta(days=60)):
        assert flags_of(world.ngo)[1] == []


def test_who_left_is_told_of_no_flag_any_more(client: Client) -> None:
    from lifecycle.road.actions import end_alone

    world = make_partnership(partners=3, stage="agreement")
    end_alone(reason="Our mandate ended.", by=world.third)
    with clock.at(clock.now() + timedelta(days=30)):
        actions.sweep()
        assert flags_of(world.third)[0] == []
        assert flags_of(world.ngo)[0] != []
        gone = Summary.objects.get(party__organisation__name="Ministry of Water")
        assert (gone.flags_high, gone.flags_warning, gone.reason) == (0, 0, "")
        sign_in(client, world.third)
        page = client.get(f"/p/{world.pid}/")
        assert page.status_code == 200
        assert "/gate/" not in page.content.decode()
        assert client.get(f"/p/{world.pid}/gate/").status_code == 403


def test_another_sides_hidden_flag_cannot_be_dismissed_or_found(client: Client) -> None:
    world = make_partnership(stage="agreement")
    actions.sweep()
    flag = Flag.objects.get(code="no_stand_in", party=world.party("company"))
    url = f"/p/{world.pid}/flags/{flag.public_id}/dismiss/"
    assert sign_in(client, world.ngo).get(url).status_code == 404
    assert sign_in(client, world.company).get(url).status_code == 200
    page = client.get(f"/p/{world.pid}/").content.decode()
    assert "Only your side sees this" in page


def test_computing_costs_the_same_for_one_partnership_and_three() -> None:
    ids = [make_partnership(stage="agreement").partnership.pk]
    with CaptureQueriesContext(connection) as one:
        registry.raised(ids)
    ids += [make_partnership(stage="agreement").partnership.pk for _ in range(2)]
    with CaptureQueriesContext(connection) as three:
        registry.raised(ids)
    assert len(one) == len(three)


def test_a_partnership_that_ended_raises_nothing() -> None:
    from lifecycle.road.actions import end_alone

    world = make_partnership(stage="agreement")
    actions.sweep()
    end_alone(reason="Enough.", by=world.ngo)
    actions.sweep()
    assert not Flag.objects.filter(cleared_at=None).exists()


def test_a_review_or_a_word_in_public_that_one_party_knows_of_is_enough() -> None:
    world = make_partnership(broker=True, community=True, stage="implementation")
    world.partnership.announced_on = clock.today()
    world.partnership.save()

    def raised() -> set[str]:
        return {flag.code for flag in registry.raised([world.partnership.pk])} & {"review_overdue", "silence"}

    with clock.at(clock.now() + timedelta(days=240)):
        assert raised() == {"review_overdue", "silence"}
        for party in (world.party("ngo"), world.party("company")):
            note(party, last_review_on=clock.today(), last_public_on=clock.today())
        assert raised() == set()
