"""Sealed review answers under the newest key, so that an older one can go; and what to do when one is lost."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation.reviews import actions, sealing
from evaluation.reviews.models import Round, SealedAnswer


class Command(BaseCommand):
    help = (
        "Puts every sealed review answer under the first key of SEAL_KEYS; after that the other keys can go. "
        "--check only counts what the keys open. --give-up ROUND calls a round off whose key is lost for good."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="count, and change nothing")
        parser.add_argument("--give-up", metavar="ROUND", help="the id of a round, as it stands in its address")

    def handle(self, *args: Any, check: bool, give_up: str | None, **options: Any) -> None:
        try:
            if give_up:
                self._give_up(give_up)
            elif check:
                self._check()
            else:
                self._reseal()
        except sealing.NoKey as error:
            raise CommandError(str(error)) from error

    def _reseal(self) -> None:
        came = actions.reseal_all()
        self.stdout.write(f"{came.done} sealed answers are under the newest key; {came.rehashed} hashes renewed.")
        if came.stuck:
            raise CommandError(self._stuck(dict(came.stuck)) + " Do not take any key away yet.")
        self.stdout.write("The older keys can be taken out of SEAL_KEYS.")

    def _check(self) -> None:
        stuck: dict[str, int] = {}
        count = 0
        rows = SealedAnswer.objects.values_list("ciphertext", "part__round__public_id")
        for text, round in rows.iterator():
            count += 1
            if not sealing.can_open(text):
                stuck[round] = stuck.get(round, 0) + 1
        if stuck:
            raise CommandError(self._stuck(stuck))
        self.stdout.write(f"All {count} sealed answers open with the keys in SEAL_KEYS.")

    def _stuck(self, stuck: dict[str, int]) -> str:
        where = ", ".join(f"{count} in round {round}" for round, count in sorted(stuck.items()))
        return (
            f"Answers that no key in SEAL_KEYS opens: {where}. Put the key they were sealed with back behind the newer "
            "ones. If it is gone for good, their content is lost, and nothing else is: see “The keys” in "
            "docs/operating.md."
        )

    def _give_up(self, key: str) -> None:
        round = Round.objects.unguarded("whoever runs the installation names it").filter(public_id=key).first()
        if round is None:
            raise CommandError(f"There is no round {key}.")
        try:
            lost = actions.give_up(round)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(
            f"Round {key} is called off, {lost} answers were unreadable. Its partners are told and can plan a new one."
        )
