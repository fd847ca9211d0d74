"""Handing mails to the mail server: claimed before, noted after, tried again with patience."""

from __future__ import annotations

import logging
import smtplib
import time
from datetime import timedelta
from email.utils import make_msgid

from django.core.mail import get_connection
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q, QuerySet

from .. import clock
from .mails import compose
from .models import Notice
from .states import MailState

logger = logging.getLogger(__name__)

#: Minutes before the next try, by attempts made. After the last one the notice is shown as failed.
BACKOFF_MINUTES = (1, 5, 15, 60, 180, 720, 1440)
#: A claim older than this belonged to a worker that died; its mail is sent once more, under the same Message-ID.
CLAIM_MINUTES = 15
#: Seconds that one look hands mails over; the others wait for the next. Well under a task's time limit, which ends the
#: worker in the middle of a mail.
LOOK_SECONDS = 120
#: Seconds that a database which went away is waited for, to note in it that a mail was taken.
NOTE_SECONDS = 60
#: Failures that say nothing about the one mail: the server went, or does not let us in.
_SERVER = (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError, smtplib.SMTPAuthenticationError)


class Unreachable(Exception):
    """The mail server itself does not answer: the next mail would only wait for it in the same way."""


def claim(limit: int = 100) -> list[list[Notice]]:
    """Take what is due, one list a mail. A notice is in one worker's hands at a time."""
    moment = clock.now()
    stale = moment - timedelta(minutes=CLAIM_MINUTES)
    due = Q(mail_state=MailState.PENDING, send_at__lte=moment) | Q(mail_state=MailState.CLAIMED, claimed_at__lt=stale)
    with transaction.atomic():
        rows = list(
            Notice.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(due)
            .select_related("recipient", "work_item")
            .order_by("send_at", "pk")[:limit]
        )
        mails: dict[object, list[Notice]] = {}
        for row in rows:
            row.mail_state, row.claimed_at = MailState.CLAIMED, moment
            row.attempts += 1
            # What may have gone out under an id goes out again with the same, and with nothing beside it: a mail
            # program that has that id already shows nothing of the second.
            together = row.digest and row.recipient_id
            group: object = ("digest", row.recipient_id, row.message_id) if together else row.pk
            mails.setdefault(group, []).append(row)
        Notice.objects.bulk_update(rows, ["mail_state", "claimed_at", "attempts"])
    return list(mails.values())


def _take_up(mail: list[Notice]) -> bool:
    """Just before it is handed over: is it still ours? What waited behind slow ones may be another worker's by now."""
    ids, claimed_at = [n.pk for n in mail], mail[0].claimed_at
    message_id = mail[0].message_id or make_msgid(domain="common-ground")
    with transaction.atomic():
        ours = Notice.objects.select_for_update().filter(
            pk__in=ids, mail_state=MailState.CLAIMED, claimed_at=claimed_at
        )
        if len(ours) < len(ids):
            return False
        moment = clock.now()
        Notice.objects.filter(pk__in=ids).update(claimed_at=moment, message_id=message_id)
    for row in mail:
        row.claimed_at, row.message_id = moment, message_id
    return True


def send(mail: list[Notice]) -> bool:
    """Hand one mail over and note what came of it. Raises Unreachable where no mail would get through."""
    ids = [n.pk for n in mail]
    first = mail[0]
    if first.recipient is not None and (not first.recipient.is_active or first.recipient.anonymous_at):
        Notice.objects.filter(pk__in=ids).update(mail_state=MailState.NONE)
        return False
    is_first_try = not first.message_id
    if not _take_up(mail):
        return False
    try:
        with get_connection() as server:
            message = compose(mail)
            message.connection = server
            message.send()
    except (OSError, smtplib.SMTPException) as error:
        _note_failure(mail, error)
        if is_first_try and not isinstance(error, smtplib.SMTPServerDisconnected):
            # Surely not taken: it may go out together with what is due by then.
            Notice.objects.filter(pk__in=ids, claimed_at=first.claimed_at).update(message_id="")
        if isinstance(error, _SERVER) or not isinstance(error, smtplib.SMTPException):
            raise Unreachable from error
        return False
    _note_sent(ids)
    return True


def _note_sent(ids: list[int]) -> None:
    """The mail is out; a database that restarts in this moment must not make it go out twice."""
    until = time.monotonic() + NOTE_SECONDS
    while True:
        try:
            Notice.objects.filter(pk__in=ids).update(mail_state=MailState.SENT, sent_at=clock.now(), last_error="")
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() > until:
                raise
            connection.close()
            time.sleep(0.5)
        else:
            return


def deliver(limit: int = 100) -> int:
    """Send what is due. Returns how many mails the server took."""
    sent = 0
    mails = claim(limit)
    until = time.monotonic() + LOOK_SECONDS
    for number, mail in enumerate(mails):
        if time.monotonic() > until:
            _put_back(mails[number:])
            break
        try:
            sent += send(mail)
        except Unreachable:
            _put_back(mails[number + 1 :])
            break
        except (OperationalError, InterfaceError):
            # Nothing can be noted now; what was claimed goes out once its claim is old.
            raise
        except Exception as error:
            # One bad row must not stop the others; it is shown as failed with its reason.
            logger.exception("a notice could not be made into a mail", extra={"notice": mail[0].pk})
            _note_failure(mail, error)
    return sent


def _put_back(mails: list[list[Notice]]) -> None:
    """Not tried, so not counted: they go out as soon as the server answers. What another took over stays with it."""
    for mail in mails:
        Notice.objects.filter(
            pk__in=[n.pk for n in mail], mail_state=MailState.CLAIMED, claimed_at=mail[0].claimed_at
        ).update(mail_state=MailState.PENDING, attempts=F("attempts") - 1)


def _note_failure(mail: list[Notice], error: Exception) -> None:
    attempts = mail[0].attempts
    permanent = isinstance(error, smtplib.SMTPRecipientsRefused) and all(
        500 <= code < 600 for code, _ in error.recipients.values()
    )
    given_up = permanent or attempts > len(BACKOFF_MINUTES)
    wait = timedelta(minutes=BACKOFF_MINUTES[min(attempts, len(BACKOFF_MINUTES)) - 1])
    # One that another took over meanwhile is in its hands, or out already.
    Notice.objects.filter(
        pk__in=[n.pk for n in mail], mail_state=MailState.CLAIMED, claimed_at=mail[0].claimed_at
    ).update(
        mail_state=MailState.FAILED if given_up else MailState.PENDING,
        send_at=clock.now() + wait,
        last_error=type(error).__name__[:200],
    )
    logger.warning("a mail was not taken", extra={"attempt": attempts, "reason": type(error).__name__})


def try_again(notices: QuerySet[Notice]) -> int:
    """Put mails that were given up back in the queue. Returns how many."""
    return notices.filter(mail_state=MailState.FAILED).update(
        mail_state=MailState.PENDING, attempts=0, send_at=clock.now()
    )
