"""The pages of reviews. A GET shows, a POST acts and redirects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lifecycle.communication.queries import ledger
from partnerships import clock
from partnerships.access.guard import guarded, public, require
from partnerships.access.places import Place
from partnerships.catalogue.queries import current, lesson
from partnerships.looks.typed import number
from partnerships.notices.links import LinkRefused, unsign
from partnerships.record.frame import act_and_say, confirm_page, form_page, render_record
from partnerships.record.models import Party

from . import actions, kinds, queries, reading
from .forms import (
    AcceptForm,
    ActionForm,
    AnswerForm,
    BoundaryForm,
    DoneForm,
    FindingForm,
    InviteForm,
    PartForm,
    PlanForm,
    StanceForm,
    TalkForm,
)
from .models import Action, Comment, Finding, Part, Respondent, Round
from .permissions import (
    can_agree_dates,
    can_conclude,
    can_lead_part,
    can_plan_round,
    can_read_reviews,
    can_take_stance,
    is_own_part,
    reads_results,
    takes_part,
)
from .states import UNDER_WAY, PartMode, RespondentState, RoundKind, RoundState
from .telling import Telling

TAB = "reviews"
#: Where on a round's page findings and actions stand.
AGREED = "#agreed"
CLOSED = 409


def _round(place: Place, rid: str) -> Round:
    round: Round = get_object_or_404(
        Round.objects.visible_to(place).select_related("partnership", "circle", "instrument", "party__organisation"),
        public_id=rid,
    )
    return round


def _part(place: Place, round: Round) -> Part:
    part = queries.own_part(round, place)
    if part is None:
        raise Http404
    require(is_own_part(place, part) and can_lead_part(place))
    part.round = round
    return part


def _to(round: Round, name: str = "reviews:round", *, anchor: str = "") -> HttpResponse:
    return redirect(_url(round, name) + anchor)


def _url(round: Round, name: str = "reviews:round", *args: str) -> str:
    return reverse(name, args=[round.partnership.public_id, round.public_id, *args])


def _word(place: Place) -> str:
    """What the reader's organisation says: review or evaluation."""
    return str(place.party.organisation.review_word) if place.party is not None else "review"


def _ask(request: HttpRequest, place: Place, form: BaseForm, **context: Any) -> HttpResponse:
    """A form whose refusals are said on the round's page, not here."""
    return render_record(request, place, "components/form_record_page.html", {"form": form, **context}, tab=TAB)


# The list and the plan ------------------------------------------------------------------------------------------------
@guarded(can_read_reviews)
@require_GET
def reviews(request: HttpRequest, place: Place) -> HttpResponse:
    rounds = queries.rounds_of(place)
    word = _word(place)
    rows: list[dict[str, Any]] = [
        {
            "round": round,
            "title": round.title(word),
            "url": _url(round),
            "line": _state_line(round),
            "state": {"opened": "done", "cancelled": "none"}.get(round.state, "sealed"),
        }
        for round in rounds
    ]
    under_way = [row for row in rows if row["round"].state in UNDER_WAY]
    return render_record(
        request,
        place,
        "evaluation/reviews/list.html",
        {
            "under_way": under_way,
            "past": [row for row in rows if row not in under_way],
            "can_plan": can_plan_round(place) and len(place.partners) > 1,
            "least": queries.minimum(),
            "boundary": queries.boundary_of(place),
        },
        tab=TAB,
    )


def _state_line(round: Round) -> str:
    match round.state:
        case RoundState.PLANNED:
            return _("Proposed")
        case RoundState.OPEN:
            return _("Being answered")
        case RoundState.FROZEN | RoundState.OWN_RESULTS:
            return _("All parts are in")
        case RoundState.OPENED:
            return _("Opened")
    return _("Cancelled")


