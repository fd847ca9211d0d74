"""As communities see it: what bodies of affected people said of a round, for those whom they let read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from lifecycle.scoping.models import AffectedBody
from partnerships.access.places import Place
from partnerships.access.ready import ReadyHere
from partnerships.catalogue.content import Instrument
from partnerships.catalogue.models import CatalogueVersion
from partnerships.catalogue.queries import content, current
from partnerships.record.models import Party

from ..models import Round, Voice
from ..permissions import is_its_body
from ..states import RoundState


@dataclass(frozen=True)
class Said:
    """An answer to one question: a code of the instrument's answers, and words."""

    says: str
    words: str = ""


@dataclass(frozen=True)
class Heard:
    """An answer to one of the questions. `question` and `says` are codes of the instrument."""

    question: str
    says: str
    words: str
    #: Of the words.
    language: str


@dataclass(frozen=True)
class CommunityVoice:
    """A body's voice in a round: plain values, so that a snapshot can keep it and any language can show it."""

    key: str
    body: str
    speaks_for: str
    #: The catalogue's version, for the words of questions and answers: `voice_instrument(voice.instrument_id)`.
    instrument_id: int
    heard: Sequence[Heard]
    #: A code of `Spoken`; a day; as people name the language they spoke.
    how: str
    spoken_on: str
    spoken_language: str
    #: The party that wrote it down, by public id and by name; empty where the body did so itself.
    noted_by: str
    noted_by_name: str


_VOICES = ReadyHere(
    lambda place, round: (
        Voice.objects.visible_to(place)
        .filter(round=round, approved_at__isnull=False, withdrawn_at=None, replaced_at=None)
        .select_related("body", "body_party__organisation", "instrument")
        .defer("instrument__content")
        .prefetch_related("said")
        .order_by("pk")
    )
)


def community_voice(
    round: Round, place: Place, *, reads: Callable[[Voice], bool] | None = None
) -> list[CommunityVoice]:
    """What bodies let this reader read of an opened round. Two queries, however many there are.

    `reads`: where it is for others beside this reader, whether all of them may read a voice.
    """
    if round.state != RoundState.OPENED:
        return []
    names = {party.pk: party for party in place.parties}
    return [
        CommunityVoice(
            key=voice.public_id,
            body=voice.name,
            speaks_for=voice.body.speaks_for if voice.body is not None else "",
            instrument_id=voice.instrument_id,
            heard=heard(voice),
            how=voice.how,
            spoken_on=voice.spoken_on.isoformat() if voice.spoken_on else "",
            spoken_language=voice.spoken_language,
            noted_by=names[voice.party_id].public_id if voice.by_note else "",
            noted_by_name=names[voice.party_id].name if voice.by_note else "",
        )
        for voice in _VOICES(place, round=round.pk)
        if reads is None or reads(voice)
    ]


def heard_by(place: Place, voice: Voice) -> list[Heard]:
    """What was said, as long as it stands; once it was taken back or replaced, for the body itself alone.

    Whoever wrote it down, and those whom the body let read it, know from then on only that there was something.
    """
    return heard(voice) if voice.stands or is_its_body(place, voice) else []


def heard(voice: Voice) -> list[Heard]:
    """What was said, in the order of the questions."""
    order = {code: at for at, code in enumerate(spoken_questions(voice)[0])}
    rows = sorted(voice.said.all(), key=lambda row: order.get(row.question, len(order)))
    return [Heard(row.question, row.says, row.words, voice.language) for row in rows]


def community_questions() -> CatalogueVersion:
    """The five spoken questions, as they are asked today."""
    return current("instrument", "community")


def voice_instrument(version: CatalogueVersion | int) -> Instrument:
    """The questions and answers in words, in the version that was asked."""
    if isinstance(version, int):
        version = CatalogueVersion.objects.get(pk=version)
    return content(version, Instrument)


def spoken_questions(voice: Voice) -> tuple[list[str], set[str]]:
    """The codes of its questions, in order, and of the answers that can be given."""
    asked = voice_instrument(voice.instrument)
    return [item.code for item in asked.items], {answer.code for answer in asked.answers}


@dataclass(frozen=True)
class BodyHere:
    """A body that can be heard in this record: by public id of the body or of its seat."""

    key: str
    name: str
    body: AffectedBody | None
    seat: Party | None


def bodies_here(place: Place) -> list[BodyHere]:
    """The bodies named in scoping that this reader knows of, and seated ones that nobody named. One query."""
    named = list(
        AffectedBody.objects.visible_to(place)
        .filter(withdrawn_at=None)
        .select_related("body_party__organisation")
        .order_by("pk")
    )
    found = []
    for body in named:
        seat = body.body_party if body.body_party is not None and body.body_party.left_on is None else None
        found.append(BodyHere(body.public_id, body.name, body, seat))
    known = {body.body_party_id for body in named}
    for party in place.present:
        if party.pk not in known and (party.role == "rights_holder" or party.organisation.kind == "community"):
            found.append(BodyHere(party.public_id, party.name, None, party))
    return found


def voices_of(round: Round, place: Place) -> list[Voice]:
    """Every voice of this round that this reader may see, those under way too. Newest first."""
    rows = Voice.objects.visible_to(place).filter(round=round)
    found = list(rows.select_related("body__body_party", "body_party", "party__organisation").order_by("-pk"))
    for voice in found:
        voice.round, voice.partnership = round, place.partnership
    return found


def heard_of(body: AffectedBody) -> list[Voice]:
    """Whatever this body was asked for, or said, in any round."""
    rows = Voice.objects.unguarded("whether a body was asked or heard: then what stands about it is no slip")
    return list(rows.filter(body=body).order_by("pk"))


def own_voices(place: Place) -> list[Voice]:
    """What a body was asked and has said in this record, newest first."""
    if place.party is None:
        return []
    rows = Voice.objects.visible_to(place).filter(Q(body_party=place.party) | Q(body__body_party=place.party))
    return list(rows.select_related("round", "party__organisation").order_by("-pk"))
