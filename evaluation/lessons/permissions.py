"""Who writes and approves lessons."""

from __future__ import annotations

from partnerships.access.permissions import can_read, can_speak_for_party, can_work

__all__ = ["can_read", "can_speak_for_party", "can_work"]
