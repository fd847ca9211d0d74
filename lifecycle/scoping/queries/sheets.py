"""Who is in, and what lies side by side."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef

from partnerships.access.places import Place
from partnerships.catalogue.content import CanvasPrompt, CardPrompt, Content, ScreenQuestion, Spectrum
from partnerships.record.models import Party

from ..models import Sheet, SheetAnswer
from ..states import ALTERNATIVE_QUESTION, AnswerOutcome, SheetKind

if TYPE_CHECKING:
    from partnerships.people.models import User


Question = ScreenQuestion | CanvasPrompt | CardPrompt


def questions_of(asked: Content[Any]) -> dict[str, Question]:
    """What a sheet asks, in order, by code. The spectrum's two marks are chosen like a screen's options."""
    return {q.code: q for q in (asked.questions if isinstance(asked, Spectrum) else asked.items)}


@dataclass(frozen=True)
class SheetState:
    """What everybody may know of a partner's sheet: whether it is in, and was opened. Never that it exists."""

    party: Party
    handed_in_at: datetime | None
    opened_at: datetime | None

    @property
    def is_in(self) -> bool:
        return self.handed_in_at is not None

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None


def sheet_states(place: Place, *kinds: str) -> dict[str, list[SheetState]]:
    """For each kind, the partners in order and whether each is in. One query."""
    rows = (
        Sheet.objects.unguarded("only whether each partner handed in, which all may know; drafts are left out")
        .of(place.partnership)
        .filter(kind__in=kinds, handed_in_at__isnull=False)
        .values_list("kind", "party", "handed_in_at", "opened_at")
    )
    found = {(kind, party): (handed_in, opened) for kind, party, handed_in, opened in rows}
    return {kind: [SheetState(p, *found.get((kind, p.pk), (None, None))) for p in place.partners] for kind in kinds}


def own_sheet(place: Place, kind: str) -> Sheet | None:
    """The own side's sheet of a kind, with who handed it in."""
    if place.party is None:
        return None
    return (
        Sheet.objects.visible_to(place)
        .filter(party=place.party, kind=kind)
        .select_related("handed_in_by", "author", "catalogue_version")
        .first()
    )


def own_answers(sheet: Sheet | None, user: User) -> dict[str, SheetAnswer]:
    """The current answers of the own sheet, by question."""
    if sheet is None:
        return {}
    rows = SheetAnswer.objects.visible_to(user).filter(sheet=sheet, replaced_at=None)
    return {a.question: a for a in rows.select_related("author")}


@dataclass
class Said:
    """What one partner says to one question: the answer that counts, and those it replaced, newest first."""

    party: Party
    answer: SheetAnswer | None = None
    before: list[SheetAnswer] = field(default_factory=list)


def side_by_side(place: Place, kind: str) -> dict[str, list[Said]]:
    """By question, what each partner said, for opened sheets and as this reader may read it. One query.

    Partners stand in their order; those that left come last, with what they had said.
    """
    answers = list(
        SheetAnswer.objects.visible_to(place)
        .filter(sheet__kind=kind, sheet__opened_at__isnull=False, withdrawn_at=None)
        .select_related("sheet__catalogue_version")
        .defer("sheet__catalogue_version__content")
        .order_by("-pk")
    )
    spoke = {a.party_id for a in answers}
    parties = [*place.partners, *(p for p in place.parties if p.left_on is not None and p.pk in spoke)]
    rows: dict[str, dict[int, Said]] = defaultdict(lambda: {p.pk: Said(p) for p in parties})
    for answer in answers:
        said = rows[answer.question].get(answer.party_id)
        if said is None:
            continue
        if answer.replaced_at is None:
            said.answer = answer
        else:
            said.before.append(answer)
    return {question: list(by_party.values()) for question, by_party in rows.items()}


@dataclass(frozen=True)
class Compared:
    """A question with what the partners say, and where that leaves them: stop, differ, not_yet, ready or one_sided."""

    question: str
    said: list[Said]
    standing: str


#: What needs attention first.
STANDINGS = ("stop", "differ", "not_yet", "one_sided", "ready")


def standing_of(said: list[Said]) -> str:
    """A stop stays a stop, whatever the others say; then a difference; nothing is ever averaged."""
    given = [s.answer for s in said if s.answer is not None and s.answer.option and s.party.left_on is None]
    outcomes = {a.outcome for a in given}
    if AnswerOutcome.STOP in outcomes:
        return "stop"
    if len(given) < len([s for s in said if s.party.left_on is None]):
        return "one_sided"
    if len({a.option for a in given}) > 1:
        return "differ"
    return "ready" if outcomes == {AnswerOutcome.READY} else "not_yet"


def compared(rows: dict[str, list[Said]], order: list[str]) -> list[Compared]:
    """All questions, what needs talk first."""
    known = [Compared(q, rows[q], standing_of(rows[q])) for q in order if q in rows]
    return sorted(known, key=lambda c: STANDINGS.index(c.standing))


@dataclass(frozen=True)
class OpenedAnswer:
    """For the gate: an opened answer of the screen, and whether this reader may know what it says."""

    party_id: int
    question: str
    option: str
    outcome: str
    has_text: bool
    readable: bool


def opened_screen_answers(place: Place) -> list[OpenedAnswer]:
    """Stops, and the question on alternatives, of all opened screens. One query."""
    readable = SheetAnswer.objects.visible_to(place.user).filter(pk=OuterRef("pk"))
    rows: Any = (
        SheetAnswer.objects.unguarded("the gate counts stops; what they say is told to those who may read it")
        .of(place.partnership)
        .filter(sheet__kind=SheetKind.SCREEN, sheet__opened_at__isnull=False, replaced_at=None, withdrawn_at=None)
        .filter(sheet__party__left_on=None)
        .annotate(readable=Exists(readable))
    )
    return [
        OpenedAnswer(a.party_id, a.question, a.option, a.outcome, bool(a.text.strip()), a.readable)
        for a in rows
        if a.outcome == AnswerOutcome.STOP or a.question == ALTERNATIVE_QUESTION
    ]
