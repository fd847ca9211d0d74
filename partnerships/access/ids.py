"""Random public ids: what stands in addresses. They identify, they never authorise."""

from __future__ import annotations

import secrets

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_public_id() -> str:
    """Twelve characters (59 bits) that survive being read out on the phone."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))
