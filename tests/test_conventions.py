"""Conventions of the house, held by walking the code and every address."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from partnerships.access.guard import place_of
from partnerships.people import actions as people
from partnerships.people.models import Membership, User
from partnerships.record import actions as record
from partnerships.record.models import Party, Seat
from tests.factories import make_partnership, sign_in

ROOT = Path(__file__).resolve().parent.parent
APPS = ("partnerships", "lifecycle", "evaluation")
#: Rooms of a folder; what else a folder may hold is named with its reason.
ROOMS = {"__init__", "urls", "views", "admin", "tasks", "forms", "actions", "gate", "queries", "permissions"}
ROOMS |= {"models", "states"}
OTHER_FILES = {
    "access/guard": "the decorator between an address and what stands behind it",
    "access/ids": "public ids",
    "access/ready": "statements that are built once",
    "access/places": "where a person stands",
    "access/statements": "pieces of SQL for both engines",
    "authoring/readings": "a library in words, published or half written",
    "authoring/sheets": "a library as a spreadsheet",
    "authoring/shelves": "what each kind of own list is called, and where it stands",
    "authoring/statement_sheets": "a review as a spreadsheet",
    "authoring/telling": "what is different, in words",
    "authoring/workbooks": "reading a filled-in spreadsheet",
    "reviews/ahead": "which rounds the agreed dates ask for: arithmetic",
    "catalogue/drafting": "content that is still being written",
    "catalogue/building": "an own version of a shipped instrument",
    "catalogue/content": "the catalogue's dataclasses",
    "catalogue/loading": "reading and validating YAML",
    "documents/bucket": "files in an object store",
    "documents/orphans": "files that no row names",
    "documents/retention": "how long a file is kept, arithmetic and words",
    "documents/sweeping": "files whose time is over",
    "history/kinds": "registry of acts",
    "history/triggers": "the database's refusal",
    "notices/delivery": "handing mails over",
    "notices/kinds": "registry of notices",
    "notices/links": "signed links",
    "notices/mails": "words of mails",
    "people/adapter": "django-allauth's hook",
    "people/bar": "what the bar of every page says",
    "portfolio/home": "its section of home",
    "record/holding": "legal holds: set and lifted",
    "record/frame": "the frame of a record's pages",
    "record/registry": "tabs and panels",
    "record/release_kinds": "registry of releases",
    "work/kinds": "registry of work",
    "work/sections": "registry of home's sections",
    "work/rules": "reminder arithmetic",
    "agreement/diff": "what changed between versions",
    "agreement/kinds": "acts, work and notices of the agreement",
    "agreement/papers": "the signed text as PDF",
    "agreement/registry": "conditions of signing",
    "agreement/sealing": "the PAdES seal",
    "agreement/signing": "what is signed, and its hash",
    "agreement/snapshot": "the frozen text",
    "agreement/terms": "what the agreement fixes, as data",
    "delivery/flags": "what its data warns of",
    "delivery/governance": "bodies, meetings and disagreements: their actions",
    "delivery/governance_views": "and their pages",
    "delivery/kinds": "acts, work and notices of delivery, and the links of its mails",
    "delivery/link_views": "the page of a mail's link",
    "delivery/pages": "what its form pages share",
    "outcomes/counting": "pure arithmetic",
    "outcomes/kinds": "acts, work and notices of outcomes",
    "outcomes/sheets": "measured values as a spreadsheet, written and read",
    "reports/books": "many reports as one workbook and one ZIP",
    "reports/building": "the snapshot: from what a reader sees to dataclasses and JSON",
    "reports/chapters": "what stands beside the results, as blocks that page, paper and spreadsheet share",
    "reports/content": "its dataclasses",
    "reports/export_views": "the pages of exports",
    "reports/gathering": "what it says beside the results, read when it is made",
    "reports/kinds": "acts, work and notices of reports",
    "reports/layers": "project results and value, from outcomes",
    "reports/reach": "what all readers of a version may read",
    "reports/summing": "the summary in words",
    "reports/voice": "what affected people's bodies said",
    "reports/printing": "a snapshot on paper",
    "reports/sheets": "a snapshot as a spreadsheet",
    "communication/approving": "joint texts: asked for, approved by all",
    "communication/clocks": "whom to talk to next, kept true",
    "communication/flags": "flags over many partnerships",
    "communication/kinds": "acts, work and notices of communication",
    "communication/planning": "rows of the plan, spokespeople, questions and answers",
    "communication/timing": "cadences and working days",
    "diligence/decision": "the rule, pure arithmetic",
    "diligence/papers": "the summary on paper, and the making of its PDF",
    "diligence/sheets": "the summary as a spreadsheet",
    "diligence/workbook": "the checklist as a workbook, written and read",
    "diligence/kinds": "acts, work and notices of due diligence",
    "documents/checks": "what a file really is",
    "documents/uploads": "receiving files",
    "documents/storage": "files on a disk that fills up",
    "portfolio/lines": "the rows of the list, ready-made",
    "looks/format": "dates, money and sizes in words",
    "lessons/disclosure": "pure arithmetic: what of a case may be told",
    "reviews/kinds": "acts, work and notices of reviews",
    "reviews/reading": "results as one reader may see them",
    "reviews/registry": "sections of a round's page, and what follows its findings",
    "reviews/disclosure": "pure arithmetic: what may be published",
    "reviews/figures": "pure arithmetic: means, spreads, rounding",
    "reviews/scoring": "pure arithmetic",
    "reviews/sealing": "encryption of what is sealed",
    "reviews/telling": "results in sentences",
    "screening/formats": "reading published lists as a stream",
    "screening/kinds": "acts, work and notices of name screening",
    "screening/loading": "a list's file into the database",
    "screening/matching": "the rules of matching, pure",
    "screening/searching": "names against the lists in the database",
    "scoping/kinds": "acts, work and notices of scoping",
    "scoping/registry": "what later folders heard of a body",
    "attention/registry": "flags of all folders",
    "road/registry": "conditions of gates",
    "road/signals": "the one signal",
}
#: What belongs to an app's root, and the leaf of pictures and words.
GATHERED = {"migrations", "management", "templatetags", "__pycache__", "looks"}
#: Addresses that open without sign-in, one by one, with the reason their view gives.
PUBLIC = {
    "delivery:confirm_by_link",
    "delivery:deliver_by_link",
    "delivery:link_done",
    "communication:contact_by_link",
    "people:invitation",
    "scoping:approve_note",
    "work:feed",
    "reviews:answer_link",
    "reviews:approve_voice",
    "reviews:link_screen",
    "reviews:link_check",
    "reviews:link_comments",
    "reviews:link_named",
    "reviews:link_withdraw",
    # Of the installation: whether it lives; its language switch; its figures, to whoever has METRICS_TOKEN.
    "health_live",
    "health_ready",
    "set_language",
    "metrics",
}
#: Other people's addresses: django-allauth's and the admin's have their own tests.
FOREIGN = ("account/", "admin/")


def patterns(resolver: URLResolver | None = None, prefix: str = "", space: str = "") -> Iterator[tuple[str, str, Any]]:
    """(name, route, view) of every address of ours."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if not route.startswith(FOREIGN):
                yield from patterns(entry, route, entry.namespace or space)
        elif isinstance(entry, URLPattern):
            yield f"{space}:{entry.name}" if space else str(entry.name), route, entry.callback


