"""Clarifications: one partner asks what a released answer means, the one that gave it answers."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored
from partnerships.access.places import Place
from partnerships.catalogue.content import Library
from partnerships.catalogue.queries import content
from partnerships.history.actions import log
from partnerships.notices import actions as notices
from partnerships.people.models import User
from partnerships.record.holding import refuse_while_held
from partnerships.record.models import Partnership, Party
from partnerships.work import actions as work

from ..kinds import CLARIFIED, CLARIFY, THREAD_NOTICE, YOUR_TURN
from ..models import DiligenceAnswer, Thread, ThreadEntry
from ..queries import all_partners_read, partners_circle, turn_of
from ..states import EntryKind
from .asking import circle_with, path_to, require_partner, require_short, speakers_of, take_part


def ask_about(answer: DiligenceAnswer, *, text: str, with_all: bool, by: Place) -> Thread:
    """Begin a clarification of an answer that was released to the own side and opened by it, or go on with it.

    The two parties read it; `with_all`: everybody in the partners' circle, where all of them read the answer.
    """
    party, about = answer.assessment.party, answer.assessment.about
    if party.pk == by.own_party.pk:
        raise ValidationError(_("This is your own side’s answer."))
    require_partner(party, by)
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        thread: Thread | None = (
            Thread.objects.of(by.partnership)
            .filter(party=by.own_party, assessment=answer.assessment, code=answer.code)
            .first()
        )
        if thread is None:
            if with_all and not all_partners_read(by, answer):
                raise ValidationError(_("Not every partner reads this answer, so only the two of you can talk of it."))
            thread = Thread.objects.create(
                **authored(by, partners_circle(by) if with_all else circle_with(by, by.own_party, party)),
                assessment=answer.assessment,
                asked=party,
                about=about,
                library=answer.library,
                code=answer.code,
            )
            log(CLARIFY, by=by, item=thread)
        write_entry(thread, text=text, by=by)
    return thread


def write_entry(thread: Thread, *, text: str, by: Place) -> ThreadEntry:
    """Append to a clarification; one that was closed is open again by that."""
    if not text.strip():
        raise ValidationError({"text": _("Write what you want to say.")})
    asked = content(thread.library, Library).by_code.get(thread.code)
    require_short(asked.theme if asked is not None else "", text=text)
    return _append(thread, EntryKind.WORDS, by, text.strip())


def say_nothing_more(thread: Thread, *, by: Place) -> None:
    """Hand the turn back without words; said by the side that asked, it closes the clarification."""
    _append(thread, EntryKind.CLOSED if by.own_party.pk == thread.party_id else EntryKind.NOTHING_MORE, by)


def close_thread(thread: Thread, *, by: Place) -> None:
    """The side that asked knows enough. Either side opens it again by writing."""
    if by.own_party.pk != thread.party_id:
        raise ValidationError(_("The side that asked closes it."))
    _append(thread, EntryKind.CLOSED, by)


def take_back(thread: Thread, *, by: Place) -> bool:
    """Take the own last words back, as long as the others have not opened them. Whether the thread is gone by that."""
    with transaction.atomic():
        thread = _locked(thread, by)
        last = thread.entries.order_by("-pk").first()
        if last is None or last.party_id != by.own_party.pk or last.kind != EntryKind.WORDS:
            raise ValidationError(_("There is nothing of yours to take back."))
        if last.opened_at is not None:
            raise ValidationError(_("They have opened it already. Write again to put it right."))
        refuse_while_held(by)
        # Its reader takes no lock: what was opened in this moment stays.
        if not ThreadEntry.objects.of(by.partnership).filter(pk=last.pk, opened_at=None).delete()[0]:
            raise ValidationError(_("They have opened it already. Write again to put it right."))
        if not thread.entries.exists():
            work.close_item(by.partnership, f"dd:thread:{thread.pk}")
            thread.delete()
            return True
        settle_thread(thread, by.partnership)
    return False


def open_entries(thread: Thread, *, by: Place) -> int:
    """The own side opens what the other one wrote: from here on it cannot be taken back. How many there were."""
    _require_one_of_two(thread, by)
    rows = ThreadEntry.objects.of(by.partnership).filter(thread=thread, opened_at=None).exclude(party=by.own_party)
    return rows.update(opened_at=clock.now())


def settle_thread(thread: Thread, partnership: Partnership) -> None:
    """It waits for the party whose turn it is, and for nobody when it is closed or one of the two has left."""
    key = f"dd:thread:{thread.pk}"
    last = thread.entries.order_by("-pk").first()
    present = {p.pk: p for p in partnership.parties.filter(left_on=None).select_related("organisation")}
    turn = turn_of(last.kind, last.party_id, thread.party_id, thread.asked_id, present) if last is not None else None
    work.close_item(partnership, key)
    if turn is not None:
        work.open_item(
            YOUR_TURN,
            partnership=partnership,
            key=key,
            party=present[turn],
            circle=thread.circle,
            path=path_to("diligence:thread", partnership, thread.public_id),
            item=thread,
        )


def settle_threads(partnership: Partnership) -> None:
    """A party has left, or come: clarifications with one that left wait for nobody."""
    gone = partnership.parties.filter(left_on__isnull=False).values("pk")
    rows = Thread.objects.of(partnership)
    for pk in {
        *rows.filter(asked__in=gone).values_list("pk", flat=True),
        *rows.filter(party__in=gone).values_list("pk", flat=True),
    }:
        work.close_item(partnership, f"dd:thread:{pk}")


def _append(thread: Thread, kind: EntryKind, by: Place, text: str = "") -> ThreadEntry:
    _require_one_of_two(thread, by)
    with transaction.atomic():
        thread = _locked(thread, by)
        other = thread.asked if by.own_party.pk == thread.party_id else thread.party
        if other.left_on is not None:
            raise ValidationError(_("%(name)s has left: nobody answers there any more.") % {"name": other.name})
        last = thread.entries.order_by("-pk").first()
        if kind != EntryKind.WORDS and (last is None or last.kind == EntryKind.CLOSED):
            raise ValidationError(_("It is closed already."))
        if kind == EntryKind.NOTHING_MORE and last is not None and last.party_id == by.own_party.pk:
            raise ValidationError(_("It is not your turn."))
        # Who answers has read what the others wrote.
        open_entries(thread, by=by)
        entry: ThreadEntry = ThreadEntry.objects.create(
            **authored(by, thread.circle), thread=thread, kind=kind, text=text
        )
        take_part(by)
        settle_thread(thread, by.partnership)
        if kind == EntryKind.CLOSED:
            log(CLARIFIED, by=by, item=thread)
        notices.post(
            THREAD_NOTICE,
            to=_told(thread, other),
            key=f"thread:{entry.pk}",
            partnership=by.partnership,
            path=path_to("diligence:thread", by.partnership, thread.public_id),
            names={"party": by.own_party.name},
        )
    return entry


def _told(thread: Thread, other: Party) -> list[User]:
    """Who speaks for the other side, and who of it wrote here before and is still seated."""
    wrote = set(thread.entries.filter(party=other).values_list("author", flat=True))
    return speakers_of([other], also=wrote)


def _locked(thread: Thread, by: Place) -> Thread:
    found: Thread = (
        Thread.objects.of(by.partnership)
        .select_related("party__organisation", "asked__organisation", "circle")
        .select_for_update(of=("self",))
        .get(pk=thread.pk)
    )
    return found


def _require_one_of_two(thread: Thread, by: Place) -> None:
    if by.own_party.pk not in {thread.party_id, thread.asked_id}:
        raise ValidationError(_("This is between the two of them; you read it."))
