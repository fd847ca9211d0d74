"""What follows by itself for the work on a checklist: answered questions wait no longer, a refresh takes it along."""

from __future__ import annotations

from collections.abc import Collection

from partnerships import clock
from partnerships.access.actions import circle_for
from partnerships.access.states import CircleKind
from partnerships.work import actions as work

from ..kinds import ANSWER_ASSIGNED
from ..models import AddedPoint, Assessment, AssignedQuestion, Assignment, CounselCheck, PointCitation
from ..states import CheckState
from .asking import path_to_question


def settle_assignments(assessment: Assessment) -> None:
    """Questions that have their answer now are asked of nobody any more. Two queries while nothing is assigned."""
    rows = list(AssignedQuestion.objects.filter(assessment=assessment, ended_at=None).select_related("assignment"))
    if not rows:
        return
    standing = assessment.answers.filter(superseded_at=None, code__in=[r.code for r in rows])
    answered = {a.code for a in standing if a.says_something}
    end_questions([r for r in rows if r.code in answered])


def end_questions(rows: Collection[AssignedQuestion]) -> None:
    """These are asked of this person no more; the work of an assignment with nothing left is closed."""
    if not rows:
        return
    AssignedQuestion.objects.filter(pk__in=[r.pk for r in rows]).update(ended_at=clock.now())
    assignments = Assignment.objects.unguarded("the own side's, found through its questions").filter(
        pk__in={r.assignment_id for r in rows}
    )
    for assignment in assignments.select_related("partnership", "seat__membership__user", "assessment__about"):
        wait_for(assignment)


def wait_for(assignment: Assignment) -> None:
    """The person is asked for what is left, or the side when the person has left it; closed when nothing is."""
    key = f"dd:assigned:{assignment.pk}"
    codes = list(assignment.questions.filter(ended_at=None).order_by("pk").values_list("code", flat=True))
    if not codes:
        work.close_item(assignment.partnership, key)
        return
    about = assignment.assessment.about
    work.open_item(
        ANSWER_ASSIGNED,
        partnership=assignment.partnership,
        key=key,
        party=assignment.seat.party,
        person=assignment.seat.asked,
        circle=circle_for(assignment.partnership, CircleKind.OWN, party=assignment.seat.party),
        path=path_to_question(assignment.partnership, about, codes[0]),
        subject=about.name,
        due_on=assignment.due_on,
        item=assignment,
    )


def carry_work(old: Assessment, into: Assessment, asked: Collection[str]) -> None:
    """A refresh takes along what is still open: who is asked what, checks that wait or hold, and what was added."""
    _carry_assignments(old, into, asked)
    _carry_checks(old, into, asked)
    for point in old.added.filter(superseded_at=None, withdrawn_at=None).prefetch_related("citations"):
        new = AddedPoint.objects.create(
            partnership=old.partnership, circle=point.circle, party_id=point.party_id, author_id=point.author_id,
            language=point.language, assessment=into, key=point.key, theme=point.theme, heading=point.heading,
            text=point.text, level=point.level, carried_from=point,
        )  # fmt: skip
        PointCitation.objects.bulk_create(
            [PointCitation(point=new, document_id=c.document_id) for c in point.citations.all()]
        )


def _carry_assignments(old: Assessment, into: Assessment, asked: Collection[str]) -> None:
    rows = list(AssignedQuestion.objects.filter(assessment=old, ended_at=None))
    kept = [r for r in rows if r.code in asked]
    Assignment.objects.of(old.partnership).filter(pk__in={r.assignment_id for r in kept}).update(assessment=into)
    AssignedQuestion.objects.filter(pk__in=[r.pk for r in kept]).update(assessment=into)
    end_questions([r for r in rows if r.code not in asked])


def _carry_checks(old: Assessment, into: Assessment, asked: Collection[str]) -> None:
    """What counsel cleared was cleared for the old round; what it holds, or was asked for, goes on."""
    checks = CounselCheck.objects.of(old.partnership).filter(
        assessment=old, state__in=[CheckState.ASKED, CheckState.HOLDS]
    )
    for check in checks:
        left = [code for code in check.codes if code in asked]
        if check.codes and not left:
            check.state = CheckState.DROPPED
            check.save(update_fields=["state"])
            work.close_item(old.partnership, f"dd:check:{check.pk}")
            continue
        check.assessment, check.codes = into, left
        check.save(update_fields=["assessment", "codes"])
