"""Published formats, whole and broken."""

from __future__ import annotations

import io

import pytest

from lifecycle.screening.formats import BadList, Entry, Reading, detect, read_list
from lifecycle.screening.states import Problem, Source

from .conftest import ALT, EU, OFAC, UN, simple


def reading(text: str | bytes, alt: str = "", source: Source | None = None) -> tuple[Reading, list[Entry]]:
    content = text if isinstance(text, bytes) else text.encode()
    found = read_list(io.BytesIO(content), alt=io.BytesIO(alt.encode()) if alt else None, source=source)
    return found, list(found.entries)


def problem(text: str | bytes, alt: str = "", source: Source | None = None) -> tuple[Problem, int]:
    with pytest.raises(BadList) as caught:
        reading(text, alt, source)
    return caught.value.problem, caught.value.line


def test_the_united_nations() -> None:
    found, (person, firm) = reading(UN)
    assert (found.source, str(found.published_on)) == (Source.UN, "2026-10-01")
    assert person.kind == "person"
    assert person.names == ["Tor Anselm Velgarm", "Тор Велгарм", "Thor Vellgarm"]
    assert person.details == {
        "programme": "Invented", "reference": "IVi.001", "country": "Nowhere", "birth": "1951"
    }  # fmt: skip
    assert (firm.kind, firm.names) == ("organisation", ["Kestria Mining Company", "Kestria & Sons"])


def test_ofac_with_and_without_its_aliases() -> None:
    found, (person, firm, ship) = reading(OFAC)
    assert found.source == Source.OFAC
    assert (person.uid, person.kind, person.names) == ("101", "person", ["VELGARM, Tor Anselm"])
    assert person.details == {"programme": "INVENTED", "title": "Chairman", "remarks": "DOB 1951; Nowhere."}
    assert (firm.kind, firm.details) == ("organisation", {"programme": "INVENTED"})
    assert ship.kind == "thing"
    _found, (person, firm, _ship) = reading(OFAC, ALT)
    assert person.names == ["VELGARM, Tor Anselm", "VELLGARM, Thor"]
    assert firm.names[1] == "KESTRIA & SONS"


def test_the_european_union_one_row_a_name() -> None:
    found, (person, firm) = reading(EU)
    assert (found.source, str(found.published_on)) == (Source.EU, "2026-10-01")
    assert person.names == ["Tor Anselm Velgarm", "Vellgarm; Thor"]
    assert person.details == {"birth": "1951-02-03", "country": "NOWHERE", "reference": "EU.1.1"}
    assert firm.names == ["Old Kestria"]


def test_opensanctions() -> None:
    text = simple([{"name": "Tor Velgarm", "aliases": "Thor Vellgarm;Тор Велгарм", "countries": "zz;yy"}])
    found, (person,) = reading(text)
    assert found.source == Source.OPENSANCTIONS
    assert person.names == ["Tor Velgarm", "Thor Vellgarm", "Тор Велгарм"]
    assert person.details == {"country": "zz; yy"}


def test_the_digest_changes_with_what_a_decision_could_rest_on_and_with_nothing_else() -> None:
    one = Entry("1", "person", ["A B", "C D"], {"birth": "1951", "country": "zz"})
    assert one.digest == Entry("2", "person", ["C D", "A B"], {"country": "zz", "birth": "1951"}).digest
    assert one.digest != Entry("1", "person", ["A B", "C D"], {"birth": "1952", "country": "zz"}).digest
    assert one.digest != Entry("1", "person", ["A B"], one.details).digest


