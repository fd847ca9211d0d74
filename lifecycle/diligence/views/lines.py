"""The rows of a checklist, ready-made: nothing is looked up, and nothing worded, while the page is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.places import Place
from partnerships.catalogue.content import LibraryQuestion
from partnerships.catalogue.queries import text
from partnerships.looks import format as looks
from partnerships.record.models import Party
from partnerships.templatetags import looks as tags

from ..models import Citation, DiligenceAnswer
from ..queries import Checklist, Row, Theme, value_in_words
from ..states import Level

#: How each level looks: its sign, and whether it shouts.
SIGNS: dict[str, str] = {
    Level.SERIOUS: "high",
    Level.SOME: "warn",
    Level.NONE: "done",
    Level.UNKNOWN: "not_yet",
    Level.NA: "none",
}
#: By question: further signs beside it, each ready-made.
Marks = Mapping[str, Sequence[SafeString]]


@dataclass(frozen=True)
class Paper:
    """A cited document."""

    title: str
    url: str
    #: Not a file, until when it is valid: in words.
    more: str
    is_late: bool


@dataclass
class Line:
    """One question."""

    code: str
    url: str
    text: str
    #: What each side says, the own one first.
    sides: list[SafeString]
    marks: str = ""
    #: As the round before asked it.
    before: str = ""
    #: Where "still true" is sent, for an answer of the round before.
    confirm_url: str = ""
    #: The form in its place, where it is open.
    form: str = ""
    #: Whether its form opens in its place.
    opens: bool = True
    #: For htmx, of a line that was just asked for (it gets the focus), or that takes the place of the same in the list.
    for_htmx: str = ""

    @property
    def id(self) -> str:
        return anchor(self.code)

    @property
    def ready(self) -> SafeString:
        """All but what can be sent: the question, which opens its form, what each side says, and how it stands."""
        marks = f'<p class="cg-marks">{self.marks}</p>' if self.marks else ""
        in_place = f' hx-get="{self.url}"' if self.opens else ""
        return mark_safe(
            f'<h3><a href="{self.url}"{in_place}>{escape(self.text)}</a></h3>'
            f'<div class="cg-sides">{"".join(self.sides)}</div>{marks}'
        )


@dataclass
class Section:
    """A theme with its lines."""

    code: str
    title: str
    text: str
    progress: str
    state: SafeString
    lines: list[Line]


def anchor(code: str) -> str:
    """The id of a question's line on its page."""
    return f"q-{code.replace('.', '-')}"


