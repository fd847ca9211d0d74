"""Words about a question of safeguarding: one short line, never anything about a case."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from ..states import SHORT, LineProblem, is_short_line

NEVER = _("Never anything about a case: no place, no date, no person.")


def _one_line(value: str) -> None:
    # Beyond the limit the field says so itself.
    if len(value) <= SHORT and not is_short_line(value):
        raise ValidationError(LineProblem.CASE.label)


def short_line(*, label: Any, required: bool = True, help_text: Any = "") -> forms.CharField:
    """The field for it."""
    said = format_lazy("{} {}", NEVER, help_text) if help_text else NEVER
    return forms.CharField(
        label=label, required=required, max_length=SHORT, help_text=said, validators=[_one_line],
    )  # fmt: skip


def keep_short(form: forms.Form, *names: str) -> None:
    """Ask for one short line in these fields, instead of a text."""
    for name in names:
        field = form.fields[name]
        form.fields[name] = short_line(label=field.label, required=field.required, help_text=field.help_text)
