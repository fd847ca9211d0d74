"""The messages of the software, for bin/messages: gathered, sorted by where they stand, filled from JSON."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("fr", "es")


def po_path(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def gather() -> None:
    """What xgettext finds, merged into both files; guessed translations are dropped, and gone messages too."""
    heads = {language: dict(polib.pofile(str(po_path(language))).metadata) for language in LANGUAGES}
    command = [sys.executable, "manage.py", "makemessages", "--add-location=file", "--no-wrap", "-v0", "--no-obsolete"]
    for language in LANGUAGES:
        command += ["-l", language]
    for folder in (".venv", "var", "tests", "shots"):
        command += ["-i", folder]
    subprocess.run(command, cwd=ROOT, check=True)
    for language in LANGUAGES:
        po = polib.pofile(str(po_path(language)))
        po.metadata = heads[language]
        for entry in po:
            if "fuzzy" in entry.flags:
                entry.flags.remove("fuzzy")
                entry.msgstr, entry.msgstr_plural = "", dict.fromkeys(entry.msgstr_plural, "")
            entry.previous_msgid = entry.previous_msgid_plural = entry.previous_msgctxt = None
            entry.occurrences.sort()
        po.sort(key=lambda e: (e.occurrences, e.msgid, e.msgctxt or ""))
        po.save()


def key(entry: polib.POEntry) -> tuple[str, str]:
    return entry.msgctxt or "", entry.msgid


def missing(entry: polib.POEntry) -> bool:
    return not all(entry.msgstr_plural.values()) if entry.msgid_plural else not entry.msgstr


def todo() -> list[dict[str, object]]:
    found: dict[tuple[str, str], dict[str, object]] = {}
    for language in LANGUAGES:
        for entry in polib.pofile(str(po_path(language))):
            if missing(entry):
                row = found.setdefault(key(entry), {"msgid": entry.msgid})
                if entry.msgctxt:
                    row["context"] = entry.msgctxt
                if entry.msgid_plural:
                    row["plural"] = entry.msgid_plural
                row[language] = ["", ""] if entry.msgid_plural else ""
    return list(found.values())


def fill(rows: list[dict[str, object]]) -> None:
    """Translations of what has none: one text, or two (singular and plural)."""
    for language in LANGUAGES:
        po = polib.pofile(str(po_path(language)))
        entries = {key(entry): entry for entry in po}
        for row in rows:
            entry = entries.get((str(row.get("context", "")), str(row["msgid"])))
            words = row.get(language)
            if entry is None or not words or not missing(entry):
                continue
            if isinstance(words, list):
                entry.msgstr_plural = {n: str(word) for n, word in enumerate(words)}
            else:
                entry.msgstr = str(words)
        po.save()


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/messages")
    parser.add_argument("--todo", type=Path)
    parser.add_argument("--fill", type=Path, nargs="+", default=[])
    given = parser.parse_args()
    gather()
    for path in given.fill:
        fill(json.loads(path.read_text(encoding="utf-8")))
    left = todo()
    if given.todo:
        given.todo.write_text(json.dumps(left, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{len(left)} messages lack a translation.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
