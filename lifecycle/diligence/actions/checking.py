"""Counsel's check before a release: asked for, cleared or held, lifted by a lead. The own side's alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored, save_version
from partnerships.access.places import Place
from partnerships.history.actions import log
from partnerships.notices import actions as notices
from partnerships.people.models import User
from partnerships.record.models import Party, Seat
from partnerships.work import actions as work

from ..kinds import CHECK_ASKED, CHECK_IT, CHECK_NOTICE, CHECKED
from ..models import Assessment, CounselCheck
from ..queries import checklist, covered_by, mark_of_check, standing_holds
from ..states import CheckState
from .answering import in_hand
from .asking import path_to, require_future, require_partner, speakers_of, take_part
from .assigning import require_own_seat


def ask_check(*, about: Party, codes: Sequence[str], seat: Seat, due_on: date, by: Place) -> CounselCheck:
    """Ask somebody of the own side to check a checklist, or some of its questions, before it is released."""
    require_partner(about, by)
    require_own_seat(seat, by)
    require_future(due_on)
    with transaction.atomic():
        assessment = in_hand(about, by)[0]
        check: CounselCheck = CounselCheck.objects.create(
            **authored(by, assessment.circle),
            assessment=assessment,
            codes=_covered(about, codes, by),
            seat=seat,
            due_on=due_on,
        )
        log(CHECK_ASKED, by=by, item=check)
        work.open_item(
            CHECK_IT,
            partnership=by.partnership,
            key=f"dd:check:{check.pk}",
            party=by.own_party,
            person=seat.asked,
            circle=assessment.circle,
            path=path_to("diligence:check", by.partnership, check.public_id),
            subject=about.name,
            due_on=due_on,
            item=check,
        )
        _tell(check, [seat.membership.user], by)
    return check


def note_check(
    *, about: Party, codes: Sequence[str], role: str, checked_on: date, holds: bool, remark: str, by: Place
) -> CounselCheck:
    """Note what somebody without a seat said, by role: nobody outside the record is named."""
    require_partner(about, by)
    if checked_on > clock.today(by.user.time_zone):
        raise ValidationError({"checked_on": _("This day has not come yet.")})
    _require_remark(holds, remark)
    with transaction.atomic():
        assessment = in_hand(about, by)[0]
        check: CounselCheck = CounselCheck.objects.create(
            **authored(by, assessment.circle),
            assessment=assessment,
            codes=_covered(about, codes, by),
            role=role,
            state=CheckState.HOLDS if holds else CheckState.CLEARED,
            checked_on=checked_on,
            decided_at=clock.now(),
            remark=remark.strip(),
        )
        take_part(by)
        log(CHECKED[CheckState(check.state)], by=by, item=check)
        if holds:
            _tell(check, speakers_of([by.own_party]), by)
    return check


def _lock(check: CounselCheck) -> None:
    """Whoever releases the checklist takes turns with counsel's word on it."""
    Assessment.objects.of(check.partnership).select_for_update(of=("self",)).get(pk=check.assessment_id)


def decide_check(check: CounselCheck, *, holds: bool, remark: str, by: Place, seen: str | None = None) -> None:
    """Counsel's word: cleared, or it holds, and why. What counsel held it can clear later.

    `seen` is the mark of what the page showed (`queries.mark_of_check`): nothing is cleared that counsel has not read.
    """
    _require_remark(holds, remark)
    if check.state not in {CheckState.ASKED, CheckState.HOLDS}:
        raise ValidationError(_("This check is over. Ask for a new one."))
    with transaction.atomic():
        _lock(check)
        check.refresh_from_db(fields=["state", "version", "remark"])
        if seen is not None and mark_of_check(check, covered_by(check, by)) != seen:
            raise ValidationError(
                _("Something changed here while you were reading. It is shown as it stands now: look again."),
                code="stale",
            )
        if check.state not in {CheckState.ASKED, CheckState.HOLDS}:
            raise ValidationError(_("This check is over. Ask for a new one."))
        check.state = CheckState.HOLDS if holds else CheckState.CLEARED
        check.remark, check.decided_at = remark.strip(), clock.now()
        check.checked_on = clock.today(by.user.time_zone)
        save_version(check, seen=None, fields=["state", "remark", "decided_at", "checked_on"])
        take_part(by)
        log(CHECKED[CheckState(check.state)], by=by, item=check)
        work.close_item(by.partnership, f"dd:check:{check.pk}")
        _tell(check, speakers_of([by.own_party]), by)


def lift_check(check: CounselCheck, *, because: str, by: Place) -> None:
    """A lead releases it all the same, and says why. Both stay on the own side, and in its history."""
    if not because.strip():
        raise ValidationError({"because": _("Say why you lift it.")})
    if check.state != CheckState.HOLDS:
        raise ValidationError(_("It does not hold anything."))
    with transaction.atomic():
        _lock(check)
        check.state, check.lifted_because = CheckState.LIFTED, because.strip()
        save_version(check, seen=None, fields=["state", "lifted_because"])
        log(CHECKED[CheckState.LIFTED], by=by, item=check)
        if check.seat is not None:
            _tell(check, [check.seat.membership.user], by)


def drop_check(check: CounselCheck, *, by: Place) -> None:
    """It is asked for no longer. What counsel has said already is not taken away by that."""
    if check.state != CheckState.ASKED:
        raise ValidationError(_("Counsel has answered already."))
    with transaction.atomic():
        check.state = CheckState.DROPPED
        save_version(check, seen=None, fields=["state"])
        log(CHECKED[CheckState.DROPPED], by=by, item=check)
        work.close_item(by.partnership, f"dd:check:{check.pk}")


def require_no_hold(assessment: Assessment) -> None:
    """A checklist that counsel holds is not released, until counsel clears it or a lead lifts it."""
    if standing_holds(assessment):
        raise ValidationError(
            _("Counsel holds this. It can be released when counsel clears it, or a lead lifts the hold and says why.")
        )


def _covered(about: Party, codes: Sequence[str], by: Place) -> list[str]:
    """Codes of this checklist, in its order; all of them are the whole checklist."""
    asked = [r.question.code for r in checklist(by.own_party, about, by.partners).rows]
    chosen = [code for code in asked if code in set(codes)]
    if codes and not chosen:
        raise ValidationError({"codes": _("Tick at least one question.")})
    return [] if len(chosen) == len(asked) else chosen


def _require_remark(holds: bool, remark: str) -> None:
    if holds and not remark.strip():
        raise ValidationError({"remark": _("Say what holds it, so that your side can change it.")})


def _tell(check: CounselCheck, people: Sequence[User], by: Place) -> None:
    notices.post(
        CHECK_NOTICE,
        to=[p for p in people if p.pk != by.user.pk],
        key=f"check:{check.pk}:{check.version}:{check.state}",
        partnership=by.partnership,
        path=path_to("diligence:check", by.partnership, check.public_id),
    )
