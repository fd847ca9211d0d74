"""Commitments, contributions and promises: made, delivered, confirmed by another, let go by all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import models, transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access import actions as access
from partnerships.access.actions import authored, circle_for, circle_here, save_version
from partnerships.access.guard import place_of
from partnerships.access.models import Circle, Circled
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.documents.actions import store
from partnerships.documents.models import Document
from partnerships.history.actions import log
from partnerships.notices import actions as notices
from partnerships.notices import links
from partnerships.notices.models import MailLink
from partnerships.people.models import User
from partnerships.record.models import Party, Seat
from partnerships.work import actions as work

from . import kinds
from .models import (
    CENT,
    BodyMeeting,
    Commitment,
    CommitmentStep,
    CommunityPromise,
    Contribution,
    Dispute,
    DueChange,
    Gift,
    GovernanceBody,
    PromiseStep,
    WriteOffConsent,
)
from .permissions import (
    can_agree_write_off,
    can_change_commitment,
    can_check_gift,
    can_confirm,
    can_deliver,
    can_end_promise,
    can_give,
    can_judge_promise,
    can_move_promise,
    can_propose_write_off,
)
from .states import (
    COMMITMENTS,
    PROMISES,
    CommitmentAct,
    CommitmentState,
    ContributionKind,
    GiftState,
    PromiseAct,
    PromiseState,
    after,
)

#: Days in which a partner is expected to confirm.
CONFIRM_DAYS = 7
C = TypeVar("C", bound=Circled)
#: What waits for somebody, or is told of: each has its circle and its page.
Item = Commitment | Contribution | CommunityPromise | GovernanceBody | BodyMeeting | Dispute


# Shared by the folder -------------------------------------------------------------------------------------------------
def locked(item: C, *, by: Place) -> C:
    """The item as it stands now, locked: what is decided on it happens one after the other."""
    found: C = type(item).objects.of(by.partnership).select_for_update(of=("self",)).get(pk=item.pk)
    return found


def speakers(parties: Iterable[Party], *, but: User | None = None) -> list[User]:
    """Leads and stand-ins of these parties: who is told."""
    seats = Seat.objects.filter(
        party__in=[p.pk for p in parties],
        party__left_on=None,
        ended_on=None,
        membership__ended_on=None,
        duty__in=["lead", "stand_in"],
    ).select_related("membership__user")
    return [s.membership.user for s in seats if but is None or s.membership.user_id != but.pk]


def zone_of(party: Party, person: User | None = None) -> str:
    """The time zone in which the days of a party, or of one person of it, end: that of their office."""
    seats = Seat.objects.filter(party=party, ended_on=None).select_related("office", "membership__user")
    seats = seats.filter(membership__user=person) if person is not None else seats.filter(duty="lead")
    seat = seats.order_by("pk").first()
    if seat is None:
        return "UTC"
    return seat.office.time_zone if seat.office is not None else seat.membership.user.time_zone


def is_seated(party: Party, person: User | None) -> bool:
    return (
        person is not None
        and Seat.objects.filter(party=party, membership__user=person, ended_on=None, membership__ended_on=None).exists()
    )


def readers(circle: Circle, place: Place) -> list[Party]:
    """The parties that are still in and read this circle."""
    members = set(circle.members.values_list("party", flat=True))
    return [p for p in place.present if p.pk in members]


def _keep(upload: File[bytes] | None, *, circle: Circle, by: Place, title: str) -> Document | None:
    """What somebody shows for it, checked by its content; photos come out smaller and without where they were taken."""
    if upload is None:
        return None
    try:
        return store(partnership=by.partnership, upload=upload, circle=circle, by=by, title=title[:200])
    except ValidationError as error:
        raise ValidationError({"upload": error.messages}) from error


def ask(
    kind: str,
    item: Item,
    party: Party,
    *,
    key: str,
    due_on: date | None,
    person: User | None = None,
    zone: str = "",
    subject: str = "",
    holds_stage: bool = False,
) -> None:
    """The item waits for a party, among those who read it, until a day in that party's zone."""
    work.open_item(
        kind,
        partnership=item.partnership,
        key=key,
        party=party,
        person=person,
        circle=item.circle,
        path=item.path,
        due_on=due_on,
        zone=zone or zone_of(party),
        subject=subject,
        item=item,
        holds_stage=holds_stage,
    )


