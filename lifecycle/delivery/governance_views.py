"""Pages of governance and of disagreements."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partnerships import clock
from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.catalogue.queries import lesson
from partnerships.looks.typed import number
from partnerships.record.frame import act_and_say, confirm_page, render_record

from . import governance, queries
from .forms import (
    BodyForm,
    DisputeForm,
    EndBodyForm,
    EscalateForm,
    PlanMeetingForm,
    RecordMeetingForm,
    ResolutionForm,
    SettlementForm,
    TakeDecisionForm,
)
from .models import BodyMeeting, Dispute, GovernanceBody, Resolution
from .pages import TAB, bound, form_page, newer_text
from .permissions import (
    can_agree_body,
    can_agree_end,
    can_dispute,
    can_escalate,
    can_facilitate,
    can_propose_body,
    can_propose_end,
    can_read,
    can_settle,
)
from .states import NEXT_LEVEL, DisputeLevel, MeetingState, ResolutionState


def _home(place: Place) -> str:
    return reverse("delivery:overview", args=[place.partnership.public_id])


# Bodies ---------------------------------------------------------------------------------------------------------------
def _body(place: Place, body: str) -> GovernanceBody:
    found: GovernanceBody = get_object_or_404(
        GovernanceBody.objects.visible_to(place)
        .select_related("circle")
        .select_related("end_party__organisation")
        .prefetch_related(
            "seats__party__organisation", "consents__party__organisation", "consents__by", "end_consents__party"
        ),
        public_id=body,
    )
    found.partnership = place.partnership
    return found


@require_safe
@guarded(can_read)
def body(request: HttpRequest, place: Place, body: str) -> HttpResponse:
    found = _body(place, body)
    missing = queries.missing_consents(found, place) if found.ended_on is None else []
    held = queries.meetings(place).filter(body=found).order_by("-on", "-pk")[: queries.SETTLED_ROWS]
    context = {
        "body": found,
        "missing": missing,
        "agreed": [c for c in found.consents.all() if c.body_version == found.version],
        "meetings": list(held),
        "not_yet_ended": [p for p in place.partners if p.pk not in {c.party_id for c in found.end_consents.all()}],
        "may_end": can_propose_end(place, found),
        "may_agree_end": can_agree_end(place, found),
        "may_keep": governance.may_keep(place, found),
        "may_agree": can_agree_body(place, found),
        "may_change": can_propose_body(place) and found.ended_on is None,
        "may_meet": can_facilitate(place) and found.ended_on is None,
        "why": lesson("ST3").why,
    }
    return render_record(request, place, "lifecycle/delivery/body.html", context, tab=TAB)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_propose_body)
def propose_body(request: HttpRequest, place: Place) -> HttpResponse:
    form = BodyForm(bound(request)["data"], place=place)
    return form_page(
        request, place, form,
        lambda: governance.propose_body(
            by=place, values=form.values(), lines=form.seat_lines(), circle_kind=form.cleaned_data["circle"]
        ),
        template="lifecycle/delivery/body_form.html",
        title=_("Who decides what"), label=_("Propose it"),
        lede=_("From two leads on the phone every month to a steering group: as much as the work needs, no more."),
        done=_("Proposed. It stands when every partner has agreed."), cancel_url=_home(place),
        why=lesson("ST3").why, lesson="ST3",
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_propose_body)
def change_body(request: HttpRequest, place: Place, body: str) -> HttpResponse:
    found = _body(place, body)
    first = {n: getattr(found, n) for n in governance.BODY_FIELDS} | {"seen": found.version}
    form = BodyForm(bound(request)["data"], place=place, body=found, initial=first)

    def newer() -> dict[str, Any]:
        now = _body(place, body)
        return newer_text(form, place, now, {n: getattr(now, n) for n in governance.BODY_FIELDS})

    return form_page(
        request, place, form,
        lambda: governance.change_body(
            found, by=place, values=form.values(), lines=form.seat_lines(), seen=form.cleaned_data["seen"]
        ),
        newer=newer, template="lifecycle/delivery/body_form.html",
        title=_("Propose a change"), label=_("Propose it"),
        lede=_("A change starts without the others’ agreement: every partner is asked again."),
        done=_("Proposed. It stands when every partner has agreed."), cancel_url=found.path,
    )  # fmt: skip


@require_POST
@guarded(can_propose_body)
def agree_body(request: HttpRequest, place: Place, body: str) -> HttpResponse:
    """A partner's yes to the version it has read."""
    found = _body(place, body)
    act_and_say(
        request,
        lambda: governance.agree_body(found, by=place, seen=number(request.POST.get("seen"))),
        _("Your side has agreed."),
    )
    return redirect(found.path)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_propose_body)
