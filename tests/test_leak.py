"""Nothing private reaches anybody outside its circle.

The fields come from the models' own metadata: every text, number, date and file that people gave to a private row of
the demo world is overwritten with an improbable marker; what is not, is listed with its reason. Then people of every
party, former members, administrators without a seat, staff and outsiders visit every page, export, PDF and feed that
they find, and every address that others found. What they saw is compared with the circles and opened releases
themselves, not with the code under test. The links of all mails are followed by somebody who only holds the mail: each
opens the one item it was sent for, and nothing else of the record.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.core.files.base import ContentFile
from django.db import models, transaction
from django.test import Client, override_settings
from django.urls import resolve
from django.utils import translation
from django.utils.formats import date_format

from config.stories.loader import load
from config.stories.telling import World
from evaluation.reports import actions as reports
from evaluation.reports.models import ReportExport, ReportJob, ReportRelease
from evaluation.reviews.models import Round
from evaluation.reviews.states import RoundState
from lifecycle.agreement import signing, snapshot
from lifecycle.agreement.models import FrozenText, Signature
from lifecycle.attention.models import Flag
from lifecycle.delivery.models import BodyMeeting
from lifecycle.diligence import papers
from lifecycle.diligence.models import DepthChoice, SummaryPaper
from lifecycle.diligence.states import Audience, PaperState
from lifecycle.screening.models import ListedEntry, ListVersion, ScreeningList
from lifecycle.screening.states import Problem, VersionState
from partnerships import clock
from partnerships.access.guard import place_of
from partnerships.access.models import Circled, CircleParty, ReleaseItem
from partnerships.catalogue.content import LANGUAGES
from partnerships.catalogue.models import CatalogueDraft, CatalogueVersion
from partnerships.notices import delivery
from partnerships.notices.models import Notice
from partnerships.people import actions as people
from partnerships.people.models import Membership, User
from partnerships.record.models import Partnership, Party, Seat
from partnerships.record.states import Role
from partnerships.work import actions as work
from partnerships.work.models import WorkItem
from partnerships.work.queries import feed_url

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
APPS = ("partnerships", "lifecycle", "evaluation")
#: The records that are visited: five rounds and contacts; a negotiation; three partners.
STORIES = ("kessa", "tandi", "landmap")
#: Pages of one kind and one record that a visitor opens while following links.
OF_A_KIND = 4
#: Pages over all records, exports among them.
START = ("/", "/partnerships/", "/calendar/", "/notices/", "/library/", "/reports/")
MARKER = re.compile(r"zq[0-9a-f]+qz")
#: Planted numbers: 913 and four digits, grouped in any way; where the column is too narrow, from 91.31 or 913.1 on.
#: Each begins with what is rare in a page: these are looked for in everything that anybody reads.
LARGE = re.compile(r"9(?<![\w.,]9)13\d{4}(?!\w)")
SMALL = re.compile(r"9(?<![\w.,]9)(?:1[.,][3-9]|[12]\d[.,])\d(?!\w)")
GROUPED = re.compile(r"9(?<![\w.,]9)[,.'\s]13(\d)[,.'\s](\d{3})(?!\w)")
#: Planted days lie in these years, which nobody speaks of.
DAY_ONE = date(2061, 1, 1)
FIRST = re.compile(r"(?<=\d)er")
YEAR = re.compile(r"20[6-9]\d")
DAY = re.compile(r"20[6-9]\d-\d\d-\d\d|\d{1,2}(?:er)?\s+(?:de\s+)?[^\W\d]+\.?\s+(?:de\s+)?20[6-9]\d")

#: Fields of private models that hold nothing of people's own: codes, hashes, states, counts. By name, on each of them.
STRUCTURE = {
    "public_id": "the address of the row",
    "language": "of the text",
    "address_language": "of the letters to a body",
    "key": "unique key of the software",
    "kind": "code",
    "code": "code of the catalogue",
    "prompt": "code of the catalogue",
    "question": "code of the catalogue",
    "statement": "code of the catalogue",
    "dimension": "code of the catalogue",
    "option": "code of the catalogue, beside the words of its row",
    "outcome": "code of the catalogue, beside the words of its row",
    "theme": "code of the catalogue",
    "clause": "code of the catalogue",
    "audience": "code of the catalogue",
    "condition": "code of a gate's condition",
    "reason": "code of the catalogue (an open point's reason is a long text, and planted)",
    "about": "code of a statement or dimension",
    "way": "code",
    "word": "what the reader's organisation calls a review",
    "template": "version of the templates",
    "software": "the release",
    "position": "counted by the software",
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
    "version": "counted by the software",
    "number": "counted by the software",
    "order": "counted by the software",
    "text_version": "counted by the software",
    "body_version": "counted by the software",
    "seen_version": "counted by the software",
    "inherited_version": "counted by the software",
    "attempts": "counted by the software",
    "progress": "counted by the software",
    "counter": "counted by the software",
    "extensions": "counted by the software",
    "size": "of a file",
    "respondents_count": "a count of people; the minimum of its tests is tests/evaluation/reviews",
    "count": "of equal answers; the minimum of its tests is tests/evaluation/reviews",
    "value": "a figure of a scale, beside its statement",
    "likelihood": "a figure of a scale, beside the words of its row",
    "impact": "a figure of a scale, beside the words of its row",
    "residual_likelihood": "a figure of a scale, beside the words of its row",
    "residual_impact": "a figure of a scale, beside the words of its row",
    "score": "likelihood times impact, beside the words of its risk; how alike two names are, beside them",
    "critical": "how critical the catalogue says a question is",
    "valid_months": "a count of months that the rule fixes",
    "answers_seen": "a count, beside the lines of its trace",
    "risks_seen": "a count, beside the lines of its trace",
    "threshold": "a setting of the software",
    "people_count": "counted by the software",
    "found_count": "counted by the software",
    "new_count": "counted by the software",
    "quorum": "a count of heads, beside the words of its row",
    "seats": "a count of heads, beside the words of its row",
    "field_seats": "a count of heads, beside the words of its row",
    "votes": "a count of heads, beside the words of its row",
    "cadence_days": "a count of days, beside the words of its row",
    "review_every_months": "a count of months, beside the words of its row",
    "every_months": "a count of months, beside the words of its row",
    "review_days": "a count of days, beside the words of its row",
    "at_time": "an hour, beside the day of its meeting",
    "statements": "codes of the catalogue",
    "field": "the name of a field of a model",
    "expected": "ids and counts",
    "codes": "codes of the catalogue",
    "wide": "codes",
}

#: Fields that lead on to a private item where the way is longer than one step.
HANGS_ON = {"clause", "frozen"}
#: Whose days something is counted on from, up to a year: what is planted after them lies beyond.
COUNTED_ON = {"Indicator", "Measurement", "HourEntry", "CostEntry"}
#: Named like a code, and typed all the same.
TYPED = {"QAItem.question", "PlanEntry.audience", "DiligenceAnswer.value"}

#: What the software itself makes, where a marker would only break it.
UNPLANTABLE = {
    "SealedAnswer.ciphertext": "encrypted; tests/evaluation/reviews tell that nobody reads it",
    "FrozenText.snapshot": "frozen once more from the planted clauses (freeze_again)",
    "Report.snapshot": "made once more from planted rows (make_reports)",
    "ReportJob.error": "class of an error",
    "VoiceAnswer.says": "code of one of the instrument's answers; the words beside it are planted",
    "Paper.error": "class of an error",
    "ListVersion.problem": "code of what is wrong with a file; its word of the file is planted",
    "SummaryPaper.file": "made once more from planted rows (make_papers)",
    "Round.trouble": "what the software says of its own fault, to those who run it",
}
#: Of the record and its people: for all parties, and for the administrators of their organisations, who see who sits
#: where. For nobody else.
FOR_ALL_PARTIES = {"Partnership": ["site"], "Party": ["paid_by"], "PartyInvite": ["paid_by"], "Seat": ["hours"]}


class Plants:
    """The markers, and who may read each."""

    def __init__(self) -> None:
        self._numbers = itertools.count(0x1A3F00)
        self._large, self._days = itertools.count(9130001), itertools.count()
        self._small = {1: (n for n in itertools.count(9131) if n % 10), 2: itertools.count(9131)}
        self.field_of: dict[str, str] = {}
        self.parties_of: dict[str, frozenset[int]] = {}
        self.author_of: dict[str, int | None] = {}
        #: The item that each stands in: a reading of a contact belongs to the contact.
        self.item_of: dict[str, tuple[str, int]] = {}
        #: The organisation whose administrators read it, of what hangs on no record.
        self.organisation_of: dict[str, int] = {}
        #: How a day is written, to the day.
        self.days: dict[str, str] = {}

    def add(self, mark: str, label: str, parties: frozenset[int], author: int | None, item: tuple[str, int]) -> str:
        self.item_of[mark] = item
        self.field_of[mark], self.parties_of[mark], self.author_of[mark] = label, parties, author
        return mark

    def words(self) -> str:
        return f"zq{next(self._numbers):x}qz"

    def figure(self, field: Any) -> Decimal:
        """A number that fits the column."""
        if field.max_digits - field.decimal_places >= 7:
            return Decimal(next(self._large))
        return Decimal(next(self._small[field.decimal_places])).scaleb(-field.decimal_places)

    def day(self) -> date:
        """A day, and every way in which a page may write it."""
        found = DAY_ONE + timedelta(days=next(self._days))
        for language in ("en", "fr", "es"):
            with translation.override(language):
                for form in ("j F Y", "j M Y", "j N Y", "jS F Y", r"j \d\e F \d\e Y"):
                    self.days[date_format(found, form).casefold()] = found.isoformat()
        self.days[found.isoformat()] = found.isoformat()
        return found

    def leap(self, days: int = 3000) -> None:
        """The next days lie years after all that a page could count on to from the days before: a next meeting."""
        self._days = itertools.count(next(self._days) + days)

    @property
    def fields(self) -> set[str]:
        return set(self.field_of.values())

    def in_text(self, text: str) -> set[str]:
        """The markers that stand in what somebody reads."""
        figures = {*LARGE.findall(text), *(m.replace(",", ".") for m in SMALL.findall(text))}
        figures |= {f"913{one}{rest}" for one, rest in GROUPED.findall(text)}
        near = (text[max(0, year.start() - 24) : year.end() + 6] for year in YEAR.finditer(text))
        days = {
            self.days.get(" ".join(FIRST.sub("", day).split()).casefold())
            for words in near
            for day in DAY.findall(words)
        }
        return {mark for mark in {*MARKER.findall(text), *figures, *days} if mark in self.field_of}


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


def planting(model: type[models.Model], field: Any) -> str:
    """How a field is planted: words, json, figure, day or file; "" where it is not."""
    named = f"{model.__name__}.{field.name}"
    if named in UNPLANTABLE or field.choices:
        return ""
    if isinstance(field, models.FileField):
        return "file"
    if type(field) is models.TextField or named in TYPED:
        return "words"
    if field.name in STRUCTURE:
        return ""
    if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        return "day"
    if isinstance(field, models.CharField) and (field.max_length is None or field.max_length >= 16):
        return "words"
    return "figure" if isinstance(field, models.DecimalField) else "json" if isinstance(field, models.JSONField) else ""


def planted_fields(model: type[models.Model]) -> dict[Any, str]:
    """The fields in which people say something, and how each is planted."""
    return {field: how for field in model._meta.concrete_fields if (how := planting(model, field))}


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


def replaced(value: Any, new: Any) -> Any:
    """A JSON value with every text in it replaced."""
    if isinstance(value, dict):
        return {key: replaced(each, new) for key, each in value.items()}
    if isinstance(value, list):
        return [replaced(each, new) for each in value]
    return new() if isinstance(value, str) and value else value


def plant_row(plants: Plants, row: Any, fields: dict[Any, str], parties: frozenset[int], author: int | None) -> None:
    """Overwrite what one row says, with markers for these readers."""
    whole = circled_of(row) if issubclass(type(row), Circled) or parent_of(type(row)) else row
    item = (whole._meta.label, whole.pk)
    values: dict[str, Any] = {}
    for field, how in fields.items():
        old, label = getattr(row, field.attname), f"{row._meta.label}.{field.name}"

        def words(label: str = label) -> str:
            return plants.add(plants.words(), label, parties, author, item)

        if old is None or old == "" or (how == "file" and not old.name):
            continue
        if how == "words":
            values[field.attname] = words()
        elif how == "json":
            values[field.attname] = replaced(old, words)
        elif how == "figure":
            values[field.attname] = plants.figure(field)
            plants.add(str(values[field.attname]), label, parties, author, item)
        elif how == "day":
            values[field.attname] = plants.day()
            plants.add(values[field.attname].isoformat(), label, parties, author, item)
        else:
            with old.storage.open(old.name, "wb") as stored:
                stored.write(words().encode())
    if values:
        type(row)._base_manager.filter(pk=row.pk).update(**values)


def plant(records: list[Partnership]) -> Plants:
    """Overwrite what people gave to these records."""
    plants = Plants()
    for model in private_models():
        fields = planted_fields(model)
        for row in model._base_manager.filter(**{f"{way_to_record(model)}__in": records}) if fields else []:
            plant_row(plants, row, fields, *readers_of(row))
        if model.__name__ in COUNTED_ON:
            plants.leap(1200)
        if model is BodyMeeting:
            plants.leap()
    # What waits for somebody has a circle of its own, and names the item it is about.
    for work_item in WorkItem._base_manager.filter(partnership__in=records).exclude(subject=""):
        parties = frozenset(CircleParty.objects.filter(circle=work_item.circle_id).values_list("party", flat=True))
        plant_row(
            plants, work_item, {WorkItem._meta.get_field("subject"): "words"}, parties, work_item.circle.author_id
        )
    for record in records:
        plant_flags(plants, record)
        everybody = frozenset(record.parties.values_list("pk", flat=True))
        for name, names in FOR_ALL_PARTIES.items():
            model = apps.get_model("partnerships", name)
            way = {"Partnership": "pk", "Seat": "party__partnership"}.get(name, "partnership")
            fields = {
                model._meta.get_field(n): "figure" if n == "hours" else "words"
                for n in names  # of everybody's
            }
            for row in model._base_manager.filter(**{way: record.pk}):
                plant_row(plants, row, fields, everybody, None)
    freeze_again(records)
    plant_libraries(plants)
    plant_lists(plants)
    return plants


def plant_libraries(plants: Plants) -> None:
    """Drafts and own versions of question libraries: an organisation's administrators, and where it was proposed.

    They hang on an organisation, so that no walk over records finds them. What is shipped is no secret, and stays.
    """
    for model in (CatalogueDraft, CatalogueVersion):
        for row in model._base_manager.exclude(organisation=None):
            readers: frozenset[int] = frozenset()
            if isinstance(row, CatalogueVersion):
                circles = DepthChoice.objects.unguarded("test").filter(library=row).values("circle")
                readers = frozenset(CircleParty.objects.filter(circle__in=circles).values_list("party", flat=True))
            label = f"{model._meta.label}.content"

            def mark(label: str = label, row: Any = row, readers: frozenset[int] = readers) -> str:
                found = plants.add(plants.words(), label, readers, None, (label, row.pk))
                plants.organisation_of[found] = row.organisation_id
                return found

            values = {"title": texts_replaced(row.title, mark), "content": texts_replaced(row.content, mark)}
            if isinstance(row, CatalogueVersion):
                # Contents are remembered under their checksum.
                values["checksum"] = hashlib.sha256(json.dumps(values).encode()).hexdigest()
            model._base_manager.filter(pk=row.pk).update(**values)


def plant_lists(plants: Plants) -> None:
    """Lists that an organisation loaded: its administrators, and who sits for it as a partner. Those of all stay.

    Beside the version in force stand the two that a story cannot leave behind: one that was not taken, and one whose
    file still waits. Codes of a list's keys hold no words.
    """
    plants.leap()
    for found in ScreeningList.objects.exclude(organisation=None):
        ListVersion.objects.create(
            list=found, state=VersionState.FAILED, problem=Problem.ERROR, problem_detail="to be planted"
        )
        waiting = ListVersion(list=found, state=VersionState.WAITING)
        waiting.file.save("", ContentFile(b"to be planted"), save=False)
        waiting.alt.save("", ContentFile(b"to be planted"), save=False)
        waiting.save()
        partners = Party.objects.filter(organisation=found.organisation, role=Role.PARTNER, left_on=None)
        readers = frozenset(partners.values_list("pk", flat=True))
        versions = ListVersion.objects.filter(list=found)
        rows: list[Any] = [found, *versions, *ListedEntry.objects.filter(version__in=versions)]
        before = set(plants.field_of)
        for row in rows:
            plant_row(plants, row, planted_fields(type(row)), readers, None)
        for mark in plants.field_of.keys() - before:
            plants.organisation_of[mark] = found.organisation_id


def texts_replaced(value: Any, new: Any) -> Any:
    """A content with every text for people replaced, one mark for all its languages; codes stay what they are."""
    if isinstance(value, dict) and value and set(value) <= {*LANGUAGES, "missing"}:
        said = new()
        return {key: each if key == "missing" else said for key, each in value.items()}
    if isinstance(value, dict):
        return {key: texts_replaced(each, new) for key, each in value.items()}
    return [texts_replaced(each, new) for each in value] if isinstance(value, list) else value


def plant_flags(plants: Plants, record: Partnership) -> None:
    """Why a flag was put aside: for partners and brokers, and before its days are over for its own side alone."""
    insiders = record.parties.filter(role__in=[Role.PARTNER, Role.BROKER], left_at=None)
    for flag in Flag.objects.filter(partnership=record, cleared_at=None)[::2]:
        shown = flag.party_id is None or flag.shown_at <= clock.now()
        readers = frozenset(p.pk for p in insiders if shown or p.pk == flag.party_id)
        seat = Seat.objects.filter(party__in=readers, ended_on=None).select_related("membership__user")[0]
        flag.dismissed_for, flag.dismissed_by = "to be planted", seat.membership.user
        flag.dismissed_until = clock.today() + timedelta(days=120)
        flag.save()
        plant_row(plants, flag, {Flag._meta.get_field("dismissed_for"): "words"}, readers, None)


def freeze_again(records: list[Partnership]) -> None:
    """Signed texts say the planted words, under the hash of these."""
    for frozen in FrozenText.objects.filter(agreement__partnership__in=records).select_related("agreement"):
        signers = Party.objects.filter(public_id__in=[p["id"] for p in json.loads(frozen.snapshot)["parties"]])
        text = signing.snapshot_of(frozen.agreement, list(signers))
        Signature.objects.filter(frozen=frozen).update(sha256=snapshot.fingerprint(text))
        FrozenText.objects.filter(pk=frozen.pk).update(snapshot=text, sha256=snapshot.fingerprint(text))


class Visitor:
    """Somebody who follows every link."""

    def __init__(self, user: User, records: list[Partnership], plants: Plants, *, of_a_kind: int = OF_A_KIND) -> None:
        self.user, self.plants, self.of_a_kind = user, plants, of_a_kind
        self.client = Client(raise_request_exception=True)
        self.client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        self.seen: dict[str, str] = {}
        #: The markers on each page, to send those after it who must not see them.
        self.at: dict[str, set[str]] = {}
        self.visited: set[str] = set()
        self.prefixes = tuple(f"/p/{r.public_id}/" for r in records)
        #: Pages of the libraries and lists of every organisation of these records: everybody tries those of all.
        organisations = {p.organisation.public_id for r in records for p in r.parties.select_related("organisation")}
        self.of_organisations = tuple(
            f"/organisation/{each}/{about}/" for each in sorted(organisations) for about in ("libraries", "screening")
        )
        #: The pages of each list under each organisation, its own or not.
        self.lists = tuple(
            f"{start}{key}/{page}"
            for start in self.of_organisations
            if start.endswith("/screening/")
            for key in ScreeningList.objects.values_list("public_id", flat=True)
            for page in ("", "load/", "retire/")
        )

    def wanted(self, path: str) -> bool:
        own = path.startswith((*self.prefixes, *self.of_organisations, "/reports/"))
        return own or path in START

    def crawl(self) -> None:
        """Every kind of page of every record, each with a few of its items, other ones for another visitor."""
        # Files of many reports, whoever asked for them: everybody tries all.
        exports = [
            f"/reports/{key}/{end}"
            for key in ReportExport.objects.values_list("public_id", flat=True)
            for end in ("", "file/")
        ]
        queue = [*START, *self.prefixes, *self.of_organisations, *self.lists, *exports]
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
        self.at[path] = self.plants.in_text(text)
        for marker in self.at[path]:
            self.seen.setdefault(marker, path)
        links = re.findall(r'href="(/[^"#]*)', text) if "html" in response.headers.get("Content-Type", "") else []
        return [link.replace("&amp;", "&").split("#")[0] for link in links if "?" not in link]


def text_of(body: bytes, kind: str) -> str:
    """The words of a page, a spreadsheet or a PDF."""
    if body[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return " ".join(text_of(archive.read(name), "") for name in archive.namelist())
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
        make_papers(records)
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
            for audience in ("partners", "own"):
                report = reports.make_report(newest, audience=audience, by=place)
                reports.ask_for_pdf(report, language="en", word="Review", user=place.user)
    reports.sweep()
    assert ReportJob.objects.unguarded("test").filter(state="done").exists()
    for release in ReportRelease.objects.filter(ended_at=None).select_related("report", "party__organisation"):
        for member in release.party.organisation.memberships.filter(role="administrator", ended_on=None):
            asked = reports.start_export(release.party.organisation, [release.report], language="en", by=member.user)
            while reports.go_on(asked.pk):
                pass


def make_papers(records: list[Partnership]) -> None:
    """Summaries of due diligence, each version by each side that may have it, from what stands there now."""
    for record in records:
        for party in record.parties.filter(role__in=[Role.PARTNER, Role.BROKER], left_at=None):
            seat = Seat.objects.filter(party=party, ended_on=None).select_related("membership__user").order_by("pk")[0]
            place = place_of(seat.membership.user, record)
            for audience in Audience.values:
                if papers.may_have(place, audience):
                    papers.ask(audience=audience, language="en", by=place)
    papers.sweep(limit=100)
    assert {*SummaryPaper.objects.unguarded("test").values_list("state", flat=True)} == {PaperState.DONE}


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


def seats_now() -> dict[int, set[int]]:
    """The parties for which each person sits."""
    found: dict[int, set[int]] = defaultdict(set)
    for seat in Seat.objects.filter(ended_on=None, membership__ended_on=None).select_related("membership"):
        found[seat.membership.user_id].add(seat.party_id)
    return found


def administered_now() -> dict[int, set[int]]:
    """The parties of organisations of which each person is an administrator."""
    found: dict[int, set[int]] = defaultdict(set)
    for membership in Membership.objects.filter(role="administrator", ended_on=None):
        found[membership.user_id] |= set(
            Party.objects.filter(organisation=membership.organisation_id).values_list("pk", flat=True)
        )
    return found


class Rule:
    """Who may read what, from circles, openings and seats alone."""

    def __init__(self, plants: Plants) -> None:
        self.plants, self.seats, self.administered = plants, seats_now(), administered_now()
        #: Reports that a side let the administrators of its own organisation export.
        self.exported: dict[tuple[str, int], set[int]] = defaultdict(set)
        for release in ReportRelease.objects.filter(ended_at=None):
            self.exported["evaluation.Report", release.report_id].add(release.party_id)

    def allows(self, user: User, mark: str) -> bool:
        author = self.plants.author_of[mark]
        if author is not None:
            return author == user.pk
        parties = self.plants.parties_of[mark]
        if (organisation := self.plants.organisation_of.get(mark)) is not None:
            writes = Membership.objects.filter(
                user=user, organisation=organisation, role="administrator", ended_on=None
            )
            return bool(parties & self.seats[user.pk]) or writes.exists()
        of_the_frame = self.plants.field_of[mark].split(".")[-2] in FOR_ALL_PARTIES
        exported = self.exported[self.plants.item_of[mark]]
        to_administrators = (parties if of_the_frame else frozenset()) | (parties & exported)
        return bool(parties & self.seats[user.pk] or to_administrators & self.administered[user.pk])


def test_every_field_of_a_private_model_is_planted_or_listed_with_its_reason() -> None:
    dull = (models.ForeignKey, models.AutoField, models.UUIDField, models.BooleanField, models.DateTimeField)
    open_ = [
        f"{model._meta.label}.{field.name}"
        for model in private_models()
        for field in model._meta.concrete_fields
        if not planting(model, field)
        and not isinstance(field, dull)
        and not field.choices
        and field.name not in STRUCTURE
        and f"{model.__name__}.{field.name}" not in UNPLANTABLE
    ]
    assert open_ == []


def test_everybody_sees_what_is_theirs_and_nobody_anything_else(told: tuple[World, list[Partnership], Plants]) -> None:
    _world, records, plants = told
    assert len(plants.field_of) > 300
    # One reads everything, so that every page on which something stands is known to the others' visits.
    first, *others = visitors(records)
    crawlers = [
        Visitor(first, records, plants, of_a_kind=1000),
        *(Visitor(user, records, plants) for user in others),
    ]
    rule = Rule(plants)
    for crawler in crawlers:
        crawler.crawl()
    # Everybody goes by address to each page on which others read what is not theirs.
    pages: dict[str, set[str]] = defaultdict(set)
    for crawler in crawlers:
        for path, markers in crawler.at.items():
            pages[path] |= markers
    for crawler in crawlers:
        for path, markers in pages.items():
            if path in crawler.visited or not path.startswith((*crawler.prefixes, *crawler.of_organisations)):
                continue
            if any(not rule.allows(crawler.user, m) for m in markers):
                crawler.visit(path)
    leaks = [
        f"{crawler.user} saw {plants.field_of[marker]} at {path}"
        for crawler in crawlers
        for marker, path in crawler.seen.items()
        if not rule.allows(crawler.user, marker)
    ]
    assert leaks == []
    shown = {plants.field_of[m] for c in crawlers for m in c.seen}
    assert plants.fields - shown - NOT_SHOWN.keys() == set(), "planted, and seen by nobody: the test proves nothing"


#: Planted fields that no page, export or PDF shows today, with the reason.
NOT_SHOWN: dict[str, str] = {
    "partnerships.PartyInvite.paid_by": "goes on to the party, where it is shown",
    "lifecycle.ColleagueQuestion.asked_on": "as the days since",
    "lifecycle.Resolution.raised_on": "as the days since",
    "lifecycle.DiligenceDecision.decided_on": "shown is until when it counts",
    "lifecycle.PlanEntry.starts_on": "shown is the next day that is due",
    "lifecycle.ListVersion.file": "waits for a worker, and goes; nothing gives it out",
    "lifecycle.ListVersion.alt": "waits for a worker, and goes; nothing gives it out",
    "lifecycle.ListedEntry.uid": "is read by a search, and shown as what was found",
    "lifecycle.ListedEntry.names": "are read by a search, and shown as what was found",
    "lifecycle.ListedEntry.details": "are read by a search, and shown as what was found",
}
#: Private models of which these records hold no row, with what covers each.
UNTOLD: dict[str, str] = {
    "partnerships.LegalHold": "no side holds these records; tests/partnerships/record/test_holding.py",
    "lifecycle.InheritedChecklist": "no umbrella is visited; tests/lifecycle/diligence/test_inheriting.py",
    "lifecycle.BodyNote": "no body here answers by mail; tests/lifecycle/scoping/test_bodies.py",
    "lifecycle.OpenPoint": "nobody went on without a condition; tests/lifecycle/road/test_actions.py",
    "lifecycle.ClosingText": "no record that is visited is closing; tests/lifecycle/concluding/test_actions.py",
    "lifecycle.LookBack": "no record that is visited is closing; tests/lifecycle/concluding",
    "evaluation.Respondent": "addresses are emptied at the opening; tests/evaluation/reviews/test_actions.py",
}


def test_a_row_of_every_private_model_is_planted(told: tuple[World, list[Partnership], Plants]) -> None:
    _world, _records, plants = told
    wanted = {m._meta.label for m in private_models() if planted_fields(m)}
    wanted |= {m._meta.label for m in (CatalogueDraft, CatalogueVersion, ScreeningList, ListVersion, ListedEntry)}
    got = {field.rpartition(".")[0] for field in plants.fields}
    assert sorted(wanted - got - UNTOLD.keys()) == [], "nothing was planted in them: the test says nothing of them"
    assert sorted(UNTOLD.keys() & got) == [], "planted all the same"


def test_mails_and_feeds_carry_no_content(told: tuple[World, list[Partnership], Plants]) -> None:
    _world, _records, plants = told
    Notice.objects.filter(mail_state="none").update(mail_state="pending")
    mail.outbox.clear()
    while delivery.deliver():
        pass
    assert mail.outbox
    for message in mail.outbox:
        whole = f"{message.subject} {message.body} {message.alternatives}"  # type: ignore[attr-defined]
        found = {plants.field_of[m] for m in plants.in_text(whole)}
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
            shown |= self.plants.in_text(text)
            if response.status_code == 200:
                assert not at.startswith(self.prefixes), f"{at} opened without signing in"
                self.opened[resolve(at.split("?")[0]).view_name] |= shown
            queue += [link.replace("&amp;", "&") for link in re.findall(r'(?:href|action|src)="(/[^"#]*)', text)]
        # Without a session nothing that was opened here opens anything more on a later page.
        assert "sessionid" not in client.cookies, path
        items = {self.plants.item_of[m] for m in shown}
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
