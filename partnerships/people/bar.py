"""What the bar of every page says of who is signed in: the organisation, and how many messages wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import F, Func, OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from ..access.ready import Ready

#: "9+" says enough.
CAP = 10


@dataclass(frozen=True)
class Bar:
    """The organisation a person has been in longest, and messages not read, counted up to CAP."""

    organisation: str = ""
    unread: int = 0

    @property
    def count(self) -> str | int:
        return f"{CAP - 1}+" if self.unread == CAP else self.unread


def _told(user: Any) -> QuerySet[Any, Any]:
    users, memberships, notices = (apps.get_model("partnerships", m) for m in ("User", "Membership", "Notice"))
    first = memberships._default_manager.filter(user=OuterRef("pk"), ended_on=None).order_by("pk")
    unread = notices._default_manager.filter(recipient=OuterRef(OuterRef("pk")), read_at=None).values("pk")[:CAP]
    counted = notices._default_manager.filter(pk__in=unread).order_by().values(n=Func(F("pk"), function="COUNT"))
    told: QuerySet[Any, Any] = users._default_manager.filter(pk=user).values_list(
        Subquery(first.values("organisation__short_name")[:1]),
        Subquery(first.values("organisation__name")[:1]),
        Subquery(counted),
    )
    return told


_TOLD: Ready[tuple[str | None, str | None, int]] = Ready(_told)


def bar_of(user: int) -> Bar:
    """One query."""
    return next((Bar(short or name or "", unread) for short, name, unread in _TOLD(user=user)), Bar())


def bar(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"inbox_count": user.bar.count}
