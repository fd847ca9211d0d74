"""Working on a checklist: who answers what, counsel's check, what is added."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.documents.models import Document
from partnerships.record.frame import act_and_say, confirm_page, form_page, note_errors, read_again

from .. import actions, queries
from ..forms import AddedForm, AskCheckForm, AssignForm, DecideCheckForm, LiftForm, NoteCheckForm
from ..models import AddedPoint, CounselCheck
from ..permissions import can_answer, can_decide_check, can_lift_check, can_read_own
from ..queries import Checklist
from .checklists import own_of
from .shown import TAB, form_here, go, show, url


# Assigned -------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def assign(request: HttpRequest, place: Place, about: str) -> HttpResponse:
    """Tick questions, or whole themes, and say who answers them by when."""
    found = own_of(place, about)
    standing = queries.assigned_questions(place, found)
    first: dict[str, Any] = {
        "seen": max((row.pk for row in standing.values()), default=0),
        "codes": request.GET.getlist("code"),
    }
    posted = request.POST if request.method == "POST" else None
    form = AssignForm(posted, place=place, checklist=found, assigned=standing, initial=first)
    if posted is not None and "none" in posted:
        count = actions.unassign(about=found.about, codes=form.ticked(), by=place)
        if count:
            messages.success(request, _("They wait for your side again, for nobody in particular."))
        else:
            messages.error(request, _("Tick questions that somebody was asked for."))
        return go(place, "assign", about)
    if posted is not None and form.is_valid():
        data = form.cleaned_data
        try:
            made = actions.assign(about=found.about, by=place, **data)
        except ValidationError as error:
            note_errors(form, error)
            if getattr(error, "code", "") == "stale":
                read_again(form, "seen", first["seen"])
        else:
            count = made.questions.count()
            messages.success(
                request,
                ngettext(
                    "%(name)s is asked for %(count)s question.", "%(name)s is asked for %(count)s questions.", count
                )
                % {"name": made.seat, "count": count},
            )
            return go(place, "checklist", about)
    return show(request, place, "assign", {"checklist": found, "form": form})


# Counsel --------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def ask_check(request: HttpRequest, place: Place, about: str) -> HttpResponse:
    """Ask somebody of the own side to check before a release."""
    found = own_of(place, about)
    form = AskCheckForm(request.POST if request.method == "POST" else None, place=place, checklist=found)

    def act() -> CounselCheck:
        data = form.cleaned_data
        return actions.ask_check(
            about=found.about, codes=data["codes"], seat=data["seat"], due_on=data["due_on"], by=place
        )

    return form_page(
        request, place, form, act, tab=TAB, done=_("Asked. What counsel says stands beside the checklist."),
        go=url(place, "checklist", about), title=_("Ask counsel to check before a release"), label=_("Ask"),
        cancel_url=url(place, "checklist", about),
        lede=_("Nobody has to. What counsel holds is not released until counsel clears it, or a lead lifts the hold."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def note_check(request: HttpRequest, place: Place, about: str) -> HttpResponse:
    """Note what counsel without a seat here said."""
    found = own_of(place, about)
    form = NoteCheckForm(request.POST if request.method == "POST" else None, checklist=found)

    def act() -> CounselCheck:
        data = form.cleaned_data
        return actions.note_check(
            about=found.about, codes=data["codes"], role=data["role"], checked_on=data["checked_on"],
            holds=form.holds, remark=data["remark"], by=place,
        )  # fmt: skip

    return form_page(
        request, place, form, act, tab=TAB, done=_("Noted."), go=url(place, "checklist", about),
        title=_("Note what your counsel said"), label=_("Note it"), cancel_url=url(place, "checklist", about),
        lede=_("For counsel without a seat in this record. It stays on your side."),
    )  # fmt: skip


def _check(place: Place, public_id: str) -> CounselCheck:
    found: CounselCheck = get_object_or_404(
        CounselCheck.objects.visible_to(place).select_related(
            "seat__membership__user", "assessment__about__organisation", "author"
        ),
        public_id=public_id,
    )
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_read_own)
def check(request: HttpRequest, place: Place, check: str) -> HttpResponse:
    """What is to be checked, and counsel's word."""
    found = _check(place, check)
    about = found.assessment.about
    form = None
    if can_decide_check(place, found) and found.state in {"asked", "holds"}:
        posted = request.POST if request.method == "POST" else None
        form = DecideCheckForm(posted, initial={"seen": queries.mark_of_check(found, queries.covered_by(found, place))})
        if posted is not None and form.is_valid():
            try:
                actions.decide_check(
                    found, holds=form.holds, remark=form.cleaned_data["remark"], seen=form.cleaned_data["seen"],
                    by=place,
                )  # fmt: skip
            except ValidationError as error:
                note_errors(form, error)
                found = _check(place, check)
                if getattr(error, "code", "") == "stale":
                    read_again(form, "seen", queries.mark_of_check(found, queries.covered_by(found, place)))
            else:
                messages.success(request, _("Your side knows."))
                return go(place, "check", check)
    elif request.method == "POST":
        require(False)
    covered = queries.covered_by(found, place)
    context = {
        "check": found,
        "about": about,
        "is_self": about.pk == place.own_party.pk,
        "form": form,
        "rows": [{"row": r, "changed": queries.written_since(found, r.answer)} for r in covered.rows],
        "points": [{"it": p, "changed": queries.written_since(found, p)} for p in covered.points],
        "may_lift": can_lift_check(place, found),
        "may_drop": can_answer(place) and found.state == "asked",
    }
    return show(request, place, "check", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def lift_check(request: HttpRequest, place: Place, check: str) -> HttpResponse:
    """A lead releases it all the same."""
    found = _check(place, check)
    require(can_lift_check(place, found))
    form = LiftForm(request.POST if request.method == "POST" else None)
    return form_page(
        request, place, form, lambda: actions.lift_check(found, because=form.cleaned_data["because"], by=place),
        tab=TAB, done=_("Lifted. It can be released."), go=url(place, "check", check),
        title=_("Release it although counsel holds it?"), label=_("Lift the hold"),
        cancel_url=url(place, "check", check),
        lede=_("What counsel said stays beside it. The history of your side keeps that you lifted it."),
    )  # fmt: skip


@require_POST
@guarded(can_answer)
def drop_check(request: HttpRequest, place: Place, check: str) -> HttpResponse:
    found = _check(place, check)
    act_and_say(request, lambda: actions.drop_check(found, by=place), _("Counsel is asked no longer."))
    return go(place, "checklist", found.assessment.about.public_id)


# Added ----------------------------------------------------------------------------------------------------------------
def _documents(place: Place, point: AddedPoint | None = None) -> list[Document]:
    """What can be cited: the newest documents here, and those that are cited."""
    rows = Document.objects.visible_to(place).filter(withdrawn_at=None).select_related("party__organisation")
    choices = list(rows.order_by("-pk")[:100])
    if point is not None:
        had = {d.pk for d in choices}
        choices += [d for d in Document.objects.visible_to(place).filter(pk__in=point.citations.values("document"))
                    if d.pk not in had]  # fmt: skip
    return choices


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def add_point(request: HttpRequest, place: Place, about: str) -> HttpResponse:
    """Say what nobody asked."""
    found = own_of(place, about)
    first = {"theme": request.GET.get("theme", "")}
    form = AddedForm(
        request.POST if request.method == "POST" else None, checklist=found, choices=_documents(place), initial=first
    )
    return form_page(
        request, place, form, lambda: actions.add_point(about=found.about, by=place, **form.said()),
        tab=TAB, done=_("Added. It is on your side only, until you release the checklist."),
        go=url(place, "checklist", about), title=_("Add what nobody asked"), label=_("Add"), keep=True,
        lede=_added_lede(found), cancel_url=url(place, "checklist", about),
    )  # fmt: skip


def _added_lede(found: Checklist) -> str:
    if found.is_self:
        return _("What the others should know of you, though no question asks for it.")
    return _("What matters about %(name)s, though no question asks for it.") % {"name": found.about.name}


def _point(place: Place, found: Checklist, public_id: str) -> AddedPoint | None:
    """How the point stands today, by the address of any of its rows; None where it was taken away."""
    rows = AddedPoint.objects.visible_to(place).filter(party=place.own_party, assessment__about=found.about)
    same = rows.filter(public_id=public_id).values("key")
    standing: AddedPoint | None = (
        rows.filter(key__in=same, assessment__round=found.asked.round, superseded_at=None, withdrawn_at=None)
        .select_related("assessment__about", "author")
        .first()
    )
    return standing


def _taken_away(request: HttpRequest, place: Place, found: Checklist) -> HttpResponse:
    """A colleague took it away while somebody wrote: offer to add what was typed anew."""
    form = AddedForm(
        checklist=found, choices=_documents(place),
        initial={
            **{name: request.POST.get(name, "") for name in ("theme", "heading", "text", "level")},
            "documents": request.POST.getlist("documents"),
        },
    )  # fmt: skip
    messages.warning(request, _("This was taken away while you were writing. Add yours as something new, or leave it."))
    return form_here(
        request, place, title=_("Add what nobody asked"), lede=_added_lede(found), form=form, keep=True,
        label=_("Add"), cancel_url=url(place, "checklist", found.about.public_id),
        action=url(place, "add_point", found.about.public_id),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def change_point(request: HttpRequest, place: Place, about: str, point: str) -> HttpResponse:
    """Say it otherwise; or, after a refresh, that it still holds."""
    found = own_of(place, about)
    posted = request.POST if request.method == "POST" else None
    standing = _point(place, found, point)
    if standing is None:
        if posted is None:
            raise Http404
        return _taken_away(request, place, found)
    form = AddedForm(posted, checklist=found, choices=_documents(place, standing), point=standing)
    newer: dict[str, Any] | None = None
    if posted is not None and form.is_valid():
        try:
            actions.change_point(standing, by=place, seen=form.cleaned_data["version"], **form.said())
        except ValidationError as error:
            note_errors(form, error)
            if getattr(error, "code", "") == "stale":
                fields = [
                    {"label": form.fields[name].label, "theirs": getattr(standing, name), "yours": form.data.get(name)}
                    for name in ("heading", "text")
                ]
                newer = {"by": standing.author, "at": standing.changed_at, "fields": fields}
                read_again(form, "version", standing.version)
        else:
            messages.success(request, _("Saved. It is on your side only, until you release it."))
            return go(place, "checklist", about)
    lede = _added_lede(found)
    if standing.is_carried:
        lede = _("This is from the round before. Save it as it is if it still holds.")
    return form_here(
        request, place, title=_("Change what you added"), lede=lede, form=form, keep=True, newer=newer,
        label=_("Save"), cancel_url=url(place, "checklist", about),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def remove_point(request: HttpRequest, place: Place, about: str, point: str) -> HttpResponse:
    """Ask first: what is gone, and what is withdrawn."""
    found = own_of(place, about)
    standing = _point(place, found, point)
    if standing is None:
        raise Http404
    return confirm_page(
        request, place, lambda: actions.remove_point(standing, by=place), tab=TAB, done=_("Taken away."),
        go=url(place, "checklist", about), title=_("Take this away?"),
        lines=[
            standing.heading,
            _("What was never released is deleted."),
            _("What others opened leaves their pages; the history keeps the fact that it was there."),
        ],
        label=_("Take it away"), cancel_url=url(place, "checklist", about), cancel_label=_("Keep it"),
    )  # fmt: skip
