"""Owing a message. The worker delivers it; see tasks.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.db import connection, models

from .. import clock
from ..access.statements import adapted, sql_public_id, sql_values
from . import kinds
from .models import Notice, NoticePreference
from .states import MailState

if TYPE_CHECKING:
    from partnerships.people.models import User
    from partnerships.record.models import Partnership

#: Hour of the reader's morning at which the daily digest goes out.
DIGEST_HOUR = 7


def next_digest(time_zone: str, moment: datetime) -> datetime:
    """The next digest instant after a moment, in the reader's own morning."""
    zone = ZoneInfo(time_zone)
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
            row.digest, row.send_at = True, next_digest(user.time_zone, moment)
        if user.mail_paused_until and how.default != "always":
            resume = datetime.combine(user.mail_paused_until, time(DIGEST_HOUR), ZoneInfo(user.time_zone))
            if resume > row.send_at:
                row.digest, row.send_at = True, resume
        rows.append(row)
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


#: What `post_drafts` writes, as one statement: {drafts} finds (user, key, partnership, path, names, object, work item).
_POST_FOUND = """
WITH cg_draft (user_id, key, partnership_id, path, names, object_id, work_item_id) AS ({drafts}),
     cg_digest (zone, at) AS (VALUES {digests}),
     cg_resume (zone, day, at) AS (VALUES {resumes}),
     cg_owed AS (
         SELECT d.*, u.language, coalesce(p.delivery, %s) AS delivery, coalesce(g.at, %s) AS send_at, r.at AS resume_at
         FROM cg_draft d
         JOIN partnerships_user u ON u.id = d.user_id AND u.is_active
         LEFT JOIN partnerships_noticepreference p ON p.user_id = u.id AND p.kind = %s
         LEFT JOIN cg_digest g ON g.zone = u.time_zone AND coalesce(p.delivery, %s) = 'daily'
         LEFT JOIN cg_resume r ON r.zone = u.time_zone AND r.day = u.mail_paused_until
     )
INSERT INTO partnerships_notice (
    public_id, recipient_id, address, language, kind, key, partnership_id, work_item_id, object_id, names, path,
    created_at, mail_state, digest, send_at, attempts, message_id, last_error
)
SELECT {public_id}, user_id, '', language, %s, key || ':' || user_id, partnership_id, work_item_id, object_id, names,
    path, %s, CASE WHEN delivery = 'never' THEN 'none' ELSE 'pending' END,
    %s OR delivery = 'daily' OR coalesce(resume_at > send_at, false),
    CASE WHEN resume_at > send_at THEN resume_at ELSE send_at END, 0, '', ''
FROM cg_owed
-- In one order, so that two of these wait for each other and do not block each other.
WHERE true ORDER BY work_item_id, user_id, key
ON CONFLICT (key) DO NOTHING
"""


def post_found(kind: str, drafts: models.QuerySet[Any, Any]) -> None:
    """The same for drafts that a query finds, in three statements however many: a loop takes seconds for thousands.

    Its rows are (user, key, partnership, path, names, object, work item). Hours of the morning come from Python, a pair
    for each zone in question, since SQLite knows no time zones.
    """
    moment, how = clock.now(), kinds.get(kind)
    people: models.QuerySet[Any, Any] = get_user_model()._default_manager.filter(is_active=True)
    default, asked = ("now", "") if how.default == "always" else (how.default, kind)
    daily = (
        people
        if default == "daily"
        else people.filter(pk__in=NoticePreference.objects.filter(kind=asked, delivery="daily").values("user"))
    )
    paused = people.filter(mail_paused_until__gte=moment.date() - timedelta(days=1)) if asked else people.none()
    digests = [(zone, next_digest(zone, moment)) for zone in daily.values_list("time_zone", flat=True).distinct()]
    resumes = [
        (zone, day, datetime.combine(day, time(DIGEST_HOUR), ZoneInfo(zone)))
        for zone, day in paused.values_list("time_zone", "mail_paused_until").distinct()
    ]
    # A first row that fits nobody: there is always one, and it says of which type the columns are.
    digest_rows, digest_values = sql_values([("", moment), *digests])
    resume_rows, resume_values = sql_values([("", moment.date(), moment), *resumes])
    select, select_values = drafts.query.get_compiler(connection=connection).as_sql()
    at = adapted(moment)
    statement = _POST_FOUND.format(drafts=select, digests=digest_rows, resumes=resume_rows, public_id=sql_public_id())
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            [*select_values, *digest_values, *resume_values, default, at, asked, default, kind, at, how.together],
        )


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
