"""What each kind of content is made of.

These dataclasses are the one definition of the format: the loader checks the YAML files against them (a field without a
default is required, an unknown key is an error), and readers get them back from the stored JSON. Field names are the
keys of the files. Every text for people is a `Text`, in all three languages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from .states import Kind

LANGUAGES = ("en", "fr", "es")
#: Where something stands in a file: keys and positions from the top, as ("items", 3, "text", "fr").
Path = tuple[str | int, ...]
Problems = Iterator[tuple[Path, str]]


@dataclass(frozen=True, slots=True)
class Text:
    """A text for people in every language. `str(text)`, so `{{ text }}` in a template, is in the reader's language."""

    en: str
    fr: str
    es: str
    #: Languages that repeat the words of another one, since an organisation wrote its text in fewer.
    missing: tuple[Literal["en", "fr", "es"], ...] = ()

    def __str__(self) -> str:
        return self.in_language(get_language())

    @property
    def lang(self) -> str:
        """The language in which the reader sees it: for the page's `lang`, and to say that it is not translated."""
        short = (get_language() or "en")[:2]
        short = short if short in LANGUAGES else "en"
        return next((each for each in (short, *LANGUAGES) if each not in self.missing), short)

    def in_language(self, language: str | None) -> str:
        """The text in `language` ("fr", "fr-ca"); English where we have no such language."""
        short = (language or "en")[:2]
        return str(getattr(self, short)) if short in LANGUAGES else self.en


@dataclass(frozen=True, slots=True)
class Group:
    """A heading over some of the items: a theme of a library, a dimension of an instrument."""

    code: str
    title: Text
    text: Text | None = None


class Item(Protocol):
    @property
    def code(self) -> str: ...


ItemT = TypeVar("ItemT", bound=Item)


class Content(Generic[ItemT]):
    """What every kind has in common: items with codes that are unique in their version."""

    kind: ClassVar[Kind]
    items: tuple[ItemT, ...]

    @cached_property
    def by_code(self) -> dict[str, ItemT]:
        return {item.code: item for item in self.items}

    def item(self, code: str) -> ItemT:
        """The item with this code; KeyError where there is none."""
        return self.by_code[code]

    def problems(self) -> Problems:
        """What the types cannot say: every kind adds its own."""
        yield from unique_codes(self.items, ("items",))


def unique_codes(things: Sequence[Item], path: Path) -> Problems:
    seen: set[str] = set()
    for place, thing in enumerate(things):
        if thing.code in seen:
            yield (*path, place, "code"), _("the code %(code)r is used twice") % {"code": thing.code}
        seen.add(thing.code)


def known_groups(items: Sequence[Any], key: str, groups: Sequence[Group]) -> Problems:
    """Each item's group is declared, and each declared group has items."""
    declared = {group.code for group in groups}
    for place, item in enumerate(items):
        if getattr(item, key) not in declared:
            yield ("items", place, key), _("“%(code)s” is not one of the groups above") % {"code": getattr(item, key)}
    used = {getattr(item, key) for item in items}
    for place, group in enumerate(groups):
        if group.code not in used:
            yield (f"{key}s", place), _("“%(code)s” has no items") % {"code": group.code}


# Lessons --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson of practice. `why` is the short "why we ask" that screens show."""

    code: str
    title: Text
    why: Text


@dataclass(frozen=True)
class Lessons(Content[Lesson]):
    kind = Kind.LESSONS
    items: tuple[Lesson, ...]


# Scoping --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class GroundRule:
    code: str
    title: Text
    text: Text


@dataclass(frozen=True)
class GroundRules(Content[GroundRule]):
    kind = Kind.GROUND_RULES
    intro: Text
    #: The sentence next to the button: what accepting means.
    acceptance: Text
    items: tuple[GroundRule, ...]


Outcome = Literal["ready", "not_yet", "stop"]


@dataclass(frozen=True, slots=True)
class ScreenOption:
    code: str
    text: Text
    outcome: Outcome
    #: With "not yet" only: what would make it so.
    make_it_so: Text | None = None


