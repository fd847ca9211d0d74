"""Acts, work, releases and notices of reports."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partnerships.history.kinds import register as act
from partnerships.notices.kinds import register as notice
from partnerships.record.release_kinds import register as release
from partnerships.work.kinds import register as work

_HERE: dict[str, Any] = {"url_name": "reports:report", "object_kwarg": "key"}
MADE = act("reports.made", _("Report made"), **_HERE)
RELEASED = act("reports.released", _("Report released to the own organisation"), **_HERE)
TAKEN_BACK = act("reports.taken_back", _("Report taken back from the own organisation"), **_HERE)
AGREED = act("reports.agreed", _("Agreed to show a report to others"), **_HERE)
SHOWN = act("reports.shown", _("Report shown to others, agreed by all partners"), **_HERE)
DOWNLOADED = act("reports.downloaded", _("Report downloaded by an administrator"), **_HERE)
RENEWED = act("reports.renewed", _("Report made again: something in it was withdrawn"), **_HERE)

SHOWN_TO_OTHERS = release("reports.report", _("A review report"), url_name="reports:shared")

WORK_AGREE = work(
    "reports.agree",
    _("Read the report for others, and agree to show it"),
    why=_("A report goes beyond the partners only when each of them has agreed to it as it stands."),
)
NOTICE_SHOWN = notice(
    "reports.shown",
    label=_("A review report is shown to us"),
    subject=_("{record}: a review report"),
    line=_("The partners of “{record}” show you a report of their review."),
    button=_("Read it"),
    default="now",
)


def path_of(report: Any) -> str:
    return reverse("reports:report", args=[report.partnership.public_id, report.public_id])
