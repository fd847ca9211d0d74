"""The affected people: naming their bodies, asking them, and their answers, which are theirs alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partnerships import clock
from partnerships.access.actions import authored, circle_for, circle_here, release_opened
from partnerships.access.models import Circle
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history.actions import log, log_system
from partnerships.notices import actions as notices
from partnerships.notices import kinds as notice_kinds
from partnerships.notices import links
from partnerships.notices.models import MailLink, Notice
from partnerships.people.models import Membership
from partnerships.record.models import Partnership, Party
from partnerships.work import actions as work

from .. import kinds
from ..models import AffectedBody, BodyAnswer, BodyNote, BodyQuestion
from ..permissions import can_withdraw
from ..queries import everyone_of, leads_of
from ..registry import heard_elsewhere
from ..states import ANSWERS

_PURPOSE = "scoping.note"
NOTE_DAYS = 60


def _path_of_note(notice: Notice) -> str:
    token = links.token_for(_PURPOSE, notice.object_id or 0, None, days=NOTE_DAYS)
    return reverse("scoping:approve_note", args=[token])


NOTE_MAIL = notice_kinds.register(
    "scoping.note",
    label=gettext_lazy("A note to approve"),
    subject=gettext_lazy("{party} asks you to check a note"),
    line=gettext_lazy(
        "{party} wrote down what your body said about “{record}”. "
        "Please read it. It counts only if you approve it, and you choose who may read it. The link works once."
    ),
    button=gettext_lazy("Read the note"),
    default="always",
    path=_path_of_note,
)


def _key(about: str, party_id: int) -> str:
    return f"scoping:body:{about}:{party_id}"


def _affected_url(partnership: Partnership) -> str:
    return reverse("scoping:affected", args=[partnership.public_id])


def _circle_of_body(by: Place, body_party: Party | None) -> Circle:
    """The partners, the broker, and the body itself where it has a seat."""
    if body_party is None:
        return circle_here(by, CircleKind.PARTNERS)
    members = [p for p in by.present if p.role in {"partner", "broker"}]
    return circle_for(by.partnership, CircleKind.CHOSEN, parties=[*members, body_party])


def name_body(
    *,
    by: Place,
    name: str,
    speaks_for: str = "",
    body_party: Party | None = None,
    address: str = "",
    address_language: str = "en",
) -> AffectedBody:
    """A partner names a body that the affected people recognise."""
    refuse_own_address(address, by)
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        standing = AffectedBody.objects.of(by.partnership).filter(withdrawn_at=None)
        if body_party is not None and standing.filter(body_party=body_party).exists():
            raise ValidationError(_("This body is on the list already."))
        refuse_twice(name, by.partnership)
        body: AffectedBody = AffectedBody.objects.create(
            **authored(by, _circle_of_body(by, body_party)),
            name=name.strip(),
            speaks_for=speaks_for.strip(),
            body_party=body_party,
            address=address,
            address_language=address_language,
        )
        log(kinds.BODY_NAMED, by=by, item=body)
    return body


def refuse_twice(name: str, partnership: Partnership, but_for: AffectedBody | None = None) -> None:
    standing = AffectedBody.objects.of(partnership).filter(withdrawn_at=None, name__iexact=name.strip())
    if (standing.exclude(pk=but_for.pk) if but_for is not None else standing).exists():
        raise ValidationError(_("This body is on the list already."))


def refuse_own_address(address: str, by: Place) -> None:
    """The mail to this address is how a body approves what was written down for it: no partner approves it itself."""
    sides = [p.organisation for p in by.present if p.role in {"partner", "broker"}]
    speaking = [organisation.pk for organisation in sides if organisation.kind != "community"]
    own = Membership.objects.filter(user__email__iexact=address, ended_on=None, organisation__in=speaking)
    if address and own.exists():
        said = _("This is the address of somebody on a partner’s side. Give the body’s own: it approves there.")
        raise ValidationError({"address": said})


def seat_body(body: AffectedBody, *, body_party: Party, by: Place) -> None:
    """A body on the list has joined the record: it reads what it was asked, and answers for itself from now on."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        body = AffectedBody.objects.of(by.partnership).select_related("body_party").get(pk=body.pk)
        if is_seated(body):
            raise ValidationError(_("This body has a seat and answers for itself."))
        if AffectedBody.objects.of(by.partnership).filter(body_party=body_party, withdrawn_at=None).exists():
            raise ValidationError(_("This body is on the list already."))
        body.body_party = body_party
        body.save(update_fields=["body_party"])
        circle = circle_for(by.partnership, CircleKind.CHOSEN, parties=[body_party])
        # What it was asked, and what it said by mail: these are its own words, and it takes them back by itself now.
        items = [
            body,
            *BodyQuestion.objects.of(by.partnership).filter(body=body),
            *BodyAnswer.objects.of(by.partnership).filter(body=body, withdrawn_at=None),
            *(item for item in heard_elsewhere(body) if item.approved_at and item.withdrawn_at is None),
        ]
        release_opened(items, kind=kinds.BODY_SEATED, to=circle, party=by.own_party, by=by.user)
        for question in BodyQuestion.objects.of(by.partnership).filter(body=body, withdrawn_at=None):
            _wait_for_answer(body, question.about, by=by)


