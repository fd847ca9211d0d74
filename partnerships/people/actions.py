"""Bringing people in, and letting them go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import clock
from ..notices import actions as notices
from ..notices import kinds as notice_kinds
from ..notices import links
from ..notices.models import Notice
from ..notices.states import MailState
from .models import Invitation, Membership, Office, Organisation, ReportLook, User
from .permissions import administers
from .queries import report_look
from .states import MembershipRole

if TYPE_CHECKING:
    from partnerships.record.models import Partnership

INVITATION_DAYS = 14
_PURPOSE = "invitation"


def invitation_path(invitation: Invitation) -> str:
    """The address of the newest link of this invitation."""
    return reverse("people:invitation", args=[links.sign(_PURPOSE, invitation.pk, invitation.counter)])


def _path_of_notice(notice: Notice) -> str:
    return invitation_path(Invitation.objects.get(pk=notice.object_id or 0))


INVITED = notice_kinds.register(
    "people.invited",
    label=gettext_lazy("Invitations"),
    subject=gettext_lazy("{inviter} invites you to Common Ground"),
    line=gettext_lazy(
        "{inviter} of {organisation} invites you to join them on Common Ground. The link works once, for 14 days."
    ),
    button=gettext_lazy("See the invitation"),
    default="always",
    path=_path_of_notice,
)
WELCOME = notice_kinds.register(
    "people.welcome",
    label=gettext_lazy("Welcome of a new organisation"),
    subject=gettext_lazy("Your organisation on Common Ground: {organisation}"),
    line=gettext_lazy(
        "You can open {organisation} on Common Ground as its administrator. The link works once, for 14 days."
    ),
    button=gettext_lazy("Come in"),
    default="always",
    path=_path_of_notice,
)
INVITED_PARTY = notice_kinds.register(
    "people.invited_party",
    label=gettext_lazy("Invitations to a partnership"),
    subject=gettext_lazy("{inviter} invites you to a partnership: {record}"),
    line=gettext_lazy(
        "{inviter} of {organisation} invites you to the partnership “{record}”. "
        "You can look first; nothing binds you. The link works once, for 14 days."
    ),
    button=gettext_lazy("See the invitation"),
    default="always",
    path=_path_of_notice,
)
#: Set by the record (a higher folder): what happens when a party's invited lead has come in.
on_party_entered: list[Callable[[Invitation, Membership], None]] = []
#: Set by the record: somebody left the organisation, ended by this person (None: by the installation's staff).
on_membership_ended: list[Callable[[Membership, User | None], None]] = []


def invite_member(
    *,
    organisation: Organisation,
    email: str,
    name: str = "",
    role: str = MembershipRole.MEMBER,
    by: User,
    language: str = "en",
) -> Invitation:
    """An administrator invites a colleague."""
    email = email.strip().lower()
    if Membership.objects.filter(organisation=organisation, user__email=email, ended_on=None).exists():
        raise ValidationError(_("This person is a member already."))
    return _invite(INVITED, email=email, name=name, language=language, organisation=organisation, role=role, by=by)


def invite_organisation(*, name: str, kind: str, email: str, person: str = "", language: str = "en") -> Invitation:
    """The people who run the installation invite the first administrator of an organisation."""
    return _invite(
        WELCOME,
        email=email.strip().lower(),
        name=person,
        language=language,
        organisation_name=name,
        organisation_kind=kind,
        role=MembershipRole.ADMINISTRATOR,
        by=None,
    )


def invite_for_party(
    *,
    email: str,
    name: str,
    language: str,
    organisation: Organisation | None,
    organisation_name: str,
    organisation_kind: str,
    party_invite_id: int,
    by: User,
    record: Partnership,
) -> list[Invitation]:
    """Invite the lead of another party. An organisation that is here already is asked through its administrators."""
    if organisation is not None:
        # A plain member brings nobody in alone; an administrator who is named is asked alone.
        administrators = Membership.objects.filter(
            organisation=organisation, ended_on=None, role=MembershipRole.ADMINISTRATOR
        ).select_related("user")
        asked = administrators.filter(user__email__iexact=email) or administrators
        addresses = [(m.user.email, m.user.name) for m in asked]
    else:
        addresses = [(email.lower(), name)]
    return [
        _invite(
            INVITED_PARTY,
            email=address,
            name=person,
            language=language,
            organisation=organisation,
            organisation_name=organisation_name,
            organisation_kind=organisation_kind,
            role=MembershipRole.ADMINISTRATOR if organisation is None else MembershipRole.MEMBER,
            party_invite_id=party_invite_id,
            by=by,
            record=record,
        )
        for address, person in addresses
    ]


def _invite(
    kind: str,
    *,
    email: str,
    name: str,
    language: str,
    by: User | None,
    role: str,
    organisation: Organisation | None = None,
    organisation_name: str = "",
    organisation_kind: str = "",
    party_invite_id: int | None = None,
    record: Partnership | None = None,
) -> Invitation:
    with transaction.atomic():
        invitation = Invitation.objects.create(
            email=email,
            name=name,
            language=language,
            organisation=organisation,
            organisation_name=organisation_name,
            organisation_kind=organisation_kind,
            role=role,
            party_invite_id=party_invite_id,
            invited_by=by,
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(days=INVITATION_DAYS),
        )
        _send(invitation, kind, record)
    return invitation


def _send(invitation: Invitation, kind: str, record: Partnership | None) -> None:
    inviter = invitation.invited_by
    home = (
        Membership.objects.filter(user=inviter, ended_on=None).select_related("organisation").first()
        if inviter
        else None
    )
    notices.post_to_address(
        kind,
        address=invitation.email,
        language=invitation.language,
        key=f"invitation:{invitation.pk}:{invitation.counter}",
        object_id=invitation.pk,
        partnership=record,
        names={
            "inviter": inviter.name if inviter else "",
            "organisation": home.organisation.name if home else invitation.organisation_name,
        },
    )


def send_again(invitation: Invitation, *, record: Partnership | None = None) -> None:
    """A new link for another 14 days; the older ones stop working."""
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if invitation.accepted_at is not None or invitation.revoked_at is not None:
            raise ValidationError(_("This invitation was used or taken back already."))
        invitation.counter += 1
        invitation.expires_at = clock.now() + timedelta(days=INVITATION_DAYS)
        invitation.save(update_fields=["counter", "expires_at"])
        first = INVITED if invitation.invited_by_id else WELCOME
        _send(invitation, INVITED_PARTY if record else first, record)


def take_back_invitation(invitation: Invitation) -> None:
    """Its link stops working. Taking back what was used, or taken back before, is no error and changes nothing."""
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(revoked_at=clock.now())


def find_invitation(token: str) -> Invitation:
    """The open invitation behind a link. Raises LinkRefused with what is wrong with it."""
    pk, counter, *_rest = (*links.unsign(_PURPOSE, token), -1, -1)
    invitation = (
        Invitation.objects.select_related("invited_by", "organisation", "party_invite__partnership")
        .filter(pk=pk)
        .first()
    )
    if invitation is None or invitation.revoked_at is not None:
        raise links.LinkRefused("wrong")
    if invitation.accepted_at is not None:
        raise links.LinkRefused("used")
    if invitation.counter != counter:
        raise links.LinkRefused("replaced")
    if invitation.expires_at <= clock.now():
        raise links.LinkRefused("expired")
    return invitation


def accept_as_new(
    invitation: Invitation,
    *,
    name: str,
    password: str | None,
    language: str,
    organisation_name: str = "",
    time_zone: str = "UTC",
) -> User:
    """Somebody new comes in through a link; having received the mail confirms the address.

    Without a password nobody signs in with one until it is set.
    """
    with transaction.atomic():
        # Pressed twice, the second waits here, and then finds the account.
        Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
        if User.objects.filter(email=invitation.email).exists():
            raise ValidationError(_("You have an account already. Sign in, then open the link again."))
        user = User.objects.create_user(invitation.email, password, name=name, language=language, time_zone=time_zone)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        accept(invitation, user=user, organisation_name=organisation_name)
    return user


def accept(
    invitation: Invitation, *, user: User, organisation: Organisation | None = None, organisation_name: str = ""
) -> Membership:
    """A person accepts: a membership (for a new organisation as its administrator), and the party's first seat."""
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
        if not invitation.is_open:
            raise ValidationError(_("This invitation was used already."))
        if user.email.lower() != invitation.email.lower():
            raise ValidationError(_("This invitation was sent to another address. Sign in with that one."))
        organisation = invitation.organisation or organisation
        if organisation is not None and invitation.party_invite_id and not administers(user, organisation):
            raise ValidationError(
                _("Only an administrator of %(name)s can bring it into a partnership.") % {"name": organisation.name}
            )
        if organisation is None:
            organisation = Organisation.objects.create(
                name=organisation_name.strip() or invitation.organisation_name, kind=invitation.organisation_kind
            )
        membership, _made = Membership.objects.get_or_create(
            user=user,
            organisation=organisation,
            ended_on=None,
            defaults={"role": invitation.role, "since": clock.today()},
        )
        invitation.accepted_at, invitation.accepted_by = clock.now(), user
        invitation.save(update_fields=["accepted_at", "accepted_by"])
        if invitation.party_invite_id is not None:
            for hook in on_party_entered:
                hook(invitation, membership)
    return membership


