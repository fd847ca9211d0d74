"""Mails and how they fare, for those who run the installation: kinds and states, no content."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from . import delivery
from .models import Notice


@admin.register(Notice)
class NoticeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("kind", "created_at", "mail_state", "attempts", "send_at", "last_error")
    list_filter = ("mail_state", "kind")
    fields = list_display
    readonly_fields = list_display
    actions = ("try_again",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description=_("Try again now"))
    def try_again(self, request: HttpRequest, queryset: QuerySet[Notice]) -> None:
        delivery.try_again(queryset)
