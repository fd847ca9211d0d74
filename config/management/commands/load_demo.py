"""Load the demo world into an empty installation."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from config.stories.loader import load
from config.stories.telling import StoryError


class Command(BaseCommand):
    help = "Load the demo world (fictional organisations, known passwords) into an empty installation."

    def handle(self, *args: Any, **options: Any) -> None:
        loud = options["verbosity"] > 0
        try:
            load(self.stdout.write if loud else lambda text: None)
        except (ValidationError, StoryError) as error:
            raise CommandError("; ".join(getattr(error, "messages", [str(error)]))) from error
        if loud:
            self.stdout.write("The demo world is loaded. Who can sign in: manage.py demo_signins")
