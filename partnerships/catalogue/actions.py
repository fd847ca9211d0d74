"""Storing the shipped catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .. import clock
from .loading import DATA, CatalogueError, Problem, read_all
from .models import CatalogueVersion


@dataclass(frozen=True, slots=True)
class Loaded:
    added: int
    unchanged: int


def load_all(folder: Path = DATA) -> Loaded:
    """Stores the shipped versions that are not stored yet; the others must say what they said.

    Runs twice, or on two machines at once, without a second effect. Raises CatalogueError and stores nothing where a
    file is wrong or a stored version would change.
    """
    shipped = read_all(folder)
    stored = {
        (kind, code, version): checksum
        for kind, code, version, checksum in CatalogueVersion.objects.shipped().values_list(
            "kind", "code", "version", "checksum"
        )
    }
    changed = [
        Problem(
            each.file,
            1,
            "",
            f"version {each.version} is already stored with other content, and what was asked must stay readable: "
            f"keep this file as it was, and ship the change as {each.kind}-{each.code}-v{each.version + 1}.yaml",
        )
        for each in shipped
        if stored.get((each.kind, each.code, each.version), each.checksum) != each.checksum
    ]
    if changed:
        raise CatalogueError(changed)
    new = [each for each in shipped if (each.kind, each.code, each.version) not in stored]
    if not new:
        return Loaded(added=0, unchanged=len(shipped))
    now = clock.now()
    CatalogueVersion.objects.bulk_create(
        [
            CatalogueVersion(
                kind=each.kind,
                code=each.code,
                version=each.version,
                title=each.title,
                content=each.content,
                checksum=each.checksum,
                published_at=now,
            )
            for each in new
        ],
        ignore_conflicts=True,
    )
    return Loaded(added=len(new), unchanged=len(shipped) - len(new))
