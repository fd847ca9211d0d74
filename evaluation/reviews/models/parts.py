"""The partners' parts in a round, who answers, sealed answers, and what stands after the opening."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships.access.ids import new_public_id
from partnerships.access.models import Circled, current_seats
from partnerships.record.models import Party, Seat

from ..states import AGREED_MODES, EACH_MODES, Group, OwnKind, PartMode, RespondentState, Way

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User
from .rounds import Round


class Part(Circled):
    """One partner's share of a round. Its own side reads it; at the opening it joins the round's circle."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="parts")
    mode = models.CharField(_("how we take part"), max_length=12, choices=PartMode.choices, default=PartMode.UNDECIDED)
    handed_in_at = models.DateTimeField(null=True, editable=False)
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    #: How many answered; written when all is sealed shut, since before that it would tell.
    respondents_count = models.PositiveIntegerField(null=True, editable=False)
    #: The side has read what the broker wrote down for it, and says that it is so. Emptied when the broker changes it.
    approved_at = models.DateTimeField(null=True, editable=False)
    #: Fewer than the minimum answered, the partner left, or the round was cancelled: gone, unread.
    destroyed_at = models.DateTimeField(null=True, editable=False)
    #: Written at the opening: nearly the same people answered a short while before, so that its figures are not told.
    is_twin = models.BooleanField(default=False, editable=False)
    #: Written at the freeze: each of its people said yes beforehand to standing with the own name.
    is_open = models.BooleanField(default=False, editable=False)
    #: Its word on opening without a partner that is missing, where the plan asks for it; emptied with each extension.
    without = models.BooleanField(null=True, editable=False)
    #: Written at the opening: the tallies tell head office from site or field.
    has_groups = models.BooleanField(default=False, editable=False)

    respondents: RelatedManager[Respondent]
    answers: RelatedManager[OpenAnswer]
    comments: RelatedManager[Comment]
    own_figures: RelatedManager[OwnFigures]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "party"], name="part_once"),
            models.CheckConstraint(condition=Q(mode__in=PartMode.values), name="part_mode_known"),
        ]

    def __str__(self) -> str:
        return f"part {self.public_id}"

    @property
    def is_in(self) -> bool:
        return self.handed_in_at is not None

    @property
    def is_agreed(self) -> bool:
        return self.mode in AGREED_MODES

    @property
    def asks_each(self) -> bool:
        return self.mode in EACH_MODES

    @property
    def counts(self) -> bool:
        """Handed in and not destroyed: it is among the results."""
        return self.is_in and self.destroyed_at is None


class RespondentQuerySet(models.QuerySet["Respondent"]):
    def visible_to(self, user: User) -> Self:
        """People asked by this person's own side. What they answered is never here."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(part__party__in=current_seats(user).values("party"))

    def of_user(self, user: User) -> Self:
        """The places from which this person may answer: their own, and their side's agreed answer."""
        if not user.is_authenticated:
            return self.none()
        seats = current_seats(user)
        return self.filter(
            Q(seat__in=seats.values("pk"))
            | Q(seat=None, email_hash="", part__mode__in=AGREED_MODES, part__party__in=seats.values("party"))
        )

    def entered_here(self, user: User) -> Self:
        """Those whose answer this person typed in: to take one out again, never to read it."""
        return self.visible_to(user).filter(entered_by=user.pk, on_paper=True)

    def unguarded(self, reason: str) -> Self:
        """Everything. Never in a view."""
        return self


