"""Reading what somebody filled in: a spreadsheet, or YAML. Whole, or not at all; every problem with its place."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils import translation
from django.utils.translation import gettext as _

from ..catalogue.actions import check_own
from ..catalogue.building import KEYS as STATEMENT_KEYS
from ..catalogue.content import LANGUAGES, DocumentKinds
from ..catalogue.drafting import Data, empty, valid_code, words
from ..catalogue.loading import CatalogueError, parse_theirs
from ..catalogue.models import CatalogueDraft
from ..catalogue.queries import current_content, known_codes, problems_of_own
from ..catalogue.states import Kind
from ..documents import checks
from ..documents.states import FileType
from ..looks.sheets import sheet_name
from .forms import UPLOAD_BYTES
from .queries import sentence
from .sheets import COLUMNS, LIBRARY, Column
from .statement_sheets import STATEMENTS
from .states import FIELDS, LANGUAGE_NAMES, RECORD_FACTS, Core, fields_of

#: A library has a few hundred rows; what is more was filled in by accident, or on purpose.
MOST_ROWS, MOST_COLUMNS, MOST_LETTERS, UNPACKED = 2000, 60, 4000, 40 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Something wrong in a file: the place in words (sheet, row and column, or line and key), and what it is."""

    where: str
    message: str


class Refused(ValidationError):
    """Nothing of the file was taken; carries every problem found."""

    def __init__(self, problems: list[FileProblem]) -> None:
        super().__init__(_("Nothing was taken from this file: it needs another look."), code="file")
        self.problems = problems


@dataclass
class Taken:
    """What a file says. A title only where the file has one."""

    content: Data
    title: Data = field(default_factory=dict)


def read_upload(upload: File[bytes], draft: CatalogueDraft) -> Taken:
    """The library that stands in an uploaded file. Raises ValidationError, `Refused` with every problem among them."""
    if (upload.size or 0) > UPLOAD_BYTES:
        raise ValidationError(_("This file is too large for a library: 2 MB at most."), code="too_large")
    name = upload.name or ""
    if name.lower().endswith((".yaml", ".yml")):
        return _read_yaml(upload, name, draft)
    checked = checks.check(upload)
    if checked.content_type == FileType.XLSX:
        reader = _ReviewReader if draft.kind == Kind.INSTRUMENT else _Reader
        return reader(draft).read(checked.content)
    raise ValidationError(
        _("This is no Excel workbook and no YAML file. Download the library, fill it in, and upload it again."),
        code="kind",
    )


def _read_yaml(upload: File[bytes], name: str, draft: CatalogueDraft) -> Taken:
    upload.seek(0)
    try:
        text = upload.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError(
            _("This file is no text. Its name says YAML; save it again as what it is."), code="lies"
        ) from None
    try:
        parsed = parse_theirs(text, name)
        check_own(parsed, kind=draft.kind)
    except CatalogueError as error:
        raise Refused(
            [
                FileProblem(
                    _("Line %(line)s") % {"line": each.line} + (f", {each.where}" if each.where else ""),
                    sentence(each.message),
                )
                for each in error.problems
            ]
        ) from None
    return Taken({**empty(draft.kind), **parsed.data}, parsed.head["title"] or {})


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _in_every_language(make: Any) -> Iterator[Any]:
    """What somebody sees, in each language in which the file may have been downloaded."""
    for language in LANGUAGES:
        with translation.override(language):
            yield make()


Rows = list[tuple[int, dict[Column, str]]]
#: The rows of each sheet.
Tables = dict[str, Rows]


