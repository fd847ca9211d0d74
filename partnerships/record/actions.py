"""Opening a record; bringing parties and people in; leaving."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import clock
from ..access.actions import authored, circle_for, circle_here, save_version
from ..access.guard import place_of
from ..access.permissions import can_see_frame
from ..access.places import Place
from ..access.states import CircleKind
from ..catalogue.queries import current
from ..history import kinds as act_kinds
from ..history.actions import log, log_system
from ..notices import actions as notices
from ..notices import kinds as notice_kinds
from ..people import actions as people
from ..people.models import Invitation, Membership, Office, Organisation, User
from ..work import actions as work
from ..work import kinds as work_kinds
from . import registry
from .models import HandoverPage, Partnership, Party, PartyConsent, PartyInvite, Seat
from .queries import inviting_side
from .states import Duty, Function, Level, Role, Stage, sectors_in_order

OPENED = act_kinds.register("record.opened", gettext_lazy("Partnership proposed"), url_name="record:overview")
CHANGED = act_kinds.register("record.changed", gettext_lazy("Name or place changed"), url_name="record:overview")
RULES = act_kinds.register("record.rules", gettext_lazy("Ground rules accepted"), url_name="record:ground_rules")
INVITED = act_kinds.register("record.invited", gettext_lazy("Another party proposed"), url_name="record:people")
CONSENTED = act_kinds.register("record.consented", gettext_lazy("Agreed to invite a party"), url_name="record:people")
TAKEN_BACK = act_kinds.register(
    "record.invite_taken_back", gettext_lazy("Invitation taken back"), url_name="record:people"
)
JOINED = act_kinds.register("record.joined", gettext_lazy("Party joined"), url_name="record:people")
LEFT = act_kinds.register("record.left", gettext_lazy("Party left"), url_name="record:people")
SEATED = act_kinds.register("record.seated", gettext_lazy("Seat given"), url_name="record:people")
SEAT_ENDED = act_kinds.register("record.seat_ended", gettext_lazy("Seat ended"), url_name="record:people")
HANDED_OVER = act_kinds.register("record.handed_over", gettext_lazy("Handover page made"), url_name="record:people")

ACCEPT_RULES = work_kinds.register(
    "record.rules",
    gettext_lazy("Read and accept the ground rules"),
    why=gettext_lazy("One page that protects both of you. Nothing else opens before."),
    rule="short",
)
CONSENT = work_kinds.register(
    "record.consent",
    gettext_lazy("Agree to invite {subject}"),
    why=gettext_lazy("All partners decide who else is here."),
)
HAND_OVER = work_kinds.register(
    "record.handover",
    gettext_lazy("Write the handover page"),
    why=gettext_lazy("What only you know leaves with you."),
)
SEAT_NOTICE = notice_kinds.register(
    "record.seated",
    label=gettext_lazy("You were given a seat in a partnership"),
    subject=gettext_lazy("{record}: you have a seat"),
    line=gettext_lazy("You were given a seat in the partnership “{record}”."),
    button=gettext_lazy("Open the record"),
)
JOINED_NOTICE = notice_kinds.register(
    "record.joined",
    label=gettext_lazy("Somebody joined a partnership of yours"),
    subject=gettext_lazy("{record}: {party} has joined"),
    line=gettext_lazy("{party} has joined the partnership “{record}”."),
    button=gettext_lazy("Open the record"),
)
#: Days in which a first answer is expected: to ground rules, to a wish to invite somebody.
FIRST_ANSWER_DAYS = 7


def propose(
    *,
    by: User,
    membership: Membership,
    name: str,
    country: str = "",
    site: str = "",
    sectors: Iterable[str] = (),
    is_exploration: bool = False,
    parent: Partnership | None = None,
    stage: str = Stage.SCOPING,
    function: str = Function.COMMUNITY,
    level: str = Level.MANAGEMENT,
    role: str = Role.PARTNER,
) -> Partnership:
    """Open a record with the proposer's organisation as its first party and the proposer as its lead.

    A second press within a minute leads to the record of the first.
    """
    with transaction.atomic():
        # Two presses of one person take turns; there is no record yet that could be locked.
        User.objects.select_for_update().get(pk=by.pk)
        just_made = Partnership.objects.filter(
            created_by=by,
            name=name,
            parties__organisation=membership.organisation_id,
            created_at__gt=clock.now() - timedelta(minutes=1),
        ).first()
        if just_made is not None:
            return just_made
        partnership = Partnership.objects.create(
            name=name,
            country=country,
            sectors=sectors_in_order(sectors),
            site=site,
            is_exploration=is_exploration,
            parent=parent,
            stage=stage,
            opened_at_stage=stage,
            stage_since=clock.today(),
            created_by=by,
        )
        party = join(partnership, membership.organisation, role=role)
        place = give_first_seat(party, membership, function=function, level=level)
        log(OPENED, by=place)
        for hook in registry.on_opened:
            hook(place)
    return partnership


DETAILS = ("name", "country", "site", "sectors", "is_exploration", "currency")


def details_mark(partnership: Partnership) -> str:
    """Tells whether somebody changed the details since a form was opened."""
    return hashlib.sha256(repr([getattr(partnership, name) for name in DETAILS]).encode()).hexdigest()[:16]


def change_details(*, by: Place, values: dict[str, Any], seen: str) -> None:
    """Name, place, sectors and currency of the record. The currency stays once figures were agreed in it."""
    with transaction.atomic():
        current = Partnership.objects.locked(by.partnership)
        if details_mark(current) != seen:
            raise ValidationError(
                _("Somebody else saved this while you were writing. Compare, and save again."), code="stale"
            )
        if current.currency != values["currency"]:
            for hook in registry.on_currency:
                hook(current)
        for name in DETAILS:
            setattr(current, name, values[name])
        current.save(update_fields=DETAILS)
        log(CHANGED, by=by)
        for follow in registry.on_details:
            follow(current)


def join(partnership: Partnership, organisation: Organisation, *, role: str, paid_by: str = "") -> Party:
    """An organisation comes in. What was written before stays in the circles it was written for."""
    if partnership.parties.filter(organisation=organisation, left_on=None).exists():
        raise ValidationError(_("%(name)s is in this partnership already.") % {"name": organisation.name})
    alike = partnership.parties.filter(role=role, organisation__kind=organisation.kind).count()
    party = Party.objects.create(
        partnership=partnership,
        organisation=organisation,
        role=role,
        paid_by=paid_by,
        mark_variant=alike % 3,
        joined_at=clock.now(),
    )
    work.open_item(
        ACCEPT_RULES,
        partnership=partnership,
        key=f"rules:{party.pk}",
        party=party,
        circle=circle_for(partnership, CircleKind.ALL),
        path=reverse("record:ground_rules", args=[partnership.public_id]),
        due_on=clock.today() + timedelta(days=FIRST_ANSWER_DAYS),
        holds_stage=True,
    )
    registry.parties_changed(partnership)
    return party


def give_first_seat(party: Party, membership: Membership, *, function: str, level: str) -> Place:
    """The person who brings a party in leads it."""
    Seat.objects.create(
        party=party,
        membership=membership,
        office=membership.office,
        duty=Duty.LEAD,
        function=function,
        level=level,
        since=clock.today(),
    )
    return place_of(membership.user, party.partnership)


def accept_rules(*, by: Place) -> None:
    """The party accepts the ground rules as they stand in the catalogue today."""
    with transaction.atomic():
        party = Party.objects.select_for_update().get(pk=by.own_party.pk)
        if party.rules_accepted_at is None:
            party.rules_accepted_at, party.rules_accepted_by = clock.now(), by.user
            party.rules_version = current("ground_rules")
            party.save(update_fields=["rules_accepted_at", "rules_accepted_by", "rules_version"])
            log(RULES, by=by)
            work.close_item(by.partnership, f"rules:{party.pk}")
            for hook in registry.on_rules_accepted:
                hook(by)


def invite_party(
    *,
    by: Place,
    role: str,
    organisation_name: str,
    organisation_kind: str,
    email: str,
    person_name: str,
    organisation: Organisation | None = None,
    language: str = "en",
    paid_by: str = "",
) -> PartyInvite:
    """A partner wishes another party in. The mail goes out when every partner that is in has said yes."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        open_wish = PartyInvite.objects.filter(
            partnership=by.partnership, email__iexact=email, role=role, party=None, declined_at=None
        )
        if open_wish.exists():
            raise ValidationError(_("This person has been proposed already."))
        invite = PartyInvite.objects.create(
            partnership=by.partnership,
            role=role,
            organisation=organisation,
            organisation_name=organisation.name if organisation else organisation_name,
            organisation_kind=organisation.kind if organisation else organisation_kind,
            email=email.lower(),
            person_name=person_name,
            language=language,
            paid_by=paid_by,
            proposed_by=by.user,
            created_at=clock.now(),
        )
        log(INVITED, by=by)
        for party in by.other_partners:
            work.open_item(
                CONSENT,
                partnership=by.partnership,
                key=f"invite:{invite.pk}:{party.pk}",
                party=party,
                circle=circle_here(by, CircleKind.PARTNERS),
                path=reverse("record:people", args=[by.partnership.public_id]),
                subject=invite.organisation_name,
                due_on=clock.today() + timedelta(days=FIRST_ANSWER_DAYS),
            )
        consent_to_invite(invite, by=by)
    return invite


