"""Answering: from a seat, through a personal link, or as the broker for a side that speaks with it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from partnerships.access.guard import guarded, public, require
from partnerships.access.places import Place
from partnerships.notices.links import LinkRefused, unsign
from partnerships.record.frame import act_and_say, note_errors
from partnerships.record.models import Party

from .. import actions, kinds, queries, sealing
from ..forms import (
    AnswerForm,
    CommentsForm,
    NamedForm,
)
from ..models import Respondent, Round
from ..permissions import (
    can_read_reviews,
    takes_part,
    writes_for_sides,
)
from ..states import PartMode, RespondentState, RoundState
from .shown import CLOSED, url_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Desk:
    """From where somebody answers: a seat, a personal link, or the broker's desk. Only the addresses differ."""

    respondent: Respondent
    names: tuple[str, str, str, str, str, str]
    args: tuple[str, ...]
    home: str
    #: The broker writes down what a side told it.
    as_broker: bool = False

    @property
    def round(self) -> Round:
        round: Round = self.respondent.part.round
        return round

    def screen(self, code: str) -> str:
        return reverse(self.names[0], args=[*self.args, code])

    @property
    def check(self) -> str:
        return reverse(self.names[1], args=self.args)

    @property
    def withdraw(self) -> str:
        return reverse(self.names[2], args=self.args)

    @property
    def comments(self) -> str:
        return reverse(self.names[3], args=self.args)

    @property
    def start(self) -> str:
        return reverse(self.names[4], args=self.args)

    @property
    def named(self) -> str:
        return reverse(self.names[5], args=self.args)

    @property
    def asks_for_name(self) -> bool:
        return bool(self.respondent.part.mode == PartMode.OPEN)


def _seat_desk(place: Place, rid: str, side: str = "") -> Desk:
    respondent = queries.respondent_here(place, rid, side)
    if respondent is None:
        raise Http404
    names = (
        "reviews:answer",
        "reviews:answer_check",
        "reviews:answer_withdraw",
        "reviews:my_comments",
        "reviews:answer_start",
        "reviews:answer_named",
    )
    return Desk(respondent, names, (place.partnership.public_id, rid), url_of(respondent.part.round))


def _broker_desk(place: Place, rid: str, part: str) -> Desk:
    """Where a broker writes for a side, until that has handed in."""
    respondent = queries.respondent_for_broker(place, rid, part)
    if respondent is None:
        raise Http404
    names = ("reviews:broker_answer", "reviews:broker_check", "", "", "reviews:broker_start", "")
    args = (place.partnership.public_id, rid, part)
    return Desk(respondent, names, args, url_of(respondent.part.round), as_broker=True)


class LinkGone(Exception):
    """A personal link that opens nothing any more; the page says why."""


def _link_desk(token: str) -> Desk:
    """The respondent behind a personal link. It opens one answer, and nothing else of the record."""
    try:
        pk, counter, *rest = (*unsign(kinds.LINK_PURPOSE, token), -1)
    except LinkRefused as error:
        raise LinkGone(_("This link is not complete. Please copy all of it from the mail.")) from error
    respondent = queries.respondent_of_link(pk)
    if respondent is None or rest != [-1]:
        raise LinkGone(_("This link no longer opens anything. Ask whoever invited you for a new one."))
    if respondent.counter != counter:
        raise LinkGone(_("A newer link was sent to you. Please use the newest mail."))
    seat = respondent.seat
    if seat is not None and (seat.ended_on is not None or seat.membership.ended_on is not None):
        raise LinkGone(_("Your place in this partnership has ended, and with it this link."))
    names = (
        "reviews:link_screen",
        "reviews:link_check",
        "reviews:link_withdraw",
        "reviews:link_comments",
        "reviews:answer_link",
        "reviews:link_named",
    )
    return Desk(respondent, names, (token,), "")


LinkView = Callable[[HttpRequest, Desk], HttpResponse]


def _through_link(request: HttpRequest, token: str, show: LinkView) -> HttpResponse:
    try:
        desk = _link_desk(token)
    except LinkGone as gone:
        return render(request, "evaluation/reviews/link_gone.html", {"reason": str(gone)}, status=410)
    response = _shown(request, desk, show)
    response["X-Robots-Tag"] = "noindex"
    return response


def _shown(request: HttpRequest, desk: Desk, show: LinkView) -> HttpResponse:
    """The page; and where no key opens what was said, that this is so, and what is left to do."""
    try:
        return show(request, desk)
    except sealing.SealError:
        logger.exception("a sealed answer cannot be opened", extra={"round": desk.round.public_id})
        if request.headers.get("X-Autosave") == "1":
            return HttpResponse(status=503)
        return render(
            request,
            "evaluation/reviews/answer_locked.html",
            {"desk": desk, "round": desk.round, "title": desk.round.title()},
            status=503,
        )


