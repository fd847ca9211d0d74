"""Files that belong to nobody: written by a process that died before its row stood, or whose row did not come about.

Each is taken away once it is a day old. What a row names stays, whatever its age and whichever table the row is in.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.db.models import FileField

logger = logging.getLogger(__name__)

#: Where we write files, and nothing else: what others put into the same store is not looked at.
FOLDERS = ("documents", "reports", "screening")
#: Longer than any request or task may take between a file and its row.
AGE = timedelta(hours=24)
#: Beyond so many, and this part of all files, the database is hardly the one that these files belong to.
MANY, PART = 20, 0.1
#: Names looked for at once; each time the whole table is read.
CHUNK = 5000


class NotOurs(Exception):
    """So many files without a row that the database may be an older one, or another's: nothing was taken away."""


def sweep(*, anyway: bool = False) -> int:
    """Take away what belongs to nobody. Returns how many files that were."""
    found = seen = 0
    lost: list[str] = []
    moment = _now_there(default_storage)
    for names in _chunks(_all_files(default_storage)):
        seen += len(names)
        # The rows are read after the names: a row that came meanwhile counts.
        lost += [name for name in sorted(set(names) - _with_a_row(names)) if _is_old(default_storage, name, moment)]
    if len(lost) > max(MANY, seen * PART) and not anyway:
        logger.error("%d of %d files have no row in this database; none was taken away", len(lost), seen)
        raise NotOurs
    for names in _chunks(lost):
        for name in sorted(set(names) - _with_a_row(names)):
            default_storage.delete(name)
            found += 1
    if found:
        logger.info("files that belong to nobody were taken away", extra={"files": found})
    return found


def _now_there(storage: Storage) -> datetime:
    """The time by the store's own clock, which stamps the files: ours may be another."""
    probe = storage.save(f"{FOLDERS[0]}/time", ContentFile(b"", name="time"))
    try:
        return storage.get_modified_time(probe)
    finally:
        storage.delete(probe)


def _is_old(storage: Storage, name: str, moment: datetime) -> bool:
    try:
        return storage.get_modified_time(name) < moment - AGE
    except FileNotFoundError:
        return False


def _all_files(storage: Storage) -> Iterator[str]:
    waiting = list(FOLDERS)
    while waiting:
        folder = waiting.pop()
        try:
            folders, files = storage.listdir(folder)
        except FileNotFoundError:
            continue
        waiting += [f"{folder}/{name}" for name in folders]
        yield from (f"{folder}/{name}" for name in files)


def _with_a_row(names: Sequence[str]) -> set[str]:
    """Those of these names that a row of any table names."""
    found: set[str] = set()
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, FileField):
                rows = model._base_manager.filter(**{f"{field.name}__in": names})
                found.update(rows.values_list(field.name, flat=True))
    return found


def _chunks(names: Iterable[str]) -> Iterator[list[str]]:
    left = iter(names)
    while chunk := list(islice(left, CHUNK)):
        yield chunk
