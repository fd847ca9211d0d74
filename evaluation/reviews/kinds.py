"""What reviews log, ask for and tell: the words of the timeline, the work list and the mails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from partnerships.history.kinds import register as act
from partnerships.notices.kinds import register as notice
from partnerships.notices.links import sign
from partnerships.record.release_kinds import register as release
from partnerships.work.kinds import register as work

from .models import Respondent

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
DESTROYED = act("reviews.destroyed", _("Answers destroyed unread"), **REVIEWS)
FROZEN = act("reviews.frozen", _("All parts of a review are in"), **ROUND)
OWN_RESULTS = act("reviews.own_results", _("Own results of a review can be read"), **ROUND)
OPENED = act("reviews.opened", _("Review opened to all partners"), **ROUND)
EXTENDED = act("reviews.extended", _("Review given more time"), **ROUND)
CANCELLED = act("reviews.cancelled", _("Review cancelled, answers destroyed unread"), **ROUND)
COMMENTS_RELEASED = act("reviews.comments_released", _("Comments of a review released"), **ROUND)
TALKED = act("reviews.talked", _("Talked about a difference"), **REVIEWS)
FINDING_ADDED = act("reviews.finding_added", _("Finding written"), **REVIEWS)
FINDING_AGREED = act("reviews.finding_agreed", _("Finding agreed"), **REVIEWS)
FINDING_DISSENT = act("reviews.finding_dissent", _("Finding seen differently"), **REVIEWS)
ACTION_ADDED = act("reviews.action_added", _("Action proposed"), **REVIEWS)
ACTION_ACCEPTED = act("reviews.action_accepted", _("Action accepted"), **REVIEWS)
ACTION_DONE = act("reviews.action_done", _("Action done"), **REVIEWS)

RELEASED_COMMENTS = release("reviews.comments", _("Comments of a review"), url_name="reviews:list")

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
WORK_ANSWER = work(
    "reviews.answer",
    _("Answer the review"),
    why=_("Your answer is sealed: nobody can read it, and later only groups are shown."),
    mail_path=_invitation_path,
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
NOTICE_FROZEN = notice(
    "reviews.frozen",
    label=_("All parts of a review are in"),
    subject=_("{record}: all parts of the review are in"),
    line=_("All parts of the review of “{record}” are in. It is opened to all at the agreed time."),
    button=_("See when it opens"),
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
