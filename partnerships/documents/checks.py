"""What a file is, told from its content. Its name and the browser's word for its type are never trusted.

Nothing here writes: a file goes in, a `Checked` comes out, or a ValidationError with a sentence for the person.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

import filetype
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from ..looks.format import file_size
from .states import ENDINGS, PICTURES, FileType

#: Longest side of a stored picture, in pixels.
PICTURE_SIDE = 2000
#: Largest picture that is opened at all, in pixels: bigger ones are decompression bombs, or posters.
PICTURE_PIXELS = 60_000_000
#: Office files are zip files: how many parts, how large unpacked (bytes), and how many times larger than packed.
ZIP_PARTS = 5000
ZIP_BYTES = 300 * 1024 * 1024
ZIP_RATIO = 100
#: PDFs pack objects into streams: how much of all of them, and of one, is unpacked to look inside (bytes).
PDF_BYTES = 64 * 1024 * 1024
PDF_PART = 1024 * 1024


def _spelled(name: str) -> bytes:
    """A name in a PDF, of which any letter may be spelled as its number: "/J#61vaScript"."""
    return b"/" + b"".join(b"(?:%c|#(?i:%02x))" % (letter, letter) for letter in name.encode())


_PROGRAM = re.compile(_spelled("JavaScript") + b"|" + _spelled("Launch"))
_NAME_LENGTH = 160

_OOXML = {
    "wordprocessingml.document.main+xml": FileType.DOCX,
    "spreadsheetml.sheet.main+xml": FileType.XLSX,
    "presentationml.presentation.main+xml": FileType.PPTX,
    "presentationml.slideshow.main+xml": FileType.PPTX,
}
_ODF = {t.value: t for t in (FileType.ODT, FileType.ODS, FileType.ODP)}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class Checked:
    """A file that may be kept: the bytes to store, and what they are."""

    content: bytes
    content_type: str
    name: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def check(upload: File[bytes]) -> Checked:
    """Everything a file must pass before it is stored; pictures come out smaller and without their metadata."""
    check_size(upload)
    upload.seek(0)
    content = upload.read()
    name = safe_name(upload.name or "")
    found = _type_of(content, name)
    if found in PICTURES:
        content = shrink(content, found)
    return Checked(content, found, _with_ending(name, found))


def check_size(upload: File[bytes]) -> None:
    """Refused by its size alone, before anybody reads it."""
    size = upload.size or 0
    if size > settings.DOCUMENT_MAX_BYTES:
        raise ValidationError(
            _("This file is %(size)s. The largest we take is %(limit)s: make it smaller, or split it.")
            % {"size": file_size(size), "limit": file_size(settings.DOCUMENT_MAX_BYTES)},
            code="too_large",
        )
    if size == 0:
        raise ValidationError(_("This file is empty."), code="empty")


def safe_name(name: str) -> str:
    """The name for display: no folders, no control characters, not too long."""
    base = PurePath(name.replace("\\", "/")).name
    base = "".join(c for c in base if c.isprintable()).strip(" .") or "document"
    stem, dot, ending = base.rpartition(".")
    return f"{(stem if dot else base)[:_NAME_LENGTH]}{dot}{ending[:8]}" if dot else base[:_NAME_LENGTH]


def _with_ending(name: str, found: str) -> str:
    return name if _ending(name) in ENDINGS[found] else f"{name}.{ENDINGS[found][0]}"


def _ending(name: str) -> str:
    return PurePath(name).suffix.lstrip(".").lower()


def _type_of(content: bytes, name: str) -> str:
    found = _detect(content, name)
    claimed = next((t for t, endings in ENDINGS.items() if _ending(name) in endings), None)
    if claimed is not None and claimed != found:
        raise ValidationError(
            _("Its name says “%(claimed)s”, its content says “%(found)s”. Save the file again as what it is.")
            % {"claimed": FileType(claimed).label, "found": FileType(found).label},
            code="lies",
        )
    if claimed is None and _ending(name) and re.fullmatch(r"[a-z][a-z0-9]{1,5}", _ending(name)):
        raise ValidationError(
            _("Its name ends in “.%(ending)s”, its content says “%(found)s”. Save the file again as what it is.")
            % {"ending": _ending(name), "found": FileType(found).label},
            code="lies",
        )
    return found


def _detect(content: bytes, name: str) -> str:
    if b"%PDF-" in content[:1024]:
        return _pdf(content)
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise ValidationError(
                _("This file is locked with a password. Take the password away first."), code="locked"
            )
        raise ValidationError(
            _("This is an old Office file. Save it as DOCX, XLSX, PPTX or PDF, and try again."), code="kind"
        )
    guess = filetype.guess_mime(content[:8192])
    if guess in PICTURES:
        return str(guess)
    if guess is not None:
        raise _not_taken()
    return _text(content, name)


def _not_taken() -> ValidationError:
    return ValidationError(
        _(
            "We cannot take this kind of file. We take PDF, Word, Excel, PowerPoint and OpenDocument files, "
            "JPEG and PNG pictures, and plain text."
        ),
        code="kind",
    )


def _locked() -> ValidationError:
    return ValidationError(_("This file is locked with a password. Take the password away first."), code="locked")


def _pdf(content: bytes) -> str:
    if b"%%EOF" not in content[-2048:] and b"startxref" not in content[-4096:]:
        raise ValidationError(_("This PDF is damaged or cut off. Make it again, and try once more."), code="damaged")
    if b"/Encrypt" in content:
        raise _locked()
    if any(_PROGRAM.search(part) for part in _unpacked(content)):
        raise ValidationError(
            _("This PDF carries a program inside. Print it to a new PDF, and take that one."), code="macros"
        )
    return FileType.PDF


def _unpacked(content: bytes) -> Iterator[bytes]:
    """A PDF, and the objects that are packed in it, up to a limit."""
    yield content
    whole, room = memoryview(content), PDF_BYTES
    at = content.find(b"/ObjStm")
    while at != -1 and room > 0:
        start = content.find(b"stream", at)
        if 0 <= start - at < 1000:
            start += len(b"stream") + (2 if content[start + 6 : start + 8] == b"\r\n" else 1)
            with contextlib.suppress(zlib.error):
                part = zlib.decompressobj().decompress(whole[start : start + PDF_PART], min(PDF_PART, room))
                room -= len(part)
                yield part
        # What cannot be unpacked costs as well: no file keeps us at it for long.
        room -= 1000
        at = content.find(b"/ObjStm", at + 1)


def _office(content: bytes) -> str:
    """A Word, Excel, PowerPoint or OpenDocument file. The zip is judged by its directory and never unpacked whole."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            _refuse_bombs(parts, len(content))
            names = {part.filename for part in parts}
            if "[Content_Types].xml" in names:
                return _ooxml(archive, names)
            if "mimetype" in names:
                return _odf(archive, names)
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        OSError,
        LookupError,
        ValueError,
        RuntimeError,
    ):
        raise ValidationError(_("This file is damaged. Save it again, and try once more."), code="damaged") from None
    raise _not_taken()


