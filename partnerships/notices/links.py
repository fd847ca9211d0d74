"""Links in mails: signed with a key that is not in the database, single-purpose, expiring. A GET never acts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction

from .. import clock
from .models import MailLink

if TYPE_CHECKING:
    from partnerships.people.models import User


class LinkRefused(Exception):
    """The link is wrong, expired, used or replaced. `reason` is one of those words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _signer(purpose: str) -> Signer:
    return Signer(key=settings.LINK_KEY, salt=f"cg.link.{purpose}")


def sign(purpose: str, *parts: int) -> str:
    """A token for (id, counter) pairs that a row elsewhere keeps valid."""
    return _signer(purpose).sign("-".join(str(p) for p in parts)).replace(":", ".")


def unsign(purpose: str, token: str) -> tuple[int, ...]:
    """The ids in a token. Raises LinkRefused("wrong")."""
    head, _dot, signature = token.rpartition(".")
    try:
        return tuple(int(p) for p in _signer(purpose).unsign(f"{head}:{signature}").split("-"))
    except (BadSignature, ValueError) as error:
        raise LinkRefused("wrong") from error


def token_for(purpose: str, object_id: int, user: User | None, *, days: int = 14, renew: bool = False) -> str:
    """The link of this person to this object. Made anew it lives for `days`; `renew` voids the older ones."""
    expires = clock.now() + timedelta(days=days)
    link = MailLink.objects.filter(purpose=purpose, object_id=object_id, user=user).first()
    if link is None:
        try:
            with transaction.atomic():
                link = MailLink.objects.create(purpose=purpose, object_id=object_id, user=user, expires_at=expires)
        except IntegrityError:
            link = MailLink.objects.get(purpose=purpose, object_id=object_id, user=user)
    elif renew:
        link.counter += 1
        link.used_at = None
        link.expires_at = expires
        link.save(update_fields=["counter", "used_at", "expires_at"])
    elif link.used_at is None and link.expires_at < expires:
        link.expires_at = expires
        link.save(update_fields=["expires_at"])
    return sign(purpose, link.pk, link.counter)


def look(purpose: str, token: str) -> MailLink:
    """The valid link behind a token, unused. Raises LinkRefused with "wrong", "expired", "used" or "replaced"."""
    pk, counter, *rest = (*unsign(purpose, token), -1)
    link = MailLink.objects.select_related("user").filter(pk=pk, purpose=purpose).first()
    if link is None or rest != [-1]:
        raise LinkRefused("wrong")
    if link.counter != counter:
        raise LinkRefused("replaced")
    if link.used_at is not None:
        raise LinkRefused("used")
    if link.expires_at <= clock.now():
        raise LinkRefused("expired")
    if link.user is not None and not link.user.is_active:
        raise LinkRefused("wrong")
    return link


def use(link: MailLink) -> None:
    """Claim a link, once. Raises LinkRefused("used") for whoever comes second."""
    if not MailLink.objects.filter(pk=link.pk, counter=link.counter, used_at=None).update(used_at=clock.now()):
        raise LinkRefused("used")
