"""The kinds of content that the catalogue ships."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    LESSONS = "lessons", _("Lessons of practice")
    GROUND_RULES = "ground_rules", _("Ground rules")
    SCREEN = "screen", _("Fit screen")
    CANVAS = "canvas", _("Canvas")
    CARDS = "cards", _("How-we-work cards")
    SPECTRUM = "spectrum", _("Collaboration spectrum")
    LIBRARY = "library", _("Question library")
    CLAUSES = "clauses", _("Agreement clauses")
    INSTRUMENT = "instrument", _("Review instrument")
    PLAN = "plan", _("Communication plan templates")
    DOCUMENT_KINDS = "document_kinds", _("Kinds of documents")
    FLAGS = "flags", _("Flags")
