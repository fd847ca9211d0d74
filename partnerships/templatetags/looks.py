"""Tags and filters of every template (a builtin: nothing to load). Unknown input shows as nothing or as itself."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Hashable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django import forms, template
from django.conf import settings
from django.forms.formsets import BaseFormSet
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from partnerships.looks import format as words
from partnerships.looks import marks, svg

register = template.Library()

#: A state's icon, and its word where the page gives none. Only "your turn" is a filled label.
STATES: dict[str, tuple[str, object]] = {
    "met": ("tick", _("Met")),
    "done": ("tick", _("Done")),
    "you": ("", _("Your turn")),
    "waiting": ("dots", _("Waiting")),
    "not_yet": ("dash", _("Not yet")),
    "sealed": ("lock", _("Sealed")),
    "holds": ("gate", _("Holds a stage")),
    "high": ("high", _("High")),
    "warn": ("warn", _("Warning")),
    "none": ("dash", _("None")),
}
#: Other words that code uses for the same.
_SAME = {"open": "not_yet", "locked": "sealed", "gate": "holds", "warning": "warn", "unmet": "not_yet"}
_CLASSES = {"met": "met", "done": "met", "you": "you", "high": "high", "warn": "warn"}


@register.simple_tag
def mark(role: object = "", variant: object = 0) -> SafeString:
    """The shape of a role, or of a party, hidden from readers aloud: a name always follows it."""
    if role and not isinstance(role, str):
        return marks.mark(marks.role_of(role), marks.variant_of(getattr(role, "mark_variant", variant)))
    return marks.mark(str(role or ""), marks.variant_of(variant))


@register.simple_tag
def party(who: object, strong: bool = False, short: bool = False) -> SafeString:
    """The mark and name of a party: anything with a name (or short_name), a role and a mark_variant."""
    if not who:
        return mark_safe("")
    name = _name_of(who, short=short)
    text = format_html("<b>{}</b>", name) if strong else format_html("{}", name)
    role = marks.role_of(who)
    sign = marks.mark(role, marks.variant_of(getattr(who, "mark_variant", 0))) if role else mark_safe("")
    return format_html('<span class="cg-party">{}{}</span>', sign, text)


def _name_of(who: object, *, short: bool) -> str:
    organisation = getattr(who, "organisation", None)
    wanted = ("short_name", "name") if short else ("name", "short_name")
    for holder in (who, organisation):
        for field in wanted:
            if value := getattr(holder, field, ""):
                return str(value)
    return str(who)


@register.simple_tag
def icon(name: object) -> SafeString:
    """A hairline icon: lock, tick, dash, dots, gate, page, cross, bell, eye, people; the signs high and warn."""
    return marks.icon(str(name or ""))


@register.simple_tag
def state(kind: object, text: object = "") -> SafeString:
    """A state as icon and word; only "you" (your turn) is a filled label."""
    key = str(kind or "")
    key = _SAME.get(key, key)
    sign, word = STATES.get(key, ("", key))
    said = text or word
    if not said:
        return mark_safe("")
    extra = f" cg-state--{_CLASSES[key]}" if key in _CLASSES else ""
    return format_html('<span class="cg-state{}">{} {}</span>', extra, marks.icon(sign), said)


@register.simple_tag
def band(value: object, text: object = "") -> SafeString:
    """A band (at_risk, fragile, working, strong, or 0 to 3) as four bars and its word."""
    name = text or svg.band_name(value)
    return format_html('<span class="cg-band">{}{}</span>', svg.band_icon(value), name) if name else mark_safe("")


@register.simple_tag
def mini_road(stage: object) -> SafeString:
    """The six stops of the road, small; write the stage's name beside it."""
    return svg.mini_road(stage)


@register.filter
def stage_name(stage: object) -> str:
    """A stage's name in the reader's language."""
    return svg.stage_name(stage)


def _moment(value: object) -> dt.date | None:
    return value if isinstance(value, dt.date) else None


@register.filter
def near_date(value: object) -> str:
    """ "Wed 25 Nov"."""
    moment = _moment(value)
    return words.near_date(moment) if moment else ""


@register.filter
def past_date(value: object) -> str:
    """ "12 Nov"; with the year when it differs."""
    moment = _moment(value)
    return words.past_date(moment) if moment else ""


@register.filter
def long_date(value: object) -> str:
    """ "25 November 2026"."""
    moment = _moment(value)
    return words.long_date(moment) if moment else ""


#: As a browser sends a day, or a day and an hour.
_TYPED_DAY = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?)?")


@register.filter
def as_read(value: object) -> str:
    """A form's value as people read it: a day, or a day and an hour, in words, also where it was typed."""
    if isinstance(value, str) and _TYPED_DAY.fullmatch(value):
        with suppress(ValueError):
            value = dt.datetime.fromisoformat(value) if ":" in value else dt.date.fromisoformat(value)
    if isinstance(value, dt.datetime):
        return f"{words.long_date(value)}, {words.clock_time(value)}"
    return words.long_date(value) if isinstance(value, dt.date) else str(value)


@register.filter
def language_inside(code: str) -> str:
    """A language's name within a line."""
    return words.language_inside(code)


@register.filter
def clock_time(value: object) -> str:
    """ "14:02", in the reader's time zone."""
    return words.clock_time(value) if isinstance(value, dt.datetime) else ""


