"""Pages of the installation's staff."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "operations"
urlpatterns = [
    path("operations/", views.overview, name="overview"),
    path("operations/try-again/", views.try_again, name="try_again"),
]
