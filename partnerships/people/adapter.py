"""How django-allauth behaves here: nobody signs up without an invitation; mails go out in the reader's language."""

from __future__ import annotations

import logging
import smtplib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from ..notices.delivery import Unreachable

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People come in by invitation; see partnerships.people.views.invitation."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Somebody waits for this mail, so that it is tried once, now; that it cannot be sent is said at once."""
        try:
            super().send_mail(template_prefix, email, context)
        except smtplib.SMTPRecipientsRefused:
            # Which addresses there are is nobody's business.
            logger.warning("a mail of an account was refused for its address")
        except (OSError, smtplib.SMTPException) as error:
            logger.exception("a mail of an account could not be sent")
            raise Unreachable from error

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """There are no user names."""
