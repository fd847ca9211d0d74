"""What a partner may take over from the records above, and what it took over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from partnerships.access.guard import place_of
from partnerships.access.places import Place
from partnerships.catalogue.content import Library, LibraryQuestion
from partnerships.catalogue.queries import content
from partnerships.record.models import Partnership, Party

from ..models import Assessment, DiligenceAnswer, InheritedChecklist
from .asked import asked_in
from .reading import was_released

#: Umbrella, country, site: more levels than anybody has.
HIGHEST = 6


@dataclass
class Heir:
    """A checklist in a record above, as it stands there, and what became of it here."""

    there: Place
    source: Assessment
    #: Whom it is about, as the party here.
    about: Party
    #: Its answers that can be taken over here: of questions that are asked here in the same words.
    answers: dict[str, DiligenceAnswer] = field(default_factory=dict)
    #: Questions that are worded otherwise here, or hang on files of the umbrella: they are answered here.
    left_out: int = 0
    taken: InheritedChecklist | None = None
    #: Codes whose answer stands here as it was taken over; of these, the ones that read otherwise above by now, and
    #: the ones that are said there no more.
    kept: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    #: Codes to which the own side here has said something of its own.
    own: list[str] = field(default_factory=list)

    @property
    def is_self(self) -> bool:
        return self.source.about_id == self.source.party_id

    @property
    def versions(self) -> list[int]:
        """Of the library, that were asked there."""
        return sorted({a.library.version for a in self.answers.values()})

    @property
    def fresh(self) -> list[str]:
        """What nobody has answered here yet."""
        return [code for code in self.answers if code not in self.kept and code not in self.own]


def ancestors(partnership: Partnership) -> list[Partnership]:
    """The records above, the nearest first."""
    found: list[Partnership] = []
    above = partnership.parent
    while above is not None and above not in found and len(found) < HIGHEST:
        found.append(above)
        above = above.parent
    return found


def places_above(place: Place) -> list[Place]:
    """Where this person stands for the same organisation in the records above, as a partner that is still in."""
    found = []
    for record in ancestors(place.partnership):
        there = place_of(place.user, record)
        if there.is_partner and there.own_party.organisation_id == place.own_party.organisation_id:
            found.append(there)
    return found


def heirs(place: Place) -> list[Heir]:
    """Everything that the own side may take over from above, nearest first: its own checklists in their last round.

    About itself what it released there; about another partner its own assessment, where that organisation is a partner
    here too. The answers are read by who leads there: the caller asked for that (`places_above`).
    """
    found: list[Heir] = []
    for there in places_above(place):
        found += _heirs_from(there, place)
    return found


def _heirs_from(there: Place, place: Place) -> list[Heir]:
    here_by_organisation = {p.organisation_id: p for p in place.partners}
    rows = Assessment.objects.visible_to(there).filter(party=there.own_party).select_related("about", "round")
    every = [a for a in rows.order_by("round__number") if a.about.organisation_id in here_by_organisation]
    answers = _standing(every, there)
    newest: dict[int, Assessment] = {}
    for assessment in every:
        # After a refresh above, what was released before it counts until something of the new round is.
        if assessment.pk in answers or assessment.about_id not in newest:
            newest[assessment.about_id] = assessment
    pairs = [(a, here_by_organisation[a.about.organisation_id]) for a in newest.values()]
    standing = standing_here(place)
    # Of whatever rounds, there and here: the first time is the one that is told.
    taken = {
        (i.source.party_id, i.source.about_id, i.into.about_id): i
        for i in InheritedChecklist.objects.visible_to(place).select_related("source", "into").order_by("-pk")
    }
    asked = asked_in(place.partnership)
    found = []
    for source, about in sorted(pairs, key=lambda p: p[0].about_id != p[0].party_id):
        questions = {q.code: q for q in asked.questions(place.own_party, about)}
        heir = Heir(there, source, about, taken=taken.get((source.party_id, source.about_id, about.pk)))
        for answer in answers.get(source.pk, []):
            question = questions.get(answer.code)
            if question is None:
                continue
            if is_asked_alike(answer, question):
                heir.answers[answer.code] = answer
            else:
                heir.left_out += 1
        _compare(heir, standing.get(about.pk, {}))
        found.append(heir)
    return found


def _standing(sources: Sequence[Assessment], there: Place) -> dict[int, list[DiligenceAnswer]]:
    """What is said in these checklists today; about oneself only what was released there."""
    own = {a.pk for a in sources if a.about_id == a.party_id}
    rows = was_released(
        DiligenceAnswer.objects.visible_to(there).filter(assessment__in=sources, superseded_at=None, withdrawn_at=None)
    ).select_related("library")
    found: dict[int, list[DiligenceAnswer]] = {}
    for answer in rows.order_by("pk"):
        if answer.says_something and (answer.assessment_id not in own or answer.released):
            found.setdefault(answer.assessment_id, []).append(answer)
    return found


def standing_here(place: Place) -> dict[int, dict[str, DiligenceAnswer]]:
    """The own side's answers of the last round here, by whom they are about and code. One query."""
    found: dict[int, dict[str, DiligenceAnswer]] = {}
    rows = DiligenceAnswer.objects.visible_to(place).filter(assessment__party=place.own_party, superseded_at=None)
    for answer in rows.select_related("assessment", "inherited_from__assessment").order_by("assessment__round", "pk"):
        found.setdefault(answer.assessment.about_id, {})[answer.code] = answer
    return found


def is_asked_alike(answer: DiligenceAnswer, question: LibraryQuestion) -> bool:
    """Whether the question here is the one that was answered. A file is cited, and stays in its record."""
    was = content(answer.library, Library).by_code.get(answer.code)
    return (
        was is not None
        and question.answer != "file"
        and (str(was.text), was.answer, was.options) == (str(question.text), question.answer, question.options)
    )


def _compare(heir: Heir, here: dict[str, DiligenceAnswer]) -> None:
    """What was taken over and stands, what has changed above, and what the own side says of its own."""
    for code, answer in here.items():
        source = answer.inherited_from
        if source is None or not _is_of(source.assessment, heir):
            if code in heir.answers and answer.says_something:
                heir.own.append(code)
            continue
        heir.kept.append(code)
        now = heir.answers.get(code)
        if now is None:
            heir.gone.append(code)
        elif says_otherwise(answer, now):
            heir.changed.append(code)


def _is_of(source: Assessment, heir: Heir) -> bool:
    """Whether it is the heir's checklist, in this round or in one before."""
    return (source.party_id, source.about_id) == (heir.source.party_id, heir.source.about_id)


def says_otherwise(answer: DiligenceAnswer, now: DiligenceAnswer) -> bool:
    return (answer.level, answer.text, answer.value) != (now.level, now.text, now.value)