class _Reader:
    """Reads one workbook. Rows keep their number, so that every problem names its sheet, row and column."""

    layout = LIBRARY

    def __init__(self, draft: CatalogueDraft) -> None:
        self.draft = draft
        self.problems: list[FileProblem] = []
        #: (list, place in it) to its row; and the rows of a question's options.
        self.rows: dict[tuple[str, int], int] = {}
        self.option_rows: dict[tuple[str, int], int] = {}
        self.names = self.layout.names()

    def wrong(self, key: str, row: int, column: str, message: str) -> None:
        place = _("Sheet “%(sheet)s”, row %(row)s") % {"sheet": self.names[key], "row": row}
        self.problems.append(FileProblem(f"{place}, {column}" if column else place, sentence(message)))

    def read(self, data: bytes) -> Taken:
        tables = self._tables(data)
        if "items" not in tables:
            sheet = self.names["items"]
            raise Refused([FileProblem(sheet, _("There is no sheet “%(sheet)s” in this file.") % {"sheet": sheet})])
        content = self._content(tables)
        self._check(content)
        if self.problems:
            raise Refused(self.problems)
        return Taken(content)

    def _content(self, tables: Tables) -> Data:
        """The lists of a library, from the tables of its sheets."""
        themes = self._groups("themes", tables)
        facts = self._groups("facts", tables)
        items, labels = self._items(tables["items"], themes, facts)
        self._options(tables.get("options", []), items, labels)
        return {"intro": self.draft.content.get("intro") or {}, "themes": themes, "facts": facts, "items": items}

    # The file
    def _tables(self, data: bytes) -> Tables:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > UNPACKED:
                raise ValidationError(_("This file would grow far too large when opened."), code="bomb")
        known = {
            _plain(sheet_name(name)): key
            for names in _in_every_language(self.layout.names)
            for key, name in names.items()
            if key in self.layout.columns
        }
        found: Tables = {}
        # Late: it brings ten megabytes to each process, and few ever read a workbook.
        from openpyxl import load_workbook

        try:
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
            for sheet in book.worksheets:
                key = known.get(_plain(sheet.title))
                if key is not None and key not in found:
                    sheet.reset_dimensions()
                    found[key] = self._table(key, sheet)
            book.close()
        except (Refused, ValidationError):
            raise
        except Exception:
            # Whatever openpyxl stumbles over in a file that was made to be stumbled over.
            raise ValidationError(
                _("This file is damaged. Save it again, and try once more."), code="damaged"
            ) from None
        return found

    def _table(self, key: str, sheet: Any) -> list[tuple[int, dict[Column, str]]]:
        """The rows that hold something, each with its number, by column."""
        rows: list[tuple[int, dict[Column, str]]] = []
        columns: dict[int, Column] = {}
        for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), start=1):
            if number > MOST_ROWS:
                self.wrong(key, number, "", _("more rows than a library has; take out what stands below"))
                break
            values = [_cell(value) for value in cells]
            if number == 1:
                columns = self._columns(key, values)
                continue
            row = {column: values[at] for at, column in columns.items() if at < len(values) and values[at]}
            for column, value in row.items():
                if len(value) > MOST_LETTERS:
                    self.wrong(key, number, column.head, _("longer than %(n)s letters") % {"n": MOST_LETTERS})
            if row:
                rows.append((number, row))
        return rows

    def _columns(self, key: str, heads: list[str]) -> dict[int, Column]:
        known = {
            _plain(head): column
            for names in _in_every_language(lambda: [(each.head, each) for each in self.layout.columns[key]])
            for head, column in names
        }
        found: dict[int, Column] = {}
        for at, head in enumerate(heads):
            column = known.get(_plain(head)) if head else None
            if column is not None and column in found.values():
                self.wrong(key, 1, head, _("this column stands twice"))
            elif column is not None:
                found[at] = column
            elif head:
                self.wrong(key, 1, head[:60], _("there is no such column: leave the heads as they are"))
        return found

    # The lists
    def _groups(self, key: str, tables: Tables) -> list[Data]:
        if key not in tables:
            made: list[Data] = list(self.draft.content.get(key, ()))
            return made
        found: list[Data] = []
        for number, row in tables[key]:
            code = self._code(key, number, row, found)
            self.rows[key, len(found)] = number
            text = _texts(row, "about")
            found.append({"code": code, "title": _texts(row, "title"), **({"text": text} if text else {})})
        return found

    def _code(self, key: str, number: int, row: dict[Column, str], found: list[Data]) -> str:
        typed = next((value for column, value in row.items() if column.key == "code"), "")
        code = typed if valid_code(typed) else f"row{number}"
        if typed and any(each["code"] == code for each in found):
            self.wrong(key, number, str(FIELDS["code"]), _("“%(code)s” stands in another row too") % {"code": typed})
            return f"row{number}"
        return code

    def _items(
        self, rows: list[tuple[int, dict[Column, str]]], themes: list[Data], facts: list[Data]
    ) -> tuple[list[Data], dict[str, Data]]:
        by_theme = _by_words(themes)
        by_fact = _by_words(facts) | {
            _plain(str(name)): code
            for names in _in_every_language(lambda: [(str(n), c) for c, n in RECORD_FACTS.items()])
            for name, code in names
        }
        by_fact |= {code: code for code in RECORD_FACTS}
        kinds = current_content(DocumentKinds).items
        by_kind = {_plain(getattr(kind.title, language)): kind.code for kind in kinds for language in LANGUAGES}
        by_kind |= {kind.code.casefold(): kind.code for kind in kinds}
        by_lesson = {code.casefold(): code for code in known_codes()["lessons"]}
        found: list[Data] = []
        labels: dict[str, Data] = {}
        for number, row in rows:
            plain = {column.key: value for column, value in row.items() if not column.language}
            self.rows["items", len(found)] = number
            item: Data = {"code": self._code("items", number, row, found)}
            theme = plain.get("theme", "")
            item["theme"] = by_theme.get(_plain(theme), "")
            if not theme:
                self.wrong("items", number, str(FIELDS["theme"]), _("say which theme it belongs to"))
            elif not item["theme"]:
                self.wrong(
                    "items", number, str(FIELDS["theme"]),
                    _("“%(theme)s” is not in the sheet “%(sheet)s”") % {"theme": theme, "sheet": self.names["themes"]},
                )  # fmt: skip
            defaults = {"direction": "both", "critical": 0, "depth": "standard", "answer": "scale"}
            for column in COLUMNS["items"]:
                if column.choices is not None:
                    item[column.key] = self._choice("items", number, column, row.get(column, ""), defaults[column.key])
            for key in ("text", "guidance", "evidence", "unit"):
                if text := _texts(row, key):
                    item[key] = text
            for key, known in (("documents", by_kind), ("lessons", by_lesson), ("only_if", by_fact)):
                if several := self._several(number, key, plain.get(key, ""), known):
                    item[key] = several
            found.append(item)
            labels[plain.get("code", "").casefold()] = item
        labels.pop("", None)
        return found, labels

    def _choice(self, key: str, number: int, column: Column, typed: str, default: Any) -> Any:
        if not typed:
            return default
        for pairs in _in_every_language(
            lambda: [(str(value), str(name), value) for value, name in column.choices.choices]
        ):
            for code, name, value in pairs:
                if _plain(typed) in (code.casefold(), _plain(name)):
                    return value
        labels = ", ".join(str(each) for each in column.choices.labels)
        self.wrong(
            key, number, column.head, _("“%(typed)s” is none of: %(known)s") % {"typed": typed[:60], "known": labels}
        )
        return default

    def _several(self, number: int, key: str, typed: str, known: dict[str, str]) -> list[str]:
        found: list[str] = []
        for each in re.split(r"[;\n,]" if key == "lessons" else r"[;\n]", typed):
            if not each.strip():
                continue
            code = known.get(_plain(each))
            if code is None:
                self.wrong(
                    "items", number, str(FIELDS[key]), _("“%(typed)s” is not known") % {"typed": each.strip()[:80]}
                )
            elif code not in found:
                found.append(code)
        return found

    def _options(self, rows: list[tuple[int, dict[Column, str]]], items: list[Data], labels: dict[str, Data]) -> None:
        for number, row in rows:
            plain = {column.key: value for column, value in row.items() if not column.language}
            item = labels.get(plain.get("question", "").casefold())
            if item is None:
                self.wrong(
                    "options", number, _("Code of the question"),
                    _("no question of the sheet “%(sheet)s” has this code") % {"sheet": self.names["items"]},
                )  # fmt: skip
                continue
            options = item.setdefault("options", [])
            level = next((value for column, value in row.items() if column.key == "level"), "")
            column = COLUMNS["options"][-1]
            means = self._choice("options", number, column, level, "")
            self.option_rows[item["code"], len(options)] = number
            options.append(
                {"code": f"o{len(options) + 1}", "text": _texts(row, "option"), **({"level": means} if means else {})}
            )

    # What does not fit together
    def _check(self, content: Data) -> None:
        """What a draft would be told of, by row and column."""
        for each in problems_of_own(self.draft.kind, self.draft.title, content, self.draft.language):
            path = each.path
            if len(path) > 1 and isinstance(path[1], int) and (row := self.rows.get((str(path[0]), path[1]))):
                if len(path) > 3 and path[2] == "options" and isinstance(path[3], int):
                    code = content["items"][path[1]]["code"]
                    self.wrong(
                        "options", self.option_rows.get((code, path[3]), 1), self._key_of(path[4:]), each.message
                    )
                elif path[2:] in (("theme",), ("dimension",)) and not content["items"][path[1]][path[2]]:
                    # Said already, in the words that were typed.
                    continue
                else:
                    self.wrong(str(path[0]), row, self._key_of(path[2:]), each.message)
            elif path and path[0] in ("title", "intro"):
                # Written in the browser; the file has nothing to do with it.
                continue
            else:
                self.problems.append(FileProblem(self.names["items"], sentence(each.message)))

    def _key_of(self, path: tuple[str | int, ...]) -> str:
        names = fields_of(self.draft.content)
        keys = [step for step in path if isinstance(step, str)]
        found = [str(names[step]) for step in keys if step in names]
        found += [str(LANGUAGE_NAMES[step]) for step in keys if step in LANGUAGE_NAMES]
        return ", ".join(found)


