"""Prior work: who tried this, here or elsewhere, and what can be reused."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from partnerships.access.models import Circled


class PriorWork(Circled):
    """Something that exists already: a tool, a study, another partnership; a link where there is one, and a note."""

    title = models.CharField(_("What it is, and whose"), max_length=160)
    link = models.URLField(_("Where it can be read"), max_length=500, blank=True)
    note = models.TextField(_("What we can reuse, and what they learned"), blank=True)

    class Meta:
        verbose_name_plural = "prior work"

    def __str__(self) -> str:
        return f"prior work {self.public_id}"
