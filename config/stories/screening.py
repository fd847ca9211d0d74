"""Verbs of name screening. The lists of the demo world are invented, like everybody on them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.files.base import ContentFile

from lifecycle.screening import actions as screening
from lifecycle.screening.models import Match, ScreeningList

from .telling import Story, StoryError, verb

_COLUMNS = ("id", "schema", "name", "aliases", "birth_date", "countries", "identifiers", "sanctions", "dataset")


def table(entries: Sequence[Mapping[str, Any]]) -> bytes:
    """A list as OpenSanctions gives it out."""
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    for number, entry in enumerate(entries, start=1):
        writer.writerow({"id": f"inv-{number:03}", "schema": "Person", **entry})
    return out.getvalue().encode()


@verb
def names_list(story: Story, by: Any, takes: Any) -> None:
    """An administrator loads a list for their organisation: organisation, title, published (day), entries (the columns
    of OpenSanctions' simple table). A title that is there already gets a newer version."""
    organisation = story.world.organisations[takes["organisation"]]
    user = story.world.people[by]
    file = ContentFile(table(takes["entries"]), name="targets.simple.csv")
    more: dict[str, Any] = {"file": file, "published_on": story.date(takes["published"]), "by": user}
    known = ScreeningList.objects.filter(organisation=organisation, title=takes["title"], retired_at=None).first()
    version = (
        screening.load_version(known, **more)
        if known is not None
        else screening.start_list(organisation=organisation, source="opensanctions", title=takes["title"], **more)
    )
    if not screening.load(version.pk):
        version.refresh_from_db()
        raise StoryError(f"the list is not taken: {version.problem} in line {version.problem_line}")
    screening.sweep()


@verb
def principal(story: Story, by: Any, takes: Any) -> None:
    """A person whose name is searched: name, of (an organisation), role."""
    screening.name_principal(name=takes["name"], of=story.party(takes["of"]), role=takes["role"], by=story.place(by))


@verb
def search_names(story: Story, by: Any, takes: Any) -> None:
    """The names of the record are searched; keep: the search becomes a supporting document."""
    run = screening.search_now(by=story.place(by))
    if takes.get("keep"):
        screening.keep_as_document(run, by=story.place(by))


@verb
def decide_match(story: Story, by: Any, takes: Any) -> None:
    """listed: the name on the list; verdict (other, same, unsure), why."""
    place = story.place(by)
    found = Match.objects.visible_to(place).filter(party=place.own_party, listed=takes["listed"]).first()
    if found is None:
        raise StoryError(f"nothing was found that is called {takes['listed']}")
    screening.decide(found, verdict=takes["verdict"], why=takes["why"], by=place)
