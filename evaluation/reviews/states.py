"""The states of a round, and the words for them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

#: Of a comment, in characters: a thousand words in any script.
COMMENT_LENGTH = 10_000


class RoundKind(models.TextChoices):
    BASELINE = "baseline", _("Baseline")
    REGULAR = "regular", _("Review")
    PULSE = "pulse", _("Trust pulse")
    CLOSING = "closing", _("Closing review")
    LOOK_BACK = "look_back", _("Look-back")


class RoundState(models.TextChoices):
    PLANNED = "planned", _("Planned")
    OPEN = "open", _("Being answered")
    FROZEN = "frozen", _("Sealed, all parts are in")
    OWN_RESULTS = "own_results", _("Each reads its own results")
    OPENED = "opened", _("Opened")
    CANCELLED = "cancelled", _("Cancelled")


#: What may follow what. Time and people move a round only along these.
MOVES: dict[str, frozenset[str]] = {
    RoundState.PLANNED: frozenset({RoundState.OPEN, RoundState.CANCELLED}),
    RoundState.OPEN: frozenset({RoundState.FROZEN, RoundState.CANCELLED}),
    # Straight to the opening after an outage: the agreed time is the time of the joint session.
    RoundState.FROZEN: frozenset({RoundState.OWN_RESULTS, RoundState.OPENED, RoundState.CANCELLED}),
    # Cancelled only where a key is lost for good, so that nobody will ever read it.
    RoundState.OWN_RESULTS: frozenset({RoundState.OPENED, RoundState.CANCELLED}),
    RoundState.OPENED: frozenset(),
    RoundState.CANCELLED: frozenset(),
}
#: Nobody reads anything yet.
SEALED_STATES = frozenset({RoundState.PLANNED, RoundState.OPEN, RoundState.FROZEN, RoundState.OWN_RESULTS})
UNDER_WAY = frozenset({RoundState.PLANNED, RoundState.OPEN, RoundState.FROZEN, RoundState.OWN_RESULTS})


class LatePolicy(models.TextChoices):
    """What happens when a partner has not handed in at the end, agreed before the start."""

    EXTEND = "extend", _("Give two more weeks, three times at most; then cancel")
    OPEN_WITHOUT = "open_without", _("Open without that partner")
    #: The others are asked when it is so far, and not only in the plan.
    ASK_OTHERS = "ask_others", _("Ask the others then: open without that partner if all agree, else two more weeks")
    CANCEL = "cancel", _("Cancel the round; all answers are destroyed unread")


class PartMode(models.TextChoices):
    """How a partner takes part, chosen before its first invitation."""

    UNDECIDED = "undecided", _("Not chosen yet")
    ONE_AGREED = "one_agreed", _("One agreed answer")
    INDIVIDUAL = "individual", _("Each person answers")
    #: They tell the broker, who writes it down; it counts once they have approved it.
    WITH_BROKER = "with_broker", _("One agreed answer, written down by the broker")
    #: A small side: each stands with the own name, if all of them said yes to that.
    OPEN = "open", _("Each person answers, with their name")


#: One answer for the whole side.
AGREED_MODES = frozenset({PartMode.ONE_AGREED, PartMode.WITH_BROKER})
#: People are asked one by one.
EACH_MODES = frozenset({PartMode.INDIVIDUAL, PartMode.OPEN})


class Way(models.TextChoices):
    """How somebody answered who did not type it."""

    PAPER = "paper", _("On a paper form")
    INTERVIEW = "interview", _("In a talk, face to face")
    PHONE = "phone", _("By phone")


class Spoken(models.TextChoices):
    """How a body of affected people was heard."""

    MEETING = "meeting", _("In a meeting of the body")
    INTERVIEW = "interview", _("In a talk with some of its people")
    PHONE = "phone", _("By phone or radio")
    ITSELF = "itself", _("It wrote this itself")


class RespondentState(models.TextChoices):
    INVITED = "invited", _("Invited")
    STARTED = "started", _("Started")
    DONE = "done", _("Answered")
    WITHDRAWN = "withdrawn", _("Withdrew")


class Group(models.TextChoices):
    """From where in an organisation somebody answers: for the relay check, where both groups are large enough."""

    HEAD = "head", _("Head office")
    FIELD = "field", _("Site or field office")


class OwnKind(models.TextChoices):
    """What goes to the own side first, and may be released by it."""

    AGREEMENT = "agreement", _("How far our people agree")
    RELAY = "relay", _("Head office beside site or field")


class Stance(models.TextChoices):
    """A partner's word on a finding."""

    AGREES = "agrees", _("Agrees")
    DISSENTS = "dissents", _("Sees it differently")


def round_title(kind: str, number: int, word: str = "review") -> str:
    """What a round is called; some organisations say "evaluation" instead of "review"."""
    evaluation = word == "evaluation"
    match kind:
        case RoundKind.BASELINE if number == 1:
            return gettext("Baseline")
        case RoundKind.BASELINE:
            return gettext("Baseline %(number)s") % {"number": number}
        case RoundKind.PULSE:
            return gettext("Trust pulse %(number)s") % {"number": number}
        case RoundKind.CLOSING:
            return gettext("Closing evaluation") if evaluation else gettext("Closing review")
        case RoundKind.LOOK_BACK if number == 1:
            return gettext("Look-back")
        case RoundKind.LOOK_BACK:
            return gettext("Look-back %(number)s") % {"number": number}
        case _ if evaluation:
            return pgettext("a round of review", "Evaluation %(number)s") % {"number": number}
        case _:
            return pgettext("a round of review", "Review %(number)s") % {"number": number}
