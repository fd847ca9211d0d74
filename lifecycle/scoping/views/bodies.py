"""The affected people, and what they say."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partnerships.access.guard import guarded, public, require
from partnerships.access.places import Place
from partnerships.catalogue.queries import lesson
from partnerships.notices.links import LinkRefused
from partnerships.record.frame import act_and_say, confirm_page

from .. import queries
from ..actions import bodies, listing
from ..forms import (
    ApproveForm,
    AskForm,
    BodyAnswerForm,
    BodyForm,
    CorrectBodyForm,
    NoteForm,
    ObjectionForm,
    SeatBodyForm,
)
from ..models import AffectedBody, BodyAnswer
from ..permissions import can_answer_as_body, can_answer_for, can_name_body, can_read, can_withdraw
from ..states import OUR_WORDS, About
from . import body_rows
from .shown import TAB, form_page, go, newer_text, page, saving_page, url


@require_safe
@guarded(can_read)
def affected(request: HttpRequest, place: Place) -> HttpResponse:
    """Which bodies were asked what, and their answers as far as they let this reader read them."""
    return page(request, place, "affected", body_rows.affected(place))


def _body(place: Place, body: str) -> AffectedBody:
    found: AffectedBody = get_object_or_404(
        AffectedBody.objects.visible_to(place).filter(withdrawn_at=None).select_related("body_party"),
        public_id=body,
    )
    return found


def _about(about: str) -> str:
    if about not in About.values:
        raise Http404
    return about


def _taken(place: Place) -> set[int]:
    rows = AffectedBody.objects.visible_to(place).filter(withdrawn_at=None)
    return {pk for pk in rows.values_list("body_party", flat=True) if pk}


@require_http_methods(["GET", "POST"])
@guarded(can_name_body)
def name_body(request: HttpRequest, place: Place) -> HttpResponse:
    """Name a body that the affected people recognise as theirs."""
    form = BodyForm(request.POST or None, place=place, taken=_taken(place))
    if request.method == "POST" and form.is_valid():
        try:
            body = bodies.name_body(by=place, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return go(place, "ask_body", body.public_id)
    return form_page(
        request, place, form, title=_("Name a body of the affected people"), label=_("Name it"),
        back=url(place, "affected"), why=lesson("EC6").why, lesson="EC6",
        lede=_("Ask the people themselves which body speaks for them."),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@guarded(can_name_body)
def ask_body(request: HttpRequest, place: Place, body: str) -> HttpResponse:
    """Write down that a body was asked: what, when, how."""
    found = _body(place, body)
    form = AskForm(request.POST or None)
    told = queries.asked_often(place)
    often = next((o for o in told if o.body_id == found.pk or (o.party and o.party.pk == found.body_party_id)), None)
    valid = request.method == "POST" and form.is_valid()
    if valid and act_and_say(request, lambda: bodies.ask(found, by=place, **form.cleaned_data), _("Written down.")):
        return go(place, "affected")
    return form_page(
        request, place, form, title=_("%(name)s was asked") % {"name": found.name}, label=_("Write it down"),
        back=url(place, "affected"),
        lede=_("They have a seat: they are told, and answer for themselves.") if found.body_party_id else "",
        why=body_rows.often_words(often) if often else "",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@guarded(can_name_body)
def change_body(request: HttpRequest, place: Place, body: str) -> HttpResponse:
    """Correct the name of a body, or its address."""
    found = _body(place, body)
    require(found.party_id == place.own_party.pk)
    names = ("name", "speaks_for", "address", "address_language")
    first = {**{name: getattr(found, name) for name in names}, "seen": found.version}
    form = CorrectBodyForm(request.POST or None, initial=first)
    return saving_page(
        request, place, form, lambda: listing.change_body(found, by=place, **form.cleaned_data), back="affected",
        title=_("Correct what stands about this body"), label=_("Save"), done=_("Saved."),
        newer=lambda: newer_text(form, _body(place, body), names),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@guarded(can_name_body)
def remove_body(request: HttpRequest, place: Place, body: str) -> HttpResponse:
    """Ask, then take a body off the list that was named by mistake."""
    found = _body(place, body)
    require(found.party_id == place.own_party.pk)
    return confirm_page(
        request, place, lambda: listing.remove_body(found, by=place), tab=TAB, done=_("Taken off the list."),
        go=url(place, "affected"), title=_("Take this body off the list?"), label=_("Take it off"),
        lines=[found.name, _("Nobody has asked it yet. It leaves this page for everybody.")],
        cancel_url=url(place, "affected"), cancel_label=_("Keep it"),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@guarded(can_name_body)
def seat_body(request: HttpRequest, place: Place, body: str) -> HttpResponse:
    """A body on the list has joined the record."""
    found = _body(place, body)
    form = SeatBodyForm(request.POST or None, place=place, taken=_taken(place))
    valid = request.method == "POST" and form.is_valid()
    if valid and act_and_say(
        request,
        lambda: bodies.seat_body(found, body_party=form.cleaned_data["body_party"], by=place),
        _("It answers for itself from now on."),
    ):
        return go(place, "affected")
    return form_page(
        request, place, form, title=_("%(name)s has joined") % {"name": found.name}, label=_("It is this party"),
        back=url(place, "affected"),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@guarded(can_name_body)
def write_note(request: HttpRequest, place: Place, body: str, about: str) -> HttpResponse:
    """Write down what a body answered; it counts once the body approves it."""
    found = _body(place, body)
    form = NoteForm(request.POST or None, about=_about(about))
    if request.method == "POST" and form.is_valid():
        try:
            bodies.write_note(found, about=about, by=place, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Sent to the body. It counts once they approve it."))
            return go(place, "affected")
    return form_page(
        request, place, form, title=About(about).label, label=_("Send it to them"), back=url(place, "affected"),
        lede=_("%(name)s gets a mail with a link, reads this, and approves it or says what is not right.")
        % {"name": found.name},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@guarded(can_answer_as_body)
def answer_body(request: HttpRequest, place: Place, body: str, about: str) -> HttpResponse:
    """A body answers for itself."""
    found = _body(place, body)
    require(can_answer_for(place, found))
    return _answer_as_body(request, place, found, _about(about))


@require_http_methods(["GET", "POST"])
@guarded(can_answer_as_body)
def answer_unasked(request: HttpRequest, place: Place, about: str) -> HttpResponse:
    """A body that nobody asked answers all the same."""
    own = AffectedBody.objects.visible_to(place).filter(body_party=place.own_party).first()
    return _answer_as_body(request, place, own, _about(about))


def _answer_as_body(request: HttpRequest, place: Place, body: AffectedBody | None, about: str) -> HttpResponse:
    parties = [p for p in place.present if p != place.party]
    form = BodyAnswerForm(request.POST or None, about=about, parties=parties)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if act_and_say(
            request,
            lambda: bodies.answer_as_body(
                about=about, says=data["says"], words=data["words"], readers=form.chosen(), by=place, body=body
            ),
            _("Said. Those you chose can read it."),
        ):
            return go(place, "affected")
    return form_page(
        request, place, form, title=OUR_WORDS[About(about)], label=pgettext("button", "Answer"),
        back=url(place, "affected"),
        lede=_("In your way and in your time. No is an answer, and nothing overrides it."),
    )  # fmt: skip


@require_POST
@guarded(can_read)
def withdraw_answer(request: HttpRequest, place: Place, answer: str) -> HttpResponse:
    """Testimony can be taken back at any time."""
    rows = BodyAnswer.objects.visible_to(place).filter(withdrawn_at=None).select_related("body__body_party")
    found = get_object_or_404(rows, public_id=answer)
    require(can_withdraw(place, found))
    act_and_say(request, lambda: bodies.withdraw_answer(found, by=place), _("Taken back. It counts no more."))
    return go(place, "affected")


@never_cache
@require_http_methods(["GET", "POST"])
@public("a body of affected people approves a note from its mail; the signed link is the permission")
def approve_note(request: HttpRequest, token: str) -> HttpResponse:
    """A GET shows the note; a POST approves it, or says what is not right. The link works once."""
    try:
        _link, note = bodies.note_behind(token)
    except LinkRefused as refused:
        status = 404 if refused.reason == "wrong" else 410
        return render(request, "lifecycle/scoping/note_refused.html", {"reason": refused.reason}, status=status)
    parties = bodies.readers_to_choose(note)
    answer = request.POST.get("answer", "")
    readers = ApproveForm(request.POST if answer == "approve" else None, parties=parties)
    objection = ObjectionForm(request.POST if answer == "object" else None)
    try:
        if answer == "approve" and readers.is_valid():
            bodies.approve_note(token, readers=readers.chosen(), is_counted=readers.cleaned_data["is_counted"])
            return render(request, "lifecycle/scoping/note_done.html", {"approved": True, "note": note})
        if answer == "object" and objection.is_valid():
            bodies.refuse_note(token, objection=objection.cleaned_data["objection"])
            return render(request, "lifecycle/scoping/note_done.html", {"approved": False, "note": note})
    except LinkRefused as refused:
        return render(request, "lifecycle/scoping/note_refused.html", {"reason": refused.reason}, status=410)
    context = {"note": note, "readers": readers, "objection": objection, "about": OUR_WORDS[About(note.about)]}
    return render(request, "lifecycle/scoping/approve_note.html", context)
