"""Stages, roles, functions and levels: the words that the whole house shares."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    """The road, in order."""

    SCOPING = "scoping", _("Scoping")
    DILIGENCE = "diligence", _("Due diligence")
    AGREEMENT = "agreement", _("Agreement")
    IMPLEMENTATION = "implementation", _("Implementation")
    CONCLUDING = "concluding", _("Concluding")
    CONCLUDED = "concluded", _("Concluded")


class Standing(models.TextChoices):
    """Whether the partnership is going on; apart from how far it has come."""

    ACTIVE = "active", _("Active")
    ON_HOLD = "on_hold", _("On hold")
    ENDED = "ended", _("Ended")
    NOT_PURSUED = "not_pursued", _("Not pursued")
    CLOSED = "closed", _("Closed")


class Role(models.TextChoices):
    PARTNER = "partner", _("Partner")
    BROKER = "broker", _("Broker")
    RIGHTS_HOLDER = "rights_holder", _("Rights-holder body")
    AUTHORITY = "authority", _("Public authority")
    FUNDER = "funder", _("Funder")
    ADVISER = "adviser", _("Technical adviser")


class Sector(models.TextChoices):
    """What a partnership works on; several may be chosen. A closed list, so that records can be found by it."""

    HEALTH = "health", _("Health")
    EDUCATION = "education", _("Education and training")
    WATER = "water", _("Water and sanitation")
    LIVELIHOODS = "livelihoods", _("Livelihoods and enterprise")
    AGRICULTURE = "agriculture", _("Agriculture and fisheries")
    ENVIRONMENT = "environment", _("Environment and biodiversity")
    INFRASTRUCTURE = "infrastructure", _("Infrastructure and energy")
    GOVERNANCE = "governance", _("Governance and rights")
    CULTURE = "culture", _("Culture and heritage")
    EMERGENCY = "emergency", _("Emergency relief")
    ARTISANAL = "artisanal", _("Artisanal and small-scale mining")
    CLOSURE = "closure", _("Mine closure and transition")


def sectors_in_order(codes: Iterable[str]) -> list[str]:
    """The same sectors, each once, in the order of the list; what is not in it is left out."""
    chosen = set(codes)
    return [code for code in Sector.values if code in chosen]


class Function(models.TextChoices):
    MANAGEMENT = "management", _("General management")
    COMMUNITY = "community", _("Community relations or programmes")
    OPERATIONS = "operations", _("Operations")
    FINANCE = "finance", _("Finance")
    LEGAL = "legal", _("Legal and compliance")
    COMMUNICATION = "communication", _("Communication")
    ENVIRONMENT = "environment", _("Environment and safety")
    RIGHTS = "rights", _("Human rights and safeguarding")
    MONITORING = "monitoring", _("Monitoring and learning")
    OTHER = "other", _("Another function")


class Level(models.TextChoices):
    EXECUTIVE = "executive", _("Executive")
    MANAGEMENT = "management", _("Management")
    FIELD = "field", _("Site or field")


class Duty(models.TextChoices):
    LEAD = "lead", _("Lead")
    STAND_IN = "stand_in", _("Stand-in")
    MEMBER = "member", _("Team member")


STAGES: tuple[str, ...] = tuple(Stage.values)