@guarded(can_read_reviews)
@require_http_methods(["GET", "POST"])
def boundary(request: HttpRequest, place: Place) -> HttpResponse:
    """What is reviewed and when, and who has agreed."""
    found = queries.boundary_of(place)
    if request.method == "POST":
        require(can_agree_dates(place) and found is not None)
        seen = number(request.POST.get("version"))
        if found is not None:
            act_and_say(request, lambda: actions.agree_boundary(found, seen=seen, by=place), _("Agreed."))
        return redirect("reviews:boundary", place.partnership.public_id)
    consents = queries.agreed_to(found) if found is not None else {}
    return render_record(
        request,
        place,
        "evaluation/reviews/boundary.html",
        {
            "boundary": found,
            "partners": [{"party": party, "agreed": consents.get(party.pk)} for party in place.partners],
            "may_agree": found is not None and can_agree_dates(place) and place.own_party.pk not in consents,
            "may_change": can_plan_round(place),
            "why": lesson("EV6").why,
        },
        tab=TAB,
    )


@guarded(can_plan_round)
@require_http_methods(["GET", "POST"])
def change_boundary(request: HttpRequest, place: Place) -> HttpResponse:
    found = queries.boundary_of(place)
    form = BoundaryForm(
        request.POST or None, instance=found, initial={"version": found.version if found is not None else 0}
    )
    page = reverse("reviews:boundary", args=[place.partnership.public_id])

    def act() -> None:
        values = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        actions.set_boundary(**values, seen=form.cleaned_data["version"] or 0, by=place)

    def newer() -> dict[str, Any] | None:
        now = queries.boundary_of(place)
        if now is None:
            return None
        names = [name for name in form.fields if name != "version" and getattr(now, name) != form.cleaned_data[name]]
        form.data = {**request.POST.dict(), "version": str(now.version)}
        return {
            "by": queries.who_proposed(now, place),
            "at": now.changed_at,
            "fields": [
                {"label": form.fields[name].label, "theirs": getattr(now, name), "yours": form.cleaned_data[name]}
                for name in names
            ],
        }

    return form_page(
        request,
        place,
        form,
        act,
        tab=TAB,
        title=_("What do you review, and when?"),
        label=_("Propose it"),
        done=_("Proposed. It holds when all partners agree."),
        go=page,
        why=lesson("EV6").why,
        lesson="EV6",
        cancel_url=page,
        keep=True,
        newer=newer,
    )


@guarded(can_plan_round)
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, place: Place) -> HttpResponse:
    first = Round.objects.visible_to(place).exclude(state=RoundState.CANCELLED).exists()
    initial = {**PlanForm.usual(place), "kind": RoundKind.REGULAR if first else RoundKind.BASELINE}
    form = PlanForm(request.POST or None, place=place, initial=initial)

    def act() -> Round:
        kind = form.cleaned_data["kind"]
        instrument = current("instrument", "pulse" if kind == RoundKind.PULSE else "review")
        return actions.plan_round(kind, form.plan(), instrument=instrument, by=place)

    return form_page(
        request,
        place,
        form,
        act,
        tab=TAB,
        done=_("Proposed. The other partners are asked to agree to the dates."),
        go=_url,
        title=_("Propose a review"),
        lede=_("Everybody is asked the same. Answers stay sealed until all are in, and open together."),
        label=_("Propose"),
        cancel_url=reverse("reviews:list", args=[place.partnership.public_id]),
        keep=True,
    )


