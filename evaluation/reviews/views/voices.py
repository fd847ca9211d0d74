"""As communities see it: asking bodies, writing down what they say, and their own yes."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lifecycle.scoping.forms.bodies import ReadersForm
from partnerships.access.guard import guarded, public, require
from partnerships.access.places import Place
from partnerships.catalogue.content import Instrument
from partnerships.notices.links import LinkRefused
from partnerships.record.frame import act_and_say, confirm_page, form_page, note_errors, render_record

from .. import actions, queries
from ..forms import RefusalForm, VoiceForm, VoiceNoteForm
from ..models import Round, Voice
from ..permissions import can_hear, can_read_reviews, can_take_back, speaks_here
from ..states import RoundState
from .shown import TAB, go_to, round_of, url_of, word_of


def voices_told(voices: list[queries.CommunityVoice]) -> list[dict[str, Any]]:
    """Voices in the reader's words, for the results."""
    asked = {pk: queries.voice_instrument(pk) for pk in {voice.instrument_id for voice in voices}}
    return [{"voice": voice, "heard": in_words(asked[voice.instrument_id], voice.heard)} for voice in voices]


def in_words(asked: Instrument, heard: Any) -> list[dict[str, Any]]:
    """Questions and answers in the reader's language; the words as they were said."""
    answers = {answer.code: answer.label for answer in asked.answers}
    return [
        {"question": asked.by_code[each.question].text, "says": answers[each.says], "heard": each} for each in heard
    ]


