"""What was promised before, and whether the goals still hold: where the next review begins."""

from __future__ import annotations

from lifecycle.diligence.models import SharedPage
from lifecycle.diligence.queries import Again, read_again
from lifecycle.diligence.states import PageKind
from partnerships.access.places import Place
from partnerships.access.ready import ReadyHere

from ..models import Action, Round
from ..states import RoundState

_PROMISES = ReadyHere(
    lambda place: (
        Action.objects.visible_to(place)
        .filter(withdrawn_at=None, round__state=RoundState.OPENED)
        .select_related("round", "owner_seat__membership__user", "finding", "commitment")
        .order_by("pk")
    )
)
_GOALS = ReadyHere(lambda place: SharedPage.objects.visible_to(place).filter(kind=PageKind.GOALS).order_by("-pk")[:1])


def promises(place: Place) -> list[Action]:
    """Every action of the record's opened reviews that this person reads. One query a request."""
    return place.once("reviews.promises", lambda: _PROMISES(place))


def promised_before(round: Round, place: Place) -> tuple[Round, list[Action]] | None:
    """The latest round opened before this one that has actions, with them, as this person reads both."""
    earlier = [
        action
        for action in promises(place)
        if action.round_id != round.pk and action.round.opening_at < round.opening_at
    ]
    if not earlier:
        return None
    last = max((action.round for action in earlier), key=lambda each: (each.opening_at, each.pk))
    return last, [action for action in earlier if action.round_id == last.pk]


def goals_held(place: Place) -> list[Again]:
    """What each partner last said of the shared goals; nothing where there is no page of them."""
    page = next(iter(_GOALS(place)), None)
    return read_again(place, page) if page is not None else []
