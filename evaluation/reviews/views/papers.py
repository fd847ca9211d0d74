"""Answers on paper: a form to print, and typing in what came back."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.looks import paper
from partnerships.record.frame import confirm_page, note_errors, render_record

from .. import actions, queries
from ..forms import EnterForm
from ..models import Part, Respondent, Round
from ..permissions import can_type_in, is_own_part
from ..states import PartMode, RoundState
from .shown import TAB, go_to, round_of, url_of, word_of


def _part(place: Place, round: Round) -> Part:
    part = queries.own_part(round, place)
    if part is None or part.mode != PartMode.INDIVIDUAL or part.destroyed_at is not None:
        raise Http404
    require(is_own_part(place, part))
    part.round = round
    return part


@guarded(can_type_in)
@never_cache
@require_http_methods(["GET", "POST"])
def on_paper(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    """One person's answers, typed in on one page and sealed at once; whoever typed them reads them no more."""
    round = round_of(place, rid)
    part = _part(place, round)
    if round.state != RoundState.OPEN:
        return go_to(round)
    form = EnterForm(
        request.POST or None,
        round=round,
        statements=queries.asked(round),
        instrument=queries.instrument_of(round),
        language=place.user.language,
    )
    status = 200
    if request.method == "POST":
        if form.is_valid():
            data = form.cleaned_data
            try:
                actions.enter_for(
                    part,
                    form=data["form"],
                    way=data["way"],
                    noted_on=data["noted_on"],
                    language=data["language"],
                    answers=form.answers(),
                    comments=form.comments(),
                    group=data["group"],
                    by=place,
                )
            except ValidationError as error:
                note_errors(form, error)
            else:
                messages.success(request, _("Sealed. Nobody reads it now, and neither do you."))
                return go_to(round, "reviews:on_paper")
        status = 422
    own = (
        Respondent.objects.visible_to(place.user).entered_here(place.user).filter(part=part).order_by("noted_on", "pk")
    )
    return render_record(
        request,
        place,
        "evaluation/reviews/on_paper.html",
        {
            "round": round,
            "title": _("Type in an answer from paper"),
            "form": form,
            "rows": form.rows(),
            "own": own,
            "progress": queries.progress(part),
            "languages": [
                {"code": code, "name": translation.get_language_info(code)["name_local"]}
                for code, _name in settings.LANGUAGES
            ],
        },
        tab=TAB,
        status=status,
    )


@guarded(can_type_in)
@require_http_methods(["GET", "POST"])
def take_out(request: HttpRequest, place: Place, rid: str, who: str) -> HttpResponse:
    """Take out what one typed in oneself."""
    round = round_of(place, rid)
    respondent = get_object_or_404(
        Respondent.objects.visible_to(place.user)
        .entered_here(place.user)
        .filter(part=_part(place, round))
        .select_related("part__round"),
        public_id=who,
    )
    return confirm_page(
        request,
        place,
        lambda: actions.take_out(respondent, by=place),
        tab=TAB,
        done=_("Taken out. Nothing of it is kept."),
        go=url_of(round, "reviews:on_paper"),
        cancel_url=url_of(round, "reviews:on_paper"),
        cancel_label=_("Keep it"),
        title=_("Take this answer out?"),
        text=_("It is destroyed, unread. Do this where it was typed in wrongly, or where the person wants it back."),
        label=_("Take it out"),
    )


@guarded(can_type_in)
@require_safe
def paper_form(request: HttpRequest, place: Place, rid: str, language: str) -> HttpResponse:
    """The round's statements to print, in a language of the software."""
    round = round_of(place, rid)
    if language not in dict(settings.LANGUAGES) or round.state not in {RoundState.PLANNED, RoundState.OPEN}:
        raise Http404
    try:
        pdf = paper.to_pdf(_html(round, language, word_of(place)))
    except paper.NoPaper as error:
        messages.error(request, str(error))
        return go_to(round)
    name = f"{round.kind}-{round.number}-{language}.pdf"
    return HttpResponse(
        pdf, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _html(round: Round, language: str, word: str) -> str:
    with translation.override(language):
        instrument = queries.instrument_of(round)
        themes: list[dict[str, Any]] = [
            {
                "title": str(instrument.dimension(code).title),
                "rows": [{"text": str(queries.sentence(round, item)), "help": str(item.help or "")} for item in items],
            }
            for code, items in queries.screens(round).items()
        ]
        return render_to_string(
            "evaluation/reviews/paper_form.html",
            {
                "language": language,
                "title": f"{round.title(word)}, {round.partnership.name}",
                "round": round,
                "round_title": round.title(word),
                "intro": str(queries.intro_of(round)),
                "themes": themes,
                "steps": range(5),
                "ends": queries.ends_of(instrument, round.kind),
                "least": queries.minimum(),
            },
        )
