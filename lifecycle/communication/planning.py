"""The plan's entries, the spokespeople, the questions and answers: each change starts the approvals of its set anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored, save_version
from partnerships.access.places import Place
from partnerships.record.holding import refuse_while_held
from partnerships.record.models import Party, Seat
from partnerships.record.states import Duty, Level

from .approving import standing_set, touch
from .clocks import reschedule
from .models import Approvable, PlanEntry, QAItem, Spokesperson
from .queries import partner_seats, plan_of
from .states import COMMUNITIES, MEDIA, Approvers, Text

#: What a form of an entry can change.
ENTRY_FIELDS = (
    "audience", "purpose", "message", "channel", "spoken", "owner", "stand_in", "speaker", "approvers", "cadence_days",
    "supporting",
)  # fmt: skip


def add_from_catalogue(wanted: Sequence[tuple[str, Party | None]], *, by: Place) -> list[PlanEntry]:
    """Take audiences from the catalogue's plan; who owns each is a first guess that anybody of the partners can change.

    Those that are in the plan already are left as they are.
    """
    with transaction.atomic():
        row = standing_set(Text.PLAN, by=by)
        plan = plan_of(row.catalogue_version)
        have = set(row.entries.filter(removed_at=None).values_list("code", "of_party"))
        seats = list(partner_seats(by))
        made = []
        for code, party in wanted:
            if code not in plan.by_code or (code, party.pk if party else None) in have:
                continue
            ready = plan.item(code)
            owner = _owner_for(code, party or by.own_party, seats)
            if owner is None:
                continue
            made.append(
                _new_entry(
                    row,
                    by,
                    code=code,
                    of_party=party,
                    owner=owner,
                    stand_in=_stand_in_for(owner, seats),
                    approvers=Approvers.ALL if code == MEDIA else Approvers.OWNER,
                    cadence_days=ready.cadence_days,
                )
            )
        if made:
            touch(row, by=by)
            reschedule(by.partnership)
    return made


def start_with_the_first(*, by: Place) -> list[PlanEntry]:
    """The audiences to begin with; where each partner has its own (its staff), one entry for each."""
    with transaction.atomic():
        plan = plan_of(standing_set(Text.PLAN, by=by).catalogue_version)
        wanted: list[tuple[str, Party | None]] = []
        for ready in plan.items:
            if ready.first:
                wanted.extend((ready.code, p) for p in (by.partners if ready.per_partner else (None,)))
        return add_from_catalogue(wanted, by=by)


def _new_entry(row: Approvable, by: Place, **fields: Any) -> PlanEntry:
    entry: PlanEntry = PlanEntry.objects.create(
        **authored(by, row.circle),
        approvable=row,
        starts_on=clock.today(by.user.time_zone),
        **fields,
    )
    return entry


def _owner_for(code: str, party: Party, seats: Sequence[Seat]) -> Seat | None:
    own = [s for s in seats if s.party_id == party.pk]
    if code == COMMUNITIES and (field := next((s for s in own if s.level == Level.FIELD), None)):
        return field
    return next((s for s in own if s.duty == Duty.LEAD), own[0] if own else None)


def _stand_in_for(owner: Seat, seats: Sequence[Seat]) -> Seat | None:
    others = [s for s in seats if s.party_id == owner.party_id and s.pk != owner.pk]
    return next((s for s in others if s.duty == Duty.STAND_IN), None)


def add_entry(*, by: Place, values: Mapping[str, Any]) -> PlanEntry:
    """An audience of one's own."""
    _check_people(values, by)
    with transaction.atomic():
        row = standing_set(Text.PLAN, by=by)
        entry = _new_entry(row, by, **{name: values[name] for name in ENTRY_FIELDS if name in values})
        touch(row, by=by)
        reschedule(by.partnership)
    return entry


def change_entry(entry: PlanEntry, *, values: Mapping[str, Any], seen: int, by: Place) -> PlanEntry:
    """Change an entry. The plan's approvals start anew, and its dates follow."""
    _check_people(values, by)
    with transaction.atomic():
        row = standing_set(Text.PLAN, by=by)
        names = [name for name in ENTRY_FIELDS if name in values]
        for name in names:
            setattr(entry, name, values[name])
        save_version(entry, seen=seen, fields=names)
        touch(row, by=by)
        reschedule(by.partnership)
    return entry


