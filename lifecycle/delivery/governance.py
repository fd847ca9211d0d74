"""Governance and disputes: bodies agreed by all, their meetings and resolutions, the route of a disagreement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored, circle_for, circle_here, save_version
from partnerships.access.permissions import can_speak_for_party
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history.actions import log
from partnerships.record.models import Party, Seat
from partnerships.record.states import Level
from partnerships.work import actions as work

from . import kinds
from .actions import CONFIRM_DAYS, ask, locked, readers, refuse_unless, speakers, tell
from .models import (
    BodyConsent,
    BodyEndConsent,
    BodyMeeting,
    BodySeat,
    Dispute,
    DisputeStep,
    GovernanceBody,
    MeetingPresence,
    Resolution,
    ResolutionVoice,
    SeatLine,
    Settlement,
)
from .permissions import can_agree_body, can_agree_end, can_escalate, can_propose_end, can_settle
from .states import NEXT_LEVEL, DisputeLevel, MeetingState, ResolutionState

BODY_FIELDS = ("name", "cadence", "rule", "quorum", "decides")


# Bodies ---------------------------------------------------------------------------------------------------------------
def propose_body(
    *, by: Place, values: dict[str, Any], lines: Sequence[SeatLine], circle_kind: str = CircleKind.ALL
) -> GovernanceBody:
    """Propose who decides what. The proposer agrees with it; it stands when every partner has."""
    _check(values, lines)
    with transaction.atomic():
        body = GovernanceBody(
            **authored(by, circle_here(by, circle_kind)),
        )
        _fill(body, values)
        body.save()
        _seat(body, lines, by=by)
        log(kinds.BODY_PROPOSED, by=by, item=body)
        _ask_for_agreement(body, by=by)
        _agree_body(body, by=by)
    return body


def change_body(
    body: GovernanceBody, *, by: Place, values: dict[str, Any], lines: Sequence[SeatLine], seen: int | None = None
) -> GovernanceBody:
    """Propose another version. Consents to the older one are history; who came in meanwhile reads the new one."""
    _check(values, lines)
    with transaction.atomic():
        current = locked(body, by=by)
        refuse_unless(current.ended_on is None, _ended_words())
        _fill(current, values)
        current.circle = circle_for(by.partnership, current.circle.kind)
        save_version(current, seen=seen, fields=[*BODY_FIELDS, "circle"])
        _seat(current, lines, by=by)
        log(kinds.BODY_PROPOSED, by=by, item=current)
        _ask_for_agreement(current, by=by)
        _agree_body(current, by=by)
    return current


def _check(values: dict[str, Any], lines: Sequence[SeatLine]) -> None:
    taken = [line for line in lines if line.seats]
    if len(taken) < 2:
        raise ValidationError(_("Give a seat to at least two parties."))
    if values["quorum"] > sum(line.seats for line in taken):
        raise ValidationError({"quorum": _("This is more than there are seats.")})
    if any(line.field_seats > line.seats for line in taken):
        raise ValidationError(_("A party cannot have more seats for its site or field than seats."))


def _fill(body: GovernanceBody, values: dict[str, Any]) -> None:
    for name in BODY_FIELDS:
        setattr(body, name, values[name])


def _seat(body: GovernanceBody, lines: Iterable[SeatLine], *, by: Place) -> None:
    members = {p.pk for p in readers(body.circle, by)}
    body.seats.all().delete()
    taken = [line for line in lines if line.seats]
    if outside := [line.party.name for line in taken if line.party.pk not in members]:
        raise ValidationError(
            _("%(names)s must be able to read it. Choose a wider circle.") % {"names": ", ".join(outside)}
        )
    BodySeat.objects.bulk_create(
        [
            BodySeat(
                body=body,
                party=line.party,
                seats=line.seats,
                votes=line.votes,
                field_seats=line.field_seats,
                is_chair=line.is_chair,
                veto_on=line.veto_on,
            )
            for line in taken
        ]
    )


def _ask_for_agreement(body: GovernanceBody, *, by: Place) -> None:
    others = by.other_partners
    for party in others:
        ask(
            kinds.AGREE_BODY,
            body,
            party,
            key=f"body:{body.pk}:agree:{party.pk}",
            due_on=clock.today() + timedelta(days=CONFIRM_DAYS),
            subject=body.name,
            holds_stage=True,
        )
    tell(kinds.BODY_NOTICE, body, to=speakers(others), key=f"body:{body.pk}:{body.version}", by=by)


def agree_body(body: GovernanceBody, *, by: Place, seen: int) -> GovernanceBody:
    """A partner's yes to the version that it has read."""
    with transaction.atomic():
        current = locked(body, by=by)
        if current.version != seen:
            raise ValidationError(_("The proposal has changed while you were reading. Read it again."), code="stale")
        refuse_unless(can_agree_body(by, current), _("Your side has agreed already."))
        _agree_body(current, by=by)
    return current


