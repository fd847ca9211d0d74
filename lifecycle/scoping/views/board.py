"""Where scoping stands, as tasks."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lifecycle.road import registry
from lifecycle.road.registry import Condition
from partnerships.access.places import Place
from partnerships.catalogue.queries import lesson
from partnerships.looks.format import and_list, near_date
from partnerships.record.models import Party
from partnerships.record.states import Stage

from .. import actions, queries
from ..permissions import can_answer_as_body, can_answer_for, can_hand_in, can_propose, can_read_together
from ..states import About, SheetKind, Way

Words = str | Promise


@dataclass
class Task:
    """One piece of scoping: what it is, how far it is, whose turn it is."""

    title: Words
    url: str
    text: Words = ""
    why: Words = ""
    lesson: str = ""
    #: you, waiting, met, not_yet; nothing: another page says how far it is.
    state: str = "not_yet"
    state_text: Words = ""
    who: list[Party] = field(default_factory=list)
    #: What the button says where this is the next thing to do.
    act: Words = ""


#: By condition: what to do, in the words of a button.
ACTS: dict[str, Words] = {
    "scoping.rules": gettext_lazy("Invite your partner"),
    "scoping.motives": gettext_lazy("Write our three lines"),
    "scoping.screen": gettext_lazy("Answer the six questions"),
    "scoping.alternative": gettext_lazy("Write about the alternative"),
    "scoping.sentences": gettext_lazy("Write or agree the sentences"),
    "scoping.asked": gettext_lazy("Name whom to ask"),
}


@dataclass
class Board:
    """The scoping page."""

    heading: str
    lede: str
    needed: list[Task]
    helpful: list[Task]
    #: Hidden until asked for, while the first twenty minutes are not over.
    later: list[Task]
    first_steps: bool
    act: Task | None
    is_over: bool


def board(place: Place) -> Board:
    """Everything of scoping for this reader: what the gate asks, then what helps. A fixed number of queries."""
    together = can_read_together(place)
    found = registry.conditions(Stage.SCOPING, place)
    if not together:
        found = [c for c in found if c.code == "scoping.asked"]
    needed = [_task(place, c) for c in found]
    helpful = _helpful(place) if together else []
    later = _later(place) if together else []
    first_steps = any(c.code == "scoping.screen" and not c.met for c in found)
    community = _community_task(place)
    if community is not None:
        needed = [community, *needed]
    mine = [t for t in [*needed, *helpful, *later] if t.state == "you"]
    over = place.partnership.stage != Stage.SCOPING or not place.partnership.is_open
    if over:
        heading, lede = _("Scoping"), _("This stage is behind you. What you wrote stays here.")
        if not place.partnership.is_open:
            lede = _("This record is closed. What you wrote stays here.")
    elif mine:
        heading = ngettext("One thing waits for you", "%(count)s things wait for you", len(mine)) % {"count": len(mine)}
        lede = _("Scoping: find out whether there is something that none of you can do alone.")
    else:
        asked = {p.pk for t in needed for p in t.who}
        waited = {p.pk: p for p in place.present if p.pk in asked}
        heading = (
            _("Waiting for %(names)s") % {"names": and_list([p.name for p in waited.values()])}
            if waited
            else _("Scoping is complete")
            if all(t.state == "met" for t in needed)
            else _("Scoping")
        )
        lede = _("Scoping: find out whether there is something that none of you can do alone.")
    act = mine[0] if mine and not over else None
    return Board(heading, lede, needed, helpful, later, first_steps and not over, act, over)


def _task(place: Place, condition: Condition) -> Task:
    own = place.party.pk if place.party else 0
    open_record = place.partnership.is_open and place.partnership.stage == Stage.SCOPING
    waiting = [p for p in place.present if p.pk in condition.waiting_for]
    asked = own in condition.waiting_for and open_record
    code = condition.lessons[0] if condition.lessons else ""
    return Task(
        title=condition.title,
        url=condition.path,
        text=condition.facts,
        why=str(lesson(code).why) if code and not condition.met else "",
        lesson=code,
        state="met" if condition.met else "you" if asked else "waiting" if waiting else "not_yet",
        who=[] if condition.met or asked else waiting,
        act=ACTS.get(condition.code, condition.title),
    )


def _community_task(place: Place) -> Task | None:
    """A body of affected people finds its own question first."""
    if not can_answer_as_body(place):
        return None
    mine = next((b for b in queries.bodies(place) if can_answer_for(place, b.body)), None)
    asked = [a for a in About.values if mine is not None and mine.asked(a) and a not in mine.answers]
    return Task(
        title=gettext_lazy("What you say about this partnership"),
        url=reverse("scoping:affected", args=[place.partnership.public_id]),
        text=_("You are asked. No is an answer, and nothing overrides it.")
        if asked
        else _("You can say whether and how you wish to be involved, asked or not."),
        state="you" if asked else "met" if mine is not None and mine.answers else "not_yet",
        state_text="" if asked or (mine is not None and mine.answers) else _("When you wish"),
        act=gettext_lazy("Answer"),
    )


def _helpful(place: Place) -> list[Task]:
    pid = place.partnership.public_id
    own = place.party.pk if place.party else 0
    works = can_propose(place)
    talk = queries.next_talk(place)
    way = queries.way_of(place)
    yes = {c.party_id for c in way.consents.all()} if way else set()
    way_missing = [p for p in place.partners if p.pk not in yes] if way and not way.settled_at else []
    return [
        Task(
            title=gettext_lazy("The next talk"),
            url=reverse("scoping:talk", args=[pid]) if works else "",
            text=" · ".join(x for x in [near_date(talk.starts_at), talk.where] if x)
            if talk
            else _("Set a day before you close this page.")
            if works
            else "",
            state="met" if talk else "not_yet",
            state_text=_("Set") if talk else "",
        ),
        Task(
            title=gettext_lazy("How you go on"),
            url=reverse("scoping:way", args=[pid]),
            text=str(Way(way.way).label) if way else _("On together, or another way: all of them are good answers."),
            state="met"
            if way and way.settled_at
            else "you"
            if can_hand_in(place) and way and own not in yes
            else "waiting"
            if way
            else "not_yet",
            who=[p for p in way_missing if p.pk != own] if not (can_hand_in(place) and way and own not in yes) else [],
        ),
    ]


def _later(place: Place) -> list[Task]:
    """The canvas and what comes out of it, how each works and how closely you mean to work, what exists already."""
    pid = place.partnership.public_id
    states = queries.sheet_states(place, SheetKind.CARD, SheetKind.SPECTRUM)
    entries = queries.canvas(place)
    goals = {goal.pk for e in entries for goal in e.goals.all()}
    prior = queries.prior_work(place)
    return [
        Task(
            title=gettext_lazy("Constraint canvas"),
            url=reverse("scoping:canvas", args=[pid]),
            text=ngettext("%(count)s line", "%(count)s lines", len(entries)) % {"count": len(entries)}
            if entries
            else _("What holds each of you back, before any talk of a project."),
            state="met" if any(e.prompt == actions.OPPORTUNITIES for e in entries) else "not_yet",
            state_text=_("Opportunities found")
            if any(e.prompt == actions.OPPORTUNITIES for e in entries)
            else _("Begun")
            if entries
            else "",
        ),
        Task(
            title=gettext_lazy("Goals, with what each of you gains and fears"),
            url=reverse("scoping:goals", args=[pid]),
            text=ngettext("%(count)s goal", "%(count)s goals", len(goals)) % {"count": len(goals)}
            if goals
            else _("An opportunity of the canvas becomes a goal."),
            state="met" if goals else "not_yet",
            state_text=_("Drawn") if goals else "",
        ),
        Task(
            title=gettext_lazy("Goals and red lines, side by side"),
            url=reverse("diligence:page", args=[pid, "goals"]),
            text=_(
                "Shared, compatible, in conflict, or not discussed yet. Due diligence asks for it; begin when you like."
            ),
            # How far it is stands on the later stage's own pages.
            state="",
        ),
        _sheet_task(
            place,
            states[SheetKind.CARD],
            gettext_lazy("How-we-work cards, side by side"),
            "scoping:card",
            _("How each of you decides, talks, and raises problems."),
        ),
        _sheet_task(
            place,
            states[SheetKind.SPECTRUM],
            gettext_lazy("How closely you work together"),
            "scoping:spectrum",
            _("Two marks each, alone. A loose network needs fewer forms, and no memorandum."),
        ),
        Task(
            title=gettext_lazy("Prior work"),
            url=reverse("scoping:prior", args=[pid]),
            text=ngettext("%(count)s link or note", "%(count)s links and notes", len(prior)) % {"count": len(prior)}
            if prior
            else _("Who tried this, and what can we reuse?"),
            state="met" if prior else "not_yet",
            state_text=_("Noted") if prior else "",
        ),
    ]


def _sheet_task(place: Place, states: list[queries.SheetState], title: Words, url_name: str, text: str) -> Task:
    """A sheet that no gate asks for: it waits for this side once another has handed in."""
    own = place.party.pk if place.party else 0
    into = [s.party for s in states if s.is_in]
    waits = can_propose(place) and bool(into) and own not in {p.pk for p in into}
    return Task(
        title=title,
        url=reverse(url_name, args=[place.partnership.public_id]),
        text=_("Filled in: %(names)s.") % {"names": and_list([p.name for p in into])} if into else text,
        state="met" if states and all(s.is_open for s in states) else "you" if waits else "not_yet",
    )
