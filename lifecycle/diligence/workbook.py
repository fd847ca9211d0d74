"""The checklist as a workbook: written for its reader, and read again when it comes back filled in.

One sheet holds all questions, since telephones show one sheet at a time. What was said when the workbook was taken away
goes with it, sealed by the installation's key: who fills it in sees it, and nobody changes what is compared with later.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext, override
from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from partnerships import clock
from partnerships.catalogue.content import LANGUAGES, LibraryQuestion, sign_of
from partnerships.catalogue.models import CatalogueVersion
from partnerships.catalogue.queries import text
from partnerships.looks.sheets import OPTIONS, sheet_name

from .queries import Checklist, Row
from .queries.words import in_words, value_in_words
from .states import DECIMALS, SAFEGUARDING, Level, LineProblem, is_short_line, note_limit

#: A filled-in checklist: far more than one needs, packed and unpacked (bytes), and lines and columns that are read.
MAX_BYTES = 2 * 1024 * 1024
MAX_UNPACKED = 20 * 1024 * 1024
MAX_LINES, MAX_COLUMNS = 1000, 40
#: A cell holds 32,767 characters.
CELL = 32_000
_SALT = "diligence.workbook"
_LISTS, _MARKS = "cg-lists", "cg-marks"
#: What names the columns for us, in a hidden first row: they may be moved, and are called otherwise in each language.
CODE, ANSWER, VALUE, NOTES, MARK = "cg-code", "cg-answer", "cg-value", "cg-note", "cg-mark"
#: Rows before the first question: ours, and the reader's heads.
HEAD_ROWS = 2
#: How a date looks in a cell, on any machine.
DAY = "yyyy-mm-dd"


@dataclass(frozen=True)
class Was:
    """An answer as it stood when the workbook was taken away."""

    answer: int | None = None
    version: int = 0
    level: str = ""
    text: str = ""
    value: Any = None


@dataclass(frozen=True)
class Origin:
    """What a workbook was made from."""

    record: str
    party: str
    about: str
    #: The round, 0 before the first.
    number: int
    library: int
    at: datetime
    lines: Mapping[str, Was]

    def seal(self, code: str) -> str:
        """The mark of one of its lines: a line that was copied from elsewhere has another."""
        said = f"{self.record}:{self.party}:{self.about}:{code}"
        return salted_hmac(_SALT, said, algorithm="sha256").hexdigest()[:20]


@dataclass(frozen=True)
class Line:
    """What stands in one line of the sheet, as typed."""

    order: int
    code: str
    answer: Any
    value: Any
    note: str
    mark: str


@dataclass(frozen=True)
class Reading:
    """What a line says, or why it says nothing that can be used."""

    level: str = ""
    text: str = ""
    value: Any = None
    problem: str = ""
    raw: str = ""


# Writing --------------------------------------------------------------------------------------------------------------
def write(found: Checklist, target: IO[bytes], *, record: str, version: CatalogueVersion, number: int) -> None:
    """Write a side's checklist for its reader, in the language that is on. Row by row: memory stays constant."""
    origin = Origin(
        record, found.party.public_id, found.about.public_id, number, version.pk, clock.now(),
        {row.question.code: _was(row) for row in found.rows},
    )  # fmt: skip
    with Workbook(target, OPTIONS) as book:
        book.set_properties({"title": _title(found), "comments": gettext("Made by Common Ground")})
        _how_to(book, found)
        ranges = _answers(book, found, origin)
        _lists(book, ranges)
        _marks(book, origin)


def _title(found: Checklist) -> str:
    if found.is_self:
        return gettext("%(party)s about itself") % {"party": found.party.name}
    return gettext("%(party)s about %(about)s") % {"party": found.party.name, "about": found.about.name}


def _was(row: Row) -> Was:
    if row.answer is None:
        return Was()
    return Was(row.answer.pk, row.answer.version, row.answer.level, row.answer.text, row.answer.value)


