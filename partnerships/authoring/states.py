"""The words for what a question is, on pages and in spreadsheets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Direction(models.TextChoices):
    """Who is asked about whom."""

    BOTH = "both", _("Each about itself")
    NGO_ABOUT_COMPANY = "ngo_about_company", _("The NGO about the company")
    COMPANY_ABOUT_NGO = "company_about_ngo", _("The company about the NGO")
    ABOUT_AUTHORITY = "about_authority", _("About a public authority")


class Critical(models.IntegerChoices):
    NO = 0, _("Not critical")
    MEASURE = 1, _("Critical")
    STOP = 2, _("Serious means stop")


class Depth(models.TextChoices):
    """The lightest checklist that asks it."""

    LIGHT = "light", _("Light")
    STANDARD = "standard", _("Standard")
    FULL = "full", _("Full")


class Answer(models.TextChoices):
    SCALE = "scale", _("Concern")
    TEXT = "text", pgettext_lazy("type of answer", "Text")
    CHOICE = "choice", _("One choice")
    CHOICES = "choices", _("Several choices")
    NUMBER = "number", pgettext_lazy("type of answer", "Number")
    DATE = "date", pgettext_lazy("type of answer", "Date")
    FILE = "file", pgettext_lazy("type of answer", "Document")


class Means(models.TextChoices):
    """What choosing an option means for the decision."""

    NOTHING = "", _("Nothing for the decision")
    NONE = "none", _("No concern")
    SOME = "some", _("Some concern")
    SERIOUS = "serious", _("Serious concern")
    UNKNOWN = "unknown", _("Not known yet")


#: Facts that the record itself knows.
RECORD_FACTS = {"exploration": _("The mine is being explored"), "operating": _("The mine is not in exploration")}
DIRECTION_HELPS = {
    "both": _("Every partner answers about itself; the others check it."),
    "ngo_about_company": _("An NGO looks at a company."),
    "company_about_ngo": _("A company looks at an NGO."),
    "about_authority": _("Asked about an authority that is a partner, at any depth."),
}
CRITICAL_HELPS = {
    0: _("It informs the decision."),
    1: _("A serious concern needs a measure, with an owner and a date. It must be known before anybody decides."),
    2: _("A serious concern ends it: not now. Some concern needs a decision of the board."),
}
DEPTH_HELPS = {
    "light": _("Asked always. Critical questions belong here."),
    "standard": _("For money, a site and several years."),
    "full": _("For large sums, high risk, or a history between the partners."),
}
ANSWER_HELPS = {
    "scale": _("No concern, some, serious, not known yet, does not apply; with a note."),
    "text": _("In words. It counts as no concern once it is answered."),
    "choice": _("One of the answers that you write below."),
    "choices": _("Any of the answers that you write below."),
    "number": _("With its unit."),
    "date": _("A day."),
    "file": _("The document itself is the answer."),
}
#: What a field of a question is called, by its key in the catalogue.
FIELDS = {
    "title": pgettext_lazy("of a library", "Name"),
    "intro": _("Introduction"),
    "code": _("Code"),
    "theme": _("Theme"),
    "text": _("Question"),
    "direction": _("Who is asked"),
    "critical": _("How critical"),
    "depth": _("Asked from"),
    "answer": _("Answer"),
    "options": _("Answers to choose from"),
    "level": _("What it means"),
    "unit": _("Unit"),
    "guidance": _("Guidance"),
    "evidence": _("What supports the answer"),
    "documents": _("Kinds of documents"),
    "lessons": _("Lessons"),
    "only_if": _("Only if"),
    "themes": _("Themes"),
    "facts": _("Facts"),
    "items": _("Questions"),
    "dimension": _("Dimension"),
    "dimensions": _("Dimensions"),
    "baseline_text": _("As an expectation"),
    "core": _("In the core"),
}
#: The same of a review: its items are statements.
STATEMENT_FIELDS = FIELDS | {
    "title": pgettext_lazy("of a review", "Name"),
    "text": _("Statement"),
    "items": _("Statements"),
    "builds_on": _("The shipped version"),
    "scale": _("Scale"),
    "dont_know": _("Don’t know"),
    "baseline_intro": _("Introduction of the baseline"),
    "talk": _("How to talk about it"),
    "help": _("Help"),
}
LANGUAGE_NAMES = {"en": _("English"), "fr": _("French"), "es": _("Spanish")}


def fields_of(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the fields of this content are called: those of a review, or of a library."""
    return STATEMENT_FIELDS if "dimensions" in content else FIELDS


class Core(models.TextChoices):
    """Whether a statement is asked in the short form of a review."""

    YES = "yes", _("Yes")
    NO = "no", _("No")


CORE_HELPS = {
    "yes": _("Asked in the core and at full length."),
    "no": _("Asked only where all statements are."),
}
