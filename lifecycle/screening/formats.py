"""Public lists in the formats in which they are published, read as a stream: one entry after the other.

Nothing here writes, and nothing is read twice. What is wrong with a file is said by a `BadList`: a code whose sentence
stands in states.py, and where. XML comes in without document type, so that no entity can be declared, expanded or
fetched; what follows a file's end is an error too, so that a file which breaks off is told from a whole one.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO
from xml.parsers import expat

from .states import Problem, Source

#: How much of a file is looked at to tell what it is, and read at once (bytes).
HEAD, CHUNK = 4096, 1 << 16
#: Nothing in a published list is longer, in characters.
CELL = 200_000
#: Aliases of one entry that are kept, and characters of each name and detail.
ALIASES, NAME_LENGTH, DETAIL_LENGTH = 200, 300, 400

_SIGNATURES = (
    b"MZ", b"\x7fELF", b"PK\x03\x04", b"%PDF", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"Rar!", b"7z\xbc\xaf", b"#!",
    b"\x89PNG", b"\xff\xd8\xff", b"\xca\xfe\xba\xbe",
)  # fmt: skip
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf")
_OFAC_COLUMNS, _ALT_COLUMNS = 12, 5
_NOTHING = "-0-"
_EU_NEEDED = {"Entity_LogicalId", "NameAlias_WholeName"}
_SIMPLE_NEEDED = {"id", "schema", "name", "aliases"}


class BadList(Exception):
    """A file that is not taken: why, in which line where that is known, and a word of the file that shows it."""

    def __init__(self, problem: Problem, line: int = 0, detail: str = "") -> None:
        super().__init__(problem, line, detail)
        self.problem, self.line, self.detail = problem, line, detail[:120]


@dataclass
class Entry:
    """One person, organisation, ship or other that a list names. `details` are facts of the list, by their code."""

    uid: str
    kind: str
    names: list[str]
    details: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Changes when anything that a decision could rest on does."""
        said = "\n".join([self.kind, *sorted(self.names), *(f"{k}={v}" for k, v in sorted(self.details.items()))])
        return hashlib.sha256(said.encode()).hexdigest()[:32]


@dataclass
class Reading:
    """A file while it is read: what it is, the day of publication that it names, and its entries."""

    source: Source
    entries: Iterator[Entry]
    about: dict[str, date] = field(default_factory=dict)

    @property
    def published_on(self) -> date | None:
        """Known once the entries have been read."""
        return self.about.get("published")


def detect(head: bytes) -> Source:
    """Which format a file begins like, by its content."""
    if head.startswith(_PACKED):
        raise BadList(Problem.PACKED)
    if head.startswith(_SIGNATURES):
        raise BadList(Problem.PROGRAM)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadList(Problem.ENCODING)
    if not head.strip():
        raise BadList(Problem.EMPTY)
    if b"\x00" in head:
        raise BadList(Problem.PROGRAM)
    text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").lstrip()
    if text.startswith("<"):
        if "<CONSOLIDATED_LIST" in text:
            return Source.UN
        raise BadList(Problem.DOCTYPE if "<!DOCTYPE" in text.upper() else Problem.UNKNOWN)
    first = text.splitlines()[0]
    if "Entity_LogicalId" in first and ";" in first:
        return Source.EU
    header = {cell.strip().strip('"').lower() for cell in first.split(",")}
    if header >= _SIMPLE_NEEDED:
        return Source.OPENSANCTIONS
    cells = next(csv.reader([first]), [])
    if len(cells) == _OFAC_COLUMNS and cells[0].strip().isdigit():
        return Source.OFAC
    raise BadList(Problem.UNKNOWN)


def read_list(file: IO[bytes], *, alt: IO[bytes] | None = None, source: Source | None = None) -> Reading:
    """A file as entries. `alt`: the ALT.CSV that belongs to an SDN.CSV; `source`: what it is expected to be."""
    file.seek(0)
    found = detect(file.read(HEAD))
    if source is not None and found != source:
        raise BadList(Problem.OTHER_FORMAT, detail=str(found.label))
    file.seek(0)
    about: dict[str, date] = {}
    if alt is not None and found != Source.OFAC:
        raise BadList(Problem.ALT_ALONE)
    read: dict[Source, Callable[[], Iterator[Entry]]] = {
        Source.UN: lambda: _un(file, about),
        Source.OFAC: lambda: _ofac(file, alt),
        Source.EU: lambda: _eu(file, about),
        Source.OPENSANCTIONS: lambda: _opensanctions(file),
    }
    return Reading(found, _whole(read[found]()), about)


def _whole(entries: Iterator[Entry]) -> Iterator[Entry]:
    """Entries that have a name, shortened to what is kept; a list without any is refused."""
    count = 0
    for entry in entries:
        names = list(dict.fromkeys(_clean(name)[:NAME_LENGTH] for name in entry.names))
        entry.names = [name for name in names if name][:ALIASES]
        entry.details = {k: short for k, v in entry.details.items() if (short := _clean(v)[:DETAIL_LENGTH])}
        entry.uid = _clean(entry.uid)[:80]
        if entry.names and entry.uid:
            count += 1
            yield entry
    if not count:
        raise BadList(Problem.EMPTY)