def _how_to(book: Workbook, found: Checklist) -> None:
    sheet = book.add_worksheet(sheet_name(gettext("How to use it")))
    sheet.set_column(0, 0, 90)
    title = book.add_format({"bold": True, "font_size": 14})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.write_string(0, 0, _title(found), title)
    lines = [
        gettext("This is your own side's checklist. Nobody else reads it; keep it as you keep your own papers."),
        gettext(
            "Fill in the light cells on the next sheet, without a connection, as far as you get. Others are locked."
        ),
        gettext(
            "Choose a word from the list in the cell. “Does not apply” can be chosen anywhere, and needs a reason."
        ),
        gettext("Where several choices are right, write them with a semicolon between."),
        gettext("Numbers and dates go into the column beside: 1234.5, and 2027-03-31."),
        gettext("On safeguarding write one short line, numbers and policies, never anything about a case."),
        gettext("Answers of an earlier round are confirmed on the page, or changed here."),
        gettext("What you leave as it is stays as it is. A line that you empty takes nothing away."),
        gettext(
            "Then upload it where you took it from. Before anything is written you see what is new, what you changed, "
            "and what others changed in the meantime, and you choose."
        ),
        gettext("Documents are added on the page; here you see which are cited."),
    ]
    for at, line in enumerate(lines, start=2):
        sheet.write_string(at, 0, f"{at - 1}. {line}", wrap)
    sheet.protect()


#: The columns, in this order.
(_SIGN, _THEME, _QUESTION, _GUIDANCE, _OTHERS, _ANSWER, _VALUE, _NOTE, _CITED, _STAND, _CODE, _MARK) = range(12)
_PAPER = "#fdf9ef"


@dataclass(frozen=True)
class _Look:
    """How cells look: what is told, what is to be filled in, and what is not asked."""

    head: Any
    told: Any
    quiet: Any
    shut: Any
    say: Any
    #: Text stays text when somebody types it: a date or "=1+1" in a note is what they wrote.
    note: Any
    day: Any

    @classmethod
    def of(cls, book: Workbook) -> _Look:
        wrap = {"text_wrap": True, "valign": "top"}
        open_ = {**wrap, "locked": False, "bg_color": _PAPER, "border": 1, "border_color": "#b9b2a3"}
        return cls(
            head=book.add_format({**wrap, "bold": True, "bottom": 1}),
            told=book.add_format({**wrap, "font_color": "#1d2728"}),
            quiet=book.add_format({**wrap, "font_color": "#57615f"}),
            shut=book.add_format({"valign": "top", "bg_color": "#eceae4"}),
            say=book.add_format(open_),
            note=book.add_format({**open_, "num_format": "@"}),
            day=book.add_format({**open_, "num_format": DAY}),
        )


def _answers(book: Workbook, found: Checklist, origin: Origin) -> dict[str, list[str]]:
    """The sheet that is filled in. Returns the words to choose from, by name of their list."""
    sheet, look = book.add_worksheet(sheet_name(gettext("Questions"))), _Look.of(book)
    heads = [
        ("", gettext("No."), 7), ("", gettext("Theme"), 16), ("", gettext("Question"), 44),
        ("", gettext("What to look at"), 40), ("", gettext("What others say"), 36), (ANSWER, gettext("Answer"), 22),
        (VALUE, gettext("Number or date"), 16), (NOTES, gettext("Note"), 50),
        ("", gettext("Documents cited"), 28), ("", gettext("Where it stands"), 22), (CODE, CODE, 8), (MARK, MARK, 8),
    ]  # fmt: skip
    for at, (key, _head, width) in enumerate(heads):
        sheet.set_column(at, at, width, None, {"hidden": key in {CODE, MARK}})
        sheet.write_string(0, at, key)
    sheet.set_row(0, None, None, {"hidden": True})
    for at, (_key, head, _width) in enumerate(heads):
        sheet.write_string(1, at, head, look.head)
    sheet.freeze_panes(HEAD_ROWS, 1)
    titles = {theme.code: text(theme.group.title) for theme in found.themes}
    for at, row in enumerate(found.rows, start=HEAD_ROWS):
        question, answer = row.question, row.answer
        # A question's code is for us: an organisation's own has a drawn one, which says nothing to anybody.
        sheet.write_string(at, _SIGN, question.sign or str(at - HEAD_ROWS + 1), look.quiet)
        sheet.write_string(at, _CODE, question.code, look.quiet)
        sheet.write_string(at, _THEME, titles[question.theme], look.quiet)
        sheet.write_string(at, _QUESTION, _cut(_question(question)), look.told)
        sheet.write_string(at, _GUIDANCE, _cut(_guidance(question)), look.quiet)
        sheet.write_string(at, _OTHERS, _cut(_others(row)), look.quiet)
        sheet.write_string(at, _ANSWER, _cut(_answer(row)), look.say)
        _write_value(sheet, at, row, look)
        sheet.write_string(at, _NOTE, _cut(answer.text if answer is not None else ""), look.note)
        sheet.write_string(at, _CITED, _cut("\n".join(c.document.title for c in row.citations)), look.quiet)
        sheet.write_string(at, _STAND, _stand(row), look.quiet)
        sheet.write_string(at, _MARK, origin.seal(question.code), look.quiet)
    lists = _words_to_choose(found)
    _validate(sheet, found, lists)
    sheet.autofilter(1, 0, max(HEAD_ROWS + len(found.rows) - 1, 1), _STAND)
    sheet.protect("", {"autofilter": True, "format_rows": True, "format_columns": True})
    sheet.activate()
    return lists


