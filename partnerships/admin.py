"""Gathers the admin of the folders; nothing of its own."""

from __future__ import annotations

from .catalogue import admin as catalogue_admin  # noqa: F401
from .notices import admin as notices_admin  # noqa: F401
from .people import admin as people_admin  # noqa: F401
