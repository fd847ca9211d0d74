"""Moving along the road. One setter for the stage, with its effects listed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partnerships import clock
from partnerships.access.actions import authored, circle_here
from partnerships.access.guard import place_of
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history import kinds as act_kinds
from partnerships.history.actions import log
from partnerships.notices import actions as notices
from partnerships.notices import kinds as notice_kinds
from partnerships.people.models import User
from partnerships.portfolio.actions import refresh_summary
from partnerships.record.actions import leave
from partnerships.record.models import Partnership, Party, Seat
from partnerships.record.states import Level, Role, Stage, Standing
from partnerships.work import actions as work
from partnerships.work import kinds as work_kinds

from . import registry
from .models import Consent, Move, OpenPoint, OpenPointAgreement, Proposal, Statement, TargetDate
from .permissions import can_agree_open_point
from .queries import conditions_of
from .signals import stage_changed
from .states import FORWARD, NOT_PURSUED_FROM, RULES, SAID_ALONE, MoveKind, earlier

PROPOSED = act_kinds.register("road.proposed", gettext_lazy("Next stage proposed"), url_name="record:overview")
TAKEN_BACK = act_kinds.register("road.taken_back", gettext_lazy("Proposal taken back"), url_name="record:overview")
CONSENTED = act_kinds.register("road.consented", gettext_lazy("Agreed to the next stage"), url_name="record:overview")
MOVED = {
    MoveKind.FORWARD: act_kinds.register("road.forward", gettext_lazy("Next stage opened"), url_name="road:moves"),
    MoveKind.BACK: act_kinds.register("road.back", gettext_lazy("Moved back a stage"), url_name="road:moves"),
    MoveKind.HOLD: act_kinds.register("road.hold", gettext_lazy("Put on hold"), url_name="road:moves"),
    MoveKind.RESUME: act_kinds.register("road.resume", gettext_lazy("Resumed"), url_name="road:moves"),
    MoveKind.END: act_kinds.register("road.end", gettext_lazy("Ended by one partner"), url_name="road:moves"),
    MoveKind.NOT_PURSUED: act_kinds.register("road.not_pursued", gettext_lazy("Not pursued"), url_name="road:moves"),
    MoveKind.CLOSE: act_kinds.register("road.close", gettext_lazy("Closed"), url_name="road:moves"),
}
OPEN_POINT = act_kinds.register("road.open_point", gettext_lazy("Going on with an open point"), url_name="road:moves")
STATEMENT = act_kinds.register("road.statement", gettext_lazy("Own statement filed"), url_name="road:moves")
TARGET = act_kinds.register("road.target", gettext_lazy("Target date set"), url_name="road:moves")

CONSENT = work_kinds.register(
    "road.consent",
    gettext_lazy("Agree to the next stage"),
    why=gettext_lazy("A forward move needs every partner."),
    rule="short",
)
MEET_OPEN_POINT = work_kinds.register(
    "road.open_point",
    gettext_lazy("Meet the open point"),
    why=gettext_lazy("You went on without it, until this day."),
    rule="long",
)
AGREE_OPEN_POINT = work_kinds.register(
    "road.agree_open_point",
    gettext_lazy("Decide on going on with an open point"),
    why=gettext_lazy("It needs each partner's executive."),
    rule="short",
)
REACH = work_kinds.register("road.target", gettext_lazy("Target date of the next stage"), rule="long")
PROPOSED_NOTICE = notice_kinds.register(
    "road.proposed",
    label=gettext_lazy("A next stage is proposed"),
    subject=gettext_lazy("{record}: your agreement to the next stage"),
    line=gettext_lazy("{party} proposes to take “{record}” to its next stage. It needs your agreement."),
    button=gettext_lazy("See what was met"),
)
MOVED_NOTICE = notice_kinds.register(
    "road.moved",
    label=gettext_lazy("A partnership changed its stage"),
    subject=gettext_lazy("{record} has moved"),
    line=gettext_lazy("The partnership “{record}” has changed its stage or standing."),
    button=gettext_lazy("Open the record"),
)


def propose_forward(*, by: Place) -> Proposal:
    """Propose the next stage. The proposer consents with it; the last consent moves, if the gate still passes."""
    stage = by.partnership.stage
    to = FORWARD.get(stage)
    if to is None:
        raise ValidationError(_("This partnership is at the end of its road."))
    return _propose(MoveKind.CLOSE if to == Stage.CONCLUDED else MoveKind.FORWARD, to, by=by)


def propose_resume(*, by: Place) -> Proposal:
    """Propose to go on after a hold. Resuming needs all partners."""
    return _propose(MoveKind.RESUME, by.partnership.stage, by=by)


def _propose(kind: str, to: str, *, by: Place) -> Proposal:
    with transaction.atomic():
        partnership = _locked(by)
        if partnership.stage != by.partnership.stage or partnership.standing not in RULES[kind].from_standing:
            raise ValidationError(_("The partnership has moved in the meantime. Look at it again."))
        standing = Proposal.objects.filter(partnership=partnership, closed_at=None).first()
        if standing is None:
            if kind != MoveKind.RESUME:
                _require_gate(by)
            standing = Proposal.objects.create(
                partnership=partnership,
                kind=kind,
                from_stage=partnership.stage,
                to_stage=to,
                proposed_by=by.user,
                party=by.own_party,
                at=clock.now(),
            )
            log(PROPOSED, by=by)
            _ask_others(standing, by=by)
        # Two partners pressing at once: the second press is a consent to the first one's proposal.
        consent(standing, by=by)
    return standing


def consent(proposal: Proposal, *, by: Place) -> bool:
    """A partner's yes. Returns whether the partnership moved with it."""
    with transaction.atomic():
        partnership = _locked(by)
        proposal = Proposal.objects.select_for_update().get(pk=proposal.pk)
        if proposal.closed_at is not None:
            raise ValidationError(_("This proposal is closed. Look at the record again."))
        _consent, made = Consent.objects.get_or_create(
            proposal=proposal, party=by.own_party, defaults={"by": by.user, "at": clock.now()}
        )
        if made:
            log(CONSENTED, by=by)
            work.close_item(partnership, f"consent:{proposal.pk}:{by.own_party.pk}")
        missing = {p.pk for p in by.partners} - set(proposal.consents.values_list("party", flat=True))
        if missing:
            return False
        if proposal.kind != MoveKind.RESUME:
            _require_gate(by)
        proposal.closed_at, proposal.carried = clock.now(), True
        proposal.save(update_fields=["closed_at", "carried"])
        work.close_items(partnership, f"consent:{proposal.pk}:")
        _move(partnership, proposal.kind, proposal.to_stage, by=by)
    return True


