"""The records that are told through the actions: the ones the seed multiplies, and the one with five years of life."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import override

from config.stories.loader import FOLDER, read
from config.stories.people import bring_in
from config.stories.telling import Story, World, tell
from evaluation.reviews import tasks as reviews
from lifecycle.attention import tasks as flags
from lifecycle.diligence import actions as diligence
from lifecycle.diligence.models import DepthChoice
from partnerships import clock
from partnerships.catalogue.loading import checksum
from partnerships.catalogue.models import CatalogueVersion
from partnerships.catalogue.queries import current
from partnerships.notices.actions import keep_in_the_inbox
from partnerships.portfolio import tasks as portfolio
from partnerships.record.models import Partnership
from partnerships.work.models import WorkItem

from .reviewed import MANY, many_answers

#: What every seeded partnership has, beside its 3 parties and 6 seats.
WORK_ITEMS, ACTS = 10, 20
#: Where on the road the multiplied records stand.
STAGES = ("scoping", "diligence", "agreement", "implementation", "concluding")
#: The life of the record that has lived for five years; its rounds stand in the demo world's story of Kessa.
COMMITMENTS, CONTACTS, DOCUMENTS = 120, 200, 80
KESSA = FOLDER / "01-kessa.yaml"
FIVE_YEARS = "kessa"
ANSWERING = "answering"
CHECKING = "checking"
#: The questions of the checklist that is measured, and how many of its answers cite a document.
QUESTIONS, CITED = 45, 15
#: Questions of which each side asks the other what its answer means.
THREADS = 5

_SEATS: list[dict[str, Any]] = [
    {
        "by": "aissata",
        "seats": {
            "aissata": {"duty": "lead", "function": "community", "hours": 16},
            "moussa": {"duty": "stand_in", "function": "monitoring", "hours": 10, "stands_in_for": "aissata"},
        },
    },
    {
        "by": "philip",
        "seats": {
            "philip": {"duty": "lead", "function": "community", "hours": 14},
            "samuel": {"duty": "stand_in", "function": "operations", "level": "field", "stands_in_for": "philip"},
        },
    },
    {
        "by": "leonie",
        "seats": {
            "leonie": {"duty": "lead", "hours": 4},
            "adil": {"duty": "stand_in", "hours": 2, "stands_in_for": "leonie"},
        },
    },
]


def tell_all(*, short: bool = False) -> tuple[World, list[Partnership]]:
    """Everybody of the demo world, and the records that the bench stands on. Returns those to multiply."""
    world = World(clock.now())
    bring_in(world, read(FOLDER / "people.yaml"))
    patterns = [pattern(world, stage) for stage in STAGES]
    tell(Story(world, ANSWERING), answering())
    patterns.append(checking(world))
    many_answers(world, _opening(MANY, "implementation", -900))
    tell(Story(world, FIVE_YEARS), read(KESSA)["steps"] if short else five_years())
    # What the scheduler does all day: flags and dates of the lists stand from the first page on.
    for sweep in (reviews.sweep, portfolio.dates, flags.sweep):
        sweep()
    keep_in_the_inbox(unread_days=6)
    for made in patterns:
        made.refresh_from_db()
    return world, patterns


def _opening(name: str, stage: str, day: int) -> list[dict[str, Any]]:
    return [
        {"day": day, "by": "aissata", "propose": {"name": name, "country": "Mali", "site": "Kessa", "stage": stage}},
        {"by": "aissata", "invite": {"party": "aldermoor", "lead": "philip"}},
        {
            "by": "aissata",
            "invite": {
                "party": "chair",
                "lead": "leonie",
                "role": "broker",
                "paid_by": "Half each",
                "agreed": ["philip"],
            },
        },
        *_SEATS,
    ]


def pattern(world: World, stage: str) -> Partnership:
    """A record of 3 parties, 6 seats, 10 work items and 20 acts: told, and filled up with commitments."""
    story = Story(world, stage)
    tell(story, _opening(f"Partnership in {stage}", stage, -90))
    made = story.partnership
    for number in range(WORK_ITEMS - _open_work(made).count()):
        owner, person = (("sahel", None), ("aldermoor", "samuel"), ("chair", None))[number % 3]
        takes = {"what": f"Commitment {number + 1}", "owner": owner, "person": person, "due": 14 * number - 20}
        tell(story, [{"day": -60 + number, "by": "leonie", "commit": takes}])
    return made


def _open_work(partnership: Partnership) -> QuerySet[WorkItem]:
    return WorkItem.objects.of(partnership).open()


def answering() -> list[dict[str, Any]]:
    """A record whose review round is open, and whose lead has a part to answer."""
    return [
        *_opening("Answering", "implementation", -60),
        {"by": "aissata", "seats": {name: {"level": "field"} for name in ("fanta", "pascal", "oumou")}},
        {
            "day": -40,
            "by": "aissata",
            "boundary": {"scope": "How we work together", "first": -20, "until": 700, "agreed": ["philip"]},
        },
        {
            "day": -5,
            "by": "aissata",
            "round": {
                "name": "first",
                "in_full": True,
                "days": 60,
                "agreed": ["philip"],
                "until": "open",
                "handed_in": [],
                "sides": {"aissata": {"people": ["aissata", "moussa", "fanta", "pascal", "oumou"], "answer": 0}},
            },
        },
    ]


def checking(world: World) -> Partnership:
    """A record whose partners have answered every question from both sides, with documents, and read each other."""
    story = Story(world, CHECKING)
    tell(story, _opening("Checking", "diligence", -90))
    library = everything_of_both(world)
    codes = [item["code"] for item in library.content["items"]]
    with override("en"):
        choice = diligence.propose_depth(depth="full", by=story.place("aissata"))
        DepthChoice.objects.of(story.partnership).filter(pk=choice.pk).update(library=library)
        diligence.agree_depth(choice, by=story.place("philip"))
    documents = {"aissata": "Register", "philip": "Policy"}
    for who, title in documents.items():
        tell(story, [{"day": -50, "by": who, "document": {"title": title, "lines": ["As filed"], "circle": "own"}}])
    for who, own, other in (("aissata", "sahel", "aldermoor"), ("philip", "aldermoor", "sahel")):
        for about in (own, other):
            takes = {
                "about": about,
                "says": {
                    code: [("none", "some")[n % 5 == 0], f"What we know of {code}, in a sentence or two, as it is."]
                    for n, code in enumerate(codes)
                },
                "cites": {code: [documents[who]] for code in codes[:CITED]} if about == own else {},
                "shows": True,
            }
            tell(story, [{"day": -40, "by": who, "assess": takes}])
    for who in ("aissata", "philip"):
        tell(story, [{"day": -30, "by": who, "open_releases": None}])
    for who, other in (("aissata", "aldermoor"), ("philip", "sahel")):
        for code in codes[:THREADS]:
            asks = {"of": other, "about": other, "code": code, "words": "What does that mean for the wells?"}
            tell(story, [{"day": -20, "by": who, "clarify": asks}])
    return story.partnership


def everything_of_both(world: World) -> CatalogueVersion:
    """The shipped questions, each asked of both about each other, as an organisation's own version."""
    shipped = current("library", "diligence")
    items = [
        {**item, "direction": "both", "depth": "light", "answer": "scale", "options": [], "unit": None, "only_if": []}
        for item in shipped.content["items"][:QUESTIONS]
    ]
    if len(items) != QUESTIONS:
        raise ValueError(f"The library has {len(items)} questions; the bench's figures are of {QUESTIONS}.")
    content = {**shipped.content, "items": items}
    made: CatalogueVersion = CatalogueVersion.objects.create(
        kind="library",
        code="bench",
        version=1,
        organisation=world.organisations["sahel"],
        title=shipped.title,
        content=content,
        checksum=checksum(content),
        published_at=clock.now(),
    )
    return made


