"""Tells chapters of a YAML file here to an installation, as its operator: `python -m tests.journeys.beginnings FILE …`.

The first time its people come in. A later chapter finds them, and the record, as the story has left them.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import django
import yaml

FOLDER = Path(__file__).resolve().parent
#: Of the link in the mail by which a body approves a note.
PURPOSE = "scoping.note"


def main(name: str, *chapters: str) -> None:
    from django.db import transaction

    # The verbs come with the loader.
    from config.stories.loader import Story, World, tell
    from config.stories.people import bring_in
    from config.stories.telling import verb
    from partnerships import clock
    from partnerships.notices.actions import keep_in_the_inbox
    from partnerships.people.models import User

    verb(body_approves)
    told = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    with transaction.atomic():
        world = World(clock.now())
        story = Story(world, name)
        if User.objects.exists():
            find(story, told["people"])
        else:
            bring_in(world, told["people"])
        for chapter in chapters:
            tell(story, told[chapter])
        keep_in_the_inbox(unread_days=0)
    sys.stdout.write(f"/p/{story.partnership.public_id}/\n")


def find(story: Any, described: dict[str, Any]) -> None:
    """Everybody by the names of the file, and the record."""
    from partnerships.people.models import Office, Organisation, User
    from partnerships.record.models import Partnership

    world = story.world
    world.people = {user.email.partition("@")[0]: user for user in User.objects.all()}
    for key, one in described.items():
        world.organisations[key] = organisation = Organisation.objects.get(name=one["name"])
        for office, its in one.get("offices", {}).items():
            world.offices[office] = Office.objects.get(organisation=organisation, name=its["name"])
    story.partnership = world.records[story.name] = Partnership.objects.get()


def body_approves(story: Any, by: Any, takes: Any) -> None:
    """A body without a seat: name, speaks_for, address; about, says, words, as it approved them by mail; readers."""
    from lifecycle.scoping.actions import bodies
    from partnerships.notices import links

    place = story.place(by)
    body = bodies.name_body(
        by=place, name=takes["name"], speaks_for=takes.get("speaks_for", ""), address=takes["address"]
    )
    bodies.ask(body, about=takes["about"], asked_on=story.date(takes["when"]), how=takes["how"], by=place)
    note = bodies.write_note(body, about=takes["about"], says=takes["says"], words=takes["words"], by=place)
    token = links.token_for(PURPOSE, note.pk, None, days=bodies.NOTE_DAYS)
    bodies.approve_note(token, readers=[story.party(one) for one in takes["readers"]])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    main(*sys.argv[1:])
