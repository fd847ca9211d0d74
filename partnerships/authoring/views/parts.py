"""The parts of a draft: themes, facts, questions. One form at a time, each at its own address."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ...access.guard import signed_in
from ...catalogue.building import is_added
from ...catalogue.drafting import Data, is_own
from ...catalogue.models import CatalogueDraft
from ...catalogue.states import Kind
from .. import actions
from ..forms import GroupForm, QuestionForm, StatementForm
from ..queries import problems_shown
from ..readings import said, shown
from ..shelves import shelf_of
from .shown import act, draft_of, draft_of_kind, form_page, go, is_left_out, show, thing_of, url, user_of


# Themes ---------------------------------------------------------------------------------------------------------------
@require_safe
@signed_in
def theme(request: HttpRequest, organisation: str, draft: str, code: str) -> HttpResponse:
    """A theme's questions, in their order."""
    found = draft_of(request, organisation, draft)
    shelf = shelf_of(found.kind)
    thing_of(found, _groups(found), code)
    theme = next(each for each in shown(found.kind, found.content).themes if each.code == code)
    added = [each for each in theme.questions if getattr(each, "own", False)]
    return show(request, shelf.group, found, {"theme": theme, "added": added})


def _groups(draft: CatalogueDraft) -> str:
    """Where the headings stand: a library's themes, a review's dimensions."""
    return "dimensions" if draft.kind == Kind.INSTRUMENT else "themes"


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_theme(request: HttpRequest, organisation: str, draft: str) -> HttpResponse:
    found = draft_of(request, organisation, draft)
    title = _("Add a dimension of your own") if found.kind == Kind.INSTRUMENT else _("Add a theme")
    return _group(request, found, _groups(found), None, title)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def theme_words(request: HttpRequest, organisation: str, draft: str, code: str) -> HttpResponse:
    """Its name, and what it is about."""
    found = draft_of(request, organisation, draft)
    if found.kind == Kind.INSTRUMENT and not is_added(code):
        raise Http404
    title = _("Name of the dimension") if found.kind == Kind.INSTRUMENT else _("Name of the theme")
    return _group(request, found, _groups(found), code, title)


def _group(request: HttpRequest, draft: CatalogueDraft, key: str, code: str | None, title: str) -> HttpResponse:
    """The form of a theme, or of a fact."""
    was_left_out = code is not None and request.method == "POST" and is_left_out(draft, key, code)
    code = None if was_left_out else code
    thing = thing_of(draft, key, code) if code is not None else None
    form = GroupForm(request.POST if request.method == "POST" else None, draft=draft, thing=thing, fact=key == "facts")
    return form_page(
        request, draft, form, was_left_out=was_left_out, save=lambda: actions.save_group(
            draft, key=key, code=code, title=form.text_of("title"), text=form.text_of("text"),
            seen=form.cleaned_data["seen"], by=user_of(request),
        ),
        template="texts",
        newest=lambda fresh: actions.find(fresh.content.get(key, ()), code or ""),
        done=_("Saved."),
        onward=lambda made: url(draft, "theme", made) if key != "facts" else url(draft, "draft") + "#facts",
        title=title, back=url(draft, "theme", code) if key != "facts" and code else url(draft, "draft"),
        rows=[form.shown_text("title"), form.shown_text("text")],
        remove_url=url(draft, "remove_fact", code) if key == "facts" and code else "",
    )  # fmt: skip


@require_POST
@signed_in
def move_theme(request: HttpRequest, organisation: str, draft: str, code: str) -> HttpResponse:
    found = draft_of_kind(request, organisation, draft, Kind.LIBRARY)
    act(request, lambda: actions.move_theme(found, code=code, up=request.POST.get("way") == "up", by=user_of(request)))
    return go(found, "draft")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def remove_theme(request: HttpRequest, organisation: str, draft: str, code: str) -> HttpResponse:
    """Says what goes with it, and asks."""
    found = draft_of(request, organisation, draft)
    thing = thing_of(found, _groups(found), code)
    if found.kind == Kind.INSTRUMENT:
        return _remove_dimension(request, found, thing)
    if request.method == "POST":
        seen = request.POST.get("seen", "")
        done = act(
            request,
            lambda: actions.remove_theme(found, code=code, seen=seen, by=user_of(request)),
            _("The theme is left out."),
        )
        return go(found, "draft") if done else go(found, "remove_theme", code)
    count = sum(item.get("theme") == code for item in found.content["items"])
    lines = [
        ngettext("Its %(n)s question goes with it.", "Its %(n)s questions go with it.", count) % {"n": count},
        _STAYS(),
    ]
    return _ask(
        request, found, lines,
        title=_("Leave out the theme “%(name)s”?") % {"name": said(thing.get("title"))},
        label=_("Leave it out"), back=url(found, "theme", code), seen=actions.mark_of_group(found, code),
    )  # fmt: skip


