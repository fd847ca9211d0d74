"""What a notice of each kind says. The words are made at delivery, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:
    from .models import Notice

Words = str | Promise


@dataclass(frozen=True)
class NoticeKind:
    """`subject` and `line` may hold {record} and the notice's names; `path` makes a special link for the mail."""

    code: str
    label: Words
    subject: Words
    line: Words
    button: Words
    #: At once, daily or never by default; "always" cannot be switched off (invitations, security).
    default: str = "now"
    path: Callable[[Notice], str] | None = None
    #: Several that are due at the same time come in one mail (reminders after an outage).
    together: bool = False


_kinds: dict[str, NoticeKind] = {}


def register(
    code: str,
    *,
    label: Words,
    subject: Words,
    line: Words,
    button: Words,
    default: str = "now",
    path: Callable[[Notice], str] | None = None,
    together: bool = False,
) -> str:
    """Make a kind known. Returns its code."""
    _kinds[code] = NoticeKind(code, label, subject, line, button, default, path, together)
    return code


def get(code: str) -> NoticeKind:
    return _kinds[code]


def switchable() -> list[NoticeKind]:
    """The kinds about which a person has a choice, in order of their label."""
    return sorted((k for k in _kinds.values() if k.default != "always"), key=lambda k: str(k.label))
