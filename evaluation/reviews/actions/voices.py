"""As communities see it: a body of affected people answers five spoken questions, and decides who reads them.

Written down by somebody seated, or by the body itself. Nothing counts before the body approves, by its seat or by the
link of a mail; and nobody but the writer and the body reads it before its round is opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from lifecycle.scoping.models import AffectedBody
from lifecycle.scoping.queries import everyone_of, leads_of
from partnerships import clock
from partnerships.access.actions import authored, circle_for, circle_here
from partnerships.access.models import Circle
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history import actions as history
from partnerships.notices import actions as notices
from partnerships.notices import links
from partnerships.notices.models import MailLink
from partnerships.record.models import Party
from partnerships.work import actions as work

from .. import kinds
from ..models import Round, Voice, VoiceAnswer
from ..permissions import can_take_back
from ..queries import Said, community_questions, spoken_questions
from ..states import RoundState, Spoken
from .rounds import key_of, locked, refuse_in_closed_record

WORDS_MAX = 4000


@dataclass(frozen=True)
class Speaker:
    """A body: named in scoping, seated, or both."""

    body: AffectedBody | None = None
    party: Party | None = None

    @property
    def seat(self) -> Party | None:
        """The party through which it speaks for itself, where it is in the record."""
        party = self.party or (self.body.body_party if self.body is not None else None)
        return party if party is not None and party.left_on is None else None


def ask_voice(round: Round, speaker: Speaker, *, by: Place) -> Voice:
    """A body with a seat is asked to answer by itself."""
    seat = speaker.seat
    if seat is None:
        raise ValidationError(_("This body has no seat. Write down what it says, and it approves that by mail."))
    with transaction.atomic():
        round = _round_that_hears(round)
        if round.voices.filter(body_party=seat, approved_at=None, refused_at=None, withdrawn_at=None).exists():
            raise ValidationError(_("This body has been asked already."))
        voice: Voice = Voice.objects.create(
            **authored(by, circle_for(round.partnership, CircleKind.CHOSEN, parties=[by.own_party, seat])),
            round=round,
            instrument=community_questions(),
            body=speaker.body,
            body_party=seat,
        )
        history.log(kinds.VOICE_ASKED, by=by, item=voice)
        _wait_for_body(voice, kinds.WORK_VOICE, kinds.NOTICE_VOICE, by=by)
    return voice


def write_voice(
    round: Round,
    speaker: Speaker,
    *,
    said: Mapping[str, Said],
    how: Spoken | str,
    spoken_on: date,
    spoken_language: str,
    by: Place,
) -> Voice:
    """Somebody seated writes down what a body said, and the body is asked whether it is so."""
    if spoken_on > clock.today():
        raise ValidationError({"spoken_on": _("This day lies ahead. When did they say it?")})
    seat = speaker.seat
    if seat is None and (speaker.body is None or not speaker.body.address):
        raise ValidationError(_("Give the mail address of the body first: it approves the note by mail."))
    with transaction.atomic():
        round = _round_that_hears(round)
        circle = (
            circle_for(round.partnership, CircleKind.CHOSEN, parties=[by.own_party, seat])
            if seat is not None
            else circle_here(by, CircleKind.OWN)
        )
        voice: Voice = Voice.objects.create(
            **authored(by, circle),
            round=round,
            instrument=community_questions(),
            body=speaker.body,
            body_party=seat,
            by_note=True,
            how=how,
            spoken_on=spoken_on,
            spoken_language=spoken_language.strip(),
        )
        _put_said(voice, said)
        history.log(kinds.VOICE_NOTED, by=by, item=voice)
        if seat is not None:
            _wait_for_body(voice, kinds.WORK_VOICE_NOTE, kinds.NOTICE_VOICE_NOTE, by=by)
        elif speaker.body is not None:
            notices.post_to_address(
                kinds.MAIL_VOICE,
                address=speaker.body.address,
                language=speaker.body.address_language,
                key=f"review-voice:{voice.pk}",
                object_id=voice.pk,
                names={"party": by.own_party.name},
                partnership=round.partnership,
            )
    return voice


def answer_voice(
    voice: Voice, *, said: Mapping[str, Said], spoken_language: str, readers: Iterable[Party], by: Place
) -> Voice:
    """A body with a seat answers by itself, and chooses who reads it."""
    with transaction.atomic():
        voice = _waiting(voice)
        _refuse_others(voice, by)
        if voice.by_note:
            raise ValidationError(_("This was written down for you. Approve it, or say what is not right."))
        voice.party, voice.author, voice.language = by.own_party, by.user, by.user.language
        voice.how, voice.spoken_on = Spoken.ITSELF, clock.today()
        voice.spoken_language = spoken_language.strip()
        voice.circle = circle_here(by, CircleKind.OWN)
        _put_said(voice, said)
        _approve(voice, [by.own_party, *readers])
        history.log(kinds.VOICE_GIVEN, by=by, item=voice)
    return voice


def approve_voice(voice: Voice, *, readers: Iterable[Party], by: Place) -> Voice:
    """A body with a seat says that the note is right, and who reads it beside whoever wrote it."""
    with transaction.atomic():
        voice = _waiting(voice)
        _refuse_others(voice, by)
        if voice.is_asked:
            raise ValidationError(_("There is nothing to approve yet."))
        _approve(voice, [by.own_party, voice.party, *readers])
        history.log(kinds.VOICE_GIVEN, by=by, item=voice)
        _tell_writer(voice)
    return voice


def refuse_voice(voice: Voice, *, objection: str, by: Place) -> Voice:
    """A body with a seat does not wish to answer, or says that a note is not right. Nothing of it counts."""
    with transaction.atomic():
        voice = _waiting(voice)
        _refuse_others(voice, by)
        _refuse(voice, objection)
        history.log(kinds.VOICE_DECLINED if voice.is_asked else kinds.VOICE_REFUSED, by=by, item=voice)
    return voice


def voice_behind(token: str) -> tuple[MailLink, Voice]:
    """The note that a mail's link leads to. Raises LinkRefused with what is wrong with it.

    "seated": the body has joined; "ended": the partnership is closed, or who wrote this down has left it.
    """
    link = links.look(kinds.VOICE_PURPOSE, token)
    voice = (
        Voice.objects.unguarded("the body's own link to its own words")
        .filter(pk=link.object_id, withdrawn_at=None, approved_at=None, refused_at=None)
        .exclude(round__state=RoundState.CANCELLED)
        .select_related("body__body_party", "party__organisation", "partnership", "round", "instrument")
        .first()
    )
    if voice is None:
        raise links.LinkRefused("used")
    if Speaker(voice.body).seat is not None:
        raise links.LinkRefused("seated")
    voice.round.partnership = voice.partnership
    if voice.party.left_on is not None or not voice.round.goes_on:
        raise links.LinkRefused("ended")
    return link, voice


def approve_voice_by_link(token: str, *, readers: Iterable[Party]) -> Voice:
    """A body without a seat approves by mail."""
    with transaction.atomic():
        link, voice = voice_behind(token)
        links.use(link)
        voice = _waiting(voice)
        _approve(voice, [voice.party, *readers])
        history.log_system(kinds.VOICE_GIVEN, partnership=voice.partnership, item=voice)
        _tell_writer(voice)
    return voice


def refuse_voice_by_link(token: str, *, objection: str) -> Voice:
    """A body without a seat says by mail that the note is not right."""
    with transaction.atomic():
        link, voice = voice_behind(token)
        links.use(link)
        voice = _waiting(voice)
        _refuse(voice, objection)
        history.log_system(kinds.VOICE_REFUSED, partnership=voice.partnership, item=voice)
    return voice


def withdraw_voice(voice: Voice, *, by: Place) -> Voice:
    """Testimony is taken back at any time: by the body, or by whoever wrote it down for one without a seat."""
    with transaction.atomic():
        rows = Voice.objects.unguarded("the view found it").select_for_update(of=("self",))
        fresh: Voice = rows.select_related("body__body_party", "body_party", "partnership", "round").get(pk=voice.pk)
        if not can_take_back(by, fresh):
            raise ValidationError(_("Only the body, or who wrote it down for it, takes it back."))
        if fresh.withdrawn_at is None:
            fresh.withdrawn_at = clock.now()
            fresh.save(update_fields=["withdrawn_at"])
            work.close_item(fresh.partnership, _key(fresh))
            history.log(kinds.VOICE_WITHDRAWN, by=by, item=fresh)
    return fresh


def open_voices(round: Round) -> None:
    """The round is opened: each approved voice is read by those whom its body chose."""
    approved = round.voices.filter(approved_at__isnull=False, withdrawn_at=None, replaced_at=None)
    for voice in approved.select_related("chosen"):
        _show(voice)


def readers_to_choose(voice: Voice) -> list[Party]:
    """Whom a body can let read its answers, beside itself and whoever wrote them down."""
    known = {voice.body_party_id, voice.party_id if voice.by_note else None}
    present = voice.partnership.parties.filter(left_on=None).select_related("organisation").order_by("joined_at", "pk")
    return [party for party in present if party.pk not in known]


def _round_that_hears(round: Round) -> Round:
    """Planned or opened, a round hears communities; not where it was cancelled."""
    round = locked(round)
    refuse_in_closed_record(round)
    if round.state == RoundState.CANCELLED:
        raise ValidationError(_("This round was cancelled. Nothing of it is kept."), code="closed")
    return round


def _waiting(voice: Voice) -> Voice:
    """The voice as it is now, locked with its round; only one that its body has not decided on."""
    round = _round_that_hears(voice.round)
    rows = Voice.objects.unguarded("the view or the link found it").select_for_update(of=("self",))
    fresh: Voice = rows.select_related("body__body_party", "body_party", "party", "partnership", "instrument").get(
        pk=voice.pk
    )
    fresh.round = round
    if not fresh.waits_for_body:
        raise ValidationError(_("This was decided before. Nothing happened twice."), code="twice")
    return fresh


def _refuse_others(voice: Voice, by: Place) -> None:
    if voice.body_party_id is None or by.own_party.pk != voice.body_party_id:
        raise ValidationError(_("A body answers for itself."))


def _put_said(voice: Voice, said: Mapping[str, Said]) -> None:
    questions, answers = spoken_questions(voice)
    if missing := [code for code in questions if code not in said]:
        raise ValidationError(_("Each question needs an answer; “don’t know” is one."), code=missing[0])
    if any(each.says not in answers for each in said.values()):
        raise ValidationError(_("Choose one of the answers."))
    VoiceAnswer.objects.bulk_create(
        [
            VoiceAnswer(voice=voice, question=code, says=said[code].says, words=said[code].words.strip()[:WORDS_MAX])
            for code in questions
        ]
    )


def _approve(voice: Voice, readers: Iterable[Party]) -> None:
    """Its readers read it at once where the round is opened, else from the opening on. An earlier one is replaced."""
    voice.approved_at = clock.now()
    voice.chosen = circle_for(voice.partnership, CircleKind.CHOSEN, parties=list({p.pk: p for p in readers}.values()))
    voice.save()
    same = {"body": voice.body_id} if voice.body_id else {"body_party": voice.body_party_id}
    voice.round.voices.filter(**same, approved_at__isnull=False, replaced_at=None).exclude(pk=voice.pk).update(
        replaced_at=clock.now()
    )
    work.close_item(voice.partnership, _key(voice))
    if voice.round.state == RoundState.OPENED:
        _show(voice)


def _show(voice: Voice) -> None:
    chosen: Circle | None = voice.chosen
    if chosen is not None:
        # Since now, so that a party that left before the opening reads nothing of it.
        voice.circle, voice.changed_at = chosen, clock.now()
        voice.save(update_fields=["circle", "changed_at"])


def _refuse(voice: Voice, objection: str) -> None:
    voice.refused_at, voice.objection = clock.now(), objection.strip()
    voice.save(update_fields=["refused_at", "objection"])
    work.close_item(voice.partnership, _key(voice))
    _tell_writer(voice)


def _tell_writer(voice: Voice) -> None:
    """Who wrote it down, or asked, hears that the body has answered."""
    notices.post(
        kinds.NOTICE_VOICE_DECLINED if voice.is_asked else kinds.NOTICE_VOICE_BACK,
        to=leads_of([voice.party_id]),
        key=f"review-voice-back:{voice.pk}",
        partnership=voice.partnership,
        path=_path(voice),
        object_id=voice.pk,
    )


def _wait_for_body(voice: Voice, kind: str, notice: str, *, by: Place) -> None:
    party = voice.body_party
    if party is None:
        return
    path = _path(voice)
    work.open_item(
        kind,
        partnership=voice.partnership,
        key=_key(voice),
        party=party,
        circle=circle_for(voice.partnership, CircleKind.OWN, party=party),
        path=path,
        item=voice,
    )
    notices.post(
        notice,
        to=everyone_of(party),
        key=f"review-voice:{voice.pk}",
        partnership=voice.partnership,
        path=path,
        names={"party": by.own_party.name},
        object_id=voice.pk,
    )


def _path(voice: Voice) -> str:
    return reverse("reviews:voice", args=[voice.partnership.public_id, voice.public_id])


def _key(voice: Voice) -> str:
    return key_of(voice.round, "voice", voice.pk)
