from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from partnerships.catalogue.actions import check_own, kind_of, load_all, load_own
from partnerships.catalogue.loading import CatalogueError, parse_theirs, read_all
from partnerships.people.models import Organisation


class Command(BaseCommand):
    help = "Store the shipped catalogue (lessons, questions, clauses, …), or publish an organisation's own library or review from a file. Safe to run again."  # fmt: skip  # noqa: E501

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="with --organisation: the YAML file of its library")
        parser.add_argument("--organisation", default="", help="its id (as in addresses), or its exact name")
        parser.add_argument("--check", action="store_true", help="only check the files, and store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["organisation"]) != (options["file"] is not None):
            raise CommandError("A file and --organisation go together.")
        try:
            if options["organisation"]:
                self._own(options["organisation"], options["file"], check=options["check"])
            elif options["check"]:
                shipped = read_all()
                items = sum(len(each.typed.items) for each in shipped)
                self.stdout.write(f"{len(shipped)} lists, {items} items: all well.")
            else:
                loaded = load_all()
                self.stdout.write(f"Catalogue: {loaded.added} lists added, {loaded.unchanged} as they were.")
        except CatalogueError as error:
            raise CommandError(f"The catalogue was not loaded:\n{error}") from None

    def _own(self, whose: str, path: Path, *, check: bool) -> None:
        found = list(Organisation.objects.filter(Q(public_id=whose) | Q(name=whose)))
        if len(found) != 1:
            raise CommandError(f"{len(found)} organisations are called {whose!r}: give the id from its page's address.")
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} cannot be read: {error}") from None
        parsed = parse_theirs(text, path.name)
        if check:
            check_own(parsed, kind=kind_of(parsed))
            self.stdout.write(f"{path.name}: {len(parsed.data['items'])} items: all well.")
            return
        made = load_own(parsed, organisation=found[0])
        if made is None:
            self.stdout.write(f"{path.name}: already published as it is.")
        else:
            self.stdout.write(f"{path.name}: published as {made.code}, version {made.version}.")
