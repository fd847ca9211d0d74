"""What is written alone and read together."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.catalogue.queries import content, text
from partnerships.record.frame import act_and_say, note_errors
from partnerships.record.queries import unopened_releases

from .. import actions, kinds, queries
from ..forms import ChangeForm, SheetForm
from ..models import Sheet
from ..permissions import can_hand_in, can_read_together, can_write_sheet
from ..states import BODIES_QUESTION, SheetKind
from . import sheet_rows, spectrum_rows
from .shown import form_page, go, page, url

#: What each kind of sheet is called on its pages.
SHEET_TITLES: dict[str, Any] = {
    SheetKind.SCREEN: gettext_lazy("Fit screen"),
    SheetKind.MOTIVES: gettext_lazy("Three lines"),
    SheetKind.CARD: gettext_lazy("How we work"),
    SheetKind.SPECTRUM: gettext_lazy("How closely we work together"),
}


@require_http_methods(["GET", "POST"])
@guarded(can_read_together)
def screen(request: HttpRequest, place: Place) -> HttpResponse:
    """The fit screen: alone first, then side by side."""
    return _sheet(request, place, SheetKind.SCREEN)


@require_http_methods(["GET", "POST"])
@guarded(can_read_together)
def motives(request: HttpRequest, place: Place) -> HttpResponse:
    """The motive note: three lines."""
    return _sheet(request, place, SheetKind.MOTIVES)


@require_http_methods(["GET", "POST"])
@guarded(can_read_together)
def card(request: HttpRequest, place: Place) -> HttpResponse:
    """How each of us works."""
    return _sheet(request, place, SheetKind.CARD)


@require_http_methods(["GET", "POST"])
@guarded(can_read_together)
def spectrum(request: HttpRequest, place: Place) -> HttpResponse:
    """How closely each of us says that we work together, and means to."""
    return _sheet(request, place, SheetKind.SPECTRUM)


def _sheet(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    """One address, three faces: the form, the waiting room, and all side by side."""
    sheet = queries.own_sheet(place, kind) if place.party and place.party.role == "partner" else None
    if request.method == "POST":
        require(can_write_sheet(place))
        return _save_sheet(request, place, kind, sheet)
    states = queries.sheet_states(place, kind)[kind]
    may_write = can_write_sheet(place)
    if (sheet is not None and sheet.opened_at) or (sheet is None and not may_write):
        return _together(request, place, kind, sheet, states)
    if sheet is not None and (sheet.handed_in_at or not may_write):
        # Once the record is over, or the side has left it, what was never opened is still read by who wrote it.
        answers = queries.own_answers(sheet, place.user)
        context = {
            "kind": kind,
            "title": SHEET_TITLES[kind],
            "sheet": sheet,
            "states": states,
            "rows": sheet_rows.own_rows(sheet, answers),
            "may_take_back": can_hand_in(place),
            "is_over": not may_write,
        }
        return page(request, place, "waiting", context)
    return _answer_page(request, place, kind, sheet, None)


def _asked(kind: str, sheet: Sheet | None) -> Any:
    return content(sheet.catalogue_version if sheet else actions.version_for(kind))


def _answer_page(
    request: HttpRequest,
    place: Place,
    kind: str,
    sheet: Sheet | None,
    form: SheetForm | None,
    newer: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    asked = _asked(kind, sheet)
    if form is None:
        answers = queries.own_answers(sheet, place.user)
        form = SheetForm(
            asked=asked,
            answers=answers,
            exploration=place.partnership.is_exploration,
            initial={"version": sheet.version if sheet else 0},
        )
    context = {
        "kind": kind,
        "title": SHEET_TITLES[kind],
        "heading": text((sheet.catalogue_version if sheet else actions.version_for(kind)).title),
        "asked": asked,
        "form": form,
        "sheet": sheet,
        "newer": newer,
        "others": [p for p in place.partners if p != place.party],
        "core": [r for r in form.rows if r["core"]],
        "more": [r for r in form.rows if not r["core"]],
        **_weight_of_asking(place, kind),
    }
    return page(request, place, "answer", context, status)


def _weight_of_asking(place: Place, kind: str) -> dict[str, Any]:
    """Beside the question about the affected people's bodies: in how many other partnerships each takes part."""
    if kind != SheetKind.SCREEN:
        return {}
    return {"bodies_question": BODIES_QUESTION, "often": queries.asked_often(place)}


