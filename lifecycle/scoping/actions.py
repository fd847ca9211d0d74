"""Scoping's acts: writing alone, handing in, opening together, agreeing sentences, the way, the talk, the canvas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from lifecycle.road import actions as road
from partnerships import clock
from partnerships.access.actions import authored, circle_for, circle_here, release, release_opened, save_version
from partnerships.access.models import Circle, CircleParty, Release, ReleaseItem
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.content import Canvas, Cards, Screen
from partnerships.catalogue.models import CatalogueVersion
from partnerships.catalogue.queries import content, current
from partnerships.history.actions import log, log_system
from partnerships.notices import actions as notices
from partnerships.record.models import Partnership, Party
from partnerships.record.states import Stage, Standing
from partnerships.work import actions as work

from . import kinds
from .models import (
    BodyQuestion,
    CanvasEntry,
    Sentence,
    SentenceAgreement,
    Sheet,
    SheetAnswer,
    Talk,
    WayConsent,
    WayProposal,
)
from .queries import leads_of, partners_of
from .states import AnswerOutcome, SentenceKind, SheetKind, Way

if TYPE_CHECKING:
    from partnerships.people.models import Office, User

#: Days in which a first answer is expected.
ANSWER_DAYS = 7


# Who owes what --------------------------------------------------------------------------------------------------------
def _key(kind: str, party: Party | int) -> str:
    return f"scoping:{kind}:{party if isinstance(party, int) else party.pk}"


def _url(partnership: Partnership, name: str) -> str:
    return reverse(name, args=[partnership.public_id])


def ask_partner(party: Party) -> None:
    """A partner that accepted the ground rules is asked for its three lines and its fit screen."""
    partnership = party.partnership
    if party.role != "partner" or partnership.stage != Stage.SCOPING or partnership.standing != Standing.ACTIVE:
        return
    handed_in = set(
        Sheet.objects.unguarded("what a partner still owes")
        .of(partnership)
        .filter(party=party, handed_in_at__isnull=False)
        .values_list("kind", flat=True)
    )
    for kind in (SheetKind.MOTIVES, SheetKind.SCREEN):
        if kind not in handed_in:
            _open_sheet_item(kind, party)


def _open_sheet_item(kind: str, party: Party) -> None:
    partnership = party.partnership
    work.open_item(
        kinds.ANSWER[kind],
        partnership=partnership,
        key=_key(kind, party),
        party=party,
        circle=circle_for(partnership, CircleKind.PARTNERS),
        path=_url(partnership, kinds.SHEET_URLS[kind]),
        due_on=clock.today() + timedelta(days=ANSWER_DAYS),
        holds_stage=kind != SheetKind.CARD,
    )


def follow_rules(place: Place) -> None:
    """Hook: a party accepted the ground rules."""
    if place.party is not None:
        ask_partner(place.party)


def follow_parties(partnership: Partnership) -> None:
    """Hook: a party joined or left. Those that remain may all be in by now."""
    for kind in SheetKind.values:
        with transaction.atomic():
            Partnership.objects.locked(partnership)
            _open_if_all_in(partnership, kind)


# Answered alone, opened together --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Given:
    """An answer as it was typed: the option's code (screen only), and words."""

    option: str = ""
    text: str = ""


def version_for(kind: str) -> CatalogueVersion:
    """The list that is asked today."""
    if kind == SheetKind.SCREEN:
        return current("screen", "fit")
    return current("canvas", "motives") if kind == SheetKind.MOTIVES else current("cards", "how_we_work")


def _outcome(version: CatalogueVersion, question: str, given: Given) -> str:
    """What an option leads to. Refuses what the list does not know."""
    asked = content(version)
    if question not in asked.by_code:
        raise ValidationError(_("This question is not asked."))
    if isinstance(asked, Screen):
        if not given.option:
            return ""
        options = {o.code: o.outcome for o in asked.item(question).options}
        if given.option not in options:
            raise ValidationError(_("Choose one of the answers."))
        return options[given.option]
    return ""


