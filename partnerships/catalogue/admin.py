"""Catalogue versions in Django's admin: to look at, never to change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .models import CatalogueVersion
from .queries import text


@admin.register(CatalogueVersion)
class CatalogueVersionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("kind", "code", "version", "name", "published_at")
    list_filter = ("kind",)
    search_fields = ("code",)

    @admin.display(description=_("title"))
    def name(self, version: CatalogueVersion) -> str:
        return text(version.title)

    def get_queryset(self, request: HttpRequest) -> Any:
        # What an organisation writes is its administrators', not the installation's staff's.
        return super().get_queryset(request).filter(organisation=None).defer("content")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: CatalogueVersion | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: CatalogueVersion | None = None) -> bool:
        return False