def _save_sheet(request: HttpRequest, place: Place, kind: str, sheet: Sheet | None) -> HttpResponse:
    """Saves the draft; asked by the page itself (autosave), it answers without one."""
    auto = request.headers.get("X-Autosave") == "1"
    asked = _asked(kind, sheet)
    answers = queries.own_answers(sheet, place.user)
    form = SheetForm(request.POST, asked=asked, answers=answers, exploration=place.partnership.is_exploration)
    if not form.is_valid():
        return HttpResponse(status=422) if auto else _answer_page(request, place, kind, sheet, form)
    try:
        saved = actions.save_sheet(kind, by=place, answers=form.given(), seen=form.cleaned_data["version"] or 0)
    except ValidationError as error:
        if auto:
            return HttpResponse(status=422 if error.code == "held" else 409)
        if error.code == "stale" and sheet is not None:
            return _stale(request, place, kind, sheet, form)
        # With what was typed: somebody may have handed in meanwhile.
        note_errors(form, error)
        return _answer_page(request, place, kind, sheet, form)
    if auto:
        return HttpResponse(status=204, headers={"X-Version": str(saved.version)})
    return go(place, "check", kind)


def _stale(request: HttpRequest, place: Place, kind: str, sheet: Sheet, typed: SheetForm) -> HttpResponse:
    """Somebody of the own side saved in between: the newer text beside what was typed; saving again takes the typed."""
    answers = queries.own_answers(sheet, place.user)
    given = typed.given()
    fields = []
    for row in sheet_rows.own_rows(sheet, answers, every=True):
        mine = sheet_rows.words_of(row.question, given[row.question.code].option, given[row.question.code].text)
        if mine != row.words:
            fields.append({"label": row.label, "theirs": row.words, "yours": mine})
    data = request.POST.copy()
    data["version"] = str(sheet.version)
    form = SheetForm(data, asked=_asked(kind, sheet), answers=answers, exploration=place.partnership.is_exploration)
    newer = {"by": sheet.author, "at": sheet.changed_at, "fields": fields}
    return _answer_page(request, place, kind, sheet, form, newer, 409)


def _together(
    request: HttpRequest, place: Place, kind: str, sheet: Sheet | None, states: list[queries.SheetState]
) -> HttpResponse:
    rows = queries.side_by_side(place, kind)
    context = {
        "kind": kind,
        "title": SHEET_TITLES[kind],
        "states": states,
        "sheet": sheet,
        "opened_on": max((s.opened_at for s in states if s.opened_at), default=None),
        "missing": [s.party for s in states if not s.is_in],
        "all_in": bool(rows),
        "may_change": can_hand_in(place) and sheet is not None and sheet.opened_at is not None,
        "own_id": place.party.pk if place.party else 0,
        "unopened": [r for r in unopened_releases(place) if r.kind == kinds.TOGETHER[kind]],
        "newcomers": actions.not_shown_to(sheet, place)
        if sheet is not None and sheet.opened_at is not None and can_hand_in(place)
        else [],
    }
    if kind == SheetKind.SCREEN:
        context["groups"] = sheet_rows.screen_groups(rows)
        context.update(_weight_of_asking(place, kind))
        return page(request, place, "screens", context)
    context["rows"] = sheet_rows.line_rows(kind, rows)
    if kind == SheetKind.SPECTRUM:
        return page(request, place, "spectrum", {**context, **spectrum_rows.spectrum(place, rows)})
    return page(request, place, "together", context)


