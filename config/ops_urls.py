"""Addresses for those who run the installation."""

from __future__ import annotations

from django.urls import path

from . import ops
from .operations import metrics

urlpatterns = [
    path("health/live", ops.live, name="health_live"),
    path("health/ready", ops.ready, name="health_ready"),
    path("metrics", metrics.metrics, name="metrics"),
]
