"""Everything that changes outcomes. Each act is one transaction. One module a piece of the work."""

from __future__ import annotations

from .asking import follow_measuring, tell_readers, tell_worth
from .effort import (
    change_cost,
    change_hours,
    show_effort,
    take_out_cost,
    take_out_hours,
    withdraw_statement,
    write_cost,
    write_hours,
)
from .importing import take_in
from .indicators import change_indicator, set_indicator, withdraw_indicator
from .measuring import correct, measure, withdraw_measurement
from .outcomes import record_outcome, reword_outcome, voice, withdraw_outcome, withdraw_voice
from .worth import change_value, show_values, take_out_value, write_value

__all__ = [
    "change_cost",
    "change_hours",
    "change_indicator",
    "change_value",
    "correct",
    "follow_measuring",
    "measure",
    "record_outcome",
    "reword_outcome",
    "set_indicator",
    "show_effort",
    "show_values",
    "take_in",
    "take_out_cost",
    "take_out_hours",
    "take_out_value",
    "tell_readers",
    "tell_worth",
    "voice",
    "withdraw_indicator",
    "withdraw_measurement",
    "withdraw_outcome",
    "withdraw_statement",
    "withdraw_voice",
    "write_cost",
    "write_hours",
    "write_value",
]
