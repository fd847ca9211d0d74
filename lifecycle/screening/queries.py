"""Lists of an organisation, what a side sees of its screening, and what other folders may read of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch, Q
from django.utils.translation import gettext as _

from lifecycle.attention.registry import Raised
from partnerships.access.places import Place
from partnerships.looks.format import long_date
from partnerships.people.models import Organisation, User
from partnerships.record.models import Partnership, Party
from partnerships.record.states import Role, Standing

from . import matching
from .models import ListVersion, Match, MatchDecision, Principal, ScreeningList, ScreeningRun, SearchedList
from .states import DETAILS, REASONS, SCRIPTS, RunState, Verdict, VersionState

_WHY = "what stands for a side is asked for by its own folders; pages go through visible_to"
#: Searches that the log shows.
LOG = 50


# Lists --------------------------------------------------------------------------------------------------------------
def versions_in_force(organisation: Organisation) -> list[ListVersion]:
    """What its names are searched in today."""
    lists = ScreeningList.objects.all().used_by(organisation)
    return list(ListVersion.objects.all().in_force().filter(list__in=lists).select_related("list").order_by("pk"))


@dataclass(frozen=True)
class ListShown:
    """A list on the administrators' page: what is in force, and how the newest file fared."""

    it: ScreeningList
    in_force: ListVersion | None
    newest: ListVersion | None

    @property
    def is_loading(self) -> bool:
        return self.newest is not None and self.newest.is_on_its_way

    @property
    def has_failed(self) -> bool:
        return self.newest is not None and self.newest.state == VersionState.FAILED


def lists_of(user: User, organisation: Organisation) -> list[ListShown]:
    """Those that its names are searched in, its own first. Two queries."""
    lists = list(
        ScreeningList.objects.visible_to(user)
        .used_by(organisation)
        .prefetch_related(Prefetch("versions", ListVersion.objects.select_related("loaded_by").order_by("-pk")))
        .order_by("pk")
    )
    lists.sort(key=lambda found: (found.organisation_id is None, found.pk))
    return [_shown(found) for found in lists]


def _shown(found: ScreeningList) -> ListShown:
    versions = list(found.versions.all())
    in_force = next((v for v in versions if v.state == VersionState.IN_FORCE), None)
    return ListShown(found, in_force, versions[0] if versions else None)


def parties_to_search(organisation: Organisation | None) -> Any:
    """Partner sides of open records that accepted the ground rules: of one organisation, or (None) of those that have
    searched before, since a list of the whole installation asks nobody who did not ask."""
    parties = Party.objects.filter(
        role=Role.PARTNER,
        left_on=None,
        rules_accepted_at__isnull=False,
        partnership__standing__in=[Standing.ACTIVE, Standing.ON_HOLD],
    )
    if organisation is not None:
        return parties.filter(Q(organisation=organisation) | Q(organisation__merged=organisation))
    return parties.filter(pk__in=ScreeningRun.objects.unguarded(_WHY).values("party"))


@dataclass(frozen=True)
class Progress:
    """How the searches of an organisation go: numbers alone."""

    records: int
    waiting: int
    #: Where this administrator has a seat: that a name of another record is near to a listed one is its own side's.
    to_decide: int


def progress_of(user: User, organisation: Organisation) -> Progress:
    """Three counts: how many records there are and are being searched, whoever sits in them; and what was found, as
    far as this administrator reads it."""
    parties = parties_to_search(organisation)
    runs = ScreeningRun.objects.unguarded(_WHY).filter(party__in=parties, state=RunState.WAITING)
    matches = Match.objects.visible_to(user).filter(party__in=parties, verdict=Verdict.OPEN, gone_at=None)
    # A search that waits twice is still of one record.
    return Progress(parties.count(), runs.values("party").distinct().count(), matches.count())


# Names --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Searched:
    """A name that is searched: whose it is, and how it is written."""

    name: str
    about: Party
    principal: Principal | None = None

    @property
    def subject(self) -> str:
        """What makes it the same subject in a later search; an organisation's other name is another question."""
        who = f"principal:{self.principal.pk}" if self.principal is not None else f"party:{self.about.pk}"
        return f"{who}:{matching.read(self.name).plain}"


def names_to_search(parties: Iterable[Party], principals: Iterable[Principal]) -> list[Searched]:
    """Organisations of the parties that are in, by their full and, where it says enough, short names; then people."""
    found: list[Searched] = []
    for party in parties:
        for name in (party.organisation.name, party.organisation.short_name):
            searched = Searched(name, party)
            # A short name of three letters would be near to a thousand others.
            says_enough = name == party.organisation.name or len(name) > 4
            if name and says_enough and searched.subject not in {other.subject for other in found}:
                found.append(searched)
    found += [Searched(principal.name, principal.of, principal) for principal in principals]
    return found


