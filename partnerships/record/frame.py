"""The frame of every page of a record: name, parties, tabs; and what its pages that act have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property

from ..access.places import Place
from . import registry
from .models import Partnership


@dataclass(frozen=True)
class FrameTab:
    label: str
    url: str
    current: bool


@dataclass
class Frame:
    """What the template `partnerships/record/frame.html` shows around a page."""

    place: Place
    tabs: tuple[FrameTab, ...]

    @property
    def partnership(self) -> Any:
        return self.place.partnership

    @property
    def name(self) -> str:
        return self.place.partnership.name

    @property
    def url(self) -> str:
        return reverse("record:overview", args=[self.place.partnership.public_id])

    @property
    def parties(self) -> tuple[Any, ...]:
        """Those that are in, partners first."""
        return tuple(sorted(self.place.present, key=lambda p: not p.is_partner))

    @cached_property
    def parent(self) -> dict[str, str] | None:
        """The umbrella, where this reader finds it."""
        if self.place.partnership.parent_id is None:
            return None
        parent = Partnership.objects.visible_to(self.place.user).filter(pk=self.place.partnership.parent_id).first()
        return {"name": parent.name, "url": reverse("record:overview", args=[parent.public_id])} if parent else None


def frame_of(place: Place, tab: str) -> Frame:
    pid = place.partnership.public_id
    return Frame(
        place,
        tuple(
            FrameTab(str(t.label), reverse(t.url_name, args=[pid]), t.code == tab)
            for t in registry.tabs()
            if t.opens(place)
        ),
    )


def render_record(
    request: HttpRequest,
    place: Place,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    tab: str = "",
    status: int = 200,
) -> HttpResponse:
    """A page of the record. The template extends partnerships/record/frame.html and gets frame, place, partnership."""
    return render(
        request,
        template,
        {"frame": frame_of(place, tab), "place": place, "partnership": place.partnership, **(context or {})},
        status=status,
    )


# Pages that act -------------------------------------------------------------------------------------------------------
def note_errors(form: BaseForm, error: ValidationError) -> None:
    """What an action refused, beside the field that it belongs to where the form has it, else on top."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


def read_again(form: BaseForm, mark: str, now: object) -> None:
    """What was typed, read against the newer version: sent once more, it is meant. `mark`: the field that tells what
    was read."""
    typed: Any = form.data
    form.data = typed.copy()
    form.data[mark] = str(now)  # type: ignore[index]


def texts_beside(form: BaseForm, theirs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Field by field what somebody saved in between (`theirs`, as a new form would show it) beside what was typed,
    where they differ: for components/newer.html."""
    fields = []
    for name, value in theirs.items():
        field = form.fields.get(name)
        if field is None or field.widget.is_hidden:
            continue
        choices = dict(getattr(field, "choices", ()))
        yours = form.data.get(name, "")
        shown = field.widget.format_value(field.prepare_value(value)) if value not in (None, "") else ""
        if choices:
            shown, yours = choices.get(str(value), value), choices.get(str(yours), yours)
        if str(shown or "") != str(yours):
            fields.append({"label": field.label, "yours": yours, "theirs": shown or ""})
    return fields


def act_and_say(request: HttpRequest, act: Callable[[], Any], done: str | Callable[[Any], str]) -> bool:
    """Act, and say in a sentence what came of it; `done` may depend on what was returned. Whether it was done."""
    try:
        made = act()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return False
    if sentence := done(made) if callable(done) else done:
        messages.success(request, sentence)
    return True


def form_page(
    request: HttpRequest,
    place: Place,
    form: BaseForm,
    act: Callable[[], Any],
    *,
    tab: str,
    done: str | Callable[[Any], str],
    go: str | Callable[[Any], str],
    template: str = "components/form_record_page.html",
    newer: Callable[[], dict[str, Any] | None] | None = None,
    **context: Any,
) -> HttpResponse:
    """Show a form; when it is sent and clean, act, say that it is done, and go on.

    What an action refused stands in the form, with what was typed; `newer` is the text that somebody saved in between.
    `done` and `go` may depend on what the action returned.
    """
    if request.method == "POST" and form.is_valid():
        try:
            made = act()
        except ValidationError as error:
            note_errors(form, error)
            if getattr(error, "code", "") == "stale" and newer is not None:
                context["newer"] = newer()
        else:
            messages.success(request, done(made) if callable(done) else done)
            return redirect(go(made) if callable(go) else go)
    return render_record(request, place, template, {"form": form, **context}, tab=tab)


def confirm_page(
    request: HttpRequest,
    place: Place,
    act: Callable[[], object],
    *,
    tab: str,
    done: str,
    go: str,
    refused: str = "",
    **context: Any,
) -> HttpResponse:
    """Ask before acting; when it is sent, act, say what came of it, and go on (`refused`: elsewhere, where it was)."""
    if request.method == "POST":
        return redirect(go if act_and_say(request, act, done) else refused or go)
    return render_record(request, place, "components/confirm_record_page.html", context, tab=tab)
