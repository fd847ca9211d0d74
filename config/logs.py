"""Log lines as JSON, with a request id and without content.

What people write, mail addresses, query strings and tokens never reach a log. So only named fields are written, paths
lose their query and any segment that could be a token, and an exception shows its type and its frames; its message
only where that type speaks of the system and never of data.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
import warnings
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

from celery.exceptions import SecurityWarning
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError
from django.template import TemplateDoesNotExist
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None]

#: Their messages name hosts, files, modules and attributes. All others (an IntegrityError, say) may quote data.
SPEAKS_OF_THE_SYSTEM = (
    OSError,
    ImportError,
    AttributeError,
    NameError,
    ImproperlyConfigured,
    TemplateDoesNotExist,
    OperationalError,
    InterfaceError,
    BrokerError,
    RedisError,
)
#: Warnings whose words are about code; those of others (a spreadsheet's odd cell, say) may quote data.
SPEAKS_OF_CODE = (
    DeprecationWarning,
    PendingDeprecationWarning,
    FutureWarning,
    ImportWarning,
    SyntaxWarning,
    SecurityWarning,
)
#: Extra fields that are numbers or names by nature. Django adds the whole request, Celery the arguments: not these.
FIELDS = ("request_id", "status_code", "job", "paper", "notice", "round", "attempt", "reason")
_QUERY = re.compile(r"(?<=/)([^\s?]*)\?\S+")
_TOKEN = re.compile(r"(?<=/)(?=[^/\s]*[0-9])[\w:.=~-]{20,}")


def scrub(text: str) -> str:
    """Takes query strings, and path segments that are long enough to be tokens, out of a line."""
    return _TOKEN.sub("…", _QUERY.sub(r"\1?…", text))


def describe(error: BaseException) -> str:
    """The exception's type, and its message where that cannot hold data."""
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return f"{name}: {error}" if isinstance(error, SPEAKS_OF_THE_SYSTEM) else name


def frames(error: BaseException) -> list[str]:
    """Where it was raised, outermost first; then the same of what caused it."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        lines.append(describe(current))
        lines += [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(current.__traceback__)]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return lines


class ContentFreeFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self.message(record),
        }
        line.update({name: getattr(record, name) for name in FIELDS if hasattr(record, name)})
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = frames(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)

    def message(self, record: logging.LogRecord) -> str:
        """The message; where its arguments are exceptions or a task's result, what they are but not what they say."""
        error = record.exc_info[1] if record.exc_info else None
        args = record.args
        if isinstance(args, dict):
            quiet = {
                "exc": describe(error) if error else "",
                "traceback": "",
                "return_value": "",
                "args": "",
                "kwargs": "",
            }
            args = {**args, **{name: value for name, value in quiet.items() if name in args}}
        elif isinstance(args, tuple):
            args = tuple(describe(value) if isinstance(value, BaseException) else value for value in args)
        try:
            text = str(record.msg) % args if args else str(record.msg)
        except (TypeError, ValueError, KeyError):
            text = str(record.msg)
        if isinstance(record.msg, BaseException):
            text = describe(record.msg)
        return scrub(text.strip())


def write_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Python's warnings as log lines too: which, and where; its words only where they speak of code."""
    words = f": {message}" if issubclass(category, SPEAKS_OF_CODE) else ""
    logging.getLogger("py.warnings").warning("%s:%s %s%s", filename, lineno, category.__name__, words)


def take_warnings() -> None:
    """From here on warnings go where the logs go."""
    warnings.showwarning = write_warning
