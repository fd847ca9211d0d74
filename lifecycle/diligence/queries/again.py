"""Reading the goals again: who reaffirmed them when, what has changed since, and where nobody did for too long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import OuterRef, Q, Subquery

from lifecycle.attention.registry import Raised
from partnerships import clock
from partnerships.access.places import Place
from partnerships.looks.format import day_of
from partnerships.record.models import Party, Seat
from partnerships.record.states import Duty, Role, Stage

from ..models import LineBefore, PageAgreement, Reaffirmation, SharedLine, SharedPage
from ..states import Holds, PageKind, Relation

#: Days after which goals are read again; the same as `days` in the catalogue's flag.
REAFFIRM_DAYS = 180
#: Where goals are lived by: before, they are being compared.
_STAGES = (Stage.AGREEMENT, Stage.IMPLEMENTATION)


@dataclass(frozen=True)
class Drifted:
    """One line of the page that is not as it was: new, changed or taken away; the words only of lines that stand."""

    how: str
    line: SharedLine
    was: LineBefore | None
    at: datetime

    @property
    def was_relation(self) -> str:
        return str(Relation(self.was.relation).label) if self.was else ""

    @property
    def relation_changed(self) -> bool:
        return self.was is not None and self.was.relation != self.line.relation

    @property
    def text_changed(self) -> bool:
        return self.was is not None and self.was.text != self.line.text


@dataclass(frozen=True)
class Again:
    """One partner, when it last said that the goals hold, and everything it said, newest first."""

    party: Party
    held_at: datetime | None
    said: list[Reaffirmation]

    @property
    def has_drifted(self) -> bool:
        """Its last word is that they have drifted."""
        return bool(self.said) and self.said[0].says == Holds.DRIFTED

    @property
    def is_late(self) -> bool:
        return self.held_at is not None and (clock.now() - self.held_at).days > REAFFIRM_DAYS


def read_again(place: Place, page: SharedPage) -> list[Again]:
    """For each partner that is in. Two queries."""
    said: dict[int, list[Reaffirmation]] = defaultdict(list)
    rows = Reaffirmation.objects.visible_to(place).filter(page=page, withdrawn_at=None).select_related("author")
    for row in rows.order_by("-created_at", "-pk"):
        said[row.party_id].append(row)
    agreed = dict(PageAgreement.objects.visible_to(place).filter(page=page).values_list("party", "at"))
    found = []
    for party in place.partners:
        days = [row.created_at for row in said[party.pk] if row.says == Holds.YES]
        if party.pk in agreed:
            days.append(agreed[party.pk])
        found.append(Again(party, max(days, default=None), said[party.pk]))
    return found


def drift(place: Place, page: SharedPage, since: datetime) -> list[Drifted]:
    """What is not as it was at that moment, as this reader may read it. Two queries.

    Of a line that was taken away it says that, and whose it was: its words are its side's again.
    """
    before: dict[int, LineBefore] = {}
    olds = LineBefore.objects.visible_to(place.user).filter(line__page=page, withdrawn_at=None, created_at__gt=since)
    for old in olds.order_by("-created_at", "-pk"):
        before[old.line_id] = old  # the last one read is the oldest: how the line stood at that moment
    lines = (
        SharedLine.objects.of(place.partnership)
        .filter(page=page)
        .filter(Q(created_at__gt=since) | Q(pk__in=before) | Q(withdrawn_at__gt=since))
        .select_related("party__organisation")
        .order_by("pk")
    )
    found = []
    for line in lines:
        if line.withdrawn_at is not None:
            if line.withdrawn_at > since and line.created_at <= since:
                found.append(Drifted("gone", line, None, line.withdrawn_at))
        elif line.created_at > since:
            found.append(Drifted("new", line, None, line.created_at))
        else:
            was = before[line.pk]
            row = Drifted("changed", line, was, was.created_at)
            if row.text_changed or row.relation_changed:
                found.append(row)
    return found


def reaffirmation_flags(ids: Sequence[int]) -> list[Raised]:
    """Goals not reaffirmed for 180 days, or not since a lead changed [ST8]. Two queries.

    Per partner: it counts from its last yes to the page, or that the goals still hold; a partner that never said
    either, from the day on which the stage began. A lead that changed at any of the partners asks all of them again.
    """
    partners = list(
        Party.objects.filter(partnership__in=ids, role=Role.PARTNER, left_on=None, partnership__stage__in=_STAGES)
        .select_related("partnership")
        .annotate(
            agreed_at=Subquery(
                PageAgreement.objects.filter(party=OuterRef("pk"), page__kind=PageKind.GOALS)
                .order_by("-at")
                .values("at")[:1]
            ),
            held_at=Subquery(
                Reaffirmation.objects.unguarded("only the day; who sees a flag is decided where it is shown")
                .filter(party=OuterRef("pk"), says=Holds.YES, withdrawn_at=None)
                .order_by("-created_at")
                .values("created_at")[:1]
            ),
        )
        .order_by("pk")
    )
    changed = _leads_changed(partners)
    today = clock.today()
    found = []
    for party in partners:
        at = max((moment for moment in (party.agreed_at, party.held_at) if moment is not None), default=None)
        since = day_of(at) if at is not None else party.partnership.stage_since
        lead_on = changed.get(party.partnership_id)
        if (today - since).days > REAFFIRM_DAYS:
            inputs = {"days": (today - since).days}
        elif at is not None and lead_on is not None and lead_on > since:
            inputs = {"days_since_lead_changed": (today - lead_on).days}
        else:
            continue
        found.append(Raised("goals_not_reaffirmed", party.partnership_id, party.pk, False, inputs))
    return found


def _leads_changed(partners: Sequence[Party]) -> dict[int, date]:
    """By partnership, the day on which one of its partners last got another lead than before."""
    leads: dict[int, list[Seat]] = defaultdict(list)
    rows = Seat.objects.filter(party__in=[p.pk for p in partners], duty=Duty.LEAD).order_by("since", "pk")
    for seat in rows:
        leads[seat.party_id].append(seat)
    found: dict[int, date] = {}
    for party in partners:
        seats = leads[party.pk]
        ended = [s.ended_on for s in seats if s.ended_on is not None]
        later = [s.since for s in seats if s.ended_on is None and ended and s.since >= min(ended)]
        if later:
            found[party.partnership_id] = max(found.get(party.partnership_id, max(later)), max(later))
    return found
