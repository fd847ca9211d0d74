"""Nothing private reaches anybody outside its circle.

The fields come from the models' own metadata: every text that people wrote in a private row of the demo world is
overwritten with an improbable marker. Then people of every party, former members, administrators without a seat, staff
and outsiders visit every page, export, PDF and feed that they find, and every address that others found. What they saw
is compared with the circles and opened releases themselves, not with the code under test. The links of all mails are
followed by somebody who only holds the mail: each opens the one item it was sent for, and nothing else of the record.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.db import models, transaction
from django.test import Client, override_settings
from django.urls import resolve

from config.stories.loader import load
from config.stories.telling import World
from evaluation.reports import actions as reports
from evaluation.reports.models import ReportJob
from evaluation.reviews.models import Round
from evaluation.reviews.states import RoundState
from partnerships import clock
from partnerships.access.guard import place_of
from partnerships.access.models import Circled, CircleParty, ReleaseItem
from partnerships.notices import delivery
from partnerships.notices.models import Notice
from partnerships.people import actions as people
from partnerships.people.models import Membership, User
from partnerships.record.models import Partnership, Seat
from partnerships.work import actions as work
from partnerships.work.models import WorkItem
from partnerships.work.queries import feed_url

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
APPS = ("partnerships", "lifecycle", "evaluation")
#: The records that are visited: five rounds and contacts; a negotiation; three partners.
STORIES = ("kessa", "tandi", "landmap")
#: Pages of one kind and one record that a visitor opens while following links.
OF_A_KIND = 4
MARKER = re.compile(r"zq[0-9a-f]+qz")

#: Fields that hold no words of people: codes, hashes, states. By name, on every private model.
STRUCTURE = {
    "public_id": "the address of the row",
    "language": "of the text",
    "key": "unique key of the software",
    "kind": "code",
    "code": "code of the catalogue",
    "prompt": "code of the catalogue",
    "question": "code of the catalogue",
    "statement": "code of the catalogue",
    "dimension": "code of the catalogue",
    "option": "code of the catalogue",
    "outcome": "code of the catalogue",
    "theme": "code of the catalogue",
    "clause": "code of the catalogue",
    "audience": "code of the catalogue",
    "condition": "code of a gate's condition",
    "reason": "code of the catalogue (an open point's reason is a long text, and planted)",
    "about": "code of a statement or dimension",
    "author_hash": "keyed hash",
    "email_hash": "keyed hash",
    "claim": "of a worker",
    "error": "class of an error",
    "model": "kind of an object",
    "path": "an address",
    "zone": "a time zone",
    "currency": "ISO code",
    "sha256": "hash",
    "digest": "hash",
    "content_type": "of a file, found by its content",
    "storage_name": "random",
    "state": "state",
    "message_id": "of a mail",
    "last_error": "class of an error",
}

#: Fields that lead on to a private item where the way is longer than one step.
HANGS_ON = {"clause", "frozen"}
#: Named like a code, and typed all the same.
TYPED = {"QAItem.question", "PlanEntry.audience"}

#: Long texts that the software itself makes, where a marker would only break it.
UNPLANTABLE = {
    "SealedAnswer.ciphertext": "encrypted; tests/evaluation/reviews tell that nobody reads it",
    "FrozenText.snapshot": "hashed JSON of clause texts, which are planted",
    "ReportJob.error": "class of an error",
    "Paper.error": "class of an error",
}


class Plants:
    """The markers, and who may read each."""

    def __init__(self) -> None:
        self._numbers = itertools.count(0x1A3F00)
        self.field_of: dict[str, str] = {}
        self.parties_of: dict[str, frozenset[int]] = {}
        self.author_of: dict[str, int | None] = {}
        #: The item that each stands in: a reading of a contact belongs to the contact.
        self.item_of: dict[str, tuple[str, int]] = {}

    def marker(self, label: str, parties: frozenset[int], author: int | None, item: tuple[str, int]) -> str:
        text = f"zq{next(self._numbers):x}qz"
        self.item_of[text] = item
        self.field_of[text], self.parties_of[text], self.author_of[text] = label, parties, author
        return text

    @property
    def fields(self) -> set[str]:
        return set(self.field_of.values())


def private_models() -> list[type[models.Model]]:
    """Models with a circle of their own, and those that hang on one."""
    found: list[type[models.Model]] = [
        m for a in APPS for m in apps.get_app_config(a).get_models() if issubclass(m, Circled)
    ]
    for app in APPS:
        for model in apps.get_app_config(app).get_models():
            if model not in found and parent_of(model) is not None:
                found.append(model)
    return found


def parent_of(model: type[models.Model]) -> str | None:
    """The field that leads to a private parent, at once or over others, if the model has no circle of its own."""
    ways = [f for f in model._meta.get_fields() if isinstance(f, models.ForeignKey) and f.related_model is not model]
    if issubclass(model, Circled) or model._meta.app_label not in APPS:
        return None
    near = next((field for field in ways if issubclass(field.related_model, Circled)), None)
    far = next((field for field in ways if field.name in HANGS_ON and parent_of(field.related_model)), None)
    found = near or far
    return found.name if found else None


def way_to_record(model: type[models.Model]) -> str:
    """From a row to its partnership, as a lookup."""
    name = parent_of(model)
    return "partnership" if name is None else f"{name}__{way_to_record(model._meta.get_field(name).related_model)}"


def words_of(model: type[models.Model]) -> list[Any]:
    """Fields in which people write."""
    return [
        f
        for f in model._meta.concrete_fields
        if isinstance(f, models.TextField | models.CharField)
        and not isinstance(f, models.FileField)
        and not f.choices
        and (f.name not in STRUCTURE or type(f) is models.TextField or f"{model.__name__}.{f.name}" in TYPED)
        and f"{model.__name__}.{f.name}" not in UNPLANTABLE
        and (f.max_length is None or f.max_length >= 16)
    ]


def circled_of(row: Any) -> Circled:
    """The item with a circle that a row is, or belongs to."""
    while not isinstance(row, Circled):
        row = getattr(row, parent_of(type(row)) or "")
    return row


def readers_of(row: Any) -> tuple[frozenset[int], int | None]:
    """Parties of the circle, and those that opened a release of the row; the author of what is author-only."""
    circled = circled_of(row)
    parties = set(CircleParty.objects.filter(circle=circled.circle_id).values_list("party", flat=True))
    opened = ReleaseItem.objects.filter(model=circled._meta.label_lower, object_id=circled.pk)
    parties |= {p for p in opened.values_list("release__openings__party", flat=True) if p}
    if circled.withdrawn_at:
        parties = {circled.party_id}
    author = circled.circle.author_id
    return frozenset(parties), author


def plant(records: list[Partnership]) -> Plants:
    """Overwrite what people wrote in these records."""
    plants = Plants()
    for model in private_models():
        fields = words_of(model)
        if not fields:
            continue
        for row in model._base_manager.filter(**{f"{way_to_record(model)}__in": records}):
            parties, author = readers_of(row)
            whole = circled_of(row)
            item = (whole._meta.label, whole.pk)
            values = {
                f.attname: plants.marker(f"{model._meta.label}.{f.name}", parties, author, item)
                for f in fields
                if getattr(row, f.attname)
            }
            if values:
                model._base_manager.filter(pk=row.pk).update(**values)
    # What waits for somebody has a circle of its own, and names the item it is about.
    for work_item in WorkItem._base_manager.filter(partnership__in=records).exclude(subject=""):
        parties = frozenset(CircleParty.objects.filter(circle=work_item.circle_id).values_list("party", flat=True))
        mark = plants.marker("WorkItem.subject", parties, work_item.circle.author_id, ("WorkItem", work_item.pk))
        WorkItem._base_manager.filter(pk=work_item.pk).update(subject=mark)
    return plants


class Visitor:
    """Somebody who follows every link."""

    def __init__(self, user: User, records: list[Partnership], *, of_a_kind: int = OF_A_KIND) -> None:
        self.user, self.of_a_kind = user, of_a_kind
        self.client = Client(raise_request_exception=True)
        self.client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        self.seen: dict[str, str] = {}
        #: The markers on each page, to send those after it who must not see them.
        self.at: dict[str, set[str]] = {}
        self.visited: set[str] = set()
        self.prefixes = tuple(f"/p/{r.public_id}/" for r in records)

    def wanted(self, path: str) -> bool:
        own = path.startswith(self.prefixes)
        return own or path in {"/", "/partnerships/", "/calendar/", "/notices/", "/library/", "/reports/"}

    def crawl(self) -> None:
        """Every kind of page of every record, each with a few of its items, other ones for another visitor."""
        queue = ["/", "/partnerships/", "/calendar/", "/notices/", "/library/", *self.prefixes]
        often: dict[tuple[str, str], int] = defaultdict(int)
        while queue:
            path = queue.pop(0)
            kind = (path[: len(self.prefixes[0])], resolve(path).view_name)
            if path in self.visited or often[kind] == self.of_a_kind:
                continue
            often[kind] += 1
            links = [link for link in self.visit(path) if link not in self.visited and self.wanted(link)]
            queue += sorted(links, key=lambda link: hashlib.sha256(f"{self.user} {link}".encode()).digest())

    def visit(self, path: str) -> list[str]:
        """Read one address; note the markers; give its links."""
        self.visited.add(path)
        response = self.client.get(path)
        if response.status_code in {301, 302}:
            target = response.headers["Location"].split("#")[0]
            return [target] if target.startswith("/") else []
        if response.status_code == 405 or response.status_code >= 400:
            return []
        body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
        text = text_of(body, response.headers.get("Content-Type", ""))
        self.at[path] = set(MARKER.findall(text))
        for marker in self.at[path]:
            self.seen.setdefault(marker, path)
        links = re.findall(r'href="(/[^"#]*)', text) if "html" in response.headers.get("Content-Type", "") else []
        return [link.replace("&amp;", "&").split("#")[0] for link in links if "?" not in link]


def text_of(body: bytes, kind: str) -> str:
    """The words of a page, a spreadsheet or a PDF."""
    if body[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return " ".join(archive.read(n).decode("utf-8", "ignore") for n in archive.namelist())
    if body[:5] == b"%PDF-":
        from pypdf import PdfReader

        return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)
    return body.decode("utf-8", "ignore")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("leak")


@pytest.fixture(autouse=True)
def _same_files(settings: Any, files: Path, _fast_and_alone: None) -> None:
    """The world's files outlive one test."""
    settings.MEDIA_ROOT = files


