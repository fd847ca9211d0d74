"""What scoping's pages show, made ready in Python: rows with their words, states and links."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lifecycle.road import registry
from lifecycle.road.registry import Condition
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.content import CanvasPrompt, CardPrompt, ScreenQuestion
from partnerships.catalogue.queries import content, lesson
from partnerships.looks.format import and_list, near_date
from partnerships.record.models import Party
from partnerships.record.queries import unopened_releases
from partnerships.record.states import Stage

from . import actions, kinds, queries
from .models import BodyAnswer, CanvasEntry, Sheet, SheetAnswer
from .permissions import can_answer_as_body, can_answer_for, can_hand_in, can_name_body, can_propose, can_read_together
from .states import OUR_WORDS, About, BodySays, SheetKind, Way

Words = str | Promise
Question = ScreenQuestion | CanvasPrompt | CardPrompt
CONSTRAINTS = "constraints"


# Where scoping stands -------------------------------------------------------------------------------------------------
@dataclass
class Task:
    """One piece of scoping: what it is, how far it is, whose turn it is."""

    title: Words
    url: str
    text: Words = ""
    why: Words = ""
    lesson: str = ""
    #: you, waiting, met, not_yet.
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
    community = _community_task(place)
    if community is not None:
        needed = [community, *needed]
    mine = [t for t in [*needed, *helpful] if t.state == "you"]
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
    return Board(heading, lede, needed, helpful, mine[0] if mine and not over else None, over)


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
    cards = queries.sheet_states(place, SheetKind.CARD)[SheetKind.CARD]
    cards_in = [s for s in cards if s.is_in]
    entries = queries.canvas(place)
    way = queries.way_of(place)
    yes = {c.party_id for c in way.consents.all()} if way else set()
    way_missing = [p for p in place.partners if p.pk not in yes] if way and not way.settled_at else []
    card_waits = works and bool(cards_in) and own not in {s.party.pk for s in cards_in}
    return [
        Task(
            title=gettext_lazy("The next talk"),
            url=reverse("scoping:talk", args=[pid]) if works else "",
            text=" · ".join(x for x in [near_date(talk.starts_at), talk.where] if x)
            if talk
            else _("Set a day before you close this page."),
            state="met" if talk else "not_yet",
            state_text=_("Set") if talk else "",
        ),
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
            title=gettext_lazy("How-we-work cards, side by side"),
            url=reverse("scoping:card", args=[pid]),
            text=_("Filled in: %(names)s.") % {"names": and_list([s.party.name for s in cards_in])}
            if cards_in
            else _("How each of you decides, talks, and raises problems."),
            state="met" if cards and all(s.is_open for s in cards) else "you" if card_waits else "not_yet",
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


# Answers as words -----------------------------------------------------------------------------------------------------
def words_of(question: Question, option: str, text: str) -> str:
    """An answer as a reader sees it: the option's words, then one's own."""
    chosen = ""
    if option and isinstance(question, ScreenQuestion):
        chosen = next((str(o.text) for o in question.options if o.code == option), option)
    return "\n".join(x for x in [chosen, text] if x)


@dataclass
class OwnRow:
    question: Question
    label: str
    words: str


def own_rows(sheet: Sheet, answers: dict[str, SheetAnswer], *, every: bool = False) -> list[OwnRow]:
    """The own answers as text; with `every`, the unanswered too."""
    rows = []
    for question in content(sheet.catalogue_version).items:
        answer = answers.get(question.code)
        if answer is None and not every:
            continue
        label = f"{question.code}. {question.text}" if isinstance(question, ScreenQuestion) else str(question.title)
        rows.append(OwnRow(question, label, words_of(question, answer.option, answer.text) if answer else ""))
    return rows


@dataclass
class SaidRow:
    """What one partner says, ready to show."""

    party: Party
    option: str = ""
    text: str = ""
    #: ready, not_yet, stop; empty where nothing was answered.
    outcome: str = ""
    make_it_so: str = ""
    changed_on: datetime | None = None
    before: list[tuple[str, datetime]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.option and not self.text


@dataclass
class QuestionRow:
    code: str
    title: str
    standing: str
    said: list[SaidRow]
    prompt: str = ""


@dataclass
class QuestionGroup:
    """Questions that stand alike, with what that means."""

    title: str
    lede: str
    rows: list[QuestionRow]
    standing: str


def _question_of(answer: SheetAnswer) -> Question | None:
    found: Question | None = content(answer.sheet.catalogue_version).by_code.get(answer.question)
    return found


def _said_row(said: queries.Said) -> SaidRow:
    answer = said.answer
    if answer is None:
        return SaidRow(said.party)
    question = _question_of(answer)
    row = SaidRow(said.party, text=answer.text, outcome=answer.outcome)
    if isinstance(question, ScreenQuestion) and answer.option:
        option = question.option(answer.option)
        row.option = str(option.text)
        row.make_it_so = str(option.make_it_so or "")
    if answer.is_change:
        row.changed_on = answer.created_at
    for old in said.before:
        old_question = _question_of(old)
        if old_question is not None:
            row.before.append((words_of(old_question, old.option, old.text), old.created_at))
    return row


def _rows(rows: dict[str, list[queries.Said]]) -> dict[str, QuestionRow]:
    """By question; its title from the list that was asked."""
    made = {}
    for code, said in rows.items():
        question = next((_question_of(s.answer) for s in said if s.answer is not None), None)
        if question is None:
            continue
        title = str(question.text) if isinstance(question, ScreenQuestion) else str(question.title)
        prompt = "" if isinstance(question, ScreenQuestion) else str(question.text)
        made[code] = QuestionRow(code, title, queries.standing_of(said), [_said_row(s) for s in said], prompt)
    return made


def screen_groups(rows: dict[str, list[queries.Said]]) -> list[QuestionGroup]:
    """All answers side by side, stops first, then differences. A stop is never averaged away; nothing is added up."""
    texts = {
        "stop": (
            _("Somebody says stop"),
            _("Talk about these first. A stop stays until the one who said it changes it."),
        ),
        "differ": (_("Where you differ"), _("A difference is an invitation to talk, not a fault.")),
        "not_yet": (_("Not yet, as you all say"), _("You see it alike: something is still missing.")),
        "one_sided": (_("Answered by some"), _("The others have not answered these.")),
        "ready": (_("Where you are all ready"), ""),
    }
    made = _rows(rows)
    ordered = queries.compared(rows, sorted(rows, key=lambda code: (len(code), code)))
    groups = []
    for standing in queries.STANDINGS:
        found = [made[c.question] for c in ordered if c.standing == standing and c.question in made]
        if found:
            title, lede = texts[standing]
            groups.append(QuestionGroup(title, lede, found, standing))
    return groups


def line_rows(kind: str, rows: dict[str, list[queries.Said]]) -> list[QuestionRow]:
    """Lines side by side, in the order in which they were asked."""
    made = _rows(rows)
    order = [item.code for item in content(actions.version_for(kind)).items]
    return [made[code] for code in [*order, *(c for c in made if c not in order)] if code in made]


# The canvas -----------------------------------------------------------------------------------------------------------
@dataclass
class EntryRow:
    entry: CanvasEntry
    own: bool
    private: bool
    eases: list[CanvasEntry]


@dataclass
class Column:
    party: Party
    entries: list[EntryRow]


@dataclass
class PromptRow:
    prompt: CanvasPrompt
    columns: list[Column]
    entries: list[EntryRow]

    @property
    def is_empty(self) -> bool:
        return not self.entries

    @property
    def may_add(self) -> bool:
        return self.prompt.many or self.prompt.by != "together" or not self.entries


def private_entries(place: Place) -> list[CanvasEntry]:
    """Lines that only the own side reads, and that are in no release."""
    released = queries.released_entries(place)
    own = place.party.pk if place.party else 0
    return [
        e
        for e in queries.canvas(place)
        if e.party_id == own and e.circle.kind == CircleKind.OWN and e.pk not in released
    ]


def canvas(place: Place) -> dict[str, Any]:
    """The canvas, prompt by prompt, the partners' lines in columns."""
    asked = actions.canvas_version()
    entries = queries.canvas(place)
    released = queries.released_entries(place)
    own = place.party.pk if place.party else 0
    rows = []
    for prompt in asked.items:
        under = [
            EntryRow(
                entry=e,
                own=e.party_id == own or (prompt.by == "together" and place.is_partner),
                private=e.circle.kind == CircleKind.OWN and e.pk not in released,
                eases=list(e.eases.all()),
            )
            for e in entries
            if e.prompt == prompt.code
        ]
        columns = [Column(p, [r for r in under if r.entry.party_id == p.pk]) for p in place.partners]
        rows.append(PromptRow(prompt, columns if prompt.by != "together" else [], under))
    return {
        "asked": asked,
        "rows": rows,
        "private": [r.entry for row in rows for r in row.entries if r.private and r.entry.party_id == own],
        "may_release": can_hand_in(place),
        "unopened": [r for r in unopened_releases(place) if r.kind == kinds.CANVAS_RELEASE],
        "can_pair": len({e.party_id for e in entries if e.prompt == CONSTRAINTS}) > 1,
    }


