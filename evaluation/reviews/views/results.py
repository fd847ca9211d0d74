"""An opened round: its results on one page, and every statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.record.frame import render_record

from .. import queries, reading
from ..models import Round
from ..permissions import (
    can_conclude,
    can_hear,
    can_read_reviews,
    can_take_stance,
    keeps_log,
    reads_own_side,
    reads_results,
)
from ..registry import round_panels
from ..states import round_title
from ..telling import Telling
from .shown import TAB, drivers, go_to, round_of, url_of, word_of
from .voices import voices_told


def results(request: HttpRequest, place: Place, round: Round, read: reading.Reading) -> HttpResponse:
    told = Telling(read, queries.instrument_of(round), word=word_of(place))
    own = place.party.public_id if place.party is not None else ""
    own_comments = sum(said.side == own for said in read.comments)
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
            "gaps": told.gaps(url_of(round, "reviews:statements")),
            "trends": told.trends(),
            "agenda": told.agenda(),
            "strengths": told.strengths(),
            "findings": read.findings,
            "agreed": _agreed(place, round, read),
            "handed_in": sorted(
                ({"side": side, "day": date.fromisoformat(side.handed_in_on)} for side in read.sides if side.counts),
                key=lambda row: str(row["day"]),
            ),
            "may_conclude": can_conclude(place) and not read.own_only and round.goes_on,
            "reads_comments": can_conclude(place) and not read.own_only,
            "own_comments": own_comments,
            # After the opening only who was asked by seat has a page of own comments.
            "may_withdraw": bool(own_comments) and queries.was_asked_here(place, round),
            "went_without": queries.went_without(round),
            "has_own": reads_own_side(place) and any(side.key == own and side.counts for side in read.sides),
            "keeps_log": keeps_log(place),
            "guesses": told.guesses(),
            "drivers": drivers(place),
            "voices": voices_told(queries.community_voice(round, place)),
            "may_hear": can_hear(place) and round.goes_on,
            "least": queries.minimum(),
            "panels": _panels(place, round) if not read.own_only else [],
            # Asked on the newest round alone: what holds today says nothing of a round of years ago.
            **begins_with(place, round, read.before, read.goals if queries.is_newest(round, place) else []),
        },
        tab=TAB,
    )


def _panels(place: Place, round: Round) -> list[dict[str, Any]]:
    """What other folders put there: lessons, and what each partner got and gave."""
    built = [{"template": panel.template, "c": panel.build(place, round)} for panel in round_panels()]
    return [panel for panel in built if panel["c"] is not None]


def begins_with(
    place: Place, round: Round, before: reading.Before | None, goals: Sequence[reading.Held]
) -> dict[str, Any]:
    """What a review begins with: what became of what was promised last time, and whether the goals still hold."""
    owners = {party.public_id: party for party in place.parties}
    return {
        "before": before,
        "before_title": round_title(before.kind, before.number, word_of(place)) if before is not None else "",
        "before_on": date.fromisoformat(before.opened_on) if before is not None else None,
        "promised": [_deed_row(place, round, deed, owners, []) for deed in before.deeds] if before is not None else [],
        "goals": [
            {"party": owners[held.side], "says": held.says, "on": date.fromisoformat(held.on) if held.on else None}
            for held in goals
        ],
        "may_reaffirm": bool(goals) and can_take_stance(place),
    }


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
            row = {"found": found, "first": at == 0, "dissent": dissent, "may_take_back": _is_ours_alone(place, found)}
            rows.append(row | _deed_row(place, round, deed, owners, states))
    for deed in read.deeds:
        rows.append({"found": None, "first": True, "dissent": [], **_deed_row(place, round, deed, owners, [])})
    return rows


def _is_ours_alone(place: Place, found: reading.Found) -> bool:
    """Whether the own side wrote it, nobody else has said a word on it, and nothing follows from it."""
    own = place.party.public_id if place.party is not None else ""
    return found.side == own and not found.deeds and all(stand.side == own for stand in found.stands)


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
    url = url_of(round, "reviews:stance", found.key)
    may = can_take_stance(place) and round.goes_on
    if own in found.waits_for and may:
        return {"kind": "you", "text": _("Do you agree?"), "url": url}
    if found.waits_for:
        who = ", ".join(owners[key].name for key in found.waits_for)
        return {"kind": "waiting", "text": _("%(who)s to agree") % {"who": who}, "url": ""}
    mine = url if may and any(stand.side == own for stand in found.stands) else ""
    if all(stand.agrees for stand in found.stands):
        return {"kind": "met", "text": _("Agreed"), "url": mine}
    return {"kind": "warn", "text": _("Seen differently"), "url": mine}


def _deed_state(place: Place, round: Round, deed: reading.Deed, owners: dict[str, Any]) -> dict[str, str]:
    own = place.party is not None and deed.owner_side == place.party.public_id
    own = own and can_conclude(place) and round.goes_on
    done = url_of(round, "reviews:finish_action", deed.key) if own else ""
    if deed.commitment:
        done = reverse("delivery:commitment", args=[place.partnership.public_id, deed.commitment])
    match deed.state:
        case "done" if deed.to_confirm:
            return {"kind": "waiting", "text": _("Done, to be confirmed"), "url": done}
        case "let_go":
            return {"kind": "none", "text": _("Let go by all"), "url": done}
        case "done":
            return {"kind": "done", "text": _("Done"), "url": ""}
        case "proposed" if own:
            return {"kind": "you", "text": _("Accept it"), "url": url_of(round, "reviews:accept_action", deed.key)}
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
    round = round_of(place, rid)
    read = reading.read(round, place) if reads_results(place, round) else None
    if read is None:
        return go_to(round)
    told = Telling(read, queries.instrument_of(round), word=word_of(place))
    return render_record(
        request,
        place,
        "evaluation/reviews/statements.html",
        {
            "round": round,
            "told": told,
            "reading": read,
            "by_gap": told.statement_gaps(url_of(round, "reviews:statements")),
            "themes": told.themes(),
            "openly": told.openly(),
            "comments": told.comments(),
        },
        tab=TAB,
    )
