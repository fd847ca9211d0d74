"""The record's own pages: overview, ground rules, people, history, releases, handing over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import clock
from ..access import actions as access
from ..access.guard import guarded, require, signed_in
from ..access.models import Release
from ..access.permissions import can_read, can_see_frame
from ..access.places import Place
from ..catalogue.queries import content, current, lesson
from ..history import kinds as act_kinds
from ..history.actions import log
from ..history.models import Act
from ..looks.format import and_list
from ..looks.typed import number
from ..work import kinds as work_kinds
from ..work.models import WorkItem
from . import actions, holding, queries, registry, release_kinds
from .forms import AcceptRulesForm, DetailsForm, HandoverForm, HoldForm, InvitePartyForm, ProposeForm, SeatForm
from .frame import act_and_say, confirm_page, form_page, render_record
from .models import HandoverPage, Partnership, PartyInvite, Seat
from .permissions import (
    can_accept_rules,
    can_change_details,
    can_change_seats,
    can_give_seats,
    can_hold,
    can_invite_party,
    can_write_handover,
)
from .states import Sector, sectors_in_order

OPENED = act_kinds.register("release.opened", gettext_lazy("Release opened"), url_name="record:releases")
RECALLED = act_kinds.register("release.recalled", gettext_lazy("Release recalled"), url_name="record:releases")


@require_http_methods(["GET", "POST"])
@signed_in
def propose(request: HttpRequest) -> HttpResponse:
    """Open a record."""
    user: Any = request.user
    if not user.memberships.filter(ended_on=None).exists():
        raise PermissionDenied
    context = {
        "title": _("Propose a partnership"),
        "lede": _("A working title is enough to begin. You invite the others in the next step."),
        "label": _("Open the record"),
        "keep": True,
    }
    form = ProposeForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        partnership = actions.propose(
            by=user,
            membership=data["organisation"],
            name=data["name"],
            country=data["country"],
            site=data["site"],
            is_exploration=data["is_exploration"],
            parent=data.get("parent"),
            stage=data["stage"],
        )
        return redirect("record:ground_rules", pid=partnership.public_id)
    return render(request, "components/form_page.html", {**context, "form": form})


@require_safe
@guarded(can_see_frame)
def overview(request: HttpRequest, place: Place) -> HttpResponse:
    """Where are we, what is next, who is waited for."""
    # Nothing changes while it is shown: what two panels read is read once.
    place = replace(place, kept={})
    sections: dict[str, list[dict[str, Any]]] = {}
    for where in ("top", "main", "aside"):
        sections[where] = []
        for panel in registry.panels(where):
            context = panel.build(place)
            if context is not None:
                sections[where].append({"template": panel.template, "context": context, "code": panel.code})
    context = {
        "sections": sections,
        "team": [team.row for team in queries.teams(place)],
        "events": queries.latest(place) if place.is_seated else [],
        "children": queries.children(place),
        "unopened": queries.unopened_releases(place),
        "rules_open": [p for p in place.present if p.rules_accepted_at is None],
        "can_invite": can_invite_party(place),
        "can_change_details": can_change_details(place),
        "is_seated": place.is_seated,
        "holds": [p for p in place.parties if p.held_since is not None],
    }
    return render_record(request, place, "partnerships/record/overview.html", context, tab="overview")


@require_http_methods(["GET", "POST"])
@guarded(can_see_frame, before_ground_rules=True)
def ground_rules(request: HttpRequest, place: Place) -> HttpResponse:
    """One page, accepted by each party before its first text."""
    require(place.is_seated)
    form = AcceptRulesForm(request.POST or None)
    may_accept = can_accept_rules(place) and place.own_party.rules_accepted_at is None
    if request.method == "POST":
        require(can_accept_rules(place))
        if form.is_valid():
            actions.accept_rules(by=place)
            messages.success(request, _("Accepted. The record is open to you."))
            return redirect("record:overview", pid=place.partnership.public_id)
    version = place.own_party.rules_version or current("ground_rules")
    context = {"rules": content(version), "form": form, "may_accept": may_accept}
    return render_record(request, place, "partnerships/record/ground_rules.html", context)


@require_http_methods(["GET", "POST"])
@guarded(can_change_details)
def details(request: HttpRequest, place: Place) -> HttpResponse:
    """What the record is called, where it is, in which currency its figures are shown."""
    form = DetailsForm(
        request.POST or None,
        instance=Partnership.objects.visible_to(place.user).get(pk=place.partnership.pk),
        initial={"seen": actions.details_mark(place.partnership)},
    )

    def newer() -> dict[str, Any]:
        """What stands there now; sent once more, the form counts as read at it."""
        now = place.partnership
        last = Act.objects.visible_to(place.user).of(now).filter(kind=actions.CHANGED).select_related("by").last()
        typed = request.POST.copy()
        typed["seen"] = actions.details_mark(now)
        form.data = typed
        return {
            "by": last.by if last else "",
            "at": last.at if last else clock.now(),
            "fields": [
                {"label": form.fields[name].label, "yours": _shown(name, yours), "theirs": _shown(name, theirs)}
                for name in actions.DETAILS
                for yours, theirs in [(form[name].value(), getattr(now, name))]
                if str(yours or "") != str(theirs or "")
            ],
        }

    def act() -> None:
        values = {name: form.cleaned_data[name] for name in actions.DETAILS}
        actions.change_details(by=place, values=values, seen=form.cleaned_data["seen"])

    here = reverse("record:overview", args=[place.partnership.public_id])
    return form_page(
        request, place, form, act, tab="overview", done=_("Saved."), go=here, newer=newer,
        title=_("About this partnership"), label=_("Save"), cancel_url=here,
    )  # fmt: skip


def _shown(name: str, value: Any) -> Any:
    """A detail as people read it."""
    if name != "sectors":
        return value
    return and_list([str(Sector(code).label) for code in sectors_in_order(value or ())])


@require_safe
@guarded(can_see_frame)
def people(request: HttpRequest, place: Place) -> HttpResponse:
    """Who is here: teams by party, wishes to bring others in."""
    context = {
        "teams": queries.teams(place),
        "invites": queries.open_invites(place),
        "can_give_seats": can_give_seats(place),
        "can_change_seats": can_change_seats(place),
        "can_invite": can_invite_party(place),
        "left": [p for p in place.parties if p.left_on is not None],
        "handovers": queries.handovers(place),
    }
    return render_record(request, place, "partnerships/record/people.html", context, tab="people")


@require_http_methods(["GET", "POST"])
@guarded(can_invite_party)
def invite(request: HttpRequest, place: Place) -> HttpResponse:
    """Propose another party; it is asked when all partners agree."""
    form = InvitePartyForm(request.POST or None, place=place)
    context = {
        "title": _("Who else should be here?"),
        "lede": _("All partners that are in agree first. Then the mail goes out; its link works once, for 14 days."),
        "label": _("Propose the invitation") if len(place.partners) > 1 else _("Send the invitation"),
        "cancel_url": reverse("record:people", args=[place.partnership.public_id]),
        "keep": True,
    }
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = actions.invite_party(
                by=place,
                role=data["role"],
                organisation=data["organisation"],
                organisation_name=data["organisation_name"],
                organisation_kind=data["organisation_kind"],
                email=data["email"],
                person_name=data["person_name"],
                language=data["language"],
                paid_by=data["paid_by"],
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            made.refresh_from_db()
            if made.sent_at:
                messages.success(request, _("The invitation is on its way to %(name)s.") % {"name": made.person_name})
            else:
                messages.success(request, _("The other partners are asked first. The mail goes out when all agree."))
            return redirect("record:people", pid=place.partnership.public_id)
    return render_record(request, place, "components/form_record_page.html", context | {"form": form}, tab="people")


@require_POST
@guarded(can_invite_party)
def answer_invite(request: HttpRequest, place: Place, invite: str) -> HttpResponse:
    """A partner's yes or no to bringing a party in."""
    wish = get_object_or_404(PartyInvite, partnership=place.partnership, public_id=invite)
    try:
        if request.POST.get("answer") == "no":
            actions.decline_invite(wish, by=place)
        else:
            actions.consent_to_invite(wish, by=place)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("record:people", pid=place.partnership.public_id)


