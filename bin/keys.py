"""The three keys of an installation. Run by hand it prints a set of them, as lines for .env."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable

#: Sign-in sessions; links in mails; sealed review answers (what Fernet takes).
MAKERS: dict[str, Callable[[], str]] = {
    "secret": lambda: secrets.token_urlsafe(50),
    "link": lambda: secrets.token_urlsafe(50),
    "seal": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
}
VARIABLES = {"secret": "SECRET_KEY", "link": "LINK_KEY", "seal": "SEAL_KEYS"}

if __name__ == "__main__":
    for name, make in MAKERS.items():
        print(f"{VARIABLES[name]}={make()}")