def _remove_dimension(request: HttpRequest, draft: CatalogueDraft, thing: Data) -> HttpResponse:
    """The same for a review's own dimension; a shipped one stays."""
    code = thing["code"]
    if not is_added(code):
        raise Http404
    if request.method == "POST":
        seen = request.POST.get("seen", "")
        done = act(
            request,
            lambda: actions.remove_dimension(draft, code=code, seen=seen, by=user_of(request)),
            _("The dimension is left out."),
        )
        return go(draft, "draft") if done else go(draft, "remove_theme", code)
    count = sum(item.get("dimension") == code for item in draft.content["items"])
    lines = [
        ngettext("Its %(n)s statement goes with it.", "Its %(n)s statements go with it.", count) % {"n": count},
        _STAYS(),
    ]
    return _ask(
        request, draft, lines,
        title=_("Leave out the dimension “%(name)s”?") % {"name": said(thing.get("title"))},
        label=_("Leave it out"), back=url(draft, "theme", code), seen=actions.mark_of_group(draft, code),
    )  # fmt: skip


def _STAYS() -> str:
    return _("Versions that you have published go on asking it, and its answers stay.")


def _ask(request: HttpRequest, draft: CatalogueDraft, lines: list[str], **words: Any) -> HttpResponse:
    context = {
        "title": words["title"],
        "lines": lines,
        "label": words["label"],
        "cancel_url": words["back"],
        "cancel_label": _("Keep it"),
        "seen": words.get("seen", ""),
    }
    return show(request, "confirm", draft, context)


