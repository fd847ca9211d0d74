"""Reading scoping: who is in, what lies side by side, what was agreed, what the affected people say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Prefetch

from partnerships.access.models import Circle, CircleParty, ReleaseItem
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.record.models import Partnership, Party, Seat

from .models import (
    AffectedBody,
    BodyAnswer,
    BodyNote,
    BodyQuestion,
    CanvasEntry,
    Sentence,
    Sheet,
    SheetAnswer,
    Talk,
    WayProposal,
)
from .states import ALTERNATIVE_QUESTION, About, AnswerOutcome, BodySays, SheetKind

if TYPE_CHECKING:
    from partnerships.people.models import User


def leads_of(parties: Iterable[Party | int]) -> list[User]:
    """The leads and stand-ins of parties."""
    ids = [p if isinstance(p, int) else p.pk for p in parties]
    seats = Seat.objects.filter(
        party__in=ids, duty__in=["lead", "stand_in"], ended_on=None, membership__ended_on=None
    ).select_related("membership__user")
    return [s.membership.user for s in seats]


def everyone_of(party: Party) -> list[User]:
    """Everybody seated with a party."""
    seats = Seat.objects.filter(party=party, ended_on=None, membership__ended_on=None)
    return [s.membership.user for s in seats.select_related("membership__user")]


# Answered alone, opened together --------------------------------------------------------------------------------------
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


# Agreed together ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Agreed:
    """A sentence as it stands, and who of the present partners agreed to this version."""

    sentence: Sentence
    agreed: tuple[Party, ...]
    missing: tuple[Party, ...]

    @property
    def by_all(self) -> bool:
        return not self.missing


def sentences(place: Place) -> dict[str, Agreed]:
    """The current sentences that this reader may read, by kind. Two queries."""
    rows = (
        Sentence.objects.visible_to(place)
        .filter(replaced_at=None, withdrawn_at=None)
        .select_related("author", "party__organisation")
        .prefetch_related("agreements")
    )
    return {s.kind: _agreed(place, s) for s in rows}


def sentences_for_gate(place: Place) -> dict[str, Agreed]:
    """The same whoever reads: the gate tells who is waited for, never the words."""
    rows = (
        Sentence.objects.unguarded("who agreed, for the gate; the words are not shown there")
        .of(place.partnership)
        .filter(replaced_at=None, withdrawn_at=None)
        .defer("text")
        .prefetch_related("agreements")
    )
    return {s.kind: _agreed(place, s) for s in rows}


def _agreed(place: Place, sentence: Sentence) -> Agreed:
    yes = {a.party_id for a in sentence.agreements.all()}
    return Agreed(
        sentence,
        tuple(p for p in place.partners if p.pk in yes),
        tuple(p for p in place.partners if p.pk not in yes),
    )


def agreed_sentence(place: Place, kind: str) -> str:
    """The words all partners agreed, for later stages; empty while they have not."""
    found = sentences(place).get(kind)
    return found.sentence.text if found and found.by_all else ""


def way_of(place: Place) -> WayProposal | None:
    """The proposal that stands, open or settled."""
    return (
        WayProposal.objects.visible_to(place)
        .filter(dropped_at=None)
        .select_related("party__organisation", "author")
        .prefetch_related("consents")
        .first()
    )


def next_talk(place: Place) -> Talk | None:
    """The talk that was set last, in the reader's circles."""
    return Talk.objects.visible_to(place).filter(replaced_at=None).first()


# The canvas -----------------------------------------------------------------------------------------------------------
def canvas(place: Place) -> list[CanvasEntry]:
    """All entries this reader may read, oldest first, with what they ease. Two queries."""
    readable = CanvasEntry.objects.visible_to(place.user)
    return list(
        readable.of(place.partnership)
        .filter(withdrawn_at=None)
        .select_related("party__organisation", "circle", "office", "author")
        .prefetch_related(Prefetch("eases", readable.filter(withdrawn_at=None).select_related("party__organisation")))
        .order_by("pk")
    )


def released_entries(place: Place) -> set[int]:
    """Ids of canvas entries that stand in a release which was not recalled."""
    return set(
        ReleaseItem.objects.filter(
            model=CanvasEntry._meta.label_lower, release__partnership=place.partnership, release__recalled_at=None
        ).values_list("object_id", flat=True)
    )


# The affected people --------------------------------------------------------------------------------------------------
@dataclass
class Asked:
    """A body, what it was asked and what it answered, as this reader may know it."""

    body: AffectedBody
    questions: list[BodyQuestion]
    answers: dict[str, BodyAnswer]
    notes: list[BodyNote]
    earlier: list[BodyAnswer]

    def asked(self, about: str) -> BodyQuestion | None:
        return next((q for q in self.questions if q.about == about), None)