def _words_to_choose(found: Checklist) -> dict[str, list[str]]:
    """By question with a choice, for the scale, and for all others, which can only not apply."""
    not_at_all = str(Level.NA.label)
    lists = {"scale": [str(label) for label in Level.labels], "": [not_at_all]}
    for row in found.rows:
        if row.question.answer == "choice":
            lists[row.question.code] = [*(text(option.text) for option in row.question.options), not_at_all]
    return lists


def _question(question: LibraryQuestion) -> str:
    unit = f" ({text(question.unit)})" if question.unit is not None else ""
    return f"{text(question.text)}{unit}"


def _guidance(question: LibraryQuestion) -> str:
    parts = [text(question.guidance)]
    if question.answer == "choices":
        parts.append(gettext("To choose from:"))
        parts += [f"– {text(option.text)}" for option in question.options]
    return "\n".join(parts)


def _stand(row: Row) -> str:
    if row.answer is not None and row.answer.is_carried:
        return gettext("From the earlier round, to confirm")
    return gettext("Answered") if row.says_something else gettext("Open")


def _others(row: Row) -> str:
    """What other partners say, as far as this side may read it."""
    return "\n".join(f"{said.party.name}: {in_words(row.question, said)}" for said in row.others)


def _answer(row: Row) -> str:
    question, answer = row.question, row.answer
    if answer is None or (question.answer in {"number", "date", "file"} and answer.level != Level.NA):
        return ""
    return value_in_words(question, answer)


def _write_value(sheet: Any, at: int, row: Row, look: _Look) -> None:
    """A number or a date as what it is; where neither is asked, the cell is shut."""
    question, value = row.question, row.answer.value if row.answer is not None else None
    number, when = plain_number(value), day_in(value)
    if question.answer == "number":
        # Beyond fifteen digits a spreadsheet would round: the figure stays as it was written.
        if number is None or len(number.strip("-").replace(".", "")) > 15:
            sheet.write_string(at, _VALUE, "" if value is None else str(value), look.say)
        else:
            sheet.write_number(at, _VALUE, Decimal(number), look.say)
    elif question.answer == "date" and when is not None:
        sheet.write_datetime(at, _VALUE, when, look.day)
    else:
        sheet.write_blank(at, _VALUE, None, look.day if question.answer == "date" else look.shut)


