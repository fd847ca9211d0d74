"""French and Spanish are whole: every message translated, nothing left in English, every placeholder kept."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parent.parent
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%%|</?\w+[^>]*>")
#: Messages that are the same word in a language: names, formats, and words that travelled.
SAME = Path(__file__).with_name("same_words.txt")


def entries(language: str) -> list[polib.POEntry]:
    po = polib.pofile(str(ROOT / "locale" / language / "LC_MESSAGES" / "django.po"))
    return [e for e in po if not e.obsolete]


def forms(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.mark.parametrize("language", ["fr", "es"])
def test_everything_is_translated(language: str) -> None:
    missing = [e.msgid for e in entries(language) if not all(forms(e)) or "fuzzy" in e.flags]
    assert missing == []


@pytest.mark.parametrize("language", ["fr", "es"])
def test_nothing_is_left_in_english(language: str) -> None:
    same = set(SAME.read_text(encoding="utf-8").splitlines())
    left = {e.msgid for e in entries(language) if e.msgid in forms(e) and re.search(r"[A-Za-z]{2}", e.msgid)}
    assert left - same == set()


@pytest.mark.parametrize("language", ["fr", "es"])
def test_placeholders_are_kept(language: str) -> None:
    broken = []
    for entry in entries(language):
        known = set(PLACEHOLDER.findall(entry.msgid)) | set(PLACEHOLDER.findall(entry.msgid_plural or ""))
        needed = set(PLACEHOLDER.findall(entry.msgid)) - {"%(count)s"}
        if entry.msgid_plural:
            # A singular may leave the number out ("every month").
            needed &= set(PLACEHOLDER.findall(entry.msgid_plural))
        broken += [(entry.msgid, f) for f in forms(entry) if not needed <= set(PLACEHOLDER.findall(f)) <= known]
    assert broken == []


def test_both_languages_have_the_same_messages() -> None:
    keys = [{(e.msgctxt, e.msgid) for e in entries(language)} for language in ("fr", "es")]
    assert keys[0] == keys[1]
    assert len(keys[0]) > 2000


def test_french_punctuation_stays_with_its_word() -> None:
    """Two-part punctuation has a space before it that must not break: a line never begins with a question mark."""
    loose = re.compile(r" [?;:!»]|« ")
    assert [f for e in entries("fr") for f in forms(e) if loose.search(f)] == []


def test_messages_are_marked_by_names_that_are_gathered() -> None:
    """bin/messages reads gettext and its kin by name: under another one a sentence stays English."""
    alias = re.compile(r"\b(?:gettext|ngettext|pgettext|npgettext)(?:_lazy)? as (?!_\b)\w+")
    roots = (ROOT / folder for folder in ("config", "partnerships", "lifecycle", "evaluation"))
    files = [path for root in roots for path in root.rglob("*.py")]
    assert len(files) > 300
    assert [str(path) for path in files if alias.search(path.read_text(encoding="utf-8"))] == []


TRANSLATED = re.compile(r"""\{% translate ['"]([^'"]+)['"](?: context ['"]([^'"]+)['"])? %\}""")


def test_a_cell_on_a_phone_has_the_words_of_its_column() -> None:
    """One English word is two in French ("By": Par, Pour le): the label must ask for the one that the head shows."""
    other = []
    for page in sorted((ROOT / "templates").rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        heads = {m.groups() for head in re.findall(r"<th\b.*?</th>", text, re.S) for m in TRANSLATED.finditer(head)}
        labels = {m.groups() for label in re.findall(r'data-label="(.*?)">', text) for m in TRANSLATED.finditer(label)}
        words = {word for word, _context in heads}
        other += [(page.name, label) for label in labels - heads if label[0] in words]
    assert other == []