@dataclass(frozen=True, slots=True)
class ScreenQuestion:
    code: str
    text: Text
    options: tuple[ScreenOption, ...]
    lessons: tuple[str, ...]
    core: bool = False
    help: Text | None = None
    #: Replaces `help` where the partnership is at a mine that is still being explored.
    help_exploration: Text | None = None

    def option(self, code: str) -> ScreenOption:
        return next(option for option in self.options if option.code == code)


@dataclass(frozen=True)
class Screen(Content[ScreenQuestion]):
    kind = Kind.SCREEN
    intro: Text
    items: tuple[ScreenQuestion, ...]

    @cached_property
    def core(self) -> tuple[ScreenQuestion, ...]:
        """The questions that are asked first."""
        return tuple(question for question in self.items if question.core)

    def problems(self) -> Problems:
        yield from Content.problems(self)
        for place, question in enumerate(self.items):
            path: Path = ("items", place, "options")
            yield from unique_codes(question.options, path)
            if len(question.options) < 2:
                yield path, "a question needs at least two options"
            for number, option in enumerate(question.options):
                if option.outcome == "not_yet" and option.make_it_so is None:
                    yield (*path, number), "an option that leads to not_yet needs make_it_so"
                if option.outcome != "not_yet" and option.make_it_so is not None:
                    yield (*path, number, "make_it_so"), "only an option that leads to not_yet has make_it_so"


@dataclass(frozen=True, slots=True)
class CanvasPrompt:
    """One field of the canvas. `by`: written by each partner, by each of its offices, or by the partners together."""

    code: str
    title: Text
    text: Text
    lessons: tuple[str, ...]
    by: Literal["partner", "office", "together"] = "partner"
    #: Several entries (a list) or one text.
    many: bool = False
    help: Text | None = None


@dataclass(frozen=True)
class Canvas(Content[CanvasPrompt]):
    kind = Kind.CANVAS
    intro: Text
    items: tuple[CanvasPrompt, ...]
    #: With the lessons at the end: why a partnership ended, to choose from.
    end_reasons: tuple[Group, ...] = ()

    def problems(self) -> Problems:
        yield from Content.problems(self)
        yield from unique_codes(self.end_reasons, ("end_reasons",))


@dataclass(frozen=True, slots=True)
class CardPrompt:
    code: str
    title: Text
    text: Text
    lessons: tuple[str, ...]
    help: Text | None = None


@dataclass(frozen=True)
class Cards(Content[CardPrompt]):
    kind = Kind.CARDS
    intro: Text
    items: tuple[CardPrompt, ...]


@dataclass(frozen=True, slots=True)
class SpectrumStep:
    """One step of working together, from the loosest (0). Its code is its number."""

    code: str
    title: Text
    text: Text
    structure: Text
    decisions: Text
    resources: Text
    #: The forms that this step needs and the looser ones hide, by code.
    unlocks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spectrum(Content[SpectrumStep]):
    """The steps, and the two marks that each partner sets on them."""

    kind = Kind.SPECTRUM
    intro: Text
    items: tuple[SpectrumStep, ...]
    lessons: tuple[str, ...] = ()
    #: The questions ("today", "intended"); each is answered by a step.
    marks: tuple[Group, ...] = ()
    #: What the codes in `unlocks` are called, and what each is for.
    forms: tuple[Group, ...] = ()

    @cached_property
    def questions(self) -> tuple[ScreenQuestion, ...]:
        """The marks as questions that are answered by choosing a step: nothing is ready or not here."""
        steps = tuple(ScreenOption(step.code, step.title, "ready") for step in self.items)
        return tuple(ScreenQuestion(m.code, m.title, steps, self.lessons, core=True, help=m.text) for m in self.marks)

    def unlocked(self, step: int) -> frozenset[str]:
        """The forms that a collaboration at this step needs: its own and those of the looser steps."""
        return frozenset(form for each in self.items if int(each.code) <= step for form in each.unlocks)

    def problems(self) -> Problems:
        yield from Content.problems(self)
        known = {form.code for form in self.forms}
        yield from unique_codes(self.marks, ("marks",))
        yield from unique_codes(self.forms, ("forms",))
        for place, step in enumerate(self.items):
            if step.code != str(place):
                yield ("items", place, "code"), f"the steps count from 0: expected {str(place)!r}"
            for number, form in enumerate(step.unlocks):
                if known and form not in known:
                    yield ("items", place, "unlocks", number), f"{form!r} is not one of the forms"


