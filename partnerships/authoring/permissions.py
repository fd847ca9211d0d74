"""Who writes an organisation's libraries."""

from __future__ import annotations

from ..people.models import Organisation, User
from ..people.permissions import administers


def can_write(user: User, organisation: Organisation) -> bool:
    """Its administrators. Partners read a library through the record in which it was proposed."""
    return administers(user, organisation)