def is_seated(body: AffectedBody) -> bool:
    """Whether it is in the record itself: then nobody writes anything down for it."""
    return body.body_party is not None and body.body_party.left_on is None


def ask(body: AffectedBody, *, about: str, asked_on: date, how: str, by: Place) -> BodyQuestion:
    """That a body was asked, by whom, when and how. A body with a seat is told, and nothing hurries it."""
    if asked_on > clock.today():
        raise ValidationError(_("Write it down once you have asked."))
    with transaction.atomic():
        question: BodyQuestion = BodyQuestion.objects.create(
            **authored(by, _circle_of_body(by, body.body_party)),
            body=body,
            about=about,
            asked_on=asked_on,
            how=how.strip(),
        )
        log(kinds.BODY_ASKED, by=by, item=question)
        work.close_items(by.partnership, "scoping:ask:")
        _wait_for_answer(body, about, by=by)
    return question


def _wait_for_answer(body: AffectedBody, about: str, *, by: Place) -> None:
    party = body.body_party
    if party is None or party.left_on is not None:
        return
    given = BodyAnswer.objects.of(by.partnership).filter(body=body, about=about, replaced_at=None, withdrawn_at=None)
    if given.exists():
        return
    work.open_item(
        kinds.ASK_BODY[about],
        partnership=by.partnership,
        key=_key(about, party.pk),
        party=party,
        circle=circle_for(by.partnership, CircleKind.OWN, party=party),
        path=reverse("scoping:answer_body", args=[by.partnership.public_id, body.public_id, about]),
        item=body,
    )
    notices.post(
        kinds.ASKED_NOTICE,
        to=everyone_of(party),
        key=f"scoping:asked:{body.pk}:{about}",
        partnership=by.partnership,
        path=_affected_url(by.partnership),
        names={"party": by.own_party.name},
    )


def may_read_by_default(party: Party) -> bool:
    """Who is ticked before a body chooses: partners and broker, but no public authority."""
    return party.role in {"partner", "broker"} and party.organisation.kind != "government"


def answer_as_body(
    *, about: str, says: str, words: str, readers: Iterable[Party], by: Place, body: AffectedBody | None = None
) -> BodyAnswer:
    """A body answers for itself, unasked too, and chooses who reads it. A later answer replaces the earlier."""
    own = by.own_party
    if says not in ANSWERS[about]:
        raise ValidationError(_("Choose one of the answers."))
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        body = body or _own_body(by)
        if body.body_party_id != own.pk:
            raise ValidationError(_("A body answers for itself."))
        circle = circle_for(by.partnership, CircleKind.CHOSEN, parties=[own, *readers])
        answer = _put_answer(
            body,
            BodyAnswer(
                **authored(by, circle),
                body=body,
                about=about,
                says=says,
                words=words.strip(),
            ),
        )
        log(kinds.BODY_ANSWERED, by=by, item=answer)
        work.close_item(by.partnership, _key(about, own.pk))
        _tell_readers(answer)
    return answer


def _own_body(by: Place) -> AffectedBody:
    """The body behind the reader's party; one that nobody named names itself."""
    own = by.own_party
    found: AffectedBody | None = (
        AffectedBody.objects.of(by.partnership).filter(body_party=own, withdrawn_at=None).first()
    )
    if found is not None:
        return found
    members = [p for p in by.present if p.role in {"partner", "broker"}]
    body: AffectedBody = AffectedBody.objects.create(
        **authored(by, circle_for(by.partnership, CircleKind.CHOSEN, parties=[*members, own])),
        name=own.organisation.name,
        body_party=own,
    )
    log(kinds.BODY_NAMED, by=by, item=body)
    return body


def _put_answer(body: AffectedBody, answer: BodyAnswer) -> BodyAnswer:
    BodyAnswer.objects.of(answer.partnership).filter(body=body, about=answer.about, replaced_at=None).update(
        replaced_at=clock.now()
    )
    answer.given_on = clock.today()
    answer.created_at = answer.changed_at = clock.now()
    answer.save()
    return answer


def _tell_readers(answer: BodyAnswer) -> None:
    readers = answer.circle.members.exclude(party=answer.body.body_party_id or 0).values_list("party", flat=True)
    notices.post(
        kinds.ANSWERED_NOTICE,
        to=leads_of(readers),
        key=f"scoping:answered:{answer.pk}",
        partnership=answer.partnership,
        path=_affected_url(answer.partnership),
    )


