"""The texts that a partnership closes with, in order."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ClosingKind(models.TextChoices):
    REASON = "reason", _("Why we conclude")
    COMMUNITIES = "communities", _("What communities take over, and who stays reachable")
    GOVERNMENT = "government", _("What public authorities take over")
    MESSAGE = "message", _("What we say to others about it")
    DATA = "data", _("What happens to data, names and logos")


#: Agreed before concluding begins; the rest before the record closes (catalogue 8).
BEFORE_CONCLUDING = (ClosingKind.REASON, ClosingKind.COMMUNITIES, ClosingKind.GOVERNMENT, ClosingKind.MESSAGE)
