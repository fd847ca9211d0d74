"""Print who can sign in, where the demo world is loaded."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from config.stories.people import PASSWORD, address
from partnerships.people.models import User

#: One for each role: what it is, and who.
SIGNINS: tuple[tuple[str, str], ...] = (
    ("NGO lead", "aissata"),
    ("Company lead", "ruth"),
    ("Field officer", "fanta"),
    ("Broker", "leonie"),
    ("Administrator", "henri"),
    ("Community body", "kadia"),
    ("Staff", "staff"),
)


class Command(BaseCommand):
    help = "Print the sign-ins of the demo world, if it is loaded."

    def handle(self, *args: Any, **options: Any) -> None:
        people = User.objects.in_bulk([address(name) for _role, name in SIGNINS], field_name="email")
        found = [(role, people[address(name)]) for role, name in SIGNINS if address(name) in people]
        if not found:
            return
        self.stdout.write(f"\nDemo sign-ins, all with the password {PASSWORD}")
        for role, user in found:
            who = ", ".join(filter(None, [user.name, user.organisation_name]))
            self.stdout.write(f"  {role:<16}{user.email:<26}{who}")
        self.stdout.write("")
