"""What the own side got: written, worded anew, shown, taken out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.record.frame import act_and_say

from .. import actions, queries
from ..forms import ShowForm, ValueForm
from ..models import ValueEntry
from ..permissions import can_change, can_speak_for_party, can_work
from .shown import asking_page, newer_text, page, saving_page, url
from .since import back_to, first_day_in, round_asked


def _value(place: Place, key: str) -> ValueEntry:
    rows = ValueEntry.objects.visible_to(place).filter(withdrawn_at=None)
    found: ValueEntry = get_object_or_404(rows.select_related("circle", "author"), public_id=key)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_work)
def new_value(request: HttpRequest, place: Place) -> HttpResponse:
    round = round_asked(request, place)
    initial = {"currency": place.partnership.currency, **first_day_in(place, round)}
    form = ValueForm(request.POST or None, initial=initial)
    return saving_page(
        request, place, form, lambda: actions.write_value(by=place, values=form.values()),
        back=back_to(place, round, "overview"),
        title=_("What your side got out of it"), label=_("Write it down"),
        done=_("Written down. Your side alone reads it until you show it."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_work)
def change_value(request: HttpRequest, place: Place, value: str) -> HttpResponse:
    found = _value(place, value)
    require(can_change(place, found))
    form = ValueForm(request.POST or None, initial=ValueForm.first(found))

    def newer() -> dict[str, object]:
        now = _value(place, value)
        return newer_text(form, now, ValueForm.first(now))

    is_shown = found.pk in queries.released_ids(place, ValueEntry._meta.label_lower)
    return saving_page(
        request, place, form,
        lambda: actions.change_value(found, by=place, values=form.values(), seen=form.cleaned_data["seen"]),
        back=url(place, "overview"), newer=newer, title=_("What your side got out of it"), label=_("Save"),
        done=_("Saved. Those you showed it to read the new words.") if is_shown else _("Saved, on your side."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_speak_for_party)
def show_values(request: HttpRequest, place: Place) -> HttpResponse:
    """Show the partners what the own side got, as one bundle."""
    shown = queries.released_ids(place, ValueEntry._meta.label_lower)
    mine = [v for v in queries.values_by_party(place).get(place.own_party.pk, []) if v.pk not in shown]
    if not mine:
        return redirect(url(place, "overview"))
    form = ShowForm(request.POST or None, place=place)
    if request.method == "POST" and form.is_valid():
        done = act_and_say(
            request,
            lambda: actions.show_values(mine, to=form.cleaned_data["to"], by=place),
            _("Released. Until somebody opens it, you can recall it."),
        )
        if done:
            return redirect(url(place, "overview"))
    return page(request, place, "show_values", {"form": form, "values": mine, "back": url(place, "overview")})


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_work)
def remove_value(request: HttpRequest, place: Place, value: str) -> HttpResponse:
    found = _value(place, value)
    require(can_change(place, found))
    is_shown = found.pk in queries.released_ids(place, ValueEntry._meta.label_lower)
    said = (
        _("Those you showed it to read it no more. That it was there remains.")
        if is_shown
        else _("Nobody else has read it.")
    )
    return asking_page(
        request, place, lambda: actions.take_out_value(found, by=place), back=url(place, "overview"),
        go=url(place, "overview"), done=_("Taken out."), title=_("Take this out?"), label=_("Take it out"),
        lines=[found.words, said], cancel_label=_("Keep it"),
    )  # fmt: skip
