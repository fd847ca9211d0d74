"""A side's own part in a round."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.record.frame import act_and_say, confirm_page, form_page

from .. import actions, queries
from ..forms import (
    InviteForm,
    PartForm,
    RenewForm,
)
from ..models import Part
from ..permissions import (
    can_lead_part,
)
from ..states import PartMode
from .shown import TAB, go_to, part_of, round_of, url_of


@guarded(can_lead_part)
@require_http_methods(["GET", "POST"])
def choose_part(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = round_of(place, rid)
    part = part_of(place, round)
    people = list(queries.people_of(part.party))
    initial = {"mode": part.mode} if part.mode != PartMode.UNDECIDED else {}
    broker = any(party.role == "broker" for party in place.present)
    openly = not queries.was_not_named(part)
    form = PartForm(
        request.POST or None, party=part.party, people=people, broker=broker, openly=openly, initial=initial
    )

    def act() -> Part:
        if form.cleaned_data["mode"] == PartMode.ONE_AGREED:
            return actions.choose_agreed(part, by=place)
        if form.cleaned_data["mode"] == PartMode.WITH_BROKER:
            return actions.choose_with_broker(part, by=place)
        if form.cleaned_data["mode"] == PartMode.OPEN:
            return actions.choose_open(part, seats=form.chosen(), by=place)
        return actions.choose_individual(
            part,
            seats=form.chosen(),
            addresses=form.addresses(),
            groups=form.groups(),
            on_paper=form.cleaned_data["on_paper"],
            by=place,
        )

    return form_page(
        request,
        place,
        form,
        act,
        tab=TAB,
        done=_("Chosen."),
        go=url_of(round),
        title=_("How does your side take part?"),
        lede=_(
            "Chosen before the first invitation. With fewer than five people, one agreed answer protects each of you."
        ),
        label=_("Take part like this"),
        cancel_url=url_of(round),
    )


@guarded(can_lead_part)
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = round_of(place, rid)
    part = part_of(place, round)
    asked = set(part.respondents.values_list("seat", flat=True))
    people = [seat for seat in queries.people_of(part.party) if seat.pk not in asked]
    form = InviteForm(request.POST or None, people=people, by_mail=part.mode != PartMode.OPEN)
    return form_page(
        request,
        place,
        form,
        lambda: actions.invite_more(
            part, seats=form.chosen(), addresses=form.addresses(), groups=form.groups(), by=place
        ),
        tab=TAB,
        done=lambda new: _("Asked: %(count)s more.") % {"count": new},
        go=url_of(round),
        title=_("Ask more people"),
        label=_("Ask them"),
        cancel_url=url_of(round),
    )


@guarded(can_lead_part)
@require_http_methods(["GET", "POST"])
def renew_link(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    """Somebody lost the link: a new one goes out, the old one opens nothing any more."""
    round = round_of(place, rid)
    part = part_of(place, round)
    asked = list(queries.linked(part))
    form = RenewForm(request.POST or None, respondents=asked)
    return form_page(
        request,
        place,
        form,
        lambda: actions.renew_link(part, form.chosen(), by=place),
        tab=TAB,
        done=_("A new link is on its way. The old one opens nothing any more."),
        go=url_of(round),
        title=_("Send a new link"),
        lede=_("For somebody who lost the mail, or whose mail somebody else has read. What they answered stays."),
        label=_("Send a new link"),
        cancel_url=url_of(round),
    )


@guarded(can_lead_part)
@require_http_methods(["GET", "POST"])
def approve_part(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    """The side says that what the broker wrote down is its answer."""
    round = round_of(place, rid)
    part = part_of(place, round)
    return confirm_page(
        request,
        place,
        lambda: actions.approve_part(part, seen=request.POST.get("seen", ""), by=place),
        tab=TAB,
        done=_("Approved. You can hand in your part now."),
        go=url_of(round),
        cancel_url=url_of(round, "reviews:answer_check"),
        cancel_label=_("Read it first"),
        title=_("Is this your answer?"),
        text=_("You have read what the broker wrote down, and all of you stand behind it."),
        label=_("Yes, this is our answer"),
        calm=True,
        seen=queries.mark_of(part),
    )


@guarded(can_lead_part)
@require_POST
def remind(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = round_of(place, rid)
    part = part_of(place, round)
    act_and_say(
        request, lambda: actions.remind_part(part, by=place), _("Those who have not answered yet are reminded.")
    )
    return go_to(round)


@guarded(can_lead_part)
@require_http_methods(["GET", "POST"])
def start_over(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = round_of(place, rid)
    part = part_of(place, round)
    return confirm_page(
        request,
        place,
        lambda: actions.start_over(part, by=place),
        tab=TAB,
        done=_("Start over: choose again how you take part."),
        go=url_of(round),
        cancel_url=url_of(round),
        cancel_label=_("Go back"),
        title=_("Start your part over?"),
        text=_("What your side has answered so far is destroyed, unread. Then you choose again how to take part."),
        label=_("Destroy our answers and start over"),
    )


@guarded(can_lead_part)
@require_http_methods(["GET", "POST"])
def hand_in(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = round_of(place, rid)
    part = part_of(place, round)
    return confirm_page(
        request,
        place,
        lambda: actions.submit_part(part, by=place),
        tab=TAB,
        done=_("Handed in. It stays sealed until all parts are in."),
        go=url_of(round),
        cancel_url=url_of(round),
        cancel_label=_("Go back"),
        title=_("Hand in your part?"),
        text=_(
            "Your people can still change their answers until all partners have handed in. You cannot take it back."
        ),
        label=_("Hand in"),
        calm=True,
    )
