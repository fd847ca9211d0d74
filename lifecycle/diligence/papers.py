"""A due diligence summary on paper: its HTML, and the making of its PDF by a worker while somebody waits."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, models, transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from partnerships import clock
from partnerships.access.actions import authored, circle_here
from partnerships.access.guard import place_of
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.documents.storage import StoreAway, let_go
from partnerships.history.actions import log
from partnerships.looks import paper as looks
from partnerships.looks import svg
from partnerships.looks.format import and_list, long_date
from partnerships.looks.paper import NoPaper, Overtaken

from .kinds import PAPER_ASKED, PAPER_TAKEN
from .models import SummaryPaper
from .permissions import can_have_board_paper, can_have_papers
from .queries.summary import About, Summary, Voice, summary_of
from .states import Audience, Level, PaperState

logger = logging.getLogger(__name__)

ATTEMPTS_MAX = 3
#: How long a paper lies ready: it tells of the day on which it was made.
LIES = timedelta(days=7)
#: Why a PDF could not be made, in words; the row keeps the code.
REASONS = {
    "libraries": gettext_lazy("The libraries that make PDFs are missing on this installation. Its operators are told."),
    "error": gettext_lazy("Something went wrong while it was made. Try again; the spreadsheet says the same."),
    "room": gettext_lazy(
        "There is no room for it on this installation at the moment. Tell those who run it, and try again later."
    ),
    "store": gettext_lazy(
        "The store where files are kept does not answer at the moment. Try again in a few minutes. If it goes on, tell "
        "those who run this installation."
    ),
    "stopped": gettext_lazy("The worker stopped three times while making it. Try again later."),
    "right": gettext_lazy("Who asked for it has no seat here any more. Ask for it again."),
}


def may_have(place: Place, audience: str) -> bool:
    return can_have_board_paper(place) if audience == Audience.OWN else can_have_papers(place)


# On paper -------------------------------------------------------------------------------------------------------------
def html_of(found: Summary, *, language: str) -> str:
    """The summary as HTML for paper, in the language that is on."""
    return render_to_string("lifecycle/diligence/paper.html", context(found, language))


def context(found: Summary, language: str) -> dict[str, Any]:
    subtitle = gettext("Due diligence, %(day)s") % {"day": long_date(found.made_at)}
    return {
        "s": found,
        "language": language,
        "title": f"{found.record}: {subtitle}",
        "record": found.record,
        "subtitle": subtitle,
        "authors": and_list([p.name for p in found.parties if p.is_partner]),
        "sides": [svg.Who.of(p) for p in found.parties if p.is_partner],
        "chapters": chapters(found),
        "levels": [(str(level.label), shape(level.value)) for level in Level],
        "abouts": [_on_paper(about) for about in found.abouts],
        "differences": [
            {"row": row, "voices": [_voice(v) for v in row.voices if v.level]} for row in found.differences
        ],
    }


#: Per number of columns beside the question: the width of the question, and of each of them (static/report.css).
_WIDTHS = {1: ("w40", "w60"), 2: ("w34", "w33"), 3: ("w28", "w24")}


def _on_paper(about: About) -> dict[str, Any]:
    """A partner with its tables: one column a party that says something about it."""
    first, others = _WIDTHS.get(len(about.voices), ("w20", "w20"))
    return {
        "it": about,
        "first": first,
        "others": others,
        "heads": [column_head(party) for party in about.voices],
        "themes": [
            {
                "title": theme.title,
                "rows": [{"it": row, "cells": [_voice(row.of(party)) for party in about.voices]} for row in theme.rows],
            }
            for theme in about.themes
        ],
    }


def _voice(voice: Voice | None) -> dict[str, Any]:
    return {"it": voice, "shape": shape(voice.level) if voice is not None else ""}


def chapters(found: Summary) -> list[dict[str, str]]:
    titles = [
        ("where", gettext("Where it stands")),
        ("differ", gettext("Where views differ")),
        *[(f"about-{a.party.public_id}", gettext("About %(name)s") % {"name": a.party.name}) for a in found.abouts],
        ("risks", gettext("Risks")),
        ("measures", gettext("Measures and conditions")),
        ("breadth", gettext("Who took part")),
        ("unknown", gettext("What is not known")),
        ("method", gettext("How this was made")),
    ]
    return [{"id": code, "title": title} for code, title in titles]


#: A shape for each level, so that nobody needs colour: the more there is to worry about, the more of it is filled.
_SHAPES = {
    Level.NONE: '<circle cx="8" cy="8" r="6" fill="none" stroke="#1f6b45" stroke-width="2"/>',
    Level.SOME: '<path d="M8 2 15 14H1z" fill="none" stroke="#8a4b00" stroke-width="2"/>',
    Level.SERIOUS: '<path d="M8 .5 15.5 8 8 15.5.5 8z" fill="#a42a1c"/>',
    Level.UNKNOWN: '<circle cx="8" cy="8" r="6" fill="none" stroke="#57615f" stroke-width="2" stroke-dasharray="3 2"/>',
    Level.NA: '<path d="M2 8h12" stroke="#57615f" stroke-width="2"/>',
}


def shape(level: str) -> SafeString:
    """The shape that stands before a level's word: to who hears it, an answer (a tagged PDF has no silent pictures)."""
    drawn = _SHAPES.get(Level(level)) if level in Level.values else None
    if drawn is None:
        return SafeString("")
    return format_html(
        '<svg class="mark" viewBox="0 0 16 16"><title>{}</title>{}</svg>', gettext("Answer"), SafeString(drawn)
    )


def column_head(party: Any) -> SafeString:
    """A partner's mark before its name."""
    return format_html("{}{}", svg.Who.of(party).paper_mark, party.name)


