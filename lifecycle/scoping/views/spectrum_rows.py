"""The steps of the spectrum with the partners' marks, and what the step that all mean unlocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from partnerships.access.places import Place
from partnerships.catalogue.content import Spectrum, SpectrumStep
from partnerships.catalogue.queries import current_content
from partnerships.record.models import Party

from .. import queries
from ..states import INTENDED


@dataclass
class StepRow:
    """One step, who stands there and who means to."""

    step: SpectrumStep
    today: list[Party]
    intended: list[Party]
    agreed: bool


def spectrum(place: Place, said: dict[str, list[queries.Said]]) -> dict[str, Any]:
    """For the page: the steps, where the marks differ, and each form with whether it is shown."""
    asked = current_content(Spectrum)
    unlocked = queries.unlocked(place)

    def marked(question: str, step: str) -> list[Party]:
        rows = [s for s in said.get(question, []) if s.party.left_on is None]
        return [s.party for s in rows if s.answer is not None and s.answer.option == step]

    steps = [
        StepRow(step, marked("today", step.code), marked(INTENDED, step.code), step.code == str(unlocked.step))
        for step in asked.items
    ]
    return {
        "steps": steps,
        "agreed": next((row.step for row in steps if row.agreed), None),
        "differ_today": sum(bool(row.today) for row in steps) > 1,
        "differ_intended": sum(bool(row.intended) for row in steps) > 1,
        "forms": [
            {
                "title": form.title,
                "shown": unlocked.shows(form.code),
                "from": next((s.title for s in asked.items if form.code in s.unlocks), ""),
            }
            for form in asked.forms
        ],
        "why": asked.lessons,
    }
