"""Kinds of joint texts, drivers, clocks; and who approves what is said."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Text(models.TextChoices):
    """What all partners approve together, word by word. An edit clears the approvals."""

    PLAN = "plan", _("Communication plan")
    SPOKESPEOPLE = "spokespeople", _("Spokespeople")
    QA = "qa", _("Questions and answers")
    HOLDING = "holding", _("Holding statement")
    FACTS = "facts", _("Facts that anybody may use")
    ANNOUNCEMENT = "announcement", _("Announcement of the partnership")
    PUBLIC = "public", _("Something to say in public")
    QUIET = "quiet", _("Quiet period")
    NAMES = "names", _("Use of names and logos")


#: One of each in a partnership, for as long as it lasts.
STANDING: tuple[str, ...] = (
    Text.PLAN,
    Text.SPOKESPEOPLE,
    Text.QA,
    Text.HOLDING,
    Text.FACTS,
    Text.ANNOUNCEMENT,
)
#: Approved by all before a signature, and before work starts.
BEFORE_SIGNING: tuple[str, ...] = (Text.PLAN, Text.SPOKESPEOPLE, Text.QA, Text.HOLDING)
#: Made of rows of their own; the others are one text.
MADE_OF_ROWS: tuple[str, ...] = (Text.PLAN, Text.SPOKESPEOPLE, Text.QA)
#: Whoever becomes a partner later approves these too; the others stand as they were approved.
KEPT_UP: tuple[str, ...] = (Text.PLAN, Text.SPOKESPEOPLE, Text.QA, Text.HOLDING, Text.FACTS)
#: Written one by one, as often as wanted.
WRITTEN: tuple[str, ...] = tuple(kind for kind in Text.values if kind not in MADE_OF_ROWS)


class Drive(models.TextChoices):
    """What moves a partner, from the deepest to the most concrete."""

    DRIVER = "driver", _("A driver: why we are here at all")
    INTEREST = "interest", _("An interest: what we need from it")
    WANT = "want", _("A want: what we ask for now")


class Approvers(models.TextChoices):
    """Who approves what is said to an audience."""

    OWNER = "owner", _("Whoever speaks, within what is agreed")
    ALL = "all", _("All partners, each time")


class Covers(models.TextChoices):
    """Whom a briefing of the own staff reached."""

    HEAD = "head", _("Head office")
    FIELD = "field", _("Site or field")
    BOTH = "both", _("Both, or we have one office only")


#: What each briefing adds to "head and field".
REACHES: dict[str, frozenset[str]] = {
    Covers.HEAD: frozenset({Covers.HEAD.value}),
    Covers.FIELD: frozenset({Covers.FIELD.value}),
    Covers.BOTH: frozenset({Covers.HEAD.value, Covers.FIELD.value}),
}

#: Codes of the catalogue's plan that the software knows by name.
STAFF, MEDIA, INDIGENOUS, COMMUNITIES = "staff", "media_public", "indigenous", "communities"
#: Audiences whose words reach no authority unless they chose so.
PROTECTED: frozenset[str] = frozenset({INDIGENOUS, COMMUNITIES})
#: Days after which an unanswered question from colleagues is said to be late.
QUESTION_DAYS = 30
