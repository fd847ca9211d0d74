"""Pages of commitments, contributions and promises, and the first page of delivery."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lifecycle.scoping import queries as scoping
from partnerships import clock
from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.catalogue.queries import lesson
from partnerships.record.frame import act_and_say, confirm_page, render_record

from . import actions, queries
from .forms import (
    ChangeContributionForm,
    CheckGiftForm,
    CommitmentForm,
    ConfirmForm,
    ContributionForm,
    DeliverForm,
    EndPromiseForm,
    GiftForm,
    JudgePromiseForm,
    MoveDueForm,
    MovePromiseForm,
    PromiseForm,
    RewordForm,
    WriteOffForm,
    initial_of,
)
from .models import Commitment, CommunityPromise, Contribution, Gift
from .pages import TAB, bound, form_page, newer_text
from .permissions import (
    can_agree_write_off,
    can_change_commitment,
    can_check_gift,
    can_confirm,
    can_contribute,
    can_deliver,
    can_dispute,
    can_end_promise,
    can_facilitate,
    can_give,
    can_judge_promise,
    can_move_promise,
    can_note_promise,
    can_propose_body,
    can_propose_write_off,
    can_read,
    gave,
    is_another_partner,
    is_another_than_gave,
    is_community,
    owes,
    was_given,
)


def _home(place: Place) -> str:
    return reverse("delivery:overview", args=[place.partnership.public_id])


@require_safe
@guarded(can_read)
def overview(request: HttpRequest, place: Place) -> HttpResponse:
    """What waits here, what is owed, what was promised, who brings and decides what, how governance stands."""
    open_ones, settled = queries.commitment_rows(place)
    promises, ended = queries.promise_rows(place)
    found = queries.bodies(place)
    unlocked = scoping.unlocked(place)
    context = {
        "rows": open_ones,
        "settled": settled,
        "promises": promises,
        "ended": ended,
        "mine": sum(1 for row in (*open_ones, *promises, *ended) if row.is_mine),
        "picture": queries.picture(place),
        "bodies": [
            {"body": body, "missing": queries.missing_consents(body, place)} for body in found if body.ended_on is None
        ],
        "ended_bodies": [body for body in found if body.ended_on is not None],
        "agreed_words": queries.agreed_words(place),
        **queries.meeting_lists(place),
        "decisions": queries.open_decisions(place),
        "disputes": queries.disputes(place),
        "may": {
            "make": can_facilitate(place) and unlocked.shows("commitments"),
            "promise": can_note_promise(place),
            "note": can_facilitate(place),
            "give": can_contribute(place) and not place.is_broker and unlocked.shows("contributions"),
            "govern": can_propose_body(place) and unlocked.shows("governance"),
            "meet": can_facilitate(place),
            "dispute": can_dispute(place),
        },
        "shows": {form: unlocked.shows(form) for form in ("commitments", "contributions", "governance")},
        "is_community": is_community(place),
        "why": {code: lesson(code).why for code in ("ST3", "EC6", "CH3", "OC6")},
    }
    return render_record(request, place, "lifecycle/delivery/overview.html", context, tab=TAB)


# Commitments ----------------------------------------------------------------------------------------------------------
def _commitment(place: Place, commitment: str) -> Commitment:
    found: Commitment = get_object_or_404(
        queries.commitments(place)
        .select_related("owner__organisation", "party__organisation", "meeting__body", "write_off_party__organisation")
        .prefetch_related("write_off_consents__party__organisation"),
        public_id=commitment,
    )
    found.partnership = place.partnership
    return found


@require_safe
@guarded(can_read)
def commitment(request: HttpRequest, place: Place, commitment: str) -> HttpResponse:
    found = _commitment(place, commitment)
    agreed = {c.party_id for c in found.write_off_consents.all()}
    context = {
        "commitment": found,
        "steps": queries.steps_of(found, place.user),
        "due_changes": list(found.due_changes.select_related("party__organisation", "by")),
        "missing": [p for p in place.partners if p.pk not in agreed] if found.write_off_reason else [],
        "others": [p for p in place.partners if p.pk != found.owner_id],
        "may": {
            "deliver": can_deliver(place, found),
            "confirm": can_confirm(place, found),
            "change": can_change_commitment(place, found),
            "write_off": can_propose_write_off(place, found),
            "agree_write_off": can_agree_write_off(place, found),
            "keep_on": bool(found.write_off_reason) and place.is_partner and place.is_lead,
        },
    }
    return render_record(request, place, "lifecycle/delivery/commitment.html", context, tab=TAB)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_facilitate)
def make(request: HttpRequest, place: Place) -> HttpResponse:
    form = CommitmentForm(**bound(request), place=place)
    meeting = queries.meetings(place).filter(public_id=request.GET.get("meeting", "")).first()

    def act() -> Commitment:
        data, owner = form.cleaned_data, form.chosen("owner")
        assert owner is not None  # noqa: S101 - a choice of the form
        return actions.make(
            by=place, what=data["what"], owner=owner, person=data["person"], due_on=data["due_on"],
            circle_kind=data["circle"], meeting=meeting,
        )  # fmt: skip

    return form_page(
        request, place, form, act,
        title=_("A new commitment"),
        lede=_("Small and dated is best. It counts as done when another partner has confirmed it."),
        label=_("Write it down"), done=_("Written down. Who owes it is reminded in time."), cancel_url=_home(place),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def reword(request: HttpRequest, place: Place, commitment: str) -> HttpResponse:
    found = _commitment(place, commitment)
    require(place.own_party.pk in {found.owner_id, found.party_id})
    if not can_change_commitment(place, found):
        return _too_late(request, actions.state_words(found), found.path)
    seat = queries.seats_in([found.owner]).filter(membership__user=found.person_id).first() if found.person_id else None
    first = {
        "what": found.what,
        "owner": found.owner.public_id,
        "person": seat.public_id if seat else "",
        "seen": found.version,
    }
    form = RewordForm(**bound(request), place=place, commitment=found, initial=first)

    def act() -> Commitment:
        data, owner = form.cleaned_data, form.chosen("owner")
        assert owner is not None  # noqa: S101 - a choice of the form
        return actions.reword(found, by=place, what=data["what"], owner=owner, person=data["person"], seen=data["seen"])

    def newer() -> dict[str, Any]:
        now = _commitment(place, commitment)
        return newer_text(form, place, now, {"what": now.what})

    return form_page(
        request, place, form, act, newer=newer,
        title=_("Reword it, or hand it over"), label=_("Save"), done=_("Saved."), cancel_url=found.path,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def move_due(request: HttpRequest, place: Place, commitment: str) -> HttpResponse:
    found = _commitment(place, commitment)
    require(place.own_party.pk in {found.owner_id, found.party_id})
    if not can_change_commitment(place, found):
        return _too_late(request, actions.state_words(found), found.path)
    form = MoveDueForm(**bound(request), initial={"due_on": found.due_on})
    return form_page(
        request, place, form,
        lambda: actions.move_due(found, by=place, to=form.cleaned_data["due_on"], why=form.cleaned_data["why"]),
        title=_("Move the day"), lede=found.what, label=_("Move it"),
        done=_("Moved, and the reminders with it. The others read why."), cancel_url=found.path,
        why=_("A promise kept late and explained costs less trust than one that goes quiet."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def deliver(request: HttpRequest, place: Place, commitment: str) -> HttpResponse:
    """The owner's side ticks it, with a photo if there is one."""
    found = _commitment(place, commitment)
    require(owes(place, found))
    if not can_deliver(place, found):
        return _too_late(request, actions.state_words(found), found.path)
    form = DeliverForm(**bound(request))
    return form_page(
        request, place, form,
        lambda: actions.deliver(
            found, by=place, note=form.cleaned_data["note"], upload=form.cleaned_data["upload"]
        ),
        title=_("It is done"), lede=found.what, label=_("Say that it is done"),
        done=_("Noted. Another partner is asked to confirm it."), cancel_url=found.path,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def confirm(request: HttpRequest, place: Place, commitment: str) -> HttpResponse:
    """Another partner says that it was done, or what is missing."""
    found = _commitment(place, commitment)
    require(is_another_partner(place, found))
    if not can_confirm(place, found):
        return _too_late(request, actions.state_words(found), found.path)
    form = ConfirmForm(**bound(request))

    def act() -> Commitment:
        data = form.cleaned_data
        if data["answer"] == ConfirmForm.NOT_YET:
            return actions.refuse(found, by=place, why=data["note"])
        return actions.confirm(found, by=place, note=data["note"], upload=data["upload"])

    return form_page(
        request, place, form, act,
        template="lifecycle/delivery/confirm.html",
        title=_("Was it done?"), lede=found.what, label=pgettext("button", "Answer"),
        done=_("Noted."), cancel_url=found.path,
        commitment=found, last=queries.last_delivery(found, place.user),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def write_off(request: HttpRequest, place: Place, commitment: str) -> HttpResponse:
    """Propose to let it go: says what that means, and asks."""
    found = _commitment(place, commitment)
    require(place.is_partner and place.is_lead)
    if not can_propose_write_off(place, found):
        return _too_late(request, actions.state_words(found), found.path)
    form = WriteOffForm(**bound(request))
    return form_page(
        request, place, form,
        lambda: actions.propose_write_off(found, by=place, why=form.cleaned_data["why"]),
        template="components/confirm_record_page.html",
        title=_("Let it go?"),
        lines=[
            found.what,
            _("It is written off when every partner agrees, and nobody owes it any more."),
            _("It stays in the record and in later reports as written off, with your reason. It cannot be reopened."),
        ],
        label=_("Propose to let it go"), cancel_label=_("Keep it"),
        done=_("The other partners are asked."), cancel_url=found.path,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def agree_write_off(request: HttpRequest, place: Place, commitment: str) -> HttpResponse:
    """Another partner's yes to letting it go: it cannot be taken back, so it asks."""
    found = _commitment(place, commitment)
    require(place.is_partner and place.is_lead)
    if not can_agree_write_off(place, found):
        return _too_late(request, actions.write_off_words(found), found.path)
    return confirm_page(
        request, place, lambda: actions.agree_write_off(found, by=place), tab=TAB,
        title=_("Let it go, with the others?"),
        lines=[
            found.what,
            _("%(party)s says why: %(why)s")
            % {"party": found.write_off_party.name if found.write_off_party else "", "why": found.write_off_reason},
            _("With the last partner’s yes nobody owes it any more. It cannot be reopened."),
        ],
        label=_("Agree to let it go"), cancel_label=_("Not now"), cancel_url=found.path,
        done=_("Your side has agreed to let it go."), go=found.path,
    )  # fmt: skip


@require_POST
@guarded(can_contribute)
def keep_on(request: HttpRequest, place: Place, commitment: str) -> HttpResponse:
    """A partner does not let it go, or takes its wish back."""
    found = _commitment(place, commitment)
    require(place.is_partner and place.is_lead)
    act_and_say(request, lambda: actions.keep_on(found, by=place), _("It stays as it was."))
    return redirect(found.path)


def _too_late(request: HttpRequest, words: str, path: str) -> HttpResponse:
    """Somebody was faster, or it is not the time yet: the page says so, and shows how things stand."""
    messages.info(request, words)
    return redirect(path)


# Contributions --------------------------------------------------------------------------------------------------------
def _contribution(place: Place, contribution: str) -> Contribution:
    found: Contribution = get_object_or_404(
        Contribution.objects.visible_to(place)
        .filter(withdrawn_at=None)
        .select_related("giver__organisation", "party__organisation", "circle"),
        public_id=contribution,
    )
    found.partnership = place.partnership
    return found


@require_safe
@guarded(can_read)
def contributions(request: HttpRequest, place: Place) -> HttpResponse:
    """Every contribution, by party, beside who decides what."""
    context = {
        "rows": queries.contribution_rows(place),
        "picture": queries.picture(place),
        "may_give": can_contribute(place) and not place.is_broker,
        "why": {"CH3": lesson("CH3").why},
    }
    return render_record(request, place, "lifecycle/delivery/contributions.html", context, tab=TAB)


@require_safe
@guarded(can_read)
def contribution(request: HttpRequest, place: Place, contribution: str) -> HttpResponse:
    found = _contribution(place, contribution)
    gifts = queries.gifts_of(found, place)
    context = {
        "contribution": found,
        "gifts": gifts,
        "common": found.in_common(found.amount),
        "may_give": can_give(place, found),
        "may_withdraw": can_give(place, found) and not any(g["gift"].state == "confirmed" for g in gifts),
    }
    return render_record(request, place, "lifecycle/delivery/contribution.html", context, tab=TAB)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def promise_contribution(request: HttpRequest, place: Place) -> HttpResponse:
    require(not place.is_broker)
    form = ContributionForm(**bound(request), place=place)

    def act() -> Contribution:
        giver = form.chosen("giver")
        assert giver is not None  # noqa: S101 - a choice of the form
        return actions.promise_contribution(
            by=place, giver=giver, circle_kind=form.cleaned_data["circle"], values=form.values()
        )

    return form_page(
        request, place, form, act,
        title=_("What you bring"),
        lede=_("For one period: a year, a phase. Cash, kind and time are shown apart, never added up."),
        template="lifecycle/delivery/contribution_form.html", label=_("Write it down"), done=_("Written down."),
        cancel_url=reverse("delivery:contributions", args=[place.partnership.public_id]),
        why=lesson("CH3").why, lesson="CH3",
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def change_contribution(request: HttpRequest, place: Place, contribution: str) -> HttpResponse:
    found = _contribution(place, contribution)
    require(can_give(place, found))
    names = [n for n in ChangeContributionForm.base_fields if n != "seen"]
    form = ChangeContributionForm(**bound(request), contribution=found, initial=initial_of(found, names))

    def newer() -> dict[str, Any]:
        now = _contribution(place, contribution)
        return newer_text(form, place, now, {"what": now.what, "amount": now.amount if now.amount is not None else ""})

    return form_page(
        request, place, form,
        lambda: actions.change_contribution(
            found, by=place, values=form.values(), seen=form.cleaned_data["seen"]
        ),
        newer=newer, template="lifecycle/delivery/contribution_form.html", title=_("Change it"),
        lede=found.what, label=_("Save"), done=_("Saved."), cancel_url=found.path,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def withdraw_contribution(request: HttpRequest, place: Place, contribution: str) -> HttpResponse:
    """Take a contribution out of the pictures; asks first."""
    found = _contribution(place, contribution)
    require(can_give(place, found) and place.own_party.pk == found.party_id)
    return confirm_page(
        request, place, lambda: actions.withdraw_contribution(found, by=place), tab=TAB,
        title=_("Take “%(what)s” out?") % {"what": found.what},
        text=_("It leaves the pages, the picture and later reports for good. The history keeps that it was there."),
        label=_("Take it out"), cancel_label=_("Keep it"), cancel_url=found.path, refused=found.path,
        done=_("Taken out."), go=reverse("delivery:contributions", args=[place.partnership.public_id]),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def put_in(request: HttpRequest, place: Place, contribution: str) -> HttpResponse:
    """A part of what was promised has come."""
    found = _contribution(place, contribution)
    require(can_give(place, found) and found.kind != "other")
    first = {"on": clock.today(place.user.time_zone)}
    form = GiftForm(**bound(request), contribution=found, zone=place.user.time_zone, initial=first)

    def act() -> None:
        data = form.cleaned_data
        actions.put_in(
            found, by=place, on=data["on"], amount=data.get("amount"), hours=data.get("hours"), note=data["note"],
            upload=data["upload"],
        )  # fmt: skip

    return form_page(
        request, place, form, act,
        title=_("What was put in"), lede=found.what, label=_("Write it down"),
        done=_("Written down. Another partner is asked to confirm it."), cancel_url=found.path,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def check_gift(request: HttpRequest, place: Place, contribution: str, gift: str) -> HttpResponse:
    """Another partner confirms that it came, or says what is missing."""
    found = _contribution(place, contribution)
    one = get_object_or_404(
        Gift.objects.visible_to(place.user).filter(contribution=found).select_related("contribution"), public_id=gift
    )
    require(is_another_than_gave(place, one))
    if not can_check_gift(place, one):
        return _too_late(request, _("This was answered already."), found.path)
    form = CheckGiftForm(**bound(request))

    def act() -> None:
        seen_it = form.cleaned_data["answer"] == CheckGiftForm.SEEN
        actions.check_gift(one, by=place, seen_it=seen_it, why=form.cleaned_data["note"])

    return form_page(
        request, place, form, act,
        title=_("Has it come?"), lede=queries.gift_words(one, found), label=pgettext("button", "Answer"),
        done=_("Noted."), cancel_url=found.path,
    )  # fmt: skip


# Promises to communities ----------------------------------------------------------------------------------------------
def _promise(place: Place, promise: str) -> CommunityPromise:
    found: CommunityPromise = get_object_or_404(
        queries.promises(place).select_related("promiser__organisation", "body__organisation", "party__organisation"),
        public_id=promise,
    )
    found.partnership = place.partnership
    return found


@require_safe
@guarded(can_read)
def promise(request: HttpRequest, place: Place, promise: str) -> HttpResponse:
    found = _promise(place, promise)
    context = {
        "promise": found,
        "steps": queries.promise_steps(found, place.user),
        "may": {
            "end": can_end_promise(place, found),
            "judge": can_judge_promise(place, found),
            "move": can_move_promise(place, found),
        },
    }
    return render_record(request, place, "lifecycle/delivery/promise.html", context, tab=TAB)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_note_promise)
def note_promise(request: HttpRequest, place: Place) -> HttpResponse:
    initial = {"said_on": clock.today(place.user.time_zone)}
    if "begin" in request.POST:
        # From a logged contact: its words come by POST, so that no address and no log holds them.
        begun = {name: request.POST[name] for name in ("what", "said_on", "body_name") if request.POST.get(name)}
        form = PromiseForm(place=place, initial=initial | begun)
    else:
        form = PromiseForm(**bound(request), place=place, initial=initial)

    def act() -> CommunityPromise:
        data, promiser = form.cleaned_data, form.chosen("promiser")
        assert promiser is not None  # noqa: S101 - a choice of the form
        return actions.note_promise(
            by=place, what=data["what"], promiser=promiser, person=data["person"], said_on=data["said_on"],
            due_on=data["due_on"], body=form.chosen("body"), body_name=data.get("body_name") or "",
        )  # fmt: skip

    return form_page(
        request, place, form, act,
        title=_("A promise to a community"),
        lede=_("Small ones too: whoever heard it counts on it. The body it was given to reads it here."),
        label=_("Write it down"), done=_("Written down."), cancel_url=_home(place),
        why=lesson("EC6").why, lesson="EC6",
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def end_promise(request: HttpRequest, place: Place, promise: str) -> HttpResponse:
    """Kept, or explained to them."""
    found = _promise(place, promise)
    require(gave(place, found))
    if not can_end_promise(place, found):
        return _too_late(request, actions.promise_words(found), found.path)
    form = EndPromiseForm(**bound(request))

    def act() -> CommunityPromise:
        data = form.cleaned_data
        kept = data["answer"] == EndPromiseForm.KEPT
        return actions.end_promise(found, by=place, kept=kept, note=data["note"], upload=data["upload"])

    return form_page(
        request, place, form, act,
        title=_("What came of it?"), lede=found.what, label=_("Say so"), done=_("Noted."), cancel_url=found.path,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def judge_promise(request: HttpRequest, place: Place, promise: str) -> HttpResponse:
    """The body that it was given to says whether it was kept."""
    found = _promise(place, promise)
    require(was_given(place, found))
    if not can_judge_promise(place, found):
        return _too_late(request, actions.promise_words(found), found.path)
    form = JudgePromiseForm(**bound(request))

    def act() -> CommunityPromise:
        kept = form.cleaned_data["answer"] == JudgePromiseForm.KEPT
        return actions.judge_promise(found, by=place, kept=kept, note=form.cleaned_data["note"])

    return form_page(
        request, place, form, act,
        title=_("Was it kept?"), lede=found.what, label=pgettext("button", "Answer"), done=_("Noted. Thank you."),
        cancel_url=found.path,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def move_promise(request: HttpRequest, place: Place, promise: str) -> HttpResponse:
    found = _promise(place, promise)
    require(gave(place, found) or was_given(place, found))
    if not can_move_promise(place, found):
        return _too_late(request, actions.promise_words(found), found.path)
    form = MovePromiseForm(**bound(request), initial={"due_on": found.due_on})
    return form_page(
        request, place, form,
        lambda: actions.move_promise(found, by=place, to=form.cleaned_data["due_on"]),
        title=_("Another day"), lede=found.what, label=_("Move it"),
        done=_("Moved, and the reminders with it."), cancel_url=found.path,
    )  # fmt: skip
