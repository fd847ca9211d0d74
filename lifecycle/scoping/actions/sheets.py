"""Written alone, handed in, opened together, and changed afterwards beside what was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored, circle_for, circle_here, release, release_opened, save_version
from partnerships.access.models import Circle, CircleParty, Release
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.content import Canvas, Cards, Screen, ScreenQuestion, Spectrum
from partnerships.catalogue.models import CatalogueVersion
from partnerships.catalogue.queries import content, current
from partnerships.history.actions import log, log_system
from partnerships.notices import actions as notices
from partnerships.record.holding import refuse_while_held
from partnerships.record.models import Partnership, Party
from partnerships.record.states import Stage, Standing
from partnerships.work import actions as work

from .. import kinds
from ..models import BodyQuestion, Sentence, Sheet, SheetAnswer
from ..queries import leads_of, partners_of, questions_of
from ..states import SentenceKind, SheetKind
from .asking import ANSWER_DAYS, key, open_sheet_item, tell_readers, url

if TYPE_CHECKING:
    from partnerships.people.models import User


def follow_parties(partnership: Partnership) -> None:
    """Hook: a party joined or left. Those that remain may all be in by now."""
    for kind in SheetKind.values:
        with transaction.atomic():
            Partnership.objects.locked(partnership)
            _open_if_all_in(partnership, kind)


@dataclass(frozen=True)
class Given:
    """An answer as it was typed: the option's code (screen only), and words."""

    option: str = ""
    text: str = ""


def version_for(kind: str) -> CatalogueVersion:
    """The list that is asked today."""
    if kind == SheetKind.SCREEN:
        return current("screen", "fit")
    if kind == SheetKind.SPECTRUM:
        return current("spectrum", "collaboration")
    return current("canvas", "motives") if kind == SheetKind.MOTIVES else current("cards", "how_we_work")


def _outcome(version: CatalogueVersion, question: str, given: Given) -> str:
    """What an option leads to, on the screen. Refuses what the list does not know."""
    asked = questions_of(content(version)).get(question)
    if asked is None:
        raise ValidationError(_("This question is not asked."))
    if not isinstance(asked, ScreenQuestion) or not given.option:
        return ""
    options = {o.code: o.outcome for o in asked.options}
    if given.option not in options:
        raise ValidationError(_("Choose one of the answers."))
    return options[given.option] if isinstance(content(version), Screen) else ""


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
                refuse_while_held(by)
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
    if isinstance(asked, Canvas | Spectrum):
        codes = [q.code for q in asked.questions] if isinstance(asked, Spectrum) else [p.code for p in asked.items]
        return [code for code in codes if code not in given]
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
        work.close_item(by.partnership, key(kind, by.own_party))
        opened = _open_if_all_in(by.partnership, kind)
        if not opened:
            _tell_those_not_in(kind, by=by)
    return opened


def _nothing_missing(kind: str, missing: Sequence[str]) -> str:
    if kind == SheetKind.SCREEN:
        return _("Answer these questions first: %(codes)s.") % {"codes": ", ".join(missing)}
    if kind == SheetKind.MOTIVES:
        return _("Write all three lines first.")
    if kind == SheetKind.SPECTRUM:
        return _("Set both marks first.")
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
            open_sheet_item(kind, party)
    notices.post(
        kinds.WAITING_NOTICE[kind],
        to=leads_of(waited_for),
        key=f"scoping:{kind}:waits:{by.own_party.pk}",
        partnership=by.partnership,
        path=url(by.partnership, kinds.SHEET_URLS[kind]),
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
            open_sheet_item(kind, by.own_party)
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
        path=url(partnership, kinds.SHEET_URLS[kind]),
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
                key=key(name, party),
                party=party,
                circle=circle,
                path=url(partnership, url_name),
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
        asks_option = isinstance(questions_of(content(sheet.catalogue_version))[question], ScreenQuestion)
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
            **authored(by, _those_in(kind, by)),
            sheet=sheet,
            question=question,
            option=given.option,
            outcome=outcome,
            text=given.text.strip(),
            is_change=True,
        )
        log(kinds.CHANGED[kind], by=by, item=answer)
    return answer


def _those_in(kind: str, by: Place) -> Circle:
    """Brokers, and partners whose own sheet is open: one that joined since reads nothing before it has handed in."""
    opened = Sheet.objects.of(by.partnership).filter(kind=kind, opened_at__isnull=False)
    into = set(opened.values_list("party", flat=True))
    if all(p.pk in into for p in by.partners):
        return circle_for(by.partnership, CircleKind.PARTNERS)
    readers = [p for p in by.present if p.role == "broker" or p.pk in into]
    return circle_for(by.partnership, CircleKind.CHOSEN, parties=readers)


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
        tell_readers(bundle, kinds.SHEET_URLS[kind], by=by)
    return bundle


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
