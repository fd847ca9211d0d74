"""What the forms share."""

from __future__ import annotations

from typing import Any

from django import forms

LANGUAGES = [("en", "English"), ("fr", "Français"), ("es", "Español")]


def area(rows: int = 3, **attrs: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attrs})
