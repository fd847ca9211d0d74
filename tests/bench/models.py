"""The floor's tables: what a bare Django page of the same size would read."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class FloorRow(models.Model):
    """Seven columns, found by an index on its owner and the day."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, db_constraint=False, related_name="+")
    name = models.CharField(max_length=120)
    partner = models.CharField(max_length=120)
    country = models.CharField(max_length=60)
    stage = models.CharField(max_length=20)
    flags = models.PositiveSmallIntegerField()
    reviewed_on = models.DateField()
    due_on = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["owner", "due_on", "id"], name="floor_row_owner")]

    def __str__(self) -> str:
        return self.name


class FloorNote(models.Model):
    """What hangs on a row, for the detail page."""

    row = models.ForeignKey(FloorRow, models.CASCADE, related_name="notes")
    author = models.CharField(max_length=120)
    text = models.CharField(max_length=200)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.text
