"""Goals out of opportunities, with what each partner gains and fears."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.queries import lesson
from partnerships.record.frame import act_and_say, confirm_page
from partnerships.record.queries import unopened_releases

from .. import actions, kinds, queries
from ..forms import GoalForm, NewGoalForm, ReleaseForm, SideForm
from ..models import CanvasEntry, Goal, GoalSide
from ..permissions import can_hand_in, can_propose, can_read_together
from .shown import TAB, go, newer_text, page, saving_page, url


@require_safe
@guarded(can_read_together)
def goals(request: HttpRequest, place: Place) -> HttpResponse:
    """Each goal, the pair it came from, and what each partner gains and fears, side by side."""
    rows = queries.goals(place)
    used = {row.goal.opportunity_id for row in rows}
    context = {
        "rows": rows,
        "opportunities": [e for e in queries.canvas(place) if e.prompt == actions.OPPORTUNITIES and e.pk not in used],
        "shown": queries.released_sides(place),
        "may_write": can_propose(place),
        "may_show": can_hand_in(place),
        "own_id": place.party.pk if place.party else 0,
        "unopened": [r for r in unopened_releases(place) if r.kind == kinds.GOAL_RELEASE],
        "why": lesson("S3"),
    }
    return page(request, place, "goals", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_propose)
def draw_goal(request: HttpRequest, place: Place, entry: str) -> HttpResponse:
    """An opportunity becomes a goal."""
    found: CanvasEntry = get_object_or_404(
        CanvasEntry.objects.visible_to(place).filter(prompt=actions.OPPORTUNITIES, withdrawn_at=None), public_id=entry
    )
    form = NewGoalForm(request.POST or None, initial={"text": found.text[:300]})
    return saving_page(
        request, place, form, lambda: actions.draw_goal(found, by=place, **form.words()), back="goals",
        title=_("An opportunity becomes a goal"), lede=found.text, label=_("Make it a goal"),
        done=_("It stands among your goals. What you gain and fear is on your side until you show it."),
        why=lesson("S3").why, lesson="S3",
    )  # fmt: skip


def _goal(place: Place, goal: str) -> Goal:
    rows = Goal.objects.visible_to(place).filter(withdrawn_at=None).select_related("author")
    found: Goal = get_object_or_404(rows, public_id=goal)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_propose)
def goal(request: HttpRequest, place: Place, goal: str) -> HttpResponse:
    """Reword a goal."""
    found = _goal(place, goal)
    first = {"text": found.text, "about": found.about, "seen": found.version}
    form = GoalForm(request.POST or None, initial=first)

    def act() -> Goal:
        data = form.cleaned_data
        return actions.reword_goal(found, text=data["text"], about=data["about"], by=place, seen=data["seen"])

    return saving_page(
        request, place, form, act, back="goals", title=_("Reword the goal"), label=_("Save"), done=_("Saved."),
        newer=lambda: newer_text(form, _goal(place, goal), ("text",)),
    )  # fmt: skip


def _side(place: Place, found: Goal) -> GoalSide | None:
    rows = GoalSide.objects.visible_to(place).filter(goal=found, party=place.own_party)
    return rows.select_related("author", "goal", "circle").first()


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_propose)
def side(request: HttpRequest, place: Place, goal: str) -> HttpResponse:
    """What our side gains from a goal and what it fears."""
    found = _goal(place, goal)
    mine = _side(place, found)
    first = {"gain": mine.gain, "fear": mine.fear, "seen": mine.version} if mine else {}
    form = SideForm(request.POST or None, initial=first)

    def act() -> GoalSide:
        data = form.cleaned_data
        return actions.write_side(found, gain=data["gain"], fear=data["fear"], by=place, seen=data["seen"])

    def newer() -> dict[str, object] | None:
        now = _side(place, found)
        return newer_text(form, now, ("gain", "fear")) if now else None

    is_shown = mine is not None and mine.pk in queries.released_sides(place)
    return saving_page(
        request, place, form, act, back="goals", newer=newer, title=_("What we gain, and what we fear"),
        lede=found.text, label=_("Save"),
        done=_("Saved. Those you showed it to read the new words.") if is_shown else _("Saved, on your side."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_hand_in)
def show_side(request: HttpRequest, place: Place, goal: str) -> HttpResponse:
    """Show the partners what we gain and fear."""
    found = _goal(place, goal)
    mine = _side(place, found)
    if mine is None or mine.pk in queries.released_sides(place):
        return go(place, "goals")
    form = ReleaseForm(request.POST or None, initial={"to": CircleKind.PARTNERS})
    if (
        request.method == "POST"
        and form.is_valid()
        and act_and_say(
            request,
            lambda: actions.show_side(mine, to=form.cleaned_data["to"], by=place),
            _("Released. Until somebody opens it, you can recall it."),
        )
    ):
        return go(place, "goals")
    return page(request, place, "show_side", {"form": form, "goal": found, "side": mine})


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_propose)
def remove_goal(request: HttpRequest, place: Place, goal: str) -> HttpResponse:
    """Ask, then take a goal out."""
    found = _goal(place, goal)
    require(found.party_id == place.own_party.pk)
    written = GoalSide.objects.visible_to(place).filter(goal=found, withdrawn_at=None).count()
    lost = ngettext(
        "With it goes what %(count)s partner wrote that it gains and fears, as far as you read it.",
        "With it goes what %(count)s partners wrote that they gain and fear, as far as you read it.",
        written,
    )
    return confirm_page(
        request, place, lambda: actions.take_out_goal(found, by=place), tab=TAB, done=_("Taken out."),
        go=url(place, "goals"), title=_("Take this goal out?"), label=_("Take it out"),
        lines=[found.text, lost % {"count": written}, _("The opportunity stays on the canvas.")],
        cancel_url=url(place, "goals"), cancel_label=_("Keep it"),
    )  # fmt: skip
