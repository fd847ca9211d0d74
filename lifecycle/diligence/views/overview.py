"""The task list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lifecycle.road import registry
from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.documents.queries import unopened_cards
from partnerships.record.states import Stage

from .. import queries
from ..models import DiligenceRound
from ..permissions import can_answer, can_decide, can_have_papers, can_read, can_release
from ..queries import RELEASED_CHECKLIST, RELEASED_CONDITIONS, Checklist
from .shown import show, told_of, url


@require_safe
@guarded(can_read)
def overview(request: HttpRequest, place: Place) -> HttpResponse:
    """Where the partners are with each other: own checklists, what is released, visits, pages, decision."""
    found = queries.checklists(place.own_party, place.partners) if place.is_partner else []
    standing = queries.decisions_told(place)
    context: dict[str, Any] = {
        "checklists": found,
        "progress": _progress(found),
        # Why the partners look again is theirs, and the broker's who was there.
        "round": found[0].asked.round if found else DiligenceRound.objects.visible_to(place).order_by("number").last(),
        "released": queries.released_checklists(place),
        "kept": queries.kept_checklists(place),
        "unopened": unopened_cards(place, RELEASED_CHECKLIST, RELEASED_CONDITIONS),
        "decisions": [{"party": p, "it": standing.get(p.pk)} for p in told_of(place, standing)],
        "sees_decisions": place.is_partner or place.is_broker or bool(standing),
        "may_have_papers": can_have_papers(place),
        "conditions": registry.conditions(Stage.DILIGENCE, place),
        "depth": found[0].asked.depth if found else queries.depth_of(place.partnership),
        "choice": queries.open_depth_choice(place.partnership) if place.is_partner else None,
        "is_now": place.partnership.stage == Stage.DILIGENCE,
        "may_change_depth": can_release(place),
        "may_answer": can_answer(place),
    }
    turns = queries.threads_of(place)
    points = queries.points_about(place)
    context |= {
        "your_turn": [line for line in turns if line.is_mine],
        "clarifications": sum(line.turn is not None for line in turns),
        "to_talk": sum(point.agreed_at is None for point in points),
    }
    if place.is_partner:
        own = found[0]
        first = next((c for c in found if not c.is_done), None)
        if first is not None and can_answer(place):
            start = first.next_open()
            context["next_url"] = url(place, "question", first.about.public_id, start.question.code) if start else ""
            context["next_label"] = (
                _("Go on with your own answers") if first is own and own.has_answers
                else _("Answer about yourselves") if first is own
                else _("Look at %(name)s") % {"name": first.about.name}
            )  # fmt: skip
        elif can_decide(place):
            decision = standing.get(place.own_party.pk)
            if decision is None or not decision.holds:
                context["next_url"], context["next_label"] = url(place, "decision"), _("Take your decision")
    return show(request, place, "overview", context)


def _progress(found: Sequence[Checklist]) -> dict[str, Any]:
    """By theme: what the own side has answered about each, and what of the others' own answers it has read."""
    sides = [_("About yourselves") if c.is_self else _("About %(name)s") % {"name": c.about.name} for c in found]
    others = [c for c in found if not c.is_self]
    sides += [_("%(name)s about itself") % {"name": c.about.name} for c in others]
    groups = {t.code: t.group for c in found for t in c.themes}
    rows = []
    for code, group in groups.items():
        themes = [next((t for t in c.themes if t.code == code), None) for c in found]
        texts = [f"{t.done}/{t.total}" if t is not None and t.total else "–" for t in themes]
        texts += [
            str(sum(r.theirs is not None for r in t.rows)) if t is not None else "–"
            for c, t in zip(found, themes, strict=True)
            if not c.is_self
        ]
        cells = [{"side": side, "text": said} for side, said in zip(sides, texts, strict=True)]
        rows.append({"theme": group.title, "cells": cells})
    return {"sides": sides, "rows": rows}
