"""Scoping's pages: where it stands, what is written alone and read together, the canvas, the affected people."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partnerships.access.guard import guarded, public, require
from partnerships.access.places import Place
from partnerships.catalogue.queries import content, lesson, text
from partnerships.looks.typed import number
from partnerships.notices.links import LinkRefused
from partnerships.record.frame import act_and_say, render_record
from partnerships.record.queries import unopened_releases

from . import actions, bodies, kinds, queries, readings
from .forms import (
    AskForm,
    BodyAnswerForm,
    BodyForm,
    ChangeForm,
    EntriesForm,
    EntryForm,
    NoteForm,
    ObjectionForm,
    ReadersForm,
    ReleaseForm,
    SeatBodyForm,
    SentenceForm,
    SheetForm,
    TalkForm,
    WayForm,
)
from .models import AffectedBody, BodyAnswer, CanvasEntry, Sheet
from .permissions import (
    can_agree,
    can_answer_as_body,
    can_answer_for,
    can_hand_in,
    can_name_body,
    can_propose,
    can_read,
    can_read_together,
    can_withdraw,
    can_write_sheet,
)
from .states import OUR_WORDS, About, SentenceKind, SheetKind

TAB = "scoping"
#: What each kind of sheet is called on its pages.
SHEET_TITLES: dict[str, Any] = {
    SheetKind.SCREEN: gettext_lazy("Fit screen"),
    SheetKind.MOTIVES: gettext_lazy("Three lines"),
    SheetKind.CARD: gettext_lazy("How we work"),
}


def _page(
    request: HttpRequest, place: Place, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    return render_record(request, place, f"lifecycle/scoping/{template}.html", context, tab=TAB, status=status)


def _form_page(
    request: HttpRequest, place: Place, form: Any, *, title: Any, label: Any, back: str, lede: Any = "", **more: Any
) -> HttpResponse:
    context = {"form": form, "title": title, "label": label, "lede": lede, "keep": True, "cancel_url": back, **more}
    return render_record(request, place, "components/form_record_page.html", context, tab=TAB)


def _go(place: Place, name: str, *args: Any) -> HttpResponse:
    return redirect(reverse(f"scoping:{name}", args=[place.partnership.public_id, *args]))


def _url(place: Place, name: str, *args: Any) -> str:
    return reverse(f"scoping:{name}", args=[place.partnership.public_id, *args])


@require_safe
@guarded(can_read)
def overview(request: HttpRequest, place: Place) -> HttpResponse:
    """Where scoping stands: what is done, whose turn it is, and the way to each piece."""
    return _page(request, place, "overview", {"board": readings.board(place)})


# Answered alone, opened together --------------------------------------------------------------------------------------
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


def _sheet(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    """One address, three faces: the form, the waiting room, and all side by side."""
    sheet = queries.own_sheet(place, kind) if place.party and place.party.role == "partner" else None
    if request.method == "POST":
        require(can_write_sheet(place))
        return _save_sheet(request, place, kind, sheet)
    states = queries.sheet_states(place, kind)[kind]
    if (sheet is not None and sheet.opened_at) or not can_write_sheet(place):
        return _together(request, place, kind, sheet, states)
    if sheet is not None and sheet.handed_in_at:
        answers = queries.own_answers(sheet, place.user)
        context = {
            "kind": kind,
            "title": SHEET_TITLES[kind],
            "sheet": sheet,
            "states": states,
            "rows": readings.own_rows(sheet, answers),
            "may_take_back": can_hand_in(place),
        }
        return _page(request, place, "waiting", context)
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
    }
    return _page(request, place, "answer", context, status)


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
            return HttpResponse(status=409)
        if error.code == "stale" and sheet is not None:
            return _stale(request, place, kind, sheet, form)
        messages.error(request, " ".join(error.messages))
        return _go(place, kind)
    if auto:
        return HttpResponse(status=204, headers={"X-Version": str(saved.version)})
    return _go(place, "check", kind)


def _stale(request: HttpRequest, place: Place, kind: str, sheet: Sheet, typed: SheetForm) -> HttpResponse:
    """Somebody of the own side saved in between: the newer text beside what was typed; saving again takes the typed."""
    answers = queries.own_answers(sheet, place.user)
    given = typed.given()
    fields = []
    for row in readings.own_rows(sheet, answers, every=True):
        mine = readings.words_of(row.question, given[row.question.code].option, given[row.question.code].text)
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
        context["groups"] = readings.screen_groups(rows)
        return _page(request, place, "screens", context)
    context["rows"] = readings.line_rows(kind, rows)
    return _page(request, place, "together", context)


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
    return _go(place, kind)


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
        return _go(place, kind)
    answers = queries.own_answers(sheet, place.user)
    context = {
        "kind": kind,
        "title": SHEET_TITLES[kind],
        "rows": readings.own_rows(sheet, answers, every=kind != SheetKind.SCREEN),
        "missing": actions.missing_answers(sheet, kind),
        "states": queries.sheet_states(place, kind)[kind],
        "may_hand_in": can_hand_in(place),
        "leads": queries.leads_of([place.own_party]),
        "readers": [p for p in place.present if p.role in {"partner", "broker"} and p != place.party],
    }
    return _page(request, place, "check", context)


@require_POST
@guarded(can_hand_in)
def hand_in(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    """A lead hands in. If it is the last one, all open in the same moment."""
    kind = _kind(kind)
    try:
        opened = actions.hand_in(kind, by=place)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return _go(place, "check" if error.code == "missing" else kind, *([kind] if error.code == "missing" else []))
    if opened:
        messages.success(request, _("All are in, and open to all of you now."))
        return _go(place, kind)
    messages.success(request, _("Handed in. It opens when every partner is in."))
    follow_up = {SheetKind.MOTIVES: SheetKind.SCREEN}.get(SheetKind(kind))
    if follow_up and queries.own_sheet(place, follow_up) is None:
        return _go(place, follow_up)
    return _go(place, "overview" if kind != SheetKind.CARD else kind)


@require_POST
@guarded(can_hand_in)
def take_back(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    """While not all are in."""
    kind = _kind(kind)
    act_and_say(request, lambda: actions.take_back(kind, by=place), _("Taken back. Change it, then hand it in again."))
    return _go(place, kind)


@require_http_methods(["GET", "POST"])
@guarded(can_hand_in)
def change(request: HttpRequest, place: Place, kind: str, question: str) -> HttpResponse:
    """Change an answer after the opening: a new one beside the old, with its date."""
    kind = _kind(kind)
    sheet = queries.own_sheet(place, kind)
    if sheet is None or sheet.opened_at is None:
        return _go(place, kind)
    asked = content(sheet.catalogue_version)
    if question not in asked.by_code:
        raise Http404
    item = asked.item(question)
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
                            "theirs": readings.words_of(item, answer.option, answer.text),
                            "yours": readings.words_of(item, given.option, given.text),
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
            return _go(place, kind)
    return _form_page(
        request, place, form, title=_("Change our answer"), label=_("Change it"), back=_url(place, kind),
        lede=_("What you said before stays beside it, with both dates."), newer=newer,
    )  # fmt: skip


# Agreed together ------------------------------------------------------------------------------------------------------
@require_safe
@guarded(can_read_together)
def sentences(request: HttpRequest, place: Place) -> HttpResponse:
    """The two texts that all partners agree word by word."""
    found = queries.sentences(place)
    rows = [
        {
            "kind": kind,
            "label": SentenceKind(kind).label,
            "agreed": found.get(kind),
            "mine": kind in found and place.party in found[kind].agreed,
            "misses": queries.partners_circle_misses(place, found[kind].sentence.circle) if kind in found else [],
        }
        for kind in SentenceKind.values
    ]
    context = {
        "rows": rows,
        "may_propose": can_propose(place),
        "may_agree": can_agree(place),
        "why": lesson("EC4"),
    }
    return _page(request, place, "sentences", context)


@require_http_methods(["GET", "POST"])
@guarded(can_propose)
def sentence(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    """Propose, or change, one of the sentences."""
    if kind not in SentenceKind.values:
        raise Http404
    now = queries.sentences(place).get(kind)
    initial = {"text": now.sentence.text, "number": now.sentence.number} if now else {"number": 0}
    form = SentenceForm(request.POST or None, initial=initial)
    newer = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.propose_sentence(kind, text=data["text"], by=place, seen=data["number"])
        except ValidationError as error:
            if error.code == "stale" and now is not None:
                newer = {
                    "by": now.sentence.author,
                    "at": now.sentence.created_at,
                    "fields": [{"label": SentenceKind(kind).label, "theirs": now.sentence.text, "yours": data["text"]}],
                }
                again = request.POST.copy()
                again["number"] = str(now.sentence.number)
                form = SentenceForm(again)
            else:
                form.add_error(None, error)
        else:
            messages.success(request, _("Proposed. It stands when every partner agrees."))
            return _go(place, "sentences")
    help_texts = {
        SentenceKind.PURPOSE: _("What you do together, where, and for whom, in words that each of you would use."),
        SentenceKind.IF_ASKED: _("What each of you says when somebody asks what you are doing together."),
    }
    form.fields["text"].label = SentenceKind(kind).label
    form.fields["text"].help_text = help_texts[SentenceKind(kind)]
    return _form_page(
        request, place, form, title=SentenceKind(kind).label, label=_("Propose it"), back=_url(place, "sentences"),
        lede=_("A changed text starts without agreements: each partner reads it anew.") if now else "", newer=newer,
    )  # fmt: skip


@require_POST
@guarded(can_agree)
def agree(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    """A partner's yes to the version it read."""
    if kind not in SentenceKind.values:
        raise Http404
    read = number(request.POST.get("number"), -1)
    if read < 0:
        raise Http404
    act_and_say(request, lambda: actions.agree_sentence(kind, number=read, by=place), _("You agreed."))
    return _go(place, "sentences")