def _start(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The first screen that is not answered, or the check."""
    round = desk.round
    if round.state in {RoundState.OPENED, RoundState.FROZEN, RoundState.OWN_RESULTS, RoundState.CANCELLED}:
        return _closed_page(request, desk)
    if round.state == RoundState.PLANNED:
        return _closed_page(request, desk)
    draft = queries.draft_of(desk.respondent)
    if desk.asks_for_name and draft.named is None:
        return redirect(desk.named)
    for code, items in queries.screens(round).items():
        if draft.missing(item.code for item in items):
            return redirect(desk.screen(code))
    return redirect(desk.check)


def _closed_page(request: HttpRequest, desk: Desk, *, status: int = 200) -> HttpResponse:
    return render(
        request,
        "evaluation/reviews/answer_closed.html",
        {"desk": desk, "round": desk.round, "title": desk.round.title()},
        status=status,
    )


def _answer(request: HttpRequest, desk: Desk, screen: str) -> HttpResponse:
    """One dimension: saved on "Save and go on", or a moment after typing."""
    round = desk.round
    screens = queries.screens(round)
    if screen not in screens:
        raise Http404
    autosave = request.headers.get("X-Autosave") == "1"
    if round.state != RoundState.OPEN and request.method != "POST":
        return _closed_page(request, desk)
    others = _others(desk) if set(round.expected) & {item.code for item in screens[screen]} else []
    # What the browser saves by itself is answered without a page: nothing is filled in.
    draft = queries.Draft() if autosave else queries.draft_of(desk.respondent)
    instrument = queries.instrument_of(round)
    form = AnswerForm(
        request.POST if request.method == "POST" else None,
        respondent=desk.respondent,
        screen=screen,
        statements=screens[screen],
        instrument=instrument,
        others=others,
        draft=draft,
    )
    codes = list(screens)
    status, newer = 200, None
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.answer(
                desk.respondent,
                screen=screen,
                answers=form.answers(),
                comments=form.comments(),
                guesses=form.guesses(),
                seen=form.cleaned_data["version"],
                as_broker=desk.as_broker,
            )
        except ValidationError as error:
            status = CLOSED
            if autosave:
                return HttpResponse(status=CLOSED if error.code == "stale" else 410)
            form.add_error(None, error)
            newer = error.code == "stale"
        else:
            if autosave:
                return HttpResponse(status=204, headers={"X-Version": str(saved.versions[screen])})
            at = codes.index(screen)
            after = desk.screen(codes[at + 1]) if at + 1 < len(codes) else desk.check
            return redirect(f"{after}?saved={screen}")
    elif request.method == "POST":
        if autosave:
            return HttpResponse(status=422)
        status = 422
    at = codes.index(screen)
    return render(
        request,
        "evaluation/reviews/answer.html",
        {
            "desk": desk,
            "round": round,
            "title": instrument.dimension(screen).title,
            "round_title": round.title(),
            "intro": queries.intro_of(round),
            "form": form,
            "rows": form.rows(),
            "steps": _steps(desk, screens, draft, screen),
            "at": at + 1,
            "of": len(codes),
            "back": desk.screen(codes[at - 1]) if at else "",
            "last": at + 1 == len(codes),
            "forget": _forget(request, desk, screens),
            "stale": _others_text(form, screens[screen], draft) if newer else None,
            "least": queries.minimum(),
        },
        status=status,
    )


def _named(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Before the first sentence, where a side answers openly: may these answers stand with your name?"""
    if not desk.asks_for_name:
        raise Http404
    if desk.round.state != RoundState.OPEN:
        return _closed_page(request, desk)
    said = queries.draft_of(desk.respondent).named
    initial = {} if said is None else {"named": "yes" if said else "no"}
    form = NamedForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.say_named(desk.respondent, form.cleaned_data["named"] == "yes")
            except ValidationError as error:
                note_errors(form, error)
            else:
                return redirect(desk.start)
    part = desk.respondent.part
    return render(
        request,
        "evaluation/reviews/answer_named.html",
        {
            "desk": desk,
            "round": desk.round,
            "round_title": desk.round.title(),
            "side": part.party.name,
            "asked": part.respondents.count(),
            "form": form,
        },
        status=status,
    )


def _others(desk: Desk) -> list[Party]:
    """The partners whose answers are guessed. Nobody stands with their name behind a guess."""
    if desk.asks_for_name:
        return []
    parts = desk.round.parts.filter(destroyed_at=None).select_related("party__organisation").order_by("party")
    return [part.party for part in parts if part.party_id != desk.respondent.part.party_id]


def _forget(request: HttpRequest, desk: Desk, screens: dict[str, Any]) -> str:
    """The screen that the browser kept typed text for, and that is saved now."""
    saved = request.GET.get("saved", "")
    return f"{desk.screen(saved)}#answer" if saved in screens else ""


def _steps(desk: Desk, screens: dict[str, Any], draft: queries.Draft, screen: str) -> list[dict[str, str]]:
    instrument = queries.instrument_of(desk.round)
    return [
        {
            "name": str(instrument.dimension(code).title),
            "url": desk.screen(code),
            "state": "current" if code == screen else "" if draft.missing(item.code for item in items) else "done",
        }
        for code, items in screens.items()
    ]


def _others_text(form: AnswerForm, items: Any, draft: queries.Draft) -> list[dict[str, str]]:
    """What was saved in between, beside what was typed, where they differ."""
    rows = []
    typed, comments = form.answers(), form.comments()
    for item in items:
        theirs = draft.answers.get(item.code, "")
        yours = typed.get(item.code, "")
        dont_know = _("Don't know")
        if item.code in draft.answers and theirs != yours:
            rows.append(
                {
                    "label": str(item.text),
                    "theirs": dont_know if theirs is None else str(theirs),
                    "yours": dont_know if yours is None else str(yours),
                }
            )
        if draft.comments.get(item.code, "") != comments.get(item.code, ""):
            rows.append(
                {
                    "label": str(item.text),
                    "theirs": draft.comments.get(item.code, ""),
                    "yours": comments.get(item.code, ""),
                }
            )
    return rows


def _check(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What is answered and what is not, all comments together to look at their style; then it is done."""
    round = desk.round
    if request.method != "POST" and round.state != RoundState.OPEN:
        return _closed_page(request, desk)
    draft = queries.draft_of(desk.respondent)
    form = _comments_form(request, desk, draft)
    status, newer = 200, False
    if request.method == "POST":
        try:
            if form.codes and form.is_valid() and _is_sent(form):
                actions.rewrite_comments(
                    desk.respondent,
                    comments=form.comments(),
                    seen=form.cleaned_data["seen"],
                    as_broker=desk.as_broker,
                )
            if not form.errors and request.POST.get("act") != "comments":
                actions.finish_answer(desk.respondent, as_broker=desk.as_broker)
        except ValidationError as error:
            if not form.codes or round.state != RoundState.OPEN:
                messages.error(request, " ".join(error.messages))
                return redirect(desk.check)
            form.add_error(None, error)
            status, newer = CLOSED, error.code == "stale"
        else:
            if not form.errors:
                if request.POST.get("act") == "comments":
                    messages.success(request, _("Your comments are saved."))
                return redirect(desk.check)
            status = 422
    screens = queries.screens(round)
    instrument = queries.instrument_of(round)
    rows = [
        {
            "name": instrument.dimension(code).title,
            "url": desk.screen(code),
            "missing": len(draft.missing(item.code for item in items)),
            "asked": len(items),
        }
        for code, items in screens.items()
    ]
    return render(
        request,
        "evaluation/reviews/answer_check.html",
        {
            "desk": desk,
            "round": round,
            "round_title": round.title(),
            "rows": rows,
            "missing": sum(row["missing"] for row in rows),
            "named": draft.named,
            "done": desk.respondent.state == RespondentState.DONE,
            "steps": _steps(desk, screens, draft, ""),
            "forget": _forget(request, desk, screens),
            "least": queries.minimum(),
            "form": form,
            "comments": [
                {"field": field, "now": draft.comments.get(field.name[2:], "") if newer else None}
                for field in form.rows()
            ],
        },
        status=status,
    )


def _comments_form(request: HttpRequest, desk: Desk, draft: queries.Draft) -> CommentsForm:
    return CommentsForm(
        request.POST if request.method == "POST" else None,
        comments=draft.comments,
        statements=queries.asked(desk.round),
        round=desk.round,
        seen=actions.written(draft),
    )


def _is_sent(form: CommentsForm) -> bool:
    """Whether the page with the comments was sent; the plain button of a page without any sends none."""
    return any(f"c-{code}" in form.data for code in form.codes)


def _withdraw(request: HttpRequest, desk: Desk) -> HttpResponse:
    if request.method == "POST":
        act_and_say(
            request,
            lambda: actions.withdraw_answer(desk.respondent),
            _("Withdrawn. Nothing of your answer is kept."),
        )
        return redirect(desk.home or desk.start)
    if desk.round.state != RoundState.OPEN:
        return _closed_page(request, desk)
    return render(
        request,
        "components/confirm_page.html",
        {
            "title": _("Withdraw your answer?"),
            "text": _("Everything you answered is destroyed, unread. You can answer again until the last day."),
            "label": _("Withdraw my answer"),
            "cancel_url": desk.check,
            "cancel_label": _("Keep it"),
        },
    )


def _comments(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A writer's own comments after the opening: each can still be withdrawn."""
    if desk.round.state != RoundState.OPENED:
        return _closed_page(request, desk)
    own = actions.comments_by(desk.respondent)
    if request.method == "POST":
        comment = next((each for each in own if each.public_id == request.POST.get("comment")), None)
        if comment is None:
            raise Http404
        actions.withdraw_comment(comment, respondent=desk.respondent)
        messages.success(request, _("Withdrawn. Its text is gone."))
        return redirect(desk.comments)
    items = queries.instrument_of(desk.round).by_code
    return render(
        request,
        "evaluation/reviews/my_comments.html",
        {
            "desk": desk,
            "round": desk.round,
            "title": desk.round.title(),
            "rows": [{"comment": each, "statement": items[each.statement].text} for each in own],
        },
    )


@guarded(can_read_reviews)
@require_GET
def answer_start(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    desk = _seat_desk(place, rid, request.GET.get("side", ""))
    if place.party is not None and desk.respondent.part.party_id != place.party.pk and desk.respondent.seat_id:
        # Somebody who sits on two sides: the other one through the personal link, so that the two never mix.
        return redirect(kinds.link_to_answer(desk.respondent))
    return _shown(request, desk, _start)


@guarded(can_read_reviews)
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, place: Place, rid: str, screen: str) -> HttpResponse:
    require(takes_part(place) or request.method == "GET")
    return _shown(request, _seat_desk(place, rid), lambda request, desk: _answer(request, desk, screen))


@guarded(can_read_reviews)
@never_cache
@require_http_methods(["GET", "POST"])
def answer_named(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    require(takes_part(place) or request.method == "GET")
    return _shown(request, _seat_desk(place, rid), _named)


@guarded(can_read_reviews)
@require_http_methods(["GET", "POST"])
def answer_check(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    return _shown(request, _seat_desk(place, rid), _check)


@guarded(can_read_reviews)
@require_http_methods(["GET", "POST"])
def answer_withdraw(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    return _withdraw(request, _seat_desk(place, rid))


@guarded(can_read_reviews)
@require_http_methods(["GET", "POST"])
def my_comments(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    return _comments(request, _seat_desk(place, rid))


@guarded(writes_for_sides)
@never_cache
@require_GET
def broker_start(request: HttpRequest, place: Place, rid: str, part: str) -> HttpResponse:
    return _shown(request, _broker_desk(place, rid, part), _start)


@guarded(writes_for_sides)
@never_cache
@require_http_methods(["GET", "POST"])
def broker_answer(request: HttpRequest, place: Place, rid: str, part: str, screen: str) -> HttpResponse:
    return _shown(request, _broker_desk(place, rid, part), lambda request, desk: _answer(request, desk, screen))


@guarded(writes_for_sides)
@never_cache
@require_http_methods(["GET", "POST"])
def broker_check(request: HttpRequest, place: Place, rid: str, part: str) -> HttpResponse:
    return _shown(request, _broker_desk(place, rid, part), _check)


PERSONAL = "a respondent answers one review through a personal, signed link from a mail, without an account"


@public(PERSONAL)
@never_cache
@require_GET
def link_start(request: HttpRequest, token: str) -> HttpResponse:
    return _through_link(request, token, _start)


@public(PERSONAL)
@never_cache
@require_http_methods(["GET", "POST"])
def link_answer(request: HttpRequest, token: str, screen: str) -> HttpResponse:
    return _through_link(request, token, lambda request, desk: _answer(request, desk, screen))


@public(PERSONAL)
@never_cache
@require_http_methods(["GET", "POST"])
def link_named(request: HttpRequest, token: str) -> HttpResponse:
    return _through_link(request, token, _named)


@public(PERSONAL)
@never_cache
@require_http_methods(["GET", "POST"])
def link_check(request: HttpRequest, token: str) -> HttpResponse:
    return _through_link(request, token, _check)


@public(PERSONAL)
@never_cache
@require_http_methods(["GET", "POST"])
def link_withdraw(request: HttpRequest, token: str) -> HttpResponse:
    return _through_link(request, token, _withdraw)


@public(PERSONAL)
@never_cache
@require_http_methods(["GET", "POST"])
def link_comments(request: HttpRequest, token: str) -> HttpResponse:
    return _through_link(request, token, _comments)
