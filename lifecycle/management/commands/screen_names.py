"""Names against a list, without the database: the matcher of name screening as a command."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import override

from lifecycle.screening import matching
from lifecycle.screening.formats import BadList, Entry, read_list
from lifecycle.screening.queries import sentence_of


class Command(BaseCommand):
    help = "Searches names, one a line, in a published list, and says what is near and why."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("list", metavar="LIST", type=Path, help="UN XML, SDN.CSV, EU CSV or targets.simple.csv")
        parser.add_argument("names", metavar="NAMES.csv", help="one name a line; - reads standard input")
        parser.add_argument("--alt", metavar="ALT.CSV", type=Path, help="the aliases that go with SDN.CSV")
        parser.add_argument("--threshold", type=int, default=settings.SCREENING_THRESHOLD, metavar="N", help="0 to 100")
        parser.add_argument("--json", action="store_true", help="one JSON array: per name its matches")

    def handle(self, *args: Any, **options: Any) -> None:
        entries = self._entries(options["list"], options["alt"])
        names = list(self._names(options["names"]))
        index = matching.Index([entry.names for entry in entries])
        with override("en"):
            found = [self._searched(name, index, entries, options["threshold"]) for name in names]
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))
            return
        for one in found:
            self.stdout.write(one["name"])
            for match in one["matches"]:
                self.stdout.write(f"  {match['score']:3} {match['listed']} [{match['id']}]")
                for reason in match["reasons"]:
                    self.stdout.write(f"      {reason['text']}")
            if not one["matches"]:
                self.stdout.write("  -")

    def _entries(self, path: Path, alt: Path | None) -> list[Entry]:
        try:
            with path.open("rb") as file:
                if alt is None:
                    return list(read_list(file).entries)
                with alt.open("rb") as more:
                    return list(read_list(file, alt=more).entries)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        except BadList as bad:
            where = f", line {bad.line}" if bad.line else ""
            raise CommandError(f"{path}{where}: {bad.problem.label}") from bad

    def _names(self, path: str) -> Iterator[str]:
        """One name a line. Commas belong to a name ("Surname, Given"), unless the line is quoted as a table's."""
        try:
            text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8-sig")
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{path} is not in UTF-8.") from error
        for line in text.splitlines():
            name = line.strip()
            if name.startswith('"'):
                name = next(csv.reader([name]), [""])[0].strip()
            if name:
                yield name

    def _searched(self, name: str, index: matching.Index, entries: list[Entry], threshold: int) -> dict[str, Any]:
        matches = []
        for hit in index.find(name, threshold):
            entry = entries[hit.entry]
            compared = matching.compare(matching.read(name), matching.read(hit.listed))
            matches.append(
                {
                    "score": hit.score,
                    "listed": hit.listed,
                    "id": entry.uid,
                    "kind": entry.kind,
                    "names": entry.names,
                    "reasons": [
                        {"code": r.code, "ours": r.ours, "listed": r.listed, "text": sentence_of(r)}
                        for r in compared.reasons
                    ],
                }
            )
        return {"name": name, "matches": matches}
