"""Writing down what changed, wording it anew, and saying how another party sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored, put_words, save_version, withdraw
from partnerships.access.models import Circle
from partnerships.access.places import Place
from partnerships.history.actions import log
from partnerships.record.holding import refuse_while_held
from partnerships.record.models import Partnership
from partnerships.work import actions as work

from .. import kinds
from ..models import Indicator, Outcome, OutcomeVoice, OutcomeWording
from ..permissions import can_unsay, can_voice
from ..states import OutcomeKind, Stance
from .asking import ask_for_voices, require_past, stop_asking, tell_of_harm, tell_writer, voice_key

WORDS = ("what", "for_whom", "how_known", "since", "response")


def record_outcome(
    *, kind: str, by: Place, circle: Circle, values: Mapping[str, Any], indicator: Indicator | None = None
) -> Outcome:
    """A change, or harm. What cannot be counted is shown to the other partners for a second pair of eyes."""
    if kind not in OutcomeKind.values or (kind == OutcomeKind.COUNTED) != (indicator is not None):
        raise ValidationError(_("Choose the indicator that counts this change."))
    require_past(values["since"], "since")
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        made: Outcome = Outcome.objects.create(
            **authored(by, circle), kind=kind, indicator=indicator, **{name: values.get(name, "") for name in WORDS}
        )
        if kind == OutcomeKind.HARM:
            log(kinds.HARM_RECORDED, by=by, item=made)
            tell_of_harm(made, by=by)
        else:
            log(kinds.RECORDED, by=by, item=made)
        if kind == OutcomeKind.TOLD:
            ask_for_voices(made, by=by)
    return made


def reword_outcome(outcome: Outcome, *, by: Place, values: Mapping[str, Any], seen: int) -> Outcome:
    """A new wording starts without the others' voices: they were said to other words. The old one stays to be read."""
    require_past(values["since"], "since")
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        now = Outcome.objects.of(by.partnership).select_related("circle", "partnership").get(pk=outcome.pk)
        if now.withdrawn_at is not None:
            raise ValidationError(_("This was withdrawn in the meantime."))
        before = {name: getattr(now, name) for name in WORDS}
        after = {name: values.get(name, "") for name in WORDS}
        if now.version == seen and before == after:
            return now
        now.since = after["since"]
        words = put_words(now, by=by, **{name: after[name] for name in WORDS if name != "since"})
        save_version(now, seen=seen, fields=["since", *words])
        OutcomeWording.objects.create(outcome=now, number=seen, by=by.user, **before)
        log(kinds.REWORDED, by=by, item=now)
        if now.kind == OutcomeKind.TOLD:
            ask_for_voices(now, by=by)
    return now


def voice(outcome: Outcome, *, stance: str, words: str, seen: int, by: Place) -> OutcomeVoice:
    """Another party says that it sees it too, or differently and how. Said again, the newer word counts.

    The newer word is a row of its own: reports in which the one before stands lose it.
    """
    words = words.strip()
    if stance not in Stance.values:
        raise ValidationError({"stance": _("Say whether you see it too, or differently.")})
    if stance == Stance.DIFFERENT and not words:
        raise ValidationError({"words": _("Say how you see it.")})
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        now = Outcome.objects.of(by.partnership).select_related("partnership").get(pk=outcome.pk)
        if not can_voice(by, now):
            raise ValidationError(_("This was withdrawn in the meantime."))
        if now.version != seen:
            raise ValidationError(_("It was worded anew while you were reading. Read the newer words."), code="stale")
        before = now.voices.filter(party=by.own_party, number=now.version)
        same: OutcomeVoice | None = before.filter(stance=stance, words=words).first()
        if same is not None:
            return same
        before.delete()
        said = OutcomeVoice.objects.create(
            outcome=now, party=by.own_party, number=now.version, stance=stance, words=words, by=by.user, at=clock.now()
        )
        log(kinds.CONFIRMED if stance == Stance.CONFIRMED else kinds.SEEN_DIFFERENTLY, by=by, item=now)
        work.close_item(by.partnership, voice_key(now, by.own_party))
        tell_writer(now, by=by)
    return said


def withdraw_voice(outcome: Outcome, *, by: Place) -> None:
    """Whoever spoke takes it back at any time, from every wording: it leaves pages and reports.

    That it had spoken remains in the history; the words do not remain anywhere, so a legal hold of its own forbids it.
    """
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        if not can_unsay(by, outcome.voices.all()):
            raise ValidationError(_("You have not said anything here, or have taken it back already."))
        refuse_while_held(by)
        outcome.voices.filter(party=by.own_party).delete()
        log(kinds.VOICE_OUT, by=by, item=outcome)


def withdraw_outcome(outcome: Outcome, *, by: Place) -> None:
    """The side that wrote it takes it out of pages and reports; that it was there remains."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        withdraw(outcome, by=by)
        stop_asking(outcome)
        log(kinds.OUTCOME_OUT, by=by, item=outcome)
