"""The product's addresses and the floor's. No other URL configuration knows these two."""

from __future__ import annotations

from django.urls import include, path

from config.urls import handler400, handler403, handler404  # noqa: F401

from . import floor

urlpatterns = [
    path("floor/list/", floor.listing),
    path("floor/detail/<int:pk>/", floor.detail),
    path("", include("config.urls")),
]
