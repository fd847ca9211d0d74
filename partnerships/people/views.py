"""Coming in, oneself, one's organisation."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from ..access.guard import public, signed_in
from ..notices.links import LinkRefused
from . import actions
from .forms import InviteMemberForm, JoinForm, MeForm, OfficeForm, OrganisationForm, ReportLookForm
from .models import Invitation, Membership, Organisation, ReportLook, User
from .permissions import administers
from .queries import report_look
from .states import MembershipRole

BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_http_methods(["GET", "POST"])
@public("whoever holds an invitation has no account yet")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """See an invitation; accept it as somebody new, or with the account one has."""
    try:
        found = actions.find_invitation(token)
    except LinkRefused as refused:
        return render(request, "partnerships/people/link_refused.html", {"reason": refused.reason}, status=410)
    user: Any = request.user
    if user.is_authenticated and user.email.lower() == found.email.lower():
        return _accept_signed_in(request, found, user)
    context: dict[str, Any] = {"invitation": found, "has_account": User.objects.filter(email=found.email).exists()}
    if context["has_account"] or user.is_authenticated:
        return render(request, "partnerships/people/invitation.html", context)
    form = JoinForm(request.POST or None, invitation=found)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.accept_as_new(
                found,
                name=form.cleaned_data["name"],
                password=form.cleaned_data["password"],
                language=form.cleaned_data["language"],
                organisation_name=form.cleaned_data.get("organisation_name", ""),
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            login(request, made, backend=BACKEND)
            return _onward(found)
    return render(request, "partnerships/people/invitation.html", {**context, "form": form})


def _accept_signed_in(request: HttpRequest, found: Invitation, user: User) -> HttpResponse:
    if request.method == "POST":
        own = None
        if found.organisation is None and request.POST.get("organisation"):
            own = get_object_or_404(
                Organisation,
                public_id=request.POST["organisation"],
                memberships__in=user.memberships.filter(ended_on=None, role=MembershipRole.ADMINISTRATOR),
            )
        try:
            actions.accept(found, user=user, organisation=own)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            return _onward(found)
    context = {
        "invitation": found,
        "mine": True,
        "organisations": [
            m.organisation
            for m in user.memberships.filter(ended_on=None, role=MembershipRole.ADMINISTRATOR).select_related(
                "organisation"
            )
        ],
    }
    return render(request, "partnerships/people/invitation.html", context)


def _onward(found: Invitation) -> HttpResponse:
    if found.party_invite is not None:
        return redirect("record:ground_rules", pid=found.party_invite.partnership.public_id)
    return redirect("work:home")


@require_http_methods(["GET", "POST"])
@signed_in
def me(request: HttpRequest) -> HttpResponse:
    """One's own name, language and organisations."""
    user: Any = request.user
    form = MeForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("people:me")
    memberships = user.memberships.filter(ended_on=None).select_related("organisation", "office").order_by("pk")
    return render(request, "partnerships/people/me.html", {"form": form, "memberships": memberships})


