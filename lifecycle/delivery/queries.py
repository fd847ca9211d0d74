"""Reading delivery: what is owed, who brings and decides what, how governance stands; also what flags need."""

from __future__ import annotations

import base64
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, Sum
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from PIL import Image

from partnerships import clock
from partnerships.access.models import CircleParty
from partnerships.access.places import Place
from partnerships.access.ready import ReadyHere
from partnerships.documents.models import Document
from partnerships.looks import format as words
from partnerships.looks.svg import ContributionChart, Giver, Table, Who, seats
from partnerships.people.models import User
from partnerships.record.models import Partnership, Party, Seat

from ..agreement.models import Terms
from .models import (
    BodyConsent,
    BodyMeeting,
    BodySeat,
    Commitment,
    CommitmentStep,
    CommunityPromise,
    Contribution,
    Dispute,
    Gift,
    GovernanceBody,
    PromiseStep,
    Resolution,
)
from .permissions import can_check_gift, can_confirm, can_deliver, can_end_promise, can_judge_promise
from .states import (
    SETTLED_COMMITMENT,
    SETTLED_PROMISE,
    Cadence,
    CommitmentAct,
    CommitmentState,
    ContributionKind,
    GiftState,
    MeetingState,
    PromiseState,
    ResolutionState,
)

#: Settled commitments and promises shown folded on the page; the history has the rest.
SETTLED_ROWS = 20
ROWS = 200


def _here(items: Iterable[Any], place: Place) -> list[Any]:
    """Items of the record at hand, so that none asks for its partnership again."""
    found = list(items)
    for item in found:
        item.partnership = place.partnership
    return found


# Commitments ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Row:
    """A commitment or a promise as a list shows it; whatever is printed is here, nothing asks the database."""

    item: Any
    path: str
    owner: Party | None
    person: str
    state: str
    words: str
    is_mine: bool
    due_on: date | None

    @property
    def late_days(self) -> int:
        return max(0, (clock.today() - self.due_on).days) if self.due_on and self.state != "met" else 0


def commitments(place: Place) -> QuerySet[Commitment]:
    found: QuerySet[Commitment] = Commitment.objects.visible_to(place).select_related("person", "circle")
    return found


def commitment_rows(place: Place) -> tuple[list[Row], list[Row]]:
    """Open ones: mine first, then by day; settled ones, newest first. Two queries."""
    by_id = {p.pk: p for p in place.parties}

    def row(item: Commitment) -> Row:
        item.partnership = place.partnership
        mine = can_deliver(place, item) or can_confirm(place, item)
        if item.state in SETTLED_COMMITMENT:
            state = "met" if item.state == CommitmentState.CONFIRMED else "none"
        elif mine:
            state = "you"
        else:
            state = "waiting"
        said = _("Confirm it") if can_confirm(place, item) else _("Your turn") if mine else item.get_state_display()
        person = item.person.name if item.person is not None else ""
        due = None if item.state != CommitmentState.OPEN else item.due_on
        return Row(item, item.path, by_id.get(item.owner_id), person, state, said, mine, due)

    standing = commitments(place).exclude(state__in=SETTLED_COMMITMENT).order_by("due_on", "pk")[:ROWS]
    settled = commitments(place).filter(state__in=SETTLED_COMMITMENT).order_by("-state_since")[:SETTLED_ROWS]
    now = [row(item) for item in standing]
    return sorted(now, key=lambda r: not r.is_mine), [row(item) for item in settled]


def unsettled_commitments(partnership: Partnership) -> QuerySet[Commitment]:
    """For the gate out of concluding: what is neither confirmed nor written off by all, whoever may read it."""
    found: QuerySet[Commitment] = (
        Commitment.objects.unguarded("a condition is met or not for everybody")
        .of(partnership)
        .filter(withdrawn_at=None)
        .exclude(state__in=SETTLED_COMMITMENT)
    )
    return found


def steps_of(commitment: Commitment, user: User) -> list[dict[str, Any]]:
    """What happened to it, oldest first, with what was shown for it as far as it was not withdrawn. Two queries."""
    steps = list(CommitmentStep.objects.filter(commitment=commitment).select_related("by", "party__organisation"))
    return _with_documents(steps, commitment, user)


