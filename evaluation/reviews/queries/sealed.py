"""What respondents have said so far: unsealed for themselves, and for the opening."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from partnerships.access.ready import Ready

from .. import disclosure, sealing
from ..models import Part, Respondent, SealedAnswer
from ..states import Group, RespondentState
from .asking import rules
from .soon import soon_after

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Draft:
    """What a respondent has said so far."""

    answers: dict[str, int | None] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    #: statement -> party's primary key -> guess
    guesses: dict[str, dict[str, int]] = field(default_factory=dict)
    #: How often each screen was saved; an agreed answer is written by several hands.
    versions: dict[str, int] = field(default_factory=dict)
    #: Whether they may stand with their name, where their side answers openly; nothing as long as they have not said.
    named: bool | None = None

    def missing(self, codes: Iterable[str]) -> list[str]:
        """Statements without an answer; "don't know" is one."""
        return [code for code in codes if code not in self.answers]


def context_of(respondent: Respondent) -> tuple[str, ...]:
    """What a sealed answer is bound to."""
    return "answer", str(respondent.part.round_id), respondent.part.public_id, respondent.public_id


def unsealed(sealed: SealedAnswer, respondent: Respondent) -> Draft:
    return Draft(**sealing.unseal(sealed.ciphertext, context=context_of(respondent)))


def draft_of(respondent: Respondent) -> Draft:
    """What this respondent has said so far; only ever for that respondent's own screen."""
    sealed = sealed_of(respondent)
    return unsealed(sealed, respondent) if sealed is not None else Draft()


def sealed_of(respondent: Respondent) -> SealedAnswer | None:
    """What this respondent has said so far, as it lies there, with the respondent as it is now."""
    return next(iter(_SEALED(respondent=respondent.pk)), None)


_SEALED = Ready(
    lambda respondent: SealedAnswer.objects.filter(respondent=respondent).select_related("respondent__part")[:1]
)


def mark_of(part: Part) -> str:
    """What lies there, by a mark that each saving changes; nothing is unsealed for it."""
    texts = part.sealed.order_by("pk").values_list("ciphertext", flat=True)
    return hashlib.sha256("".join(texts).encode()).hexdigest()[:16]


def drafts_of_part(part: Part) -> list[tuple[Respondent, Draft]]:
    """Everything a part holds, unsealed: only for the opening, and for its own side's results the day before.

    In no order that tells anything.
    """
    found = [
        (sealed.respondent, unsealed(sealed, sealed.respondent))
        for sealed in part.sealed.select_related("respondent__part").filter(respondent__state=RespondentState.DONE)
    ]
    secrets.SystemRandom().shuffle(found)
    return found


def all_named(part: Part) -> bool:
    """Whether each who was asked has answered and said yes to standing with the own name.

    Unsealed, so only ever asked when all parts are in or the time is over; and told of all together, never of one.
    """
    drafts = drafts_of_part(part)
    everybody = part.respondents.count() == len(drafts)
    named = all(draft.named is True and respondent.seat_id for respondent, draft in drafts)
    return bool(drafts) and everybody and named and len(drafts) < rules().group_minimum


@dataclass(frozen=True)
class Groups:
    """From where the people of a part answer, where that is kept, and the statements on which it may be."""

    of: Mapping[int, str]
    statements: frozenset[str]

    def __getitem__(self, respondent: int) -> str:
        return self.of[respondent]


def kept_groups(part: Part, drafts: Sequence[tuple[Respondent, Draft]], statements: Sequence[str]) -> Groups | None:
    """Head office, and site or field, where each is large enough: in the side, and then on every single statement.

    None where a group of the side is too small, or there is one alone: then no tally ever knows where anybody sits.
    Soon after another round with some of the same people a group may be what differs between the two: it is not told.
    Nor is then the spread of the whole, where that round told groups (no statement is kept, and yet there are groups).
    """
    if part.is_agreed or part.is_open or part.is_twin:
        return None
    soon = [each for each in soon_after(part) if each.same]
    if soon:
        return Groups({}, frozenset()) if any(each.told_groups for each in soon) else None
    # As it was when all parts were in.
    of = {respondent.pk: respondent.group for respondent, _draft in drafts}
    if not disclosure.keepable(Counter(of.values()), rules=rules()):
        return None
    kept = []
    for code in statements:
        sizes = Counter(of[respondent.pk] for respondent, draft in drafts if draft.answers.get(code) is not None)
        if disclosure.keepable(sizes, rules=rules()):
            kept.append(code)
    return Groups(of, frozenset(kept))


def group_of(respondent: Respondent) -> str:
    """Head office, site or field, or neither, by the office of the seat; else what was said when inviting."""
    seat = respondent.seat
    office = (seat.office or seat.membership.office) if seat is not None else None
    if office is None:
        return str(respondent.group)
    return str(Group.HEAD if office.kind == Group.HEAD else Group.FIELD)
