"""bin/restore: an archive of bin/backup back into an installation."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from config.backup import keys as keyring
from config.backup.archive import Archive, BadArchive, reading
from config.backup.restoring import NotRestored, Restored, alone, is_in_use, refuse_company, refuse_newer, restore

from .backup import PASSPHRASE, passphrase_given


class Command(BaseCommand):
    help = "Brings back what bin/backup wrote. Checks the whole archive before it touches anything."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("archive", type=Path)
        look = parser.add_mutually_exclusive_group()
        look.add_argument("--check", action="store_true", help="only check the archive, and say what is in it")
        look.add_argument("--print-keys", action="store_true", help="only print its keys, as lines for a file .env")
        look.add_argument("--over", action="store_true", help="replace the data that is here")
        parser.add_argument("--without-keys", action="store_true", help="leave the keys as they are here")
        parser.add_argument("--passphrase-file", default="", metavar="FILE", help="what the keys are encrypted with")
        parser.add_argument("--connected", action="store_true", help="though others are connected to the database")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with reading(options["archive"].expanduser()) as archive:
                self._do(archive, options)
        except (BadArchive, NotRestored) as error:
            raise CommandError(str(error)) from None
        except DatabaseError as error:
            raise CommandError(f"The database did not take it: {str(error).strip()}") from None
        except OSError as error:
            raise CommandError(f"It could not be written: {error}") from None

    def _do(self, archive: Archive, options: dict[str, Any]) -> None:
        made = archive.manifest
        self.stdout.write(
            f"Archive of {made.made_at[:16].replace('T', ' ')} UTC, release {made.version}, from {made.engine}."
        )
        archive.check()
        self.stdout.write(f"{made.in_words()}. Every hash is right. Keys: {self._keys_in_words(made.keys)}.")
        for name in made.missing_files:
            self.stdout.write(f"It was missing already when the archive was made: {name}")
        if options["check"]:
            return
        keys = None if options["without_keys"] else self._keys(archive, options["passphrase_file"])
        if options["print_keys"]:
            self.stdout.write(keys.as_lines() if keys is not None else "There are no keys in it.")
            return
        refuse_newer(made)
        with self._place(options):
            restored = restore(archive, keys, self.stdout.write)
        self._say(archive, restored, kept=keys is None)

    @staticmethod
    def _keys_in_words(kind: str) -> str:
        return {"plain": "as they are", "passphrase": "encrypted", "none": "not in it"}[kind]

    @staticmethod
    def _keys(archive: Archive, file: str) -> keyring.Keys | None:
        if archive.manifest.keys == "none":
            return None
        content = b"".join(archive.pieces("keys.json"))
        if archive.manifest.keys == "plain":
            return keyring.Keys.from_bytes(content)
        phrase = passphrase_given(file)
        if not phrase and sys.stdin.isatty():
            phrase = getpass.getpass("Passphrase of the keys: ").strip()
        if not phrase:
            raise NotRestored(
                f"Its keys are encrypted: give the passphrase (--passphrase-file, {PASSPHRASE}), or restore without "
                "them (--without-keys); then sealed answers stay shut. Nothing was changed."
            )
        try:
            return keyring.Keys.from_bytes(keyring.unlock(content, phrase))
        except keyring.WrongPassphrase:
            raise NotRestored("This is not the passphrase of the keys. Nothing was changed.") from None

    @contextmanager
    def _place(self, options: dict[str, Any]) -> Iterator[None]:
        """Room for the archive: nobody else at work, and nothing that anybody would miss."""
        with ExitStack() as stack:
            stack.enter_context(alone())
            if not options["connected"]:
                refuse_company()
            if is_in_use():
                if not options["over"]:
                    raise NotRestored(
                        f"There is data here ({self._where()}). --over replaces it: all of it is then gone, so "
                        "make a backup of it first if you may want it back. Nothing was changed."
                    )
                self._ask()
            yield

    @staticmethod
    def _where() -> str:
        settings = connection.settings_dict
        host = f" at {settings['HOST']}" if settings.get("HOST") else ""
        return f"{settings['NAME']}{host}"

    def _ask(self) -> None:
        if not sys.stdin.isatty():
            return
        self.stdout.write(f"This destroys the data that is here now ({self._where()}) and its files.")
        if input("Type restore to go on: ").strip() != "restore":
            raise NotRestored("Nothing was changed.")

    def _say(self, archive: Archive, restored: Restored, *, kept: bool) -> None:
        made = archive.manifest
        self.stdout.write(f"\nRestored, and compared row by row: {made.in_words()}.")
        if restored.files_removed:
            self.stdout.write(f"{restored.files_removed} files of the former data were removed.")
        if restored.keys:
            self.stdout.write(f"Keys written to {keyring.folder()}: {', '.join(restored.keys)}.")
        elif kept:
            self.stdout.write("Keys: as they are here.")
        if restored.sealed_shut:
            self.stderr.write(
                f"{restored.sealed_shut} of {restored.sealed} sealed answers open with no key here. Put the key they "
                "were sealed with into SEAL_KEYS (or var/keys/seal), after the others; until then rounds stay shut."
            )
        elif restored.sealed:
            self.stdout.write(f"The keys open all {restored.sealed} sealed answers.")
        self.stdout.write("Start Common Ground; people sign in anew.")
