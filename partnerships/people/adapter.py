"""How django-allauth behaves here: nobody signs up without an invitation; mails go out in the reader's language."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People come in by invitation; see partnerships.people.views.invitation."""
        return False

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """There are no user names."""