def _validate(sheet: Any, found: Checklist, lists: Mapping[str, list[str]]) -> None:
    """Lists and limits in the cells. What is refused here is refused at the upload too, and said there."""
    columns = {name: _letter(at) for at, name in enumerate(lists)}
    limits: dict[str, dict[str, Any]] = {
        "number": {
            "validate": "decimal", "criteria": "between", "minimum": -1e15, "maximum": 1e15,
            "error_message": gettext("Write a number, without a unit."),
        },
        "date": {
            "validate": "date", "criteria": "between", "minimum": date(1900, 3, 1), "maximum": date(2999, 12, 31),
            "error_message": gettext("Write a date like 2027-03-31."),
        },
    }  # fmt: skip
    for at, row in enumerate(found.rows, start=HEAD_ROWS):
        question = row.question
        if question.answer != "choices":
            name = question.answer if question.answer == "scale" else question.code if question.code in lists else ""
            source = f"='{_LISTS}'!${columns[name]}$1:${columns[name]}${len(lists[name])}"
            message = gettext("Choose a word from the list.")
            sheet.data_validation(
                at, _ANSWER, at, _ANSWER, {"validate": "list", "source": source, "error_message": message}
            )
        if question.answer in limits:
            sheet.data_validation(at, _VALUE, at, _VALUE, limits[question.answer])


def _lists(book: Workbook, lists: Mapping[str, list[str]]) -> None:
    """The words of the lists, by row: constant memory writes each row once."""
    sheet = book.add_worksheet(_LISTS)
    for at in range(max(len(words) for words in lists.values())):
        for column, words in enumerate(lists.values()):
            if at < len(words):
                sheet.write_string(at, column, words[at])
    sheet.protect()
    sheet.hide()


def _marks(book: Workbook, origin: Origin) -> None:
    """Where it comes from and what stood in it, sealed, in as many cells as it needs."""
    sheet = book.add_worksheet(_MARKS)
    token = signing.dumps(
        {
            "record": origin.record, "party": origin.party, "about": origin.about, "number": origin.number,
            "library": origin.library, "at": origin.at.isoformat(),
            "lines": {c: [w.answer, w.version, w.level, w.text, w.value] for c, w in origin.lines.items()},
        },
        salt=_SALT, compress=True,
    )  # fmt: skip
    for at, start in enumerate(range(0, len(token), CELL)):
        sheet.write_string(at, 0, token[start : start + CELL])
    sheet.protect()
    sheet.hide()


def _letter(column: int) -> str:
    """The name of a column: A, B, … Z, AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def _cut(words: str) -> str:
    return words[:CELL]


# Reading --------------------------------------------------------------------------------------------------------------
def _damaged() -> ValidationError:
    return ValidationError(_("This workbook is damaged. Save it again, and try once more."), code="damaged")


def _not_ours() -> ValidationError:
    return ValidationError(
        _(
            "This is not a checklist that was taken away from here, or its hidden sheets are gone. Take it away again, "
            "and copy your answers into it."
        ),
        code="not_ours",
    )


def read(content: bytes) -> tuple[Origin, list[Line]]:
    """What a filled-in workbook says. It was checked to be an Excel workbook without programs or password.

    Raises ValidationError in words. No formula is computed, no link followed, nothing is unpacked beyond the limits.
    """
    _refuse_large(content)
    # Late: it brings ten megabytes to each process, and few ever read a workbook.
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except Exception:
        # Whatever openpyxl stumbles over in a file that was made, or broken, to be stumbled over.
        raise _damaged() from None
    try:
        origin = _origin(book)
        lines = list(_lines(book))
    except ValidationError:
        raise
    except Exception:
        raise _damaged() from None
    finally:
        book.close()
    return origin, lines


def too_large() -> ValidationError:
    return ValidationError(
        _("This workbook is far larger than a checklist. Take it away again, and copy your answers into it."),
        code="too_large",
    )


def _refuse_large(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if len(content) > MAX_BYTES or sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
                raise too_large()
            for part in archive.infolist():
                with archive.open(part) as opened:
                    # Entities that refer to each other grow without end; a workbook has none.
                    if part.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in opened.read(4096).upper():
                        raise _damaged()
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
        raise _damaged() from None


def _origin(book: Any) -> Origin:
    if _MARKS not in book.sheetnames:
        raise _not_ours()
    sheet = book[_MARKS]
    sheet.reset_dimensions()
    token = "".join(str(row[0] or "") for row in sheet.iter_rows(max_row=400, max_col=1, values_only=True) if row)
    try:
        found = signing.loads(token.strip(), salt=_SALT)
    except signing.BadSignature:
        raise _not_ours() from None
    lines = {code: Was(*was) for code, was in found["lines"].items()}
    return Origin(
        found["record"], found["party"], found["about"], found["number"], found["library"],
        datetime.fromisoformat(found["at"]), lines,
    )  # fmt: skip


def _lines(book: Any) -> Iterator[Line]:
    """The lines that say or name something, from the sheet that has our names over its columns."""
    for name in book.sheetnames:
        if name in {_LISTS, _MARKS}:
            continue
        sheet = book[name]
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_row=MAX_LINES + 1, max_col=MAX_COLUMNS, values_only=True)
        head = next(rows, ())
        at = {str(key): column for column, key in enumerate(head) if isinstance(key, str) and key.startswith("cg-")}
        if not {CODE, ANSWER, VALUE, NOTES} <= at.keys():
            continue
        next(rows, None)
        for order, row in enumerate(rows, start=HEAD_ROWS + 1):
            if order > MAX_LINES:
                raise ValidationError(
                    _("This workbook has far more lines than a checklist. Take it away again."), code="too_long"
                )
            cells = {key: row[column] if column < len(row) else None for key, column in at.items()}
            if all(_words(cells.get(key)) == "" for key in (CODE, ANSWER, VALUE, NOTES)):
                continue
            yield Line(
                order, _words(cells[CODE]), cells[ANSWER], cells[VALUE], _words(cells[NOTES]),
                _words(cells.get(MARK)),
            )  # fmt: skip
        return
    raise _not_ours()


def _words(cell: Any) -> str:
    """A cell as text: line ends as ours are, and a date as it looks."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        # A code such as 2.0 never is one; 1.0 typed into a note is 1.
        return str(int(cell))
    return str(cell).replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "").strip()


