"""Dates, durations, money and scores as people write them, in the reader's language.

Every function takes what it compares with (`today`) so that it can be tested; callers that leave it out get the
software's own clock.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import lru_cache

from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, get_language_info, gettext, ngettext, pgettext

from partnerships import clock

Moment = dt.date | dt.datetime
#: No-break space: a figure and its unit stay on one line.
NBSP = "\u00a0"


def language_inside(code: str) -> str:
    """A language's name within a line: French and Spanish write it small."""
    name = str(get_language_info(code)["name_translated"])
    return name if (get_language() or "").startswith("en") else name.lower()


def direction(text: str) -> str:
    """ "rtl" where the first letter that has a direction is of a script written from the right, else "ltr"."""
    strong = (unicodedata.bidirectional(letter) for letter in text)
    return "rtl" if next((kind for kind in strong if kind in {"L", "R", "AL"}), "L") != "L" else "ltr"


def day_of(moment: Moment) -> dt.date:
    """The day of an instant in the current time zone; a date is its own day."""
    if isinstance(moment, dt.datetime):
        return timezone.localtime(moment).date() if timezone.is_aware(moment) else moment.date()
    return moment


def _today(today: dt.date | None) -> dt.date:
    return today if today is not None else day_of(clock.now())


def _written(day: dt.date, form: str) -> str:
    """The date in this form; French counts the first of a month: "1er mai"."""
    said = date_format(day, form)
    return re.sub(r"\b1 ", "1er ", said, count=1) if day.day == 1 and (get_language() or "").startswith("fr") else said


def _in_a_sentence(day: str) -> str:
    """Without the full stop of an abbreviated month at its end ("8 oct."), which would meet that of a sentence."""
    return day.removesuffix(".")


def near_date(moment: Moment, today: dt.date | None = None) -> str:
    """A day that is coming or just gone, with its weekday: "Wed 25 Nov"; the year only when it differs."""
    day = day_of(moment)
    if day.year == _today(today).year:
        return _in_a_sentence(_written(day, pgettext("near date, see Django's date format letters", "D j M")))
    return _written(day, pgettext("near date with year", "D j M Y"))


def past_date(moment: Moment, today: dt.date | None = None) -> str:
    """A day in the past: "12 Nov"; the year only when it differs."""
    day = day_of(moment)
    if day.year == _today(today).year:
        return _in_a_sentence(_written(day, pgettext("short date", "j M")))
    return _written(day, pgettext("short date with year", "j M Y"))


def long_date(moment: Moment) -> str:
    """In full, for titles and papers: "25 November 2026"."""
    return _written(day_of(moment), pgettext("long date", "j F Y"))


def clock_time(moment: dt.datetime) -> str:
    """The hour in the current time zone: "14:02"."""
    local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    return date_format(local, "H:i")


def date_range(first: Moment, last: Moment, today: dt.date | None = None) -> str:
    """ "12 Jan to 20 Apr 2026"; the first year only where it differs from the last."""
    start, end = day_of(first), day_of(last)
    begin = past_date(start, today=end)
    finish = _written(end, pgettext("short date with year", "j M Y"))
    if end.year == _today(today).year and start.year == end.year:
        finish = past_date(end, today)
    return gettext("%(first)s to %(last)s") % {"first": begin, "last": finish}


def days(count: int) -> str:
    """A duration, always in days: "70 days"."""
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": number_format(count, 0, force_grouping=True)}


def days_between(first: Moment, last: Moment | None = None) -> int:
    """Whole days from the first day to the last (today, where left out)."""
    return (_today(day_of(last) if last is not None else None) - day_of(first)).days


def days_ago(moment: Moment, today: dt.date | None = None) -> str:
    """How long since, or until: "today", "yesterday", "5 days ago", "tomorrow", "in 5 days"."""
    gone = days_between(moment, _today(today))
    if gone == 0:
        return gettext("today")
    if gone == 1:
        return gettext("yesterday")
    if gone == -1:
        return gettext("tomorrow")
    if gone > 0:
        return ngettext("%(count)s day ago", "%(count)s days ago", gone) % {"count": number(gone)}
    return ngettext("in %(count)s day", "in %(count)s days", -gone) % {"count": number(-gone)}


def late_by(moment: Moment, today: dt.date | None = None) -> str:
    """ "Late by 3 days", or nothing when it is not late."""
    gone = days_between(moment, _today(today))
    if gone <= 0:
        return ""
    return ngettext("Late by %(count)s day", "Late by %(count)s days", gone) % {"count": number(gone)}


def due_words(moment: Moment, today: dt.date | None = None) -> str:
    """By when: "Late by 3 days", "Today", "Tomorrow", else "By Wed 25 Nov"."""
    day = _today(today)
    gone = days_between(moment, day)
    if gone > 0:
        return late_by(moment, day)
    if gone == 0:
        return gettext("Today")
    if gone == -1:
        return gettext("Tomorrow")
    return gettext("By %(date)s") % {"date": near_date(moment, day)}


def number(value: Decimal | int | float, places: int | None = None) -> str:
    """A number grouped by the reader's language; whole numbers without decimals."""
    exact = Decimal(str(value))
    if places is None:
        places = 0 if exact == exact.to_integral_value() else 2
    return number_format(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP), places, force_grouping=True)


def figure(value: Decimal) -> str:
    """A measured value with the decimals that it has: "0.0025", "12,5", "1,200"."""
    exponent = value.normalize().as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return number_format(value, places, force_grouping=True)


def money(amount: Decimal | int | float, currency: str) -> str:
    """An amount with its ISO currency, in the order the reader's language uses: "USD 5,600,000", "5 600 000 USD"."""
    words = pgettext("money: currency and amount with a no-break space", "%(currency)s %(amount)s")
    return words % {"currency": currency, "amount": number(amount)}


def percent(part: Decimal | int | float, whole: Decimal | int | float) -> str:
    """A share in words that never round something to nothing: "88 %", "under 1 %"."""
    if not whole:
        return "–"
    share = Decimal(str(part)) / Decimal(str(whole)) * 100
    if 0 < share < 1:
        return gettext("under 1 %%") % {}
    rounded = share.quantize(Decimal(1), ROUND_HALF_UP)
    if rounded == 100 and share < 100:
        rounded = Decimal(99)
    return pgettext("percent with a no-break space", "%(share)s %%") % {"share": rounded}


def score(value: Decimal | float, cuts: Sequence[Decimal | float] = ()) -> str:
    """A mean with one decimal, never rounded across a border: 2.38 stays 2.3 where a band begins at 2.4."""
    return _score(value, tuple(cuts), get_language())


@lru_cache(maxsize=4096)
def _score(value: Decimal | float, cuts: tuple[Decimal | float, ...], language: str | None) -> str:
    """Figures come again and again on a page of results; the language is the one that is read just now."""
    exact = Decimal(str(value))
    tenth = Decimal("0.1")
    rounded = exact.quantize(tenth, ROUND_HALF_UP)
    if any(exact < Decimal(str(cut)) <= rounded for cut in cuts):
        rounded = exact.quantize(tenth, ROUND_FLOOR)
    return number_format(rounded, 1)


def file_size(count: int) -> str:
    """Bytes in the reader's units: "2.4 MB"."""
    return filesizeformat(count)


def and_list(parts: Sequence[str]) -> str:
    """ "Sahel Futures, Corvane Gold and Third Chair"."""
    items = [str(part) for part in parts]
    if len(items) < 2:
        return "".join(items)
    return gettext("%(first)s and %(last)s") % {"first": ", ".join(items[:-1]), "last": items[-1]}
