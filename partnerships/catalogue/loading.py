"""Reads the shipped YAML files, and says everything that is wrong with them at once, with file and line."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path as FilePath
from types import NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import yaml
from django.utils.translation import gettext as _

from .content import KINDS, LANGUAGES, Content, Flags, Instrument, Lessons, Path, Text

DATA = FilePath(__file__).parent / "data"
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.]*")
#: libyaml is ten times faster; the pure Python loader reads the same.
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a file: `where` names the item and the key."""

    file: str
    line: int
    where: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (f"{self.file}:{self.line}", self.where, self.message) if part)


class CatalogueError(ValueError):
    """The catalogue cannot be loaded; carries every problem found."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (problem.file, problem.line, problem.where))
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Shipped:
    """One file of the catalogue, read and valid."""

    file: str
    kind: str
    code: str
    version: int
    title: dict[str, str]
    #: Everything else in the file, as plain data.
    content: dict[str, Any]
    typed: Content[Any]
    lines: Mapping[Path, int]

    @property
    def checksum(self) -> str:
        """Of what the file says; comments, order of keys and line breaks in the YAML do not count."""
        return checksum({"kind": self.kind, "code": self.code, "title": self.title, "content": self.content})


def checksum(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class Decoder:
    """Makes plain data into the dataclasses of content.py and collects what does not fit them."""

    def __init__(self) -> None:
        self.found: list[tuple[Path, str]] = []

    def decode(self, shape: Any, data: Any, path: Path = ()) -> Any:
        """`data` as `shape` (a dataclass, a tuple, a Literal, str, int, bool, or one of these or None)."""
        origin = get_origin(shape)
        if origin in (Union, UnionType):
            if data is None:
                return None
            return self.decode(next(each for each in get_args(shape) if each is not NoneType), data, path)
        if origin is tuple:
            if not isinstance(data, list):
                return self.wrong(path, _("expected a list"))
            each = get_args(shape)[0]
            return tuple(self.decode(each, value, (*path, place)) for place, value in enumerate(data))
        if origin is Literal:
            allowed = get_args(shape)
            if not any(data == value and type(data) is type(value) for value in allowed):
                known = ", ".join(map(str, allowed))
                return self.wrong(path, _("%(found)r is not one of %(known)s") % {"found": data, "known": known})
            return data
        if is_dataclass(shape):
            return self.decode_fields(shape, data, path)
        return self.decode_plain(shape, data, path)

    def decode_plain(self, shape: Any, data: Any, path: Path) -> Any:
        if shape is str and isinstance(data, (int, float)) and not isinstance(data, bool):
            return self.wrong(path, _("%(found)r is read as a number: put it in quotes") % {"found": data})
        if type(data) is not shape:
            names = {str: _("a text"), int: _("a whole number"), bool: _("true or false")}
            return self.wrong(path, _("expected %(what)s, found %(found)r") % {"what": names[shape], "found": data})
        if shape is str and (not data.strip() or data != data.strip()):
            return self.wrong(path, _("empty, or with spaces around it"))
        if path and path[-1] == "code" and not CODE.fullmatch(data):
            return self.wrong(
                path, _("%(found)r is not a code (letters, digits, dots and underscores)") % {"found": data}
            )
        return data

    def decode_fields(self, shape: Any, data: Any, path: Path) -> Any:
        if not isinstance(data, dict):
            return self.wrong(path, _("expected en, fr, es") if shape is Text else _("expected keys and values"))
        hints, known = _shape(shape)
        for key in data:
            if key not in known:
                words = (
                    _("unknown language (known: %(known)s)") if shape is Text else _("unknown key (known: %(known)s)")
                )
                self.wrong((*path, key), words % {"known": ", ".join(LANGUAGES if shape is Text else known)})
        values = {}
        before = len(self.found)
        for name, required in known.items():
            if name in data:
                values[name] = self.decode(hints[name], data[name], (*path, name))
            elif required:
                self.missing(path, name)
        # Where something below is wrong, there is no object: its problems are already noted.
        return shape(**values) if len(self.found) == before and set(data) <= set(known) else None

    def missing(self, path: Path, name: str) -> None:
        self.wrong(path, _("%(name)s is missing") % {"name": name})

    def wrong(self, path: Path, message: str) -> None:
        self.found.append((path, message))


@cache
def _shape(shape: Any) -> tuple[dict[str, Any], dict[str, bool]]:
    """The types of a dataclass's fields, and which of them are required."""
    return get_type_hints(shape), {
        each.name: each.default is MISSING and each.default_factory is MISSING for each in fields(shape)
    }


