"""Talking points: where released views differ, the partners talk, and write down what they agree."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import circle_for, put_words, save_version
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.content import Library
from partnerships.catalogue.queries import content
from partnerships.history.actions import log
from partnerships.notices import actions as notices
from partnerships.record.holding import refuse_while_held
from partnerships.record.models import Partnership, Party
from partnerships.work import actions as work

from ..kinds import TALK, TALK_ABOUT, TALK_NOTICE, TALKED
from ..models import PointAgreement, TalkingPoint
from ..queries import agreed_on, compared_on, concerned, readers_of
from .asking import path_to, require_future, require_short, speakers_of, take_part
from .rounds import begin_round


def begin_talking(*, about: Party, code: str, note: str, due_on: date | None, by: Place) -> TalkingPoint:
    """Make a difference a talking point, between those who read every one of the released views.

    Never wider: who has not read one of them does not learn of it through this. Begun twice at once it is one.
    """
    if due_on is not None:
        require_future(due_on)
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        found = compared_on(by, about, code)
        if found is None:
            raise ValidationError(_("There are no two released views of this question any more."))
        require_short(found.question.theme, note=note)
        readers = set.intersection(*readers_of([v.answer for v in found.views]).values())
        parties = [p for p in by.present if p.pk in readers and p.role in {"partner", "broker"}]
        if sum(p.is_partner for p in parties) < 2:
            raise ValidationError(_("No other partner reads all of these views. Release yours to it, or wait for it."))
        point, made = TalkingPoint.objects.get_or_create(
            round=begin_round(by),
            about=about,
            code=code,
            circle=circle_for(by.partnership, CircleKind.CHOSEN, parties=parties),
            defaults={
                "partnership": by.partnership,
                "party": by.own_party,
                "author": by.user,
                "language": by.user.language,
                "library": found.views[0].answer.library,
                "note": note.strip(),
                "due_on": due_on,
            },
        )
        if made:
            take_part(by)
            log(TALK, by=by, item=point)
            _ask(point, by)
            _tell(point, by)
    return point


def write_agreed(point: TalkingPoint, *, note: str, text: str, due_on: date | None, seen: int, by: Place) -> bool:
    """Write what the partners could agree. A yes to what stood there before counts no longer; the writer's does, where
    the writer speaks for its side. Whether all agree by that."""
    if due_on is not None and due_on != point.due_on:
        require_future(due_on)
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        _require_concerned(point, by)
        if point.agreed_at is not None and not by.is_lead:
            raise ValidationError(_("All of you have agreed to it. A lead or stand-in changes it."))
        said = (note.strip(), text.strip(), due_on)
        if said == (point.note, point.agreed_text, point.due_on):
            return False
        asked = content(point.library, Library).by_code.get(point.code)
        require_short(asked.theme if asked is not None else "", note=note, text=text)
        point.due_on, point.agreed_at = due_on, None
        words = put_words(point, by=by, note=said[0], agreed_text=said[1])
        save_version(point, seen=seen, fields=["due_on", "agreed_at", *words])
        take_part(by)
        _ask(point, by)
        _tell(point, by)
        return _agree(point, by) if point.agreed_text and by.is_lead else False


def agree_on(point: TalkingPoint, *, seen: int, by: Place) -> bool:
    """A partner's yes to what stands there. Returns whether it was the last one."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        point = TalkingPoint.objects.of(by.partnership).select_related("circle").get(pk=point.pk)
        _require_concerned(point, by)
        if not point.agreed_text:
            raise ValidationError(_("Nothing is written yet that could be agreed."))
        if point.version != seen:
            raise ValidationError(_("It has changed since you looked. Read it again, then agree."), code="stale")
        return _agree(point, by)


def drop_point(point: TalkingPoint, *, by: Place) -> None:
    """Take a talking point away: the side that made it, while no other partner has agreed on anything."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        if point.party_id != by.own_party.pk:
            raise ValidationError(_("The side that made it a talking point takes it away."))
        if point.agreements.exclude(party=by.own_party).exists():
            raise ValidationError(_("Another partner has agreed on it already."))
        refuse_while_held(by)
        work.close_items(by.partnership, _key(point))
        point.delete()


def settle_points(partnership: Partnership) -> None:
    """A partner has left: what only its yes was missing for is agreed, and where nobody is left to talk to, nobody is
    asked."""
    partners = list(partnership.parties.filter(left_on=None, role="partner"))
    rows = TalkingPoint.objects.of(partnership).filter(agreed_at=None).select_related("circle")
    for point in rows.prefetch_related("agreements"):
        left = {p.pk for p in concerned(point, partners)}
        if len(left) < 2:
            work.close_items(partnership, _key(point))
        elif point.agreed_text and left <= agreed_on(point):
            TalkingPoint.objects.of(partnership).filter(pk=point.pk).update(agreed_at=clock.now())


def _agree(point: TalkingPoint, by: Place) -> bool:
    if point.agreed_at is not None and by.own_party.pk in agreed_on(point):
        return False
    PointAgreement.objects.update_or_create(
        point=point,
        party=by.own_party,
        defaults={"seen_version": point.version, "by": by.user, "at": clock.now()},
    )
    work.close_item(by.partnership, f"{_key(point)}{by.own_party.pk}")
    missing = {p.pk for p in concerned(point, by.partners)} - agreed_on(point)
    if missing:
        return False
    TalkingPoint.objects.of(by.partnership).filter(pk=point.pk).update(agreed_at=clock.now())
    log(TALKED, by=by, item=point)
    return True


def _ask(point: TalkingPoint, by: Place) -> None:
    """All who are concerned owe their word on it."""
    for party in concerned(point, by.partners):
        work.open_item(
            TALK_ABOUT,
            partnership=by.partnership,
            key=f"{_key(point)}{party.pk}",
            party=party,
            circle=point.circle,
            path=path_to("diligence:talking_point", by.partnership, point.public_id),
            due_on=point.due_on,
            item=point,
        )


def _tell(point: TalkingPoint, by: Place) -> None:
    others = [p for p in concerned(point, by.partners) if p.pk != by.own_party.pk]
    notices.post(
        TALK_NOTICE,
        to=speakers_of(others),
        key=f"talk:{point.pk}:{point.version}",
        partnership=by.partnership,
        path=path_to("diligence:talking_point", by.partnership, point.public_id),
        names={"party": by.own_party.name},
    )


def _require_concerned(point: TalkingPoint, by: Place) -> None:
    if by.own_party.pk not in {p.pk for p in concerned(point, by.partners)}:
        raise ValidationError(_("You read this; it is for the others to agree."))


def _key(point: TalkingPoint) -> str:
    return f"dd:talk:{point.pk}:"
