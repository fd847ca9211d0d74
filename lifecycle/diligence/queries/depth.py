"""Whose questions the partners may agree to, and what of them may be read."""

from __future__ import annotations

from partnerships.access.places import Place
from partnerships.catalogue.models import CatalogueVersion
from partnerships.catalogue.queries import newest_own
from partnerships.catalogue.states import Kind
from partnerships.record.models import Partnership

from ..models import DepthChoice
from .asked import adopted_choice, library_after, round_of

SHIPPED = "shipped"


def offered_libraries(place: Place) -> list[CatalogueVersion]:
    """Own versions that this side may propose: what its organisation published, and what was proposed here before.

    Another partner's library is not among them until that partner has proposed it.
    """
    own = newest_own(place.own_party.organisation_id) if place.is_partner else []
    choices = DepthChoice.objects.visible_to(place).filter(library__isnull=False).order_by("-pk")
    proposed = {
        choice.library_id: choice.library
        for choice in choices.select_related("library__organisation").defer("library__content")
        if choice.library is not None
    }
    for version in own:
        version.organisation = place.own_party.organisation
    return [*own, *(each for pk, each in proposed.items() if pk not in {version.pk for version in own})]


def readable_library(place: Place, whose: str, code: str, number: int) -> CatalogueVersion | None:
    """A library that may be read in this record: shipped, one's own organisation's, or once it was proposed here."""
    versions = CatalogueVersion.objects.select_related("organisation").filter(
        kind=Kind.LIBRARY, code=code, version=number
    )
    if whose == SHIPPED:
        return versions.filter(organisation=None).first()
    found = versions.filter(organisation__public_id=whose).first()
    if found is None:
        return None
    is_own = place.is_partner and found.organisation_id == place.own_party.organisation_id
    was_proposed = is_own or DepthChoice.objects.visible_to(place).filter(library=found).exists()
    return found if was_proposed else None


def awaits_refresh(partnership: Partnership) -> bool:
    """A round has begun with other questions than the partners have agreed since."""
    now = round_of(partnership)
    return now is not None and now.library_id != library_after(adopted_choice(partnership)).pk
