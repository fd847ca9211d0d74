"""Reading communication: what is approved and by whom, whom to talk to next, the log, the ledger, the questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.models import Circle, Release
from partnerships.access.places import Place
from partnerships.access.ready import ReadyHere
from partnerships.access.states import CircleKind
from partnerships.catalogue.content import Plan
from partnerships.catalogue.models import CatalogueVersion
from partnerships.catalogue.queries import content, current
from partnerships.documents.queries import releases_of
from partnerships.looks.typed import number
from partnerships.people.models import User
from partnerships.record.models import Party, Seat
from partnerships.record.states import Role

from .models import (
    Approvable,
    Approval,
    ColleagueAnswer,
    ColleagueQuestion,
    Contact,
    Driver,
    Incident,
    PlanEntry,
    QAItem,
    Remark,
    Spokesperson,
)
from .states import BEFORE_SIGNING, PROTECTED, QUESTION_DAYS, REACHES, Covers, Text

#: In the choice of readers: the partners, the broker, and the party that follows.
WITH = "with:"
#: Rows on one page of a log.
PAGE = 30


def plan_version() -> CatalogueVersion:
    """The catalogue's plan as it is today."""
    return current("plan", "communication")


def plan_of(version: CatalogueVersion | None) -> Plan:
    """The words of the plan an item was made from."""
    return content(version or plan_version(), Plan)


def speakers_of(parties: Iterable[Party | int]) -> list[User]:
    """Leads and stand-ins of parties, who are told."""
    ids = [p if isinstance(p, int) else p.pk for p in parties]
    seats = Seat.objects.filter(
        party__in=ids, party__left_on=None, duty__in=["lead", "stand_in"], ended_on=None, membership__ended_on=None
    ).select_related("membership__user")
    return [s.membership.user for s in seats]


def partner_seats(place: Place) -> QuerySet[Seat]:
    """Everybody who can own an entry or speak: people seated with the partners."""
    return (
        Seat.objects.filter(
            party__in=[p.pk for p in place.partners], ended_on=None, membership__ended_on=None
        )
        .select_related("membership__user", "party__organisation", "office")
        .order_by("party__joined_at", "party", "pk")
    )  # fmt: skip


# Approved by all ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Approvals:
    """How far a joint text has come, without a word of it: every reader of the record may know this."""

    kind: str
    aid: str
    is_asked: bool
    approved: frozenset[int]
    #: Partners whose yes is missing.
    missing: tuple[Party, ...]

    @property
    def exists(self) -> bool:
        return bool(self.aid)

    @property
    def is_approved(self) -> bool:
        return self.exists and self.is_asked and not self.missing


def approvals_of(place: Place, kinds: Sequence[str] = BEFORE_SIGNING) -> dict[str, Approvals]:
    """The state of the standing texts, by kind. Two queries."""
    rows = (
        Approvable.objects.unguarded("only whether each partner approved, which all may know")
        .of(place.partnership)
        .filter(kind__in=kinds, set_aside_at=None)
        .prefetch_related("approvals")
    )
    found = {row.kind: _approvals(row, place.partners) for row in rows}
    return {kind: found.get(kind) or Approvals(kind, "", False, frozenset(), place.partners) for kind in kinds}


def _approvals(row: Approvable, partners: Sequence[Party]) -> Approvals:
    yes = yes_of(row)
    asked = row.is_asked
    return Approvals(row.kind, row.public_id, asked, yes, tuple(p for p in partners if not asked or p.pk not in yes))


def yes_of(row: Approvable) -> frozenset[int]:
    """Who approved the present version. From what was fetched with it."""
    return frozenset(a.party_id for a in row.approvals.all() if a.number == row.version)


def readable(place: Place) -> QuerySet[Approvable]:
    """The joint texts that this person reads, ready to be shown."""
    rows: QuerySet[Approvable] = (
        Approvable.objects.visible_to(place)
        .filter(set_aside_at=None)
        .select_related("circle", "asked_by", "author", "party__organisation", "catalogue_version")
        .prefetch_related(
            Prefetch("approvals", Approval.objects.select_related("by", "party__organisation").order_by("at"))
        )
    )
    return rows


