"""The pages of communication. A GET shows, a POST acts and redirects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partnerships import clock
from partnerships.access.guard import guarded, public, require
from partnerships.access.places import Place
from partnerships.catalogue.queries import lesson
from partnerships.looks.typed import number
from partnerships.notices.links import LinkRefused
from partnerships.record.frame import act_and_say, note_errors, render_record

from . import actions, approving, planning, queries
from .forms import (
    BriefForm,
    CallForm,
    ContactForm,
    DriverForm,
    EntryForm,
    HelpForm,
    QAForm,
    QuestionForm,
    ReleaseDriversForm,
    RemarkForm,
    SayForm,
    SpokespersonForm,
    StepForm,
    TalkForm,
    TemplatesForm,
    TextForm,
)
from .models import Approvable, ApprovableVersion, ColleagueQuestion, Contact, Driver, Incident, PlanEntry, QAItem
from .permissions import (
    can_approve,
    can_help_answer,
    can_log_contact,
    can_plan,
    can_read,
    can_read_plan,
    can_report_call,
    can_settle_question,
    can_withdraw_contact,
    can_write_own,
    is_own,
)
from .states import MADE_OF_ROWS, QUESTION_DAYS, STANDING, WRITTEN, Text

TAB = "communication"
#: Addresses under which a set made of rows is read; the other texts have a page of their own.
SET_PAGES: dict[str, str] = {
    Text.PLAN: "communication:plan",
    Text.SPOKESPEOPLE: "communication:spokespeople",
    Text.QA: "communication:qa",
}
#: Where delivery takes promises to communities, if that folder is there.
PROMISE_PAGE = "delivery:note_promise"


# Small ways -----------------------------------------------------------------------------------------------------------
def _url(place: Place, name: str, *args: str) -> str:
    return reverse(f"communication:{name}", args=[place.partnership.public_id, *args])


def _page(
    request: HttpRequest, place: Place, name: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    template = f"lifecycle/communication/{name}.html"
    return render_record(request, place, template, dict(context), tab=TAB, status=status)


def _form_page(
    request: HttpRequest,
    place: Place,
    form: forms.BaseForm,
    *,
    title: str,
    label: str,
    cancel: str,
    lede: str = "",
    why: str = "",
    newer: Mapping[str, Any] | None = None,
) -> HttpResponse:
    context = {
        "form": form, "title": title, "label": label, "cancel_url": cancel, "lede": lede, "keep": True, "newer": newer,
        "why": lesson(why).why if why else "",
    }  # fmt: skip
    return render_record(request, place, "components/form_record_page.html", context, tab=TAB)


def _confirm(request: HttpRequest, place: Place, *, title: str, text: str, label: str, cancel: str) -> HttpResponse:
    context = {
        "title": title, "text": text, "label": label, "cancel_url": cancel, "cancel_label": _("Go back, change nothing")
    }  # fmt: skip
    return render_record(request, place, "components/confirm_record_page.html", context, tab=TAB)


def _save(form: forms.BaseForm, act: Callable[[dict[str, Any]], object]) -> bool:
    """Whether a posted form was taken; what was refused stands in it."""
    if not form.is_valid():
        return False
    try:
        act(form.cleaned_data)
    except ValidationError as error:
        note_errors(form, error)
        return False
    return True


def _is_stale(form: forms.BaseForm) -> bool:
    return form.has_error("__all__", code="stale")


def _newer(form: forms.BaseForm, item: Any) -> dict[str, Any] | None:
    """What somebody else saved in between, beside what was typed; the form then saves over the newer version."""
    if not _is_stale(form):
        return None
    item.refresh_from_db()
    fields = [
        {"label": form.fields[name].label, "theirs": str(getattr(item, name) or ""), "yours": form.data.get(name, "")}
        for name in form.fields
        if name != "version" and hasattr(item, name) and str(getattr(item, name) or "") != form.data.get(name, "")
    ]
    form.data = {**form.data.dict(), "version": str(item.version)}  # type: ignore[attr-defined]
    return {"by": item.author, "at": item.changed_at, "fields": fields}


def _fetch_text(place: Place, aid: str) -> Approvable:
    row: Approvable = get_object_or_404(queries.readable(place), public_id=aid)
    return row


def _home_of(row: Approvable, place: Place) -> str:
    """Where a joint text is read."""
    return reverse(SET_PAGES[row.kind], args=[place.partnership.public_id]) if row.kind in SET_PAGES else _url(
        place, "text", row.public_id
    )  # fmt: skip


def _seen(request: HttpRequest) -> int:
    return number(request.POST.get("version"), -1)


def _promise_url(place: Place) -> str:
    """Where a promise is taken into the register of promises; nothing where there is none."""
    try:
        return reverse(PROMISE_PAGE, args=[place.partnership.public_id])
    except NoReverseMatch:
        return ""


# The tab --------------------------------------------------------------------------------------------------------------
@require_safe
@guarded(can_read)
def overview(request: HttpRequest, place: Place) -> HttpResponse:
    """What is approved, whom to talk to next, what was said."""
    today = clock.today(place.user.time_zone)
    context: dict[str, Any] = {
        "contacts": list(queries.contacts(place)[:5]),
        "said": queries.said_in_public(place)[:3],
        "may_log": can_log_contact(place),
        "may_plan": can_plan(place),
        "reads_plan": can_read_plan(place),
        "today": today,
    }
    if can_read_plan(place):
        states = queries.approvals_of(place)
        reached = queries.briefed(place)
        plan_entries = queries.entries(place)
        asked = [q for q in queries.questions(place) if q.it.answered_on is None]
        context |= {
            "texts": [_task_of(place, each) for each in states.values()],
            "briefed": [(p, queries.briefed_fully(reached.get(p.pk, frozenset()))) for p in place.partners],
            "all_briefed": all(queries.briefed_fully(reached.get(p.pk, frozenset())) for p in place.partners),
            "i_briefed": queries.briefed_fully(reached.get(place.own_party.pk, frozenset())),
            "why": {"texts": lesson("MED").why, "brief": lesson("IC3").why, "talk": lesson("EC5").why},
            "next": [e for e in plan_entries if e.it.next_due_on][:6],
            "entries": len(plan_entries),
            "open_questions": len(asked),
            "late_questions": sum(1 for q in asked if q.is_late),
            "calls": queries.calls(place, only_open=True, limit=3),
            "approved_count": sum(1 for s in states.values() if s.is_approved),
            "promise_url": _promise_url(place),
        }
    return _page(request, place, "overview", context)


def _task_of(place: Place, found: queries.Approvals) -> dict[str, Any]:
    own = place.party.pk if place.party else 0
    mine = found.is_asked and place.is_partner and own in {p.pk for p in found.missing}
    return {
        "title": Text(found.kind).label,
        "url": reverse({**SET_PAGES, Text.HOLDING: "communication:holding"}[found.kind],
                       args=[place.partnership.public_id]),
        "state": "met" if found.is_approved else "you" if mine else "waiting" if found.is_asked else "not_yet",
        "missing": found.missing if found.is_asked else (),
        "exists": found.exists,
        "asked": found.is_asked,
    }  # fmt: skip


# Joint texts ----------------------------------------------------------------------------------------------------------
@require_safe
@guarded(can_read_plan)
def public_voice(request: HttpRequest, place: Place) -> HttpResponse:
    """What is said in public: the announcement, joint texts, names and logos."""
    rows = queries.written(place, Text.ANNOUNCEMENT, Text.PUBLIC, Text.NAMES)
    last = max((r.it.done_on for r in rows if r.it.done_on), default=None)
    context = {
        "announcement": next((r for r in rows if r.it.kind == Text.ANNOUNCEMENT), None),
        "public": [r for r in rows if r.it.kind == Text.PUBLIC],
        "names": [r for r in rows if r.it.kind == Text.NAMES],
        "last": last,
        "may_plan": can_plan(place),
        "why": {"announce": lesson("EC4").why, "public": lesson("EC5").why},
        "courtesy_hours": queries.plan_of(None).courtesy_hours,
    }
    return _page(request, place, "public", context)


_NEW_TEXT_LEDES: dict[str, Any] = {
    Text.HOLDING: translation.gettext_lazy(
        "One text that each of you can give within the hour, whatever has happened. All partners approve it."
    ),
    Text.QUIET: translation.gettext_lazy("Once all partners agree, the plan’s clocks stop for these days."),
    Text.PUBLIC: translation.gettext_lazy(
        "A page, a story, a post, a notice on a wall. All partners approve it first."
    ),
    Text.NAMES: translation.gettext_lazy("Each use needs the yes of every partner."),
    Text.ANNOUNCEMENT: translation.gettext_lazy("Why you work together, said early and by all in the same words."),
}


@require_http_methods(["GET", "POST"])
@guarded(can_plan)
def new_text(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    """Write a joint text."""
    if kind not in WRITTEN:
        raise Http404
    if kind in STANDING and (found := queries.standing(place, kind)) is not None:
        return redirect(_url(place, "text", found.public_id))
    initial: dict[str, Any] = {"version": 0}
    if kind == Text.HOLDING:
        initial["text"] = str(queries.plan_of(None).holding)
    form = TextForm(request.POST or None, kind=kind, initial=initial)
    made: list[Approvable] = []
    if request.method == "POST" and _save(form, lambda data: made.append(_start_text(kind, data, place))):
        messages.success(request, _("Saved as a draft. Ask all partners to approve it when it is ready."))
        return redirect(_url(place, "text", made[0].public_id))
    return _form_page(
        request,
        place,
        form,
        title=str(Text(kind).label),
        lede=str(_NEW_TEXT_LEDES.get(kind, "")),
        label=_("Save the draft"),
        cancel=_url(place, "public" if kind in {Text.PUBLIC, Text.ANNOUNCEMENT, Text.NAMES} else "overview"),
        why="MED" if kind == Text.HOLDING else "",
    )


def _start_text(kind: str, data: dict[str, Any], place: Place) -> Approvable:
    return approving.start(kind, by=place, **{k: v for k, v in data.items() if k != "version"})


@require_safe
@guarded(can_read)
def text(request: HttpRequest, place: Place, aid: str) -> HttpResponse:
    """A joint text: its words, who approved them, what is missing, and the one next step."""
    row = _fetch_text(place, aid)
    if row.kind in SET_PAGES:
        return redirect(_home_of(row, place))
    context = {"row": row, "saying": row.kind in {Text.PUBLIC, Text.ANNOUNCEMENT}} | _approving(row, place)
    return _page(request, place, "text", context)


def _approving(row: Approvable | None, place: Place) -> dict[str, Any]:
    """What the approval bar of every joint text shows."""
    if row is None or not can_read_plan(place):
        return {"shown": queries.shown(row, place) if row is not None else None}
    found = queries.shown(row, place)
    found.remarks = queries.remarks_of(row, place)
    still = row.done_on is None and row.set_aside_at is None
    newcomers = row.is_asked and any(p.pk not in _reads(row) for p in found.waits)
    return {
        "shown": found,
        "missing": approving.what_is_missing(row, place.partners) if not row.is_asked else [],
        "may_change": can_plan(place) and still,
        "may_ask": can_plan(place) and still and (not row.is_asked or newcomers),
        "may_approve": can_approve(place) and still and found.mine,
        "working_days": queries.plan_of(row.catalogue_version).approval_working_days,
        "remark_form": RemarkForm(),
    }


def _reads(row: Approvable | Contact) -> set[int]:
    """The parties in an item's circle."""
    return set(row.circle.members.values_list("party", flat=True))


