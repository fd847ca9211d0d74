"""Content that an organisation is still writing: incomplete texts, problems by item and field, codes, differences.

Everything here is arithmetic on plain data (what `CatalogueDraft.content` holds): the keys are those of content.py, but
a text may have only some of the languages, and what is not written yet is simply not there.

**Codes** are given by the software and never used again for something else. A code means a question, so that results of
two rounds, or two partners, are compared only where the question is the same:

- Where the answer takes another form (direction, type of answer, options, unit), it is another question: a new code.
- Where a *shipped* question is worded anew, it is another question too: shipped codes mean shipped words.
- Where an organisation words its *own* question anew, it says whether it still asks the same.
- A language that is added to the words makes them no other words, in a question, an answer to choose from or a fact.
- A *statement* of a review keeps its code only while its words stay: there is no answer beside the figure to read.
- Guidance, evidence, lessons, criticality, depth and conditions may change: the question is the same.

Whoever goes back to the published words gets the published code back.
"""

from __future__ import annotations

import copy
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from .content import KINDS, LANGUAGES, Path
from .loading import CODE, Decoder

Data = dict[str, Any]
#: In the draft only: the published question that an item takes the place of.
INSTEAD = "instead_of"
#: What an answer looks like, and what is asked. A statement is asked in other words at a baseline.
FORM = ("direction", "answer", "options", "unit", "baseline_text")
WORDS = "text"
#: Longest code that an answer can point at, and a fact.
CODE_LENGTH = 16
#: More than this is no checklist that anybody answers.
MOST_QUESTIONS = 300
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_OWN = re.compile(rf"q[{ALPHABET}]{{7}}")
#: Lists of a draft whose things have codes.
LISTS = ("themes", "dimensions", "facts", "items")
#: The headings of a list, with the key by which an item names its own, and the first letter of an own one's code.
GROUPS = (("themes", "theme", "t"), ("dimensions", "dimension", "d"))


def new_code(first: str = "q") -> str:
    """A code that nobody has: 34 random bits, since other organisations' codes are not ours to look at."""
    return first + "".join(secrets.choice(ALPHABET) for _n in range(7))


def item_code(item: Data) -> str:
    """A code for an item of an organisation: a question's begins with q, a statement's with s."""
    return new_code("s" if "dimension" in item else "q")


def is_own(code: str) -> bool:
    """Whether an organisation's question has this code; shipped ones are called 4.2."""
    return _OWN.fullmatch(code) is not None