def five_years() -> list[dict[str, Any]]:
    """The story of Kessa with its five rounds, and what else five years leave behind."""
    steps = list(read(KESSA)["steps"])
    people = {"sahel": ("aissata", "moussa", "fanta", "pascal"), "aldermoor": ("philip", "samuel", "tomas", "kofi")}
    leads = {"sahel": "aissata", "aldermoor": "philip"}
    for number in range(COMMITMENTS - _told(steps, "commit")):
        owner, other = (("sahel", "aldermoor"), ("aldermoor", "sahel"))[number % 2]
        made = -1340 + 11 * number
        person = people[owner][number // 2 % 4]
        takes: dict[str, Any] = {"what": f"Commitment {number + 1}", "owner": owner, "person": person, "due": made + 40}
        if made + 45 < 0:
            takes |= {"delivered": [person, made + 38], "confirmed": leads[other]}
        steps.append({"day": made, "by": leads[other], "commit": takes})
    for number in range(CONTACTS - _told(steps, "contact")):
        day = -1335 + 6 * number
        who = [*people["sahel"], *people["aldermoor"]][number % 8]
        takes = {
            "who": f"Committee {number % 6 + 1}",
            "when": day,
            "where": "Kessa",
            "said": f"Conversation {number + 1}.",
        }
        if number % 4 == 0:
            takes["audience"] = "communities"
        steps.append({"day": day, "by": who, "contact": takes})
    for number in range(DOCUMENTS - _told(steps, "document")):
        day = -1330 + 16 * number
        takes = {
            "title": f"Report {number + 1}",
            "lines": [f"Of day {day}"],
            "circle": ("partners", "all", "own")[number % 3],
        }
        steps.append({"day": day, "by": leads[("sahel", "aldermoor")[number % 2]], "document": takes})
    return steps


def _told(steps: list[dict[str, Any]], verb: str) -> int:
    return sum(verb in step for step in steps)