def consent_to_invite(invite: PartyInvite, *, by: Place) -> None:
    """A partner's yes. The last one sends the mail."""
    with transaction.atomic():
        partnership = Partnership.objects.locked(by.partnership)
        invite = PartyInvite.objects.select_for_update().get(pk=invite.pk)
        if invite.declined_at is not None:
            raise ValidationError(_("Another partner has said no to this."))
        _consent, made = PartyConsent.objects.get_or_create(
            invite=invite, party=by.own_party, defaults={"by": by.user, "at": clock.now()}
        )
        if made:
            log(CONSENTED, by=by)
            work.close_item(by.partnership, f"invite:{invite.pk}:{by.own_party.pk}")
        _send_when_agreed(invite, partnership, by=by.user)


def _send_when_agreed(invite: PartyInvite, partnership: Partnership, *, by: User) -> None:
    """The mail goes out once, when every partner that is in has said yes."""
    partners = set(partnership.parties.filter(role=Role.PARTNER, left_on=None).values_list("pk", flat=True))
    if invite.sent_at is not None or partners - set(invite.consents.values_list("party", flat=True)):
        return
    invite.sent_at = clock.now()
    invite.save(update_fields=["sent_at"])
    _mail(invite, partnership, by=by)


def _mail(invite: PartyInvite, partnership: Partnership, *, by: User) -> None:
    people.invite_for_party(
        email=invite.email,
        name=invite.person_name,
        language=invite.language,
        organisation=invite.organisation,
        organisation_name=invite.organisation_name,
        organisation_kind=invite.organisation_kind,
        party_invite_id=invite.pk,
        by=by,
        record=partnership,
    )


