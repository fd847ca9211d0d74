"""Owing a message. The worker delivers it; see tasks.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import models

from .. import clock
from . import kinds
from .models import Notice, NoticePreference
from .states import MailState

if TYPE_CHECKING:
    from partnerships.people.models import User
    from partnerships.record.models import Partnership

#: Hour of the reader's morning at which the daily digest goes out.
DIGEST_HOUR = 7


def next_digest(user: User, moment: datetime) -> datetime:
    """The next digest instant (UTC) after a moment, in the reader's own morning."""
    zone = ZoneInfo(user.time_zone)
    local = moment.astimezone(zone)
    at = datetime.combine(local.date(), time(DIGEST_HOUR), zone)
    if at <= local:
        at = datetime.combine(local.date() + timedelta(days=1), time(DIGEST_HOUR), zone)
    return at


@dataclass(frozen=True)
class Draft:
    """One message to one person; `key` and the person make it the same one, however often it is posted."""

    user: User
    key: str
    partnership_id: int | None = None
    path: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    object_id: int | None = None
    work_item_id: int | None = None


def post(
    kind: str,
    *,
    to: Iterable[User],
    key: str,
    partnership: Partnership | None = None,
    path: str = "",
    names: Mapping[str, str] | None = None,
    object_id: int | None = None,
) -> None:
    """Owe each person one message of this kind."""
    partnership_id = partnership.pk if partnership else None
    post_drafts(kind, [Draft(u, key, partnership_id, path, names or {}, object_id) for u in to])


def post_drafts(kind: str, drafts: Iterable[Draft]) -> None:
    """Owe many messages of one kind, in two statements."""
    drafts = [d for d in drafts if d.user.is_active]
    if not drafts:
        return
    moment = clock.now()
    how = kinds.get(kind)
    people = {d.user.pk for d in drafts}
    chosen = dict(NoticePreference.objects.filter(user__in=people, kind=kind).values_list("user_id", "delivery"))
    rows = []
    for draft in drafts:
        user = draft.user
        delivery = "now" if how.default == "always" else chosen.get(user.pk, how.default)
        row = Notice(
            recipient=user,
            language=user.language,
            kind=kind,
            key=f"{draft.key}:{user.pk}",
            partnership_id=draft.partnership_id,
            path=draft.path,
            names=dict(draft.names),
            object_id=draft.object_id,
            work_item_id=draft.work_item_id,
            created_at=moment,
            send_at=moment,
            mail_state=MailState.NONE if delivery == "never" else MailState.PENDING,
            digest=how.together,
        )
        if delivery == "daily":
            row.digest, row.send_at = True, next_digest(user, moment)
        if user.mail_paused_until and how.default != "always":
            resume = datetime.combine(user.mail_paused_until, time(DIGEST_HOUR), ZoneInfo(user.time_zone))
            if resume > row.send_at:
                row.digest, row.send_at = True, resume
        rows.append(row)
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def post_to_address(
    kind: str,
    *,
    address: str,
    language: str,
    key: str,
    object_id: int,
    names: Mapping[str, str] | None = None,
    partnership: Partnership | None = None,
) -> None:
    """Owe a message to somebody who is not in yet (an invitation)."""
    moment = clock.now()
    row = Notice(
        address=address,
        language=language,
        kind=kind,
        key=key,
        object_id=object_id,
        names=dict(names or {}),
        partnership=partnership,
        created_at=moment,
        send_at=moment,
    )
    Notice.objects.bulk_create([row], ignore_conflicts=True)


def keep_in_the_inbox(*, unread_days: int) -> None:
    """What is owed until now stays in the inbox and goes out by no mail; older than these days it counts as read.

    For a story that is told in retrospect: nobody wants its mails of four years.
    """
    Notice.objects.filter(mail_state=MailState.PENDING).update(mail_state=MailState.NONE)
    Notice.objects.filter(read_at=None, created_at__lt=clock.now() - timedelta(days=unread_days)).update(
        read_at=models.F("created_at")
    )
