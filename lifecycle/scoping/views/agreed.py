"""What the partners agree together."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.catalogue.queries import lesson
from partnerships.looks.typed import number
from partnerships.record.frame import act_and_say

from .. import actions, queries
from ..forms import SentenceForm, TalkForm, WayForm
from ..permissions import can_agree, can_propose, can_read_together
from ..states import SentenceKind
from .shown import form_page, go, page, url


@require_safe
@guarded(can_read_together)
def sentences(request: HttpRequest, place: Place) -> HttpResponse:
    """The two texts that all partners agree word by word."""
    found = queries.sentences(place)
    rows = [
        {
            "kind": kind,
            "label": SentenceKind(kind).label,
            "agreed": found.get(kind),
            "mine": kind in found and place.party in found[kind].agreed,
            "misses": queries.partners_circle_misses(place, found[kind].sentence.circle) if kind in found else [],
        }
        for kind in SentenceKind.values
    ]
    context = {
        "rows": rows,
        "may_propose": can_propose(place),
        "may_agree": can_agree(place),
        "why": lesson("EC4"),
    }
    return page(request, place, "sentences", context)


@require_http_methods(["GET", "POST"])
@guarded(can_propose)
def sentence(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    """Propose, or change, one of the sentences."""
    if kind not in SentenceKind.values:
        raise Http404
    now = queries.sentences(place).get(kind)
    initial = {"text": now.sentence.text, "number": now.sentence.number} if now else {"number": 0}
    form = SentenceForm(request.POST or None, initial=initial)
    newer = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.propose_sentence(kind, text=data["text"], by=place, seen=data["number"])
        except ValidationError as error:
            if error.code == "stale" and now is not None:
                newer = {
                    "by": now.sentence.author,
                    "at": now.sentence.created_at,
                    "fields": [{"label": SentenceKind(kind).label, "theirs": now.sentence.text, "yours": data["text"]}],
                }
                again = request.POST.copy()
                again["number"] = str(now.sentence.number)
                form = SentenceForm(again)
            else:
                form.add_error(None, error)
        else:
            messages.success(request, _("Proposed. It stands when every partner agrees."))
            return go(place, "sentences")
    help_texts = {
        SentenceKind.PURPOSE: _("What you do together, where, and for whom, in words that each of you would use."),
        SentenceKind.IF_ASKED: _("What each of you says when somebody asks what you are doing together."),
    }
    form.fields["text"].label = SentenceKind(kind).label
    form.fields["text"].help_text = help_texts[SentenceKind(kind)]
    return form_page(
        request, place, form, title=SentenceKind(kind).label, label=_("Propose it"), back=url(place, "sentences"),
        lede=_("A changed text starts without agreements: each partner reads it anew.") if now else "", newer=newer,
    )  # fmt: skip


@require_POST
@guarded(can_agree)
def agree(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    """A partner's yes to the version it read."""
    if kind not in SentenceKind.values:
        raise Http404
    read = number(request.POST.get("number"), -1)
    if read < 0:
        raise Http404
    act_and_say(request, lambda: actions.agree_sentence(kind, number=read, by=place), _("You agreed."))
    return go(place, "sentences")


@require_http_methods(["GET", "POST"])
@guarded(can_read_together)
def way(request: HttpRequest, place: Place) -> HttpResponse:
    """How the first talks come out: on, or another way, by all partners."""
    proposal = queries.way_of(place)
    form = WayForm(request.POST or None)
    if request.method == "POST":
        require(can_agree(place))
        if form.is_valid():
            try:
                actions.propose_way(way=form.cleaned_data["way"], by=place)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                messages.success(request, _("Proposed. It needs every partner."))
                return go(place, "way")
    yes = {c.party_id for c in proposal.consents.all()} if proposal else set()
    context = {
        "proposal": proposal,
        "form": form,
        "agreed": [p for p in place.partners if p.pk in yes],
        "missing": [p for p in place.partners if p.pk not in yes],
        "mine": place.party is not None and place.party.pk in yes,
        "may_agree": can_agree(place),
        "why": lesson("S2"),
    }
    return page(request, place, "way", context)


@require_POST
@guarded(can_agree)
def agree_way(request: HttpRequest, place: Place) -> HttpResponse:
    """A partner's yes to the way that stands."""
    proposal = queries.way_of(place)
    if proposal is None or request.POST.get("proposal") != proposal.public_id:
        messages.error(request, _("Another way was proposed in the meantime. Read that one."))
        return go(place, "way")
    act_and_say(request, lambda: actions.agree_way(proposal, by=place), _("You agreed."))
    return go(place, "way")


@require_http_methods(["GET", "POST"])
@guarded(can_propose)
def talk(request: HttpRequest, place: Place) -> HttpResponse:
    """When and where you talk next."""
    now = queries.next_talk(place)
    form = TalkForm(request.POST or None, initial={"starts_at": now.starts_at, "where": now.where} if now else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_talk(starts_at=form.cleaned_data["starts_at"], where=form.cleaned_data["where"], by=place)
        except ValidationError as error:
            form.add_error("starts_at", error)
        else:
            messages.success(request, _("Set. It stands in everybody's calendar."))
            return go(place, "overview")
    return form_page(
        request, place, form, title=_("The next talk"), label=_("Set it"), back=url(place, "overview"),
        lede=_("Set a day before you close this page: what has a day happens."),
    )  # fmt: skip
