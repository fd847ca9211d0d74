"""What the partners make of an opened round: talks about gaps, findings each takes a stance on, and actions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from lifecycle.agreement.queries import signed_agreement
from lifecycle.delivery import actions as delivery
from lifecycle.delivery.permissions import can_deliver
from partnerships import clock
from partnerships.access.actions import authored, circle_here
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history import actions as history
from partnerships.notices import actions as notices
from partnerships.work import actions as work

from .. import kinds, registry
from ..models import Action, Finding, FindingStance, Round, Talk
from ..queries import is_settled, leads_of
from ..states import RoundState, Stance
from .rounds import locked, path_of, refuse_in_closed_record, refuse_unless

if TYPE_CHECKING:
    from partnerships.record.models import Party, Seat

#: The length of a commitment's line.
COMMITMENT_LENGTH = 300


def mark_talked(round: Round, *, about: str, note: str = "", by: Place) -> Talk:
    """The partners talked about a gap. Saying it again adds to the note."""
    with transaction.atomic():
        round = locked(round)
        refuse_unless(round, RoundState.OPENED, _("This round is not open yet."))
        talk: Talk
        talk, made = Talk.objects.unguarded("one row a gap").get_or_create(
            round=round,
            about=about,
            defaults={
                "partnership": round.partnership,
                "circle": round.circle,
                "party": by.own_party,
                "author": by.user,
                "note": note,
            },
        )
        if not made and note and note not in talk.note:
            talk.note = f"{talk.note}\n{note}".strip()
            talk.save(update_fields=["note"])
        if made:
            history.log(kinds.TALKED, by=by, item=talk)
        talked = set(
            Talk.objects.unguarded("what was talked about").filter(round=round).values_list("about", flat=True)
        )
        if talked >= set(round.wide):
            work.close_items(round.partnership, f"review-talk:{round.public_id}:")
    return talk


def add_finding(round: Round, *, text: str, about: str = "", by: Place) -> Finding:
    """What we conclude. The other partners are asked whether they agree."""
    with transaction.atomic():
        round = locked(round)
        refuse_unless(round, RoundState.OPENED, _("Findings are written after the opening."))
        finding: Finding = Finding.objects.create(
            **authored(by, round.circle),
            round=round,
            text=text,
            about=about,
        )
        history.log(kinds.FINDING_ADDED, by=by, item=finding)
        if by.is_partner:
            FindingStance.objects.create(finding=finding, party=by.own_party, stance=Stance.AGREES, by=by.user)
        tell_if_settled(round)
        others = by.other_partners
        for party in others:
            work.open_item(
                kinds.WORK_FINDING,
                partnership=round.partnership,
                key=f"finding:{finding.pk}:{party.pk}",
                party=party,
                circle=round.circle,
                path=path_of(round) + "#agreed",
                due_on=(clock.now() + timedelta(days=14)).date(),
                subject=text,
                item=finding,
            )
        notices.post(
            kinds.NOTICE_FINDING,
            to=leads_of(others),
            key=f"finding:{finding.pk}",
            partnership=round.partnership,
            path=path_of(round) + "#agreed",
            names={"party": by.own_party.name},
            object_id=finding.pk,
        )
    return finding


def take_finding_back(finding: Finding, *, by: Place) -> None:
    """The side that wrote it takes it back, as long as nobody else has said a word on it and nothing follows from it.

    Raises ValidationError with what stands against it.
    """
    refuse_in_closed_record(finding.round)
    with transaction.atomic():
        round = locked(finding.round)
        fresh: Finding = Finding.objects.unguarded("the caller has found it for this person").get(pk=finding.pk)
        if fresh.withdrawn_at is not None:
            return
        if fresh.party_id != by.own_party.pk:
            raise ValidationError(_("Only the side that wrote it can take it back."))
        if fresh.stances.exclude(party=by.own_party).exists() or fresh.actions.filter(withdrawn_at=None).exists():
            raise ValidationError(
                _("It stays: another side has said its word on it, or an action follows from it. See it differently.")
            )
        fresh.withdrawn_at = clock.now()
        fresh.save(update_fields=["withdrawn_at"])
        history.log(kinds.FINDING_TAKEN_BACK, by=by, item=fresh)
        work.close_items(round.partnership, f"finding:{fresh.pk}:")
        tell_if_settled(round)


def _refuse_gone(finding: Finding) -> None:
    """With the round locked: who wrote it may have taken it back since the page was made."""
    if Finding.objects.unguarded("whether it still stands").filter(pk=finding.pk, withdrawn_at=None).exists():
        return
    raise ValidationError(_("Somebody removed this while you were writing."), code="gone")


def take_stance(
    finding: Finding, *, stance: str, dissent: str = "", seen: str | None = None, by: Place
) -> FindingStance:
    """A partner agrees, or says how it sees the matter. It can change its mind.

    `seen` is the mark of the side's word that lay there when the page was made (FindingStance.mark; "" for none).
    """
    if stance == Stance.DISSENTS and not dissent.strip():
        raise ValidationError({"dissent": _("Say in a sentence how you see it.")})
    refuse_in_closed_record(finding.round)
    with transaction.atomic():
        locked(finding.round)
        _refuse_gone(finding)
        if seen is not None:
            before = FindingStance.objects.filter(finding=finding, party=by.own_party).first()
            if seen != (before.mark if before else ""):
                raise ValidationError(
                    _("Somebody else saved this while you were writing. Compare, and save again."), code="stale"
                )
        row, _made = FindingStance.objects.update_or_create(
            finding=finding,
            party=by.own_party,
            defaults={
                "stance": stance,
                "dissent": dissent.strip() if stance == Stance.DISSENTS else "",
                "by": by.user,
                "at": clock.now(),
            },
        )
        history.log(kinds.FINDING_AGREED if stance == Stance.AGREES else kinds.FINDING_DISSENT, by=by, item=finding)
        work.close_item(finding.partnership, f"finding:{finding.pk}:{by.own_party.pk}")
        tell_if_settled(finding.round)
    return row


def tell_if_settled(round: Round) -> None:
    """Folders above follow once each partner has said its word on each finding; told again, they do nothing twice."""
    if is_settled(round):
        registry.settled(round)


def add_action(
    round: Round,
    *,
    text: str,
    owner_party: Party,
    owner_seat: Seat | None = None,
    due_on: date | None,
    finding: Finding | None = None,
    by: Place,
) -> Action:
    """What will be done. An action for another side waits for that side's yes."""
    if owner_seat is not None and owner_seat.party_id != owner_party.pk:
        raise ValidationError({"owner_seat": _("This person belongs to another side.")})
    if due_on is not None and due_on < clock.today():
        raise ValidationError({"due_on": _("This day is over already.")})
    with transaction.atomic():
        round = locked(round)
        refuse_unless(round, RoundState.OPENED, _("Actions are agreed after the opening."))
        if finding is not None:
            _refuse_gone(finding)
        own = owner_party.pk == by.own_party.pk
        action: Action = Action.objects.create(
            **authored(by, round.circle),
            round=round,
            finding=finding,
            text=text,
            owner_party=owner_party,
            owner_seat=owner_seat,
            due_on=due_on,
            accepted_at=clock.now() if own else None,
        )
        history.log(kinds.ACTION_ADDED, by=by, item=action)
        _ask_or_commit(action, by)
    return action