class _ReviewReader(_Reader):
    """The same for a review: what is shipped stands in it too, to be read beside, and must stay as it is."""

    layout = STATEMENTS

    def _content(self, tables: Tables) -> Data:
        # What has no column is as it stands in the draft: the shipped scale, what a gap on a statement is talked about.
        kept = {key: {each["code"]: each for each in self.draft.content[key]} for key in ("dimensions", "items")}
        dimensions = [kept["dimensions"].get(each["code"], {}) | each for each in self._groups("dimensions", tables)]
        by_dimension = _by_words(dimensions)
        items: list[Data] = []
        for number, row in tables["items"]:
            plain = {column.key: value for column, value in row.items() if not column.language}
            self.rows["items", len(items)] = number
            code = self._code("items", number, row, items)
            item = {key: value for key, value in kept["items"].get(code, {}).items() if key not in STATEMENT_KEYS}
            item |= {"code": code, "dimension": by_dimension.get(_plain(plain.get("dimension", "")), "")}
            if not item["dimension"]:
                self.wrong("items", number, str(FIELDS["dimension"]), _("say which dimension it belongs to"))
            core = next(column for column in self.layout.columns["items"] if column.key == "core")
            item["core"] = self._choice("items", number, core, row.get(core, ""), Core.NO) == Core.YES
            item |= {key: text for key in ("text", "baseline_text") if (text := _texts(row, key))}
            items.append(item)
        return {**self.draft.content, "dimensions": dimensions, "items": items}


def _texts(row: dict[Column, str], key: str) -> Data:
    return {column.language: value for column, value in row.items() if column.key == key and column.language}


def _by_words(things: list[Data]) -> dict[str, str]:
    """Codes by what a cell may say: the name in any language, or the code."""
    found = {each["code"].casefold(): each["code"] for each in things}
    for each in things:
        title = each.get("title") or {}
        found |= {_plain(words(title, language)): each["code"] for language in LANGUAGES if title.get(language)}
    return found


def _cell(value: Any) -> str:
    """A cell as text, whatever the spreadsheet made of it; a formula is the text that was typed."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
