"""Showing a checklist to others, and taking it back."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q

from partnerships import clock
from partnerships.access import actions as access
from partnerships.access.models import Circle, Release, ReleaseItem
from partnerships.access.places import Place
from partnerships.documents.actions import tell_released
from partnerships.documents.models import Document
from partnerships.history.actions import log
from partnerships.record.models import Party

from ..kinds import RELEASED, RELEASED_NOTICE, WITHDRAWN
from ..models import (
    AddedPoint,
    Assessment,
    Citation,
    DiligenceAnswer,
    PointCitation,
)
from ..queries import (
    RELEASED_CHECKLIST,
    was_released,
)
from .adding import points_to_release, withdraw_points
from .answering import in_hand, replace_answer, said_by
from .checking import require_no_hold


def release_checklist(*, about: Party, to: Circle, with_documents: bool, by: Place) -> Release:
    """Show all answers of a checklist as one bundle, with the documents they cite if wanted."""
    with transaction.atomic():
        assessment, asked = in_hand(about, by)
        require_no_hold(assessment)
        wanted = {q.code for q in asked.questions(by.own_party, about)}
        answers = list(was_released(assessment.answers.filter(superseded_at=None)).order_by("code"))
        # What is asked no longer is kept on the own side.
        answers = [a for a in answers if a.says_something and a.code in wanted]
        # What was withdrawn is shown again as a new answer: the old row stays withdrawn.
        answers = [replace_answer(a, said_by(a), by) if a.withdrawn_at is not None else a for a in answers]
        points = points_to_release(assessment)
        items: list[Any] = [*answers, *points]
        if with_documents:
            cited = Document.objects.visible_to(by.user).filter(party=by.own_party, withdrawn_at=None)
            supports = Citation.objects.filter(answer__in=answers).values("document")
            more = PointCitation.objects.filter(point__in=points).values("document")
            items += cited.filter(Q(pk__in=supports) | Q(pk__in=more))
        bundle = access.release(items, kind=RELEASED_CHECKLIST, to=to, by=by)
        log(RELEASED, by=by, item=assessment, circle=to)
        tell_released(RELEASED_NOTICE, bundle, by=by, path_name="diligence:overview")
    return bundle


def withdraw_checklist(*, about: Party, by: Place) -> int:
    """Take every released answer about an organisation out of others' pages, of all rounds; recall what is unopened."""
    with transaction.atomic():
        answers = DiligenceAnswer.objects.of(by.partnership).filter(
            assessment__party=by.own_party, assessment__about=about
        )
        rows = list(answers.values_list("pk", flat=True))
        items = ReleaseItem.objects.filter(model=DiligenceAnswer._meta.label_lower, object_id__in=rows)
        points = AddedPoint.objects.of(by.partnership).filter(assessment__party=by.own_party, assessment__about=about)
        added = ReleaseItem.objects.filter(model=AddedPoint._meta.label_lower, object_id__in=points.values("pk"))
        bundles = Q(pk__in=items.values("release")) | Q(pk__in=added.values("release"))
        for bundle in Release.objects.filter(bundles, recalled_at=None, party=by.own_party):
            others = bundle.circle.members.exclude(party=by.own_party).count()
            if bundle.openings.count() < others:
                access.recall(bundle, by=by)
        opened = items.filter(release__openings__isnull=False).values("object_id")
        count: int = answers.filter(pk__in=opened, withdrawn_at=None).update(withdrawn_at=clock.now())
        count += withdraw_points(about, by)
        if count:
            latest = (
                Assessment.objects.of(by.partnership).filter(party=by.own_party, about=about).order_by("-round__number")
            )
            log(WITHDRAWN, by=by, item=latest[0])
    return count
