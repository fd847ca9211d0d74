"""What people log, write and ask: contacts, drivers, questions from colleagues, calls from the media."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access import actions as access
from partnerships.access.actions import authored, circle_for, circle_here
from partnerships.access.guard import place_of
from partnerships.access.models import Circle, Release
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.documents.actions import store, tell_released
from partnerships.documents.models import Document
from partnerships.history.actions import log
from partnerships.notices import actions as notices
from partnerships.notices import links
from partnerships.notices.models import MailLink
from partnerships.people.models import Office
from partnerships.record.holding import refuse_while_held
from partnerships.record.states import Role
from partnerships.work import actions as work
from partnerships.work.models import WorkItem

from . import kinds
from .clocks import local_day, reschedule, set_instant
from .models import ColleagueAnswer, ColleagueQuestion, Contact, Driver, Incident, PlanEntry, Spokesperson
from .permissions import can_log_contact
from .queries import STEPS, WITH, clocks_of, counting_circle, readers_to_choose, speakers_of
from .states import QUESTION_DAYS, STAFF


# The log --------------------------------------------------------------------------------------------------------------
def circle_of_choice(choice: str, *, by: Place, entry: PlanEntry | None = None) -> Circle:
    """The circle behind a choice of `readers_to_choose`."""
    if choice not in dict(readers_to_choose(by, entry)):
        raise ValidationError({"readers": _("Choose who may read it.")})
    if not choice.startswith(WITH):
        return circle_here(by, choice)
    wanted = choice.removeprefix(WITH)
    members = [p for p in by.present if p.role in {Role.PARTNER, Role.BROKER} or p.public_id == wanted]
    return circle_for(by.partnership, CircleKind.CHOSEN, parties=members)


def log_contact(
    *,
    by: Place,
    who: str,
    held_on: date,
    where: str = "",
    said: str = "",
    promised: str = "",
    entry: PlanEntry | None = None,
    office: Office | None = None,
    covers: str = "",
    readers: str = CircleKind.PARTNERS,
    documents: Iterable[Document] = (),
    upload: File[bytes] | None = None,
    by_link: bool = False,
) -> Contact:
    """Log a conversation. Where all partners read it, the plan's clock for that audience starts anew."""
    if held_on > clock.today(by.user.time_zone):
        raise ValidationError({"held_on": _("This day has not come yet.")})
    if entry is not None and (entry.partnership_id != by.partnership.pk or entry.removed_at is not None):
        raise ValidationError({"entry": _("This audience is not in the plan any more.")})
    if office is not None and office.organisation_id != by.own_party.organisation_id:
        raise ValidationError({"office": _("Choose an office of your own organisation.")})
    with transaction.atomic():
        circle = circle_of_choice(readers, by=by, entry=entry)
        contact: Contact = Contact.objects.create(
            **authored(by, circle),
            entry=entry,
            who=who.strip(),
            office=office,
            where=where.strip(),
            said=said.strip(),
            promised=promised.strip(),
            held_on=held_on,
            covers=covers,
            counts=counting_circle(circle),
            by_link=by_link,
        )
        attached = list(documents)
        if upload is not None:
            attached.append(store(partnership=by.partnership, upload=upload, circle=circle, by=by))
        contact.documents.set(attached)
        log(kinds.BRIEFED if covers else kinds.CONTACT, by=by, item=contact)
        if contact.counts:
            reschedule(by.partnership)
    return contact


def brief_staff(
    *, by: Place, covers: str, held_on: date, where: str = "", said: str = "", office: Office | None = None
) -> Contact:
    """A partner has briefed its own staff: head office, site or field, or both [IC3]. All partners know that it did."""
    with transaction.atomic():
        entry = PlanEntry.objects.of(by.partnership).filter(code=STAFF, of_party=by.own_party, removed_at=None).first()
        return log_contact(
            by=by,
            who=_("Own staff"),
            held_on=held_on,
            where=where,
            said=said,
            entry=entry,
            office=office,
            covers=covers,
        )


def withdraw_contact(contact: Contact, *, by: Place) -> bool:
    """Delete what only the own side read; else take it off the pages: that it was logged remains.

    Returns whether it was deleted. The plan's dates follow.
    """
    if contact.party_id != by.own_party.pk:
        raise ValidationError(_("Only the side that logged this can withdraw it."))
    with transaction.atomic():
        if contact.circle.kind == CircleKind.OWN:
            refuse_while_held(by)
        log(kinds.CONTACT_WITHDRAWN, by=by, item=contact)
        if contact.circle.kind == CircleKind.OWN:
            contact.delete()
            return True
        access.withdraw(contact, by=by)
        reschedule(by.partnership)
    return False


