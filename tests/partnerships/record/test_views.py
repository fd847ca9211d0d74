"""The record's own pages: who finds them, what they say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from lifecycle.scoping import actions as scoping
from partnerships import clock
from partnerships.access.actions import circle_here, release
from partnerships.access.states import CircleKind
from partnerships.history.models import Act
from partnerships.notices import delivery
from partnerships.record import actions
from partnerships.record.models import HandoverPage, Partnership
from partnerships.work import actions as work
from partnerships.work.models import WorkItem
from tests.factories import make_organisation, make_partnership, sign_in

pytestmark = pytest.mark.django_db
PAGES = ["record:overview", "record:people", "record:history", "record:releases", "road:gate", "road:moves"]


@pytest.mark.parametrize("page", PAGES)
def test_a_seated_person_reads_the_pages(client: Client, page: str) -> None:
    world = make_partnership(broker=True)
    response = sign_in(client, world.company).get(reverse(page, args=[world.pid]))
    assert response.status_code == 200
    assert world.partnership.name in response.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_an_outsider_finds_nothing(client: Client, page: str) -> None:
    world = make_partnership()
    assert sign_in(client, world.outsider).get(reverse(page, args=[world.pid])).status_code == 404


def test_an_administrator_without_a_seat_sees_name_stage_and_people_only(client: Client) -> None:
    world = make_partnership()
    sign_in(client, world.administrator("ngo"))
    assert client.get(reverse("record:overview", args=[world.pid])).status_code == 200
    assert client.get(reverse("record:people", args=[world.pid])).status_code == 200
    for page in ("record:history", "record:releases", "road:gate"):
        assert client.get(reverse(page, args=[world.pid])).status_code == 403


def test_nothing_opens_before_the_ground_rules(client: Client) -> None:
    world = make_partnership(partners=1, rules=False)
    sign_in(client, world.ngo)
    rules = reverse("record:ground_rules", args=[world.pid])
    assert client.get(reverse("record:overview", args=[world.pid])).url == rules  # type: ignore[attr-defined]
    refused = client.post(rules, {"csrfmiddlewaretoken": "as browsers send it"})
    assert "Tick the box" in refused.content.decode()
    client.post(rules, {"accept": "on"})
    assert client.get(reverse("record:overview", args=[world.pid])).status_code == 200


def test_proposing_and_inviting_in_the_browser(client: Client) -> None:
    membership = make_organisation("Sahel Futures")
    sign_in(client, membership.user)
    response = client.post(
        reverse("record:propose"), {"organisation": membership.pk, "name": "Birrim seed banks", "stage": "scoping"}
    )
    rules = response.url  # type: ignore[attr-defined]
    client.post(rules, {"accept": "on"})
    pid = rules.split("/")[2]
    form = {
        "role": "partner",
        "organisation_name": "Ostrand Phosphate",
        "organisation_kind": "company",
        "person_name": "Ann",
        "email": "ann@ostrand.example",
        "language": "fr",
    }
    assert client.get(reverse("record:invite", args=[pid])).status_code == 200
    client.post(reverse("record:invite", args=[pid]), form)
    delivery.deliver()
    assert mail.outbox[-1].to == ["ann@ostrand.example"]
    link = next(word for word in str(mail.outbox[-1].body).split() if "/invitation/" in word)
    visitor = Client()
    path = link.split("8000", 1)[1]
    assert "Birrim seed banks" in visitor.get(path).content.decode()
    short = visitor.post(path, {"name": "Ann", "organisation_name": "Ostrand", "language": "fr", "password": "short"})
    assert 'value="Ostrand"' in short.content.decode()
    joined = visitor.post(
        path, {"name": "Ann", "organisation_name": "Ostrand", "language": "fr", "password": "une phrase assez longue"}
    )
    assert joined.status_code == 302
    assert visitor.get(reverse("record:ground_rules", args=[pid])).status_code == 200
    assert Client().get(path).status_code == 410


def test_somebody_elses_seat_is_out_of_reach(client: Client) -> None:
    world = make_partnership()
    assert world.company.seat is not None
    sign_in(client, world.ngo)
    for page in ("record:change_seat", "record:end_seat", "record:handover"):
        assert client.get(reverse(page, args=[world.pid, world.company.seat.public_id])).status_code == 404


def test_a_handover_page_is_read_by_its_own_side_alone(client: Client) -> None:
    world = make_partnership()
    assert world.ngo.seat is not None
    secret = "Ibrahim decides, whatever the chart says"
    actions.save_handover(world.ngo.seat, by=world.ngo, texts={"sensitive": secret}, finished=True)
    url = reverse("record:handover", args=[world.pid, world.ngo.seat.public_id])
    assert secret in sign_in(client, world.colleague("ngo")).get(url).content.decode()
    assert sign_in(client, world.company).get(url).status_code == 404


def test_two_first_texts_of_a_handover_page_meet(client: Client) -> None:
    """The second to save reads the first text beside their own, and can save then."""
    world = make_partnership()
    colleague = world.colleague("ngo")
    assert world.ngo.seat is not None
    url = reverse("record:handover", args=[world.pid, world.ngo.seat.public_id])
    opened = sign_in(client, colleague).get(url).context["form"]["seen"].value()
    sign_in(client, world.ngo).post(url, {"who": "Call Ibrahim", "seen": opened})
    stale = sign_in(client, colleague).post(url, {"who": "Call Salif", "seen": opened})
    assert "Call Ibrahim" in stale.content.decode()
    assert "Call Salif" in stale.content.decode()
    assert HandoverPage.objects.of(world.partnership).get().who == "Call Ibrahim"
    client.post(url, {"who": "Call both", "seen": stale.context["form"]["seen"].value()})
    assert HandoverPage.objects.of(world.partnership).get().who == "Call both"


def test_a_release_opened_or_recalled_twice_is_logged_once(client: Client) -> None:
    world = make_partnership(partners=3)
    entry = scoping.write_entry("constraints", text="No road in the rains", by=world.ngo)
    bundle = release([entry], kind="scoping.canvas", to=circle_here(world.ngo, CircleKind.PARTNERS), by=world.ngo)
    for who, name, kind in ((world.company, "open_release", "release.opened"), (world.ngo, "recall_release", "")):
        sign_in(client, who)
        for _press in range(3):
            client.post(reverse(f"record:{name}", args=[world.pid, bundle.public_id]))
        assert Act.objects.of(world.partnership).filter(kind=kind or "release.recalled").count() == 1


def test_proposing_twice_with_a_double_press_opens_one_record(client: Client) -> None:
    proposer = make_organisation()
    sign_in(client, proposer.user)
    typed = {"organisation": proposer.pk, "name": "Wells of Tandi", "stage": "scoping"}
    first, again = (client.post(reverse("record:propose"), typed) for _press in range(2))
    assert first.headers["Location"] == again.headers["Location"]
    assert Partnership.objects.filter(name="Wells of Tandi").count() == 1
    with clock.at(clock.now() + timedelta(minutes=2)):
        client.post(reverse("record:propose"), typed)
    assert Partnership.objects.filter(name="Wells of Tandi").count() == 2, "later it is meant"


def test_home_says_what_waits_for_whom(client: Client) -> None:
    world = make_partnership()
    actions.invite_party(
        by=world.ngo,
        role="broker",
        organisation_name="Third Chair",
        organisation_kind="intermediary",
        email="l@t.example",
        person_name="Leonie",
    )
    theirs = sign_in(client, world.company).get("/").content.decode()
    assert "Agree to invite Third Chair" in theirs
    mine = sign_in(client, world.ngo).get("/").content.decode()
    assert "Waiting for others" in mine
    item = WorkItem.objects.get(kind="record.consent", closed_at=None)
    client.post(reverse("work:nudge", args=[item.public_id]))
    delivery.deliver()
    assert any("waits for you" in m.subject for m in mail.outbox)
    assert sign_in(client, world.outsider).post(reverse("work:nudge", args=[item.public_id])).status_code == 404


def test_one_item_and_three_cost_the_same(client: Client) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    world = make_partnership(broker=True)
    sign_in(client, world.ngo)

    def wish(name: str) -> None:
        actions.invite_party(
            by=world.company,
            role="adviser",
            organisation_name=f"Adviser {name}",
            organisation_kind="intermediary",
            email=f"{name}@adviser.example",
            person_name="A",
        )

    wish("first")
    counts = {}
    for page in ("/", reverse("record:people", args=[world.pid]), reverse("record:history", args=[world.pid])):
        client.get(page)
        with CaptureQueriesContext(
            connection,
        ) as one:
            client.get(page)
        counts[page] = len(one)
    for side in ("ngo", "company", "broker"):
        world.colleague(side)
        wish(side)
    for page, before in counts.items():
        with CaptureQueriesContext(connection) as three:
            client.get(page)
        assert len(three) == before, page


@pytest.mark.parametrize("page", ["/", "/calendar/", "/notices/", "/notices/settings/", "/me/", "/propose/"])
def test_own_pages_open_for_who_is_signed_in_and_ask_others_to(client: Client, page: str) -> None:
    assert client.get(page).status_code == 302
    assert sign_in(client, make_organisation().user).get(page).status_code == 200


def test_the_calendar_feed_stops_when_its_address_is_renewed(client: Client) -> None:
    world = make_partnership(rules=False, partners=1)
    from partnerships.work.queries import feed_url

    path = feed_url(world.ngo.user).split("8000", 1)[1]
    feed = Client().get(path)
    assert feed.status_code == 200
    assert b"BEGIN:VEVENT" in feed.content
    sign_in(client, world.ngo).post(reverse("work:renew_feed"))
    assert Client().get(path).status_code == 404
    assert Client().get("/calendar/forged-token.ics").status_code == 404


def test_an_organisations_page_is_its_administrators(client: Client) -> None:
    membership = make_organisation()
    url = reverse("people:organisation", args=[membership.organisation.public_id])
    assert sign_in(client, make_organisation().user).get(url).status_code == 404
    page = sign_in(client, membership.user).get(url)
    assert page.status_code == 200
    assert membership.user.email in page.content.decode()
    assert client.get(reverse("people:invite_member", args=[membership.organisation.public_id])).status_code == 200
    assert client.get(reverse("people:add_office", args=[membership.organisation.public_id])).status_code == 200


def test_a_handover_page_names_nothing_that_waits_for_a_colleague_alone(client: Client) -> None:
    """Who has not answered a review is known to nobody, on the own side neither."""
    world = make_partnership()
    lead, colleague = world.ngo, world.colleague("ngo")
    assert lead.seat is not None
    for who, word in ((lead, "for me alone"), (colleague, "for a colleague alone")):
        work.open_item(
            actions.HAND_OVER,
            partnership=world.partnership,
            key=f"test:{who.user.pk}",
            party=who.own_party,
            person=who.user,
            circle=circle_here(who, CircleKind.AUTHOR),
            path=f"/p/{world.pid}/{word.replace(' ', '-')}/",
        )
    page = sign_in(client, lead).get(reverse("record:handover", args=[world.pid, lead.seat.public_id]))
    assert "for-me-alone" in page.content.decode()
    assert "for-a-colleague-alone" not in page.content.decode()


def test_a_lead_keeps_name_place_and_currency_right(client: Client) -> None:
    world = make_partnership(broker=True)
    url = reverse("record:details", args=[world.pid])
    assert sign_in(client, world.broker).get(url).status_code == 403
    assert sign_in(client, world.colleague("ngo")).get(url).status_code == 403
    sign_in(client, world.ngo)
    opened = client.get(url).context["form"]
    values = {"name": "Water for Tandi", "country": "Mali", "site": "Tandi", "currency": "xof"}
    sent = values | {"seen": opened["seen"].value()}
    assert "Three letters" in client.post(url, sent | {"currency": "francs"}).content.decode()
    assert client.post(url, sent).status_code == 302
    page = client.get(f"/p/{world.pid}/").content.decode()
    assert "Water for Tandi" in page
    assert "XOF" in page
    assert "Water for Tandi" in sign_in(client, world.company).get("/partnerships/").content.decode()
    # The company's form was opened before: what both typed stands side by side, and is saved once it was seen.
    stale = client.post(url, sent | {"name": "Tandi and its wells"})
    assert stale.status_code == 200
    assert "Water for Tandi" in stale.content.decode()
    again = values | {"name": "Tandi and its wells", "seen": stale.context["form"]["seen"].value()}
    assert client.post(url, again).status_code == 302
    world.partnership.refresh_from_db()
    assert (world.partnership.name, world.partnership.currency) == ("Tandi and its wells", "XOF")


def test_a_partners_lead_changes_what_it_works_on_and_nothing_is_overwritten(client: Client) -> None:
    world = make_partnership(broker=True, sectors=("health",))
    address = reverse("record:details", args=[world.pid])
    here = reverse("record:overview", args=[world.pid])
    assert "Health" in sign_in(client, world.broker).get(here).content.decode()
    assert client.get(address).status_code == 403
    sign_in(client, world.ngo)
    seen = actions.details_mark(world.partnership)
    sent = {"name": "Wells", "currency": "USD", "sectors": ["water", "culture"], "seen": seen}
    assert client.post(address, sent).status_code == 302
    html = client.get(here).content.decode()
    assert "Water and sanitation, Culture and heritage" in html
    refused = client.post(address, {**sent, "sectors": ["astrology"], "seen": actions.details_mark(world.partnership)})
    assert "sectors" in refused.context["form"].errors
    late = client.post(address, {**sent, "sectors": ["education"]})
    html = late.content.decode()
    assert late.status_code == 200
    assert "Water and sanitation and Culture and heritage" in html
    assert "Education and training" in html
    world.partnership.refresh_from_db()
    assert world.partnership.sectors == ["water", "culture"]
