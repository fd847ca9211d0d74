"""The next review is owed before anybody has proposed it: one work item for each partner, that moves with the plan."""

from __future__ import annotations

from django.urls import reverse

from partnerships.access.actions import circle_for
from partnerships.access.states import CircleKind
from partnerships.record.models import Partnership
from partnerships.record.states import Stage
from partnerships.work import actions as work

from .. import kinds
from ..queries import next_owed
from ..states import RoundKind


def keep_calendar(partnership: Partnership) -> None:
    """Ask every partner for the next review and pulse that nobody has proposed, or move their dates; idempotent.

    Called when the work begins, when dates of the agreement or the boundary change, and when a round is proposed,
    opened or called off. The baseline and the closing review are asked for by the gates, the look-back by its owner.
    """
    working = partnership.stage == Stage.IMPLEMENTATION and partnership.is_open
    owed = next_owed(partnership) if working else {}
    review, pulse = owed.get(RoundKind.REGULAR), owed.get(RoundKind.PULSE)
    is_first = review is not None and review.number == 1
    wanted = {
        "first-review": (kinds.WORK_FIRST, review if is_first else None),
        "next-review": (kinds.WORK_NEXT, None if is_first else review),
        "next-pulse": (kinds.WORK_PULSE, pulse),
    }
    circle = circle_for(partnership, CircleKind.PARTNERS)
    for party in partnership.parties.filter(role="partner", left_on=None):
        for key, (kind, slot) in wanted.items():
            if slot is None:
                work.close_item(partnership, f"{key}:{party.pk}")
                continue
            work.open_item(
                kind,
                partnership=partnership,
                key=f"{key}:{party.pk}",
                party=party,
                circle=circle,
                path=reverse("reviews:list", args=[partnership.public_id]) + "#ahead",
                due_on=slot.due_on,
            )