# Due diligence --------------------------------------------------------------------------------------------------------
Direction = Literal["both", "ngo_about_company", "company_about_ngo", "about_authority"]
Depth = Literal["light", "standard", "full"]
DEPTHS: tuple[Depth, ...] = ("light", "standard", "full")


#: "scale": no concern … does not apply, with a note; "text": an open question; "file": a supporting document.
AnswerType = Literal["scale", "text", "choice", "choices", "number", "date", "file"]
#: Answered by the record itself, so that no library has to ask: the mine is in exploration, or is not.
RECORD_FACTS = ("exploration", "operating")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something about the record on which questions depend (Indigenous rights are affected): said once, by partners."""

    code: str
    title: Text
    text: Text | None = None


def sign_of(code: str) -> str:
    """The code of a question as people may read it: shipped ones are numbers (4.2), own ones are drawn by lot."""
    return code if code[:1].isdigit() else ""


@dataclass(frozen=True, slots=True)
class AnswerOption:
    """One of the answers to choose from. `level` says what it means for the decision; nothing: it is no concern."""

    code: str
    text: Text
    level: Literal["none", "some", "serious", "unknown"] | None = None


@dataclass(frozen=True, slots=True)
class LibraryQuestion:
    code: str
    theme: str
    direction: Direction
    text: Text
    #: 0 no; 1 critical (serious needs a measure); 2 serious means stop.
    critical: Literal[0, 1, 2]
    #: The lightest checklist that asks it.
    depth: Depth
    answer: AnswerType
    guidance: Text
    #: What supports the answer, in words; nothing where a talk is enough.
    evidence: Text | None = None
    documents: tuple[str, ...] = ()
    lessons: tuple[str, ...] = ()
    #: Of a choice.
    options: tuple[AnswerOption, ...] = ()
    #: Of a number: tonnes, per cent, people.
    unit: Text | None = None
    #: Asked only where one of these facts holds, or is not known yet.
    only_if: tuple[str, ...] = ()

    @property
    def sign(self) -> str:
        """What stands before its words: 6.1; nothing before an own question, whose code tells people nothing."""
        return sign_of(self.code)

    def asked_at(self, depth: Depth) -> bool:
        return DEPTHS.index(self.depth) <= DEPTHS.index(depth)

    def option(self, code: str) -> AnswerOption | None:
        return next((option for option in self.options if option.code == code), None)


@dataclass(frozen=True)
class Library(Content[LibraryQuestion]):
    kind = Kind.LIBRARY
    intro: Text
    themes: tuple[Group, ...]
    items: tuple[LibraryQuestion, ...]
    facts: tuple[Fact, ...] = ()

    def theme(self, code: str) -> Group:
        return next(theme for theme in self.themes if theme.code == code)

    def at(self, depth: Depth) -> tuple[LibraryQuestion, ...]:
        """The questions of a checklist of this depth."""
        return tuple(question for question in self.items if question.asked_at(depth))

    def problems(self) -> Problems:
        yield from Content.problems(self)
        yield from unique_codes(self.themes, ("themes",))
        yield from unique_codes(self.facts, ("facts",))
        yield from known_groups(self.items, "theme", self.themes)
        for place, fact in enumerate(self.facts):
            if fact.code in RECORD_FACTS:
                yield (
                    ("facts", place, "code"),
                    _("“%(code)s” is known from the record: use it without declaring it") % {"code": fact.code},
                )
        for place, question in enumerate(self.items):
            for key, message in self._wrong(question):
                yield ("items", place, *key), message

    def _wrong(self, question: LibraryQuestion) -> Problems:
        """What does not fit together in one question."""
        facts = {*RECORD_FACTS, *(fact.code for fact in self.facts)}
        chooses = question.answer in {"choice", "choices"}
        if question.critical and question.depth != "light" and question.direction != "about_authority":
            yield ("depth",), _("a critical question belongs to the light checklist")
        if chooses and len(question.options) < 2:
            yield ("answer",), _("a question with a choice needs at least two options")
        if question.options and not chooses:
            yield ("options",), _("only a choice has options")
        if question.unit is not None and question.answer != "number":
            yield ("unit",), _("only a number has a unit")
        yield from unique_codes(question.options, ("options",))
        if (
            question.critical
            and question.answer not in {"scale", "text"}
            and not any(o.level for o in question.options)
        ):
            yield (
                ("critical",),
                _("a critical question needs an answer that can be a concern: the scale, or options with a level"),
            )
        for number, code in enumerate(question.only_if):
            if code not in facts:
                yield (
                    ("only_if", number),
                    _("“%(code)s” is none of the facts (%(known)s)")
                    % {"code": code, "known": ", ".join(sorted(facts))},
                )


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A kind of document and how long it is kept (months after its partnership is closed, ended or not pursued)."""

    code: str
    title: Text
    text: Text
    retention_months: int
    #: Holds personal data: erased on request, and first to go.
    personal: bool = False


