"""The tab: three layers, apart."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from evaluation.reviews.models import Round
from evaluation.reviews.permissions import can_read_reviews
from evaluation.reviews.states import RoundState
from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.catalogue.queries import lesson
from partnerships.record.queries import unopened_releases

from .. import kinds, queries
from ..models import ValueEntry
from ..permissions import can_contribute, can_read, can_set_indicators, can_speak_for_party, can_work
from ..states import Layer, OutcomeKind
from .rows import indicator_line, meter_line, outcome_line
from .shown import page


@require_safe
@guarded(can_read)
def overview(request: HttpRequest, place: Place) -> HttpResponse:
    """Project results, how we work together, and what each gets out of it: three sections that are never summed."""
    indicators = {layer: [] for layer in Layer.values}  # type: ignore[var-annotated]
    measurable = False
    for row in queries.indicator_rows(place):
        line = indicator_line(place, row)
        indicators[row.indicator.layer].append(line)
        measurable = measurable or bool(line.measure_url)
    outcomes = [outcome_line(place, row) for row in queries.outcome_rows(place)]
    harm = [line for line in outcomes if line.row.is_harm]
    meters = [meter_line(meter) for meter in queries.meters(place)]
    own = place.party.pk if place.party else 0
    shown = _released(place) if can_work(place) else set()
    context = {
        "project": indicators[Layer.PROJECT],
        "process": indicators[Layer.PROCESS],
        "value": indicators[Layer.VALUE],
        "counted": [line for line in outcomes if line.row.outcome.kind == OutcomeKind.COUNTED],
        "told": [line for line in outcomes if line.row.outcome.kind == OutcomeKind.TOLD],
        "harm": harm,
        "meters": meters,
        "own_id": own,
        "shown": shown,
        "unshown": [v for m in meters if m.meter.is_own for v in m.meter.values if v.pk not in shown],
        "review": _last_review(place),
        "reads_reviews": can_read_reviews(place),
        "unopened": [r for r in unopened_releases(place) if r.kind in {kinds.VALUE_RELEASE, kinds.EFFORT_RELEASE}],
        "may_set": can_set_indicators(place),
        "may_write": can_contribute(place),
        "may_work": can_work(place),
        "may_show": can_speak_for_party(place),
        "may_measure": measurable,
        "why": {code: lesson(code).why for code in ("EV3", "OC5", "EV1")},
    }
    return page(request, place, "overview", context)


def _released(place: Place) -> set[int]:
    return queries.released_ids(place, ValueEntry._meta.label_lower)


def _last_review(place: Place) -> Round | None:
    """The last round that was opened: how the partners see their work together is asked there, not here."""
    found: Round | None = (
        Round.objects.visible_to(place).filter(state=RoundState.OPENED).order_by("-opening_at").first()
    )  # fmt: skip
    return found
