"""Those who run the installation see how the making goes; never what a report says."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from .models import ReportExport, ReportJob


@admin.register(ReportJob)
class ReportJobAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("public_id", "state", "progress", "reason", "attempts", "language", "asked_at", "finished_at")
    list_filter = ("state", "language")
    fields = list_display
    readonly_fields = list_display

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ReportJob | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ReportJob | None = None) -> bool:
        return False


@admin.register(ReportExport)
class ReportExportAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("public_id", "state", "reason", "attempts", "size", "asked_at", "finished_at", "expires_at")
    list_filter = ("state",)
    fields = list_display
    readonly_fields = list_display

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ReportExport | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ReportExport | None = None) -> bool:
        return False