def take_back(proposal: Proposal, *, by: Place) -> None:
    """A partner withdraws its proposal, or says not yet to another's: it closes without a move."""
    with transaction.atomic():
        _locked(by)
        if Proposal.objects.filter(pk=proposal.pk, closed_at=None).update(closed_at=clock.now()):
            log(TAKEN_BACK, by=by)
            work.close_items(by.partnership, f"consent:{proposal.pk}:")


def move_back(*, to: str, reason: str, by: Place) -> Move:
    """Back to an earlier stage, with a reason; nothing that was done is undone."""
    if to not in earlier(by.partnership.stage):
        raise ValidationError(_("That stage does not lie behind you."))
    return _alone(MoveKind.BACK, to, reason, by=by)


def put_on_hold(*, reason: str, by: Place) -> Move:
    """One partner suspends, at once."""
    return _alone(MoveKind.HOLD, by.partnership.stage, reason, by=by)


def end_alone(*, reason: str, by: Place) -> Move:
    """One partner ends its part. With fewer than two partners left the partnership ends; else the others go on."""
    with transaction.atomic():
        partnership = _locked(by)
        by = _as_now(by)
        if len(by.other_partners) >= 2 and partnership.standing in RULES[MoveKind.END].from_standing:
            move = _record_move(partnership, MoveKind.END, partnership.stage, by=by)
            _file_statement(move, reason, by=by)
            leave(by.own_party, by=by)
            # What only its yes was missing for stands now, and may have closed the record.
            partnership.refresh_from_db()
            _close_proposals(partnership)
            refresh_summary(partnership)
            stage_changed.send(sender=Partnership, partnership=partnership, move=move, place=by)
            _tell(partnership, move, by=by)
            return move
        return _alone(MoveKind.END, partnership.stage, reason, by=by)


