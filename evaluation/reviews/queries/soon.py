"""A round soon after another: how far a side's people are the same, so that nobody is worked out from both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q

from partnerships import clock

from .. import sealing
from ..models import OpenAnswer, Part
from ..states import EACH_MODES, RespondentState, RoundState
from .asking import minimum

#: Within so many days of another round, a side of nearly the same people shows nothing.
TWIN_DAYS = 60


@dataclass(frozen=True)
class Overlap:
    """A round of a short while ago beside this one: how many of a side's people are in both, new, and gone."""

    same: int
    new: int
    gone: int
    #: It told head office, and site or field, each alone; or may do so, where its own side alone reads it so far.
    told_groups: bool

    @property
    def is_near(self) -> bool:
        """Whether the difference between the two would be a few people's.

        Where groups were told, those who are gone may be just one of them, however many: what is left is the other.
        """
        few = self.new < minimum() and (self.told_groups or self.gone < minimum())
        return bool(self.same and self.new + self.gone) and few


def soon_after(part: Part) -> list[Overlap]:
    """The rounds shortly before in which people of this side said something to the same statements.

    By the statements, and not by the instrument: an organisation's own version asks what is shipped once more. Nobody
    is remembered for that: seats and keyed addresses of both rounds are compared while the new addresses still stand.
    What its own side reads the day before is told too: two rounds may run at once. A side that answered openly is
    published people like any other; only where it did so both times is nobody hidden.
    """
    respondents = list(part.respondents.filter(state=RespondentState.DONE))
    earlier = Part.objects.unguarded("who answered is compared, never shown").filter(
        Q(round__state=RoundState.OPENED, round__opened_at__gt=clock.now() - timedelta(days=TWIN_DAYS))
        | Q(round__state=RoundState.OWN_RESULTS, handed_in_at__isnull=False, is_twin=False),
        party=part.party,
        mode__in=EACH_MODES,
        destroyed_at=None,
    )
    if part.is_open:
        earlier = earlier.filter(is_open=False)
    found = []
    for before in earlier.exclude(pk=part.pk).select_related("round__instrument"):
        alike = before.round.instrument.code == part.round.instrument.code
        if not (alike or set(before.round.statements) & set(part.round.statements)):
            continue
        done = before.respondents.filter(state=RespondentState.DONE)
        seats = set(done.exclude(seat=None).values_list("seat", flat=True))
        hashes = set(done.exclude(email_hash="").values_list("email_hash", flat=True))
        same = sum(
            respondent.seat_id in seats
            if respondent.seat_id is not None
            else bool(hashes.intersection(sealing.all_hashes("respondent", before.public_id, respondent.email)))
            for respondent in respondents
        )
        # Who answers on paper is known to nobody: as many as can be may be the same people.
        people = len(seats) + len(hashes)
        on_paper = sum(each.on_paper for each in respondents) + done.filter(on_paper=True).count()
        same += min(len(respondents) - same, people - same, on_paper)
        told_groups = before.round.state == RoundState.OWN_RESULTS or (
            before.has_groups and OpenAnswer.objects.filter(part=before).exclude(group="").exists()
        )
        found.append(Overlap(same, len(respondents) - same, people - same, told_groups))
    return found