# Making ---------------------------------------------------------------------------------------------------------------
def lease() -> timedelta:
    """How long a worker may be silent before its work is given to another."""
    return timedelta(seconds=settings.REPORT_LEASE_SECONDS)


def ask(*, audience: str, language: str, by: Place) -> SummaryPaper:
    """Have a PDF made of how things stand now, unless one is on its way already. One that failed is set aside."""
    if not may_have(by, audience):
        raise ValidationError(gettext("This paper is for the partners of this record."))
    rows = SummaryPaper.objects.of(by.partnership).filter(party=by.own_party, audience=audience, language=language)
    on_its_way: SummaryPaper | None = rows.filter(state__in=[PaperState.QUEUED, PaperState.WORKING]).first()
    if on_its_way is not None:
        return on_its_way
    try:
        with transaction.atomic():
            rows.filter(state=PaperState.FAILED).delete()
            job: SummaryPaper = SummaryPaper.objects.create(
                **{**authored(by, circle_here(by, CircleKind.OWN)), "language": language},
                audience=audience,
                expires_at=clock.now() + LIES,
            )
            log(PAPER_ASKED, by=by, item=job)
    except IntegrityError:
        # Somebody of the same side pressed the same button in the same moment.
        found: SummaryPaper = rows.get(state__in=[PaperState.QUEUED, PaperState.WORKING])
        return found
    return job


def note_taken(job: SummaryPaper | None, *, by: Place) -> None:
    """A summary left the house: who took it, and when, is in the side's history."""
    log(PAPER_TAKEN, by=by, item=job, circle=circle_here(by, CircleKind.OWN))


def claim(pk: int) -> SummaryPaper | None:
    """Take a job into one's hands; None where another has it, or it is done."""
    mine = secrets.token_hex(8)
    rows = SummaryPaper.objects.unguarded("a worker makes what was asked for").filter(pk=pk)
    before = rows.values_list("claim", flat=True).first()
    taken = (
        rows.to_do()
        .filter(attempts__lt=ATTEMPTS_MAX)
        .update(
            state=PaperState.WORKING,
            claim=mine,
            lease_until=clock.now() + lease(),
            attempts=models.F("attempts") + 1,
            progress=5,
        )
    )
    if not taken:
        return None
    job: SummaryPaper = rows.select_related("partnership", "author", "party").get()
    if before:
        # Whoever had it before may have been killed between its file and its row.
        let_go(job.file.storage, _file_name(job, before))
    return job


def _file_name(job: SummaryPaper, claimed: str) -> str:
    """Where one worker puts its file: two of them never write to the same place."""
    return f"reports/{job.created_at:%Y}/{job.public_id}-{claimed}.pdf"


def make(pk: int) -> bool:
    """Make one PDF. Returns whether this call finished it; a second worker, or a second call, finds nothing to do."""
    job = claim(pk)
    if job is None:
        return False
    try:
        pdf = _pdf(job)
    except Overtaken:
        return False
    except _NoRight:
        return _fail(job, "right")
    except NoPaper:
        logger.exception("PDFs cannot be made here")
        return _fail(job, "libraries")
    except Exception:
        logger.exception("a summary could not be made", extra={"job": job.public_id})
        return _fail(job, "error")
    try:
        name = job.file.storage.save(_file_name(job, job.claim), ContentFile(pdf))
    except OSError as error:
        logger.exception("a summary could not be kept", extra={"job": job.public_id})
        return _fail(job, "store" if isinstance(error, StoreAway) else "room")
    done = _mine(job).update(
        state=PaperState.DONE, progress=100, file=name, finished_at=clock.now(), lease_until=None, reason=""
    )
    if not done:
        # Somebody else took over in the meantime: theirs counts.
        let_go(job.file.storage, name)
    return bool(done)


class _NoRight(Exception):
    """Who asked for it may not have it any more."""


def _pdf(job: SummaryPaper) -> bytes:
    if job.author is None:
        raise _NoRight
    place = place_of(job.author, job.partnership)
    if place.party is None or place.party.pk != job.party_id or not may_have(place, job.audience):
        raise _NoRight
    with translation.override(job.language):
        html = html_of(summary_of(place, job.audience), language=job.language)
    if not _still_mine(job, 30):
        raise Overtaken
    return looks.to_pdf(html, looks.telling(partial(_still_mine, job)))


def _mine(job: SummaryPaper) -> Any:
    rows = SummaryPaper.objects.unguarded("a worker makes what was asked for")
    return rows.filter(pk=job.pk, claim=job.claim, state=PaperState.WORKING)


def _still_mine(job: SummaryPaper, progress: int) -> bool:
    """Say how far it is, and keep the lease; False where another took over."""
    return bool(_mine(job).update(progress=progress, lease_until=clock.now() + lease()))


def _fail(job: SummaryPaper, reason: str) -> bool:
    _mine(job).update(state=PaperState.FAILED, reason=reason, finished_at=clock.now(), lease_until=None)
    return False


def sweep(limit: int = 20) -> int:
    """Make what waits, and what a killed worker left; take away what lay long enough. Returns how many were made."""
    rows = SummaryPaper.objects.unguarded("the sweep goes over all records")
    rows.to_do().filter(attempts__gte=ATTEMPTS_MAX).update(
        state=PaperState.FAILED, reason="stopped", finished_at=clock.now(), lease_until=None
    )
    made = sum(make(pk) for pk in list(rows.to_do().order_by("created_at").values_list("pk", flat=True)[:limit]))
    for old in rows.filter(expires_at__lt=clock.now()).exclude(state=PaperState.WORKING)[:limit]:
        with transaction.atomic():
            old.delete()
            transaction.on_commit(partial(let_go, old.file.storage, old.file.name))
    return made
