"""The list of rounds, what is reviewed and when, planning a round, and agreeing to its dates."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lifecycle.agreement.queries import readable_terms_in_force
from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.catalogue.queries import lesson
from partnerships.looks.typed import day, number
from partnerships.record.frame import act_and_say, confirm_page, form_page, render_record

from .. import actions, queries
from ..forms import (
    BoundaryForm,
    PlanForm,
)
from ..models import Round
from ..permissions import (
    can_agree_dates,
    can_plan_round,
    can_read_reviews,
    can_set_boundary,
    can_speak_for_party,
)
from ..states import UNDER_WAY, RoundKind, RoundState, round_title
from .shown import TAB, go_to, round_of, url_of, word_of

#: How much of a person's time a kind of round takes, with the joint session.
TAKES = {
    RoundKind.BASELINE: gettext_lazy("10 minutes a person, and a joint session"),
    RoundKind.REGULAR: gettext_lazy("10 minutes a person, and a joint session of two hours"),
    RoundKind.PULSE: gettext_lazy("2 minutes a person"),
    RoundKind.CLOSING: gettext_lazy("25 minutes a person, and a joint session of half a day"),
    RoundKind.LOOK_BACK: gettext_lazy("10 minutes a person, and a joint session of two hours"),
}


@guarded(can_read_reviews)
@require_GET
def reviews(request: HttpRequest, place: Place) -> HttpResponse:
    rounds = queries.rounds_of(place)
    word = word_of(place)
    rows: list[dict[str, Any]] = [
        {
            "round": round,
            "title": round.title(word),
            "url": url_of(round),
            "line": _state_line(round),
            "state": {"opened": "done", "cancelled": "none"}.get(round.state, "sealed"),
        }
        for round in rounds
    ]
    under_way = [row for row in rows if row["round"].state in UNDER_WAY]
    return render_record(
        request,
        place,
        "evaluation/reviews/list.html",
        {
            "under_way": under_way,
            "past": [row for row in rows if row not in under_way],
            "can_plan": can_plan_round(place) and len(place.partners) > 1,
            "least": queries.minimum(),
            "boundary": queries.boundary_of(place),
            "ahead": _ahead_rows(place, word),
            "paid": _paid(place),
        },
        tab=TAB,
    )


def _ahead_rows(place: Place, word: str) -> list[dict[str, Any]]:
    """What is planned ahead, and where to propose what nobody has proposed. What was opened stands above already."""
    may = can_plan_round(place) and len(place.partners) > 1
    rows = []
    for each in queries.ahead_of(place):
        slot, found = each.slot, each.round
        if each.is_held:
            continue
        fits = (slot.kind == RoundKind.LOOK_BACK) != place.partnership.is_open
        query = f"?kind={slot.kind}&on={slot.due_on.isoformat()}"
        rows.append(
            {
                "title": round_title(slot.kind, slot.number, word),
                "takes": TAKES[slot.kind],
                "due_on": found.opened_on() if found is not None else slot.due_on,
                "url": url_of(found) if found is not None else "",
                "line": _state_line(found) if found is not None else _("Late") if each.is_late else "",
                "state": "high" if each.is_late else "sealed",
                "propose": reverse("reviews:plan", args=[place.partnership.public_id]) + query
                if may and fits and found is None
                else "",
            }
        )
    return rows


def _paid(place: Place) -> dict[str, Any] | None:
    """What the agreement sets aside for reviews [EV9, EV10]."""
    terms = readable_terms_in_force(place)
    if terms is None or (terms.review_percent is None and terms.review_days is None):
        return None
    return {
        "budget": terms.review_budget,
        "currency": terms.currency,
        "percent": terms.review_percent,
        "days": terms.review_days,
    }


def _state_line(round: Round) -> str:
    match round.state:
        case RoundState.PLANNED:
            return _("Proposed")
        case RoundState.OPEN:
            return _("Being answered")
        case RoundState.FROZEN | RoundState.OWN_RESULTS:
            return _("All parts are in")
        case RoundState.OPENED:
            return _("Opened")
    return _("Cancelled")


@guarded(can_read_reviews)
@require_http_methods(["GET", "POST"])
def boundary(request: HttpRequest, place: Place) -> HttpResponse:
    """What is reviewed and when, and who has agreed."""
    found = queries.boundary_of(place)
    if request.method == "POST":
        require(can_speak_for_party(place) and found is not None)
        seen = number(request.POST.get("version"))
        if found is not None:
            act_and_say(request, lambda: actions.agree_boundary(found, seen=seen, by=place), _("Agreed."))
        return redirect("reviews:boundary", place.partnership.public_id)
    consents = queries.agreed_to(found) if found is not None else {}
    return render_record(
        request,
        place,
        "evaluation/reviews/boundary.html",
        {
            "boundary": found,
            "actors": [party for party in place.parties if found is not None and party.pk in queries.actors_of(found)],
            "partners": [{"party": party, "agreed": consents.get(party.pk)} for party in place.partners],
            "may_agree": found is not None and can_speak_for_party(place) and place.own_party.pk not in consents,
            "may_change": can_set_boundary(place),
            "why": lesson("EV6").why,
        },
        tab=TAB,
    )


@guarded(can_set_boundary)
@require_http_methods(["GET", "POST"])
def change_boundary(request: HttpRequest, place: Place) -> HttpResponse:
    found = queries.boundary_of(place)
    form = BoundaryForm(
        request.POST or None,
        instance=found,
        place=place,
        initial={"version": found.version if found is not None else 0},
    )
    page = reverse("reviews:boundary", args=[place.partnership.public_id])

    def act() -> None:
        values = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        actions.set_boundary(**values, seen=form.cleaned_data["version"] or 0, by=place)

    def newer() -> dict[str, Any] | None:
        now = queries.boundary_of(place)
        if now is None:
            return None
        names = [
            name
            for name in form.fields
            if name not in {"version", "actors"} and getattr(now, name) != form.cleaned_data[name]
        ]
        form.data = {**request.POST.dict(), "version": str(now.version)}
        return {
            "by": queries.who_proposed(now, place),
            "at": now.changed_at,
            "fields": [
                {"label": form.fields[name].label, "theirs": getattr(now, name), "yours": form.cleaned_data[name]}
                for name in names
            ],
        }

    return form_page(
        request,
        place,
        form,
        act,
        tab=TAB,
        title=_("What do you review, and when?"),
        label=_("Propose it"),
        done=_("Proposed. It holds when all partners agree."),
        go=page,
        why=lesson("EV6").why,
        lesson="EV6",
        cancel_url=page,
        keep=True,
        newer=newer,
    )


@guarded(can_plan_round)
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, place: Place) -> HttpResponse:
    first = Round.objects.visible_to(place).exclude(state=RoundState.CANCELLED).exists()
    kind = RoundKind.REGULAR if first else RoundKind.BASELINE
    if not place.partnership.is_open:
        kind = RoundKind.LOOK_BACK
    elif request.GET.get("kind") in RoundKind.values:
        kind = RoundKind(request.GET["kind"])
    initial = {**PlanForm.usual(place, day(request.GET.get("on"))), "kind": kind}
    form = PlanForm(request.POST or None, place=place, initial=initial)

    def act() -> Round:
        kind = form.cleaned_data["kind"]
        return actions.plan_round(kind, form.plan(), instrument=form.chosen_instrument(kind), by=place)

    return form_page(
        request,
        place,
        form,
        act,
        tab=TAB,
        done=_("Proposed. The other partners are asked to agree to the dates."),
        go=url_of,
        title=_("Propose a review"),
        lede=_("Everybody is asked the same. Answers stay sealed until all are in, and open together."),
        label=_("Propose"),
        cancel_url=reverse("reviews:list", args=[place.partnership.public_id]),
        keep=True,
    )


@guarded(can_plan_round)
@require_http_methods(["GET", "POST"])
def change_dates(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = round_of(place, rid)
    form = PlanForm(request.POST or None, place=place, round=round)

    def act() -> Round:
        instrument = form.chosen_instrument(round.kind)
        return actions.change_plan(
            round, form.plan(), seen=form.cleaned_data["version"], instrument=instrument, by=place
        )

    def newer() -> dict[str, Any]:
        """What somebody proposed in between, beside what is chosen here; the next save has seen it."""
        now = round_of(place, rid)
        fresh = PlanForm(place=place, round=now)
        form.data = {**request.POST.dict(), "version": str(now.version)}
        fields = [
            {
                "label": field.label,
                "theirs": fresh.in_words(name, fresh.initial[name]),
                "yours": form.in_words(name, form.cleaned_data[name]),
            }
            for name, field in form.fields.items()
            if name != "version"
        ]
        differ = [each for each in fields if each["theirs"] != each["yours"]]
        return {"by": queries.who_planned(now, place), "at": now.changed_at, "fields": differ}

    return form_page(
        request,
        place,
        form,
        act,
        tab=TAB,
        done=_("Changed. All partners are asked again."),
        go=url_of(round),
        title=_("Change the dates"),
        lede=_("Any change asks all partners again."),
        label=_("Propose these dates"),
        cancel_url=url_of(round),
        keep=True,
        newer=newer,
    )


@guarded(can_agree_dates)
@require_POST
def agree(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = round_of(place, rid)
    seen = number(request.POST.get("version"))
    act_and_say(request, lambda: actions.agree_dates(round, seen=seen, by=place), _("Agreed."))
    return go_to(round)


@guarded(can_plan_round)
@require_POST
def start(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = round_of(place, rid)
    act_and_say(request, lambda: actions.start_round(round, by=place), _("Started. The questions are on their way."))
    return go_to(round)


@guarded(can_plan_round)
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = round_of(place, rid)
    return confirm_page(
        request,
        place,
        lambda: actions.cancel_round(round, by=place),
        tab=TAB,
        done=_("Cancelled."),
        go=reverse("reviews:list", args=[place.partnership.public_id]),
        cancel_url=url_of(round),
        cancel_label=_("Go back"),
        title=_("Cancel this round?"),
        text=_("All partners are told. A new round can be proposed at any time."),
        label=_("Cancel the round"),
    )
