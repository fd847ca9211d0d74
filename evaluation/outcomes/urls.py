"""Addresses of this piece of the work."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "outcomes"
urlpatterns: list[URLPattern] = []
