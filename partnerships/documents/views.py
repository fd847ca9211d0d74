"""Pages of documents, and the one place where a file leaves the house."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from .. import clock
from ..access.guard import guarded, require
from ..access.places import Place
from ..history.models import Act
from ..looks.typed import number
from ..record.frame import form_page, render_record
from ..record.holding import HELD
from . import actions, queries
from .forms import ReleaseForm, RetentionForm, SeenForm, TalkForm, UploadForm
from .models import Document
from .permissions import (
    can_add_document,
    can_change_document,
    can_contribute,
    can_keep,
    can_read,
    can_release_document,
)
from .queries import RELEASED_DOCUMENT
from .retention import kept

TAB = "documents"
_WORDS = {
    "UploadForm": {
        "title": gettext_lazy("Add a file"),
        "lede": gettext_lazy(
            "We look at what is inside. Photos are made smaller, and the place where they were taken is removed. "
            "Details of a case of abuse never belong here."
        ),
        "label": gettext_lazy("Add the file"),
    },
    "SeenForm": {
        "title": gettext_lazy("Seen, not kept"),
        "lede": gettext_lazy("Some papers should not be copied. It is enough to say what you saw, and where it is."),
        "label": gettext_lazy("Note it"),
    },
    "TalkForm": {
        "title": gettext_lazy("Answered in conversation"),
        "lede": gettext_lazy("Often a talk is better than a paper. Note with whom, when, and what came of it."),
        "label": gettext_lazy("Note it"),
    },
}


def _fetch(place: Place, did: str) -> Document:
    return get_object_or_404(queries.readable(place), public_id=did)


@require_safe
@guarded(can_read)
def document_list(request: HttpRequest, place: Place) -> HttpResponse:
    """What the reader may see, newest first, and what was released to their side and waits to be opened.

    With `going=1`: files of the own side that go soon.
    """
    before, going = number(request.GET.get("before")), "going" in request.GET
    found = queries.going_soon(place) if going else queries.readable(place)
    documents, following = queries.page_of(found, before=before or None)
    kinds = queries.document_kinds()
    here = reverse("documents:list", args=[place.partnership.public_id]) + ("?going=1" if going else "")
    context = {
        "documents": [
            {"it": d, "kind": kinds.get(d.kind), "standing": queries.standing_of(d, place, kinds)} for d in documents
        ],
        "going": going,
        "holds": [p for p in place.parties if p.held_since is not None],
        "released": queries.shown_to(documents, place),
        "next_url": f"?{'going=1&' if going else ''}before={following}" if following else "",
        "back_url": here if before else "",
        "unopened": queries.unopened_cards(place, RELEASED_DOCUMENT),
        "may_add": can_add_document(place),
    }
    return render_record(request, place, "partnerships/documents/list.html", context, tab=TAB)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_add_document)
def upload(request: HttpRequest, place: Place) -> HttpResponse:
    """Keep a file."""

    def act(data: dict[str, Any], form: UploadForm) -> Document:
        return actions.store(
            partnership=place.partnership, upload=data["file"], circle=form.chosen_circle(), by=place,
            kind=data["kind"], title=data["title"], valid_until=data["valid_until"], note=data["note"],
            keep_until=data["keep_until"], keep_reason=data["keep_reason"],
        )  # fmt: skip

    return _add(request, place, UploadForm, act, "file")


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_add_document)
def note_seen(request: HttpRequest, place: Place) -> HttpResponse:
    """Note what was seen and is not kept here."""

    def act(data: dict[str, Any], form: SeenForm) -> Document:
        return actions.note_seen(
            partnership=place.partnership, circle=form.chosen_circle(), by=place, title=data["title"],
            seen_by=data["seen_by"], seen_on=data["seen_on"], held_at=data["held_at"], kind=data["kind"],
            note=data["note"],
        )  # fmt: skip

    return _add(request, place, SeenForm, act, "seen_on")


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_add_document)
def note_conversation(request: HttpRequest, place: Place) -> HttpResponse:
    """Note what was answered in conversation."""

    def act(data: dict[str, Any], form: TalkForm) -> Document:
        return actions.note_conversation(
            partnership=place.partnership, circle=form.chosen_circle(), by=place, title=data["title"],
            talked_with=data["talked_with"], talked_on=data["talked_on"], kind=data["kind"], note=data["note"],
        )  # fmt: skip

    return _add(request, place, TalkForm, act, "talked_on")


def _add(
    request: HttpRequest, place: Place, form_class: type[Any], act: Callable[[dict[str, Any], Any], Document], main: str
) -> HttpResponse:
    posted = request.method == "POST"
    first = {"seen_by": place.user.name} if not posted else None
    form = form_class(request.POST if posted else None, request.FILES if posted else None, place=place, initial=first)
    if posted and form.is_valid():
        try:
            document = act(form.cleaned_data, form)
        except ValidationError as error:
            form.add_error(main, error.messages)
        else:
            messages.success(request, _("“%(title)s” is in.") % {"title": document.title})
            return redirect("documents:detail", pid=place.partnership.public_id, did=document.public_id)
    context = {
        **_WORDS[form_class.__name__],
        "form": form,
        "cancel_url": reverse("documents:list", args=[place.partnership.public_id]),
        "keep": True,
    }
    return render_record(request, place, "components/form_record_page.html", context, tab=TAB)


@require_safe
@guarded(can_read)
def detail(request: HttpRequest, place: Place, did: str) -> HttpResponse:
    document = _fetch(place, did)
    kinds = queries.document_kinds()
    context = {
        "document": document,
        "kind": kinds.get(document.kind),
        "standing": queries.standing_of(document, place, kinds),
        "is_own": place.own_party.pk == document.party_id,
        "may_keep": can_keep(place, document),
        "shown": queries.shown_to([document], place).get(document.pk, []),
        "may_change": can_change_document(place, document) and document.withdrawn_at is None,
        "may_release": can_release_document(place, document),
    }
    return render_record(request, place, "partnerships/documents/detail.html", context, tab=TAB)


@require_safe
@guarded(can_read)
def file(request: HttpRequest, place: Place, did: str) -> HttpResponseBase:
    """The file itself: to be saved, never to run in the house's name."""
    document = _fetch(place, did)
    if not document.is_file:
        raise Http404
    try:
        opened = document.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(
        opened, as_attachment=True, filename=document.original_name, content_type=document.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_read)
