"""Building a report: from what one reader may see to plain dataclasses, to JSON, and back."""

from __future__ import annotations

import json
import tomllib
import types
from collections.abc import Collection, Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass, replace
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from django.conf import settings

from evaluation.reviews.models import Action, Finding, Round, Talk
from evaluation.reviews.reading import Mean, Reading, Row, read
from evaluation.reviews.telling import Telling
from partnerships import clock
from partnerships.access.places import Place
from partnerships.catalogue.content import Instrument
from partnerships.catalogue.models import CatalogueVersion
from partnerships.catalogue.queries import content

from .content import Content, Made, Withdrawn
from .gathering import gather
from .reach import Reach
from .states import WIDER, Audience

T = TypeVar("T")
FORMAT = 4
#: Grows with each change of what our templates make of the same snapshot.
TEMPLATE = 5


@cache
def release() -> str:
    """The release of the software that is running."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    return str(project["version"])


@dataclass(frozen=True)
class Snapshot:
    """All that a report says, once and for all."""

    format: int
    record: str
    audience: str
    #: Whose report it is, by name, where it is for one side alone.
    made_for: str
    reading: Reading
    content: Content = field(default_factory=Content)
    made: Made = field(default_factory=Made)
    withdrawn: Sequence[Withdrawn] = ()


def build(round: Round, place: Place, *, audience: str) -> Snapshot | None:
    """What the readers of this version may see of an opened round; None while there is nothing.

    Only one's own side's version has comments: the others may not have opened their release yet.
    """
    if not round.is_opened:
        return None
    # What a partner answered goes beyond the readers of the round with its own yes alone; who left is asked for none.
    reading = read(round, place, staying=audience in WIDER)
    if reading is None:
        return None
    reach = Reach(place, round, audience)
    return Snapshot(
        format=FORMAT,
        record=place.partnership.name,
        audience=audience,
        made_for=place.own_party.name if audience == Audience.OWN else "",
        reading=_for(reading, round, place, audience, reach),
        content=gather(round, place, reading, audience=audience, reach=reach),
        made=Made(clock.today(place.user.time_zone).isoformat(), TEMPLATE, release()),
    )


def _for(reading: Reading, round: Round, place: Place, audience: str, reach: Reach) -> Reading:
    """The results as all readers of a version may have them.

    What people inside a partner think apart is that partner's: its spread stands in its own version alone. Beyond the
    partners nobody reads what they talked about, and people stand by function.
    """
    # Who answered openly said yes to standing with the own name for the partners of the round, and no further.
    reading = (
        replace(reading, statements=[replace(row, people={}) for row in reading.statements])
        if audience in WIDER
        else reading
    )
    own = place.own_party.public_id if audience == Audience.OWN else ""
    standing = {
        model: {row.public_id for row in reach.only(model.objects.visible_to(place.user).filter(round=round))}
        for model in (Finding, Action)
    }
    talks = reach.only(Talk.objects.visible_to(place.user).filter(round=round)) if audience not in WIDER else []
    about = {talk.about for talk in talks}
    named = audience not in WIDER
    # Whose words go further without being asked: nobody's.
    left = set() if named else {party.public_id for party in place.parties if party.left_on is not None}
    deeds = [replace(deed, owner=deed.owner if named else "") for deed in reading.deeds if deed.key in standing[Action]]
    findings = [
        replace(
            found,
            stands=[stand for stand in found.stands if stand.side not in left],
            deeds=[
                replace(deed, owner=deed.owner if named else "") for deed in found.deeds if deed.key in standing[Action]
            ],
        )
        for found in reading.findings
        if found.key in standing[Finding]
    ]
    # What a reader alone may read beside the results (what inside a side is apart, among it) stands in its own version.
    inside = {} if own else _defaults(reading, _needed(reading))
    return replace(
        reading,
        **inside,
        statements=[_row(row, own, about) for row in reading.statements],
        dimensions=[_row(row, own, about) for row in reading.dimensions],
        findings=findings,
        deeds=deeds,
        comments=reading.comments if audience == Audience.OWN else (),
    )


def _row(row: Row, own: str, about: set[str]) -> Row:
    means = {key: mean if key == own else _plain(mean) for key, mean in row.means.items()}
    if row.code in about:
        return replace(row, means=means)
    return replace(row, means=means, talked_on="", talk_note="")


#: What every reader of a version may know of a partner's mean; whatever else there is stays inside that partner.
SHARED = {"text", "band", "n", "dont_know", "bound"}


def _plain(mean: Mean) -> Mean:
    return replace(mean, **_defaults(mean, SHARED))


def _needed(value: Any) -> set[str]:
    """The fields of a dataclass that have to be said."""
    return {each.name for each in fields(value) if each.default is MISSING and each.default_factory is MISSING}


def _defaults(value: Any, kept: Collection[str]) -> dict[str, Any]:
    """The fields of a dataclass beside those that are kept, as they are where nothing is said."""
    return {
        each.name: each.default_factory()
        if each.default is MISSING and each.default_factory is not MISSING
        else each.default
        for each in fields(value)
        if each.name not in kept
    }


def to_json(snapshot: Snapshot) -> dict[str, Any]:
    """As it is stored, and as it comes back: two of them can be compared."""
    data: dict[str, Any] = json.loads(json.dumps(asdict(snapshot), ensure_ascii=False))
    return data


def from_json(data: Mapping[str, Any]) -> Snapshot:
    """The snapshot as it was stored, in the present format: kept again (renewing.py), it is read as that.

    In the first format "all" meant all readers of the review: the partners.
    """
    if data.get("format") == 1 and data.get("audience") == "all":
        data = {**data, "audience": Audience.PARTNERS}
    if data.get("format", FORMAT) < 3:
        data = _with_items(data)
    if data.get("format", FORMAT) < 4:
        data = _with_voices(data)
    made: Snapshot = _made(Snapshot, {**data, "format": FORMAT})
    return made


def _with_items(data: Mapping[str, Any]) -> dict[str, Any]:
    """Until the second format, values, hours and cost were kept as sums of no named items."""
    content = data.get("content") or {}
    layers = content.get("layers")
    if not layers:
        return dict(data)
    measures = [
        {**each, "last": {"key": "", "value": each["value"], "on": each["value_on"], "percent": each["percent"]}}
        for each in layers["measures"]
    ]
    worth = [{**each, "put": [{**each, "model": "", "key": ""}]} for each in layers["worth"]]
    return {**data, "content": {**content, "layers": {**layers, "measures": measures, "worth": worth}}}


def _with_voices(data: Mapping[str, Any]) -> dict[str, Any]:
    """Until the third format, what others said of an outcome had no key, and who they are was not told."""
    content = data.get("content") or {}
    layers = content.get("layers")
    if not layers:
        return dict(data)
    effects = [
        {
            **each,
            "voices": [
                {"key": "", "who": who, "is_partner": True, "sees_it": sees_it, "words": words}
                for sees_it, said in (
                    (True, [(who, "") for who in each["confirmed_by"]]),
                    (False, each.get("differently", ())),
                )
                for who, words in said
            ],
        }
        for each in layers["effects"]
    ]
    return {**data, "content": {**content, "layers": {**layers, "effects": effects}}}


def says_the_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two stored snapshots differ in nothing but when and by which release they were made."""
    apart = ("made", "withdrawn")
    return {k: v for k, v in one.items() if k not in apart} == {k: v for k, v in other.items() if k not in apart}