@require_http_methods(["GET", "POST"])
@guarded(can_plan)
def change_text(request: HttpRequest, place: Place, aid: str) -> HttpResponse:
    """Write it anew. The approvals start anew with it."""
    row = _fetch_text(place, aid)
    if row.kind in MADE_OF_ROWS or row.done_on is not None:
        raise Http404
    names = ("title", "outlet", "starts_on", "ends_on", "text")
    initial = {name: getattr(row, name) for name in names} | {"version": row.version}
    form = TextForm(request.POST or None, kind=row.kind, initial=initial)

    def act(data: dict[str, Any]) -> object:
        return approving.change(row, seen=data.pop("version"), by=place, **data)

    if request.method == "POST" and _save(form, act):
        messages.success(request, _("Saved. Approvals start anew; ask for them when it is ready."))
        return redirect(_home_of(row, place))
    lede = _("All partners have approved this. A change clears their approvals.") if row.is_approved else ""
    return _form_page(
        request, place, form, title=str(Text(row.kind).label), lede=lede, label=_("Save"),
        cancel=_home_of(row, place), newer=_newer(form, row),
    )  # fmt: skip


@require_POST
@guarded(can_plan)
def ask(request: HttpRequest, place: Place, aid: str) -> HttpResponse:
    """Ask all partners to approve it."""
    row = _fetch_text(place, aid)
    act_and_say(
        request, lambda: approving.ask(row, seen=_seen(request), by=place), _("All partners are asked to approve it.")
    )
    return redirect(_home_of(row, place))