@pytest.fixture(scope="module")
def told(
    django_db_setup: None, django_db_blocker: Any, files: Path
) -> Iterator[tuple[World, list[Partnership], Plants]]:
    with override_settings(MEDIA_ROOT=files), django_db_blocker.unblock(), transaction.atomic():
        # Just after midnight, when it is still yesterday in the Americas: the stories hold at every hour.
        with clock.at(clock.now().replace(hour=0, minute=2)):
            world = load()
        records = [world.records[name] for name in STORIES]
        plants = plant(records)
        make_reports(records)
        yield world, records, plants
        transaction.set_rollback(True)


def make_reports(records: list[Partnership]) -> None:
    """Reports of the last opened review, from what stands there now: the story's own were made before the markers."""
    for record in records:
        newest = Round.objects.of(record).filter(state=RoundState.OPENED).order_by("-opening_at").first()
        if newest is None:
            continue
        for party in record.parties.filter(role="partner", left_on=None):
            lead = Seat.objects.filter(party=party, ended_on=None, duty="lead").select_related("membership__user")[0]
            place = place_of(lead.membership.user, record)
            for audience in ("all", "own"):
                report = reports.make_report(newest, audience=audience, by=place)
                reports.ask_for_pdf(report, language="en", word="Review", user=place.user)
    reports.sweep()
    assert ReportJob.objects.unguarded("test").filter(state="done").exists()


