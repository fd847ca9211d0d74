"""Who may add documents, and show them to others."""

from __future__ import annotations

from ..access.permissions import can_contribute, can_read
from ..access.places import Place
from .models import Document

__all__ = ["can_add_document", "can_change_document", "can_contribute", "can_keep", "can_read", "can_release_document"]


def can_add_document(place: Place) -> bool:
    """Anyone seated with a party that is still in."""
    return can_contribute(place)


def can_change_document(place: Place, document: Document) -> bool:
    """Its author, or the lead of the side it belongs to; in a closed record too: withdrawing is a right.

    What the software made of what several signed (no author) belongs to none of them alone.
    """
    if place.party is None or place.party.pk != document.party_id or document.author_id is None:
        return False
    return document.author_id == place.user.pk or place.is_lead


def can_release_document(place: Place, document: Document) -> bool:
    return can_contribute(place) and can_change_document(place, document) and document.withdrawn_at is None


def can_keep(place: Place, document: Document) -> bool:
    """Say how long a file is kept: whoever may withdraw it."""
    return document.is_file and can_change_document(place, document)