def standing(place: Place, kind: str) -> Approvable | None:
    """The one text of this kind, as this person reads it."""
    return readable(place).filter(kind=kind).first()


@dataclass(frozen=True)
class Yes:
    """A partner beside a text: when it approved the present version, and by whom."""

    party: Party
    approval: Approval | None


@dataclass
class Shown:
    """A joint text as a page shows it: state, who said yes, whose turn it is."""

    it: Approvable
    yes: list[Yes]
    mine: bool
    remarks: list[Remark] = field(default_factory=list)

    @property
    def waits(self) -> list[Party]:
        return [y.party for y in self.yes if y.approval is None]

    @property
    def is_approved(self) -> bool:
        return self.it.is_approved

    @property
    def state(self) -> str:
        if self.it.done_on or self.it.is_approved:
            return "met"
        return ("you" if self.mine else "waiting") if self.it.is_asked else "not_yet"

    @property
    def state_words(self) -> str:
        if self.it.done_on:
            return _("Said") if self.it.kind != Text.ANNOUNCEMENT else _("Announced")
        if self.it.is_approved:
            return _("Approved by all")
        if self.it.is_asked:
            return "" if self.mine else _("Waiting")
        return _("Draft")


def shown(row: Approvable, place: Place) -> Shown:
    """A text fetched by `readable`, without another query."""
    given = {a.party_id: a for a in row.approvals.all() if a.number == row.version}
    yes = [Yes(p, given.get(p.pk)) for p in place.partners]
    mine = row.is_asked and not row.is_approved and any(y.approval is None and y.party == place.party for y in yes)
    return Shown(row, yes, mine)


def remarks_of(row: Approvable, place: Place) -> list[Remark]:
    """What partners say is missing, newest first; of older versions too."""
    return list(
        Remark.objects.visible_to(place.user)
        .filter(approvable=row)
        .select_related("author", "party__organisation")
        .order_by("-pk")[:PAGE]
    )


def written(place: Place, *kinds: str) -> list[Shown]:
    """The texts of these kinds, newest first."""
    return [shown(row, place) for row in readable(place).filter(kind__in=kinds).order_by("-pk")[:PAGE]]


def spokespeople(row: Approvable | None, place: Place) -> dict[int, Spokesperson]:
    """Who speaks for each partner."""
    if row is None:
        return {}
    rows = (
        Spokesperson.objects.visible_to(place.user)
        .filter(approvable=row)
        .select_related("seat__membership__user", "stand_in__membership__user", "party__organisation")
    )
    return {s.party_id: s for s in rows}


@dataclass(frozen=True)
class Question:
    """A question and its joint answer, in the reader's language where it is the catalogue's."""

    it: QAItem
    question: str
    guidance: str
    lessons: tuple[str, ...]


def qa_items(row: Approvable | None, place: Place) -> list[Question]:
    """The set, in the order in which it was written."""
    if row is None:
        return []
    asked = {q.code: q for q in plan_of(row.catalogue_version).qa}
    found = []
    for item in QAItem.objects.visible_to(place.user).filter(approvable=row).order_by("pk"):
        ready = asked.get(item.code)
        found.append(
            Question(
                item,
                item.question or (str(ready.text) if ready else item.code),
                str(ready.guidance) if ready else "",
                ready.lessons if ready else (),
            )
        )
    return found


# The plan -------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Entry:
    """An entry of the plan in the reader's language: what is not written is the catalogue's."""

    it: PlanEntry
    audience: str
    purpose: str
    channel: str
    cadence: str
    lessons: tuple[str, ...]
    #: The owner has no seat any more.
    orphan: bool

    @property
    def pace_is_theirs(self) -> bool:
        return self.it.cadence_days is None


