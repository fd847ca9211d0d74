"""Clarifications."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.catalogue.content import Library
from partnerships.catalogue.queries import content
from partnerships.record.frame import act_and_say, form_page, note_errors

from .. import actions, queries
from ..forms import AskForm, EntryForm
from ..models import Thread
from ..permissions import can_answer, can_read, can_write_in
from ..states import SAFEGUARDING, EntryKind
from .shown import TAB, go, show, url


@require_safe
@guarded(can_read)
def threads(request: HttpRequest, place: Place) -> HttpResponse:
    """All clarifications that the reader follows, the own turn first."""
    lines = queries.threads_of(place)
    context = {"open": [x for x in lines if x.turn is not None], "over": [x for x in lines if x.turn is None]}
    return show(request, place, "threads", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def ask(request: HttpRequest, place: Place, party: str, about: str, code: str) -> HttpResponse:
    """Ask what a released answer means."""
    by_id = {p.public_id: p for p in place.parties}
    if party not in by_id or about not in by_id:
        raise Http404
    answer = queries.released_answer(place, by_id[party], by_id[about], code)
    question = content(answer.library, Library).by_code.get(code) if answer is not None else None
    if answer is None or question is None:
        raise Http404
    own = [x for x in queries.threads_on(place, by_id[about], code) if x.thread.assessment_id == answer.assessment_id]
    standing = next((x for x in own if x.thread.party_id == place.own_party.pk), None)
    if standing is not None:
        return go(place, "thread", standing.thread.public_id)
    form = AskForm(
        request.POST if request.method == "POST" else None,
        other=by_id[party].name,
        all_may=len(place.partners) + len([p for p in place.present if p.role == "broker"]) > 2
        and queries.all_partners_read(place, answer),
        has_broker=any(p.role == "broker" for p in place.present),
        careful=question.theme == SAFEGUARDING,
    )
    return form_page(
        request, place, form,
        lambda: actions.ask_about(answer, text=form.cleaned_data["text"], with_all=form.with_all, by=place),
        tab=TAB, done=_("Asked. It is their turn now."), go=lambda made: url(place, "thread", made.public_id),
        template="lifecycle/diligence/ask.html", answer=answer, question=question, other=by_id[party],
        words=queries.value_in_words(question, answer), about=by_id[about],
    )  # fmt: skip


def _thread(place: Place, public_id: str) -> Thread:
    found: Thread = get_object_or_404(
        Thread.objects.visible_to(place).select_related(
            "party__organisation", "asked__organisation", "about__organisation", "library", "circle"
        ),
        public_id=public_id,
    )
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_read)
def thread(request: HttpRequest, place: Place, thread: str) -> HttpResponse:
    """One clarification: the question as it was asked, the answer, and what the two say."""
    found = _thread(place, thread)
    may_write = can_write_in(place, found)
    posted = request.POST if request.method == "POST" else None
    if posted is not None:
        require(may_write)
    question = content(found.library, Library).by_code.get(found.code)
    form = EntryForm(posted, careful=question is not None and question.theme == SAFEGUARDING)
    if posted is not None and form.is_valid():
        try:
            actions.write_entry(found, text=form.cleaned_data["text"], by=place)
        except ValidationError as error:
            note_errors(form, error)
        else:
            messages.success(request, _("Sent. It is their turn now."))
            return go(place, "thread", thread)
    [line] = queries.lines_for(place, Thread.objects.visible_to(place).filter(pk=found.pk))
    entries = queries.entries_of(found, place)
    own = place.own_party.pk
    last = entries[-1] if entries else None
    gone = [p for p in (found.party, found.asked) if p.left_on is not None]
    answer = queries.answer_asked(found, place)
    context = {
        "thread": found,
        "line": line,
        "question": question,
        "answer": answer,
        "words": queries.value_in_words(question, answer) if question is not None and answer is not None else "",
        "entries": entries,
        "waiting": queries.waiting_entries(found, place),
        "form": form if may_write and not gone else None,
        "gone": gone,
        "asks": own == found.party_id,
        "may_take_back": bool(
            may_write and last and last.kind == EntryKind.WORDS and last.party_id == own and last.opened_at is None
        ),
        "may_end": may_write and not gone and not line.is_closed and (own == found.party_id or line.is_mine),
    }
    return show(request, place, "thread", context)


@require_POST
@guarded(can_answer)
def open_entries(request: HttpRequest, place: Place, thread: str) -> HttpResponse:
    found = _thread(place, thread)
    require(can_write_in(place, found))
    actions.open_entries(found, by=place)
    return go(place, "thread", thread)


@require_POST
@guarded(can_answer)
def take_back(request: HttpRequest, place: Place, thread: str) -> HttpResponse:
    found = _thread(place, thread)
    require(can_write_in(place, found))
    try:
        is_gone = actions.take_back(found, by=place)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return go(place, "thread", thread)
    messages.success(request, _("Taken back. Nobody has read it."))
    return go(place, "threads") if is_gone else go(place, "thread", thread)


@require_POST
@guarded(can_answer)
def end_thread(request: HttpRequest, place: Place, thread: str) -> HttpResponse:
    """Nothing more to say: the side that asked closes it, the other one hands the turn back."""
    found = _thread(place, thread)
    require(can_write_in(place, found))
    asks = place.own_party.pk == found.party_id
    act = actions.close_thread if asks else actions.say_nothing_more
    done = _("Closed. Whoever writes again opens it.") if asks else _("It is their turn now: they close it, or ask on.")
    act_and_say(request, lambda: act(found, by=place), done)
    return go(place, "thread", thread)
