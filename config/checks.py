"""What Django's own checks cannot know of an installation on several machines."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


@register(Tags.security, deploy=True)
def one_seal_for_all_machines(**kwargs: Any) -> list[CheckMessage]:
    """Each worker would otherwise make a certificate of its own, on its own disk."""
    if not settings.STORAGE_URL or settings.SEAL_P12:
        return []
    return [
        Warning(
            "Files are in an object store, so that workers may be on several machines, and SEAL_P12 is not set.",
            hint="manage.py make_seal prints one; give the same to every machine.",
            id="common_ground.W001",
        )
    ]