def _with_documents(steps: Sequence[Any], item: Commitment | CommunityPromise, user: User) -> list[dict[str, Any]]:
    ids = [s.document_id for s in steps if s.document_id]
    documents = {
        d.pk: d for d in Document.objects.visible_to(user).of(item.partnership).filter(pk__in=ids, withdrawn_at=None)
    }
    rows = []
    for step in steps:
        document = documents.get(step.document_id)
        picture = thumbnail(document) if document is not None and document.is_picture else ""
        rows.append({"step": step, "document": document, "picture": picture})
    return rows


# Promises to communities ----------------------------------------------------------------------------------------------
def promises(place: Place) -> QuerySet[CommunityPromise]:
    found: QuerySet[CommunityPromise] = CommunityPromise.objects.visible_to(place).select_related("person", "circle")
    return found


def promise_rows(place: Place) -> tuple[list[Row], list[Row]]:
    """Open ones, what waits for the reader first; ended ones, newest first. Two queries."""
    by_id = {p.pk: p for p in place.parties}

    def row(item: CommunityPromise) -> Row:
        item.partnership = place.partnership
        judge = item.state == PromiseState.KEPT and can_judge_promise(place, item)
        mine = judge or (item.state == PromiseState.OPEN and can_end_promise(place, item))
        state = "you" if mine else "met" if item.state in SETTLED_PROMISE else "waiting"
        said = _("Was it kept?") if judge else _("Your turn") if mine else item.get_state_display()
        person = item.person.name if item.person is not None else ""
        due = item.due_on if item.state == PromiseState.OPEN else None
        return Row(item, item.path, by_id.get(item.promiser_id), person, state, said, mine, due)

    standing = promises(place).exclude(state__in=SETTLED_PROMISE).order_by("due_on", "pk")[:ROWS]
    settled = promises(place).filter(state__in=SETTLED_PROMISE).order_by("-state_since")[:SETTLED_ROWS]
    now, ended = [row(item) for item in standing], [row(item) for item in settled]
    return sorted(now, key=lambda r: not r.is_mine), sorted(ended, key=lambda r: not r.is_mine)


def open_promises(partnership: Partnership) -> QuerySet[CommunityPromise]:
    """For the gate out of concluding: neither kept nor explained to them."""
    found: QuerySet[CommunityPromise] = (
        CommunityPromise.objects.unguarded("a condition is met or not for everybody")
        .of(partnership)
        .filter(withdrawn_at=None)
        .exclude(state__in=SETTLED_PROMISE)
    )
    return found


def promise_steps(promise: CommunityPromise, user: User) -> list[dict[str, Any]]:
    steps = list(PromiseStep.objects.filter(promise=promise).select_related("by", "party__organisation"))
    return _with_documents(steps, promise, user)


# Governance -----------------------------------------------------------------------------------------------------------
def bodies(place: Place) -> list[GovernanceBody]:
    """The bodies this reader may know, those that ended too, with seats and consents. Three queries."""
    found = GovernanceBody.objects.visible_to(place)
    return _here(found.select_related("circle").prefetch_related("seats", "consents").order_by("pk"), place)


def missing_consents(body: GovernanceBody, place: Place) -> list[Party]:
    """The partners that have not agreed to the body as it stands now."""
    agreed = {c.party_id for c in body.consents.all() if c.body_version == body.version}
    return [p for p in place.partners if p.pk not in agreed]


def meetings(place: Place) -> QuerySet[BodyMeeting]:
    found: QuerySet[BodyMeeting] = (
        BodyMeeting.objects.visible_to(place).exclude(state=MeetingState.CANCELLED).select_related("body")
    )
    return found


