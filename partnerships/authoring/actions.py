"""Changing a draft, one thing at a time. Each is one transaction on the draft as it stands now.

A form carries the mark (`mark_of`) of the thing that it was filled in from: somebody else's change of another question
is no conflict, and a change of the same one is shown beside what was typed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..catalogue.actions import changing
from ..catalogue.building import KEYS as STATEMENT_KEYS
from ..catalogue.building import MOST_OWN, added, is_added
from ..catalogue.drafting import INSTEAD, MOST_QUESTIONS, Data, new_code, settled, settled_fact
from ..catalogue.models import CatalogueDraft
from ..people.models import User

#: In a question's data, in the order in which it is stored.
KEYS = (
    "code", "theme", "direction", "critical", "depth", "answer", "text", "guidance", "evidence", "documents", "lessons",
    "options", "unit", "only_if",
)  # fmt: skip


def mark_of(thing: Data | None) -> str:
    """A short mark of how a thing stands: two marks are the same where nobody changed it."""
    return hashlib.sha256(json.dumps(thing or {}, sort_keys=True).encode()).hexdigest()[:16]


def find(things: Sequence[Data], code: str) -> Data | None:
    """The thing with this code, or the one that took its place since."""
    return next((each for each in things if code in (each["code"], each.get(INSTEAD))), None)


def _unchanged(thing: Data | None, seen: str) -> None:
    if thing is None:
        raise ValidationError(_("Somebody removed this while you were writing."), code="gone")
    if mark_of(thing) != seen:
        raise ValidationError(
            _("Somebody else saved this while you were writing. Compare, and save again."), code="stale"
        )


def save_about(draft: CatalogueDraft, *, title: Data, intro: Data | None, seen: str, by: User) -> None:
    """Its name and its introduction (none: it stays as it is)."""
    with changing(draft, by=by) as locked:
        _unchanged(about_of(locked), seen)
        locked.title = title
        if intro is not None:
            locked.content["intro"] = intro


def about_of(draft: CatalogueDraft) -> Data:
    return {"title": draft.title, "intro": draft.content.get("intro") or {}}


# Themes and facts -----------------------------------------------------------------------------------------------------
def save_group(
    draft: CatalogueDraft, *, key: str, code: str | None, title: Data, text: Data, seen: str, by: User
) -> str:
    """Write a theme (`key` "themes"), a review's own dimension ("dimensions") or a fact ("facts"), a new one where
    there is no code. Returns its code."""
    with changing(draft, by=by) as locked:
        things = locked.content.setdefault(key, [])
        if key == "dimensions":
            _own_dimension(locked.content, code)
        said = {"title": title, **({"text": text} if text else {})}
        if code is None:
            made = new_code(key[0])
            things.append({"code": made, **said})
            return made
        thing = find(things, code)
        _unchanged(thing, seen)
        changed: Data = {"code": code, **said}
        if key == "facts":
            changed = settled_fact(changed, {each["code"]: each for each in locked.before.get("facts", ())})
            _follow(locked.content, code, changed["code"])
        locked.content[key] = [changed if each is thing else each for each in things]
        return str(changed["code"])


def _follow(content: Data, old: str, new: str) -> None:
    """Conditions go on pointing at a fact that has got another code."""
    for item in content["items"]:
        if old in item.get("only_if", ()):
            item["only_if"] = [new if code == old else code for code in item["only_if"]]


def _own_dimension(content: Data, code: str | None) -> None:
    """What is shipped stays; beside it there is room for one dimension of the organisation's own."""
    if code is not None and not is_added(code):
        raise ValidationError(SHIPPED())
    if code is None and added(content, "dimensions"):
        raise ValidationError(_("There is a dimension of your own already: one at most."))


def SHIPPED() -> str:
    return _("This is shipped: it stays as it is.")


def mark_of_group(draft: CatalogueDraft, code: str) -> str:
    """How a theme or a dimension stands, with everything that would go with it."""
    content = draft.content
    group = find([*content.get("themes", ()), *content.get("dimensions", ())], code)
    items = [each for each in content["items"] if code in (each.get("theme"), each.get("dimension"))]
    return mark_of({"group": group, "items": items})


def _as_seen(now: str, seen: str) -> None:
    """What goes is what was shown: what a colleague wrote since is not taken along."""
    if now != seen:
        raise ValidationError(
            _("Somebody changed it while you were looking. This is how it stands now: nothing was left out."),
            code="stale",
        )


def remove_dimension(draft: CatalogueDraft, *, code: str, seen: str, by: User) -> None:
    """The own dimension goes with its statements."""
    if not is_added(code):
        raise ValidationError(SHIPPED())
    with changing(draft, by=by) as locked:
        _as_seen(mark_of_group(locked, code), seen)
        for key, of in (("dimensions", "code"), ("items", "dimension")):
            locked.content[key] = [each for each in locked.content[key] if each.get(of) != code]


def remove_theme(draft: CatalogueDraft, *, code: str, seen: str, by: User) -> None:
    """A theme goes with its questions."""
    with changing(draft, by=by) as locked:
        _as_seen(mark_of_group(locked, code), seen)
        locked.content["themes"] = [each for each in locked.content["themes"] if each["code"] != code]
        locked.content["items"] = [each for each in locked.content["items"] if each.get("theme") != code]


