"""Outcomes with what the others say of them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, Q

from partnerships.access.models import CircleParty
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.record.models import Partnership, Party
from partnerships.record.states import Role

from ..models import Indicator, Outcome, OutcomeVoice
from ..permissions import can_change, can_unsay, can_voice
from ..states import OutcomeKind, Stance

#: Circles that all partners are in.
SHARED = (CircleKind.PARTNERS, CircleKind.PARTNERS_ALONE, CircleKind.ALL)


def read_by_all_partners() -> Q:
    """Outcomes that every partner may read, a body's to the partners among them.

    What is in a narrower circle must not be told by a flag that is missing, or a condition that is met.
    """
    here = CircleParty.objects.filter(circle=OuterRef(OuterRef("circle")), party=OuterRef("pk"))
    left_out = Party.objects.filter(partnership=OuterRef("partnership"), role=Role.PARTNER, left_on=None)
    chosen = Q(Q(~Exists(left_out.filter(~Exists(here)))), circle__kind=CircleKind.CHOSEN)
    return Q(circle__kind__in=SHARED) | chosen


@dataclass(frozen=True)
class Said:
    """What one party says of it."""

    party: Party
    voice: OutcomeVoice


@dataclass(frozen=True)
class OutcomeRow:
    """An outcome, the voices to its present wording, and what this reader may do."""

    outcome: Outcome
    #: None: it is not counted, or this reader may not read by what.
    indicator: Indicator | None
    voices: list[Said]
    may_voice: bool
    may_change: bool
    #: The own side said something, to this wording or to an earlier one.
    may_unsay: bool
    own_voice: OutcomeVoice | None

    @property
    def is_told(self) -> bool:
        return self.outcome.kind == OutcomeKind.TOLD

    @property
    def is_harm(self) -> bool:
        return self.outcome.kind == OutcomeKind.HARM

    @property
    def confirmed_by(self) -> list[Party]:
        """Other partners that see it too."""
        return [s.party for s in self.voices if s.voice.stance == Stance.CONFIRMED and s.party.role == Role.PARTNER]

    @property
    def is_confirmed(self) -> bool:
        return bool(self.confirmed_by)

    @property
    def different(self) -> list[Said]:
        return [s for s in self.voices if s.voice.stance == Stance.DIFFERENT]


def outcome_rows(place: Place, *, only: str = "") -> list[OutcomeRow]:
    """Every outcome this reader may read, newest change first; `only` the one of this public id. Three queries."""
    readable = Outcome.objects.visible_to(place).filter(withdrawn_at=None)
    if only:
        readable = readable.filter(public_id=only)
    rows = (
        readable.select_related("circle", "author")
        .prefetch_related(
            Prefetch("voices", OutcomeVoice.objects.select_related("by").order_by("at", "pk")),
            Prefetch("indicator", Indicator.objects.visible_to(place).filter(withdrawn_at=None)),
        )
        .order_by("-since", "-pk")
    )
    by_id = {p.pk: p for p in place.parties}
    own = place.party.pk if place.party else 0
    left_at = place.party.left_at if place.party else None
    found = []
    for row in rows:
        row.partnership = place.partnership
        row.party = by_id[row.party_id]
        # Those who read an outcome read what is said to it, in its present wording; who left, what was said until then.
        said = [
            Said(by_id[v.party_id], v)
            for v in row.voices.all()
            if v.number == row.version and v.party_id in by_id and (left_at is None or v.at <= left_at)
        ]
        found.append(
            OutcomeRow(
                outcome=row,
                indicator=row.indicator,
                voices=said,
                may_voice=can_voice(place, row),
                may_change=can_change(place, row),
                may_unsay=can_unsay(place, row.voices.all()),
                own_voice=next((s.voice for s in said if s.party.pk == own), None),
            )
        )
    return found


def told_by_now(partnership: Partnership) -> list[bool]:
    """Of each change that was told to all partners, whether another of them sees it too. One query."""
    seen_too = OutcomeVoice.objects.filter(
        outcome=OuterRef("pk"), number=OuterRef("version"), stance=Stance.CONFIRMED, party__role=Role.PARTNER
    ).exclude(party=OuterRef("party"))
    rows = (
        Outcome.objects.unguarded("whether there is one that counts, for the gate; no content")
        .of(partnership)
        .filter(read_by_all_partners(), kind=OutcomeKind.TOLD, withdrawn_at=None)
        .annotate(confirmed=Exists(seen_too))
    )
    return list(rows.values_list("confirmed", flat=True))
