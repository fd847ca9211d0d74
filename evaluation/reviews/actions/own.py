"""What goes to the own side first: released by it, as one act that can be recalled until it is opened."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships.access.actions import release as release_items
from partnerships.access.models import Release
from partnerships.access.places import Place
from partnerships.history import actions as history

from .. import kinds
from ..models import OwnFigures
from ..queries import releases_of
from ..states import OwnKind
from .rounds import refuse_in_closed_record


def release_own_figures(figures: OwnFigures, *, by: Place) -> Release:
    """A side shows the other readers of the round how far its people agree, or head office beside site or field."""
    with transaction.atomic():
        figures = OwnFigures.objects.of(by.partnership).select_for_update(of=("self",)).get(pk=figures.pk)
        if any(bundle.recalled_at is None for bundle in releases_of(figures)):
            raise ValidationError(_("This is released already."))
        round = figures.part.round
        refuse_in_closed_record(round)
        bundle = release_items([figures], kind=kinds.RELEASED_OWN[OwnKind(figures.kind)], to=round.circle, by=by)
        history.log(kinds.OWN_RELEASED, by=by, item=round)
    return bundle