@require_http_methods(["GET", "POST"])
@guarded(can_read_together)
def way(request: HttpRequest, place: Place) -> HttpResponse:
    """How the first talks come out: on, or another way, by all partners."""
    proposal = queries.way_of(place)
    form = WayForm(request.POST or None)
    if request.method == "POST":
        require(can_agree(place))
        if form.is_valid():
            try:
                actions.propose_way(way=form.cleaned_data["way"], by=place)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                messages.success(request, _("Proposed. It needs every partner."))
                return _go(place, "way")
    yes = {c.party_id for c in proposal.consents.all()} if proposal else set()
    context = {
        "proposal": proposal,
        "form": form,
        "agreed": [p for p in place.partners if p.pk in yes],
        "missing": [p for p in place.partners if p.pk not in yes],
        "mine": place.party is not None and place.party.pk in yes,
        "may_agree": can_agree(place),
        "why": lesson("S2"),
    }
    return _page(request, place, "way", context)


@require_POST
@guarded(can_agree)
def agree_way(request: HttpRequest, place: Place) -> HttpResponse:
    """A partner's yes to the way that stands."""
    proposal = queries.way_of(place)
    if proposal is None or request.POST.get("proposal") != proposal.public_id:
        messages.error(request, _("Another way was proposed in the meantime. Read that one."))
        return _go(place, "way")
    act_and_say(request, lambda: actions.agree_way(proposal, by=place), _("You agreed."))
    return _go(place, "way")


