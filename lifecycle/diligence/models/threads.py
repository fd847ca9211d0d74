"""Clarifying what an answer means: one partner asks, the one that answered answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from partnerships.access.models import Circled
from partnerships.catalogue.models import CatalogueVersion
from partnerships.record.models import Party

from ..states import EntryKind
from .checklists import Assessment

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Thread(Circled):
    """A clarification of one released answer, between the party that asks and the one that answered.

    It belongs to its round, and stays readable when the question is asked no more or the answer was withdrawn. Its own
    party is the one that asks. Whose turn it is follows from its last entry (`queries.threads`).
    """

    #: The checklist in which the answer stands: its party is the one that is asked.
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="threads")
    asked = models.ForeignKey(Party, models.PROTECT, related_name="+")
    about = models.ForeignKey(Party, models.PROTECT, related_name="+")
    #: The question as it was asked.
    library = models.ForeignKey(CatalogueVersion, models.PROTECT, related_name="+")
    code = models.CharField(max_length=16)

    entries: RelatedManager[ThreadEntry]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "assessment", "code"], name="thread_once")]

    def __str__(self) -> str:
        return f"{self.party_id} asks {self.asked_id} about {self.code}"


class ThreadEntry(Circled):
    """What one of the two wrote, or did. Never edited; the last one can be taken back until the others open it."""

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=8, choices=EntryKind.choices, default=EntryKind.WORDS)
    text = models.TextField(blank=True)
    #: When somebody of the other side opened it; before, nobody but its own side reads it.
    opened_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} in {self.thread_id}"
