"""Project results and the value to each partner, from what `evaluation.outcomes` tells of them.

`use(read)` plugs its reading in. `read(place, reads=…, hears=…)` gives, of what all readers of a version may read,
indicators, outcomes counted, told and harmful, and sides with what they got, hours and cost, each in plain values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.record.models import Party

from .content import Effect, Gain, Heard, Layers, Measure, Point, Put, Worth
from .reach import Reach
from .states import Audience

Read = Callable[..., Any]
_sources: list[Read] = []


def use(read: Read) -> None:
    """Called once, as the software starts."""
    _sources[:] = [read]


def layers_of(place: Place, audience: str, reach: Reach) -> Layers | None:
    """None where nothing is plugged in, or nothing may be said."""
    if not _sources:
        return None
    is_own = audience == Audience.OWN
    asked = {} if is_own else {"reads": reach.reads, "hears": reach.hears}
    found = _sources[0](place, **asked)
    parties = {party.public_id: party for party in place.parties}

    def stands(each: Any) -> bool:
        return not is_own or bool(each.circle != CircleKind.AUTHOR)

    layers = Layers(
        measures=[_measure(each) for each in found.indicators if stands(each)],
        effects=[_effect(each, parties) for each in (*found.counted, *found.told, *found.harm) if stands(each)],
        worth=[worth for each in found.sides if (worth := _worth(each)) is not None],
    )
    return layers if layers.measures or layers.effects or layers.worth else None


def _measure(each: Any) -> Measure:
    last = each.values[-1] if each.values else None
    return Measure(
        key=each.key,
        name=each.name,
        language=each.language,
        unit=each.unit,
        baseline=each.baseline or "",
        baseline_on=each.baseline_on or "",
        target=each.target or "",
        target_on=each.target_on or "",
        last=Point(last.key, last.value, last.on, each.percent or "") if last is not None else None,
        layer=each.layer,
    )


def _effect(each: Any, parties: Mapping[str, Party]) -> Effect:
    return Effect(
        key=each.key,
        kind=each.kind,
        party=parties[each.party].name,
        what=each.what,
        language=each.language,
        for_whom=each.for_whom,
        how_known=each.how_known,
        response=each.response,
        voices=[
            Heard(v.key, parties[v.party].name, parties[v.party].is_partner, v.stance == "confirmed", v.words)
            for v in each.voices
        ],
    )


def _worth(each: Any) -> Worth | None:
    worth = Worth(
        side=each.party,
        gains=[Gain(v.kind, v.words, v.language, v.amount or "", v.currency, v.key) for v in each.values],
        put=[
            Put(p.model, p.key, p.hours or "", p.coordinating or "", p.delivering or "",
                [(c.form, c.currency, c.amount) for c in p.costs])
            for p in each.put
        ],
    )  # fmt: skip
    return None if worth.is_empty else worth