@require_POST
@guarded(can_approve)
def approve(request: HttpRequest, place: Place, aid: str) -> HttpResponse:
    """Say yes to the version that was read."""
    row = _fetch_text(place, aid)
    act_and_say(request, lambda: approving.approve(row, seen=_seen(request), by=place), _("You approved it."))
    return redirect(_home_of(row, place))


@require_POST
@guarded(can_plan)
def remark(request: HttpRequest, place: Place, aid: str) -> HttpResponse:
    """Say what is missing."""
    row = _fetch_text(place, aid)
    form = RemarkForm(request.POST)
    if _save(form, lambda data: approving.add_remark(row, text=data["text"], by=place)):
        messages.success(request, _("The other partners are told what is missing."))
    else:
        messages.error(request, _("Say what is missing."))
    return redirect(_home_of(row, place))


@require_http_methods(["GET", "POST"])
@guarded(can_plan)
def say(request: HttpRequest, place: Place, aid: str) -> HttpResponse:
    """It was said in public."""
    row = _fetch_text(place, aid)
    if row.kind not in {Text.PUBLIC, Text.ANNOUNCEMENT} or row.done_on is not None:
        raise Http404
    initial = {"on": clock.today(place.user.time_zone), "outlet": row.outlet}
    form = SayForm(request.POST or None, place=place, initial=initial)

    def act(data: dict[str, Any]) -> object:
        return approving.say_in_public(row, on=data["on"], outlet=data["outlet"], by=place)

    if request.method == "POST" and _save(form, act):
        messages.success(request, _("Noted. Everybody in this record can read it now."))
        return redirect(_home_of(row, place))
    announces = row.kind == Text.ANNOUNCEMENT
    return _form_page(
        request,
        place,
        form,
        title=_("When was it announced?") if announces else _("When and where was it said?"),
        lede=_("Communities hear it before the media do. From this day on, 90 days of silence are noticed."),
        label=_("Note it"),
        cancel=_home_of(row, place),
    )


@require_http_methods(["GET", "POST"])
@guarded(can_plan)
def set_aside(request: HttpRequest, place: Place, aid: str) -> HttpResponse:
    """Not pursued."""
    row = _fetch_text(place, aid)
    if row.kind in MADE_OF_ROWS or row.done_on is not None:
        raise Http404
    if request.method == "POST":
        act_and_say(request, lambda: approving.set_aside(row, by=place), _("Set aside."))
        return redirect(_url(place, "plan" if row.kind == Text.QUIET else "public"))
    return _confirm(
        request,
        place,
        title=_("Set it aside?"),
        text=_("It leaves these pages, and nobody is asked to approve it any more."),
        label=pgettext("button", "Set aside"),
        cancel=_home_of(row, place),
    )


