"""The words of due diligence."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """What an assessment says about one question of the scale."""

    NONE = "none", _("No concern")
    SOME = "some", _("Some concern")
    SERIOUS = "serious", _("Serious concern")
    UNKNOWN = "unknown", _("Not known yet")
    NA = "na", _("Does not apply")


#: Digits behind the point that the number of an answer may have.
DECIMALS = 6
#: What weighs most comes first.
GRAVEST_FIRST: tuple[str, ...] = (Level.SERIOUS, Level.SOME, Level.UNKNOWN, Level.NONE)


class RoundReason(models.TextChoices):
    """Why the partners go through the questions: the first time, or again (catalogue 2)."""

    FIRST = "first", _("The first time")
    VALIDITY = "validity", _("The decision runs out")
    OWNERSHIP = "ownership", _("A change of ownership")
    SITE = "site", _("A change of the site")
    LEADERSHIP = "leadership", _("A change of leadership")
    FATALITY = "fatality", _("A fatality")
    ALLEGATION = "allegation", _("A serious allegation")
    LIST_HIT = "list_hit", _("A name on a public list")
    QUESTIONS = "questions", _("Other questions were agreed")
    OTHER = "other", _("Something else")


class Outcome(models.TextChoices):
    """In the order in which the rule asks (catalogue 2)."""

    NOT_NOW = "not_now", _("Not now")
    UNDECIDED = "undecided", _("Undecided")
    CONDITIONS = "conditions", _("Go, with conditions")
    GO = "go", _("Go")


class Band(models.TextChoices):
    """Of likelihood times impact."""

    LOW = "low", _("Low")
    MODERATE = "moderate", _("Moderate")
    SUBSTANTIAL = "substantial", _("Substantial")
    HIGH = "high", _("High")


class ToWhom(models.TextChoices):
    """Risk to whom: people first."""

    PEOPLE = "people", _("People around the site")
    STAFF = "staff", _("Our staff and theirs")
    ENVIRONMENT = "environment", _("Water, land and air")
    PARTNERSHIP = "partnership", _("The partnership")
    US = "us", _("Our organisation")
    THEM = "them", _("The other organisation")


class MoveKind(models.TextChoices):
    """What happened to a risk in the register."""

    WRITTEN = "written", _("Written down")
    WEIGHED = "weighed", _("Weighed anew")
    CLOSED = "closed", _("Closed")
    REOPENED = "reopened", _("Opened again")
    ABOVE = "above", _("Taken over from the umbrella")


class Step(models.TextChoices):
    """The steps of the rule, in the order in which it asks; the first that applies decides."""

    STOPS = "stops", _("Does something say not now?")
    UNKNOWN = "unknown", _("Is something critical not known?")
    CONDITIONS = "conditions", _("Is there a concern that a go stands under?")
    CLEAR = "clear", _("Nothing stands against it")


class VisitKind(models.TextChoices):
    VISIT = "visit", _("Visit to a partner")
    EXCHANGE = "exchange", _("Exchange of staff or executives")
    JOINT = "joint", _("Joint visit or discussion")


class VisitPlace(models.TextChoices):
    """What kind of place was visited: somebody who saw the head office has not seen the site."""

    HEAD = "head", _("A head office")
    FIELD = "field", _("A site or field office")
    COMMUNITY = "community", _("With a community")
    ELSEWHERE = "elsewhere", _("Elsewhere, or online")


class PageKind(models.TextChoices):
    """What the partners write side by side and agree."""

    GOALS = "goals", _("Goals, values and red lines")
    STEPS = "steps", _("Next steps")


class LineKind(models.TextChoices):
    GOAL = "goal", _("Goal")
    VALUE = "value", _("Value")
    RED_LINE = "red_line", _("Red line")
    STEP = "step", _("Next step")


class Relation(models.TextChoices):
    """How the partners see a goal, value or red line of one of them."""

    NOT_DISCUSSED = "not_discussed", _("Not discussed")
    SHARED = "shared", _("Shared")
    COMPATIBLE = "compatible", _("Compatible")
    CONFLICT = "conflict", _("In conflict")


class Holds(models.TextChoices):
    """What a partner says of the goals when it reads them again."""

    YES = "yes", _("They still hold")
    DRIFTED = "drifted", _("They have drifted")


#: What each partner puts side by side before the gate opens.
COMPARED: tuple[str, ...] = (LineKind.GOAL, LineKind.VALUE, LineKind.RED_LINE)


class LineProblem(models.TextChoices):
    """Why a line of an uploaded workbook is of no use, in words for who filled it in."""

    UNKNOWN = "unknown", _("No question has this code.")
    FOREIGN = "foreign", _("This line comes from another checklist.")
    NOT_ASKED = "not_asked", _("This question was not in the workbook that you took away.")
    TWICE = "twice", _("This question stands here twice. Only the first line is read.")
    LEVEL = "level", _("This is none of the words for an answer. Choose one from the list in the cell.")
    CHOICE = "choice", _("This is none of the answers to choose from.")
    NUMBER = "number", _("This is not a number that can be read. Write it like 1234.5, without a unit.")
    DATE = "date", _("This is not a date that can be read. Write it like 2027-03-31.")
    REASON = "reason", _("“Does not apply” needs a reason in the note.")
    LONG = "long", _("The note is too long.")
    CASE = "case", _("On safeguarding only one short line is kept: numbers and policies, never anything about a case.")
    MISPLACED = "misplaced", _("There is something in a cell that this question has no use for. Put it into the note.")


class Audience(models.TextChoices):
    """For whom a summary is."""

    SHARED = "shared", _("To hand round")
    OWN = "own", _("For your own board")


class PaperState(models.TextChoices):
    """A PDF on its way."""

    QUEUED = "queued", _("Waiting to be made")
    WORKING = "working", _("Being made")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Could not be made")


class CheckState(models.TextChoices):
    """How a check by counsel stands. Only what holds keeps a checklist from being released."""

    ASKED = "asked", _("Asked")
    CLEARED = "cleared", _("Cleared")
    HOLDS = "holds", _("Holds")
    LIFTED = "lifted", _("Lifted")
    DROPPED = "dropped", _("Asked no longer")


class CounselRole(models.TextChoices):
    """Who checked, as a role: nobody outside the record is named."""

    IN_HOUSE = "in_house", _("Our own counsel")
    OUTSIDE = "outside", _("Counsel from outside")
    COMPLIANCE = "compliance", _("Compliance")
    DATA = "data", _("Data protection")
    BOARD = "board", _("A member of our board")


class EntryKind(models.TextChoices):
    """What an entry of a clarification is: words, or a step without words."""

    WORDS = "words", _("Wrote")
    NOTHING_MORE = "nothing", _("Has nothing more to say")
    CLOSED = "closed", _("Closed it")


#: The theme of which nothing is told but policies and numbers, in one line; what was added has no field there.
SAFEGUARDING = "safeguarding"
#: Characters of that line: of an answer, and of every word that is exchanged about one.
SHORT = 200
#: Of any other note, and of an answer that is words.
NOTE, OPEN = 4000, 8000


def note_limit(kind: str) -> int:
    """How many characters the words of an answer may have, by the question's type: on the page and in a workbook."""
    return OPEN if kind == "text" else NOTE


def is_short_line(words: str) -> bool:
    """Whether this is what may be said about a question of safeguarding: too short for the details of a case."""
    said = words.strip()
    return len(said) <= SHORT and len(said.splitlines()) <= 1
