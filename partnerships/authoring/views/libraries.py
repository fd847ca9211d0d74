"""The libraries of an organisation: shipped ones and its own; a new draft; reading a version."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ...access.guard import signed_in
from ...catalogue import actions as catalogue
from ...catalogue.models import CatalogueVersion
from ...catalogue.states import Kind
from ..forms import StartForm
from ..queries import content_written, libraries_of, shipped_versions
from ..readings import name_of, shown
from ..shelves import shelf_of
from .shown import administered, shelf_context, user_of, version_of


@require_safe
@signed_in
def libraries(request: HttpRequest, organisation: str, kind: str = Kind.LIBRARY) -> HttpResponse:
    """What is shipped, what the organisation published, and what it is writing."""
    found, shelf = administered(request, organisation), shelf_of(kind)

    def version_urls(code: str, version: CatalogueVersion, whose: str = "own") -> dict[str, Any]:
        args = [found.public_id, whose, code, version.version]
        return {"version": version, "url": reverse(f"authoring:{shelf.version}", args=args)}

    rows = [
        {
            "library": each,
            "draft_name": name_of(each.draft.title) if each.draft else "",
            "versions": [version_urls(each.code, version) for version in each.versions],
            "next_url": reverse(
                f"authoring:{shelf.next}", args=[found.public_id, "own", each.code, each.newest.version]
            )
            if each.newest is not None
            else "",
        }
        for each in libraries_of(found, user_of(request), kind)
    ]
    shipped = [
        {"name": name_of(each.title), **version_urls(each.code, each, "shipped")} for each in shipped_versions(kind)
    ]
    return render(
        request,
        "partnerships/authoring/libraries.html",
        {
            "organisation": found,
            "rows": rows,
            "shipped": shipped,
            "owned": shelf.owned % {"name": found.called},
            "start_url": reverse(f"authoring:{shelf.start}", args=[found.public_id]),
            **shelf_context(shelf, found),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def start(request: HttpRequest, organisation: str, kind: str = Kind.LIBRARY) -> HttpResponse:
    """A new library of one's own: from the shipped questions, from another own library, or from nothing."""
    found, shelf = administered(request, organisation), shelf_of(kind)
    user = user_of(request)
    sources: dict[str, CatalogueVersion] = {}
    offered = []
    for version in shipped_versions(kind):
        code = f"shipped.{version.code}"
        sources[code] = version
        offered.append((code, name_of(version.title), shelf.from_shipped))
    for library in libraries_of(found, user, kind):
        if library.newest is not None:
            sources[library.code] = library.newest
            offered.append((library.code, library.name, shelf.from_own))
    form = StartForm(
        request.POST if request.method == "POST" else None,
        shelf=shelf,
        sources=offered,
        initial={"language": user.language, "start": offered[0][0] if offered else "empty"},
    )
    if request.method == "POST" and form.is_valid():
        draft = catalogue.start_draft(
            organisation=found,
            title=form.cleaned_data["title"],
            language=form.cleaned_data["language"],
            based_on=sources.get(form.cleaned_data["start"]),
            copy=True,
            kind=kind,
            by=user,
        )
        return redirect("authoring:draft", found.public_id, draft.public_id)
    context = {
        "title": shelf.make,
        "lede": _("You write it as a draft that only the administrators of %(name)s read, until you publish it.")
        % {"name": found.called},
        "form": form,
        "label": _("Begin the draft"),
        "cancel_url": reverse(f"authoring:{shelf.lists}", args=[found.public_id]),
    }
    return render(request, "components/form_page.html", context)


@require_safe
@signed_in
def version(
    request: HttpRequest, organisation: str, whose: str, code: str, number: int, kind: str = Kind.LIBRARY
) -> HttpResponse:
    """A published version, as it is asked."""
    found, shelf = administered(request, organisation), shelf_of(kind)
    version = version_of(request, found, whose, code, number, kind)
    args = [found.public_id, whose, code, number]
    return render(
        request,
        "partnerships/authoring/version.html",
        {
            "organisation": found,
            "version": version,
            "whose": whose,
            "name": name_of(version.title),
            "library": shown(kind, content_written(version)),
            "next_url": reverse(f"authoring:{shelf.next}", args=args),
            "start_url": reverse(f"authoring:{shelf.start}", args=[found.public_id]),
            "downloads": [
                (label, reverse(f"authoring:{shelf.download}", args=[*args, form]))
                for form, label in (("xlsx", _("Excel workbook")), ("yaml", "YAML"))
            ],
            **shelf_context(shelf, found),
        },
    )


@require_POST
@signed_in
def next_version(
    request: HttpRequest, organisation: str, whose: str, code: str, number: int, kind: str = Kind.LIBRARY
) -> HttpResponse:
    """The draft of the next version of an own library; the one that is there already, where there is one."""
    found = administered(request, organisation)
    user = user_of(request)
    version = version_of(request, found, "own" if whose == "own" else "", code, number, kind)
    draft = catalogue.start_draft(organisation=found, title="", language=user.language, based_on=version, by=user)
    return redirect("authoring:draft", found.public_id, draft.public_id)
