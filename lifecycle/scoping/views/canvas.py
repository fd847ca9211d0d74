"""Constraints before projects."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.catalogue.queries import lesson
from partnerships.record.frame import act_and_say, confirm_page

from .. import actions, queries
from ..forms import EntriesForm, EntryForm, ReleaseForm
from ..models import CanvasEntry
from ..permissions import can_hand_in, can_propose, can_read_together
from . import canvas_rows
from .shown import TAB, form_page, go, page, url


@require_safe
@guarded(can_read_together)
def canvas(request: HttpRequest, place: Place) -> HttpResponse:
    """Constraints before projects."""
    context = canvas_rows.canvas(place)
    return page(request, place, "canvas", {**context, "may_write": can_propose(place)})


@require_http_methods(["GET", "POST"])
@guarded(can_propose)
def write(request: HttpRequest, place: Place, prompt: str) -> HttpResponse:
    """Add lines under one prompt."""
    asked = actions.canvas_version()
    if prompt not in asked.by_code:
        raise Http404
    item = asked.item(prompt)
    form = EntriesForm(request.POST or None, prompt=item, place=place, entries=_pairs(place, prompt))
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
            return go(place, "canvas")
    return form_page(
        request, place, form, title=item.title, label=_("Write it down"), back=url(place, "canvas"),
        why=lesson(item.lessons[0]).why if item.lessons else "", lesson=item.lessons[0] if item.lessons else "",
    )  # fmt: skip


def _pairs(place: Place, prompt: str) -> list[CanvasEntry]:
    """The constraints that an opportunity can be drawn from."""
    if prompt != actions.OPPORTUNITIES:
        return []
    return [e for e in queries.canvas(place) if e.prompt == canvas_rows.CONSTRAINTS]


def _standing(place: Place) -> QuerySet[CanvasEntry]:
    return CanvasEntry.objects.visible_to(place).filter(withdrawn_at=None)


def _entry(place: Place, entry: str) -> CanvasEntry:
    found: CanvasEntry = get_object_or_404(_standing(place), public_id=entry)
    return found


@require_http_methods(["GET", "POST"])
@guarded(can_propose)
def entry(request: HttpRequest, place: Place, entry: str) -> HttpResponse:
    """Change a line. What was typed is not lost where somebody took the line out meanwhile."""
    if request.method == "POST" and not _standing(place).filter(public_id=entry).exists():
        return _taken_out(request, place)
    found = _entry(place, entry)
    first = {"text": found.text, "version": found.version, "prompt": found.prompt}
    form = EntryForm(request.POST or None, initial=first)
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
            return go(place, "canvas")
    item = actions.canvas_version().by_code.get(found.prompt)
    context = {
        "form": form,
        "newer": newer,
        "title": item.title if item else _("This line"),
        "entry": found,
        "own": found.party_id == place.own_party.pk,
    }
    return page(request, place, "entry", context)


def _taken_out(request: HttpRequest, place: Place) -> HttpResponse:
    """The line is gone: offer to write what was typed as a new one, under the same question."""
    typed = EntryForm(request.POST)
    if not typed.is_valid():
        raise Http404
    item = actions.canvas_version().by_code.get(typed.cleaned_data["prompt"])
    # An opportunity is drawn from a pair that has to be chosen anew, in its own form.
    if item is None:
        raise Http404
    form = EntriesForm(
        prompt=item, place=place, entries=_pairs(place, item.code), initial={"text": typed["text"].value()}
    )
    messages.warning(
        request, _("This line was taken out while you were writing. Write yours as a new one, or leave it.")
    )
    return form_page(
        request, place, form, title=item.title, label=_("Write it down"), back=url(place, "canvas"),
        action=url(place, "write", item.code),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_propose)
def remove(request: HttpRequest, place: Place, entry: str) -> HttpResponse:
    """Ask, then take a line out; what was drawn from it loses its pair."""
    found = _entry(place, entry)
    drawn = CanvasEntry.objects.visible_to(place).filter(eases=found, withdrawn_at=None)
    lines = [found.text, *(_("“%(text)s” was drawn from it, and loses its pair.") % {"text": e.text} for e in drawn)]
    return confirm_page(
        request, place, lambda: actions.remove_entry(found, by=place), tab=TAB, done=_("Taken out."),
        go=url(place, "canvas"), title=_("Take this line out?"), label=_("Take it out"), lines=lines,
        cancel_url=url(place, "canvas"), cancel_label=_("Keep it"),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@guarded(can_hand_in)
def release(request: HttpRequest, place: Place) -> HttpResponse:
    """Show the own side's lines to the partners, as one bundle."""
    own = canvas_rows.private_entries(place)
    form = ReleaseForm(request.POST or None)
    valid = request.method == "POST" and form.is_valid()
    if valid and act_and_say(
        request,
        lambda: actions.release_entries(own, to=form.cleaned_data["to"], by=place),
        _("Released. Until somebody opens it, you can recall it."),
    ):
        return go(place, "canvas")
    return page(request, place, "release", {"form": form, "entries": own})
