"""The usual circles, and the words for them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class CircleKind(models.TextChoices):
    """Who may read an item. `CHOSEN` is any other set of parties."""

    AUTHOR = "author", _("Only me")
    OWN = "own", _("Our side only")
    CAUCUS = "caucus", _("Our side and the broker")
    PARTNERS_ALONE = "partners_alone", _("The partners, without the broker")
    PARTNERS = "partners", _("The partners and the broker")
    ALL = "all", _("All parties")
    CHOSEN = "chosen", _("Chosen parties")
