"""Comments after the opening: shown to the others by their side, taken back by whoever wrote them."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import release as release_items
from partnerships.access.models import Release
from partnerships.access.places import Place
from partnerships.history import actions as history

from .. import kinds, sealing
from ..models import Comment, Respondent
from .rounds import refuse_in_closed_record


def writer(respondent: Respondent, code: str) -> tuple[str, ...]:
    return "comment", respondent.public_id, code


def release_comments(comments: Sequence[Comment], *, by: Place) -> Release:
    """A side shows comments of its people to the other readers of the round."""
    if not comments:
        raise ValidationError(_("Choose the comments that you want to release."))
    round = comments[0].part.round
    refuse_in_closed_record(round)
    with transaction.atomic():
        bundle = release_items(comments, kind=kinds.RELEASED_COMMENTS, to=round.circle, by=by)
        history.log(kinds.COMMENTS_RELEASED, by=by, item=round)
    return bundle


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
