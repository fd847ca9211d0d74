"""Two views of the same question, and talking points."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.catalogue.content import Library
from partnerships.catalogue.queries import content
from partnerships.looks.typed import number
from partnerships.record.frame import act_and_say, confirm_page, form_page, note_errors, read_again
from partnerships.record.models import Party

from .. import actions, queries
from ..forms import AgreedForm, TalkForm
from ..models import TalkingPoint
from ..permissions import can_answer, can_read, can_release
from ..states import SAFEGUARDING
from .shown import TAB, go, show, url

#: What there is to talk about first.
_ORDER = ("differs", "words", "agreed", "same")


def _about(place: Place, public_id: str) -> Party:
    found = next((p for p in place.parties if p.public_id == public_id and p.role == "partner"), None)
    if found is None:
        raise Http404
    return found


@require_safe
@guarded(can_read)
def views(request: HttpRequest, place: Place, about: str) -> HttpResponse:
    """What the partners released about one of them, side by side; where they differ first."""
    subject = _about(place, about)
    rows = queries.compared(place, subject)
    context = {
        "about": subject,
        "is_self": place.party is not None and subject.pk == place.party.pk,
        "groups": [{"state": s, "rows": [r for r in rows if r.state == s]} for s in _ORDER],
        "total": len(rows),
        "may_talk": can_answer(place),
        "others": [p for p in place.partners if p.pk != subject.pk],
    }
    return show(request, place, "views", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def talk(request: HttpRequest, place: Place, about: str, code: str) -> HttpResponse:
    """Make a difference a talking point."""
    subject = _about(place, about)
    found = queries.compared_on(place, subject, code)
    if found is None:
        raise Http404
    careful = found.question.theme == SAFEGUARDING
    form = TalkForm(request.POST if request.method == "POST" else None, careful=careful)
    return form_page(
        request, place, form,
        lambda: actions.begin_talking(
            about=subject, code=code, note=form.cleaned_data["note"], due_on=form.cleaned_data["due_on"], by=place
        ),
        tab=TAB, done=_("It is on the list of all of you now."),
        go=lambda made: url(place, "talking_point", made.public_id),
        title=found.question.text, label=_("Put it on the list"),
        cancel_url=url(place, "views", about),
        lede=_("Those who read all of these views read this too, and nobody else. A difference is no defect once it is "
              "known."),
    )  # fmt: skip


def _point(place: Place, public_id: str) -> TalkingPoint:
    found: TalkingPoint = get_object_or_404(
        TalkingPoint.objects.visible_to(place)
        .select_related("about__organisation", "party__organisation", "library", "circle")
        .prefetch_related("agreements"),
        public_id=public_id,
    )
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_read)
def talking_point(request: HttpRequest, place: Place, point: str) -> HttpResponse:
    """The views side by side, what could be agreed, and who agrees."""
    found = _point(place, point)
    parties = queries.concerned(found, place.partners)
    is_concerned = can_answer(place) and place.own_party.pk in {p.pk for p in parties}
    posted = request.POST if request.method == "POST" else None
    if posted is not None:
        require(is_concerned)
    question = content(found.library, Library).by_code.get(found.code)
    form = AgreedForm(posted, point=found, careful=question is not None and question.theme == SAFEGUARDING)
    newer = None
    if posted is not None and form.is_valid():
        data = form.cleaned_data
        try:
            by_all = actions.write_agreed(
                found, note=data["note"], text=data["text"], due_on=data["due_on"], seen=data["version"], by=place
            )
        except ValidationError as error:
            found = _point(place, point)
            if getattr(error, "code", "") == "stale":
                fields = [
                    {"label": form.fields["text"].label, "theirs": found.agreed_text, "yours": data["text"]},
                    {"label": form.fields["note"].label, "theirs": found.note, "yours": data["note"]},
                ]
                newer = {"by": _("Another partner"), "at": found.changed_at, "fields": fields}
                read_again(form, "version", found.version)
            else:
                note_errors(form, error)
        else:
            messages.success(request, _("All of you agree.") if by_all else _("Saved. The others are asked to agree."))
            return go(place, "talking_point", point)
    agreed = queries.agreed_on(found)
    compared = queries.compared_on(place, found.about, found.code)
    context = {
        "point": found,
        "question": question,
        "compared": compared,
        "parties": [{"party": p, "yes": p.pk in agreed} for p in parties],
        "form": form if is_concerned else None,
        "newer": newer,
        "may_agree": is_concerned and can_release(place) and found.agreed_text and place.own_party.pk not in agreed,
        "may_drop": is_concerned
        and found.party_id == place.own_party.pk
        and not any(a.party_id != place.own_party.pk for a in found.agreements.all()),
    }
    return show(request, place, "talking_point", context)


@require_POST
@guarded(can_release)
def agree_on(request: HttpRequest, place: Place, point: str) -> HttpResponse:
    found = _point(place, point)
    act_and_say(
        request,
        lambda: actions.agree_on(found, seen=number(request.POST.get("version")), by=place),
        lambda by_all: _("All of you agree.") if by_all else _("You agree. It waits for the others now."),
    )
    return go(place, "talking_point", point)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def drop_talk(request: HttpRequest, place: Place, point: str) -> HttpResponse:
    """Ask first: it is gone for all who read it."""
    found = _point(place, point)
    require(found.party_id == place.own_party.pk)
    return confirm_page(
        request, place, lambda: actions.drop_point(found, by=place), tab=TAB, done=_("Taken away."),
        go=url(place, "views", found.about.public_id), refused=url(place, "talking_point", point),
        title=_("Take the talking point away?"),
        text=_("It is gone for all who read it, with what was written there. The views themselves stay."),
        label=_("Take it away"), cancel_url=url(place, "talking_point", point), cancel_label=_("Keep it"),
    )  # fmt: skip
