"""What the partners agree together: two sentences, the way they go on, the next talk."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from lifecycle.road import actions as road
from partnerships import clock
from partnerships.access.actions import authored, circle_for, circle_here
from partnerships.access.guard import place_of
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history.actions import log
from partnerships.notices import actions as notices
from partnerships.record.models import Partnership
from partnerships.work import actions as work

from .. import kinds
from ..models import Sentence, SentenceAgreement, Sheet, SheetAnswer, Talk, WayConsent, WayProposal
from ..queries import leads_of
from ..states import AnswerOutcome, SentenceKind, SheetKind, Way
from .asking import ANSWER_DAYS, key, url


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
                key=key(kind, party),
                party=party,
                circle=sentence.circle,
                path=url(by.partnership, "scoping:sentences"),
                due_on=clock.today() + timedelta(days=ANSWER_DAYS),
                item=sentence,
                holds_stage=True,
            )
        notices.post(
            kinds.SENTENCE_NOTICE,
            to=leads_of(by.other_partners),
            key=f"scoping:{kind}:{sentence.pk}",
            partnership=by.partnership,
            path=url(by.partnership, "scoping:sentences"),
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
            work.close_item(by.partnership, key(kind, by.own_party))
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
                key=key("way", party),
                party=party,
                circle=proposal.circle,
                path=url(by.partnership, "scoping:way"),
                due_on=clock.today() + timedelta(days=ANSWER_DAYS),
                item=proposal,
            )
        notices.post(
            kinds.WAY_NOTICE,
            to=leads_of(others),
            key=f"scoping:way:{proposal.pk}",
            partnership=by.partnership,
            path=url(by.partnership, "scoping:way"),
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
            work.close_item(by.partnership, key("way", by.own_party))
        if not by.all_partners_in(proposal.consents):
            return False
        _settle(proposal, by=by)
    return True


def _settle(proposal: WayProposal, *, by: Place) -> None:
    proposal.settled_at = clock.now()
    proposal.save(update_fields=["settled_at"])
    log(kinds.WAY_SETTLED, by=by, item=proposal)
    if proposal.way != Way.GO_ON:
        work.close_items(by.partnership, "scoping:")
        road.not_pursue(by=by)


def settle_way(partnership: Partnership) -> None:
    """Hook: a party joined or left. Where only the yes of one that left was missing, what the others agreed stands."""
    with transaction.atomic():
        Partnership.objects.locked(partnership)
        open_ones = WayProposal.objects.of(partnership).filter(dropped_at=None, settled_at=None)
        proposal = open_ones.first() if partnership.is_open else None
        if proposal is None:
            return
        # Whoever said yes last settles it, while that person still speaks for the side.
        for consent in proposal.consents.filter(party__left_on=None).select_related("by").order_by("-at"):
            place = place_of(consent.by, partnership)
            if place.is_partner and place.party is not None and place.party.pk == consent.party_id:
                if place.all_partners_in(proposal.consents) and _may_stand(proposal.way, place):
                    _settle(proposal, by=place)
                return


def _may_stand(way: str, place: Place) -> bool:
    try:
        _check_way(way, place)
    except ValidationError:
        return False
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
                key=key("talk", party),
                party=party,
                circle=circle_for(by.partnership, CircleKind.OWN, party=party),
                path=url(by.partnership, "scoping:overview"),
                due_on=starts_at.date(),
                item=talk,
                is_event=True,
            )
    return talk
