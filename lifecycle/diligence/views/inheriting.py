"""What is taken over from the records above."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.record.frame import act_and_say, form_page, read_again

from .. import actions, queries
from ..forms import InheritForm, TakeChangesForm, TakeRisksForm
from ..models import DiligenceAnswer
from ..permissions import can_inherit, can_read_own
from .shown import TAB, go, show, url


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_read_own)
def inherited(request: HttpRequest, place: Place) -> HttpResponse:
    """What came over and how it stands against the umbrella today; and, for who leads in both, taking over more."""
    may = can_inherit(place)
    found = queries.heirs(place) if place.is_lead and place.partnership.parent_id is not None else []
    led = [h for h in found if h.there.is_lead]
    offered = [h for h in led if h.fresh] if may else []
    require(request.method != "POST" or place.partnership.is_open)
    form = InheritForm(request.POST if request.method == "POST" else None, heirs=offered) if offered else None
    rows = [h for h in found if h.taken is not None]
    context: dict[str, Any] = {
        "title": _("From the umbrella"),
        "rows": [{"it": h, "may_update": may and h.there.is_lead and bool(h.changed)} for h in rows],
        "kept": DiligenceAnswer.objects.visible_to(place)
        .filter(assessment__party=place.own_party, superseded_at=None, inherited_from__isnull=False)
        .count(),
        "has_parent": place.partnership.parent_id is not None,
        "leads_above": bool(led) or (may and any(p.is_lead for p in queries.places_above(place))),
        "label": _("Take them over"),
    }
    if form is None:
        return show(request, place, "inherited", context)
    return form_page(
        request, place, form, lambda: actions.inherit(form.cleaned_data["sources"], by=place), tab=TAB,
        template="lifecycle/diligence/inherited.html", done=_came_over, go=url(place, "inherited"), **context,
    )  # fmt: skip


def _came_over(count: int) -> str:
    return ngettext(
        "%(count)s answer came over. It is on your side only, until you release it here.",
        "%(count)s answers came over. They are on your side only, until you release them here.",
        count,
    ) % {"count": count}


@require_POST
@guarded(can_inherit)
def update_inherited(request: HttpRequest, place: Place, source: str) -> HttpResponse:
    act_and_say(
        request, lambda: actions.update_inherited(source=source, by=place),
        lambda count: ngettext("%(count)s answer is up to date.", "%(count)s answers are up to date.", count)
        % {"count": count},
    )  # fmt: skip
    return go(place, "inherited")


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_read_own)
def risks_above(request: HttpRequest, place: Place) -> HttpResponse:
    """The own side's risks in the records above: what came over, what changed there since, and what may come."""
    found = queries.risks_above(place)
    led = [one for one in found if one.there.is_lead and one.is_fresh] if can_inherit(place) else []
    require(request.method != "POST" or place.partnership.is_open)
    form = TakeRisksForm(request.POST if request.method == "POST" else None, found=led) if led else None
    context: dict[str, Any] = {
        "title": _("Risks from the umbrella"),
        "rows": [one for one in found if one.taken is not None],
        "has_parent": place.partnership.parent_id is not None,
        "reads_above": bool(queries.places_above(place)),
        "label": _("Take them over"),
    }
    if form is None:
        return show(request, place, "risks_above", context)
    return form_page(
        request, place, form, lambda: actions.take_risks(form.cleaned_data["sources"], by=place),
        tab=TAB, template="lifecycle/diligence/risks_above.html", done=_risks_came,
        go=url(place, "risks"), **context,
    )  # fmt: skip


def _risks_came(count: int) -> str:
    return ngettext(
        "%(count)s risk came over. It is on your side only.", "%(count)s risks came over. They are on your side only.",
        count,
    ) % {"count": count}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_inherit)
def risk_changes(request: HttpRequest, place: Place, risk: str) -> HttpResponse:
    """What changed above in a risk that was taken over, beside how it stands here: each part to take or to leave."""
    found = queries.risks_above(place)
    one = next((o for o in found if o.taken is not None and o.taken.public_id == risk and o.differs), None)
    if one is None or one.taken is None:
        raise Http404
    require(one.there.is_lead)
    taken = one.taken
    form = TakeChangesForm(
        request.POST if request.method == "POST" else None, differs=one.differs, initial={"version": taken.version}
    )

    def newer() -> None:
        """The page shows the risk as it stands now: sent once more, the form counts as read at that."""
        read_again(form, "version", taken.version)

    return form_page(
        request, place, form,
        lambda: actions.take_changes(
            taken, parts=form.cleaned_data["parts"], seen=form.cleaned_data["version"], by=place
        ),
        tab=TAB, newer=newer, go=url(place, "risk", risk),
        done=lambda took: _("Taken over. How it stood is in the history.") if took else _("It stays as it is here."),
        title=taken.text, label=_("Go on"),
        cancel_url=url(place, "risk", risk),
        lede=_(
            "It has changed in the umbrella. Tick what you take over: it replaces what stands here. "
            "What you leave stays as you have it."
        ),
    )  # fmt: skip