OURS = [(name, route, view) for name, route, view in patterns() if not route.startswith(FOREIGN)]
RECORD = [(name, route, view) for name, route, view in OURS if "<str:pid>" in route]


def _path(route: str, pid: str, item: str = "nosuchitem22") -> str:
    """The address with the record's id, and ids that nothing has."""
    path = "/" + route.replace("<str:pid>", pid)
    path = re.sub(r"<int:\w+>", "1", path)
    return re.sub(r"<(?:str|slug):\w+>|<\w+>", item, path)


def test_every_address_says_who_may_open_it() -> None:
    open_doors = {n for n, _r, v in OURS if str(getattr(v, "guard", "")).startswith("public: ")}
    missing = [n for n, _r, v in OURS if not hasattr(v, "guard") and v.__module__.split(".")[0] in (*APPS, "config")]
    assert not missing
    assert open_doors == PUBLIC


def test_every_address_of_a_record_is_guarded_by_a_predicate() -> None:
    assert [n for n, _r, v in RECORD if not callable(getattr(v, "guard", None))] == []


def _visit(client: Client, path: str) -> int:
    response = client.get(path)
    return client.post(path).status_code if response.status_code == 405 else response.status_code


@pytest.mark.django_db
def test_outsiders_former_members_and_staff_find_no_address_of_a_record(client: Client) -> None:
    world = make_partnership(broker=True)
    former = world.colleague("ngo")
    assert former.seat is not None
    people.end_membership(former.seat.membership)
    staff = User.objects.create_superuser("staff@example.org", "a long password", name="Staff")
    for who in (world.outsider, former.user, staff):
        sign_in(client, who)
        found = {n: s for n, r, _v in RECORD if (s := _visit(client, _path(r, world.pid))) != 404}
        assert found == {}, who


