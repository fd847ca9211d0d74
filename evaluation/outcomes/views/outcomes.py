"""An outcome: written down, worded anew, seen too or differently, withdrawn; and what was said to it, taken back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.catalogue.queries import lesson

from .. import actions, queries
from ..forms import OutcomeForm, VoiceForm
from ..models import Indicator, Outcome, OutcomeWording
from ..permissions import can_change, can_contribute, can_read, can_unsay, can_voice
from ..states import OutcomeKind
from .rows import outcome_line
from .shown import asking_page, newer_text, page, saving_page, url


def _outcome(place: Place, key: str) -> Outcome:
    rows = Outcome.objects.visible_to(place).filter(withdrawn_at=None)
    found: Outcome = get_object_or_404(rows.select_related("circle", "author", "partnership"), public_id=key)
    return found


def _titles(kind: str) -> str:
    return {
        OutcomeKind.COUNTED: _("A change that an indicator counts"),
        OutcomeKind.TOLD: _("A change that cannot be counted"),
        OutcomeKind.HARM: _("Harm that nobody intended"),
    }[OutcomeKind(kind)]


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def new_outcome(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    if kind not in OutcomeKind.values:
        raise Http404
    indicators = []
    if kind == OutcomeKind.COUNTED:
        indicators = list(Indicator.objects.visible_to(place).filter(withdrawn_at=None).order_by("pk"))
        if not indicators:
            messages.info(request, _("There is no indicator yet that could count it. Set one first."))
            return redirect(url(place, "overview"))
    form = OutcomeForm(request.POST or None, place=place, kind=kind, indicators=indicators)

    def act() -> Outcome:
        return actions.record_outcome(
            kind=kind, by=place, circle=form.chosen_circle(), values=form.words(), indicator=form.chosen_indicator()
        )

    return saving_page(
        request, place, form, act, back=url(place, "overview"), go=lambda made: made.path, title=_titles(kind),
        label=_("Write it down"), done=_done(kind), why=lesson("EV3").why if kind == OutcomeKind.TOLD else "",
        lesson="EV3" if kind == OutcomeKind.TOLD else "",
        lede=_("Harm is written down like everything else that happened. Nobody is blamed for writing it.")
        if kind == OutcomeKind.HARM else "",
    )  # fmt: skip


def _done(kind: str) -> str:
    if kind == OutcomeKind.TOLD:
        return _("Written down. The other partners are asked whether they see it too.")
    if kind == OutcomeKind.HARM:
        return _("Written down. Those who may read it are told that there is something to read.")
    return _("Written down.")


@require_safe
@guarded(can_read)
def outcome(request: HttpRequest, place: Place, outcome: str) -> HttpResponse:
    """What changed, how the others see it, and how it was worded before."""
    found = _outcome(place, outcome)
    (row,) = queries.outcome_rows(place, only=found.public_id)
    context = {
        "row": row,
        "one": row.outcome,
        "line": outcome_line(place, row),
        "wordings": OutcomeWording.objects.visible_to(place.user).filter(outcome=found).select_related("by"),
    }
    return page(request, place, "outcome", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def reword(request: HttpRequest, place: Place, outcome: str) -> HttpResponse:
    found = _outcome(place, outcome)
    require(can_change(place, found))
    form = OutcomeForm(
        request.POST or None, initial=OutcomeForm.first(found), place=place, kind=found.kind, indicators=[],
        changing=True,
    )  # fmt: skip

    def newer() -> dict[str, object]:
        now = _outcome(place, outcome)
        return newer_text(form, now, OutcomeForm.first(now))

    return saving_page(
        request, place, form,
        lambda: actions.reword_outcome(found, by=place, values=form.words(), seen=form.cleaned_data["seen"]),
        back=found.path, newer=newer, title=_("Word it anew"), label=_("Save"),
        lede=_("What the others said was said to the old words. They are asked again, and the old words stay to be "
               "read."),
        done=_("Saved."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def voice(request: HttpRequest, place: Place, outcome: str) -> HttpResponse:
    """Another party says how it sees it."""
    found = _outcome(place, outcome)
    require(can_voice(place, found))
    (row,) = queries.outcome_rows(place, only=found.public_id)
    first: dict[str, object] = {"seen": found.version}
    if row.own_voice is not None:
        first |= {"stance": row.own_voice.stance, "words": row.own_voice.words}
    form = VoiceForm(request.POST or None, initial=first)

    def newer() -> dict[str, object]:
        now = _outcome(place, outcome)
        found.refresh_from_db()
        beside = newer_text(form, now, {})
        return {**beside, "fields": [{"label": _("What changed"), "theirs": now.what, "yours": row.outcome.what}]}

    def act() -> object:
        data = form.cleaned_data
        return actions.voice(found, stance=data["stance"], words=data["words"], seen=data["seen"], by=place)

    return saving_page(
        request, place, form, act, back=found.path, newer=newer, title=_("Do you see it too?"), lede=found.what,
        label=_("Say so"), done=_("Said. Both stand beside each other."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_read)
def withdraw_voice(request: HttpRequest, place: Place, outcome: str) -> HttpResponse:
    """Whoever spoke takes it back."""
    found = _outcome(place, outcome)
    require(can_unsay(place, found.voices.all()))
    return asking_page(
        request, place, lambda: actions.withdraw_voice(found, by=place), back=found.path, go=found.path,
        done=_("Taken back. It leaves all pages and reports."), title=_("Take back what you said?"),
        label=_("Take it back"),
        lines=[found.what, _("How you see it leaves all pages and reports, and your words are deleted. That you had "
                             "said something remains in the history.")],
        cancel_label=_("Keep it"),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def withdraw_outcome(request: HttpRequest, place: Place, outcome: str) -> HttpResponse:
    found = _outcome(place, outcome)
    require(can_change(place, found))
    return asking_page(
        request, place, lambda: actions.withdraw_outcome(found, by=place), back=found.path,
        go=url(place, "overview"), done=_("Withdrawn."), title=_("Withdraw this?"), label=_("Withdraw it"),
        lines=[found.what, _("It leaves pages and later reports, with what the others said to it. That it was there "
                             "remains in the history.")],
        cancel_label=_("Keep it"),
    )  # fmt: skip
