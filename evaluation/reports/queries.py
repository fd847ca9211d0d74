"""Reading reports."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from evaluation.reviews.models import Round
from partnerships.access.places import Place

from .models import Report, ReportJob

if TYPE_CHECKING:
    from partnerships.people.models import User

EXPORT_MAX = 200


def reports_of(round: Round, place: Place) -> list[Report]:
    """The reports of a round that this person reads, newest first."""
    return list(
        Report.objects.visible_to(place.user)
        .filter(round=round)
        .defer("snapshot")
        .select_related("circle", "party__organisation", "author")
        .order_by("-created_at", "-pk")
    )


def jobs_of(report: Report, user: User) -> list[ReportJob]:
    """The PDFs of a report, made and under way."""
    return list(ReportJob.objects.all().visible_to(user).filter(report=report).order_by("language", "word"))


def released(user: User, *, since: date | None = None, until: date | None = None) -> list[Report]:
    """Reports released to organisations that this person administers, opened in a period."""
    found = Report.objects.released_to(user).select_related("partnership", "circle")
    if since is not None:
        found = found.filter(opened_on__gte=since)
    if until is not None:
        found = found.filter(opened_on__lte=until)
    return list(found.order_by("-opened_on", "partnership__name", "-pk")[:EXPORT_MAX])