def mark_of_fact(draft: CatalogueDraft, code: str) -> str:
    """How a fact stands, with the questions that depend on it."""
    items = [each for each in draft.content["items"] if code in each.get("only_if", ())]
    return mark_of({"fact": find(draft.content.get("facts", ()), code), "items": items})


def remove_fact(draft: CatalogueDraft, *, code: str, seen: str, by: User) -> None:
    """A fact goes; questions that were asked only if it held are asked always, unless another fact is left."""
    with changing(draft, by=by) as locked:
        _as_seen(mark_of_fact(locked, code), seen)
        locked.content["facts"] = [each for each in locked.content.get("facts", ()) if each["code"] != code]
        for item in locked.content["items"]:
            if left := [each for each in item.get("only_if", ()) if each != code]:
                item["only_if"] = left
            else:
                item.pop("only_if", None)


def move_theme(draft: CatalogueDraft, *, code: str, up: bool, by: User) -> None:
    with changing(draft, by=by) as locked:
        locked.content["themes"] = _moved(locked.content["themes"], code, up, lambda _each: True)


def _moved(things: list[Data], code: str, up: bool, among: Callable[[Data], bool]) -> list[Data]:
    """The list with one thing a place further up or down among its like."""
    places = [place for place, each in enumerate(things) if among(each)]
    at = next((number for number, place in enumerate(places) if things[place]["code"] == code), None)
    other = None if at is None else at + (-1 if up else 1)
    made = list(things)
    if at is not None and other is not None and 0 <= other < len(places):
        made[places[at]], made[places[other]] = made[places[other]], made[places[at]]
    return made


# Questions ------------------------------------------------------------------------------------------------------------
def save_question(
    draft: CatalogueDraft, *, code: str | None, values: dict[str, Any], same: bool, seen: str, by: User
) -> str:
    """Write a question, a new one where there is no code. Returns its code: another one where it asks something else.

    `same`: the author says that it asks what it asked before, in better words.
    """
    with changing(draft, by=by) as locked:
        items = locked.content["items"]
        if code is None:
            if len(items) >= MOST_QUESTIONS:
                raise ValidationError(_("A library has at most %(n)s questions.") % {"n": MOST_QUESTIONS})
            made = new_code()
            items.append(_in_order({"code": made, **values}))
            return made
        item = find(items, code)
        _unchanged(item, seen)
        changed: Data = {"code": code, **values}
        if item is not None:
            changed["code"] = item["code"]
            if INSTEAD in item:
                changed[INSTEAD] = item[INSTEAD]
        published = {each["code"]: each for each in locked.before.get("items", ())}
        changed = settled(_in_order(changed), published, same=same)
        locked.content["items"] = [changed if each is item else each for each in items]
        return str(changed["code"])


def _in_order(item: Data) -> Data:
    return {key: item[key] for key in (*KEYS, INSTEAD) if item.get(key) not in (None, "", [], {})}


def save_statement(draft: CatalogueDraft, *, code: str | None, values: dict[str, Any], seen: str, by: User) -> str:
    """Write a statement of one's own, a new one where there is no code. Returns its code: another for other words."""
    with changing(draft, by=by) as locked:
        items = locked.content["items"]
        if code is None:
            if len(added(locked.content)) >= MOST_OWN:
                raise ValidationError(_("At most %(n)s statements of your own.") % {"n": MOST_OWN})
            made = new_code("s")
            items.append(_statement({"code": made, **values}))
            return made
        if not is_added(code):
            raise ValidationError(SHIPPED())
        item = find(items, code)
        _unchanged(item, seen)
        changed: Data = {"code": code, **values}
        if item is not None:
            changed |= {key: item[key] for key in ("code", INSTEAD) if key in item}
        published = {each["code"]: each for each in locked.before.get("items", ())}
        changed = settled(_statement(changed), published)
        locked.content["items"] = [changed if each is item else each for each in items]
        return str(changed["code"])


def _statement(item: Data) -> Data:
    """In the order in which it is stored, without what is not written."""
    return {key: item[key] for key in (*STATEMENT_KEYS, INSTEAD) if item.get(key) not in (None, "", {})}


def mark_of_question(draft: CatalogueDraft, code: str) -> str:
    """How a question or a statement stands."""
    return mark_of(find(draft.content["items"], code))


def remove_question(draft: CatalogueDraft, *, code: str, seen: str, by: User) -> None:
    """Left out of the draft; published versions go on asking it. A shipped statement stays."""
    with changing(draft, by=by) as locked:
        if "dimension" in (find(locked.content["items"], code) or {}) and not is_added(code):
            raise ValidationError(SHIPPED())
        _as_seen(mark_of_question(locked, code), seen)
        locked.content["items"] = [each for each in locked.content["items"] if each["code"] != code]


def move_question(draft: CatalogueDraft, *, code: str, up: bool, by: User) -> None:
    """One place further up or down in its theme."""
    with changing(draft, by=by) as locked:
        item = find(locked.content["items"], code) or {}
        of = "dimension" if "dimension" in item else "theme"
        if of == "dimension" and not is_added(code):
            raise ValidationError(SHIPPED())
        locked.content["items"] = _moved(
            locked.content["items"],
            code,
            up,
            lambda each: each.get(of) == item.get(of) and (of == "theme" or is_added(each["code"])),
        )