def _agree_body(body: GovernanceBody, *, by: Place) -> None:
    BodyConsent.objects.get_or_create(
        body=body, party=by.own_party, body_version=body.version, defaults={"by": by.user, "at": clock.now()}
    )
    work.close_item(body.partnership, f"body:{body.pk}:agree:{by.own_party.pk}")
    log(kinds.BODY_AGREED, by=by, item=body)


def propose_end(body: GovernanceBody, *, by: Place, why: str) -> GovernanceBody:
    """A partner proposes to end a body; it goes on until every partner has said yes."""
    if not why.strip():
        raise ValidationError({"why": _("Say why; the others will read it.")})
    with transaction.atomic():
        current = locked(body, by=by)
        refuse_unless(can_propose_end(by, current), end_words(current))
        current.end_reason, current.end_party, current.changed_at = why, by.own_party, clock.now()
        current.save(update_fields=["end_reason", "end_party", "changed_at"])
        log(kinds.BODY_END, by=by, item=current)
        others = by.other_partners
        for party in others:
            ask(
                kinds.AGREE_END,
                current,
                party,
                key=f"body:{current.pk}:end:{party.pk}",
                due_on=clock.today() + timedelta(days=CONFIRM_DAYS),
                subject=current.name,
            )
        _tell_end(current, to=others, by=by, what="end")
        return _agree_end(current, by=by)


def agree_end(body: GovernanceBody, *, by: Place) -> GovernanceBody:
    """A partner's yes. The last one ends it, and what it had planned is cancelled."""
    with transaction.atomic():
        current = locked(body, by=by)
        refuse_unless(can_agree_end(by, current), end_words(current))
        return _agree_end(current, by=by)


def _agree_end(body: GovernanceBody, *, by: Place) -> GovernanceBody:
    BodyEndConsent.objects.get_or_create(body=body, party=by.own_party, defaults={"by": by.user, "at": clock.now()})
    work.close_item(body.partnership, f"body:{body.pk}:end:{by.own_party.pk}")
    if by.all_partners_in(body.end_consents):
        body.ended_on, body.changed_at = clock.today(), clock.now()
        body.save(update_fields=["ended_on", "changed_at"])
        log(kinds.BODY_ENDED, by=by, item=body)
        work.close_items(body.partnership, f"body:{body.pk}:")
        for meeting in body.meetings.filter(state=MeetingState.PLANNED):
            cancel_meeting(meeting, by=by)
        _tell_end(body, to=[p for p in readers(body.circle, by) if p.pk != by.own_party.pk], by=by, what="ended")
    return body


def keep_body(body: GovernanceBody, *, by: Place) -> GovernanceBody:
    """A partner does not let it end, or takes its own wish back: it goes on as agreed."""
    with transaction.atomic():
        current = locked(body, by=by)
        refuse_unless(may_keep(by, current), end_words(current))
        asker = current.end_party
        current.end_reason, current.end_party, current.changed_at = "", None, clock.now()
        current.save(update_fields=["end_reason", "end_party", "changed_at"])
        current.end_consents.all().delete()
        work.close_items(current.partnership, f"body:{current.pk}:end:")
        log(kinds.BODY_KEPT, by=by, item=current)
        if asker is not None and asker.pk != by.own_party.pk:
            _tell_end(current, to=[asker], by=by, what="kept")
    return current


def may_keep(place: Place, body: GovernanceBody) -> bool:
    return can_speak_for_party(place) and body.ended_on is None and bool(body.end_reason)


def _tell_end(body: GovernanceBody, *, to: Iterable[Party], by: Place, what: str) -> None:
    tell(
        kinds.END_NOTICE, body, to=speakers(to), key=f"body:{body.pk}:{what}:{int(body.changed_at.timestamp())}", by=by
    )


def end_words(body: GovernanceBody) -> str:
    if body.ended_on is not None:
        return _ended_words()
    if body.end_reason:
        return _("Ending it is proposed already, and you have answered.")
    return _("Nobody proposes to end this any more.")