# What a line says -----------------------------------------------------------------------------------------------------
def readings(
    origin: Origin, lines: Iterable[Line], asked: Mapping[str, LibraryQuestion]
) -> Iterator[tuple[Line, Reading]]:
    """Each line with what it says of the question that was asked (`asked`: the questions of that version)."""
    seen: set[str] = set()
    for line in lines:
        question = asked.get(line.code)
        if question is None:
            yield line, Reading(problem=LineProblem.UNKNOWN, raw=_all(line))
        elif line.mark and not constant_time_compare(line.mark, origin.seal(line.code)):
            yield line, Reading(problem=LineProblem.FOREIGN, raw=_all(line))
        elif line.code not in origin.lines:
            yield line, Reading(problem=LineProblem.NOT_ASKED, raw=_all(line))
        elif line.code in seen:
            yield line, Reading(problem=LineProblem.TWICE, raw=_all(line))
        else:
            seen.add(line.code)
            yield line, read_line(question, line, origin.lines[line.code])


def _all(line: Line) -> str:
    parts = [sign_of(line.code), _words(line.answer), _words(line.value), line.note]
    return " · ".join(part for part in parts if part)[:2000]


def read_line(question: LibraryQuestion, line: Line, was: Was) -> Reading:
    """One line as an answer to its question; what stands there as it stood is not read anew."""
    answer, value, note = _words(line.answer), _words(line.value), line.note
    level, meant = "", None
    kind: str = question.answer
    if kind != "scale" and level_in(answer) == Level.NA:
        # Whatever a question asks for, it may not apply.
        kind, level, answer = "", Level.NA.value, ""
    match kind:
        case "scale":
            level = level_in(answer)
            if answer and not level:
                return Reading(problem=LineProblem.LEVEL, raw=answer[:2000])
        case "choice" | "choices":
            chosen = choices_in(question, answer)
            if chosen is None:
                return Reading(problem=LineProblem.CHOICE, raw=answer[:2000])
            meant = chosen if question.answer == "choices" else chosen[0] if chosen else None
            meant = meant or None
        case "number":
            meant, value = typed_number(line.value if value else line.answer), value or answer
            if value and was.value is not None and value == str(was.value):
                meant = was.value
            if value and meant is None:
                return Reading(problem=LineProblem.NUMBER, raw=value[:2000])
            answer = value = ""
        case "date":
            when, value = day_in(line.value if value else line.answer), value or answer
            if value and when is None:
                return Reading(problem=LineProblem.DATE, raw=value[:2000])
            meant = when.isoformat() if when is not None else None
            answer = value = ""
        case "text":
            # Where somebody unlocked the sheet and wrote into the wrong cell, the words are the answer all the same.
            note, answer = note or answer, ""
        case "file":
            # An answer is a document: it is cited on the page.
            value, answer = value or answer, ""
    if value:
        return Reading(problem=LineProblem.MISPLACED, raw=value[:2000])
    if problem := _note_problem(question, level, note):
        return Reading(problem=problem, raw=note[:2000] or answer)
    return Reading(level, note, meant)


