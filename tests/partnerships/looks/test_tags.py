from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace as Thing
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.urls import NoReverseMatch

from partnerships import clock
from partnerships.templatetags.looks import as_read


def shown(source: str, /, **values: Any) -> str:
    with clock.at(dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)):
        return Template(source).render(Context(values))


def test_a_party_is_its_mark_and_name() -> None:
    html = shown("{% party p strong=True %}", p=Thing(name="A < B", mark_role="company", mark_variant=1))
    assert "<b>A &lt; B</b>" in html
    assert 'aria-hidden="true"' in html


def test_states_are_words_first() -> None:
    assert "Your turn" in shown("{% state 'you' %}")
    assert "cg-state--met" in shown("{% state 'met' 'Met 5 Nov' %}")
    assert "Met 5 Nov" in shown("{% state 'met' 'Met 5 Nov' %}")
    assert "&lt;b&gt;" in shown("{% state 'waiting' text %}", text="<b>")


def test_dates_and_money() -> None:
    day = dt.date(2026, 11, 25)
    assert shown("{{ d|near_date }}", d=day) == "Wed 25 Nov"
    assert shown("{{ d|due }}", d=dt.date(2026, 11, 20)) == '<span class="late">Late by 3 days</span>'
    assert shown("{{ n|in_days }}", n=14) == "14 days"
    assert shown('{{ m|money:"USD" }}', m=Decimal("1000")) == "USD\u00a01,000"
    assert shown("{{ m|money }}", m=Thing(amount=5, currency="XOF")) == "XOF\u00a05"


@pytest.mark.parametrize(
    "text",
    [
        "{% mark x x %}",
        "{% party x %}",
        "{% icon x %}",
        "{% state x %}",
        "{% band x %}",
        "{% mini_road x %}",
        "{% circle x %}",
        "{{ x|near_date }}",
        "{{ x|past_date }}",
        "{{ x|long_date }}",
        "{{ x|clock_time }}",
        "{{ x|days_ago }}",
        "{{ x|in_days }}",
        "{{ x|due }}",
        "{{ x|money:x }}",
        "{{ x|number }}",
        "{{ x|file_size }}",
        "{{ x|get:x }}",
        "{{ x|stage_name }}",
        "{% errors_summary x %}",
        "{{ x|met_ones }}",
        "{{ x|unmet_ones }}",
    ],
)
@pytest.mark.parametrize(
    "value", [None, "", "<i>", 7, -1.5, object(), [1], {"a": 1}, Decimal("NaN")], ids=lambda x: type(x).__name__
)
def test_unknown_input_never_breaks_a_page(text: str, value: object) -> None:
    assert "<i>" not in shown(text, x=value)


def test_circles_say_who_may_read() -> None:
    assert "Our side only" in shown("{% circle c %}", c=Thing(kind="own", label="Our side only"))


def test_errors_of_a_form_without_any_say_nothing() -> None:
    class Empty(forms.Form):
        pass

    assert shown("{% errors_summary form %}", form=Empty({})).strip() == ""


def test_a_page_that_is_not_there_fails_while_we_build_and_never_for_a_reader(settings: Any) -> None:
    assert shown("{% nav_url 'nowhere:at_all' %}") == "#"
    settings.DEBUG = True
    with pytest.raises(NoReverseMatch):
        shown("{% nav_url 'nowhere:at_all' %}")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2026-11-25", "25 November 2026"),
        ("2026-11-25T10:00", "25 November 2026, 10:00"),
        (dt.date(2026, 11, 25), "25 November 2026"),
        (dt.datetime(2026, 11, 25, 10), "25 November 2026, 10:00"),
        ("2026-13-45", "2026-13-45"),
        ("Since 2026-11-25 the pump stands still.", "Since 2026-11-25 the pump stands still."),
        (12, "12"),
    ],
)
def test_what_lies_beside_ones_own_is_read_as_people_write_it(value: object, read: str) -> None:
    assert as_read(value) == read
