"""Pages of outcomes, value and cost."""

from __future__ import annotations

from .effort import (
    change_cost,
    change_hours,
    effort,
    new_cost,
    new_hours,
    remove_cost,
    remove_hours,
    show_effort,
    withdraw_statement,
)
from .importing import import_template, import_values, take_in
from .indicators import (
    change_indicator,
    correct,
    indicator,
    measure,
    new_indicator,
    withdraw_indicator,
    withdraw_measurement,
)
from .outcomes import new_outcome, outcome, reword, voice, withdraw_outcome, withdraw_voice
from .overview import overview
from .since import since
from .worth import change_value, new_value, remove_value, show_values

__all__ = [
    "change_cost",
    "change_hours",
    "change_indicator",
    "change_value",
    "correct",
    "effort",
    "import_template",
    "import_values",
    "indicator",
    "measure",
    "new_cost",
    "new_hours",
    "new_indicator",
    "new_outcome",
    "new_value",
    "outcome",
    "overview",
    "remove_cost",
    "remove_hours",
    "remove_value",
    "reword",
    "show_effort",
    "show_values",
    "since",
    "take_in",
    "voice",
    "withdraw_indicator",
    "withdraw_measurement",
    "withdraw_outcome",
    "withdraw_statement",
    "withdraw_voice",
]
