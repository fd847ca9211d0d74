"""What its pages share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from partnerships.access.models import Circled
from partnerships.access.places import Place
from partnerships.record import frame
from partnerships.record.frame import read_again, render_record, texts_beside

TAB = "scoping"


def page(request: HttpRequest, place: Place, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render_record(request, place, f"lifecycle/scoping/{template}.html", context, tab=TAB, status=status)


def form_page(
    request: HttpRequest, place: Place, form: Any, *, title: Any, label: Any, back: str, lede: Any = "", **more: Any
) -> HttpResponse:
    context = {"form": form, "title": title, "label": label, "lede": lede, "keep": True, "cancel_url": back, **more}
    return render_record(request, place, "components/form_record_page.html", context, tab=TAB)


def saving_page(
    request: HttpRequest, place: Place, form: BaseForm, act: Callable[[], Any], *, back: str, **context: Any
) -> HttpResponse:
    """Show a form; when it is sent and clean, act and go back. What was refused keeps what was typed."""
    return frame.form_page(
        request, place, form, act, tab=TAB, go=url(place, back), cancel_url=url(place, back), keep=True, **context
    )


def newer_text(form: BaseForm, item: Circled, names: tuple[str, ...]) -> dict[str, Any]:
    """What somebody saved in between, beside what was typed, where they differ; sent once more, the typed counts."""
    read_again(form, "seen", item.version)
    theirs = {name: getattr(item, name) for name in names}
    return {"by": item.author, "at": item.changed_at, "fields": texts_beside(form, theirs)}


def go(place: Place, name: str, *args: Any) -> HttpResponse:
    return redirect(reverse(f"scoping:{name}", args=[place.partnership.public_id, *args]))


def url(place: Place, name: str, *args: Any) -> str:
    return reverse(f"scoping:{name}", args=[place.partnership.public_id, *args])
