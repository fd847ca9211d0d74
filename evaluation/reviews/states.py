"""The states of a round, and the words for them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _


class RoundKind(models.TextChoices):
    BASELINE = "baseline", _("Baseline")
    REGULAR = "regular", _("Review")
    PULSE = "pulse", _("Trust pulse")
    CLOSING = "closing", _("Closing review")


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
    RoundState.OWN_RESULTS: frozenset({RoundState.OPENED}),
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
    CANCEL = "cancel", _("Cancel the round; all answers are destroyed unread")


class PartMode(models.TextChoices):
    """How a partner takes part, chosen before its first invitation."""

    UNDECIDED = "undecided", _("Not chosen yet")
    ONE_AGREED = "one_agreed", _("One agreed answer")
    INDIVIDUAL = "individual", _("Each person answers")


class RespondentState(models.TextChoices):
    INVITED = "invited", _("Invited")
    STARTED = "started", _("Started")
    DONE = "done", _("Answered")
    WITHDRAWN = "withdrawn", _("Withdrew")


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
        case _ if evaluation:
            return pgettext("a round of review", "Evaluation %(number)s") % {"number": number}
        case _:
            return pgettext("a round of review", "Review %(number)s") % {"number": number}
