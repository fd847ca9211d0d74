"""Lists and what they name; whom a side has searched for in a record, what was found, and what people decided."""

from __future__ import annotations

import base64
import sys
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.ids import new_public_id
from partnerships.access.models import Circled
from partnerships.people.models import Membership, Organisation
from partnerships.people.states import MembershipRole
from partnerships.record.models import Party

from .states import ENTRY_KINDS, Cause, PrincipalRole, Problem, RunState, Source, Verdict, VersionState

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.access.places import Place
    from partnerships.people.models import User


# Lists --------------------------------------------------------------------------------------------------------------
class ScreeningListQuerySet(models.QuerySet["ScreeningList"]):
    def visible_to(self, user: User) -> Self:
        """Lists of organisations that this person administers, and those of the whole installation."""
        if not user.is_authenticated:
            return self.none()
        administered = Membership.objects.filter(user=user, ended_on=None, role=MembershipRole.ADMINISTRATOR)
        mine = administered.values("organisation")
        return self.filter(Q(organisation=None) | Q(organisation__in=mine) | Q(organisation__merged_into__in=mine))

    def used_by(self, organisation: Organisation) -> Self:
        """Those that are searched for it: its own (those of a duplicate that it took in too), and everybody's."""
        return self.filter(
            Q(organisation=None) | Q(organisation=organisation) | Q(organisation__merged_into=organisation),
            retired_at=None,
        )


class ScreeningList(models.Model):
    """A public list that names are searched in. Of one organisation, or (None) of everybody in the installation.

    What a list says is public. Which lists count is each organisation's own choice, since the law that binds it is;
    those who run the installation may load one for all, so that nobody has to.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="screening_lists")
    source = models.CharField(_("format"), max_length=16, choices=Source.choices)
    title = models.CharField(_("what you call it"), max_length=120, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    #: Not searched any more; its names are gone.
    retired_at = models.DateTimeField(null=True)

    versions: RelatedManager[ListVersion]
    objects = ScreeningListQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title or str(self.get_source_display())


def list_path(instance: Any, filename: str) -> str:
    """Where an upload waits until it is loaded: nothing of its name."""
    name = new_public_id() + new_public_id()
    return f"screening/{name[:2]}/{name}"


class VersionQuerySet(models.QuerySet["ListVersion"]):
    def to_load(self) -> Self:
        """What waits to be loaded, and what a worker that was killed left."""
        return self.filter(state__in=[VersionState.WAITING, VersionState.LOADING]).filter(
            Q(lease_until=None) | Q(lease_until__lt=clock.now())
        )

    def in_force(self) -> Self:
        return self.filter(state=VersionState.IN_FORCE, list__retired_at=None)


class ListVersion(models.Model):
    """A file that was loaded for a list: what it was, and how it went. Its names are rows only while it is in force."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    list = models.ForeignKey(ScreeningList, models.CASCADE, related_name="versions")
    state = models.CharField(max_length=12, choices=VersionState.choices, default=VersionState.WAITING)
    #: The uploads, while they wait; afterwards their hash and size (bytes) are what is left of them.
    file = models.FileField(upload_to=list_path, max_length=120, blank=True)
    alt = models.FileField(upload_to=list_path, max_length=120, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    published_on = models.DateField(_("published on"), null=True, blank=True)
    entries_count = models.PositiveIntegerField(default=0)
    names_count = models.PositiveIntegerField(default=0)
    #: Whoever loaded it said that it may have far fewer names.
    may_shrink = models.BooleanField(default=False)
    #: Why it was not taken (`states.Problem`), in which line of the file, and a word of it.
    problem = models.CharField(max_length=16, blank=True)
    problem_line = models.PositiveIntegerField(default=0)
    problem_detail = models.CharField(max_length=120, blank=True)
    loaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    in_force_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    claim = models.CharField(max_length=16, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    #: How far everybody is being searched again: the last party whose search stands in a row; None: all are.
    rescreen_after = models.BigIntegerField(null=True)

    entries: RelatedManager[ListedEntry]
    keys: RelatedManager[ListedKey]
    objects = VersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["list"], condition=Q(state=VersionState.IN_FORCE), name="screening_one_in_force"
            )
        ]

    def __str__(self) -> str:
        return f"{self.list_id}, {self.asked_at:%Y-%m-%d}"

    @property
    def problem_label(self) -> str:
        """Why it was not taken, in a sentence."""
        return str(Problem(self.problem).label) if self.problem else ""

    @property
    def is_on_its_way(self) -> bool:
        return self.state in {VersionState.WAITING, VersionState.LOADING}


class ListedEntry(models.Model):
    """Somebody, or something, that a version in force names, with all names and the facts that tell who it is."""

    version = models.ForeignKey(ListVersion, models.CASCADE, related_name="entries")
    #: Counted from 0 within the version; what the keys point at.
    number = models.PositiveIntegerField()
    uid = models.CharField(max_length=80)
    kind = models.CharField(max_length=12)
    names = models.JSONField(default=list)
    details = models.JSONField(default=dict)
    digest = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="listed_entry_once")]

    def __str__(self) -> str:
        return self.uid


class ListedKey(models.Model):
    """Under one key (`matching.keys`) the numbers of all entries that have it, packed: few rows, found at once."""

    version = models.ForeignKey(ListVersion, models.CASCADE, related_name="keys")
    key = models.CharField(max_length=24)
    #: Numbers of four bytes, the smallest first, in base 64: archives and both engines take text.
    numbers = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="listed_key_once")]

    def __str__(self) -> str:
        return self.key


