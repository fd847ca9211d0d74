"""What due diligence registers: its tab, the conditions of its gate, and what its stage asks of the partners."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lifecycle.road.registry import Condition, register_gate
from lifecycle.road.signals import stage_changed
from partnerships.access.places import Place
from partnerships.looks.format import and_list
from partnerships.record.models import Party
from partnerships.record.registry import Tab, on_opened, on_parties_changed, register_tab
from partnerships.record.states import Stage

from .actions import ask_partners, stop_asking
from .models import Participation, SharedPage, VisitPerson
from .queries import agreed_by, decisions, shared_pages
from .states import COMPARED, PageKind, Relation

FUNCTIONS = 3
FUNCTIONS_SMALL = 2


def functions_needed(party: Party) -> int:
    """How many functions of a partner take part; under 15 staff fewer."""
    return FUNCTIONS_SMALL if party.organisation.is_small else FUNCTIONS


def _url(place: Place, name: str, *args: str) -> str:
    return reverse(name, args=[place.partnership.public_id, *args])


def functions_condition(place: Place) -> list[Condition]:
    """At least three functions from each partner took part; two under 15 staff [DD6]."""
    took_part: dict[int, set[str]] = defaultdict(set)
    for party, function in Participation.objects.of(place.partnership).values_list("party", "function"):
        took_part[party].add(function)
    missing = [p for p in place.partners if len(took_part[p.pk]) < functions_needed(p)]
    facts = "; ".join(
        ngettext("%(name)s: %(count)s function of %(needed)s", "%(name)s: %(count)s functions of %(needed)s", n)
        % {"name": p.name, "count": n, "needed": functions_needed(p)}
        for p in place.partners
        for n in [len(took_part[p.pk])]
    )
    return [
        Condition(
            "diligence.functions",
            gettext_lazy("People of several functions took part"),
            bool(place.partners) and not missing,
            facts,
            ("DD6",),
            _url(place, "diligence:overview"),
            tuple(p.pk for p in missing),
            order=10,
        )
    ]


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


def visits_condition(place: Place) -> list[Condition]:
    """Visits each way; one joint visit for small partners [DD3]."""
    held: dict[int, tuple[int | None, set[int]]] = {}
    rows = VisitPerson.objects.filter(
        visit__partnership=place.partnership, visit__held_at__isnull=False, visit__withdrawn_at=None
    )
    for visit, host, party in rows.values_list("visit", "visit__host", "seat__party"):
        held.setdefault(visit, (host, set()))[1].add(party)
    missing = missing_visits(place.partners, held.values())
    facts = "; ".join(_("%(who)s has not been to %(whom)s yet") % {"who": a.name, "whom": b.name} for a, b in missing)
    return [
        Condition(
            "diligence.visits",
            gettext_lazy("You have been to see each other"),
            len(place.partners) > 1 and not missing,
            facts,
            ("DD3",),
            _url(place, "diligence:visits"),
            tuple(dict.fromkeys(a.pk for a, _b in missing)),
            order=20,
        )
    ]


def decisions_condition(place: Place) -> list[Condition]:
    """Every partner's unexpired go. It holds the items that can stop everything, so nobody goes on without it."""
    standing = decisions(place.partnership)
    missing = [p for p in place.partners if p.pk not in standing or not standing[p.pk].holds]
    facts = ""
    if missing and (place.is_partner or place.is_broker):
        facts = "; ".join(f"{p.name}: {_how_it_stands(standing.get(p.pk))}" for p in place.partners)
    return [
        Condition(
            "diligence.decisions",
            gettext_lazy("Every partner has said go"),
            bool(place.partners) and not missing,
            facts,
            ("DD2",),
            _url(place, "diligence:decision"),
            tuple(p.pk for p in missing),
            waivable=False,
            order=50,
        )
    ]


def _how_it_stands(decision: Any) -> str:
    if decision is None:
        return _("not decided yet")
    if decision.is_go and decision.has_expired:
        return _("its decision has expired")
    return str(decision.shared_text).lower()


def pages_conditions(place: Place) -> list[Condition]:
    """Goals, values and red lines compared; next steps agreed [DD4]."""
    pages = shared_pages(place.partnership, place.partners)
    return [_goals(place, pages.get(PageKind.GOALS)), _steps(place, pages.get(PageKind.STEPS))]


def _goals(place: Place, page: SharedPage | None) -> Condition:
    """They stand side by side, are talked through, and agreed as they stand."""
    lines = [line for line in page.lines.all() if line.withdrawn_at is None] if page is not None else []
    written = {(line.party_id, line.kind) for line in lines}
    unwritten = [p for p in place.partners if any((p.pk, kind) not in written for kind in COMPARED)]
    undiscussed = sum(line.relation == Relation.NOT_DISCUSSED for line in lines)
    agreed = agreed_by(page)
    not_agreed = [p for p in place.partners if p.pk not in agreed]
    facts = []
    if unwritten:
        names = and_list([p.name for p in unwritten])
        facts.append(_("A goal, a value and a red line each are missing from %(names)s.") % {"names": names})
    if undiscussed:
        facts.append(
            ngettext("%(count)s line is not discussed.", "%(count)s lines are not discussed.", undiscussed)
            % {"count": undiscussed}
        )
    if lines and not_agreed:
        facts.append(_("Not agreed yet by %(names)s.") % {"names": and_list([p.name for p in not_agreed])})
    waits = unwritten or (not_agreed if not undiscussed else list(place.partners))
    met = bool(lines) and not facts
    return Condition(
        "diligence.goals",
        gettext_lazy("Goals, values and red lines are compared"),
        met,
        " ".join(facts),
        ("DD4",),
        _url(place, "diligence:page", PageKind.GOALS),
        () if met else tuple(p.pk for p in waits),
        order=30,
    )


def _steps(place: Place, page: SharedPage | None) -> Condition:
    """They have owners and dates, and are agreed as they stand."""
    has_lines = page is not None and any(line.withdrawn_at is None for line in page.lines.all())
    agreed = agreed_by(page)
    missing = [p for p in place.partners if p.pk not in agreed]
    facts = ""
    if has_lines and missing:
        facts = _("Not agreed yet by %(names)s.") % {"names": and_list([p.name for p in missing])}
    return Condition(
        "diligence.steps",
        gettext_lazy("The next steps are agreed"),
        has_lines and not missing,
        facts,
        ("DD4",),
        _url(place, "diligence:page", PageKind.STEPS),
        tuple(p.pk for p in missing),
        order=40,
    )


def _on_stage(sender: Any, partnership: Any, **_more: Any) -> None:
    if partnership.stage == Stage.DILIGENCE:
        ask_partners(partnership)
    else:
        stop_asking(partnership)


def _on_opened(place: Place) -> None:
    ask_partners(place.partnership)


def register() -> None:
    register_tab(Tab("diligence", gettext_lazy("Due diligence"), "diligence:overview", 20))
    for batch in (functions_condition, visits_condition, pages_conditions, decisions_condition):
        register_gate(Stage.DILIGENCE, batch)
    on_opened.append(_on_opened)
    on_parties_changed.append(ask_partners)
    stage_changed.connect(_on_stage, dispatch_uid="diligence.stage")