def tell(kind: str, item: Item, *, to: Iterable[User], key: str, by: Place | None = None) -> None:
    """Tell people about the item, and who did it where the sentence names the party."""
    notices.post(
        kind,
        to=to,
        key=key,
        partnership=item.partnership,
        path=item.path,
        names={"party": by.own_party.name} if by is not None else None,
        object_id=item.pk,
    )


def refuse_unless(allowed: bool, words: str) -> None:
    if not allowed:
        raise ValidationError(words)


# Commitments ----------------------------------------------------------------------------------------------------------
def make(
    *,
    by: Place,
    what: str,
    owner: Party,
    due_on: date,
    person: User | None = None,
    circle_kind: str = CircleKind.PARTNERS,
    meeting: BodyMeeting | None = None,
) -> Commitment:
    """Write down what a party will do by a day. Who did not write it down is told."""
    circle = circle_here(by, circle_kind)
    with transaction.atomic():
        if owner.pk not in {p.pk for p in readers(circle, by)}:
            raise ValidationError({"circle": _("Who owes it must be able to read it. Choose a wider circle.")})
        if person is not None and not is_seated(owner, person):
            raise ValidationError({"person": _("This person has no seat on that side.")})
        commitment: Commitment = Commitment.objects.create(
            **authored(by, circle),
            what=what,
            owner=owner,
            person=person,
            due_on=due_on,
            meeting=meeting,
        )
        log(kinds.MADE, by=by, item=commitment)
        _ask_owner(commitment)
        if owner.pk != by.own_party.pk:
            notices.post(
                kinds.MADE_NOTICE,
                to=[person] if person is not None else speakers([owner]),
                key=f"commitment:{commitment.pk}:made",
                partnership=by.partnership,
                path=commitment.path,
                names={"party": by.own_party.name, "due": due_on.isoformat()},
                object_id=commitment.pk,
            )
    return commitment


def _ask_owner(commitment: Commitment) -> None:
    """It waits for its owner: the person while they have their seat, else the leads."""
    person = commitment.person if is_seated(commitment.owner, commitment.person) else None
    if commitment.owner.left_on is not None:
        return
    ask(
        kinds.OWED,
        commitment,
        commitment.owner,
        key=f"commitment:{commitment.pk}:owner",
        due_on=commitment.due_on,
        person=person,
        zone=zone_of(commitment.owner, person),
        subject=commitment.what,
    )


def _ask_others(commitment: Commitment, *, by: Place) -> None:
    """It waits for any of the other partners to confirm; they are told at once, with a link of their own."""
    others = [p for p in readers(commitment.circle, by) if p.is_partner and p.pk != commitment.owner_id]
    for party in others:
        ask(
            kinds.CONFIRM,
            commitment,
            party,
            key=f"commitment:{commitment.pk}:confirm:{party.pk}",
            due_on=clock.today() + timedelta(days=CONFIRM_DAYS),
            subject=commitment.what,
        )
    tell(
        kinds.DELIVERED_NOTICE,
        commitment,
        to=speakers(others),
        key=f"commitment:{commitment.pk}:delivered:{commitment.steps.count()}",
        by=by,
    )


def _tell(kind: str, commitment: Commitment, *, to: Sequence[User], by: Place, what: str) -> None:
    tell(kind, commitment, to=to, key=f"commitment:{commitment.pk}:{what}:{commitment.steps.count()}", by=by)


def _owners_people(commitment: Commitment) -> list[User]:
    if commitment.person is not None and is_seated(commitment.owner, commitment.person):
        return [commitment.person]
    return speakers([commitment.owner])


