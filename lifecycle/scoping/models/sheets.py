"""What each partner writes alone, and all read together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships.access.models import Circle, Circled
from partnerships.catalogue.models import CatalogueVersion

from ..states import AnswerOutcome, SheetKind

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Sheet(Circled):
    """One partner's fit screen, motive note or card. Its own side reads it; others know only whether it is in."""

    kind = models.CharField(max_length=10, choices=SheetKind.choices)
    catalogue_version = models.ForeignKey(CatalogueVersion, models.PROTECT, related_name="+")
    handed_in_at = models.DateTimeField(null=True)
    handed_in_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    #: The moment in which all partners' sheets of this kind were opened to each other.
    opened_at = models.DateTimeField(null=True)
    opened_to = models.ForeignKey(Circle, models.PROTECT, null=True, related_name="+")

    answers: RelatedManager[SheetAnswer]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partnership", "party", "kind"], name="sheet_once"),
            models.CheckConstraint(
                condition=Q(opened_at=None) | Q(handed_in_at__isnull=False), name="sheet_opened_after_hand_in"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.party_id}"


class SheetAnswer(Circled):
    """An answer. Own side until all are opened; changed afterwards, it is a new row beside the one it replaces."""

    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="answers")
    question = models.CharField(max_length=40)
    option = models.CharField(max_length=40, blank=True)
    #: Of the option, as the catalogue's version had it.
    outcome = models.CharField(max_length=8, choices=AnswerOutcome.choices, blank=True)
    text = models.TextField(_("In your words"), blank=True)
    replaced_at = models.DateTimeField(null=True)
    #: Written after the opening: shown as changed, with its date.
    is_change = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sheet", "question"], condition=Q(replaced_at=None), name="sheet_answer_current_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.question} of sheet {self.sheet_id}"