@require_safe
@guarded(can_read_plan)
def versions(request: HttpRequest, place: Place, aid: str) -> HttpResponse:
    """Every version that partners were asked to approve, and who did."""
    row = _fetch_text(place, aid)
    rows = list(
        ApprovableVersion.objects.visible_to(place.user).filter(approvable=row).select_related("author").order_by("-number")
    )  # fmt: skip
    given: dict[int, list[Any]] = {}
    for approval in row.approvals.all():
        given.setdefault(approval.number, []).append(approval)
    context = {
        "row": row,
        "home": _home_of(row, place),
        "versions": [{"it": v, "approvals": given.get(v.number, [])} for v in rows],
    }
    return _page(request, place, "versions", context)


@require_safe
@guarded(can_read_plan)
def holding(request: HttpRequest, place: Place) -> HttpResponse:
    """The holding statement, or where it is written."""
    found = queries.standing(place, Text.HOLDING)
    if found is not None:
        return redirect(_url(place, "text", found.public_id))
    return _page(request, place, "holding", {"may_plan": can_plan(place), "why": lesson("MED").why})


# The plan -------------------------------------------------------------------------------------------------------------
def _fetch_entry(place: Place, eid: str) -> PlanEntry:
    entry: PlanEntry = get_object_or_404(queries.entry_rows(place), public_id=eid)
    return entry


def _in_words(entry: PlanEntry) -> queries.Entry:
    return queries.entry_of(entry, queries.plan_of(entry.approvable.catalogue_version))


@require_safe
@guarded(can_read_plan)
def plan(request: HttpRequest, place: Place) -> HttpResponse:
    """The plan: whom we talk to, what for, by whom, how often."""
    row = queries.standing(place, Text.PLAN)
    context = {
        "row": row,
        "entries": queries.entries(place),
        "quiet": queries.written(place, Text.QUIET),
        "may_plan": can_plan(place),
        "may_log": can_log_contact(place),
        "intro": queries.plan_of(None).intro,
        "why": {"plan": lesson("EC1").why},
    } | _approving(row, place)
    return _page(request, place, "plan", context)


@require_POST
@guarded(can_plan)
def start_plan(request: HttpRequest, place: Place) -> HttpResponse:
    """The audiences to begin with, with a first guess of who does what."""
    act_and_say(
        request,
        lambda: planning.start_with_the_first(by=place),
        _("These are in. Look at who does what, and change what does not fit."),
    )
    return redirect(_url(place, "plan"))