def _note_problem(question: LibraryQuestion, level: str, note: str) -> str:
    if level == Level.NA and not note:
        return LineProblem.REASON
    if question.theme == SAFEGUARDING and not is_short_line(note):
        return LineProblem.CASE
    return LineProblem.LONG if len(note) > note_limit(question.answer) else ""


def _fold(words: str) -> str:
    """For comparing what people typed: without case, accents, kinds of quote and doubled spaces."""
    plain = unicodedata.normalize("NFKD", words.replace("’", "'").replace("…", "..."))
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).casefold().split()).strip(" .")


def _level_names() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for language in LANGUAGES:
        with override(language):
            found |= {_fold(str(level.label)): level.value for level in Level}
    return found | {level.value: level.value for level in Level}


def level_in(words: str) -> str:
    """The level that somebody means, in any of our languages; "" where it is none."""
    return _level_names().get(_fold(words), "") if words else ""


def choices_in(question: LibraryQuestion, words: str) -> list[str] | None:
    """The codes that somebody chose, in any of our languages; None where a word is none of them."""
    names: dict[str, str] = {}
    for option in question.options:
        names |= {_fold(option.text.in_language(language)): option.code for language in LANGUAGES}
        names[_fold(option.code)] = option.code
    if not words:
        return []
    if (whole := names.get(_fold(words))) is not None:
        return [whole]
    if question.answer == "choice":
        return None
    parts = [part for part in words.replace("\n", ";").split(";") if part.strip()]
    found: list[str] = []
    while parts:
        # An option may have a semicolon of its own: the longest that fits.
        for count in range(len(parts), 0, -1):
            code = names.get(_fold(";".join(parts[:count])))
            if code is not None:
                found.append(code)
                parts = parts[count:]
                break
        else:
            return None
    return list(dict.fromkeys(found))


def plain_number(value: Any) -> str | None:
    """A stored number as plain digits."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    # Before any arithmetic: what somebody types may have a million digits.
    if not number.is_finite() or (number and not -12 <= number.adjusted() <= 17):
        return None
    number = round(number, DECIMALS)
    return f"{number.normalize():f}" if number else "0"


def typed_number(cell: Any) -> str | None:
    """A number as plain digits, however it was typed; None where it is none, or could be two.

    "1,234" and "1.234" as text may be a thousand or one and a bit: that is not guessed.
    """
    if cell is None or isinstance(cell, (bool, datetime, date)):
        return None
    if isinstance(cell, (int, float, Decimal)):
        return plain_number(repr(cell) if isinstance(cell, float) else cell)
    words = "".join(c for c in str(cell).strip() if not c.isspace() and c not in "'’_").replace("−", "-")
    commas, points = words.count(","), words.count(".")
    if commas and points:
        decimal, other = (",", ".") if words.rfind(",") > words.rfind(".") else (".", ",")
        words = words.replace(other, "")
        if words.count(decimal) > 1:
            return None
        words = words.replace(",", ".")
    elif commas or points:
        head, _mark, tail = words.replace(",", ".").partition(".")
        if commas + points > 1 or (len(tail) == 3 and head.lstrip("-+") not in {"", "0"}):
            return None
        words = words.replace(",", ".")
    return plain_number(words)


def day_in(cell: Any) -> date | None:
    """A date from a cell, or from text as 2027-03-31."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    try:
        return date.fromisoformat(str(cell).strip())
    except ValueError:
        return None
