"""What agreements register: a tab, conditions of signing, conditions out of the stage."""

from __future__ import annotations

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partnerships.access.places import Place
from partnerships.record.registry import Tab, register_tab
from partnerships.record.states import STAGES, Stage, Standing

from ..road.registry import Condition, register_gate
from . import kinds, queries
from .models import Agreement, ClauseStance, ClauseText, Signature, Terms
from .permissions import can_read_agreements
from .registry import register_signing
from .states import AgreementKind, AgreementState

__all__ = ["kinds", "register"]


# Conditions of signing ------------------------------------------------------------------------------------------------
def _clauses_settled(place: Place, agreement: Agreement) -> list[Condition]:
    """Every clause agreed by every partner, or left out by all; required ones cannot be left out."""
    rows = queries.rows_of(place, agreement)
    how_far = queries.progress(rows)
    waiting = {p.pk for r in how_far.open_rows for p in r.waits_for}
    return [
        Condition(
            code="agreement.clauses",
            title=gettext_lazy("Every clause agreed by every partner"),
            met=how_far.is_done and how_far.total > 0,
            facts=open_words(how_far),
            lessons=("ST2",),
            path=reverse("agreement:text", args=[place.partnership.public_id, agreement.public_id]),
            waiting_for=tuple(sorted(waiting)),
            waivable=False,
            order=10,
        )
    ]


def open_words(how_far: queries.Progress) -> str:
    """ "20 of 22 agreed. Open: 10 Decision rules, 18 Independent voice." """
    words = ngettext("%(agreed)s of %(total)s agreed.", "%(agreed)s of %(total)s agreed.", how_far.agreed) % {
        "agreed": how_far.agreed,
        "total": how_far.total,
    }
    if not how_far.open_rows:
        return words
    named = [f"{r.clause.code} {r.clause.title}" for r in how_far.open_rows]
    if len(named) > 4:
        more = len(named) - 3
        return (
            words
            + " "
            + _("Open: %(clauses)s and %(count)s more.")
            % {
                "clauses": ", ".join(named[:3]),
                "count": more,
            }
        )
    return words + " " + _("Open: %(clauses)s.") % {"clauses": ", ".join(named)}


def _record_ready(place: Place, agreement: Agreement) -> list[Condition]:
    """The gate before holds signing, never drafting; who signs must have been in when the draft was made."""
    found = []
    late = queries.outside(place, agreement)
    if late:
        found.append(
            Condition(
                code="agreement.parties",
                title=gettext_lazy("Every partner has the draft"),
                met=False,
                facts=_("%(names)s came in after this draft. Start it again, so that all can read it.")
                % {"names": ", ".join(p.name for p in late)},
                waivable=False,
                order=1,
            )
        )
    if place.partnership.standing != Standing.ACTIVE:
        found.append(
            Condition(
                code="agreement.standing",
                title=gettext_lazy("The partnership is going on"),
                met=False,
                facts=_("It is on hold. Nothing is signed until it goes on."),
                waivable=False,
                order=2,
            )
        )
    if agreement.kind == AgreementKind.MOU:
        stages = list(STAGES)
        found.append(
            Condition(
                code="agreement.stage",
                title=gettext_lazy("The gate to the agreement stage is passed"),
                met=stages.index(place.partnership.stage) >= stages.index(Stage.AGREEMENT),
                facts=_("Drafting is open at any time; signing waits for due diligence."),
                lessons=("DD4",),
                path=reverse("road:gate", args=[place.partnership.public_id]),
                waivable=False,
                order=5,
            )
        )
    return found


def _terms_settled(place: Place, agreement: Agreement) -> list[Condition]:
    """Terms that were proposed are part of the memorandum's text: agreed, and without gaps."""
    terms = queries.newest_terms(place.partnership)
    if terms is None:
        return []
    missing = queries.missing_consents(terms, place.partners)
    facts = ""
    if missing:
        facts = _("Waiting for %(names)s.") % {"names": ", ".join(p.name for p in missing)}
    elif terms.gaps:
        facts = gap_words(terms)
    return [
        Condition(
            code="agreement.terms",
            title=gettext_lazy("Terms agreed: dates, money, reviews"),
            met=not missing and not terms.gaps,
            facts=facts,
            lessons=("EV6", "EV9"),
            path=reverse("agreement:terms", args=[place.partnership.public_id]),
            waiting_for=tuple(p.pk for p in missing),
            waivable=False,
            order=20,
        )
    ]


def gap_words(terms: Terms) -> str:
    titles = {f.name: str(f.verbose_name) for f in Terms._meta.concrete_fields}
    names = [titles[name] for name in terms.gaps]
    return _("Not filled in yet: %(fields)s.") % {"fields": ", ".join(names)}


