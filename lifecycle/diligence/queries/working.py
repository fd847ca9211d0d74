"""Who answers what by when, what counsel says, and what was added: the marks of a checklist, and its points."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField, F, Prefetch, QuerySet, Value, prefetch_related_objects
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partnerships import clock
from partnerships.access.places import Place
from partnerships.access.ready import ReadyHere
from partnerships.record.models import Party, Seat

from ..models import (
    AddedPoint,
    Assessment,
    AssignedQuestion,
    Assignment,
    CounselCheck,
    PointCitation,
    TalkingPoint,
    Thread,
)
from ..states import CheckState
from .checklists import Checklist, Row, checklist
from .preflight import Check, Missing, register_check
from .reading import was_released
from .threads import turn_of, with_last_entry


# Marks ----------------------------------------------------------------------------------------------------------------
@dataclass
class Marks:
    """What the work on it says of one question of a checklist."""

    is_assigned: bool = False
    #: Who is asked; "" once that person's seat has ended, and the question waits for the side.
    assigned_to: str = ""
    due_on: date | None = None
    #: The state of the newest check that covers it, and whether it was changed after counsel cleared it.
    check: str = ""
    changed_since_check: bool = False
    #: It covers the whole checklist, and says so there.
    is_whole_check: bool = False
    #: Clarifications that are open, and whether one of them waits for the own side.
    threads: int = 0
    your_turn: bool = False
    #: Talking points that are not agreed yet, and those that are.
    to_talk: int = 0
    talked: int = 0

    @property
    def is_late(self) -> bool:
        return self.due_on is not None and self.due_on < clock.today()

    @property
    def says_something(self) -> bool:
        return bool(self.is_assigned or self.check or self.threads or self.to_talk or self.talked)


def _in_round(found: Checklist) -> dict[str, Any]:
    """What belongs to a side's checklist of the round that is on."""
    return _of(**_ids(found))


def _ids(found: Checklist) -> dict[str, Any]:
    """The same, as values of statements that are ready."""
    now = found.asked.round
    return {"now": now.pk if now is not None else None, "party": found.party.pk, "about": found.about.pk}


def _of(now: Any, party: Any, about: Any) -> dict[str, Any]:
    return {"assessment__round": now, "assessment__party": party, "assessment__about": about}


_TEXT = CharField()


def _branch(rows: QuerySet[Any], what: str, *texts: str) -> Any:
    """One part of the union: what it is, the question's code, and four texts."""
    columns: dict[str, Any] = {f"cg_{n}": Coalesce(Cast(F(name), _TEXT), Value("")) for n, name in enumerate(texts)}
    columns |= {f"cg_{n}": Cast(Value(""), _TEXT) for n in range(len(texts), 4)}
    return (
        rows.annotate(cg_what=Cast(Value(what), _TEXT), cg_code=Cast(F("code"), _TEXT), **columns)
        .order_by()
        .values_list("cg_what", "cg_code", "cg_0", "cg_1", "cg_2", "cg_3")
    )


def _marks(place: Place, now: Any, party: Any, about: Any) -> Any:
    """All marks of a checklist in one statement: threads, talking points, who is asked."""
    threads = with_last_entry(Thread.objects.visible_to(place).filter(about=about))
    points = TalkingPoint.objects.visible_to(place).filter(about=about)
    asked = AssignedQuestion.objects.filter(
        **_of(now, party, about),
        ended_at=None,
        assignment__in=Assignment.objects.visible_to(place).filter(party=party),
    )
    seat = "assignment__seat"
    return _branch(threads, "thread", "last_kind", "last_party", "party", "asked").union(
        _branch(points, "talk", "agreed_at"),
        _branch(asked, "asked", f"{seat}__membership__user__name", "assignment__due_on", f"{seat}__ended_on"),
        all=True,
    )


_MARKS: ReadyHere[Any] = ReadyHere(_marks)


