"""Gathers the admin of the folders; nothing of its own."""

from __future__ import annotations

from .agreement import admin as agreement_admin  # noqa: F401