def _ended_words() -> str:
    return _("This body has ended. Propose a new one instead.")


# Meetings -------------------------------------------------------------------------------------------------------------
def invited(meeting: BodyMeeting, *, by: Place) -> list[Party]:
    """Who comes: the parties with a seat in the body, and the broker where there is one."""
    seated = set(meeting.body.seats.values_list("party", flat=True))
    return [p for p in readers(meeting.circle, by) if p.pk in seated or p.role == "broker"]


def plan_meeting(
    body: GovernanceBody,
    *,
    by: Place,
    on: date,
    at_time: time | None = None,
    zone: str = "",
    place: str = "",
    agenda: str = "",
) -> BodyMeeting:
    """Put the next meeting into everybody's calendar."""
    if on < clock.today(by.user.time_zone):
        raise ValidationError({"on": _("This day is past. Record the meeting instead.")})
    with transaction.atomic():
        refuse_unless(locked(body, by=by).ended_on is None, _ended_words())
        meeting = _new_meeting(body, by=by, on=on, at_time=at_time, zone=zone, place=place, agenda=agenda)
        log(kinds.MEETING_PLANNED, by=by, item=meeting)
        _announce(meeting, by=by)
    return meeting


def _new_meeting(body: GovernanceBody, *, by: Place, zone: str = "", **values: Any) -> BodyMeeting:
    made: BodyMeeting = BodyMeeting.objects.create(
        **authored(by, circle_for(by.partnership, body.circle.kind)),
        body=body,
        zone=zone or by.user.time_zone,
        **values,
    )
    return made


def _announce(meeting: BodyMeeting, *, by: Place) -> None:
    """An entry in each invited party's calendar, in its own circle, so that nobody finds the same meeting twice."""
    parties = invited(meeting, by=by)
    for party in parties:
        work.open_item(
            kinds.MEET,
            partnership=meeting.partnership,
            key=f"meeting:{meeting.pk}:{party.pk}",
            party=party,
            circle=circle_for(meeting.partnership, CircleKind.OWN, party=party),
            path=meeting.path,
            due_on=meeting.on,
            zone=meeting.zone,
            subject=meeting.body.name,
            item=meeting,
            is_event=True,
        )
    _tell_meeting(kinds.MEETING_NOTICE, meeting, by=by, what=f"{meeting.on}:{meeting.state}")


def _tell_meeting(kind: str, meeting: BodyMeeting, *, by: Place, what: str) -> None:
    tell(kind, meeting, to=speakers(invited(meeting, by=by), but=by.user), key=f"meeting:{meeting.pk}:{what}", by=by)


def move_meeting(
    meeting: BodyMeeting,
    *,
    by: Place,
    on: date,
    at_time: time | None,
    place: str,
    agenda: str,
    seen: int | None = None,
) -> BodyMeeting:
    """Another day, hour or place; calendars and reminders move with it."""
    if on < clock.today(by.user.time_zone):
        raise ValidationError({"on": _("This day is past. Record the meeting instead.")})
    with transaction.atomic():
        meeting = locked(meeting, by=by)
        refuse_unless(meeting.state == MeetingState.PLANNED, _meeting_words(meeting))
        meeting.on, meeting.at_time, meeting.place, meeting.agenda = on, at_time, place, agenda
        save_version(meeting, seen=seen, fields=["on", "at_time", "place", "agenda"])
        log(kinds.MEETING_MOVED, by=by, item=meeting)
        _announce(meeting, by=by)
    return meeting


def cancel_meeting(meeting: BodyMeeting, *, by: Place) -> BodyMeeting:
    """It does not take place; it leaves the calendars."""
    with transaction.atomic():
        meeting = locked(meeting, by=by)
        refuse_unless(meeting.state == MeetingState.PLANNED, _meeting_words(meeting))
        meeting.state, meeting.changed_at = MeetingState.CANCELLED, clock.now()
        meeting.save(update_fields=["state", "changed_at"])
        log(kinds.MEETING_CANCELLED, by=by, item=meeting)
        work.close_items(meeting.partnership, f"meeting:{meeting.pk}:")
        _tell_meeting(kinds.MEETING_NOTICE, meeting, by=by, what="cancelled")
    return meeting


