"""What scoping logs, asks for and tells: the words of the timeline, the work list and the mails."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from partnerships.history import kinds as act_kinds
from partnerships.notices import kinds as notice_kinds
from partnerships.record import release_kinds
from partnerships.work import kinds as work_kinds

from .states import About, SentenceKind, SheetKind

SHEET_URLS: dict[str, str] = {
    SheetKind.SCREEN: "scoping:screen",
    SheetKind.MOTIVES: "scoping:motives",
    SheetKind.CARD: "scoping:card",
    SheetKind.SPECTRUM: "scoping:spectrum",
}


def _act(code: str, label: str | Promise, url_name: str = "scoping:overview") -> str:
    return act_kinds.register(f"scoping.{code}", label, url_name=url_name)


HANDED_IN: dict[str, str] = {
    SheetKind.SCREEN: _act("screen_in", gettext_lazy("Fit screen handed in"), "scoping:screen"),
    SheetKind.MOTIVES: _act("motives_in", gettext_lazy("Motive note handed over"), "scoping:motives"),
    SheetKind.CARD: _act("card_in", gettext_lazy("How-we-work card handed over"), "scoping:card"),
    SheetKind.SPECTRUM: _act("spectrum_in", gettext_lazy("Marks on the spectrum handed in"), "scoping:spectrum"),
}
TAKEN_BACK: dict[str, str] = {
    SheetKind.SCREEN: _act("screen_back", gettext_lazy("Fit screen taken back"), "scoping:screen"),
    SheetKind.MOTIVES: _act("motives_back", gettext_lazy("Motive note taken back"), "scoping:motives"),
    SheetKind.CARD: _act("card_back", gettext_lazy("How-we-work card taken back"), "scoping:card"),
    SheetKind.SPECTRUM: _act("spectrum_back", gettext_lazy("Marks on the spectrum taken back"), "scoping:spectrum"),
}
OPENED: dict[str, str] = {
    SheetKind.SCREEN: _act("screen_open", gettext_lazy("Fit screens opened together"), "scoping:screen"),
    SheetKind.MOTIVES: _act("motives_open", gettext_lazy("Motive notes exchanged"), "scoping:motives"),
    SheetKind.CARD: _act("card_open", gettext_lazy("How-we-work cards laid side by side"), "scoping:card"),
    SheetKind.SPECTRUM: _act("spectrum_open", gettext_lazy("Marks on the spectrum opened"), "scoping:spectrum"),
}
CHANGED: dict[str, str] = {
    SheetKind.SCREEN: _act("screen_changed", gettext_lazy("Answer of the fit screen changed"), "scoping:screen"),
    SheetKind.MOTIVES: _act("motives_changed", gettext_lazy("Motive note changed"), "scoping:motives"),
    SheetKind.CARD: _act("card_changed", gettext_lazy("How-we-work card changed"), "scoping:card"),
    SheetKind.SPECTRUM: _act("spectrum_changed", gettext_lazy("Mark on the spectrum changed"), "scoping:spectrum"),
}
SENTENCE_PROPOSED = _act("sentence", gettext_lazy("Sentence proposed"), "scoping:sentences")
SENTENCE_AGREED = _act("sentence_agreed", gettext_lazy("Sentence agreed by one partner"), "scoping:sentences")
WAY_PROPOSED = _act("way", gettext_lazy("Way forward proposed"), "scoping:way")
WAY_AGREED = _act("way_agreed", gettext_lazy("Way forward agreed by one partner"), "scoping:way")
WAY_SETTLED = _act("way_settled", gettext_lazy("Way forward settled"), "scoping:way")
TALK_SET = _act("talk", gettext_lazy("Next talk set"))
CANVAS_WRITTEN = _act("canvas", gettext_lazy("Canvas entry written"), "scoping:canvas")
SHOWN = _act("shown", gettext_lazy("Answers shown to a broker who joined"))
GOAL_DRAWN = _act("goal", gettext_lazy("Goal drawn from an opportunity"), "scoping:goals")
GOAL_CHANGED = _act("goal_changed", gettext_lazy("Goal reworded"), "scoping:goals")
GOAL_OUT = _act("goal_out", gettext_lazy("Goal taken out"), "scoping:goals")
SIDE_SHOWN = _act("goal_side", gettext_lazy("Gains and fears shown"), "scoping:goals")
PRIOR_NOTED = _act("prior", gettext_lazy("Prior work noted"), "scoping:prior")
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
    SheetKind.SPECTRUM: work_kinds.register(
        "scoping.spectrum",
        gettext_lazy("Mark how closely you work together"),
        why=gettext_lazy("Two marks: today, and where you mean to be. More is not better."),
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
GOAL_RELEASE = release_kinds.register(
    "scoping.goal", gettext_lazy("What a partner gains and fears"), url_name="scoping:goals"
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
    SheetKind.SPECTRUM: notice_kinds.register(
        "scoping.spectrum_waits",
        label=gettext_lazy("A partner has marked how closely you work together"),
        subject=gettext_lazy("{record}: {party} has set its marks on the spectrum"),
        line=gettext_lazy("{party} has marked how closely you work together. You read it when your marks are in."),
        button=gettext_lazy("Set your two marks"),
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
    SheetKind.SPECTRUM: notice_kinds.register(
        "scoping.spectrum_open",
        label=gettext_lazy("The marks on the spectrum are open"),
        subject=gettext_lazy("{record}: how closely you work together, as each of you sees it"),
        line=gettext_lazy("All partners have marked how closely they work together in “{record}”."),
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

# The affected people's bodies -----------------------------------------------------------------------------------------
BODY_NAMED = act_kinds.register(
    "scoping.body", gettext_lazy("Body of affected people named"), url_name="scoping:affected"
)
BODY_CORRECTED = act_kinds.register(
    "scoping.body_corrected", gettext_lazy("Body of affected people corrected"), url_name="scoping:affected"
)
BODY_TAKEN_OFF = act_kinds.register(
    "scoping.body_taken_off", gettext_lazy("Body of affected people taken off the list"), url_name="scoping:affected"
)
BODY_ASKED = act_kinds.register("scoping.asked", gettext_lazy("Affected people asked"), url_name="scoping:affected")
BODY_ANSWERED = act_kinds.register(
    "scoping.answered", gettext_lazy("Answer of the affected people"), url_name="scoping:affected"
)
ANSWER_WITHDRAWN = act_kinds.register(
    "scoping.answer_withdrawn", gettext_lazy("Answer of the affected people withdrawn"), url_name="scoping:affected"
)
NOTE_SENT = act_kinds.register("scoping.note_sent", gettext_lazy("Note sent to the body"), url_name="scoping:affected")
NOTE_REFUSED = act_kinds.register(
    "scoping.note_refused", gettext_lazy("Note not approved by the body"), url_name="scoping:affected"
)
BODY_SEATED = release_kinds.register(
    "scoping.body", gettext_lazy("What this body was asked before it joined"), url_name="scoping:affected"
)

#: No clock of ours for the bodies: these items have no due date.
ASK_BODY: dict[str, str] = {
    About.INVOLVEMENT: work_kinds.register(
        "scoping.involvement",
        gettext_lazy("You are asked whether and how you wish to be involved"),
        why=gettext_lazy("In your way and in your time. No is an answer."),
        rule="none",
    ),
    About.PARTNERSHIP: work_kinds.register(
        "scoping.answer",
        gettext_lazy("You are asked what you say to this partnership"),
        why=gettext_lazy("Nothing overrides your answer, and you choose who reads it."),
        rule="none",
    ),
}
ASKED_NOTICE = notice_kinds.register(
    "scoping.asked",
    label=gettext_lazy("You are asked as a body of affected people"),
    subject=gettext_lazy("{record}: you are asked"),
    line=gettext_lazy(
        "{party} asks you about “{record}”. Answer in your way and in your time; you choose who reads it."
    ),
    button=gettext_lazy("Read the question"),
)
ANSWERED_NOTICE = notice_kinds.register(
    "scoping.answered",
    label=gettext_lazy("A body of affected people has answered"),
    subject=gettext_lazy("{record}: an answer from the affected people"),
    line=gettext_lazy("A body of affected people has answered about “{record}”."),
    button=gettext_lazy("Read the answer"),
)
NOTE_BACK_NOTICE = notice_kinds.register(
    "scoping.note_back",
    label=gettext_lazy("A body did not approve your note"),
    subject=gettext_lazy("{record}: your note was not approved"),
    line=gettext_lazy("The body says that your note about “{record}” is not right yet."),
    button=gettext_lazy("See what is not right"),
)