@pytest.mark.django_db
def test_nobody_signed_out_opens_anything_that_is_not_listed(client: Client) -> None:
    world = make_partnership()
    for name, route, view in OURS:
        if name in PUBLIC or not hasattr(view, "guard") or str(view.guard).startswith("public: "):
            continue
        assert _visit(client, _path(route, world.pid)) == 302, name


@pytest.mark.django_db
def test_a_seat_without_the_right_is_refused_and_with_it_let_in() -> None:
    world = make_partnership(broker=True, community=True, authority=True, funder=True)
    member = world.colleague("company")
    refused = admitted = 0
    places = [world.place(side) for side in ("ngo", "broker", "community", "authority", "funder")]
    places += [world.place(member.user), place_of(world.administrator("ngo"), world.partnership)]
    clients = {place.user: sign_in(Client(), place.user) for place in places}
    for number, (name, route, view) in enumerate(RECORD):
        # One who may and one who may not for each address, another pair each time.
        turned = places[number % len(places) :] + places[: number % len(places)]
        without = next((place for place in turned if not view.guard(place)), None)
        with_it = next((place for place in turned if view.guard(place)), None)
        if without:
            assert _visit(clients[without.user], _path(route, world.pid)) == 403, (name, without)
            refused += 1
        if with_it:
            status = _visit(clients[with_it.user], _path(route, world.pid))
            # Items that do not exist are not found; pages of the record open, or lead on.
            assert status in {200, 302, 403, 404}, (name, with_it, status)
            admitted += route.count("<") == 1 and status == 200
    assert refused > 20
    assert admitted > 20


@pytest.mark.django_db
def test_before_the_ground_rules_nothing_else_opens(client: Client) -> None:
    world = make_partnership(rules=False)
    record.accept_rules(by=world.company)
    sign_in(client, world.ngo)
    rules = f"/p/{world.pid}/rules/"
    for name, route, _view in RECORD:
        path = _path(route, world.pid)
        if path == rules:
            continue
        response = client.get(path)
        response = client.post(path) if response.status_code == 405 else response
        assert (response.status_code, response.headers.get("Location")) == (302, rules), name


# The code
def sources(*rooms: str) -> Iterator[tuple[Path, ast.Module]]:
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            # governance_views is a room of views too, and so is every module of a package of that name.
            found = {path.stem.rpartition("_")[2], path.parent.name}
            if "migrations" not in path.parts and (not rooms or found & set(rooms)):
                yield path, ast.parse(path.read_text())


def test_folders_hold_their_rooms_and_nothing_unplanned() -> None:
    unplanned = []
    for app in APPS:
        for folder in (ROOT / app).iterdir():
            if not folder.is_dir() or folder.name in GATHERED:
                continue
            for path in folder.glob("*.py"):
                name = f"{folder.name}/{path.stem}"
                if path.stem not in ROOMS and name not in OTHER_FILES:
                    unplanned.append(name)
            # A room that has grown is a package of the same name; what is called from outside is in its __init__.
            unplanned += [
                f"{folder.name}/{room.name}/"
                for room in folder.iterdir()
                if any(room.glob("*.py")) and room.name not in ROOMS | GATHERED
            ]
    assert unplanned == []


def form_classes() -> list[type[forms.BaseForm]]:
    """Every form of ours, with its fields: whatever stands in a room of forms."""
    for app in (*APPS, "config"):
        for found in pkgutil.walk_packages(importlib.import_module(app).__path__, f"{app}."):
            if "forms" in found.name.split("."):
                importlib.import_module(found.name)
    found, waiting = [], [forms.BaseForm]
    while waiting:
        for each in waiting.pop().__subclasses__():
            waiting.append(each)
            if each.__module__.split(".")[0] in {*APPS, "config"}:
                found.append(each)
    return found


