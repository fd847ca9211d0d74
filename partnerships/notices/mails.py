"""Making a mail of notices: text and HTML, in the reader's language.

It holds no content of the record beyond its name, unless the reader's own organisation lets its mails carry more: then
a reminder says what waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from . import kinds

if TYPE_CHECKING:
    from partnerships.people.models import User

    from .models import Notice


@dataclass(frozen=True)
class Line:
    """One notice as the reader sees it: sentence, address to go to, and the words on the button."""

    subject: str
    text: str
    url: str
    button: str


def line_of(notice: Notice, *, record: str, waits: str = "") -> Line:
    """The words of a notice in the active language, for a mail.

    `record` is the partnership's working title, `waits` the title of the work item that a reminder is of, if the mail
    may say it.
    """
    own = kinds.get(notice.kind).path
    return _line(notice, record, settings.SITE_URL + (own(notice) if own is not None else notice.path), waits)


def in_app(notice: Notice, *, record: str, waits: str = "") -> Line:
    """The same for the inbox: it leads to the page, never through a mail link, and its heading says what waits."""
    line = _line(notice, record, notice.path)
    if not waits:
        return line
    return replace(line, subject=record + pgettext("between a name and what is said of it", ": ") + waits)


def _line(notice: Notice, record: str, url: str, waits: str = "") -> Line:
    kind = kinds.get(notice.kind)
    names = {k: str(v) for k, v in notice.names.items()}
    names["record"] = record
    if due := names.pop("due", ""):
        names["when"] = _("It is due on %(day)s.") % {"day": date_format(date.fromisoformat(due), "j F Y")}
    names.setdefault("when", "")
    return Line(
        subject=_filled(kind.subject, names),
        # A title is what somebody wrote: it is added as it is, never filled in.
        text=" ".join(part for part in (_filled(kind.line, names).strip(), waits) if part),
        url=url,
        button=str(kind.button),
    )


def record_names(notices: Sequence[Notice]) -> dict[int, str]:
    """Working titles of the records that these notices are about, in one query."""
    ids = {n.partnership_id for n in notices if n.partnership_id}
    rows = apps.get_model("partnerships", "Partnership")._default_manager.filter(pk__in=ids) if ids else []
    return {row.pk: row.name for row in rows}


def titles_of(notices: Sequence[Notice], reader: User) -> dict[int, str]:
    """What waits, by the id of its row, as far as the reader may see it; in the active language and one query."""
    ids = {n.work_item_id for n in notices if n.work_item_id}
    rows = apps.get_model("partnerships", "WorkItem").objects.visible_to(reader).filter(pk__in=ids) if ids else []
    return {row.pk: row.title for row in rows}


def _may_carry_content(reader: User) -> bool:
    """Every organisation that the reader works for has said so."""
    said = reader.memberships.filter(ended_on=None).values_list("organisation__mail_content", flat=True)
    return bool(said) and all(said)


def compose(notices: Sequence[Notice]) -> EmailMultiAlternatives:
    """One mail of one notice, or a digest of several for the same reader."""
    first = notices[0]
    language = first.recipient.language if first.recipient else first.language
    titles = record_names(notices)
    with translation.override(language):
        reader = first.recipient
        waits = titles_of(notices, reader) if reader and _may_carry_content(reader) else {}
        lines = [
            line_of(n, record=titles.get(n.partnership_id or 0, ""), waits=waits.get(n.work_item_id or 0, ""))
            for n in notices
        ]
        if len(lines) == 1:
            subject = lines[0].subject
        else:
            subject = ngettext("%(count)s thing in Common Ground", "%(count)s things in Common Ground", len(lines)) % {
                "count": len(lines)
            }
        context = {
            "subject": subject,
            "lines": lines,
            "name": first.recipient.get_short_name() if first.recipient else "",
            "settings_url": settings.SITE_URL + "/notices/settings/" if first.recipient else "",
            "language": language,
            "LANGUAGE_CODE": language,
        }
        text = render_to_string("emails/notices.txt", context)
        html = render_to_string("emails/notices.html", context)
    to = first.recipient.email if first.recipient else first.address
    mail = EmailMultiAlternatives(" ".join(subject.split()), text, settings.DEFAULT_FROM_EMAIL, [to])
    mail.attach_alternative(html, "text/html")
    mail.extra_headers["Message-ID"] = first.message_id
    mail.extra_headers["Auto-Submitted"] = "auto-generated"
    return mail


def _filled(words: object, names: dict[str, str]) -> str:
    text = str(words)
    for name, value in names.items():
        text = text.replace("{" + name + "}", value)
    return text
