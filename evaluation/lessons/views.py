"""What each side learned, and the library that others read."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partnerships.access.guard import guarded, signed_in
from partnerships.access.places import Place
from partnerships.catalogue.content import Lessons
from partnerships.catalogue.queries import current_content
from partnerships.record.frame import render_record

from . import actions, queries
from .forms import LessonsForm, SharedLessonForm
from .models import LessonAnswer, SharedLesson
from .permissions import can_read, can_speak_for_party, can_work


@require_safe
@signed_in
def library(request: HttpRequest) -> HttpResponse:
    """Lessons of practice, and those of concluded partnerships."""
    context = {"practice": current_content(Lessons), "shared": queries.library_lessons()}
    return render(request, "evaluation/lessons/library.html", context)


@require_safe
@guarded(can_read)
def own(request: HttpRequest, place: Place) -> HttpResponse:
    """Every partner's lessons, as far as they are handed in; lessons worded for others."""
    shared = SharedLesson.objects.visible_to(place).prefetch_related("approvals").order_by("pk")
    context = {
        "lessons": queries.lessons_of(place),
        "prompts": queries.prompts(),
        "shared": [{"lesson": s, "approved": {a.party_id for a in s.approvals.all()}} for s in shared],
        "form": SharedLessonForm(),
        "can_work": can_work(place),
        "can_speak": can_speak_for_party(place),
    }
    return render_record(request, place, "evaluation/lessons/own.html", context, tab="concluding")


@require_http_methods(["GET", "POST"])
@guarded(can_work)
def write(request: HttpRequest, place: Place) -> HttpResponse:
    """The own side's lessons."""
    answers = _answers(place)
    form = LessonsForm(request.POST or None, answers=answers)
    newer = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_lessons(by=place, texts=form.texts(), seen=form.seen())
        except ValidationError as error:
            form.add_error(None, error)
            if getattr(error, "code", "") == "stale":
                newer = _beside(form, _answers(place))
        else:
            messages.success(request, _("Saved. Your side alone reads it until you hand it in."))
            return redirect("lessons:own", pid=place.partnership.public_id)
    context = {"form": form, "newer": newer, "intro": queries.prompts().intro}
    return render_record(request, place, "evaluation/lessons/write.html", context, tab="concluding")


def _answers(place: Place) -> dict[str, LessonAnswer]:
    rows = LessonAnswer.objects.visible_to(place).filter(party=place.own_party)
    return {r.prompt: r for r in rows}


def _beside(form: LessonsForm, answers: dict[str, LessonAnswer]) -> dict[str, object]:
    """The newer text beside the typed one; the next save starts from the newer."""
    typed = dict(form.data.items())
    fields = []
    last = max(answers.values(), key=lambda r: r.changed_at)
    for prompt in queries.prompts().items:
        row = answers.get(prompt.code)
        if row is not None:
            typed[f"{prompt.code}_seen"] = str(row.version)
            if row.text != form.cleaned_data.get(prompt.code):
                fields.append({"label": prompt.title, "theirs": row.text, "yours": form.cleaned_data[prompt.code]})
    form.data = typed
    return {"by": last.author, "at": last.changed_at, "fields": fields}


@require_POST
@guarded(can_speak_for_party)
def hand_in(request: HttpRequest, place: Place) -> HttpResponse:
    """Show the own lessons to all partners."""
    try:
        actions.hand_in(by=place)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Handed in. All partners read your lessons now."))
    return redirect("lessons:own", pid=place.partnership.public_id)


@require_POST
@guarded(can_work)
def word(request: HttpRequest, place: Place) -> HttpResponse:
    """Word a lesson for others."""
    form = SharedLessonForm(request.POST)
    if form.is_valid():
        actions.word_for_others(text=form.cleaned_data["text"], by=place)
        messages.success(request, _("Saved. Others read it when every partner has approved the wording."))
    else:
        messages.error(request, _("Write the lesson in at most 600 characters."))
    return redirect("lessons:own", pid=place.partnership.public_id)


@require_POST
@guarded(can_speak_for_party)
def approve(request: HttpRequest, place: Place, lesson: str) -> HttpResponse:
    """Approve the wording of a lesson."""
    found = get_object_or_404(SharedLesson.objects.visible_to(place), public_id=lesson)
    actions.approve(found, by=place)
    messages.success(request, _("Approved."))
    return redirect("lessons:own", pid=place.partnership.public_id)