def record_meeting(
    meeting: BodyMeeting | GovernanceBody,
    *,
    by: Place,
    on: date,
    present: Iterable[Seat],
    guests: str = "",
    notes: str = "",
    seen: int | None = None,
) -> BodyMeeting:
    """Write down a meeting that took place: a planned one, or, with a body, one that nobody had planned here."""
    if on > clock.today(by.user.time_zone):
        raise ValidationError({"on": _("This day has not come yet.")})
    seats = list(present)
    if len({seat.party_id for seat in seats}) < 2:
        raise ValidationError({"present": _("A meeting needs people of at least two parties.")})
    with transaction.atomic():
        if isinstance(meeting, GovernanceBody):
            meeting, seen = _new_meeting(meeting, by=by, on=on), None
        else:
            meeting = locked(meeting, by=by)
        refuse_unless(meeting.state != MeetingState.CANCELLED, _meeting_words(meeting))
        first = meeting.state == MeetingState.PLANNED
        meeting.state, meeting.on, meeting.notes, meeting.guests = MeetingState.HELD, on, notes, guests
        meeting.recorded_at = meeting.recorded_at or clock.now()
        save_version(meeting, seen=seen, fields=["state", "on", "notes", "guests", "recorded_at"])
        meeting.present.all().delete()
        MeetingPresence.objects.bulk_create([MeetingPresence(meeting=meeting, seat=seat) for seat in seats])
        if first:
            log(kinds.MEETING_HELD, by=by, item=meeting)
            work.close_items(meeting.partnership, f"meeting:{meeting.pk}:")
            _tell_meeting(kinds.MINUTES_NOTICE, meeting, by=by, what="held")
    return meeting


def _meeting_words(meeting: BodyMeeting) -> str:
    return _("This meeting is not planned any more: %(state)s.") % {"state": meeting.get_state_display().lower()}


def add_resolution(
    meeting: BodyMeeting, *, by: Place, text: str, state: str, agreed: Iterable[Party] = ()
) -> Resolution:
    """What the meeting decided, and who agreed; or what it left open."""
    voices = list(agreed)
    if state == ResolutionState.DECIDED and not voices:
        raise ValidationError({"agreed": _("Say who agreed.")})
    with transaction.atomic():
        meeting = locked(meeting, by=by)
        refuse_unless(meeting.state == MeetingState.HELD, _("Record the meeting first."))
        left_open = state == ResolutionState.LEFT_OPEN
        resolution = Resolution.objects.create(
            meeting=meeting,
            text=text,
            state=state,
            raised_on=meeting.on,
            decided_on=None if left_open else meeting.on,
        )
        _voices(resolution, [] if left_open else voices)
    return resolution


def take_decision(
    resolution: Resolution, *, by: Place, state: str, on: date, agreed: Iterable[Party] = ()
) -> Resolution:
    """What was left open is decided now."""
    voices = list(agreed)
    if state == ResolutionState.DECIDED and not voices:
        raise ValidationError({"agreed": _("Say who agreed.")})
    if state == ResolutionState.LEFT_OPEN:
        raise ValidationError({"state": _("It is open already.")})
    if on > clock.today(by.user.time_zone):
        raise ValidationError({"on": _("This day has not come yet.")})
    with transaction.atomic():
        locked(resolution.meeting, by=by)
        resolution = Resolution.objects.of(by.partnership).get(pk=resolution.pk)
        refuse_unless(resolution.state == ResolutionState.LEFT_OPEN, _("This was decided already."))
        resolution.state, resolution.decided_on = state, on
        resolution.save(update_fields=["state", "decided_on"])
        _voices(resolution, voices)
        log(kinds.RESOLVED, by=by, item=resolution.meeting)
    return resolution


def _voices(resolution: Resolution, parties: Iterable[Party]) -> None:
    ResolutionVoice.objects.bulk_create([ResolutionVoice(resolution=resolution, party=p) for p in parties])


# Disputes -------------------------------------------------------------------------------------------------------------
def open_dispute(*, by: Place, what: str, due_on: date) -> Dispute:
    """Put a disagreement on its agreed route: first the leads, until a day."""
    _future(due_on, by)
    with transaction.atomic():
        dispute: Dispute = Dispute.objects.create(
            **authored(by, circle_here(by, CircleKind.PARTNERS)),
            what=what,
            due_on=due_on,
        )
        log(kinds.DISPUTED, by=by, item=dispute)
        _enter_level(dispute, by=by, why="")
    return dispute


