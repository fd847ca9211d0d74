"""Files that belong to nobody, taken away now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from partnerships.documents import orphans


class Command(BaseCommand):
    help = "Takes away files older than 24 hours that no row names, as a worker does once a day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--anyway", action="store_true", help="also where so many have no row that it looks wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = orphans.sweep(anyway=options["anyway"])
        except orphans.NotOurs:
            raise CommandError(
                "So many files have no row that this database may be an older one, or another installation's. None was "
                "taken away. If it is the right one: --anyway"
            ) from None
        self.stdout.write(f"{count} files that belonged to nobody were taken away.")
