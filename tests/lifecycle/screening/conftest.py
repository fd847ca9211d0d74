"""Lists of invented names in each format, and short ways to load and search them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import pytest
from django.core.files.base import ContentFile

from lifecycle.screening import actions
from lifecycle.screening.models import ListVersion, Match
from partnerships.people.models import Organisation
from partnerships.record.states import Stage
from tests.factories import World, make_partnership

UN = """<?xml version="1.0" encoding="utf-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-10-01T10:00:00Z">
<INDIVIDUALS><INDIVIDUAL><DATAID>11</DATAID><FIRST_NAME>Tor</FIRST_NAME><SECOND_NAME>Anselm</SECOND_NAME>
<THIRD_NAME>Velgarm</THIRD_NAME><UN_LIST_TYPE>Invented</UN_LIST_TYPE><REFERENCE_NUMBER>IVi.001</REFERENCE_NUMBER>
<NAME_ORIGINAL_SCRIPT>Тор Велгарм</NAME_ORIGINAL_SCRIPT><NATIONALITY><VALUE>Nowhere</VALUE></NATIONALITY>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Thor Vellgarm</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_DATE_OF_BIRTH><YEAR>1951</YEAR></INDIVIDUAL_DATE_OF_BIRTH></INDIVIDUAL></INDIVIDUALS>
<ENTITIES><ENTITY><DATAID>12</DATAID><FIRST_NAME>Kestria Mining Company</FIRST_NAME>
<ENTITY_ALIAS><ALIAS_NAME>Kestria &amp; Sons</ALIAS_NAME></ENTITY_ALIAS>
<ENTITY_ADDRESS><COUNTRY>Nowhere</COUNTRY></ENTITY_ADDRESS></ENTITY></ENTITIES></CONSOLIDATED_LIST>
"""
OFAC = (
    '101,"VELGARM, Tor Anselm","individual","INVENTED","Chairman",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
    '"DOB 1951; Nowhere."\r\n'
    '102,"KESTRIA MINING COMPANY",-0- ,"INVENTED",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
    '103,"MORNING HERON","vessel","INVENTED",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"-0- "\r\n\x1a'
)
ALT = '101,1,"aka","VELLGARM, Thor",-0- \r\n102,2,"fka","KESTRIA & SONS",-0- \r\n'
EU = (
    "\ufefffileGenerationDate;Entity_LogicalId;Entity_EU_ReferenceNumber;Entity_SubjectType;NameAlias_LastName;"
    "NameAlias_FirstName;NameAlias_MiddleName;NameAlias_WholeName;BirthDate_BirthDate;Citizenship_CountryDescription\r\n"
    "01/10/2026;21;EU.1.1;P;Velgarm;Tor;Anselm;Tor Anselm Velgarm;1951-02-03;NOWHERE\r\n"
    '01/10/2026;21;EU.1.1;P;;;;"Vellgarm; Thor";;\r\n'
    "01/10/2026;22;EU.1.2;E;Kestria;Old;;;;\r\n"
)


def simple(entries: Sequence[dict[str, Any]]) -> bytes:
    """targets.simple.csv, as OpenSanctions gives it out."""
    out = io.StringIO()
    columns = ["id", "schema", "name", "aliases", "birth_date", "countries", "identifiers", "sanctions", "dataset"]
    writer = csv.DictWriter(out, columns, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    for number, entry in enumerate(entries, start=1):
        writer.writerow({"id": f"inv-{number}", "schema": "Person", **entry})
    return out.getvalue().encode()


#: Near to the company of the tests' world, and to a director who may be named.
NEAR: list[dict[str, Any]] = [
    {"name": "Korvane Gold Trading FZE", "schema": "Company", "identifiers": "REG 40"},
    {"name": "Marit Oestrander", "birth_date": "1951-04-02"},
    {"name": "Larkspur Quarry Holding"},
]


def put(
    organisation: Organisation | None, entries: Sequence[dict[str, Any]] = NEAR, *, again: ListVersion | None = None
) -> ListVersion:
    """Load a list, or (again) a newer version of one, as the worker does."""
    file = ContentFile(simple(entries), name="targets.simple.csv")
    if again is not None:
        version = actions.load_version(again.list, file=file, by=None, may_shrink=True)
    else:
        version = actions.start_list(organisation=organisation, source="opensanctions", file=file, by=None)
    actions.load(version.pk)
    version.refresh_from_db()
    return version


def found(world: World, side: str = "ngo") -> dict[str, Match]:
    """The matches of a side, by the listed name."""
    return {m.listed: m for m in Match.objects.of(world.partnership).filter(party=world.party(side)).order_by("pk")}


@pytest.fixture
def world(db: None) -> World:
    """Two partners, a broker and a community body, in due diligence."""
    return make_partnership(broker=True, community=True, stage=Stage.DILIGENCE)
