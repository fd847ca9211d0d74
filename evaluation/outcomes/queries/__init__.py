"""Reading outcomes. Everything narrows by what the reader may see; flags and due days say why they do not.

From outside: `read(place)` for reports, in plain values.
"""

from __future__ import annotations

from .effort import Quarter, SideMeter, costs_of, meters, quarter, quarters, shown_statements
from .flags import effort_flags, told_flags
from .indicators import IndicatorRow, indicator_rows, measurable
from .outcomes import OutcomeRow, outcome_rows, told_by_now
from .reading import read
from .since import ASKED_AFTER, Glance, Since, glance, since_last, worth_key
from .worth import released_ids, values_by_party

__all__ = [
    "ASKED_AFTER",
    "Glance",
    "IndicatorRow",
    "OutcomeRow",
    "Quarter",
    "SideMeter",
    "Since",
    "costs_of",
    "effort_flags",
    "glance",
    "indicator_rows",
    "measurable",
    "meters",
    "outcome_rows",
    "quarter",
    "quarters",
    "read",
    "released_ids",
    "shown_statements",
    "since_last",
    "told_by_now",
    "told_flags",
    "values_by_party",
    "worth_key",
]