# Conditions out of the stage ------------------------------------------------------------------------------------------
def _signed(place: Place) -> list[Condition]:
    """Required clauses agreed and signed; an amendment under way counts, until it is signed. Two queries.

    Details are only for who reads the agreement.
    """
    clauses = list(
        ClauseText.objects.unguarded("a condition is met or not for everybody")
        .of(place.partnership)
        .filter(
            agreement__kind=AgreementKind.MOU,
            agreement__state__in=[AgreementState.DRAFT, AgreementState.SIGNING, AgreementState.SIGNED],
            left_out_at=None,
        )
        .select_related("agreement")
        .annotate(may_read=queries.in_circle(place))
        .order_by("agreement__number", "agreement", "order", "pk")
    )
    newest = clauses[-1].agreement if clauses else None
    clauses = [c for c in clauses if c.agreement == newest]
    path, facts, met = reverse("agreement:overview", args=[place.partnership.public_id]), "", False
    waiting = tuple(p.pk for p in place.partners)
    if newest is None:
        facts = _("No memorandum has been started.")
    else:
        path = reverse("agreement:text", args=[place.partnership.public_id, newest.public_id])
        if newest.state == AgreementState.SIGNED:
            met, waiting = True, ()
        elif newest.is_signing:
            signed = set(
                Signature.objects.filter(frozen__agreement=newest, frozen__voided_at=None).values_list(
                    "party", flat=True
                )
            )
            waiting = tuple(p.pk for p in place.partners if p.pk not in signed)
            facts = _("Agreed. %(signed)s of %(total)s partners have signed.") % {
                "signed": len(place.partners) - len(waiting),
                "total": len(place.partners),
            }
        else:
            rows = _rows(place, clauses)
            how_far = queries.progress(rows)
            waiting = tuple(sorted({p.pk for r in how_far.open_rows for p in r.waits_for})) or waiting
            facts = open_words(how_far) if clauses[0].may_read else _("The draft is being agreed clause by clause.")  # type: ignore[attr-defined]
    return [
        Condition(
            code="agreement.signed",
            title=gettext_lazy("Required clauses agreed and signed"),
            met=met,
            facts=facts,
            lessons=("ST2",),
            path=path if can_read_agreements(place) else "",
            waiting_for=waiting,
            order=30,
            form="agreement",
        )
    ]


def _rows(place: Place, clauses: list[ClauseText]) -> list[queries.ClauseRow]:
    """The clauses with what the partners say to their present text: one query."""
    rows = {c.pk: queries.ClauseRow(c, c.is_required, place.partners) for c in clauses}
    for stance in ClauseStance.objects.filter(clause__in=rows, text_version=F("clause__version")):
        rows[stance.clause_id].stances[stance.party_id] = stance
    return list(rows.values())


def _people(place: Place) -> list[Condition]:
    """A lead and a back-to-back with named hours at each partner."""
    gaps = [(team.party.pk, gap) for team in queries.teams(place) for gap in team.gaps]
    return [
        Condition(
            code="agreement.people",
            title=gettext_lazy("Leads and stand-ins, with hours"),
            met=not gaps,
            facts=" ".join(gap for _pk, gap in gaps),
            lessons=("ST4", "ST5"),
            path=reverse("record:people", args=[place.partnership.public_id]),
            waiting_for=tuple(sorted({pk for pk, _gap in gaps})),
            order=40,
        )
    ]


def _budget(place: Place) -> list[Condition]:
    """A budget with a review line, agreed by all."""
    terms = queries.terms_in_force(place.partnership)
    met = terms is not None and terms.total_budget is not None and terms.review_percent is not None
    return [
        Condition(
            code="agreement.budget",
            title=gettext_lazy("Budget with a review line"),
            met=met,
            facts="" if met else _("Total budget and the share for reviews stand in the terms, agreed by all."),
            lessons=("EV9", "EV10"),
            path=reverse("agreement:terms", args=[place.partnership.public_id]) if can_read_agreements(place) else "",
            waiting_for=() if met else tuple(p.pk for p in place.partners),
            order=50,
            form="budget",
        )
    ]


def register() -> None:
    register_tab(Tab("agreement", gettext_lazy("Agreement"), "agreement:overview", 30, can_read_agreements))
    for kind in (AgreementKind.MOU, AgreementKind.NDA):
        register_signing(kind, _record_ready)
        register_signing(kind, _clauses_settled)
    register_signing(AgreementKind.MOU, _terms_settled)
    for batch in (_signed, _people, _budget):
        register_gate(Stage.AGREEMENT, batch)