_SPACES = re.compile(r"[\s\x00-\x1f]+")


def _clean(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _day(text: str, *forms: str) -> date | None:
    for form in forms:
        try:
            return datetime.strptime(text[:10], form).date()  # noqa: DTZ007  (a day, without a zone)
        except ValueError:
            continue
    return None


# Tables -------------------------------------------------------------------------------------------------------------
def _rows(file: IO[bytes], *, delimiter: str = ",", columns: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of each row. A row with too few cells, or a quotation that never ends, is a broken file."""
    before = csv.field_size_limit(CELL)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if not row or row in (["\x1a"], [""]):
                continue  # SDN.CSV ends with the end-of-file sign of old systems
            if columns and len(row) < columns:
                raise BadList(Problem.BROKEN_OFF, reader.line_num, row[0])
            columns = columns or len(row)
            yield reader.line_num, row
    except UnicodeDecodeError as error:
        raise BadList(Problem.ENCODING, reader.line_num) from error
    except csv.Error as error:
        known = "unexpected end of data" in str(error)
        raise BadList(Problem.BROKEN_OFF if known else Problem.NOT_A_TABLE, reader.line_num) from error
    finally:
        csv.field_size_limit(before)
        text.detach()


def _table(file: IO[bytes], needed: set[str], **how: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows by the names in the first one."""
    rows = _rows(file, **how)  # type: ignore[arg-type]
    _line, header = next(rows, (0, []))
    header = [cell.strip() for cell in header]
    if not needed <= set(header):
        raise BadList(Problem.UNKNOWN, 1, ", ".join(sorted(needed - set(header))))
    for line, row in rows:
        yield line, dict(zip(header, row, strict=False))


def _ofac(file: IO[bytes], alt: IO[bytes] | None) -> Iterator[Entry]:
    """SDN.CSV: no header, twelve columns, "-0-" for nothing; the aliases are in ALT.CSV."""
    aliases: dict[str, list[str]] = defaultdict(list)
    if alt is not None:
        alt.seek(0)
        for line, row in _rows(alt, columns=_ALT_COLUMNS):
            if not row[0].strip().isdigit():
                raise BadList(Problem.NOT_ALT, line)
            aliases[row[0].strip()].append(row[3])
    for line, row in _rows(file, columns=_OFAC_COLUMNS):
        number, name, kind, programme, title, *more = (_ofac_cell(cell) for cell in row[:_OFAC_COLUMNS])
        if not number.isdigit():
            raise BadList(Problem.NOT_A_TABLE, line, number)
        details = {"programme": programme, "title": title, "remarks": more[-1]}
        yield Entry(number, _kind(kind), [name, *(_ofac_cell(alias) for alias in aliases.get(number, []))], details)


def _ofac_cell(text: str) -> str:
    found = text.strip()
    return "" if found.startswith(_NOTHING) else found


def _kind(word: str) -> str:
    """Person, organisation, or something else, in the words of any of the lists."""
    word = word.strip().lower()
    if word in {"individual", "person", "p"}:
        return "person"
    if word in {"vessel", "aircraft", "airplane", "vehicle", "security", "cryptowallet", "address"}:
        return "thing"
    return "organisation"


_EU_DETAILS = {
    "birth": ("BirthDate_BirthDate", "BirthDate_Year"),
    "country": ("Citizenship_CountryDescription", "Address_CountryDescription", "BirthDate_CountryDescription"),
    "number": ("Identification_Number",),
    "programme": ("Entity_Regulation_Programme",),
    "reference": ("Entity_EU_ReferenceNumber",),
    "listed_on": ("Entity_DesignationDate",),
}


def _eu(file: IO[bytes], about: dict[str, date]) -> Iterator[Entry]:
    """One row per name, birth date or document of an entity; the rows of an entity follow each other."""
    entry: Entry | None = None
    for _line, row in _table(file, _EU_NEEDED, delimiter=";"):
        if "published" not in about and (day := _day(row.get("fileGenerationDate", ""), "%d/%m/%Y", "%Y-%m-%d")):
            about["published"] = day
        uid = row["Entity_LogicalId"].strip()
        if entry is None or entry.uid != uid:
            if entry is not None:
                yield entry
            kind = row.get("Entity_SubjectType") or row.get("Entity_SubjectType_ClassificationCode") or ""
            entry = Entry(uid, _kind(kind), [])
        whole = row["NameAlias_WholeName"] or " ".join(
            row.get(f"NameAlias_{part}", "") for part in ("FirstName", "MiddleName", "LastName")
        )
        entry.names.append(whole)
        for code, columns in _EU_DETAILS.items():
            _add(entry.details, code, *(row.get(column, "") for column in columns))
    if entry is not None:
        yield entry


def _add(details: dict[str, str], code: str, *values: str) -> None:
    """The first of these that says something, beside what is known already."""
    value = next((_clean(v) for v in values if _clean(v)), "")
    known = [v for v in details.get(code, "").split("; ") if v]
    if value and value not in known and len(known) < 6:
        details[code] = "; ".join([*known, value])


_SIMPLE_DETAILS = {
    "birth": "birth_date", "country": "countries", "number": "identifiers", "programme": "sanctions",
    "reference": "dataset", "address": "addresses",
}  # fmt: skip


def _opensanctions(file: IO[bytes]) -> Iterator[Entry]:
    """targets.simple.csv: one row each, aliases and other values with semicolons between them."""
    for line, row in _table(file, _SIMPLE_NEEDED):
        if not row["id"].strip():
            raise BadList(Problem.NOT_A_TABLE, line)
        details = {code: "; ".join(row.get(column, "").split(";")) for code, column in _SIMPLE_DETAILS.items()}
        yield Entry(row["id"], _kind(row["schema"]), [row["name"], *row["aliases"].split(";")], details)


# XML ----------------------------------------------------------------------------------------------------------------
_UN_ROWS = {"INDIVIDUAL": "person", "ENTITY": "organisation"}
_UN_NAMES = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
#: Which value of the list is which of our details; those of a block are told apart by its name.
_UN_DETAILS = {
    "REFERENCE_NUMBER": "reference", "UN_LIST_TYPE": "programme", "LISTED_ON": "listed_on",
    "DESIGNATION/VALUE": "title",
    "NATIONALITY/VALUE": "country", "ENTITY_ADDRESS/COUNTRY": "country", "INDIVIDUAL_ADDRESS/COUNTRY": "country",
    "INDIVIDUAL_DATE_OF_BIRTH/DATE": "birth", "INDIVIDUAL_DATE_OF_BIRTH/YEAR": "birth",
    "INDIVIDUAL_DOCUMENT/NUMBER": "number",
}  # fmt: skip
_UN_ALIASES = {"INDIVIDUAL_ALIAS/ALIAS_NAME", "ENTITY_ALIAS/ALIAS_NAME", "NAME_ORIGINAL_SCRIPT"}


class _UnReader:
    """Gathers one INDIVIDUAL or ENTITY at a time while the parser goes through the file."""

    def __init__(self, about: dict[str, date]) -> None:
        self.about = about
        self.done: list[Entry] = []
        self.path: list[str] = []
        self.row = -1
        self.values: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.refuse
        self.parser.EntityDeclHandler = self.refuse

    def refuse(self, *_given: object) -> None:
        raise BadList(Problem.DOCTYPE, self.parser.CurrentLineNumber)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if not self.path:
            if name != "CONSOLIDATED_LIST":
                raise BadList(Problem.UNKNOWN, self.parser.CurrentLineNumber, name)
            if day := _day(attributes.get("dateGenerated", ""), "%Y-%m-%d", "%d/%m/%Y"):
                self.about["published"] = day
        self.path.append(name)
        self.text = []
        if name in _UN_ROWS and self.row < 0:
            self.row, self.values = len(self.path), []

    def characters(self, text: str) -> None:
        if self.row >= 0 and len(self.text) < CELL:
            self.text.append(text)

    def end(self, name: str) -> None:
        if self.row >= 0:
            if value := _clean("".join(self.text)):
                self.values.append(("/".join(self.path[self.row :]), value))
            self.text = []
            if len(self.path) == self.row:
                self.done.append(self.entry(_UN_ROWS[name]))
                self.row = -1
        self.path.pop()

    def entry(self, kind: str) -> Entry:
        first: dict[str, str] = {}
        for where, value in self.values:
            first.setdefault(where, value)
        aliases = [value for where, value in self.values if where in _UN_ALIASES]
        entry = Entry(first.get("DATAID", ""), kind, [" ".join(first.get(part, "") for part in _UN_NAMES), *aliases])
        for where, value in self.values:
            if where in _UN_DETAILS:
                _add(entry.details, _UN_DETAILS[where], value)
        return entry


def _un(file: IO[bytes], about: dict[str, date]) -> Iterator[Entry]:
    """The United Nations' consolidated list. Read in pieces; no entity of its own making gets in."""
    reader = _UnReader(about)
    is_last = False
    while not is_last:
        piece = file.read(CHUNK)
        is_last = not piece
        try:
            reader.parser.Parse(piece, is_last)
        except expat.ExpatError as error:
            broken = expat.errors.messages.get(error.code) in {
                expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN,
                expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
            } or is_last  # fmt: skip
            encoding = expat.errors.messages.get(error.code) in {
                expat.errors.XML_ERROR_INVALID_TOKEN, expat.errors.XML_ERROR_INCORRECT_ENCODING,
                expat.errors.XML_ERROR_UNKNOWN_ENCODING, expat.errors.XML_ERROR_PARTIAL_CHAR,
            }  # fmt: skip
            problem = Problem.BROKEN_OFF if broken else Problem.ENCODING if encoding else Problem.NOT_XML
            raise BadList(problem, error.lineno) from error
        yield from reader.done
        reader.done = []
