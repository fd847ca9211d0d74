"""Whole installations beside the test's own: each a data folder and a database, and the operator's commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2

ROOT = Path(__file__).resolve().parents[3]
RELEASES = ROOT / "tests" / "releases"
#: On PostgreSQL where the suite is.
SERVER = os.environ.get("DATABASE_URL", "")


class Installation:
    """One of them. Without a server its database is SQLite."""

    def __init__(self, folder: Path, server: str = "") -> None:
        self.var = folder / "var"
        self.database = f"cg_backup_{uuid.uuid4().hex[:12]}" if server else ""
        self.url = f"{server.rpartition('/')[0]}/{self.database}" if server else ""
        self.server = server
        if server:
            self.on_server(f"CREATE DATABASE {self.database}")

    def on_server(self, statement: str) -> None:
        parts = urlsplit(self.server)
        connection = psycopg2.connect(f"{parts.scheme}://{parts.netloc}/postgres")
        connection.autocommit = True
        connection.cursor().execute(statement)
        connection.close()

    def wreck(self) -> None:
        """As a lost disk does."""
        subprocess.run(["rm", "-rf", str(self.var)], check=True)
        if self.server:
            self.on_server(f"DROP DATABASE {self.database}")
            self.on_server(f"CREATE DATABASE {self.database}")

    def close(self) -> None:
        if self.server:
            self.on_server(f"DROP DATABASE IF EXISTS {self.database}")

    def run(self, *command: str, code: int = 0, **environment: str) -> str:
        """A command in this installation; what it said. Keys come from its folder alone."""
        ours = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "LINK_KEY", "SEAL_KEYS", "BACKUP_PASSPHRASE", "STORAGE_URL")
        kept = {name: value for name, value in os.environ.items() if name not in ours}
        given = {"CG_VAR": str(self.var), "LOG_LEVEL": "ERROR", **environment}
        if self.url:
            given["DATABASE_URL"] = self.url
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT, env={**kept, **given}, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def backup(self, to: Path, *options: str, code: int = 0, **environment: str) -> str:
        return self.run("bin/command.py", "backup", str(to), *options, code=code, **environment)

    def restore(self, archive: Path, *options: str, code: int = 0, **environment: str) -> str:
        return self.run("bin/command.py", "restore", str(archive), *options, code=code, **environment)

    def content(self) -> dict[str, Any]:
        """Every row as Django itself reads it, every file, every key: read without any code of the archive's."""
        out = self.var / "dump.json"
        self.run("manage.py", "dumpdata", "--all", "--exclude", "sessions", "--output", str(out))
        rows = {(row["model"], str(row["pk"])): row["fields"] for row in json.loads(out.read_text())}
        out.unlink()
        folders = [self.var / "files", self.var / "keys"]
        files = {
            str(path.relative_to(self.var)): path.read_bytes()
            for folder in folders
            for path in folder.rglob("*")
            if path.is_file()
        }
        return {"rows": rows, "files": files}