@require_http_methods(["GET", "POST"])
@guarded(can_plan)
def add_templates(request: HttpRequest, place: Place) -> HttpResponse:
    """Take more audiences from the catalogue."""
    form = TemplatesForm(request.POST or None, missing=queries.missing_templates(place, queries.entries(place)))
    if request.method == "POST" and _save(form, lambda _d: planning.add_from_catalogue(form.chosen(), by=place)):
        messages.success(request, _("Added. Look at who does what."))
        return redirect(_url(place, "plan"))
    return _form_page(
        request, place, form, title=_("More audiences"), label=_("Add these"), cancel=_url(place, "plan"),
        lede=_("Add those that matter here; you can take them out again."),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@guarded(can_plan)
def add_entry(request: HttpRequest, place: Place) -> HttpResponse:
    """An audience of one's own."""
    form = EntryForm(request.POST or None, place=place, initial={"version": 0})
    if request.method == "POST" and _save(form, lambda data: planning.add_entry(by=place, values=data)):
        messages.success(request, _("Added."))
        return redirect(_url(place, "plan"))
    return _form_page(request, place, form, title=_("Another audience"), label=_("Add it"), cancel=_url(place, "plan"))


@require_http_methods(["GET", "POST"])
@guarded(can_plan)
def change_entry(request: HttpRequest, place: Place, eid: str) -> HttpResponse:
    """Change an entry. The plan's approvals start anew."""
    entry = _fetch_entry(place, eid)
    words = _in_words(entry)
    initial = {name: getattr(entry, name) for name in planning.ENTRY_FIELDS} | {
        "purpose": words.purpose, "channel": words.channel, "version": entry.version,
    }  # fmt: skip
    form = EntryForm(request.POST or None, place=place, entry=words, initial=initial)

    def act(data: dict[str, Any]) -> object:
        return planning.change_entry(entry, values=data, seen=data["version"], by=place)

    if request.method == "POST" and _save(form, act):
        messages.success(request, _("Saved. The plan’s approvals start anew."))
        return redirect(_url(place, "plan"))
    context = {
        "form": form, "title": words.audience, "label": _("Save"), "cancel_url": _url(place, "plan"), "keep": True,
        "newer": _newer(form, entry), "entry": words, "lede": words.purpose,
    }  # fmt: skip
    return _page(request, place, "entry", context)


@require_POST
@guarded(can_plan)
def remove_entry(request: HttpRequest, place: Place, eid: str) -> HttpResponse:
    """Take an audience out."""
    entry = _fetch_entry(place, eid)
    act_and_say(
        request, lambda: planning.remove_entry(entry, by=place), _("Taken out. What was logged stays in the log.")
    )
    return redirect(_url(place, "plan"))


# Spokespeople, questions and answers ----------------------------------------------------------------------------------
@require_safe
@guarded(can_read_plan)
def spokespeople(request: HttpRequest, place: Place) -> HttpResponse:
    """Who speaks for each partner, and who stands in."""
    row = queries.standing(place, Text.SPOKESPEOPLE)
    named = queries.spokespeople(row, place)
    context = {
        "row": row,
        "people": [{"party": p, "named": named.get(p.pk)} for p in place.partners],
        "may_plan": can_plan(place),
        "why": lesson("MED").why,
    } | _approving(row, place)
    return _page(request, place, "spokespeople", context)


@require_http_methods(["GET", "POST"])
@guarded(can_plan)
def name_spokesperson(request: HttpRequest, place: Place) -> HttpResponse:
    """Name the own side's spokesperson."""
    named = queries.spokespeople(queries.standing(place, Text.SPOKESPEOPLE), place).get(place.own_party.pk)
    initial: dict[str, Any] = {"version": 0}
    if named is not None:
        initial = {
            "seat": named.seat_id, "stand_in": named.stand_in_id, "reach": named.reach, "version": named.version,
        }  # fmt: skip
    form = SpokespersonForm(request.POST or None, place=place, initial=initial)

    def act(data: dict[str, Any]) -> object:
        return planning.name_spokesperson(
            seat=data["seat"], stand_in=data["stand_in"], reach=data["reach"], seen=data["version"], by=place
        )

    if request.method == "POST" and _save(form, act):
        messages.success(request, _("Named. All partners approve the spokespeople together."))
        return redirect(_url(place, "spokespeople"))
    return _form_page(
        request, place, form, title=_("Who speaks for %(party)s?") % {"party": place.own_party.name},
        lede=_("Both need a seat in this record: give your press officer one, if there is one."), label=_("Name them"),
        cancel=_url(place, "spokespeople"), newer=_newer(form, named) if named is not None else None,
    )  # fmt: skip


@require_safe
@guarded(can_read_plan)
def qa(request: HttpRequest, place: Place) -> HttpResponse:
    """The questions one must be ready for, with the joint answers."""
    row = queries.standing(place, Text.QA)
    context = {
        "row": row, "items": queries.qa_items(row, place), "may_plan": can_plan(place), "why": lesson("MED").why,
    } | _approving(row, place)  # fmt: skip
    return _page(request, place, "qa", context)


@require_POST
@guarded(can_plan)
def start_qa(request: HttpRequest, place: Place) -> HttpResponse:
    """Begin with the catalogue's questions."""
    act_and_say(request, lambda: planning.start_questions(by=place), _("Here are the questions. Answer them together."))
    return redirect(_url(place, "qa"))


@require_http_methods(["GET", "POST"])
@guarded(can_plan)
def add_question(request: HttpRequest, place: Place) -> HttpResponse:
    """A question of one's own."""
    form = QAForm(request.POST or None, own=True, initial={"version": 0})

    def act(data: dict[str, Any]) -> object:
        return planning.add_question(question=data["question"], answer=data["answer"], by=place)

    if request.method == "POST" and _save(form, act):
        messages.success(request, _("Added."))
        return redirect(_url(place, "qa"))
    return _form_page(request, place, form, title=_("Another question"), label=_("Add it"), cancel=_url(place, "qa"))


@require_http_methods(["GET", "POST"])
@guarded(can_plan)
def change_question(request: HttpRequest, place: Place, item: str) -> HttpResponse:
    """Write the joint answer to one question."""
    row = queries.standing(place, Text.QA)
    found = next((q for q in queries.qa_items(row, place) if q.it.public_id == item), None)
    if found is None:
        raise Http404
    it: QAItem = found.it
    initial = {"question": it.question, "answer": it.answer, "version": it.version}
    form = QAForm(request.POST or None, own=not it.code, initial=initial)

    def act(data: dict[str, Any]) -> object:
        return planning.answer_question(
            it, answer=data["answer"], question=data.get("question", ""), seen=data["version"], by=place
        )

    if request.method == "POST" and _save(form, act):
        messages.success(request, _("Saved. Approvals start anew."))
        return redirect(_url(place, "qa") + f"#{it.public_id}")
    return _form_page(
        request, place, form, title=found.question, lede=found.guidance, label=_("Save the answer"),
        cancel=_url(place, "qa"), newer=_newer(form, it), why=found.lessons[0] if found.lessons else "",
    )  # fmt: skip


@require_POST
@guarded(can_plan)
def remove_question(request: HttpRequest, place: Place, item: str) -> HttpResponse:
    """Nobody will ask this."""
    found = get_object_or_404(QAItem.objects.visible_to(place), public_id=item)
    act_and_say(request, lambda: planning.take_out_question(found, by=place), _("Taken out."))
    return redirect(_url(place, "qa"))


# The log --------------------------------------------------------------------------------------------------------------
@require_safe
@guarded(can_read)
def contacts(request: HttpRequest, place: Place) -> HttpResponse:
    """Every conversation this person reads, newest first."""
    rows = queries.contacts(place).filter(withdrawn_at=None)
    found, following = queries.page_of_contacts(rows, request.GET.get("after", ""))
    context = {
        "rows": [{"it": c, "audience": queries.audience_of(c)} for c in found],
        "next_url": f"?after={following}" if following else "",
        "back_url": _url(place, "contacts") if "after" in request.GET else "",
        "may_log": can_log_contact(place),
    }
    return _page(request, place, "contacts", context)


@require_http_methods(["GET", "POST"])
@guarded(can_log_contact)
def log_contact(request: HttpRequest, place: Place) -> HttpResponse:
    """Log a conversation."""
    return _log(request, place, None)


@require_http_methods(["GET", "POST"])
@guarded(can_log_contact)
def log_for_entry(request: HttpRequest, place: Place, eid: str) -> HttpResponse:
    """Log a conversation with an audience of the plan."""
    return _log(request, place, _in_words(_fetch_entry(place, eid)))


def _log(request: HttpRequest, place: Place, entry: queries.Entry | None) -> HttpResponse:
    initial: dict[str, Any] = {"held_on": clock.today(place.user.time_zone)}
    if entry is not None:
        initial["entry"] = entry.it.public_id
    posted = request.method == "POST"
    form = ContactForm(
        request.POST if posted else None, request.FILES if posted else None,
        place=place, entries=queries.entries(place), initial=initial,
    )  # fmt: skip
    made: list[Contact] = []

    def act(data: dict[str, Any]) -> object:
        names = ("who", "held_on", "where", "said", "promised", "readers", "upload")
        made.append(
            actions.log_contact(
                by=place, entry=form.chosen_entry(), office=data.get("office"), documents=data.get("documents") or (),
                **{name: data[name] for name in names},
            )
        )  # fmt: skip
        return made[0]

    if posted and _save(form, act):
        messages.success(
            request, _("Logged. The clock for this audience starts anew.") if made[0].entry else _("Logged.")
        )
        return redirect(_url(place, "contact", made[0].public_id))
    context = {"form": form, "entry": entry, "cancel_url": _url(place, "overview")}
    return _page(request, place, "log_contact", context)


@require_safe
@guarded(can_read)
def contact(request: HttpRequest, place: Place, cid: str) -> HttpResponse:
    """One conversation."""
    from partnerships.documents.models import Document

    found: Contact = get_object_or_404(queries.contacts(place), public_id=cid)
    documents = Document.objects.visible_to(place.user).filter(
        pk__in=found.documents.values("pk"), withdrawn_at=None
    )  # fmt: skip
    context = {
        "it": found,
        "audience": queries.audience_of(found),
        "documents": documents,
        "readers": _parties_in(found, place),
        "may_withdraw": can_withdraw_contact(place, found) and found.withdrawn_at is None,
        "promise_url": _promise_url(place) if found.promised and can_log_contact(place) else "",
    }
    return _page(request, place, "contact", context)


def _parties_in(row: Contact, place: Place) -> list[Any]:
    reads = _reads(row)
    return [p for p in place.parties if p.pk in reads]


@require_http_methods(["GET", "POST"])
@guarded(can_read)
def withdraw_contact(request: HttpRequest, place: Place, cid: str) -> HttpResponse:
    """Take a conversation off the pages."""
    found: Contact = get_object_or_404(queries.contacts(place).filter(withdrawn_at=None), public_id=cid)
    require(can_withdraw_contact(place, found))
    if request.method == "POST":
        act_and_say(
            request, lambda: actions.withdraw_contact(found, by=place), _("Withdrawn. The plan’s dates follow.")
        )
        return redirect(_url(place, "contacts"))
    return _confirm(
        request,
        place,
        title=_("Withdraw this contact?"),
        text=_("It leaves everybody’s pages and later reports, and no longer counts for the plan."),
        label=_("Withdraw it"),
        cancel=_url(place, "contact", found.public_id),
    )


@require_http_methods(["GET", "POST"])
@guarded(can_read_plan)
def brief(request: HttpRequest, place: Place) -> HttpResponse:
    """Who has briefed its own staff, and noting it for one's own side."""
    may = can_plan(place)
    if request.method == "POST":
        require(may)
    initial = {"held_on": clock.today(place.user.time_zone)}
    form = BriefForm(request.POST or None, place=place, initial=initial) if may else None
    if (
        request.method == "POST"
        and form is not None
        and _save(form, lambda data: actions.brief_staff(by=place, **data))
    ):
        messages.success(request, _("Noted."))
        return redirect(_url(place, "brief"))
    reached = queries.briefed(place)
    context = {
        "form": form,
        "rows": [
            {"party": p, "head": "head" in reached.get(p.pk, ()), "field": "field" in reached.get(p.pk, ())}
            for p in place.partners
        ],
        "briefings": list(queries.contacts(place).exclude(covers="").filter(withdrawn_at=None)[:10]),
        "why": lesson("IC3").why,
    }
    return _page(request, place, "brief", context)


@never_cache
@require_http_methods(["GET", "POST"])
@public("the mail's signed link is the key: it logs one contact, once, for the person it was sent to")
def contact_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Log a contact straight from a reminder. The page shows the audience and a form, nothing else of the record."""
    try:
        _link, item, entry, place = actions.waiting_behind(token)
    except LinkRefused as refused:
        return _refused(request, refused.reason)
    context: dict[str, Any]
    with translation.override(place.user.language):
        initial = {"held_on": clock.today(place.user.time_zone)}
        form = TalkForm(request.POST or None, place=place, initial=initial)
        words = _in_words(entry)
        if request.method == "POST":
            try:
                if _save(form, lambda data: actions.log_by_link(token, **data)):
                    context = {"record": item.partnership.name, "audience": words.audience}
                    return render(request, "lifecycle/communication/link_done.html", context)
            except LinkRefused as refused:
                return _refused(request, refused.reason)
        context = {"form": form, "entry": words, "record": item.partnership.name, "person": place.user}
        return render(request, "lifecycle/communication/link.html", context)


def _refused(request: HttpRequest, reason: str) -> HttpResponse:
    return render(request, "lifecycle/communication/link_refused.html", {"reason": reason}, status=410)


# The ledger -----------------------------------------------------------------------------------------------------------
@require_safe
@guarded(can_read_plan)
def drivers(request: HttpRequest, place: Place) -> HttpResponse:
    """What moves each partner: the own side's lines, and what the others have shown."""
    found = queries.ledger(place)
    own = found.get(place.own_party.pk, [])
    context = {
        "own": own,
        "others": [{"party": p, "lines": found.get(p.pk, [])} for p in place.other_partners],
        "may_write": can_write_own(place),
        "form": ReleaseDriversForm(own=own) if can_approve(place) and any(not x.is_released for x in own) else None,
        "why": lesson("IC1").why,
    }
    return _page(request, place, "drivers", context)


@require_http_methods(["GET", "POST"])
@guarded(can_write_own)
def add_driver(request: HttpRequest, place: Place) -> HttpResponse:
    form = DriverForm(request.POST or None)
    if request.method == "POST" and _save(form, lambda data: actions.write_driver(by=place, **data)):
        messages.success(request, _("Written. Only your side reads it until you release it."))
        return redirect(_url(place, "drivers"))
    return _form_page(
        request, place, form, title=_("What moves us"), label=_("Write it"), cancel=_url(place, "drivers"),
        lede=_("Only your side reads it until you release it."), why="IC1",
    )  # fmt: skip


def _own_driver(place: Place, did: str) -> Driver:
    row: Driver = get_object_or_404(
        Driver.objects.visible_to(place).filter(ended_on=None, replaced_at=None),
        public_id=did,
    )
    require(is_own(place, row))
    return row


@require_http_methods(["GET", "POST"])
@guarded(can_write_own)
def change_driver(request: HttpRequest, place: Place, did: str) -> HttpResponse:
    """A new version of a line; the older ones stay."""
    row = _own_driver(place, did)
    form = DriverForm(request.POST or None, initial={"kind": row.kind, "text": row.text})
    if request.method == "POST" and _save(form, lambda data: actions.change_driver(row, by=place, **data)):
        messages.success(
            request, _("A new version. Your partners read the one that you released until you release this.")
        )
        return redirect(_url(place, "drivers"))
    return _form_page(
        request, place, form, title=_("Change a line"), label=_("Save as a new version"), cancel=_url(place, "drivers")
    )


@require_POST
@guarded(can_write_own)
def end_driver(request: HttpRequest, place: Place, did: str) -> HttpResponse:
    """It is no longer true."""
    row = _own_driver(place, did)
    act_and_say(request, lambda: actions.end_driver(row, by=place), _("Ended. It has left everybody’s page."))
    return redirect(_url(place, "drivers"))


@require_POST
@guarded(can_approve)
def release_drivers(request: HttpRequest, place: Place) -> HttpResponse:
    """Show lines to the partners and the broker."""
    own = queries.ledger(place).get(place.own_party.pk, [])
    form = ReleaseDriversForm(request.POST, own=own)
    if _save(form, lambda _d: actions.release_drivers(form.chosen(), by=place)):
        messages.success(request, _("Released. Until a party opens it, you can recall it."))
    else:
        messages.error(request, _("Choose at least one line that is not released yet."))
    return redirect(_url(place, "drivers"))


# Questions from colleagues --------------------------------------------------------------------------------------------
def _fetch_question(place: Place, qid: str) -> ColleagueQuestion:
    row: ColleagueQuestion = get_object_or_404(queries.question_rows(place), public_id=qid)
    return row


@require_safe
@guarded(can_read_plan)
def questions(request: HttpRequest, place: Place) -> HttpResponse:
    """What colleagues ask, by topic, with its age."""
    found = queries.questions(place)
    context = {
        "open": [q for q in found if q.it.answered_on is None],
        "answered": [q for q in found if q.it.answered_on is not None],
        "late": sum(1 for q in found if q.is_late),
        "limit": QUESTION_DAYS,
        "may_write": can_write_own(place),
        "why": lesson("IC3").why,
    }
    return _page(request, place, "questions", context)


@require_http_methods(["GET", "POST"])
@guarded(can_write_own)
def note_question(request: HttpRequest, place: Place) -> HttpResponse:
    form = QuestionForm(request.POST or None, place=place, initial={"asked_on": clock.today(place.user.time_zone)})
    made: list[ColleagueQuestion] = []
    if request.method == "POST" and _save(form, lambda data: made.append(actions.note_question(by=place, **data))):
        messages.success(request, _("Noted. Only your side reads it until you ask your partners to help."))
        return redirect(_url(place, "question", made[0].public_id))
    return _form_page(
        request, place, form, title=_("A question from our colleagues"), label=_("Note it"),
        cancel=_url(place, "questions"), lede=_("By topic, never by person. Your own side reads it."), why="IC3",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@guarded(can_read_plan)
def question(request: HttpRequest, place: Place, qid: str) -> HttpResponse:
    """One question, and what helps answering it."""
    row = _fetch_question(place, qid)
    may_help = can_help_answer(place, row)
    if request.method == "POST":
        require(may_help)
    form = HelpForm(request.POST or None) if may_help else None
    if (
        request.method == "POST"
        and form is not None
        and _save(form, lambda data: actions.help_answer(row, text=data["text"], by=place))
    ):
        messages.success(request, _("Thank you. Those who ask read it."))
        return redirect(_url(place, "question", qid))
    asked = queries.Asked(row, (clock.today(place.user.time_zone) - row.asked_on).days, queries.answers_to(row, place))
    may_settle = can_settle_question(place, row)
    context = {
        "asked": asked,
        "form": form,
        "may_settle": may_settle,
        "may_ask_help": may_settle and can_approve(place) and row.help_circle_id is None,
        "limit": QUESTION_DAYS,
    }
    return _page(request, place, "question", context)


@require_POST
@guarded(can_approve)
def ask_for_help(request: HttpRequest, place: Place, qid: str) -> HttpResponse:
    """Release the question to the partners."""
    row = _fetch_question(place, qid)
    require(can_settle_question(place, row))
    act_and_say(request, lambda: actions.ask_for_help(row, by=place), _("Your partners are asked to help."))
    return redirect(_url(place, "question", qid))


@require_POST
@guarded(can_write_own)
def settle_question(request: HttpRequest, place: Place, qid: str) -> HttpResponse:
    """The colleagues have their answer."""
    row = _fetch_question(place, qid)
    require(can_settle_question(place, row))
    today = clock.today(place.user.time_zone)
    act_and_say(request, lambda: actions.settle_question(row, on=today, by=place), _("Answered."))
    return redirect(_url(place, "questions"))


# The media ------------------------------------------------------------------------------------------------------------
@require_safe
@guarded(can_read_plan)
def media(request: HttpRequest, place: Place) -> HttpResponse:
    """The media-readiness pack on one page, for the screen and for paper; and the calls so far."""
    kinds_ = (Text.HOLDING, Text.FACTS, Text.QA, Text.SPOKESPEOPLE)
    rows = {r.kind: r for r in queries.readable(place).filter(kind__in=kinds_)}
    named = queries.spokespeople(rows.get(Text.SPOKESPEOPLE), place)
    plan_ = queries.plan_of(None)
    context = {
        "shown": {kind: queries.shown(row, place) for kind, row in rows.items()},
        "ready": all(kind in rows and rows[kind].is_approved for kind in kinds_ if kind != Text.FACTS),
        "people": [{"party": p, "named": named.get(p.pk)} for p in place.partners],
        "items": queries.qa_items(rows.get(Text.QA), place),
        "calls": queries.calls(place),
        "clocks": plan_.media,
        "harm": plan_.harm,
        "may_report": can_report_call(place),
        "may_plan": can_plan(place),
        "urls": {"facts": _url(place, "new_text", Text.FACTS)},
        "why": lesson("MED").why,
    }
    return _page(request, place, "media", context)


@require_http_methods(["GET", "POST"])
@guarded(can_report_call)
def report_call(request: HttpRequest, place: Place) -> HttpResponse:
    """The media called."""
    form = CallForm(request.POST or None, initial={"called_at": clock.now()})
    made: list[Incident] = []
    if request.method == "POST" and _save(form, lambda data: made.append(actions.report_call(by=place, **data))):
        messages.success(request, _("All partners are told. The clocks run."))
        return redirect(_url(place, "incident", made[0].public_id))
    return _form_page(
        request, place, form, title=_("The media called"), label=_("Tell everybody and start the clocks"),
        cancel=_url(place, "media"), lede=str(queries.plan_of(None).harm),
    )  # fmt: skip


def _fetch_incident(place: Place, iid: str) -> Incident:
    row: Incident = get_object_or_404(queries.incidents(place), public_id=iid)
    return row


@require_safe
@guarded(can_read_plan)
def incident(request: HttpRequest, place: Place, iid: str) -> HttpResponse:
    """A call: what is due until when, and the pack beside it."""
    call = queries.call_of(_fetch_incident(place, iid))
    context = {"call": call, "may_step": can_report_call(place), "form": StepForm()}
    return _page(request, place, "incident", context)


@require_POST
@guarded(can_report_call)
def take_step(request: HttpRequest, place: Place, iid: str) -> HttpResponse:
    """A step was taken."""
    row = _fetch_incident(place, iid)
    form = StepForm(request.POST)
    said = form.cleaned_data["answer"] if form.is_valid() else ""
    act_and_say(
        request, lambda: actions.take_step(row, request.POST.get("step", ""), by=place, answer=said), _("Noted.")
    )
    return redirect(_url(place, "incident", iid))