def not_pursue(*, by: Place, reason: str = "") -> Move:
    """The partners do not go on; the shared text is "not pursued", reasons stay on the own side."""
    if by.partnership.stage not in NOT_PURSUED_FROM:
        raise ValidationError(_("This partnership has started. End it, or conclude it."))
    return _alone(MoveKind.NOT_PURSUED, by.partnership.stage, reason, by=by)


def _alone(kind: str, to: str, reason: str, *, by: Place) -> Move:
    if RULES[kind].needs_reason and not reason.strip():
        raise ValidationError({"reason": _("Say why; the others will read it.")})
    with transaction.atomic():
        partnership = _locked(by)
        by = _as_now(by)
        if partnership.standing not in RULES[kind].from_standing or partnership.stage != by.partnership.stage:
            raise ValidationError(_("The partnership has moved in the meantime. Look at it again."))
        _close_proposals(partnership)
        return _move(partnership, kind, to, by=by, reason=reason)


def _move(partnership: Partnership, kind: str, to: str, *, by: Place, reason: str = "") -> Move:
    """The one setter of stage and standing: a row, an act, statement, closed work, summary, signal, notices."""
    move = _record_move(partnership, kind, to, by=by)
    if partnership.stage != to:
        partnership.stage, partnership.stage_since = to, clock.today()
    partnership.standing = {
        MoveKind.HOLD: Standing.ON_HOLD,
        MoveKind.RESUME: Standing.ACTIVE,
        MoveKind.END: Standing.ENDED,
        MoveKind.NOT_PURSUED: Standing.NOT_PURSUED,
        MoveKind.CLOSE: Standing.CLOSED,
    }.get(MoveKind(kind), Standing.ACTIVE)
    partnership.closed_on = None if partnership.is_open else clock.today()
    partnership.save(update_fields=["stage", "stage_since", "standing", "closed_on"])
    _file_statement(move, reason, by=by)
    if not partnership.is_open:
        work.close_items(partnership)
    else:
        work.close_item(partnership, f"target:{to}")
    by.partnership.stage, by.partnership.standing = partnership.stage, partnership.standing
    by.partnership.stage_since, by.partnership.closed_on = partnership.stage_since, partnership.closed_on
    refresh_summary(partnership)
    stage_changed.send(sender=Partnership, partnership=partnership, move=move, place=by)
    _tell(partnership, move, by=by)
    return move


def _record_move(partnership: Partnership, kind: str, to: str, *, by: Place) -> Move:
    move = Move.objects.create(
        partnership=partnership,
        kind=kind,
        from_stage=partnership.stage,
        to_stage=to,
        party=by.party,
        by=by.user,
        at=clock.now(),
    )
    log(MOVED[MoveKind(kind)], by=by, item=move)
    return move


def _file_statement(move: Move, reason: str, *, by: Place) -> None:
    if reason.strip():
        # Reasons for "not pursued" stay on the own side; the others are what the parties are told.
        kind = CircleKind.OWN if move.kind == MoveKind.NOT_PURSUED else CircleKind.PARTNERS
        Statement.objects.create(
            **authored(by, circle_here(by, kind)),
            move=move,
            text=reason,
        )


def file_statement(move: Move, *, text: str, by: Place) -> Statement:
    """The own side's word on what another partner did alone, once a move; the parties read it beside the first."""
    if not text.strip():
        raise ValidationError({"text": _("Write your statement.")})
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        if move.kind not in SAID_ALONE or move.partnership_id != by.partnership.pk:
            raise ValidationError(_("There is nothing to say a word on."))
        if Statement.objects.unguarded("own side's, counted").filter(move=move, party=by.own_party).exists():
            raise ValidationError(_("Your side has filed its statement already."))
        filed: Statement = Statement.objects.create(
            **authored(by, circle_here(by, CircleKind.PARTNERS)), move=move, text=text
        )
        log(STATEMENT, by=by, item=filed)
    return filed


