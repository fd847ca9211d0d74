"""An organisation's lists, for its administrators; and a record's searches, for the own side."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partnerships.access.guard import guarded, require, signed_in
from partnerships.access.places import Place
from partnerships.documents.uploads import takes_files_up_to
from partnerships.people.models import Organisation
from partnerships.people.permissions import administers
from partnerships.record.frame import act_and_say, confirm_page, form_page, note_errors, render_record

from . import actions, queries, tasks
from .forms import DecisionForm, ListForm, PrincipalForm, VersionForm
from .models import ListVersion, Match, Principal, ScreeningList, ScreeningRun
from .permissions import can_screen, can_see_screening
from .states import Verdict, VersionState

logger = logging.getLogger(__name__)
TAB = "diligence"
CHANGE = ["GET", "HEAD", "POST"]


# An organisation's lists --------------------------------------------------------------------------------------------
def _administered(request: HttpRequest, organisation: str) -> Organisation:
    user: Any = request.user
    found: Organisation = get_object_or_404(Organisation, public_id=organisation)
    if not administers(user, found):
        raise Http404
    return found


def _own_list(request: HttpRequest, organisation: Organisation, key: str) -> ScreeningList:
    """A list that this organisation may change: those of the whole installation are others'."""
    user: Any = request.user
    found: ScreeningList = get_object_or_404(
        ScreeningList.objects.visible_to(user).used_by(organisation).exclude(organisation=None), public_id=key
    )
    return found


@require_safe
@signed_in
def lists(request: HttpRequest, organisation: str) -> HttpResponse:
    """Which lists the names of this organisation's records are searched in, and how far that is."""
    found = _administered(request, organisation)
    user: Any = request.user
    shown = queries.lists_of(user, found)
    context = {
        "organisation": found,
        "lists": shown,
        "progress": queries.progress_of(user, found),
        "may_search": any(one.in_force is not None for one in shown),
    }
    return render(request, "lifecycle/screening/lists.html", context)


@require_http_methods(CHANGE)
@signed_in
@takes_files_up_to("SCREENING_MAX_BYTES")
def load_list(request: HttpRequest, organisation: str) -> HttpResponse:
    """A list that is not there yet."""
    found = _administered(request, organisation)
    posted = request.method == "POST"
    form = ListForm(request.POST if posted else None, request.FILES if posted else None)
    if posted and form.is_valid():
        data = form.cleaned_data
        try:
            version = actions.start_list(
                organisation=found, source=data["source"], title=data["title"], file=data["file"], alt=data["alt"],
                published_on=data["published_on"], by=_user(request),
            )  # fmt: skip
        except ValidationError as error:
            note_errors(form, error)
        else:
            return _on_its_way(request, found, version)
    context = {
        "title": _("Load a public list"),
        "lede": _("As its publisher gives it out, unchanged. It is read in the background."),
        "form": form,
        "label": _("Load it"),
        "cancel_url": reverse("screening:lists", args=[found.public_id]),
    }
    return render(request, "components/form_page.html", context)


def _user(request: HttpRequest) -> Any:
    return request.user


def _on_its_way(request: HttpRequest, organisation: Organisation, version: ListVersion) -> HttpResponse:
    transaction.on_commit(partial(_enqueue, version.pk))
    messages.success(request, _("The file is here. It is being read; this page says when it is in force."))
    return redirect("screening:list", organisation.public_id, version.list.public_id)


def _enqueue(version_id: int) -> None:
    """The sweep finds the row where no broker answers."""
    try:
        tasks.load.delay(version_id)
    except Exception:
        logger.warning("the broker does not answer; the sweep will find the list", exc_info=True)


@require_safe
@signed_in
def one_list(request: HttpRequest, organisation: str, key: str) -> HttpResponse:
    """One list: what is in force, what was loaded before, what failed and why."""
    found = _administered(request, organisation)
    user: Any = request.user
    one = get_object_or_404(ScreeningList.objects.visible_to(user).used_by(found), public_id=key)
    versions = list(one.versions.select_related("loaded_by").order_by("-pk")[:30])
    context = {
        "organisation": found,
        "list": one,
        "versions": versions,
        "in_force": next((v for v in versions if v.state == VersionState.IN_FORCE), None),
        "is_loading": any(v.is_on_its_way for v in versions),
        "failed": versions[0] if versions and versions[0].state == VersionState.FAILED else None,
        "is_own": one.organisation_id is not None,
    }
    return render(request, "lifecycle/screening/list.html", context)


