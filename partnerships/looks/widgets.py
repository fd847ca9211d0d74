"""The inputs that Django does not have: a scale, choices that explain themselves, a file input that says its limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from . import format as words
from .typed import plain_number

Text = str | Promise
#: What a scale sends for "don't know". Sending nothing means: not answered.
DONT_KNOW = "dk"


class ScaleWidget(forms.RadioSelect):
    """0 to 4 in one row of large targets, "don't know" under it. `guess=True`: smaller, what others may say."""

    template_name = "looks/widgets/scale.html"
    option_template_name = "looks/widgets/scale_option.html"
    own_layout = True

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        choices: Iterable[tuple[Any, Any]] = (),
        *,
        ends: tuple[Text, Text] = (_("not true"), _("fully true")),
        guess: bool = False,
    ) -> None:
        super().__init__(attrs, choices)
        self.ends = ends
        self.fieldset_class = "cg-scale cg-scale--guess" if guess else "cg-scale"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        options = [option for _group, group, _index in context["widget"]["optgroups"] for option in group]
        context["widget"]["row"] = [option for option in options if option["value"] not in ("", DONT_KNOW)]
        context["widget"]["dont_know"] = next((option for option in options if option["value"] == DONT_KNOW), None)
        context["widget"]["ends"] = self.ends
        return context


class ScaleField(forms.TypedChoiceField):
    """An answer on the scale: an int, DONT_KNOW, or None when not answered."""

    widget = ScaleWidget

    def __init__(
        self,
        *,
        low: int = 0,
        high: int = 4,
        dont_know: bool = True,
        ends: tuple[Text, Text] | None = None,
        guess: bool = False,
        **kwargs: Any,
    ) -> None:
        choices: list[tuple[str, Text]] = [(str(step), str(step)) for step in range(low, high + 1)]
        if dont_know:
            choices.append((DONT_KNOW, _("Don’t know")))
        widget = ScaleWidget(ends=ends, guess=guess) if ends else ScaleWidget(guess=guess)
        kwargs = {"required": False, "empty_value": None, "coerce": self.read, "widget": widget, **kwargs}
        super().__init__(choices=choices, **kwargs)

    @staticmethod
    def read(value: str) -> int | str:
        return DONT_KNOW if value == DONT_KNOW else int(value)


class _Explained(forms.RadioSelect):
    """Shared by both kinds of cards: an option may carry a line that says what choosing it means."""

    template_name = "looks/widgets/cards.html"
    own_layout = True
    fieldset_class = "cg-choices"

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        choices: Iterable[tuple[Any, Any]] = (),
        *,
        helps: Mapping[Any, Text] | Callable[[], Mapping[Any, Text]] | None = None,
    ) -> None:
        super().__init__(attrs, choices)
        self.helps = helps

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        helps = self.helps() if callable(self.helps) else self.helps or {}
        key = getattr(value, "value", value)
        option["help"] = helps.get(key) or helps.get(str(key)) or ""
        return option


class ChoiceCards(_Explained):
    """One of a few, each with a line of help: `ChoiceCards(helps={"go": "Both sides …"})`."""


class CheckCards(_Explained):
    """Any of a few, each with a line of help."""

    input_type = "checkbox"
    allow_multiple_selected = True

    def use_required_attribute(self, initial: object) -> bool:
        """Browsers would want every box ticked."""
        return False

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.getlist(name) if hasattr(data, "getlist") else data.get(name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Nothing ticked and not asked look the same in a form's data."""
        return False


class LimitedFileInput(forms.ClearableFileInput):
    """A file input that says what it takes before somebody tries: `kinds` in words, `accept` for the browser."""

    template_name = "looks/widgets/file.html"

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        *,
        max_bytes: int | None = None,
        kinds: Text = "",
        accept: Sequence[str] = (),
    ) -> None:
        super().__init__({**(attrs or {}), **({"accept": ",".join(accept)} if accept else {})})
        self.max_bytes = max_bytes
        self.kinds = kinds

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["kinds"] = self.kinds
        context["widget"]["limit"] = words.file_size(self.max_bytes) if self.max_bytes else ""
        return context


class DayInput(forms.DateInput):
    """A day, with the browser's own calendar; it always sends and takes ISO days."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    """A day and hour in the reader's time zone."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


#: Years that a day of ours can lie in. Beyond them is a slip of the hand, and reckoning on from it fails.
FIRST_YEAR, LAST_YEAR = 1900, 2199


def in_our_time(day: date) -> None:
    """Refuse the years 1 and 9999: a day before the one, or after the other, is none, and every sweep counts days."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(
            _("Look at the year: it lies between %(first)s and %(last)s.") % {"first": FIRST_YEAR, "last": LAST_YEAR},
            code="year",
        )


class DayField(forms.DateField):
    """A day that can be reckoned with. Every form takes its days through this."""

    widget = DayInput
    default_validators = [in_our_time]


class MomentField(forms.DateTimeField):
    """A day and hour that can be reckoned with, in the reader's time zone."""

    widget = MomentInput
    default_validators = [in_our_time]


#: Characters of a text over several lines, where its form names no other limit.
WORDS = 4000


class WordsField(forms.CharField):
    """A text over several lines, with an end: what one person pastes, everybody who opens the page loads.

    The browser lets nobody type more, the server refuses it. In a ModelForm it is named in `field_classes`.
    `sometimes`: needed with some answers to another question. Its help says with which; "optional" would not be true.
    """

    widget: Any = forms.Textarea

    def __init__(self, *, max_length: int | None = None, sometimes: bool = False, **kwargs: Any) -> None:
        if sometimes:
            kwargs["required"] = False
        super().__init__(max_length=max_length or WORDS, **kwargs)
        if sometimes:
            self.widget.own_layout = True


class SometimesField(WordsField):
    """The same for `field_classes`, which take no arguments."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "sometimes": True})


class NumberField(forms.DecimalField):
    """A number as people write it in their language: "12,5" or "12.5", "1 200" or "1,200"."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_digits": 18, "decimal_places": 6, "localize": True, **kwargs})
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def to_python(self, value: Any) -> Any:
        try:
            plain = plain_number(value) if isinstance(value, str) else value
        except ValueError as error:
            digits = "".join(c for c in value if c.isdigit())
            told = {"whole": digits, "parts": words.number(Decimal(f"{digits[:-3]}.{digits[-3:]}"), 3)}
            raise ValidationError(
                _("This can be read in two ways. Write %(whole)s, or %(parts)s.") % told, code="two_ways"
            ) from error
        return super().to_python(plain)
