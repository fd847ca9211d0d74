"""Addresses of flags."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "attention"
urlpatterns = [path("p/<str:pid>/flags/<str:flag>/dismiss/", views.dismiss, name="dismiss")]