@require_http_methods(CHANGE)
@signed_in
@takes_files_up_to("SCREENING_MAX_BYTES")
def load_version(request: HttpRequest, organisation: str, key: str) -> HttpResponse:
    """A newer version of a list; the old one stays in force until the new one is read to its end."""
    found = _administered(request, organisation)
    one = _own_list(request, found, key)
    posted = request.method == "POST"
    form = VersionForm(request.POST if posted else None, request.FILES if posted else None, publisher=one.source)
    if posted and form.is_valid():
        data = form.cleaned_data
        try:
            version = actions.load_version(
                one, file=data["file"], alt=data.get("alt"), published_on=data["published_on"],
                may_shrink=data["may_shrink"], by=_user(request),
            )  # fmt: skip
        except ValidationError as error:
            note_errors(form, error)
        else:
            return _on_its_way(request, found, version)
    context = {
        "title": _("A newer version of “%(list)s”") % {"list": one},
        "lede": _("The one in force stays until this file is read to its end. Then all names are searched again."),
        "form": form,
        "label": _("Load it"),
        "cancel_url": reverse("screening:list", args=[found.public_id, one.public_id]),
    }
    return render(request, "components/form_page.html", context)


@require_http_methods(CHANGE)
@signed_in
def retire_list(request: HttpRequest, organisation: str, key: str) -> HttpResponse:
    """A list is not searched any more: says what goes, and asks."""
    found = _administered(request, organisation)
    one = _own_list(request, found, key)
    if request.method == "POST":
        act_and_say(request, lambda: actions.retire_list(one), _("The list is not searched any more."))
        return redirect("screening:lists", found.public_id)
    context = {
        "title": _("Stop searching in “%(list)s”?") % {"list": one},
        "lines": [
            _("All its names are deleted here, and no later search goes through it."),
            _("What was found in it and what people decided stays in the records."),
            _("To search in it again, load it again."),
        ],
        "label": _("Delete its names"),
        "cancel_url": reverse("screening:list", args=[found.public_id, one.public_id]),
        "cancel_label": _("Keep it"),
    }
    return render(request, "components/confirm_page.html", context)


@require_http_methods(CHANGE)
@signed_in
def search_everywhere(request: HttpRequest, organisation: str) -> HttpResponse:
    """All of an organisation's records are searched in the background."""
    found = _administered(request, organisation)
    user: Any = request.user
    if request.method == "POST":
        act_and_say(
            request,
            lambda: actions.search_everywhere(found, by=user),
            lambda count: (
                ngettext(
                    "%(count)s partnership is being searched.", "%(count)s partnerships are being searched.", count
                )
                % {"count": count}
            ),
        )
        return redirect("screening:lists", found.public_id)
    count = queries.progress_of(user, found).records
    context = {
        "title": _("Search the names of all your partnerships?"),
        "lines": [
            ngettext("%(count)s partnership is searched.", "%(count)s partnerships are searched.", count)
            % {"count": count},
            _("What is found waits for your leads in each of them. Without a seat there you are told nothing of it."),
            _("A decision that was taken before is remembered."),
        ],
        "label": _("Search them all"),
        "calm": True,
        "cancel_url": reverse("screening:lists", args=[found.public_id]),
        "cancel_label": _("Cancel"),
    }
    return render(request, "components/confirm_page.html", context)


# A record's searches ------------------------------------------------------------------------------------------------
def _url(place: Place, name: str, *args: str) -> str:
    return reverse(f"screening:{name}", args=[place.partnership.public_id, *args])


@require_safe
@guarded(can_see_screening)
def overview(request: HttpRequest, place: Place) -> HttpResponse:
    """Whose names are searched, what waits for a decision, and the log."""
    matches = queries.matches_of(place)
    runs = queries.runs_of(place)
    principals = queries.principals_of(place)
    context = {
        "names": queries.names_to_search(place.present, []),
        "principals": principals,
        "to_decide": [m for m in matches if m.verdict == Verdict.OPEN and m.gone_at is None],
        "decided": [m for m in matches if m.verdict != Verdict.OPEN or m.gone_at is not None],
        "last": next((r for r in runs if r.searched_at is not None), None),
        "runs": runs,
        "versions": queries.versions_in_force(place.own_party.organisation),
        "may_act": can_screen(place),
        "lists_url": _lists_url(place),
    }
    return render_record(request, place, "lifecycle/screening/overview.html", context, tab=TAB)


def _lists_url(place: Place) -> str:
    """To the lists, for who may change them."""
    seat = place.seat
    if seat is None or not seat.membership.is_administrator:
        return ""
    return reverse("screening:lists", args=[place.own_party.organisation.public_id])


@require_POST
@guarded(can_screen)
def search_now(request: HttpRequest, place: Place) -> HttpResponse:
    act_and_say(
        request,
        lambda: actions.search_now(by=place),
        lambda made: (
            ngettext("Searched. %(count)s match is new.", "Searched. %(count)s matches are new.", made.new_count)
            % {"count": made.new_count}
            if made.new_count
            else _("Searched. Nothing new was found.")
        ),
    )
    return redirect(_url(place, "overview"))


