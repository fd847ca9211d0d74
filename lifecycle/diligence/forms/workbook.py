"""Taking in a workbook: the file, and what somebody chooses of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from partnerships.documents.checks import check
from partnerships.documents.forms import UploadField
from partnerships.documents.states import ENDINGS, FileType
from partnerships.looks.widgets import ChoiceCards, LimitedFileInput

from ..queries.workbook import Compared, Comparison, Group
from ..workbook import MAX_BYTES, too_large


class WorkbookForm(forms.Form):
    """The file: an Excel workbook by its content, without programs and without a password."""

    file = UploadField(
        label=_("The workbook that you filled in"),
        widget=LimitedFileInput(
            max_bytes=MAX_BYTES, kinds=_("Excel workbook from this page"), accept=[f".{ENDINGS[FileType.XLSX][0]}"]
        ),
    )

    def clean_file(self) -> bytes:
        upload = self.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            raise too_large()
        found = check(upload)
        if found.content_type != FileType.XLSX:
            raise ValidationError(_("This is not an Excel workbook. Save it as XLSX, and try again."), code="kind")
        return found.content


HERE, YOURS = "here", "yours"


class TakeOverForm(forms.Form):
    """What comes from a workbook. Where both have changed, cell by cell; what is here stays unless somebody says so."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, found: Comparison, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found = found
        self.fields["seen"].initial = found.seen
        for row in found.usable:
            if row.group == Group.CONFLICT:
                for cell in row.cells:
                    self.fields[self._name(row, cell.name)] = forms.ChoiceField(
                        label=f"{row.short}, {cell.label}",
                        choices=[(HERE, _("Keep what is here")), (YOURS, _("Take mine"))],
                        initial=HERE,
                        required=False,
                        widget=ChoiceCards,
                    )
            else:
                self.fields[self._name(row)] = forms.BooleanField(
                    label=gettext("Take over %(code)s") % {"code": row.short},
                    required=False,
                    initial=row.group != Group.OFFERED,
                )

    @staticmethod
    def _name(row: Compared, cell: str = "take") -> str:
        return f"{cell}_{row.field_name}"

    def parts(self, *groups: str) -> list[dict[str, Any]]:
        """The rows of some groups, each with its fields, for the template."""
        return [
            {
                "row": row,
                "take": None if row.group == Group.CONFLICT else self[self._name(row)],
                "cells": [
                    {"it": cell, "field": self[self._name(row, cell.name)] if row.group == Group.CONFLICT else None}
                    for cell in row.cells
                ],
            }
            for row in self.found.usable
            if row.group in groups
        ]

    @property
    def conflicts(self) -> list[dict[str, Any]]:
        return self.parts(Group.CONFLICT)

    @property
    def new(self) -> list[dict[str, Any]]:
        return self.parts(Group.NEW)

    @property
    def yours(self) -> list[dict[str, Any]]:
        return self.parts(Group.YOURS)

    @property
    def offered(self) -> list[dict[str, Any]]:
        return self.parts(Group.OFFERED)

    def chosen(self) -> dict[str, frozenset[str]]:
        """Per code the cells that come from the workbook."""
        found = {}
        for row in self.found.usable:
            if row.group == Group.CONFLICT:
                cells = [c.name for c in row.cells if self.cleaned_data.get(self._name(row, c.name)) == YOURS]
            else:
                cells = ["answer", "note"] if self.cleaned_data.get(self._name(row)) else []
            found[row.code] = frozenset(cells)
        return found