def remove_entry(entry: PlanEntry, *, by: Place) -> None:
    """Take an audience out of the plan. Its contacts stay in the log."""
    with transaction.atomic():
        row = standing_set(Text.PLAN, by=by)
        if entry.removed_at is None:
            entry.removed_at = clock.now()
            entry.save(update_fields=["removed_at"])
            touch(row, by=by)
            reschedule(by.partnership)


def _check_people(values: Mapping[str, Any], by: Place) -> None:
    partners = {p.pk for p in by.partners}
    for name in ("owner", "stand_in", "speaker"):
        seat = values.get(name)
        if seat is not None and (seat.party_id not in partners or seat.ended_on is not None):
            raise ValidationError({name: _("Choose somebody who has a seat with one of the partners.")})
    if values.get("stand_in") is not None and values.get("stand_in") == values.get("owner"):
        raise ValidationError({"stand_in": _("Somebody else stands in.")})


# Spokespeople ---------------------------------------------------------------------------------------------------------
def name_spokesperson(*, seat: Seat, stand_in: Seat, reach: str, seen: int, by: Place) -> Spokesperson:
    """Each partner names its own spokesperson and stand-in; all approve the set. `seen` is 0 where none was named."""
    if by.own_party.pk not in {seat.party_id} or stand_in.party_id != seat.party_id:
        raise ValidationError(_("Each partner names its own people."))
    if stand_in.pk == seat.pk:
        raise ValidationError({"stand_in": _("Somebody else stands in.")})
    with transaction.atomic():
        row = standing_set(Text.SPOKESPEOPLE, by=by)
        found: Spokesperson | None = (
            Spokesperson.objects.of(by.partnership).filter(approvable=row, party=by.own_party).first()
        )
        if found is None:
            found = Spokesperson.objects.create(
                **authored(by, row.circle),
                approvable=row,
                seat=seat,
                stand_in=stand_in,
                reach=reach,
            )
        else:
            found.seat, found.stand_in, found.reach, found.author = seat, stand_in, reach, by.user
            save_version(found, seen=seen, fields=["seat", "stand_in", "reach", "author"])
        touch(row, by=by)
    return found


# Questions and answers ------------------------------------------------------------------------------------------------
def start_questions(*, by: Place) -> list[QAItem]:
    """The catalogue's questions, to be answered together; those that are there already are left."""
    with transaction.atomic():
        row = standing_set(Text.QA, by=by)
        have = set(row.qa_items.values_list("code", flat=True))
        made = [_new_question(row, by, code=q.code) for q in plan_of(row.catalogue_version).qa if q.code not in have]
        if made:
            touch(row, by=by)
    return made


def add_question(*, question: str, answer: str, by: Place) -> QAItem:
    """A question of one's own."""
    with transaction.atomic():
        row = standing_set(Text.QA, by=by)
        item = _new_question(row, by, question=question, answer=answer)
        touch(row, by=by)
    return item


def _new_question(row: Approvable, by: Place, **fields: Any) -> QAItem:
    item: QAItem = QAItem.objects.create(
        **authored(by, row.circle),
        approvable=row,
        **fields,
    )
    return item


def answer_question(item: QAItem, *, answer: str, question: str = "", seen: int, by: Place) -> QAItem:
    """Write the joint answer."""
    with transaction.atomic():
        row = standing_set(Text.QA, by=by)
        item.answer, item.author = answer, by.user
        if not item.code:
            item.question = question or item.question
        save_version(item, seen=seen, fields=["answer", "question", "author"])
        touch(row, by=by)
    return item


def take_out_question(item: QAItem, *, by: Place) -> None:
    """A question nobody will ask. It goes, unless the side that wrote it, or the own one, holds what it keeps."""
    with transaction.atomic():
        row = standing_set(Text.QA, by=by)
        refuse_while_held(by)
        refuse_while_held(by, of=item.party)
        item.delete()
        touch(row, by=by)
