"""People and organisations for those who run the installation. Never the content of a record."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from . import actions
from .models import Invitation, Membership, Organisation, User


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("email", "name", "is_active", "is_staff", "joined_at")
    search_fields = ("email", "name")
    fields = ("email", "name", "language", "time_zone", "is_active", "is_staff")
    readonly_fields = ("email",)
    actions = ("make_anonymous",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People come in by invitation."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are made anonymous; records stay."""
        return False

    @admin.action(description=_("Make anonymous (for good)"))
    def make_anonymous(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset.filter(is_superuser=False):
            try:
                actions.make_anonymous(user)
            except ValidationError as error:
                self.message_user(request, f"{user}: {' '.join(error.messages)}", messages.ERROR)


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    fields = ("user", "role", "since", "ended_on")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "kind", "country", "vouched_at", "merged_into")
    list_filter = ("kind", ("vouched_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "short_name")
    fields = ("name", "short_name", "kind", "country", "consortium", "vouched_at")
    readonly_fields = ("vouched_at",)
    inlines = (MembershipInline,)
    actions = ("vouch", "merge")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Organisations come in with the person who is invited (manage.py invite_organisation)."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description=_("Vouch: it is what it says"))
    def vouch(self, request: HttpRequest, queryset: QuerySet[Organisation]) -> None:
        user: Any = request.user
        for organisation in queryset:
            actions.vouch(organisation, by=user)

    @admin.action(description=_("Merge duplicates into the oldest of these"))
    def merge(self, request: HttpRequest, queryset: QuerySet[Organisation]) -> None:
        found = list(queryset.order_by("created_at", "pk"))
        if len(found) < 2:
            self.message_user(request, _("Choose two or more."), messages.ERROR)
            return
        for duplicate in found[1:]:
            try:
                actions.merge(duplicate, into=found[0])
            except ValidationError as error:
                self.message_user(request, " ".join(error.messages), messages.ERROR)


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("email", "organisation", "organisation_name", "created_at", "expires_at", "accepted_at")
    search_fields = ("email",)
    fields = list_display
    readonly_fields = list_display

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
