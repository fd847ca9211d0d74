"""The pages, by plain forms, as each role finds them."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import resolve, reverse
from openpyxl import load_workbook

from evaluation.outcomes import actions
from evaluation.outcomes.models import (
    CostEntry,
    EffortStatement,
    HourEntry,
    Indicator,
    Measurement,
    Outcome,
    ValueEntry,
)
from evaluation.outcomes.urls import urlpatterns
from partnerships.access.actions import open_release
from partnerships.access.models import Release
from partnerships.history.models import Act
from partnerships.record.holding import lift_hold, set_hold
from partnerships.record.models import Partnership
from tests.factories import World, make_partnership, sign_in

from .conftest import cost, got, hours, in_days, record, set_indicator
from .test_effort import last_quarter

pytestmark = pytest.mark.django_db


def url(world: World, name: str, *args: str) -> str:
    return reverse(f"outcomes:{name}", args=[world.pid, *args])


def text(client: Client, address: str, who: Any = None) -> str:
    if who is not None:
        sign_in(client, who)
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def indicator_form(**values: Any) -> dict[str, Any]:
    first = {
        "name": "Households with a well", "unit": "households", "direction": "more", "layer": "project",
        "baseline": "1 020,5", "baseline_on": str(in_days(-300)), "baseline_source": "Census", "target": "1.200,25",
        "target_on": str(in_days(300)), "frequency": "yearly", "circle": "partners",
    }  # fmt: skip
    return first | values


# Indicators -----------------------------------------------------------------------------------------------------------
def test_an_indicator_is_set_measured_and_corrected_by_plain_forms(world: World, client: Client) -> None:
    sign_in(client, world.colleague("company"))
    measurer = {"measured_by": world.party("company").public_id}
    wrong = client.post(url(world, "new_indicator"), indicator_form(target="5", **measurer)).content.decode()
    assert "below the baseline" in wrong
    assert "Census" in wrong, "what was typed is kept"
    done = client.post(url(world, "new_indicator"), indicator_form(**measurer))
    one = Indicator.objects.of(world.partnership).get()
    assert done["Location"] == one.path
    assert (one.baseline, one.target) == (Decimal("1020.5"), Decimal("1200.25"))
    client.post(url(world, "measure", one.public_id), {"measured": "1100,5", "on": str(in_days(-2)), "source": "Count"})
    value = Measurement.objects.of(world.partnership).get()
    page = text(client, one.path)
    assert "1,100.5" in page
    assert "<svg" in page
    assert "The same as a table" in page
    form = {"measured": "1100", "on": str(in_days(-2)), "source": "Count", "note": "", "seen": "1", "why": "A slip"}
    assert client.post(url(world, "correct", value.public_id), form).status_code == 302
    stale = client.post(url(world, "correct", value.public_id), form | {"measured": "900"}).content.decode()
    assert "Somebody changed this in between" in stale
    assert "900" in stale
    assert Measurement.objects.of(world.partnership).get().measured == 1100
    again = client.post(url(world, "correct", value.public_id), form | {"measured": "900", "seen": "2"})
    assert again.status_code == 302
    page = text(client, one.path)
    assert "A slip" in page
    assert "Was 1,100.5" in page
    client.post(url(world, "withdraw_measurement", value.public_id))
    page = text(client, one.path, world.ngo)
    assert "has withdrawn one value" in page
    assert "A slip" not in page


def test_a_moved_target_shows_on_the_page(world: World, client: Client) -> None:
    one = set_indicator(world)
    form = indicator_form(
        measured_by=world.party("ngo").public_id, baseline="20", baseline_on=str(in_days(-400)), target="60",
        target_on=str(in_days(400)), frequency="half_yearly", why="One valley less", seen="1",
    )  # fmt: skip
    sign_in(client, world.company)
    assert client.post(url(world, "change_indicator", one.public_id), form).status_code == 302
    page = text(client, one.path)
    assert "Target: 80" in page
    assert "One valley less" in page
    stale = client.post(url(world, "change_indicator", one.public_id), form | {"target": "70"}).content.decode()
    assert "Somebody changed this in between" in stale


def test_who_finds_what(world: World, client: Client) -> None:
    shared, open_ = set_indicator(world), set_indicator(world, name="Noise", circle="all")
    told, harm = record(world), record(world, kind="harm", circle="all", what="Dust at the school")
    entry, spent, worked = got(world), cost(world), hours(world, day=last_quarter(), c=1)
    actions.voice(told, stance="confirmed", words="", seen=1, by=world.company)
    value = actions.measure(shared, by=world.ngo, on=in_days(-1), measured=Decimal(3))
    pages = {
        url(world, "overview"): {"ngo", "company", "broker", "community", "authority"},
        shared.path: {"ngo", "company", "broker"},
        open_.path: {"ngo", "company", "broker", "community", "authority"},
        told.path: {"ngo", "company", "broker"},
        harm.path: {"ngo", "company", "broker", "community", "authority"},
        url(world, "measure", shared.public_id): {"ngo", "company"},
        url(world, "measure", open_.public_id): {"ngo", "company"},
        url(world, "correct", value.public_id): {"ngo"},
        url(world, "withdraw_measurement", value.public_id): {"ngo"},
        url(world, "new_indicator"): {"ngo", "company"},
        url(world, "change_indicator", shared.public_id): {"ngo", "company"},
        url(world, "withdraw_indicator", shared.public_id): {"ngo"},
        url(world, "import_values"): {"ngo", "company", "broker", "community", "authority"},
        url(world, "import_template"): {"ngo", "company", "broker", "community", "authority"},
        url(world, "new_outcome", "told"): {"ngo", "company", "broker", "community", "authority"},
        url(world, "new_outcome", "harm"): {"ngo", "company", "broker", "community", "authority"},
        url(world, "new_outcome", "counted"): {"ngo", "company", "broker", "community", "authority"},
        url(world, "voice", told.public_id): {"company"},
        url(world, "voice", harm.public_id): {"company", "community"},
        url(world, "withdraw_voice", told.public_id): {"company"},
        url(world, "reword", told.public_id): {"ngo"},
        url(world, "withdraw_outcome", told.public_id): {"ngo"},
        url(world, "new_value"): {"ngo", "company"},
        url(world, "show_values"): {"ngo"},
        url(world, "change_value", entry.public_id): {"ngo"},
        url(world, "remove_value", entry.public_id): {"ngo"},
        url(world, "effort"): {"ngo", "company"},
        url(world, "new_hours"): {"ngo", "company"},
        url(world, "new_cost"): {"ngo", "company"},
        url(world, "change_cost", spent.public_id): {"ngo"},
        url(world, "remove_cost", spent.public_id): {"ngo"},
        url(world, "change_hours", worked.public_id): {"ngo"},
        url(world, "remove_hours", worked.public_id): {"ngo"},
        url(world, "show_effort", last_quarter().isoformat()): {"ngo"},
    }
    named = {resolve(p).url_name for p in pages}
    # Of one review: test_since.
    assert {pattern.name for pattern in urlpatterns} - named == {"take_in", "withdraw_statement", "since"}
    for name in ("ngo", "company", "broker", "community", "authority"):
        sign_in(client, world.place(name))
        opened = {p for p in pages if client.get(p).status_code == 200}
        assert opened == {p for p, who in pages.items() if name in who}, name
    sign_in(client, world.outsider)
    assert {client.get(p).status_code for p in pages} == {404}


# From a file ----------------------------------------------------------------------------------------------------------
def test_a_file_is_looked_at_before_anything_is_written_and_adds_nothing_twice(world: World, client: Client) -> None:
    one, other = set_indicator(world), set_indicator(world, name="Noise", unit="dB")
    sign_in(client, world.ngo)
    book = load_workbook(io.BytesIO(client.get(url(world, "import_template")).content))
    sheet = book.worksheets[0]
    assert [sheet["A2"].value, sheet["A3"].value] == [one.name, other.name]
    sheet["D2"], sheet["E2"] = str(in_days(-9)), "41,5"
    sheet["D3"], sheet["E3"] = "soon", 3
    out = io.BytesIO()
    book.save(out)

    def upload() -> str:
        file = SimpleUploadedFile("values.xlsx", out.getvalue())
        return str(client.post(url(world, "import_values"), {"file": file}).content.decode())

    page = upload()
    assert "One new value." in page
    assert "This is no day" in page
    assert "41.5" in page
    assert not Measurement.objects.of(world.partnership).exists()
    token = page.split('name="values" value="')[1].split('"')[0]
    assert client.post(url(world, "take_in"), {"values": token}).status_code == 302
    assert client.post(url(world, "take_in"), {"values": token}).status_code == 302
    assert Measurement.objects.of(world.partnership).get().measured == Decimal("41.5")
    again = upload()
    assert "0 new values." in again
    assert "One is here already." in again
    assert "nothing new to take in" in again
    for who, values in (("company", token), ("ngo", token[:-4] + "abcd"), ("ngo", "")):
        sign_in(client, world.place(who))
        page = client.post(url(world, "take_in"), {"values": values}, follow=True).content.decode()
        assert "not complete" in page
    assert Measurement.objects.of(world.partnership).count() == 1


def test_a_file_that_is_none_is_refused_beside_its_field(world: World, client: Client) -> None:
    set_indicator(world)
    sign_in(client, world.ngo)
    for name, content in (("a.xlsx", b"words"), ("a.csv", b"a,b\n1,2\n"), ("a.pdf", b"%PDF-1.4\n%%EOF")):
        page = client.post(url(world, "import_values"), {"file": SimpleUploadedFile(name, content)})
        assert page.status_code == 200
        assert "invalid-feedback" in page.content.decode() or "cg-errors" in page.content.decode()


# Outcomes -------------------------------------------------------------------------------------------------------------
def test_a_change_is_told_and_seen_by_plain_forms(world: World, client: Client) -> None:
    form = {"what": "They call first", "for_whom": "Tandi", "how_known": "Heard", "since": str(in_days(-30)),
            "circle": "all"}  # fmt: skip
    sign_in(client, world.ngo)
    client.post(url(world, "new_outcome", "told"), form)
    told = Outcome.objects.of(world.partnership).get()
    assert "Do you see it too?" in text(client, url(world, "overview"), world.company)
    refused = client.post(url(world, "voice", told.public_id), {"stance": "different", "words": "", "seen": "1"})
    assert "Say how you see it" in refused.content.decode()
    said = {"stance": "different", "words": "Only twice", "seen": "1"}
    assert client.post(url(world, "voice", told.public_id), said).status_code == 302
    page = text(client, url(world, "overview"), world.ngo)
    assert "sees it differently" in page
    assert "Only twice" in text(client, told.path, world.community)
    actions.reword_outcome(
        told, by=world.ngo, seen=1,
        values={"what": "They often call first", "for_whom": "Tandi", "how_known": "Heard", "since": in_days(-30)},
    )  # fmt: skip
    sign_in(client, world.company)
    stale = client.post(url(world, "voice", told.public_id), said | {"words": "Mine"}).content.decode()
    assert "They often call first" in stale
    assert "Mine" in stale
    back = url(world, "withdraw_voice", told.public_id)
    assert back in text(client, told.path), "what was said to the older words can be taken back too"
    hold = set_hold(by=world.company, reason="A court asks")
    assert "Your side has set a legal hold" in client.post(back, follow=True).content.decode()
    assert told.voices.exists()
    lift_hold(hold, by=world.company, because="It was settled")
    Partnership.objects.filter(pk=world.partnership.pk).update(standing="closed")
    client.post(back)
    assert not told.voices.exists(), "also in a closed record"
    assert client.get(back).status_code == 403
    assert Act.objects.filter(kind="outcomes.voice_out", partnership=world.partnership).exists()


def test_harm_needs_the_word_that_nobody_can_be_recognised(world: World, client: Client) -> None:
    form = {"what": "Dust", "for_whom": "School", "how_known": "Seen", "since": str(in_days(-3)), "circle": "partners"}
    sign_in(client, world.company)
    assert client.post(url(world, "new_outcome", "harm"), form).status_code == 200
    assert not Outcome.objects.of(world.partnership).exists()
    assert client.post(url(world, "new_outcome", "harm"), form | {"unnamed": "on"}).status_code == 302
    page = text(client, url(world, "overview"), world.ngo)
    assert "Harm that nobody intended: one" in page
    assert "Nothing is said of what is done" in page


def test_an_unknown_kind_and_a_counted_change_without_an_indicator(world: World, client: Client) -> None:
    sign_in(client, world.ngo)
    assert client.get(url(world, "new_outcome", "praise")).status_code == 404
    assert client.get(url(world, "new_outcome", "counted")).status_code == 302


# Value, hours and cost ------------------------------------------------------------------------------------------------
def test_value_is_written_shown_and_opened_by_plain_forms(world: World, client: Client) -> None:
    sign_in(client, world.ngo)
    form = {"kind": "reach", "words": "Six new villages", "starts_on": str(in_days(-90)), "ends_on": str(in_days(-1)),
            "amount": "", "currency": "XOF"}  # fmt: skip
    client.post(url(world, "new_value"), form)
    assert "our side only" in text(client, url(world, "overview"))
    client.post(url(world, "show_values"), {"to": "partners"})
    client.post(url(world, "show_values"), {"to": "partners"})
    bundle = Release.objects.get(partnership=world.partnership, kind="outcomes.value")
    page = text(client, url(world, "overview"), world.company)
    assert "Released, not opened" in page
    assert "Six new villages" not in page
    client.post(reverse("record:open_release", args=[world.pid, bundle.public_id]))
    assert "Six new villages" in text(client, url(world, "overview"))
    assert "Six new villages" not in text(client, url(world, "overview"), world.community)
    entry = ValueEntry.objects.of(world.partnership).get()
    sign_in(client, world.ngo)
    assert client.post(url(world, "change_value", entry.public_id), form | {"seen": "0"}).status_code == 200
    assert client.post(url(world, "remove_value", entry.public_id)).status_code == 302
    assert "Six new villages" not in text(client, url(world, "overview"), world.company)


def test_hours_and_cost_stay_apart_and_on_their_side(world: World, client: Client) -> None:
    first, member = last_quarter(), world.colleague("ngo")
    sign_in(client, member)
    form = {"person": str(member.user.pk), "span": "month", "day": first.isoformat(), "coordinating": "7,5",
            "delivering": ""}  # fmt: skip
    client.post(url(world, "new_hours"), form)
    assert HourEntry.objects.of(world.partnership).get().coordinating == Decimal("7.5")
    assert "written down already" in client.post(url(world, "new_hours"), form).content.decode()
    assert client.get(url(world, "show_effort", first.isoformat())).status_code == 403, "a lead shows"
    sign_in(client, world.ngo)
    for amount, currency, kind in (("100", "XOF", "cash"), ("70", "EUR", "cash"), ("31", "XOF", "in_kind")):
        client.post(url(world, "new_cost"), {"what": "Travel", "form": kind, "on": first.isoformat(), "amount": amount,
                                             "currency": currency, "seen": "0"})  # fmt: skip
    assert CostEntry.objects.of(world.partnership).count() == 3
    page = text(client, url(world, "effort"))
    for alone in ("XOF\u00a0100", "EUR\u00a070", "XOF\u00a031", member.user.name):
        assert alone in page, alone
    for merged in ("170", "131", "201"):
        assert merged not in page
    shown = text(client, url(world, "show_effort", first.isoformat()))
    assert "those of one person" in shown
    assert ">7.5<" not in shown
    client.post(url(world, "show_effort", first.isoformat()), {"to": "partners"})
    statement = EffortStatement.objects.of(world.partnership).get()
    assert statement.hours is None
    open_release(Release.objects.get(kind="outcomes.effort", partnership=world.partnership), by=world.company)
    page = text(client, url(world, "overview"), world.company)
    assert "XOF\u00a0100" in page
    assert member.user.name not in page
    sign_in(client, world.ngo)
    client.post(url(world, "withdraw_statement", statement.public_id))
    assert "XOF\u00a0100" not in text(client, url(world, "overview"), world.company)


@pytest.mark.parametrize("name", ["hours", "cost", "value"])
def test_two_people_on_one_entry_see_the_newer_one(world: World, client: Client, name: str) -> None:
    sign_in(client, world.ngo)
    item: Any
    if name == "hours":
        item, form = hours(world, day=last_quarter(), c=1), {"coordinating": "9", "delivering": "0"}
        actions.change_hours(item, by=world.ngo, coordinating=Decimal(2), delivering=Decimal(0), seen=1)
    elif name == "cost":
        item = cost(world)
        form = {"what": "Mine", "form": "cash", "on": str(in_days(-3)), "amount": "9", "currency": "XOF"}
        values = {"what": "Newer", "form": "cash", "on": in_days(-3), "amount": Decimal(2), "currency": "XOF"}
        actions.change_cost(item, by=world.ngo, values=values, seen=1)
    else:
        item = got(world)
        form = {"kind": "reach", "words": "Mine", "starts_on": str(in_days(-9)), "ends_on": str(in_days(-3)),
                "amount": "", "currency": ""}  # fmt: skip
        values = {"kind": "reach", "words": "Newer", "starts_on": in_days(-9), "ends_on": in_days(-3), "amount": None,
                  "currency": ""}  # fmt: skip
        actions.change_value(item, by=world.ngo, values=values, seen=1)
    page = client.post(url(world, f"change_{name}", item.public_id), form | {"seen": "1"}).content.decode()
    assert "Somebody changed this in between" in page
    done = client.post(url(world, f"change_{name}", item.public_id), form | {"seen": "2"})
    assert done.status_code == 302


def test_addresses_that_anybody_can_write(world: World, client: Client) -> None:
    sign_in(client, world.ngo)
    hours(world, day=last_quarter(), c=1)
    for day in ("today", "2020-13-45", "2020-01-02", "0001-01-01", "9999-12-31", "2020-01-01"):
        assert client.get(url(world, "show_effort", day)).status_code == 404, day


# Counts ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["overview", "effort", "indicator", "outcome"])
def test_a_page_takes_as_many_statements_for_three_as_for_one(
    client: Client, name: str, django_assert_max_num_queries: Any
) -> None:
    counts = []
    for count in (1, 3):
        world = make_partnership(broker=True)
        member = world.colleague("company")
        for number in range(count):
            one = set_indicator(world, name=f"Wells {number}")
            for day in range(count):
                actions.measure(one, by=world.ngo, on=in_days(-day - 1), measured=Decimal(day))
            told = record(world)
            actions.voice(told, stance="confirmed", words="", seen=1, by=world.company)
            record(world, kind="counted", indicator=one)
            got(world)
            cost(world)
            hours(world, day=in_days(-40 * number - 200), c=2, d=3)
        hours(world, "company", day=last_quarter(), c=2, d=3)
        hours(world, member, day=last_quarter(), c=2, d=3)
        open_release(actions.show_effort(last_quarter(), to="partners", by=world.company), by=world.ngo)
        args = {"indicator": [one.public_id], "outcome": [told.public_id]}.get(name, [])
        sign_in(client, world.ngo)
        text(client, url(world, name, *args))
        with django_assert_max_num_queries(60) as asked:
            text(client, url(world, name, *args))
        counts.append(len(asked))
    assert counts[0] == counts[1]