def open_organisation(
    *, name: str, kind: str, administrator: User, country: str = "", short_name: str = ""
) -> Membership:
    """A new organisation with its first administrator; unverified until the installation's staff vouches for it."""
    with transaction.atomic():
        organisation = Organisation.objects.create(name=name, kind=kind, country=country, short_name=short_name)
        return Membership.objects.create(
            user=administrator, organisation=organisation, role=MembershipRole.ADMINISTRATOR, since=clock.today()
        )


def add_office(organisation: Organisation, *, name: str, kind: str, time_zone: str = "UTC") -> Office:
    if organisation.offices.filter(name=name).exists():
        raise ValidationError(_("There is an office of this name already."))
    return Office.objects.create(organisation=organisation, name=name, kind=kind, time_zone=time_zone)


def set_role(membership: Membership, *, role: str) -> None:
    """Make a member an administrator, or back. An organisation keeps at least one administrator."""
    with transaction.atomic():
        if role != MembershipRole.ADMINISTRATOR:
            _keep_an_administrator(membership)
        membership.role = role
        membership.save(update_fields=["role"])


def end_membership(membership: Membership, *, by: User | None = None) -> None:
    """A person leaves the organisation: from now on they read nothing of its records. Their seats end with it.

    So do the invitations into it that they sent, or hold: else they could let themselves in again.
    """
    with transaction.atomic():
        _keep_an_administrator(membership)
        membership.ended_on = clock.today()
        membership.save(update_fields=["ended_on"])
        Invitation.objects.filter(
            Q(invited_by=membership.user) | Q(email__iexact=membership.user.email),
            organisation=membership.organisation_id,
            accepted_at=None,
            revoked_at=None,
        ).update(revoked_at=clock.now())
        for hook in on_membership_ended:
            hook(membership, by)