def save_sheet(kind: str, *, by: Place, answers: Mapping[str, Given], seen: int) -> Sheet:
    """Write the own side's draft. `seen` is the version the form was filled in from, 0 where there was none."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        sheet = _own_sheet(kind, by)
        if sheet is not None and sheet.opened_at is not None:
            raise ValidationError(_("Everybody has read this already. Change single answers, each with its date."))
        if sheet is not None and sheet.handed_in_at is not None:
            raise ValidationError(_("This is handed in. Take it back first, then change it."))
        if sheet is None:
            sheet = Sheet.objects.create(
                **authored(by, circle_here(by, CircleKind.OWN)),
                kind=kind,
                catalogue_version=version_for(kind),
            )
            seen = sheet.version
        elif seen != sheet.version and _says_the_same(sheet, answers):
            return sheet  # sent twice, over a line that lost the first answer
        sheet.author = by.user
        save_version(sheet, seen=seen, fields=["author"])
        _write_answers(sheet, answers, by=by)
    return sheet


def _standing(sheet: Sheet) -> dict[str, SheetAnswer]:
    answers = SheetAnswer.objects.of(sheet.partnership).filter(sheet=sheet, replaced_at=None)
    return {answer.question: answer for answer in answers}


def _says_the_same(sheet: Sheet, answers: Mapping[str, Given]) -> bool:
    standing = _standing(sheet)
    none = SheetAnswer(option="", text="")
    return all(
        (given.option, given.text.strip()) == (standing.get(question, none).option, standing.get(question, none).text)
        for question, given in answers.items()
    )


def _write_answers(sheet: Sheet, answers: Mapping[str, Given], *, by: Place) -> None:
    standing = _standing(sheet)
    for question, given in answers.items():
        outcome = _outcome(sheet.catalogue_version, question, given)
        text = given.text.strip()
        answer = standing.get(question)
        if not given.option and not text:
            if answer is not None:
                answer.delete()
            continue
        if answer is None:
            answer = SheetAnswer(
                partnership=sheet.partnership,
                party=sheet.party,
                circle=sheet.circle,
                sheet=sheet,
                question=question,
                created_at=clock.now(),
            )
        elif (answer.option, answer.text) == (given.option, text):
            continue
        else:
            answer.version += 1
        answer.option, answer.outcome, answer.text = given.option, outcome, text
        answer.author, answer.language, answer.changed_at = by.user, by.user.language, clock.now()
        answer.save()


def missing_answers(sheet: Sheet | None, kind: str) -> list[str]:
    """Codes of the questions without which a sheet cannot be handed in."""
    asked = content(sheet.catalogue_version if sheet else version_for(kind))
    given = (
        set(
            SheetAnswer.objects.of(sheet.partnership)
            .filter(sheet=sheet, replaced_at=None)
            .values_list("question", flat=True)
        )
        if sheet
        else set()
    )
    if isinstance(asked, Screen):
        return [q.code for q in asked.core if q.code not in given]
    if isinstance(asked, Canvas):
        return [p.code for p in asked.items if p.code not in given]
    return [] if given or not isinstance(asked, Cards) else [asked.items[0].code]


def hand_in(kind: str, *, by: Place) -> bool:
    """A lead hands in for the party. The last one opens all, in the same moment. Returns whether they are open now."""
    with transaction.atomic():
        # One at a time: of two partners handing in at once, the second opens both.
        Partnership.objects.locked(by.partnership)
        sheet = _own_sheet(kind, by)
        if sheet is not None and sheet.handed_in_at is not None:
            raise ValidationError(
                _("This was handed in by %(name)s already. Nothing was changed, nothing happened twice.")
                % {"name": sheet.handed_in_by}
            )
        missing = missing_answers(sheet, kind)
        if sheet is None or missing:
            raise ValidationError(_nothing_missing(kind, missing), code="missing")
        sheet.handed_in_at, sheet.handed_in_by = clock.now(), by.user
        sheet.save(update_fields=["handed_in_at", "handed_in_by"])
        circle = circle_for(by.partnership, CircleKind.PARTNERS)
        log(kinds.HANDED_IN[kind], by=by, circle=circle)
        work.close_item(by.partnership, _key(kind, by.own_party))
        opened = _open_if_all_in(by.partnership, kind)
        if not opened:
            _tell_those_not_in(kind, by=by)
    return opened


def _nothing_missing(kind: str, missing: Sequence[str]) -> str:
    if kind == SheetKind.SCREEN:
        return _("Answer these questions first: %(codes)s.") % {"codes": ", ".join(missing)}
    if kind == SheetKind.MOTIVES:
        return _("Write all three lines first.")
    return _("Write something on the card first.")


def _tell_those_not_in(kind: str, *, by: Place) -> None:
    handed_in = set(
        Sheet.objects.unguarded("who is waited for")
        .of(by.partnership)
        .filter(kind=kind, handed_in_at__isnull=False)
        .values_list("party", flat=True)
    )
    waited_for = [p for p in by.partners if p.pk not in handed_in and p.rules_accepted_at is not None]
    for party in waited_for:
        if by.partnership.stage == Stage.SCOPING:
            _open_sheet_item(kind, party)
    notices.post(
        kinds.WAITING_NOTICE[kind],
        to=leads_of(waited_for),
        key=f"scoping:{kind}:waits:{by.own_party.pk}",
        partnership=by.partnership,
        path=_url(by.partnership, kinds.SHEET_URLS[kind]),
        names={"party": by.own_party.name},
    )


def take_back(kind: str, *, by: Place) -> Sheet:
    """While not all are in, a lead can take the own sheet back to change it."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        sheet = _own_sheet(kind, by)
        if sheet is None or sheet.handed_in_at is None:
            raise ValidationError(_("This was not handed in yet."))
        if sheet.opened_at is not None:
            raise ValidationError(_("All were opened in the meantime. You can change answers; the change is shown."))
        sheet.handed_in_at, sheet.handed_in_by = None, None
        sheet.save(update_fields=["handed_in_at", "handed_in_by"])
        log(kinds.TAKEN_BACK[kind], by=by, circle=circle_for(by.partnership, CircleKind.PARTNERS))
        if by.partnership.stage == Stage.SCOPING:
            _open_sheet_item(kind, by.own_party)
    return sheet