@require_POST
@guarded(can_invite_party)
def send_invite_again(request: HttpRequest, place: Place, invite: str) -> HttpResponse:
    """A new link; the older ones stop working."""
    wish = get_object_or_404(PartyInvite, partnership=place.partnership, public_id=invite)
    act_and_say(
        request,
        lambda: actions.send_invite_again(wish, by=place),
        _("A new link is on its way. The older one has stopped working."),
    )
    return redirect("record:people", pid=place.partnership.public_id)


@require_POST
@guarded(can_invite_party)
def take_back_invite(request: HttpRequest, place: Place, invite: str) -> HttpResponse:
    """It went to the wrong address, or is not wanted any more."""
    wish = get_object_or_404(PartyInvite, partnership=place.partnership, public_id=invite)
    done = _("The invitation is taken back. Its link has stopped working.") if wish.sent_at else _("Taken back.")
    act_and_say(request, lambda: actions.take_back_invite(wish, by=place), done)
    return redirect("record:people", pid=place.partnership.public_id)


@require_http_methods(["GET", "POST"])
@guarded(can_give_seats)
def give_seat(request: HttpRequest, place: Place) -> HttpResponse:
    """Somebody of the own organisation joins the team."""
    # An administrator without a seat acts for the side; nothing else of the record opens by that.
    return _seat_form(request, place if place.is_seated else replace(place, party=place.administered), None)


