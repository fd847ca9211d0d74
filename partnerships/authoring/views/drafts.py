"""A draft as a whole: its parts, its words, how it will be asked, what is different, publishing and discarding."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from ...access.guard import signed_in
from ...catalogue import actions as catalogue
from ...catalogue.building import added
from ...catalogue.states import Kind
from .. import actions
from ..forms import AboutForm, SeenForm
from ..queries import differences_of, problems_shown
from ..readings import name_of, shown
from ..shelves import shelf_of
from ..telling import told
from .shown import act, draft_of, form_page, go, show, url, user_of


@require_safe
@signed_in
def draft(request: HttpRequest, organisation: str, draft: str) -> HttpResponse:
    """Themes, facts, what is missing, and what can be done with it."""
    found = draft_of(request, organisation, draft)
    return show(
        request,
        shelf_of(found.kind).draft,
        found,
        {
            "may_add_dimension": found.kind == Kind.INSTRUMENT and not added(found.content, "dimensions"),
            "library": shown(found.kind, found.content),
            "problems": problems_shown(found),
            "base_name": name_of(found.based_on.title) if found.based_on is not None else "",
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def about(request: HttpRequest, organisation: str, draft: str) -> HttpResponse:
    """Its name and introduction."""
    found = draft_of(request, organisation, draft)
    form = AboutForm(request.POST if request.method == "POST" else None, draft=found, thing=actions.about_of(found))
    return form_page(
        request, found, form,
        lambda: actions.save_about(
            found, title=form.text_of("title"), intro=form.text_of("intro") if "intro" in form.texts else None,
            seen=form.cleaned_data["seen"], by=user_of(request),
        ),
        template="texts", newest=actions.about_of, done=_("Saved."), onward=lambda _made: url(found, "draft"),
        title=_("Name") if found.kind == Kind.INSTRUMENT else _("Name and introduction"), back=url(found, "draft"),
        rows=[form.shown_text(name) for name in form.texts],
    )  # fmt: skip


@require_safe
@signed_in
def preview(request: HttpRequest, organisation: str, draft: str) -> HttpResponse:
    """As it will be asked."""
    found = draft_of(request, organisation, draft)
    return show(request, "preview", found, {"library": shown(found.kind, found.content)})


@require_safe
@signed_in
def differences(request: HttpRequest, organisation: str, draft: str) -> HttpResponse:
    """What it changes of the version it was made from."""
    found = draft_of(request, organisation, draft)
    return show(
        request,
        "differences",
        found,
        {
            "told": told(differences_of(found), found.before, found.content),
            "base_name": name_of(found.based_on.title) if found.based_on is not None else "",
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def publish(request: HttpRequest, organisation: str, draft: str) -> HttpResponse:
    """Says what publishing means, and asks. What was looked at is what is published."""
    found = draft_of(request, organisation, draft)
    if request.method == "POST":
        form = SeenForm(request.POST)
        seen = form.cleaned_data["version"] if form.is_valid() else 0
        try:
            made = catalogue.publish_draft(found, seen=seen, by=user_of(request))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return (
                redirect(f"authoring:{shelf_of(found.kind).lists}", organisation)
                if error.code == "gone"
                else go(found, "draft")
            )
        messages.success(request, shelf_of(found.kind).published)
        return redirect(f"authoring:{shelf_of(found.kind).version}", organisation, "own", made.code, made.version)
    problems = problems_shown(found)
    if problems:
        messages.error(request, _("It cannot be published yet: look at what is missing."))
        return go(found, "draft")
    library = shown(found.kind, found.content)
    missing = sum(bool(question.text.lang) for theme in library.themes for question in theme.questions)
    shelf = shelf_of(found.kind)
    return show(
        request,
        "publish",
        found,
        {
            "library": library,
            "form": SeenForm(initial={"version": found.version}),
            "told": told(differences_of(found), found.before, found.content),
            "count_line": shelf.count_line(library.count),
            "untranslated": shelf.untranslated_line(missing) if missing else "",
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def discard(request: HttpRequest, organisation: str, draft: str) -> HttpResponse:
    """Says what is lost, and asks."""
    found = draft_of(request, organisation, draft)
    if request.method == "POST":
        form = SeenForm({"version": request.POST.get("seen", "")})
        seen = form.cleaned_data["version"] if form.is_valid() else 0
        if not act(request, lambda: catalogue.discard_draft(found, seen=seen), _("The draft is gone.")):
            return go(found, "discard")
        return redirect(f"authoring:{shelf_of(found.kind).lists}", organisation)
    count = len(found.content["items"])
    lines = [
        ngettext(
            "The draft with its %(n)s question is deleted.", "The draft with its %(n)s questions is deleted.", count
        )
        % {"n": count},
        _("Versions that you have published stay as they are, and so does every answer."),
        _("To keep it, download it as a spreadsheet first."),
    ]
    return show(
        request,
        "confirm",
        found,
        {
            "title": _("Discard the draft “%(name)s”?") % {"name": name_of(found.title)},
            "lines": lines,
            "label": _("Discard the draft"),
            "seen": found.version,
            "cancel_url": url(found, "draft"),
            "cancel_label": _("Keep it"),
        },
    )
