"""Dismissing a flag."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.catalogue.queries import flag_words
from partnerships.record.frame import render_record

from . import actions
from .forms import DismissForm
from .models import Flag
from .permissions import can_dismiss


@require_http_methods(["GET", "POST"])
@guarded(can_dismiss)
def dismiss(request: HttpRequest, place: Place, flag: str) -> HttpResponse:
    """Put a flag aside, with a reason, for a time."""
    found = get_object_or_404(Flag.objects.visible_to(place.user).of(place.partnership).standing(), public_id=flag)
    form = DismissForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.dismiss(found, by=place, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Put aside. It comes back if it still stands on that day."))
            return redirect("record:overview", pid=place.partnership.public_id)
    context = {
        "title": _("Put this flag aside?"),
        "lede": flag_words()[found.code].title,
        "form": form,
        "label": _("Put it aside"),
        "cancel_url": reverse("record:overview", args=[place.partnership.public_id]),
    }
    return render_record(request, place, "components/form_record_page.html", context, tab="overview")
