"""What is asked, and when: the facts on which questions depend, and going through the questions again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.catalogue.content import LibraryQuestion
from partnerships.catalogue.queries import lesson, text
from partnerships.looks.format import and_list
from partnerships.record.frame import note_errors

from .. import actions, queries
from ..forms import FactForm, RefreshForm
from ..permissions import can_answer, can_read, can_read_own, can_release
from .shown import go, show


@require_safe
@guarded(can_read_own)
def facts(request: HttpRequest, place: Place) -> HttpResponse:
    """Which facts hold here, who said so, and how many questions depend on each."""
    asked = queries.asked_in(place.partnership)
    rows = [{"it": one, "why": lesson(one.lessons[0]).why if one.lessons else "", "lesson": next(iter(one.lessons), "")}
            for one in queries.facts_in(place, asked)]  # fmt: skip
    context = {
        "facts": rows,
        "is_exploration": place.partnership.is_exploration,
        "may_answer": can_answer(place),
    }
    return show(request, place, "facts", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def fact(request: HttpRequest, place: Place, fact: str) -> HttpResponse:
    """Say whether one fact holds; what appears and what disappears is said before."""
    asked = queries.asked_in(place.partnership)
    found = next((one for one in queries.facts_in(place, asked) if one.code == fact), None)
    if found is None:
        raise Http404
    effects = {holds: queries.effect_of(place, asked, fact, holds=holds) for holds in (True, False)}
    form = FactForm(
        request.POST if request.method == "POST" else None,
        label=text(found.fact.title),
        helps={"yes": _effect_in_words(effects[True]), "no": _effect_in_words(effects[False])},
        initial={"holds": ("yes" if found.said.holds else "no") if found.said is not None else ""},
    )
    if request.method == "POST" and form.is_valid():
        holds = form.cleaned_data["holds"] == "yes"
        actions.say_fact(code=fact, holds=holds, by=place)
        messages.success(
            request, _("Noted, for all partners. %(effect)s") % {"effect": _effect_in_words(effects[holds])}
        )
        return go(place, "facts")
    codes = found.lessons
    context = {
        "found": found,
        "form": form,
        "why": lesson(codes[0]).why if codes else "",
        "lesson": codes[0] if codes else "",
        "effects": effects,
    }
    return show(request, place, "fact", context)


def _effect_in_words(effect: queries.Effect) -> str:
    """What appears, what disappears, and what becomes of answers."""
    said = []
    if count := len(effect.appear):
        more = ngettext(
            "%(count)s question more is asked: %(codes)s.", "%(count)s questions more are asked: %(codes)s.", count
        )
        said.append(more % {"count": count, "codes": _codes(effect.appear)})
    if count := len(effect.disappear):
        less = ngettext(
            "%(count)s question is asked no longer: %(codes)s.",
            "%(count)s questions are asked no longer: %(codes)s.",
            count,
        )
        said.append(less % {"count": count, "codes": _codes(effect.disappear)})
    if effect.answered:
        said.append(
            ngettext(
                "%(count)s answer of yours is kept, and counts for nothing.",
                "%(count)s answers of yours are kept, and count for nothing.",
                effect.answered,
            )
            % {"count": effect.answered}
        )
    return " ".join(said) or _("The questions stay as they are.")


def _codes(questions: tuple[LibraryQuestion, ...]) -> str:
    return and_list([queries.in_short(q.code, text(q.text)) for q in questions])


@require_safe
@guarded(can_read)
def rounds(request: HttpRequest, place: Place) -> HttpResponse:
    """When the partners went through the questions, why, and what was asked differently."""
    turns = queries.turns_of(place)
    if not turns and not place.is_partner:
        raise Http404
    return show(request, place, "rounds", {"turns": turns, "may_refresh": can_release(place) and bool(turns)})


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_release)
def refresh(request: HttpRequest, place: Place) -> HttpResponse:
    """Begin a new round: why, then what happens by it, then yes."""
    asked = queries.asked_in(place.partnership)
    if asked.round is None:
        messages.error(request, _("Nothing has been answered yet: there is nothing to look at again."))
        return go(place, "rounds")
    form = RefreshForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "sure": False}
    if request.method == "POST" and form.is_valid():
        if "sure" in request.POST:
            data = form.cleaned_data
            try:
                made = actions.start_refresh(reason=data["reason"], note=data["note"], by=place, seen=data["round"])
            except ValidationError as error:
                note_errors(form, error)
            else:
                messages.success(request, _("Round %(number)s has begun.") % {"number": made.number})
                return go(place, "overview")
        else:
            own = queries.checklists(place.own_party, place.partners)
            context |= {
                "sure": True,
                "number": asked.round.number,
                "reason": form.reason_in_words(),
                "changes": queries.changes_ahead(asked, queries.next_library(place.partnership)),
                "answers": sum(r.says_something or r.is_carried for c in own for r in c.rows),
            }
    return show(request, place, "refresh", context)
