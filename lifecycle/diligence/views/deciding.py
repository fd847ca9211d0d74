"""The decision, its measures and its conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lifecycle.screening.queries import standing_hits
from partnerships import clock
from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.catalogue.content import Library
from partnerships.catalogue.queries import content
from partnerships.documents.queries import unopened_cards
from partnerships.looks.format import long_date
from partnerships.record.frame import form_page, note_errors, read_again

from .. import actions, queries
from ..decision import Evaluation, Item, StepTaken
from ..forms import (
    DeciderForm,
    DecisionForm,
    HandOnForm,
    MeasureForm,
)
from ..models import DecisionReason, DecisionTrace, DiligenceDecision, Measure, Risk
from ..permissions import (
    can_answer,
    can_change_risk,
    can_decide,
    can_do_measure,
    can_name_decider,
    can_read,
    can_read_own,
    can_release,
)
from ..queries import RELEASED_CONDITIONS, Checklist
from ..states import Level, Outcome, Step
from .checklists import row_of
from .shown import TAB, go, show, told_of, url


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def measure(request: HttpRequest, place: Place, about: str, code: str) -> HttpResponse:
    """What is done about a concern: measure, owner, date."""
    found, row = row_of(place, about, code)
    form = MeasureForm(request.POST if request.method == "POST" else None, place=place, row=row)

    def act() -> None:
        data = form.cleaned_data
        actions.set_measure(
            about=found.about, code=code, text=data["text"], owner=data["owner"], due_on=data["due_on"],
            board_on=data.get("board_on"), by=place,
        )  # fmt: skip

    return form_page(
        request, place, form, act, tab=TAB,
        done=_("Noted. With your decision it becomes a condition."), go=url(place, "decision"),
        title=_("What is done about it"), lede=row.question.text,
        label=_("Set the measure"), cancel_url=url(place, "decision"),
        why=_(
            "It stays on your side. When you say go, it waits for its owner as a condition; "
            "an owner at another partner reads it then."
        ),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_read)
def decision(request: HttpRequest, place: Place) -> HttpResponse:
    """What the rule says of what the own side knows, the decision, and the conditions that wait."""
    context: dict[str, Any] = {"unopened": unopened_cards(place, RELEASED_CONDITIONS)}
    form = None
    standing = queries.decisions_told(place)
    if place.is_partner:
        basis = queries.basis_of(place.own_party, place.partners)
        if can_decide(place):
            form = DecisionForm(
                request.POST if request.method == "POST" else None, allowed=basis.evaluation.allowed,
                initial={"seen": _seen(place, standing)},
            )  # fmt: skip
            if request.method == "POST" and form.is_valid():
                data = form.cleaned_data
                try:
                    actions.decide(outcome=data["outcome"], reason=data["reason"], seen=data["seen"], by=place)
                except ValidationError as error:
                    note_errors(form, error)
                    if getattr(error, "code", "") == "stale":
                        # It stands beside the form now.
                        standing = queries.decisions_told(place)
                        read_again(form, "seen", _seen(place, standing))
                else:
                    messages.success(request, _("Your decision stands."))
                    return go(place, "overview")
        context |= _reasons(basis, place) | {"evaluation": basis.evaluation, "form": form} | _deciders(basis, place)
    if request.method == "POST" and form is None:
        require(False)
    mine = standing.get(place.party.pk) if place.party is not None else None
    measures = _measures(place)
    context |= {
        "decisions": [
            {"party": p, "it": standing.get(p.pk), "conditions": _conditions(p.pk, measures)}
            for p in told_of(place, standing)
        ],
        "sees_decisions": place.is_partner or place.is_broker or bool(standing),
        "may_answer": can_answer(place),
        "mine": mine,
        "reason": DecisionReason.objects.visible_to(place.user).filter(decision=mine).first() if mine else None,
        "differs": bool(mine and mine.is_go and context.get("evaluation") and mine.outcome not in
                        context["evaluation"].allowed and context["evaluation"].outcome != Outcome.GO),
        "measures": measures,
        "has_trace": mine is not None and DecisionTrace.objects.visible_to(place).filter(decision=mine).exists(),
        "offers": queries.offered_events(place) if place.is_partner else [],
        "may_look_again": can_release(place),
        "hits": standing_hits(place.partnership, place.own_party) if place.is_partner else [],
    }  # fmt: skip
    return show(request, place, "decision", context)


def _seen(place: Place, standing: Mapping[int, DiligenceDecision]) -> str:
    """The own decision that the page shows."""
    mine = standing.get(place.own_party.pk)
    return mine.public_id if mine is not None else ""


def _deciders(basis: queries.Basis, place: Place) -> dict[str, Any]:
    """For whom the decision waits on the own side."""
    executive = basis.evaluation.needs_executive
    able = queries.deciders(place.own_party, executive=executive)
    return {
        "deciders": able,
        "waits_for_executive": executive and (place.seat is None or place.seat.pk not in {s.pk for s in able}),
        "may_name": can_name_decider(place),
    }


def _conditions(party: int, measures: list[dict[str, Any]]) -> dict[str, int]:
    """How the conditions of a partner's go stand, of those that the reader may read."""
    mine = [row["it"] for row in measures if row["it"].party_id == party]
    today = clock.today()
    return {
        "count": len(mine),
        "met": sum(m.done_at is not None for m in mine),
        "overdue": sum(m.done_at is None and m.due_on < today for m in mine),
    }


