"""What communication asks before a signature and before work starts; its tab, its panel, and its hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lifecycle.agreement.registry import register_signing
from lifecycle.attention.registry import register_flags
from lifecycle.road.registry import Condition, register_gate
from partnerships.access.permissions import can_read
from partnerships.access.places import Place
from partnerships.looks.format import and_list
from partnerships.record.registry import Panel, Tab, on_parties_changed, register_panel, register_tab
from partnerships.record.states import Stage

from . import queries
from .approving import follow_parties
from .flags import call_flags, constituent_flags, local_flags, media_flags, staff_and_questions
from .permissions import can_read_plan
from .queries import Approvals
from .states import BEFORE_SIGNING, Text

if TYPE_CHECKING:
    from lifecycle.agreement.models import Agreement

_TITLES = {
    Text.PLAN: _("Communication plan approved by all"),
    Text.SPOKESPEOPLE: _("Spokespeople and stand-ins approved by all"),
    Text.QA: _("Questions and answers approved by all"),
    Text.HOLDING: _("Holding statement approved by all"),
}
_LESSONS = {
    Text.PLAN: ("EC1",),
    Text.SPOKESPEOPLE: ("MED",),
    Text.QA: ("MED", "IC3"),
    Text.HOLDING: ("MED",),
}
_PAGES = {
    Text.PLAN: "communication:plan",
    Text.SPOKESPEOPLE: "communication:spokespeople",
    Text.QA: "communication:qa",
    Text.HOLDING: "communication:holding",
}


def approved_before_signing(place: Place) -> list[Condition]:
    """The four texts that all partners approve before a signature. Two queries."""
    return [_condition(place, found, order) for order, found in enumerate(queries.approvals_of(place).values(), 40)]


def _condition(place: Place, found: Approvals, order: int) -> Condition:
    if not found.exists:
        facts: Any = _("Not started.")
    elif not found.is_asked:
        facts = _("A draft; nobody has asked for approval yet.")
    elif found.missing:
        facts = _("Waiting for the yes of %(parties)s.") % {"parties": and_list([p.name for p in found.missing])}
    else:
        facts = _("Approved by all.")
    return Condition(
        code=f"communication.{found.kind}",
        title=_TITLES[Text(found.kind)],
        met=found.is_approved,
        facts=facts,
        lessons=_LESSONS[Text(found.kind)],
        path=reverse(_PAGES[Text(found.kind)], args=[place.partnership.public_id]) if can_read_plan(place) else "",
        waiting_for=tuple(p.pk for p in found.missing),
        order=order,
    )


def staff_briefed(place: Place) -> list[Condition]:
    """Each partner has briefed its own staff, head office and field. One query."""
    reached = queries.briefed(place)
    missing = [p for p in place.partners if not queries.briefed_fully(reached.get(p.pk, frozenset()))]
    facts = (
        _("Not recorded yet for %(parties)s.") % {"parties": and_list([p.name for p in missing])}
        if missing
        else _("Head office and field of every partner.")
    )
    return [
        Condition(
            code="communication.briefed",
            title=_("Staff briefed, head office and field"),
            met=bool(place.partners) and not missing,
            facts=facts,
            lessons=("IC3", "EC3"),
            path=reverse("communication:brief", args=[place.partnership.public_id]) if can_read_plan(place) else "",
            waiting_for=tuple(p.pk for p in missing),
            order=50,
        )
    ]


def before_signing(place: Place, agreement: Agreement) -> list[Condition]:
    """The same four, before a memorandum is opened for signing."""
    return approved_before_signing(place)


def _call(place: Place) -> dict[str, Any] | None:
    """An open call from the media stands on top of the overview."""
    if not place.is_seated or not can_read_plan(place):
        return None
    found = queries.calls(place, only_open=True, limit=3)
    return {"calls": found} if found else None


def register() -> None:
    register_tab(Tab("communication", _("Communication"), "communication:overview", 50, can_read))
    register_panel(Panel("communication.call", "lifecycle/communication/_call.html", _call, 1))
    register_gate(Stage.AGREEMENT, approved_before_signing)
    register_gate(Stage.AGREEMENT, staff_briefed)
    register_signing("mou", before_signing)
    for batch in (media_flags, call_flags, staff_and_questions, local_flags, constituent_flags):
        register_flags(batch)
    if follow_parties not in on_parties_changed:
        on_parties_changed.append(follow_parties)


assert set(_TITLES) == set(BEFORE_SIGNING)  # noqa: S101 - a text that is asked for has a title here
