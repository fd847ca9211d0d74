"""What the pages of delivery share: a form that is cleaned and acted on, and the newer text beside one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from partnerships.access.models import Circled
from partnerships.access.places import Place
from partnerships.history.models import Act
from partnerships.record import frame
from partnerships.record.frame import read_again, texts_beside

TAB = "delivery"


def bound(request: HttpRequest) -> dict[str, Any]:
    """A form's data, where it was sent."""
    posted = request.method == "POST"
    return {"data": request.POST if posted else None, "files": request.FILES if posted else None}


def form_page(
    request: HttpRequest,
    place: Place,
    form: forms.BaseForm,
    act: Callable[[], Circled | None],
    *,
    cancel_url: str,
    **context: Any,
) -> HttpResponse:
    """Show a form; when it is sent and clean, act and go to what came of it. What was refused keeps what was typed."""
    return frame.form_page(
        request, place, form, act, tab=TAB, cancel_url=cancel_url, keep=True,
        go=lambda made: getattr(made, "path", "") or cancel_url, **context,
    )  # fmt: skip


def newer_text(form: forms.BaseForm, place: Place, item: Circled, names: dict[str, Any]) -> dict[str, Any]:
    """The text that somebody saved in between, beside the one that was typed, where they differ.

    Sent once more, the form counts as read at the newer version.
    """
    read_again(form, "seen", item.version)
    last = (
        Act.objects.visible_to(place)
        .filter(model=item._meta.label_lower, object_id=item.pk)
        .select_related("by")
        .last()
    )
    return {"by": last.by if last is not None else "", "at": item.changed_at, "fields": texts_beside(form, names)}
