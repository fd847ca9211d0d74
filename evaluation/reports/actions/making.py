"""Making a report, and letting an organisation's administrators read it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from evaluation.reviews.models import Round
from partnerships import clock
from partnerships.access.actions import authored, circle_here
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history.actions import log

from .. import building, kinds
from ..models import Report, ReportRelease, ReportSource
from ..states import WIDER, Audience
from .agreeing import ask_others


def make_report(round: Round, *, audience: str, by: Place) -> Report:
    """Keep what the readers of a version may see of an opened round. The same report is not made twice."""
    if audience in WIDER and not by.is_partner:
        raise ValidationError(_("Only a partner can make a report for others than the partners."))
    snapshot = building.build(round, by, audience=audience)
    if snapshot is None:
        if round.is_opened:
            raise ValidationError(_("Nothing of this review may be told to these readers."))
        raise ValidationError(_("There is nothing to report before the round is opened."))
    data = building.to_json(snapshot)
    circle = circle_here(by, CircleKind.OWN) if audience == Audience.OWN else round.circle
    with transaction.atomic():
        Round.objects.unguarded("the view fetched it").select_for_update().get(pk=round.pk)
        last = (
            Report.objects.of(by.partnership)
            .filter(round=round, circle=circle, audience=audience)
            .order_by("-pk")
            .first()
        )
        # Who left since can agree to nothing any more: what waits for their yes is made anew.
        left = last is not None and any(p.left_at is not None and p.left_at > last.created_at for p in by.parties)
        if last is not None and not left and building.says_the_same(last.snapshot, data):
            return last
        report = Report(
            **authored(by, circle),
            round=round,
            audience=audience,
            snapshot=data,
            opened_on=round.opened_on(),
        )
        report.save()
        keep_sources(report, snapshot)
        log(kinds.MADE, by=by, item=report)
        if audience in WIDER:
            ask_others(report, by=by)
    return report


def keep_sources(report: Report, snapshot: building.Snapshot) -> None:
    """Write down whose words stand in it, so that what is withdrawn is found."""
    ReportSource.objects.bulk_create(
        [ReportSource(report=report, model=model, key=key) for model, key in sorted(building.sources_of(snapshot))]
    )


def release_to_organisation(report: Report, *, by: Place) -> ReportRelease:
    """The own organisation's administrators may read and export this report."""
    if report.is_draft:
        raise ValidationError(_("Every partner agrees to it first."))
    with transaction.atomic():
        release, made = ReportRelease.objects.get_or_create(
            report=report, party=by.own_party, ended_at=None, defaults={"by": by.user, "at": clock.now()}
        )
        if made:
            log(kinds.RELEASED, by=by, item=report, circle=circle_here(by, CircleKind.OWN))
    return release


def take_back(report: Report, *, by: Place) -> None:
    """They may no longer; files of theirs that hold it are void. What was downloaded is out."""
    with transaction.atomic():
        ended = report.releases.filter(party=by.own_party, ended_at=None).update(ended_at=clock.now())
        if ended:
            log(kinds.TAKEN_BACK, by=by, item=report, circle=circle_here(by, CircleKind.OWN))