def entry_words(it: PlanEntry, plan: Plan) -> tuple[str, str, str, tuple[str, ...]]:
    """Audience, purpose, channel and lessons of an entry in the active language."""
    ready = plan.by_code.get(it.code) if it.code else None
    audience = it.audience or (str(ready.title) if ready else it.code)
    if it.of_party is not None:
        audience = _("%(audience)s: %(party)s") % {"audience": audience, "party": it.of_party.name}
    return (
        audience,
        it.purpose or (str(ready.text) if ready else ""),
        it.channel or (str(ready.channel) if ready else ""),
        ready.lessons if ready else (),
    )


def entry_of(it: PlanEntry, plan: Plan) -> Entry:
    """An entry fetched by `entries`, in words."""
    audience, purpose, channel, lessons = entry_words(it, plan)
    ready = plan.by_code.get(it.code) if it.code else None
    if it.cadence_days is None:
        cadence = str(ready.cadence) if ready and ready.cadence else _("They set the pace")
    elif ready and ready.cadence and ready.cadence_days == it.cadence_days:
        cadence = str(ready.cadence)
    else:
        cadence = _("every %(days)s days at most") % {"days": it.cadence_days}
    return Entry(
        it=it,
        audience=audience,
        purpose=purpose,
        channel=channel,
        cadence=cadence,
        lessons=lessons,
        orphan=it.owner.ended_on is not None or it.owner.membership.ended_on is not None,
    )


def entry_rows(place: Place) -> QuerySet[PlanEntry]:
    """The entries of the plan that this person reads."""
    rows: QuerySet[PlanEntry] = (
        PlanEntry.objects.visible_to(place)
        .filter(removed_at=None)
        .select_related(
            "approvable__catalogue_version",
            "of_party__organisation",
            "owner__membership__user",
            "owner__party__organisation",
            "stand_in__membership__user",
            "speaker__membership__user",
        )
    )
    return rows


def entries(place: Place) -> list[Entry]:
    """The plan, those due first, then those without a clock. One query (and the catalogue's, once a process)."""
    today = clock.today(place.user.time_zone)
    rows = list(entry_rows(place).order_by("pk"))
    if not rows:
        return []
    plan = plan_of(rows[0].approvable.catalogue_version)
    found = [entry_of(row, plan) for row in rows]
    return sorted(found, key=lambda e: (e.it.next_due_on is None, e.it.next_due_on or today, e.it.pk))