class Respondent(models.Model):
    """Someone who answers: a seat, a mail address, or somebody on paper; or the whole side, with one agreed answer."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    part = models.ForeignKey(Part, models.CASCADE, related_name="respondents")
    seat = models.ForeignKey(Seat, models.PROTECT, null=True, related_name="+")
    #: Emptied at the opening.
    email = models.EmailField(_("mail address"), blank=True)
    #: Keyed, so that nobody is asked twice, and nobody is found from a list of addresses. On paper: of its
    #: form, so that none is entered twice.
    email_hash = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=8, default="en")
    #: Of somebody without an office, where the inviting side said so; a seat has its office, which is written down here
    #: when all parts are in. Emptied at the opening.
    group = models.CharField(_("from where"), max_length=8, choices=Group.choices, blank=True)
    #: Grows when the link is sent anew; only the newest opens.
    counter = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=12, choices=RespondentState.choices, default=RespondentState.INVITED)
    #: Answered on paper or in a talk, and typed in by somebody else.
    on_paper = models.BooleanField(default=False)
    #: How, when it was noted, and who typed it in: all three are emptied at the opening.
    way = models.CharField(max_length=12, choices=Way.choices, blank=True)
    noted_on = models.DateField(null=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager[Any]] = RespondentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["part", "seat"], condition=Q(seat__isnull=False), name="respondent_seat_once"
            ),
            models.UniqueConstraint(
                fields=["part", "email_hash"], name="respondent_address_once", condition=~Q(email_hash="")
            ),
            models.UniqueConstraint(
                fields=["part"], condition=Q(seat=None, email_hash=""), name="respondent_agreed_once"
            ),
            models.CheckConstraint(condition=Q(state__in=RespondentState.values), name="respondent_state_known"),
            models.CheckConstraint(condition=Q(group__in=["", *Group.values]), name="respondent_group_known"),
            models.CheckConstraint(condition=Q(way__in=["", *Way.values]), name="respondent_way_known"),
            models.CheckConstraint(
                condition=Q(on_paper=True) | Q(way="", noted_on=None, entered_by=None), name="respondent_typed_on_paper"
            ),
        ]

    def __str__(self) -> str:
        return f"respondent {self.public_id}"


class SealedAnswer(models.Model):
    """What a respondent has said so far, as ciphertext only. No time and a random key: rows tell no order."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    part = models.ForeignKey(Part, models.CASCADE, related_name="sealed")
    respondent = models.OneToOneField(Respondent, models.CASCADE, related_name="sealed")
    ciphertext = models.TextField()

    def __str__(self) -> str:
        return "sealed"


class OpenAnswerQuerySet(models.QuerySet["OpenAnswer"]):
    def visible_to(self, user: User) -> Self:
        """Opened answers of the parts that this person reads."""
        return self.filter(part__in=Part.objects.visible_to(user).values("pk"))

    def unguarded(self, reason: str) -> Self:
        """Everything. Never in a view."""
        return self


class OpenAnswer(models.Model):
    """After the opening: how many of a part gave this answer to this statement. No respondent, no time, no order.

    Only in a part whose people all said yes beforehand does an answer stand with the seat that gave it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    part = models.ForeignKey(Part, models.CASCADE, related_name="answers")
    statement = models.CharField(max_length=60)
    #: Set where this is what they expected another partner to answer.
    about = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    #: 0 to 4; nothing means "don't know".
    value = models.PositiveSmallIntegerField(null=True)
    #: Kept only where every group that answered this statement is large enough: never a small one, in no copy of it.
    group = models.CharField(max_length=8, choices=Group.choices, blank=True)
    seat = models.ForeignKey(Seat, models.PROTECT, null=True, related_name="+")
    count = models.PositiveIntegerField()

    objects: ClassVar[models.Manager[Any]] = OpenAnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(value=None) | Q(value__lte=4), name="answer_in_scale"),
            models.CheckConstraint(condition=Q(group__in=["", *Group.values]), name="answer_group_known"),
            models.CheckConstraint(condition=Q(seat=None) | Q(count=1, about=None), name="answer_of_one_seat"),
        ]
        indexes = [models.Index(fields=["part", "statement"])]

    def __str__(self) -> str:
        return f"{self.statement} of {self.part_id}"


class OwnFigures(Circled):
    """A kind of figures that goes to its own side first: how far its people agree, head office beside field.

    It holds no figure. Who reads it reads these figures of the part; its side may release it to the other readers.
    """

    part = models.ForeignKey(Part, models.CASCADE, related_name="own_figures")
    kind = models.CharField(max_length=12, choices=OwnKind.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["part", "kind"], name="own_figures_once"),
            models.CheckConstraint(condition=Q(kind__in=OwnKind.values), name="own_figures_kind_known"),
        ]
        verbose_name_plural = "own figures"

    def __str__(self) -> str:
        return f"{self.kind} of {self.part_id}"


class Comment(Circled):
    """A comment on a statement, after the opening. It goes to its own side first, which may release it."""

    part = models.ForeignKey(Part, models.CASCADE, related_name="comments")
    statement = models.CharField(max_length=60)
    text = models.TextField()
    #: Keyed; lets its writer withdraw it, and tells nobody who that is.
    author_hash = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["part", "statement"])]

    def __str__(self) -> str:
        return f"comment {self.public_id}"
