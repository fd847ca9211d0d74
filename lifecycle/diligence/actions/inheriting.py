"""Taking answers over from a record above: an umbrella's diligence is done once, and its sites add their own.

A seat in a parent gives nothing in a child: somebody who leads the same organisation in both copies its answers, and
that is logged in both. The copies are the own side's here, and released here or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored, circle_here, save_version
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history.actions import log

from ..kinds import INHERITED, LENT
from ..models import SAID_FIELDS, Assessment, DiligenceAnswer, InheritedChecklist
from ..permissions import can_inherit
from ..queries import Heir, heirs, standing_here, was_released
from .answering import close_if_done, in_hand


def inherit(sources: Sequence[str], *, by: Place) -> int:
    """Take over what these checklists of the own side say (public ids of assessments in the records above).

    Only where the own side has said nothing here yet. Returns how many answers came over.
    """
    chosen = _chosen(sources, by)
    count = 0
    with transaction.atomic():
        for heir in chosen:
            into, asked = in_hand(heir.about, by)
            # Read again under the lock of the checklist: somebody may have answered meanwhile.
            here = _in(into, heir, by)
            for code, answer in heir.answers.items():
                standing = here.get(code)
                if standing is None:
                    _copy(answer, into, by)
                elif not standing.says_something and not _is_released(standing):
                    _say_again(standing, answer, by)
                else:
                    continue
                count += 1
            InheritedChecklist.objects.get_or_create(
                source=heir.source, into=into, defaults=authored(by, circle_here(by, CircleKind.OWN))
            )
            _log(heir, into, by)
            close_if_done(into, asked, by)
    return count


def update_inherited(*, source: str, by: Place) -> int:
    """Bring what was taken over up to what is said above by now. What was said anew here stays."""
    [heir] = _chosen([source], by)
    with transaction.atomic():
        into, _asked = in_hand(heir.about, by)
        here = _in(into, heir, by)
        changed = [code for code in heir.changed if code in here and here[code].inherited_from_id is not None]
        for code in changed:
            standing, answer = here[code], heir.answers[code]
            if _is_released(standing) or standing.withdrawn_at is not None:
                # Others go on reading what was released; the newer words are the own side's until they are too.
                standing.superseded_at = clock.now()
                standing.save(update_fields=["superseded_at"])
                _copy(answer, into, by)
            else:
                _say_again(standing, answer, by)
        if changed:
            _log(heir, into, by)
    return len(changed)


def _in(into: Assessment, heir: Heir, by: Place) -> dict[str, DiligenceAnswer]:
    """What stands in the checklist of this round; a round before is never written to."""
    return {c: a for c, a in standing_here(by).get(heir.about.pk, {}).items() if a.assessment_id == into.pk}


def _chosen(sources: Sequence[str], by: Place) -> list[Heir]:
    """The checklists above that this person may take over from: as lead or stand-in there and here."""
    if not can_inherit(by):
        raise ValidationError(_("A lead or stand-in of your side takes answers over."))
    found = {h.source.public_id: h for h in heirs(by)}
    chosen = [found[s] for s in dict.fromkeys(sources) if s in found]
    if not chosen or len(chosen) != len(set(sources)):
        raise ValidationError(_("Choose what you take over."))
    if not all(h.there.is_lead for h in chosen):
        raise ValidationError(_("You take over what you lead: ask a lead or stand-in of your side in the umbrella."))
    return chosen


def _copy(answer: DiligenceAnswer, into: Assessment, by: Place) -> DiligenceAnswer:
    """Word for word, in its language, under the version of the library that was asked."""
    made: DiligenceAnswer = DiligenceAnswer.objects.create(
        **{**authored(by, into.circle), "language": answer.language},
        assessment=into,
        library=answer.library,
        code=answer.code,
        level=answer.level,
        text=answer.text,
        value=answer.value,
        inherited_from=answer,
    )
    return made


def _say_again(standing: DiligenceAnswer, answer: DiligenceAnswer, by: Place) -> None:
    standing.say(answer, by.user)
    standing.inherited_from_id, standing.library_id, standing.language = answer.pk, answer.library_id, answer.language
    save_version(standing, seen=None, fields=[*SAID_FIELDS, "library_id"])


def _is_released(answer: DiligenceAnswer) -> bool:
    return bool(was_released(DiligenceAnswer.objects.of(answer.partnership).filter(pk=answer.pk)).get().released)


def _log(heir: Heir, into: Assessment, by: Place) -> None:
    log(INHERITED, by=by, item=into)
    log(LENT, by=heir.there, item=heir.source)
