"""Name screening: loading a list of 200,000 invented names, and searching the names of one record in it."""

from __future__ import annotations

import csv
import io
import random
import time
from dataclasses import dataclass
from statistics import median

from django.core.files.base import ContentFile

from config.stories.people import address
from lifecycle.screening import actions
from lifecycle.screening.models import ListVersion, Match, Principal, ScreeningRun
from lifecycle.screening.states import VersionState
from partnerships.access.guard import place_of
from partnerships.people.models import User
from partnerships.record.models import Partnership

from .judged import Judged

NAME = "name screening"
ENTRIES = 200_000
#: Seconds.
LOADED_WITHIN, SEARCHED_WITHIN = 60.0, 1.0
ROUNDS = 5
#: People who are named beside the record's organisations.
PEOPLE = 12

_SYLLABLES = [first + second for first in "bcdfghjklmnprstvz" for second in "aeiou"]
_GIVEN = [
    "Anselm", "Birgit", "Cosima", "Dorian", "Edwina", "Fabrice", "Gisela", "Henrik", "Ilona", "Jorinde", "Konrad",
    "Leopold", "Mathilde", "Nikolaus", "Ottilie", "Philippa", "Quentin", "Rosalind", "Severin", "Theodora",
]  # fmt: skip
_GENERIC = ["Mining", "Trading", "Resources", "Holding", "Logistics", "Energy", "Construction", "Services"]
_FORMS = ["Ltd", "LLC", "GmbH", "S.A.", "FZE", "PLC", "Oy", "d.o.o."]


@dataclass
class Figure(Judged):
    """`load_s` from the stored file to the list in force; `search_s` of one record's names, its matches written."""

    entries: int = 0
    names: int = 0
    load_s: float = 0.0
    load_cpu_s: float = 0.0
    searched: int = 0
    search_s: float = 0.0
    matches: int = 0

    def judge(self) -> None:
        self.judge_by(
            {
                f"loaded within {LOADED_WITHIN:.0f} s": self.load_s <= LOADED_WITHIN,
                f"searched within {SEARCHED_WITHIN:.0f} s": self.search_s <= SEARCHED_WITHIN,
                "matches found": self.matches >= PEOPLE // 2,
            }
        )

    def __str__(self) -> str:
        return (
            f"Name screening: {self.entries:,} entries with {self.names:,} names loaded in {self.load_s:.1f} s "
            f"({self.load_cpu_s:.1f} s of this process’s CPU); "
            f"{self.searched} names of a record searched in {self.search_s:.2f} s, {self.matches} matches."
            f"{self.verdict}"
        )


class _Maker:
    def __init__(self) -> None:
        self.random = random.Random(20_260_901)
        self.words = [self.word() for _ in range(60_000)]

    def word(self) -> str:
        made = "".join(self.random.choice(_SYLLABLES) for _ in range(self.random.choice([2, 3, 3, 4])))
        return (made + self.random.choice(["", "n", "r", "s", "k"])).capitalize()

    def person(self) -> str:
        return f"{self.random.choice(_GIVEN)} {self.random.choice(_GIVEN)} {self.random.choice(self.words)}"

    def firm(self) -> str:
        choose = self.random.choice
        return f"{choose(self.words)} {choose(self.words)} {choose(_GENERIC)} {choose(_FORMS)}"


def table(entries: int) -> tuple[bytes, list[str]]:
    """The list as OpenSanctions gives it out, one alias on every fifth entry; and people on it."""
    maker, out, people = _Maker(), io.StringIO(), []
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(
        ["id", "schema", "name", "aliases", "birth_date", "countries", "identifiers", "sanctions", "dataset"]
    )
    for number in range(entries):
        is_person = number % 5 < 3
        name = maker.person() if is_person else maker.firm()
        if is_person and len(people) < PEOPLE:
            people.append(name)
        alias = (maker.person() if is_person else maker.firm()) if number % 5 == 4 else ""
        schema = "Person" if is_person else "Company"
        writer.writerow([f"inv-{number}", schema, name, alias, "1961", "zz", f"N{number}", "Invented", "invented"])
    return out.getvalue().encode(), people


def measure(entries: int = ENTRIES) -> Figure:
    """In the database as it is; what it makes goes again."""
    record = Partnership.objects.get(name="Kessa health posts")
    place = place_of(User.objects.get(email=address("aissata")), record)
    content, people = table(entries)
    version = actions.start_list(
        organisation=place.own_party.organisation,
        source="opensanctions",
        title="Invented for the bench",
        file=ContentFile(content, name="targets.simple.csv"),
        by=place.user,
    )
    figure = Figure()
    try:
        started, cpu = time.perf_counter(), time.process_time()
        actions.loading.load(version.pk)
        figure.load_s, figure.load_cpu_s = time.perf_counter() - started, time.process_time() - cpu
        version = ListVersion.objects.get(pk=version.pk)
        if version.state != VersionState.IN_FORCE:
            raise SystemExit(f"The list was not taken: {version.problem}")
        figure.entries, figure.names = version.entries_count, version.names_count
        for name in people:
            # The surname first, and one letter of it wrong.
            given, _middle, family = name.split(" ")
            wrong = f"{family[:-1]}{'a' if family[-1] != 'a' else 'e'} {given}"
            actions.name_principal(name=wrong, of=place.own_party, role="director", by=place)
        spent = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            run = actions.search_now(by=place)
            spent.append(time.perf_counter() - started)
        figure.search_s, figure.matches = median(spent), run.found_count
        figure.searched = len(run.organisations) + run.people_count
    finally:
        _take_back(version, place.own_party.pk)
    figure.judge()
    return figure


def _take_back(version: ListVersion, party: int) -> None:
    why = "the bench's own rows"
    actions.retire_list(version.list)
    Match.objects.unguarded(why).filter(listing=version.list).delete()
    Principal.objects.unguarded(why).filter(party=party, matches=None, author__email=address("aissata")).delete()
    ScreeningRun.objects.unguarded(why).filter(lists__version=version).delete()
