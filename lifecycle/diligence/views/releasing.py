"""Releasing a checklist, and reading what others released."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.record.frame import form_page, render_record

from .. import actions, queries
from ..forms import (
    ReleaseChecklistForm,
)
from ..permissions import can_answer, can_read, can_read_own, can_release, can_withdraw
from .checklists import own_of
from .shown import TAB, go, partner_ever, show, url


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_release)
def release(request: HttpRequest, place: Place, about: str) -> HttpResponse:
    """Show a whole checklist as one bundle; before that, what is missing and what can be taken back."""
    found = own_of(place, about)
    queries.with_citations(found.rows, place)
    form = ReleaseChecklistForm(request.POST if request.method == "POST" else None, place=place)
    checks = queries.preflight(place, found)
    return form_page(
        request, place, form,
        lambda: actions.release_checklist(
            about=found.about, to=form.chosen_circle(), with_documents=form.cleaned_data["with_documents"], by=place
        ),
        tab=TAB, done=_("Released. You can recall it from everybody who has not opened it."),
        go=url(place, "checklist", about), template="lifecycle/diligence/release.html",
        checklist=found, going=queries.going_along(place, found, queries.added_points(place, found)),
        missing=[c for c in checks if c.missing], met=[c for c in checks if not c.missing],
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_withdraw)
def withdraw(request: HttpRequest, place: Place, about: str) -> HttpResponse:
    """Take released answers back from others' pages; in a closed record, and after leaving, too."""
    subject = partner_ever(place, about)
    is_worked_on = can_read_own(place) and subject.left_on is None
    back = ("checklist", about) if is_worked_on else ("read", place.own_party.public_id, about)
    if request.method == "POST":
        count = actions.withdraw_checklist(about=subject, by=place)
        messages.success(request, _("Withdrawn.") if count else _("Recalled: nobody had opened it."))
        return go(place, *back)
    context = {
        "title": _("Withdraw the released answers?"),
        "text": _(
            "They leave the pages of everybody who opened them, and later reports; the history keeps the fact that "
            "they were there. Who has not opened them never will. Your own side keeps everything."
        ),
        "label": _("Withdraw them"),
        "cancel_url": url(place, *back),
        "cancel_label": _("Keep them"),
    }
    return render_record(request, place, "components/confirm_record_page.html", context, tab=TAB)


@require_safe
@guarded(can_read)
def read(request: HttpRequest, place: Place, party: str, about: str) -> HttpResponse:
    """What another side released of a checklist; of one's own, what it held when it was worked on last."""
    by_id = {p.public_id: p for p in place.parties}
    if party not in by_id or about not in by_id:
        raise Http404
    themes = queries.read_checklist(place, by_id[party], by_id[about])
    points = queries.read_points(place, by_id[party], by_id[about])
    if not themes and not points:
        raise Http404
    is_own = place.party is not None and by_id[party].pk == place.party.pk
    context = {
        "is_own": is_own,
        "shown": queries.released_to(place, by_id[about]) if is_own else [],
        "may_take_back": is_own and can_withdraw(place),
        "party": by_id[party],
        "about": by_id[about],
        "themes": themes,
        "points": points,
        "threads": queries.threads_by_code(place, by_id[party], by_id[about]),
        "may_ask": can_answer(place) and by_id[party].left_on is None and by_id[party].pk != place.own_party.pk,
    }
    return show(request, place, "read", context)