def waiting_behind(token: str) -> tuple[MailLink, WorkItem, PlanEntry, Place]:
    """What a reminder's link opens: the item that waits, its entry, and where its reader stands.

    Raises LinkRefused with "wrong", "expired", "used", "replaced", or: "done" (logged already, or not owed any more),
    "closed" (the record is closed), "seat" (the reader works there no more).
    """
    link = links.look(kinds.LINK_PURPOSE, token)
    item = WorkItem.objects.filter(pk=link.object_id, kind=kinds.TALK).select_related("partnership").first()
    if item is None or link.user is None:
        raise links.LinkRefused("wrong")
    if not item.partnership.is_open:
        raise links.LinkRefused("closed")
    if item.closed_at is not None:
        raise links.LinkRefused("done")
    place = place_of(link.user, item.partnership)
    entry = (
        PlanEntry.objects.visible_to(link.user)
        .filter(pk=item.object_id or 0, removed_at=None)
        .select_related("approvable__catalogue_version", "of_party__organisation", "circle")
        .first()
    )
    if not can_log_contact(place) or place.own_party.rules_accepted_at is None or entry is None:
        raise links.LinkRefused("seat")
    return link, item, entry, place


def log_by_link(token: str, **values: Any) -> Contact:
    """Log the contact that a reminder asked for. The link works once; where nothing was logged it stays good."""
    with transaction.atomic():
        link, _item, entry, place = waiting_behind(token)
        links.use(link)
        return log_contact(by=place, entry=entry, by_link=True, **values)


# The ledger -----------------------------------------------------------------------------------------------------------
def write_driver(*, kind: str, text: str, by: Place) -> Driver:
    """A line of the own ledger. The own side reads it until it is released."""
    with transaction.atomic():
        return _new_driver(by, kind=kind, text=text.strip())


def _new_driver(by: Place, **fields: Any) -> Driver:
    driver: Driver = Driver.objects.create(
        **authored(by, circle_here(by, CircleKind.OWN)),
        **fields,
    )
    log(kinds.DRIVER, by=by, item=driver)
    return driver


def change_driver(driver: Driver, *, kind: str, text: str, by: Place) -> Driver:
    """A new version of a line. Others keep reading the version they opened until the new one is released."""
    with transaction.atomic():
        now = _own_line(driver, by)
        if now.pk != driver.pk:
            raise ValidationError(
                _("Somebody else saved this while you were writing. Compare, and save again."), code="stale"
            )
        if (now.kind, now.text) == (kind, text.strip()):
            return now
        now.replaced_at = clock.now()
        now.save(update_fields=["replaced_at"])
        return _new_driver(by, kind=kind, text=text.strip(), first_id=now.line_id, number=now.number + 1)


def end_driver(driver: Driver, *, by: Place) -> None:
    """It is no longer true: the line leaves every page, in all its versions."""
    with transaction.atomic():
        now = _own_line(driver, by)
        line = Driver.objects.of(by.partnership).filter(pk=now.line_id) | Driver.objects.of(by.partnership).filter(
            first=now.line_id
        )
        line.update(ended_on=clock.today(by.user.time_zone))
        log(kinds.DRIVER, by=by, item=now)


def _own_line(driver: Driver, by: Place) -> Driver:
    """The newest version of a line of the own side, locked."""
    if driver.party_id != by.own_party.pk:
        raise ValidationError(_("Only the side that wrote this can change it."))
    lines = Driver.objects.of(by.partnership).filter(party=by.own_party).select_for_update(of=("self",))
    first = lines.get(pk=driver.line_id)
    newest: Driver = lines.filter(first=first).order_by("-number").first() or first
    if newest.ended_on is not None:
        raise ValidationError(_("This line was ended."))
    return newest


