"""Small real files for the demo world, written here so that the repository carries none."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def make(kind: str, title: str, lines: Sequence[str]) -> ContentFile[bytes]:
    """A file of this kind that says these lines under its title."""
    content = {"pdf": pdf, "docx": docx, "jpg": jpeg}[kind](title, lines)
    name = "".join(c if c.isalnum() else "-" for c in title.lower()).strip("-")
    return ContentFile(content, name=f"{name}.{kind}")


def pdf(title: str, lines: Sequence[str]) -> bytes:
    """One page of text in a font that every reader has."""
    words = ["BT /F1 18 Tf 56 780 Td 22 TL", f"({_latin(title)}) Tj T* /F1 11 Tf 16 TL T*"]
    words += [f"({_latin(line)}) Tj T*" for line in lines]
    text = "\n".join([*words, "ET"]).encode("cp1252", "replace")
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica "
        b"/Encoding /WinAnsiEncoding >> >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text),
    ]
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    offsets = []
    for number, part in enumerate(parts, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, part))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % offset for offset in offsets))
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, start))
    return out.getvalue()


def _latin(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def docx(title: str, lines: Sequence[str]) -> bytes:
    """The least that a word processor opens."""
    paragraphs = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in (title, *lines))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<?xml version="1.0" encoding="UTF-8"?><Types xmlns="{_TYPES}"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="{_RELS}">'
            f'<Relationship Id="r1" Type="{_OFFICE}" Target="word/document.xml"/></Relationships>',
        )
        archive.writestr(
            "word/document.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{_WORD}"><w:body>{paragraphs}'
            "</w:body></w:document>",
        )
    return out.getvalue()


def jpeg(title: str, lines: Sequence[str]) -> bytes:
    """A drawn landscape: hills, a water point, the sun."""
    picture = Image.new("RGB", (960, 640), "#cfe3ea")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((720, 70, 820, 170), fill="#f2c14e")
    draw.polygon([(0, 420), (260, 250), (520, 430), (760, 290), (960, 400), (960, 640), (0, 640)], fill="#b58b54")
    draw.polygon([(0, 500), (400, 420), (960, 520), (960, 640), (0, 640)], fill="#8a9a5b")
    draw.rectangle((430, 400, 452, 540), fill="#57615f")
    draw.line((441, 410, 520, 380), fill="#57615f", width=12)
    draw.ellipse((400, 530, 500, 560), fill="#4a8fa8")
    draw.text((24, 600), " · ".join([title, *lines]).encode("latin-1", "replace").decode("latin-1"), fill="#1d2728")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()
