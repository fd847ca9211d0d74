"""Where files lie on a disk of our own; and what holds wherever they lie."""

from __future__ import annotations

import contextlib
import logging
import os

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage

logger = logging.getLogger(__name__)


class StoreAway(OSError):
    """The store of files does not answer, or refuses: whatever storage it is, this is what it says."""


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


def let_go(storage: Storage, name: str | None) -> None:
    """Take away a file that no row names. What cannot be taken away now is swept later (orphans.py)."""
    if not name:
        return
    try:
        storage.delete(name)
    except OSError:
        logger.warning("a file that belongs to nobody could not be taken away", exc_info=True)