def marks_of(place: Place, found: Checklist, checks: Sequence[CounselCheck] = ()) -> dict[str, Marks]:
    """The marks of those questions of a checklist that have any. One query, however many questions.

    `checks` are the checklist's (`checks_of`): they cost nothing more.
    """
    own = place.own_party.pk
    made: dict[str, Marks] = defaultdict(Marks)
    present = {p.pk for p in place.present}
    for what, code, one, two, three, four in _MARKS(place, **_ids(found)):
        mark = made[code]
        if what == "asked":
            mark.is_assigned, mark.due_on = True, date.fromisoformat(two)
            mark.assigned_to = "" if three else one
        elif what == "thread":
            turn = turn_of(one, int(two) if two else None, int(three), int(four), present)
            mark.threads += turn is not None
            mark.your_turn = mark.your_turn or turn == own
        elif one:
            mark.talked += 1
        else:
            mark.to_talk += 1
    for row in found.rows:
        if check := check_on(row.question.code, checks):
            mark = made[row.question.code]
            mark.check, mark.is_whole_check = check.state, not check.codes
            mark.changed_since_check = bool(row.answer and changed_since(check, row.answer))
    return {code: mark for code, mark in made.items() if mark.says_something}


# Assigned -------------------------------------------------------------------------------------------------------------
def assigned_questions(place: Place, found: Checklist) -> dict[str, AssignedQuestion]:
    """Who is asked which question of a checklist, by code. One query."""
    rows = (
        AssignedQuestion.objects.visible_to(place.user)
        .filter(**_in_round(found), ended_at=None)
        .select_related("assignment__seat__membership__user")
    )
    return {row.code: row for row in rows}


def own_seats(place: Place) -> QuerySet[Seat]:
    """Everybody seated with the own side today."""
    return (
        Seat.objects.filter(party=place.own_party, ended_on=None, membership__ended_on=None)
        .select_related("membership__user", "party__organisation")
        .order_by("membership__user__name", "pk")
    )


# Checks ---------------------------------------------------------------------------------------------------------------
_CHECKS: ReadyHere[CounselCheck] = ReadyHere(
    lambda place, now, party, about: (
        CounselCheck.objects.visible_to(place)
        .filter(**_of(now, party, about))
        .exclude(state=CheckState.DROPPED)
        .select_related("seat__membership__user", "author", "assessment__about__organisation")
        .order_by("-pk")
    )
)


def checks_of(place: Place, found: Checklist) -> list[CounselCheck]:
    """The checks of an own checklist, the newest first; without those that were dropped. One query."""
    return _CHECKS(place, **_ids(found))


def check_on(code: str, checks: Sequence[CounselCheck]) -> CounselCheck | None:
    """The newest check that covers a question; `checks` newest first. One that holds comes before newer ones."""
    covering = [check for check in checks if check.covers(code)]
    return next((c for c in covering if c.state == CheckState.HOLDS), covering[0] if covering else None)


def changed_since(check: CounselCheck, item: Any) -> bool:
    """Whether an answer, or an added point, was written after counsel had cleared it."""
    return check.state == CheckState.CLEARED and written_since(check, item)


def written_since(check: CounselCheck, item: Any) -> bool:
    """Whether it was written after counsel's word, whatever that was."""
    return bool(check.decided_at and item.changed_at > check.decided_at)


@dataclass(frozen=True)
class Covered:
    """What would be released of what counsel is asked about, as it stands."""

    rows: Sequence[Row] = ()
    points: Sequence[AddedPoint] = ()


def covered_by(check: CounselCheck, place: Place) -> Covered:
    """What a check is about today; nothing where another round is on since."""
    about = next((p for p in place.partners if p.pk == check.assessment.about_id), None)
    found = checklist(place.own_party, about, place.partners) if about is not None else None
    if found is None or found.asked.round is None or found.asked.round.pk != check.assessment.round_id:
        return Covered()
    rows = [r for r in found.rows if r.says_something and check.covers(r.question.code)]
    return Covered(rows, [] if check.codes else added_points(place, found))


