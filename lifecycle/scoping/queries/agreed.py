"""What the partners agreed: sentences, the way, the next talk."""

from __future__ import annotations

from dataclasses import dataclass

from partnerships.access.places import Place
from partnerships.record.models import Party

from ..models import Sentence, Talk, WayProposal


@dataclass(frozen=True)
class Agreed:
    """A sentence as it stands, and who of the present partners agreed to this version."""

    sentence: Sentence
    agreed: tuple[Party, ...]
    missing: tuple[Party, ...]

    @property
    def by_all(self) -> bool:
        return not self.missing


def sentences(place: Place) -> dict[str, Agreed]:
    """The current sentences that this reader may read, by kind. Two queries."""
    rows = (
        Sentence.objects.visible_to(place)
        .filter(replaced_at=None, withdrawn_at=None)
        .select_related("author", "party__organisation")
        .prefetch_related("agreements")
    )
    return {s.kind: _agreed(place, s) for s in rows}


def sentences_for_gate(place: Place) -> dict[str, Agreed]:
    """The same whoever reads: the gate tells who is waited for, never the words."""
    rows = (
        Sentence.objects.unguarded("who agreed, for the gate; the words are not shown there")
        .of(place.partnership)
        .filter(replaced_at=None, withdrawn_at=None)
        .defer("text")
        .prefetch_related("agreements")
    )
    return {s.kind: _agreed(place, s) for s in rows}


def _agreed(place: Place, sentence: Sentence) -> Agreed:
    yes = {a.party_id for a in sentence.agreements.all()}
    return Agreed(
        sentence,
        tuple(p for p in place.partners if p.pk in yes),
        tuple(p for p in place.partners if p.pk not in yes),
    )


def agreed_sentence(place: Place, kind: str) -> str:
    """The words all partners agreed, for later stages; empty while they have not."""
    found = sentences(place).get(kind)
    return found.sentence.text if found and found.by_all else ""


def way_of(place: Place) -> WayProposal | None:
    """The proposal that stands, open or settled."""
    return (
        WayProposal.objects.visible_to(place)
        .filter(dropped_at=None)
        .select_related("party__organisation", "author")
        .prefetch_related("consents")
        .first()
    )


def next_talk(place: Place) -> Talk | None:
    """The talk that was set last, in the reader's circles."""
    return Talk.objects.visible_to(place).filter(replaced_at=None).first()
