"""How many messages a person has not read: shown in the bar of every page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from .models import Notice

#: "9+" says enough.
CAP = 10


def inbox(request: HttpRequest) -> dict[str, Any]:
    """Context processor. One capped, indexed count for who is signed in."""
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    # Ids and no COUNT of a subquery: as cheap for the database, and half the work here.
    unread = len(Notice.objects.visible_to(user).filter(read_at=None).values_list("pk", flat=True)[:CAP])
    return {"inbox_count": f"{CAP - 1}+" if unread == CAP else unread}
