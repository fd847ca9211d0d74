"""Gathers the admin of the folders; nothing of its own."""

from __future__ import annotations

from .reports import admin as reports_admin  # noqa: F401
