"""Conditions of the gates. Each folder registers its own batch function; computed live, never stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from django.utils.functional import Promise

from partnerships.access.places import Place
from partnerships.catalogue.queries import lesson

from .states import earlier

Words = str | Promise


@dataclass(frozen=True)
class Condition:
    """One condition of a gate, as this reader may know it.

    `facts` is a sentence or two; `lessons` are lesson codes of the catalogue; `path` is where it is met;
    `waiting_for` are ids of the parties that are asked; `waivable` is False where no open point is allowed
    (a `**` item, the affected people's answer).
    """

    code: str
    title: Words
    met: bool
    facts: Words = ""
    lessons: tuple[str, ...] = ()
    path: str = ""
    waiting_for: tuple[int, ...] = ()
    waivable: bool = True
    order: int = 0
    #: The form of the collaboration spectrum that it belongs to ("agreement", "budget", "governance", …). Where the
    #: partners mean a looser step that needs no such form, it is not asked.
    form: str = ""
    #: Going on with an open point was agreed for it.
    waived: bool = field(default=False)

    @property
    def why(self) -> str:
        """Why we ask, in the reader's language, from the first lesson."""
        return str(lesson(self.lessons[0]).why) if self.lessons else ""

    @property
    def passes(self) -> bool:
        return self.met or self.waived

    def with_waiver(self) -> Condition:
        return replace(self, waived=True)


#: A batch of conditions: at most two queries, whatever the size of the record.
Batch = Callable[[Place], list[Condition]]
_gates: dict[str, list[Batch]] = {}


def register_gate(stage: str, batch: Batch) -> None:
    """Conditions for leaving `stage`. Called from apps.ready()."""
    if batch not in _gates.setdefault(stage, []):
        _gates[stage].append(batch)


#: Says whether a partnership needs a form: `shows(place)` gives `needs(code)`. Scoping stands above, and hands it in.
Shows = Callable[[Place], Callable[[str], bool]]
_shows: list[Shows] = []


def register_forms(shows: Shows) -> None:
    """Called from apps.ready() by the folder that knows how closely the partners mean to work together."""
    _shows[:] = [shows]


def conditions(stage: str, place: Place) -> list[Condition]:
    """All conditions of the gate out of a stage, in order, without waivers. Behind a stage nobody is waited for.

    What the partners' step on the spectrum does not need is left out, unless it is met: one query more.
    """
    found = [c for batch in _gates.get(stage, []) for c in batch(place)]
    if _shows and any(c.form and not c.met for c in found):
        needs = _shows[0](place)
        found = [c for c in found if c.met or not c.form or needs(c.form)]
    if stage in earlier(place.partnership.stage) or not place.partnership.is_open:
        found = [replace(c, waiting_for=()) for c in found]
    return sorted(found, key=lambda c: c.order)