def _tell(partnership: Partnership, move: Move, *, by: Place) -> None:
    seats = Seat.objects.filter(
        party__partnership=partnership, party__left_on=None, ended_on=None, duty__in=["lead", "stand_in"]
    ).exclude(membership__user=by.user)
    notices.post(
        MOVED_NOTICE,
        to=[s.membership.user for s in seats.select_related("membership__user")],
        key=f"move:{move.pk}",
        partnership=partnership,
        path=reverse("record:overview", args=[partnership.public_id]),
    )


def _ask_others(proposal: Proposal, *, by: Place) -> None:
    path = reverse("road:gate", args=[by.partnership.public_id])
    for party in by.other_partners:
        work.open_item(
            CONSENT,
            partnership=by.partnership,
            key=f"consent:{proposal.pk}:{party.pk}",
            party=party,
            circle=circle_here(by, CircleKind.PARTNERS),
            path=path,
            due_on=clock.today().fromordinal(clock.today().toordinal() + 7),
            holds_stage=True,
        )
    seats = Seat.objects.filter(
        party__in=[p.pk for p in by.other_partners], ended_on=None, duty__in=["lead", "stand_in"]
    )
    notices.post(
        PROPOSED_NOTICE,
        to=[s.membership.user for s in seats.select_related("membership__user")],
        key=f"proposal:{proposal.pk}",
        partnership=by.partnership,
        path=path,
        names={"party": by.own_party.organisation.name},
    )


def _close_proposals(partnership: Partnership) -> None:
    Proposal.objects.filter(partnership=partnership, closed_at=None).update(closed_at=clock.now())
    work.close_items(partnership, "consent:")


def _require_gate(place: Place) -> None:
    missing = [c for c in conditions_of(place) if not c.passes]
    if missing:
        raise ValidationError(_("Not yet: %(open)s") % {"open": "; ".join(str(c.title) for c in missing)}, code="gate")


def _locked(by: Place) -> Partnership:
    """The partnership, locked: moves and consents of one record happen one after the other."""
    return Partnership.objects.locked(by.partnership)


def _as_now(by: Place) -> Place:
    """Who is in, read under the lock: another partner, or the own side's second press, may have left since."""
    parties = tuple(by.partnership.parties.select_related("organisation").order_by("joined_at", "pk"))
    own = next(p for p in parties if p.pk == by.own_party.pk)
    if own.left_on is not None:
        raise ValidationError(_("Your side has left this partnership already."))
    return replace(by, party=own, parties=parties)


def ask_open_point(*, condition: str, reason: str, until: date, by: Place) -> OpenPoint:
    """Ask to go on although a condition is not met. Each partner's executive must agree; some allow none."""
    stage = by.partnership.stage
    found = next((c for c in conditions_of(by) if c.code == condition), None)
    if found is None or found.met:
        raise ValidationError(_("This condition is met already."))
    if not found.waivable:
        raise ValidationError(_("Nobody can go on without this one."))
    if until <= clock.today():
        raise ValidationError({"until": _("Give a date after today.")})
    with transaction.atomic():
        point = OpenPoint.objects.create(
            **authored(by, circle_here(by, CircleKind.PARTNERS)),
            stage=stage,
            condition=condition,
            reason=reason,
            until=until,
        )
        log(OPEN_POINT, by=by, item=point)
        executives = _executives(by)
        for party in by.partners:
            # A side without an executive is asked as a whole: its lead can seat one.
            for person in executives.get(party.pk, [None]):
                work.open_item(
                    AGREE_OPEN_POINT,
                    partnership=by.partnership,
                    key=f"open_point:{point.pk}:{party.pk}:{person.pk if person is not None else ''}",
                    party=party,
                    person=person,
                    circle=point.circle,
                    path=reverse("road:gate", args=[by.partnership.public_id]),
                    due_on=until,
                    holds_stage=True,
                )
        if can_agree_open_point(by):
            agree_open_point(point, by=by)
    return point