def _step(
    commitment: Commitment, act: str, *, by: Place, note: str = "", document: Document | None = None, mail: bool = False
) -> None:
    """The one setter of a commitment's state: by the table, with its row; a standing wish to let it go ends."""
    state = after(COMMITMENTS, commitment.state, act)
    if state is None:
        raise ValidationError(state_words(commitment))
    commitment.state, commitment.state_since = state, clock.now()
    commitment.write_off_reason, commitment.write_off_party = "", None
    commitment.changed_at = clock.now()
    commitment.save(update_fields=["state", "state_since", "write_off_reason", "write_off_party", "changed_at"])
    CommitmentStep.objects.create(
        commitment=commitment,
        act=act,
        party=by.own_party,
        by=by.user,
        at=clock.now(),
        note=note,
        document=document,
        by_mail=mail,
    )
    if act != CommitmentAct.WRITE_OFF:
        commitment.write_off_consents.all().delete()
    work.close_items(commitment.partnership, f"commitment:{commitment.pk}:")


def state_words(commitment: Commitment) -> str:
    """Why nothing more can be said about it as it stands."""
    return {
        CommitmentState.OPEN: _("This is open: it was not delivered yet, or it came back."),
        CommitmentState.DELIVERED: _("This was delivered already. Another partner confirms it."),
        CommitmentState.CONFIRMED: _("This was confirmed already."),
        CommitmentState.WRITTEN_OFF: _("All partners have let this go."),
    }[CommitmentState(commitment.state)]


def deliver(
    commitment: Commitment, *, by: Place, note: str = "", upload: File[bytes] | None = None, mail: bool = False
) -> Commitment:
    """The owner's side says that it is done, with something to show for it where there is something."""
    with transaction.atomic():
        commitment = locked(commitment, by=by)
        refuse_unless(
            can_deliver(by, commitment),
            _("Only the side that owes this can deliver it.")
            if commitment.state == CommitmentState.OPEN
            else state_words(commitment),
        )
        document = _keep(upload, circle=commitment.circle, by=by, title=commitment.what)
        _step(commitment, CommitmentAct.DELIVER, by=by, note=note, document=document, mail=mail)
        log(kinds.DELIVERED, by=by, item=commitment)
        _ask_others(commitment, by=by)
    return commitment


def confirm(
    commitment: Commitment, *, by: Place, note: str = "", upload: File[bytes] | None = None, mail: bool = False
) -> Commitment:
    """Another partner has seen that it is done. The first one to say so settles it."""
    with transaction.atomic():
        commitment = locked(commitment, by=by)
        refuse_unless(can_confirm(by, commitment), _own_words(commitment, by))
        document = _keep(upload, circle=commitment.circle, by=by, title=commitment.what)
        _step(commitment, CommitmentAct.CONFIRM, by=by, note=note, document=document, mail=mail)
        log(kinds.CONFIRMED, by=by, item=commitment)
        _tell(kinds.CONFIRMED_NOTICE, commitment, to=_owners_people(commitment), by=by, what="confirmed")
    return commitment


def refuse(commitment: Commitment, *, by: Place, why: str, mail: bool = False) -> Commitment:
    """Another partner does not see yet that it is done, and says why: it is open again."""
    if not why.strip():
        raise ValidationError({"note": _("Say what is missing; the other side will read it.")})
    with transaction.atomic():
        commitment = locked(commitment, by=by)
        refuse_unless(can_confirm(by, commitment), _own_words(commitment, by))
        _step(commitment, CommitmentAct.REFUSE, by=by, note=why, mail=mail)
        log(kinds.REFUSED, by=by, item=commitment)
        _ask_owner(commitment)
        _tell(kinds.REFUSED_NOTICE, commitment, to=_owners_people(commitment), by=by, what="refused")
    return commitment


def _own_words(commitment: Commitment, by: Place) -> str:
    if by.own_party.pk == commitment.owner_id and commitment.state == CommitmentState.DELIVERED:
        return _("Nobody confirms what is their own. Another partner does.")
    if commitment.state == CommitmentState.DELIVERED:
        return _("A partner confirms this.")
    return state_words(commitment)