def decode(kind: str, content: Mapping[str, Any]) -> Content[Any]:
    """Stored content of a known kind as its dataclass."""
    decoder = Decoder()
    typed = decoder.decode(KINDS[kind], dict(content))
    if decoder.found:
        raise CatalogueError([Problem(kind, 0, _where(content, path), message) for path, message in decoder.found])
    return typed  # type: ignore[no-any-return]


def read_all(folder: FilePath = DATA) -> list[Shipped]:
    """Every file of the folder, checked alone and against the others; raises CatalogueError with all problems."""
    shipped: list[Shipped] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            shipped.append(read(path))
        except CatalogueError as error:
            problems += error.problems
    problems += _references(shipped, complete=not problems)
    problems += _same_statements(shipped)
    if problems:
        raise CatalogueError(problems)
    return shipped


def read(path: FilePath) -> Shipped:
    """One file, checked alone."""
    try:
        found = parse(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise CatalogueError([Problem(path.name, 1, "", f"not readable as YAML: {error}")]) from None
    data, head, lines = found.data, found.head, found.lines
    decoder = Decoder()
    decoder.found += found.doubles
    for name, each in (("kind", str), ("code", str), ("version", int), ("title", Text)):
        if head[name] is None:
            decoder.wrong((), f"{name} is missing")
        else:
            decoder.decode(each, head[name], (name,))
    shape = KINDS.get(head["kind"]) if isinstance(head["kind"], str) else None
    if shape is None:
        decoder.wrong(("kind",), f"{head['kind']!r} is not one of {', '.join(KINDS)}")
    elif path.name != (expected := f"{head['kind']}-{head['code']}-v{head['version']}.yaml"):
        decoder.wrong((), f"by its kind, code and version this file is called {expected}")
    typed = decoder.decode(shape, data) if shape else None
    if typed is not None:
        decoder.found += typed.problems()
    if typed is None or decoder.found:
        raise CatalogueError(
            [Problem(path.name, _line(lines, at), _where(data, at), message) for at, message in decoder.found]
        )
    return Shipped(path.name, head["kind"], head["code"], head["version"], head["title"], data, typed, lines)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file as plain data: its head (kind, code, version, title) apart, and on which line each thing stands."""

    file: str
    head: dict[str, Any]
    data: dict[str, Any]
    lines: dict[Path, int]
    doubles: list[tuple[Path, str]]

    def problem(self, at: Path, message: str) -> Problem:
        return Problem(self.file, _line(self.lines, at), _where({**self.head, **self.data}, at), message)


def parse(text: str, file: str) -> Parsed:
    """A text as plain data; whether it is what its kind asks for is not looked at."""
    lines: dict[Path, int] = {}
    doubles: list[tuple[Path, str]] = []
    try:
        # Nodes, because only they know their lines; composing with the safe loader makes no objects.
        node = yaml.compose(text, Loader=Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        message = _("not readable as YAML: %(problem)s") % {"problem": getattr(error, "problem", None) or error}
        raise CatalogueError([Problem(file, mark.line + 1 if mark else 1, "", message)]) from None
    data = _plain(node, (), lines, doubles) if node is not None else None
    if not isinstance(data, dict):
        message = _("expected keys and values (kind, code, version, title, items)")
        raise CatalogueError([Problem(file, 1, "", message)])
    head = {name: data.pop(name, None) for name in ("kind", "code", "version", "title")}
    return Parsed(file, head, data, lines, doubles)


#: How deep a file may be nested: ours are nested six deep.
DEPTH = 16


def _mark_line(mark: Any) -> int:
    return int(mark.line) + 1 if mark is not None else 1


def parse_theirs(text: str, file: str) -> Parsed:
    """As `parse`, for a file that somebody sent: nothing in it may grow, or go deeper than a library does."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=Loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or depth > DEPTH:
                message = _("no references (*name) and no deep nesting: write it out")
                raise CatalogueError([Problem(file, _mark_line(event.start_mark), "", message)])
    except yaml.YAMLError:
        # Said by parse(), with its line.
        pass
    return parse(text, file)


def _plain(node: Any, path: Path, lines: dict[Path, int], doubles: list[tuple[Path, str]]) -> Any:
    """A YAML node as plain data, noting where each thing stands and which keys stand twice."""
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, value in node.value:
            key = key_node.value
            if key in found:
                doubles.append(((*path, key), _("this key stands twice")))
            found[key] = _plain(value, (*path, key), lines, doubles)
            lines[*path, key] = key_node.start_mark.line + 1
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(value, (*path, place), lines, doubles) for place, value in enumerate(node.value)]
    value, tag = node.value, node.tag.rpartition(":")[2]
    if tag == "int" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if tag == "bool":
        return value.lower() in ("true", "yes", "on")
    if tag in ("int", "float"):
        # No content has such numbers: it only matters that they are none of the texts they look like.
        return float(value) if re.fullmatch(r"-?\d+\.\d+", value) else float("nan")
    return None if tag == "null" else value


