"""bin/backup and bin/restore: a command of Django's, in sentences, with usage that names the script."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ.setdefault("PGCONNECT_TIMEOUT", "10")
    import django
    from django.core.management import CommandError, load_command_class

    django.setup()
    name, arguments = sys.argv[1], sys.argv[2:]
    command = load_command_class("config", name)
    # Django's own options (settings, tracebacks, colours) are none of the operator's.
    parser = command.create_parser(f"bin/{name}", "")
    parser.prog = f"bin/{name}"
    given = vars(parser.parse_args(arguments))
    try:
        command.execute(*given.pop("args", ()), **given)
    except CommandError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