# Texts ----------------------------------------------------------------------------------------------------------------
def is_text(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and set(value) <= {*LANGUAGES, "missing"}


def filled(data: Any, language: str) -> Any:
    """The data with every text in every language: what nobody wrote repeats what was written, and says so."""
    if is_text(data):
        written = {each: data[each] for each in LANGUAGES if each in data}
        first = written.get(language) or next(iter(written.values()), "")
        missing = [each for each in LANGUAGES if each not in written]
        return {each: written.get(each, first) for each in LANGUAGES} | ({"missing": missing} if missing else {})
    if isinstance(data, dict):
        return {key: filled(value, language) for key, value in data.items() if key != INSTEAD}
    return [filled(each, language) for each in data] if isinstance(data, list) else data


def written(data: Any) -> Any:
    """The reverse of `filled`: only what somebody wrote."""
    if is_text(data):
        return {each: data[each] for each in LANGUAGES if each in data and each not in data.get("missing", ())}
    if isinstance(data, dict):
        return {key: written(value) for key, value in data.items()}
    return [written(each) for each in data] if isinstance(data, list) else copy.copy(data)


def words(data: Mapping[str, str] | None, language: str) -> str:
    """An unfinished text for a reader: in the language if it is there, else as it was written."""
    data = data or {}
    return data.get(language) or next((data[each] for each in LANGUAGES if data.get(each)), "")


# Problems -------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class DraftProblem:
    """Something that a draft lacks. `path` leads to it: ("items", 3, "guidance")."""

    path: Path
    message: str


class _DraftDecoder(Decoder):
    """Says what is missing at its own place, so that a form can lead there."""

    def missing(self, path: Path, name: str) -> None:
        self.wrong((*path, name), _("this is missing"))


def empty(kind: str) -> Data:
    """The content of a list in which nothing stands yet."""
    if kind == "library":
        return {"intro": {}, "themes": [], "facts": [], "items": []}
    return {"dimensions": [], "items": []} if kind == "instrument" else {"intro": {}, "items": []}


_EMPTY = {
    "themes": lambda: _("no question belongs to it"),
    "dimensions": lambda: _("no statement belongs to it"),
}


def problems_of(
    kind: str, title: Any, content: Data, language: str, known: Mapping[str, Iterable[str]]
) -> list[DraftProblem]:
    """Everything that stands between a draft and its publication, each with the way to it.

    `known` are the codes that may be pointed at, by key: lessons, documents.
    """
    decoder = _DraftDecoder()
    full = filled({**content, "title": title}, language)
    if not is_text(full.pop("title")):
        decoder.wrong(("title",), _("give it a name"))
    typed = decoder.decode(KINDS[kind], full)
    found = list(decoder.found)
    if typed is not None:
        found += [
            # A group is named by where it stands, not by its code.
            (path, _EMPTY[str(path[0])]()) if path[0] in _EMPTY and len(path) == 2 else (path, message)
            for path, message in typed.problems()
        ]
    items = content.get("items")
    for place, item in enumerate(items if isinstance(items, list) else ()):
        if not isinstance(item, dict):
            continue
        if len(str(item.get("code", ""))) > CODE_LENGTH:
            found.append((("items", place, "code"), _("a code has at most %(n)s characters") % {"n": CODE_LENGTH}))
        for key, codes in known.items():
            pointed = item.get(key)
            unknown = [code for code in pointed if str(code) not in codes] if isinstance(pointed, list) else []
            found += [(("items", place, key), _("“%(code)s” is not known") % {"code": code}) for code in unknown]
    if isinstance(items, list) and len(items) > MOST_QUESTIONS:
        found.append((("items",), _("A library has at most %(n)s questions.") % {"n": MOST_QUESTIONS}))
    if not items:
        found.append((("items",), _("there is no question in it yet")))
    return [DraftProblem(path, message) for path, message in dict.fromkeys(found)]


def complete(content: Data, language: str) -> Data:
    """What is stored when a draft is published."""
    made: Data = filled(content, language)
    return {key: value for key, value in made.items() if value not in ([], {}) or key == "items"}


# Codes ----------------------------------------------------------------------------------------------------------------
def says_the_same(now: Any, before: Any) -> bool:
    """Whether what stood there stands there word for word; it may stand there in more languages."""
    if is_text(now) and is_text(before):
        return all(now.get(language) == text for language, text in before.items())
    if isinstance(now, list) and isinstance(before, list):
        return len(now) == len(before) and all(map(says_the_same, now, before))
    if isinstance(now, dict) and isinstance(before, dict):
        return now.keys() == before.keys() and all(says_the_same(now[key], before[key]) for key in before)
    return (now or None) == (before or None)


def same_form(now: Data, before: Data) -> bool:
    return all(says_the_same(now.get(key), before.get(key)) for key in FORM)


def same_question(now: Data, before: Data) -> bool:
    """Whether both ask the same, to be answered in the same way."""
    return same_form(now, before) and says_the_same(now.get(WORDS), before.get(WORDS))


def settled(item: Data, published: Mapping[str, Data], *, same: bool = False) -> Data:
    """The item under the code that it may have (see the module); `same`: its author says it still asks the same."""
    code = item.get(INSTEAD) or item["code"]
    before = published.get(code)
    if before is None:
        return {key: value for key, value in item.items() if key != INSTEAD}
    keeps = same_question(item, before) or (same and is_own(code) and same_form(item, before))
    if keeps:
        return {key: value for key, value in (item | {"code": code}).items() if key != INSTEAD}
    return item | {"code": item["code"] if item.get(INSTEAD) else item_code(item), INSTEAD: code}


def settled_fact(fact: Data, published: Mapping[str, Data]) -> Data:
    """A fact that says something else is another fact: what was said about the old one does not hold for it."""
    before = published.get(fact["code"])
    if before is None or says_the_same(fact.get("title"), before.get("title")):
        return fact
    return fact | {"code": new_code("f")}


def recoded(content: Data, before: Data) -> Data:
    """A content from a file, in which people made up codes for what is new, under codes of ours.

    What is known keeps its code where it is the same question, so that reading a file twice changes nothing: a code of
    `before` (draft or published), else the same words and form. References follow.
    """
    made = copy.deepcopy(content)
    new: dict[str, dict[str, str]] = {}
    for key, first in (*((key, first) for key, _of, first in GROUPS), ("facts", "f")):
        known = {each["code"]: each for each in before.get(key, ())}
        free = _free(made.get(key, ()), known, "title")
        new[key] = {}
        for each in made.get(key, ()):
            old = each["code"]
            code = old if old in known else free.pop(_key(each.get("title")), None) or new_code(first)
            if key == "facts":
                code = settled_fact(each | {"code": code}, known)["code"]
            new[key][old] = each["code"] = code
    known = {each["code"]: each for each in before.get("items", ())}
    free = _free(made.get("items", ()), known, WORDS)
    for place, item in enumerate(made.get("items", ())):
        code = item["code"]
        found = free.pop(_key(item.get(WORDS)), None) if code not in known else code
        if item.get("options") and found is not None:
            item = item | {"options": options_as_before(item["options"], known[found].get("options", []))}
        if code not in known:
            code = found if found is not None and same_question(item, known[found]) else item_code(item)
        item = item | {"code": code}
        if INSTEAD in known.get(code, {}):
            item[INSTEAD] = known[code][INSTEAD]
        for key, of, _first in GROUPS:
            if of in item:
                item[of] = new[key].get(item[of], item[of])
        if item.get("only_if"):
            item["only_if"] = [new["facts"].get(each, each) for each in item["only_if"]]
        made["items"][place] = item
    return made


def options_as_before(options: list[Data], before: list[Data]) -> list[Data]:
    """The options under the codes that they had, where nothing about them was changed but languages came in."""

    def plain(each: list[Data]) -> list[Data]:
        return [{key: value for key, value in option.items() if key != "code"} for option in each]

    if not says_the_same(plain(options), plain(before)):
        return options
    return [now | {"code": old["code"]} for now, old in zip(options, before, strict=True)]


def _free(things: Iterable[Data], known: Mapping[str, Data], key: str) -> dict[str, str]:
    """The known things that the file does not name by their code, by their words."""
    named = {each["code"] for each in things}
    return {_key(each.get(key)): code for code, each in known.items() if code not in named}


def _key(text: Any) -> str:
    return "|".join(f"{each}:{text[each]}" for each in LANGUAGES if each in text) if isinstance(text, dict) else ""


def resettled(content: Data, published: Data) -> Data:
    """The content with every question under the code that it may have; a code that stands in a file says "the same"."""
    known = {each["code"]: each for each in published.get("items", ())}
    return content | {"items": [settled(item, known, same=True) for item in content.get("items", ())]}


# Differences ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not what it was. `fields` are the keys that differ, each with before and after."""

    before: Data | None
    after: Data | None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Differences:
    """Of one content to another, for each of its lists: added, removed, changed, replaced."""

    added: dict[str, list[Data]] = field(default_factory=dict)
    removed: dict[str, list[Data]] = field(default_factory=dict)
    changed: dict[str, list[Change]] = field(default_factory=dict)
    #: Questions that take the place of another one.
    replaced: list[Change] = field(default_factory=list)
    reordered: bool = False
    intro: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.reordered or self.intro or self.replaced) and not any(
            each for found in (self.added, self.removed, self.changed) for each in found.values()
        )