def agree_open_point(point: OpenPoint, *, by: Place) -> None:
    """An executive's yes to going on with an open point."""
    with transaction.atomic():
        _locked(by)
        _agreement, made = OpenPointAgreement.objects.get_or_create(
            open_point=point, party=by.own_party, defaults={"by": by.user, "at": clock.now()}
        )
        if not made:
            return
        work.close_items(by.partnership, f"open_point:{point.pk}:{by.own_party.pk}:")
        if by.all_partners_in(point.agreements):
            work.open_item(
                MEET_OPEN_POINT,
                partnership=by.partnership,
                key=f"meet:{point.pk}",
                party=point.party,
                circle=point.circle,
                path=reverse("road:gate", args=[by.partnership.public_id]),
                due_on=point.until,
            )


def _executives(by: Place) -> dict[int, list[User | None]]:
    """Who may decide on an open point, by party."""
    found: dict[int, list[User | None]] = {}
    seats = Seat.objects.filter(party__in=by.partners, level=Level.EXECUTIVE, ended_on=None, membership__ended_on=None)
    for seat in seats.select_related("membership__user").order_by("pk"):
        found.setdefault(seat.party_id, []).append(seat.membership.user)
    return found


def close_open_points() -> int:
    """Open points that wait for nothing any more: met, in a record that ended, or not agreed to in time.

    Conditions are computed live, so that time looks; may run twice. Returns how many were closed.
    """
    points = OpenPoint.objects.unguarded("the sweep closes them for everybody; nothing of them is shown")
    closed = 0
    for pk in list(points.filter(closed_at=None).order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            point = points.select_related("partnership", "party").get(pk=pk)
            partnership = Partnership.objects.locked(point.partnership)
            if _still_waits(point, partnership):
                continue
            closed += points.filter(pk=pk, closed_at=None).update(closed_at=clock.now())
            work.close_item(partnership, f"meet:{pk}")
            work.close_items(partnership, f"open_point:{pk}:")
    return closed


def _still_waits(point: OpenPoint, partnership: Partnership) -> bool:
    if not partnership.is_open:
        return False
    place = _anybody(point.party, partnership)
    if place is None:
        return True
    if not place.all_partners_in(point.agreements) and (
        point.until < clock.today() or point.stage in earlier(partnership.stage)
    ):
        return False
    return any(c.code == point.condition and not c.met for c in registry.conditions(point.stage, place))


def _anybody(party: Party, partnership: Partnership) -> Place | None:
    """Somebody through whose eyes conditions are computed: what is met is the same for all."""
    seats = Seat.objects.filter(party__partnership=partnership, ended_on=None, membership__ended_on=None)
    seats = seats.filter(party__role=Role.PARTNER, party__left_on=None).select_related("membership__user")
    seat = min(seats, key=lambda s: (s.party_id != party.pk, s.duty != "lead", s.pk), default=None)
    return place_of(seat.membership.user, partnership) if seat is not None else None


def set_target(*, stage: str, on: date, by: Place) -> None:
    """When the partners mean to reach a stage. The reminders move with it."""
    with transaction.atomic():
        TargetDate.objects.update_or_create(
            partnership=by.partnership, stage=stage, defaults={"on": on, "set_by": by.user}
        )
        log(TARGET, by=by)
        for party in by.partners[:1]:
            work.open_item(
                REACH,
                partnership=by.partnership,
                key=f"target:{stage}",
                party=party,
                circle=circle_here(by, CircleKind.ALL),
                path=reverse("record:overview", args=[by.partnership.public_id]),
                due_on=on,
                is_event=True,
            )


def record_opening(place: Place) -> Move:
    """The first row of the road: opened here, at whatever stage ("start where you are")."""
    return Move.objects.create(
        partnership=place.partnership,
        kind=MoveKind.OPENED,
        from_stage=place.partnership.stage,
        to_stage=place.partnership.stage,
        party=place.party,
        by=place.user,
        at=clock.now(),
    )