def end_body(request: HttpRequest, place: Place, body: str) -> HttpResponse:
    """Propose to end a body: says what that means, and asks."""
    found = _body(place, body)
    if not can_propose_end(place, found):
        messages.info(request, governance.end_words(found))
        return redirect(found.path)
    form = EndBodyForm(bound(request)["data"])
    return form_page(
        request, place, form,
        lambda: governance.propose_end(found, by=place, why=form.cleaned_data["why"]),
        template="components/confirm_record_page.html",
        title=_("End %(name)s?") % {"name": found.name},
        lines=[
            _("It goes on until every partner agrees to end it."),
            _("Then its planned meetings are cancelled. What it decided stays in the record."),
        ],
        label=_("Propose to end it"), cancel_label=_("Keep it"),
        done=_("The other partners are asked."), cancel_url=found.path,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_propose_body)
def agree_end(request: HttpRequest, place: Place, body: str) -> HttpResponse:
    """Another partner's yes to ending it: it cannot be taken back, so it asks."""
    found = _body(place, body)
    if not can_agree_end(place, found):
        messages.info(request, governance.end_words(found))
        return redirect(found.path)
    return confirm_page(
        request, place, lambda: governance.agree_end(found, by=place), tab=TAB,
        title=_("End %(name)s, with the others?") % {"name": found.name},
        lines=[
            _("%(party)s says why: %(why)s")
            % {"party": found.end_party.name if found.end_party else "", "why": found.end_reason},
            _("With the last partner’s yes it ends, and its planned meetings are cancelled."),
        ],
        label=_("Agree to end it"), cancel_label=_("Not now"), cancel_url=found.path,
        done=_("Your side has agreed to end it."), go=found.path,
    )  # fmt: skip


@require_POST
@guarded(can_propose_body)
def keep_body(request: HttpRequest, place: Place, body: str) -> HttpResponse:
    """A partner does not let it end, or takes its wish back."""
    found = _body(place, body)
    act_and_say(request, lambda: governance.keep_body(found, by=place), _("It goes on as agreed."))
    return redirect(found.path)


# Meetings -------------------------------------------------------------------------------------------------------------
def _meeting(place: Place, meeting: str) -> BodyMeeting:
    found: BodyMeeting = get_object_or_404(
        BodyMeeting.objects.visible_to(place)
        .select_related("body__circle", "circle", "author")
        .prefetch_related(
            "body__seats__party__organisation",
            "present__seat__membership__user",
            "present__seat__party__organisation",
            "resolutions__voices__party__organisation",
        ),
        public_id=meeting,
    )
    found.partnership = found.body.partnership = place.partnership
    return found


@require_safe
@guarded(can_read)
def meeting(request: HttpRequest, place: Place, meeting: str) -> HttpResponse:
    found = _meeting(place, meeting)
    present = [p.seat for p in found.present.all()]
    context = {
        "meeting": found,
        "present": present,
        "quorum": queries.quorum_of(found, found.body, present) if found.state == MeetingState.HELD else None,
        "may": can_facilitate(place),
        "past": found.on < clock.today(place.user.time_zone),
    }
    return render_record(request, place, "lifecycle/delivery/meeting.html", context, tab=TAB)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_facilitate)
def plan_meeting(request: HttpRequest, place: Place, body: str) -> HttpResponse:
    found = _body(place, body)
    form = PlanMeetingForm(bound(request)["data"], initial={"on": queries.next_day(place, found)})

    def act() -> BodyMeeting:
        data = form.cleaned_data
        return governance.plan_meeting(
            found, by=place, on=data["on"], at_time=data["at_time"], place=data["where"], agenda=data["agenda"]
        )

    return form_page(
        request, place, form, act,
        title=_("Plan a meeting"), lede=found.name, label=_("Plan it"),
        done=_("Planned. It stands in everybody’s calendar."), cancel_url=found.path,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_facilitate)
