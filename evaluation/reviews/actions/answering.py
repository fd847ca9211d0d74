"""Answering: sealed as it is typed, changed until the freeze, taken back without a trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partnerships.work import actions as work

from .. import sealing
from ..models import Respondent, Round, SealedAnswer
from ..queries import Draft, asked_codes, context_of, draft_of, instrument_of, sealed_of, unsealed
from ..states import RespondentState, RoundState
from .rounds import key_of, locked, refuse_if_shut, refuse_unless


def answer(
    respondent: Respondent,
    *,
    screen: str,
    answers: Mapping[str, int | None],
    comments: Mapping[str, str] | None = None,
    guesses: Mapping[str, Mapping[int, int]] | None = None,
    seen: int | None = None,
) -> Draft:
    """Save what was said on one screen (a dimension). Saving again changes it, until the round is frozen.

    `seen` is the version of the screen that was filled in; raises "stale" if somebody of the own side saved it since.
    """
    with transaction.atomic():
        round = locked(respondent.part.round)
        refuse_if_shut(round)
        refuse_unless(round, RoundState.OPEN, _("This round has not started yet."))
        sealed = sealed_of(respondent)
        if sealed is not None:
            respondent = sealed.respondent
            draft = unsealed(sealed, respondent)
        else:
            found = Respondent.objects.unguarded("the view or the link found it")
            respondent, draft = found.select_related("part").get(pk=respondent.pk), Draft()
        if seen is not None and respondent.part.is_agreed and seen != draft.versions.get(screen, 0):
            raise ValidationError(
                _("Somebody of your side saved this while you were writing. Compare, and save again."), code="stale"
            )
        codes = {item.code for item in instrument_of(round).items if item.dimension == screen} & set(round.statements)
        _merge(draft, round, codes, answers, comments or {}, guesses or {})
        draft.versions[screen] = draft.versions.get(screen, 0) + 1
        text = sealing.seal(_payload(draft), context=context_of(respondent))
        if sealed is None:
            SealedAnswer.objects.create(part=respondent.part, respondent=respondent, ciphertext=text)
        else:
            sealed.ciphertext = text
            sealed.save(update_fields=["ciphertext"])
        if respondent.state in {RespondentState.INVITED, RespondentState.WITHDRAWN}:
            respondent.state = RespondentState.STARTED
            respondent.save(update_fields=["state"])
    return draft


def finish_answer(respondent: Respondent) -> Respondent:
    """All is answered. It can still be changed until the freeze."""
    with transaction.atomic():
        round = locked(respondent.part.round)
        refuse_if_shut(round)
        missing = draft_of(respondent).missing(asked_codes(round))
        if missing:
            raise ValidationError(
                ngettext(
                    "%(count)s sentence has no answer yet. “Don't know” is an answer.",
                    "%(count)s sentences have no answer yet. “Don't know” is an answer.",
                    len(missing),
                )
                % {"count": len(missing)},
                code="missing",
            )
        Respondent.objects.unguarded("the view or the link found it").filter(pk=respondent.pk).update(
            state=RespondentState.DONE
        )
        respondent.state = RespondentState.DONE
        work.close_item(round.partnership, key_of(round, "answer", respondent.pk))
    return respondent


def withdraw_answer(respondent: Respondent) -> None:
    """Take everything back; possible until the freeze."""
    with transaction.atomic():
        round = locked(respondent.part.round)
        refuse_if_shut(round)
        SealedAnswer.objects.filter(respondent=respondent).delete()
        Respondent.objects.unguarded("the view or the link found it").filter(pk=respondent.pk).update(
            state=RespondentState.WITHDRAWN
        )
        work.close_item(round.partnership, key_of(round, "answer", respondent.pk))


def _merge(
    draft: Draft,
    round: Round,
    codes: set[str],
    answers: Mapping[str, int | None],
    comments: Mapping[str, str],
    guesses: Mapping[str, Mapping[int, int]],
) -> None:
    for code in codes:
        if code in answers:
            value = answers[code]
            if value is not None and value not in range(5):
                raise ValidationError(_("An answer lies between 0 and 4."))
            draft.answers[code] = value
        if code in comments:
            text = comments[code].strip()
            if text:
                draft.comments[code] = text[:4000]
            else:
                draft.comments.pop(code, None)
        if code in guesses and code in round.expected:
            draft.guesses[code] = {str(about): guess for about, guess in guesses[code].items() if guess in range(5)}


def _payload(draft: Draft) -> dict[str, Any]:
    return {
        "answers": draft.answers,
        "comments": draft.comments,
        "guesses": draft.guesses,
        "versions": draft.versions,
    }


def reseal_all() -> int:
    """Put every sealed answer under the newest key, so that an older one can be taken away. Returns how many."""
    done = 0
    for pk in SealedAnswer.objects.values_list("pk", flat=True):
        with transaction.atomic():
            sealed = SealedAnswer.objects.select_for_update().filter(pk=pk).first()
            if sealed is not None:
                sealed.ciphertext = sealing.reseal(sealed.ciphertext)
                sealed.save(update_fields=["ciphertext"])
                done += 1
    return done
