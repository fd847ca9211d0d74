"""Reading reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from evaluation.reviews.models import Round
from partnerships.access.places import Place
from partnerships.people.models import Organisation
from partnerships.people.states import MembershipRole
from partnerships.record.models import Party
from partnerships.record.states import Role

from .models import Report, ReportExport, ReportJob, ReportRelease
from .states import WIDER

if TYPE_CHECKING:
    from partnerships.people.models import User

#: Rows that the page of exports lists; a file may hold more (actions/exporting.py).
EXPORT_ROWS = 1000


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


def shown_reports(place: Place) -> list[Report]:
    """Reports that go beyond the partners, agreed by all of them, as far as this person reads them. One query."""
    return list(
        Report.objects.visible_to(place)
        .filter(audience__in=WIDER, agreed_at__isnull=False)
        .defer("snapshot")
        .select_related("round")
        .order_by("-agreed_at", "-pk")
    )


def missing_consents(report: Report, place: Place) -> list[Party]:
    """The partners that have not agreed to show it. One query."""
    agreed = set(report.consents.values_list("party", flat=True))
    return [party for party in place.partners if party.pk not in agreed]


def broker_reads(report: Report) -> bool:
    """Whether a broker is in the circle that reads it before it is shown further. One query."""
    return report.circle.members.filter(party__role=Role.BROKER).exists()


def released(
    user: User,
    *,
    since: date | None = None,
    until: date | None = None,
    organisation: Organisation | None = None,
    audience: str = "",
    keys: Sequence[str] | None = None,
) -> list[Report]:
    """Reports released to organisations that this person administers, opened in a period. One query.

    `organisation` narrows to what one of them was given, `keys` to reports chosen by public id.
    """
    found = Report.objects.released_to(user).select_related("partnership", "circle", "round").defer("snapshot")
    if organisation is not None:
        releases = ReportRelease.objects.filter(party__organisation=organisation, ended_at=None)
        found = found.filter(pk__in=releases.values("report"))
    if since is not None:
        found = found.filter(opened_on__gte=since)
    if until is not None:
        found = found.filter(opened_on__lte=until)
    if audience:
        found = found.filter(audience=audience)
    if keys is not None:
        found = found.filter(public_id__in=keys)
    return list(found.order_by("-opened_on", "partnership__name", "-pk")[:EXPORT_ROWS])


def administered(user: User) -> list[Organisation]:
    """The organisations that this person administers, by name. One query."""
    return list(
        Organisation.objects.filter(
            memberships__user=user, memberships__ended_on=None, memberships__role=MembershipRole.ADMINISTRATOR
        ).order_by("name", "pk")
    )


def exports_of(user: User) -> list[ReportExport]:
    """The files that this person asked for, newest first. One query."""
    return list(
        ReportExport.objects.all().visible_to(user).select_related("organisation").order_by("-asked_at", "-pk")[:20]
    )
