"""How each part of the installation is, in words: what the operations page begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from partnerships import clock
from partnerships.looks.format import file_size

from .state import Disk, Jobs, Outbox

#: From here on, in seconds, it is called late: a look for due work that is a few times overdue, a mail, a PDF.
LOOK_LATE, LOOKS_MISSED, MAIL_LATE, PDF_LATE = 600, 5, 900, 900
#: Per cent of the disk in use.
DISK_FULL, DISK_FILLING = 97, 90


@dataclass(frozen=True)
class Check:
    """One part: how it is (`met`, `warn`, `high` or `none`), in a word and in a sentence."""

    name: str
    state: str
    word: str
    said: str = ""


def lasting(seconds: int) -> str:
    """ "12 seconds", "5 minutes", "2 days"."""
    if seconds < 60:
        return ngettext("%(count)s second", "%(count)s seconds", seconds) % {"count": seconds}
    moment = clock.now()
    return timesince(moment - timedelta(seconds=seconds), moment, depth=1)


def well(name: str, said: str = "", word: str = "") -> Check:
    return Check(name, "met", word or _("Works"), said)


def database(said: str) -> Check:
    """The page itself came out of it."""
    return well(_("Database"), said)


def broker(answer: str) -> Check:
    """The broker of jobs, which is the cache too."""
    if answer == "ok":
        return well(_("Queue of jobs"))
    return Check(
        _("Queue of jobs"), "high", _("Does not answer"), _("Mails, PDFs and reminders wait, and come once it is back.")
    )


def workers(ages: Mapping[str, int]) -> Check:
    """Each finishes some look for due work every few minutes."""
    if not ages:
        return Check(
            _("Workers"), "high", pgettext("workers", "None"), _("No worker has finished a task in the last hour.")
        )
    said = ngettext("One worker.", "%(count)s workers.", len(ages)) % {"count": len(ages)}
    last = _("The last task was finished %(time)s ago.") % {"time": lasting(min(ages.values()))}
    late = min(ages.values()) > LOOK_LATE
    return Check(_("Workers"), "high" if late else "met", _("Late") if late else _("Works"), f"{said} {last}")


def is_late(age: int | None, every: float, noted_for: int) -> bool:
    """Whether a look for due work should have come by now; one that never came, since there have been notes at all."""
    return (noted_for if age is None else age) > max(LOOK_LATE, LOOKS_MISSED * every)


def scheduler(ages: Mapping[str, int | None], every: Mapping[str, float], noted_for: int) -> Check:
    """The scheduler says when to look; a worker looks."""
    late = [task for task, age in ages.items() if is_late(age, every[task], noted_for)]
    known = [age for age in ages.values() if age is not None]
    if not known:
        return Check(_("Scheduler"), "high", _("Not yet"), _("No worker has looked for due work yet."))
    said = _("Due work was last looked for %(time)s ago.") % {"time": lasting(min(known))}
    return Check(_("Scheduler"), "high" if late else "met", _("Late") if late else _("Works"), said)


def outbox(found: Outbox) -> Check:
    """Whether mails leave, and whether some were given up."""
    name = _("Mails")
    if found.lag is not None and found.lag > MAIL_LATE:
        said = _("The oldest mail that is due waits for %(time)s.") % {"time": lasting(found.lag)}
        return Check(name, "high", _("Late"), said)
    if found.failed:
        said = ngettext("One could not be sent.", "%(count)s could not be sent.", found.failed)
        return Check(name, "warn", _("To be looked at"), said % {"count": found.failed})
    return well(name, ngettext("One is due.", "%(count)s are due.", found.due) % {"count": found.due})


def pdfs(*found: Jobs) -> Check:
    """Reports and agreements together."""
    name = _("PDFs")
    lag = max((jobs.lag for jobs in found if jobs.lag is not None), default=0)
    if lag > PDF_LATE:
        return Check(name, "high", _("Late"), _("The oldest waits for a worker for %(time)s.") % {"time": lasting(lag)})
    failed, waiting = sum(jobs.failed for jobs in found), sum(jobs.waiting + jobs.working for jobs in found)
    if failed:
        said = ngettext("One could not be made.", "%(count)s could not be made.", failed) % {"count": failed}
        return Check(name, "warn", _("To be looked at"), said)
    return well(name, ngettext("One is to be made.", "%(count)s are to be made.", waiting) % {"count": waiting})


def openings(troubled: int) -> Check:
    """Reviews whose day has come and whose answers no key opens."""
    if not troubled:
        return well(_("Openings of reviews"))
    said = ngettext("One review cannot be opened.", "%(count)s reviews cannot be opened.", troubled)
    return Check(_("Openings of reviews"), "high", _("Held up"), said % {"count": troubled})


def disk(found: Disk) -> Check:
    """Where documents are kept."""
    said = _("%(free)s of %(total)s are free.") % {"free": file_size(found.free), "total": file_size(found.total)}
    if found.used_percent >= DISK_FILLING:
        full = found.used_percent >= DISK_FULL
        return Check(_("Disk"), "high" if full else "warn", pgettext("disk", "Full") if full else _("Fills up"), said)
    return well(_("Disk"), said)


def migrations(to_run: Sequence[str]) -> Check:
    """Whether the tables are those of this release."""
    if not to_run:
        return well(_("Database tables"), _("Those of this release."), _("Up to date"))
    said = _("manage.py migrate was not run for this release. Still to run: %(names)s")
    return Check(_("Database tables"), "high", _("Out of date"), said % {"names": ", ".join(to_run[:5])})