def move_meeting(request: HttpRequest, place: Place, meeting: str) -> HttpResponse:
    found = _meeting(place, meeting)
    first = {"on": found.on, "at_time": found.at_time, "where": found.place, "agenda": found.agenda}
    form = PlanMeetingForm(bound(request)["data"], initial=first | {"seen": found.version})

    def act() -> BodyMeeting:
        data = form.cleaned_data
        return governance.move_meeting(
            found, by=place, on=data["on"], at_time=data["at_time"], place=data["where"], agenda=data["agenda"],
            seen=data["seen"],
        )  # fmt: skip

    def newer() -> dict[str, Any]:
        now = _meeting(place, meeting)
        return newer_text(form, place, now, {"on": now.on, "where": now.place, "agenda": now.agenda})

    return form_page(
        request, place, form, act, newer=newer,
        title=_("Move or change the meeting"), lede=found.body.name, label=_("Save"),
        done=_("Saved. Calendars and reminders have moved with it."), cancel_url=found.path,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_facilitate)
def cancel_meeting(request: HttpRequest, place: Place, meeting: str) -> HttpResponse:
    found = _meeting(place, meeting)
    return confirm_page(
        request, place, lambda: governance.cancel_meeting(found, by=place), tab=TAB,
        title=_("Cancel this meeting?"), text=_("It leaves every calendar, and those who were to come are told."),
        label=_("Cancel the meeting"), cancel_label=_("Keep it"), cancel_url=found.path,
        done=_("Cancelled, and the others are told."), go=found.path,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_facilitate)
def record_meeting(request: HttpRequest, place: Place, meeting: str) -> HttpResponse:
    """Who was there, and what was said; also to mend what was written down."""
    found = _meeting(place, meeting)
    first = {
        "on": min(found.on, clock.today(place.user.time_zone)),
        "present": [p.seat.public_id for p in found.present.all()],
        "guests": found.guests,
        "notes": found.notes,
        "seen": found.version,
    }
    form = RecordMeetingForm(bound(request)["data"], place=place, meeting=found, initial=first)

    def newer() -> dict[str, Any]:
        now = _meeting(place, meeting)
        return newer_text(form, place, now, {"on": now.on, "guests": now.guests, "notes": now.notes})

    return _record(request, place, form, found, newer=newer, cancel_url=found.path, lede=found.body.name)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_facilitate)
def record_unplanned(request: HttpRequest, place: Place, body: str) -> HttpResponse:
    """A meeting that nobody had planned here."""
    found = _body(place, body)
    form = RecordMeetingForm(bound(request)["data"], place=place, initial={"on": clock.today(place.user.time_zone)})
    return _record(request, place, form, found, cancel_url=found.path, lede=found.name)


def _record(
    request: HttpRequest,
    place: Place,
    form: RecordMeetingForm,
    what: BodyMeeting | GovernanceBody,
    **context: Any,
) -> HttpResponse:
    def act() -> BodyMeeting:
        data = form.cleaned_data
        return governance.record_meeting(
            what, by=place, on=data["on"], present=form.chosen_seats(), guests=data["guests"], notes=data["notes"],
            seen=data["seen"],
        )  # fmt: skip

    return form_page(
        request, place, form, act,
        title=_("Write the meeting down"), label=_("Save"),
        done=_("Saved. Add what was decided, one by one."), **context,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_facilitate)
def add_resolution(request: HttpRequest, place: Place, meeting: str) -> HttpResponse:
    found = _meeting(place, meeting)
    if found.state != MeetingState.HELD:
        messages.info(request, _("Write the meeting down first."))
        return redirect("delivery:record_meeting", pid=place.partnership.public_id, meeting=meeting)
    form = ResolutionForm(bound(request)["data"], place=place, parties=_voters(place, found.body))

    def act() -> BodyMeeting:
        data = form.cleaned_data
        governance.add_resolution(
            found, by=place, text=data["text"], state=data["state"], agreed=form.chosen_all("agreed")
        )
        return found

    return form_page(
        request, place, form, act,
        title=_("What was decided"), lede=found.body.name, label=_("Write it down"), done=_("Written down."),
        cancel_url=found.path,
    )  # fmt: skip


