"""Invite the first administrator of an organisation, by mail."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from partnerships.people.actions import INVITATION_DAYS, invite_organisation
from partnerships.people.states import OrganisationKind


class Command(BaseCommand):
    help = "Invite the first administrator of an organisation: a mail with a link that works once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="name of the organisation")
        parser.add_argument("--kind", required=True, choices=OrganisationKind.values)
        parser.add_argument("--email", required=True, help="mail address of its administrator")
        parser.add_argument("--person", default="", help="name of its administrator")
        parser.add_argument("--language", default="en", choices=["en", "fr", "es"])

    def handle(self, *args: Any, **options: Any) -> None:
        invite_organisation(
            name=options["name"],
            kind=options["kind"],
            email=options["email"],
            person=options["person"],
            language=options["language"],
        )
        self.stdout.write(f"Invited: a mail is on its way to {options['email']}, good for {INVITATION_DAYS} days.")