class Drawing:
    """Draws the lines of one checklist, which open their forms unless they are only read. What is the same in all of
    them is worded once."""

    def __init__(self, place: Place, found: Checklist, marks: Marks | None = None, *, opens: bool = True) -> None:
        self.place, self.found, self.marks, self.opens = place, found, marks or {}, opens
        pid, about = place.partnership.public_id, found.about.public_id
        # Addresses are made of one: looking each up costs more than all the rest of its line.
        self._question = reverse("diligence:question", args=[pid, about, "CODE"]).split("CODE")
        self._document = reverse("documents:detail", args=[pid, "DID"]).split("DID")
        self._confirm = reverse("diligence:confirm", args=[pid, about])
        self._parties: dict[int, SafeString] = {}
        self._signs: dict[str, SafeString] = {}
        self._cited: dict[int, SafeString] = {}
        self._today, self._language = clock.today(), get_language()

    def sections(self) -> list[Section]:
        return [self._section(theme) for theme in self.found.themes]

    def _section(self, theme: Theme) -> Section:
        worst = self._level(theme.worst) if theme.worst else SafeString("")
        group = theme.group
        return Section(
            theme.code,
            text(group.title),
            text(group.text) if group.text is not None else "",
            progress_of(theme),
            worst,
            [self.line(row) for row in theme.rows],
        )

    def line(self, row: Row, *, form: str = "") -> Line:
        question = row.question
        sides = [self._own(row)]
        sides += [self._side(self._party(one.party), question, one, self._cited_by(row, one)) for one in row.others]
        if not row.others and not row.owed:
            sides.append(_side(self._party(self.found.about), self._muted(self._words["not_released"])))
        return Line(
            question.code,
            self.url(question.code),
            question.text.in_language(self._language),
            sides,
            self._marks(row),
            before=text(row.before.text) if row.before is not None else "",
            confirm_url=self._confirm if row.is_carried and self.opens else "",
            form=form,
            opens=self.opens,
        )

    def kept(self) -> list[Line]:
        """Answers to what is asked no longer."""
        return [
            Line(
                row.question.code,
                self.url(row.question.code),
                text(row.question.text),
                [self._side(self._us, row.question, row.answer, ())],
                opens=self.opens,
            )
            for row in self.found.kept
            if row.answer is not None
        ]

    def url(self, code: str) -> str:
        return self._question[0] + code + self._question[1]

    # One side ---------------------------------------------------------------------------------------------------------
    @cached_property
    def _us(self) -> SafeString:
        return self._party(self.found.party)

    @cached_property
    def _words(self) -> dict[str, str]:
        return {
            "not_answered": _("Not answered yet"),
            "no_view": _("No view of your own"),
            "not_released": _("Not released to you"),
            "stop": _("Serious here means stop."),
            "carried": _("Answered in the round before: is it still true?"),
            "released": _("Released"),
            "inherited": _("Taken over from the umbrella"),
            "measure": _("Measure set"),
            "no_measure": _("What is done about it"),
        }

    def _own(self, row: Row) -> SafeString:
        answer = row.answer
        if answer is None:
            return _side(self._us, self._muted(self._words["not_answered" if row.owed else "no_view"]))
        papers = self._cited_by(row, answer)
        if answer.says_something or answer.is_carried:
            return self._side(self._us, row.question, answer, papers)
        return _side(self._us, self._muted(self._words["not_answered"]), papers=self._papers(papers))

    def _side(
        self, who: SafeString, question: LibraryQuestion, answer: DiligenceAnswer, cited: Sequence[Citation]
    ) -> SafeString:
        if question.answer == "scale" and answer.level:
            sign = self._level(answer.level)
        else:
            words = value_in_words(question, answer)
            sign = tags.state(SIGNS[answer.level], words) if answer.level and words else format_html("<b>{}</b>", words)
        return _side(who, sign, answer.text, answer.language, self._papers(cited))

    def _party(self, party: Party) -> SafeString:
        if party.pk not in self._parties:
            self._parties[party.pk] = tags.party(party, strong=True)
        return self._parties[party.pk]

    def _level(self, level: str) -> SafeString:
        if level not in self._signs:
            self._signs[level] = tags.state(SIGNS[level], Level(level).label)
        return self._signs[level]

    def _muted(self, words: str) -> SafeString:
        if words not in self._signs:
            self._signs[words] = format_html('<span class="muted">{}</span>', words)
        return self._signs[words]

    @staticmethod
    def _cited_by(row: Row, answer: DiligenceAnswer) -> list[Citation]:
        return [*row.cited.get(answer.pk, ()), *row.above.get(answer.pk, ())]

    def _papers(self, cited: Sequence[Citation]) -> SafeString:
        return mark_safe("".join([self._paper(c) for c in cited]))

    def _paper(self, citation: Citation) -> SafeString:
        """A cited document. One is cited often: it is worded once."""
        if citation.document_id not in self._cited:
            paper = self.paper(citation)
            link = format_html('<a href="{}">{}</a>', paper.url, paper.title)
            more = format_html(' <span class="{}">({})</span>', "late" if paper.is_late else "", paper.more)
            self._cited[citation.document_id] = format_html(
                '<p class="cg-paper">{}{}</p>', link, more if paper.more else ""
            )
        return self._cited[citation.document_id]

    def paper(self, citation: Citation) -> Paper:
        document = citation.document
        more = [] if document.is_file else [str(document.get_held_display())]
        is_late = False
        if document.valid_until is not None:
            day = looks.long_date(document.valid_until)
            is_late = document.valid_until < self._today
            more.append((_("out of date since %(day)s") if is_late else _("valid until %(day)s")) % {"day": day})
        if document.partnership_id == self.place.partnership.pk:
            url = self._document[0] + document.public_id + self._document[1]
        else:
            more.append(_("in the umbrella"))
            url = reverse("documents:detail", args=[document.partnership.public_id, document.public_id])
        return Paper(document.title, url, ", ".join(more), is_late)

    # Beside the question ----------------------------------------------------------------------------------------------
    def _marks(self, row: Row) -> SafeString:
        """How the question stands, in a few words each."""
        words, answer = self._words, row.answer
        marks = [words["stop"]] if row.question.critical == 2 else []
        if answer is not None and row.is_carried:
            marks.append(words["carried"])
        elif answer is not None and answer.says_something:
            if row.released:
                marks.append(words["released"])
            if answer.inherited_from_id is not None:
                marks.append(words["inherited"])
            if row.measures:
                marks.append(words["measure"])
            elif answer.level in (Level.SOME, Level.SERIOUS) and self.opens:
                url = f"{self.url(row.question.code)}measure/"
                marks.append(format_html('<a href="{}">{}</a>', url, words["no_measure"]))
        marks += self.marks.get(row.question.code, ())
        return mark_safe("".join([f"<span>{conditional_escape(mark)}</span>" for mark in marks]))


def _side(who: SafeString, sign: SafeString, note: str = "", language: str = "", papers: str = "") -> SafeString:
    """What one side says: who, the level in words, its note, and the documents that it cites (ready-made).

    A page has a hundred of them: `format_html` would take a third of its time.
    """
    said = f'<p class="cg-said" lang="{escape(language)}">{escape(note)}</p>' if note else ""
    return mark_safe(f'<div><p class="cg-side">{who} {sign}</p>{said}{papers}</div>')


def progress_of(theme: Theme) -> str:
    """ "3 of 5 answered", in words."""
    if not theme.total:
        return _("Their answers, to check")
    if theme.is_done:
        return _("All answered")
    return _("%(done)s of %(total)s answered") % {"done": theme.done, "total": theme.total}
