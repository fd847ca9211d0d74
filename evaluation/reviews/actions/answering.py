"""Answering: sealed as it is typed, changed until the freeze, taken back without a trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partnerships.work import actions as work

from .. import sealing
from ..models import Comment, Part, Respondent, Round, SealedAnswer
from ..queries import Draft, asked_codes, context_of, draft_of, instrument_of, sealed_of, unsealed
from ..states import COMMENT_LENGTH, PartMode, RespondentState, RoundState
from .comments import writer
from .parts import address_parts
from .rounds import key_of, locked, refuse_if_shut, refuse_unless


def answer(
    respondent: Respondent,
    *,
    screen: str,
    answers: Mapping[str, int | None],
    comments: Mapping[str, str] | None = None,
    guesses: Mapping[str, Mapping[int, int]] | None = None,
    seen: int | None = None,
    as_broker: bool = False,
) -> Draft:
    """Save what was said on one screen (a dimension). Saving again changes it, until the round is frozen.

    `seen` is the version of the screen that was filled in; raises "stale" if somebody of the own side saved it since.
    `as_broker`: it writes down what the side told it, until the side has handed that in.
    """
    with transaction.atomic():
        round, respondent, sealed, draft = _opened_here(respondent, as_broker=as_broker)
        if seen is not None and respondent.part.is_agreed and seen != draft.versions.get(screen, 0):
            raise ValidationError(
                _("Somebody of your side saved this while you were writing. Compare, and save again."), code="stale"
            )
        codes = {item.code for item in instrument_of(round).items if item.dimension == screen} & set(round.statements)
        merge(draft, round, codes, answers, comments or {}, guesses or {})
        draft.versions[screen] = draft.versions.get(screen, 0) + 1
        put_away(respondent, draft, sealed)
        _start(respondent)
    return draft


def say_named(respondent: Respondent, named: bool) -> Draft:
    """Whether somebody may stand with the own name, said before answering and changed until the freeze.

    Sealed like an answer, and either word leaves the same traces: nobody learns who said which.
    """
    with transaction.atomic():
        _round, respondent, sealed, draft = _opened_here(respondent, as_broker=False)
        if respondent.part.mode != PartMode.OPEN:
            raise ValidationError(_("On your side nobody stands with their name."))
        draft = replace(draft, named=named)
        put_away(respondent, draft, sealed)
        _start(respondent)
    return draft


def _start(respondent: Respondent) -> None:
    if respondent.state in {RespondentState.INVITED, RespondentState.WITHDRAWN}:
        respondent.state = RespondentState.STARTED
        respondent.save(update_fields=["state"])


def rewrite_comments(
    respondent: Respondent, *, comments: Mapping[str, str], seen: int | None = None, as_broker: bool = False
) -> Draft:
    """Change own comments in one go, so that their style gives nobody away; an empty one goes.

    `seen` is what `written` told when the page was made; raises "stale" where somebody of the own side wrote since.
    """
    with transaction.atomic():
        round, respondent, sealed, draft = _opened_here(respondent, as_broker=as_broker)
        if seen is not None and respondent.part.is_agreed and seen != written(draft):
            raise ValidationError(
                _("Somebody of your side saved this while you were writing. Compare, and save again."), code="stale"
            )
        # Only what was there: a comment is added beside its sentence.
        changed = {code: text for code, text in comments.items() if code in draft.comments}
        items = instrument_of(round).by_code
        for screen in {items[code].dimension for code, text in changed.items() if text.strip() != draft.comments[code]}:
            draft.versions[screen] = draft.versions.get(screen, 0) + 1
        merge(draft, round, set(changed), {}, changed, {})
        if sealed is not None:
            put_away(respondent, draft, sealed)
    return draft


def written(draft: Draft) -> int:
    """How often an answer was saved: tells whether somebody wrote in between."""
    return sum(draft.versions.values())


def _opened_here(respondent: Respondent, *, as_broker: bool) -> tuple[Round, Respondent, SealedAnswer | None, Draft]:
    """Round, respondent and what was said so far, as they are now, for writing in it. Refuses where that is over."""
    round = locked(respondent.part.round)
    refuse_if_shut(round)
    refuse_unless(round, RoundState.OPEN, _("This round has not started yet."))
    sealed = sealed_of(respondent)
    if sealed is not None:
        respondent, draft = sealed.respondent, unsealed(sealed, sealed.respondent)
    else:
        found = Respondent.objects.unguarded("the view or the link found it")
        respondent, draft = found.select_related("part").get(pk=respondent.pk), Draft()
    if as_broker:
        refuse_broker_after_hand_in(respondent.part)
    if respondent.part.approved_at is not None and not respondent.part.is_in:
        # What was approved is not this any more.
        respondent.part.approved_at = None
        respondent.part.save(update_fields=["approved_at"])
    return round, respondent, sealed, draft


def refuse_broker_after_hand_in(part: Part) -> None:
    if part.is_in or part.mode != PartMode.WITH_BROKER:
        raise ValidationError(_("This side has handed in its answer. Only its own people can change it now."))


def put_away(respondent: Respondent, draft: Draft, sealed: SealedAnswer | None) -> None:
    """Seal what was said, in place of what lay there."""
    text = sealing.seal(_payload(draft), context=context_of(respondent))
    if sealed is None:
        SealedAnswer.objects.create(part=respondent.part, respondent=respondent, ciphertext=text)
    else:
        sealed.ciphertext = text
        sealed.save(update_fields=["ciphertext"])


def finish_answer(respondent: Respondent, *, as_broker: bool = False) -> Respondent:
    """All is answered. It can still be changed until the freeze."""
    with transaction.atomic():
        round = locked(respondent.part.round)
        refuse_if_shut(round)
        if as_broker:
            refuse_broker_after_hand_in(Part.objects.unguarded("the broker's desk found it").get(pk=respondent.part_id))
        draft = draft_of(respondent)
        if draft.named is None and respondent.part.mode == PartMode.OPEN:
            raise ValidationError(_("Say first whether your answers may stand with your name."), code="named")
        missing = draft.missing(asked_codes(round))
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
        if as_broker:
            work.close_item(round.partnership, key_of(round, "broker", respondent.part_id))
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


def merge(
    draft: Draft,
    round: Round,
    codes: set[str],
    answers: Mapping[str, int | None],
    comments: Mapping[str, str],
    guesses: Mapping[str, Mapping[int, int]],
) -> None:
    """Put what was said about these statements into a draft."""
    for code in codes:
        if code in answers:
            value = answers[code]
            if value is not None and value not in range(5):
                raise ValidationError(_("An answer lies between 0 and 4."))
            draft.answers[code] = value
        if code in comments:
            text = comments[code].strip()
            if text:
                draft.comments[code] = text[:COMMENT_LENGTH]
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
        "named": draft.named,
    }


@dataclass
class Resealed:
    """What came of a change of keys: answers put under the newest key; rounds with answers that no key opens."""

    done: int = 0
    rehashed: int = 0
    stuck: Counter[str] = field(default_factory=Counter)


def reseal_all() -> Resealed:
    """Put every sealed answer, and every keyed hash, under the newest key, so that an older one can be taken away.

    One that no key opens does not stop the others: it stays as it is, and is counted by its round's public id.
    """
    came = Resealed()
    for pk in SealedAnswer.objects.values_list("pk", flat=True):
        with transaction.atomic():
            rows = SealedAnswer.objects.select_for_update(of=("self",)).select_related("part__round")
            sealed = rows.filter(pk=pk).first()
            if sealed is None:
                continue
            try:
                sealed.ciphertext = sealing.reseal(sealed.ciphertext)
            except sealing.WrongKey:
                came.stuck[sealed.part.round.public_id] += 1
                continue
            sealed.save(update_fields=["ciphertext"])
            came.done += 1
    came.rehashed = _rehash_addresses() + _rehash_writers()
    return came


def _rehash_addresses() -> int:
    """Who was asked by mail is still not asked twice."""
    done = 0
    rows = Respondent.objects.unguarded("keys are changed").exclude(email="").select_related("part")
    for respondent in rows.iterator():
        fresh = sealing.keyed_hash(*address_parts(respondent.part, respondent.email))
        if fresh != respondent.email_hash:
            Respondent.objects.unguarded("keys are changed").filter(pk=respondent.pk).update(email_hash=fresh)
            done += 1
    return done


def _rehash_writers() -> int:
    """Who wrote a comment can still withdraw it. Whose it is, is found and forgotten row by row."""
    done = 0
    comments = Comment.objects.unguarded("keys are changed").filter(withdrawn_at=None)
    for part in Part.objects.unguarded("keys are changed").filter(comments__in=comments).distinct():
        respondents = list(part.respondents.all())
        for comment in comments.filter(part=part):
            parts = [writer(each, comment.statement) for each in respondents]
            own = next((each for each in parts if sealing.matches(comment.author_hash, *each)), None)
            if own is not None and (fresh := sealing.keyed_hash(*own)) != comment.author_hash:
                Comment.objects.unguarded("keys are changed").filter(pk=comment.pk).update(author_hash=fresh)
                done += 1
    return done
