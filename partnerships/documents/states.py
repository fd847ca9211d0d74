"""How a supporting document is held, and the types of files that are taken."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Held(models.TextChoices):
    """A file is kept here; or it was seen and stays where it is; or people talked it through; or its time was over."""

    FILE = "file", _("File")
    SEEN = "seen", _("Seen, not kept")
    TALK = "talk", _("Answered in conversation")
    OVER = "over", _("No longer kept")


class FileType(models.TextChoices):
    """The types that are taken, by the content types they are served with."""

    PDF = "application/pdf", _("PDF")
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document", _("Word document")
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _("Excel workbook")
    PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation", _("PowerPoint presentation")
    ODT = "application/vnd.oasis.opendocument.text", _("OpenDocument text")
    ODS = "application/vnd.oasis.opendocument.spreadsheet", _("OpenDocument spreadsheet")
    ODP = "application/vnd.oasis.opendocument.presentation", _("OpenDocument presentation")
    JPEG = "image/jpeg", _("JPEG picture")
    PNG = "image/png", _("PNG picture")
    TEXT = "text/plain", _("Text file")
    CSV = "text/csv", _("CSV table")


#: Endings of names that belong to a type; the first is the one we write.
ENDINGS: dict[str, tuple[str, ...]] = {
    FileType.PDF: ("pdf",),
    FileType.DOCX: ("docx",),
    FileType.XLSX: ("xlsx",),
    FileType.PPTX: ("pptx",),
    FileType.ODT: ("odt",),
    FileType.ODS: ("ods",),
    FileType.ODP: ("odp",),
    FileType.JPEG: ("jpg", "jpeg", "jpe", "jfif"),
    FileType.PNG: ("png",),
    FileType.TEXT: ("txt", "text", "md", "log"),
    FileType.CSV: ("csv", "tsv"),
}
PICTURES: tuple[str, ...] = (FileType.JPEG, FileType.PNG)