def release_drivers(drivers: Sequence[Driver], *, by: Place) -> Release:
    """Show lines of the own ledger to the partners and the broker, as one bundle."""
    with transaction.atomic():
        circle = circle_here(by, CircleKind.PARTNERS)
        bundle = access.release(drivers, kind=kinds.DRIVERS_RELEASE, to=circle, by=by)
        log(kinds.DRIVER_RELEASED, by=by, circle=circle)
        tell_released(kinds.DRIVERS_NOTICE, bundle, by=by, path_name="record:releases")
    return bundle


# Questions from colleagues --------------------------------------------------------------------------------------------
def _question_key(question: ColleagueQuestion) -> str:
    return f"communication:question:{question.pk}:"


def note_question(*, topic: str, text: str, asked_on: date, by: Place) -> ColleagueQuestion:
    """A doubt inside the own organisation: by topic, never by person. Own side reads it until partners are asked."""
    if asked_on > clock.today(by.user.time_zone):
        raise ValidationError({"asked_on": _("This day has not come yet.")})
    with transaction.atomic():
        question: ColleagueQuestion = ColleagueQuestion.objects.create(
            **authored(by, circle_here(by, CircleKind.OWN)),
            topic=topic.strip(),
            text=text.strip(),
            asked_on=asked_on,
        )
        log(kinds.QUESTION, by=by, item=question)
        work.open_item(
            kinds.ANSWER_COLLEAGUES,
            partnership=by.partnership,
            key=f"{_question_key(question)}own",
            party=by.own_party,
            circle=question.circle,
            path=_question_path(question),
            due_on=asked_on + timedelta(days=QUESTION_DAYS),
            subject=question.topic,
            item=question,
        )
    return question


def _question_path(question: ColleagueQuestion) -> str:
    return reverse("communication:question", args=[question.partnership.public_id, question.public_id])


def ask_for_help(question: ColleagueQuestion, *, by: Place) -> Release:
    """Show the question to the partners and ask them to help answer it. They read it once they have opened it."""
    with transaction.atomic():
        question = _own_question(question, by)
        if question.help_circle_id is not None:
            raise ValidationError(_("Your partners are asked already."))
        circle = circle_here(by, CircleKind.PARTNERS)
        bundle = access.release([question], kind=kinds.QUESTION_RELEASE, to=circle, by=by)
        question.help_circle = circle
        question.save(update_fields=["help_circle"])
        log(kinds.QUESTION_HELP, by=by, item=question, circle=circle)
        for party in by.other_partners:
            # Without its topic: the question is read once the release is opened.
            work.open_item(
                kinds.HELP_ANSWER,
                partnership=by.partnership,
                key=f"{_question_key(question)}{party.pk}",
                party=party,
                circle=circle,
                path=reverse("record:releases", args=[by.partnership.public_id]),
                due_on=clock.today() + timedelta(days=14),
                item=question,
            )
        tell_released(kinds.HELP_NOTICE, bundle, by=by, path_name="record:releases")
    return bundle


def help_answer(question: ColleagueQuestion, *, text: str, by: Place) -> ColleagueAnswer:
    """What helps answering. Whoever reads the question reads it."""
    with transaction.atomic():
        question = _open_question(question, by)
        answer: ColleagueAnswer = ColleagueAnswer.objects.create(
            **authored(by, question.help_circle or question.circle),
            question=question,
            text=text.strip(),
        )
        log(kinds.QUESTION_ANSWER, by=by, item=question, circle=answer.circle)
        if by.own_party.pk != question.party_id:
            work.close_item(by.partnership, f"{_question_key(question)}{by.own_party.pk}")
            notices.post(
                kinds.ANSWER_NOTICE,
                to=speakers_of([question.party_id]),
                key=f"communication:answer:{answer.pk}",
                partnership=by.partnership,
                path=_question_path(question),
                names={"party": by.own_party.name},
            )
    return answer


def settle_question(question: ColleagueQuestion, *, on: date, by: Place) -> ColleagueQuestion:
    """The colleagues have their answer."""
    if on > clock.today(by.user.time_zone):
        raise ValidationError({"on": _("This day has not come yet.")})
    with transaction.atomic():
        question = _own_question(question, by)
        question.answered_on = on
        question.save(update_fields=["answered_on"])
        log(kinds.QUESTION_SETTLED, by=by, item=question)
        work.close_items(by.partnership, _question_key(question))
    return question


