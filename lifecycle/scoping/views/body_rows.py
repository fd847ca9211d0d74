"""Each body as a reader may know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partnerships.access.places import Place
from partnerships.catalogue.queries import lesson
from partnerships.record.models import Party

from .. import queries
from ..models import BodyAnswer
from ..permissions import can_answer_as_body, can_answer_for, can_name_body, can_withdraw
from ..states import OUR_WORDS, About, BodySays


@dataclass
class AnswerRow:
    answer: BodyAnswer
    about: str
    says: str
    readers: list[Party]
    mine: bool
    #: Taken back by whoever wrote it down, when the body asks for that.
    on_request: bool


@dataclass
class BodyRow:
    """One body as this reader may know it."""

    body: Any
    questions: list[Any]
    answers: list[AnswerRow]
    notes: list[Any]
    #: What this reader's side can do next.
    answer_links: list[tuple[str, str, str]]
    note_links: list[tuple[str, str]]
    can_ask: bool
    can_seat: bool
    can_change: bool
    can_remove: bool
    #: In how many other partnerships it takes part, where the reader may know.
    often: queries.AskedOften | None


def _when(asked: queries.Asked, about: str) -> str:
    """Whether a body answers anew, is asked now, or says it of its own accord."""
    if about in asked.answers:
        return "again"
    return "asked" if asked.asked(about) else "unasked"


def _says(answer: BodyAnswer) -> str:
    third = {
        BodySays.YES: _("They wish to be involved"),
        BodySays.NOT_YET: _("Not yet"),
        BodySays.NO: _("They do not wish to be involved"),
        BodySays.WANT: _("They want it"),
        BodySays.MIXED: _("Asked, views are mixed"),
        BodySays.REFUSE: _("They said no to this partnership"),
    }
    return third[BodySays(answer.says)]


def often_words(often: queries.AskedOften) -> str:
    """The weight of asking, in a sentence or two: a number, and nothing about where."""
    words = []
    if often.count:
        said = ngettext(
            "%(name)s takes part in %(count)s other partnership. Spare them what you can find out without them.",
            "%(name)s takes part in %(count)s other partnerships. Spare them what you can find out without them.",
            often.count,
        )
        words.append(said % {"name": often.name, "count": often.count})
    elif often.count is not None:
        words.append(_("%(name)s takes part in no other partnership here.") % {"name": often.name})
    if often.may_be:
        said = ngettext(
            "From the address of %(name)s a body answers in %(count)s other partnership. It may be the same body.",
            "From the address of %(name)s a body answers in %(count)s other partnerships. It may be the same body.",
            often.may_be,
        )
        words.append(said % {"name": often.name, "count": often.may_be})
    return " ".join(words)


def affected(place: Place) -> dict[str, Any]:
    """Every body this reader may know of; and what a body itself can do here."""
    rows = []
    found = queries.bodies(place)
    taken = {b.body.body_party_id for b in found}
    free = [
        p
        for p in place.present
        if (p.role == "rights_holder" or p.organisation.kind == "community") and p.pk not in taken
    ]
    names_bodies = can_name_body(place)
    circles = queries.members_of([a.circle_id for b in found for a in b.answers.values()])
    by_id = {p.pk: p for p in place.parties}
    told = queries.asked_often(place)
    often = {o.party.pk: o for o in told if o.party is not None}
    by_mail = {o.body_id: o for o in told if o.party is None}
    for asked in found:
        body = asked.body
        seated = body.body_party_id is not None and body.body_party is not None and body.body_party.left_on is None
        mine = can_answer_for(place, body)
        named_it = names_bodies and body.party_id == place.own_party.pk
        rows.append(
            BodyRow(
                body=body,
                questions=asked.questions,
                answers=[
                    AnswerRow(
                        answer=answer,
                        about=str(About(about).label),
                        says=_says(answer),
                        readers=[by_id[pk] for pk in circles.get(answer.circle_id, []) if pk in by_id],
                        mine=can_withdraw(place, answer),
                        on_request=answer.by_note and not mine,
                    )
                    for about in About.values
                    if (answer := asked.answers.get(about)) is not None
                ],
                notes=[n for n in asked.notes if n.approved_at is None],
                answer_links=[(about, str(OUR_WORDS[About(about)]), _when(asked, about)) for about in About.values]
                if mine
                else [],
                note_links=[(about, str(About(about).label)) for about in About.values]
                if names_bodies and not seated and body.address
                else [],
                can_ask=names_bodies and not mine,
                can_seat=names_bodies and not seated and bool(free),
                can_change=named_it and not seated,
                # Notes of another side are not read here: the act looks at them too.
                can_remove=named_it
                and body.body_party_id is None
                and not (asked.questions or asked.answers or asked.notes),
                often=often.get(body.body_party_id or 0) or by_mail.get(body.pk),
            )
        )
    own_missing = can_answer_as_body(place) and not any(r.answer_links for r in rows)
    return {
        "rows": rows,
        "may_name": names_bodies,
        "why": lesson("EC6"),
        "unasked": [(about, str(OUR_WORDS[About(about)])) for about in About.values] if own_missing else [],
        "not_listed": free if names_bodies else [],
    }
