"""Who took part, from which functions and levels, and who has been to see whom: the matrix, and its gaps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partnerships.access.places import Place
from partnerships.record.models import Party, Seat
from partnerships.record.states import Function
from partnerships.record.states import Level as SeatLevel

from ..models import Participation, Visit
from ..states import VisitPlace
from .above import VisitAbove, visits_above
from .together import visits_of

FUNCTIONS = 3
FUNCTIONS_SMALL = 2
LEVELS = 3


def functions_needed(party: Party) -> int:
    """How many functions of a partner take part; under 15 staff fewer."""
    return FUNCTIONS_SMALL if party.organisation.is_small else FUNCTIONS


def missing_visits(
    partners: Sequence[Party], visits: Iterable[tuple[int | None, set[int]]]
) -> list[tuple[Party, Party]]:
    """Pairs (who, whom) of partners where a visit still lacks. One joint visit is enough where one of them is small.

    A visit is its host, if there was one, and the parties whose people took part.
    """
    been: set[tuple[int, int]] = set()
    together: set[frozenset[int]] = set()
    for host, guests in visits:
        if host is not None:
            been |= {(guest, host) for guest in guests if guest != host}
            guests = guests | {host}
        together |= {frozenset({a, b}) for a in guests for b in guests if a != b}
    missing = []
    for who in partners:
        for whom in partners:
            if who.pk == whom.pk:
                continue
            small = who.organisation.is_small or whom.organisation.is_small
            if (who.pk, whom.pk) not in been and not (small and frozenset({who.pk, whom.pk}) in together):
                missing.append((who, whom))
    return missing


@dataclass(frozen=True)
class Cell:
    """How many people of a partner took part, and how many of those who did not have a seat: never who, or what."""

    party: Party
    count: int
    seated: int

    @property
    def is_gap(self) -> bool:
        return not self.count

    @property
    def dots(self) -> range:
        return range(min(self.count, 5))


@dataclass(frozen=True)
class Line:
    """One function, or one level, of every partner."""

    label: str
    cells: list[Cell]


@dataclass
class Met:
    """From one partner to another: the visits that were held, those that are planned, and whether one lacks."""

    whom: Party
    held: list[Visit] = field(default_factory=list)
    planned: list[Visit] = field(default_factory=list)
    #: Held in a record above, as this reader reads it there; it counts for nothing here.
    above: list[VisitAbove] = field(default_factory=list)
    lacks: bool = False
    is_self: bool = False


@dataclass(frozen=True)
class Gap:
    """What lacks: where, in words, and at whom it lies (ids of parties)."""

    party: Party | None
    text: str
    waits_for: frozenset[int]


@dataclass
class Breadth:
    partners: list[Party]
    functions: list[Line]
    levels: list[Line]
    #: (who, one `Met` for each partner)
    visits: list[tuple[Party, list[Met]]]
    gaps: list[Gap]
    communities: list[Visit]
    has_above: bool = False


class _Heads:
    """Seats by party and function, and by party and level: the two have a word in common."""

    def __init__(self) -> None:
        self.functions: dict[tuple[int, str], set[int]] = defaultdict(set)
        self.levels: dict[tuple[int, str], set[int]] = defaultdict(set)

    def note(self, party: int, seat: int, function: str, level: str) -> None:
        self.functions[party, function].add(seat)
        self.levels[party, level].add(seat)


def _cell(party: Party, part: set[int], seated: set[int]) -> Cell:
    return Cell(party, len(part), len(seated - part))


def breadth_of(place: Place) -> Breadth:
    """The whole picture for one reader. Four queries, however many partners, people and visits; below an umbrella six
    more for each record above."""
    partners = list(place.partners)
    ids = [p.pk for p in partners]
    part, seated = _Heads(), _Heads()
    took_part = Participation.objects.visible_to(place.user).filter(party__in=ids)
    for party, seat, function, level in took_part.values_list("party", "seat", "function", "level"):
        part.note(party, seat, function, level)
    seats = Seat.objects.filter(party__in=ids, ended_on=None, membership__ended_on=None)
    for seat, party, function, level in seats.values_list("pk", "party", "function", "level"):
        seated.note(party, seat, function, level)
    functions = [
        Line(str(f.label), [_cell(p, part.functions[p.pk, f.value], seated.functions[p.pk, f.value]) for p in partners])
        for f in Function
    ]
    levels = [
        Line(str(n.label), [_cell(p, part.levels[p.pk, n.value], seated.levels[p.pk, n.value]) for p in partners])
        for n in SeatLevel
    ]
    visits = [v for v in visits_of(place) if v.called_off_at is None]
    matrix, missing = _matrix(partners, visits)
    cells = {(who.pk, met.whom.pk): met for who, row in matrix for met in row}
    above = visits_above(place)
    for visit in above:
        for pair in visit.pairs:
            cells[pair].above.append(visit)
    return Breadth(
        partners=partners,
        functions=[f for f in functions if any(c.count or c.seated for c in f.cells)]
        + [f for f in functions if not any(c.count or c.seated for c in f.cells)],
        levels=levels,
        visits=matrix,
        gaps=[*_people_gaps(partners, functions, levels), *_visit_gaps(partners, visits, missing)],
        communities=[v for v in visits if v.held_at is not None and _met_communities(v)],
        has_above=bool(above),
    )


def _met_communities(visit: Visit) -> bool:
    return bool(visit.met.strip()) or visit.place == VisitPlace.COMMUNITY


def _matrix(
    partners: Sequence[Party], visits: Sequence[Visit]
) -> tuple[list[tuple[Party, list[Met]]], list[tuple[Party, Party]]]:
    """Who went to whom; a joint meeting stands in both directions, a planned one where it leads."""
    cells = {(a.pk, b.pk): Met(b, is_self=a.pk == b.pk) for a in partners for b in partners}
    held: list[tuple[int | None, set[int]]] = []
    for visit in visits:
        guests = {p.seat.party_id for p in visit.people.all()}
        if visit.held_at is not None:
            held.append((visit.host_id, guests))
            pairs = (
                {(g, visit.host_id) for g in guests if g != visit.host_id}
                if visit.host_id is not None
                else {(a, b) for a in guests for b in guests if a != b}
            )
        else:
            pairs = {(visit.party_id, visit.host_id)} if visit.host_id not in {None, visit.party_id} else set()
        for pair in pairs:
            if pair in cells:
                (cells[pair].held if visit.held_at is not None else cells[pair].planned).append(visit)
    missing = missing_visits(partners, held)
    for who, whom in missing:
        cells[who.pk, whom.pk].lacks = True
    return [(a, [cells[a.pk, b.pk] for b in partners]) for a in partners], missing


def _people_gaps(partners: Sequence[Party], functions: Sequence[Line], levels: Sequence[Line]) -> list[Gap]:
    found = []
    for place, party in enumerate(partners):
        cells = [(line.label, line.cells[place]) for line in functions]
        took_part = sum(not cell.is_gap for _label, cell in cells)
        lacks = functions_needed(party) - took_part
        if lacks > 0:
            text = ngettext(
                "One more function is needed to open the agreement.",
                "%(count)s more functions are needed to open the agreement.",
                lacks,
            ) % {"count": lacks}
            waiting = [label for label, cell in cells if cell.is_gap and cell.seated]
            if waiting:
                text += " " + _("Seated, and not heard yet: %(names)s.") % {"names": "; ".join(waiting)}
            else:
                nobody = [label for label, cell in cells if cell.is_gap][:4]
                text += " " + _("Nobody yet from %(names)s, for instance.") % {"names": "; ".join(nobody)}
            found.append(Gap(party, text, frozenset({party.pk})))
        absent = [line.label for line in levels if line.cells[place].is_gap]
        if absent:
            text = _("Nobody yet of the level: %(names)s.") % {"names": "; ".join(absent)}
            found.append(Gap(party, text, frozenset({party.pk})))
    return found


def _visit_gaps(
    partners: Sequence[Party], visits: Sequence[Visit], missing: Sequence[tuple[Party, Party]]
) -> list[Gap]:
    found = [
        Gap(who, _("Has not been to %(whom)s yet.") % {"whom": whom.name}, frozenset({who.pk})) for who, whom in missing
    ]
    held = [v for v in visits if v.held_at is not None]
    for party in partners:
        seen = {v.place for v in held if v.host_id == party.pk}
        # A visit of which nobody said where it led may have seen either.
        if not seen or "" in seen:
            continue
        others = frozenset(p.pk for p in partners if p.pk != party.pk)
        if VisitPlace.FIELD not in seen:
            found.append(Gap(party, _("Nobody has seen a site or field office of it yet."), others))
        if VisitPlace.HEAD not in seen:
            found.append(Gap(party, _("Nobody has seen its head office yet."), others))
    if held and not any(_met_communities(v) for v in held):
        found.append(Gap(None, _("No visit has met a community yet."), frozenset(p.pk for p in partners)))
    return found
