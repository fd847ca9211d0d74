"""What each partner finds out about itself and the others, and what the partners put side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.models import Circled, current_seats
from partnerships.catalogue.models import CatalogueVersion
from partnerships.documents.models import Document
from partnerships.record.models import Partnership, Party, Seat
from partnerships.record.states import Function
from partnerships.record.states import Level as SeatLevel

from .decision import band
from .states import Band, Level, LineKind, Outcome, PageKind, Relation, ToWhom, VisitKind

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User

_SCALE = [(n, str(n)) for n in range(1, 6)]


class Assessment(Circled):
    """A partner's checklist about itself, or about another partner. It stays on its side until it is released."""

    about = models.ForeignKey(Party, models.PROTECT, related_name="assessments_about")
    #: When every question of the agreed depth had its answer for the first time.
    finished_at = models.DateTimeField(null=True)

    answers: RelatedManager[DiligenceAnswer]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "about"], name="assessment_once")]

    def __str__(self) -> str:
        return f"{self.party_id} about {self.about_id}"


class DiligenceAnswer(Circled):
    """The answer to one question. Once released, changing it makes a new row: others read what was released."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="answers")
    #: The version of the library that was asked, and the question's code in it.
    library = models.ForeignKey(CatalogueVersion, models.PROTECT, related_name="+")
    code = models.CharField(max_length=16)
    #: Empty for open questions, which take text.
    level = models.CharField(_("our answer"), max_length=8, choices=Level.choices, blank=True)
    text = models.TextField(_("note"), blank=True)
    superseded_at = models.DateTimeField(null=True)

    citations: RelatedManager[Citation]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "code"], condition=Q(superseded_at=None), name="diligence_answer_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} of {self.assessment_id}"

    @property
    def known(self) -> str:
        """The level that counts: a text is no concern once it is there, and so is what does not apply."""
        if not self.level:
            return Level.NONE if self.text.strip() else Level.UNKNOWN
        return Level.NONE if self.level == Level.NA else self.level


class CitationQuerySet(models.QuerySet["Citation"]):
    def visible_to(self, user: User) -> Self:
        """Where both the answer and the document may be read."""
        return self.filter(
            answer__in=DiligenceAnswer.objects.visible_to(user), document__in=Document.objects.visible_to(user)
        )


class Citation(models.Model):
    """A document that supports an answer. A document once, cited often."""

    answer = models.ForeignKey(DiligenceAnswer, models.CASCADE, related_name="citations")
    document = models.ForeignKey(Document, models.PROTECT, related_name="citations")

    objects = CitationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["answer", "document"], name="citation_once")]

    def __str__(self) -> str:
        return f"{self.document_id} for {self.answer_id}"


class Measure(Circled):
    """What is done about a concern: measure, owner and date. With the decision it becomes a condition."""

    about = models.ForeignKey(Party, models.PROTECT, related_name="+")
    code = models.CharField(max_length=16)
    text = models.TextField(_("what is done about it"))
    owner = models.ForeignKey(Seat, models.PROTECT, verbose_name=_("owner"), related_name="+")
    due_on = models.DateField(_("by when"))
    #: For `**` items: the day on which the board decided it, with a remedy plan.
    board_on = models.DateField(_("decided by our board on"), null=True, blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    dropped_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.text


class Risk(Circled):
    """Likelihood times impact, before and after what is done about it; people first."""

    text = models.TextField(_("what could happen"))
    to_whom = models.CharField(_("to whom"), max_length=12, choices=ToWhom.choices, default=ToWhom.PEOPLE)
    likelihood = models.PositiveSmallIntegerField(_("how likely today"), choices=_SCALE)
    impact = models.PositiveSmallIntegerField(_("how bad today"), choices=_SCALE)
    measure = models.TextField(_("what is done about it"), blank=True)
    owner = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, verbose_name=_("owner"), related_name="+")
    due_on = models.DateField(_("by when"), null=True, blank=True)
    residual_likelihood = models.PositiveSmallIntegerField(_("how likely then"), choices=_SCALE)
    residual_impact = models.PositiveSmallIntegerField(_("how bad then"), choices=_SCALE)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    likelihood__range=(1, 5),
                    impact__range=(1, 5),
                    residual_likelihood__range=(1, 5),
                    residual_impact__range=(1, 5),
                ),
                name="risk_on_scale",
            )
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def inherent(self) -> int:
        return self.likelihood * self.impact

    @property
    def residual(self) -> int:
        return self.residual_likelihood * self.residual_impact

    @property
    def inherent_band(self) -> Band:
        return band(self.inherent)

    @property
    def residual_band(self) -> Band:
        return band(self.residual)

    @property
    def is_answered(self) -> bool:
        """A measure with an owner and a date stands against it."""
        return bool(self.measure.strip() and self.owner_id and self.due_on)


class DiligenceDecision(Circled):
    """A partner's own decision, as the other partners may know it. Its reasons are a `DecisionReason`."""

    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    decided_on = models.DateField()
    expires_on = models.DateField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party"], condition=Q(superseded_at=None), name="decision_once"),
            models.CheckConstraint(condition=~Q(outcome=Outcome.UNDECIDED), name="decision_decides"),
        ]

    def __str__(self) -> str:
        return f"{self.party_id}: {self.outcome}"

    @property
    def is_go(self) -> bool:
        return self.outcome in {Outcome.GO, Outcome.CONDITIONS}

    @property
    def has_expired(self) -> bool:
        return self.expires_on < clock.today()

    @property
    def holds(self) -> bool:
        """An unexpired go."""
        return self.is_go and not self.has_expired

    @property
    def shared_text(self) -> str:
        """What others are told; why not stays on the own side."""
        return str(_("Not pursued")) if self.outcome == Outcome.NOT_NOW else str(Outcome(self.outcome).label)


