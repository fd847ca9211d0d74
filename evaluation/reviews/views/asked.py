"""What a round asks, to read before agreeing to it; and on what people say what they expect of the others."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.record.frame import form_page, render_record

from .. import actions, queries
from ..forms import ExpectForm
from ..models import Round
from ..permissions import can_plan_round, can_read_reviews
from ..states import RoundState
from .shown import TAB, go_to, round_of, url_of, word_of


@guarded(can_read_reviews)
@require_GET
def asked(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    """Every sentence of the round, by dimension, in the words in which it is asked."""
    round = round_of(place, rid)
    return render_record(
        request,
        place,
        "evaluation/reviews/asked.html",
        {
            "round": round,
            "title": round.title(word_of(place)),
            "themes": themes(round),
            "whose": round.instrument.organisation,
            "added": len(queries.added_codes(round)),
            "version": round.instrument.version,
        },
        tab=TAB,
    )


def themes(round: Round) -> list[dict[str, Any]]:
    """The sentences by dimension, each with what there is to say about it."""
    content = queries.instrument_of(round)
    added = queries.added_codes(round)
    return [
        {
            "code": code,
            "title": content.dimension(code).title,
            "sentences": [
                {
                    "code": item.code,
                    "text": queries.sentence(round, item),
                    "core": item.core,
                    "added": item.code in added,
                    "expected": item.code in round.expected,
                }
                for item in items
            ],
        }
        for code, items in queries.screens(round).items()
    ]


@guarded(can_plan_round)
@require_http_methods(["GET", "POST"])
def expectations(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    """Choose up to five sentences on which people also say what they expect the other partners to answer."""
    round = round_of(place, rid)
    if round.state != RoundState.PLANNED:
        messages.info(request, _("This round has started; what is asked stands."))
        return go_to(round)
    form = ExpectForm(request.POST if request.method == "POST" else None, round=round)

    def newer() -> dict[str, Any]:
        """What somebody chose in between, beside what is ticked here; the next save has seen it."""
        now = round_of(place, rid)
        form.data = request.POST.copy()
        form.data["version"] = str(now.version)
        words = {item.code: str(queries.sentence(now, item)) for item in queries.asked(now)}
        theirs, yours = ("; ".join(words.get(code, code) for code in codes) for codes in (now.expected, form.chosen()))
        fields = [{"label": _("Guesses about the others"), "theirs": theirs, "yours": yours}] if theirs != yours else []
        return {"by": queries.who_planned(now, place), "at": now.changed_at, "fields": fields}

    return form_page(
        request,
        place,
        form,
        lambda: actions.choose_expected(round, form.chosen(), seen=form.cleaned_data["version"], by=place),
        tab=TAB,
        done=_("Saved."),
        go=url_of(round),
        title=_("On what should people also guess?"),
        lede=_(
            "People then say beside their own answer what they expect the other partners to answer. Choose up to five "
            "sentences. With none, nobody is asked to guess. A change asks all partners again."
        ),
        label=_("Save"),
        cancel_url=url_of(round),
        keep=True,
        newer=newer,
    )
