"""Adding to a checklist what was not asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored, put_words, save_version
from partnerships.access.models import STANDS, ReleaseItem
from partnerships.access.places import Place
from partnerships.catalogue.content import Library
from partnerships.catalogue.queries import content
from partnerships.documents.models import Document
from partnerships.history.actions import log
from partnerships.record.holding import is_held, refuse_while_held
from partnerships.record.models import Party

from ..kinds import ADDED, ADDED_AWAY
from ..models import AddedPoint, Assessment, PointCitation
from ..queries import was_released
from ..states import SAFEGUARDING
from .answering import in_hand
from .asking import require_partner, take_part


def add_point(
    *, about: Party, theme: str, heading: str, text: str, level: str, documents: Sequence[Document], by: Place
) -> AddedPoint:
    """Say what nobody asked. It stays on the own side until the checklist is released."""
    require_partner(about, by)
    with transaction.atomic():
        assessment = in_hand(about, by)[0]
        _require_theme(assessment, theme)
        point: AddedPoint = AddedPoint.objects.create(
            **authored(by, assessment.circle),
            assessment=assessment, theme=theme, heading=heading.strip(), text=text.strip(), level=level,
        )  # fmt: skip
        _cite(point, {d.pk for d in documents})
        take_part(by)
        log(ADDED, by=by, item=point)
    return point


def change_point(
    point: AddedPoint,
    *,
    theme: str,
    heading: str,
    text: str,
    level: str,
    documents: Sequence[Document],
    by: Place,
    seen: int | None = None,
) -> AddedPoint:
    """Say it otherwise, or say that it still holds. Once released, others go on reading what was released."""
    with transaction.atomic():
        assessment = in_hand(point.assessment.about, by)[0]
        standing = _standing(assessment, point)
        if seen is not None and standing.version != seen:
            raise ValidationError(
                _("Somebody else saved this while you were writing. Compare, and save again."), code="stale"
            )
        _require_theme(assessment, theme)
        says = {"theme": theme, "heading": heading.strip(), "text": text.strip(), "level": level}
        cited = set(standing.citations.values_list("document", flat=True))
        # A colleague's, which this person does not read, stay.
        unread = standing.citations.exclude(document__in=Document.objects.visible_to(by))
        wanted = {d.pk for d in documents} | set(unread.values_list("document", flat=True))
        is_same = cited == wanted and all(getattr(standing, k) == v for k, v in says.items())
        new: AddedPoint = standing
        if is_same and not standing.is_carried:
            return new
        if standing.released:
            standing.superseded_at = clock.now()
            standing.save(update_fields=["superseded_at"])
            new = AddedPoint.objects.create(
                # The next number, so that a form filled in from the older row is compared.
                **authored(by, assessment.circle), assessment=assessment, key=standing.key, **says,
                version=standing.version + 1,
            )  # fmt: skip
        else:
            standing.theme, standing.level = theme, level
            said = put_words(standing, by=by, heading=says["heading"], text=says["text"])
            if standing.is_carried:
                standing.confirmed_at = clock.now()
            save_version(standing, seen=None, fields=["theme", "level", "confirmed_at", *said])
        _cite(new, wanted)
        take_part(by)
    return new


def remove_point(point: AddedPoint, *, by: Place) -> bool:
    """Take it away: what was never shown is gone, what others opened is withdrawn. Whether others had opened it."""
    with transaction.atomic():
        assessment = in_hand(point.assessment.about, by)[0]
        standing = _standing(assessment, point)
        rows = AddedPoint.objects.of(by.partnership).filter(assessment__party=by.own_party, key=standing.key)
        shown = set(shown_points(rows))
        log(ADDED_AWAY, by=by, item=standing)
        rows.filter(pk__in=shown, withdrawn_at=None).update(withdrawn_at=clock.now())
        unseen = rows.filter(assessment=assessment).exclude(pk__in=shown)
        if not shown:
            refuse_while_held(by)
        if shown and is_held(by):
            # Taking it from others' pages goes on under a legal hold; deleting waits.
            unseen.update(withdrawn_at=clock.now())
        else:
            unseen.delete()
    return bool(shown)


def shown_points(rows: Any) -> list[int]:
    """Of these points, the ones that stand in a release that was not recalled, or was opened by somebody."""
    items = ReleaseItem.objects.filter(model=AddedPoint._meta.label_lower, object_id__in=rows.values("pk"))
    return list(items.filter(STANDS).values_list("object_id", flat=True).distinct())


def points_to_release(assessment: Assessment) -> list[AddedPoint]:
    """What goes out with the checklist: all that stands, and was confirmed in this round."""
    return [p for p in assessment.added.filter(superseded_at=None, withdrawn_at=None) if not p.is_carried]


def withdraw_points(about: Party, by: Place) -> int:
    """With the released answers of a checklist, its released points leave others' pages; the side keeps a copy."""
    now = in_hand(about, by)[0]
    rows = AddedPoint.objects.of(by.partnership).filter(
        assessment__party=by.own_party, assessment__about=about, withdrawn_at=None
    )
    opened = ReleaseItem.objects.filter(
        model=AddedPoint._meta.label_lower, object_id__in=rows.values("pk"), release__openings__isnull=False
    )
    shown = list(rows.filter(pk__in=opened.values("object_id")).prefetch_related("citations").order_by("pk"))
    for point in shown:
        is_standing = point.superseded_at is None
        point.withdrawn_at = clock.now()
        point.superseded_at = point.superseded_at or clock.now()
        point.save(update_fields=["withdrawn_at", "superseded_at"])
        if is_standing and point.assessment_id == now.pk:
            copy = AddedPoint.objects.create(
                partnership=point.partnership, circle=point.circle, party_id=point.party_id,
                author_id=point.author_id, language=point.language, assessment=now, key=point.key,
                theme=point.theme, heading=point.heading, text=point.text, level=point.level,
                version=point.version + 1,
                # The words are as old as they were: to counsel, and to a side that has left.
                changed_at=point.changed_at,
            )  # fmt: skip
            PointCitation.objects.bulk_create(
                [PointCitation(point=copy, document_id=c.document_id) for c in point.citations.all()]
            )
    return len(shown)


def _standing(assessment: Assessment, point: AddedPoint) -> Any:
    """The newest row of the same point, in the round that is on."""
    found = was_released(assessment.added.filter(key=point.key, superseded_at=None, withdrawn_at=None)).first()
    if found is None:
        raise ValidationError(_("This was taken away meanwhile."))
    return found


def _require_theme(assessment: Assessment, theme: str) -> None:
    """One of the library's; not safeguarding, where only its questions are answered, in one line each."""
    themes = {group.code for group in content(assessment.round.library, Library).themes}
    if theme not in themes - {SAFEGUARDING}:
        raise ValidationError({"theme": _("Choose a theme of this checklist.")})


def _cite(point: AddedPoint, wanted: Collection[int]) -> None:
    point.citations.exclude(document__in=wanted).delete()
    had = set(point.citations.values_list("document", flat=True))
    PointCitation.objects.bulk_create([PointCitation(point=point, document_id=d) for d in wanted if d not in had])