def reword(
    commitment: Commitment, *, by: Place, what: str, owner: Party, person: User | None, seen: int | None = None
) -> Commitment:
    """Say it more clearly, or hand it to somebody else, while it is open."""
    with transaction.atomic():
        current = locked(commitment, by=by)
        refuse_unless(can_change_commitment(by, current), state_words(current))
        if owner.pk not in {p.pk for p in readers(current.circle, by)}:
            raise ValidationError({"owner": _("Who owes it must be able to read it.")})
        if person is not None and not is_seated(owner, person):
            raise ValidationError({"person": _("This person has no seat on that side.")})
        current.what, current.owner, current.person = what, owner, person
        save_version(current, seen=seen, fields=["what", "owner", "person"])
        log(kinds.CHANGED, by=by, item=current)
        _ask_owner(current)
    return current


def move_due(commitment: Commitment, *, by: Place, to: date, why: str) -> Commitment:
    """The day moves, and the reminders with it. The others read why [OC6]."""
    if not why.strip():
        raise ValidationError({"why": _("Say why; the others will read it.")})
    with transaction.atomic():
        commitment = locked(commitment, by=by)
        refuse_unless(can_change_commitment(by, commitment), state_words(commitment))
        if to == commitment.due_on:
            raise ValidationError({"due_on": _("This is the day it has already.")})
        DueChange.objects.create(
            commitment=commitment,
            was=commitment.due_on,
            now=to,
            why=why,
            party=by.own_party,
            by=by.user,
            at=clock.now(),
        )
        commitment.due_on, commitment.changed_at = to, clock.now()
        commitment.save(update_fields=["due_on", "changed_at"])
        work.move_due(commitment.partnership, f"commitment:{commitment.pk}:owner", to)
        log(kinds.MOVED, by=by, item=commitment)
        others = [p for p in readers(commitment.circle, by) if p.pk != by.own_party.pk]
        tell(
            kinds.MOVED_NOTICE,
            commitment,
            to=speakers(others),
            key=f"commitment:{commitment.pk}:moved:{commitment.due_changes.count()}",
            by=by,
        )
    return commitment


def propose_write_off(commitment: Commitment, *, by: Place, why: str) -> Commitment:
    """A partner proposes to let it go; it goes when every partner has said yes."""
    if not why.strip():
        raise ValidationError({"why": _("Say why; the others will read it.")})
    with transaction.atomic():
        commitment = locked(commitment, by=by)
        refuse_unless(can_propose_write_off(by, commitment), write_off_words(commitment))
        commitment.write_off_reason, commitment.write_off_party = why, by.own_party
        commitment.changed_at = clock.now()
        commitment.save(update_fields=["write_off_reason", "write_off_party", "changed_at"])
        log(kinds.WRITE_OFF, by=by, item=commitment)
        others = by.other_partners
        for party in others:
            ask(
                kinds.AGREE_WRITE_OFF,
                commitment,
                party,
                key=f"commitment:{commitment.pk}:off:{party.pk}",
                due_on=clock.today() + timedelta(days=CONFIRM_DAYS),
                subject=commitment.what,
            )
        _tell(
            kinds.WRITE_OFF_NOTICE,
            commitment,
            to=speakers(others),
            by=by,
            what=f"off:{int(commitment.changed_at.timestamp())}",
        )
        return _agree_write_off(commitment, by=by)


def agree_write_off(commitment: Commitment, *, by: Place) -> Commitment:
    """A partner's yes. The last one lets it go."""
    with transaction.atomic():
        commitment = locked(commitment, by=by)
        refuse_unless(can_agree_write_off(by, commitment), write_off_words(commitment))
        return _agree_write_off(commitment, by=by)