def differences(before: Data, after: Data) -> Differences:
    """What was added, left out, changed or replaced between two contents (as written, see `written`)."""
    added: dict[str, list[Data]] = {}
    removed: dict[str, list[Data]] = {}
    changed: dict[str, list[Change]] = {}
    replaced: list[Change] = []
    reordered = False
    for key in LISTS:
        old = {each["code"]: each for each in before.get(key, ())}
        new = {each["code"]: each for each in after.get(key, ())}
        instead = {each[INSTEAD]: each for each in new.values() if each.get(INSTEAD) in old}
        replaced += [Change(old[code], each, _differ(old[code], each)) for code, each in instead.items()]
        added[key] = [each for code, each in new.items() if code not in old and each.get(INSTEAD) not in old]
        removed[key] = [each for code, each in old.items() if code not in new and code not in instead]
        changed[key] = [
            Change(old[code], each, fields)
            for code, each in new.items()
            if code in old and (fields := _differ(old[code], each))
        ]
        both = [code for code in old if code in new]
        reordered = reordered or both != [code for code in new if code in old]
    intro = (before.get("intro") or {}) != (after.get("intro") or {})
    return Differences(added, removed, changed, replaced, reordered, intro)


def _differ(one: Data, other: Data) -> tuple[str, ...]:
    keys = [*one, *(key for key in other if key not in one)]
    return tuple(k for k in keys if k not in ("code", INSTEAD) and (one.get(k) or None) != (other.get(k) or None))


def valid_code(code: str) -> bool:
    return CODE.fullmatch(code) is not None and len(code) <= CODE_LENGTH


def of_theme(items: Sequence[Data], theme: str) -> list[Data]:
    return [item for item in items if item.get("theme") == theme]