@require_http_methods(["GET", "POST"])
@guarded(can_propose)
def talk(request: HttpRequest, place: Place) -> HttpResponse:
    """When and where you talk next."""
    now = queries.next_talk(place)
    form = TalkForm(request.POST or None, initial={"starts_at": now.starts_at, "where": now.where} if now else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_talk(starts_at=form.cleaned_data["starts_at"], where=form.cleaned_data["where"], by=place)
        except ValidationError as error:
            form.add_error("starts_at", error)
        else:
            messages.success(request, _("Set. It stands in everybody's calendar."))
            return _go(place, "overview")
    return _form_page(
        request, place, form, title=_("The next talk"), label=_("Set it"), back=_url(place, "overview"),
        lede=_("Set a day before you close this page: what has a day happens."),
    )  # fmt: skip


# The canvas -----------------------------------------------------------------------------------------------------------
@require_safe
@guarded(can_read_together)
def canvas(request: HttpRequest, place: Place) -> HttpResponse:
    """Constraints before projects."""
    context = readings.canvas(place)
    return _page(request, place, "canvas", {**context, "may_write": can_propose(place)})


@require_http_methods(["GET", "POST"])
@guarded(can_propose)
def write(request: HttpRequest, place: Place, prompt: str) -> HttpResponse:
    """Add lines under one prompt."""
    asked = actions.canvas_version()
    if prompt not in asked.by_code:
        raise Http404
    item = asked.item(prompt)
    entries = (
        [e for e in queries.canvas(place) if e.prompt == readings.CONSTRAINTS] if prompt == "opportunities" else []
    )
    form = EntriesForm(request.POST or None, prompt=item, place=place, entries=entries)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data

        def act() -> None:
            actions.write_entries(
                prompt,
                form.lines(),
                by=place,
                reach=data.get("reach", ""),
                office=data.get("office"),
                eases=form.eases(),
            )

        try:
            act()
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Written."))
            return _go(place, "canvas")
    return _form_page(
        request, place, form, title=item.title, label=_("Write it down"), back=_url(place, "canvas"),
        why=lesson(item.lessons[0]).why if item.lessons else "", lesson=item.lessons[0] if item.lessons else "",
    )  # fmt: skip


def _entry(place: Place, entry: str) -> CanvasEntry:
    found: CanvasEntry = get_object_or_404(
        CanvasEntry.objects.visible_to(place).filter(withdrawn_at=None), public_id=entry
    )
    return found


@require_http_methods(["GET", "POST"])
@guarded(can_propose)
def entry(request: HttpRequest, place: Place, entry: str) -> HttpResponse:
    """Change a line."""
    found = _entry(place, entry)
    form = EntryForm(request.POST or None, initial={"text": found.text, "version": found.version})
    newer = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        theirs = found.text
        try:
            actions.change_entry(found, text=data["text"], by=place, seen=data["version"])
        except ValidationError as error:
            if error.code == "stale":
                newer = {
                    "by": found.author,
                    "at": found.changed_at,
                    "fields": [{"label": _("This line"), "theirs": theirs, "yours": data["text"]}],
                }
                again = request.POST.copy()
                again["version"] = str(CanvasEntry.objects.visible_to(place.user).get(pk=found.pk).version)
                form = EntryForm(again)
            else:
                form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return _go(place, "canvas")
    item = actions.canvas_version().by_code.get(found.prompt)
    context = {
        "form": form,
        "newer": newer,
        "title": item.title if item else _("This line"),
        "entry": found,
        "own": found.party_id == place.own_party.pk,
    }
    return _page(request, place, "entry", context)


@require_POST
@guarded(can_propose)
def remove(request: HttpRequest, place: Place, entry: str) -> HttpResponse:
    """Take a line out."""
    found = _entry(place, entry)
    act_and_say(request, lambda: actions.remove_entry(found, by=place), _("Taken out."))
    return _go(place, "canvas")


@require_http_methods(["GET", "POST"])
@guarded(can_hand_in)
def release(request: HttpRequest, place: Place) -> HttpResponse:
    """Show the own side's lines to the partners, as one bundle."""
    own = readings.private_entries(place)
    form = ReleaseForm(request.POST or None)
    valid = request.method == "POST" and form.is_valid()
    if valid and act_and_say(
        request,
        lambda: actions.release_entries(own, to=form.cleaned_data["to"], by=place),
        _("Released. Until somebody opens it, you can recall it."),
    ):
        return _go(place, "canvas")
    return _page(request, place, "release", {"form": form, "entries": own})


# The affected people --------------------------------------------------------------------------------------------------
@require_safe
@guarded(can_read)
def affected(request: HttpRequest, place: Place) -> HttpResponse:
    """Which bodies were asked what, and their answers as far as they let this reader read them."""
    return _page(request, place, "affected", readings.affected(place))


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
            return _go(place, "ask_body", body.public_id)
    return _form_page(
        request, place, form, title=_("Name a body of the affected people"), label=_("Name it"),
        back=_url(place, "affected"), why=lesson("EC6").why, lesson="EC6",
        lede=_("Ask the people themselves which body speaks for them."),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@guarded(can_name_body)
def ask_body(request: HttpRequest, place: Place, body: str) -> HttpResponse:
    """Write down that a body was asked: what, when, how."""
    found = _body(place, body)
    form = AskForm(request.POST or None)
    valid = request.method == "POST" and form.is_valid()
    if valid and act_and_say(request, lambda: bodies.ask(found, by=place, **form.cleaned_data), _("Written down.")):
        return _go(place, "affected")
    return _form_page(
        request, place, form, title=_("%(name)s was asked") % {"name": found.name}, label=_("Write it down"),
        back=_url(place, "affected"),
        lede=_("They have a seat: they are told, and answer for themselves.") if found.body_party_id else "",
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
        return _go(place, "affected")
    return _form_page(
        request, place, form, title=_("%(name)s has joined") % {"name": found.name}, label=_("It is this party"),
        back=_url(place, "affected"),
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
            return _go(place, "affected")
    return _form_page(
        request, place, form, title=About(about).label, label=_("Send it to them"), back=_url(place, "affected"),
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
            return _go(place, "affected")
    return _form_page(
        request, place, form, title=OUR_WORDS[About(about)], label=pgettext("button", "Answer"),
        back=_url(place, "affected"),
        lede=_("In your way and in your time. No is an answer, and nothing overrides it."),
    )  # fmt: skip


@require_POST
@guarded(can_read)
def withdraw_answer(request: HttpRequest, place: Place, answer: str) -> HttpResponse:
    """Testimony can be taken back at any time."""
    found = get_object_or_404(BodyAnswer.objects.visible_to(place).filter(withdrawn_at=None), public_id=answer)
    require(can_withdraw(place, found))
    act_and_say(request, lambda: bodies.withdraw_answer(found, by=place), _("Taken back. It counts no more."))
    return _go(place, "affected")


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
    readers = ReadersForm(request.POST if answer == "approve" else None, parties=parties)
    objection = ObjectionForm(request.POST if answer == "object" else None)
    try:
        if answer == "approve" and readers.is_valid():
            bodies.approve_note(token, readers=readers.chosen())
            return render(request, "lifecycle/scoping/note_done.html", {"approved": True, "note": note})
        if answer == "object" and objection.is_valid():
            bodies.refuse_note(token, objection=objection.cleaned_data["objection"])
            return render(request, "lifecycle/scoping/note_done.html", {"approved": False, "note": note})
    except LinkRefused as refused:
        return render(request, "lifecycle/scoping/note_refused.html", {"reason": refused.reason}, status=410)
    context = {"note": note, "readers": readers, "objection": objection, "about": OUR_WORDS[About(note.about)]}
    return render(request, "lifecycle/scoping/approve_note.html", context)