def send_agreed_invites(partnership: Partnership) -> None:
    """A partner left: wishes that waited for its word alone go out, in the name of the side whose wish it is."""
    waiting = PartyInvite.objects.filter(partnership=partnership, sent_at=None, declined_at=None, party=None)
    for invite in waiting.select_for_update().order_by("pk"):
        inviting = inviting_side(invite)
        if inviting is not None:
            _send_when_agreed(invite, partnership, by=inviting.by)


def send_invite_again(invite: PartyInvite, *, by: Place) -> None:
    """A new link for another 14 days; the older ones stop working."""
    with transaction.atomic():
        invite = _own_invite(invite, by=by)
        if invite.sent_at is None:
            raise ValidationError(_("The other partners have not agreed yet."))
        open_ones = list(invite.invitations.filter(accepted_at=None, revoked_at=None))
        for invitation in open_ones:
            people.send_again(invitation, record=by.partnership)
        if not open_ones:
            # Who was asked has left meanwhile: the organisation's administrators of today are.
            _mail(invite, by.partnership, by=by.user)


def take_back_invite(invite: PartyInvite, *, by: Place) -> None:
    """It went to the wrong address, or is not wanted any more: the wish ends, its links stop working."""
    with transaction.atomic():
        invite = _own_invite(invite, by=by)
        for invitation in invite.invitations.all():
            people.take_back_invitation(invitation)
        invite.declined_at = clock.now()
        invite.save(update_fields=["declined_at"])
        work.close_items(by.partnership, f"invite:{invite.pk}:")
        log(TAKEN_BACK, by=by)