def principals_of(place: Place) -> list[Principal]:
    return list(
        Principal.objects.visible_to(place)
        .filter(party=place.own_party)
        .select_related("of__organisation")
        .order_by("of", "pk")
    )


# Matches ------------------------------------------------------------------------------------------------------------
_MATCH_RELATED = ("about__organisation", "principal", "listing")


def _decisions() -> Prefetch[Any]:
    return Prefetch("decisions", MatchDecision.objects.select_related("by").order_by("-pk"))


def matches_of(place: Place) -> list[Match]:
    """The own side's, what waits for a decision first. Two queries, however many there are."""
    found = list(
        Match.objects.visible_to(place)
        .filter(party=place.own_party)
        .select_related(*_MATCH_RELATED)
        .prefetch_related(_decisions())
        .order_by("-score", "pk")
    )
    return sorted(found, key=lambda m: (not m.waits, m.verdict != Verdict.OPEN))


def with_all(matches: Any) -> Any:
    """What the page of one match needs."""
    return matches.select_related(*_MATCH_RELATED).prefetch_related(_decisions())


def next_to_decide(place: Place, after: Match | None = None) -> Match | None:
    waiting = Match.objects.visible_to(place).filter(party=place.own_party, verdict=Verdict.OPEN, gone_at=None)
    if after is not None:
        waiting = waiting.exclude(pk=after.pk)
    found: Match | None = waiting.order_by("-score", "pk").first()
    return found


def reasons_of(match: Match) -> list[str]:
    """Why it matches, in sentences, from the two names as they stand."""
    found = matching.compare(matching.read(match.searched), matching.read(match.listed))
    return [sentence_of(reason) for reason in found.reasons]


def sentence_of(reason: matching.Reason) -> str:
    words = {
        "ours": reason.ours or "–",
        "listed": reason.listed or "–",
        "part": reason.ours or reason.listed,
        "script": str(SCRIPTS.get(reason.ours, reason.ours)),
    }
    return str(REASONS[reason.code]).format_map(words)


def details_of(match: Match) -> list[tuple[str, str]]:
    """What the list says of the entry, in the order of `states.DETAILS`."""
    return [(str(label), match.details[code]) for code, label in DETAILS.items() if match.details.get(code)]


# The log ------------------------------------------------------------------------------------------------------------
def runs_of(place: Place) -> list[ScreeningRun]:
    """The own side's searches, the newest first. Two queries."""
    return list(with_lists(ScreeningRun.objects.visible_to(place).filter(party=place.own_party)).order_by("-pk")[:LOG])


def with_lists(runs: Any) -> Any:
    lists = Prefetch("lists", SearchedList.objects.select_related("version__list").order_by("pk"))
    return runs.select_related("author").prefetch_related(lists)


def lists_named(run: ScreeningRun) -> list[str]:
    """Each list with the day of publication, in words."""
    found = []
    for searched in run.lists.all():
        version = searched.version
        day = version.published_on or version.asked_at.date()
        found.append(
            _("%(list)s, as of %(day)s (%(count)s entries)")
            % {"list": str(version.list), "day": long_date(day), "count": version.entries_count}
        )
    return found


# For other folders --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class StandingHit:
    """A match that a side decided to be the same, and that still stands on its list: a reason to look again."""

    about: Party
    is_principal: bool
    listing: ScreeningList
    decided_at: datetime


def standing_hits(partnership: Partnership, party: Party) -> list[StandingHit]:
    """What `party` has found and decided to be the same. Its own side's alone: show it to nobody else."""
    rows = (
        Match.objects.of(partnership)
        .filter(party=party, verdict=Verdict.SAME, gone_at=None)
        .select_related("about__organisation", "listing")
        .order_by("decided_at", "pk")
    )
    return [StandingHit(m.about, m.principal_id is not None, m.listing, m.decided_at or m.changed_at) for m in rows]


def hit_flags(ids: Sequence[int]) -> list[Raised]:
    """A list names somebody of the partnership, as a side decided: for that side alone. One query."""
    rows = (
        Match.objects.unguarded("flags are computed for everybody; who sees one is decided where it is shown")
        .filter(partnership__in=ids, verdict=Verdict.SAME, gone_at=None, party__left_at=None)
        .values_list("partnership", "party")
        .annotate(Count("pk"))
        .order_by()
    )
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for partnership, party, count in rows:
        counts[partnership, party] += count
    return [
        Raised("list_hit", partnership, party, True, {"count": count}, is_private=True)
        for (partnership, party), count in counts.items()
    ]
