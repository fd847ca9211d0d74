"""What its pages share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from partnerships.access.models import Circled
from partnerships.access.places import Place
from partnerships.record import frame
from partnerships.record.frame import read_again, render_record, texts_beside

TAB = "outcomes"


def page(request: HttpRequest, place: Place, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render_record(request, place, f"evaluation/outcomes/{template}.html", context, tab=TAB, status=status)


def url(place: Place, name: str, *args: Any) -> str:
    return reverse(f"outcomes:{name}", args=[place.partnership.public_id, *args])


def saving_page(
    request: HttpRequest, place: Place, form: BaseForm, act: Callable[[], Any], *, back: str, **context: Any
) -> HttpResponse:
    """Show a form; when it is sent and clean, act and go back. What was refused keeps what was typed."""
    context.setdefault("go", back)
    return frame.form_page(request, place, form, act, tab=TAB, cancel_url=back, keep=True, **context)


def asking_page(
    request: HttpRequest, place: Place, act: Callable[[], object], *, back: str, go: str, done: str, **context: Any
) -> HttpResponse:
    """Ask before something goes; when it is sent, act and go on."""
    return frame.confirm_page(
        request, place, act, tab=TAB, done=done, go=go, refused=back, cancel_url=back, **context
    )  # fmt: skip


def newer_text(form: BaseForm, item: Circled, first: dict[str, Any]) -> dict[str, Any]:
    """What somebody saved in between, beside what was typed, where they differ; sent once more, the typed counts.

    `first` is what the form would show of the newer item.
    """
    read_again(form, "seen", item.version)
    return {"by": item.author or "", "at": item.changed_at, "fields": texts_beside(form, first)}
