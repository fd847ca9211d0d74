"""What reviews log, ask for and tell: the words of the timeline, the work list and the mails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from partnerships.history.kinds import register as act
from partnerships.notices.kinds import register as notice
from partnerships.notices.links import sign, token_for
from partnerships.record.release_kinds import register as release
from partnerships.work.kinds import register as work

from .models import Respondent
from .states import OwnKind

if TYPE_CHECKING:
    from partnerships.notices.models import Notice

LINK_PURPOSE = "reviews.answer"


def link_to_answer(respondent: Respondent) -> str:
    """The personal address for answering without a password; only the newest opens, and only while one can answer."""
    return reverse("reviews:answer_link", args=[sign(LINK_PURPOSE, respondent.pk, respondent.counter)])


def _invitation_path(row: Notice) -> str:
    respondent = (
        Respondent.objects.unguarded("a mail to this respondent is being made").filter(pk=row.object_id or 0).first()
    )
    return link_to_answer(respondent) if respondent is not None else row.path


ROUND = {"url_name": "reviews:round", "object_kwarg": "rid"}
REVIEWS = {"url_name": "reviews:list"}

BOUNDARY_SET = act("reviews.boundary_set", _("What is reviewed, and when, proposed"), url_name="reviews:boundary")
BOUNDARY_AGREED = act("reviews.boundary_agreed", _("Agreed to what is reviewed, and when"), url_name="reviews:boundary")
PLANNED = act("reviews.planned", _("Review proposed"), **ROUND)
PLAN_CHANGED = act("reviews.plan_changed", _("Dates of a review changed"), **ROUND)
DATES_AGREED = act("reviews.dates_agreed", _("Dates of a review agreed"), **ROUND)
STARTED = act("reviews.started", _("Review started"), **ROUND)
MODE_CHOSEN = act("reviews.mode_chosen", _("Chose how to take part in a review"), **REVIEWS)
STARTED_OVER = act(
    "reviews.started_over", _("Own part of a review started over; what was answered is gone unread"), **REVIEWS
)
HANDED_IN = act("reviews.handed_in", _("Own part of a review handed in"), **REVIEWS)
APPROVED = act("reviews.approved", _("Own answer approved, as the broker wrote it down"), **REVIEWS)
DESTROYED = act("reviews.destroyed", _("Answers destroyed unread"), **REVIEWS)
NOT_NAMED = act("reviews.not_named", _("Answers with names destroyed unread: not everybody wished it"), **REVIEWS)
WITHOUT_ASKED = act("reviews.without_asked", _("Asked whether a review opens without a partner"), **ROUND)
WITHOUT_YES = act("reviews.without_yes", _("Agreed to open a review without a partner that is missing"), **ROUND)
WITHOUT_NO = act("reviews.without_no", _("Wished to wait for a partner that is missing"), **ROUND)
FROZEN_WITHOUT = act("reviews.frozen_without", _("Review closed without a partner that had not handed in"), **ROUND)
FROZEN = act("reviews.frozen", _("All parts of a review are in"), **ROUND)
OWN_RESULTS = act("reviews.own_results", _("Own results of a review can be read"), **ROUND)
OPENED = act("reviews.opened", _("Review opened to all partners"), **ROUND)
EXTENDED = act("reviews.extended", _("Review given more time"), **ROUND)
CANCELLED = act("reviews.cancelled", _("Review cancelled, answers destroyed unread"), **ROUND)
COMMENTS_RELEASED = act("reviews.comments_released", _("Comments of a review released"), **ROUND)
OWN_RELEASED = act("reviews.own_released", _("Own figures of a review released"), **ROUND)
TALKED = act("reviews.talked", _("Talked about a difference"), **REVIEWS)
FINDING_ADDED = act("reviews.finding_added", _("Finding written"), **REVIEWS)
FINDING_TAKEN_BACK = act("reviews.finding_taken_back", _("Finding taken back"), **REVIEWS)
FINDING_AGREED = act("reviews.finding_agreed", _("Finding agreed"), **REVIEWS)
FINDING_DISSENT = act("reviews.finding_dissent", _("Finding seen differently"), **REVIEWS)
ACTION_ADDED = act("reviews.action_added", _("Action proposed"), **REVIEWS)
ACTION_ACCEPTED = act("reviews.action_accepted", _("Action accepted"), **REVIEWS)
ACTION_DONE = act("reviews.action_done", _("Action done"), **REVIEWS)

VOICE_ASKED = act("reviews.voice_asked", _("A body of affected people asked how it sees the work"), **REVIEWS)
VOICE_NOTED = act("reviews.voice_noted", _("Written down what a body of affected people said"), **REVIEWS)
VOICE_GIVEN = act("reviews.voice_given", _("A body of affected people said how it sees the work"), **REVIEWS)
VOICE_REFUSED = act("reviews.voice_refused", _("A note of what a body said was not approved"), **REVIEWS)
VOICE_DECLINED = act("reviews.voice_declined", _("A body of affected people does not wish to answer"), **REVIEWS)
VOICE_WITHDRAWN = act("reviews.voice_withdrawn", _("What a body said was taken back"), **REVIEWS)

RELEASED_COMMENTS = release("reviews.comments", _("Comments of a review"), url_name="reviews:list")

RELEASED_OWN = {
    OwnKind.AGREEMENT: release(
        "reviews.own_agreement", _("How far our people agree, in a review"), url_name="reviews:list"
    ),
    OwnKind.RELAY: release(
        "reviews.own_relay", _("Head office beside site or field, in a review"), url_name="reviews:list"
    ),
}

WORK_DATES = work(
    "reviews.dates",
    _("Agree to the dates of the review"),
    why=_("All partners agree when answers are due and when they are opened together."),
    rule="short",
)
WORK_MODE = work(
    "reviews.mode",
    _("Choose how your side takes part in the review"),
    why=_("Fewer than five people give one agreed answer, so that nobody can be recognised."),
    rule="short",
)
WORK_HAND_IN = work(
    "reviews.hand_in",
    _("Hand in your part of the review"),
    why=_("Nothing can be read before every partner has handed in."),
)
WORK_WRITE_DOWN = work(
    "reviews.write_down",
    _("Talk with a partner, and write its answer down"),
    why=_("A small team asked you to write its one agreed answer down. It counts once they approve it."),
)
WORK_VOICE = work(
    "reviews.voice",
    _("Say how you see the work"),
    why=_("Five questions, in your way and in your time. You choose who reads your answers."),
    rule="long",
)
WORK_VOICE_NOTE = work(
    "reviews.voice_note",
    _("Read what was written down for you"),
    why=_("It counts only if you approve it, and you choose who reads it."),
    rule="long",
)
WORK_ANSWER = work(
    "reviews.answer",
    _("Answer the review"),
    why=_("Your answer is sealed: nobody can read it, and later only groups are shown."),
    mail_path=_invitation_path,
)
WORK_WITHOUT = work(
    "reviews.without",
    _("Say whether the review opens without a partner that is missing"),
    why=_("All others are in. It opens without that partner only if each of you agrees; else all wait two more weeks."),
    rule="short",
)
WORK_BOUNDARY = work(
    "reviews.boundary",
    _("Agree to what is reviewed, and when"),
    why=_("Agree early what belongs to the review, and tie its dates to the project's own monitoring."),
    rule="short",
)
WORK_FIRST = work(
    "reviews.first",
    _("Hold the first review"),
    why=_("By month 6: while there is still time to change how you work."),
    rule="long",
)
WORK_NEXT = work(
    "reviews.next",
    _("Propose the next review"),
    why=_("Reviews are at most twelve months apart, and a date that is proposed early is kept more often."),
    rule="long",
)
WORK_PULSE = work(
    "reviews.pulse",
    _("Propose the next trust pulse"),
    why=_("Two minutes every half-year show early whether trust falls."),
    rule="long",
)
WORK_FINDING = work(
    "reviews.finding",
    _("Say whether you agree: {subject}"),
    why=_("A finding stands when every partner agrees; you can say how you see it instead."),
)
WORK_ACCEPT = work(
    "reviews.accept", _("Accept or change the action: {subject}"), why=_("Another side proposes that you do this.")
)
WORK_ACTION = work("reviews.action", "{subject}", why=_("Agreed in a review."))
WORK_TALK = work(
    "reviews.talk",
    _("Talk about where you differ"),
    why=_("A wide gap is an invitation. After 30 days without a talk it becomes a warning."),
)

NOTICE_BOUNDARY = notice(
    "reviews.boundary",
    label=_("What is reviewed, and when, is proposed"),
    subject=_("{record}: what do we review, and when?"),
    line=_("{party} proposes for “{record}” what is reviewed, and when. It holds when all partners agree."),
    button=_("Read it"),
)
NOTICE_PLANNED = notice(
    "reviews.planned",
    label=_("A review is proposed"),
    subject=_("{record}: {party} proposes a review"),
    line=_("{party} proposes dates for a review of “{record}”. It starts when all partners agree."),
    button=_("Look at the dates"),
)
NOTICE_STARTED = notice(
    "reviews.started",
    label=_("A review has started"),
    subject=_("{record}: the review has started"),
    line=_("The review of “{record}” has started. Choose how your side takes part, and hand in your part."),
    button=_("Open the review"),
)
NOTICE_ASKED = notice(
    "reviews.asked",
    label=_("You are asked to answer a review"),
    subject=_("{record}: how is it going, seen from where you work?"),
    line=_(
        "{party} asks you to answer a short review of “{record}”. Your answer is sealed, and later only groups are "
        "shown, never one person. {when}"
    ),
    button=pgettext_lazy("button", "Answer"),
    path=_invitation_path,
)
NOTICE_WRITE_DOWN = notice(
    "reviews.write_down",
    label=_("A partner wants you to write its answer down"),
    subject=_("{record}: {party} wants to tell you its answer"),
    line=_(
        "{party} gives its answer to the review of “{record}” in a talk with you. Write it down for them; it counts "
        "once they have approved it. Nobody else learns of it before the opening."
    ),
    button=_("Write it down"),
)
NOTICE_VOICE = notice(
    "reviews.voice",
    label=_("You are asked how you see the work"),
    subject=_("{record}: how do you see the work?"),
    line=_("{party} asks you five questions about “{record}”. You answer in your way, and choose who reads it."),
    button=pgettext_lazy("button", "Answer"),
)
NOTICE_VOICE_NOTE = notice(
    "reviews.voice_note",
    label=_("A note of what you said waits for you"),
    subject=_("{record}: {party} wrote down what you said"),
    line=_("{party} wrote down what your body said about “{record}”. It counts only if you approve it."),
    button=_("Read the note"),
)
NOTICE_VOICE_BACK = notice(
    "reviews.voice_back",
    label=_("A body answered to your note"),
    subject=_("{record}: an answer to your note"),
    line=_("A body of affected people looked at what you wrote down for “{record}”."),
    button=_("See what it says"),
)
NOTICE_VOICE_DECLINED = notice(
    "reviews.voice_declined",
    label=_("A body does not wish to answer"),
    subject=_("{record}: a body does not wish to answer"),
    line=_("A body of affected people that you asked about “{record}” does not wish to answer."),
    button=_("See what it says"),
)
VOICE_PURPOSE = "reviews.voice"
VOICE_DAYS = 60


def _voice_path(row: Notice) -> str:
    token = token_for(VOICE_PURPOSE, row.object_id or 0, None, days=VOICE_DAYS)
    return reverse("reviews:approve_voice", args=[token])


MAIL_VOICE = notice(
    "reviews.voice_mail",
    label=_("A note to approve"),
    subject=_("{party} asks you to check a note"),
    line=_(
        "{party} wrote down what your body said about “{record}”. "
        "Please read it. It counts only if you approve it, and you choose who may read it. The link works once."
    ),
    button=_("Read the note"),
    default="always",
    path=_voice_path,
)
NOTICE_FROZEN = notice(
    "reviews.frozen",
    label=_("All parts of a review are in"),
    subject=_("{record}: all parts of the review are in"),
    line=_("All parts of the review of “{record}” are in. It is opened to all at the agreed time."),
    button=_("See when it opens"),
)
NOTICE_FROZEN_WITHOUT = notice(
    "reviews.frozen_without",
    label=_("A review is closed without a partner that had not handed in"),
    subject=_("{record}: the review is closed without one part"),
    line=_("As agreed, the review of “{record}” goes on without a partner that had not handed in."),
    button=_("See when it opens"),
)
NOTICE_WITHOUT = notice(
    "reviews.without",
    label=_("You are asked whether a review opens without a partner"),
    subject=_("{record}: a part of the review is missing"),
    line=_(
        "{party} has not handed in its part of the review of “{record}”. As planned, you are asked: open without it?"
    ),
    button=_("Say yes or no"),
)
NOTICE_MISSING = notice(
    "reviews.missing",
    label=_("The others are asked whether a review opens without you"),
    subject=_("{record}: your part of the review is missing"),
    line=_(
        "The others are asked whether the review of “{record}” opens without you. You can still hand in until all of "
        "them have agreed."
    ),
    button=_("Open the review"),
)
NOTICE_NOT_NAMED = notice(
    "reviews.not_named",
    label=_("Not everybody of your side wishes to answer with their name"),
    subject=_("{record}: choose again how your side takes part"),
    line=_(
        "Not everybody of your side wishes to stand with their name in the review of “{record}”. Nobody is told who. "
        "Your answers were destroyed unread; choose again how you take part."
    ),
    button=_("Choose again"),
)
NOTICE_OWN_RESULTS = notice(
    "reviews.own_results",
    label=_("Your own results of a review can be read"),
    subject=_("{record}: your own results can be read"),
    line=_("Your side's own results of the review of “{record}” can be read now; in a day it is opened to all."),
    button=_("Read our results"),
)
NOTICE_OPENED = notice(
    "reviews.opened",
    label=_("A review is opened"),
    subject=_("{record}: the review is open"),
    line=_("The review of “{record}” is open to all partners. Look first at where you differ."),
    button=_("Read the results"),
)
NOTICE_EXTENDED = notice(
    "reviews.extended",
    label=_("A review is given more time"),
    subject=_("{record}: two more weeks for the review"),
    line=_("A part of the review of “{record}” is missing. As agreed, everybody has two more weeks."),
    button=_("See the new dates"),
)
NOTICE_CANCELLED = notice(
    "reviews.cancelled",
    label=_("A review is cancelled"),
    subject=_("{record}: the review is cancelled"),
    line=_("The review of “{record}” is cancelled. All answers to it were destroyed unread."),
    button=_("Open the reviews"),
)
NOTICE_FINDING = notice(
    "reviews.finding",
    label=_("A finding waits for your word"),
    subject=_("{record}: {party} wrote a finding"),
    line=_("{party} wrote down a finding of the review of “{record}”. Do you agree?"),
    button=_("Read it"),
    default="daily",
)
