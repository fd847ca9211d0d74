"""Goals, values, red lines and next steps, side by side."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from lifecycle.scoping import queries as scoping
from lifecycle.scoping.models import Goal
from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.catalogue.queries import lesson
from partnerships.looks.typed import number
from partnerships.record.frame import act_and_say, confirm_page, note_errors

from .. import actions, queries
from ..forms import (
    AgainForm,
    LineForm,
    RelationForm,
    StepForm,
)
from ..models import SharedLine, SharedPage
from ..permissions import can_answer, can_read, can_release
from ..states import LineKind, PageKind, Relation
from .shown import TAB, form_here, go, show, url

_PLURAL = {
    LineKind.GOAL: gettext_lazy("Goals"),
    LineKind.VALUE: gettext_lazy("Values"),
    LineKind.RED_LINE: gettext_lazy("Red lines"),
    LineKind.STEP: gettext_lazy("Next steps"),
}


def _page_of(place: Place, kind: str) -> SharedPage | None:
    if kind not in PageKind.values:
        raise Http404
    found = queries.shared_page(place.partnership, kind, place.partners)
    if found is not None and not SharedPage.objects.visible_to(place.user).filter(pk=found.pk).exists():
        return None
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_read)
def page(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    """The partners' lines side by side, and who agrees to the page as it stands."""
    found = _page_of(place, kind)
    is_goals = kind == PageKind.GOALS
    form: Any = None
    if can_answer(place):
        posted = request.POST if request.method == "POST" else None
        form = LineForm(posted) if is_goals else StepForm(posted, place=place)
        if posted is not None and form.is_valid():
            try:
                actions.add_line(**{"kind": LineKind.STEP, **form.cleaned_data}, by=place)
            except ValidationError as error:
                note_errors(form, error)
            else:
                return go(place, "page", kind)
    elif request.method == "POST":
        require(False)
    lines = queries.lines_of(found) if found is not None else []
    agreed = queries.agreed_by(found, place)
    kinds = (LineKind.GOAL, LineKind.VALUE, LineKind.RED_LINE) if is_goals else (LineKind.STEP,)
    own = place.own_party.pk
    more = _goals_again(place, found, lines) if is_goals else {}
    drawn = more.get("goals", {})
    context = {
        **more,
        "kind": kind,
        "is_goals": is_goals,
        "page": found,
        "groups": [
            {
                "label": _PLURAL[k],
                "lines": [x for x in lines if x.kind == k],
                "columns": _columns(place, lines, k, drawn),
            }
            for k in kinds
            if any(x.kind == k for x in lines)
        ],
        "form": form,
        "agreed": [{"party": p, "yes": p.pk in agreed} for p in place.partners],
        "standing": [
            {"relation": r, "label": r.label, "count": sum(x.relation == r for x in lines)}
            for r in (Relation.CONFLICT, Relation.NOT_DISCUSSED, Relation.COMPATIBLE, Relation.SHARED)
            if is_goals and any(x.relation == r for x in lines)
        ],
        "may_agree": found is not None and lines and can_release(place) and own not in agreed,
        "why": lesson("DD4"),
    }
    return show(request, place, "page", context)


def _columns(
    place: Place, lines: list[SharedLine], kind: str, drawn: dict[int, scoping.GoalRow]
) -> list[dict[str, Any]]:
    """The partners side by side, each with its lines; those that left come last. A line that was drawn in scoping
    brings what its own side gains and fears, as this reader may read it."""

    def own_side(line: SharedLine) -> Any:
        row = drawn.get(line.goal_id or 0)
        return next((s.side for s in row.sides if s.party.pk == line.party_id), None) if row else None

    wrote = {line.party_id for line in lines}
    parties = [*place.partners, *(p for p in place.parties if p.left_on is not None and p.pk in wrote)]
    return [
        {
            "party": party,
            "lines": [
                {"it": x, "mine": place.party is not None and x.party_id == place.party.pk, "side": own_side(x)}
                for x in lines
                if x.kind == kind and x.party_id == party.pk
            ],
        }
        for party in parties
    ]


def _goals_again(place: Place, found: SharedPage | None, lines: list[SharedLine]) -> dict[str, Any]:
    """Goals of the canvas to take over, with what each gains and fears; who read the page again; what has drifted."""
    rows = {row.goal.pk: row for row in scoping.goals(place)}
    taken = {line.goal_id for line in lines if line.party_id == place.own_party.pk}
    again = queries.read_again(place, found) if found is not None else []
    held = {a.party.pk: a.held_at for a in again if a.held_at is not None}
    # One's own last yes; for a broker, the first moment from which somebody's yes may be outdated.
    since = held.get(place.own_party.pk) or min(held.values(), default=None)
    return {
        "offered": [row for pk, row in rows.items() if pk not in taken],
        "goals": rows,
        "again": again,
        "since": since,
        "drift": queries.drift(place, found, since) if found is not None and since is not None else [],
        "may_reaffirm": bool(lines) and bool(held) and can_release(place),
        "reaffirm_days": queries.REAFFIRM_DAYS,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_release)
