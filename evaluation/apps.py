from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig

FOLDERS = ("reviews", "outcomes", "lessons", "reports")


class EvaluationConfig(AppConfig):
    name = "evaluation"

    def ready(self) -> None:
        # Each folder's gate.py registers its conditions, tabs, panels and flags in `register()`.
        for folder in FOLDERS:
            gate = import_module(f"evaluation.{folder}.gate")
            if hasattr(gate, "register"):
                gate.register()
