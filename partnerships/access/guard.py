"""@guarded: one decorator between an address and what stands behind it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from django.apps import apps
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from .places import Place
from .ready import Ready

if TYPE_CHECKING:
    from partnerships.people.models import User
    from partnerships.record.models import Partnership, Party, Seat

_PARTIES: Ready[Party] = Ready(
    lambda pid: (
        apps.get_model("partnerships", "Party")
        ._default_manager.filter(partnership__public_id=pid)
        .select_related("organisation", "partnership")
        .order_by("joined_at", "pk")
    )
)
_SEATS: Ready[Seat] = Ready(
    lambda user, parties: (
        apps.get_model("partnerships", "Seat")
        ._default_manager.filter(party__in=parties, membership__user=user, membership__ended_on=None, ended_on=None)
        .select_related("membership", "office")
        .order_by("pk")
    )
)

Predicate = Callable[[Place], bool]
View = Callable[..., HttpResponseBase]


def place_of(user: User, partnership: Partnership) -> Place:
    """Where this person stands. Somebody with two seats stands where they lead, else where they came first."""
    return _place(user, partnership, tuple(partnership.parties.select_related("organisation")))


def find(user: User, pid: str) -> Place | None:
    """Where this person stands in the record of this address; None where `Partnership.visible_to` would not find it.

    Two queries: its parties, and the person's seats with them (a third for who has none, and may administer).
    """
    parties = tuple(_PARTIES(pid=pid))
    if not parties:
        return None
    partnership = parties[0].partnership
    for party in parties:
        party.partnership = partnership
    place = _place(user, partnership, parties)
    return place if place.seat is not None or place.administers else None


def _place(user: User, partnership: Partnership, parties: tuple[Party, ...]) -> Place:
    seats = _SEATS(user=user.pk, parties=[p.pk for p in parties])
    seat = next((s for s in seats if s.duty == "lead"), seats[0] if seats else None)
    party = next((p for p in parties if seat is not None and p.pk == seat.party_id), None)
    administered = _administered(user, parties) if seat is None else ()
    return Place(
        user=user,
        partnership=partnership,
        seat=seat,
        party=party,
        parties=parties,
        administered=next((p for p in administered if p.left_on is None), None),
        administers=bool(administered),
        seated_with=tuple({s.party_id for s in seats}),
    )


def _administered(user: User, parties: tuple[Party, ...]) -> tuple[Party, ...]:
    """The parties whose organisation this person administers, those that left included."""
    memberships = apps.get_model("partnerships", "Membership")._default_manager.filter(
        user=user.pk, ended_on=None, role="administrator"
    )
    organisations = set(memberships.values_list("organisation", flat=True))
    return tuple(p for p in parties if p.organisation_id in organisations)


def asks_who(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Who has not signed in is asked to, and comes back to this page; who sent something, to the page it was sent from.

    What is sent is not done after the sign-in: the person reads so, and sends it again.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.method in {"GET", "HEAD"}:
            return redirect_to_login(request.get_full_path())
        if "X-Autosave" not in request.headers:
            messages.warning(request, _("You had been signed out before this was sent. Sign in, and send it again."))
        before = request.headers.get("Referer", "")
        ours = url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure())
        address = urlsplit(before)
        return redirect_to_login(urlunsplit(("", "", address.path, address.query, "")) if ours and before else "/")

    return wrapper


def guarded(predicate: Predicate, *, before_ground_rules: bool = False) -> Callable[[View], View]:
    """A view of one partnership: found where it is visible (else 404), allowed by the predicate (else 403).

    The view gets `place` instead of the id. Until the reader's party accepted the ground rules, only views that say
    `before_ground_rules` open; the others lead to the rules.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        @never_cache
        @asks_who
        def wrapper(request: HttpRequest, pid: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user: Any = request.user
            place = find(user, pid)
            if place is None:
                raise Http404
            if place.party is not None and not before_ground_rules and place.party.rules_accepted_at is None:
                return redirect("record:ground_rules", pid=pid)
            if not predicate(place):
                raise PermissionDenied
            return view(request, place, *args, **kwargs)

        wrapper.guard = predicate  # type: ignore[attr-defined]
        return wrapper

    return decorate


def signed_in(view: View) -> View:
    """A view of one's own things, outside of any record: it must narrow every query by request.user."""

    wrapped: Any = never_cache(asks_who(view))
    wrapped.guard = "signed_in"
    return wrapped  # type: ignore[no-any-return]


def public(reason: str) -> Callable[[View], View]:
    """A view without sign-in. The reason is read by the conventions test, which lists them one by one."""

    def decorate(view: View) -> View:
        view.guard = f"public: {reason}"  # type: ignore[attr-defined]
        return view

    return decorate


def require(allowed: bool) -> None:
    """For what only the fetched item can tell: 403 where the predicate said no."""
    if not allowed:
        raise PermissionDenied
