"""The matcher as a command, and loading a list by those who run the installation."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from lifecycle.screening.models import ListVersion, ScreeningList
from lifecycle.screening.states import VersionState
from tests.factories import make_organisation

from .conftest import ALT, NEAR, OFAC, UN, simple


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "un.xml").write_text(UN, encoding="utf-8")
    (tmp_path / "SDN.CSV").write_bytes(OFAC.encode())
    (tmp_path / "ALT.CSV").write_bytes(ALT.encode())
    (tmp_path / "names.csv").write_text('Velgarm, Tor\n\n"Kestria Mining, Co."\nNobody Atall\n', encoding="utf-8")
    return tmp_path


def run(*arguments: object) -> str:
    out = StringIO()
    call_command(*[str(a) for a in arguments], stdout=out)
    return out.getvalue()


def test_it_prints_per_name_its_matches_with_score_and_reasons(files: Path) -> None:
    first, second, nobody = json.loads(run("screen_names", files / "un.xml", files / "names.csv", "--json"))
    assert first["name"] == "Velgarm, Tor"
    (match,) = first["matches"]
    assert (match["id"], match["kind"]) == ("11", "person")
    assert match["score"] >= 84
    assert {"code", "ours", "listed", "text"} == set(match["reasons"][0])
    assert "order" in {reason["code"] for reason in match["reasons"]}
    assert second["matches"][0]["listed"] == "Kestria Mining Company"
    assert nobody == {"name": "Nobody Atall", "matches": []}
    plain = run("screen_names", files / "un.xml", files / "names.csv")
    assert "The parts stand in another order." in plain


def test_it_takes_aliases_and_a_threshold(files: Path) -> None:
    (files / "one.csv").write_text("Thor Vellgarm\n")
    without = json.loads(run("screen_names", files / "SDN.CSV", files / "one.csv", "--json", "--threshold", "100"))
    assert without[0]["matches"] == []
    given = (files / "SDN.CSV", files / "one.csv", "--json", "--threshold", "100", "--alt", files / "ALT.CSV")
    assert json.loads(run("screen_names", *given))[0]["matches"][0]["id"] == "101"


@pytest.mark.parametrize(("name", "said"), [("missing.xml", "No such file"), ("names.csv", "none of the formats")])
def test_it_says_what_is_wrong(files: Path, name: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run("screen_names", files / name, files / "names.csv")
    (files / "cut.xml").write_text(UN[:-60], encoding="utf-8")
    with pytest.raises(CommandError, match=r"line 10: The file breaks off"):
        run("screen_names", files / "cut.xml", files / "names.csv")


@pytest.mark.django_db
def test_staff_loads_a_list_for_everybody_and_then_its_newer_version(files: Path) -> None:
    assert "3 entries with 5 names are in force" in run(
        "load_screening_list", files / "SDN.CSV", "--alt", files / "ALT.CSV"
    )
    run("load_screening_list", files / "SDN.CSV", "--published", "2026-10-02")
    one = ScreeningList.objects.get()
    assert one.organisation is None
    states = list(one.versions.order_by("pk").values_list("state", flat=True))
    assert states == [VersionState.REPLACED, VersionState.IN_FORCE]
    assert str(ListVersion.objects.latest("pk").published_on) == "2026-10-02"
    (files / "cut.csv").write_bytes(OFAC.encode()[:180])
    with pytest.raises(CommandError, match="in force before stays"):
        run("load_screening_list", files / "cut.csv")


@pytest.mark.django_db
def test_staff_loads_a_list_for_one_organisation(files: Path) -> None:
    organisation = make_organisation().organisation
    (files / "targets.csv").write_bytes(simple(NEAR))
    run("load_screening_list", files / "targets.csv", "--organisation", organisation.public_id, "--title", "Ours")
    assert ScreeningList.objects.get(title="Ours").organisation == organisation
    with pytest.raises(CommandError, match="no organisation"):
        run("load_screening_list", files / "targets.csv", "--organisation", "nobody")