@require_POST
@guarded(can_hand_in)
def show(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    """Show the own answers to a broker who joined after the opening."""
    kind = _kind(kind)
    act_and_say(
        request,
        lambda: actions.show_to_newcomers(kind, by=place),
        _("Released. Until somebody opens it, you can recall it."),
    )
    return go(place, kind)


def _kind(kind: str) -> str:
    if kind not in SheetKind.values:
        raise Http404
    return kind


@require_safe
@guarded(can_write_sheet)
def check(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    """What the others will read, before it is handed in."""
    kind = _kind(kind)
    sheet = queries.own_sheet(place, kind)
    if sheet is None or sheet.handed_in_at is not None:
        return go(place, kind)
    answers = queries.own_answers(sheet, place.user)
    context = {
        "kind": kind,
        "title": SHEET_TITLES[kind],
        "rows": sheet_rows.own_rows(sheet, answers, every=kind != SheetKind.SCREEN),
        "missing": actions.missing_answers(sheet, kind),
        "states": queries.sheet_states(place, kind)[kind],
        "may_hand_in": can_hand_in(place),
        "leads": queries.leads_of([place.own_party]),
        "readers": [p for p in place.present if p.role in {"partner", "broker"} and p != place.party],
    }
    return page(request, place, "check", context)


@require_POST
@guarded(can_hand_in)
def hand_in(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    """A lead hands in. If it is the last one, all open in the same moment."""
    kind = _kind(kind)
    try:
        opened = actions.hand_in(kind, by=place)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return go(place, "check" if error.code == "missing" else kind, *([kind] if error.code == "missing" else []))
    if opened:
        messages.success(request, _("All are in, and open to all of you now."))
        return go(place, kind)
    messages.success(request, _("Handed in. It opens when every partner is in."))
    follow_up = {SheetKind.MOTIVES: SheetKind.SCREEN}.get(SheetKind(kind))
    if follow_up and queries.own_sheet(place, follow_up) is None:
        return go(place, follow_up)
    return go(place, "overview" if kind != SheetKind.CARD else kind)


@require_POST
@guarded(can_hand_in)
def take_back(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    """While not all are in."""
    kind = _kind(kind)
    act_and_say(request, lambda: actions.take_back(kind, by=place), _("Taken back. Change it, then hand it in again."))
    return go(place, kind)


@require_http_methods(["GET", "POST"])
@guarded(can_hand_in)
def change(request: HttpRequest, place: Place, kind: str, question: str) -> HttpResponse:
    """Change an answer after the opening: a new one beside the old, with its date."""
    kind = _kind(kind)
    sheet = queries.own_sheet(place, kind)
    if sheet is None or sheet.opened_at is None:
        return go(place, kind)
    item = queries.questions_of(content(sheet.catalogue_version)).get(question)
    if item is None:
        raise Http404
    answer = queries.own_answers(sheet, place.user).get(question)
    form = ChangeForm(request.POST or None, question=item, answer=answer)
    newer = None
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen"]
        try:
            actions.change_answer(kind, question, by=place, given=form.given(), seen=seen)
        except ValidationError as error:
            if error.code == "stale" and answer is not None:
                given = form.given()
                newer = {
                    "by": answer.author,
                    "at": answer.changed_at,
                    "fields": [
                        {
                            "label": SHEET_TITLES[kind],
                            "theirs": sheet_rows.words_of(item, answer.option, answer.text),
                            "yours": sheet_rows.words_of(item, given.option, given.text),
                        }
                    ],
                }
                data = request.POST.copy()
                data["seen"] = str(answer.pk)
                form = ChangeForm(data, question=item, answer=answer)
            else:
                form.add_error(None, error)
        else:
            messages.success(request, _("Changed. All partners see it, with its date."))
            return go(place, kind)
    return form_page(
        request, place, form, title=_("Change our answer"), label=_("Change it"), back=url(place, kind),
        lede=_("What you said before stays beside it, with both dates."), newer=newer,
    )  # fmt: skip
