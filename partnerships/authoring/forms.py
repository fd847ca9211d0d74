"""Forms of a library's draft: they clean, actions write. Texts come in three languages; one is enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..catalogue.content import LANGUAGES, DocumentKinds
from ..catalogue.drafting import INSTEAD, Data, is_own, options_as_before
from ..catalogue.loading import shipped_lessons
from ..catalogue.models import CatalogueDraft
from ..catalogue.queries import current_content
from ..catalogue.states import Kind
from ..looks.format import language_inside
from ..looks.widgets import CheckCards, ChoiceCards, LimitedFileInput
from .actions import mark_of
from .readings import facts_in_words, said
from .shelves import Shelf
from .states import (
    ANSWER_HELPS,
    CORE_HELPS,
    CRITICAL_HELPS,
    DEPTH_HELPS,
    DIRECTION_HELPS,
    FIELDS,
    LANGUAGE_NAMES,
    Answer,
    Core,
    Critical,
    Depth,
    Direction,
    Means,
    fields_of,
)
from .telling import in_words

#: Largest file that fills a library in: ours has 45 kB.
UPLOAD_BYTES = 2 * 1024 * 1024
#: Answers to choose from: room for so many at once, and two more than there are.
OPTIONS, MOST_OPTIONS = 4, 20


class TextsForm(forms.Form):
    """A form whose texts may be written in several languages: the draft's own first, the others folded away."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, draft: CatalogueDraft, thing: Data | None = None, **kwargs: Any) -> None:
        self.draft, self.thing = draft, thing or {}
        self.texts: dict[str, list[str]] = {}
        self.initial_texts: dict[str, str] = {"seen": mark_of(thing)}
        super().__init__(*args, **kwargs)
        self.initial = {**self.initial_texts, **self.initial}

    @property
    def languages(self) -> list[str]:
        """The draft's language, then the others."""
        return sorted(LANGUAGES, key=lambda each: each != self.draft.language)

    def add_text(
        self, name: str, label: Any, *, text: Any = None, rows: int = 0, help_text: Any = "", needed: bool = False,
        most: int = 2000, quiet: bool = False,
    ) -> None:  # fmt: skip
        names = []
        for language in self.languages:
            own = language == self.draft.language
            widget: Any = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
            widget.attrs["lang"] = language
            # "Optional" is said where a text may stay away for good, not where a draft may be saved without it.
            widget.own_layout = needed or quiet or not own
            field = forms.CharField(
                label=label if own else LANGUAGE_NAMES[language],
                required=False,
                max_length=most,
                widget=widget,
                help_text=help_text if own else "",
            )
            self.fields[f"{name}_{language}"] = field
            self.initial[f"{name}_{language}"] = (text or {}).get(language, "")
            names.append(f"{name}_{language}")
        self.texts[name] = names
        if needed:
            self.needed = [*getattr(self, "needed", []), name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in getattr(self, "needed", []):
            if not self.text_of(name):
                self.add_error(self.texts[name][0], _("Write it in one language at least."))
        return cleaned

    def text_of(self, name: str) -> Data:
        """What was written, in the languages in which it was."""
        return {
            language: " ".join(typed.split()) if name in ("title", "unit") else typed.strip()
            for language in LANGUAGES
            if (typed := self.cleaned_data.get(f"{name}_{language}", "")).strip()
        }

    def shown_text(self, name: str) -> dict[str, Any]:
        """For the template: the first language's field, and the others'."""
        first, *others = (self[each] for each in self.texts[name])
        return {
            "first": first,
            "others": others,
            "open": any(each.errors for each in others),
            "written": ", ".join(language_inside(each.name[-2:]) for each in others if each.value()),
        }

    def compare(self, newer: Data) -> list[dict[str, str]]:
        """What stands there now beside what was typed, where they differ (components/newer.html)."""
        found = []
        for name in self.texts:
            now = newer.get(name) or {}
            yours = self.text_of(name)
            found += [
                {
                    "label": f"{self[self.texts[name][0]].label}, {LANGUAGE_NAMES[language]}",
                    "theirs": now.get(language, ""),
                    "yours": yours.get(language, ""),
                }
                for language in LANGUAGES
                if now.get(language, "") != yours.get(language, "")
            ]
        return found


class AboutForm(TextsForm):
    """Name and introduction; the introduction of a review is shipped, and stays."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_review = self.draft.kind == Kind.INSTRUMENT
        label = _("Name of the review") if is_review else _("Name of the library")
        self.add_text("title", label, text=self.thing.get("title"), needed=True, most=160)
        if is_review:
            return
        self.add_text(
            "intro",
            _("Introduction"),
            text=self.thing.get("intro"),
            rows=4,
            quiet=True,
            help_text=_("Stands above the questions: who answers, and who reads it."),
        )


class GroupForm(TextsForm):
    """A theme, a dimension of a review, or a fact."""

    def __init__(self, *args: Any, fact: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_text(
            "title",
            _("The fact") if fact else self._name(),
            text=self.thing.get("title"),
            help_text=_("As a sentence that is true or not: “Indigenous rights are affected”.") if fact else "",
            needed=True,
            most=160,
        )
        self.add_text(
            "text",
            _("How to tell") if fact else _("What it is about, in a sentence"),
            text=self.thing.get("text"),
            rows=2,
        )

    def _name(self) -> Any:
        return _("Name of the dimension") if self.draft.kind == Kind.INSTRUMENT else _("Name of the theme")


class StatementForm(TextsForm):
    """One statement that an organisation adds to a review."""

    dimension = forms.ChoiceField(label=_("Dimension"))
    core = forms.ChoiceField(label=_("In the core"), choices=Core.choices, widget=ChoiceCards(helps=CORE_HELPS))

    def __init__(self, *args: Any, draft: CatalogueDraft, thing: Data | None = None, theme: str = "", **kwargs: Any):
        super().__init__(*args, draft=draft, thing=thing, **kwargs)
        field: Any = self.fields["dimension"]
        field.choices = [(each["code"], str(said(each.get("title")))) for each in draft.content["dimensions"]]
        self.initial = {
            **self.initial,
            "dimension": self.thing.get("dimension", theme),
            "core": Core.YES if self.thing.get("core") else Core.NO,
        }
        self.add_text(
            "text",
            _("Statement"),
            text=self.thing.get("text"),
            rows=2,
            needed=True,
            most=300,
            help_text=_("A sentence that is true or not, seen from where people work: “We pay on time.”"),
        )
        self.add_text(
            "baseline_text",
            _("As an expectation"),
            text=self.thing.get("baseline_text"),
            rows=2,
            most=300,
            help_text=_("For the baseline: “In a year, we will pay on time.” Left empty, the statement is asked."),
        )

    def values(self) -> dict[str, Any]:
        """The statement as the catalogue writes it."""
        return {
            "dimension": self.cleaned_data["dimension"],
            "core": self.cleaned_data["core"] == Core.YES,
            "text": self.text_of("text"),
            "baseline_text": self.text_of("baseline_text"),
        }

    def compare(self, newer: Data) -> list[dict[str, str]]:
        """The words of each language, and what is chosen, where they differ."""
        yours, fields = self.values(), fields_of(self.draft.content)
        return [
            {
                "label": str(fields[key]),
                "theirs": in_words(key, newer.get(key) or None, self.draft.content),
                "yours": in_words(key, mine, self.draft.content),
            }
            for key, mine in yours.items()
            if (newer.get(key) or None) != (mine or None)
        ]


class QuestionForm(TextsForm):
    """One question, with everything that belongs to it."""

    theme = forms.ChoiceField(label=_("Theme"))
    direction = forms.ChoiceField(
        label=_("Who is asked"), choices=Direction.choices, widget=ChoiceCards(helps=DIRECTION_HELPS)
    )
    critical = forms.TypedChoiceField(
        label=_("How critical"), choices=Critical.choices, coerce=int, widget=ChoiceCards(helps=CRITICAL_HELPS)
    )
    depth = forms.ChoiceField(label=_("Asked from"), choices=Depth.choices, widget=ChoiceCards(helps=DEPTH_HELPS))
    answer = forms.ChoiceField(label=_("Answer"), choices=Answer.choices, widget=ChoiceCards(helps=ANSWER_HELPS))
    documents = forms.MultipleChoiceField(
        label=_("Kinds of documents"), required=False, widget=forms.CheckboxSelectMultiple
    )
    lessons = forms.MultipleChoiceField(label=_("Lessons that say why you ask"), required=False, widget=CheckCards)
    only_if = forms.MultipleChoiceField(
        label=_("Ask only if one of these holds, or is not known yet"), required=False, widget=CheckCards
    )
    same = forms.ChoiceField(
        label=_("Since its words have been changed"),
        choices=[("yes", _("It asks the same")), ("no", _("It asks something else"))],
        widget=ChoiceCards(
            helps={
                "yes": _("Only said better: answers of different rounds are compared."),
                "no": _("It becomes a new question: earlier answers stay with the old one."),
            }
        ),
    )

    def __init__(self, *args: Any, draft: CatalogueDraft, thing: Data | None = None, theme: str = "", **kwargs: Any):
        super().__init__(*args, draft=draft, thing=thing, **kwargs)
        item = self.thing
        fields: Any = self.fields
        themes = [(each["code"], str(said(each.get("title")))) for each in draft.content["themes"]]
        fields["theme"].choices = themes
        fields["documents"].choices = [(k.code, str(k.title)) for k in current_content(DocumentKinds).items]
        lessons = shipped_lessons().items
        fields["lessons"].choices = [(each.code, f"{each.code} {each.title}") for each in lessons]
        fields["lessons"].widget.helps = {each.code: str(each.why) for each in lessons}
        facts = facts_in_words(draft.content)
        fields["only_if"].choices = list(facts.items())
        fields["only_if"].widget.helps = {
            fact["code"]: str(said(fact.get("text"))) for fact in draft.content.get("facts", ())
        }
        plain = ("direction", "critical", "depth", "answer", "documents", "lessons", "only_if", "theme")
        defaults: Data = {"theme": theme, "direction": "both", "critical": 0, "depth": "standard", "answer": "scale"}
        self.initial = {**self.initial, **defaults, **{key: item[key] for key in plain if key in item}}
        self.add_text("text", _("Question"), text=item.get("text"), rows=3, needed=True)
        self.add_text(
            "guidance",
            _("Guidance"),
            text=item.get("guidance"),
            rows=3,
            quiet=True,
            help_text=_("What to look at, and what a good answer shows."),
        )
        self.add_text(
            "evidence",
            _("What supports the answer"),
            text=item.get("evidence"),
            rows=2,
            help_text=_("In words; leave it empty where a talk is enough."),
        )
        self.add_text(
            "unit",
            _("Unit"),
            text=item.get("unit"),
            most=40,
            quiet=True,
            help_text=_("Per cent, tonnes, people, dollars a year."),
        )
        self._add_options(item.get("options", ()))
        before = next((each for each in draft.before.get("items", ()) if each["code"] == self.published_code), None)
        if before is not None and is_own(before["code"]):
            self.initial["same"] = "no" if INSTEAD in item else "yes"
        else:
            del self.fields["same"]

    @property
    def published_code(self) -> str:
        """The published question that this one is, or takes the place of."""
        return str(self.thing.get(INSTEAD) or self.thing.get("code", ""))

    def _add_options(self, options: Sequence[Data]) -> None:
        room = len(options) + 2
        if self.is_bound:
            room = max(room, sum(1 for key in self.data if key.startswith("means_")))
        self.room = min(MOST_OPTIONS, max(OPTIONS, room))
        for number in range(self.room):
            option = options[number] if number < len(options) else {}
            label = _("Answer %(n)s") % {"n": number + 1}
            self.add_text(f"option_{number}", label, text=option.get("text"), most=300, quiet=True)
            field = forms.ChoiceField(label=_("What it means"), choices=Means.choices, required=False)
            means: Any = field.widget
            means.own_layout = True  # Not "optional": no meaning is one of the choices.
            self.fields[f"means_{number}"] = field
            self.initial[f"means_{number}"] = option.get("level") or ""

    def option_rows(self) -> list[dict[str, Any]]:
        return [{**self.shown_text(f"option_{n}"), "means": self[f"means_{n}"]} for n in range(self.room)]

    def text_rows(self) -> dict[str, dict[str, Any]]:
        return {name: self.shown_text(name) for name in ("text", "guidance", "evidence", "unit")}

    def _options(self) -> list[Data]:
        found: list[Data] = []
        for number in range(self.room):
            if text := self.text_of(f"option_{number}"):
                level = self.cleaned_data.get(f"means_{number}")
                found.append({"code": f"o{len(found) + 1}", "text": text, **({"level": level} if level else {})})
        return options_as_before(found, self.thing.get("options", []))

    def values(self) -> dict[str, Any]:
        """The question as the catalogue writes it. What belongs to another type of answer is let go."""
        answer = self.cleaned_data["answer"]
        return {
            **{key: self.cleaned_data[key] for key in ("theme", "direction", "critical", "depth", "answer")},
            **{key: self._chosen(key) for key in ("documents", "lessons", "only_if")},
            **{key: self.text_of(key) for key in ("text", "guidance", "evidence")},
            "unit": self.text_of("unit") if answer == Answer.NUMBER else {},
            "options": self._options() if answer in (Answer.CHOICE, Answer.CHOICES) else [],
        }

    def _chosen(self, key: str) -> list[str]:
        """What is ticked, in the order in which it stood, then what is new."""
        old = self.thing.get(key, [])
        chosen: list[str] = self.cleaned_data[key]
        return [*(code for code in old if code in chosen), *(code for code in chosen if code not in old)]

    def compare(self, newer: Data) -> list[dict[str, str]]:
        """The words of each language, and everything that is chosen."""
        yours = self.values()
        texts = ("text", "guidance", "evidence", "unit")
        found = []
        for key in (*texts, *(key for key in yours if key not in texts)):
            theirs, mine = newer.get(key) or None, yours[key] or None
            if theirs != mine:
                said_now, said_here = (in_words(key, each, self.draft.content) for each in (theirs, mine))
                found.append({"label": str(FIELDS[key]), "theirs": said_now, "yours": said_here})
        return found

    def is_same(self) -> bool:
        return self.cleaned_data.get("same") == "yes"


class StartForm(forms.Form):
    """What a new library, or a review of one's own, is made from."""

    title = forms.CharField(max_length=160, help_text=_("As the partners will read it."))
    language = forms.ChoiceField(
        label=_("We write it in"),
        choices=[(each, LANGUAGE_NAMES[each]) for each in LANGUAGES],
        help_text=_(
            "One language is enough: whoever reads in another one sees these words, and that they are not translated."
        ),
    )
    start = forms.ChoiceField(label=_("Begin with"), widget=ChoiceCards)

    def __init__(self, *args: Any, shelf: Shelf, sources: Sequence[tuple[str, str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].label = shelf.name_label
        field: Any = self.fields["start"]
        empty = [("empty", gettext("An empty library"))] if shelf.may_be_empty else []
        field.choices = [*((code, label) for code, label, _help in sources), *empty]
        field.widget.helps = {code: text for code, _label, text in sources} | {
            "empty": gettext("For an own list of questions, or one that you have in a spreadsheet.")
        }


class UploadForm(forms.Form):
    """A filled-in spreadsheet, or a YAML file."""

    file = forms.FileField(
        label=_("File"),
        widget=LimitedFileInput(
            max_bytes=UPLOAD_BYTES, kinds=_("Excel workbook or YAML file"), accept=(".xlsx", ".yaml", ".yml")
        ),
    )


class SeenForm(forms.Form):
    """The version of the draft that somebody looked at before saying yes."""

    version = forms.IntegerField(widget=forms.HiddenInput)