def _refuse_bombs(parts: list[zipfile.ZipInfo], packed: int) -> None:
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > ZIP_PARTS or unpacked > ZIP_BYTES or unpacked > max(packed * ZIP_RATIO, 10 * 1024 * 1024):
        raise ValidationError(
            _("This file would grow far too large when opened. Make it simpler, or save it as PDF."), code="bomb"
        )
    if any(part.flag_bits & 0x1 for part in parts):
        raise _locked()


def _macros() -> ValidationError:
    return ValidationError(
        _("This file carries macros (small programs). Save it without them, or as PDF, and try again."), code="macros"
    )


def _read_part(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as part:
        return part.read(1024 * 1024).decode("utf-8", "replace")


def _ooxml(archive: zipfile.ZipFile, names: set[str]) -> str:
    types = _read_part(archive, "[Content_Types].xml")
    if "macroEnabled" in types or any(n.lower().endswith("vbaproject.bin") or "/activex/" in n.lower() for n in names):
        raise _macros()
    for sign, found in _OOXML.items():
        if sign in types:
            return found
    raise _not_taken()


def _odf(archive: zipfile.ZipFile, names: set[str]) -> str:
    found = _ODF.get(_read_part(archive, "mimetype").strip())
    if found is None:
        raise _not_taken()
    if any(n.startswith(("Basic/", "Scripts/")) and not n.endswith("/") for n in names):
        raise _macros()
    if "META-INF/manifest.xml" in names and "encryption-data" in _read_part(archive, "META-INF/manifest.xml"):
        raise _locked()
    return found


def _text(content: bytes, name: str) -> str:
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            words = content.decode("utf-16", "replace")
        else:
            words = content.decode("cp1252", "replace")
    # Control characters: a program, or something else that is not for people.
    if any(c < " " and c not in "\t\n\r\f" for c in words) or "\ufffd" in words:
        raise _not_taken()
    if re.match(r"\s*(<!doctype|<html|<svg|<script|<\?xml|#!|\{\\rtf)", words[:512], re.IGNORECASE):
        raise _not_taken()
    return FileType.CSV if _ending(name) in ENDINGS[FileType.CSV] else FileType.TEXT


def shrink(content: bytes, found: str) -> bytes:
    """A picture at most PICTURE_SIDE wide or high, upright, drawn again: place, camera and comments are gone."""
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.width * picture.height > PICTURE_PIXELS:
                raise ValidationError(
                    _("This picture is too large to open. Make it smaller, and try again."), code="bomb"
                )
            picture.draft("RGB", (PICTURE_SIDE, PICTURE_SIDE))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
            colours = picture.info.get("icc_profile")
            out = io.BytesIO()
            if found == FileType.JPEG:
                drawn = upright.convert("RGB")
                _forget(drawn).save(
                    out, "JPEG", quality=85, optimize=True, icc_profile=None if picture.mode == "CMYK" else colours
                )
            else:
                drawn = upright if upright.mode in {"RGB", "RGBA", "L", "LA", "P"} else upright.convert("RGB")
                _forget(drawn).save(out, "PNG", optimize=True)
    except ValidationError:
        raise
    except Exception:
        # Whatever Pillow stumbles over in a file that was made to be stumbled over, struct.error among it.
        raise ValidationError(_("This picture is damaged. Save it again, and try once more."), code="damaged") from None
    return out.getvalue()


def _forget(picture: Image.Image) -> Image.Image:
    # Pillow writes back some of what stands in `info` (comments, text, EXIF): only transparency stays.
    picture.info = {k: v for k, v in picture.info.items() if k == "transparency"}
    picture.getexif().clear()
    return picture