def meeting_lists(place: Place) -> dict[str, list[BodyMeeting]]:
    """Those to come, those past that nobody wrote down, and the last ones held. One query."""
    today = clock.today(place.user.time_zone)
    rows = _here(meetings(place).order_by("-on", "-pk")[:50], place)
    planned = sorted((m for m in rows if m.state == MeetingState.PLANNED), key=lambda m: m.on)
    return {
        "coming": [m for m in planned if m.on >= today],
        "unrecorded": [m for m in planned if m.on < today],
        "held": [m for m in rows if m.state == MeetingState.HELD][:5],
    }


#: Days from one meeting to the next.
_DAYS = {
    Cadence.WEEKLY: 7,
    Cadence.FORTNIGHTLY: 14,
    Cadence.MONTHLY: 30,
    Cadence.QUARTERLY: 91,
    Cadence.HALF_YEARLY: 182,
    Cadence.YEARLY: 365,
}


def agreed_words(place: Place) -> str:
    """What the agreement in force says of governance, for whoever reads the terms. One query."""
    terms = Terms.objects.visible_to(place).filter(in_force_at__isnull=False)
    return str(terms.order_by("-number").values_list("governance", flat=True).first() or "")


def next_day(place: Place, body: GovernanceBody) -> date:
    """When the body would meet next by its cadence, on the weekday of its last meeting; at the earliest tomorrow."""
    today = clock.today(place.user.time_zone)
    last = meetings(place).filter(body=body).order_by("-on").values_list("on", flat=True).first()
    step = _DAYS[Cadence(body.cadence)] // 7 * 7
    return max(last + timedelta(days=step), today + timedelta(days=1)) if last else today + timedelta(days=7)


def open_decisions(place: Place) -> list[Resolution]:
    """Decisions that wait, the oldest first [OC3]. One query."""
    rows = list(
        Resolution.objects.visible_to(place.user)
        .of(place.partnership)
        .filter(state=ResolutionState.LEFT_OPEN)
        .select_related("meeting__body")
        .order_by("raised_on", "pk")[:20]
    )
    _here([row.meeting for row in rows], place)
    return rows


def quorum_of(meeting: BodyMeeting, body: GovernanceBody, present: Sequence[Seat]) -> dict[str, Any]:
    """How many of the body's seats were taken: people of a party fill its seats, no more than it has."""
    came: dict[int, int] = defaultdict(int)
    for seat in present:
        came[seat.party_id] += 1
    taken = sum(min(came[s.party_id], s.seats) for s in body.seats.all())
    return {"taken": taken, "needed": body.quorum, "reached": taken >= body.quorum}


@dataclass(frozen=True)
class GovernanceState:
    """Governance as the gate sees it."""

    body_id: int | None
    missing: tuple[Party, ...]
    has_met: bool

    @property
    def is_met(self) -> bool:
        return self.body_id is not None and not self.missing and self.has_met


def governance_state(place: Place) -> GovernanceState:
    """The body that comes closest to "agreed, met once". Two queries, whatever the number of bodies."""
    found = list(
        GovernanceBody.objects.unguarded("a condition is met or not for everybody")
        .of(place.partnership)
        .filter(ended_on=None, withdrawn_at=None)
        .order_by("pk")
        .values_list("pk", "version", "meetings__state")
        .distinct()
    )
    consents: dict[tuple[int, int], set[int]] = defaultdict(set)
    for body, version, party in BodyConsent.objects.filter(body__in={row[0] for row in found}).values_list(
        "body", "body_version", "party"
    ):
        consents[body, version].add(party)
    best = GovernanceState(None, place.partners, False)
    for pk, version, _state in found:
        missing = tuple(p for p in place.partners if p.pk not in consents[pk, version])
        has_met = any(row[0] == pk and row[2] == MeetingState.HELD for row in found)
        state = GovernanceState(pk, missing, has_met)
        if best.body_id is None or (not state.missing, state.has_met) > (not best.missing, best.has_met):
            best = state
    return best


# Who brings what, who decides what ------------------------------------------------------------------------------------
MEASURED: tuple[str, ...] = (ContributionKind.CASH, ContributionKind.IN_KIND, ContributionKind.TIME)
NONE = Decimal(0)


