"""Each partner's own decision."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access import actions as access
from partnerships.access.actions import authored, circle_here
from partnerships.access.models import ReleaseItem
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history.actions import log
from partnerships.notices import actions as notices
from partnerships.record.models import Partnership, Party, Seat
from partnerships.work import actions as work

from ..decision import Evaluation, Item, Residual, months_later
from ..kinds import DECIDED, DECIDED_NOTICE, MANDATE, MEET_CONDITION, RENEW
from ..models import (
    DecisionMandate,
    DecisionReason,
    DecisionTrace,
    DiligenceDecision,
    Measure,
    TraceLine,
)
from ..queries import (
    RELEASED_CONDITIONS,
    Basis,
    basis_of,
    deciders,
    library_for,
    partners_circle,
    standing_measures,
)
from ..states import Outcome
from .asking import AGAIN_DAYS, ask_again, circle_with, path_to, take_part


def decide(*, outcome: str, reason: str, by: Place, seen: str | None = None) -> DiligenceDecision:
    """A partner's own decision, by the rule or more careful. Why stays on the own side.

    Its measures become conditions that wait for their owners; its end date waits for the partner. `seen` is the
    decision that stood where this was chosen (public id, "" for none): nobody decides over one that they have not read.
    """
    with transaction.atomic():
        Party.objects.select_for_update().get(pk=by.own_party.pk)
        standing = DiligenceDecision.objects.of(by.partnership).filter(party=by.own_party, superseded_at=None)
        if seen is not None and seen != (standing.values_list("public_id", flat=True).first() or ""):
            raise ValidationError(
                _("Your side has decided in the meantime. Read that decision; then decide again if you want."),
                code="stale",
            )
        basis = basis_of(by.own_party, by.partners)
        rule = basis.evaluation
        _require_mandate(outcome, rule, by)
        if outcome not in rule.allowed:
            raise ValidationError(_not_allowed(outcome, rule.outcome, bool(rule.missing)))
        if outcome == Outcome.NOT_NOW and not reason.strip():
            raise ValidationError({"reason": _("Write down why; only your own side reads it.")})
        today = clock.today(by.user.time_zone)
        standing.update(superseded_at=clock.now())
        decision: DiligenceDecision = DiligenceDecision.objects.create(
            **authored(by, partners_circle(by)),
            outcome=outcome,
            decided_on=today,
            expires_on=months_later(today, rule.valid_months),
        )
        if reason.strip():
            DecisionReason.objects.create(
                **authored(by, circle_here(by, CircleKind.OWN)),
                decision=decision,
                text=reason,
            )
        _keep_trace(decision, basis, by)
        log(DECIDED, by=by, item=decision)
        take_part(by)
        work.close_item(by.partnership, f"dd:ask:{by.own_party.pk}:decide")
        _watch_expiry(decision, by)
        if decision.is_go:
            make_conditions(by)
        _tell_decided(decision, by)
    return decision


def _require_mandate(outcome: str, rule: Evaluation, by: Place) -> None:
    """Whom the partner named, else its lead or stand-in; an executive among them where much remains of a risk.

    Saying not now is open to each of these at any level: stopping never waits for anybody.
    """
    able = {s.pk for s in deciders(by.own_party, executive=outcome != Outcome.NOT_NOW and rule.needs_executive)}
    if by.seat is not None and by.seat.pk in able:
        return
    if outcome != Outcome.NOT_NOW and rule.needs_executive:
        raise ValidationError(_("A risk of 15 or more remains: an executive of your organisation decides."))
    raise ValidationError(_("Your side named somebody else to take this decision."))


def _keep_trace(decision: DiligenceDecision, basis: Basis, by: Place) -> None:
    """Why the rule said what it said, as codes, levels and risks: what changes later does not rewrite it."""
    rule = basis.evaluation
    trace: DecisionTrace = DecisionTrace.objects.create(
        **authored(by, circle_here(by, CircleKind.OWN)),
        decision=decision,
        library=library_for(by.partnership),
        proposed=rule.outcome,
        needed_executive=rule.needs_executive,
        valid_months=rule.valid_months,
        answers_seen=len(basis.rows),
        risks_seen=len(basis.risks),
    )
    TraceLine.objects.bulk_create([_line(trace, taken.step, thing) for taken in rule.steps for thing in taken.because])


def _line(trace: DecisionTrace, step: str, thing: Item | Residual) -> TraceLine:
    if isinstance(thing, Residual):
        return TraceLine(trace=trace, step=step, risk_id=thing.ref, score=thing.score, measure=thing.measure)
    about, code = thing.ref
    return TraceLine(
        trace=trace,
        step=step,
        about_id=about,
        code=code,
        level=thing.level,
        critical=thing.critical,
        measure=thing.measure,
        board=thing.board,
    )


def name_decider(seat: Seat | None, *, by: Place) -> None:
    """Say who takes the own side's decision; None: its lead and stand-ins again."""
    if seat is not None and (seat.party_id != by.own_party.pk or seat.ended_on is not None):
        raise ValidationError({"seat": _("Choose somebody of your own side who has a seat.")})
    with transaction.atomic():
        Party.objects.select_for_update().get(pk=by.own_party.pk)
        standing = DecisionMandate.objects.of(by.partnership).filter(party=by.own_party, ended_at=None)
        now = standing.first()
        if (now.seat_id if now is not None else None) == (seat.pk if seat is not None else None):
            return
        standing.update(ended_at=clock.now())
        if seat is not None:
            DecisionMandate.objects.create(**authored(by, partners_circle(by)), seat=seat)
        log(MANDATE, by=by, circle=partners_circle(by))
        ask_again(by.own_party, seat.asked if seat is not None else None)


