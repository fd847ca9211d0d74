from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from partnerships.catalogue.actions import load_all
from partnerships.catalogue.loading import CatalogueError, read_all


class Command(BaseCommand):
    help = "Store the shipped catalogue (lessons, questions, clauses, …). Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only check the files, without the database")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["check"]:
                shipped = read_all()
                items = sum(len(each.typed.items) for each in shipped)
                self.stdout.write(f"{len(shipped)} lists, {items} items: all well.")
            else:
                loaded = load_all()
                self.stdout.write(f"Catalogue: {loaded.added} lists added, {loaded.unchanged} as they were.")
        except CatalogueError as error:
            raise CommandError(f"The catalogue was not loaded:\n{error}") from None
