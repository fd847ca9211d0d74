"""Every component once, with invented people, so that a test (and whoever builds) can look at all of them."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from types import SimpleNamespace as Thing
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import include, path
from django.views.i18n import set_language

from lifecycle.road.registry import Condition
from partnerships.looks import lines, svg, widgets
from partnerships.people.models import User

TODAY = dt.date(2026, 11, 23)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def party(name: str, role: str, variant: int = 0, label: str = "", partner: bool = False) -> Thing:
    return Thing(pk=name, name=name, mark_role=role, mark_variant=variant, role_label=label, is_partner=partner)


SAHEL = party("Sahel Futures", "ngo", partner=True)
CORVANE = party("Corvane Gold", "company", partner=True)
CHAIR = party("Third Chair", "broker", label="Broker")
TANDI = party("Comité de Tandi", "community", label="Rights-holder body")
NORVIK = party("Norvik Fund", "funder", label="Funder")
PARTIES = [
    SAHEL,
    CORVANE,
    party("Aldermoor Copper", "company", 1, partner=True),
    party("Ostrand Phosphate", "company", 2, partner=True),
    CHAIR,
    TANDI,
    party("Ministry of Water", "government", label="Public authority"),
    NORVIK,
    party("Water Lab", "adviser", label="Technical adviser"),
]


class PartsForm(forms.Form):
    name = forms.CharField(label="Stand-in", help_text="Someone who can decide when the lead is away.")
    start = forms.DateField(label="From", widget=widgets.DayInput)
    hours = forms.DecimalField(label="Hours a week", required=False)
    circle = forms.ChoiceField(label="Who may read this", choices=[("own", "Our side only"), ("all", "All parties")])
    notes = forms.CharField(label="Notes", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    decision = forms.ChoiceField(
        label="What do you decide?",
        choices=[("go", "Go"), ("conditions", "Go with conditions"), ("no", "Not now")],
        widget=widgets.ChoiceCards(helps={"conditions": "Each condition gets an owner and a date.", "no": "Say why."}),
    )
    offices = forms.MultipleChoiceField(
        label="Offices",
        choices=[("head", "Head office"), ("tandi", "Tandi field office")],
        required=False,
        widget=widgets.CheckCards,
    )
    plain = forms.ChoiceField(label="Plain radios", choices=[("1", "One"), ("2", "Two")], widget=forms.RadioSelect)
    paper = forms.FileField(
        label="Supporting document",
        required=False,
        widget=widgets.LimitedFileInput(
            max_bytes=25 * 1024 * 1024, kinds="PDF, Word, Excel or a picture", accept=[".pdf"]
        ),
    )
    told = forms.BooleanField(
        label="They know about it", help_text="Nobody is named without being asked.", required=False
    )
    money = widgets.ScaleField(label="Money does not decide whose view counts.")
    guess = widgets.ScaleField(label="What will most people at Corvane Gold answer?", guess=True, dont_know=False)


def _who(thing: Thing) -> svg.Who:
    return svg.Who.of(thing)


def risks() -> svg.RiskChart:
    """Three risks, two of them in one cell today, one that nothing is done about."""
    return svg.RiskChart(
        "Open risks",
        [
            svg.RiskPoint(1, "Women who speak are blamed", 3, 4, 2, 3),
            svg.RiskPoint(2, "The road", 3, 4, 2, 4),
            svg.RiskPoint(3, "The price of copper", 5, 5, 5, 5),
        ],
    )


def gaps() -> svg.GapChart:
    ngo, company, other = _who(SAHEL), _who(CORVANE), svg.Who("Ministry of Water", "government")
    rows = [
        svg.GapRow(
            "Power and decisions",
            [svg.Point(ngo, 1.8), svg.Point(company, 3.1), svg.Point(ngo, 2.8, guess=True)],
            "#",
            "high",
            "1.3, talk first",
        ),
        svg.GapRow(
            "Communication",
            [svg.Point(ngo, 2.3), svg.Point(company, 3.1), svg.Point(other, 2.7)],
            "#",
            "warn",
            "0.8, talk about it",
        ),
        svg.GapRow("Commitments", [svg.Point(ngo, 2.6), svg.Point(company, 2.9)], "#"),
        svg.GapRow("Learning", [svg.Point(ngo, 2.5), svg.Point(company, 2.38), svg.Point(other, 2.45)], "#"),
        svg.GapRow("Trust", [svg.Point(ngo, 0.1), svg.Point(company, 4)], "#", "high", "3.9, talk first"),
    ]
    return svg.GapChart("Means of each side", rows)


def trends() -> svg.TrendChart:
    ngo, company = _who(SAHEL), _who(CORVANE)
    charts = [
        svg.Small(
            "Power and decisions",
            [svg.Line(ngo, [2.4, 2.3, 2.2, 2, 1.8]), svg.Line(company, [2.6, 2.7, 2.9, 3, 3.1])],
            "1.8 and 3.1. Apart since May 2025",
        ),
        svg.Small(
            "Communication",
            [svg.Line(ngo, [2, None, 2.5, 2.4, 2.3]), svg.Line(company, [None, None, None, 2.9, 3])],
            "2.3 and 3.0. Drifting apart",
        ),
        svg.Small(
            "Trust",
            [svg.Line(ngo, [2.2, 2.5, 2.7, 2.8, 2.9]), svg.Line(company, [2.4, 2.6, 2.8, 3, 3])],
            "2.9 and 3.0. Both up",
        ),
    ]
    return svg.TrendChart("Five rounds", ["Nov 24", "May 25", "Nov 25", "May 26", "Nov 26"], charts)


def wells() -> lines.LineChart:
    points = [
        lines.Dated(day("2026-01-15"), Decimal(31), "Walked, with photos"),
        lines.Dated(day("2026-06-30"), Decimal("44.5"), "Walked, with photos"),
    ]
    start = lines.Dated(day("2025-06-01"), Decimal(20), "Census")
    return lines.LineChart("Households with a well", "households", points, start, Decimal(80), day("2027-12-31"))


def contributions() -> svg.ContributionChart:
    return svg.ContributionChart(
        "Contributions beside rights in the steering group",
        [
            svg.Giver(_who(NORVIK), cash=Decimal(5600000), seats=1, rights="One vote"),
            svg.Giver(
                _who(CORVANE),
                Decimal(600000),
                Decimal(300000),
                Decimal(100000),
                seats=3,
                rights="Three votes; veto on site access",
            ),
            svg.Giver(
                _who(SAHEL), Decimal(200000), Decimal(300000), Decimal(4000), seats=2, rights="Two votes, chair in 2027"
            ),
            svg.Giver(_who(TANDI), text="Local knowledge, meetings of five villages", seats=1, rights="One vote"),
        ],
        "USD",
    )


def conditions() -> list[Condition]:
    met = [
        Condition(code=name, title=name, met=True, path="#")
        for name in ("Governance body named and met", "Budget with a review line", "Review boundary set")
    ]
    return [
        Condition(
            code="holding",
            title="Holding statement approved by both",
            met=False,
            path="#",
            facts="Corvane Gold approved it on 18 November.",
            lessons=("MED",),
            waiting_for=(SAHEL.pk,),
        ),
        Condition(
            code="leads",
            title="Leads and stand-ins, with hours",
            met=False,
            facts="Corvane Gold has no stand-in.",
            lessons=("ST4", "ST5"),
            waiting_for=(CORVANE.pk,),
        ),
        *met,
        Condition(code="briefed", title="Staff briefed", met=False, waived=True),
    ]


def context() -> dict[str, Any]:
    return {
        "inbox_count": 3,
        "parties": PARTIES,
        "states": ["met", "you", "waiting", "not_yet", "sealed", "holds", "high", "warn"],
        "bands": ["at_risk", "fragile", "working", "strong"],
        "stages": ["scoping", "diligence", "agreement", "implementation", "concluding", "concluded"],
        "icons": ["lock", "tick", "dash", "dots", "gate", "page", "cross", "bell", "eye", "people"],
        "tasks": [
            {
                "title": "Name owners for two actions",
                "url": "#",
                "where": "Kessa health posts",
                "due": TODAY - dt.timedelta(days=3),
                "text": "Agreed at the November review; without an owner nothing moves.",
            },
            {
                "title": "Approve the holding statement",
                "url": "#",
                "where": "Tandi water and livelihoods",
                "due": day("2026-11-25"),
                "holds": True,
                "state": "you",
            },
            {
                "title": "Name a stand-in",
                "who": CORVANE,
                "where": "Tandi water and livelihoods",
                "asked": TODAY - dt.timedelta(days=14),
                "holds": True,
                "act_post": "#",
                "act_label": "Send a reminder",
            },
        ],
        "conditions": conditions(),
        "place": Thing(party=SAHEL, present=PARTIES),
        "road": [
            {"name": "Scoping", "state": "done", "text": "12 Jan to 20 Apr 2026", "url": "#"},
            {"name": "Due diligence", "state": "done", "text": "20 Apr to 14 Sep 2026", "url": "#"},
            {"name": "Agreement", "state": "now", "text": "Since 14 Sep, 70 days"},
            {"name": "Implementation", "state": "next", "text": "Planned 4 Jan 2027", "more": "4 of 8 conditions met"},
            {"name": "Concluding", "state": "later", "text": "Planned 2031"},
            {"name": "Concluded", "state": "later"},
        ],
        "acts": [
            {
                "party": TANDI,
                "title": "Comment on goal 2",
                "url": "#",
                "who": "Comité de Tandi",
                "at": day("2026-11-20"),
            },
            {
                "party": CORVANE,
                "title": "Clause 10 released to partners",
                "who": "Ruth Halvorsen",
                "at": day("2025-11-18"),
            },
        ],
        "people": [
            {"name": "Aïssata Diarra", "party": SAHEL, "text": "Lead, 16 hours a week. Stand-in: Moussa Keïta"},
            {"name": "Ruth Halvorsen", "party": CORVANE, "text": "Lead, 12 hours a week.", "warning": "No stand-in"},
        ],
        "dates": [{"day": day("2026-12-03"), "title": "Steering group", "url": "#", "text": "Papers due 30 November"}],
        "steps": [
            {"name": "Trust", "state": "done", "url": "#"},
            {"name": "Power", "state": "current"},
            {"name": "Learning"},
        ],
        "release_in": {
            "kind": "The screening of Corvane Gold",
            "party": CORVANE,
            "at": day("2026-11-18"),
            "open_url": "#",
        },
        "release_out": {"kind": "Your screening", "party": SAHEL, "at": day("2026-11-18"), "recall_url": "#"},
        "circle": Thing(kind="own", label="Our side only"),
        "circle_all": Thing(kind="all", label="All parties"),
        "newer": {
            "by": "Moussa Keïta",
            "at": TODAY,
            "fields": [{"label": "Purpose", "yours": "Water for all.", "theirs": "Water."}],
        },
        "gaps": gaps(),
        "trends": trends(),
        "wells": wells(),
        "contributions": contributions(),
        "ring": svg.Ring(4, 8),
        "risks": risks(),
        "spark": svg.Spark([2.1, 2.4, None, 2.9], "Trust"),
        "amount": Decimal("1250000.50"),
        "moment": TODAY,
    }


def _signed_in(request: HttpRequest) -> None:
    request.user = User(pk=1, name="Aïssata Diarra", email="aissata@sahel.example")


def components(request: HttpRequest) -> HttpResponse:
    _signed_in(request)
    messages.success(request, "Released to Corvane Gold. Both partners and Third Chair can now read the motive note.")
    form = PartsForm({"name": "Jana Prinsloo", "circle": "own", "money": "1", "decision": "conditions"})
    fresh = PartsForm(prefix="fresh")
    return render(request, "looks_gallery/components.html", {**context(), "form": form, "fresh": fresh})


def record(request: HttpRequest) -> HttpResponse:
    _signed_in(request)
    tabs = ["Overview", "Due diligence", "Agreement", "Reviews", "Communication", "People", "Documents", "History"]
    frame = Thing(
        name="Tandi water and livelihoods",
        url="#",
        parent=Thing(name="Mining and water", url="#"),
        parties=PARTIES,
        tabs=[Thing(label=label, url="#", current=not n) for n, label in enumerate(tabs)],
    )
    return render(request, "looks_gallery/record.html", {**context(), "frame": frame})


def confirm(request: HttpRequest) -> HttpResponse:
    _signed_in(request)
    about = {
        "title": "Write off “Rig for two weeks”?",
        "text": "It counts as not delivered, in both sides’ figures, for good. The history keeps it.",
        "label": "Write it off",
        "cancel_url": "#",
        "cancel_label": "Keep it",
    }
    return render(request, "components/confirm_page.html", about)


class LongForm(forms.Form):
    text = forms.CharField(label="Your answer", widget=forms.Textarea, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, initial=1)


def typing(request: HttpRequest, status: int) -> HttpResponse:
    """A long answer, and a server that answers its autosave in a chosen way."""
    _signed_in(request)
    if request.headers.get("X-Autosave"):
        return HttpResponse(status=status, headers={"X-Version": "2"})
    if request.method == "POST":
        return redirect(f"/typing/{status}/")
    about = {"title": "A long answer", "form": LongForm(), "label": "Save", "autosave": request.path}
    return render(request, "components/form_page.html", about)


def slow(request: HttpRequest) -> HttpResponse:
    """The same over a slow line: the autosave is answered late, and what is sent says which version it stands on."""
    _signed_in(request)
    if request.headers.get("X-Autosave"):
        time.sleep(2)
        return HttpResponse(status=204, headers={"X-Version": "2"})
    if request.method == "POST":
        return redirect(f"/slow/?sent={request.POST['version']}")
    about = {"title": "A long answer", "form": LongForm(), "label": "Save", "autosave": request.path}
    return render(request, "components/form_page.html", about)


urlpatterns = [
    path("typing/<int:status>/", typing),
    path("slow/", slow),
    path("components/", components),
    path("record/", record),
    path("confirm/", confirm),
    path("language/", set_language, name="set_language"),
    path("account/", include("allauth.urls")),
]