def missing_templates(place: Place, shown_entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Audiences of the catalogue that the plan does not have yet, and for whom; those to begin with first."""
    plan = plan_of(shown_entries[0].it.approvable.catalogue_version if shown_entries else None)
    have = {(e.it.code, e.it.of_party_id) for e in shown_entries}
    found: list[dict[str, Any]] = []
    for ready in plan.items:
        parties: list[Party | None] = list(place.partners) if ready.per_partner else [None]
        found.extend(
            {"ready": ready, "party": p} for p in parties if (ready.code, p.pk if p else None) not in have
        )  # fmt: skip
    return found


# The log --------------------------------------------------------------------------------------------------------------
def readers_to_choose(place: Place, entry: PlanEntry | None = None) -> list[tuple[str, str]]:
    """Who can read a contact: the partners and the broker, those and one more party, or the own side.

    What communities say is never handed on to an authority or a funder here: only to bodies of the affected people.
    """
    found = [(CircleKind.PARTNERS.value, str(_("The partners and the broker; it counts for the joint plan")))]
    for party in place.present:
        if party.role in {Role.PARTNER, Role.BROKER}:
            continue
        if entry is not None and entry.code in PROTECTED and party.role != Role.RIGHTS_HOLDER:
            continue
        found.append((f"{WITH}{party.public_id}", _("These, and %(party)s") % {"party": party.name}))
    found.append((CircleKind.OWN.value, str(_("Our side only; it does not count for the joint plan"))))
    return found


def contacts(place: Place) -> QuerySet[Contact]:
    """The conversations that this person reads, newest first."""
    rows: QuerySet[Contact] = (
        Contact.objects.visible_to(place)
        .select_related(
            "circle", "author", "office", "party__organisation", "entry__approvable__catalogue_version",
            "entry__of_party__organisation",
        )
        .order_by("-held_on", "-pk")
    )  # fmt: skip
    return rows


def page_of_contacts(rows: QuerySet[Contact], after: str) -> tuple[list[Contact], str]:
    """A keyset page (day and id of the last row seen), and the key of the next one."""
    day, _sep, pk = after.partition("_")
    try:
        seen = (date.fromisoformat(day), number(pk))
    except ValueError:
        seen = None
    if seen is not None:
        rows = rows.filter(Q(held_on__lt=seen[0]) | Q(held_on=seen[0], pk__lt=seen[1]))
    found = list(rows[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    return found[:PAGE], f"{last.held_on}_{last.pk}" if last else ""


def audience_of(contact: Contact) -> str:
    """The plan's audience that a contact was with, in the reader's language."""
    if contact.entry is None:
        return ""
    return entry_words(contact.entry, plan_of(contact.entry.approvable.catalogue_version))[0]


def briefed(place: Place) -> dict[int, frozenset[str]]:
    """For each partner, whom its briefings reached: "head", "field". One query; all may know."""
    rows = (
        Contact.objects.unguarded("only whether each partner briefed its own staff, which all may know")
        .of(place.partnership)
        .filter(counts=True, withdrawn_at=None)
        .exclude(covers="")
        .values_list("party", "covers")
    )
    found: dict[int, frozenset[str]] = defaultdict(frozenset)
    for party, covers in rows:
        found[party] |= REACHES[covers]
    return found


def briefed_fully(reached: frozenset[str]) -> bool:
    return reached >= {Covers.HEAD.value, Covers.FIELD.value}


# The ledger -----------------------------------------------------------------------------------------------------------
@dataclass
class Line:
    """A line of a ledger: the newest version this reader has, the older ones, and how far it was shown."""

    now: Driver
    before: list[Driver] = field(default_factory=list)
    #: Own side only: the releases of the newest version.
    released: list[Release] = field(default_factory=list)

    @property
    def is_released(self) -> bool:
        return bool(self.released)


_DRIVERS = ReadyHere(
    lambda place: (
        Driver.objects.visible_to(place).select_related("author", "circle").order_by("party", "kind", "-number", "-pk")
    )
)


def ledger(place: Place) -> dict[int, list[Line]]:
    """What each partner says moves it, as this person may read it, by party. Three queries at most.

    For other folders too (a review shows it beside its results): call it with the reader's place.
    """
    lines: dict[int, Line] = {}
    for row in _DRIVERS(place):
        line = lines.get(row.line_id)
        if line is None:
            lines[row.line_id] = Line(row)
        else:
            line.before.append(row)
    own = [line.now.pk for line in lines.values() if place.party is not None and line.now.party_id == place.party.pk]
    releases = releases_of("lifecycle.driver", own, place)
    order = {kind: place_ for place_, kind in enumerate(("driver", "interest", "want"))}
    found: dict[int, list[Line]] = defaultdict(list)
    for line in sorted(lines.values(), key=lambda each: (order[each.now.kind], each.now.line_id)):
        line.released = [r.release for r in releases.get(line.now.pk, [])]
        if line.now.ended_on is None:
            found[line.now.party_id].append(line)
    return found


# Questions from colleagues --------------------------------------------------------------------------------------------
@dataclass
class Asked:
    """A question from colleagues with its age, and what helps."""

    it: ColleagueQuestion
    days: int
    answers: list[ColleagueAnswer] = field(default_factory=list)

    @property
    def is_late(self) -> bool:
        return self.it.answered_on is None and self.days > QUESTION_DAYS


def question_rows(place: Place) -> QuerySet[ColleagueQuestion]:
    rows: QuerySet[ColleagueQuestion] = ColleagueQuestion.objects.visible_to(place).select_related(
        "circle", "help_circle", "party__organisation", "author"
    )
    return rows


def questions(place: Place) -> list[Asked]:
    """Open ones first, the oldest on top; then the answered. One query."""
    today = clock.today(place.user.time_zone)
    rows = list(question_rows(place).order_by("asked_on", "pk")[:200])
    found = [Asked(q, (today - q.asked_on).days) for q in rows]
    return sorted(found, key=lambda a: a.it.answered_on is not None)


def answers_to(question: ColleagueQuestion, place: Place) -> list[ColleagueAnswer]:
    return list(
        ColleagueAnswer.objects.visible_to(place.user)
        .filter(question=question)
        .select_related("author", "party__organisation")
        .order_by("pk")
    )


# The media ------------------------------------------------------------------------------------------------------------
def incidents(place: Place) -> QuerySet[Incident]:
    rows: QuerySet[Incident] = (
        Incident.objects.visible_to(place).select_related("author", "party__organisation").order_by("-called_at", "-pk")
    )
    return rows


_OPEN_INCIDENTS = ReadyHere(lambda place: incidents(place).filter(closed_at=None)[:PAGE])

#: Where each step of an incident is written, in the order of the clocks.
STEPS: dict[str, str] = {
    "people_first": "people_first_at",
    "acknowledge": "acknowledged_at",
    "holding": "holding_at",
    "answer": "answered_at",
}


def clocks_of(incident: Incident, plan: Plan | None = None) -> dict[str, datetime]:
    """The last good moment of each clock. Where people were harmed nobody waits for a joint line."""
    found = {}
    for each in (plan or plan_of(None)).media:
        if incident.harm and each.code == "holding":
            continue
        hours = each.off_duty_hours if incident.off_duty and each.off_duty_hours is not None else each.hours
        found[each.code] = incident.called_at + timedelta(hours=hours)
    return found


@dataclass(frozen=True)
class Step:
    """A step after the call: by when, when it was taken, and whether that was late."""

    code: str
    title: str
    text: str
    until: datetime | None
    at: datetime | None
    is_late: bool


@dataclass(frozen=True)
class Call:
    """A call from the media, with its steps in order."""

    it: Incident
    steps: tuple[Step, ...]

    @property
    def next(self) -> Step | None:
        return next((s for s in self.steps if s.at is None), None)

    @property
    def is_late(self) -> bool:
        return any(s.is_late for s in self.steps)


def calls(place: Place, *, only_open: bool = False, limit: int = 20) -> list[Call]:
    """The calls so far with their clocks, newest first."""
    found = _OPEN_INCIDENTS(place)[:limit] if only_open else list(incidents(place)[:limit])
    plan = plan_of(None) if found else None
    return [call_of(each, plan) for each in found]


def call_of(incident: Incident, plan: Plan | None = None) -> Call:
    """An incident with its clocks."""
    now = clock.now()
    plan = plan or plan_of(None)
    until = clocks_of(incident, plan)
    words = {each.code: (str(each.title), str(each.text)) for each in plan.media}
    words["people_first"] = (_("People and authorities first"), str(plan.harm))
    found = []
    for code, at_field in STEPS.items():
        if (code == "people_first" and not incident.harm) or (code != "people_first" and code not in until):
            continue
        at = getattr(incident, at_field)
        last = until.get(code)
        found.append(Step(code, *words[code], last, at, last is not None and (at or now) > last))
    return Call(incident, tuple(found))


def said_in_public(place: Place) -> list[Approvable]:
    """What was announced and published, for everybody in the record, newest first."""
    rows = readable(place).filter(kind__in=[Text.ANNOUNCEMENT, Text.PUBLIC], done_on__isnull=False)
    return list(rows.order_by("-done_on", "-pk")[:PAGE])


def counting_circle(circle: Circle) -> bool:
    """Whether all partners read what is in this circle: only that counts for the joint plan."""
    return circle.kind in {"partners", "partners_alone", "all", "chosen"}