def _agree_write_off(commitment: Commitment, *, by: Place) -> Commitment:
    WriteOffConsent.objects.get_or_create(
        commitment=commitment, party=by.own_party, defaults={"by": by.user, "at": clock.now()}
    )
    work.close_item(commitment.partnership, f"commitment:{commitment.pk}:off:{by.own_party.pk}")
    if by.all_partners_in(commitment.write_off_consents):
        _step(commitment, CommitmentAct.WRITE_OFF, by=by, note=commitment.write_off_reason)
        log(kinds.WRITTEN_OFF, by=by, item=commitment)
        told = [p for p in readers(commitment.circle, by) if p.pk != by.own_party.pk]
        _tell(kinds.WRITTEN_OFF_NOTICE, commitment, to=speakers(told), by=by, what="written_off")
    return commitment


def keep_on(commitment: Commitment, *, by: Place) -> Commitment:
    """A partner does not let it go, or takes its own wish back: it stays as it was."""
    with transaction.atomic():
        commitment = locked(commitment, by=by)
        refuse_unless(by.is_partner and by.is_lead and bool(commitment.write_off_reason), write_off_words(commitment))
        asker = commitment.write_off_party
        commitment.write_off_reason, commitment.write_off_party = "", None
        commitment.changed_at = clock.now()
        commitment.save(update_fields=["write_off_reason", "write_off_party", "changed_at"])
        commitment.write_off_consents.all().delete()
        work.close_items(commitment.partnership, f"commitment:{commitment.pk}:off:")
        log(kinds.KEPT_ON, by=by, item=commitment)
        if asker is not None and asker.pk != by.own_party.pk:
            _tell(
                kinds.WRITTEN_OFF_NOTICE,
                commitment,
                to=speakers([asker]),
                by=by,
                what=f"kept:{int(commitment.changed_at.timestamp())}",
            )
    return commitment


def write_off_words(commitment: Commitment) -> str:
    if commitment.state in {CommitmentState.CONFIRMED, CommitmentState.WRITTEN_OFF}:
        return state_words(commitment)
    if commitment.write_off_reason:
        return _("Letting it go is proposed already, and you have answered.")
    return _("Nobody proposes to let this go any more.")


def place_of_link(link: MailLink) -> tuple[Commitment, Place] | None:
    """The commitment of a mail's link and where its reader stands now; None where they may not see it any more."""
    if link.user is None:
        return None
    commitment = (
        Commitment.objects.visible_to(link.user)
        .select_related("partnership", "circle", "owner__organisation", "party__organisation", "person")
        .filter(pk=link.object_id)
        .first()
    )
    return (commitment, place_of(link.user, commitment.partnership)) if commitment is not None else None


def deliver_by_link(
    link: MailLink, commitment: Commitment, *, by: Place, note: str, upload: File[bytes] | None
) -> Commitment:
    """The same from the link in a mail, which this uses up; if it is refused the link stays good."""
    with transaction.atomic():
        links.use(link)
        return deliver(commitment, by=by, note=note, upload=upload, mail=True)


def confirm_by_link(
    link: MailLink, commitment: Commitment, *, by: Place, note: str, upload: File[bytes] | None
) -> Commitment:
    with transaction.atomic():
        links.use(link)
        return confirm(commitment, by=by, note=note, upload=upload, mail=True)


def refuse_by_link(link: MailLink, commitment: Commitment, *, by: Place, why: str) -> Commitment:
    with transaction.atomic():
        links.use(link)
        return refuse(commitment, by=by, why=why, mail=True)


# Contributions --------------------------------------------------------------------------------------------------------
CONTRIBUTION_FIELDS = (
    "kind", "what", "starts_on", "ends_on", "amount", "currency", "hours", "hour_rate", "rate", "rate_on",
)  # fmt: skip


def promise_contribution(*, by: Place, giver: Party, circle_kind: str, values: dict[str, Any]) -> Contribution:
    """Write down what a party will bring in a period."""
    contribution = Contribution(
        **authored(by, circle_here(by, circle_kind)),
        giver=giver,
    )
    refuse_unless(can_give(by, contribution), _("A partner writes down what it brings itself."))
    _fill(contribution, values)
    with transaction.atomic():
        contribution.save()
        log(kinds.CONTRIBUTION, by=by, item=contribution)
        _ask_giver(contribution)
    return contribution


