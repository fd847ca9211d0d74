"""The allowed moves, as one table."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from partnerships.record.states import Stage, Standing


class MoveKind(models.TextChoices):
    FORWARD = "forward", _("Forward")
    BACK = "back", _("Back")
    HOLD = "hold", _("On hold")
    RESUME = "resume", _("Resumed")
    END = "end", _("Ended")
    NOT_PURSUED = "not_pursued", _("Not pursued")
    OPENED = "opened", _("Opened here")
    CLOSE = "close", _("Closed")


@dataclass(frozen=True)
class Rule:
    """Who must want a kind of move, and from which standing it is allowed."""

    needs_all: bool
    from_standing: tuple[str, ...]
    needs_reason: bool


#: One partner alone may suspend at once, or end; only going forward and resuming need all (catalogue 8).
RULES: dict[str, Rule] = {
    MoveKind.FORWARD: Rule(True, (Standing.ACTIVE,), False),
    MoveKind.BACK: Rule(False, (Standing.ACTIVE,), True),
    MoveKind.HOLD: Rule(False, (Standing.ACTIVE,), True),
    MoveKind.RESUME: Rule(True, (Standing.ON_HOLD,), False),
    MoveKind.END: Rule(False, (Standing.ACTIVE, Standing.ON_HOLD), True),
    MoveKind.NOT_PURSUED: Rule(False, (Standing.ACTIVE, Standing.ON_HOLD), False),
    MoveKind.CLOSE: Rule(True, (Standing.ACTIVE,), False),
}

#: The one table of forward moves; each gate is named after the stage it leads out of.
FORWARD: dict[str, str] = {
    Stage.SCOPING: Stage.DILIGENCE,
    Stage.DILIGENCE: Stage.AGREEMENT,
    Stage.AGREEMENT: Stage.IMPLEMENTATION,
    Stage.IMPLEMENTATION: Stage.CONCLUDING,
    Stage.CONCLUDING: Stage.CONCLUDED,
}
#: "Not pursued" is for what has not started; afterwards a partnership is ended or concluded.
NOT_PURSUED_FROM: tuple[str, ...] = (Stage.SCOPING, Stage.DILIGENCE, Stage.AGREEMENT)


#: What a partner does alone, and tells why: the others can file their own word on it (catalogue 8).
SAID_ALONE: tuple[str, ...] = (MoveKind.BACK, MoveKind.HOLD, MoveKind.END)


def earlier(stage: str) -> tuple[str, ...]:
    """The stages that a partnership can move back to."""
    order = tuple(Stage.values)
    return order[: order.index(stage)] if stage != Stage.CONCLUDED else ()
