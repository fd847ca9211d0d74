"""What changed between two texts, word by word. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

_TOKENS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """A stretch of text: "same", "del" (only in the older) or "ins" (only in the newer)."""

    op: str
    text: str


def words_changed(old: str, new: str) -> list[Piece]:
    """The pieces in reading order; joined without "ins" they are the older text, without "del" the newer."""
    before, after = _TOKENS.findall(old), _TOKENS.findall(new)
    pieces: list[Piece] = []
    # Without autojunk: in a long clause the common words would else count as noise and whole paragraphs as changed.
    for op, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, came = "".join(before[i1:i2]), "".join(after[j1:j2])
        if op == "equal":
            pieces.append(Piece("same", came))
            continue
        if gone:
            pieces.append(Piece("del", gone))
        if came:
            pieces.append(Piece("ins", came))
    return _quiet(pieces)


def _quiet(pieces: list[Piece]) -> list[Piece]:
    """Changes that lie close together read better as one: what stands between them is shorter than either of them.

    Paragraphs stay apart.
    """
    out: list[Piece] = []
    gone = came = ""
    for place, piece in enumerate(pieces):
        if piece.op == "del":
            gone += piece.text
        elif piece.op == "ins":
            came += piece.text
        elif "\n" not in piece.text and _is_slight(piece.text, max(len(gone), len(came)), _next(pieces, place)):
            gone, came = gone + piece.text, came + piece.text
        else:
            out += _flushed(gone, came)
            gone = came = ""
            out.append(piece)
    return out + _flushed(gone, came)


def _next(pieces: list[Piece], place: int) -> int:
    """Size of the change that follows."""
    following = pieces[place + 1 : place + 3]
    return max((len(p.text) for p in following if p.op != "same"), default=0)


def _is_slight(text: str, before: int, after: int) -> bool:
    return bool(before and after) and (text.isspace() or len(text) <= min(before, after))


def _flushed(gone: str, came: str) -> list[Piece]:
    # A space that only joined two changes is no change where one side has nothing but it.
    if gone.strip() == "" and came.strip() and gone and came.endswith(gone):
        return [Piece("ins", came.removesuffix(gone)), Piece("same", gone)]
    if came.strip() == "" and gone.strip() and came and gone.endswith(came):
        return [Piece("del", gone.removesuffix(came)), Piece("same", came)]
    return [Piece(op, text) for op, text in (("del", gone), ("ins", came)) if text]


def as_html(pieces: list[Piece]) -> SafeString:
    """Escaped, in paragraphs; changes as <del> and <ins>."""
    if not pieces:
        return mark_safe("")
    paragraphs: list[list[SafeString]] = [[]]
    for piece in pieces:
        for number, part in enumerate(re.split(r"\n\s*\n", piece.text)):
            if number:
                paragraphs.append([])
            if part:
                paragraphs[-1].append(_marked(piece.op, part))
    return format_html_join("\n", "<p>{}</p>", ((mark_safe("".join(p)),) for p in paragraphs if p))


def _marked(op: str, text: str) -> SafeString:
    lines = format_html_join(mark_safe("<br>"), "{}", ((line,) for line in text.split("\n")))
    if op == "same" or not text.strip():
        return lines
    return format_html("<del>{}</del>" if op == "del" else "<ins>{}</ins>", lines)


def compared(old: str, new: str) -> SafeString:
    """Two texts as one, with what changed marked."""
    return as_html(words_changed(old, new))