def change_contribution(
    contribution: Contribution, *, by: Place, values: dict[str, Any], seen: int | None = None
) -> Contribution:
    """Another amount, another period, another rate: for what was put in afterwards too."""
    with transaction.atomic():
        current = locked(contribution, by=by)
        refuse_unless(can_give(by, current), _("A partner writes down what it brings itself."))
        _fill(current, values)
        save_version(current, seen=seen, fields=CONTRIBUTION_FIELDS)
        log(kinds.CONTRIBUTION_CHANGED, by=by, item=current)
        _ask_giver(current)
    return current


def _fill(contribution: Contribution, values: dict[str, Any]) -> None:
    for name in CONTRIBUTION_FIELDS:
        setattr(contribution, name, values.get(name))
    contribution.amount = worth(contribution, amount=values.get("amount"), hours=values.get("hours"))


def worth(contribution: Contribution, *, amount: Decimal | None, hours: Decimal | None) -> Decimal | None:
    """Hours times their rate where both are known, else the amount that was said."""
    if contribution.kind == ContributionKind.TIME and hours is not None and contribution.hour_rate is not None:
        return (hours * contribution.hour_rate).quantize(CENT, ROUND_HALF_UP)
    return amount


def withdraw_contribution(contribution: Contribution, *, by: Place) -> None:
    """Take it out of the pictures and pages; the history keeps the fact that it was there."""
    with transaction.atomic():
        contribution = locked(contribution, by=by)
        refuse_unless(
            not contribution.gifts.filter(state=GiftState.CONFIRMED).exists(),
            _("A part of it was put in and confirmed. Change the amount instead."),
        )
        access.withdraw(contribution, by=by)
        log(kinds.CONTRIBUTION_WITHDRAWN, by=by, item=contribution)
        work.close_items(contribution.partnership, f"contribution:{contribution.pk}:")


def _ask_giver(contribution: Contribution) -> None:
    """The rest of what was promised waits for the giver until the period's end; nothing waits once all is in."""
    key = f"contribution:{contribution.pk}:give"
    if contribution.kind == ContributionKind.OTHER or contribution.giver.left_on is not None or _all_in(contribution):
        work.close_item(contribution.partnership, key)
        return
    ask(kinds.PUT_IN, contribution, contribution.giver, key=key, due_on=contribution.ends_on, subject=contribution.what)


def _all_in(contribution: Contribution) -> bool:
    counted = contribution.gifts.exclude(state=GiftState.REFUSED)
    totals = counted.aggregate(amount=models.Sum("amount"), hours=models.Sum("hours"))
    promised = contribution.hours if contribution.amount is None else contribution.amount
    given = totals["hours"] if contribution.amount is None else totals["amount"]
    return promised is not None and given is not None and given >= promised


def put_in(
    contribution: Contribution,
    *,
    by: Place,
    on: date,
    amount: Decimal | None,
    hours: Decimal | None = None,
    note: str = "",
    upload: File[bytes] | None = None,
) -> Gift:
    """A part of what was promised has come. It counts, and waits for another partner to confirm it."""
    if on > clock.today(by.user.time_zone):
        raise ValidationError({"on": _("This day has not come yet.")})
    with transaction.atomic():
        contribution = locked(contribution, by=by)
        refuse_unless(can_give(by, contribution), _("A partner writes down what it brings itself."))
        document = _keep(upload, circle=contribution.circle, by=by, title=contribution.what)
        gift = Gift.objects.create(
            contribution=contribution,
            on=on,
            amount=worth(contribution, amount=amount, hours=hours),
            hours=hours,
            note=note,
            document=document,
            party=by.own_party,
            by=by.user,
            at=clock.now(),
        )
        log(kinds.GIVEN, by=by, item=contribution)
        _ask_giver(contribution)
        others = [
            p
            for p in readers(contribution.circle, by)
            if p.is_partner and p.pk not in {contribution.giver_id, by.own_party.pk}
        ]
        for party in others:
            ask(
                kinds.CHECK_GIFT,
                contribution,
                party,
                key=f"contribution:{contribution.pk}:gift:{gift.pk}:{party.pk}",
                due_on=clock.today() + timedelta(days=2 * CONFIRM_DAYS),
                subject=contribution.what,
            )
        _tell_gift(kinds.GIFT_NOTICE, gift, contribution, to=speakers(others), by=by)
    return gift


