"""What due diligence registers: its tab, the conditions of its gate, and what its stage asks of the partners."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from lifecycle.attention.registry import register_flags
from lifecycle.road.registry import Condition, register_gate
from lifecycle.road.signals import stage_changed
from partnerships.access.places import Place
from partnerships.looks.format import and_list
from partnerships.record.models import Partnership
from partnerships.record.registry import (
    Panel,
    Tab,
    on_opened,
    on_parties_changed,
    register_panel,
    register_tab,
)
from partnerships.record.states import Stage

from .actions import (
    ask_partners,
    follow_parties,
    settle_depth,
    settle_leavers,
    settle_points,
    settle_threads,
    stop_asking,
)
from .models import Participation, SharedPage, VisitPerson
from .queries import agreed_by, decisions, read_by_all, reaffirmation_flags, shared_pages
from .queries.breadth import functions_needed, missing_visits
from .queries.flags import breadth_flags, standing_flags
from .queries.register import register_panel_of
from .states import COMPARED, PageKind, Relation


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
            _url(place, "diligence:breadth"),
            tuple(p.pk for p in missing),
            order=10,
        )
    ]


def visits_condition(place: Place) -> list[Condition]:
    """Visits each way; one joint visit for small partners [DD3].

    Only visits that every partner reads: what moves here is seen by all of them, and tells of no other.
    """
    held: dict[int, tuple[int | None, set[int]]] = {}
    rows = VisitPerson.objects.filter(
        visit__in=read_by_all(place).values("pk"), visit__held_at__isnull=False, visit__withdrawn_at=None
    )
    for visit, host, party in rows.values_list("visit", "visit__host", "seat__party"):
        held.setdefault(visit, (host, set()))[1].add(party)
    missing = missing_visits(place.partners, held.values())
    facts = "; ".join(_("%(who)s has not been to %(whom)s yet") % {"who": a.name, "whom": b.name} for a, b in missing)
    if facts:
        facts = _("%(missing)s. Visits count that all partners can read.") % {"missing": facts}
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
    """Every partner's unexpired go. It holds the items that can stop everything, so nobody goes on without it.

    A go that was taken before something happened opens nothing until it is taken anew.
    """
    standing = decisions(place.partnership)
    missing = [p for p in place.partners if p.pk not in standing or not standing[p.pk].opens_the_gate]
    facts = ""
    if missing and (place.is_partner or place.is_broker):
        colon = pgettext("between a name and what is said of it", ": ")
        facts = "; ".join(f"{p.name}{colon}{_how_it_stands(standing.get(p.pk))}" for p in place.partners)
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
    if decision.must_look_again:
        day = date_format(decision.again_by, "DATE_FORMAT")
        return _("something has happened since; it looks again, by %(day)s") % {"day": day}
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
        if partnership.is_open and any(d.must_look_again for d in decisions(partnership).values()):
            # What is to be looked at again does not end with the stage.
            ask_partners(partnership, again=True)


def _on_opened(place: Place) -> None:
    ask_partners(place.partnership)


def _on_parties_changed(partnership: Partnership) -> None:
    settle_leavers(partnership)
    settle_depth(partnership)
    follow_parties(partnership)


def register() -> None:
    register_tab(Tab("diligence", gettext_lazy("Due diligence"), "diligence:overview", 20))
    for batch in (functions_condition, visits_condition, pages_conditions, decisions_condition):
        register_gate(Stage.DILIGENCE, batch)
    register_flags(reaffirmation_flags)
    on_opened.append(_on_opened)
    on_parties_changed.append(_on_parties_changed)
    on_parties_changed.append(settle_threads)
    on_parties_changed.append(settle_points)
    register_panel(Panel("risks", "lifecycle/diligence/_risks_panel.html", register_panel_of, 45, "aside"))
    for flags in (breadth_flags, standing_flags):
        register_flags(flags)
    stage_changed.connect(_on_stage, dispatch_uid="diligence.stage")