@require_http_methods(CHANGE)
@guarded(can_screen)
def new_principal(request: HttpRequest, place: Place) -> HttpResponse:
    form = PrincipalForm(request.POST if request.method == "POST" else None, place=place)
    return form_page(
        request, place, form, lambda: actions.name_principal(**form.cleaned_data, by=place), tab=TAB,
        done=_("The name is searched from the next search on."), go=_url(place, "overview"),
        title=_("Name a person for the search"), label=_("Add the name"), cancel_url=_url(place, "overview"),
        lede=_("Only people who own, direct or sign for an organisation here. Your own side alone reads it."),
        why=_(
            "Lists name people more often than organisations. "
            "The name goes when you take it away, or when the record is over."
        ),
    )  # fmt: skip


@require_http_methods(CHANGE)
@guarded(can_screen)
def remove_principal(request: HttpRequest, place: Place, principal: str) -> HttpResponse:
    found = get_object_or_404(
        Principal.objects.visible_to(place).filter(party=place.own_party).select_related("circle"), public_id=principal
    )
    matches = Match.objects.visible_to(place).filter(principal=found).count()
    return confirm_page(
        request, place, lambda: actions.take_principal_away(found, by=place), tab=TAB,
        done=_("The name is gone."), go=_url(place, "overview"),
        title=_("Take “%(name)s” away?") % {"name": found.name},
        lines=[
            _("The name is deleted, and is not searched any more."),
            ngettext(
                "%(count)s match about it, and what was decided about it, is deleted too.",
                "%(count)s matches about it, and what was decided about them, are deleted too.", matches,
            ) % {"count": matches},
            _("The log keeps when and in which lists was searched, without the name."),
        ],
        label=_("Delete the name"), cancel_url=_url(place, "overview"), cancel_label=_("Keep it"),
    )  # fmt: skip


def _match(place: Place, public_id: str) -> Match:
    found: Match = get_object_or_404(
        queries.with_all(Match.objects.visible_to(place).filter(party=place.own_party)), public_id=public_id
    )
    return found


@require_http_methods(CHANGE)
@guarded(can_see_screening)
def match(request: HttpRequest, place: Place, match: str) -> HttpResponse:
    """One match: the own name beside the listed entry, why they are near, and who is meant."""
    found = _match(place, match)
    may_decide = can_screen(place)
    if request.method == "POST":
        require(may_decide)
    form = DecisionForm(
        request.POST if request.method == "POST" else None,
        initial={"seen": found.mark} | ({} if found.verdict == Verdict.OPEN else {"verdict": found.verdict}),
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.decide(found, **form.cleaned_data, by=place)
        except ValidationError as error:
            note_errors(form, error)
            if getattr(error, "code", "") == "stale":
                # As it is now, beside what was typed; the next decision is about that.
                found = _match(place, match)
                typed: Any = request.POST.copy()
                typed["seen"] = found.mark
                form.data = typed
        else:
            following = queries.next_to_decide(place, found)
            messages.success(request, _("Noted. Here is the next one.") if following else _("Noted."))
            return redirect(_url(place, "match", following.public_id) if following else _url(place, "overview"))
    context = {
        "match": found,
        "reasons": queries.reasons_of(found),
        "details": queries.details_of(found),
        "form": form if may_decide else None,
        "decisions": list(found.decisions.all()),
    }
    return render_record(request, place, "lifecycle/screening/match.html", context, tab=TAB)


def _run(place: Place, public_id: str) -> ScreeningRun:
    found: ScreeningRun = get_object_or_404(
        queries.with_lists(ScreeningRun.objects.visible_to(place).filter(party=place.own_party)), public_id=public_id
    )
    return found


@require_safe
@guarded(can_see_screening)
def run(request: HttpRequest, place: Place, run: str) -> HttpResponse:
    """One search of the log."""
    found = _run(place, run)
    context = {"run": found, "lists": queries.lists_named(found), "may_keep": can_screen(place) and found.searched_at}
    return render_record(request, place, "lifecycle/screening/run.html", context, tab=TAB)


@require_POST
@guarded(can_screen)
def keep(request: HttpRequest, place: Place, run: str) -> HttpResponse:
    """The search becomes a supporting document of the own side."""
    found = _run(place, run)
    if found.searched_at is None:
        raise Http404
    act_and_say(
        request,
        lambda: actions.keep_as_document(found, by=place),
        lambda made: (
            _("“%(title)s” stands among your documents. Cite it where it supports an answer.") % {"title": made.title}
        ),
    )
    return redirect(_url(place, "run", found.public_id))