def _line(lines: Mapping[Path, int], path: Path) -> int:
    """The line of the thing, or of the nearest thing around it that has one."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _where(data: Mapping[str, Any], path: Path) -> str:
    """("items", 3, "text", "fr") as "items 3.1, text.fr": an item by its code where it has one."""
    parts: list[str] = []
    here: Any = data
    for step in path:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            here = None
        if isinstance(step, int):
            code = here.get("code") if isinstance(here, dict) else None
            parts[-1:] = [f"{parts[-1] if parts else ''} {code if code is not None else f'number {step + 1}'},"]
        elif parts and not parts[-1].endswith(","):
            parts[-1] += f".{step}"
        else:
            parts.append(str(step))
    return " ".join(parts).rstrip(",")


def _references(shipped: list[Shipped], *, complete: bool) -> list[Problem]:
    """Codes that point into other files: lessons and kinds of documents. Asked only where every file could be read."""
    if not complete:
        return []
    known = {
        "lessons": {item.code for each in shipped if each.kind == "lessons" for item in each.typed.items},
        "documents": {item.code for each in shipped if each.kind == "document_kinds" for item in each.typed.items},
    }
    problems = []
    for each in shipped:
        holders: list[tuple[Path, Any]] = [((), each.typed)]
        holders += [(("items", place), item) for place, item in enumerate(each.typed.items)]
        for path, holder in holders:
            for key, codes in known.items():
                # "items" of the lessons themselves are no references.
                for number, code in enumerate(getattr(holder, key, ())):
                    if code not in codes:
                        at = (*path, key, number)
                        name = "lesson" if key == "lessons" else "kind of document"
                        problems.append(
                            Problem(each.file, _line(each.lines, at), _where(each.content, at), f"no {name} {code!r}")
                        )
    return problems


def _same_statements(shipped: list[Shipped]) -> list[Problem]:
    """A code of an instrument means its words in every version: reviews are compared by it."""
    problems: list[Problem] = []
    first: dict[tuple[str, str], tuple[Any, str]] = {}
    for each in sorted((each for each in shipped if each.kind == Instrument.kind), key=lambda each: each.version):
        for place, item in enumerate(each.typed.items):
            words, file = first.setdefault((each.code, item.code), (item.text, each.file))
            if words != item.text:
                at: Path = ("items", place, "text")
                message = f"{file} says something else under this code: other words need another code"
                problems.append(Problem(each.file, _line(each.lines, at), _where(each.content, at), message))
    return problems


@cache
def _newest_file(kind: str) -> Content[Any]:
    newest = max(DATA.glob(f"{kind}-*.yaml"), key=lambda path: int(path.stem.rpartition("-v")[2]))
    return read(newest).typed


def shipped_lessons() -> Lessons:
    """The newest shipped lessons, straight from their file: they only explain, so no answer points at them."""
    return cast(Lessons, _newest_file(Lessons.kind))


def shipped_flags() -> Flags:
    """The newest words of the flags, straight from their file: a raised flag keeps its code and figures only."""
    return cast(Flags, _newest_file(Flags.kind))
