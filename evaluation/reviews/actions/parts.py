"""A partner's part of a round: how the side takes part, who is asked, and handing in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partnerships import clock
from partnerships.access.actions import circle_for
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history import actions as history
from partnerships.notices import actions as notices
from partnerships.work import actions as work

from .. import kinds, sealing
from ..models import Part, Respondent, Round
from ..queries import minimum, people_of
from ..states import PartMode, RespondentState, RoundState
from .opening import freeze
from .rounds import (
    close_personal_items,
    key_of,
    locked_part,
    log_round,
    path_of,
    refuse_if_shut,
    refuse_unless,
    waited_for,
)

if TYPE_CHECKING:
    from partnerships.record.models import Party, Seat


def make_parts(round: Round, parties: Iterable[Party]) -> None:
    for party in parties:
        Part.objects.unguarded("a round asks every partner").get_or_create(
            round=round,
            party=party,
            defaults={
                "partnership": round.partnership,
                "circle": circle_for(round.partnership, CircleKind.OWN, party=party),
            },
        )


def ask_for_part(round: Round, part: Part) -> None:
    undecided = part.mode == PartMode.UNDECIDED
    work.open_item(
        kinds.WORK_MODE if undecided else kinds.WORK_HAND_IN,
        partnership=round.partnership,
        key=key_of(round, "part", part.pk),
        party=part.party,
        # The own side alone: even that a part is not in yet would tell the others something.
        circle=circle_for(round.partnership, CircleKind.OWN, party=part.party),
        path=path_of(round),
        due_on=round.closes_on,
        zone=round.zone,
        item=part,
    )


def choose_agreed(part: Part, *, by: Place) -> Part:
    """The side meets and gives one answer. Chosen before anybody is invited."""
    with transaction.atomic():
        round, part = locked_part(part)
        _refuse_after_first_invitation(round, part)
        part.mode = PartMode.ONE_AGREED
        part.save(update_fields=["mode"])
        Respondent.objects.get_or_create(part=part, seat=None, email_hash="", defaults={"language": by.user.language})
        history.log(kinds.MODE_CHOSEN, by=by, item=part)
        if round.state == RoundState.OPEN:
            ask_for_part(round, part)
    return part


def choose_individual(part: Part, *, seats: Sequence[Seat], addresses: Sequence[str] = (), by: Place) -> Part:
    """Each person answers alone. There must be enough of them, else nobody could be shown."""
    with transaction.atomic():
        round, part = locked_part(part)
        _refuse_after_first_invitation(round, part)
        part.respondents.all().delete()
        part.mode = PartMode.INDIVIDUAL
        part.save(update_fields=["mode"])
        added = _add_respondents(part, seats, addresses, by)
        if part.respondents.count() < minimum():
            raise ValidationError(
                _(
                    "At least %(least)s different people are needed, so that nobody can be recognised. "
                    "With fewer, give one agreed answer."
                )
                % {"least": minimum()}
            )
        history.log(kinds.MODE_CHOSEN, by=by, item=part)
        if round.state == RoundState.OPEN:
            ask_for_part(round, part)
            send_invitations(round, part, added)
    return part


def invite_more(part: Part, *, seats: Sequence[Seat] = (), addresses: Sequence[str] = (), by: Place) -> int:
    """Ask more people of the own side. Returns how many are new."""
    with transaction.atomic():
        round, part = locked_part(part)
        refuse_if_shut(round)
        if part.mode != PartMode.INDIVIDUAL:
            raise ValidationError(_("Your side gives one agreed answer; nobody is asked alone."))
        added = _add_respondents(part, seats, addresses, by)
        if round.state == RoundState.OPEN:
            send_invitations(round, part, added)
    return len(added)


def remind_part(part: Part, *, by: Place) -> None:
    """Remind those who have not answered, without telling who they are. Once a day."""
    with transaction.atomic():
        round, part = locked_part(part)
        refuse_unless(round, RoundState.OPEN, _("Nobody can answer now."))
        waiting = list(
            part.respondents.filter(state__in=[RespondentState.INVITED, RespondentState.STARTED]).select_related(
                "seat__membership__user"
            )
        )
        send_invitations(round, part, waiting, again=clock.today().isoformat())


def start_over(part: Part, *, by: Place) -> Part:
    """Choose again how to take part. What was answered so far is destroyed unread."""
    with transaction.atomic():
        round, part = locked_part(part)
        refuse_if_shut(round)
        if part.is_in:
            raise ValidationError(_("Your side has handed in already."))
        close_personal_items(round, part)
        part.respondents.all().delete()
        part.mode = PartMode.UNDECIDED
        part.save(update_fields=["mode"])
        history.log(kinds.STARTED_OVER, by=by, item=part)
        if round.state == RoundState.OPEN:
            ask_for_part(round, part)
    return part


def submit_part(part: Part, *, by: Place) -> Part:
    """A side hands in. When it was the last one, the round is frozen: from here on nobody changes anything."""
    with transaction.atomic():
        round, part = locked_part(part)
        if part.is_in:
            raise ValidationError(_("Your side has handed in already. Nothing was handed in twice."), code="twice")
        refuse_if_shut(round)
        refuse_unless(round, RoundState.OPEN, _("This round has not started yet."))
        _refuse_incomplete(part)
        hand_in(round, part, by)
        if not waited_for(round).exists():
            freeze(round)
    return part


def _refuse_incomplete(part: Part) -> None:
    done = part.respondents.filter(state=RespondentState.DONE).count()
    if part.mode == PartMode.UNDECIDED:
        raise ValidationError(_("Choose first how your side takes part."))
    if part.is_agreed and not done:
        raise ValidationError(_("Your agreed answer is not finished yet."))
    if not part.is_agreed and done < minimum():
        raise ValidationError(
            ngettext(
                "%(done)s person of your side has answered; at least %(least)s are needed.",
                "%(done)s people of your side have answered; at least %(least)s are needed.",
                done,
            )
            % {"done": done, "least": minimum()}
        )


def hand_in(round: Round, part: Part, by: Place | None) -> None:
    part.handed_in_at, part.handed_in_by = clock.now(), by.user if by else None
    part.save(update_fields=["handed_in_at", "handed_in_by"])
    log_round(kinds.HANDED_IN, round, by, item=part)
    work.close_item(round.partnership, key_of(round, "part", part.pk))


def _refuse_after_first_invitation(round: Round, part: Part) -> None:
    refuse_if_shut(round)
    if part.is_in:
        raise ValidationError(_("Your side has handed in already."))
    if round.state != RoundState.PLANNED and part.mode != PartMode.UNDECIDED:
        raise ValidationError(_("How you take part is chosen before the first invitation. Start over to change it."))


def _add_respondents(part: Part, seats: Sequence[Seat], addresses: Sequence[str], by: Place) -> list[Respondent]:
    """New respondents among these; somebody named twice, by seat and by address, is asked once."""
    known = set(part.respondents.exclude(seat=None).values_list("seat", flat=True))
    hashes = set(part.respondents.exclude(email_hash="").values_list("email_hash", flat=True))
    seated = {seat.membership.user.email.lower() for seat in people_of(part.party)}
    added = []
    for seat in seats:
        if seat.party_id != part.party_id:
            raise ValidationError(_("Only people of your own side are asked for your part."))
        if seat.pk not in known:
            known.add(seat.pk)
            added.append(Respondent(part=part, seat=seat, language=seat.membership.user.language))
    for address in dict.fromkeys(address.strip().lower() for address in addresses):
        if not address or address in seated or hashes.intersection(sealing.all_hashes(*_address(part, address))):
            continue
        value = sealing.keyed_hash(*_address(part, address))
        hashes.add(value)
        added.append(Respondent(part=part, email=address, email_hash=value, language=by.user.language))
    Respondent.objects.bulk_create(added)
    return added


def _address(part: Part, address: str) -> tuple[str, ...]:
    return "respondent", part.public_id, address


def send_invitations(round: Round, part: Part, respondents: Sequence[Respondent], *, again: str = "") -> None:
    for respondent in respondents:
        key = f"review-asked:{respondent.pk}:{again or respondent.counter}"
        names = {"party": part.party.name, "due": round.closes_on.isoformat()}
        if respondent.seat_id and respondent.seat is not None:
            user = respondent.seat.membership.user
            work.open_item(
                kinds.WORK_ANSWER,
                partnership=round.partnership,
                key=key_of(round, "answer", respondent.pk),
                party=part.party,
                person=user,
                # Only this person: who has answered is nobody else's business.
                circle=circle_for(round.partnership, CircleKind.AUTHOR, author_id=user.pk),
                path=path_of(round, "reviews:answer_start"),
                due_on=round.closes_on,
                zone=round.zone,
                item=respondent,
            )
            notices.post(
                kinds.NOTICE_ASKED,
                to=[user],
                key=key,
                partnership=round.partnership,
                path=path_of(round, "reviews:answer_start"),
                names=names,
                object_id=respondent.pk,
            )
        elif respondent.email:
            notices.post_to_address(
                kinds.NOTICE_ASKED,
                address=respondent.email,
                language=respondent.language,
                key=key,
                object_id=respondent.pk,
                names=names,
                partnership=round.partnership,
            )
