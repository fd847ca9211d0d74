"""What each side learned, at the close of a round and of the partnership; and the library that others read."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluation.reviews.models import Round
from evaluation.reviews.queries import is_settled
from evaluation.reviews.states import RoundState
from partnerships.access.guard import guarded, require, signed_in
from partnerships.access.places import Place
from partnerships.catalogue.content import Lessons
from partnerships.catalogue.queries import current_content
from partnerships.catalogue.queries import lesson as lesson_of_practice
from partnerships.record.frame import act_and_say, confirm_page, form_page, render_record
from partnerships.record.states import Stage

from . import actions, queries
from .forms import LessonsForm, LibraryForm, SharedLessonForm
from .models import LessonAnswer, SharedLesson
from .permissions import can_learn, can_read, can_settle


# For everybody signed in ----------------------------------------------------------------------------------------------
@require_safe
@signed_in
def library(request: HttpRequest) -> HttpResponse:
    """Lessons of partnerships, to search and to filter."""
    cases = queries.Cases()
    form = LibraryForm(request.GET, cases=cases)
    form.is_valid()
    # A filter that is not offered (any more) is left out.
    chosen = {name: value for name, value in form.cleaned_data.items() if value}
    after = request.GET.get("after", "")[:16]
    page = queries.library(cases, **chosen, after=after)
    if after and page.enough and not page.lessons:
        # What stood after the key has gone meanwhile.
        return redirect(f"{request.path}?{urlencode(chosen)}")
    context = {
        "page": page,
        "form": form,
        "filtered": bool(chosen),
        "origins": [name for name in ("sector", "country", "goal") if name in form.fields],
        "next_url": "?" + urlencode({**chosen, "after": page.next_key}) if page.next_key else "",
        "first_url": "?" + urlencode(chosen) if after else "",
    }
    return render(request, "evaluation/lessons/library.html", context)


@require_safe
@signed_in
def practice(request: HttpRequest) -> HttpResponse:
    """The lessons of practice that the software is built from, with their codes."""
    return render(request, "evaluation/lessons/practice.html", {"practice": current_content(Lessons)})


# In a record ----------------------------------------------------------------------------------------------------------
def _round(place: Place, rid: str) -> Round | None:
    """The opened round whose lessons these are; None for the conclusion's."""
    if not rid:
        return None
    rounds = Round.objects.visible_to(place).filter(state=RoundState.OPENED)
    found: Round = get_object_or_404(rounds.select_related("circle", "instrument"), public_id=rid)
    found.partnership = place.partnership
    return found


def _tab(round: Round | None) -> str:
    return "concluding" if round is None else "reviews"


def _title(place: Place, round: Round | None) -> str:
    if round is None:
        return ""
    return round.title(str(place.party.organisation.review_word) if place.party is not None else "review")


@require_safe
@guarded(can_read)
def own(request: HttpRequest, place: Place, rid: str = "") -> HttpResponse:
    """Every partner's lessons, as far as they are handed in; lessons worded for others."""
    round = _round(place, rid)
    open_now = round is None or is_settled(round)
    context = {
        "round": round,
        "round_title": _title(place, round),
        "lessons": queries.lessons_of(place, round),
        "prompts": queries.prompts(round),
        "wordings": queries.wordings(place, round),
        "open_now": open_now,
        "can_work": open_now and can_learn(place, round),
        "can_speak": open_now and can_settle(place, round),
        "why": lesson_of_practice("EV3" if round is None else "EV2"),
        "cases": queries.CASES,
    }
    return render_record(request, place, "evaluation/lessons/own.html", context, tab=_tab(round))


@require_http_methods(["GET", "POST"])
@guarded(can_read)
def write(request: HttpRequest, place: Place, rid: str = "") -> HttpResponse:
    """The own side's lessons."""
    round = _round(place, rid)
    require(can_learn(place, round))
    back = actions.path_of(place.partnership, round)
    form = LessonsForm(request.POST or None, answers=queries.own_answers(place, round), round=round)
    newer = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_lessons(by=place, texts=form.texts(), seen=form.seen(), round=round)
        except ValidationError as error:
            form.add_error(None, error)
            if getattr(error, "code", "") == "stale":
                newer = _beside(form, queries.own_answers(place, round), round)
        else:
            messages.success(request, _("Saved. Your side alone reads it until you hand it in."))
            return redirect(back)
    context = {
        "form": form,
        "newer": newer,
        "intro": queries.intro(),
        "back": back,
        "round_title": _title(place, round),
    }
    return render_record(request, place, "evaluation/lessons/write.html", context, tab=_tab(round))