def _own_sheet(kind: str, by: Place) -> Sheet | None:
    return (
        Sheet.objects.of(by.partnership)
        .filter(party=by.own_party, kind=kind)
        .select_related("handed_in_by", "catalogue_version", "partnership", "party", "circle")
        .first()
    )


def _open_if_all_in(partnership: Partnership, kind: str) -> bool:
    """Open every partner's sheet to all partners and the broker, if all are in. The caller holds the lock."""
    partners = partners_of(partnership)
    sheets = {
        s.party_id: s
        for s in Sheet.objects.of(partnership)
        .filter(kind=kind, handed_in_at__isnull=False, party__in=partners)
        .select_related("party", "handed_in_by")
    }
    if len(partners) < 2 or any(p.pk not in sheets for p in partners):
        return False
    if all(s.opened_at is not None for s in sheets.values()):
        return False
    circle = circle_for(partnership, CircleKind.PARTNERS)
    # Each partner handed in for just that; a broker reads along from the same moment.
    handers = {pk: _hander(sheet) for pk, sheet in sheets.items()}
    for sheet in sheets.values():
        if sheet.opened_to_id == circle.pk:
            continue
        answers = list(SheetAnswer.objects.of(partnership).filter(sheet=sheet, withdrawn_at=None))
        release_opened(
            answers, kind=kinds.TOGETHER[kind], to=circle, party=sheet.party, by=_hander(sheet), opened_by=handers
        )
        sheet.opened_at = sheet.opened_at or clock.now()
        sheet.opened_to = circle
        sheet.save(update_fields=["opened_at", "opened_to"])
    log_system(kinds.OPENED[kind], partnership=partnership, circle=circle)
    if kind == SheetKind.SCREEN:
        _ask_for_the_rest(partnership, partners, circle)
    readers = [p for p in partnership.parties.filter(left_on=None) if p.role in {"partner", "broker"}]
    notices.post(
        kinds.OPENED_NOTICE[kind],
        to=leads_of(readers),
        key=f"scoping:{kind}:open:{circle.pk}",
        partnership=partnership,
        path=_url(partnership, kinds.SHEET_URLS[kind]),
    )
    return True


