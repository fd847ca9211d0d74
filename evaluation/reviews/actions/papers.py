"""Answers on paper: typed in for somebody who answered on a form, in a talk or by phone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partnerships import clock
from partnerships.access.places import Place
from partnerships.record.holding import refuse_while_held

from .. import sealing
from ..models import Part, Respondent, SealedAnswer
from ..queries import Draft, asked_codes
from ..states import PartMode, RespondentState, RoundState, Way
from .answering import merge, put_away
from .rounds import locked_part, refuse_if_shut, refuse_unless


def enter_for(
    part: Part,
    *,
    form: str,
    way: Way | str,
    noted_on: date,
    language: str,
    answers: Mapping[str, int | None],
    comments: Mapping[str, str] | None = None,
    group: str = "",
    by: Place,
) -> Respondent:
    """Type in what somebody answered. It is sealed at once; who typed it reads it no more.

    `form` names the form on the screen: sent twice, it is entered once. No act is logged: a time and a name in a log
    that nobody may change would say whose answer came when. They stand with the respondent until the opening.
    """
    if noted_on > clock.today():
        raise ValidationError({"noted_on": _("This day lies ahead. When was it noted?")})
    with transaction.atomic():
        round, part = locked_part(part)
        refuse_if_shut(round)
        refuse_unless(round, RoundState.OPEN, _("This round has not started yet."))
        if by.own_party.pk != part.party_id:
            raise ValidationError(_("Only people of your own side are asked for your part."))
        if part.mode != PartMode.INDIVIDUAL:
            raise ValidationError(_("Answers on paper belong to a part in which each person answers alone."))
        once = sealing.keyed_hash("paper", part.public_id, form)
        known: Respondent | None = part.respondents.filter(email_hash=once).first()
        if known is not None:
            return known
        draft = Draft()
        merge(draft, round, set(asked_codes(round)), answers, comments or {}, {})
        if missing := draft.missing(asked_codes(round)):
            raise ValidationError(
                ngettext(
                    "%(count)s sentence has no answer. Where nothing is ticked on the paper, choose “Don’t know”.",
                    "%(count)s sentences have no answer. Where nothing is ticked on the paper, choose “Don’t know”.",
                    len(missing),
                )
                % {"count": len(missing)},
                code="missing",
            )
        respondent: Respondent = Respondent.objects.create(
            part=part,
            email_hash=once,
            language=language,
            group=group,
            state=RespondentState.DONE,
            on_paper=True,
            way=way,
            noted_on=noted_on,
            entered_by=by.user,
        )
        put_away(respondent, draft, None)
    return respondent


def take_out(respondent: Respondent, *, by: Place) -> None:
    """Who typed it in takes it out again, unread: it was wrong, or its respondent wants it back. Until the freeze."""
    with transaction.atomic():
        round, _part = locked_part(respondent.part)
        refuse_if_shut(round)
        if respondent.entered_by_id != by.user.pk or not respondent.on_paper:
            raise ValidationError(_("Only who typed it in can take it out."))
        refuse_while_held(by)
        SealedAnswer.objects.filter(respondent=respondent).delete()
        respondent.delete()