def _voters(place: Place, body: GovernanceBody) -> list[Any]:
    seated = {s.party_id for s in body.seats.all()}
    return [p for p in place.present if p.pk in seated]


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_facilitate)
def take_decision(request: HttpRequest, place: Place, meeting: str, resolution: str) -> HttpResponse:
    """What was left open is decided now."""
    found = _meeting(place, meeting)
    one: Resolution = get_object_or_404(
        Resolution.objects.visible_to(place.user).filter(meeting=found).select_related("meeting"), public_id=resolution
    )
    if one.state != ResolutionState.LEFT_OPEN:
        messages.info(request, _("This was decided already."))
        return redirect(found.path)
    form = TakeDecisionForm(
        bound(request)["data"], place=place, parties=_voters(place, found.body), resolution=one,
        initial={"on": clock.today(place.user.time_zone)},
    )  # fmt: skip

    def act() -> BodyMeeting:
        data = form.cleaned_data
        governance.take_decision(one, by=place, state=data["state"], on=data["on"], agreed=form.chosen_all("agreed"))
        return found

    return form_page(
        request, place, form, act,
        title=_("Take an open decision"), lede=one.text, label=_("Write it down"), done=_("Decided."),
        cancel_url=found.path, why=lesson("OC3").why, lesson="OC3",
    )  # fmt: skip


# Disputes -------------------------------------------------------------------------------------------------------------
def _dispute(place: Place, dispute: str) -> Dispute:
    found: Dispute = get_object_or_404(
        Dispute.objects.visible_to(place)
        .select_related("circle", "party__organisation")
        .prefetch_related("steps__party__organisation", "settlements__party__organisation"),
        public_id=dispute,
    )
    found.partnership = place.partnership
    return found


@require_safe
@guarded(can_read)
def dispute(request: HttpRequest, place: Place, dispute: str) -> HttpResponse:
    found = _dispute(place, dispute)
    agreed = {s.party_id for s in found.settlements.all()}
    next_level = NEXT_LEVEL.get(found.level)
    context = {
        "dispute": found,
        "missing": [p for p in place.partners if p.pk not in agreed] if found.settled_how else [],
        "next_level": DisputeLevel(next_level).label if next_level else "",
        "may_escalate": can_escalate(place, found) and next_level is not None,
        "may_settle": can_escalate(place, found),
        "may_agree": can_settle(place, found) and bool(found.settled_how),
    }
    return render_record(request, place, "lifecycle/delivery/dispute.html", context, tab=TAB)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_dispute)
def open_dispute(request: HttpRequest, place: Place) -> HttpResponse:
    form = DisputeForm(bound(request)["data"])
    return form_page(
        request, place, form,
        lambda: governance.open_dispute(by=place, what=form.cleaned_data["what"], due_on=form.cleaned_data["due_on"]),
        title=_("Put a disagreement on its route"),
        lede=_("The leads first, then the executives, then a mediator, each with a day. The partners and the broker "
               "read it."),
        label=_("Put it on its route"), done=_("The leads are asked to settle it."), cancel_url=_home(place),
        why=lesson("ST3").why, lesson="ST3",
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_dispute)
def escalate(request: HttpRequest, place: Place, dispute: str) -> HttpResponse:
    found = _dispute(place, dispute)
    next_level = NEXT_LEVEL.get(found.level)
    if next_level is None or not can_escalate(place, found):
        raise Http404
    form = EscalateForm(bound(request)["data"])
    return form_page(
        request, place, form,
        lambda: governance.escalate(
            found, by=place, due_on=form.cleaned_data["due_on"], why=form.cleaned_data["why"]
        ),
        title=_("One level higher"), lede=DisputeLevel(next_level).label, label=_("Take it higher"),
        done=_("They are asked."), cancel_url=found.path,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_dispute)
def propose_settlement(request: HttpRequest, place: Place, dispute: str) -> HttpResponse:
    found = _dispute(place, dispute)
    if not can_escalate(place, found):
        messages.info(request, _("This is settled already."))
        return redirect(found.path)
    form = SettlementForm(bound(request)["data"], initial={"how": found.settled_how})
    return form_page(
        request, place, form,
        lambda: governance.propose_settlement(found, by=place, how=form.cleaned_data["how"]),
        title=_("How it is settled"), lede=_("It is settled when every partner says yes to this text."),
        label=_("Propose it"), done=_("Proposed. The other partners are asked."), cancel_url=found.path,
    )  # fmt: skip


@require_POST
@guarded(can_dispute)
def agree_settlement(request: HttpRequest, place: Place, dispute: str) -> HttpResponse:
    """A partner's yes to the text it has read."""
    found = _dispute(place, dispute)
    act_and_say(
        request,
        lambda: governance.agree_settlement(found, by=place, seen=number(request.POST.get("seen"))),
        lambda settled: _("Settled.") if settled.settled_on else _("Your side has agreed."),
    )
    return redirect(found.path)
