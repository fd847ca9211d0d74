"""Pages on which an organisation's administrators make its own libraries."""

from __future__ import annotations

from .drafts import about, differences, discard, draft, preview, publish
from .files import download_draft, download_version, offered, upload
from .libraries import libraries, next_version, start, version
from .parts import (
    fact,
    move_question,
    move_theme,
    new_fact,
    new_question,
    new_theme,
    question,
    remove_fact,
    remove_question,
    remove_theme,
    theme,
    theme_words,
)

__all__ = [
    "about",
    "differences",
    "discard",
    "download_draft",
    "download_version",
    "draft",
    "fact",
    "libraries",
    "move_question",
    "move_theme",
    "new_fact",
    "new_question",
    "new_theme",
    "next_version",
    "offered",
    "preview",
    "publish",
    "question",
    "remove_fact",
    "remove_question",
    "remove_theme",
    "start",
    "theme",
    "theme_words",
    "upload",
    "version",
]
