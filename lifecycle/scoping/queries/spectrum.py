"""How closely the partners mean to work together, and which forms that needs."""

from __future__ import annotations

from dataclasses import dataclass

from partnerships.access.places import Place
from partnerships.access.ready import Ready
from partnerships.catalogue.content import Spectrum
from partnerships.catalogue.queries import content

from ..models import SheetAnswer
from ..states import INTENDED, SheetKind

#: What each partner means, for whoever reads: not who marked what, only the step that all of them mean.
_INTENDED = Ready(
    lambda record: (
        SheetAnswer.objects.unguarded("the step that all partners mean decides which forms their pages show")
        .filter(
            partnership=record,
            question=INTENDED,
            replaced_at=None,
            withdrawn_at=None,
            sheet__kind=SheetKind.SPECTRUM,
            sheet__opened_at__isnull=False,
        )
        .select_related("sheet__catalogue_version")
        .defer("text", "sheet__catalogue_version__content")
        .order_by("pk")
    )
)


@dataclass(frozen=True)
class Unlocked:
    """Which forms a partnership's pages show. Without a step that all partners mean, all of them."""

    #: The step that every partner means; None while they mean different ones, or have not marked.
    step: int | None = None
    forms: frozenset[str] = frozenset()

    def shows(self, form: str) -> bool:
        """Whether a form of this code is asked for and offered. What exists already is shown all the same."""
        return self.step is None or form in self.forms


def _marks(place: Place) -> list[SheetAnswer]:
    partners = {p.pk for p in place.partners}
    found = place.once("scoping.intended", lambda: _INTENDED(record=place.partnership.pk))
    return [mark for mark in found if mark.party_id in partners]


def intended_step(place: Place) -> int | None:
    """The step that every partner that is in means, opened to all of them. One query.

    It is never decided by some for the others: one partner that marks another step, or leaves its own open, and all
    forms are there again. A partner that left, and one that has not marked yet, are counted as they stand today.
    """
    marks = {mark.party_id: mark.option for mark in _marks(place)}
    meant = {marks.get(p.pk, "") for p in place.partners}
    if len(place.partners) < 2 or len(meant) != 1 or not (step := meant.pop()):
        return None
    return int(step)


def unlocked(place: Place) -> Unlocked:
    """What the pages of every stage ask before they offer a form: `unlocked(place).shows("agreement")`.

    One query on a page that shows, however often it is asked. The list is the newest that the partners marked.
    """
    step = intended_step(place)
    if step is None:
        return Unlocked()
    asked = max((mark.sheet.catalogue_version for mark in _marks(place)), key=lambda version: version.version)
    return Unlocked(step, content(asked, Spectrum).unlocked(step))
