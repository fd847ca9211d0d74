"""How deep the partners look at each other, and with whose questions."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.authoring.readings import library_shown, name_of
from partnerships.catalogue.drafting import written
from partnerships.catalogue.models import CatalogueVersion
from partnerships.record.frame import act_and_say, confirm_page, form_page

from .. import actions, queries
from ..forms import (
    DepthForm,
)
from ..permissions import can_read, can_read_own, can_release
from ..states import RoundReason
from .shown import TAB, go, show, url


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_read_own)
def depth(request: HttpRequest, place: Place) -> HttpResponse:
    """How deep the partners look at each other, with which questions; each agrees by its lead or a stand-in."""
    may_propose = can_release(place)
    require(may_propose or request.method != "POST")
    agreed = queries.adopted_choice(place.partnership)
    choice = queries.open_depth_choice(place.partnership)
    now = queries.round_of(place.partnership)
    current = agreed.library if agreed is not None else None
    form = DepthForm(
        request.POST if request.method == "POST" else None,
        libraries=queries.offered_libraries(place),
        initial={"depth": queries.depth_in(agreed), "library": str(current.pk) if current is not None else ""},
    )
    return form_page(
        request, place, form,
        lambda: actions.propose_depth(depth=form.cleaned_data["depth"], library=form.chosen(), by=place),
        tab=TAB, template="lifecycle/diligence/depth.html",
        done=_("Proposed. It counts once every partner has agreed."), go=url(place, "overview"),
        choice=choice, may_propose=may_propose, now=queries.depth_in(agreed),
        proposed=_shown(place, choice.library) if choice is not None else None,
        asked=_shown(place, now.library if now is not None else queries.next_library(place.partnership)),
        awaits_refresh=queries.awaits_refresh(place.partnership),
        agreed_library=_shown(place, current),
        has_agreed=choice is not None and place.own_party.pk in {c.party_id for c in choice.consents.all()},
    )  # fmt: skip


def _shown(place: Place, version: CatalogueVersion | None) -> dict[str, object]:
    """A library in a sentence: what it is called, whose it is, and where it is read."""
    version = version if version is not None else queries.shipped_library()
    whose = version.organisation
    return {
        "name": name_of(version.title),
        "number": version.version,
        "whose": whose,
        "url": url(
            place, "library", whose.public_id if whose is not None else "shipped", version.code, str(version.version)
        ),
    }


@require_safe
@guarded(can_read)
def library(request: HttpRequest, place: Place, whose: str, code: str, number: int) -> HttpResponse:
    """Read a library before agreeing to it: shipped, one's own, or proposed in this record."""
    found = queries.readable_library(place, whose, code, number)
    if found is None:
        raise Http404
    context = {
        "library": library_shown(written(found.content)),
        "name": name_of(found.title),
        "version": found,
        "may_agree": can_release(place),
    }
    return show(request, place, "library", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_release)
def refresh_questions(request: HttpRequest, place: Place) -> HttpResponse:
    """Go through the questions that were agreed since the round began: says what that means, and asks."""
    now = queries.round_of(place.partnership)
    if now is None or not queries.awaits_refresh(place.partnership):
        messages.info(request, _("You are asked the questions that you agreed on already."))
        return go(place, "depth")
    return confirm_page(
        request, place,
        lambda: actions.start_refresh(reason=RoundReason.QUESTIONS, note="", by=place, seen=now.number),
        tab=TAB, done=_("A new round has begun with the questions you agreed on."), go=url(place, "overview"),
        refused=url(place, "depth"),
        title=_("Begin a round with the questions you agreed on?"),
        lines=[
            _("Every partner goes through the new questions."),
            _("Answers to questions that are asked again are carried over, each to be confirmed or changed."),
            _("What was answered before stays readable, with the questions as they were asked. Decisions stand until they run out or are taken anew."),  # noqa: E501
        ],
        label=_("Begin the round"), cancel_url=url(place, "depth"), cancel_label=_("Not now"), calm=True,
    )  # fmt: skip


@require_POST
@guarded(can_release)
def agree_depth(request: HttpRequest, place: Place) -> HttpResponse:
    """A partner's yes to the proposal that it read."""
    choice = queries.open_depth_choice(place.partnership)
    if choice is None:
        messages.info(request, _("Nothing is proposed any more."))
        return go(place, "overview")
    if request.POST.get("choice") != choice.public_id:
        messages.error(request, _("Something else has been proposed since. Look again."))
        return go(place, "depth")
    act_and_say(request, lambda: actions.agree_depth(choice, by=place), _("Agreed."))
    return go(place, "depth" if queries.awaits_refresh(place.partnership) else "overview")
