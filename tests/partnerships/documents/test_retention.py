"""How long a file is kept: the arithmetic, and what a side may say of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle.road import actions as road
from partnerships import clock
from partnerships.access.actions import circle_here, open_release
from partnerships.access.states import CircleKind
from partnerships.documents import actions
from partnerships.documents.models import Document
from partnerships.documents.queries import document_kinds
from partnerships.documents.retention import Kept, check_kept, ending_by, goes_on, kept, months_back, months_on
from partnerships.history.models import Act
from partnerships.record.models import Partnership
from tests.factories import World, make_partnership, sign_in

from . import files

#: policy: 36 months; photo: 24 months, and can hold data of persons.
DAYS = st.dates(date(2001, 1, 1), date(2120, 12, 31))
MONTHS = st.integers(1, 240)


@pytest.fixture
def world(db: None) -> World:
    return make_partnership(broker=True)


def add(world: World, who: str = "ngo", circle: str = CircleKind.OWN, kind: str = "policy", **more: Any) -> Document:
    place = world.place(who)
    return actions.store(
        partnership=world.partnership, upload=files.upload("policy.pdf", files.pdf()), by=place, kind=kind,
        circle=circle_here(place, circle), **more,
    )  # fmt: skip


def page(world: World, name: str, document: Document) -> str:
    return reverse(f"documents:{name}", args=[world.pid, document.public_id])


def as_lead(world: World, who: str) -> Client:
    return sign_in(Client(), world.leads[who])


def close(world: World) -> None:
    road.not_pursue(by=world.company)


# Arithmetic -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2026, 11, 30), 24, date(2028, 11, 30)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_months_end_on_the_same_day_or_the_last_of_a_shorter_month(day: date, months: int, end: date) -> None:
    assert months_on(day, months) == end


@given(DAYS, MONTHS)
def test_a_later_beginning_never_ends_earlier(day: date, months: int) -> None:
    assert months_on(day, months) <= months_on(day + timedelta(days=1), months)
    assert months_on(day, months) < months_on(day, months + 1)


@given(DAYS, MONTHS, st.integers(-40, 40))
def test_counting_back_finds_just_the_days_that_end_by_then(end: date, months: int, off: int) -> None:
    since = months_back(end, months)
    assert months_on(since, months) <= end < months_on(since + timedelta(days=1), months)
    other = since + timedelta(days=off)
    assert (months_on(other, months) <= end) == (other <= since)


@dataclass(frozen=True)
class Case:
    kind: str
    keep_until: date | None
    reason: str
    valid_until: date | None
    closed_on: date | None


NEAR = st.dates(date(2024, 1, 1), date(2031, 12, 31))
CASES = st.builds(
    Case,
    st.sampled_from(["policy", "photo", "other", "", "gone from the catalogue"]),
    st.none() | NEAR,
    st.sampled_from(["", "A claim"]),
    st.none() | NEAR,
    st.none() | NEAR,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=CASES, day=NEAR)
def test_the_database_finds_what_the_page_says(world: World, case: Case, day: date) -> None:
    """The filter of the sweep and the words of the page are one rule."""
    kinds = document_kinds()
    document = Document.objects.unguarded("test").first() or add(world)
    reason = case.reason if case.keep_until else ""
    Partnership.objects.filter(pk=world.partnership.pk).update(closed_on=case.closed_on)
    rows = Document.objects.unguarded("test").filter(pk=document.pk)
    rows.update(kind=case.kind, keep_until=case.keep_until, keep_reason=reason, valid_until=case.valid_until)
    document.refresh_from_db()
    world.partnership.refresh_from_db()
    until = kept(document, kinds.get(case.kind), world.partnership, day).until
    assert rows.filter(ending_by(day, kinds)).exists() == (until is not None and until <= day)


def test_the_earlier_end_counts_and_with_a_reason_the_own_one(world: World) -> None:
    kinds, today = document_kinds(), clock.today()
    policy, photo, record = kinds["policy"], kinds["photo"], Partnership()
    closed = Partnership(closed_on=today - timedelta(days=30))
    mine, by_kind = today + timedelta(days=400), months_on(today - timedelta(days=30), 36)
    assert kept(Document(), policy, record, today) == Kept(None, 36)
    assert kept(Document(keep_until=mine), policy, record, today) == Kept(mine, None)
    far = months_on(today, 60)
    assert kept(Document(keep_until=far), policy, record, today) == Kept(far, 36)
    assert kept(Document(keep_until=far), policy, closed, today) == Kept(by_kind, None)
    assert kept(Document(keep_until=far, keep_reason="x"), policy, closed, today) == Kept(far, None)
    # What is out of date may still be cited: validity shortens nothing.
    assert kept(Document(valid_until=date(2001, 1, 1)), policy, record, today) == Kept(None, 36)
    # Data of persons gives way to no reason.
    assert kept(Document(keep_until=far, keep_reason="x"), photo, record, today) == Kept(far, 24)
    assert kept(Document(), None, record, today) == Kept()
    assert kept(Document(), policy, Partnership(closed_on=today), today) == Kept(months_on(today, 36), None)


def test_no_file_goes_within_thirty_days_of_the_warning() -> None:
    today = date(2026, 11, 30)
    assert goes_on(Document(), today - timedelta(days=900), today) == date(2026, 12, 30)
    assert goes_on(Document(warned_on=date(2026, 11, 10)), date(2026, 12, 25), today) == date(2026, 12, 26)
    assert goes_on(Document(warned_on=date(2026, 11, 10)), date(2026, 11, 1), today) == date(2026, 12, 10)


# What may be said -----------------------------------------------------------------------------------------------------
def refused(world: World, **asked: Any) -> dict[str, list[str]]:
    given: dict[str, Any] = {
        "keep_until": None, "keep_reason": "", "kind": document_kinds()["policy"],
        "partnership": world.partnership, "today": clock.today(), **asked,
    }  # fmt: skip
    try:
        check_kept(**given)
    except ValidationError as error:
        return error.message_dict
    return {}


def test_a_day_of_its_own_that_nobody_could_be_warned_of_or_without_end_is_refused(world: World) -> None:
    today = clock.today()
    assert refused(world) == {}
    assert refused(world, keep_until=today + timedelta(days=30)) == {}
    assert "keep_until" in refused(world, keep_until=today + timedelta(days=29))
    assert "keep_until" in refused(world, keep_until=months_on(today, 240) + timedelta(days=1), keep_reason="Ours")
    assert "keep_until" in refused(world, keep_reason="Because")


def test_longer_than_its_kind_says_needs_a_reason_and_data_of_persons_gets_none(world: World) -> None:
    today = clock.today()
    closed = Partnership(closed_on=today)
    longer: dict[str, Any] = {"partnership": closed, "keep_until": months_on(today, 36) + timedelta(days=1)}
    assert "Say why you keep it longer" in refused(world, **longer)["keep_reason"][0]
    assert refused(world, **longer, keep_reason="The auditor asks for it.") == {}
    assert refused(world, **{**longer, "keep_until": months_on(today, 36)}) == {}
    photo = document_kinds()["photo"]
    assert "data of persons" in refused(world, **longer, kind=photo)["keep_until"][0]
    assert "data of persons" in refused(world, **longer, kind=photo, keep_reason="Nice")["keep_reason"][0]


def test_closing_is_when_the_kind_begins_to_count(world: World) -> None:
    document = add(world)
    html = as_lead(world, "ngo").get(page(world, "detail", document)).content.decode()
    assert "Kept for 36 months after the partnership is closed." in html
    with clock.at(clock.now() + timedelta(days=1)):
        close(world)
        closed = clock.today()
    world.partnership.refresh_from_db()
    assert world.partnership.closed_on == closed
    assert kept(document, document_kinds()["policy"], world.partnership, closed) == Kept(months_on(closed, 36))


def test_the_form_keeps_what_was_typed_and_says_it_at_the_field(world: World) -> None:
    today = clock.today()
    sent: dict[str, Any] = {
        "file": files.upload("a.pdf", files.pdf()), "circle": "own", "kind": "photo", "title": "Our policy",
        "keep_until": months_on(today, 40), "keep_reason": "Our statutes ask for it.",
    }  # fmt: skip
    client = as_lead(world, "ngo")
    answer = client.post(reverse("documents:upload", args=[world.pid]), sent)
    assert answer.context["form"].errors.keys() == {"keep_reason"}
    assert "Our policy" in answer.content.decode()
    sent |= {"file": files.upload("a.pdf", files.pdf()), "kind": "policy"}
    html = client.post(reverse("documents:upload", args=[world.pid]), sent, follow=True).content.decode()
    assert "Our statutes ask for it." in html
    document = Document.objects.unguarded("test").get()
    assert document.keep_until == months_on(today, 40)


def test_the_reader_of_another_side_sees_until_when_and_not_why_nor_changes_it(world: World) -> None:
    until = clock.today() + timedelta(days=500)
    document = add(world, keep_until=until, keep_reason="We expect a claim.")
    ngo = world.ngo
    bundle = actions.release_document(document, to=circle_here(ngo, CircleKind.PARTNERS), by=ngo)
    assert as_lead(world, "company").get(page(world, "keep", document)).status_code == 404
    open_release(bundle, by=world.company)
    client = as_lead(world, "company")
    html = client.get(page(world, "detail", document)).content.decode()
    assert f"Kept until {until.day} " in html
    assert "We expect a claim." not in html
    assert "How long it is kept" not in html
    assert client.get(page(world, "keep", document)).status_code == 403
    assert client.post(page(world, "keep", document), {"version": 1}).status_code == 403
    assert "We expect a claim." in as_lead(world, "ngo").get(page(world, "detail", document)).content.decode()
    with pytest.raises(ValidationError, match="Only the side"):
        actions.keep_for(document, by=world.company, seen=1, kind="", keep_until=None, keep_reason="")


def test_changing_it_is_an_act_begins_the_warning_anew_and_never_overwrites_another(world: World) -> None:
    document = add(world, kind="")
    Document.objects.unguarded("test").update(warned_on=clock.today())
    before = document.changed_at
    client, until = as_lead(world, "ngo"), clock.today() + timedelta(days=90)
    first = {"version": 1, "kind": "policy", "keep_until": until, "keep_reason": ""}
    assert client.post(page(world, "keep", document), first).status_code == 302
    document.refresh_from_db()
    assert (document.kind, document.keep_until, document.warned_on, document.version) == ("policy", until, None, 2)
    # A party that has left reads what stood then, and that is as it was.
    assert document.changed_at == before
    assert Act.objects.filter(kind="documents.kept", circle=document.circle).count() == 1
    late = {"version": 1, "keep_until": until + timedelta(days=9), "keep_reason": "Typed with care."}
    answer = client.post(page(world, "keep", document), late)
    html = answer.content.decode()
    assert "Somebody changed this in between" in html
    assert "Typed with care." in html
    document.refresh_from_db()
    assert document.keep_until == until
    # Sent once more, it counts as read.
    again = {**late, "version": answer.context["form"]["version"].value()}
    assert client.post(page(world, "keep", document), again).status_code == 302


def test_it_can_still_be_said_in_a_closed_record_and_not_of_what_all_signed(world: World) -> None:
    document = add(world, circle=CircleKind.PARTNERS)
    close(world)
    assert as_lead(world, "ngo").get(page(world, "keep", document)).status_code == 200
    Document.objects.unguarded("test").update(author=None)
    client = as_lead(world, "ngo")
    assert client.get(page(world, "keep", document)).status_code == 403
    assert "it is kept with the record" in client.get(page(world, "detail", document)).content.decode()
