"""Keeping summary rows true."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from .. import clock
from ..record.models import Partnership, Party
from ..record.states import STAGES, sectors_in_order
from ..work.models import WorkItem
from .models import Summary


def refresh_summary(partnership: Partnership) -> None:
    """Write what the record itself knows (name, stage, standing, who else) into every party's row."""
    parties = list(partnership.parties.select_related("organisation"))
    for party in parties:
        others = [
            {"name": p.organisation.called, "mark": p.mark_role, "variant": p.mark_variant, "role": p.role}
            for p in parties
            if p.pk != party.pk and p.left_on is None
        ]
        Summary.objects.update_or_create(
            party=party,
            defaults={
                "partnership": partnership,
                "organisation": party.organisation,
                "name": partnership.name,
                "others": others,
                "country": partnership.country,
                "sectors": sought_text(partnership.sectors),
                "stage": partnership.stage,
                "stage_order": STAGES.index(partnership.stage),
                "standing": partnership.standing,
                "since": partnership.stage_since,
                "changed_at": clock.now(),
            },
        )


def sought_text(sectors: Collection[str]) -> str:
    """As `Summary.sectors` holds them: each between blanks, so that none is found within another."""
    return f" {' '.join(sectors_in_order(sectors))} " if sectors else ""


def note(party: Party, **values: Any) -> None:
    """Write what another folder knows for one party: flags, last public contact, last review, headline."""
    Summary.objects.filter(party=party).update(**values, changed_at=clock.now())


def refresh_dates() -> int:
    """Write the next due date of each row where it changed, from what its party may know of. One statement.

    What is late is still the next thing to do; an appointment that is past is not. Returns how many were written.
    """
    nearest = (
        WorkItem.objects.open()
        .filter(partnership=OuterRef("partnership"), circle__members__party=OuterRef("party"), due_on__isnull=False)
        .exclude(is_event=True, due_on__lt=clock.today())
        .order_by("due_on")
        .values("due_on")[:1]
    )
    due = Coalesce(Subquery(nearest), Value(clock.FAR))
    # Every row is looked at, and hardly any changes: a row that is written again is a dead one for the database.
    return Summary.objects.annotate(due=due).exclude(next_due=F("due")).update(next_due=F("due"))