def visitors(records: list[Partnership]) -> list[User]:
    """A person of every party, a former member, an administrator without a seat, staff, and somebody from elsewhere."""
    chosen: dict[int, User] = {}
    for record in records:
        for party in record.parties.all():
            seat = Seat.objects.filter(party=party, ended_on=None, membership__ended_on=None).order_by("pk").first()
            if seat is not None:
                chosen.setdefault(seat.membership.user_id, seat.membership.user)
    first = next(iter(records[0].parties.all()))
    for name, ended in (("former", True), ("administrator", False)):
        user = User.objects.create_user(f"{name}@leak.example", name=name)
        role = "administrator" if not ended else "member"
        membership = Membership.objects.create(user=user, organisation=first.organisation, role=role)
        if ended:
            Seat.objects.create(party=first, membership=membership)
            people.end_membership(membership)
        chosen[user.pk] = user
    staff = User.objects.create_superuser("staff@leak.example", name="Staff")
    elsewhere = people.open_organisation(
        name="Elsewhere", kind="ngo", administrator=User.objects.create_user("elsewhere@leak.example", name="Else")
    ).user
    return [*chosen.values(), staff, elsewhere]


def allowed(user: User, plants: Plants, marker: str, seats: dict[int, set[int]]) -> bool:
    author = plants.author_of[marker]
    if author is not None:
        return author == user.pk
    return bool(plants.parties_of[marker] & seats[user.pk])