@pytest.mark.parametrize("text", [UN, OFAC, EU, simple([{"name": f"Name {n}"} for n in range(20)]).decode()])
def test_a_file_that_breaks_off_anywhere_in_a_row_is_told(text: str) -> None:
    content = text.rstrip("\x1a\r\n").encode()
    # Within the last third, where a list breaks off; at the end of a row of a table nothing tells.
    for at in range(len(content) * 2 // 3, len(content) - 12):
        cut = content[:at]
        if not text.startswith("<") and (cut.endswith(b"\n") or content[at:].startswith((b"\r", b"\n"))):
            continue
        said = outcome(cut)
        if said == "":
            # A last cell that is cut short, in a row that has all its cells: nothing in the file tells.
            last = cut.splitlines()[-1]
            assert not text.startswith("<")
            assert last.count(b",") + last.count(b";") >= 8, at
        else:
            assert said in {Problem.BROKEN_OFF, Problem.ENCODING}, at


def outcome(content: bytes) -> str:
    """Why a file is not taken; "" where it is."""
    try:
        reading(content)
    except BadList as bad:
        return str(bad.problem)
    return ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", Problem.EMPTY),
        (b"  \n", Problem.EMPTY),
        (simple([]), Problem.EMPTY),
        (b"MZ\x90\x00\x03program", Problem.PROGRAM),
        (b"\x7fELF\x02", Problem.PROGRAM),
        (b"#!/bin/sh\necho", Problem.PROGRAM),
        (b"PK\x03\x04zip", Problem.PACKED),
        (b"\x1f\x8bgz", Problem.PACKED),
        (b"name,a\x00b", Problem.PROGRAM),
        ("name;who\n".encode("utf-16"), Problem.ENCODING),
        (simple([{"name": "José"}]).decode().encode("latin-1"), Problem.ENCODING),
        (UN.encode().replace(b"Velgarm", b"Velg\xe4rm"), Problem.ENCODING),
        (b"<html><body>Sign in</body></html>", Problem.UNKNOWN),
        (b"name,country\nTor,zz\n", Problem.UNKNOWN),
        (UN.replace("</INDIVIDUAL>", "</SOMETHING>").encode(), Problem.NOT_XML),
        (OFAC.replace("102,", "x102,").encode(), Problem.NOT_A_TABLE),
        (b"<CONSOLIDATED_LIST></CONSOLIDATED_LIST>", Problem.EMPTY),
    ],
)
def test_what_is_no_list_is_said_in_a_word(text: bytes, expected: Problem) -> None:
    assert problem(text)[0] == expected


def test_a_table_says_the_line() -> None:
    assert problem(OFAC.replace("\r\n102,", "\r\n102").encode()) == (Problem.BROKEN_OFF, 2)
    assert problem(UN.replace("</ENTITY>", "")) == (Problem.NOT_XML, 10)


BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>
<CONSOLIDATED_LIST><INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>&b;</FIRST_NAME></INDIVIDUAL></INDIVIDUALS>
</CONSOLIDATED_LIST>"""


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        BOMB.replace('<!ENTITY a "ha">', '<!ENTITY a SYSTEM "file:///etc/passwd">'),
        UN.replace("<CONSOLIDATED_LIST", '<!DOCTYPE x SYSTEM "http://example.org/x.dtd"><CONSOLIDATED_LIST', 1),
        "<?xml version='1.0'?>" + " " * 5000 + BOMB.partition("?>")[2],
    ],
)
def test_no_document_type_gets_in(text: str) -> None:
    assert problem(text)[0] in {Problem.DOCTYPE, Problem.UNKNOWN}


def test_an_alias_file_goes_with_ofac_alone_and_must_be_one() -> None:
    assert problem(UN, ALT)[0] == Problem.ALT_ALONE
    assert problem(OFAC, "no,1,aka,name,-0-\n")[0] == Problem.NOT_ALT
    assert problem(OFAC, ALT[:40])[0] == Problem.BROKEN_OFF


def test_another_format_than_expected_is_told() -> None:
    assert problem(UN, source=Source.EU)[0] == Problem.OTHER_FORMAT
    assert detect(EU.encode()) == Source.EU


def test_what_is_endless_is_cut() -> None:
    _found, (entry,) = reading(simple([{"name": "A" * 900, "aliases": ";".join(f"Name {n}" for n in range(400))}]))
    assert len(entry.names[0]) == 300
    assert len(entry.names) == 200
