"""What reviews bring to the record: their tab, a panel on the overview, and conditions of the gates."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.agreement.registry import on_terms_in_force
from lifecycle.attention.registry import register_flags
from lifecycle.road.registry import Condition, register_gate
from lifecycle.road.signals import stage_changed
from lifecycle.scoping.permissions import is_community
from lifecycle.scoping.registry import register_heard
from partnerships.access.places import Place
from partnerships.access.ready import ReadyHere
from partnerships.looks.format import past_date
from partnerships.record.models import Partnership
from partnerships.record.registry import Panel, Tab, on_rules_accepted, register_panel, register_tab
from partnerships.record.states import Stage

from . import queries
from .actions import keep_calendar, take_in
from .models import Round
from .permissions import can_read_reviews
from .states import UNDER_WAY, RoundKind, RoundState

#: Where these conditions stand among the others of a gate.
ORDER = 80


def register() -> None:
    register_tab(Tab("reviews", gettext_lazy("Reviews"), "reviews:list", 60, can_read_reviews))
    register_panel(Panel("reviews", "evaluation/reviews/panel.html", panel, 60, "aside"))
    register_panel(Panel("voices", "evaluation/reviews/panel_voices.html", voices_panel, 61, "aside"))
    register_gate(Stage.AGREEMENT, agreement_conditions)
    register_gate(Stage.IMPLEMENTATION, implementation_conditions)
    register_flags(queries.review_flags)
    register_heard(queries.heard_of)
    on_rules_accepted.append(take_in)
    on_terms_in_force.append(keep_calendar)
    stage_changed.connect(when_stage_changes, dispatch_uid="reviews")


def when_stage_changes(partnership: Partnership, move: Any, **_kwargs: Any) -> None:
    """Implementation begins: the first review is due by month 6. Once it is over, nothing more is asked for."""
    if partnership.is_open and Stage.IMPLEMENTATION in {move.from_stage, move.to_stage}:
        keep_calendar(partnership)


_NOT_CANCELLED = ReadyHere(
    lambda place: Round.objects.visible_to(place).exclude(state=RoundState.CANCELLED).order_by("-opening_at")
)


def _rounds(place: Place) -> list[Round]:
    return place.once("reviews.rounds", lambda: _NOT_CANCELLED(place))


def agreement_conditions(place: Place) -> list[Condition]:
    """Before the work starts: the baseline is answered."""
    rounds = _rounds(place)
    baselines = [round for round in rounds if round.kind == RoundKind.BASELINE]
    # Sealed or opened, the baseline is answered as soon as all parts are in.
    met = any(round.state in {RoundState.FROZEN, RoundState.OWN_RESULTS, RoundState.OPENED} for round in baselines)
    if met:
        facts = _("All partners have handed in.")
    elif baselines:
        facts = _("It is under way.") if baselines[0].state == RoundState.OPEN else _("Its dates are proposed.")
    else:
        facts = _("Nobody has proposed it yet.")
    return [
        Condition(
            code="reviews.baseline",
            title=_("Baseline answered"),
            met=met,
            facts=facts,
            lessons=("EV1", "EV7"),
            path=_path(place, baselines[0] if baselines else None),
            # Who has not handed in yet is sealed: all partners are waited for alike.
            waiting_for=() if met else tuple(party.pk for party in place.partners),
            order=ORDER,
        ),
        _boundary_condition(place),
    ]


def _boundary_condition(place: Place) -> Condition:
    boundary = queries.boundary_of(place)
    agreed = set(queries.agreed_to(boundary)) if boundary is not None else set()
    missing = [party for party in place.partners if party.pk not in agreed]
    if boundary is None:
        facts = _("Nobody has proposed it yet.")
    elif missing:
        facts = _("%(who)s has not agreed yet.") % {"who": ", ".join(party.name for party in missing)}
    else:
        facts = _("All partners have agreed.")
    return Condition(
        code="reviews.boundary",
        title=_("What is reviewed, its dates and how long, agreed"),
        met=boundary is not None and not missing,
        facts=facts,
        lessons=("EV6", "EV2"),
        path=reverse("reviews:boundary", args=[place.partnership.public_id]),
        waiting_for=tuple(party.pk for party in missing),
        order=ORDER + 1,
    )


def implementation_conditions(place: Place) -> list[Condition]:
    """Before concluding: the joint closing review is planned."""
    closing = [round for round in _rounds(place) if round.kind == RoundKind.CLOSING]
    return [
        Condition(
            code="reviews.closing",
            title=_("Joint closing review planned"),
            met=bool(closing),
            facts=_("Its dates are proposed.") if closing else _("Nobody has proposed it yet."),
            lessons=("EV3", "EV8"),
            path=_path(place, closing[0] if closing else None),
            waiting_for=() if closing else tuple(party.pk for party in place.partners),
            order=ORDER,
        )
    ]


def _path(place: Place, round: Round | None) -> str:
    if round is not None:
        return reverse("reviews:round", args=[place.partnership.public_id, round.public_id])
    return reverse("reviews:list", args=[place.partnership.public_id])


def panel(place: Place) -> dict[str, Any] | None:
    """The round under way, else the last one opened."""
    rounds = [round for round in _rounds(place) if can_read_reviews(place)]
    now = [round for round in rounds if round.state in UNDER_WAY]
    last = next((round for round in rounds if round.state == RoundState.OPENED), None)
    if not now and last is None:
        return None
    word = str(place.party.organisation.review_word) if place.party is not None else "review"
    return {
        "rows": [
            {"title": round.title(word), "url": _path(place, round), "round": round}
            for round in [*now, *([last] if last is not None else [])]
        ],
        "least": queries.minimum(),
    }


def voices_panel(place: Place) -> dict[str, Any] | None:
    """What a body of affected people was asked about the reviews, and what it said: its way back to it. One query."""
    if not is_community(place):
        return None
    voices = queries.own_voices(place)
    if not voices:
        return None
    return {
        "rows": [
            {
                "title": voice.round.title(str(place.own_party.organisation.review_word)),
                "url": reverse("reviews:voice", args=[place.partnership.public_id, voice.public_id]),
                "text": _("Waits for you")
                if voice.waits_for_body
                else past_date(voice.approved_at)
                if voice.approved_at
                else "",
            }
            for voice in voices
        ]
    }