@dataclass
class Bringing:
    """One party: what it promised and put in by kind, in the partnership's currency, and what it decides."""

    party: Party
    promised: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(MEASURED, NONE))
    given: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(MEASURED, NONE))
    others: list[str] = field(default_factory=list)
    #: Contributions without an agreed rate, or not valued: named, not drawn.
    unvalued: list[str] = field(default_factory=list)
    seat: BodySeat | None = None

    @property
    def who(self) -> Who:
        return Who.of(self.party)

    @property
    def promised_total(self) -> Decimal:
        """Only to put rows in order; never shown as one figure."""
        return sum(self.promised.values(), NONE)

    @cached_property
    def rights(self) -> str:
        """ "Three votes, chair; veto on site access"."""
        seat = self.seat
        if seat is None:
            return ""
        votes = ngettext("%(count)s vote", "%(count)s votes", seat.votes) % {"count": seat.votes}
        parts = [votes if seat.votes else _("no vote")]
        if seat.is_chair:
            parts.append(_("chair"))
        said = ", ".join(parts)
        return _("%(votes)s; veto on %(what)s") % {"votes": said, "what": seat.veto_on} if seat.veto_on else said


@dataclass(frozen=True)
class Picture:
    """Contributions beside decision rights. Cash, kind and time are never one figure."""

    rows: tuple[Bringing, ...]
    currency: str
    body: GovernanceBody | None

    def total(self, kind: str) -> Decimal:
        return sum((row.promised[kind] for row in self.rows), NONE)

    @cached_property
    def chart(self) -> ContributionChart:
        givers = [
            Giver(
                row.who,
                cash=row.promised[ContributionKind.CASH],
                in_kind=row.promised[ContributionKind.IN_KIND],
                time=row.promised[ContributionKind.TIME],
                text=", ".join(row.others),
                seats=row.seat.seats if row.seat else None,
                rights=row.rights,
            )
            for row in self.rows
        ]
        return ContributionChart(self.caption, givers, self.currency)

    @property
    def caption(self) -> str:
        return _("Contributions in %(currency)s, beside seats and rights") % {"currency": self.currency}

    @cached_property
    def shown(self) -> list[dict[str, Any]]:
        """Rows ready to print: the bar, each kind with its share and how much is in, seats, rights."""
        out = []
        for row, giver in zip(self.rows, self.chart.givers, strict=True):
            out.append(
                {
                    "party": row.party,
                    "bar": self.chart.bar(giver) if giver.total else "",
                    "kinds": [self.says(row, kind) for kind in MEASURED if row.promised[kind]],
                    "others": row.others,
                    "unvalued": row.unvalued,
                    "seats": seats(row.who, row.seat.seats if row.seat else None),
                    "rights": row.rights or "–",
                }
            )
        return out

    def says(self, row: Bringing, kind: str) -> str:
        """ "5,600,000 cash, 88 % of all cash; 16 % put in": the share is written, so that small ones do not vanish."""
        names = {
            "amount": words.number(row.promised[kind]),
            "share": words.percent(row.promised[kind], self.total(kind)),
            "given": words.percent(row.given[kind], row.promised[kind]),
        }
        sentence = {
            ContributionKind.CASH: _("%(amount)s cash, %(share)s of all cash; %(given)s put in"),
            ContributionKind.IN_KIND: _("%(amount)s in kind, %(share)s of all in kind; %(given)s put in"),
            ContributionKind.TIME: _("%(amount)s in time, %(share)s of all time; %(given)s put in"),
        }[ContributionKind(kind)]
        return sentence % names

    @cached_property
    def table(self) -> Table:
        """The same in text: each kind promised and put in, with its share, and the decision rights."""
        head: list[Any] = [_("Party")]
        labels = {kind: str(ContributionKind(kind).label) for kind in MEASURED}
        for kind in MEASURED:
            head += [labels[kind], _("Share"), _("Put in")]
        head += [_("Seats"), _("Rights"), _("Also")]
        rows = []
        for row in self.rows:
            cells: list[Any] = [row.party.name]
            for kind in MEASURED:
                promised, given = row.promised[kind], row.given[kind]
                cells += [
                    words.number(promised) if promised else "–",
                    words.percent(promised, self.total(kind)) if promised else "–",
                    words.number(given) if given else "–",
                ]
            cells += [str(row.seat.seats) if row.seat else "–", row.rights or "–"]
            cells.append(", ".join(chain(row.others, row.unvalued)) or "–")
            rows.append(cells)
        return Table(self.caption, head, rows, frozenset(range(1, 11)))

    @cached_property
    def lede(self) -> str:
        """The conclusion as a sentence: money beside votes."""
        cash = self.total(ContributionKind.CASH)
        votes = sum(row.seat.votes for row in self.rows if row.seat)
        if not cash:
            return _("Who decides is agreed; who brings what is not written down yet.") if votes else ""
        most = max(self.rows, key=lambda row: row.promised[ContributionKind.CASH])
        share = words.percent(most.promised[ContributionKind.CASH], cash)
        if not votes:
            return _("%(party)s gives %(share)s of the cash. Who decides what is not agreed yet.") % {
                "party": most.party.name,
                "share": share,
            }
        held = most.seat.votes if most.seat else 0
        return ngettext(
            "%(party)s gives %(share)s of the cash and holds %(held)s vote of %(votes)s.",
            "%(party)s gives %(share)s of the cash and holds %(held)s votes of %(votes)s.",
            held,
        ) % {"party": most.party.name, "share": share, "held": held, "votes": votes}


