"""Asking somebody of the own side to answer questions by a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships.access.actions import authored
from partnerships.access.places import Place
from partnerships.history.actions import log
from partnerships.notices import actions as notices
from partnerships.record.models import Party, Seat

from ..kinds import ASSIGNED, ASSIGNED_NOTICE
from ..models import AssignedQuestion, Assignment
from ..queries import checklist
from .answering import in_hand
from .asking import path_to_question, require_future, require_partner, take_part
from .settling import end_questions, wait_for


def assign(
    *, about: Party, codes: Sequence[str], seat: Seat, due_on: date, by: Place, seen: int | None = None
) -> Assignment:
    """Ask somebody for these questions. Who was asked for one of them before is asked for it no more.

    `seen` is the newest question assigned when the form was shown (`AssignedQuestion` id, 0 for none): who assigns
    the same question at the same time is told so. What is answered already is left out.
    """
    require_partner(about, by)
    require_own_seat(seat, by)
    require_future(due_on)
    with transaction.atomic():
        assessment = in_hand(about, by)[0]
        rows = {r.question.code: r for r in checklist(by.own_party, about, by.partners).rows}
        wanted = [c for c in dict.fromkeys(codes) if c in rows]
        if not wanted:
            raise ValidationError({"codes": _("Tick at least one question.")})
        wanted = [c for c in wanted if not rows[c].says_something]
        if not wanted:
            raise ValidationError({"codes": _("These questions are answered already.")})
        standing = list(AssignedQuestion.objects.filter(assessment=assessment, ended_at=None, code__in=wanted))
        if seen is not None and any(row.pk > seen for row in standing):
            raise ValidationError(
                _("Somebody assigned one of these questions while you were choosing. Look again, then assign."),
                code="stale",
            )
        made: Assignment = Assignment.objects.create(
            **authored(by, assessment.circle), assessment=assessment, seat=seat, due_on=due_on
        )
        end_questions(standing)
        AssignedQuestion.objects.bulk_create(
            [AssignedQuestion(assignment=made, assessment=assessment, code=code) for code in wanted]
        )
        wait_for(made)
        take_part(by)
        log(ASSIGNED, by=by, item=made)
        if seat.membership.user_id != by.user.pk:
            notices.post(
                ASSIGNED_NOTICE,
                to=[seat.membership.user],
                key=f"assigned:{made.pk}",
                partnership=by.partnership,
                path=path_to_question(by.partnership, about, wanted[0]),
                names={"person": by.user.name},
            )
    return made


def unassign(*, about: Party, codes: Sequence[str], by: Place) -> int:
    """Nobody in particular is asked for these questions any more. Returns how many were assigned."""
    with transaction.atomic():
        assessment = in_hand(about, by)[0]
        rows = list(AssignedQuestion.objects.filter(assessment=assessment, ended_at=None, code__in=list(codes)))
        end_questions(rows)
    return len(rows)


def require_own_seat(seat: Seat, by: Place) -> None:
    if seat.party_id != by.own_party.pk or seat.ended_on is not None:
        raise ValidationError({"seat": _("Choose somebody who has a seat on your side.")})