@guarded(can_plan_round)
@require_http_methods(["GET", "POST"])
def change_dates(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = _round(place, rid)
    form = PlanForm(request.POST or None, place=place, round=round)
    return form_page(
        request,
        place,
        form,
        lambda: actions.change_plan(round, form.plan(), by=place),
        tab=TAB,
        done=_("Changed. All partners are asked again."),
        go=_url(round),
        title=_("Change the dates"),
        lede=_("Any change asks all partners again."),
        label=_("Propose these dates"),
        cancel_url=_url(round),
    )


@guarded(can_agree_dates)
@require_POST
def agree(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = _round(place, rid)
    seen = number(request.POST.get("version"))
    act_and_say(request, lambda: actions.agree_dates(round, seen=seen, by=place), _("Agreed."))
    return _to(round)


@guarded(can_plan_round)
@require_POST
def start(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = _round(place, rid)
    act_and_say(request, lambda: actions.start_round(round, by=place), _("Started. The questions are on their way."))
    return _to(round)


@guarded(can_plan_round)
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = _round(place, rid)
    return confirm_page(
        request,
        place,
        lambda: actions.cancel_round(round, by=place),
        tab=TAB,
        done=_("Cancelled."),
        go=reverse("reviews:list", args=[place.partnership.public_id]),
        cancel_url=_url(round),
        cancel_label=_("Go back"),
        title=_("Cancel this round?"),
        text=_("All partners are told. A new round can be proposed at any time."),
        label=_("Cancel the round"),
    )


# One round ------------------------------------------------------------------------------------------------------------
@guarded(can_read_reviews)
@require_GET
def round_page(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    """What there is to do and to read: dates while it is planned, the own part while it is answered, results after."""
    round = _round(place, rid)
    if reads_results(place, round) and (read := reading.read(round, place)) is not None:
        return _results(request, place, round, read)
    part = queries.own_part(round, place)
    consents = {consent.party_id: consent for consent in round.consents.select_related("by")}
    respondent = queries.own_respondent(round, request.user) if round.state == RoundState.OPEN else None  # type: ignore[arg-type]
    agreed_all = all(party.pk in consents for party in place.partners)
    content = queries.instrument_of(round)
    return render_record(
        request,
        place,
        "evaluation/reviews/round.html",
        {
            "round": round,
            "title": round.title(_word(place)),
            "policy": round.get_policy_display(),
            "count": len(round.statements),
            "dimensions": [content.dimension(code).title for code in queries.screens(round)],
            "partners": [
                {
                    "party": party,
                    "own": place.party is not None and party.pk == place.party.pk,
                    "agreed": consents.get(party.pk),
                }
                for party in place.partners
            ],
            "may_agree": (
                round.state == RoundState.PLANNED and can_agree_dates(place) and place.own_party.pk not in consents
            ),
            "agreed_all": agreed_all,
            "may_plan": round.state == RoundState.PLANNED and can_plan_round(place),
            "part": part,
            "may_lead": part is not None
            and can_lead_part(place)
            and round.state in {RoundState.PLANNED, RoundState.OPEN},
            "progress": queries.progress(part) if part is not None and part.mode != PartMode.UNDECIDED else None,
            "people": _asked_people(part) if part is not None else [],
            "respondent": respondent,
            "drivers": _drivers(place),
            "least": queries.minimum(),
        },
        tab=TAB,
    )


def _asked_people(part: Part) -> list[str]:
    """Who was asked, by name; never who has answered."""
    rows = part.respondents.exclude(seat=None, email_hash="").select_related("seat__membership__user")
    return sorted(str(row.seat.membership.user) if row.seat is not None else row.email for row in rows)


def _drivers(place: Place) -> list[dict[str, Any]]:
    """What each partner says moves it, as this reader may know it: shown at every review (catalogue 10.4)."""
    if not (place.is_partner or place.is_broker):
        return []
    found = ledger(place)
    return [{"party": party, "lines": found[party.pk]} for party in place.partners if found.get(party.pk)]


def _results(request: HttpRequest, place: Place, round: Round, read: reading.Reading) -> HttpResponse:
    told = Telling(read, queries.instrument_of(round), word=_word(place))
    own = place.party.public_id if place.party is not None else ""
    return render_record(
        request,
        place,
        "evaluation/reviews/results.html",
        {
            "round": round,
            "told": told,
            "reading": read,
            "title": told.title,
            "month": told.month,
            "gaps": told.gaps(_url(round, "reviews:statements")),
            "trends": told.trends(),
            "agenda": told.agenda(),
            "strengths": told.strengths(),
            "findings": read.findings,
            "agreed": _agreed(place, round, read),
            "handed_in": sorted(
                ({"side": side, "day": date.fromisoformat(side.handed_in_on)} for side in read.sides if side.counts),
                key=lambda row: str(row["day"]),
            ),
            "may_conclude": can_conclude(place) and not read.own_only,
            # After the opening only who was asked by seat has a page of own comments.
            "has_answered": queries.own_respondent(round, place.user) is not None,
            "own_comments": sum(said.side == own for said in read.comments),
            "drivers": _drivers(place),
            "least": queries.minimum(),
        },
        tab=TAB,
    )


def _agreed(place: Place, round: Round, read: reading.Reading) -> list[dict[str, Any]]:
    """Findings with their actions, one row an action; then the actions without a finding."""
    owners = {party.public_id: party for party in place.parties}
    rows: list[dict[str, Any]] = []
    for found in read.findings:
        dissent = [
            {"side": owners[stand.side].name, "text": stand.dissent} for stand in found.stands if not stand.agrees
        ]
        for at, deed in enumerate(found.deeds or [None]):
            states = [_finding_state(place, round, found, owners)] if at == 0 else []
            rows.append(
                {"found": found, "first": at == 0, "dissent": dissent, **_deed_row(place, round, deed, owners, states)}
            )
    for deed in read.deeds:
        rows.append({"found": None, "first": True, "dissent": [], **_deed_row(place, round, deed, owners, [])})
    return rows


def _deed_row(
    place: Place, round: Round, deed: reading.Deed | None, owners: dict[str, Any], states: list[dict[str, str]]
) -> dict[str, Any]:
    if deed is None:
        return {"deed": None, "states": states}
    return {
        "deed": deed,
        "owner": owners[deed.owner_side],
        "due": date.fromisoformat(deed.due_on) if deed.due_on else None,
        "states": [*states, _deed_state(place, round, deed, owners)],
    }


def _finding_state(place: Place, round: Round, found: reading.Found, owners: dict[str, Any]) -> dict[str, str]:
    own = place.party.public_id if place.party is not None else ""
    url = _url(round, "reviews:stance", found.key)
    if own in found.waits_for and can_take_stance(place):
        return {"kind": "you", "text": _("Do you agree?"), "url": url}
    if found.waits_for:
        who = ", ".join(owners[key].name for key in found.waits_for)
        return {"kind": "waiting", "text": _("%(who)s to agree") % {"who": who}, "url": ""}
    mine = url if can_take_stance(place) and any(stand.side == own for stand in found.stands) else ""
    if all(stand.agrees for stand in found.stands):
        return {"kind": "met", "text": _("Agreed"), "url": mine}
    return {"kind": "warn", "text": _("Seen differently"), "url": mine}


def _deed_state(place: Place, round: Round, deed: reading.Deed, owners: dict[str, Any]) -> dict[str, str]:
    own = place.party is not None and deed.owner_side == place.party.public_id and can_conclude(place)
    done = _url(round, "reviews:finish_action", deed.key) if own else ""
    match deed.state:
        case "done":
            return {"kind": "done", "text": _("Done"), "url": ""}
        case "proposed" if own:
            return {"kind": "you", "text": _("Accept it"), "url": _url(round, "reviews:accept_action", deed.key)}
        case "proposed":
            return {
                "kind": "waiting",
                "text": _("%(who)s to accept") % {"who": owners[deed.owner_side].name},
                "url": "",
            }
        case "late":
            return {"kind": "high", "text": _("Late"), "url": done}
    return {"kind": "not_yet", "text": _("Under way"), "url": done}


@guarded(can_read_reviews)
@require_GET
def statements(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    """Every statement, by dimension, with every number that may be shown."""
    round = _round(place, rid)
    read = reading.read(round, place) if reads_results(place, round) else None
    if read is None:
        return _to(round)
    told = Telling(read, queries.instrument_of(round), word=_word(place))
    return render_record(
        request,
        place,
        "evaluation/reviews/statements.html",
        {"round": round, "told": told, "reading": read, "themes": told.themes(), "comments": told.comments()},
        tab=TAB,
    )


# A side's own part ----------------------------------------------------------------------------------------------------
@guarded(can_lead_part)
@require_http_methods(["GET", "POST"])
def choose_part(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = _round(place, rid)
    part = _part(place, round)
    people = list(queries.people_of(part.party))
    initial = {"mode": part.mode} if part.mode != PartMode.UNDECIDED else {}
    form = PartForm(request.POST or None, party=part.party, people=people, initial=initial)

    def act() -> Part:
        if form.cleaned_data["mode"] == PartMode.ONE_AGREED:
            return actions.choose_agreed(part, by=place)
        return actions.choose_individual(part, seats=form.chosen(), addresses=form.cleaned_data["addresses"], by=place)

    return form_page(
        request,
        place,
        form,
        act,
        tab=TAB,
        done=_("Chosen."),
        go=_url(round),
        title=_("How does your side take part?"),
        lede=_(
            "Chosen before the first invitation. With fewer than five people, one agreed answer protects each of you."
        ),
        label=_("Take part like this"),
        cancel_url=_url(round),
    )


@guarded(can_lead_part)
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = _round(place, rid)
    part = _part(place, round)
    asked = set(part.respondents.values_list("seat", flat=True))
    people = [seat for seat in queries.people_of(part.party) if seat.pk not in asked]
    form = InviteForm(request.POST or None, people=people)
    return form_page(
        request,
        place,
        form,
        lambda: actions.invite_more(part, seats=form.chosen(), addresses=form.cleaned_data["addresses"], by=place),
        tab=TAB,
        done=lambda new: _("Asked: %(count)s more.") % {"count": new},
        go=_url(round),
        title=_("Ask more people"),
        label=_("Ask them"),
        cancel_url=_url(round),
    )


@guarded(can_lead_part)
@require_POST
def remind(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = _round(place, rid)
    part = _part(place, round)
    act_and_say(
        request, lambda: actions.remind_part(part, by=place), _("Those who have not answered yet are reminded.")
    )
    return _to(round)


@guarded(can_lead_part)
@require_http_methods(["GET", "POST"])
def start_over(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = _round(place, rid)
    part = _part(place, round)
    return confirm_page(
        request,
        place,
        lambda: actions.start_over(part, by=place),
        tab=TAB,
        done=_("Start over: choose again how you take part."),
        go=_url(round),
        cancel_url=_url(round),
        cancel_label=_("Go back"),
        title=_("Start your part over?"),
        text=_("What your side has answered so far is destroyed, unread. Then you choose again how to take part."),
        label=_("Destroy our answers and start over"),
    )


@guarded(can_lead_part)
@require_http_methods(["GET", "POST"])
def hand_in(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = _round(place, rid)
    part = _part(place, round)
    return confirm_page(
        request,
        place,
        lambda: actions.submit_part(part, by=place),
        tab=TAB,
        done=_("Handed in. It stays sealed until all parts are in."),
        go=_url(round),
        cancel_url=_url(round),
        cancel_label=_("Go back"),
        title=_("Hand in your part?"),
        text=_(
            "Your people can still change their answers until all partners have handed in. You cannot take it back."
        ),
        label=_("Hand in"),
        calm=True,
    )


# Answering ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Desk:
    """From where somebody answers: a seat, or a personal link. Only the addresses differ."""

    respondent: Respondent
    names: tuple[str, str, str, str, str]
    args: tuple[str, ...]
    home: str

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


def _seat_desk(place: Place, rid: str) -> Desk:
    respondent = queries.respondent_here(place, rid)
    if respondent is None:
        raise Http404
    names = (
        "reviews:answer",
        "reviews:answer_check",
        "reviews:answer_withdraw",
        "reviews:my_comments",
        "reviews:answer_start",
    )
    return Desk(respondent, names, (place.partnership.public_id, rid), _url(respondent.part.round))


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
    )
    return Desk(respondent, names, (token,), "")


LinkView = Callable[[HttpRequest, Desk], HttpResponse]


def _through_link(request: HttpRequest, token: str, show: LinkView) -> HttpResponse:
    try:
        desk = _link_desk(token)
    except LinkGone as gone:
        return render(request, "evaluation/reviews/link_gone.html", {"reason": str(gone)}, status=410)
    response = show(request, desk)
    response["X-Robots-Tag"] = "noindex"
    return response


def _start(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The first screen that is not answered, or the check."""
    round = desk.round
    if round.state in {RoundState.OPENED, RoundState.FROZEN, RoundState.OWN_RESULTS, RoundState.CANCELLED}:
        return _closed_page(request, desk)
    if round.state == RoundState.PLANNED:
        return _closed_page(request, desk)
    draft = queries.draft_of(desk.respondent)
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
            "intro": _intro(round, instrument),
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


def _others(desk: Desk) -> list[Party]:
    """The partners whose answers are guessed."""
    parts = desk.round.parts.filter(destroyed_at=None).select_related("party__organisation").order_by("party")
    return [part.party for part in parts if part.party_id != desk.respondent.part.party_id]


def _intro(round: Round, instrument: Any) -> Any:
    baseline = getattr(instrument, "baseline_intro", None) if round.kind == RoundKind.BASELINE else None
    return baseline or instrument.intro


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
    """What is answered and what is not; then it is done."""
    round = desk.round
    if request.method == "POST":
        act_and_say(request, lambda: actions.finish_answer(desk.respondent), "")
        return redirect(desk.check)
    if round.state != RoundState.OPEN:
        return _closed_page(request, desk)
    draft = queries.draft_of(desk.respondent)
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
            "done": desk.respondent.state == RespondentState.DONE,
            "steps": _steps(desk, screens, draft, ""),
            "forget": _forget(request, desk, screens),
            "least": queries.minimum(),
        },
    )


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
    return _start(request, _seat_desk(place, rid))


@guarded(can_read_reviews)
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, place: Place, rid: str, screen: str) -> HttpResponse:
    require(takes_part(place) or request.method == "GET")
    return _answer(request, _seat_desk(place, rid), screen)


@guarded(can_read_reviews)
@require_http_methods(["GET", "POST"])
def answer_check(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    return _check(request, _seat_desk(place, rid))


@guarded(can_read_reviews)
@require_http_methods(["GET", "POST"])
def answer_withdraw(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    return _withdraw(request, _seat_desk(place, rid))


@guarded(can_read_reviews)
@require_http_methods(["GET", "POST"])
def my_comments(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    return _comments(request, _seat_desk(place, rid))


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


# After the opening ----------------------------------------------------------------------------------------------------
@guarded(takes_part)
@require_http_methods(["GET", "POST"])
def comments(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    """The own side's comments first come here; it may release them."""
    round = _round(place, rid)
    if round.state != RoundState.OPENED:
        return _to(round)
    own = list(
        Comment.objects.visible_to(place.user)
        .filter(part__round=round, party=place.own_party, withdrawn_at=None)
        .select_related("part__round__circle")
        .order_by("statement", "text")
    )
    if request.method == "POST":
        require(can_lead_part(place))
        chosen = set(request.POST.getlist("comment"))
        act_and_say(
            request,
            lambda: actions.release_comments([each for each in own if each.public_id in chosen], by=place),
            _("Released. The others read them once they open the release."),
        )
        return _to(round, "reviews:comments")
    items = queries.instrument_of(round).by_code
    return render_record(
        request,
        place,
        "evaluation/reviews/comments.html",
        {
            "round": round,
            "title": _("Comments from your side"),
            "rows": [{"comment": each, "statement": items[each.statement].text} for each in own],
            "may_release": can_lead_part(place),
        },
        tab=TAB,
    )


@guarded(can_conclude)
@require_http_methods(["GET", "POST"])
def talk(request: HttpRequest, place: Place, rid: str, about: str) -> HttpResponse:
    round = _round(place, rid)
    read = reading.read(round, place) if round.state == RoundState.OPENED else None
    row = read.row(about) if read is not None else None
    if read is None or row is None:
        raise Http404
    form = TalkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act_and_say(
            request,
            lambda: actions.mark_talked(round, about=about, note=form.cleaned_data["note"], by=place),
            _("Noted: you talked about it."),
        )
        return _to(round, anchor="#first")
    told = Telling(read, queries.instrument_of(round))
    return _ask(
        request,
        place,
        form,
        title=_("We talked about it"),
        lede=told.name_of(about),
        label=_("Note it"),
        cancel_url=_url(round),
    )


@guarded(can_conclude)
@require_http_methods(["GET", "POST"])
def add_finding(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = _round(place, rid)
    form = FindingForm(request.POST or None, initial={"about": request.GET.get("about", "")[:60]})
    return form_page(
        request,
        place,
        form,
        lambda: actions.add_finding(round, text=form.cleaned_data["text"], about=form.cleaned_data["about"], by=place),
        tab=TAB,
        done=_("Written down. The other partners are asked whether they agree."),
        go=_url(round) + AGREED,
        title=_("Write down a finding"),
        lede=_("One sentence that all partners can agree to. Whoever sees it differently says so beside it."),
        label=_("Write it down"),
        cancel_url=_url(round),
        keep=True,
    )


@guarded(can_take_stance)
@require_http_methods(["GET", "POST"])
def stance(request: HttpRequest, place: Place, rid: str, fid: str) -> HttpResponse:
    round = _round(place, rid)
    finding = get_object_or_404(
        Finding.objects.visible_to(place.user).filter(round=round, withdrawn_at=None), public_id=fid
    )
    form = StanceForm(request.POST or None, instance=finding.stances.filter(party=place.own_party).first())
    return form_page(
        request,
        place,
        form,
        lambda: actions.take_stance(finding, **form.cleaned_data, by=place),
        tab=TAB,
        done=_("Your word is noted."),
        go=_url(round) + AGREED,
        title=_("Do you agree?"),
        lede=finding.text,
        label=_("That is our word"),
        cancel_url=_url(round),
    )


@guarded(can_conclude)
@require_http_methods(["GET", "POST"])
def add_action(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = _round(place, rid)
    findings = Finding.objects.visible_to(place.user).filter(round=round, withdrawn_at=None)
    key = request.GET.get("finding", "")
    finding = get_object_or_404(findings, public_id=key) if key else None
    form = ActionForm(request.POST or None, place=place)

    def act() -> Action:
        party, seat = form.owner()
        return actions.add_action(
            round,
            text=form.cleaned_data["text"],
            owner_party=party,
            owner_seat=seat,
            due_on=form.cleaned_data["due_on"],
            finding=finding,
            by=place,
        )

    return form_page(
        request,
        place,
        form,
        act,
        tab=TAB,
        done=_("Added. It is on the list of whoever does it."),
        go=_url(round) + AGREED,
        title=_("Agree on an action"),
        lede=finding.text if finding is not None else _("What will change because of this review?"),
        label=_("Add it"),
        cancel_url=_url(round),
        keep=True,
    )


def _action(place: Place, round: Round, aid: str) -> Action:
    action: Action = get_object_or_404(
        Action.objects.visible_to(place.user).filter(round=round, withdrawn_at=None), public_id=aid
    )
    require(place.party is not None and action.owner_party_id == place.party.pk)
    return action


@guarded(can_conclude)
@require_http_methods(["GET", "POST"])
def accept_action(request: HttpRequest, place: Place, rid: str, aid: str) -> HttpResponse:
    round = _round(place, rid)
    action = _action(place, round, aid)
    seat = action.owner_seat_id or (place.seat.pk if place.seat is not None else "")
    form = AcceptForm(
        request.POST or None,
        people=list(queries.people_of(place.own_party)),
        initial={"due_on": action.due_on or clock.today(), "owner": str(seat)},
    )
    return form_page(
        request,
        place,
        form,
        lambda: actions.accept_action(action, owner_seat=form.owner(), due_on=form.cleaned_data["due_on"], by=place),
        tab=TAB,
        done=_("Accepted."),
        go=_url(round) + AGREED,
        title=_("Accept this action"),
        lede=action.text,
        label=_("We do it"),
        cancel_url=_url(round),
    )


@guarded(can_conclude)
@require_http_methods(["GET", "POST"])
def finish_action(request: HttpRequest, place: Place, rid: str, aid: str) -> HttpResponse:
    round = _round(place, rid)
    action = _action(place, round, aid)
    form = DoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act_and_say(
            request, lambda: actions.finish_action(action, note=form.cleaned_data["note"], by=place), _("Done.")
        )
        return _to(round, anchor=AGREED)
    return _ask(
        request,
        place,
        form,
        title=_("This is done"),
        lede=action.text,
        label=_("It is done"),
        cancel_url=_url(round),
    )
