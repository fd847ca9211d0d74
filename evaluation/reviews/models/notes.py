"""What a broker keeps for itself."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from partnerships.access.models import Circled

from .rounds import Round


class FacilitationNote(Circled):
    """A line of a broker's own log of a round. Its author alone reads it, colleagues and administrators included."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="facilitation_notes")
    text = models.TextField(_("What do you want to remember?"), max_length=4000)

    class Meta:
        indexes = [models.Index(fields=["round", "author"])]

    def __str__(self) -> str:
        return f"note {self.public_id}"