@require_http_methods(["GET", "POST"])
@guarded(can_change_seats)
def change_seat(request: HttpRequest, place: Place, seat: str) -> HttpResponse:
    """Duty, function, hours of somebody on the own side."""
    return _seat_form(request, place, _own_seat(place, seat))


def _seat_form(request: HttpRequest, place: Place, seat: Seat | None) -> HttpResponse:
    form = SeatForm(request.POST or None, place=place, seat=seat)
    if request.method == "POST" and form.is_valid():
        try:
            actions.give_seat(by=place, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("record:people", pid=place.partnership.public_id)
    context = {
        "form": form,
        "title": str(seat.membership.user) if seat else _("Add a person of your side"),
        "label": _("Save"),
        "why": lesson("ST4").why,
        "lesson": "ST4",
        "cancel_url": reverse("record:people", args=[place.partnership.public_id]),
    }
    return render_record(request, place, "components/form_record_page.html", context, tab="people")


@require_http_methods(["GET", "POST"])
@guarded(can_change_seats)
def end_seat(request: HttpRequest, place: Place, seat: str) -> HttpResponse:
    """Somebody leaves the team: says what that means, and asks."""
    found = _own_seat(place, seat)
    lead = found.duty == "lead"
    here = reverse("record:people", args=[place.partnership.public_id])
    return confirm_page(
        request, place, lambda: actions.end_seat(found, by=place), tab="people",
        done=_("The seat has ended. A handover page is asked for.") if lead else _("The seat has ended."),
        # Who ended their own finds the record no more.
        go=reverse("work:home") if found.membership.user_id == place.user.pk else here, refused=here,
        title=_("%(name)s leaves the team?") % {"name": found.membership.user},
        lines=[
            _("The person reads nothing of this record any more. What they wrote stays."),
            _("What waited for them waits for your side from now on."),
            _("A lead who leaves is asked for a handover page."),
        ],
        label=_("End the seat"), cancel_url=here, cancel_label=_("Keep it"),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@guarded(can_write_handover)
def handover(request: HttpRequest, place: Place, seat: str) -> HttpResponse:
    """The page that hands over a lead's work; the own side reads and writes it."""
    found = get_object_or_404(Seat.objects.select_related("membership__user"), party=place.own_party, public_id=seat)
    page = HandoverPage.objects.visible_to(place).filter(seat=found).first()
    initial = {"seen": page.version if page else 0}
    form = HandoverForm(request.POST or None, instance=page, initial=initial)
    newer: HandoverPage | None = None
    if request.method == "POST" and form.is_valid():
        texts = {k: v for k, v in form.cleaned_data.items() if k != "seen"}
        try:
            actions.save_handover(
                found, by=place, texts=texts, finished="finish" in request.POST, seen=form.cleaned_data["seen"] or 0
            )
        except ValidationError as error:
            form.add_error(None, error)
            newer = HandoverPage.objects.visible_to(place).filter(seat=found).first()
            if newer is not None:
                # Sent once more, the form counts as read at the newer version.
                form.data = {**request.POST.dict(), "seen": str(newer.version)}
        else:
            messages.success(request, _("Saved. Your own side reads this page, nobody else."))
            return redirect("record:people", pid=place.partnership.public_id)
    # Not what waits for a colleague alone: who has not answered a review yet is nobody else's business.
    waiting = WorkItem.objects.visible_to(place).open()
    open_items = waiting.filter(party=place.own_party, is_event=False).order_by("due_at")
    names = ("who", "promised", "open", "sensitive", "next")
    context = {
        "form": form,
        "seat": found,
        "page": page,
        "newer": newer,
        "newer_fields": [(form.fields[n].label, getattr(newer, n)) for n in names] if newer else [],
        "open_items": [
            {"path": row.path, "title": work_kinds.title_of(row.kind, row.subject), "due_on": row.due_on}
            for row in open_items
        ],
    }
    return render_record(request, place, "partnerships/record/handover.html", context, tab="people")


@require_safe
@guarded(can_read)
def history(request: HttpRequest, place: Place) -> HttpResponse:
    """Everything that happened, as far as this reader may know."""
    before = number(request.GET.get("before")) or None
    events = queries.timeline(place, before=before, limit=queries.PAGE + 1)
    older = events[queries.PAGE - 1].pk if len(events) > queries.PAGE else None
    context = {"events": events[: queries.PAGE], "older": older}
    return render_record(request, place, "partnerships/record/history.html", context, tab="history")


@require_safe
@guarded(can_read)
def releases(request: HttpRequest, place: Place) -> HttpResponse:
    """What was released to us and not opened yet, and what we released."""
    context = {
        "unopened": [{"release": r, "kind": release_kinds.get(r.kind)} for r in queries.unopened_releases(place)],
        "own": [{"release": r, "kind": release_kinds.get(r.kind)} for r in queries.own_releases(place)],
    }
    return render_record(request, place, "partnerships/record/releases.html", context, tab="documents")


@require_POST
@guarded(can_read)
def open_release(request: HttpRequest, place: Place, release: str) -> HttpResponse:
    """One click that is noted: from here on the party reads the items."""
    found = get_object_or_404(
        Release, partnership=place.partnership, public_id=release, circle__members__party=place.own_party
    )
    try:
        opened = access.open_release(found, by=place)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("record:releases", pid=place.partnership.public_id)
    if opened:
        log(OPENED, by=place, item=found, circle=found.circle)
    return redirect(release_kinds.get(found.kind).url_name, pid=place.partnership.public_id)


@require_POST
@guarded(can_read)
def recall_release(request: HttpRequest, place: Place, release: str) -> HttpResponse:
    """Take back what nobody has opened yet."""
    found = get_object_or_404(Release, partnership=place.partnership, public_id=release, party=place.own_party)
    try:
        recalled = access.recall(found, by=place)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        if recalled:
            log(RECALLED, by=place, item=found, circle=found.circle)
        messages.success(request, _("Recalled from everybody who had not opened it."))
    return redirect("record:releases", pid=place.partnership.public_id)


def _own_seat(place: Place, seat: str) -> Seat:
    found: Seat = get_object_or_404(
        Seat.objects.select_related("membership__user", "party"), party=place.own_party, public_id=seat, ended_on=None
    )
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_read)
def legal_hold(request: HttpRequest, place: Place) -> HttpResponse:
    """Which sides hold what they keep; the own side's reasons; set or lift the own one."""
    holds = queries.own_holds(place)
    standing = next((h for h in holds if h.lifted_at is None), None)
    may_hold = can_hold(place)
    form = HoldForm(request.POST if request.method == "POST" else None, standing=standing)

    def act() -> None:
        reason = form.cleaned_data["reason"]
        if standing is None:
            holding.set_hold(by=place, reason=reason)
        else:
            holding.lift_hold(standing, by=place, because=reason)

    if request.method == "POST":
        require(may_hold)
    return form_page(
        request, place, form, act, tab="documents", template="partnerships/record/legal_hold.html",
        done=_("The hold is lifted.") if standing else _("The hold stands. Nothing that your side keeps is removed."),
        go=reverse("record:legal_hold", args=[place.partnership.public_id]),
        holding=[p for p in place.parties if p.held_since is not None],
        holds=holds, standing=standing, may_hold=may_hold,
    )  # fmt: skip