# The affected people --------------------------------------------------------------------------------------------------
@dataclass
class AnswerRow:
    answer: BodyAnswer
    about: str
    says: str
    readers: list[Party]
    mine: bool


@dataclass
class BodyRow:
    """One body as this reader may know it."""

    body: Any
    questions: list[Any]
    answers: list[AnswerRow]
    notes: list[Any]
    #: What this reader's side can do next.
    answer_links: list[tuple[str, str, str]]
    note_links: list[tuple[str, str]]
    can_ask: bool
    can_seat: bool


def _when(asked: queries.Asked, about: str) -> str:
    """Whether a body answers anew, is asked now, or says it of its own accord."""
    if about in asked.answers:
        return "again"
    return "asked" if asked.asked(about) else "unasked"


def _says(answer: BodyAnswer) -> str:
    third = {
        BodySays.YES: _("They wish to be involved"),
        BodySays.NOT_YET: _("Not yet"),
        BodySays.NO: _("They do not wish to be involved"),
        BodySays.WANT: _("They want it"),
        BodySays.MIXED: _("Asked, views are mixed"),
        BodySays.REFUSE: _("They said no to this partnership"),
    }
    return third[BodySays(answer.says)]


def affected(place: Place) -> dict[str, Any]:
    """Every body this reader may know of; and what a body itself can do here."""
    rows = []
    found = queries.bodies(place)
    taken = {b.body.body_party_id for b in found}
    free = [
        p
        for p in place.present
        if (p.role == "rights_holder" or p.organisation.kind == "community") and p.pk not in taken
    ]
    names_bodies = can_name_body(place)
    circles = queries.members_of([a.circle_id for b in found for a in b.answers.values()])
    by_id = {p.pk: p for p in place.parties}
    for asked in found:
        body = asked.body
        seated = body.body_party_id is not None and body.body_party is not None and body.body_party.left_on is None
        mine = can_answer_for(place, body)
        rows.append(
            BodyRow(
                body=body,
                questions=asked.questions,
                answers=[
                    AnswerRow(
                        answer=answer,
                        about=str(About(about).label),
                        says=_says(answer),
                        readers=[by_id[pk] for pk in circles.get(answer.circle_id, []) if pk in by_id],
                        mine=place.party is not None and answer.party_id == place.party.pk,
                    )
                    for about in About.values
                    if (answer := asked.answers.get(about)) is not None
                ],
                notes=[n for n in asked.notes if n.approved_at is None],
                answer_links=[(about, str(OUR_WORDS[About(about)]), _when(asked, about)) for about in About.values]
                if mine
                else [],
                note_links=[(about, str(About(about).label)) for about in About.values]
                if names_bodies and not seated and body.address
                else [],
                can_ask=names_bodies and not mine,
                can_seat=names_bodies and not seated and bool(free),
            )
        )
    own_missing = can_answer_as_body(place) and not any(r.answer_links for r in rows)
    return {
        "rows": rows,
        "may_name": names_bodies,
        "why": lesson("EC6"),
        "unasked": [(about, str(OUR_WORDS[About(about)])) for about in About.values] if own_missing else [],
        "not_listed": free if names_bodies else [],
    }