def test_no_text_that_people_write_is_without_end() -> None:
    """What one person pastes into a field over several lines, everybody who opens its page loads."""
    endless = {
        f"{form.__module__}.{form.__name__}.{name}"
        for form in form_classes()
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field, forms.CharField) and isinstance(field.widget, forms.Textarea) and not field.max_length
    }
    # Fields that a form makes while it is built are found where they are written: only what nobody types has no limit.
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "forms.CharField":
                said = {each.arg: ast.unparse(each.value) for each in node.keywords}
                typed = not re.search(r"HiddenInput|PasswordInput", said.get("widget", ""))
                # `**` hands everything on from elsewhere.
                if typed and not {"max_length", None} & said.keys():
                    endless.add(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert endless == set()


CLOCKS = {("timezone", "now"), ("datetime", "now"), ("date", "today"), ("datetime", "today"), ("time", "time")}


def test_only_the_clock_asks_for_the_time() -> None:
    asks = []
    for path, tree in sources():
        if path.name == "clock.py":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = getattr(node.func.value, "id", getattr(node.func.value, "attr", ""))
                if (owner, node.func.attr) in CLOCKS:
                    asks.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert asks == []


def _private_models() -> set[str]:
    return {
        m.__name__
        for app in APPS
        for m in apps.get_app_config(app).get_models()
        if hasattr(m._default_manager, "visible_to") or hasattr(m._default_manager.get_queryset(), "visible_to")
    }


def test_views_and_forms_read_private_models_through_visible_to() -> None:
    private, past = _private_models(), []
    allowed = {"visible_to", "seated", "waiting_for", "waiting_for_others", "DoesNotExist"}
    for path, tree in sources("views", "forms"):
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute)):
                continue
            if (
                node.value.attr == "objects"
                and getattr(node.value.value, "id", "") in private
                and node.attr not in allowed
            ):
                if node.attr == "none":
                    continue
                past.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.value.value.id}.objects.{node.attr}")  # type: ignore[attr-defined]
    assert past == []


def test_no_view_goes_around_the_guard() -> None:
    around = []
    for path, _tree in sources("views", "forms", "queries"):
        text = path.read_text()
        if "views" in (path.stem.rpartition("_")[2], path.parent.name) and (
            "_base_manager" in text or "unguarded(" in text
        ):
            around.append(str(path.relative_to(ROOT)))
    assert around == []


def test_every_model_that_hangs_on_a_partnership_can_be_asked_for_a_reader() -> None:
    """Rows with a partnership of their own are private, unless their parent is asked, with the reason here."""
    through_parent = {
        "Circle": "no content: who may read",
        "Release": "fetched through its circle's parties",
        "Party": "the frame of a record: seen by all who find it",
        "PartyInvite": "seen by partners, through record.queries.open_invites",
        "Invitation": "fetched by its signed link, or by the organisation's administrator",
    }
    missing = []
    for app in APPS:
        for model in apps.get_app_config(app).get_models():
            hangs = any(
                isinstance(f, models.ForeignKey)
                and f.related_model.__name__ == "Partnership"
                and f.name == "partnership"
                for f in model._meta.get_fields()
            )
            if hangs and model.__name__ not in _private_models() | through_parent.keys():
                missing.append(model.__name__)
    assert missing == []


def test_templates_have_no_inline_script_or_style() -> None:
    inline = []
    for path in (ROOT / "templates").rglob("*.html"):
        if "emails" in path.parts:
            continue
        text = path.read_text()
        if re.search(r"<script(?![^>]*(?:\bsrc=|application/json))|\sstyle=\"|\son\w+=\"|javascript:", text):
            inline.append(str(path.relative_to(ROOT)))
    assert inline == []


def test_nothing_goes_with_a_person() -> None:
    """People leave and can be made anonymous; what hangs on them stays, so the database lets nobody delete them."""
    goes = [
        f"{model.__name__}.{field.name}"
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
        and field.related_model is User
        and field.remote_field.on_delete is models.CASCADE
    ]
    assert set(goes) <= {"NoticePreference.user", "MailLink.user"}, goes


