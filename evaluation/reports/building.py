"""Building a report: from what one reader may see to plain dataclasses, to JSON, and back."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from evaluation.reviews.models import Round
from evaluation.reviews.reading import Reading, read
from evaluation.reviews.telling import Telling
from partnerships.access.places import Place
from partnerships.catalogue.content import Instrument
from partnerships.catalogue.models import CatalogueVersion
from partnerships.catalogue.queries import content

from .states import Audience

T = TypeVar("T")
FORMAT = 1


@dataclass(frozen=True)
class Snapshot:
    """All that a report says, once and for all."""

    format: int
    record: str
    audience: str
    #: Whose report it is, by name, where it is for one side alone.
    made_for: str
    reading: Reading


def build(round: Round, place: Place, *, audience: str) -> Snapshot | None:
    """What this reader may see of an opened round; None while there is nothing.

    A report for all leaves comments out: others may not have opened their release yet. What is on the own side's
    report, its author could read on the page.
    """
    if not round.is_opened:
        return None
    reading = read(round, place)
    if reading is None:
        return None
    own = audience == Audience.OWN
    return Snapshot(
        format=FORMAT,
        record=place.partnership.name,
        audience=audience,
        made_for=place.own_party.name if own else "",
        reading=reading if own else replace(reading, comments=()),
    )


def to_json(snapshot: Snapshot) -> dict[str, Any]:
    """As it is stored, and as it comes back: two of them can be compared."""
    data: dict[str, Any] = json.loads(json.dumps(asdict(snapshot), ensure_ascii=False))
    return data


def from_json(data: Mapping[str, Any]) -> Snapshot:
    """The snapshot as it was stored."""
    made: Snapshot = _made(Snapshot, data)
    return made


def telling_of(snapshot: Snapshot, *, word: str = "review") -> Telling:
    """The snapshot in the active language."""
    version = CatalogueVersion.objects.get(pk=snapshot.reading.instrument_id)
    return Telling(snapshot.reading, content(version, Instrument), word=word)


@cache
def _hints(shape: type) -> dict[str, Any]:
    return get_type_hints(shape)


def _made(shape: Any, value: Any) -> Any:
    """Plain data as what the type says: dataclasses, sequences, tuples and mappings of them."""
    if value is None:
        return None
    origin = get_origin(shape)
    if origin in {Union, types.UnionType}:
        return _made(next(each for each in get_args(shape) if each is not types.NoneType), value)
    if is_dataclass(shape) and isinstance(shape, type):
        hints = _hints(shape)
        # A field that a newer version added has its default; one that is gone is left out.
        return shape(
            **{each.name: _made(hints[each.name], value[each.name]) for each in fields(shape) if each.name in value}
        )
    if origin is tuple:
        return tuple(_made(kind, each) for kind, each in zip(get_args(shape), value, strict=True))
    if origin is Sequence:
        return [_made(get_args(shape)[0], each) for each in value]
    if origin is Mapping:
        return {key: _made(get_args(shape)[1], each) for key, each in value.items()}
    return value