def packed(numbers: array[int]) -> str:
    if sys.byteorder == "big":
        numbers = array("I", numbers)
        numbers.byteswap()
    return base64.b64encode(numbers.tobytes()).decode()


def unpacked(text: str) -> Sequence[int]:
    numbers = array("I", base64.b64decode(text))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


# In a record --------------------------------------------------------------------------------------------------------
class Principal(Circled):
    """A person whom a side names so that their name is searched: whose they are, as what, and nothing else.

    It goes, with all that was found about it, when the side takes it away, leaves, or the record is over.
    """

    name = models.CharField(_("name"), max_length=160)
    of = models.ForeignKey(Party, models.CASCADE, related_name="+")
    role = models.CharField(_("as"), max_length=12, choices=PrincipalRole.choices)

    class Meta:
        indexes = [models.Index(fields=["partnership", "party"])]

    def __str__(self) -> str:
        return self.name


class ScreeningRun(Circled):
    """One search, for the log: when, by whom or why, in which lists, for which organisations and how many people."""

    cause = models.CharField(max_length=12, choices=Cause.choices, default=Cause.ASKED)
    #: What makes it the same search: a second one with this key is never made for a party.
    key = models.CharField(max_length=60)
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.WAITING)
    searched_at = models.DateTimeField(null=True)
    #: Names of organisations that were searched; people are counted, so that nobody stands here once they are gone.
    organisations = models.JSONField(default=list)
    people_count = models.PositiveSmallIntegerField(default=0)
    #: Matches above the threshold, those decided before included, and those that nobody knew yet.
    found_count = models.PositiveSmallIntegerField(default=0)
    new_count = models.PositiveSmallIntegerField(default=0)
    threshold = models.PositiveSmallIntegerField(default=0)

    lists: RelatedManager[SearchedList]
    matches: RelatedManager[Match]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "key"], name="screening_run_once")]
        indexes = [
            models.Index(fields=["id"], condition=Q(state=RunState.WAITING), name="screening_run_waiting"),
            models.Index(fields=["partnership", "party", "-searched_at"]),
        ]

    def __str__(self) -> str:
        return self.key


class SearchedListQuerySet(models.QuerySet["SearchedList"]):
    def visible_to(self, reader: User | Place) -> Self:
        return self.filter(run__in=ScreeningRun.objects.visible_to(reader))


class SearchedList(models.Model):
    """A version that a search went through."""

    run = models.ForeignKey(ScreeningRun, models.CASCADE, related_name="lists")
    version = models.ForeignKey(ListVersion, models.PROTECT, related_name="+")

    objects = SearchedListQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "version"], name="searched_list_once")]

    def __str__(self) -> str:
        return f"{self.version_id} in {self.run_id}"


class Match(Circled):
    """A listed entry whose name is near to one that was searched. A fact of a list, never a verdict on anybody.

    What the list says is kept as it was when it was found, so that the match can be read after the version is gone.
    Why it matches is not kept: `matching.compare` says it again from the two names.
    """

    #: The search that found it first.
    run = models.ForeignKey(ScreeningRun, models.PROTECT, related_name="matches")
    #: Whose name it is: a party's organisation, or a principal.
    about = models.ForeignKey(Party, models.PROTECT, related_name="+")
    principal = models.ForeignKey(Principal, models.CASCADE, null=True, related_name="matches")
    searched = models.CharField(max_length=200)
    listing = models.ForeignKey(ScreeningList, models.PROTECT, related_name="+")
    uid = models.CharField(max_length=80)
    #: Hash of list, entry, subject and searched name: the same question is asked once.
    key = models.CharField(max_length=40)
    listed = models.CharField(max_length=300)
    others = models.JSONField(default=list)
    kind = models.CharField(max_length=12)
    details = models.JSONField(default=dict)
    digest = models.CharField(max_length=32)
    score = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=8, choices=Verdict.choices, default=Verdict.OPEN)
    decided_at = models.DateTimeField(null=True)
    #: The list says something else about the entry since somebody decided: it is asked again.
    has_changed = models.BooleanField(default=False)
    #: Not found any more in the newest version.
    gone_at = models.DateTimeField(null=True)

    decisions: RelatedManager[MatchDecision]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "key"], name="screening_match_once")]
        indexes = [models.Index(fields=["partnership", "verdict"])]

    def __str__(self) -> str:
        return f"{self.searched}: {self.listed}"

    @property
    def waits(self) -> bool:
        """Somebody has to decide, now or soon."""
        return self.verdict in {Verdict.OPEN, Verdict.UNSURE} and self.gone_at is None

    @property
    def mark(self) -> str:
        """What somebody had before them who decides: what the list says, and what was decided last."""
        return f"{self.digest}:{self.decided_at.isoformat() if self.decided_at is not None else ''}"

    @property
    def kind_label(self) -> str:
        return str(ENTRY_KINDS.get(self.kind, self.kind))


class MatchDecisionQuerySet(models.QuerySet["MatchDecision"]):
    def visible_to(self, reader: User | Place) -> Self:
        return self.filter(match__in=Match.objects.visible_to(reader))


class MatchDecision(models.Model):
    """What somebody decided about a match, and by what they told: dates, country, a register number."""

    match = models.ForeignKey(Match, models.CASCADE, related_name="decisions")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    why = models.CharField(_("by what you tell"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    #: What the list said then.
    digest = models.CharField(max_length=32)

    objects = MatchDecisionQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.verdict} on {self.match_id}"