def _keep_an_administrator(membership: Membership) -> None:
    others = Membership.objects.select_for_update().filter(
        organisation=membership.organisation, ended_on=None, role=MembershipRole.ADMINISTRATOR
    )
    if membership.is_administrator and not [m for m in others if m.pk != membership.pk]:
        raise ValidationError(_("Make somebody else an administrator first."))


def join_consortium(organisation: Organisation, *, into: Organisation) -> None:
    """An organisation becomes a member of a consortium: its people can be seated on the consortium's side."""
    if into.consortium_id is not None or organisation.pk == into.pk:
        raise ValidationError(_("A consortium is not a member of another one."))
    organisation.consortium = into
    organisation.save(update_fields=["consortium"])


def vouch(organisation: Organisation, *, by: User) -> None:
    """Staff of the installation vouches that this organisation is what it says."""
    organisation.vouched_at, organisation.vouched_by = clock.now(), by
    organisation.save(update_fields=["vouched_at", "vouched_by"])


def merge(duplicate: Organisation, *, into: Organisation) -> None:
    """A duplicate becomes the other: people, offices and parties move, the old name points on.

    Raises ValidationError where both are in one partnership today: there they are two sides, with words of their own.
    """
    from django.apps import apps

    parties = apps.get_model("partnerships", "Party")._default_manager
    with transaction.atomic():
        together = parties.filter(organisation=into, left_on=None).values("partnership")
        if parties.filter(organisation=duplicate, left_on=None, partnership__in=together).exists():
            raise ValidationError(
                _("%(one)s and %(other)s are in the same partnership today. One of them has to leave it first.")
                % {"one": duplicate.name, "other": into.name}
            )
        present = set(Membership.objects.filter(organisation=into, ended_on=None).values_list("user", flat=True))
        for membership in Membership.objects.filter(organisation=duplicate):
            if membership.user_id in present and membership.ended_on is None:
                continue
            membership.organisation = into
            membership.save(update_fields=["organisation"])
        taken = set(into.offices.values_list("name", flat=True))
        duplicate.offices.exclude(name__in=taken).update(organisation=into)
        parties.filter(organisation=duplicate).update(organisation=into)
        apps.get_model("partnerships", "Summary")._default_manager.filter(organisation=duplicate).update(
            organisation=into
        )
        Invitation.objects.filter(organisation=duplicate, accepted_at=None).update(organisation=into)
        apps.get_model("partnerships", "PartyInvite")._default_manager.filter(
            organisation=duplicate, party=None
        ).update(organisation=into)
        _merge_consortium(duplicate, into=into)
        duplicate.merged_into = into
        duplicate.save(update_fields=["merged_into"])


