"""The product's settings as on a server, with the floor's addresses and tables beside them."""

from __future__ import annotations

from pathlib import Path

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS, TEMPLATES

ROOT_URLCONF = "tests.bench.urls"
INSTALLED_APPS = [*INSTALLED_APPS, "tests.bench"]
TEMPLATES[0]["DIRS"].append(Path(__file__).resolve().parent / "templates")
#: The seeded people sign in by a session that the bench writes; their one password is never asked for.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
