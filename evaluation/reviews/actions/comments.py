"""Comments after the opening: shown to the others by their side, taken back by whoever wrote them."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import release as release_items
from partnerships.access.models import Release, ReleaseItem
from partnerships.access.places import Place
from partnerships.history import actions as history

from .. import kinds, sealing
from ..models import Comment, Respondent
from .rounds import locked, refuse_in_closed_record


def writer(respondent: Respondent, code: str) -> tuple[str, ...]:
    return "comment", respondent.public_id, code


def release_comments(comments: Sequence[Comment], *, by: Place) -> Release:
    """A side shows comments of its people to the other readers of the round."""
    if not comments:
        raise ValidationError(_("Choose the comments that you want to release."))
    with transaction.atomic():
        round = locked(comments[0].part.round)
        refuse_in_closed_record(round)
        # Pressed twice, or by two of one side: what stands released to them already is not released again.
        standing = _released(comments)
        comments = [each for each in comments if each.pk not in standing]
        if not comments:
            raise ValidationError(_("This is released already."), code="released")
        bundle = release_items(comments, kind=kinds.RELEASED_COMMENTS, to=round.circle, by=by)
        history.log(kinds.COMMENTS_RELEASED, by=by, item=round)
    return bundle


def _released(comments: Sequence[Comment]) -> set[int]:
    """Which of these stand in a release of their side that was not recalled."""
    items = ReleaseItem.objects.filter(
        model=Comment._meta.label_lower, object_id__in=[each.pk for each in comments], release__recalled_at=None
    )
    return set(items.values_list("object_id", flat=True))


def comments_by(respondent: Respondent) -> list[Comment]:
    """A respondent's own comments in an opened round, found by their keyed hash."""
    own = Comment.objects.unguarded("a writer finds their own comments by a keyed hash").filter(
        part=respondent.part_id, withdrawn_at=None
    )
    return [comment for comment in own if sealing.matches(comment.author_hash, *writer(respondent, comment.statement))]


def withdraw_comment(comment: Comment, *, respondent: Respondent) -> None:
    """Its writer takes a comment back, also after the opening. Its text is gone; that there was one remains."""
    if not sealing.matches(comment.author_hash, *writer(respondent, comment.statement)):
        raise ValidationError(_("Only who wrote a comment can withdraw it."))
    comment.text = ""
    comment.withdrawn_at = clock.now()
    comment.save(update_fields=["text", "withdrawn_at"])