_CONTRIBUTIONS = ReadyHere(
    lambda place: (
        Contribution.objects.visible_to(place)
        .filter(withdrawn_at=None)
        .annotate(given_amount=Sum("gifts__amount", filter=~Q(gifts__state=GiftState.REFUSED)))
        .order_by("pk")
    )
)
_BODY_SEATS = ReadyHere(
    lambda place: (
        BodySeat.objects.filter(body__in=GovernanceBody.objects.visible_to(place).filter(ended_on=None))
        .select_related("body")
        .order_by("body_id", "pk")
    )
)


def picture(place: Place) -> Picture | None:
    """Who brings what beside who decides what, as this reader may know it. Two queries. None: nothing to show."""
    rows = {p.pk: Bringing(p) for p in place.parties}
    for contribution in _CONTRIBUTIONS(place):
        contribution.partnership = place.partnership
        row = rows[contribution.giver_id]
        if contribution.kind == ContributionKind.OTHER:
            row.others.append(contribution.what)
            continue
        promised = contribution.in_common(contribution.amount)
        if promised is None:
            row.unvalued.append(_unvalued(contribution))
            continue
        row.promised[contribution.kind] += promised
        given = contribution.in_common(getattr(contribution, "given_amount", None))
        row.given[contribution.kind] += given or NONE
    body: GovernanceBody | None = None
    for seat in _BODY_SEATS(place):
        body = body or seat.body
        if seat.body_id == body.pk:
            rows[seat.party_id].seat = seat
    shown = [r for r in rows.values() if r.seat or r.promised_total or r.others or r.unvalued]
    if not shown:
        return None
    shown.sort(key=lambda r: (-r.promised_total, r.party.pk))
    return Picture(tuple(shown), place.partnership.currency, body)


def _unvalued(contribution: Contribution) -> str:
    if contribution.amount is not None:
        return _("%(what)s (%(amount)s, no rate agreed)") % {
            "what": contribution.what,
            "amount": words.money(contribution.amount, contribution.currency),
        }
    if contribution.hours is not None:
        hours = ngettext("%(count)s hour", "%(count)s hours", int(contribution.hours)) % {
            "count": words.number(contribution.hours)
        }
        return _("%(what)s (%(hours)s, not valued)") % {"what": contribution.what, "hours": hours}
    return _("%(what)s (not valued)") % {"what": contribution.what}


