"""Forms of outcomes. They clean what was typed; actions decide."""

from __future__ import annotations

from .effort import CostForm, HoursCorrectionForm, HoursForm, ShowForm
from .indicators import IndicatorChangeForm, IndicatorForm
from .measuring import ConfirmImportForm, CorrectionForm, ImportForm, MeasureForm
from .outcomes import OutcomeForm, VoiceForm
from .worth import ValueForm

__all__ = [
    "ConfirmImportForm",
    "CorrectionForm",
    "CostForm",
    "HoursCorrectionForm",
    "HoursForm",
    "ImportForm",
    "IndicatorChangeForm",
    "IndicatorForm",
    "MeasureForm",
    "OutcomeForm",
    "ShowForm",
    "ValueForm",
    "VoiceForm",
]