class DecisionReason(Circled):
    """Why a partner decided as it did: its own side reads it."""

    decision = models.OneToOneField(DiligenceDecision, models.CASCADE, related_name="reason")
    text = models.TextField(_("why"))

    def __str__(self) -> str:
        return f"reason of {self.decision_id}"


class Visit(Circled):
    """A visit, an exchange or a joint discussion: planned, then held and written up."""

    kind = models.CharField(_("what"), max_length=12, choices=VisitKind.choices, default=VisitKind.VISIT)
    #: Whose place was visited; None for joint discussions.
    host = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    on = models.DateField(_("when"))
    where = models.CharField(_("where"), max_length=160)
    #: Communities and others who were met: bodies and groups, never names of private persons.
    met = models.CharField(_("communities met"), max_length=200, blank=True)
    learned = models.TextField(_("what we learned"), blank=True)
    held_at = models.DateTimeField(null=True)

    people: RelatedManager[VisitPerson]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.where}"


class ThroughVisit(models.QuerySet["VisitPerson"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(visit__in=Visit.objects.visible_to(user))


class VisitPerson(models.Model):
    """Who took part in a visit, with the function and level they had then."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="people")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    function = models.CharField(max_length=16, choices=Function.choices)
    level = models.CharField(max_length=12, choices=SeatLevel.choices)

    objects = ThroughVisit.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["visit", "seat"], name="visit_person_once")]

    def __str__(self) -> str:
        return f"{self.seat_id} in {self.visit_id}"


class ParticipationQuerySet(models.QuerySet["Participation"]):
    def visible_to(self, user: User) -> Self:
        """People seated in the record know who is in it."""
        return self.filter(party__partnership__parties__in=current_seats(user).values("party")).distinct()

    def of(self, partnership: Partnership) -> Self:
        return self.filter(party__partnership=partnership)


class Participation(models.Model):
    """A function of a partner that took part in due diligence [DD6]: functions and levels, not what they said."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="+")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    function = models.CharField(max_length=16, choices=Function.choices)
    level = models.CharField(max_length=12, choices=SeatLevel.choices)
    at = models.DateTimeField(default=clock.now)

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seat", "function"], name="participation_once")]

    def __str__(self) -> str:
        return f"{self.party_id}: {self.function}"


class SharedPage(Circled):
    """Goals, values and red lines side by side, or the next steps. An agreement is to a version of it."""

    kind = models.CharField(max_length=8, choices=PageKind.choices)

    lines: RelatedManager[SharedLine]
    agreements: RelatedManager[PageAgreement]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["circle", "kind"], name="shared_page_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class SharedLine(Circled):
    """One goal, value or red line of a partner with what the partners make of it; or one next step."""

    page = models.ForeignKey(SharedPage, models.CASCADE, related_name="lines")
    kind = models.CharField(_("what"), max_length=8, choices=LineKind.choices)
    text = models.CharField(_("in one sentence"), max_length=300)
    relation = models.CharField(
        _("how we see it together"), max_length=16, choices=Relation.choices, default=Relation.NOT_DISCUSSED
    )
    owner = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, verbose_name=_("owner"), related_name="+")
    due_on = models.DateField(_("by when"), null=True, blank=True)

    def __str__(self) -> str:
        return self.text


class AgreementQuerySet(models.QuerySet["PageAgreement"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(page__in=SharedPage.objects.visible_to(user))


class PageAgreement(models.Model):
    """A partner's yes to a page as it stood at a version."""

    page = models.ForeignKey(SharedPage, models.CASCADE, related_name="agreements")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    seen_version = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["page", "party"], name="page_agreement_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.page_id}"


class DepthChoice(Circled):
    """The wish to ask more, or less. It counts when every partner has agreed; until then the light checklist does."""

    depth = models.CharField(
        _("depth"),
        max_length=8,
        choices=[("light", _("Light")), ("standard", _("Standard")), ("full", _("Full"))],
    )
    adopted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    consents: RelatedManager[DepthConsent]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partnership"], condition=Q(adopted_at=None, closed_at=None), name="depth_choice_once"
            )
        ]

    def __str__(self) -> str:
        return self.depth


class ThroughDepth(models.QuerySet["DepthConsent"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(choice__in=DepthChoice.objects.visible_to(user))


class DepthConsent(models.Model):
    """A partner's yes to a depth."""

    choice = models.ForeignKey(DepthChoice, models.CASCADE, related_name="consents")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ThroughDepth.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["choice", "party"], name="depth_consent_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.choice_id}"
