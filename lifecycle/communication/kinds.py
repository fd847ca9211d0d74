"""What the acts, the work, the notices and the releases of communication are called, and the link in a reminder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from partnerships.history import kinds as acts
from partnerships.notices import kinds as notices
from partnerships.notices import links
from partnerships.notices.models import MailLink
from partnerships.record import release_kinds
from partnerships.work import kinds as work

from .states import Text

if TYPE_CHECKING:
    from partnerships.notices.models import Notice

#: What a reminder's link is for: logging one contact, for one person, without signing in.
LINK_PURPOSE = "communication.contact"
LINK_DAYS = 30


def link_of(notice: Notice) -> str:
    """The address in a reminder's mail: one page that logs this contact. A newer wait gets a newer link."""
    # A link can be used without closing its wait (an older talk was logged); the wait needs a new one then.
    used = MailLink.objects.filter(
        purpose=LINK_PURPOSE, object_id=notice.work_item_id or 0, user=notice.recipient, used_at__isnull=False
    ).exists()
    token = links.token_for(LINK_PURPOSE, notice.work_item_id or 0, notice.recipient, days=LINK_DAYS, renew=used)
    return reverse("communication:contact_by_link", args=[token])


def _act(code: str, label: str | Promise, url_name: str = "overview", object_kwarg: str = "") -> str:
    return acts.register(
        f"communication.{code}", label, url_name=f"communication:{url_name}", object_kwarg=object_kwarg
    )


_TEXT = {"url_name": "text", "object_kwarg": "aid"}
CHANGED = _act("changed", _("Joint text changed; approvals start anew"), **_TEXT)
ASKED = _act("asked", _("Approval of all partners asked"), **_TEXT)
APPROVED_BY = _act("approved_by", _("Joint text approved by one partner"), **_TEXT)
APPROVED = _act("approved", _("Joint text approved by all"), **_TEXT)
REMARKED = _act("remarked", _("Said what is missing in a joint text"), **_TEXT)
SET_ASIDE = _act("set_aside", _("Joint text set aside"), **_TEXT)
ANNOUNCED = _act("announced", _("Partnership announced"), **_TEXT)
PUBLISHED = _act("published", _("Said in public"), **_TEXT)
CONTACT = _act("contact", _("Contact logged"), "contact", "cid")
CONTACT_WITHDRAWN = _act("contact_withdrawn", _("Contact withdrawn"), "contacts")
BRIEFED = _act("briefed", _("Own staff briefed"), "contact", "cid")
DRIVER = _act("driver", _("Drivers ledger: line written"), "drivers")
DRIVER_RELEASED = _act("driver_released", _("Drivers released"), "drivers")
QUESTION = _act("question", _("Question from colleagues noted"), "question", "qid")
# The partners read what was released to them, not the question itself: the list leads to what each may read.
QUESTION_HELP = _act("question_help", _("Partners asked to help answer a question"), "questions")
QUESTION_ANSWER = _act("question_answer", _("Help with a question from colleagues"), "questions")
QUESTION_SETTLED = _act("question_settled", _("Question from colleagues answered"), "question", "qid")
CALLED = _act("called", _("The media called"), "incident", "iid")
CALL_STEP = _act("call_step", _("Next step after the call from the media"), "incident", "iid")

