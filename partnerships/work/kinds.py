"""What each kind of work is called, and which reminder rule it follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:
    from ..notices.models import Notice

MailPath = Callable[["Notice"], str]


@dataclass(frozen=True)
class WorkKind:
    """`title` may hold {subject}; `why` is the line under it.

    `mail_path` makes the address that a reminder's mail leads to (a link that needs no sign-in), from the reminder:
    its `object_id` is the item, its `recipient` the person. Without it a mail leads where home leads.
    """

    code: str
    title: str | Promise
    why: str | Promise = ""
    rule: str = "usual"
    mail_path: MailPath | None = None


_kinds: dict[str, WorkKind] = {}


def register(
    code: str,
    title: str | Promise,
    *,
    why: str | Promise = "",
    rule: str = "usual",
    mail_path: MailPath | None = None,
) -> str:
    """Make a kind known. Returns its code."""
    _kinds[code] = WorkKind(code, title, why, rule, mail_path)
    return code


def get(code: str) -> WorkKind:
    return _kinds.get(code) or WorkKind(code, code)


def title_of(code: str, subject: str) -> str:
    """The title in the reader's language."""
    title = str(get(code).title)
    return title.replace("{subject}", subject) if subject else title.replace("{subject}", "").strip(" :,")