def _own_invite(invite: PartyInvite, *, by: Place) -> PartyInvite:
    """A standing wish of the own side, locked; as who comes in does, by its invitations first."""
    list(Invitation.objects.select_for_update(of=("self",)).filter(party_invite=invite).order_by("pk"))
    Partnership.objects.locked(by.partnership)
    found: PartyInvite = PartyInvite.objects.select_for_update(of=("self",)).get(pk=invite.pk)
    inviting = inviting_side(found)
    if found.partnership_id != by.partnership.pk or inviting is None or inviting.party_id != by.own_party.pk:
        raise ValidationError(_("The side that invited them does this."))
    if found.party_id is not None or found.declined_at is not None:
        raise ValidationError(_("This invitation was used or taken back already."))
    return found


def decline_invite(invite: PartyInvite, *, by: Place) -> None:
    """A partner's no to bringing a party in: the wish ends, nobody is told outside."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        invite = PartyInvite.objects.select_for_update().get(pk=invite.pk)
        if invite.sent_at is not None:
            raise ValidationError(_("The invitation has gone out already."))
        invite.declined_at = clock.now()
        invite.save(update_fields=["declined_at"])
        work.close_items(by.partnership, f"invite:{invite.pk}:")


def enter(invite: PartyInvite, membership: Membership) -> Party:
    """The invited person has come in: their organisation joins, and they lead it."""
    partnership = Partnership.objects.locked(invite.partnership)
    invite = PartyInvite.objects.select_for_update().get(pk=invite.pk)
    if invite.party_id is not None:
        raise ValidationError(_("This invitation was used already."))
    if not partnership.is_open:
        raise ValidationError(_("This partnership has ended. Nobody joins it any more."))
    party = join(partnership, membership.organisation, role=invite.role, paid_by=invite.paid_by)
    invite.party = party
    invite.save(update_fields=["party"])
    place = give_first_seat(party, membership, function=Function.COMMUNITY, level=Level.MANAGEMENT)
    log(JOINED, by=place)
    others = Seat.objects.filter(
        party__partnership=invite.partnership, duty=Duty.LEAD, ended_on=None, party__left_on=None
    ).exclude(party=party)
    notices.post(
        JOINED_NOTICE,
        to=[s.membership.user for s in others.select_related("membership__user")],
        key=f"joined:{party.pk}",
        partnership=invite.partnership,
        path=reverse("record:overview", args=[invite.partnership.public_id]),
        names={"party": party.organisation.name},
    )
    return party


def enter_by_invitation(invitation: Invitation, membership: Membership) -> None:
    """What coming in through a party's invitation means for the record."""
    if invitation.party_invite is not None:
        enter(invitation.party_invite, membership)


def give_seat(
    *,
    by: Place,
    membership: Membership,
    duty: str,
    function: str,
    level: str,
    hours: Decimal | None = None,
    office: Office | None = None,
    rosters: bool = False,
    stands_in_for: Seat | None = None,
) -> Seat:
    """A person of the own organisation (or of a consortium's member) gets, or changes, a place in the own party."""
    organisation = by.own_party.organisation
    if membership.ended_on is not None or organisation.pk not in {
        membership.organisation_id,
        membership.organisation.consortium_id,
    }:
        raise ValidationError(_("Only people of your own organisation can have a seat on your side."))
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        held = Seat.objects.filter(party=by.own_party, membership=membership, ended_on=None).first()
        if held is not None and duty == Duty.MEMBER:
            _keep_a_lead(held)
        values: dict[str, Any] = {
            "duty": duty,
            "function": function,
            "level": level,
            "hours": hours,
            "office": office or membership.office,
            "rosters": rosters,
            "stands_in_for": stands_in_for,
        }
        seat, made = Seat.objects.update_or_create(
            party=by.own_party,
            membership=membership,
            ended_on=None,
            defaults=values,
            create_defaults={**values, "since": clock.today()},
        )
        log(SEATED, by=by)
        if made and membership.user_id != by.user.pk:
            notices.post(
                SEAT_NOTICE,
                to=[membership.user],
                key=f"seat:{seat.pk}",
                partnership=by.partnership,
                path=reverse("record:overview", args=[by.partnership.public_id]),
            )
    return seat


