from __future__ import annotations

import re

import pytest
from django import forms
from django.http import QueryDict
from django.template import Context, Template

from partnerships.looks import widgets


class ReviewForm(forms.Form):
    score = widgets.ScaleField(label="I know who decides what.")
    choice = forms.ChoiceField(
        choices=[("go", "Go"), ("no", "Not now")],
        widget=widgets.ChoiceCards(helps={"no": "Say why."}),
        label="Decision",
    )
    several = forms.MultipleChoiceField(
        choices=[("a", "A"), ("b", "B")], widget=widgets.CheckCards, required=False, label="Several"
    )
    day = forms.DateField(widget=widgets.DayInput, label="From", help_text="The first day.")
    paper = forms.FileField(
        required=False, widget=widgets.LimitedFileInput(max_bytes=2048, kinds="PDF", accept=[".pdf"]), label="Paper"
    )


def shown(form: forms.Form) -> str:
    return Template("{% load crispy_forms_tags %}{{ form|crispy }}").render(Context({"form": form}))


@pytest.mark.parametrize(("sent", "read"), [("0", 0), ("4", 4), ("dk", widgets.DONT_KNOW), ("", None)])
def test_a_scale_tells_dont_know_from_not_answered(sent: str, read: object) -> None:
    form = ReviewForm(QueryDict(f"score={sent}&choice=go&day=2026-11-23"))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["score"] == read


def test_a_scale_refuses_what_is_not_on_it() -> None:
    assert "score" in ReviewForm(QueryDict("score=9")).errors


def test_several_cards_can_be_ticked() -> None:
    form = ReviewForm(QueryDict("choice=go&day=2026-11-23&several=a&several=b"))
    assert form.is_valid()
    assert form.cleaned_data["several"] == ["a", "b"]


def test_questions_are_fieldsets_and_helps_are_tied_to_options() -> None:
    html = shown(ReviewForm())
    assert '<fieldset class="cg-scale"' in html
    assert "<legend>I know who decides what." in html
    assert re.search(r'value="no"[^>]*aria-describedby="id_choice_1_help"', html)
    assert 'id="id_choice_1_help">Say why.' in html


def test_help_and_errors_stand_before_the_input_and_describe_it() -> None:
    html = shown(ReviewForm(QueryDict("")))
    field = html[html.index('id="div_id_day"') :]
    assert field.index("The first day.") < field.index('id="id_day_error"') < field.index("<input")
    day = re.search(r'<input[^>]*id="id_day"[^>]*>', field)
    assert day
    assert 'aria-invalid="true"' in day[0]
    assert "id_day_helptext" in day[0]


def test_errors_are_summed_up_on_top_and_lead_to_their_inputs() -> None:
    html = shown(ReviewForm(QueryDict("")))
    summary = html[: html.index("</ul>")]
    assert 'href="#id_day"' in summary
    assert 'href="#id_choice_0"' in summary, "a fieldset leads to its first option"
    assert "From: This field is required." in summary


def test_a_file_input_says_its_limits() -> None:
    html = shown(ReviewForm())
    assert "PDF; up to 2.0\u00a0KB." in html
    assert 'accept=".pdf"' in html


def test_days_are_shown_as_browsers_want_them() -> None:
    import datetime as dt

    assert 'value="2026-11-23"' in shown(ReviewForm(initial={"day": dt.date(2026, 11, 23)}))


def test_an_empty_choice_says_so_in_words() -> None:
    class Form(forms.Form):
        who = forms.ChoiceField(choices=[("", "---------"), ("a", "Ama")], required=False)

    assert "Nothing chosen" in shown(Form())
    assert "---" not in shown(Form())


def test_words_have_an_end_in_the_browser_and_on_the_server() -> None:
    class WordsForm(forms.Form):
        words = widgets.WordsField(label="Words")
        more = widgets.WordsField(label="More", max_length=8000)

    html = shown(WordsForm())
    assert 'maxlength="4000"' in html
    assert 'maxlength="8000"' in html
    assert set(WordsForm({"words": "x" * 4001, "more": "x" * 8000}).errors) == {"words"}


def test_what_some_answers_need_is_not_called_optional() -> None:
    class StanceForm(forms.Form):
        words = widgets.WordsField(label="Words", sometimes=True, help_text="Needed where you see it differently.")
        other = widgets.WordsField(label="Other", required=False)

    form = StanceForm({"words": ""})
    html = shown(form)
    assert form.is_valid()
    assert html.count("cg-optional") == 1
    assert html.index("cg-optional") > html.index("Needed where you see it differently.")
