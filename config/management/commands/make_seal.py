"""A key and certificate for the PDFs of signed agreements, as a line for .env."""

from __future__ import annotations

import base64
from typing import Any

from django.core.management.base import BaseCommand

from lifecycle.agreement.sealing import new_store


class Command(BaseCommand):
    help = "Prints SEAL_P12 with a new key and certificate, for workers on several machines. Keep it as the other keys."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"SEAL_P12=base64:{base64.b64encode(new_store()).decode()}")
