"""Names against the lists that are in force, in the database: few rows are read, whatever the size of a list.

Measured with 200,000 entries (docs/bench.md): an index in the memory of each process took six seconds and 150 MB
for the first name; the keys of twenty names are found in some hundredths of a second, by an index, in every process.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from . import matching
from .models import ListedEntry, ListedKey, ListVersion, unpacked

#: Entries fetched in one statement.
CHUNK = 2000


@dataclass(frozen=True)
class Hit:
    """A listed entry near to a name."""

    version: ListVersion
    entry: ListedEntry
    listed: str
    score: int


def search(versions: Sequence[ListVersion], names: Iterable[str], threshold: int) -> dict[str, list[Hit]]:
    """For each name what stands near it, the nearest first. A statement for the keys, then one per 2,000 entries."""
    read = {name: matching.read(name) for name in dict.fromkeys(names)}
    wanted = {name: matching.keys(one) for name, one in read.items()}
    every_key = sorted({key for keys in wanted.values() for key in keys})
    postings: dict[int, dict[str, Sequence[int]]] = defaultdict(dict)
    for start in range(0, len(every_key), CHUNK):
        rows = ListedKey.objects.filter(version__in=versions, key__in=every_key[start : start + CHUNK])
        for version_id, key, text in rows.values_list("version", "key", "numbers"):
            postings[version_id][key] = unpacked(text)
    found: dict[str, list[Hit]] = {name: [] for name in read}
    for version in versions:
        held = postings[version.pk]
        near = {
            name: matching.promising({key: held[key] for key in keys if key in held}, version.entries_count)
            for name, keys in wanted.items()
        }
        entries = _entries(version, {number for numbers in near.values() for number in numbers})
        for name, numbers in near.items():
            for number in numbers:
                if (entry := entries.get(number)) is None:
                    continue
                score, listed = matching.best_of(read[name], entry.names)
                if score >= threshold:
                    found[name].append(Hit(version, entry, listed, score))
    for hits in found.values():
        hits.sort(key=lambda hit: (-hit.score, hit.version.pk, hit.entry.number))
    return found


def _entries(version: ListVersion, numbers: set[int]) -> dict[int, ListedEntry]:
    ordered = sorted(numbers)
    found: dict[int, ListedEntry] = {}
    for start in range(0, len(ordered), CHUNK):
        for entry in ListedEntry.objects.filter(version=version, number__in=ordered[start : start + CHUNK]):
            found[entry.number] = entry
    return found