def escalate(dispute: Dispute, *, by: Place, due_on: date, why: str) -> Dispute:
    """The next level takes it, until a day. One partner alone may ask for it."""
    _future(due_on, by)
    with transaction.atomic():
        dispute = locked(dispute, by=by)
        refuse_unless(can_escalate(by, dispute), _("This is settled already."))
        level = NEXT_LEVEL.get(dispute.level)
        if level is None:
            raise ValidationError(_("A mediator is the last level of the route."))
        dispute.level, dispute.due_on, dispute.changed_at = level, due_on, clock.now()
        dispute.save(update_fields=["level", "due_on", "changed_at"])
        log(kinds.ESCALATED, by=by, item=dispute)
        _enter_level(dispute, by=by, why=why)
    return dispute


def _future(day: date, by: Place) -> None:
    if day <= clock.today(by.user.time_zone):
        raise ValidationError({"due_on": _("Give a day after today.")})


def _enter_level(dispute: Dispute, *, by: Place, why: str) -> None:
    DisputeStep.objects.create(
        dispute=dispute,
        level=dispute.level,
        due_on=dispute.due_on,
        party=by.own_party,
        by=by.user,
        at=clock.now(),
        why=why,
    )
    executives: dict[int, Any] = {}
    if dispute.level == DisputeLevel.EXECUTIVES:
        for seat in Seat.objects.filter(
            party__in=[p.pk for p in by.partners], ended_on=None, membership__ended_on=None, level=Level.EXECUTIVE
        ).select_related("membership__user"):
            executives.setdefault(seat.party_id, seat.membership.user)
    for party in by.partners:
        ask(
            kinds.SETTLE,
            dispute,
            party,
            key=f"dispute:{dispute.pk}:{party.pk}",
            due_on=dispute.due_on,
            person=executives.get(party.pk),
        )
    _tell_dispute(dispute, by=by, what=dispute.level)


def _tell_dispute(dispute: Dispute, *, by: Place, what: str) -> None:
    tell(
        kinds.DISPUTE_NOTICE,
        dispute,
        to=speakers(readers(dispute.circle, by), but=by.user),
        key=f"dispute:{dispute.pk}:{what}",
    )


def propose_settlement(dispute: Dispute, *, by: Place, how: str) -> Dispute:
    """Say how it could be settled. Another text starts without the others' yes."""
    with transaction.atomic():
        dispute = locked(dispute, by=by)
        refuse_unless(can_escalate(by, dispute), _("This is settled already."))
        dispute.settled_how = how
        dispute.settlements.all().delete()
        save_version(dispute, seen=None, fields=["settled_how"])
        log(kinds.SETTLEMENT, by=by, item=dispute)
        for party in by.other_partners:
            ask(
                kinds.AGREE_SETTLEMENT,
                dispute,
                party,
                key=f"dispute:{dispute.pk}:agree:{party.pk}",
                due_on=clock.today() + timedelta(days=CONFIRM_DAYS),
            )
        _tell_dispute(dispute, by=by, what=f"how:{dispute.version}")
        return _agree_settlement(dispute, by=by)


def agree_settlement(dispute: Dispute, *, by: Place, seen: int) -> Dispute:
    """A partner's yes to the text that it has read. The last one settles it."""
    with transaction.atomic():
        dispute = locked(dispute, by=by)
        if dispute.version != seen:
            raise ValidationError(_("The proposal has changed while you were reading. Read it again."), code="stale")
        refuse_unless(can_settle(by, dispute) and bool(dispute.settled_how), _("Your side has agreed already."))
        log(kinds.SETTLEMENT, by=by, item=dispute)
        return _agree_settlement(dispute, by=by)


def _agree_settlement(dispute: Dispute, *, by: Place) -> Dispute:
    Settlement.objects.get_or_create(dispute=dispute, party=by.own_party, defaults={"by": by.user, "at": clock.now()})
    work.close_item(dispute.partnership, f"dispute:{dispute.pk}:agree:{by.own_party.pk}")
    if by.all_partners_in(dispute.settlements):
        dispute.settled_on, dispute.changed_at = clock.today(), clock.now()
        dispute.save(update_fields=["settled_on", "changed_at"])
        log(kinds.SETTLED, by=by, item=dispute)
        work.close_items(dispute.partnership, f"dispute:{dispute.pk}:")
        _tell_dispute(dispute, by=by, what="settled")
    return dispute
