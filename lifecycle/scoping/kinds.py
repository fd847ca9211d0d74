"""What scoping logs, asks for and tells: the words of the timeline, the work list and the mails."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from partnerships.history import kinds as act_kinds
from partnerships.notices import kinds as notice_kinds
from partnerships.record import release_kinds
from partnerships.work import kinds as work_kinds

from .states import SentenceKind, SheetKind

SHEET_URLS: dict[str, str] = {
    SheetKind.SCREEN: "scoping:screen",
    SheetKind.MOTIVES: "scoping:motives",
    SheetKind.CARD: "scoping:card",
}


def _act(code: str, label: str | Promise, url_name: str = "scoping:overview") -> str:
    return act_kinds.register(f"scoping.{code}", label, url_name=url_name)


HANDED_IN: dict[str, str] = {
    SheetKind.SCREEN: _act("screen_in", gettext_lazy("Fit screen handed in"), "scoping:screen"),
    SheetKind.MOTIVES: _act("motives_in", gettext_lazy("Motive note handed over"), "scoping:motives"),
    SheetKind.CARD: _act("card_in", gettext_lazy("How-we-work card handed over"), "scoping:card"),
}
TAKEN_BACK: dict[str, str] = {
    SheetKind.SCREEN: _act("screen_back", gettext_lazy("Fit screen taken back"), "scoping:screen"),
    SheetKind.MOTIVES: _act("motives_back", gettext_lazy("Motive note taken back"), "scoping:motives"),
    SheetKind.CARD: _act("card_back", gettext_lazy("How-we-work card taken back"), "scoping:card"),
}
OPENED: dict[str, str] = {
    SheetKind.SCREEN: _act("screen_open", gettext_lazy("Fit screens opened together"), "scoping:screen"),
    SheetKind.MOTIVES: _act("motives_open", gettext_lazy("Motive notes exchanged"), "scoping:motives"),
    SheetKind.CARD: _act("card_open", gettext_lazy("How-we-work cards laid side by side"), "scoping:card"),
}
CHANGED: dict[str, str] = {
    SheetKind.SCREEN: _act("screen_changed", gettext_lazy("Answer of the fit screen changed"), "scoping:screen"),
    SheetKind.MOTIVES: _act("motives_changed", gettext_lazy("Motive note changed"), "scoping:motives"),
    SheetKind.CARD: _act("card_changed", gettext_lazy("How-we-work card changed"), "scoping:card"),
}
SENTENCE_PROPOSED = _act("sentence", gettext_lazy("Sentence proposed"), "scoping:sentences")
SENTENCE_AGREED = _act("sentence_agreed", gettext_lazy("Sentence agreed by one partner"), "scoping:sentences")
WAY_PROPOSED = _act("way", gettext_lazy("Way forward proposed"), "scoping:way")
WAY_AGREED = _act("way_agreed", gettext_lazy("Way forward agreed by one partner"), "scoping:way")
WAY_SETTLED = _act("way_settled", gettext_lazy("Way forward settled"), "scoping:way")
TALK_SET = _act("talk", gettext_lazy("Next talk set"))
CANVAS_WRITTEN = _act("canvas", gettext_lazy("Canvas entry written"), "scoping:canvas")
SHOWN = _act("shown", gettext_lazy("Answers shown to a broker who joined"))
CANVAS_RELEASED = _act("canvas_released", gettext_lazy("Canvas entries released"), "scoping:canvas")

ANSWER: dict[str, str] = {
    SheetKind.SCREEN: work_kinds.register(
        "scoping.screen",
        gettext_lazy("Answer the fit screen"),
        why=gettext_lazy("Six questions. Nobody sees your answers before all are in."),
    ),
    SheetKind.MOTIVES: work_kinds.register(
        "scoping.motives",
        gettext_lazy("Write the motive note"),
        why=gettext_lazy("Three lines: what you want, what you fear, what success would be."),
    ),
    SheetKind.CARD: work_kinds.register(
        "scoping.card", gettext_lazy("Fill in the how-we-work card"), why=gettext_lazy("A partner waits to read it.")
    ),
}
AGREE: dict[str, str] = {
    SentenceKind.PURPOSE: work_kinds.register(
        "scoping.purpose",
        gettext_lazy("Agree to the purpose sentence, or change it"),
        why=gettext_lazy("One sentence that each of you would say in the same words."),
    ),
    SentenceKind.IF_ASKED: work_kinds.register(
        "scoping.if_asked",
        gettext_lazy("Agree to the “if someone asks” sentence, or change it"),
        why=gettext_lazy("From the first visit on, somebody may ask."),
    ),
}
WRITE = work_kinds.register(
    "scoping.write",
    gettext_lazy("Write the two sentences: your purpose, and what you say if someone asks"),
    why=gettext_lazy("Whoever is asked says the same."),
)
ASK = work_kinds.register(
    "scoping.ask",
    gettext_lazy("Ask the affected people’s own bodies whether and how they wish to be involved"),
    why=gettext_lazy("Before there is a plan: then their answer can still change it."),
)
AGREE_WAY = work_kinds.register(
    "scoping.way",
    gettext_lazy("Answer the proposal on how to go on"),
    why=gettext_lazy("It needs every partner; a grant, a contract or nothing are good answers too."),
    rule="short",
)
TALK = work_kinds.register("scoping.talk", gettext_lazy("Next talk"), rule="event")
#: Opened in the moment in which they are released: every partner handed in for that.
TOGETHER: dict[str, str] = {
    kind: release_kinds.register(f"scoping.{kind}", SheetKind(kind).label, url_name=SHEET_URLS[kind])
    for kind in SheetKind.values
}
CANVAS_RELEASE = release_kinds.register(
    "scoping.canvas", gettext_lazy("Entries of the canvas"), url_name="scoping:canvas"
)

WAITING_NOTICE: dict[str, str] = {
    SheetKind.SCREEN: notice_kinds.register(
        "scoping.screen_waits",
        label=gettext_lazy("A partner has handed in and waits for you"),
        subject=gettext_lazy("{record}: {party} has handed in its fit screen"),
        line=gettext_lazy("{party} has handed in its fit screen. All open together once yours is in."),
        button=gettext_lazy("Answer the six questions"),
    ),
    SheetKind.MOTIVES: notice_kinds.register(
        "scoping.motives_wait",
        label=gettext_lazy("A partner has written its motive note"),
        subject=gettext_lazy("{record}: {party} has handed over its motive note"),
        line=gettext_lazy("{party} has handed over its motive note. You read it when yours is in."),
        button=gettext_lazy("Write three lines"),
    ),
    SheetKind.CARD: notice_kinds.register(
        "scoping.card_waits",
        label=gettext_lazy("A partner has filled in its how-we-work card"),
        subject=gettext_lazy("{record}: {party} has filled in its card"),
        line=gettext_lazy("{party} has filled in its how-we-work card. You read it when yours is in."),
        button=gettext_lazy("Fill in yours"),
    ),
}
OPENED_NOTICE: dict[str, str] = {
    SheetKind.SCREEN: notice_kinds.register(
        "scoping.screen_open",
        label=gettext_lazy("All partners have handed in"),
        subject=gettext_lazy("{record}: the fit screens are open"),
        line=gettext_lazy("All partners have handed in. The fit screens of “{record}” are open to all of you."),
        button=gettext_lazy("Read them side by side"),
    ),
    SheetKind.MOTIVES: notice_kinds.register(
        "scoping.motives_open",
        label=gettext_lazy("Motive notes are exchanged"),
        subject=gettext_lazy("{record}: the motive notes are exchanged"),
        line=gettext_lazy("All partners have handed over their motive notes for “{record}”."),
        button=gettext_lazy("Read them side by side"),
    ),
    SheetKind.CARD: notice_kinds.register(
        "scoping.card_open",
        label=gettext_lazy("How-we-work cards lie side by side"),
        subject=gettext_lazy("{record}: the how-we-work cards are open"),
        line=gettext_lazy("All partners have filled in their how-we-work cards for “{record}”."),
        button=gettext_lazy("Read them side by side"),
    ),
}
SENTENCE_NOTICE = notice_kinds.register(
    "scoping.sentence",
    label=gettext_lazy("A sentence waits for your agreement"),
    subject=gettext_lazy("{record}: a sentence waits for your agreement"),
    line=gettext_lazy("{party} proposes a sentence for “{record}”. It stands when every partner agrees."),
    button=gettext_lazy("Read it"),
)
WAY_NOTICE = notice_kinds.register(
    "scoping.way",
    label=gettext_lazy("A way forward is proposed"),
    subject=gettext_lazy("{record}: a proposal on how to go on"),
    line=gettext_lazy("{party} proposes how to go on with “{record}”. It needs every partner."),
    button=gettext_lazy("Read the proposal"),
)
RELEASED_NOTICE = notice_kinds.register(
    "scoping.released",
    label=gettext_lazy("A partner shows you something of its side"),
    subject=gettext_lazy("{record}: {party} has released something to you"),
    line=gettext_lazy("{party} has released something of its side in “{record}”. It shows once you open it."),
    button=gettext_lazy("See what waits to be opened"),
)