# Facts ----------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_fact(request: HttpRequest, organisation: str, draft: str) -> HttpResponse:
    return _group(request, draft_of_kind(request, organisation, draft, Kind.LIBRARY), "facts", None, _("Add a fact"))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def fact(request: HttpRequest, organisation: str, draft: str, code: str) -> HttpResponse:
    """A fact on which questions depend."""
    return _group(
        request,
        draft_of_kind(request, organisation, draft, Kind.LIBRARY),
        "facts",
        code,
        _("A fact on which questions depend"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def remove_fact(request: HttpRequest, organisation: str, draft: str, code: str) -> HttpResponse:
    """Says which questions depend on it, and asks."""
    found = draft_of_kind(request, organisation, draft, Kind.LIBRARY)
    thing = thing_of(found, "facts", code)
    if request.method == "POST":
        seen = request.POST.get("seen", "")
        done = act(
            request,
            lambda: actions.remove_fact(found, code=code, seen=seen, by=user_of(request)),
            _("The fact is left out."),
        )
        return go(found, "draft") if done else go(found, "remove_fact", code)
    items = [item for item in found.content["items"] if code in item.get("only_if", ())]
    alone = sum(len(item["only_if"]) == 1 for item in items)
    lines = [
        ngettext(
            "%(n)s question depends on it alone, and would be asked always.",
            "%(n)s questions depend on it alone, and would be asked always.",
            alone,
        )
        % {"n": alone},
        *[f"{said(item.get('text'))}" for item in items],
    ]
    return _ask(
        request, found, lines,
        title=_("Leave out the fact “%(name)s”?") % {"name": said(thing.get("title"))},
        label=_("Leave it out"), back=url(found, "fact", code), seen=actions.mark_of_fact(found, code),
    )  # fmt: skip


# Questions ------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_question(request: HttpRequest, organisation: str, draft: str, code: str) -> HttpResponse:
    """A new question of a theme, or statement of a dimension."""
    found = draft_of(request, organisation, draft)
    thing_of(found, _groups(found), code)
    return (_statement if found.kind == Kind.INSTRUMENT else _question)(request, found, None, theme=code)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def question(request: HttpRequest, organisation: str, draft: str, code: str) -> HttpResponse:
    """Everything about one question, or one statement."""
    found = draft_of(request, organisation, draft)
    form = _statement if found.kind == Kind.INSTRUMENT else _question
    if request.method == "POST" and is_left_out(found, "items", code):
        theme = request.POST.get("theme") or request.POST.get("dimension", "")
        return form(request, found, None, theme=theme, was_left_out=True)
    return form(request, found, thing_of(found, "items", code), theme="")


def _statement(
    request: HttpRequest, draft: CatalogueDraft, thing: Data | None, *, theme: str, was_left_out: bool = False
) -> HttpResponse:
    """A statement of the organisation's own; shipped ones are read on their dimension's page."""
    code = thing["code"] if thing is not None else None
    if thing is not None and not is_added(thing["code"]):
        return go(draft, "theme", thing.get("dimension", ""))
    form = StatementForm(request.POST if request.method == "POST" else None, draft=draft, thing=thing, theme=theme)
    known = {each["code"] for each in draft.content["dimensions"]}
    theme = thing.get("dimension", "") if thing is not None else theme
    back = url(draft, "theme", theme) if theme in known else url(draft, "draft")
    published = {each["code"] for each in draft.before.get("items", ())}
    return form_page(
        request, draft, form, was_left_out=was_left_out, save=lambda: actions.save_statement(
            draft, code=code, values=form.values(), seen=form.cleaned_data["seen"], by=user_of(request)
        ),
        template="statement",
        newest=lambda fresh: actions.find(fresh.content["items"], code or ""),
        done=_("Saved."),
        onward=lambda _made: url(draft, "theme", form.cleaned_data["dimension"]),
        back=back,
        code=code,
        rows=[form.shown_text("text"), form.shown_text("baseline_text")],
        is_published=code in published,
        is_replaced=bool(thing and thing.get("instead_of")),
        problems=[each for each in problems_shown(draft) if code and f"/question/{code}/" in each.url],
        remove_url=url(draft, "remove_question", code) if code else "",
    )  # fmt: skip


def _question(
    request: HttpRequest, draft: CatalogueDraft, thing: Data | None, *, theme: str, was_left_out: bool = False
) -> HttpResponse:
    code = thing["code"] if thing is not None else None
    form = QuestionForm(request.POST if request.method == "POST" else None, draft=draft, thing=thing, theme=theme)
    theme = thing.get("theme", "") if thing is not None else theme
    known = {each["code"] for each in draft.content["themes"]}
    back = url(draft, "theme", theme) if theme in known else url(draft, "draft")
    published = {each["code"] for each in draft.before.get("items", ())}
    is_known = form.published_code in published
    return form_page(
        request, draft, form, was_left_out=was_left_out, save=lambda: actions.save_question(
            draft, code=code, values=form.values(), same=form.is_same(), seen=form.cleaned_data["seen"],
            by=user_of(request),
        ),
        template="question",
        newest=lambda fresh: actions.find(fresh.content["items"], code or ""),
        done=_("Saved."),
        onward=lambda made: (
            url(draft, "question", made) + "#answers"
            if "more" in request.POST
            else url(draft, "theme", form.cleaned_data["theme"])
        ),
        back=back,
        code=code,
        is_shipped=is_known and not is_own(form.published_code),
        is_replaced=bool(thing and thing.get("instead_of")),
        problems=[each for each in problems_shown(draft) if code and f"/question/{code}/" in each.url],
        remove_url=url(draft, "remove_question", code) if code else "",
    )  # fmt: skip


@require_POST
@signed_in
def move_question(request: HttpRequest, organisation: str, draft: str, code: str) -> HttpResponse:
    found = draft_of(request, organisation, draft)
    thing = thing_of(found, "items", code)
    act(
        request,
        lambda: actions.move_question(found, code=code, up=request.POST.get("way") == "up", by=user_of(request)),
    )
    return go(found, "theme", thing.get("theme") or thing.get("dimension", ""))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def remove_question(request: HttpRequest, organisation: str, draft: str, code: str) -> HttpResponse:
    """Says what that means for what was published, and asks."""
    found = draft_of(request, organisation, draft)
    thing = thing_of(found, "items", code)
    theme = thing.get("theme") or thing.get("dimension", "")
    is_statement = found.kind == Kind.INSTRUMENT
    if is_statement and not is_added(thing["code"]):
        raise Http404
    if request.method == "POST":
        seen = request.POST.get("seen", "")
        done = act(
            request,
            lambda: actions.remove_question(found, code=thing["code"], seen=seen, by=user_of(request)),
            _("The statement is left out.") if is_statement else _("The question is left out."),
        )
        return go(found, "theme", theme) if done else go(found, "remove_question", code)
    return _ask(
        request, found, [str(said(thing.get("text"))), _STAYS()],
        title=_("Leave out this statement?") if is_statement else _("Leave out this question?"),
        label=_("Leave it out"), back=url(found, "theme", theme),
        seen=actions.mark_of_question(found, thing["code"]),
    )  # fmt: skip