def test_everybody_sees_what_is_theirs_and_nobody_anything_else(told: tuple[World, list[Partnership], Plants]) -> None:
    _world, records, plants = told
    assert len(plants.field_of) > 300
    seats: dict[int, set[int]] = defaultdict(set)
    # One reads everything, so that every page on which something stands is known to the others' visits.
    first, *others = visitors(records)
    crawlers = [Visitor(first, records, of_a_kind=1000), *(Visitor(user, records) for user in others)]
    for seat in Seat.objects.filter(ended_on=None, membership__ended_on=None).select_related("membership"):
        seats[seat.membership.user_id].add(seat.party_id)
    for crawler in crawlers:
        crawler.crawl()
    # Everybody goes by address to each page on which others read what is not theirs.
    pages: dict[str, set[str]] = defaultdict(set)
    for crawler in crawlers:
        for path, markers in crawler.at.items():
            pages[path] |= markers
    for crawler in crawlers:
        for path, markers in pages.items():
            if path in crawler.visited or not path.startswith(crawler.prefixes):
                continue
            if any(m in plants.field_of and not allowed(crawler.user, plants, m, seats) for m in markers):
                crawler.visit(path)
    leaks = [
        f"{crawler.user} saw {plants.field_of[marker]} at {path}"
        for crawler in crawlers
        for marker, path in crawler.seen.items()
        if marker in plants.field_of and not allowed(crawler.user, plants, marker, seats)
    ]
    assert leaks == []
    shown = {plants.field_of[m] for c in crawlers for m in c.seen if m in plants.field_of}
    assert plants.fields - shown - NOT_SHOWN.keys() == set(), "planted, and seen by nobody: the test proves nothing"


#: Planted fields that no page, export or PDF shows today, with the reason.
NOT_SHOWN: dict[str, str] = {}


def test_mails_and_feeds_carry_no_content(told: tuple[World, list[Partnership], Plants]) -> None:
    _world, _records, plants = told
    Notice.objects.filter(mail_state="none").update(mail_state="pending")
    mail.outbox.clear()
    while delivery.deliver():
        pass
    assert mail.outbox
    for message in mail.outbox:
        whole = f"{message.subject} {message.body} {message.alternatives}"  # type: ignore[attr-defined]
        found = {plants.field_of.get(m, m) for m in MARKER.findall(whole)}
        assert not found, (message.to, found)
    for user in User.objects.filter(is_active=True)[:40]:
        feed = Client().get(feed_url(user).split("://", 1)[1].split("/", 1)[1].join(["/", ""])).content.decode()
        assert not MARKER.findall(feed), user


#: Links that the demo world's mails hold, so that following them proves something.
FOLLOWED = {"delivery:deliver_by_link", "delivery:confirm_by_link", "communication:contact_by_link"}


class Bearer:
    """Somebody who holds a mail and nothing else: no session, no password."""

    def __init__(self, plants: Plants, records: list[Partnership]) -> None:
        self.plants = plants
        self.prefixes = tuple(f"/p/{r.public_id}/" for r in records)
        self.opened: dict[str, set[str]] = defaultdict(set)
        self.visited: set[str] = set()

    def follow(self, address: str) -> None:
        """Open a mail's link, then every address that its page names."""
        path = address.removeprefix(settings.SITE_URL)
        if path in self.visited:
            return
        client = Client()
        shown: set[str] = set()
        queue = [path]
        while queue:
            at = queue.pop().split("#")[0]
            if at in self.visited or at.startswith("/static/"):
                continue
            self.visited.add(at)
            response = client.get(at)
            if response.status_code in {301, 302}:
                queue += [target for target in [response.headers["Location"]] if target.startswith("/")]
                continue
            body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
            text = text_of(body, response.headers.get("Content-Type", ""))
            shown |= set(MARKER.findall(text))
            if response.status_code == 200:
                assert not at.startswith(self.prefixes), f"{at} opened without signing in"
                self.opened[resolve(at.split("?")[0]).view_name] |= shown
            queue += [link.replace("&amp;", "&") for link in re.findall(r'(?:href|action|src)="(/[^"#]*)', text)]
        # Without a session nothing that was opened here opens anything more on a later page.
        assert "sessionid" not in client.cookies, path
        items = {self.plants.item_of[m] for m in shown if m in self.plants.item_of}
        assert len(items) <= 1, (path, sorted(items))


def test_a_mails_link_opens_one_item_for_whoever_holds_it_and_nothing_else(
    told: tuple[World, list[Partnership], Plants],
) -> None:
    _world, records, plants = told
    bearer = Bearer(plants, records)
    for days in (0, 30, 90):
        mail.outbox.clear()
        with clock.at(clock.now() + timedelta(days=days)):
            work.sweep()
            while delivery.deliver():
                pass
            for message in mail.outbox:
                assert not MARKER.findall(f"{message.subject} {message.body}")
                for address in re.findall(rf"{re.escape(settings.SITE_URL)}(/[^\s<>]*)", str(message.body)):
                    bearer.follow(address)
    assert bearer.opened.keys() >= FOLLOWED, sorted(bearer.opened)
    assert bearer.opened["delivery:deliver_by_link"], "the page of a commitment shows it, or the test proves nothing"
