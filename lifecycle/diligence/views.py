"""Pages of due diligence."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lifecycle.road import registry
from partnerships import clock
from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.catalogue.queries import lesson
from partnerships.documents import actions as documents
from partnerships.documents.models import Document
from partnerships.documents.queries import document_kinds, releases_of, unopened_cards
from partnerships.looks.typed import number
from partnerships.record.frame import act_and_say, form_page, note_errors, render_record
from partnerships.record.models import Party
from partnerships.record.states import Stage

from . import actions, queries
from .decision import Evaluation, Item
from .forms import (
    CiteForm,
    DecisionForm,
    DepthForm,
    LineForm,
    MeasureForm,
    RelationForm,
    ReleaseChecklistForm,
    RiskForm,
    StepForm,
    SupportFileForm,
    SupportSeenForm,
    SupportTalkForm,
    ThemeForm,
    VisitForm,
    VisitReportForm,
)
from .models import DecisionReason, Measure, Risk, SharedLine, SharedPage, Visit
from .permissions import can_answer, can_change_risk, can_decide, can_do_measure, can_read, can_release
from .queries import RELEASED_CHECKLIST, RELEASED_CONDITIONS, Checklist, Row, Theme
from .states import LineKind, Outcome, PageKind, Relation

TAB = "diligence"


def _go(place: Place, name: str, *args: str) -> HttpResponse:
    return redirect(f"diligence:{name}", place.partnership.public_id, *args)


def _url(place: Place, name: str, *args: str) -> str:
    return reverse(f"diligence:{name}", args=[place.partnership.public_id, *args])


def _show(request: HttpRequest, place: Place, name: str, context: dict[str, Any]) -> HttpResponse:
    return render_record(request, place, f"lifecycle/diligence/{name}.html", context, tab=TAB)


def _form_page(request: HttpRequest, place: Place, **context: Any) -> HttpResponse:
    return render_record(request, place, "components/form_record_page.html", context, tab=TAB)


def _partner(place: Place, public_id: str) -> Party:
    found = next((p for p in place.partners if p.public_id == public_id), None)
    if found is None:
        raise Http404
    return found


# The task list --------------------------------------------------------------------------------------------------------
@require_safe
@guarded(can_read)
def overview(request: HttpRequest, place: Place) -> HttpResponse:
    """Where the partners are with each other: own checklists, what is released, visits, pages, decision."""
    found = queries.checklists(place.own_party, place.partners) if place.is_partner else []
    standing = queries.decisions(place.partnership) if place.is_partner or place.is_broker else {}
    context: dict[str, Any] = {
        "checklists": found,
        "released": queries.released_checklists(place),
        "unopened": unopened_cards(place, RELEASED_CHECKLIST, RELEASED_CONDITIONS),
        "decisions": [{"party": p, "it": standing.get(p.pk)} for p in place.partners],
        "sees_decisions": place.is_partner or place.is_broker,
        "conditions": registry.conditions(Stage.DILIGENCE, place),
        "depth": queries.depth_of(place.partnership),
        "choice": queries.open_depth_choice(place.partnership) if place.is_partner else None,
        "is_now": place.partnership.stage == Stage.DILIGENCE,
        "may_change_depth": can_release(place),
    }
    if place.is_partner:
        own = found[0]
        first = next((c for c in found if not c.is_done), None)
        if first is not None and can_answer(place):
            start = first.first_open()
            context["next_url"] = _url(place, "theme", first.about.public_id, start.code) if start else ""
            context["next_label"] = (
                _("Go on with your own answers") if first is own and own.has_answers
                else _("Answer about yourselves") if first is own
                else _("Look at %(name)s") % {"name": first.about.name}
            )  # fmt: skip
        elif can_decide(place):
            decision = standing.get(place.own_party.pk)
            if decision is None or not decision.holds:
                context["next_url"], context["next_label"] = _url(place, "decision"), _("Take your decision")
    return _show(request, place, "overview", context)


# One's own checklists -------------------------------------------------------------------------------------------------
def _own(place: Place, about: str) -> Checklist:
    return queries.checklist(place.own_party, _partner(place, about), place.partners)


@require_safe
@guarded(can_answer)
def own_checklist(request: HttpRequest, place: Place, about: str) -> HttpResponse:
    """A checklist by theme, and to whom it was released."""
    found = _own(place, about)
    ids = [r.answer.pk for r in found.rows if r.answer is not None]
    bundles = {s.release.pk: s for rows in releases_of(queries.ANSWER_MODEL, ids, place).values() for s in rows}
    context = {
        "checklist": found,
        "shown": list(bundles.values()),
        "may_release": can_release(place) and found.has_answers,
        "start": found.first_open() or (found.themes[0] if found.themes else None),
    }
    return _show(request, place, "checklist", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def theme(request: HttpRequest, place: Place, about: str, theme: str) -> HttpResponse:
    """One theme on one screen. Saved as one goes; left and taken up again at any time."""
    found = _own(place, about)
    here = found.theme(theme)
    if here is None:
        raise Http404
    codes = [r.question.code for r in here.rows]
    version = queries.theme_version(found.assessment, codes)
    quiet = request.headers.get("X-Autosave") == "1"
    form = ThemeForm(request.POST if request.method == "POST" else None, theme=here, version=version)
    newer = None
    if request.method == "POST":
        if not form.is_valid():
            if quiet:
                return HttpResponse(status=422)
        else:
            try:
                version = actions.save_theme(
                    about=found.about, codes=codes, said=form.said(), seen=form.cleaned_data["version"], by=place
                )
            except ValidationError as error:
                if quiet:
                    return HttpResponse(status=409 if getattr(error, "code", "") == "stale" else 422)
                if getattr(error, "code", "") == "stale":
                    newer = _newer(form, place, about, theme)
                    form = _again(form, here, queries.theme_version(_own(place, about).assessment, codes))
                else:
                    note_errors(form, error)
            else:
                if quiet:
                    return HttpResponse(status=204, headers={"X-Version": str(version)})
                following = found.after(theme)
                if "later" in request.POST or following is None:
                    messages.success(request, _("Saved. It is on your side only, until you release it."))
                    return _go(place, "checklist", about)
                return _go(place, "theme", about, following.code)
    queries.with_citations(here.rows, place)
    context = {
        "checklist": found,
        "theme": here,
        "form": form,
        "newer": newer,
        "number": [t.code for t in found.themes].index(theme) + 1,
        "steps": [
            {
                "name": t.group.title,
                "state": "current" if t.code == theme else "done" if t.is_done else "",
                "url": _url(place, "theme", about, t.code),
            }
            for t in found.themes
        ],
        "back": _before(found, theme),
        "is_last": found.after(theme) is None,
    }
    return _show(request, place, "theme", context)


def _before(found: Checklist, code: str) -> Theme | None:
    codes = [t.code for t in found.themes]
    return found.themes[codes.index(code) - 1] if codes.index(code) else None


def _newer(form: ThemeForm, place: Place, about: str, code: str) -> dict[str, Any] | None:
    """What somebody else saved meanwhile, beside what was typed."""
    now = _own(place, about).theme(code)
    if now is None:
        return None
    last = max((r.answer for r in now.rows if r.answer is not None), key=lambda a: a.changed_at, default=None)
    return {
        "by": last.author if last else "",
        "at": last.changed_at if last else clock.now(),
        "fields": form.compare(now),
    }


def _again(form: ThemeForm, here: Theme, version: int) -> ThemeForm:
    """The same words, read against the newer version: the next save is deliberate."""
    data = dict(form.data.items())
    data["version"] = str(version)
    return ThemeForm(data, theme=here, version=version)


def _row(place: Place, about: str, code: str) -> tuple[Checklist, Row]:
    found = _own(place, about)
    row = next((r for r in found.rows if r.question.code == code), None)
    if row is None:
        raise Http404
    return found, row


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def support(request: HttpRequest, place: Place, about: str, code: str) -> HttpResponse:
    """Which documents support an answer: those that are here already, or a new one."""
    found, row = _row(place, about, code)
    queries.with_citations([row], place)
    choices = list(
        Document.objects.visible_to(place)
        .filter(withdrawn_at=None)
        .select_related("party__organisation")
        .order_by("-pk")[:100]
    )
    cited = [c.document for c in row.citations]
    choices += [d for d in cited if d.pk not in {c.pk for c in choices}]
    posted = request.POST if request.method == "POST" else None
    form = CiteForm(posted, choices=choices, initial={"documents": [d.public_id for d in cited]})
    if request.method == "POST" and form.is_valid():
        try:
            actions.cite(about=found.about, code=code, documents=form.cited(), by=place)
        except ValidationError as error:
            note_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return _go(place, "theme", about, row.question.theme)
    kinds = document_kinds()
    context = {
        "checklist": found,
        "row": row,
        "form": form if choices else None,
        "wanted": [kinds[k].title for k in row.question.documents if k in kinds],
        "newer_kinds": ("file", "seen", "talk"),
    }
    return _show(request, place, "support", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def support_new(request: HttpRequest, place: Place, about: str, code: str, held: str) -> HttpResponse:
    """A new supporting document, noted and cited in one go. It lies on the own side."""
    forms: dict[str, Any] = {"file": SupportFileForm, "seen": SupportSeenForm, "talk": SupportTalkForm}
    if held not in forms:
        raise Http404
    found, row = _row(place, about, code)
    posted = request.method == "POST"
    form = forms[held](
        request.POST if posted else None,
        request.FILES if posted else None,
        place=place,
        initial={"seen_by": place.user.name, "kind": next(iter(row.question.documents), "")},
    )
    if posted and form.is_valid():
        try:
            document = _note_document(held, form, place)
        except ValidationError as error:
            form.add_error({"file": "file", "seen": "seen_on", "talk": "talked_on"}[held], error.messages)
        else:
            queries.with_citations([row], place)
            cited = [c.document for c in row.citations]
            actions.cite(about=found.about, code=code, documents=[*cited, document], by=place)
            messages.success(request, _("“%(title)s” supports this answer now.") % {"title": document.title})
            return _go(place, "theme", about, row.question.theme)
    titles = {"file": _("Add a file"), "seen": _("Seen, not kept"), "talk": _("Answered in conversation")}
    return _form_page(
        request, place, title=titles[held], lede=row.question.text, form=form, keep=True,
        label=_("Add the file") if held == "file" else _("Note it"), cancel_url=_url(place, "support", about, code),
        why=_(
            "It stays on your side, and goes out with the checklist if you want. "
            "Never add details of a case of abuse."
        ),
    )  # fmt: skip


def _note_document(held: str, form: Any, place: Place) -> Document:
    data = form.cleaned_data
    shared: dict[str, Any] = {
        "partnership": place.partnership,
        "circle": form.chosen_circle(),
        "by": place,
        "title": data["title"],
        "kind": data["kind"],
        "note": data["note"],
    }
    if held == "file":
        return documents.store(**shared, upload=data["file"], valid_until=data["valid_until"])
    if held == "seen":
        return documents.note_seen(**shared, seen_by=data["seen_by"], seen_on=data["seen_on"], held_at=data["held_at"])
    return documents.note_conversation(**shared, talked_with=data["talked_with"], talked_on=data["talked_on"])


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def measure(request: HttpRequest, place: Place, about: str, code: str) -> HttpResponse:
    """What is done about a concern: measure, owner, date."""
    found, row = _row(place, about, code)
    form = MeasureForm(request.POST if request.method == "POST" else None, place=place, row=row)

    def act() -> None:
        data = form.cleaned_data
        actions.set_measure(
            about=found.about, code=code, text=data["text"], owner=data["owner"], due_on=data["due_on"],
            board_on=data.get("board_on"), by=place,
        )  # fmt: skip

    return form_page(
        request, place, form, act, tab=TAB,
        done=_("Noted. With your decision it becomes a condition."), go=_url(place, "decision"),
        title=_("What is done about it"), lede=row.question.text,
        label=_("Set the measure"), cancel_url=_url(place, "decision"),
        why=_(
            "It stays on your side. When you say go, it waits for its owner as a condition; "
            "an owner at another partner reads it then."
        ),
    )  # fmt: skip


# Releasing and reading ------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_release)
def release(request: HttpRequest, place: Place, about: str) -> HttpResponse:
    """Show a whole checklist as one bundle."""
    found = _own(place, about)
    form = ReleaseChecklistForm(request.POST if request.method == "POST" else None, place=place)
    return form_page(
        request, place, form,
        lambda: actions.release_checklist(
            about=found.about, to=form.chosen_circle(), with_documents=form.cleaned_data["with_documents"], by=place
        ),
        tab=TAB, done=_("Released. You can recall it from everybody who has not opened it."),
        go=_url(place, "checklist", about), label=_("Release it"), cancel_url=_url(place, "checklist", about),
        title=_("Release what you say about yourselves") if found.is_self
        else _("Release what you found about %(name)s") % {"name": found.about.name},
        lede=_(
            "They read the answers as they stand now, once they have opened them. "
            "What you change later stays on your side until you release it again."
        ),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_release)
def withdraw(request: HttpRequest, place: Place, about: str) -> HttpResponse:
    """Take released answers back from others' pages."""
    found = _own(place, about)
    if request.method == "POST":
        count = actions.withdraw_checklist(about=found.about, by=place)
        messages.success(request, _("Withdrawn.") if count else _("Recalled: nobody had opened it."))
        return _go(place, "checklist", about)
    context = {
        "title": _("Withdraw the released answers?"),
        "text": _(
            "They leave the pages of everybody who opened them, and later reports; the history keeps the fact that "
            "they were there. Who has not opened them never will. Your own side keeps everything."
        ),
        "label": _("Withdraw them"),
        "cancel_url": _url(place, "checklist", about),
        "cancel_label": _("Keep them"),
    }
    return render_record(request, place, "components/confirm_record_page.html", context, tab=TAB)


