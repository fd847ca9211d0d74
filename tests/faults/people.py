"""What one person does at a record, for locust: reads much, writes now and then, with pauses as people make them."""

from __future__ import annotations

import itertools
import json
import os
import random
from datetime import UTC, datetime

from locust import HttpUser, between, task

WORLD = json.loads(os.environ["LOAD_WORLD"])["record"]
AT = f"/p/{WORLD['pid']}/"
TOKEN = "t" * 32
numbers = itertools.count()


class AtARecord(HttpUser):
    wait_time = between(2, 8)

    def on_start(self) -> None:
        self.number = next(numbers)
        seats = [who for name, who in WORLD["people"].items() if name != "broker"]
        self.client.cookies.set("sessionid", seats[self.number % len(seats)]["session"])
        self.client.cookies.set("csrftoken", TOKEN)

    def read(self, path: str, name: str) -> None:
        self.client.get(path, name=name)

    def send(self, path: str, name: str, wanted: int, **more: object) -> None:
        """An answer that is not the one of a success counts as an error."""
        headers = {"X-CSRFToken": TOKEN, "Referer": self.host}
        with self.client.post(
            path, name=name, headers=headers, allow_redirects=False, catch_response=True, **more
        ) as answer:
            if answer.status_code != wanted:
                answer.failure(f"{answer.status_code} instead of {wanted}")

    @task(10)
    def home(self) -> None:
        self.read("/", "home")

    @task(10)
    def record(self) -> None:
        self.read(AT, "record")

    @task(4)
    def gate(self) -> None:
        self.read(f"{AT}gate/", "gate")

    @task(4)
    def commitments(self) -> None:
        self.read(f"{AT}delivery/", "commitments")

    @task(4)
    def contacts(self) -> None:
        self.read(f"{AT}communication/contacts/", "contacts")

    @task(3)
    def documents(self) -> None:
        self.read(f"{AT}documents/", "documents")

    @task(3)
    def history(self) -> None:
        self.read(f"{AT}history/", "history")

    @task(2)
    def partnerships(self) -> None:
        self.read("/partnerships/", "partnerships")

    @task(2)
    def notices(self) -> None:
        self.read("/notices/", "notices")

    @task(3)
    def log_a_contact(self) -> None:
        today = datetime.now(UTC).date().isoformat()
        given = {"who": "Health committee", "held_on": today, "said": "We talked.", "readers": "partners"}
        self.send(f"{AT}communication/contacts/log/", "log a contact", 302, data=given)

    @task(1)
    def add_a_file(self) -> None:
        content = b"What we saw at the wells.\n" * random.randint(100, 4000)
        given = {"title": f"Notes {self.number}", "circle": "partners", "kind": "", "note": ""}
        self.send(f"{AT}documents/new/", "add a file", 302, data=given, files={"file": ("notes.txt", content)})