def _reasons(basis: queries.Basis, place: Place) -> dict[str, Any]:
    """What speaks for the rule's answer: rows of the checklists, and risks, each with where it is met."""
    risks = {r.pk: r for r in basis.risks}

    def one(thing: Any) -> dict[str, Any]:
        if isinstance(thing, Item):
            row, about = basis.rows[thing.ref], basis.about(thing)
            return {
                "text": row.question.text,
                "about": about,
                "level": row.level,
                "critical": thing.critical,
                "url": url(place, "question", about.public_id, row.question.code),
                "measure_url": url(place, "measure", about.public_id, row.question.code),
                "from_them": row.answer is None and row.theirs is not None,
                "needs_board": thing.critical >= 2 and not thing.board,
                "lacks": not thing.measure or (thing.critical >= 2 and not thing.board),
            }
        risk = risks[thing.ref]
        return {
            "text": risk.text,
            "risk": risk,
            "url": url(place, "change_risk", risk.public_id) if can_change_risk(place, risk) else url(place, "risks"),
            "lacks": not thing.measure,
        }

    rule = basis.evaluation
    return {
        "stops": [one(s) for s in rule.stops],
        "unknown": [_unknown(c, rule, place) for c in basis.checklists if _codes(c, rule)],
        "only_not_now": rule.allowed == (Outcome.NOT_NOW,),
        "conditions": [one(c) for c in rule.conditions],
    }


def _codes(found: Checklist, rule: Evaluation) -> set[str]:
    return {i.ref[1] for i in rule.unknown if i.ref[0] == found.about.pk}


def _unknown(found: Checklist, rule: Evaluation, place: Place) -> dict[str, Any]:
    """What is not known about one organisation, together, and where to find it out."""
    codes = _codes(found, rule)
    rows = [r for r in found.rows if r.question.code in codes]
    first = next((r for r in rows if r.owed), rows[0])
    return {
        "about": found.about,
        "is_self": found.is_self,
        "rows": rows,
        "theirs": sum(not r.owed for r in rows),
        "url": url(place, "question", found.about.public_id, first.question.code),
    }


def _measures(place: Place) -> list[dict[str, Any]]:
    """Measures and conditions that the reader may see, the open ones first."""
    rows = (
        Measure.objects.visible_to(place)
        .filter(dropped_at=None)
        .select_related("owner__membership__user", "owner__party__organisation", "party__organisation")
        .order_by("due_on", "pk")
    )
    present = {p.pk for p in place.present}
    return [
        {
            "it": m,
            "owner_left": m.done_at is None and m.owner.party_id not in present,
            "may_hand_on": m.done_at is None and can_answer(place) and m.party_id == place.own_party.pk,
            "may_finish": m.done_at is None and can_do_measure(place, m),
            "may_drop": m.done_at is None and can_release(place) and m.party_id == place.own_party.pk,
        }
        for m in sorted(rows, key=lambda m: m.done_at is not None)
    ]


def _measure(place: Place, public_id: str) -> Measure:
    found: Measure = get_object_or_404(
        Measure.objects.visible_to(place).select_related(
            "owner__party__organisation", "owner__membership__user", "party__organisation"
        ),
        public_id=public_id,
        dropped_at=None,
    )
    return found


@require_POST
@guarded(can_answer)
def finish_measure(request: HttpRequest, place: Place, measure: str) -> HttpResponse:
    found = _measure(place, measure)
    require(can_do_measure(place, found))
    actions.finish_measure(found, by=place)
    messages.success(request, _("Done."))
    return go(place, "decision")


@require_POST
@guarded(can_release)
def drop_measure(request: HttpRequest, place: Place, measure: str) -> HttpResponse:
    found = _measure(place, measure)
    require(found.party_id == place.own_party.pk)
    actions.drop_measure(found, by=place)
    messages.success(request, _("Dropped. Look at your decision again."))
    return go(place, "decision")


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def hand_on(request: HttpRequest, place: Place, measure: str) -> HttpResponse:
    """Another owner for a condition, or another day."""
    found = _measure(place, measure)
    require(found.party_id == place.own_party.pk and found.done_at is None)
    form = HandOnForm(
        request.POST if request.method == "POST" else None, place=place,
        initial={"due_on": found.due_on, "version": found.version},
    )  # fmt: skip

    def newer() -> None:
        """The page says whose it is by now; sent once more, the form counts as read at that."""
        now = _measure(place, measure)
        form.add_error(
            None,
            _("It is %(name)s’s now, until %(day)s.") % {"name": now.owner, "day": long_date(now.due_on)},
        )
        read_again(form, "version", now.version)

    return form_page(
        request, place, form,
        lambda: actions.hand_on_measure(
            found, owner=form.cleaned_data["owner"], due_on=form.cleaned_data["due_on"],
            seen=form.cleaned_data["version"], by=place,
        ),
        newer=newer, tab=TAB, done=_("It waits for its new owner."), go=url(place, "decision"),
        title=_("Give it to another owner"), lede=found.text, label=_("Hand it on"), cancel_url=url(place, "decision"),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_name_decider)
