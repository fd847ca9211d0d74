"""What affected people's bodies said: of a round, their answers of scoping, and what other folders plug in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from evaluation.reviews import queries as reviews
from evaluation.reviews.models import Round
from lifecycle.scoping import queries as scoping
from partnerships.access.places import Place

from .content import Spoken
from .reach import Reach

#: `read(round, place, reach)` gives the approved notes of a round; each item is asked `reach.is_read_by_all(item)`,
#: whoever wrote it down: partners agree to show their own words, never a body's.
Read = Callable[[Round, Place, Reach], Sequence[Spoken]]
_sources: list[Read] = []


def use(read: Read) -> None:
    """Called once for each source, as the software starts."""
    if read not in _sources:
        _sources.append(read)


def voice_of(round: Round, place: Place, reach: Reach) -> list[Spoken]:
    """What may stand in this version: of the round first."""
    said = [spoken for read in _sources for spoken in read(round, place, reach)]
    return [*said, *_answers(place, reach)]


def of_round(round: Round, place: Place, reach: Reach) -> list[Spoken]:
    """What bodies answered to the spoken questions of this round."""
    return [
        Spoken(
            model="evaluation.voice",
            key=voice.key,
            body=voice.body,
            about=heard.question,
            says=heard.says,
            text=heard.words,
            language=heard.language,
            on=voice.spoken_on,
            instrument=voice.instrument_id,
            noted_by=voice.noted_by_name,
            spoken_in=voice.spoken_language,
        )
        for voice in reviews.community_voice(round, place, reads=reach.is_read_by_all)
        for heard in voice.heard
    ]


def _answers(place: Place, reach: Reach) -> Iterator[Spoken]:
    for asked in scoping.bodies(place):
        if not reach.reads(asked.body):
            continue
        for about, answer in asked.answers.items():
            if reach.is_read_by_all(answer):
                yield Spoken(
                    model="lifecycle.bodyanswer",
                    key=answer.public_id,
                    body=asked.body.name,
                    about=about,
                    says=answer.says,
                    text=answer.words,
                    language=answer.language,
                    on=answer.given_on.isoformat(),
                )
