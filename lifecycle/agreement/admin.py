"""Those who run the installation see how the making of signed PDFs goes; never what a text says."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from .models import Paper


@admin.register(Paper)
class PaperAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("pk", "state", "reason", "error", "attempts", "queued_at", "claimed_at", "done_at")
    list_filter = ("state",)
    fields = list_display
    readonly_fields = list_display

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Paper | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Paper | None = None) -> bool:
        return False