def _ask_for_the_rest(partnership: Partnership, partners: Sequence[Party], circle: Circle) -> None:
    """Once the screens are open, what the partners owe together: two sentences, and asking the affected people."""
    if partnership.stage != Stage.SCOPING or partnership.standing != Standing.ACTIVE:
        return
    written = Sentence.objects.of(partnership).filter(replaced_at=None).count()
    asked = BodyQuestion.objects.of(partnership).filter(withdrawn_at=None).exists()
    owed = [
        (kinds.WRITE, "write", "scoping:sentences", written < len(SentenceKind.values)),
        (kinds.ASK, "ask", "scoping:affected", not asked),
    ]
    for kind, name, url_name, open_still in owed:
        for party in partners if open_still else ():
            work.open_item(
                kind,
                partnership=partnership,
                key=_key(name, party),
                party=party,
                circle=circle,
                path=_url(partnership, url_name),
                due_on=clock.today() + timedelta(days=2 * ANSWER_DAYS),
                holds_stage=True,
            )


def _hander(sheet: Sheet) -> User:
    if sheet.handed_in_by is None:
        raise RuntimeError("a sheet that was handed in knows by whom")
    return sheet.handed_in_by


def change_answer(kind: str, question: str, *, by: Place, given: Given, seen: int | None) -> SheetAnswer:
    """After the opening, an answer changes by a new one beside it, with its date, for all partners to see.

    `seen` is the id of the answer that the form was filled in from; None where there was none.
    """
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        sheet = _own_sheet(kind, by)
        if sheet is None or sheet.opened_at is None:
            raise ValidationError(_("Nothing is open yet: change your draft instead."))
        outcome = _outcome(sheet.catalogue_version, question, given)
        asks_option = isinstance(content(sheet.catalogue_version), Screen)
        if (asks_option and not given.option) or (not asks_option and not given.text.strip()):
            raise ValidationError(_("Give an answer. What was read cannot be emptied."))
        old = SheetAnswer.objects.of(by.partnership).filter(sheet=sheet, question=question, replaced_at=None).first()
        if (old.pk if old else None) != seen:
            raise ValidationError(
                _("Somebody else saved this while you were writing. Compare, and save again."), code="stale"
            )
        if old is not None:
            if (old.option, old.text) == (given.option, given.text.strip()):
                raise ValidationError(_("This is what you had said already."))
            old.replaced_at = clock.now()
            old.save(update_fields=["replaced_at"])
        answer: SheetAnswer = SheetAnswer.objects.create(
            **authored(by, circle_for(by.partnership, CircleKind.PARTNERS)),
            sheet=sheet,
            question=question,
            option=given.option,
            outcome=outcome,
            text=given.text.strip(),
            is_change=True,
        )
        log(kinds.CHANGED[kind], by=by, item=answer)
    return answer


def show_to_newcomers(kind: str, *, by: Place) -> Release:
    """What was opened is shown, by the side that wrote it, to a broker who joined since.

    A partner who joins hands in its own first, and then reads all.
    """
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        sheet = _own_sheet(kind, by)
        if sheet is None or sheet.opened_at is None:
            raise ValidationError(_("Nothing is open yet."))
        newcomers = [p for p in by.present if p.pk in {m.pk for m in not_shown_to(sheet, by)}]
        if not newcomers:
            raise ValidationError(_("Everybody can read it already."))
        answers = list(SheetAnswer.objects.of(by.partnership).filter(sheet=sheet, withdrawn_at=None))
        circle = circle_for(by.partnership, CircleKind.CHOSEN, parties=[by.own_party, *newcomers])
        bundle = release(answers, kind=kinds.TOGETHER[kind], to=circle, by=by)
        log(kinds.SHOWN, by=by, circle=circle)
        _tell_readers(bundle, kinds.SHEET_URLS[kind], by=by)
    return bundle