def look_again(partnership: Partnership) -> None:
    """Something happened, and a refresh has begun: every go that stands is to be taken anew, within 45 days.

    It goes on until it runs out; it opens no gate meanwhile. The work item comes with the questions (`ask_partners`).
    """
    standing = DiligenceDecision.objects.of(partnership).filter(
        superseded_at=None, outcome__in=[Outcome.GO, Outcome.CONDITIONS], party__left_on=None
    )
    standing.update(again_by=clock.today() + timedelta(days=AGAIN_DAYS), changed_at=clock.now())


def _not_allowed(outcome: str, rule: str, has_missing: bool) -> str:
    if rule == Outcome.UNDECIDED:
        return _("Something critical is not known yet. Find out, then decide.")
    if rule == Outcome.NOT_NOW:
        return _("By the rule that you share, this is “not now”.")
    if has_missing:
        return _("Each concern needs its measure, with an owner and a date, before you can say go.")
    if rule == Outcome.CONDITIONS and outcome == Outcome.GO:
        return _("There are concerns: say “go, with conditions”.")
    return _("This is not one of the decisions you can take.")


def _watch_expiry(decision: DiligenceDecision, by: Place) -> None:
    key = f"dd:expiry:{by.own_party.pk}"
    if not decision.is_go:
        work.close_item(by.partnership, key)
        return
    work.open_item(
        RENEW,
        partnership=by.partnership,
        key=key,
        party=by.own_party,
        circle=decision.circle,
        path=path_to("diligence:decision", by.partnership),
        due_on=decision.expires_on,
        item=decision,
    )


def make_conditions(by: Place, *, only: Measure | None = None) -> None:
    """Measures become conditions: they wait for their owners; those of other partners are released to them.

    `only`: this one, which was a condition already.
    """
    for_others: dict[int, list[Measure]] = {}
    # Whose owner's side has left waits for another owner (`NEW_OWNER`), not for a side that is gone.
    present = {p.pk for p in by.partners}
    measures = [m for m in standing_measures(by.own_party) if m.done_at is None and m.owner.party_id in present]
    if only is not None:
        measures = [m for m in measures if m.pk == only.pk]
    for measure in measures:
        owner = measure.owner.party
        if owner.pk != by.own_party.pk:
            for_others.setdefault(owner.pk, []).append(measure)
        work.open_item(
            MEET_CONDITION,
            partnership=by.partnership,
            key=f"dd:measure:{measure.pk}",
            party=owner,
            person=measure.owner.asked,
            circle=circle_with(by, by.own_party, owner),
            path=path_to("diligence:decision", by.partnership),
            due_on=measure.due_on,
            item=measure,
        )
    for rows in for_others.values():
        # Released to this owner: one handed on was released to another before.
        shown = set(
            ReleaseItem.objects.filter(
                model=Measure._meta.label_lower,
                object_id__in=[m.pk for m in rows],
                release__recalled_at=None,
                release__circle__members__party=rows[0].owner.party_id,
            ).values_list("object_id", flat=True)
        )
        fresh = [m for m in rows if m.pk not in shown]
        if fresh:
            circle = circle_with(by, by.own_party, fresh[0].owner.party)
            access.release(fresh, kind=RELEASED_CONDITIONS, to=circle, by=by)


def _tell_decided(decision: DiligenceDecision, by: Place) -> None:
    seats = Seat.objects.filter(
        party__in=[p.pk for p in by.other_partners],
        ended_on=None,
        membership__ended_on=None,
        duty__in=["lead", "stand_in"],
    ).select_related("membership__user")
    notices.post(
        DECIDED_NOTICE,
        to=[s.membership.user for s in seats],
        key=f"dd:decided:{decision.pk}",
        partnership=by.partnership,
        path=path_to("diligence:overview", by.partnership),
        names={"party": by.own_party.name},
    )