@require_safe
@guarded(can_read)
def read(request: HttpRequest, place: Place, party: str, about: str) -> HttpResponse:
    """What another side released of a checklist."""
    by_id = {p.public_id: p for p in place.parties}
    if party not in by_id or about not in by_id:
        raise Http404
    themes = queries.read_checklist(place, by_id[party], by_id[about])
    if not themes:
        raise Http404
    context = {"party": by_id[party], "about": by_id[about], "themes": themes}
    return _show(request, place, "read", context)


# Risks ----------------------------------------------------------------------------------------------------------------
@require_safe
@guarded(can_read)
def risks(request: HttpRequest, place: Place) -> HttpResponse:
    """Open risks that the reader may see, the worst first."""
    rows = (
        Risk.objects.visible_to(place)
        .filter(closed_at=None)
        .select_related("owner__membership__user", "owner__party__organisation", "party__organisation", "circle")
    )
    ordered = sorted(rows, key=lambda r: (-r.residual, -r.inherent, r.pk))
    context = {
        "risks": [{"it": r, "may_change": can_change_risk(place, r)} for r in ordered],
        "may_add": can_answer(place),
    }
    return _show(request, place, "risks", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def new_risk(request: HttpRequest, place: Place) -> HttpResponse:
    form = RiskForm(request.POST if request.method == "POST" else None, place=place)
    return form_page(
        request, place, form,
        lambda: actions.weigh_risk(values=form.cleaned_data, circle=form.chosen_circle(), by=place),
        tab=TAB, done=_("The risk is written down."), go=_url(place, "risks"),
        title=_("A risk"), label=_("Write it down"), cancel_url=_url(place, "risks"),
        lede=_("First what could happen to people, then to you. Name no private person."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def change_risk(request: HttpRequest, place: Place, risk: str) -> HttpResponse:
    found: Risk = get_object_or_404(Risk.objects.visible_to(place), public_id=risk, closed_at=None)
    require(can_change_risk(place, found))
    form = RiskForm(request.POST if request.method == "POST" else None, place=place, risk=found)
    newer = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.weigh_risk(
                values=form.cleaned_data, circle=None, by=place, risk=found, seen=form.cleaned_data["version"]
            )
        except ValidationError as error:
            if getattr(error, "code", "") == "stale":
                newer, form = _newer_risk(form, place, found)
            else:
                note_errors(form, error)
        else:
            messages.success(request, _("Weighed anew."))
            return _go(place, "risks")
    return _form_page(
        request, place, title=_("Weigh it anew"), form=form, newer=newer, label=_("Save"),
        cancel_url=_url(place, "risks"),
    )  # fmt: skip


def _newer_risk(form: RiskForm, place: Place, risk: Risk) -> tuple[dict[str, Any], RiskForm]:
    now: Risk = Risk.objects.visible_to(place.user).select_related("author").get(pk=risk.pk)
    fields = [
        {"label": form.fields[name].label, "theirs": getattr(now, name), "yours": form.cleaned_data.get(name)}
        for name in actions.RISK_FIELDS
        if name in form.fields and (getattr(now, name) or "") != (form.cleaned_data.get(name) or "")
    ]
    data = dict(form.data.items())
    data["version"] = str(now.version)
    return {"by": now.author, "at": now.changed_at, "fields": fields}, RiskForm(data, place=place, risk=now)


@require_POST
@guarded(can_answer)
def close_risk(request: HttpRequest, place: Place, risk: str) -> HttpResponse:
    found = get_object_or_404(Risk.objects.visible_to(place), public_id=risk)
    require(can_change_risk(place, found))
    actions.close_risk(found, by=place)
    messages.success(request, _("Closed. It counts no longer."))
    return _go(place, "risks")


# Visits ---------------------------------------------------------------------------------------------------------------
@require_safe
@guarded(can_read)
def visits(request: HttpRequest, place: Place) -> HttpResponse:
    context = {"visits": queries.visits_of(place), "may_add": can_answer(place), "why": lesson("DD3")}
    return _show(request, place, "visits", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def new_visit(request: HttpRequest, place: Place) -> HttpResponse:
    form = VisitForm(request.POST if request.method == "POST" else None, place=place)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = actions.plan_visit(
                kind=data["kind"], host=data["host"], on=data["on"], where=data["where"],
                circle=form.chosen_circle(), by=place,
            )  # fmt: skip
        except ValidationError as error:
            note_errors(form, error)
        else:
            if made.on <= clock.today(place.user.time_zone):
                return _go(place, "visit", made.public_id)
            messages.success(request, _("Planned. It stands in the calendar."))
            return _go(place, "visits")
    return _form_page(
        request, place, title=_("A visit or meeting"), form=form, label=_("Go on"), cancel_url=_url(place, "visits"),
        why=lesson("DD3").why, lesson="DD3",
        lede=_("Planned, or already held: then the next page asks who was there and what you learned."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_read)
def visit(request: HttpRequest, place: Place, visit: str) -> HttpResponse:
    """What came of it; partners write it up."""
    found: Visit = get_object_or_404(
        Visit.objects.visible_to(place).select_related("host__organisation", "circle"),
        public_id=visit,
    )
    people = list(found.people.select_related("seat__membership__user", "seat__party__organisation").order_by("pk"))
    form = None
    if can_answer(place):
        first = {
            "on": found.on, "met": found.met, "learned": found.learned, "version": found.version,
            "people": [p.seat_id for p in people],
        }  # fmt: skip
        form = VisitReportForm(request.POST if request.method == "POST" else None, place=place, initial=first)
    elif request.method == "POST":
        require(False)
    newer = None
    if request.method == "POST" and form is not None and form.is_valid():
        data = form.cleaned_data
        try:
            actions.write_up_visit(
                found, seats=list(data["people"]), on=data["on"], met=data["met"], learned=data["learned"],
                seen=data["version"], by=place,
            )  # fmt: skip
        except ValidationError as error:
            if getattr(error, "code", "") == "stale":
                now = Visit.objects.visible_to(place.user).select_related("author").get(pk=found.pk)
                newer = {
                    "by": now.author,
                    "at": now.changed_at,
                    "fields": [
                        {"label": form.fields["learned"].label, "theirs": now.learned, "yours": data["learned"]}
                    ],
                }
                again: Any = request.POST.copy()
                again["version"] = str(now.version)
                form = VisitReportForm(again, place=place)
            else:
                note_errors(form, error)
        else:
            messages.success(request, _("Written up."))
            return _go(place, "visits")
    context = {"visit": found, "people": people, "form": form, "newer": newer}
    return _show(request, place, "visit", context)


_PLURAL = {
    LineKind.GOAL: gettext_lazy("Goals"),
    LineKind.VALUE: gettext_lazy("Values"),
    LineKind.RED_LINE: gettext_lazy("Red lines"),
    LineKind.STEP: gettext_lazy("Next steps"),
}


# Side by side ---------------------------------------------------------------------------------------------------------
def _page_of(place: Place, kind: str) -> SharedPage | None:
    if kind not in PageKind.values:
        raise Http404
    found = queries.shared_page(place.partnership, kind, place.partners)
    if found is not None and not SharedPage.objects.visible_to(place.user).filter(pk=found.pk).exists():
        return None
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_read)
def page(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    """The partners' lines side by side, and who agrees to the page as it stands."""
    found = _page_of(place, kind)
    is_goals = kind == PageKind.GOALS
    form: Any = None
    if can_answer(place):
        posted = request.POST if request.method == "POST" else None
        form = LineForm(posted) if is_goals else StepForm(posted, place=place)
        if posted is not None and form.is_valid():
            try:
                actions.add_line(**{"kind": LineKind.STEP, **form.cleaned_data}, by=place)
            except ValidationError as error:
                note_errors(form, error)
            else:
                return _go(place, "page", kind)
    elif request.method == "POST":
        require(False)
    lines = queries.lines_of(found) if found is not None else []
    agreed = queries.agreed_by(found)
    kinds = (LineKind.GOAL, LineKind.VALUE, LineKind.RED_LINE) if is_goals else (LineKind.STEP,)
    own = place.own_party.pk
    context = {
        "kind": kind,
        "is_goals": is_goals,
        "page": found,
        "groups": [
            {"label": _PLURAL[k], "lines": [{"it": x, "mine": x.party_id == own} for x in lines if x.kind == k]}
            for k in kinds
            if any(x.kind == k for x in lines)
        ],
        "form": form,
        "agreed": [{"party": p, "yes": p.pk in agreed} for p in place.partners],
        "may_agree": found is not None and lines and can_release(place) and own not in agreed,
        "why": lesson("DD4"),
    }
    return _show(request, place, "page", context)


@require_POST
@guarded(can_release)
def agree_page(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    found = _page_of(place, kind)
    if found is None:
        raise Http404
    seen = number(request.POST.get("version"))
    act_and_say(
        request,
        lambda: actions.agree_page(found, seen=seen, by=place),
        lambda by_all: _("All of you agree.") if by_all else _("You agree. It waits for the others now."),
    )
    return _go(place, "page", kind)


def _line(place: Place, kind: str, public_id: str) -> SharedLine:
    found: SharedLine = get_object_or_404(
        SharedLine.objects.visible_to(place).select_related("page", "party__organisation"),
        public_id=public_id,
        page__kind=kind,
    )
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def relate(request: HttpRequest, place: Place, kind: str, line: str) -> HttpResponse:
    """Say how a line is seen together."""
    found = _line(place, kind, line)
    if kind != PageKind.GOALS:
        raise Http404
    first = {"relation": found.relation, "version": found.version}
    form = RelationForm(request.POST if request.method == "POST" else None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_line(
                found, by=place, relation=form.cleaned_data["relation"], seen=form.cleaned_data["version"]
            )
        except ValidationError as error:
            if getattr(error, "code", "") == "stale":
                now = _line(place, kind, line)
                label = Relation(now.relation).label
                messages.error(request, _("Somebody changed it to “%(now)s” meanwhile. Look again.") % {"now": label})
                return _go(place, "relate", kind, line)
            note_errors(form, error)
        else:
            return _go(place, "page", kind)
    return _form_page(
        request, place, title=found.text, lede=f"{found.get_kind_display()}, {found.party.name}", form=form,
        label=_("Save"), cancel_url=_url(place, "page", kind),
    )  # fmt: skip


@require_POST
@guarded(can_answer)
def remove_line(request: HttpRequest, place: Place, kind: str, line: str) -> HttpResponse:
    found = _line(place, kind, line)
    require(found.party_id == place.own_party.pk)
    actions.remove_line(found, by=place)
    messages.success(request, _("Taken away."))
    return _go(place, "page", kind)


# Depth ----------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_release)
def depth(request: HttpRequest, place: Place) -> HttpResponse:
    """How deep the partners look at each other; each agrees."""
    now = queries.depth_of(place.partnership)
    choice = queries.open_depth_choice(place.partnership)
    form = DepthForm(request.POST if request.method == "POST" else None, initial={"depth": now})
    return form_page(
        request, place, form, lambda: actions.propose_depth(depth=form.cleaned_data["depth"], by=place),
        tab=TAB, template="lifecycle/diligence/depth.html",
        done=_("Proposed. It counts once every partner has agreed."), go=_url(place, "overview"),
        now=now, choice=choice,
        has_agreed=choice is not None and place.own_party.pk in {c.party_id for c in choice.consents.all()},
    )  # fmt: skip


@require_POST
@guarded(can_release)
def agree_depth(request: HttpRequest, place: Place) -> HttpResponse:
    choice = queries.open_depth_choice(place.partnership)
    if choice is None:
        messages.info(request, _("Nothing is proposed any more."))
        return _go(place, "overview")
    act_and_say(request, lambda: actions.agree_depth(choice, by=place), _("Agreed."))
    return _go(place, "overview")


# Deciding -------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_read)
def decision(request: HttpRequest, place: Place) -> HttpResponse:
    """What the rule says of what the own side knows, the decision, and the conditions that wait."""
    context: dict[str, Any] = {"unopened": unopened_cards(place, RELEASED_CONDITIONS)}
    form = None
    if place.is_partner:
        basis = queries.basis_of(place.own_party, place.partners)
        if can_decide(place):
            form = DecisionForm(request.POST if request.method == "POST" else None, allowed=basis.evaluation.allowed)
            if request.method == "POST" and form.is_valid():
                data = form.cleaned_data
                try:
                    actions.decide(outcome=data["outcome"], reason=data["reason"], by=place)
                except ValidationError as error:
                    note_errors(form, error)
                else:
                    messages.success(request, _("Your decision stands."))
                    return _go(place, "overview")
        context |= _reasons(basis, place) | {"evaluation": basis.evaluation, "form": form}
    if request.method == "POST" and form is None:
        require(False)
    standing = queries.decisions(place.partnership) if place.is_partner or place.is_broker else {}
    mine = standing.get(place.party.pk) if place.party is not None else None
    context |= {
        "decisions": [{"party": p, "it": standing.get(p.pk)} for p in place.partners],
        "sees_decisions": place.is_partner or place.is_broker,
        "mine": mine,
        "reason": DecisionReason.objects.visible_to(place.user).filter(decision=mine).first() if mine else None,
        "differs": bool(mine and mine.is_go and context.get("evaluation") and mine.outcome not in
                        context["evaluation"].allowed and context["evaluation"].outcome != Outcome.GO),
        "measures": _measures(place),
    }  # fmt: skip
    return _show(request, place, "decision", context)


def _reasons(basis: queries.Basis, place: Place) -> dict[str, Any]:
    """What speaks for the rule's answer: rows of the checklists, and risks, each with where it is met."""
    risks = {r.pk: r for r in basis.risks}

    def one(thing: Any) -> dict[str, Any]:
        if isinstance(thing, Item):
            row, about = basis.rows[thing.ref], basis.about(thing)
            return {
                "text": row.question.text,
                "about": about,
                "level": row.level,
                "critical": thing.critical,
                "url": _url(place, "theme", about.public_id, row.question.theme),
                "measure_url": _url(place, "measure", about.public_id, row.question.code),
                "from_them": row.answer is None and row.theirs is not None,
                "needs_board": thing.critical >= 2 and not thing.board,
                "lacks": not thing.measure or (thing.critical >= 2 and not thing.board),
            }
        risk = risks[thing.ref]
        return {
            "text": risk.text,
            "risk": risk,
            "url": _url(place, "change_risk", risk.public_id) if can_change_risk(place, risk) else _url(place, "risks"),
            "lacks": not thing.measure,
        }

    rule = basis.evaluation
    return {
        "stops": [one(s) for s in rule.stops],
        "unknown": [_unknown(c, rule, place) for c in basis.checklists if _codes(c, rule)],
        "only_not_now": rule.allowed == (Outcome.NOT_NOW,),
        "conditions": [one(c) for c in rule.conditions],
    }


def _codes(found: Checklist, rule: Evaluation) -> set[str]:
    return {i.ref[1] for i in rule.unknown if i.ref[0] == found.about.pk}


def _unknown(found: Checklist, rule: Evaluation, place: Place) -> dict[str, Any]:
    """What is not known about one organisation, together, and where to find it out."""
    codes = _codes(found, rule)
    rows = [r for r in found.rows if r.question.code in codes]
    first = next((r for r in rows if r.owed), rows[0])
    return {
        "about": found.about,
        "is_self": found.is_self,
        "rows": rows,
        "theirs": sum(not r.owed for r in rows),
        "url": _url(place, "theme", found.about.public_id, first.question.theme),
    }


def _measures(place: Place) -> list[dict[str, Any]]:
    """Measures and conditions that the reader may see, the open ones first."""
    rows = (
        Measure.objects.visible_to(place)
        .filter(dropped_at=None)
        .select_related("owner__membership__user", "owner__party__organisation", "party__organisation")
        .order_by("due_on", "pk")
    )
    return [
        {
            "it": m,
            "may_finish": m.done_at is None and can_do_measure(place, m),
            "may_drop": m.done_at is None and place.is_partner and m.party_id == place.own_party.pk,
        }
        for m in sorted(rows, key=lambda m: m.done_at is not None)
    ]


def _measure(place: Place, public_id: str) -> Measure:
    found: Measure = get_object_or_404(
        Measure.objects.visible_to(place).select_related(
            "owner__party__organisation", "owner__membership__user", "party__organisation"
        ),
        public_id=public_id,
        dropped_at=None,
    )
    return found


@require_POST
@guarded(can_answer)
def finish_measure(request: HttpRequest, place: Place, measure: str) -> HttpResponse:
    found = _measure(place, measure)
    require(can_do_measure(place, found))
    actions.finish_measure(found, by=place)
    messages.success(request, _("Done."))
    return _go(place, "decision")


@require_POST
@guarded(can_release)
def drop_measure(request: HttpRequest, place: Place, measure: str) -> HttpResponse:
    found = _measure(place, measure)
    require(found.party_id == place.own_party.pk)
    actions.drop_measure(found, by=place)
    messages.success(request, _("Dropped. Look at your decision again."))
    return _go(place, "decision")