def _tell_readers(bundle: Release, url_name: str, *, by: Place) -> None:
    readers = bundle.circle.members.exclude(party=by.own_party).values_list("party", flat=True)
    notices.post(
        kinds.RELEASED_NOTICE,
        to=leads_of(readers),
        key=f"scoping:released:{bundle.pk}",
        partnership=by.partnership,
        path=_url(by.partnership, url_name),
        names={"party": by.own_party.name},
    )


def not_shown_to(sheet: Sheet, place: Place) -> list[Party]:
    """Brokers that joined after the opening and to whom this sheet was not released yet."""
    reached = CircleParty.objects.filter(
        Q(circle=sheet.opened_to)
        | Q(
            circle__releases__in=Release.objects.filter(
                party=sheet.party, kind=kinds.TOGETHER[sheet.kind], recalled_at=None
            )
        )
    ).values_list("party", flat=True)
    ids = set(reached)
    return [p for p in place.present if p.role == "broker" and p.pk not in ids]


# Agreed together ------------------------------------------------------------------------------------------------------
def propose_sentence(kind: str, *, text: str, by: Place, seen: int) -> Sentence:
    """A new version of a sentence. All agreements start anew; a lead who proposes agrees with it.

    `seen` is the number of the version that the writer saw, 0 where there was none.
    """
    text = " ".join(text.split())
    if not text:
        raise ValidationError(_("Write a sentence."))
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        old = Sentence.objects.of(by.partnership).filter(kind=kind, replaced_at=None).first()
        if (old.number if old else 0) != seen:
            raise ValidationError(
                _("Somebody else saved this while you were writing. Compare, and save again."), code="stale"
            )
        if old is not None:
            old.replaced_at = clock.now()
            old.save(update_fields=["replaced_at"])
        sentence: Sentence = Sentence.objects.create(
            **authored(by, circle_here(by, CircleKind.PARTNERS)),
            kind=kind,
            text=text,
            number=seen + 1,
        )
        log(kinds.SENTENCE_PROPOSED, by=by, item=sentence)
        if Sentence.objects.of(by.partnership).filter(replaced_at=None).count() == len(SentenceKind.values):
            work.close_items(by.partnership, "scoping:write:")
        for party in by.partners:
            work.open_item(
                kinds.AGREE[kind],
                partnership=by.partnership,
                key=_key(kind, party),
                party=party,
                circle=sentence.circle,
                path=_url(by.partnership, "scoping:sentences"),
                due_on=clock.today() + timedelta(days=ANSWER_DAYS),
                item=sentence,
                holds_stage=True,
            )
        notices.post(
            kinds.SENTENCE_NOTICE,
            to=leads_of(by.other_partners),
            key=f"scoping:{kind}:{sentence.pk}",
            partnership=by.partnership,
            path=_url(by.partnership, "scoping:sentences"),
            names={"party": by.own_party.name},
        )
        if by.is_lead:
            agree_sentence(kind, number=sentence.number, by=by)
    return sentence