def check_gift(gift: Gift, *, by: Place, seen_it: bool, why: str = "") -> Gift:
    """Another partner confirms that it came, or says why not; then it does not count."""
    if not seen_it and not why.strip():
        raise ValidationError({"why": _("Say what is missing; the other side will read it.")})
    with transaction.atomic():
        contribution = locked(gift.contribution, by=by)
        gift = Gift.objects.of(by.partnership).select_related("contribution").get(pk=gift.pk)
        refuse_unless(
            can_check_gift(by, gift),
            _("This was answered already.")
            if gift.state != GiftState.GIVEN
            else _("Nobody confirms what is their own. Another partner does."),
        )
        gift.state = GiftState.CONFIRMED if seen_it else GiftState.REFUSED
        gift.checked_party, gift.checked_by, gift.checked_at = by.own_party, by.user, clock.now()
        gift.refusal = "" if seen_it else why
        gift.save(update_fields=["state", "checked_party", "checked_by", "checked_at", "refusal"])
        log(kinds.GIFT_CONFIRMED if seen_it else kinds.GIFT_REFUSED, by=by, item=contribution)
        work.close_items(contribution.partnership, f"contribution:{contribution.pk}:gift:{gift.pk}:")
        _ask_giver(contribution)
        _tell_gift(kinds.GIFT_CHECKED_NOTICE, gift, contribution, to=speakers([gift.party]), by=by)
    return gift


def _tell_gift(kind: str, gift: Gift, contribution: Contribution, *, to: Sequence[User], by: Place) -> None:
    tell(kind, contribution, to=to, key=f"gift:{gift.pk}:{gift.state}", by=by)


# Promises to communities ----------------------------------------------------------------------------------------------
def promise_circle(place: Place, body: Party | None) -> Circle:
    """The partners with the broker, and the body concerned: no other body, no authority, no funder."""
    if body is None:
        return circle_for(place.partnership, CircleKind.PARTNERS)
    parties = {p.pk: p for p in place.present if p.role in {"partner", "broker"}}
    parties[body.pk] = body
    return circle_for(place.partnership, CircleKind.CHOSEN, parties=parties.values())


def note_promise(
    *,
    by: Place,
    what: str,
    promiser: Party,
    said_on: date,
    body: Party | None = None,
    body_name: str = "",
    person: User | None = None,
    due_on: date | None = None,
) -> CommunityPromise:
    """Write down what was promised to a body of affected people: by whom, when, until when [EC6]."""
    if said_on > clock.today(by.user.time_zone):
        raise ValidationError({"said_on": _("This day has not come yet.")})
    if body is None and not body_name.strip():
        raise ValidationError({"body_name": _("Say to which body.")})
    if person is not None and not is_seated(promiser, person):
        raise ValidationError({"person": _("This person has no seat on that side.")})
    with transaction.atomic():
        promise: CommunityPromise = CommunityPromise.objects.create(
            **authored(by, promise_circle(by, body)),
            body=body,
            body_name=body.name if body is not None else body_name,
            promiser=promiser,
            person=person,
            what=what,
            said_on=said_on,
            due_on=due_on,
        )
        log(kinds.PROMISED, by=by, item=promise)
        _ask_promiser(promise)
        told = [p for p in (promiser, body) if p is not None and p.pk != by.own_party.pk]
        _tell_promise(promise, to=speakers(told), what="noted")
    return promise


def _ask_promiser(promise: CommunityPromise) -> None:
    if promise.promiser.left_on is not None:
        return
    person = promise.person if is_seated(promise.promiser, promise.person) else None
    ask(
        kinds.KEEP_PROMISE,
        promise,
        promise.promiser,
        key=f"promise:{promise.pk}:keep",
        due_on=promise.due_on,
        person=person,
        zone=zone_of(promise.promiser, person),
        subject=promise.what,
    )


