"""What a round asks: the thresholds, the instrument, the statements."""

from __future__ import annotations

from django.utils.translation import gettext

from partnerships.access.places import Place
from partnerships.catalogue.building import is_added
from partnerships.catalogue.content import LANGUAGES, Instrument, Text
from partnerships.catalogue.content import Statement as Sentence
from partnerships.catalogue.models import CatalogueVersion
from partnerships.catalogue.queries import content, newest_own
from partnerships.catalogue.states import Kind

from .. import scoring
from ..models import Round
from ..states import RoundKind


def rules() -> scoring.Rules:
    """The thresholds. No setting changes them: people answered under the promise of the smallest group."""
    return scoring.DEFAULT


def minimum() -> int:
    """The smallest group that is ever shown."""
    return rules().group_minimum


def instrument_of(round: Round) -> Instrument:
    """The instrument in the version that this round asks."""
    return content(round.instrument, Instrument)


def offered_instruments(place: Place) -> list[CatalogueVersion]:
    """Own versions of a review that this side may propose: what its organisation published, newest of each, and what
    was proposed in this record before.

    Another organisation's version is not among them until it has proposed it here. Two queries.
    """
    own = newest_own(place.own_party.organisation_id, Kind.INSTRUMENT)
    rounds = Round.objects.visible_to(place).filter(instrument__organisation__isnull=False).order_by("-pk")
    proposed = {
        each.instrument_id: each.instrument
        for each in rounds.select_related("instrument__organisation").defer("instrument__content")
    }
    for version in own:
        version.organisation = place.own_party.organisation
    return [*own, *(each for pk, each in proposed.items() if pk not in {version.pk for version in own})]


def added_codes(round: Round) -> set[str]:
    """Of what the round asks, the statements that the organisation behind its instrument added."""
    return {code for code in round.statements if is_added(code)} if round.instrument.organisation_id else set()


def asked_codes(round: Round) -> list[str]:
    """The codes of the statements that this round asks, in order."""
    return list(round.statements)


def asked(round: Round) -> list[Sentence]:
    """The statements that this round asks, in order."""
    chosen = set(round.statements)
    return [item for item in instrument_of(round).items if item.code in chosen]


def same_words(one: Text | None, other: Text | None) -> bool:
    """Whether both say the same in every language in which both were written, and in one at least."""
    if one is None or other is None:
        return one is other
    both = [each for each in LANGUAGES if each not in one.missing and each not in other.missing]
    return bool(both) and all(one.in_language(each) == other.in_language(each) for each in both)


def shared_codes(round: Round, other: Round) -> set[str]:
    """The statements that both rounds ask, in the same words: only on these they are compared."""
    there = {item.code: item for item in asked(other)}
    return {
        item.code
        for item in asked(round)
        if item.code in there and (item is there[item.code] or same_words(item.text, there[item.code].text))
    }


def screens(round: Round) -> dict[str, list[Sentence]]:
    """One screen a dimension: its code, and its statements."""
    found: dict[str, list[Sentence]] = {}
    for item in asked(round):
        found.setdefault(item.dimension, []).append(item)
    return found


def intro_of(round: Round) -> Text:
    """What stands before the questions: a baseline may have words of its own."""
    instrument = instrument_of(round)
    baseline = instrument.baseline_intro if round.kind == RoundKind.BASELINE else None
    return baseline or instrument.intro


def ends_of(instrument: Instrument, kind: str) -> tuple[str, str]:
    """What 0 and 4 mean: a baseline with words of its own asks how likely something is, not how true."""
    if kind == RoundKind.BASELINE and instrument.baseline_intro:
        return gettext("not at all"), gettext("surely")
    if not instrument.scale:
        return gettext("not true"), gettext("fully true")
    return str(instrument.scale[0].label), str(instrument.scale[-1].label)


def sentence(round: Round, item: Sentence) -> Text:
    """The statement as this round words it: a baseline asks what people expect in a year."""
    if round.kind == RoundKind.BASELINE:
        return item.baseline_text or item.text
    return item.text