@dataclass(frozen=True)
class DocumentKinds(Content[DocumentKind]):
    kind = Kind.DOCUMENT_KINDS
    items: tuple[DocumentKind, ...]

    def problems(self) -> Problems:
        yield from Content.problems(self)
        for place, kind in enumerate(self.items):
            if not 1 <= kind.retention_months <= 240:
                yield ("items", place, "retention_months"), "between 1 and 240 months"


# Agreement ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Clause:
    code: str
    title: Text
    #: The neutral starting text.
    text: Text
    #: What it means in plain language; no legal advice.
    explanation: Text
    lessons: tuple[str, ...] = ()
    required: bool = False
    #: Required only where this holds.
    required_if: Literal["", "site_or_field"] = ""
    #: The short form, for light partnerships.
    short: Text | None = None


@dataclass(frozen=True)
class Clauses(Content[Clause]):
    kind = Kind.CLAUSES
    #: Says among other things that this is no legal advice.
    intro: Text
    items: tuple[Clause, ...]

    def problems(self) -> Problems:
        yield from Content.problems(self)
        for place, clause in enumerate(self.items):
            if clause.required and clause.required_if:
                yield ("items", place, "required_if"), "required always, so not on a condition"


# Reviews --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ScalePoint:
    value: Literal[0, 1, 2, 3, 4]
    label: Text


@dataclass(frozen=True, slots=True)
class SpokenAnswer:
    """What an answer that was given in words comes down to."""

    code: str
    label: Text


@dataclass(frozen=True, slots=True)
class Statement:
    code: str
    dimension: str
    text: Text
    core: bool = False
    lessons: tuple[str, ...] = ()
    help: Text | None = None
    #: The same as an expectation ("in a year …"), asked at the baseline.
    baseline_text: Text | None = None
    #: How to talk about a gap on it.
    talk: Text | None = None


@dataclass(frozen=True, slots=True)
class BuildsOn:
    """The shipped version that an organisation's own one holds, unchanged, beside statements of its own."""

    code: str
    version: int