def _tell_promise(promise: CommunityPromise, *, to: Sequence[User], what: str) -> None:
    tell(kinds.PROMISE_NOTICE, promise, to=to, key=f"promise:{promise.pk}:{what}:{promise.steps.count()}")


_PROMISE_ACTS = {
    PromiseAct.KEEP: kinds.PROMISE_KEPT,
    PromiseAct.EXPLAIN: kinds.PROMISE_EXPLAINED,
    PromiseAct.CONFIRM: kinds.PROMISE_CONFIRMED,
    PromiseAct.DENY: kinds.PROMISE_DENIED,
}


def _promise_step(
    promise: CommunityPromise, act: str, *, by: Place, note: str, upload: File[bytes] | None = None
) -> CommunityPromise:
    """The one setter of a promise's state: by the table, with its row, its act, and what it closes and opens."""
    state = after(PROMISES, promise.state, act)
    if state is None:
        raise ValidationError(promise_words(promise))
    document = _keep(upload, circle=promise.circle, by=by, title=promise.what)
    promise.state, promise.state_since, promise.changed_at = state, clock.now(), clock.now()
    promise.save(update_fields=["state", "state_since", "changed_at"])
    PromiseStep.objects.create(
        promise=promise, act=act, party=by.own_party, by=by.user, at=clock.now(), note=note, document=document
    )
    log(_PROMISE_ACTS[PromiseAct(act)], by=by, item=promise)
    work.close_items(promise.partnership, f"promise:{promise.pk}:")
    return promise


def promise_words(promise: CommunityPromise) -> str:
    return _("This has been answered already: %(state)s.") % {"state": promise.get_state_display()}


def end_promise(
    promise: CommunityPromise, *, by: Place, kept: bool, note: str, upload: File[bytes] | None = None
) -> CommunityPromise:
    """Who promised says that it was kept, or how it was explained to them that it could not be."""
    if not kept and not note.strip():
        raise ValidationError({"note": _("Say what was explained to them, by whom and when.")})
    with transaction.atomic():
        promise = locked(promise, by=by)
        refuse_unless(can_end_promise(by, promise), promise_words(promise))
        _promise_step(promise, PromiseAct.KEEP if kept else PromiseAct.EXPLAIN, by=by, note=note, upload=upload)
        body = promise.body
        if body is not None and body.left_on is None:
            if kept:
                ask(
                    kinds.JUDGE_PROMISE,
                    promise,
                    body,
                    key=f"promise:{promise.pk}:judge",
                    due_on=clock.today() + timedelta(days=2 * CONFIRM_DAYS),
                    subject=promise.what,
                )
            _tell_promise(promise, to=speakers([body]), what="ended")
    return promise


def judge_promise(promise: CommunityPromise, *, by: Place, kept: bool, note: str = "") -> CommunityPromise:
    """Those it was given to say whether it was kept. If not, it is open again."""
    with transaction.atomic():
        promise = locked(promise, by=by)
        refuse_unless(can_judge_promise(by, promise), promise_words(promise))
        _promise_step(promise, PromiseAct.CONFIRM if kept else PromiseAct.DENY, by=by, note=note)
        if promise.state == PromiseState.OPEN:
            _ask_promiser(promise)
        _tell_promise(promise, to=speakers([promise.promiser]), what="judged")
    return promise


def move_promise(promise: CommunityPromise, *, by: Place, to: date) -> CommunityPromise:
    """Another day was agreed with them; the reminders move with it."""
    with transaction.atomic():
        promise = locked(promise, by=by)
        refuse_unless(can_move_promise(by, promise), promise_words(promise))
        promise.due_on, promise.changed_at = to, clock.now()
        promise.save(update_fields=["due_on", "changed_at"])
        work.move_due(promise.partnership, f"promise:{promise.pk}:keep", to)
        told = [p for p in (promise.promiser, promise.body) if p is not None and p.pk != by.own_party.pk]
        _tell_promise(promise, to=speakers(told), what=f"moved:{to}")
    return promise