_WHY_APPROVE = _("Silence is not consent: it counts only when every partner has said yes.")
APPROVE: dict[str, str] = {
    kind: work.register(f"communication.{kind}", title, why=_WHY_APPROVE, rule="short")
    for kind, title in {
        Text.PLAN: _("Approve the communication plan"),
        Text.SPOKESPEOPLE: _("Approve the spokespeople"),
        Text.QA: _("Approve the questions and answers"),
        Text.HOLDING: _("Approve the holding statement"),
        Text.FACTS: _("Approve the facts that anybody may use"),
        Text.ANNOUNCEMENT: _("Approve the announcement"),
        Text.PUBLIC: _("Approve what is said in public"),
        Text.QUIET: _("Agree to a quiet period"),
        Text.NAMES: _("Agree to a use of names and logos"),
    }.items()
}
TALK = work.register(
    "communication.talk",
    _("Talk to: {subject}"),
    why=_("If nobody speaks, others fill the silence. Log it afterwards; it takes two minutes."),
    mail_path=link_of,
)
ANSWER_COLLEAGUES = work.register(
    "communication.question",
    _("Answer a question from colleagues: {subject}"),
    why=_("Doubts that nobody answers grow. Your partners can help."),
)
HELP_ANSWER = work.register(
    "communication.help",
    _("Help your partner answer its colleagues: {subject}"),
    why=_("Coming from you it may be more convincing."),
)
PEOPLE_FIRST = work.register(
    "communication.people_first",
    _("The media called about harm: people and authorities first"),
    why=_("Nobody waits for a joint line, and no courtesy notice is owed."),
    rule="none",
)
CLOCKS: dict[str, str] = {
    "acknowledge": work.register(
        "communication.acknowledge",
        _("The media called: acknowledge it"),
        why=_("Within the hour: who asks, what, until when."),
        rule="none",
    ),
    "holding": work.register(
        "communication.holding_out",
        _("The media called: give the holding statement"),
        why=_("What is known, what is not yet known, what comes next."),
        rule="none",
    ),
    "answer": work.register(
        "communication.answer_out",
        _("The media called: give the full answer"),
        why=_("Each partner within what it knows."),
        rule="none",
    ),
}

ASK_NOTICE = notices.register(
    "communication.ask",
    label=_("A joint text waits for your approval"),
    subject=_("{record}: a joint text waits for your approval"),
    line=_("{party} asks you to approve a joint text of “{record}”. It counts only when every partner has said yes."),
    button=_("Read it"),
)
CLEARED_NOTICE = notices.register(
    "communication.cleared",
    label=_("A joint text that you approved was changed"),
    subject=_("{record}: a text that you approved was changed"),
    line=_("{party} has changed a joint text of “{record}” that you had approved. Approvals start anew."),
    button=_("See the new text"),
)
APPROVED_NOTICE = notices.register(
    "communication.approved",
    label=_("A joint text is approved by all"),
    subject=_("{record}: approved by all"),
    line=_("All partners have approved a joint text of “{record}”."),
    button=_("Read it"),
    default="daily",
)
REMARK_NOTICE = notices.register(
    "communication.remark",
    label=_("A partner says what is missing in a joint text"),
    subject=_("{record}: a remark on a joint text"),
    line=_("{party} says what is missing in a joint text of “{record}” before it can approve."),
    button=_("Read the remark"),
)
SAID_NOTICE = notices.register(
    "communication.said",
    label=_("A partnership was announced, or said something in public"),
    subject=_("{record}: said in public"),
    line=_("“{record}” has been announced, or has said something in public."),
    button=_("Read it"),
    default="daily",
)
DRIVERS_NOTICE = notices.register(
    "communication.drivers",
    label=_("A partner shows what moves it"),
    subject=_("{record}: {party} shows what moves it"),
    line=_("{party} has released lines of its drivers ledger to you in “{record}”."),
    button=_("Open it"),
    default="daily",
)
HELP_NOTICE = notices.register(
    "communication.help",
    label=_("A partner asks you to help answer its colleagues"),
    subject=_("{record}: {party} asks for your help"),
    line=_("{party} asks you to help answer a question that its colleagues ask about “{record}”."),
    button=_("Open it"),
)
ANSWER_NOTICE = notices.register(
    "communication.answer",
    label=_("A partner helps with a question from your colleagues"),
    subject=_("{record}: help with a question from your colleagues"),
    line=_("{party} has written what may help answer a question that your colleagues ask about “{record}”."),
    button=_("Read it"),
)
CALL_NOTICE = notices.register(
    "communication.call",
    label=_("The media called"),
    subject=_("{record}: the media called"),
    line=_("The media called about “{record}”. {party} has noted it. The clocks run."),
    button=_("See what is due"),
    default="always",
)

DRIVERS_RELEASE = release_kinds.register(
    "communication.drivers", _("Lines of a drivers ledger"), url_name="communication:drivers"
)
QUESTION_RELEASE = release_kinds.register(
    "communication.question", _("A question from colleagues"), url_name="communication:questions"
)