def withdraw_answer(answer: BodyAnswer, *, by: Place) -> None:
    """Testimony can be taken back at any time: it leaves all pages and later reports, and counts no more.

    By the body; and by who wrote it down, on its request, as long as the body has no seat.
    """
    if not can_withdraw(by, answer):
        raise ValidationError(_("Only the body takes back what it said."))
    with transaction.atomic():
        answer.withdrawn_at = clock.now()
        answer.save(update_fields=["withdrawn_at"])
        log(kinds.ANSWER_WITHDRAWN, by=by, item=answer)


# A note that the body approves ----------------------------------------------------------------------------------------
def write_note(body: AffectedBody, *, about: str, says: str, words: str, by: Place) -> BodyNote:
    """A partner writes down what a body answered and sends it to the body's address. Own side until it approves."""
    if says not in ANSWERS[about]:
        raise ValidationError(_("Choose one of the answers."))
    if is_seated(body):
        raise ValidationError(_("This body has a seat and answers for itself."))
    if not body.address:
        raise ValidationError(_("Give the mail address of the body first: it approves the note by mail."))
    with transaction.atomic():
        note: BodyNote = BodyNote.objects.create(
            **authored(by, circle_here(by, CircleKind.OWN)),
            body=body,
            about=about,
            says=says,
            words=words.strip(),
            sent_at=clock.now(),
        )
        send_note(note)
        log(kinds.NOTE_SENT, by=by, item=note)
    return note


def send_note(note: BodyNote) -> None:
    """The mail with the link at which the body approves."""
    notices.post_to_address(
        NOTE_MAIL,
        address=note.body.address,
        language=note.body.address_language,
        key=f"scoping:note:{note.pk}",
        object_id=note.pk,
        names={"party": note.party.name},
        partnership=note.partnership,
    )


def note_behind(token: str) -> tuple[MailLink, BodyNote]:
    """The note that a mail's link leads to. Raises LinkRefused with what is wrong with it.

    "seated": the body has joined; "ended": the partnership is closed, or who wrote this down has left it.
    """
    link = links.look(_PURPOSE, token)
    note = (
        BodyNote.objects.unguarded("the body's own link to its own words")
        .filter(pk=link.object_id, withdrawn_at=None, approved_at=None, refused_at=None)
        .select_related("body__body_party", "party__organisation", "partnership", "author")
        .first()
    )
    if note is None:
        raise links.LinkRefused("used")
    if is_seated(note.body):
        # What it says itself is not replaced by what was written down before it came.
        raise links.LinkRefused("seated")
    if note.party.left_on is not None or not note.partnership.is_open:
        raise links.LinkRefused("ended")
    return link, note


def readers_to_choose(note: BodyNote) -> list[Party]:
    """Whom a body can let read its answer, beside the partner who wrote it down."""
    return list(
        note.partnership.parties.filter(left_on=None)
        .exclude(pk=note.party_id)
        .select_related("organisation")
        .order_by("joined_at", "pk")
    )


def approve_note(token: str, *, readers: Iterable[Party], is_counted: bool = False) -> BodyAnswer:
    """The body approves: from now on this is its answer, for those it chose and the partner who wrote it down.

    `is_counted`: those who ask it elsewhere may know that it answers here, as a number.
    """
    with transaction.atomic():
        link, note = note_behind(token)
        links.use(link)
        note.approved_at, note.is_counted = clock.now(), is_counted
        note.save(update_fields=["approved_at", "is_counted"])
        answer = _put_answer(
            note.body,
            BodyAnswer(
                partnership=note.partnership,
                party=note.party,
                circle=circle_for(note.partnership, CircleKind.CHOSEN, parties=[note.party, *readers]),
                author=note.author,
                language=note.language,
                body=note.body,
                about=note.about,
                says=note.says,
                words=note.words,
                by_note=True,
            ),
        )
        log_system(kinds.BODY_ANSWERED, partnership=note.partnership, item=answer)
        _tell_readers(answer)
    return answer


def refuse_note(token: str, *, objection: str) -> BodyNote:
    """The body says the note is not right: nothing of it counts, and its writer hears why."""
    with transaction.atomic():
        link, note = note_behind(token)
        links.use(link)
        note.refused_at, note.objection = clock.now(), objection.strip()
        note.save(update_fields=["refused_at", "objection"])
        log_system(kinds.NOTE_REFUSED, partnership=note.partnership, item=note)
        notices.post(
            kinds.NOTE_BACK_NOTICE,
            to=leads_of([note.party]),
            key=f"scoping:note_back:{note.pk}",
            partnership=note.partnership,
            path=_affected_url(note.partnership),
        )
    return note
