"""Where files lie on a disk of our own."""

from __future__ import annotations

import contextlib
import os

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage


class WholeFiles(FileSystemStorage):
    """A file is there whole, or not at all: what a full disk took of it goes again, since no row would know of it."""

    def _save(self, name: str, content: File[bytes]) -> str:
        try:
            saved: str = super()._save(name, content)  # type: ignore[misc]
        except OSError:
            with contextlib.suppress(OSError):
                os.remove(self.path(name))
            raise
        return saved
