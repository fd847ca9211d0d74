"""Addresses of the portfolio."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "portfolio"
urlpatterns = [path("partnerships/", views.list_, name="list")]
