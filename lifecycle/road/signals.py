"""The one signal of the house: sent inside the move's transaction, connected in apps.ready()."""

from __future__ import annotations

from django.dispatch import Signal

#: Arguments: partnership, move, place (None when time moved it).
stage_changed = Signal()