def agree_sentence(kind: str, *, number: int, by: Place) -> bool:
    """A partner's yes to the version that it read. Returns whether all have agreed now."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        sentence = Sentence.objects.of(by.partnership).filter(kind=kind, replaced_at=None).first()
        if sentence is None or sentence.number != number:
            raise ValidationError(_("The sentence was changed in the meantime. Read it again."), code="stale")
        _row, made = SentenceAgreement.objects.get_or_create(
            sentence=sentence, party=by.own_party, defaults={"by": by.user, "at": clock.now()}
        )
        if made:
            log(kinds.SENTENCE_AGREED, by=by, item=sentence)
            work.close_item(by.partnership, _key(kind, by.own_party))
        return by.all_partners_in(sentence.agreements)


def propose_way(*, way: str, by: Place) -> WayProposal:
    """How the first talks come out. A new proposal takes the place of the open one."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        _check_way(way, by)
        old = WayProposal.objects.of(by.partnership).filter(dropped_at=None).first()
        if old is not None:
            if old.way == way:
                raise ValidationError(_("This is proposed already. Agree to it."))
            old.dropped_at = clock.now()
            old.save(update_fields=["dropped_at"])
            work.close_items(by.partnership, "scoping:way:")
        proposal: WayProposal = WayProposal.objects.create(
            **authored(by, circle_here(by, CircleKind.PARTNERS)),
            way=way,
        )
        log(kinds.WAY_PROPOSED, by=by, item=proposal)
        others = by.other_partners
        for party in others:
            work.open_item(
                kinds.AGREE_WAY,
                partnership=by.partnership,
                key=_key("way", party),
                party=party,
                circle=proposal.circle,
                path=_url(by.partnership, "scoping:way"),
                due_on=clock.today() + timedelta(days=ANSWER_DAYS),
                item=proposal,
            )
        notices.post(
            kinds.WAY_NOTICE,
            to=leads_of(others),
            key=f"scoping:way:{proposal.pk}",
            partnership=by.partnership,
            path=_url(by.partnership, "scoping:way"),
            names={"party": by.own_party.name},
        )
        agree_way(proposal, by=by)
    return proposal


def _check_way(way: str, by: Place) -> None:
    opened = Sheet.objects.of(by.partnership).filter(
        kind=SheetKind.SCREEN, opened_at__isnull=False, party__in=by.partners
    )
    if len(by.partners) < 2 or opened.count() < len(by.partners):
        raise ValidationError(_("Open the fit screens first: the way follows from them."))
    stops = SheetAnswer.objects.of(by.partnership).filter(
        sheet__in=opened, replaced_at=None, withdrawn_at=None, outcome=AnswerOutcome.STOP
    )
    if way == Way.GO_ON and stops.exists():
        raise ValidationError(_("One of you says stop. Talk about it first; an answer can be changed."))


def agree_way(proposal: WayProposal, *, by: Place) -> bool:
    """A partner's yes. The last one settles it; another way than a partnership closes the record with respect."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        proposal = WayProposal.objects.unguarded("locked to be decided on").get(pk=proposal.pk)
        if proposal.dropped_at is not None:
            raise ValidationError(_("Another way was proposed in the meantime. Read that one."))
        if proposal.settled_at is not None:
            return True
        _check_way(proposal.way, by)
        _row, made = WayConsent.objects.get_or_create(
            proposal=proposal, party=by.own_party, defaults={"by": by.user, "at": clock.now()}
        )
        if made:
            log(kinds.WAY_AGREED, by=by, item=proposal)
            work.close_item(by.partnership, _key("way", by.own_party))
        if not by.all_partners_in(proposal.consents):
            return False
        proposal.settled_at = clock.now()
        proposal.save(update_fields=["settled_at"])
        log(kinds.WAY_SETTLED, by=by, item=proposal)
        if proposal.way != Way.GO_ON:
            work.close_items(by.partnership, "scoping:")
            road.not_pursue(by=by)
    return True


def set_talk(*, starts_at: datetime, where: str, by: Place) -> Talk:
    """The next meeting, in everybody's calendar. Setting another one moves it."""
    if starts_at <= clock.now():
        raise ValidationError(_("Choose a time that is still to come."))
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        Talk.objects.of(by.partnership).filter(replaced_at=None).update(replaced_at=clock.now())
        talk: Talk = Talk.objects.create(
            **authored(by, circle_here(by, CircleKind.PARTNERS)),
            starts_at=starts_at,
            where=where.strip(),
        )
        log(kinds.TALK_SET, by=by, item=talk)
        for party in (p for p in by.present if p.role in {"partner", "broker"}):
            # Each reads its own appointment: nobody finds it once for every party.
            work.open_item(
                kinds.TALK,
                partnership=by.partnership,
                key=_key("talk", party),
                party=party,
                circle=circle_for(by.partnership, CircleKind.OWN, party=party),
                path=_url(by.partnership, "scoping:overview"),
                due_on=starts_at.date(),
                item=talk,
                is_event=True,
            )
    return talk


