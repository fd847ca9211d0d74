"""One's own checklists: all questions on one page, each question on its own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partnerships import clock
from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.catalogue.content import LibraryQuestion
from partnerships.catalogue.queries import lesson, text
from partnerships.documents.queries import document_kinds
from partnerships.record.frame import act_and_say, note_errors
from partnerships.record.models import Party

from .. import actions, queries
from ..actions import GONE, STALE
from ..forms import QuestionForm
from ..permissions import can_answer, can_read_own, can_release, can_withdraw
from ..queries import Checklist, Row
from ..states import Level
from .lines import Drawing, anchor, progress_of
from .marks import marks_here, tools_of, work_on
from .shown import go, partner_of, show, url

#: What a browser that saves by itself is told (static/common-ground.js).
SAVED, NEWER, INCOMPLETE, GONE_NOW = 204, 409, 422, 410


def own_of(place: Place, about: str) -> Checklist:
    return queries.checklist(place.own_party, partner_of(place, about), place.partners)


def row_of(place: Place, about: str, code: str) -> tuple[Checklist, Row]:
    """A question that is asked, in its checklist; 404 where it is not."""
    found = own_of(place, about)
    row = found.row(code)
    if row is None:
        raise Http404
    return found, row


@require_safe
@guarded(can_read_own)
def own_checklist(request: HttpRequest, place: Place, about: str) -> HttpResponse:
    """All questions about one organisation by theme, with what each side says, and to whom it was released."""
    found = own_of(place, about)
    queries.with_papers(found.rows, place)
    work, may_answer = work_on(place, found), can_answer(place)
    drawing = Drawing(place, found, work["marks"], opens=may_answer)
    following = found.next_open() if may_answer else None
    context = {
        "checklist": found,
        "sections": drawing.sections(),
        "kept": drawing.kept(),
        "shown": queries.released_to(place, found.about),
        "may_answer": may_answer,
        "may_release": can_release(place) and found.has_answers,
        "may_take_back": can_withdraw(place),
        "start_url": drawing.url(following.question.code) if following is not None else "",
        "checks": work["checks"],
        "points": work["points"],
    }
    return show(request, place, "checklist", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_read_own)
def question(request: HttpRequest, place: Place, about: str, code: str) -> HttpResponse:
    """One question: what is said to it, and the form. On a page of its own, or in its place in the list.

    Once the record is over it is only read.
    """
    require(can_answer(place) or request.method != "POST")
    subject = partner_of(place, about)
    if request.method == "POST" and request.headers.get("X-Autosave") == "1":
        return _autosave(request, place, subject, code)
    found = own_of(place, about)
    row = found.row(code)
    if row is None:
        return _asked_no_longer(request, place, found, code)
    if not can_answer(place):
        queries.with_papers([row], place)
        return show(request, place, "question", _question_context(place, found, row, None, None))
    form, newer = _form(found, row, request), None
    if request.method == "POST" and form.is_valid():
        try:
            _save(form, place, subject, code)
        except ValidationError as error:
            refused = getattr(error, "code", "")
            if refused == GONE:
                return _asked_no_longer(request, place, own_of(place, about), code)
            if refused == STALE:
                found, row = row_of(place, about, code)
                newer, form = _newer(form, row), _again(form, found, row)
            else:
                note_errors(form, _of_field(error, row.question))
        else:
            return _saved(request, place, about, code)
    queries.with_papers([row], place)
    if _in_list(request):
        return _in_its_place(request, place, found, row, form, newer)
    return show(request, place, "question", _question_context(place, found, row, form, newer))


def _form(found: Checklist, row: Row, request: HttpRequest | None = None) -> QuestionForm:
    """What is there; on top of it what was sent."""
    answer, code = row.answer, row.question.code
    rows = queries.written(answer.assessment, [code]) if answer is not None else []
    return QuestionForm(
        request.POST if request is not None and request.method == "POST" else None,
        question=row.question,
        answer=answer,
        version=queries.version_in(rows),
        round=found.asked.round.number if found.asked.round is not None else 0,
    )


def _save(form: QuestionForm, place: Place, about: Party, code: str) -> int:
    data = form.cleaned_data
    return actions.save_answers(
        about=about, said={code: form.said()}, seen=data["version"], seen_round=data["round"], by=place
    )


def _autosave(request: HttpRequest, place: Place, about: Party, code: str) -> HttpResponse:
    """What a browser saves by itself is answered without a page: nothing is read that nobody sees."""
    asked = queries.asked_in(place.partnership).question(code, place.own_party, about)
    if asked is None:
        return HttpResponse(status=GONE_NOW)
    form = QuestionForm(request.POST, question=asked, version=0, round=0)
    if not form.is_valid():
        return HttpResponse(status=INCOMPLETE)
    try:
        version = _save(form, place, about, code)
    except ValidationError as error:
        status = {STALE: NEWER, GONE: GONE_NOW}.get(getattr(error, "code", ""), INCOMPLETE)
        return HttpResponse(status=status)
    return HttpResponse(status=SAVED, headers={"X-Version": str(version)})


def _newer(form: QuestionForm, row: Row) -> dict[str, Any]:
    """What somebody else saved meanwhile, beside what was typed."""
    answer = row.answer
    now = queries.in_words(row.question, answer) if answer is not None else ""
    label = text(row.question.text)
    return {
        "by": answer.author if answer is not None else "",
        "at": answer.changed_at if answer is not None else clock.now(),
        "fields": [{"label": label, "theirs": now or _("Nothing"), "yours": form.typed()}],
    }


def _again(form: QuestionForm, found: Checklist, row: Row) -> QuestionForm:
    """The same words, read against the newer version: the next save is deliberate."""
    fresh = _form(found, row)
    data: Any = form.data.copy()  # type: ignore[attr-defined]
    data["version"], data["round"] = str(fresh["version"].value()), str(fresh["round"].value())
    return QuestionForm(
        data, question=row.question, answer=row.answer, version=fresh["version"].value(), round=fresh["round"].value()
    )


def _of_field(error: ValidationError, question: LibraryQuestion) -> ValidationError:
    """What an action says of a question, beside the field that asks it."""
    if not hasattr(error, "error_dict"):
        return error
    return ValidationError({"text": error.messages})


def _saved(request: HttpRequest, place: Place, about: str, code: str) -> HttpResponse:
    """On to the next open question, or back to the list; in the list, the line as it reads now."""
    found, row = row_of(place, about, code)
    if _in_list(request):
        queries.with_papers([row], place)
        return _in_its_place(request, place, found, row, None, None)
    following = found.next_open(code)
    if "later" in request.POST or following is None:
        messages.success(request, _("Saved. It is on your side only, until you release it."))
        return redirect(f"{url(place, 'checklist', about)}#{anchor(code)}")
    return go(place, "question", about, following.question.code)


def _in_list(request: HttpRequest) -> bool:
    """Whether the page of the list asks for a line, and nothing around it."""
    return bool(request.htmx) and not request.htmx.boosted  # type: ignore[attr-defined]


def _in_its_place(
    request: HttpRequest,
    place: Place,
    found: Checklist,
    row: Row,
    form: QuestionForm | None,
    newer: dict[str, Any] | None,
) -> HttpResponse:
    """A line of the list with its form open, or closed again. The one that was open closes: one form at a time."""
    drawing = Drawing(place, found, marks_here(place, found))
    shown = form if form is not None and "close" not in request.GET else None
    opened = ""
    if shown is not None:
        context = _question_context(place, found, row, shown, newer) | {"partnership": place.partnership}
        opened = render_to_string("lifecycle/diligence/_question_inline.html", context, request)
    lines = [drawing.line(row, form=opened)]
    if not opened:
        lines[0].for_htmx = SafeString(' tabindex="-1" autofocus')
    other = found.row(request.GET.get("open", ""))
    if other is not None and other is not row and request.method != "POST":
        queries.with_papers([other], place)
        lines.append(drawing.line(other))
        lines[-1].for_htmx = SafeString(' hx-swap-oob="true"')
    theme = found.theme(row.question.theme)
    context = {"lines": lines, "theme": theme.code, "progress": progress_of(theme), "checklist": found}
    response = render(request, "lifecycle/diligence/_swapped.html", context)
    if request.method == "POST" and form is None:
        response["X-Saved"] = "1"
    return response


def _question_context(
    place: Place, found: Checklist, row: Row, form: QuestionForm | None, newer: dict[str, Any] | None
) -> dict[str, Any]:
    drawing, asked, code = Drawing(place, found), row.question, row.question.code
    codes = [r.question.code for r in found.rows]
    theme = found.theme(row.question.theme)
    at = codes.index(code)
    kinds = document_kinds()
    cited = [drawing.paper(c) for c in (*row.citations, *row.citations_above)]
    return {
        "checklist": found,
        "theme": theme,
        "row": row,
        "line": drawing.line(row),
        "papers": cited,
        "form": form,
        "newer": newer,
        "number": at + 1,
        "total": len(codes),
        "before_url": drawing.url(codes[at - 1]) if at else "",
        "after_url": drawing.url(codes[at + 1]) if at + 1 < len(codes) else "",
        "question_url": drawing.url(code),
        "is_last": found.next_open(code) is None,
        "why": lesson(asked.lessons[0]).why if asked.lessons else "",
        "lesson": asked.lessons[0] if asked.lessons else "",
        "wanted": [text(kinds[k].title) for k in asked.documents if k in kinds],
        "tools": tools_of(place, found, code),
        "may_answer": form is not None,
        "needs_measure": row.answer is not None and row.answer.level in (Level.SOME, Level.SERIOUS),
    }


def _asked_no_longer(request: HttpRequest, place: Place, found: Checklist, code: str) -> HttpResponse:
    """The question went while somebody had it before them: why, what is kept of it, and what was typed."""
    kept = next((r for r in found.kept if r.question.code == code), None)
    asked = kept.question if kept is not None else found.asked.library.by_code.get(code)
    if asked is None and not (request.method == "POST" and found.asked.round is not None):
        raise Http404
    typed = ""
    if request.method == "POST":
        form = QuestionForm(request.POST, question=asked, version=0, round=0) if asked is not None else None
        typed = (form.typed() if form is not None and form.is_valid() else "") or request.POST.get("text", "")
    context = {
        "checklist": found,
        "question": asked,
        "kept": next((line for line in Drawing(place, found).kept() if line.code == code), None),
        "typed": typed,
        "in_library": asked is not None and code in found.asked.library.by_code,
    }
    response = show(request, place, "gone", context)
    # For htmx too, which shows nothing of an answer that says "gone".
    response.status_code = 200 if request.method != "POST" or _in_list(request) else GONE_NOW
    if _in_list(request):
        response["HX-Retarget"], response["HX-Reswap"] = "body", "outerHTML"
    return response


@require_POST
@guarded(can_answer)
def confirm(request: HttpRequest, place: Place, about: str) -> HttpResponse:
    """Answers of the round before are still true."""
    subject, codes = partner_of(place, about), request.POST.getlist("code")
    act_and_say(
        request,
        lambda: actions.confirm_answers(about=subject, codes=codes, by=place),
        lambda count: (
            ngettext("%(count)s answer is confirmed.", "%(count)s answers are confirmed.", count) % {"count": count}
        ),
    )
    following = codes[0] if len(codes) == 1 else ""
    if following and "next" in request.POST:
        found = own_of(place, about)
        if (row := found.next_open(following)) is not None:
            return go(place, "question", about, row.question.code)
    return redirect(f"{url(place, 'checklist', about)}{'#' + anchor(following) if following else ''}")
