"""HTML to PDF: tagged (PDF/UA-1), with nothing fetched but the project's own static files and data: addresses.

In a template for paper, static files are named `static:report.css`, and the fonts `font:regular`, `font:bold` and so on
(Noto Sans, from its locked package: every machine makes the same pages). Anything else stops the making of the PDF.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils.translation import gettext_lazy as _

from partnerships import clock

from . import fonts

#: A worker says how far it is at most so often.
TELL_EVERY = timedelta(seconds=1)
#: What stands in our static folder and may stand in a PDF.
_TYPES = {
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".woff2": "font/woff2",
}
MISSING = _(
    "PDFs cannot be made here: the libraries Pango and HarfBuzz are missing (on Debian: libpango-1.0-0, "
    "libpangoft2-1.0-0 and libharfbuzz-subset0)."
)


class NoPaper(RuntimeError):
    """The system's libraries for making PDFs are missing; str() says which."""


class Overtaken(Exception):
    """Another worker has the work now."""


class Refused(ValueError):
    """The HTML asked for something outside of the project's own static files."""


def static_file(name: str) -> tuple[bytes, str]:
    """A static file of the project itself, with its type. Raises Refused."""
    found = finders.find(name)
    kind = _TYPES.get(Path(name).suffix.lower())
    if not isinstance(found, str) or kind is None:
        raise Refused(f"no static file for paper: {name}")
    path, own = Path(found).resolve(), Path(settings.BASE_DIR, "static").resolve()
    if own not in path.parents:
        raise Refused(f"not a static file of the project: {name}")
    return path.read_bytes(), kind


def font_file(name: str) -> tuple[bytes, str]:
    """One of the faces of our papers. Raises Refused."""
    if name not in fonts.FACES:
        raise Refused(f"no font for paper: {name}")
    return fonts.face(name), "font/ttf"


def folder_for_fonts() -> Path:
    """A new folder for this process's fonts, which takes away those of processes that ended.

    A pool's process is killed or leaves without a word, and with it would stay 2.5 MB each time.
    """
    for left in Path(tempfile.gettempdir()).glob("cg-fonts-*-*"):
        try:
            os.kill(int(left.name.split("-")[2]), 0)
        except ProcessLookupError:
            shutil.rmtree(left, ignore_errors=True)
        except (ValueError, OverflowError, PermissionError):
            continue
    return Path(tempfile.mkdtemp(prefix=f"cg-fonts-{os.getpid()}-"))


@cache
def _weasyprint() -> tuple[Any, Any, Any, type[BaseException]]:
    """Our page, our fetcher, and one font configuration a process. Imported late: it takes half a second."""
    try:
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

        from .press import Page
    except OSError as error:
        raise NoPaper(str(MISSING)) from error

    class OwnFilesOnly(URLFetcher):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(allowed_protocols=["data"], allow_redirects=False, fail_on_errors=True)

        def fetch(self, url: str, headers: Any = None) -> Any:
            scheme, _colon, name = url.partition(":")
            if scheme == "data":
                return super().fetch(url, headers)
            try:
                if scheme not in {"static", "font"}:
                    raise Refused(f"not allowed in a PDF: {scheme}:")
                body, kind = font_file(name) if scheme == "font" else static_file(name)
            except Exception as error:
                raise FatalURLFetchingError(str(error)) from error
            return URLFetcherResponse(url, body, {"Content-Type": kind})

    known_fonts = FontConfiguration()
    known_fonts._folder = folder_for_fonts()
    return Page, OwnFilesOnly, known_fonts, FatalURLFetchingError


def prepare() -> None:
    """Read what every PDF needs, in a process that others are made of. Where libraries are missing, nothing."""
    try:
        import weasyprint  # noqa: F401
    except OSError:
        return
    for name in fonts.FACES:
        fonts.face(name)


class _Steps(logging.Handler):
    """Hears WeasyPrint say how far it is: the number of the page that it lays out, 0 in its other steps."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        super().__init__()
        self.tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        page = re.search(r"Page (\d+)", record.getMessage())
        self.tell(int(page[1]) if page else 0)


@contextmanager
def _told(tell: Callable[[int], None] | None) -> Iterator[None]:
    if tell is None:
        yield
        return
    steps, heard = logging.getLogger("weasyprint.progress"), _Steps(tell)
    steps.addHandler(heard)
    steps.setLevel(logging.INFO)
    steps.propagate = False
    try:
        yield
    finally:
        steps.removeHandler(heard)
        steps.setLevel(logging.NOTSET)


def to_pdf(html: str, tell: Callable[[int], None] | None = None) -> bytes:
    """A tagged PDF of a page whose <html> has a language and whose <head> has a title. Raises NoPaper and Refused.

    `tell` is called with the number of each page as it is laid out (some more than once); what it raises ends the work.
    """
    page, fetcher, known_fonts, stopped = _weasyprint()
    document = page(html, base_url="static:", url_fetcher=fetcher())
    try:
        with _told(tell):
            pdf: bytes = document.write_pdf(pdf_variant="pdf/ua-1", font_config=known_fonts)
    except stopped as error:
        raise Refused(str(error)) from error
    return pdf


def telling(hold: Callable[[int], bool]) -> Callable[[int], None]:
    """For `to_pdf`: the lease holds for as long as pages come, and the reader sees how far it is.

    `hold(progress)` says so in the row and keeps the lease; it is False where another worker took over, which raises
    Overtaken.
    """
    said = clock.now()

    def tell(page: int) -> None:
        nonlocal said
        if clock.now() - said < TELL_EVERY:
            return
        said = clock.now()
        if not hold(min(30 + page, 85)):
            raise Overtaken

    return tell
