"""An opportunity becomes a goal; each partner writes what it gains and what it fears, and shows it when it wants."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships.access.actions import authored, circle_here, put_words, release, save_version, withdraw
from partnerships.access.models import Release
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history.actions import log
from partnerships.record.models import Partnership

from .. import kinds
from ..models import CanvasEntry, Goal, GoalSide
from ..states import GoalKind
from .asking import tell_readers
from .canvas import OPPORTUNITIES, released_already


def draw_goal(opportunity: CanvasEntry, *, text: str, about: str, by: Place, gain: str = "", fear: str = "") -> Goal:
    """A goal out of an opportunity. What the own side gains and fears stays on the own side."""
    text = " ".join(text.split())
    if not text or about not in GoalKind.values:
        raise ValidationError(_("Say the goal in one sentence, and what it is about."))
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        standing = CanvasEntry.objects.of(by.partnership).filter(prompt=OPPORTUNITIES, withdrawn_at=None)
        if not standing.filter(pk=opportunity.pk).exists():
            raise ValidationError(_("This opportunity was taken out of the canvas in the meantime."))
        goal: Goal = Goal.objects.create(
            **authored(by, circle_here(by, CircleKind.PARTNERS)), opportunity=opportunity, text=text, about=about
        )
        log(kinds.GOAL_DRAWN, by=by, item=goal)
        if gain.strip() or fear.strip():
            write_side(goal, gain=gain, fear=fear, by=by, seen=0)
    return goal


def reword_goal(goal: Goal, *, text: str, about: str, by: Place, seen: int) -> Goal:
    """What was drawn together is changed by every partner; nobody's gains and fears change with it."""
    _require_standing(goal)
    goal.about = about
    with transaction.atomic():
        save_version(goal, seen=seen, fields=["about", *put_words(goal, by=by, text=" ".join(text.split()))])
        log(kinds.GOAL_CHANGED, by=by, item=goal)
    return goal


def take_out_goal(goal: Goal, *, by: Place) -> None:
    """The side that drew it takes it out of the pages; that it was there remains."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        withdraw(goal, by=by)
        log(kinds.GOAL_OUT, by=by, item=goal)


def write_side(goal: Goal, *, gain: str, fear: str, by: Place, seen: int) -> GoalSide:
    """What the own side gains and fears; `seen` is the version of what stood there, 0 where nothing did."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        _require_standing(goal)
        side = GoalSide.objects.of(by.partnership).filter(goal=goal, party=by.own_party).first()
        if side is None:
            made: GoalSide = GoalSide.objects.create(
                **authored(by, circle_here(by, CircleKind.OWN)), goal=goal, gain=gain.strip(), fear=fear.strip()
            )
            return made
        save_version(side, seen=seen, fields=put_words(side, by=by, gain=gain.strip(), fear=fear.strip()))
    return side


def show_side(side: GoalSide, *, to: str, by: Place) -> Release:
    """Show what the own side gains and fears. Until a party opens it, it can be recalled."""
    if to not in {CircleKind.PARTNERS_ALONE, CircleKind.PARTNERS}:
        raise ValidationError(_("Choose who may read this."))
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        _require_standing(side.goal)
        if released_already(GoalSide, [side.pk]):
            raise ValidationError(_("This is released already."), code="released")
        circle = circle_here(by, to)
        bundle = release([side], kind=kinds.GOAL_RELEASE, to=circle, by=by)
        log(kinds.SIDE_SHOWN, by=by, circle=circle)
        tell_readers(bundle, "scoping:goals", by=by)
    return bundle


def _require_standing(goal: Goal) -> None:
    if Goal.objects.of(goal.partnership).filter(pk=goal.pk).exclude(withdrawn_at=None).exists():
        raise ValidationError(_("This goal was taken out in the meantime."))