def _beside(form: LessonsForm, answers: dict[str, LessonAnswer], round: Round | None) -> dict[str, object]:
    """The newer text beside the typed one; the next save starts from the newer."""
    typed = dict(form.data.items())
    fields = []
    last = max(answers.values(), key=lambda r: r.changed_at)
    for prompt in queries.prompts(round):
        row = answers.get(prompt.code)
        if row is not None:
            typed[f"{prompt.code}_seen"] = str(row.version)
            if row.text != form.cleaned_data.get(prompt.code):
                fields.append({"label": prompt.title, "theirs": row.text, "yours": form.cleaned_data[prompt.code]})
    form.data = typed
    return {"by": last.author, "at": last.changed_at, "fields": fields}


@require_POST
@guarded(can_read)
def hand_in(request: HttpRequest, place: Place, rid: str = "") -> HttpResponse:
    """Show the own lessons to all partners."""
    round = _round(place, rid)
    require(can_settle(place, round))
    done = _("Handed in. All partners read your lessons now.")
    act_and_say(request, lambda: actions.hand_in(by=place, round=round), done)
    return redirect(actions.path_of(place.partnership, round))


@require_http_methods(["GET", "POST"])
@guarded(can_read)
def word(request: HttpRequest, place: Place, rid: str = "") -> HttpResponse:
    """Word a lesson for others."""
    round = _round(place, rid)
    require(can_learn(place, round))
    stage = place.partnership.stage
    form = SharedLessonForm(
        request.POST or None, initial={"stage": Stage.CONCLUDING if stage == Stage.CONCLUDED else stage}
    )
    back = actions.path_of(place.partnership, round)
    context: dict[str, Any] = {
        "title": _("A lesson for others"),
        "lede": _("In the library, once every partner approves the wording. Whoever signs in here reads it."),
        "label": _("Propose this wording"),
        "cancel_url": back,
        "keep": True,
    }
    return form_page(
        request, place, form, lambda: actions.word_for_others(**form.cleaned_data, round=round, by=place),
        tab=_tab(round), go=back, done=_("Saved. Others read it when every partner has approved the wording."),
        **context,
    )  # fmt: skip


@require_safe
@guarded(can_read)
def where(request: HttpRequest, place: Place, lesson: str) -> HttpResponse:
    """From the timeline to the page on which a wording stands, or stood."""
    found = SharedLesson.objects.visible_to(place).filter(public_id=lesson).select_related("round__partnership").first()
    return redirect(actions.path_of(place.partnership, found.round if found is not None else None) + "#others")


def _lesson(place: Place, key: str) -> SharedLesson:
    rows = SharedLesson.objects.visible_to(place).filter(withdrawn_at=None)
    found: SharedLesson = get_object_or_404(rows.select_related("round", "partnership"), public_id=key)
    require(can_settle(place, found.round))
    return found


@require_POST
@guarded(can_read)
def approve(request: HttpRequest, place: Place, lesson: str) -> HttpResponse:
    """Approve the wording of a lesson."""
    found = _lesson(place, lesson)
    act_and_say(request, lambda: actions.approve(found, by=place), _("Approved."))
    return redirect(actions.path_of(place.partnership, found.round))


@require_http_methods(["GET", "POST"])
@guarded(can_read)
def take_back(request: HttpRequest, place: Place, lesson: str) -> HttpResponse:
    """Take a lesson, or the own yes to it, out of the library."""
    found = _lesson(place, lesson)
    back = actions.path_of(place.partnership, found.round)
    said = (
        _("It goes out of the library, for good. You can word another one.")
        if found.party_id == place.own_party.pk
        else _("It goes out of the library until you say yes again.")
    )
    return confirm_page(
        request, place, lambda: actions.take_back(found, by=place), tab=_tab(found.round), done=_("Taken back."),
        go=back, refused=back, cancel_url=back, title=_("Take this lesson back?"), label=_("Take it back"),
        lines=[found.text, said, _("Whoever has read it already has read it.")], cancel_label=_("Keep it"),
    )  # fmt: skip