def accept_action(action: Action, *, owner_seat: Seat | None, due_on: date | None, by: Place) -> Action:
    """The owner's side says yes, and names who does it by when."""
    if action.owner_party_id != by.own_party.pk:
        raise ValidationError(_("Only the side that is asked can accept this."))
    if owner_seat is not None and owner_seat.party_id != by.own_party.pk:
        raise ValidationError({"owner_seat": _("This person belongs to another side.")})
    with transaction.atomic():
        action = _locked_action(action)
        refuse_in_closed_record(action.round)
        if action.commitment_id is not None:
            raise ValidationError(_("This is a commitment already. Its day and its person are changed there."))
        _refuse_done(action)
        action.owner_seat, action.due_on = owner_seat, due_on
        action.accepted_at = action.accepted_at or clock.now()
        action.save(update_fields=["owner_seat", "due_on", "accepted_at"])
        history.log(kinds.ACTION_ACCEPTED, by=by, item=action)
        _ask_or_commit(action, by)
    return action


def finish_action(action: Action, *, note: str = "", by: Place) -> Action:
    """Done; the note says what came of it."""
    if action.owner_party_id != by.own_party.pk:
        raise ValidationError(_("Only the side that does it can say that it is done."))
    with transaction.atomic():
        action = _locked_action(action)
        refuse_in_closed_record(action.round)
        _refuse_done(action)
        action.done_at, action.done_note = clock.now(), note.strip()
        action.accepted_at = action.accepted_at or action.done_at
        action.save(update_fields=["done_at", "done_note", "accepted_at"])
        history.log(kinds.ACTION_DONE, by=by, item=action)
        if action.commitment is not None and can_deliver(by, action.commitment):
            delivery.deliver(action.commitment, by=by, note=action.done_note)
        work.close_item(action.partnership, f"review-action:{action.pk}")
    return action