def decider(request: HttpRequest, place: Place) -> HttpResponse:
    """Who takes the own side's decision, where it is not its lead."""
    named = queries.mandate_of(place.own_party)
    form = DeciderForm(
        request.POST if request.method == "POST" else None, place=place,
        initial={"seat": named.seat_id if named is not None else None},
    )  # fmt: skip
    return form_page(
        request, place, form, lambda: actions.name_decider(form.cleaned_data["seat"], by=place), tab=TAB,
        done=_("Saved. The partners see who it is."), go=url(place, "decision"), title=_("Who decides for you?"),
        lede=_("Your lead and stand-ins, unless you name somebody with the mandate. From a risk of 15 on it is an "
               "executive, whoever you name."),
        label=_("Save"), cancel_url=url(place, "decision"),
    )  # fmt: skip


@require_safe
@guarded(can_read_own)
def trace(request: HttpRequest, place: Place) -> HttpResponse:
    """How the rule comes to what it says today: every step, with the answers and risks that it turned on."""
    basis = queries.basis_of(place.own_party, place.partners)
    risks = {r.pk: r for r in basis.risks}
    context = {
        "outcome": basis.evaluation.outcome,
        "months": basis.evaluation.valid_months,
        "answers": len(basis.rows),
        "risks": len(basis.risks),
        "needs_executive": basis.evaluation.needs_executive,
        "steps": [_step(taken, basis, risks, place) for taken in basis.evaluation.steps],
    }
    return show(request, place, "trace", context)


def _step(taken: StepTaken, basis: queries.Basis, risks: dict[int, Risk], place: Place) -> dict[str, Any]:
    rows = []
    for thing in taken.because:
        if isinstance(thing, Item):
            row, about = basis.rows[thing.ref], basis.about(thing)
            rows.append({
                "text": row.question.text, "about": about, "level": Level(row.level).label, "critical": thing.critical,
                "measure": thing.measure, "board": thing.board,
                "from_them": row.answer is None and row.theirs is not None,
                "url": url(place, "question", about.public_id, row.question.code),
            })  # fmt: skip
        else:
            risk = risks[thing.ref]
            rows.append({
                "text": risk.text, "language": risk.language, "score": thing.score, "measure": thing.measure,
                "url": url(place, "risk", risk.public_id),
            })  # fmt: skip
    return {"step": taken.step, "decides": taken.decides, "passed_over": taken.passed_over, "rows": rows}


@require_safe
@guarded(can_read)
def decided_trace(request: HttpRequest, place: Place, decision: str) -> HttpResponse:
    """The same as it stood on the day of a decision. Its questions stand as they were asked; risks by today's words."""
    found: DecisionTrace = get_object_or_404(
        DecisionTrace.objects.visible_to(place).select_related("decision", "library").prefetch_related(
            "lines__about__organisation"
        ),
        decision__public_id=decision,
    )  # fmt: skip
    lines = list(found.lines.all())
    risks = {r.pk: r for r in Risk.objects.visible_to(place).filter(pk__in=[n.risk_id for n in lines if n.risk_id])}
    asked = content(found.library, Library).by_code
    steps, decided = [], False
    for step in Step:
        rows = [_line(line, asked, risks, place) for line in lines if line.step == step]
        decides = not decided and (bool(rows) or step == Step.CLEAR)
        steps.append({"step": step, "decides": decides, "passed_over": decided, "rows": rows})
        decided = decided or decides
    context = {
        "decision": found.decision,
        "outcome": Outcome(found.proposed),
        "months": found.valid_months,
        "answers": found.answers_seen,
        "risks": found.risks_seen,
        "needs_executive": found.needed_executive,
        "steps": steps,
    }
    return show(request, place, "trace", context)


def _line(line: Any, asked: Any, risks: dict[int, Risk], place: Place) -> dict[str, Any]:
    common = {"measure": line.measure, "board": line.board, "critical": line.critical}
    if line.about is not None:
        question = asked.get(line.code)
        text = question.text if question is not None else line.code
        return {**common, "text": text, "about": line.about, "level": line.get_level_display()}
    risk = risks.get(line.risk_id)
    if risk is None:
        return {**common, "text": _("A risk that you cannot read any more"), "score": line.score}
    return {
        **common, "text": risk.text, "language": risk.language, "score": line.score,
        "url": url(place, "risk", risk.public_id),
    }  # fmt: skip