@guarded(can_hear)
@require_http_methods(["GET", "POST"])
def voices(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    """The bodies of affected people in this record, and how far each is with this round."""
    round = round_of(place, rid)
    bodies = queries.bodies_here(place)
    if request.method == "POST":
        body = _body(bodies, request.POST.get("body", ""))
        speaker = actions.Speaker(body.body, body.seat)
        act_and_say(request, lambda: actions.ask_voice(round, speaker, by=place), _("They are asked."))
        return go_to(round, "reviews:voices")
    known = queries.voices_of(round, place)
    return render_record(
        request,
        place,
        "evaluation/reviews/voices.html",
        {
            "round": round,
            "title": _("As communities see it"),
            "asked": [item.text for item in queries.voice_instrument(queries.community_questions()).items],
            "bodies": [
                {
                    "body": body,
                    "voices": [_row(place, voice) for voice in known if _is_of(voice, body)],
                    "write": url_of(round, "reviews:write_voice", body.key),
                    "may_ask": body.seat is not None and not any(v.waits_for_body for v in known if _is_of(v, body)),
                }
                for body in bodies
            ],
            "is_over": round.state == RoundState.CANCELLED,
        },
        tab=TAB,
    )


def _is_of(voice: Voice, body: queries.BodyHere) -> bool:
    if body.body is not None and voice.body_id == body.body.pk:
        return True
    return body.seat is not None and voice.body_party_id == body.seat.pk


def _row(place: Place, voice: Voice) -> dict[str, Any]:
    if voice.withdrawn_at is not None:
        kind, text = "none", _("Taken back")
    elif voice.refused_at is not None:
        # Who was only asked had nothing to approve.
        kind, text = ("none", _("Does not wish to answer")) if voice.is_asked else ("warn", _("Not approved"))
    elif voice.replaced_at is not None:
        kind, text = "none", _("A later one counts")
    elif voice.approved_at is not None:
        opened = voice.round.state == RoundState.OPENED
        kind, text = ("met", _("Approved")) if opened else ("met", _("Approved, read from the opening on"))
    elif voice.is_asked:
        kind, text = "waiting", _("Asked")
    else:
        kind, text = "waiting", _("Waits for their yes")
    back = voice.withdrawn_at is None and can_take_back(place, voice)
    return {"voice": voice, "kind": kind, "text": text, "url": _url(voice), "back": back}


def _url(voice: Voice, name: str = "voice") -> str:
    return reverse(f"reviews:{name}", args=[voice.partnership.public_id, voice.public_id])


def _body(bodies: list[queries.BodyHere], key: str) -> queries.BodyHere:
    found = next((body for body in bodies if body.key == key), None)
    if found is None:
        raise Http404
    return found


@guarded(can_hear)
@require_http_methods(["GET", "POST"])
def write_voice(request: HttpRequest, place: Place, rid: str, body: str) -> HttpResponse:
    """Write down what a body said; it counts once the body approves it."""
    round = round_of(place, rid)
    found = _body(queries.bodies_here(place), body)
    asked = queries.voice_instrument(queries.community_questions())
    form = VoiceNoteForm(request.POST or None, instrument=asked)
    return form_page(
        request,
        place,
        form,
        lambda: actions.write_voice(
            round,
            actions.Speaker(found.body, found.seat),
            said=form.said(),
            how=form.cleaned_data["how"],
            spoken_on=form.cleaned_data["spoken_on"],
            spoken_language=form.cleaned_data["spoken_language"],
            by=place,
        ),
        tab=TAB,
        done=_("Sent to the body. It counts once they approve it."),
        go=url_of(round, "reviews:voices"),
        title=_("What %(name)s says") % {"name": found.name},
        lede=asked.intro,
        label=_("Send it to them"),
        cancel_url=url_of(round, "reviews:voices"),
        keep=True,
    )


@guarded(can_read_reviews)
@require_http_methods(["GET", "POST"])
def voice(request: HttpRequest, place: Place, vid: str) -> HttpResponse:
    """A body's own page: it answers, approves what was written down, or says what is not right."""
    found = _voice(place, vid)
    parties = actions.readers_to_choose(found)
    asked = queries.voice_instrument(found.instrument)
    speaks = found.waits_for_body and speaks_here(place, found) and found.round.state != RoundState.CANCELLED
    what = request.POST.get("answer", "")
    require(request.method == "GET" or speaks)
    own = VoiceForm(request.POST if what == "say" else None, instrument=asked, parties=parties)
    readers = ReadersForm(request.POST if what == "approve" else None, parties=parties)
    objection = RefusalForm(request.POST if what == "object" else None, is_asked=found.is_asked)
    form = {"say": own, "approve": readers, "object": objection}.get(what)
    if _is_to_be_asked(objection):
        context = _asked_first(found, objection, back=_url(found))
        return render_record(request, place, "components/confirm_record_page.html", context, tab=TAB)
    if form is not None and form.is_valid():
        try:
            if what == "say":
                actions.answer_voice(
                    found,
                    said=own.said(),
                    spoken_language=own.cleaned_data["spoken_language"],
                    readers=own.chosen(),
                    by=place,
                )
            elif what == "approve":
                actions.approve_voice(found, readers=readers.chosen(), by=place)
            else:
                actions.refuse_voice(found, objection=objection.cleaned_data["objection"], by=place)
        except ValidationError as error:
            note_errors(form, error)
        else:
            return redirect(_url(found))
    return render_record(
        request,
        place,
        "evaluation/reviews/voice.html",
        {
            "voice": found,
            "round_title": found.round.title(word_of(place)),
            "title": _("How do you see the work?")
            if found.is_asked
            else _("What %(name)s says") % {"name": found.name},
            "intro": asked.intro,
            "heard": in_words(asked, queries.heard_by(place, found)),
            "row": _row(place, found),
            "speaks": speaks,
            "own": own,
            "readers": readers,
            "objection": objection,
            "opened": found.round.state == RoundState.OPENED,
        },
        tab=TAB,
        status=422 if form is not None and form.errors else 200,
    )


def _is_to_be_asked(refusal: RefusalForm) -> bool:
    """Whether a body said no for the first time: the page that asks comes between."""
    return refusal.is_bound and refusal.is_valid() and not refusal.cleaned_data["sure"]


def _asked_first(found: Voice, refusal: RefusalForm, *, back: str) -> dict[str, Any]:
    """What components/confirm.html says before a body's no counts."""
    name = {"name": found.party.organisation.name}
    if found.is_asked:
        words = {
            "title": _("Do you not wish to answer?"),
            "text": _("%(name)s learns that you do not wish to answer. What you typed before is not sent.") % name,
            "label": _("We do not answer"),
        }
    else:
        words = {
            "title": _("Is it not right?"),
            "text": _("Nothing of it counts. %(name)s hears that it is not right, and what you wrote.") % name,
            "label": _("We do not approve it"),
        }
    said = {"answer": "object", "sure": "yes", "objection": refusal.cleaned_data["objection"]}
    form = RefusalForm(is_asked=found.is_asked, initial=said)
    return {**words, "form": form, "cancel_url": back, "cancel_label": _("Go back")}


def _voice(place: Place, vid: str) -> Voice:
    found: Voice = get_object_or_404(
        Voice.objects.visible_to(place)
        .select_related(
            "body__body_party", "body_party__organisation", "party__organisation", "round", "instrument", "partnership"
        )
        .prefetch_related("said"),
        public_id=vid,
    )
    found.round.partnership = place.partnership
    return found


@guarded(can_read_reviews)
@require_http_methods(["GET", "POST"])
def withdraw_voice(request: HttpRequest, place: Place, vid: str) -> HttpResponse:
    """Testimony is taken back at any time."""
    found = _voice(place, vid)
    require(can_take_back(place, found))
    return confirm_page(
        request,
        place,
        lambda: actions.withdraw_voice(found, by=place),
        tab=TAB,
        done=_("Taken back. It leaves all pages and later reports."),
        go=_after_withdrawal(place, found.round),
        cancel_url=_url(found),
        cancel_label=_("Keep it"),
        title=_("Take this back?"),
        text=_("It leaves all pages and later reports. That there was a note stays known to those who read it."),
        label=_("Take it back"),
    )


def _after_withdrawal(place: Place, round: Round) -> str:
    if can_hear(place):
        return url_of(round, "reviews:voices")
    return reverse("record:overview", args=[place.partnership.public_id])


@public("a body of affected people approves a note from its mail; the signed link is the permission")
@never_cache
@require_http_methods(["GET", "POST"])
def approve_voice(request: HttpRequest, token: str) -> HttpResponse:
    """A GET shows the note; a POST approves it, or says what is not right, once it was asked. The link works once."""
    try:
        _link, found = actions.voice_behind(token)
    except LinkRefused as refused:
        status = 404 if refused.reason == "wrong" else 410
        return render(request, "lifecycle/scoping/note_refused.html", {"reason": refused.reason}, status=status)
    answer = request.POST.get("answer", "")
    readers = ReadersForm(request.POST if answer == "approve" else None, parties=actions.readers_to_choose(found))
    objection = RefusalForm(request.POST if answer == "object" else None, is_asked=False)
    if _is_to_be_asked(objection):
        return render(request, "components/confirm_page.html", _asked_first(found, objection, back=request.path))
    done = {"note": found}
    try:
        if answer == "approve" and readers.is_valid():
            actions.approve_voice_by_link(token, readers=readers.chosen())
            return render(request, "lifecycle/scoping/note_done.html", {**done, "approved": True})
        if answer == "object" and objection.is_valid():
            actions.refuse_voice_by_link(token, objection=objection.cleaned_data["objection"])
            return render(request, "lifecycle/scoping/note_done.html", {**done, "approved": False})
    except LinkRefused as refused:
        return render(request, "lifecycle/scoping/note_refused.html", {"reason": refused.reason}, status=410)
    except ValidationError as error:
        # Decided, or its round called off, in the moment between.
        (readers if answer == "approve" else objection).add_error(None, error)
    asked = queries.voice_instrument(found.instrument)
    return render(
        request,
        "evaluation/reviews/approve_voice.html",
        {
            "voice": found,
            "heard": in_words(asked, queries.heard(found)),
            "readers": readers,
            "objection": objection,
            "opened": found.round.state == RoundState.OPENED,
        },
    )