def mark_of_check(check: CounselCheck, covered: Covered) -> str:
    """Changes with the check, and with everything that counsel is shown: a word is given on what was read."""
    answers = [[r.answer.pk, r.answer.version] for r in covered.rows if r.answer is not None]
    shown = [check.version, answers, [[p.pk, p.version] for p in covered.points]]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:32]


def standing_holds(assessment: Assessment) -> list[CounselCheck]:
    """What keeps a checklist from being released. One query."""
    return list(CounselCheck.objects.of(assessment.partnership).filter(assessment=assessment, state=CheckState.HOLDS))


@register_check
def counsel_has_not_said(place: Place, found: Checklist) -> Check:
    """Asked and not answered, or holding; or cleared, and changed since."""
    missing = []
    checks = checks_of(place, found)
    for check in checks:
        url = reverse("diligence:check", args=[place.partnership.public_id, check.public_id])
        if check.state == CheckState.HOLDS:
            missing.append(Missing(_("Counsel holds it: it cannot be released"), url))
        elif check.state == CheckState.ASKED:
            missing.append(Missing(_("Counsel was asked and has not answered yet"), url))
    for row in found.rows:
        over = check_on(row.question.code, checks)
        if over is not None and row.answer is not None and changed_since(over, row.answer):
            line = _("%(code)s has changed since counsel cleared it") % {"code": row.question.code}
            address = [place.partnership.public_id, found.about.public_id, row.question.code]
            missing.append(Missing(line, reverse("diligence:question", args=address)))
    return Check(gettext_lazy("What counsel has to say"), tuple(missing))


@register_check
def points_unconfirmed(place: Place, found: Checklist) -> Check:
    """They stay behind, as answers do."""
    rows = AddedPoint.objects.visible_to(place).filter(
        **_in_round(found), superseded_at=None, withdrawn_at=None, carried_from__isnull=False, confirmed_at=None
    )
    pid, about = place.partnership.public_id, found.about.public_id
    return Check(
        gettext_lazy("What you added in the round before, and nobody has confirmed"),
        tuple(
            Missing(row.heading, reverse("diligence:change_point", args=[pid, about, row.public_id])) for row in rows
        ),
    )


# Added ----------------------------------------------------------------------------------------------------------------
def _with_documents(points: list[AddedPoint], place: Place) -> list[AddedPoint]:
    """With those of their documents that the reader may see (`cited`). One query, none without points."""
    if not points:
        return points
    cited = PointCitation.objects.visible_to(place.user).select_related("document")
    prefetch_related_objects(points, Prefetch("citations", cited, to_attr="cited"))
    return points


_ADDED: ReadyHere[AddedPoint] = ReadyHere(
    lambda place, now, party, about: was_released(
        AddedPoint.objects.visible_to(place)
        .filter(**_of(now, party, about), party=party, superseded_at=None, withdrawn_at=None)
        .order_by("pk")
    )
)


def added_points(place: Place, found: Checklist) -> list[AddedPoint]:
    """What the own side added to a checklist, as it stands today. Two queries at the most."""
    return _with_documents(_ADDED(place, **_ids(found)), place)


def read_points(place: Place, party: Party, about: Party) -> list[AddedPoint]:
    """What a side added, the newest of each: of another side what it released. Two queries."""
    rows: QuerySet[Any] = AddedPoint.objects.visible_to(place).filter(assessment__party=party, assessment__about=about)
    is_own = place.party is not None and party.pk == place.party.pk
    rows = rows.filter(superseded_at=None) if is_own else was_released(rows).filter(stands_released=True)
    newest: dict[str, AddedPoint] = {}
    for point in rows.filter(withdrawn_at=None).order_by("pk"):
        newest[point.key] = point
    return _with_documents(list(newest.values()), place)