def keep(request: HttpRequest, place: Place, did: str) -> HttpResponse:
    """Say how long a file is kept; in a closed record too, which is when it matters."""
    document = _fetch(place, did)
    require(can_keep(place, document))
    form = RetentionForm(request.POST if request.method == "POST" else None, document=document, place=place)

    def act() -> None:
        data = form.cleaned_data
        actions.keep_for(
            document, by=place, seen=data["version"], kind=data.get("kind", ""),
            keep_until=data["keep_until"], keep_reason=data["keep_reason"],
        )  # fmt: skip

    def newer() -> dict[str, Any]:
        """What stands there now; sent once more, the form counts as read at it."""
        now = _fetch(place, did)
        typed = request.POST.copy()
        typed["version"] = str(now.version)
        form.data = typed
        last = Act.objects.visible_to(place).filter(kind=actions.KEPT, object_public_id=did).select_related("by").last()
        return {
            "by": last.by if last else "",
            "at": last.at if last else now.created_at,
            "fields": [
                {"label": form.fields[name].label, "yours": form[name].value(), "theirs": getattr(now, name) or "–"}
                for name in ("keep_until", "keep_reason")
            ],
        }

    here = reverse("documents:detail", args=[place.partnership.public_id, did])
    kind = queries.document_kinds().get(document.kind)
    return form_page(
        request, place, form, act, tab=TAB, done=_("Saved."), go=here, newer=newer,
        title=_("How long is “%(title)s” kept?") % {"title": document.title},
        lede=kept(document, kind, place.partnership, clock.today()).in_words
        + " " + _("Those who may read it see until when; your side is told 30 days before it goes."),
        label=_("Save"), cancel_url=here,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def release(request: HttpRequest, place: Place, did: str) -> HttpResponse:
    document = _fetch(place, did)
    require(can_release_document(place, document))
    form = ReleaseForm(request.POST if request.method == "POST" else None, place=place)
    if request.method == "POST" and form.is_valid():
        try:
            actions.release_document(document, to=form.chosen_circle(), by=place)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Released. You can recall it until it has been opened."))
            return redirect("documents:detail", pid=place.partnership.public_id, did=did)
    context = {
        "title": _("Release “%(title)s”") % {"title": document.title},
        "lede": _(
            "They see that something was released. They read it once they have opened it; until then you can recall it."
        ),
        "form": form,
        "label": _("Release it"),
        "cancel_url": reverse("documents:detail", args=[place.partnership.public_id, did]),
    }
    return render_record(request, place, "components/form_record_page.html", context, tab=TAB)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_read)
def withdraw(request: HttpRequest, place: Place, did: str) -> HttpResponse:
    """Asks first; the same act deletes what nobody else has seen."""
    document = _fetch(place, did)
    require(can_change_document(place, document))
    if request.method == "POST":
        try:
            deleted = actions.withdraw_document(document, by=place)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("documents:detail", pid=place.partnership.public_id, did=did)
        messages.success(request, _("Deleted.") if deleted else _("Withdrawn."))
        return redirect("documents:list", pid=place.partnership.public_id)
    shown = actions.was_shown(document)
    if not shown and place.own_party.held_since is not None:
        messages.error(request, HELD)
        return redirect("documents:detail", pid=place.partnership.public_id, did=did)
    context = {
        "title": _("Withdraw “%(title)s”?") % {"title": document.title},
        "text": _(
            "Others could read it. It leaves their pages and later reports for good; the history keeps the fact that "
            "it was there. Your own side still reads it."
        )
        if shown
        else _("Nobody outside your side has seen it. It is deleted, the file included, and cannot be brought back."),
        "label": _("Withdraw it") if shown else _("Delete it"),
        "cancel_url": reverse("documents:detail", args=[place.partnership.public_id, did]),
        "cancel_label": _("Keep it"),
    }
    return render_record(request, place, "components/confirm_record_page.html", context, tab=TAB)
