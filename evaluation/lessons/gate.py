"""The condition that each side has written its lessons [EV3, EV8]."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from evaluation.reviews.models import Round
from evaluation.reviews.queries import is_settled
from evaluation.reviews.registry import RoundPanel, on_settled, register_round_panel
from lifecycle.road.registry import Condition, register_gate
from lifecycle.scoping.queries import OFFERS, sought
from partnerships.access.places import Place
from partnerships.record.registry import Panel, register_panel
from partnerships.record.states import Stage

from .actions import ask_after_round, path_of
from .permissions import can_learn
from .queries import handed_in, matching_lessons, wordings


def before_closing(place: Place) -> list[Condition]:
    """Lessons from each partner, what failed included."""
    done = set(handed_in(place))
    missing = tuple(p.pk for p in place.partners if p.pk not in done)
    return [
        Condition(
            code="lessons",
            title=_("Lessons from each side, what failed included"),
            met=not missing,
            lessons=("EV8", "EV3"),
            path=reverse("lessons:own", args=[place.partnership.public_id]),
            waiting_for=missing,
            order=30,
        )
    ]


def _offer(place: Place) -> dict[str, Any]:
    """On scoping's page of prior work: what concluded partnerships learned that fits this one."""
    return matching_lessons(sought(place), but_for=place.partnership)


def _of_round(place: Place, round: Round) -> dict[str, Any] | None:
    """On an opened round's page: whose lessons are there, and whose yes to a wording is missing."""
    if not (place.is_partner or place.is_broker):
        return None
    settled = is_settled(round)
    done = set(handed_in(place, round)) if settled else set()
    own = place.own_party.pk if can_learn(place, round) else 0
    rows = wordings(place, round) if settled else []
    return {
        "settled": settled,
        "sides": [{"party": p, "done": p.pk in done, "own": p.pk == own} for p in place.partners],
        "owes": own and own not in done,
        "waiting": [
            {
                "lesson": row.lesson,
                "names": [p.name for p in (*row.missing, *row.late)],
                "yours": own in {p.pk for p in row.missing},
            }
            for row in rows
            if row.lesson.approved_at is None
        ],
        "url": path_of(place.partnership, round),
    }


def register() -> None:
    register_gate(Stage.CONCLUDING, before_closing)
    register_panel(Panel("lessons.matching", "evaluation/lessons/_matching.html", _offer, 10, OFFERS))
    register_round_panel(RoundPanel("lessons", "evaluation/lessons/_round.html", _of_round, 10))
    if ask_after_round not in on_settled:
        on_settled.append(ask_after_round)