# No file on people ----------------------------------------------------------------------------------------------------
#: Words by which a field would keep what somebody thinks, or what others think of them.
JUDGING = re.compile(
    r"stance|opinion|attitude|loyal|supporter|opponent|opposes|hostil|friendl|sympath|allegiance|sentiment|leaning"
    r"|trustworth|reliab|influen|adversar|enem(y|ies)|critics?\b|\ball(y|ies)\b|faction|blocker|troublemak"
    r"|politic|religio|ethnic",
    re.IGNORECASE,
)
#: Where such a word stands all the same, and of whom it speaks.
NOT_OF_PERSONS = {
    "ClauseStance": "a party's yes or no to a clause of the agreement; `by` is who pressed for it",
    "FindingStance": "a party's agreement with a finding of a review; `by` is who pressed for it",
    "FindingStance.stance": "the same, as the party's answer",
    "StanceForm": "the form of the same",
    "StanceForm.stance": "the form of the same",
    "OutcomeVoice.stance": "a party's word on a change that another wrote down: confirmed, or seen differently",
    "VoiceForm.stance": "the form of the same",
    "ValueEntry.kind": "what an organisation got of the partnership, its standing among others in it",
    "ValueForm.kind": "the form of the same",
    "ContactForm.said": "its help forbids it: no opinion or label of anybody outside",
    "TalkForm.said": "the same of a talk in the field",
    "DecisionForm.why": "its help forbids it: about identity only, no opinion about anybody",
}


def _told_by(field: Any) -> list[str]:
    """What a field says of itself: of a model or a form, with what can be chosen."""
    choices = getattr(field, "flatchoices", None)
    if choices is None and not isinstance(field, forms.ModelChoiceField):
        choices = getattr(field, "choices", None)
    label = getattr(field, "verbose_name", None) or getattr(field, "label", None)
    return [str(label or ""), str(field.help_text or ""), *(f"{code} {words}" for code, words in choices or ())]


def _all_forms() -> Iterator[type[forms.BaseForm]]:
    for app in APPS:
        for module in pkgutil.walk_packages(importlib.import_module(app).__path__, f"{app}."):
            if ".forms" in module.name:
                found = vars(importlib.import_module(module.name)).values()
                yield from (c for c in found if isinstance(c, type) and issubclass(c, forms.BaseForm))


def _judging(name: str, fields: dict[str, Any]) -> set[str]:
    """The class itself, and those of its fields, that speak of what somebody thinks or is like."""
    found = {name} if JUDGING.search(name) else set()
    return found | {
        f"{name}.{field}" for field, it in fields.items() if any(JUDGING.search(t) for t in (field, *_told_by(it)))
    }


@pytest.mark.django_db
def test_no_field_holds_what_a_person_thinks_or_what_is_thought_of_one() -> None:
    """No stance, opinion or label of an individual is ever recorded: organisations' public positions only."""
    found: set[str] = set()
    ours = [m for m in apps.get_models() if m._meta.app_label in APPS]
    for model in ours:
        found |= _judging(model.__name__, {f.name: f for f in model._meta.fields})
    for form in _all_forms():
        found |= _judging(form.__name__, getattr(form, "base_fields", {}))
    assert found - NOT_OF_PERSONS.keys() == set()
    assert NOT_OF_PERSONS.keys() - found == set(), "allowed, and not there any more"
    # What is allowed hangs on a party: no person is its subject.
    people = {User, Membership, Seat}
    for model in [m for m in ours if m.__name__ in NOT_OF_PERSONS]:
        name = model.__name__
        persons = {f.name for f in model._meta.fields if f.related_model in people}
        assert persons == {"by"}, name
        assert any(f.related_model is Party for f in model._meta.fields), name


def test_the_words_that_it_looks_for_are_found() -> None:
    class Dossier(forms.Form):
        chief = forms.CharField(label="Attitude of the chief")
        stands = forms.ChoiceField(choices=[("pro", "Supporter of the mine"), ("con", "Other")])
        note = forms.CharField(help_text="What is her opinion?")
        plain = forms.CharField(label="Supporting document")

    found = _judging("Dossier", Dossier.base_fields)
    assert found == {"Dossier.chief", "Dossier.stands", "Dossier.note"}
    assert _judging("PersonStance", {}) == {"PersonStance"}
    assert len(list(_all_forms())) > 80


MESSAGES = {"_", "gettext", "gettext_lazy", "ngettext", "pgettext", "pgettext_lazy", "npgettext"}


def test_no_message_hides_in_an_f_string() -> None:
    """xgettext does not look into f-strings: a message there reaches no translator, and stays English."""
    hidden = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MESSAGES
    ]
    assert hidden == []