@register.filter
def days_ago(value: object) -> str:
    """ "5 days ago"; for days to come "in 5 days"."""
    moment = _moment(value)
    return words.days_ago(moment) if moment else ""


@register.filter
def in_days(value: object) -> str:
    """A count, or the time since a date, in days: "70 days"."""
    if isinstance(value, dt.timedelta):
        return words.days(value.days)
    if isinstance(value, int):
        return words.days(value)
    moment = _moment(value)
    return words.days(words.days_between(moment)) if moment else ""


@register.filter
def due(value: object) -> SafeString:
    """By when: "By Wed 25 Nov", or "Late by 3 days" as a warning."""
    moment = _moment(value)
    if moment is None:
        return mark_safe("")
    late = words.late_by(moment)
    return (
        format_html('<span class="late">{}</span>', late)
        if late
        else format_html("<span>{}</span>", words.due_words(moment))
    )


def _decimal(value: object) -> Decimal | None:
    try:
        exact = Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    return exact if exact.is_finite() else None


@register.filter
def money(amount: object, currency: object = "") -> str:
    """An amount with its currency: `{{ value|money:"USD" }}`; objects with amount and currency need no argument."""
    exact = _decimal(getattr(amount, "amount", amount))
    if exact is None:
        return ""
    code = str(currency or getattr(amount, "currency", "") or "")
    return words.money(exact, code) if code else words.number(exact)


@register.filter
def number(value: object) -> str:
    """A figure grouped by the reader's language."""
    exact = _decimal(value)
    return words.number(exact) if exact is not None else ""


@register.filter
def figure(value: object) -> str:
    """{{ measurement.measured|figure }}: with the decimals that it has."""
    exact = _decimal(value)
    return words.figure(exact) if exact is not None else ""


@register.filter
def file_size(value: object) -> str:
    """Bytes in words: "2.4 MB"."""
    exact = _decimal(value)
    return words.file_size(int(exact)) if exact is not None else ""


@register.filter
def direction(text: object) -> str:
    """{{ comment.text|direction }}: for `dir` on paper, where WeasyPrint takes `auto` for left to right."""
    return words.direction(str(text))


@register.filter
def get(mapping: object, key: object) -> object:
    """A dictionary's entry by a key that is itself a variable."""
    return mapping.get(key, "") if isinstance(mapping, dict) and isinstance(key, Hashable) else ""


@register.filter
def met_ones(conditions: object) -> list[object]:
    """The conditions that hold nothing back: met, or going on without was agreed."""
    return [one for one in _each(conditions) if _flag(one, "passes")]


@register.filter
def unmet_ones(conditions: object) -> list[object]:
    """The conditions that hold the next stage."""
    return [one for one in _each(conditions) if not _flag(one, "passes")]


def _each(things: object) -> list[object]:
    return list(things) if isinstance(things, Iterable) and not isinstance(things, str) else []


def _flag(thing: object, name: str) -> bool:
    return bool(thing.get(name) if isinstance(thing, dict) else getattr(thing, name, False))


@dataclass(frozen=True)
class Problem:
    """One thing that was not accepted, and the input it belongs to."""

    text: str
    label: str = ""
    target: str = ""


def _problems(form: forms.BaseForm) -> list[Problem]:
    found = [Problem(str(error)) for error in form.non_field_errors()]
    for field in form:
        label = str(field.label or "")
        target = f"{field.auto_id}_0" if field.use_fieldset else field.id_for_label
        for error in field.errors:
            hidden = field.is_hidden
            found.append(Problem(str(error), "" if hidden else label, "" if hidden else target))
    return found


@register.inclusion_tag("components/errors.html")
def errors_summary(form: object) -> dict[str, object]:
    """What was not accepted in a form or formset, on top of it, each with a link to its input."""
    if isinstance(form, BaseFormSet):
        every = [Problem(str(error)) for error in form.non_form_errors()] if form.is_bound else []
        return {"problems": every + [problem for one in form.forms for problem in _problems(one)]}
    if isinstance(form, forms.BaseForm) and form.is_bound:
        return {"problems": _problems(form)}
    return {"problems": []}


#: A circle's icon: alone, own side, or more.
_CIRCLE_ICONS = {"author": "lock", "own": "lock", "caucus": "lock"}


@register.simple_tag
def circle(who: object) -> SafeString:
    """Who may read an item, in words: anything with a label (or its text) and a kind."""
    label = getattr(who, "label", "") or str(who or "")
    label = label() if callable(label) else label
    if not label:
        return mark_safe("")
    sign = _CIRCLE_ICONS.get(str(getattr(who, "kind", "") or ""), "eye")
    hidden = _("Who may read this:")
    return format_html(
        '<span class="cg-circle">{}<span class="visually-hidden">{} </span>{}</span>', marks.icon(sign), hidden, label
    )


@register.simple_tag
def nav_url(name: str) -> str:
    """The address of a page of the frame. A name that nothing answers to fails while we build, never for a reader."""
    try:
        return reverse(name)
    except NoReverseMatch:
        if settings.DEBUG:
            raise
        return "#"


@register.simple_tag(takes_context=True)
def here(context: Context, *names: str) -> SafeString:
    """`aria-current` for the entry of the frame whose pages (or namespaces) the present one belongs to."""
    match = getattr(context.get("request"), "resolver_match", None)
    if match is not None and (match.view_name in names or match.namespace in names):
        return mark_safe(' aria-current="page"')
    return mark_safe("")
