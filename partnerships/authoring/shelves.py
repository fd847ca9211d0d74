"""What an organisation writes of its own, kind by kind: what its pages say, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ..catalogue.states import Kind


@dataclass(frozen=True)
class Shelf:
    """One kind of own list. The names are those of addresses (`authoring:…`)."""

    kind: str
    #: Of all its lists, of a new one, of a version, of the next version, of its download.
    lists: str
    start: str
    version: str
    next: str
    download: str
    title: Any
    lede: Any
    #: "Libraries of %(name)s".
    owned: Any
    make: Any
    none_title: Any
    none_text: Any
    never_changed: Any
    #: What beginning with the shipped one, or with an own one, means.
    from_shipped: Any
    from_own: Any
    name_label: Any
    may_be_empty: bool
    preview: Any
    began_empty: Any
    publish_lines: tuple[Any, ...]
    published: Any
    reading: str
    draft: str
    group: str

    def count_line(self, n: int) -> str:
        if self.kind == Kind.INSTRUMENT:
            return ngettext("It has %(n)s statement.", "It has %(n)s statements.", n) % {"n": n}
        return ngettext("It has %(n)s question.", "It has %(n)s questions.", n) % {"n": n}

    def untranslated_line(self, n: int) -> str:
        """How many are not written in the reader's language."""
        if self.kind == Kind.INSTRUMENT:
            words = ngettext(
                "%(n)s statement is not written in your language: you see it in the language in which it was written.",
                "%(n)s statements are not written in your language: you see them in the language in which they were "
                "written.",
                n,
            )
        else:
            words = ngettext(
                "%(n)s question is not written in your language: you see it in the language in which it was written.",
                "%(n)s questions are not written in your language: you see them in the language in which they were "
                "written.",
                n,
            )
        return words % {"n": n}


LIBRARIES = Shelf(
    kind=Kind.LIBRARY,
    lists="libraries",
    start="start",
    version="version",
    next="next_version",
    download="download_version",
    title=_("Question libraries"),
    lede=_(
        "What partners ask each other in due diligence. Ask what is shipped, or make a library of your own and propose "
        "it in your partnerships."
    ),
    owned=_("Libraries of %(name)s"),
    make=_("Make a library of your own"),
    none_title=_("You have no library of your own."),
    none_text=_(
        "Most organisations begin with the shipped questions, leave out what they never ask, and add the five that "
        "only they ask."
    ),
    never_changed=_("It is never changed: an answer always shows the question as it was asked."),
    from_shipped=_("Ours, to leave out, add to and change."),
    from_own=_("A copy of your library, to go another way."),
    name_label=_("Name of your library"),
    may_be_empty=True,
    preview=_("What each partner sees depends on its kind, on the depth that all agreed, and on the facts."),
    began_empty=_("This library began empty: everything is new."),
    publish_lines=(
        _("A published version is never changed. What you write later becomes the next version."),
        _(
            "It is asked where all partners of a record agree to it: in its first round, or in a refresh. Rounds that "
            "are on go on with what they began with."
        ),
        _("Old answers keep the question as it was asked."),
        _("Partners read it from the moment on which one of your leads proposes it to them, not before."),
    ),
    published=_("Published. It can be proposed in your partnerships from now on."),
    reading="partnerships/authoring/_library.html",
    draft="draft",
    group="theme",
)
INSTRUMENTS = Shelf(
    kind=Kind.INSTRUMENT,
    lists="instruments",
    start="start_instrument",
    version="instrument",
    next="next_instrument",
    download="download_instrument",
    title=_("Review statements"),
    lede=_(
        "What partners answer in a review. Ask the shipped statements, or add statements of your own beside them and "
        "propose that in your partnerships. Shipped statements stay as they are, so that reviews can be compared."
    ),
    owned=_("Reviews of %(name)s"),
    make=_("Add statements of your own"),
    none_title=_("You have added no statements."),
    none_text=_(
        "Two or three that only you ask are usual. Each one more costs every person who answers half a minute."
    ),
    never_changed=_("It is never changed: a result always shows the statement as it was asked."),
    from_shipped=_("All shipped statements as they are, and yours beside them."),
    from_own=_("A copy of your review, to go another way."),
    name_label=_("Name of your review"),
    may_be_empty=False,
    preview=_("The core, or all statements: the partners agree on that for each round."),
    began_empty=_("Everything is new."),
    publish_lines=(
        _("A published version is never changed. What you write later becomes the next version."),
        _("It is asked in rounds that all partners agree to. Rounds that are planned already stay as they are."),
        _("Results are compared only where the statements are the same: the shipped ones always are."),
        _("Partners read it from the moment on which one of your leads proposes it to them, not before."),
    ),
    published=_("Published. It can be proposed in your partnerships from now on."),
    reading="partnerships/authoring/_instrument.html",
    draft="draft_instrument",
    group="dimension",
)
SHELVES = {each.kind: each for each in (LIBRARIES, INSTRUMENTS)}


def shelf_of(kind: str) -> Shelf:
    return SHELVES[kind]
