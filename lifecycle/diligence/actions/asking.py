"""What waits for whom in due diligence, and who took part in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import circle_for, circle_here
from partnerships.access.models import Circle
from partnerships.access.places import Place
from partnerships.access.ready import Ready
from partnerships.access.states import CircleKind
from partnerships.people.models import User
from partnerships.record.models import Partnership, Party, Seat
from partnerships.record.states import Duty, Stage
from partnerships.work import actions as work
from partnerships.work.models import WorkItem

from ..kinds import ANSWER_SELF, DECIDE, LOOK_AT
from ..models import (
    Participation,
)
from ..queries import (
    checklists,
    decisions,
    named_deciders,
)
from ..states import SAFEGUARDING, LineProblem, is_short_line

#: Days in which a checklist is expected, and a decision.
CHECKLIST_DAYS = 45
DECISION_DAYS = 90
#: After something happened each partner decides anew within this time.
AGAIN_DAYS = 45


def ask_partners(partnership: Partnership, *, again: bool = False) -> None:
    """While the stage is due diligence: the checklists and the decision wait for each partner. Idempotent.

    `again`: a refresh is asked for at any stage, and asks for the decision although one stands.
    """
    if not partnership.is_open or (partnership.stage != Stage.DILIGENCE and not again):
        return
    partners = list(partnership.parties.filter(role="partner", left_on=None).select_related("organisation"))
    circle = circle_for(partnership, CircleKind.PARTNERS)
    standing = decisions(partnership)
    named = named_deciders(partnership)
    since = clock.today() if again else partnership.stage_since
    for party in partners:
        party.partnership = partnership
        own = circle_for(partnership, CircleKind.OWN, party=party)
        for found in checklists(party, partners):
            if found.is_done:
                continue
            about, is_self = found.about, found.is_self
            work.open_item(
                ANSWER_SELF if is_self else LOOK_AT,
                partnership=partnership,
                key=f"dd:ask:{party.pk}:{about.pk}",
                party=party,
                circle=circle if is_self else own,
                path=path_to("diligence:checklist", partnership, about.public_id),
                subject="" if is_self else about.name,
                due_on=since + timedelta(days=CHECKLIST_DAYS),
            )
        decision = standing.get(party.pk)
        if again or decision is None or not decision.holds:
            work.open_item(
                DECIDE,
                partnership=partnership,
                key=f"dd:ask:{party.pk}:decide",
                party=party,
                person=named.get(party.pk),
                circle=circle,
                path=path_to("diligence:decision", partnership),
                due_on=since + timedelta(days=AGAIN_DAYS if again else DECISION_DAYS),
                holds_stage=partnership.stage == Stage.DILIGENCE,
            )


def ask_again(party: Party, person: User | None) -> None:
    """The decision that waits for a party waits for this person of it, or for the party as a whole."""
    WorkItem.objects.filter(partnership=party.partnership_id, key=f"dd:ask:{party.pk}:decide", closed_at=None).update(
        person=person
    )


def follow_parties(partnership: Partnership) -> None:
    """A partner joined or left: who is new is asked; about who left, nobody is asked any more."""
    partners = partnership.parties.filter(role="partner")
    gone = [pk for pk, left_on in partners.values_list("pk", "left_on") if left_on is not None]
    for about in gone:
        for party in partners:
            work.close_item(partnership, f"dd:ask:{party.pk}:{about}")
    ask_partners(partnership)


def stop_asking(partnership: Partnership) -> None:
    """The stage is left: what was asked for it waits no longer. Conditions, risks and expiry go on."""
    work.close_items(partnership, "dd:ask:")


def path_to(name: str, partnership: Partnership, *args: str) -> str:
    return reverse(name, args=[partnership.public_id, *args])


def require_short(theme: str, **words: str) -> None:
    """Of safeguarding only one short line is written, whatever is exchanged about it; `words` by their field."""
    long = [name for name, said in words.items() if theme == SAFEGUARDING and not is_short_line(said)]
    if long:
        raise ValidationError(dict.fromkeys(long, LineProblem.CASE.label))


def path_to_question(partnership: Partnership, about: Party, code: str) -> str:
    """Where a question of one's own checklist is answered."""
    return path_to("diligence:question", partnership, about.public_id, code)


def speakers_of(parties: Sequence[Party], *, also: Collection[int | None] = ()) -> list[User]:
    """Leads and stand-ins of parties that are in, who are told; and those of their people who are named."""
    seats = Seat.objects.filter(
        Q(duty__in=[Duty.LEAD, Duty.STAND_IN]) | Q(membership__user__in=[pk for pk in also if pk is not None]),
        party__in=[p.pk for p in parties],
        party__left_on=None,
        ended_on=None,
        membership__ended_on=None,
    )
    return [seat.membership.user for seat in seats.select_related("membership__user")]


_TOOK_PART = Ready(lambda seat, function: Participation.objects.filter(seat=seat, function=function))


def take_part(by: Place, *, seats: Sequence[Seat] = ()) -> None:
    """Note which function of which partner took part [DD6]."""
    for seat in seats or ([by.seat] if by.seat is not None else []):
        if _TOOK_PART(seat=seat.pk, function=seat.function):
            continue
        Participation.objects.get_or_create(
            seat=seat,
            function=seat.function,
            defaults={"party_id": seat.party_id, "level": seat.level, "at": clock.now()},
        )


def require_partner(about: Party, by: Place) -> None:
    if about.pk not in {p.pk for p in by.partners}:
        raise ValidationError(_("This organisation is not a partner here any more."))


def require_owner(owner: Seat, by: Place) -> None:
    if owner.party_id not in {p.pk for p in by.partners} or owner.ended_on is not None:
        raise ValidationError({"owner": _("Choose somebody who has a seat with a partner.")})


def require_future(due_on: date) -> None:
    if due_on < clock.today():
        raise ValidationError({"due_on": _("Give a date after today.")})


def circle_with(by: Place, *parties: Party) -> Circle:
    chosen = {p.pk: p for p in parties}
    if set(chosen) == {by.own_party.pk}:
        return circle_here(by, CircleKind.OWN)
    return circle_for(by.partnership, CircleKind.CHOSEN, parties=chosen.values())
