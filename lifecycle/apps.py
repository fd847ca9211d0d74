from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig

FOLDERS = (
    "road",
    "attention",
    "scoping",
    "screening",
    "diligence",
    "agreement",
    "delivery",
    "communication",
    "concluding",
)


class LifecycleConfig(AppConfig):
    name = "lifecycle"

    def ready(self) -> None:
        # Each folder's gate.py registers its conditions, tabs, panels and flags in `register()`.
        for folder in FOLDERS:
            gate = import_module(f"lifecycle.{folder}.gate")
            if hasattr(gate, "register"):
                gate.register()
