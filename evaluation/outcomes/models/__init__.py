"""Indicators and their values, outcomes, what each partner gets, and what partnering costs it."""

from __future__ import annotations

from .effort import CostEntry, EffortStatement, HourEntry, StatedCost
from .indicators import Indicator, IndicatorChange, Measurement, MeasurementChange
from .outcomes import Outcome, OutcomeVoice, OutcomeWording
from .worth import ValueEntry

__all__ = [
    "CostEntry",
    "EffortStatement",
    "HourEntry",
    "Indicator",
    "IndicatorChange",
    "Measurement",
    "MeasurementChange",
    "Outcome",
    "OutcomeVoice",
    "OutcomeWording",
    "StatedCost",
    "ValueEntry",
]
