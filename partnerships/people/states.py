"""Kinds of organisations, offices and memberships."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class OrganisationKind(models.TextChoices):
    NGO = "ngo", _("NGO")
    COMPANY = "company", _("Mining company")
    GOVERNMENT = "government", _("Public authority")
    COMMUNITY = "community", _("Community or Indigenous body")
    FUNDER = "funder", _("Funder")
    INTERMEDIARY = "intermediary", _("Broker or intermediary")


class OfficeKind(models.TextChoices):
    HEAD = "head", _("Head office")
    FIELD = "field", _("Field office or site")


class MembershipRole(models.TextChoices):
    ADMINISTRATOR = "administrator", _("Administrator")
    MEMBER = "member", _("Member")


class Delivery(models.TextChoices):
    """How a person wants one kind of notice."""

    NOW = "now", _("At once")
    DAILY = "daily", _("Once a day")
    NEVER = "never", _("Not by mail")


class Theme(models.TextChoices):
    """Light or dark pages; empty: as the device is set."""

    LIGHT = "light", pgettext_lazy("pages", "Light")
    DARK = "dark", pgettext_lazy("pages", "Dark")


class ReviewWord(models.TextChoices):
    """What an organisation calls it [EV4]."""

    REVIEW = "review", _("Review")
    EVALUATION = "evaluation", _("Evaluation")
