"""Rounds, and what was agreed about them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.models import Circled
from partnerships.record.models import Party
from partnerships.record.states import Standing

from ..states import LatePolicy, RoundKind, RoundState, round_title

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from .findings import Finding, Talk
    from .parts import Part

#: Each partner reads its own results this long before all are opened.
OWN_RESULTS_LEAD = timedelta(hours=24)
#: How much longer a round stays open under the policy "extend", and how often.
EXTENSION = timedelta(days=14)
EXTENSIONS_MAX = 3
#: How long the others have to say whether it opens without a partner that is missing.
ASKED_FOR = timedelta(days=7)


class Round(Circled):
    """One review: everyone is asked the same, in parts that stay sealed and open together."""

    kind = models.CharField(_("kind"), max_length=12, choices=RoundKind.choices)
    #: Counts the rounds of this kind in this partnership, from 1.
    number = models.PositiveIntegerField(default=1)
    instrument = models.ForeignKey("partnerships.CatalogueVersion", models.PROTECT, related_name="+")
    #: Codes of the statements that are asked, in order; fixed at the start.
    statements = models.JSONField(default=list)
    #: On these (five at most) people also say what they expect the others to answer.
    expected = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=12, choices=RoundState.choices, default=RoundState.PLANNED)
    opens_at = models.DateTimeField(_("answering starts"))
    closes_at = models.DateTimeField(_("last day to hand in"))
    #: Agreed by all partners, normally the time of the joint session.
    opening_at = models.DateTimeField(_("opened together"))
    policy = models.CharField(
        _("if a partner has not handed in"), max_length=12, choices=LatePolicy.choices, default=LatePolicy.EXTEND
    )
    #: Announced to everybody when planning: the broker reads all results when each partner reads its own.
    broker_early = models.BooleanField(_("the broker reads the results a day earlier, to prepare"), default=False)
    #: The zone of whoever planned it: its days end there.
    zone = models.CharField(max_length=60, default="UTC")
    extensions = models.PositiveSmallIntegerField(default=0, editable=False)
    #: Since when the others are asked whether to open without a partner that is missing.
    asked_at = models.DateTimeField(null=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    frozen_at = models.DateTimeField(null=True, editable=False)
    opened_at = models.DateTimeField(null=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, editable=False)
    #: Written at the opening: the statements with a gap to talk about first, as far as the agenda shows them.
    wide = models.JSONField(default=list, blank=True, editable=False)
    #: Written at the opening of a pulse: some partner's trust fell by 0.75, or twice in a row.
    fell = models.BooleanField(default=False, editable=False)
    #: Why the software could not open it when it was time, for those who run the installation.
    trouble = models.CharField(max_length=300, blank=True, editable=False)

    parts: RelatedManager[Part]
    consents: RelatedManager[DateConsent]
    findings: RelatedManager[Finding]
    talks: RelatedManager[Talk]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partnership", "kind", "number"], name="round_number_once"),
            models.CheckConstraint(condition=Q(state__in=RoundState.values), name="round_state_known"),
            models.CheckConstraint(condition=Q(kind__in=RoundKind.values), name="round_kind_known"),
            models.CheckConstraint(condition=Q(policy__in=LatePolicy.values), name="round_policy_known"),
            models.CheckConstraint(
                condition=Q(opens_at__lt=models.F("closes_at"), closes_at__lt=models.F("opening_at")),
                name="round_dates_in_order",
            ),
            models.CheckConstraint(
                condition=~Q(state=RoundState.OPENED) | Q(opened_at__isnull=False), name="round_opened_when"
            ),
        ]
        indexes = [
            models.Index(fields=["partnership", "-opening_at"]),
            models.Index(fields=["state", "opening_at"]),
            models.Index(fields=["state", "closes_at"]),
        ]

    def __str__(self) -> str:
        return self.title()

    def title(self, word: str = "review") -> str:
        """What the round is called; some organisations say "evaluation" instead of "review"."""
        return round_title(self.kind, self.number, word)

    @property
    def opens_on(self) -> date:
        return self._day(self.opens_at)

    @property
    def closes_on(self) -> date:
        """The last day to hand in, where it was planned."""
        return self._day(self.closes_at)

    def opened_on(self) -> date:
        """The day of the opening, where it was planned; the agreed one before it."""
        return self._day(self.opened_at or self.opening_at)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.zone)).date()

    @property
    def opening_local(self) -> datetime:
        """The agreed time on the clocks of where it was planned."""
        return self.opening_at.astimezone(ZoneInfo(self.zone))

    # A page would turn a moment into the reader's own time: these are what the clocks say there, and where that is.
    @property
    def opening_day(self) -> date:
        return self._day(self.opening_at)

    @property
    def opening_time(self) -> str:
        """ "10:00 (Africa/Dakar)"."""
        return self._time(self.opening_at)

    @property
    def own_results_day(self) -> date:
        return self._day(self.own_results_at)

    @property
    def own_results_time(self) -> str:
        return self._time(self.own_results_at)

    def _time(self, moment: datetime) -> str:
        return f"{moment.astimezone(ZoneInfo(self.zone)):%H:%M} ({self.zone})"

    @property
    def own_results_at(self) -> datetime:
        """When each partner may read its own results, once all parts are in."""
        return self.opening_at - OWN_RESULTS_LEAD

    @property
    def asked_until(self) -> datetime | None:
        """Until when the others say whether it opens without a partner that is missing."""
        return self.asked_at + ASKED_FOR if self.asked_at is not None else None

    @property
    def is_sealed(self) -> bool:
        return self.state not in {RoundState.OPENED, RoundState.CANCELLED}

    @property
    def is_opened(self) -> bool:
        return self.state == RoundState.OPENED

    @property
    def goes_on(self) -> bool:
        """Its record is open; or it is the look-back, the one round that a closed record still holds."""
        closed = self.partnership.standing == Standing.CLOSED
        return self.partnership.is_open or (closed and self.kind == RoundKind.LOOK_BACK)


class DateConsent(models.Model):
    """A partner's yes to the dates and rules of a planned round; any change of them asks again."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="consents")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "party"], name="date_consent_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.round_id}"
