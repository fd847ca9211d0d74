"""How long a file is kept: its own last day, else what its kind says. Arithmetic, one filter, and the words."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..catalogue.content import DocumentKind
from ..looks.format import long_date
from .models import Document
from .states import Held

if TYPE_CHECKING:
    from ..record.models import Partnership

#: So many days before a file goes, its side is told; and it goes no sooner than so many days after that.
WARN_DAYS = 30
#: The longest that anything is kept by a day of its own, in months: as the longest of any kind.
LONGEST_MONTHS = 240


def months_on(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where that one is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_back(end: date, months: int) -> date:
    """The latest day from which so many months lead to `end` at most: of days up to it, and of no other."""
    year, month = divmod(end.year * 12 + end.month - 1 - months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, last if end.day == monthrange(end.year, end.month)[1] else min(end.day, last))


@dataclass(frozen=True)
class Kept:
    """Until when a file is kept, as far as is known today."""

    #: Its last day; None: it hangs on the closing alone, or nobody has said anything.
    until: date | None = None
    #: So many months after the partnership is closed, where that may still come, and come first.
    months: int | None = None

    @property
    def in_words(self) -> str:
        """A sentence, in the reader's language."""
        months = self.months or 0
        if self.until is not None:
            day = long_date(self.until)
            if self.months is None:
                return _("Kept until %(day)s.") % {"day": day}
            return ngettext(
                "Kept until %(day)s, or for %(count)s month after the partnership is closed if that ends earlier.",
                "Kept until %(day)s, or for %(count)s months after the partnership is closed if that ends earlier.",
                months,
            ) % {"day": day, "count": months}
        if self.months is not None:
            return ngettext(
                "Kept for %(count)s month after the partnership is closed.",
                "Kept for %(count)s months after the partnership is closed.",
                months,
            ) % {"count": months}
        return _("Nobody has said how long it is kept.")


def kept(document: Document, kind: DocumentKind | None, partnership: Partnership, today: date) -> Kept:
    """Its own last day, or what its kind says if that ends earlier; with a reason its own day alone.

    A kind counts from when the partnership was closed, ended or not pursued: so all have accepted it in the ground
    rules. Until when a document is valid shortens nothing. Kinds that hold personal data give way to no reason.
    """
    ends = [document.keep_until] if document.keep_until is not None else []
    months = None
    if kind is not None and (kind.personal or not document.keep_reason):
        if partnership.closed_on is not None:
            ends.append(months_on(partnership.closed_on, kind.retention_months))
        else:
            months = kind.retention_months
    until = min(ends, default=None)
    if months is not None and until is not None and until <= months_on(today, months):
        # A closing from today on can no longer come first.
        months = None
    return Kept(until, months)


def ending_by(day: date, kinds: Mapping[str, DocumentKind]) -> Q:
    """Documents whose last day is this one or lies before it: `kept` turned around, for all of them at once."""
    codes: dict[int, list[str]] = defaultdict(list)
    for kind in kinds.values():
        codes[kind.retention_months].append(kind.code)
    rule = Q(pk__in=[])
    for months, of_these in codes.items():
        rule |= Q(kind__in=of_these, partnership__closed_on__lte=months_back(day, months))
    personal = [kind.code for kind in kinds.values() if kind.personal]
    return Q(keep_until__lte=day) | (rule & (Q(keep_reason="") | Q(kind__in=personal)))


#: What a sweep may look at: files that a side keeps, and does not hold. What all have signed (no author) stays.
SWEPT = Q(held=Held.FILE, author__isnull=False, party__held_since=None)


def goes_on(document: Document, until: date, today: date) -> date:
    """The first day on which the file may be gone: after its last one, and 30 days after its side was told."""
    return max(until + timedelta(days=1), (document.warned_on or today) + timedelta(days=WARN_DAYS))


def check_kept(
    *,
    keep_until: date | None,
    keep_reason: str,
    kind: DocumentKind | None,
    partnership: Partnership,
    today: date,
) -> None:
    """Refuse a day of its own that nobody could be warned of, or that is later than the kind says without a reason.

    ValidationError by field: `keep_until`, `keep_reason`.
    """
    if keep_until is None:
        if keep_reason:
            raise ValidationError({"keep_until": _("Say until when, or leave the reason empty.")})
        return
    if keep_until < today + timedelta(days=WARN_DAYS):
        raise ValidationError(
            {"keep_until": _("Your side is told 30 days before a file goes: choose a day that is further away.")}
        )
    if keep_until > months_on(today, LONGEST_MONTHS):
        raise ValidationError({"keep_until": _("No file is kept for longer than 20 years.")})
    if kind is None:
        return
    if kind.personal and keep_reason:
        raise ValidationError(
            {
                "keep_reason": _(
                    "This kind can hold data of persons. It is never kept longer than its kind says: leave the reason "
                    "empty."
                )
            }
        )
    by_kind = kept(Document(), kind, partnership, today).until
    if by_kind is not None and keep_until > by_kind and not keep_reason:
        day = {"day": long_date(by_kind)}
        if kind.personal:
            raise ValidationError(
                {"keep_until": _("This kind can hold data of persons: %(day)s is the last day it allows.") % day}
            )
        raise ValidationError(
            {"keep_reason": _("Its kind says %(day)s. Say why you keep it longer, or choose an earlier day.") % day}
        )
