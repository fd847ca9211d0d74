"""What the pages share: whose libraries, which draft, and saving a form of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from ...catalogue.drafting import Data
from ...catalogue.models import CatalogueDraft, CatalogueVersion
from ...catalogue.states import Kind
from ...people.models import Organisation, User
from ...record.frame import note_errors
from ..actions import find, mark_of
from ..forms import TextsForm
from ..permissions import can_write
from ..readings import name_of
from ..shelves import Shelf, shelf_of


def user_of(request: HttpRequest) -> User:
    user: Any = request.user
    return user  # type: ignore[no-any-return]


def administered(request: HttpRequest, public_id: str) -> Organisation:
    """The organisation, for its administrators; for everybody else there is none."""
    found: Organisation = get_object_or_404(Organisation, public_id=public_id)
    if not can_write(user_of(request), found):
        raise Http404
    return found


def draft_of(request: HttpRequest, organisation: str, public_id: str) -> CatalogueDraft:
    found: CatalogueDraft = get_object_or_404(
        CatalogueDraft.objects.visible_to(user_of(request)).select_related("organisation", "based_on", "changed_by"),
        organisation__public_id=organisation,
        public_id=public_id,
    )
    return found


def draft_of_kind(request: HttpRequest, organisation: str, public_id: str, kind: str) -> CatalogueDraft:
    """A draft of what has such a part: reviews have no facts."""
    found = draft_of(request, organisation, public_id)
    if found.kind != kind:
        raise Http404
    return found


def version_of(
    request: HttpRequest, organisation: Organisation, whose: str, code: str, number: int, kind: str = Kind.LIBRARY
) -> CatalogueVersion:
    """A shipped version, or one of the organisation's own."""
    if whose not in ("shipped", "own"):
        raise Http404
    found: CatalogueVersion = get_object_or_404(
        CatalogueVersion.objects.visible_to(user_of(request)),
        organisation=None if whose == "shipped" else organisation,
        kind=kind,
        code=code,
        version=number,
    )
    return found


def thing_of(draft: CatalogueDraft, key: str, code: str) -> Data:
    found = find(draft.content.get(key, ()), code)
    if found is None:
        raise Http404
    return found


def is_left_out(draft: CatalogueDraft, key: str, code: str) -> bool:
    """Whether a colleague took it out while somebody was writing in its form."""
    return find(draft.content.get(key, ()), code) is None


def url(draft: CatalogueDraft, name: str, *args: str) -> str:
    return reverse(f"authoring:{name}", args=[draft.organisation.public_id, draft.public_id, *args])


def go(draft: CatalogueDraft, name: str, *args: str) -> HttpResponse:
    return redirect(url(draft, name, *args))


def shelf_context(shelf: Shelf, organisation: Organisation) -> dict[str, Any]:
    """What the pages say of this kind of list, and where all of them stand."""
    return {"shelf": shelf, "lists_url": reverse(f"authoring:{shelf.lists}", args=[organisation.public_id])}


def show(
    request: HttpRequest, name: str, draft: CatalogueDraft, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    return render(
        request,
        f"partnerships/authoring/{name}.html",
        {
            "organisation": draft.organisation,
            "draft": draft,
            "draft_name": name_of(draft.title),
            **shelf_context(shelf_of(draft.kind), draft.organisation),
            **context,
        },
        status=status,
    )


def act(request: HttpRequest, do: Callable[[], Any], done: str = "") -> bool:
    """Act, and say what came of it. Whether it was done."""
    try:
        do()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return False
    if done:
        messages.success(request, done)
    return True


def form_page(
    request: HttpRequest,
    draft: CatalogueDraft,
    form: TextsForm,
    save: Callable[[], Any],
    *,
    template: str,
    newest: Callable[[CatalogueDraft], Data | None],
    done: str,
    onward: Callable[[Any], str],
    was_left_out: bool = False,
    **context: Any,
) -> HttpResponse:
    """Show a form; when it is sent and clean, save and go on. What somebody saved in between stands beside what was
    typed, and the next save takes it as seen.

    `was_left_out`: what it was the form of is gone. It says so first; sent once more, `save` adds it anew.
    """
    if request.method == "POST" and form.is_valid():
        try:
            if was_left_out and form.cleaned_data["seen"] != mark_of(None):
                raise ValidationError(
                    _("Somebody left this out while you were writing. Save it once more to add it anew."), code="stale"
                )
            made = save()
        except ValidationError as error:
            note_errors(form, error)
            if getattr(error, "code", "") == "stale":
                fresh = (
                    CatalogueDraft.objects.visible_to(user_of(request)).select_related("changed_by").get(pk=draft.pk)
                )
                thing = newest(fresh)
                context["newer"] = {"by": fresh.changed_by, "at": fresh.changed_at, "fields": form.compare(thing or {})}
                # What was typed stays; it is saved over what is shown.
                typed: Any = request.POST.copy()
                typed["seen"] = mark_of(thing)
                form.data = typed
        else:
            messages.success(request, done)
            return redirect(onward(made))
    return show(request, template, draft, {"form": form, **context})