def bodies(place: Place) -> list[Asked]:
    """Every body this reader may know of. Four queries, however many bodies."""
    user, partnership = place.user, place.partnership
    questions = BodyQuestion.objects.visible_to(user).filter(withdrawn_at=None)
    answers = BodyAnswer.objects.visible_to(user).filter(withdrawn_at=None)
    rows = (
        AffectedBody.objects.visible_to(user)
        .of(partnership)
        .filter(withdrawn_at=None)
        .select_related("party__organisation", "body_party__organisation")
        .prefetch_related(
            Prefetch(
                "questions", questions.select_related("author", "party__organisation").order_by("-asked_on", "-pk")
            ),
            Prefetch("body_answers", answers.select_related("party__organisation", "circle").order_by("-pk")),
            Prefetch("notes", BodyNote.objects.visible_to(user).filter(withdrawn_at=None).order_by("-pk")),
        )
        .order_by("pk")
    )
    return [
        Asked(
            body=b,
            questions=list(b.questions.all()),
            answers={a.about: a for a in b.body_answers.all() if a.replaced_at is None},
            notes=list(b.notes.all()),
            earlier=[a for a in b.body_answers.all() if a.replaced_at is not None],
        )
        for b in rows
    ]


@dataclass(frozen=True)
class BodyStanding:
    """For the gates: how far the talk with one body is, whoever reads."""

    body_id: int
    name: str
    asked: bool
    involvement: str
    partnership: str
    #: Whether this reader may know the name, and the answer to the partnership.
    known: bool
    readable: bool
    asked_about_partnership: bool
    body_party_id: int | None


def body_standings(place: Place) -> list[BodyStanding]:
    """Every body's standing. Two queries; the words of the answers are not among them."""
    known = AffectedBody.objects.visible_to(place.user).filter(pk=OuterRef("pk"))
    asked = BodyQuestion.objects.unguarded("whether a body was asked, for the gate").filter(
        body=OuterRef("pk"), withdrawn_at=None
    )
    rows: list[Any] = list(
        AffectedBody.objects.unguarded("how far the talk with each body is, for the gate; names only to readers")
        .of(place.partnership)
        .filter(withdrawn_at=None)
        .annotate(known=Exists(known), asked=Exists(asked), asked_again=Exists(asked.filter(about=About.PARTNERSHIP)))
        .order_by("pk")
    )
    readable = BodyAnswer.objects.visible_to(place.user).filter(pk=OuterRef("pk"))
    given: Any = (
        BodyAnswer.objects.unguarded("what each body answers, for the gate; told only to those who may read")
        .of(place.partnership)
        .filter(withdrawn_at=None, replaced_at=None)
        .defer("words")
        .annotate(readable=Exists(readable))
    )
    answers: dict[tuple[int, str], tuple[str, bool]] = {(a.body_id, a.about): (a.says, a.readable) for a in given}
    nothing = ("", False)
    return [
        BodyStanding(
            body_id=b.pk,
            name=b.name,
            asked=b.asked or any((b.pk, about) in answers for about in About.values),
            involvement=answers.get((b.pk, About.INVOLVEMENT), nothing)[0],
            partnership=answers.get((b.pk, About.PARTNERSHIP), nothing)[0],
            known=b.known,
            readable=answers.get((b.pk, About.PARTNERSHIP), nothing)[1],
            asked_about_partnership=b.asked_again,
            body_party_id=b.body_party_id,
        )
        for b in rows
    ]


def affected_answer_is_recorded(standings: list[BodyStanding]) -> bool:
    """At least one body has answered, all that wish to be involved have, and none said no."""
    answered = [b for b in standings if b.partnership]
    if not answered or any(b.partnership == BodySays.REFUSE for b in answered):
        return False
    return all(b.partnership or b.involvement == BodySays.NO for b in standings)


def members_of(circles: Iterable[int]) -> dict[int, list[int]]:
    """The party ids of circles. One query."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = CircleParty.objects.filter(circle__in=set(circles)).order_by("party")
    for circle, party in rows.values_list("circle", "party"):
        found[circle].append(party)
    return found


def partners_circle_misses(place: Place, circle: Circle) -> list[Party]:
    """Partners and brokers that joined after a text was written for the partners, and cannot read it."""
    if circle.kind not in {CircleKind.PARTNERS, CircleKind.CHOSEN}:
        return []
    ids = set(circle.members.values_list("party", flat=True))
    return [p for p in place.present if p.role in {"partner", "broker"} and p.pk not in ids]


def partners_of(partnership: Partnership) -> list[Party]:
    """The partners that are in, in order of joining."""
    return list(partnership.parties.filter(role="partner", left_on=None).order_by("joined_at", "pk"))