def sources_of(snapshot: Snapshot) -> set[tuple[str, str]]:
    """The items whose words stand in it: model and key (see content.py)."""
    said, reading = snapshot.content, snapshot.reading
    found = {("evaluation.comment", each.key) for each in reading.comments}
    found |= {("evaluation.finding", each.key) for each in reading.findings}
    before = said.before.deeds if said.before is not None else []
    inside = [deed for found in reading.findings for deed in found.deeds]
    found |= {("evaluation.action", each.key) for each in (*reading.deeds, *inside, *before)}
    if said.scope is not None:
        found.add(("evaluation.boundary", said.scope.key))
    if said.promises is not None:
        found |= {("lifecycle.commitment", each.key) for each in said.promises.commitments}
        found |= {("lifecycle.communitypromise", each.key) for each in said.promises.communities}
        found |= {("lifecycle.contribution", each.key) for each in said.promises.brought}
    found |= {("lifecycle.bodymeeting", each.key) for each in said.decided}
    found |= {(spoken.model, spoken.key) for spoken in said.voice}
    if said.layers is not None:
        found |= {("evaluation.indicator", each.key) for each in said.layers.measures}
        found |= {("evaluation.measurement", each.last.key) for each in said.layers.measures if each.last is not None}
        found |= {("evaluation.outcome", each.key) for each in said.layers.effects}
        found |= {("evaluation.outcomevoice", heard.key) for each in said.layers.effects for heard in each.voices}
        found |= {("evaluation.valueentry", gain.key) for each in said.layers.worth for gain in each.gains}
        found |= {(put.model, put.key) for each in said.layers.worth for put in each.put}
    return found


def without(snapshot: Snapshot, gone: Mapping[tuple[str, str], str]) -> Snapshot:
    """The snapshot without what was withdrawn, which it tells: how many of which kind, and on which day."""
    keys = {key for _model, key in gone}
    told: dict[tuple[str, str], int] = {}
    for (model, _key), on in gone.items():
        told[model, on] = told.get((model, on), 0) + 1
    lines = [Withdrawn(model, count, on) for (model, on), count in sorted(told.items())]
    return replace(
        snapshot,
        reading=_pruned(snapshot.reading, keys),
        content=_pruned(snapshot.content, keys),
        withdrawn=[*snapshot.withdrawn, *lines],
    )


def _pruned(value: Any, keys: set[str]) -> Any:
    """Plain values without the dataclasses that have one of these keys."""
    if is_dataclass(value) and not isinstance(value, type):
        inside = {each.name: getattr(value, each.name) for each in fields(value)}
        return replace(
            value,
            **{
                name: None if getattr(each, "key", None) in keys else _pruned(each, keys)
                for name, each in inside.items()
            },
        )
    if isinstance(value, (list, tuple)) and any(is_dataclass(each) for each in value):
        return [_pruned(each, keys) for each in value if getattr(each, "key", None) not in keys]
    return value


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
    if origin in {Sequence, list}:
        return [_made(get_args(shape)[0], each) for each in value]
    if origin is Mapping:
        return {key: _made(get_args(shape)[1], each) for key, each in value.items()}
    return value
