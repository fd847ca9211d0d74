"""A report goes beyond the partners only when each of them has agreed to it as it stands."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from evaluation.reviews.queries import leads_of
from partnerships import clock
from partnerships.access.actions import circle_for, release_opened
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history.actions import log
from partnerships.notices import actions as notices
from partnerships.record.models import Partnership
from partnerships.work import actions as work

from .. import kinds
from ..models import Report, ReportConsent
from ..reach import readers

DAYS = 14


def ask_others(report: Report, *, by: Place) -> None:
    """Each partner's leads read it first, the own side's too unless a lead made it."""
    for party in by.partners:
        if by.is_lead and party == by.own_party:
            ReportConsent.objects.create(report=report, party=party, by=by.user, at=clock.now())
            continue
        work.open_item(
            kinds.WORK_AGREE,
            partnership=report.partnership,
            key=_key(report, party.pk),
            party=party,
            circle=report.circle,
            path=kinds.path_of(report),
            due_on=(clock.now() + timedelta(days=DAYS)).date(),
            item=report,
        )


def agree(report: Report, *, seen: int, by: Place) -> bool:
    """A partner agrees to show it as it stands; with the last one it is shown. Whether that was the last.

    `seen` is the version that the page showed: what changed since is read again first.
    """
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        report = Report.objects.unguarded("the view fetched it").select_related("circle", "round").get(pk=report.pk)
        report.partnership = by.partnership
        if not report.is_draft:
            return False
        if report.version != seen:
            raise ValidationError(_("It has changed since you read it. Read it again, then agree."), code="stale")
        _refuse_without_those_who_left(report, by)
        _yes, made = ReportConsent.objects.get_or_create(
            report=report, party=by.own_party, defaults={"by": by.user, "at": clock.now()}
        )
        work.close_item(by.partnership, _key(report, by.own_party.pk))
        if made:
            log(kinds.AGREED, by=by, item=report)
        if not by.all_partners_in(report.consents):
            return False
        _show(report, by)
    return True


def _refuse_without_those_who_left(report: Report, by: Place) -> None:
    """Whose words stand in it, and who left without a yes to them: nobody else agrees in their place."""
    agreed = set(report.consents.values_list("party", flat=True))
    for party in by.parties:
        left_since = party.left_at is not None and party.left_at > report.created_at
        if left_since and party.is_partner and party.pk not in agreed:
            said = _("%(name)s has left since this report was made, and has not agreed to it. Make it anew.")
            raise ValidationError(said % {"name": party.name})


def _show(report: Report, by: Place) -> None:
    """Open to its readers at once: all partners did what opens it."""
    report.agreed_at = clock.now()
    report.save(update_fields=["agreed_at"])
    work.close_items(by.partnership, f"report-agree:{report.public_id}:")
    # Who came since it was made is not among those for whom it was asked what may stand in it.
    to = [p for p in readers(by, report.round, report.audience) if p.joined_at <= report.created_at]
    others = [party for party in to if not party.is_partner and party.role != "broker"]
    if not others:
        return
    circle = circle_for(by.partnership, CircleKind.CHOSEN, parties=to)
    release_opened([report], kind=kinds.SHOWN_TO_OTHERS, to=circle, party=report.party, by=by.user)
    log(kinds.SHOWN, by=by, item=report, circle=circle)
    notices.post(
        kinds.NOTICE_SHOWN,
        to=leads_of(others),
        key=f"report-shown:{report.pk}",
        partnership=by.partnership,
        path=kinds.path_of(report),
        names={},
        object_id=report.pk,
    )


def _key(report: Report, party: int) -> str:
    return f"report-agree:{report.public_id}:{party}"
