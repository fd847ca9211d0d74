"""Planning a round: its dates and rules are agreed by all partners, then it starts, or is dropped."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import circle_here
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history import actions as history
from partnerships.notices import actions as notices
from partnerships.record.models import Partnership, Party
from partnerships.record.states import Role
from partnerships.work import actions as work

from .. import kinds
from ..models import OWN_RESULTS_LEAD, DateConsent, Round
from ..queries import instrument_of, leads_of, offered_instruments
from ..states import UNDER_WAY, LatePolicy, PartMode, RespondentState, RoundKind, RoundState
from .ahead import keep_calendar
from .parts import ask_for_part, make_parts, send_invitations
from .rounds import call_off, key_of, locked, log_round, move, path_of, refuse_unless

if TYPE_CHECKING:
    from partnerships.catalogue.models import CatalogueVersion

EXPECTED_MAX = 5


@dataclass(frozen=True)
class Plan:
    """What partners agree on before a round starts."""

    opens_at: datetime
    closes_at: datetime
    opening_at: datetime
    policy: str = LatePolicy.EXTEND
    broker_early: bool = False
    zone: str = "UTC"
    #: All statements of the instrument instead of its core.
    in_full: bool = False
    expected: Sequence[str] = field(default_factory=tuple)


def plan_round(kind: str, plan: Plan, *, instrument: CatalogueVersion, by: Place) -> Round:
    """Propose a round. Whoever proposes it agrees to it; the other partners are asked."""
    _check_plan(plan)
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        _check_instrument(kind, instrument, by)
        if len(by.partners) < 2:
            raise ValidationError(_("A review needs at least two partners in this record."))
        if (kind == RoundKind.LOOK_BACK) == by.partnership.is_open:
            raise ValidationError(
                _("A look-back comes after the partnership is closed.")
                if by.partnership.is_open
                else _("This partnership is closed: only its look-back can still be held.")
            )
        same = Round.objects.of(by.partnership).filter(kind=kind)
        if same.filter(state__in=UNDER_WAY).exists():
            raise ValidationError(_("A round of this kind is under way already. Finish or cancel it first."))
        last = same.order_by("-number").values_list("number", flat=True).first() or 0
        round = Round(
            partnership=by.partnership,
            circle=circle_here(by, CircleKind.PARTNERS),
            party=by.own_party,
            author=by.user,
            kind=kind,
            number=last + 1,
            instrument=instrument,
        )
        _apply_plan(round, plan)
        round.save()
        make_parts(round, by.partners)
        history.log(kinds.PLANNED, by=by, item=round)
        keep_calendar(by.partnership)
        _ask_for_dates(round, by)
    return round


def change_plan(round: Round, plan: Plan, *, seen: int, instrument: CatalogueVersion | None = None, by: Place) -> Round:
    """Other dates, rules or statements for a round that has not started. Everybody is asked again.

    `seen` is the version the form was filled in from.
    """
    _check_plan(plan)
    with transaction.atomic():
        round = locked(round)
        refuse_unless(round, RoundState.PLANNED, _("This round has started; its dates stand."))
        _as_seen(round, seen)
        if instrument is not None and instrument.pk != round.instrument_id:
            _check_instrument(round.kind, instrument, by)
            round.instrument = instrument
        _apply_plan(round, plan)
        _ask_again(round, by)
    return round


def _ask_again(round: Round, by: Place) -> None:
    """What was changed is saved as the next version, to which nobody has agreed yet."""
    round.version += 1
    round.changed_at = clock.now()
    round.save()
    round.consents.all().delete()
    history.log(kinds.PLAN_CHANGED, by=by, item=round)
    _ask_for_dates(round, by)


def _as_seen(round: Round, seen: int) -> None:
    if seen != round.version:
        raise ValidationError(_("The dates were changed while you were reading. Please look again."), code="stale")


def choose_expected(round: Round, codes: Collection[str], *, seen: int, by: Place) -> Round:
    """On which statements (none, up to five) people also say what they expect the others to answer; asks again.

    Off by default: guessing takes time, and says most where partners chose together what they are curious about.
    """
    with transaction.atomic():
        round = locked(round)
        refuse_unless(round, RoundState.PLANNED, _("This round has started; its dates stand."))
        _as_seen(round, seen)
        if len(set(codes)) > EXPECTED_MAX:
            raise ValidationError(_("Five statements at most: guessing takes time."))
        chosen = [code for code in round.statements if code in set(codes)]
        if chosen == round.expected:
            return round
        round.expected = chosen
        _ask_again(round, by)
    return round


def agree_dates(round: Round, *, seen: int, by: Place) -> Round:
    """A partner says yes to the dates and rules as it saw them."""
    with transaction.atomic():
        round = locked(round)
        refuse_unless(round, RoundState.PLANNED, _("This round has started; its dates stand."))
        _as_seen(round, seen)
        _consent(round, by)
    return round


def _check_instrument(kind: str, instrument: CatalogueVersion, by: Place) -> None:
    """Shipped, or an own version of a review that may be proposed here; a pulse is the shipped one."""
    if instrument.organisation_id is None:
        return
    if kind == RoundKind.PULSE or instrument.pk not in {each.pk for each in offered_instruments(by)}:
        raise ValidationError({"instrument": _("Propose a review that your organisation has published.")})


def _check_plan(plan: Plan) -> None:
    if plan.closes_at <= plan.opens_at:
        raise ValidationError({"closes_on": _("Answering ends before it starts.")})
    if plan.closes_at <= clock.now():
        raise ValidationError({"closes_on": _("This day is over already.")})
    if plan.opening_at < plan.closes_at + OWN_RESULTS_LEAD:
        raise ValidationError(
            {
                "opening_at": _(
                    "Open at least 24 hours after the last day, so that each can read its own results before."
                )
            }
        )
    if len(plan.expected) > EXPECTED_MAX:
        raise ValidationError({"expected": _("Five statements at most: guessing takes time.")})


def _apply_plan(round: Round, plan: Plan) -> None:
    round.opens_at, round.closes_at, round.opening_at = plan.opens_at, plan.closes_at, plan.opening_at
    round.policy, round.broker_early, round.zone = plan.policy, plan.broker_early, plan.zone
    content = instrument_of(round)
    round.statements = [item.code for item in content.items if plan.in_full or item.core]
    round.expected = [code for code in round.statements if code in set(plan.expected)]


def take_in(newcomer: Place) -> None:
    """Who joins while a round is planned takes part in it: reads the plan, and a partner is asked for the dates too.

    A round that has started goes on among those who agreed to it.
    """
    if newcomer.own_party.role not in {Role.PARTNER, Role.BROKER}:
        return
    circle = circle_here(newcomer, CircleKind.PARTNERS)
    for planned in Round.objects.of(newcomer.partnership).filter(state=RoundState.PLANNED).exclude(circle=circle):
        round = locked(planned)
        if round.state != RoundState.PLANNED:
            continue
        round.circle = circle
        round.save(update_fields=["circle"])
        make_parts(round, newcomer.partners)
        _ask(round, [p for p in newcomer.partners if p == newcomer.party], proposed_by=round.party.name)


def _ask_for_dates(round: Round, by: Place) -> None:
    if by.is_partner and by.is_lead:
        _consent(round, by)
    agreed = set(round.consents.values_list("party", flat=True))
    _ask(round, [party for party in by.partners if party.pk not in agreed], proposed_by=by.own_party.name)


def _ask(round: Round, waiting: Sequence[Party], *, proposed_by: str) -> None:
    for party in waiting:
        work.open_item(
            kinds.WORK_DATES,
            partnership=round.partnership,
            key=key_of(round, "dates", party.pk),
            party=party,
            circle=round.circle,
            path=path_of(round),
            due_on=round.opens_on,
            zone=round.zone,
            item=round,
        )
    notices.post(
        kinds.NOTICE_PLANNED,
        to=leads_of(waiting),
        key=f"review-planned:{round.pk}:{round.version}",
        partnership=round.partnership,
        path=path_of(round),
        names={"party": proposed_by},
        object_id=round.pk,
    )


def _consent(round: Round, by: Place) -> None:
    _made, new = DateConsent.objects.get_or_create(round=round, party=by.own_party, defaults={"by": by.user})
    if new:
        history.log(kinds.DATES_AGREED, by=by, item=round)
    work.close_item(round.partnership, key_of(round, "dates", by.own_party.pk))


def start_round(round: Round, *, by: Place | None = None) -> Round:
    """Questions go out. By hand as soon as all agreed, or by time at `opens_at`."""
    with transaction.atomic():
        round = locked(round)
        refuse_unless(round, RoundState.PLANNED, _("This round has started already."))
        partners = list(round.partnership.parties.filter(role="partner", left_on=None).select_related("organisation"))
        agreed = set(round.consents.values_list("party", flat=True))
        if missing := [party.name for party in partners if party.pk not in agreed]:
            raise ValidationError(
                _("Not everybody has agreed to the dates yet: %(who)s.") % {"who": ", ".join(missing)}
            )
        if len(partners) < 2:
            raise ValidationError(_("A review needs at least two partners in this record."))
        moment = clock.now()
        move(round, RoundState.OPEN, started_at=moment, opens_at=min(round.opens_at, moment))
        make_parts(round, partners)
        log_round(kinds.STARTED, round, by)
        for part in round.parts.select_related("party__organisation"):
            ask_for_part(round, part)
        for part in round.parts.exclude(mode=PartMode.UNDECIDED):
            send_invitations(round, part, list(part.respondents.filter(state=RespondentState.INVITED)))
        notices.post(
            kinds.NOTICE_STARTED,
            to=leads_of(partners),
            key=f"review-started:{round.pk}",
            partnership=round.partnership,
            path=path_of(round),
            object_id=round.pk,
        )
    return round


def cancel_round(round: Round, *, by: Place) -> Round:
    """A planned round is dropped. One that has started ends by its own agreed rules, not by one partner's wish."""
    with transaction.atomic():
        round = locked(round)
        refuse_unless(
            round,
            RoundState.PLANNED,
            _("This round has started. What happens if a partner does not hand in was agreed."),
        )
        call_off(round, by)
    return round
