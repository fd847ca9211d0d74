"""Versions of content: stored once, never changed, so that an answer always points at what was asked."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from .states import Kind


class Immutable(TypeError):
    """Someone tried to change or delete a stored version: a programming error, not a person's."""


class CatalogueVersionQuerySet(models.QuerySet["CatalogueVersion"]):
    def shipped(self) -> CatalogueVersionQuerySet:
        """Without the organisations' own versions."""
        return self.filter(organisation__isnull=True)

    def newest_first(self) -> CatalogueVersionQuerySet:
        return self.order_by("-version")

    def update(self, **kwargs: Any) -> int:
        raise Immutable("A catalogue version is never changed: store a new version.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise Immutable("A catalogue version is never deleted: answers point at it.")


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
