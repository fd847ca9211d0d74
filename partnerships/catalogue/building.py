"""An organisation's own version of a shipped instrument: everything shipped as it is, and statements of its own.

Arithmetic on plain data, as in drafting.py. What was shipped is never changed, so that reviews asked with it and with
an own version of it are compared on the statements that both have. Own statements, and the one dimension that may hold
them, have codes of the software's: what has such a code is the organisation's.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from .content import Path
from .drafting import ALPHABET, INSTEAD, Data

#: Where an own version says what it holds.
BUILDS_ON = "builds_on"
#: More than this beside the shipped ones is no review that people answer to the end.
MOST_OWN = 20
#: What an organisation says of a statement of its own.
KEYS = ("code", "dimension", "core", "text", "baseline_text")
_OWN = re.compile(rf"[sd][{ALPHABET}]{{7}}")


def is_added(code: str) -> bool:
    """Whether an organisation's statement or dimension has this code; shipped ones are called trust.2, or trust."""
    return _OWN.fullmatch(code) is not None


def added(content: Data, key: str = "items") -> list[Data]:
    """What an organisation added: its statements, or its dimension."""
    return [each for each in content.get(key, ()) if is_added(str(each.get("code", "")))]


def built(shipped: Data, code: str, version: int, own: Data) -> Data:
    """A content that holds a shipped one (as written), with what `own` adds to it."""
    made = copy.deepcopy(shipped) | {BUILDS_ON: {"code": code, "version": version}}
    for key in ("dimensions", "items"):
        made[key] = [*made.get(key, ()), *copy.deepcopy(added(own, key))]
    return made


def arranged(content: Data, shipped: Data) -> Data:
    """The content in the order in which it is asked: what is shipped as it is shipped, then what was added."""
    made = dict(content)
    for key in ("dimensions", "items"):
        order = {each["code"]: at for at, each in enumerate(shipped.get(key, ()))}
        made[key] = sorted(content.get(key, ()), key=lambda each, o=order: o.get(each["code"], len(o)))  # type: ignore[misc]
    return made


def departures(content: Data, shipped: Data | None) -> Iterator[tuple[Path, str]]:
    """Where a content says something else than the shipped version that it builds on, and what is too much of its own.

    Each with the way to it; `shipped` is nothing where no such version is known.
    """
    if shipped is None:
        yield (BUILDS_ON,), _("say which shipped version it builds on, as in a file that you download here")
        return
    for key in shipped:
        if key not in ("dimensions", "items") and content.get(key) != shipped[key]:
            yield (key,), _("this is shipped: leave it as it is")
    for key in content:
        if key not in shipped and key not in (BUILDS_ON, "dimensions", "items"):
            yield (key,), _("the shipped version has none: leave it out")
    for key in ("dimensions", "items"):
        yield from _departures(key, content, shipped)
    own = _own(content, shipped, "dimensions")
    if len(own) > 1:
        yield ("dimensions", own[1]), _("one dimension of your own at most")
    own = _own(content, shipped, "items")
    if not own:
        yield ("items",), _("there is no statement of your own in it yet")
    elif len(own) > MOST_OWN:
        yield ("items", own[MOST_OWN]), _("at most %(n)s statements of your own") % {"n": MOST_OWN}


def _things(content: Data, key: str) -> list[tuple[int, Data]]:
    found = content.get(key)
    return [
        (place, each) for place, each in enumerate(found if isinstance(found, list) else ()) if isinstance(each, dict)
    ]


def _own(content: Data, shipped: Data, key: str) -> list[int]:
    known = {each["code"] for each in shipped.get(key, ())}
    return [place for place, each in _things(content, key) if each.get("code") not in known]


def _departures(key: str, content: Data, shipped: Data) -> Iterator[tuple[Path, str]]:
    here = {str(each.get("code")): (place, each) for place, each in reversed(_things(content, key))}
    for each in shipped.get(key, ()):
        place, thing = here.get(each["code"], (None, {}))
        if place is None:
            message = (
                _("the shipped statement %(code)s is missing")
                if key == "items"
                else _("the shipped dimension %(code)s is missing")
            )
            yield (key,), message % {"code": each["code"]}
            continue
        fields = [*each, *(name for name in thing if name not in each and name != INSTEAD)]
        for name in fields:
            if thing.get(name) != each.get(name):
                yield (key, place, name), _("this is shipped: leave it as it is")
    for place in _own(content, shipped, key):
        thing = content[key][place]
        for name in thing:
            if key == "items" and name not in (*KEYS, INSTEAD):
                yield (key, place, name), _("a statement of your own has none of this")
