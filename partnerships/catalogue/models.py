"""Versions of content: stored once, never changed, so that an answer always points at what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..access.ids import new_public_id
from .drafting import Data, empty, written
from .states import Kind

if TYPE_CHECKING:
    from partnerships.people.models import User


class Immutable(TypeError):
    """Someone tried to change or delete a stored version: a programming error, not a person's."""


class CatalogueVersionQuerySet(models.QuerySet["CatalogueVersion"]):
    def shipped(self) -> CatalogueVersionQuerySet:
        """Without the organisations' own versions."""
        return self.filter(organisation__isnull=True)

    def visible_to(self, user: User) -> Self:
        """What is shipped, and the own versions of organisations that this person administers.

        Others read an own version through the record in which it was proposed (`DepthChoice`), never through this.
        """
        return self.filter(models.Q(organisation=None) | models.Q(organisation__in=_administered(user)))

    def newest_first(self) -> CatalogueVersionQuerySet:
        return self.order_by("-version")

    def update(self, **kwargs: Any) -> int:
        raise Immutable("A catalogue version is never changed: store a new version.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise Immutable("A catalogue version is never deleted: answers point at it.")


def _administered(user: User) -> models.QuerySet[Any]:
    """The organisations whose libraries this person writes."""
    return user.memberships.filter(ended_on=None, role="administrator").values("organisation")


class CatalogueVersion(models.Model):
    """One version of one list. `content` is the file's data without its head; read it through `queries.content`."""

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    code = models.CharField(_("code"), max_length=60)
    version = models.PositiveIntegerField(_("version"))
    #: Whose own version this is; nobody's where it is shipped.
    organisation = models.ForeignKey(
        "partnerships.Organisation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="catalogue_versions",
        verbose_name=_("organisation"),
    )
    title = models.JSONField(_("title"))
    content = models.JSONField(_("content"))
    checksum = models.CharField(_("checksum"), max_length=64)
    published_at = models.DateTimeField(_("published"))

    objects = CatalogueVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("catalogue version")
        verbose_name_plural = _("catalogue versions")
        ordering = ["kind", "code", "-version"]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="catalogue_kind_known"),
            models.UniqueConstraint(
                fields=["kind", "code", "version"],
                condition=models.Q(organisation__isnull=True),
                name="catalogue_shipped_once",
            ),
            models.UniqueConstraint(fields=["organisation", "kind", "code", "version"], name="catalogue_own_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code} v{self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise Immutable("A catalogue version is never changed: store a new version.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise Immutable("A catalogue version is never deleted: answers point at it.")


class CatalogueDraftQuerySet(models.QuerySet["CatalogueDraft"]):
    def visible_to(self, user: User) -> Self:
        """An organisation's drafts are read and written by its administrators, and by nobody else."""
        return self.filter(organisation__in=_administered(user))


class CatalogueDraft(models.Model):
    """An organisation's own version while it is being written: one for each list, until it is published or discarded.

    `content` is what `CatalogueVersion.content` is, with what is not written yet left out (see drafting.py).
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    organisation = models.ForeignKey(
        "partnerships.Organisation", on_delete=models.PROTECT, related_name="catalogue_drafts"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    #: The organisation's own list: its versions share it.
    code = models.CharField(_("code"), max_length=60)
    #: The language in which it is written first; the others may follow.
    language = models.CharField(_("language"), max_length=8, default="en")
    title = models.JSONField(_("title"), default=dict)
    content = models.JSONField(_("content"), default=dict)
    #: What it was made from; nothing where it began empty.
    based_on = models.ForeignKey(CatalogueVersion, models.PROTECT, null=True, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    #: Who saved last.
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    changed_at = models.DateTimeField(default=clock.now, editable=False)
    #: Grows with every save.
    version = models.PositiveIntegerField(default=1)
    #: What a file would make of it, until somebody has looked at it and said yes: title and content, and its name.
    offered = models.JSONField(null=True)
    offered_name = models.CharField(max_length=200, blank=True)

    objects = CatalogueDraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("draft of the catalogue")
        verbose_name_plural = _("drafts of the catalogue")
        ordering = ["-changed_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="draft_kind_known"),
            models.UniqueConstraint(fields=["organisation", "kind", "code"], name="draft_once"),
        ]

    def __str__(self) -> str:
        return f"draft {self.public_id}"

    @property
    def before(self) -> Data:
        """What it is based on, as it was written; empty where it began empty."""
        return written(self.based_on.content) if self.based_on is not None else empty(self.kind)