def _refuse_done(action: Action) -> None:
    """Somebody of the own side was quicker: what is typed now would be kept nowhere."""
    if action.done_at is not None:
        raise ValidationError(_("Somebody of your side said already that this is done."), code="twice")


def _ask_or_commit(action: Action, by: Place) -> None:
    """Once an agreement stands, an accepted action with a day is a commitment: reminded of, delivered and confirmed
    by another partner like all of them. Else, and where others read commitments than this round, it waits by itself."""
    if (
        action.accepted_at is None
        or action.due_on is None
        or not action.partnership.is_open
        or signed_agreement(action.partnership) is None
        or circle_here(by, CircleKind.PARTNERS).pk != action.circle_id
    ):
        _ask_for_action(action)
        return
    seat = action.owner_seat
    action.commitment = delivery.make(
        by=by,
        what=shortened(action.text),
        owner=action.owner_party,
        due_on=action.due_on,
        person=seat.membership.user if seat is not None and seat.ended_on is None else None,
    )
    action.save(update_fields=["commitment"])
    work.close_item(action.partnership, f"review-action:{action.pk}")


def shortened(text: str) -> str:
    """As much of an action as a commitment's line holds."""
    return text if len(text) <= COMMITMENT_LENGTH else text[: COMMITMENT_LENGTH - 1].rstrip() + "…"


def _ask_for_action(action: Action) -> None:
    accepted = action.accepted_at is not None
    seat = action.owner_seat if accepted else None
    zone = seat.office.time_zone if seat is not None and seat.office is not None else "UTC"
    work.open_item(
        kinds.WORK_ACTION if accepted else kinds.WORK_ACCEPT,
        partnership=action.partnership,
        key=f"review-action:{action.pk}",
        party=action.owner_party,
        person=seat.membership.user if seat is not None else None,
        circle=action.circle,
        path=path_of(action.round) + "#agreed",
        due_on=action.due_on,
        zone=zone,
        subject=action.text,
        item=action,
    )


def _locked_action(action: Action) -> Action:
    locked: Action = (
        Action.objects.unguarded("an action locks the row its caller fetched")
        .select_for_update(of=("self",))
        .select_related(
            "partnership",
            "circle",
            "round",
            "owner_party",
            "owner_seat__office",
            "owner_seat__membership__user",
            "commitment__circle",
        )
        .get(pk=action.pk)
    )
    return locked