def contribution_rows(place: Place) -> list[dict[str, Any]]:
    """Every contribution this reader may know, with what was put in. Two queries."""
    found: QuerySet[Contribution] = (
        Contribution.objects.visible_to(place)
        .filter(withdrawn_at=None)
        .select_related("circle")
        .prefetch_related(Prefetch("gifts", queryset=Gift.objects.exclude(state=GiftState.REFUSED)))
        .order_by("giver_id", "kind", "starts_on", "pk")[:ROWS]
    )
    by_id = {p.pk: p for p in place.parties}
    rows = []
    for item in found:
        gifts = list(item.gifts.all())
        for gift in gifts:
            gift.contribution = item
        waiting = [g for g in gifts if g.state == GiftState.GIVEN]
        rows.append(
            {
                "item": item,
                "giver": by_id.get(item.giver_id),
                "given": sum((g.amount or NONE for g in gifts), NONE),
                "given_hours": sum((g.hours or NONE for g in gifts), NONE),
                "waiting": bool(waiting),
                "is_mine": any(can_check_gift(place, g) for g in waiting),
            }
        )
    return rows


def gifts_of(contribution: Contribution, place: Place) -> list[dict[str, Any]]:
    """What was put in, the latest first, with what was shown for it. Two queries."""
    gifts = list(
        Gift.objects.visible_to(place.user)
        .filter(contribution=contribution)
        .select_related("by", "party__organisation", "checked_party__organisation", "contribution")
        .order_by("-on", "-pk")
    )
    ids = [g.document_id for g in gifts if g.document_id]
    documents = {d.pk: d for d in Document.objects.visible_to(place).filter(pk__in=ids, withdrawn_at=None)}
    return [
        {"gift": g, "document": documents.get(g.document_id or 0), "may_check": can_check_gift(place, g)} for g in gifts
    ]


def gift_words(gift: Gift, contribution: Contribution) -> str:
    """ "Drilling rig: USD 120,000"."""
    if gift.amount is not None:
        amount = words.money(gift.amount, contribution.currency)
    else:
        count = gift.hours or NONE
        amount = ngettext("%(count)s hour", "%(count)s hours", int(count)) % {"count": words.number(count)}
    return _("%(what)s: %(amount)s") % {"what": contribution.what, "amount": amount}


# Disputes -------------------------------------------------------------------------------------------------------------
def disputes(place: Place) -> list[Dispute]:
    """Open ones first, then the latest settled. One query."""
    rows = Dispute.objects.visible_to(place).order_by("-created_at", "-pk")[:SETTLED_ROWS]
    found: list[Dispute] = _here(rows, place)
    return sorted(found, key=lambda d: d.settled_on is not None)


# Forms ----------------------------------------------------------------------------------------------------------------
def circle_members(circle_id: int) -> set[int]:
    return set(CircleParty.objects.filter(circle=circle_id).values_list("party", flat=True))


def seats_in(parties: Sequence[Party]) -> QuerySet[Seat]:
    """People seated with these parties now, party by party."""
    return (
        Seat.objects.filter(party__in=[p.pk for p in parties], ended_on=None, membership__ended_on=None)
        .select_related("membership__user", "party__organisation")
        .order_by("party__joined_at", "party", "pk")
    )


# What a mail's link may show ------------------------------------------------------------------------------------------
#: Longest side, in pixels, of a picture within a page: it has to come down a slow line.
THUMBNAIL_SIDE = 480


def thumbnail(document: Document) -> str:
    """A small picture as a data: address: light, and the page of a mail's link needs no second address."""
    try:
        with document.file.open("rb") as opened, Image.open(opened) as picture:
            small = picture.convert("RGB")
            small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
            out = io.BytesIO()
            small.save(out, "JPEG", quality=65, optimize=True)
    except OSError:
        return ""
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()


def last_delivery(commitment: Commitment, user: User) -> dict[str, Any]:
    """What its owner said and showed last, for whoever is to confirm it. Two queries."""
    step = (
        CommitmentStep.objects.filter(commitment=commitment, act=CommitmentAct.DELIVER)
        .select_related("by", "party__organisation")
        .last()
    )
    document = (
        Document.objects.visible_to(user)
        .of(commitment.partnership)
        .filter(pk=step.document_id, withdrawn_at=None)
        .first()
        if step is not None and step.document_id
        else None
    )
    return {
        "step": step,
        "document": document,
        "picture": thumbnail(document) if document is not None and document.is_picture else "",
    }