def _administered(request: HttpRequest, organisation: str) -> Organisation:
    user: Any = request.user
    found: Organisation = get_object_or_404(Organisation, public_id=organisation)
    if not administers(user, found):
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
@signed_in
def organisation(request: HttpRequest, organisation: str) -> HttpResponse:
    """An administrator's page: people, offices, invitations, what the organisation says of itself."""
    found = _administered(request, organisation)
    form = OrganisationForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("people:organisation", organisation=found.public_id)
    context = {
        "organisation": found,
        "form": form,
        "memberships": found.memberships.filter(ended_on=None).select_related("user", "office").order_by("user__name"),
        "former": found.memberships.exclude(ended_on=None).select_related("user").order_by("-ended_on")[:20],
        "offices": found.offices.order_by("kind", "name"),
        "invitations": found.invitations.filter(accepted_at=None, revoked_at=None, party_invite=None).order_by("email"),
    }
    return render(request, "partnerships/people/organisation.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def invite_member(request: HttpRequest, organisation: str) -> HttpResponse:
    """Invite a colleague."""
    found = _administered(request, organisation)
    user: Any = request.user
    form = InviteMemberForm(request.POST or None, initial={"language": user.language})
    if request.method == "POST" and form.is_valid():
        try:
            actions.invite_member(organisation=found, by=user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The invitation is on its way."))
            return redirect("people:organisation", organisation=found.public_id)
    context = {
        "title": _("Invite a colleague"),
        "lede": _("They get a mail with a link that works once, for 14 days."),
        "form": form,
        "label": _("Send the invitation"),
        "cancel_url": reverse("people:organisation", args=[found.public_id]),
    }
    return render(request, "components/form_page.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def add_office(request: HttpRequest, organisation: str) -> HttpResponse:
    """A new office or site."""
    found = _administered(request, organisation)
    form = OfficeForm(request.POST or None, organisation=found)
    if request.method == "POST" and form.is_valid():
        actions.add_office(found, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("people:organisation", organisation=found.public_id)
    context = {
        "title": _("Add an office or site"),
        "form": form,
        "label": _("Save"),
        "cancel_url": reverse("people:organisation", args=[found.public_id]),
    }
    return render(request, "components/form_page.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def look(request: HttpRequest, organisation: str) -> HttpResponse:
    """The logo and colour of the organisation's reports."""
    found = _administered(request, organisation)
    user: Any = request.user
    now = report_look(found)
    form = ReportLookForm(
        request.POST or None, request.FILES or None, initial={"colour": now.colour if now is not None else ""}
    )
    if request.method == "POST" and form.is_valid():
        actions.set_report_look(
            found,
            colour=form.cleaned_data["colour"],
            logo=form.cleaned_data["logo"],
            keep_logo=not form.cleaned_data["remove_logo"],
            by=user,
        )
        messages.success(request, _("Saved. Reports that are made from now on carry it."))
        return redirect("people:look", organisation=found.public_id)
    if now is None or not now.logo:
        del form.fields["remove_logo"]
    return render(
        request,
        "partnerships/people/look.html",
        {"organisation": found, "form": form, "look": now, "logo": _as_data(now)},
    )


def _as_data(look: ReportLook | None) -> str:
    """The logo as a data: address; nothing where it cannot be read now."""
    if look is None or not look.logo:
        return ""
    kind = "png" if str(look.logo.name).endswith(".png") else "jpeg"
    try:
        with look.logo.open("rb") as file:
            return f"data:image/{kind};base64,{b64encode(file.read()).decode()}"
    except OSError:
        return ""


@require_POST
@signed_in
def send_again(request: HttpRequest, organisation: str, invitation: str) -> HttpResponse:
    """A new link; the older ones stop working."""
    found = _administered(request, organisation)
    try:
        actions.send_again(_invitation(found, invitation))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("A new link is on its way. The older one has stopped working."))
    return redirect("people:organisation", organisation=found.public_id)


@require_POST
@signed_in
def take_back_invitation(request: HttpRequest, organisation: str, invitation: str) -> HttpResponse:
    """It went to the wrong address, or is not wanted any more."""
    found = _administered(request, organisation)
    actions.take_back_invitation(_invitation(found, invitation))
    messages.success(request, _("The invitation is taken back. Its link has stopped working."))
    return redirect("people:organisation", organisation=found.public_id)


def _invitation(organisation: Organisation, invitation: str) -> Invitation:
    """An invitation of colleagues; those to a partnership are the record's."""
    found: Invitation = get_object_or_404(
        Invitation, organisation=organisation, public_id=invitation, party_invite=None
    )
    return found


@require_POST
@signed_in
def set_role(request: HttpRequest, organisation: str, person: str) -> HttpResponse:
    """Make a member an administrator, or back."""
    found = _administered(request, organisation)
    membership = get_object_or_404(Membership, organisation=found, user__public_id=person, ended_on=None)
    try:
        actions.set_role(membership, role="administrator" if request.POST.get("role") == "administrator" else "member")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("people:organisation", organisation=found.public_id)


@require_http_methods(["GET", "POST"])
@signed_in
def end_membership(request: HttpRequest, organisation: str, person: str) -> HttpResponse:
    """Somebody leaves: says what that means, and asks."""
    found = _administered(request, organisation)
    user: Any = request.user
    membership = get_object_or_404(
        Membership.objects.select_related("user"), organisation=found, user__public_id=person, ended_on=None
    )
    if request.method == "POST":
        try:
            actions.end_membership(membership, by=user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("The membership has ended."))
        return redirect("people:organisation", organisation=found.public_id)
    context = {
        "title": _("%(name)s leaves %(organisation)s?") % {"name": membership.user, "organisation": found},
        "lines": [
            _("From now on they read nothing of your records. What they wrote stays."),
            _("Invitations that they sent and nobody has used yet stop working."),
            ngettext(
                "Their seat in %(count)s partnership ends.",
                "Their seats in %(count)s partnerships end.",
                seats := membership.seats.filter(ended_on=None).count(),
            )
            % {"count": seats},
        ],
        "label": _("End the membership"),
        "cancel_url": reverse("people:organisation", args=[found.public_id]),
        "cancel_label": _("Keep it"),
    }
    return render(request, "components/confirm_page.html", context)
