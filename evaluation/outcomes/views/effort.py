"""The own side's hours and cost, and the totals that it shows."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from partnerships import clock
from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.catalogue.queries import lesson
from partnerships.looks import format as words
from partnerships.record.frame import act_and_say

from .. import actions, queries
from ..forms import CostForm, HoursCorrectionForm, HoursForm, ShowForm
from ..models import CostEntry, EffortStatement, HourEntry
from ..permissions import can_change, can_change_hours, can_show, can_speak_for_party, can_work
from ..queries.effort import own_costs, own_hours
from ..states import CostForm as Form
from .shown import asking_page, newer_text, page, saving_page, url
from .since import back_to, round_asked


@require_safe
@guarded(can_work)
def effort(request: HttpRequest, place: Place) -> HttpResponse:
    """Own side only: who put in what, what it cost, and what of it is shown to the others."""
    today = clock.today()
    released = queries.released_ids(place, EffortStatement._meta.label_lower)
    context = {
        "quarters": [
            {
                "one": q,
                "name": quarter_name(q.starts_on),
                "cash": [words.money(a, c) for (f, c), a in q.costs.items() if f == Form.CASH],
                "in_kind": [words.money(a, c) for (f, c), a in q.costs.items() if f == Form.IN_KIND],
                "percent": words.percent(q.share, 100) if q.share is not None else "",
                "may_show": q.ends_on < today and q.statement is None,
                "is_released": q.statement is not None and q.statement.pk in released,
            }
            for q in queries.quarters(place)
        ],
        "hours": [{"entry": h, "may_change": can_change_hours(place, h)} for h in own_hours(place)],
        "costs": own_costs(place),
        "may_show": can_speak_for_party(place),
        "why": lesson("OC5"),
    }
    return page(request, place, "effort", context)


def quarter_name(first: date) -> str:
    return _("Quarter %(number)s of %(year)s") % {"number": first.month // 3 + 1, "year": first.year}


# Hours ----------------------------------------------------------------------------------------------------------------
def _hours(place: Place, key: str) -> HourEntry:
    rows = HourEntry.objects.visible_to(place).filter(withdrawn_at=None).select_related("person", "author")
    found: HourEntry = get_object_or_404(rows, public_id=key)
    require(can_change_hours(place, found))
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_work)
def new_hours(request: HttpRequest, place: Place) -> HttpResponse:
    form = HoursForm(request.POST or None, place=place)
    return saving_page(
        request, place, form, lambda: actions.write_hours(by=place, **form.values()),
        back=back_to(place, round_asked(request, place), "effort"),
        title=_("Write down hours"), label=_("Write it down"), done=_("Written down, for your side alone."),
        why=lesson("OC5").why, lesson="OC5",
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_work)
def change_hours(request: HttpRequest, place: Place, entry: str) -> HttpResponse:
    found = _hours(place, entry)
    form = HoursCorrectionForm(request.POST or None, initial=HoursCorrectionForm.first(found))

    def newer() -> dict[str, object]:
        now = _hours(place, entry)
        return newer_text(form, now, HoursCorrectionForm.first(now))

    return saving_page(
        request, place, form,
        lambda: actions.change_hours(found, by=place, **form.hours(), seen=form.cleaned_data["seen"]),
        back=url(place, "effort"), newer=newer, title=_("Correct hours"), lede=_of(found), label=_("Save"),
        done=_("Saved."),
    )  # fmt: skip


def _of(entry: HourEntry) -> str:
    return f"{entry.person.name}, {entry.get_span_display().lower()}, {words.past_date(entry.starts_on)}"


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_work)
def remove_hours(request: HttpRequest, place: Place, entry: str) -> HttpResponse:
    found = _hours(place, entry)
    return asking_page(
        request, place, lambda: actions.take_out_hours(found, by=place), back=url(place, "effort"),
        go=url(place, "effort"), done=_("Taken out."), title=_("Take these hours out?"), label=_("Take them out"),
        lines=[_of(found), _("Totals that you have shown stay as they are until you show them anew.")],
        cancel_label=_("Keep them"),
    )  # fmt: skip


# Cost -----------------------------------------------------------------------------------------------------------------
def _cost(place: Place, key: str) -> CostEntry:
    rows = CostEntry.objects.visible_to(place).filter(withdrawn_at=None).select_related("author")
    found: CostEntry = get_object_or_404(rows, public_id=key)
    require(can_change(place, found))
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_work)
def new_cost(request: HttpRequest, place: Place) -> HttpResponse:
    last = next(iter(own_costs(place)), None)
    form = CostForm(request.POST or None, initial={"currency": last.currency if last else place.partnership.currency})
    return saving_page(
        request, place, form, lambda: actions.write_cost(by=place, values=form.values()),
        back=back_to(place, round_asked(request, place), "effort"),
        title=_("Write down a cost of partnering"), label=_("Write it down"),
        lede=_("What it costs your organisation to work together. What you bring to the work itself is in Delivery."),
        done=_("Written down, for your side alone."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_work)
def change_cost(request: HttpRequest, place: Place, entry: str) -> HttpResponse:
    found = _cost(place, entry)
    form = CostForm(request.POST or None, initial=CostForm.first(found))

    def newer() -> dict[str, object]:
        now = _cost(place, entry)
        return newer_text(form, now, CostForm.first(now))

    return saving_page(
        request, place, form,
        lambda: actions.change_cost(found, by=place, values=form.values(), seen=form.cleaned_data["seen"]),
        back=url(place, "effort"), newer=newer, title=_("Correct a cost"), label=_("Save"), done=_("Saved."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_work)
def remove_cost(request: HttpRequest, place: Place, entry: str) -> HttpResponse:
    found = _cost(place, entry)
    return asking_page(
        request, place, lambda: actions.take_out_cost(found, by=place), back=url(place, "effort"),
        go=url(place, "effort"), done=_("Taken out."), title=_("Take this cost out?"), label=_("Take it out"),
        lines=[found.what, words.money(found.amount, found.currency)], cancel_label=_("Keep it"),
    )  # fmt: skip


# What is shown --------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_speak_for_party)
def show_effort(request: HttpRequest, place: Place, day: str) -> HttpResponse:
    """What the others would read of a quarter, before it is shown."""
    try:
        first = date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    found = queries.quarter(place, first)
    if found.starts_on != first or (not found.work and not found.costs):
        raise Http404
    form = ShowForm(request.POST or None, place=place)
    if request.method == "POST" and form.is_valid():
        done = act_and_say(
            request,
            lambda: actions.show_effort(first, to=form.cleaned_data["to"], by=place),
            _("Released. Until somebody opens it, you can recall it."),
        )
        return redirect(url(place, "effort") if done else url(place, "show_effort", day))
    context = {
        "form": form,
        "one": found,
        "name": quarter_name(first),
        "costs": [(Form(f).label, words.money(a, c)) for (f, c), a in found.costs.items()],
        "back": url(place, "effort"),
    }
    return page(request, place, "show_effort", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_speak_for_party)
def withdraw_statement(request: HttpRequest, place: Place, statement: str) -> HttpResponse:
    rows = EffortStatement.objects.visible_to(place).filter(withdrawn_at=None)
    found: EffortStatement = get_object_or_404(rows, public_id=statement)
    require(can_show(place, found))
    return asking_page(
        request, place, lambda: actions.withdraw_statement(found, by=place), back=url(place, "effort"),
        go=url(place, "effort"), done=_("Withdrawn."), title=_("Withdraw what was shown of this quarter?"),
        label=_("Withdraw it"),
        lines=[quarter_name(found.starts_on),
               _("Those who opened it read it no more. That it was shown remains.")],
        cancel_label=_("Keep it"),
    )  # fmt: skip
