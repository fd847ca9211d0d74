"""A library as a file, out and in."""

from __future__ import annotations

from urllib.parse import quote

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ...access.guard import signed_in
from ...catalogue import actions as catalogue
from ...catalogue.drafting import Data, differences, written
from ...catalogue.states import Kind
from ...documents.states import FileType
from ..forms import SeenForm, UploadForm
from ..queries import content_written
from ..readings import name_of, shown
from ..sheets import write, write_yaml
from ..statement_sheets import LAYOUTS
from ..telling import told
from ..workbooks import Refused, read_upload
from .shown import act, administered, draft_of, go, show, url, user_of, version_of


def _file(kind: str, form: str, name: str, title: Data, content: Data) -> HttpResponse:
    """The file in the reader's language; its name says what it is."""
    if form == "xlsx":
        response = HttpResponse(
            write(content, language=get_language() or "en", layout=LAYOUTS[kind]), content_type=FileType.XLSX.value
        )
    elif form == "yaml":
        response = HttpResponse(write_yaml(title, content, kind), content_type="application/yaml; charset=utf-8")
    else:
        raise Http404
    safe = "".join(letter if letter.isalnum() else "-" for letter in name)[:60].strip("-") or "library"
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(safe)}.{form}"
    return response


@require_safe
@signed_in
def download_draft(request: HttpRequest, organisation: str, draft: str, form: str) -> HttpResponse:
    found = draft_of(request, organisation, draft)
    return _file(found.kind, form, name_of(found.title), found.title, found.content)


@require_safe
@signed_in
def download_version(
    request: HttpRequest,
    organisation: str,
    whose: str,
    code: str,
    number: int,
    form: str,
    kind: str = Kind.LIBRARY,
) -> HttpResponse:
    found = version_of(request, administered(request, organisation), whose, code, number, kind)
    return _file(
        found.kind, form, f"{name_of(found.title)} {found.version}", written(found.title), content_written(found)
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def upload(request: HttpRequest, organisation: str, draft: str) -> HttpResponse:
    """Fill the draft in from a file. Nothing changes before somebody has looked at what it would change."""
    found = draft_of(request, organisation, draft)
    form = UploadForm(request.POST or None, request.FILES or None)
    problems = []
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            taken = read_upload(sent, found)
            catalogue.offer_content(
                found, title=taken.title, content=taken.content, name=sent.name or "", by=user_of(request)
            )
        except Refused as refused:
            problems = refused.problems
            form.add_error("file", refused.messages[0])
        except ValidationError as error:
            form.add_error("file", " ".join(error.messages))
        else:
            return go(found, "offered")
    return show(request, "upload", found, {"form": form, "problems": problems})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def offered(request: HttpRequest, organisation: str, draft: str) -> HttpResponse:
    """What the file would change in the draft: take it over, or leave the draft as it is."""
    found = draft_of(request, organisation, draft)
    if found.offered is None:
        return redirect(url(found, "draft"))
    if request.method == "POST":
        if "drop" in request.POST:
            act(request, lambda: catalogue.drop_offer(found, by=user_of(request)), _("The draft is as it was."))
            return go(found, "draft")
        form = SeenForm(request.POST)
        seen = form.cleaned_data["version"] if form.is_valid() else 0
        done = act(
            request,
            lambda: catalogue.take_offer(found, seen=seen, by=user_of(request)),
            _("Taken over into the draft."),
        )
        return go(found, "draft" if done else "offered")
    content = found.offered["content"]
    return show(
        request,
        "offered",
        found,
        {
            "form": SeenForm(initial={"version": found.version}),
            "library": shown(found.kind, content),
            "told": told(differences(found.content, content), found.content, content),
        },
    )
