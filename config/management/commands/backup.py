"""bin/backup: the whole installation into one archive, while it runs."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from config.backup.making import NoBackup, make, own_seal_stays_out, thin_out

PASSPHRASE = "BACKUP_PASSPHRASE"  # noqa: S105  (the name of a variable)
SHORTEST_PASSPHRASE = 12


def passphrase_given(file: str) -> str:
    """From a file, else from the environment; never from the command line, which other users of the machine see."""
    if not file:
        return os.environ.get(PASSPHRASE, "").strip()
    try:
        return Path(file).read_text().strip()
    except OSError as error:
        raise CommandError(f"The passphrase's file cannot be read: {error}. Nothing was changed.") from None


class Command(BaseCommand):
    help = "Writes database, files and keys into one archive, while people go on working."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("to", type=Path, help="a folder (the archive's name says the moment), or a file to make")
        parser.add_argument("--keep", type=int, metavar="N", help="of the archives in the folder keep the newest N")
        kind = parser.add_mutually_exclusive_group()
        kind.add_argument(
            "--without-keys", action="store_true", help="leave the keys out: keep a copy of them elsewhere"
        )
        kind.add_argument(
            "--passphrase-file", default="", metavar="FILE", help="encrypt the keys with what stands in it"
        )
        kind.add_argument("--ask-passphrase", action="store_true", help="encrypt the keys with a passphrase typed here")

    def handle(self, *args: Any, **options: Any) -> None:
        target, keep = options["to"].expanduser(), options["keep"]
        if keep is not None and (keep < 1 or not target.is_dir()):
            raise CommandError("--keep takes a number from 1, and a folder to keep that many in. Nothing was changed.")
        phrase = "" if options["without_keys"] else self._passphrase(options)
        try:
            path, manifest = make(target, passphrase=phrase, with_keys=not options["without_keys"])
        except NoBackup as error:
            raise CommandError(str(error)) from None
        except (DatabaseError, OSError) as error:
            raise CommandError(f"No archive was made: {str(error).strip()}") from None
        self.stdout.write(f"Written: {path} ({path.stat().st_size / 1e6:.1f} MB)\n{manifest.in_words()}.")
        self.stdout.write(self._on_keys(manifest.keys))
        if own_seal_stays_out():
            self.stdout.write("The file that SEAL_P12 names is not in it: keep a copy of your own.")
        for name in manifest.missing_files:
            self.stderr.write(f"The database names a file that the storage does not have: {name}")
        if keep is not None:
            thin_out(target, keep, self.stdout.write)

    def _passphrase(self, options: dict[str, Any]) -> str:
        if options["ask_passphrase"]:
            if not sys.stdin.isatty():
                raise CommandError("--ask-passphrase needs a terminal; --passphrase-file takes a file.")
            phrase = getpass.getpass("Passphrase for the keys: ").strip()
            if phrase != getpass.getpass("Once more: ").strip():
                raise CommandError("The two are not the same. Nothing was changed.")
        else:
            phrase = passphrase_given(options["passphrase_file"])
        asked = options["ask_passphrase"] or options["passphrase_file"]
        if (asked or phrase) and len(phrase) < SHORTEST_PASSPHRASE:
            raise CommandError(f"A passphrase has at least {SHORTEST_PASSPHRASE} characters. Nothing was changed.")
        return phrase

    @staticmethod
    def _on_keys(kind: str) -> str:
        return {
            "plain": "The keys are in it as they are: who has this file can read everything, sealed answers included. "
            f"Keep it as you keep the keys, or give a passphrase (--ask-passphrase, --passphrase-file, {PASSPHRASE}).",
            "passphrase": "Its keys are encrypted. Keep the passphrase elsewhere: without it sealed answers are lost.",
            "none": "The keys are NOT in it. Without a copy of them sealed answers can never be opened again, links in "
            "mails stop working, and everybody signs in anew: keep SEAL_KEYS, LINK_KEY and SECRET_KEY elsewhere.",
        }[kind]
