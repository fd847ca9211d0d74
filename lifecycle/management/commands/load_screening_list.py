"""A public list for everybody in the installation, or for one organisation, loaded by those who run it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandError, CommandParser

from lifecycle.screening import actions
from lifecycle.screening.formats import HEAD, BadList, detect
from lifecycle.screening.models import ListVersion, ScreeningList
from lifecycle.screening.states import Source, VersionState
from partnerships.people.models import Organisation


class Command(BaseCommand):
    help = "Loads a published list, or its newest version, and puts it into force once it is read to its end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="LIST", type=Path, help="UN XML, SDN.CSV, EU CSV or targets.simple.csv")
        parser.add_argument("--alt", metavar="ALT.CSV", type=Path, help="the aliases that go with SDN.CSV")
        parser.add_argument("--title", default="", help="tells two lists of the same publisher apart")
        parser.add_argument(
            "--published", type=date.fromisoformat, metavar="DATE", help="where the file does not say it"
        )
        parser.add_argument("--organisation", default="", metavar="ID", help="for this one only: the id in its address")
        parser.add_argument("--even-if-smaller", action="store_true", help="though it has fewer than half of the names")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = self._organisation(options["organisation"])
        path: Path = options["file"]
        alt_path: Path | None = options["alt"]
        try:
            with path.open("rb") as file:
                source = detect(file.read(HEAD))
                file.seek(0)
                if alt_path is None:
                    version = self._take_in(file, None, source, organisation, options)
                else:
                    with alt_path.open("rb") as alt:
                        version = self._take_in(file, alt, source, organisation, options)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        except BadList as bad:
            raise CommandError(f"{path}: {bad.problem.label}") from bad
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        actions.load(version.pk)
        version.refresh_from_db()
        if version.state != VersionState.IN_FORCE:
            where = f" (line {version.problem_line})" if version.problem_line else ""
            raise CommandError(f"Not taken{where}: {version.problem_label} What was in force before stays.")
        self.stdout.write(
            f"{version.list}: {version.entries_count} entries with {version.names_count} names are in force."
        )

    def _organisation(self, public_id: str) -> Organisation | None:
        if not public_id:
            return None
        found: Organisation | None = Organisation.objects.filter(public_id=public_id).first()
        if found is None:
            raise CommandError("There is no organisation of this id.")
        return found

    def _take_in(
        self, file: Any, alt: Any, source: Source, organisation: Organisation | None, options: dict[str, Any]
    ) -> ListVersion:
        upload = File(file, name="list")
        actions.check_size(upload, upload.size)
        known = ScreeningList.objects.filter(
            organisation=organisation, source=source, title=options["title"], retired_at=None
        ).first()
        more: dict[str, Any] = {
            "file": upload,
            "alt": File(alt, name="alt") if alt is not None else None,
            "published_on": options["published"],
            "by": None,
        }
        if known is None:
            return actions.start_list(organisation=organisation, source=source, title=options["title"], **more)
        return actions.load_version(known, may_shrink=options["even_if_smaller"], **more)
