"""A partner has left: what it owned, planned and asked for. Nothing that others count on is lost in silence.

- Conditions that it had taken on wait for the side that set them, which names another owner or drops them.
- Conditions that it had set, and measures about it, wait for nobody any more.
- Risks that it owned wait for the side that weighs them; risks that it wrote and others read stay in the register, and
  every partner that reads one may weigh it from then on. What only it read goes with it.
- Visits that it planned or would have hosted are called off, joint ones of the others go on and wait for one of these.
- Its decision stands in the history, and counts for no gate.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q

from partnerships import clock
from partnerships.access.actions import circle_for
from partnerships.access.models import CircleParty
from partnerships.access.states import CircleKind
from partnerships.record.models import Partnership, Party
from partnerships.record.states import Role
from partnerships.work import actions as work

from ..kinds import LOOK_AGAIN, NEW_OWNER, REDUCE_RISK, WRITE_UP
from ..models import DecisionMandate, Measure, Risk, Visit
from ..states import VisitKind
from .asking import path_to

#: Days in which another owner is found.
NEW_OWNER_DAYS = 14


def settle_leavers(partnership: Partnership) -> None:
    """Bring what partners that left had in hand to those that stay. Idempotent: called whenever parties change."""
    partners = list(partnership.parties.filter(role=Role.PARTNER).select_related("organisation"))
    gone = [p for p in partners if p.left_on is not None]
    if not gone or not partnership.is_open:
        return
    present = [p for p in partners if p.left_on is None]
    _settle_measures(partnership, gone, present)
    _settle_risks(partnership, gone, present)
    _settle_visits(partnership, gone, present)
    DecisionMandate.objects.of(partnership).filter(party__in=gone, ended_at=None).update(ended_at=clock.now())


def _settle_measures(partnership: Partnership, gone: list[Party], present: list[Party]) -> None:
    standing = Measure.objects.of(partnership).filter(done_at=None, dropped_at=None)
    for measure in standing.filter(Q(party__in=gone) | Q(about__in=gone)):
        work.close_item(partnership, f"dd:measure:{measure.pk}")
        work.close_item(partnership, f"dd:owner:{measure.pk}")
    standing.filter(Q(party__in=gone) | Q(about__in=gone)).update(dropped_at=clock.now())
    for measure in standing.filter(owner__party__in=gone).select_related("party"):
        work.close_item(partnership, f"dd:measure:{measure.pk}")
        work.open_item(
            NEW_OWNER,
            partnership=partnership,
            key=f"dd:owner:{measure.pk}",
            party=measure.party,
            circle=circle_for(partnership, CircleKind.OWN, party=measure.party),
            path=path_to("diligence:hand_on", partnership, measure.public_id),
            due_on=clock.today() + timedelta(days=NEW_OWNER_DAYS),
            item=measure,
        )


def _settle_risks(partnership: Partnership, gone: list[Party], present: list[Party]) -> None:
    """Whoever weighs a risk, or reads it longest, is asked to find an owner, and to look again."""
    risks = Risk.objects.of(partnership).filter(closed_at=None, withdrawn_at=None)
    touched = risks.filter(Q(party__in=gone) | Q(owner__party__in=gone)).select_related("circle", "owner__party")
    ids = {p.pk for p in gone}
    for risk in touched:
        readers = set(CircleParty.objects.filter(circle=risk.circle).values_list("party", flat=True))
        keeper = next((p for p in present if p.pk == risk.party_id), None)
        keeper = keeper or next((p for p in present if p.pk in readers), None)
        if keeper is None:
            work.close_item(partnership, f"dd:risk:{risk.pk}")
            work.close_item(partnership, f"dd:risk_look:{risk.pk}")
            continue
        path = path_to("diligence:risk", partnership, risk.public_id)
        if risk.owner is not None and risk.owner.party_id in ids and risk.due_on is not None:
            work.open_item(
                REDUCE_RISK, partnership=partnership, key=f"dd:risk:{risk.pk}", party=keeper, circle=risk.circle,
                path=path, due_on=risk.due_on, item=risk,
            )  # fmt: skip
        if risk.party_id in ids and risk.look_on is not None:
            work.open_item(
                LOOK_AGAIN, partnership=partnership, key=f"dd:risk_look:{risk.pk}", party=keeper, circle=risk.circle,
                path=path, due_on=risk.look_on, item=risk,
            )  # fmt: skip


def _settle_visits(partnership: Partnership, gone: list[Party], present: list[Party]) -> None:
    planned = Visit.objects.of(partnership).filter(held_at=None, called_off_at=None, withdrawn_at=None)
    touched = planned.filter(Q(party__in=gone) | Q(host__in=gone)).select_related("circle")
    ids = {p.pk for p in gone}
    for visit in touched:
        key = f"dd:visit:{visit.pk}"
        readers = set(CircleParty.objects.filter(circle=visit.circle).values_list("party", flat=True))
        able = [p for p in present if p.pk in readers]
        if visit.kind == VisitKind.JOINT and visit.host_id not in ids and len(present) > 1 and able:
            work.open_item(
                WRITE_UP, partnership=partnership, key=key, party=able[0], circle=visit.circle,
                path=path_to("diligence:visit", partnership, visit.public_id), subject=visit.where, due_on=visit.on,
                item=visit, is_event=True,
            )  # fmt: skip
        else:
            work.close_item(partnership, key)
            Visit.objects.of(partnership).filter(pk=visit.pk).update(called_off_at=clock.now())