def reaffirm(request: HttpRequest, place: Place) -> HttpResponse:
    """Say whether the goals still hold. The day is kept, and everything that was said before."""
    found = _page_of(place, PageKind.GOALS)
    if found is None:
        raise Http404
    form = AgainForm(request.POST or None, initial={"version": found.version})
    lines = queries.lines_of(found)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.reaffirm(found, says=data["says"], words=data["words"], seen=data["version"], by=place)
        except ValidationError as error:
            note_errors(form, error)
            if getattr(error, "code", "") == "stale":
                # What was typed is kept; the page as it stands now is above, and the next answer is to that one.
                again: Any = request.POST.copy()
                again["version"] = str(found.version)
                form.data = again
        else:
            messages.success(request, _("Noted, with today’s date."))
            return go(place, "page", PageKind.GOALS)
    return show(request, place, "again", {"form": form, "lines": lines, "back": url(place, "page", PageKind.GOALS)})


@require_POST
@guarded(can_answer)
def take_goal(request: HttpRequest, place: Place, goal: str) -> HttpResponse:
    """A goal of the canvas becomes a line of the own side."""
    found = get_object_or_404(Goal.objects.visible_to(place).filter(withdrawn_at=None), public_id=goal)
    act_and_say(
        request,
        lambda: actions.take_goal(found, by=place),
        _("It stands among your goals. Say how you see it together."),
    )
    return go(place, "page", PageKind.GOALS)


@require_POST
@guarded(can_release)
def agree_page(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    found = _page_of(place, kind)
    if found is None:
        raise Http404
    seen = number(request.POST.get("version"))
    act_and_say(
        request,
        lambda: actions.agree_page(found, seen=seen, by=place),
        lambda by_all: _("All of you agree.") if by_all else _("You agree. It waits for the others now."),
    )
    return go(place, "page", kind)


def _line(place: Place, kind: str, public_id: str) -> SharedLine:
    found: SharedLine = get_object_or_404(
        SharedLine.objects.visible_to(place).filter(withdrawn_at=None).select_related("page", "party__organisation"),
        public_id=public_id,
        page__kind=kind,
    )
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def relate(request: HttpRequest, place: Place, kind: str, line: str) -> HttpResponse:
    """Say how a line is seen together."""
    found = _line(place, kind, line)
    if kind != PageKind.GOALS:
        raise Http404
    mine = found.party_id == place.own_party.pk
    first = {"relation": found.relation, "version": found.version, "text": found.text}
    form = RelationForm(request.POST if request.method == "POST" else None, initial=first, mine=mine)
    newer = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.change_line(found, by=place, text=data.get("text"), relation=data["relation"], seen=data["version"])
        except ValidationError as error:
            note_errors(form, error)
            if getattr(error, "code", "") == "stale":
                newer = _newer(form, _line(place, kind, line))
        else:
            return go(place, "page", kind)
    return form_here(
        request, place, title=found.text, lede=f"{found.get_kind_display()}, {found.party.name}", form=form,
        label=_("Save"), cancel_url=url(place, "page", kind), newer=newer, keep=True,
    )  # fmt: skip


def _newer(form: RelationForm, now: SharedLine) -> dict[str, Any]:
    """What stands there by now, beside what was typed; sent once more, the typed counts."""
    typed: Any = form.data
    data = form.data = typed.copy()
    data["version"] = str(now.version)
    chosen = data.get("relation", "")
    fields = [
        {
            "label": form.fields["relation"].label,
            "theirs": now.get_relation_display(),
            "yours": Relation(chosen).label if chosen in Relation.values else "",
        }
    ]
    if "text" in form.fields and data.get("text", "") != now.text:
        fields.append({"label": form.fields["text"].label, "theirs": now.text, "yours": data.get("text", "")})
    return {"by": _("Somebody"), "at": now.changed_at, "fields": fields}


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def remove_line(request: HttpRequest, place: Place, kind: str, line: str) -> HttpResponse:
    """Ask, then take a line away."""
    found = _line(place, kind, line)
    require(found.party_id == place.own_party.pk)
    return confirm_page(
        request, place, lambda: actions.remove_line(found, by=place), tab=TAB, done=_("Taken away."),
        go=url(place, "page", kind), title=_("Take this line away?"), label=_("Take it away"),
        lines=[found.text, _("Everybody who agreed to the page is asked again.")],
        cancel_url=url(place, "page", kind), cancel_label=_("Keep it"),
    )  # fmt: skip
