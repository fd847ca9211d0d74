"""Lists in the database: what is in force, what is not taken, and what a worker that stops leaves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from lifecycle.screening import actions, loading, matching
from lifecycle.screening.models import ListedEntry, ListedKey, ListVersion, ScreeningList, packed, unpacked
from lifecycle.screening.queries import versions_in_force
from lifecycle.screening.searching import search
from lifecycle.screening.states import Problem, VersionState
from partnerships import clock
from partnerships.people import actions as people
from tests.factories import World, make_organisation

from .conftest import ALT, NEAR, OFAC, put, simple


def upload(content: bytes | str) -> ContentFile[Any]:
    return ContentFile(content if isinstance(content, bytes) else content.encode(), name="list")


def names_of(version: ListVersion) -> list[str]:
    return [name for entry in version.entries.order_by("number") for name in entry.names]


def test_a_list_comes_into_force_with_its_names_keys_and_figures(world: World) -> None:
    organisation = world.party("ngo").organisation
    version = actions.start_list(
        organisation=organisation, source="ofac", file=upload(OFAC), alt=upload(ALT), by=world.ngo.user
    )
    assert (version.state, versions_in_force(organisation)) == (VersionState.WAITING, [])
    assert actions.load(version.pk)
    version.refresh_from_db()
    assert (version.state, version.entries_count, version.names_count) == (VersionState.IN_FORCE, 3, 5)
    assert version.size == len(OFAC)
    assert names_of(version)[:2] == ["VELGARM, Tor Anselm", "VELLGARM, Thor"]
    assert version.keys.count() > 5
    # The upload is not kept.
    assert not version.file
    assert not default_storage.exists("screening") or not any(default_storage.listdir("screening")[1])
    assert not actions.load(version.pk), "loaded once"


def test_numbers_come_out_of_a_key_as_they_went_in() -> None:
    from array import array

    numbers = array("I", [0, 3, 70_000, 4_000_000_000])
    assert list(unpacked(packed(numbers))) == list(numbers)


def test_the_database_finds_what_the_index_finds(world: World) -> None:
    version = put(None, [{"name": f"Tor Velgar{c}"} for c in "abcdefghij"] + NEAR)
    index = matching.Index([entry.names for entry in version.entries.order_by("number")])
    for name in ("Velgarm Tor", "Corvane Gold", "Marit Ostrander", "Nobody"):
        wanted = [(f.entry, f.score) for f in index.find(name)]
        hits = search([version], [name], matching.THRESHOLD)[name]
        assert [(h.entry.number, h.score) for h in hits] == wanted


def test_a_newer_version_replaces_the_older_one_and_its_names_go(world: World) -> None:
    first = put(world.party("ngo").organisation)
    second = put(None, [{"name": "Tor Velgarm"}], again=first)
    first.refresh_from_db()
    assert (first.state, second.state) == (VersionState.REPLACED, VersionState.IN_FORCE)
    assert names_of(second) == ["Tor Velgarm"]
    assert not ListedEntry.objects.filter(version=first).exists()
    assert not ListedKey.objects.filter(version=first).exists()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (simple([{"name": f"Name {n}"} for n in range(9000)])[:-60], Problem.BROKEN_OFF),
        (simple([{"name": "José"}]).decode().encode("latin-1"), Problem.ENCODING),
        (simple([]), Problem.EMPTY),
        (b"MZ\x90\x00", Problem.PROGRAM),
        (OFAC.encode(), Problem.OTHER_FORMAT),
        (simple([{"name": "Tor Velgarm"}]), Problem.SHRUNK),
    ],
)
def test_a_file_that_is_not_taken_leaves_the_old_one_in_force(world: World, content: bytes, problem: Problem) -> None:
    first = put(world.party("ngo").organisation)
    second = actions.load_version(first.list, file=upload(content), by=None)
    assert not actions.load(second.pk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (second.state, second.problem) == (VersionState.FAILED, problem)
    assert second.problem_label
    assert first.state == VersionState.IN_FORCE
    assert names_of(first)[0] == "Korvane Gold Trading FZE"
    assert not second.entries.exists()
    assert not second.keys.exists()
    assert not second.file
    assert search([first], ["Corvane Gold"], 84)["Corvane Gold"]


def test_far_fewer_names_are_taken_when_somebody_says_so(world: World) -> None:
    first = put(world.party("ngo").organisation)
    smaller = actions.load_version(first.list, file=upload(simple([{"name": "Tor Velgarm"}])), may_shrink=True, by=None)
    assert actions.load(smaller.pk)


def test_too_many_entries_are_not_taken(world: World, settings: Any) -> None:
    settings.SCREENING_MAX_ENTRIES = 2
    version = put(world.party("ngo").organisation)
    assert (version.state, version.problem) == (VersionState.FAILED, Problem.TOO_MANY)


def test_a_worker_that_stops_is_followed_by_another_three_times_at_most(world: World) -> None:
    version = actions.start_list(organisation=None, source="opensanctions", file=upload(simple(NEAR)), by=None)
    assert loading._claim(version.pk) is not None
    assert loading._claim(version.pk) is None, "in other hands"
    with clock.at(clock.now() + timedelta(minutes=5)):
        again = loading._claim(version.pk)
        assert again is not None
        # What the first had written is not there twice.
        loading._read(again)
    with clock.at(clock.now() + timedelta(minutes=10)):
        assert actions.load(version.pk)
        version.refresh_from_db()
        assert version.entries.count() == len(NEAR)
        with pytest.raises(loading.Overtaken):
            loading._still_mine(again)


def test_a_list_that_is_retired_while_it_is_loaded_leaves_no_names(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = actions.start_list(organisation=None, source="opensanctions", file=upload(simple(NEAR)), by=None)
    write = loading._write_entries

    def retired_meanwhile(*given: Any) -> None:
        write(*given)
        actions.retire_list(version.list)
        write(version, [(9, given[1][0][1])], matching.Postings())

    monkeypatch.setattr(loading, "_write_entries", retired_meanwhile)
    assert not actions.load(version.pk)
    assert not ListedEntry.objects.exists()
    assert versions_in_force(world.party("ngo").organisation) == []


def test_after_three_attempts_it_is_given_up(world: World) -> None:
    version = actions.start_list(organisation=None, source="opensanctions", file=upload(simple(NEAR)), by=None)
    ListVersion.objects.filter(pk=version.pk).update(attempts=3, state="loading")
    actions.sweep()
    version.refresh_from_db()
    assert (version.state, version.problem) == (VersionState.FAILED, Problem.STOPPED)


def test_what_goes_wrong_is_logged_and_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(loading, "_put_into_force", broken)
    version = put(None)
    assert (version.state, version.problem) == (VersionState.FAILED, Problem.ERROR)


def test_one_version_of_a_list_at_a_time_and_none_of_a_retired_one(world: World) -> None:
    first = put(world.party("ngo").organisation)
    waits = actions.load_version(first.list, file=upload(simple(NEAR)), by=None)
    kept = waits.file.name
    assert waits.file.storage.exists(kept)
    with pytest.raises(ValidationError, match="being loaded"):
        actions.load_version(first.list, file=upload(simple(NEAR)), by=None)
    actions.retire_list(first.list)
    assert versions_in_force(world.party("ngo").organisation) == []
    assert not ListedEntry.objects.filter(version__list=first.list).exists()
    assert not waits.file.storage.exists(kept), "nobody reads the upload any more"
    first.list.refresh_from_db()
    with pytest.raises(ValidationError, match="not searched"):
        actions.load_version(first.list, file=upload(simple(NEAR)), by=None)


def test_an_alias_file_goes_with_ofac_alone(world: World) -> None:
    with pytest.raises(ValidationError):
        actions.start_list(
            organisation=None, source="opensanctions", file=upload(simple(NEAR)), alt=upload(ALT), by=None
        )
    assert not ScreeningList.objects.exists()


def test_lists_are_of_one_organisation_or_of_everybody(world: World) -> None:
    own, everybodys = put(world.party("ngo").organisation), put(None)
    assert versions_in_force(world.party("ngo").organisation) == [own, everybodys]
    assert versions_in_force(world.party("company").organisation) == [everybodys]


def test_a_merged_organisations_lists_go_on_being_searched(world: World) -> None:
    other = make_organisation("Sahel Futures twice").organisation
    version = put(other)
    people.merge(other, into=world.party("ngo").organisation)
    assert versions_in_force(world.party("ngo").organisation) == [version]
