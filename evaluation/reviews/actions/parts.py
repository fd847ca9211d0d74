"""A partner's part of a round: how the side takes part, who is asked, and handing in."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
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
from partnerships.record.holding import refuse_while_held
from partnerships.work import actions as work

from .. import kinds, sealing
from ..models import Part, Respondent, Round
from ..queries import all_named, leads_of, mark_of, minimum, people_of, was_not_named
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


logger = logging.getLogger(__name__)

#: Who has not answered yet, and is reminded.
WAITED_FOR = (RespondentState.INVITED, RespondentState.STARTED)


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
    if part.mode == PartMode.WITH_BROKER:
        _ask_broker(round, part)


def _ask_broker(round: Round, part: Part) -> None:
    """The side and its broker know of it; no other side does."""
    for broker in _brokers(part):
        work.open_item(
            kinds.WORK_WRITE_DOWN,
            partnership=round.partnership,
            key=key_of(round, "broker", part.pk),
            party=broker,
            circle=circle_for(round.partnership, CircleKind.CAUCUS, party=part.party),
            path=path_of(round, "reviews:broker_start", part.public_id),
            due_on=round.closes_on,
            zone=round.zone,
            item=part,
        )
        notices.post(
            kinds.NOTICE_WRITE_DOWN,
            to=[seat.membership.user for seat in people_of(broker)],
            key=f"review-broker:{part.pk}:{round.closes_on.isoformat()}",
            partnership=round.partnership,
            path=path_of(round, "reviews:broker_start", part.public_id),
            names={"party": part.party.name},
            object_id=part.pk,
        )
        return


def _brokers(part: Part) -> list[Party]:
    """Brokers with somebody seated."""
    found = part.partnership.parties.filter(role="broker", left_on=None).select_related("organisation").order_by("pk")
    return [party for party in found if people_of(party).exists()]


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


def choose_with_broker(part: Part, *, by: Place) -> Part:
    """The side tells its broker, who writes the agreed answer down; it is handed in once the side approves it."""
    with transaction.atomic():
        round, part = locked_part(part)
        _refuse_after_first_invitation(round, part)
        if not _brokers(part):
            raise ValidationError(_("No broker is seated in this record. Give one agreed answer yourselves."))
        part.mode = PartMode.WITH_BROKER
        part.save(update_fields=["mode"])
        part.respondents.exclude(seat=None, email_hash="").delete()
        Respondent.objects.get_or_create(part=part, seat=None, email_hash="", defaults={"language": by.user.language})
        history.log(kinds.MODE_CHOSEN, by=by, item=part)
        if round.state == RoundState.OPEN:
            ask_for_part(round, part)
    return part


def approve_part(part: Part, *, seen: str | None = None, by: Place) -> Part:
    """The side has read what the broker wrote down, and says that it is so. A change afterwards asks again.

    `seen` is the mark of what lay there when the page was made (queries.mark_of).
    """
    with transaction.atomic():
        round, part = locked_part(part)
        refuse_if_shut(round)
        if part.mode != PartMode.WITH_BROKER:
            raise ValidationError(_("The broker writes nothing down for your side."))
        if not part.respondents.filter(state=RespondentState.DONE).exists():
            raise ValidationError(_("The broker has not finished writing it down yet."))
        if seen is not None and seen != mark_of(part):
            raise ValidationError(_("This was changed while you were reading. Please look again."), code="stale")
        part.approved_at = clock.now()
        part.save(update_fields=["approved_at"])
        history.log(kinds.APPROVED, by=by, item=part)
    return part


def choose_individual(
    part: Part,
    *,
    seats: Sequence[Seat],
    addresses: Sequence[str] = (),
    groups: Mapping[int | str, str] | None = None,
    on_paper: int = 0,
    by: Place,
) -> Part:
    """Each person answers alone. There must be enough of them, else nobody could be shown.

    `groups`: by seat or by address, whether somebody without an office works at head office, or at a site or in the
    field. `on_paper`: how many more are going to answer on paper or in a talk; they are known once their answer is
    typed in.
    """
    with transaction.atomic():
        round, part = locked_part(part)
        _refuse_after_first_invitation(round, part)
        part.respondents.all().delete()
        part.mode = PartMode.INDIVIDUAL
        part.save(update_fields=["mode"])
        added = _add_respondents(part, seats, addresses, by, groups)
        if part.respondents.count() + on_paper < minimum():
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


def choose_open(part: Part, *, seats: Sequence[Seat], by: Place) -> Part:
    """A few people answer with their names, if each of them says yes to that beforehand.

    By seat alone: an address is no name. Five or more answer each alone, and nobody has to be named.
    """
    with transaction.atomic():
        round, part = locked_part(part)
        _refuse_after_first_invitation(round, part)
        if was_not_named(part):
            raise ValidationError(
                _(
                    "Not everybody of your side wished to be named in this review. Choose another way: asked again "
                    "with fewer people, it would show who did not."
                )
            )
        part.respondents.all().delete()
        part.mode = PartMode.OPEN
        part.save(update_fields=["mode"])
        added = _add_respondents(part, seats, (), by)
        _refuse_many_with_names(part)
        if not added:
            raise ValidationError(_("Say who of your side is asked."))
        history.log(kinds.MODE_CHOSEN, by=by, item=part)
        if round.state == RoundState.OPEN:
            ask_for_part(round, part)
            send_invitations(round, part, added)
    return part


def _refuse_many_with_names(part: Part) -> None:
    if part.respondents.count() >= minimum():
        raise ValidationError(
            _("Fewer than %(least)s answer with their names. %(least)s or more answer each alone, and nobody is named.")
            % {"least": minimum()}
        )


def invite_more(
    part: Part,
    *,
    seats: Sequence[Seat] = (),
    addresses: Sequence[str] = (),
    groups: Mapping[int | str, str] | None = None,
    by: Place,
) -> int:
    """Ask more people of the own side. Returns how many are new."""
    with transaction.atomic():
        round, part = locked_part(part)
        refuse_if_shut(round)
        if not part.asks_each:
            raise ValidationError(_("Your side gives one agreed answer; nobody is asked alone."))
        if part.mode == PartMode.OPEN and addresses:
            raise ValidationError(_("Only people with a seat answer with their names."))
        added = _add_respondents(part, seats, addresses, by, groups)
        if part.mode == PartMode.OPEN:
            _refuse_many_with_names(part)
        if round.state == RoundState.OPEN:
            send_invitations(round, part, added)
    return len(added)


def remind_part(part: Part, *, by: Place) -> None:
    """Remind those who have not answered, without telling who they are. Once a day."""
    with transaction.atomic():
        round, part = locked_part(part)
        refuse_unless(round, RoundState.OPEN, _("Nobody can answer now."))
        waiting = list(part.respondents.filter(state__in=WAITED_FOR).select_related("seat__membership__user"))
        send_invitations(round, part, waiting, again=clock.today().isoformat())


def renew_link(part: Part, respondent: Respondent, *, by: Place) -> Respondent:
    """Somebody lost the personal link: a new one goes out, and the old one opens nothing any more.

    Whether they have answered changes nothing, and is not told.
    """
    with transaction.atomic():
        round, part = locked_part(part)
        refuse_unless(round, RoundState.OPEN, _("Nobody can answer now."))
        fresh: Respondent = part.respondents.select_related("seat__membership__user").get(pk=respondent.pk)
        if fresh.seat_id is None and not fresh.email:
            raise ValidationError(_("There is no personal link here."))
        fresh.counter += 1
        fresh.save(update_fields=["counter"])
        send_invitations(round, part, [fresh], open_item=fresh.state in WAITED_FOR)
    return fresh


def start_over(part: Part, *, by: Place) -> Part:
    """Choose again how to take part. What was answered so far is destroyed unread."""
    with transaction.atomic():
        round, part = locked_part(part)
        refuse_if_shut(round)
        if part.is_in:
            raise ValidationError(_("Your side has handed in already."))
        refuse_while_held(by)
        _reset(round, part)
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
        try:
            if round.asked_at is not None:
                # The time is over, and the others read who is in: none of them sees it come in and go out again.
                give_back_unnamed(round, only=part)
            freeze_when_all_in(round)
        except sealing.SealError as error:
            logger.exception("what stands with names cannot be looked at", extra={"round": round.public_id})
            raise ValidationError(
                _("A key is missing on this installation. Nothing is lost, and nothing was handed in: try again later.")
            ) from error
    return part


def freeze_when_all_in(round: Round) -> None:
    """Freeze a round as soon as the last part is in, unless a side has to choose again how it takes part."""
    if not waited_for(round).exists():
        give_back_unnamed(round)
        if not waited_for(round).exists():
            freeze(round)


def give_back_unnamed(round: Round, *, only: Part | None = None) -> None:
    """All parts are in, or the time is over: a side of which not everybody wishes to be named has handed in nothing.

    What its people said goes unread, since they are too few to stay unknown; nobody learns who said no. The side
    chooses again, and if it does not in time, what was agreed for a missing part holds.
    """
    for part in round.parts.filter(mode=PartMode.OPEN, handed_in_at__isnull=False, destroyed_at=None):
        if (only is not None and part.pk != only.pk) or all_named(part):
            continue
        _reset(round, part)
        log_round(kinds.NOT_NAMED, round, None, item=part)
        notices.post(
            kinds.NOTICE_NOT_NAMED,
            to=leads_of([part.party]),
            key=f"review-not-named:{part.pk}:{clock.now().isoformat()}",
            partnership=round.partnership,
            path=path_of(round),
            object_id=part.pk,
        )
        ask_for_part(round, part)


def _reset(round: Round, part: Part) -> None:
    close_personal_items(round, part)
    work.close_item(round.partnership, key_of(round, "broker", part.pk))
    # While others are asked about who is missing: this side is, and has no word in it.
    work.close_item(round.partnership, key_of(round, "without", part.pk))
    part.respondents.all().delete()
    part.mode, part.approved_at, part.handed_in_at, part.handed_in_by = PartMode.UNDECIDED, None, None, None
    part.without = None
    part.save(update_fields=["mode", "approved_at", "handed_in_at", "handed_in_by", "without"])


def _refuse_incomplete(part: Part) -> None:
    done = part.respondents.filter(state=RespondentState.DONE).count()
    if part.mode == PartMode.UNDECIDED:
        raise ValidationError(_("Choose first how your side takes part."))
    if part.is_agreed and not done:
        raise ValidationError(_("Your agreed answer is not finished yet."))
    if part.mode == PartMode.WITH_BROKER and part.approved_at is None:
        raise ValidationError(_("Read what the broker wrote down for you, and approve it first."))
    if part.mode == PartMode.OPEN and done < part.respondents.count():
        raise ValidationError(_("Each of those who are asked answers before you hand in."))
    if part.mode == PartMode.INDIVIDUAL and done < minimum():
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
    work.close_item(round.partnership, key_of(round, "broker", part.pk))


def _refuse_after_first_invitation(round: Round, part: Part) -> None:
    refuse_if_shut(round)
    if part.is_in:
        raise ValidationError(_("Your side has handed in already."))
    if round.state != RoundState.PLANNED and part.mode != PartMode.UNDECIDED:
        raise ValidationError(_("How you take part is chosen before the first invitation. Start over to change it."))


def _add_respondents(
    part: Part,
    seats: Sequence[Seat],
    addresses: Sequence[str],
    by: Place,
    groups: Mapping[int | str, str] | None = None,
) -> list[Respondent]:
    """New respondents among these; somebody named twice, by seat and by address, is asked once."""
    groups = groups or {}
    known = set(part.respondents.exclude(seat=None).values_list("seat", flat=True))
    hashes = set(part.respondents.exclude(email_hash="").values_list("email_hash", flat=True))
    seated = {seat.membership.user.email.lower() for seat in people_of(part.party)}
    added = []
    for seat in seats:
        if seat.party_id != part.party_id:
            raise ValidationError(_("Only people of your own side are asked for your part."))
        if seat.pk not in known:
            known.add(seat.pk)
            group = groups.get(seat.pk, "")
            added.append(Respondent(part=part, seat=seat, language=seat.membership.user.language, group=group))
    for address in dict.fromkeys(address.strip().lower() for address in addresses):
        if not address or address in seated or hashes.intersection(sealing.all_hashes(*address_parts(part, address))):
            continue
        value = sealing.keyed_hash(*address_parts(part, address))
        hashes.add(value)
        added.append(
            Respondent(
                part=part,
                email=address,
                email_hash=value,
                language=by.user.language,
                group=groups.get(address, ""),
            )
        )
    Respondent.objects.bulk_create(added)
    return added


def address_parts(part: Part, address: str) -> tuple[str, ...]:
    """What the keyed hash of an address is made of."""
    return "respondent", part.public_id, address


def send_invitations(
    round: Round, part: Part, respondents: Sequence[Respondent], *, again: str = "", open_item: bool = True
) -> None:
    for respondent in respondents:
        key = f"review-asked:{respondent.pk}:{again or respondent.counter}"
        # For whom sits on two sides it says for which.
        path = path_of(round, "reviews:answer_start") + f"?side={part.party.public_id}"
        names = {"party": part.party.name, "due": round.closes_on.isoformat()}
        if respondent.seat_id and respondent.seat is not None:
            user = respondent.seat.membership.user
            if open_item:
                work.open_item(
                    kinds.WORK_ANSWER,
                    partnership=round.partnership,
                    key=key_of(round, "answer", respondent.pk),
                    party=part.party,
                    person=user,
                    # Only this person: who has answered is nobody else's business.
                    circle=circle_for(round.partnership, CircleKind.AUTHOR, author_id=user.pk),
                    path=path,
                    due_on=round.closes_on,
                    zone=round.zone,
                    item=respondent,
                )
            notices.post(
                kinds.NOTICE_ASKED,
                to=[user],
                key=key,
                partnership=round.partnership,
                path=path,
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