def _merge_consortium(duplicate: Organisation, *, into: Organisation) -> None:
    """The members of a duplicate become the other's, and the other a member of what the duplicate was one of."""
    above = into.consortium if into.consortium_id != duplicate.pk else None
    if above is None and duplicate.consortium_id != into.pk:
        above = duplicate.consortium
    Organisation.objects.filter(consortium=duplicate).exclude(pk=into.pk).update(consortium=into)
    if above is not None and Organisation.objects.filter(consortium=into).exclude(pk=duplicate.pk).exists():
        raise ValidationError(_("A consortium is not a member of another one."))
    into.consortium = above
    into.save(update_fields=["consortium"])


def make_anonymous(user: User) -> None:
    """On a person's wish: name and address go, records and acts stay."""
    from django.apps import apps

    with transaction.atomic():
        for membership in user.memberships.filter(ended_on=None):
            end_membership(membership)
        nobody = f"anonymous-{user.public_id}@invalid"
        for address in {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)}:
            held = Invitation.objects.filter(email__iexact=address)
            held.filter(accepted_at=None, revoked_at=None).update(revoked_at=clock.now())
            held.update(email=nobody, name="")
            apps.get_model("partnerships", "PartyInvite")._default_manager.filter(email__iexact=address).update(
                email=nobody, person_name=""
            )
            Notice.objects.filter(address__iexact=address, mail_state=MailState.PENDING).update(
                mail_state=MailState.NONE
            )
            Notice.objects.filter(address__iexact=address).update(address=nobody)
        Invitation.objects.filter(accepted_by=user).update(email=nobody, name="")
        user.name, user.email = "", nobody
        user.is_active, user.anonymous_at = False, clock.now()
        user.set_unusable_password()
        user.save()
        EmailAddress.objects.filter(user=user).delete()


def choose_language(user: User, language: str) -> None:
    """The language this person reads in, here, in mails and in reports."""
    if language not in dict(settings.LANGUAGES):
        raise ValidationError(_("Common Ground does not speak that language yet."))
    user.language = language
    user.save(update_fields=["language"])


def set_report_look(
    organisation: Organisation, *, colour: str, logo: tuple[bytes, str] | None, keep_logo: bool, by: User
) -> ReportLook:
    """The logo (bytes and ending, as looks.logos checked it) and colour of reports from now on.

    Reports that were made before keep theirs. `keep_logo`: where no new one comes, the one that was there stays.
    """
    before = report_look(organisation)
    look = ReportLook(organisation=organisation, colour=colour, made_by=by, made_at=clock.now())
    if logo is not None:
        content, ending = logo
        look.logo.save(f"{organisation.public_id}.{ending}", ContentFile(content), save=False)
    elif keep_logo and before is not None and before.logo:
        look.logo = before.logo.name
    look.save()
    return look