@dataclass(frozen=True)
class Instrument(Content[Statement]):
    kind = Kind.INSTRUMENT
    intro: Text
    dimensions: tuple[Group, ...]
    items: tuple[Statement, ...]
    #: 0 … 4, or empty where answers are spoken.
    scale: tuple[ScalePoint, ...] = ()
    dont_know: Text | None = None
    baseline_intro: Text | None = None
    #: Asked and answered aloud, and written down as a note without names.
    spoken: bool = False
    note_label: Text | None = None
    answers: tuple[SpokenAnswer, ...] = ()
    #: Of an organisation's own version only.
    builds_on: BuildsOn | None = None

    def dimension(self, code: str) -> Group:
        return next(dimension for dimension in self.dimensions if dimension.code == code)

    def of(self, dimension: str) -> tuple[Statement, ...]:
        return tuple(statement for statement in self.items if statement.dimension == dimension)

    @cached_property
    def core(self) -> tuple[Statement, ...]:
        return tuple(statement for statement in self.items if statement.core)

    def problems(self) -> Problems:
        yield from Content.problems(self)
        yield from unique_codes(self.dimensions, ("dimensions",))
        yield from known_groups(self.items, "dimension", self.dimensions)
        if self.scale and [point.value for point in self.scale] != [0, 1, 2, 3, 4]:
            yield ("scale",), "the scale has the values 0 to 4, in this order"
        if self.spoken == bool(self.scale):
            yield ("scale",), "an instrument has a scale, or is spoken"
        # An own statement may be asked at the baseline as it stands.
        if self.baseline_intro and self.builds_on is None:
            for place, statement in enumerate(self.items):
                if statement.baseline_text is None:
                    yield ("items", place), "baseline_text is missing: this instrument has a baseline"


# Communication --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class PlanEntry:
    code: str
    #: The audience.
    title: Text
    #: What for: the purpose of talking to them.
    text: Text
    channel: Text
    owner: Text
    #: Days between contacts; nothing where they set the pace.
    cadence_days: int | None
    #: One of the few to start with.
    first: bool = False
    #: One entry for each partner.
    per_partner: bool = False
    lessons: tuple[str, ...] = ()
    #: The cadence in words ("at signing, then every 60 days"), where days alone do not say it.
    cadence: Text | None = None


@dataclass(frozen=True, slots=True)
class MediaClock:
    """What is due after a call from the media, and within how many hours of it."""

    code: str
    title: Text
    text: Text
    hours: int
    #: The longer time outside duty hours, where there is one.
    off_duty_hours: int | None = None


@dataclass(frozen=True, slots=True)
class TypicalQuestion:
    """A question to be ready for; `guidance` says how to write its answer."""

    code: str
    text: Text
    guidance: Text
    lessons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan(Content[PlanEntry]):
    kind = Kind.PLAN
    intro: Text
    items: tuple[PlanEntry, ...]
    #: Working days that a partner has to approve a joint text; silence is not consent.
    approval_working_days: int
    #: Hours between a courtesy notice and independent speech; no veto.
    courtesy_hours: int
    media: tuple[MediaClock, ...]
    #: What goes before every clock where people were harmed.
    harm: Text
    #: The starting text of the holding statement.
    holding: Text
    #: The starting questions of the questions and answers.
    qa: tuple[TypicalQuestion, ...]

    def problems(self) -> Problems:
        yield from Content.problems(self)
        for place, entry in enumerate(self.items):
            if entry.cadence_days is not None and entry.cadence_days < 1:
                yield ("items", place, "cadence_days"), "at least one day"
            if entry.cadence_days is None and entry.cadence is None:
                yield ("items", place), "an entry without cadence_days says its cadence in words"
        yield from unique_codes(self.media, ("media",))
        yield from unique_codes(self.qa, ("qa",))
        hours = [clock.hours for clock in self.media]
        if any(each < 1 for each in hours) or hours != sorted(hours):
            yield ("media",), "the hours count from the call, the first clock first"


# Flags ----------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Flag:
    """A warning computed from data: its words. When it is raised is code (lifecycle/attention)."""

    code: str
    severity: Literal["high", "warning"]
    title: Text
    #: What to do about it.
    text: Text
    lessons: tuple[str, ...]
    #: Severities rise: the high form of this flag takes over from here.
    high_title: Text | None = None


@dataclass(frozen=True)
class Flags(Content[Flag]):
    kind = Kind.FLAGS
    items: tuple[Flag, ...]


KINDS: dict[str, type[Content[Any]]] = {
    shape.kind.value: shape
    for shape in (
        Lessons, GroundRules, Screen, Canvas, Cards, Spectrum, Library, Clauses, Instrument, Plan, DocumentKinds, Flags,
    )
}  # fmt: skip
