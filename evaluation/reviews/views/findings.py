"""What the partners conclude, and what they will do about it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from partnerships import clock
from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.record.frame import confirm_page, form_page

from .. import actions, queries, reading
from ..forms import (
    AcceptForm,
    ActionForm,
    DoneForm,
    FindingForm,
    StanceForm,
    TalkForm,
)
from ..models import Action, Finding, Round
from ..permissions import (
    can_conclude,
    can_take_stance,
)
from ..states import RoundState, Stance
from ..telling import Telling
from .shown import AGREED, TAB, round_of, url_of


@guarded(can_conclude)
@require_http_methods(["GET", "POST"])
def talk(request: HttpRequest, place: Place, rid: str, about: str) -> HttpResponse:
    round = round_of(place, rid)
    read = reading.read(round, place) if round.state == RoundState.OPENED else None
    row = read.row(about) if read is not None else None
    if read is None or row is None:
        raise Http404
    form = TalkForm(request.POST or None)
    return form_page(
        request,
        place,
        form,
        lambda: actions.mark_talked(round, about=about, note=form.cleaned_data["note"], by=place),
        tab=TAB,
        done=_("Noted: you talked about it."),
        go=url_of(round) + "#first",
        title=_("We talked about it"),
        lede=Telling(read, queries.instrument_of(round)).name_of(about),
        label=_("Note it"),
        cancel_url=url_of(round),
        keep=True,
    )


@guarded(can_conclude)
@require_http_methods(["GET", "POST"])
def add_finding(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = round_of(place, rid)
    form = FindingForm(request.POST or None, initial={"about": request.GET.get("about", "")[:60]})
    return form_page(
        request,
        place,
        form,
        lambda: actions.add_finding(round, text=form.cleaned_data["text"], about=form.cleaned_data["about"], by=place),
        tab=TAB,
        done=_("Written down. The other partners are asked whether they agree."),
        go=url_of(round) + AGREED,
        title=_("Write down a finding"),
        lede=_("One sentence that all partners can agree to. Whoever sees it differently says so beside it."),
        label=_("Write it down"),
        cancel_url=url_of(round),
        keep=True,
    )


def _finding(request: HttpRequest, place: Place, round: Round, fid: str) -> Finding:
    """One that stands. What is sent about one that was taken back meanwhile is answered in the form, and not lost."""
    standing = Finding.objects.visible_to(place.user).filter(round=round, withdrawn_at=None)
    finding: Finding | None = standing.filter(public_id=fid).first()
    if finding is None and request.method == "POST":
        finding = queries.finding_taken_back(round, fid)
    if finding is None:
        raise Http404
    return finding


@guarded(can_take_stance)
@require_http_methods(["GET", "POST"])
def stance(request: HttpRequest, place: Place, rid: str, fid: str) -> HttpResponse:
    round = round_of(place, rid)
    finding = _finding(request, place, round, fid)
    own = finding.stances.filter(party=place.own_party).select_related("by")
    form = StanceForm(request.POST or None, instance=own.first())

    def newer() -> dict[str, Any]:
        """What a colleague said in between, beside what is said here; sent once more, this counts."""
        now = own.get()
        form.data = {**request.POST.dict(), "seen": now.mark}
        names = dict(Stance.choices)
        fields = [
            {"label": _("Do you agree?"), "yours": names[form.cleaned_data["stance"]], "theirs": names[now.stance]},
            {"label": form.fields["dissent"].label, "yours": form.cleaned_data["dissent"], "theirs": now.dissent},
        ]
        return {"by": now.by, "at": now.at, "fields": [each for each in fields if each["yours"] != each["theirs"]]}

    return form_page(
        request,
        place,
        form,
        lambda: actions.take_stance(finding, **form.cleaned_data, by=place),
        newer=newer,
        tab=TAB,
        done=_("Your word is noted."),
        go=url_of(round) + AGREED,
        title=_("Do you agree?"),
        lede=finding.text,
        label=_("That is our word"),
        cancel_url=url_of(round),
        keep=True,
    )


@guarded(can_conclude)
@require_http_methods(["GET", "POST"])
def take_finding_back(request: HttpRequest, place: Place, rid: str, fid: str) -> HttpResponse:
    """Asks before what the own side wrote is gone; nobody else has said a word on it yet."""
    round = round_of(place, rid)
    finding = _finding(request, place, round, fid)
    if finding.party_id != place.own_party.pk:
        raise Http404
    return confirm_page(
        request,
        place,
        lambda: actions.take_finding_back(finding, by=place),
        tab=TAB,
        done=_("Taken back. The history keeps that it was written."),
        go=url_of(round) + AGREED,
        title=_("Take this finding back?"),
        lines=[finding.text, _("The others are not asked about it any more.")],
        label=_("Take it back"),
        cancel_url=url_of(round) + AGREED,
        cancel_label=_("Keep it"),
    )


@guarded(can_conclude)
@require_http_methods(["GET", "POST"])
def add_action(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = round_of(place, rid)
    key = request.GET.get("finding", "")
    finding = _finding(request, place, round, key) if key else None
    form = ActionForm(request.POST or None, place=place)

    def act() -> Action:
        party, seat = form.owner()
        return actions.add_action(
            round,
            text=form.cleaned_data["text"],
            owner_party=party,
            owner_seat=seat,
            due_on=form.cleaned_data["due_on"],
            finding=finding,
            by=place,
        )

    return form_page(
        request,
        place,
        form,
        act,
        tab=TAB,
        done=_("Added. It is on the list of whoever does it."),
        go=url_of(round) + AGREED,
        title=_("Agree on an action"),
        lede=finding.text if finding is not None else _("What will change because of this review?"),
        label=_("Add it"),
        cancel_url=url_of(round),
        keep=True,
    )


def _action(place: Place, round: Round, aid: str) -> Action:
    action: Action = get_object_or_404(
        Action.objects.visible_to(place.user).filter(round=round, withdrawn_at=None), public_id=aid
    )
    require(place.party is not None and action.owner_party_id == place.party.pk)
    return action


@guarded(can_conclude)
@require_http_methods(["GET", "POST"])
def accept_action(request: HttpRequest, place: Place, rid: str, aid: str) -> HttpResponse:
    round = round_of(place, rid)
    action = _action(place, round, aid)
    seat = action.owner_seat_id or (place.seat.pk if place.seat is not None else "")
    form = AcceptForm(
        request.POST or None,
        people=list(queries.people_of(place.own_party)),
        initial={"due_on": action.due_on or clock.today(), "owner": str(seat)},
    )
    return form_page(
        request,
        place,
        form,
        lambda: actions.accept_action(action, owner_seat=form.owner(), due_on=form.cleaned_data["due_on"], by=place),
        tab=TAB,
        done=_("Accepted."),
        go=url_of(round) + AGREED,
        title=_("Accept this action"),
        lede=action.text,
        label=_("We do it"),
        cancel_url=url_of(round),
    )


@guarded(can_conclude)
@require_http_methods(["GET", "POST"])
def finish_action(request: HttpRequest, place: Place, rid: str, aid: str) -> HttpResponse:
    round = round_of(place, rid)
    action = _action(place, round, aid)
    form = DoneForm(request.POST or None)
    return form_page(
        request,
        place,
        form,
        lambda: actions.finish_action(action, note=form.cleaned_data["note"], by=place),
        tab=TAB,
        done=_("Done."),
        go=url_of(round) + AGREED,
        title=_("This is done"),
        lede=action.text,
        label=_("It is done"),
        cancel_url=url_of(round),
        keep=True,
    )
