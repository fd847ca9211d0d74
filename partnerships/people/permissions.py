"""Who may do what in an organisation."""

from __future__ import annotations

from .models import Membership, Organisation, User


def administers(user: User, organisation: Organisation) -> bool:
    """People, offices and invitations are an administrator's."""
    return Membership.objects.filter(user=user, organisation=organisation, ended_on=None, role="administrator").exists()