# The canvas -----------------------------------------------------------------------------------------------------------
#: Who may read an entry: the narrowest first.
REACHES: tuple[str, ...] = (CircleKind.OWN, CircleKind.PARTNERS_ALONE, CircleKind.PARTNERS)
OPPORTUNITIES = "opportunities"


def canvas_version() -> Canvas:
    """The canvas that is asked today."""
    return content(current("canvas", "constraints"), Canvas)


def write_entry(
    prompt: str,
    *,
    text: str,
    by: Place,
    reach: str = CircleKind.OWN,
    office: Office | None = None,
    eases: Sequence[CanvasEntry] = (),
) -> CanvasEntry:
    """A line of the canvas. What is written together is for the partners from the start."""
    asked = canvas_version()
    if prompt not in asked.by_code:
        raise ValidationError(_("This question is not asked."))
    how = asked.item(prompt)
    if how.by == "together":
        reach = CircleKind.PARTNERS
    if reach not in REACHES:
        raise ValidationError(_("Choose who may read this."))
    if prompt == OPPORTUNITIES and len({e.party_id for e in eases}) < 2:
        raise ValidationError(_("Choose at least two constraints, from different partners."))
    with transaction.atomic():
        if how.by == "together" and not how.many:
            Partnership.objects.locked(by.partnership)
            if CanvasEntry.objects.of(by.partnership).filter(prompt=prompt, withdrawn_at=None).exists():
                raise ValidationError(_("Somebody has written this already. Change that text instead."))
        entry: CanvasEntry = CanvasEntry.objects.create(
            **authored(by, circle_here(by, reach)),
            prompt=prompt,
            text=text.strip(),
            office=office,
        )
        entry.eases.set(eases)
        log(kinds.CANVAS_WRITTEN, by=by, item=entry)
    return entry


def write_entries(
    prompt: str,
    lines: Sequence[str],
    *,
    by: Place,
    reach: str = CircleKind.OWN,
    office: Office | None = None,
    eases: Sequence[CanvasEntry] = (),
) -> list[CanvasEntry]:
    """Several lines at once: all of them, or none."""
    with transaction.atomic():
        return [write_entry(prompt, text=t, by=by, reach=reach, office=office, eases=eases) for t in lines]


def change_entry(entry: CanvasEntry, *, text: str, by: Place, seen: int) -> CanvasEntry:
    """Own entries are changed by the own side; what was written together, by every partner."""
    if entry.party_id != by.own_party.pk and canvas_version().item(entry.prompt).by != "together":
        raise ValidationError(_("You can change entries of your own side only."))
    entry.text, entry.author = text.strip(), by.user
    save_version(entry, seen=seen, fields=["text", "author"])
    return entry


def remove_entry(entry: CanvasEntry, *, by: Place) -> None:
    """Nobody else has read it: it goes. Others have: it is withdrawn from the page, and the act stays."""
    if entry.party_id != by.own_party.pk:
        raise ValidationError(_("You can take out entries of your own side only."))
    with transaction.atomic():
        shown = ReleaseItem.objects.filter(model=CanvasEntry._meta.label_lower, object_id=entry.pk).exists()
        if entry.circle.kind == CircleKind.OWN and not shown:
            entry.delete()
            return
        entry.withdrawn_at = clock.now()
        entry.save(update_fields=["withdrawn_at"])


def release_entries(entries: Sequence[CanvasEntry], *, to: str, by: Place) -> Release:
    """Show the own side's entries to the partners, as one bundle that can be recalled until it is opened."""
    if to not in {CircleKind.PARTNERS_ALONE, CircleKind.PARTNERS}:
        raise ValidationError(_("Choose who may read this."))
    with transaction.atomic():
        circle = circle_here(by, to)
        bundle = release(list(entries), kind=kinds.CANVAS_RELEASE, to=circle, by=by)
        log(kinds.CANVAS_RELEASED, by=by, circle=circle)
        _tell_readers(bundle, "scoping:canvas", by=by)
    return bundle