def end_seat(seat: Seat, *, by: Place) -> None:
    """A person leaves the team, and the side keeps somebody who speaks for it and can name others."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        seat = Seat.objects.select_related("membership__user", "party").get(pk=seat.pk)
        if seat.party_id != by.own_party.pk:
            raise ValidationError(_("You can end seats of your own side only."))
        if seat.ended_on is None:
            _keep_a_lead(seat)
            _end(seat, by.partnership)
            log(SEAT_ENDED, by=by)


def end_seats(membership: Membership, by: User | None) -> None:
    """Who leaves the organisation leaves every team, also as its last lead: nobody speaks for it from outside."""
    seats = Seat.objects.filter(membership=membership, ended_on=None).select_related("membership__user", "party")
    for seat in seats.order_by("party__partnership", "pk"):
        partnership = Partnership.objects.locked(seat.party.partnership)
        _end(seat, partnership)
        if by is None:
            log_system(SEAT_ENDED, partnership=partnership)
        else:
            log(SEAT_ENDED, by=Place(user=by, partnership=partnership, party=seat.party))


def _end(seat: Seat, partnership: Partnership) -> None:
    """A lead who leaves owes a handover page; the work waits for the party from now on."""
    seat.ended_on = clock.today()
    seat.save(update_fields=["ended_on"])
    work.hand_back(seat.membership.user, [seat.party_id])
    asked = seat.party.left_on is None and partnership.is_open
    if asked and seat.duty == Duty.LEAD and not seat.handovers.filter(finished_at__isnull=False).exists():
        work.open_item(
            HAND_OVER,
            partnership=partnership,
            key=f"handover:{seat.pk}",
            party=seat.party,
            circle=circle_for(partnership, CircleKind.OWN, party=seat.party),
            path=reverse("record:handover", args=[partnership.public_id, seat.public_id]),
            due_on=clock.today() + timedelta(days=30),
        )


def _keep_a_lead(seat: Seat) -> None:
    """Of those who speak for a side and name its people, lead or stand-in, one stays."""
    leads = [Duty.LEAD, Duty.STAND_IN]
    others = Seat.objects.filter(party=seat.party_id, ended_on=None, membership__ended_on=None, duty__in=leads)
    if seat.duty in leads and not others.exclude(pk=seat.pk).exists():
        raise ValidationError(_("Name another lead first: nobody else can speak for your side."))


def save_handover(
    seat: Seat, *, by: Place, texts: Mapping[str, str], finished: bool, seen: int | None = None
) -> HandoverPage:
    """Write the handover page of a seat of the own side. It stays on the own side [ST5].

    `seen` is the version it was written from, 0 where there was none.
    """
    if seat.party_id != by.own_party.pk:
        raise ValidationError(_("You can hand over seats of your own side only."))
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        page = HandoverPage.objects.of(by.partnership).filter(seat=seat).first()
        if page is None:
            page = HandoverPage(
                **authored(by, circle_here(by, CircleKind.OWN)),
                seat=seat,
            )
            page.save()
            seen = None
        for name in ("who", "promised", "open", "sensitive", "next"):
            setattr(page, name, texts.get(name, ""))
        if finished and page.finished_at is None:
            page.finished_at = clock.now()
            log(HANDED_OVER, by=by, item=page)
            work.close_item(by.partnership, f"handover:{seat.pk}")
        save_version(page, seen=seen, fields=["who", "promised", "open", "sensitive", "next", "finished_at"])
    return page


def leave(party: Party, *, by: Place) -> None:
    """The party is no longer in: it keeps reading what it could, and is asked for nothing more."""
    party.left_on, party.left_at = clock.today(), clock.now()
    party.save(update_fields=["left_on", "left_at"])
    work.close_items_of_party(party)
    log(LEFT, by=by)
    registry.parties_changed(by.partnership)


def register_pages() -> None:
    """The tabs of the record's own pages."""
    registry.register_tab(registry.Tab("overview", gettext_lazy("Overview"), "record:overview", 0, can_see_frame))
    registry.register_tab(registry.Tab("people", gettext_lazy("People"), "record:people", 80, can_see_frame))
    registry.register_tab(registry.Tab("history", gettext_lazy("History"), "record:history", 90))
