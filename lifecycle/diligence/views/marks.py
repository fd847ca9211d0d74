"""What the work on a question says of it, as signs of its line in the list, and beside its form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from partnerships.access.places import Place
from partnerships.looks import format as looks
from partnerships.templatetags import looks as tags

from .. import queries
from ..queries import Checklist, Marks
from ..states import CheckState


def signs_of(marks: Mapping[str, Marks]) -> dict[str, list[SafeString]]:
    """For `Drawing`: by question, ready-made."""
    return {code: _signs(mark) for code, mark in marks.items()}


def _signs(mark: Marks) -> list[SafeString]:
    found: list[SafeString] = []
    if mark.your_turn:
        found.append(tags.state("you", _("Clarification: your turn")))
    elif mark.threads:
        found.append(format_html("{}", _("Being clarified")))
    if mark.is_assigned and mark.due_on is not None:
        found.append(format_html("{}, {}", mark.assigned_to or _("Your side, whoever"), tags.due(mark.due_on)))
    if mark.changed_since_check:
        found.append(tags.state("warn", _("Changed since the check")))
    match "" if mark.is_whole_check or mark.changed_since_check else mark.check:
        case CheckState.HOLDS:
            found.append(tags.state("holds", _("Counsel holds it")))
        case CheckState.CLEARED:
            found.append(format_html("{}", _("Cleared by counsel")))
        case CheckState.ASKED:
            found.append(format_html("{}", _("Counsel is asked")))
        case CheckState.LIFTED:
            found.append(format_html("{}", _("Hold of counsel lifted")))
    if mark.to_talk:
        found.append(tags.state("warn", _("To talk about")))
    elif mark.talked:
        found.append(format_html("{}", _("Talked through")))
    return found


def marks_here(place: Place, found: Checklist) -> dict[str, list[SafeString]]:
    """The signs of a checklist's questions. Two queries, however many questions."""
    return signs_of(queries.marks_of(place, found, queries.checks_of(place, found)))


def work_on(place: Place, found: Checklist) -> dict[str, Any]:
    """For the page of a checklist: its signs, its checks, what was added. Four queries, however many questions."""
    checks = queries.checks_of(place, found)
    return {
        "marks": signs_of(queries.marks_of(place, found, checks)),
        "checks": checks,
        "points": queries.added_points(place, found),
    }


def tools_of(place: Place, found: Checklist, code: str) -> dict[str, Any]:
    """For the page of one question (`_tools.html`): who answers it, its clarifications, its other views."""
    pid, about = place.partnership.public_id, found.about.public_id
    marks = queries.marks_of(place, found, queries.checks_of(place, found)).get(code, Marks())
    row = found.row(code)
    asking = []
    lines = queries.threads_on(place, found.about, code)
    asked = {x.thread.asked_id for x in lines if x.thread.party_id == place.own_party.pk}
    for answer in row.others if row is not None else []:
        if answer.party_id not in asked and answer.party.left_on is None:
            url = reverse("diligence:ask", args=[pid, answer.party.public_id, about, code])
            asking.append({"name": answer.party.name, "url": url})
    is_beside = row is not None and bool(row.others) and (row.released or len(row.others) > 1)
    return {
        "mark": marks,
        "due": looks.long_date(marks.due_on) if marks.due_on is not None else "",
        "assign_url": f"{reverse('diligence:assign', args=[pid, about])}?code={code}",
        "clarifications": lines,
        "asking": asking,
        "views_url": reverse("diligence:views", args=[pid, about]) if is_beside else "",
    }