def _open_question(question: ColleagueQuestion, by: Place) -> ColleagueQuestion:
    found: ColleagueQuestion = (
        ColleagueQuestion.objects.of(by.partnership)
        .select_for_update(of=("self",))
        .select_related("circle", "help_circle", "partnership")
        .get(pk=question.pk)
    )
    if found.answered_on is not None:
        raise ValidationError(_("This question is answered."))
    return found


def _own_question(question: ColleagueQuestion, by: Place) -> ColleagueQuestion:
    if question.party_id != by.own_party.pk:
        raise ValidationError(_("Only the side whose colleagues ask can do this."))
    return _open_question(question, by)


# The media called -----------------------------------------------------------------------------------------------------
def report_call(
    *,
    by: Place,
    outlet: str,
    called_at: datetime,
    question: str = "",
    deadline: str = "",
    harm: bool = False,
    off_duty: bool = False,
) -> Incident:
    """The media called: tell everybody at once, and start the clocks."""
    if called_at > clock.now():
        raise ValidationError({"called_at": _("This moment has not come yet.")})
    with transaction.atomic():
        incident: Incident = Incident.objects.create(
            **authored(by, circle_here(by, CircleKind.PARTNERS)),
            outlet=outlet.strip(),
            question=question.strip(),
            deadline=deadline.strip(),
            called_at=called_at,
            harm=harm,
            off_duty=off_duty,
        )
        log(kinds.CALLED, by=by, item=incident)
        _start_clocks(incident, by)
        told = {u.pk: u for u in speakers_of(p for p in by.present if p.role in {Role.PARTNER, Role.BROKER})}
        told |= {u.pk: u for u in _spokespeople(by)}
        told.pop(by.user.pk, None)
        notices.post(
            kinds.CALL_NOTICE,
            to=told.values(),
            key=f"communication:call:{incident.pk}",
            partnership=by.partnership,
            path=_incident_path(incident),
            names={"party": by.own_party.name},
        )
    return incident


def _incident_path(incident: Incident) -> str:
    return reverse("communication:incident", args=[incident.partnership.public_id, incident.public_id])


def _spokespeople(by: Place, party_id: int | None = None) -> list[Any]:
    rows = (
        Spokesperson.objects.of(by.partnership)
        .filter(approvable__set_aside_at=None, seat__ended_on=None, seat__membership__ended_on=None)
        .select_related("seat__membership__user")
    )
    return [s.seat.membership.user for s in rows if party_id in {None, s.party_id}]


def _start_clocks(incident: Incident, by: Place) -> None:
    party = by.own_party if by.is_partner else (by.partners[0] if by.partners else by.own_party)
    person = next(iter(_spokespeople(by, party.pk)), None)
    if incident.harm:
        for each in by.partners:
            work.open_item(
                kinds.PEOPLE_FIRST,
                partnership=by.partnership,
                key=f"communication:call:{incident.pk}:people_first:{each.pk}",
                party=each,
                circle=incident.circle,
                path=_incident_path(incident),
                due_on=clock.today(by.user.time_zone),
                item=incident,
            )
    for code, until in clocks_of(incident).items():
        item = work.open_item(
            kinds.CLOCKS[code],
            partnership=by.partnership,
            key=f"communication:call:{incident.pk}:{code}",
            party=party,
            person=person,
            circle=incident.circle,
            path=_incident_path(incident),
            due_on=local_day(until, by.user.time_zone),
            zone=by.user.time_zone,
            item=incident,
        )
        set_instant(item, until)


def take_step(incident: Incident, step: str, *, by: Place, answer: str = "") -> Incident:
    """A step after the call was taken, now. The last one closes the incident."""
    if step not in STEPS:
        raise ValidationError(_("This step is not known."))
    with transaction.atomic():
        found: Incident = (
            Incident.objects.of(by.partnership)
            .select_for_update(of=("self",))
            .select_related("partnership")
            .get(pk=incident.pk)
        )
        if getattr(found, STEPS[step]) is not None:
            return found
        setattr(found, STEPS[step], clock.now())
        found.answer = answer.strip() or found.answer
        if step == "answer":
            found.closed_at = clock.now()
        found.save(update_fields=[STEPS[step], "answer", "closed_at"])
        log(kinds.CALL_STEP, by=by, item=found)
        # The answer was given: nothing is left to acknowledge. The people come first, whatever was answered.
        for code in kinds.CLOCKS if step == "answer" else (step,):
            work.close_items(by.partnership, f"communication:call:{found.pk}:{code}")
    return found
