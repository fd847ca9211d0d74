"""Reading what organisations say of themselves."""

from __future__ import annotations

from .models import Organisation, ReportLook


def report_look(organisation: Organisation) -> ReportLook | None:
    """Its logo and colour on reports as they are now; None: ours."""
    found = ReportLook.objects.filter(organisation=organisation).select_related("organisation").order_by("-pk").first()
    return found if found is not None and (found.logo or found.colour) else None
