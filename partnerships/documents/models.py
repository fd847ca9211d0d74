"""Supporting documents: files, and what was seen or said instead of a file."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..access.ids import new_public_id
from ..access.models import Circled
from .states import PICTURES, FileType, Held


def random_path(instance: Any, filename: str) -> str:
    """Where a file lies: nothing of its name, its kind or its record."""
    name = new_public_id() + new_public_id()
    return f"documents/{name[:2]}/{name}"


class Document(Circled):
    """A document once, cited often. Without a file: seen elsewhere and not kept, answered in conversation, or its time
    was over: then the file went, and what it was stays.
    """

    held = models.CharField(max_length=8, choices=Held.choices, default=Held.FILE)
    title = models.CharField(_("what it is"), max_length=200)
    #: Code of a kind of document in the catalogue, which says how long it is kept; empty: not said.
    kind = models.CharField(_("kind"), max_length=60, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    #: Its own last day here. With a reason it stands in place of what the kind says, else the earlier one counts.
    keep_until = models.DateField(_("kept until"), null=True, blank=True)
    #: Why it is kept longer than its kind says; the own side reads it.
    keep_reason = models.TextField(_("why longer than its kind says"), blank=True)
    #: When its side was told that the time is nearly over; None: not yet, or not since this was last changed.
    warned_on = models.DateField(null=True, editable=False)
    #: When its file was last tried to be removed, and the store refused.
    tried_at = models.DateTimeField(null=True, editable=False)
    removed_on = models.DateField(null=True, editable=False)

    file = models.FileField(upload_to=random_path, max_length=120, blank=True)
    #: For display and download only.
    original_name = models.CharField(max_length=200, blank=True)
    content_type = models.CharField(max_length=100, blank=True, choices=FileType.choices)
    #: Bytes, and their hash in hexadecimal, of what is stored (pictures are stored smaller than they came).
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)

    #: Who saw it, or who talked; when; where it is held, or with whom they talked.
    witness = models.CharField(max_length=160, blank=True)
    witnessed_on = models.DateField(null=True, blank=True)
    whereabouts = models.CharField(max_length=200, blank=True)
    note = models.TextField(_("what it showed, in a line or two"), blank=True)

    class Meta:
        indexes = [models.Index(fields=["partnership", "-id"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(held=Held.FILE, sha256__gt="")
                | Q(held=Held.OVER, sha256__gt="", file="", removed_on__isnull=False)
                | Q(held__in=[Held.SEEN, Held.TALK], sha256="", witnessed_on__isnull=False),
                name="document_file_or_witness",
            ),
            models.CheckConstraint(
                condition=Q(keep_reason="") | Q(keep_until__isnull=False), name="document_reason_has_a_day"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_file(self) -> bool:
        return self.held == Held.FILE

    @property
    def is_picture(self) -> bool:
        return self.is_file and self.content_type in PICTURES

    @property
    def is_out_of_date(self) -> bool:
        return self.valid_until is not None and self.valid_until < clock.today()
