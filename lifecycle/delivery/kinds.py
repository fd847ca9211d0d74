"""Acts, work and notices of delivery, and the links that its mails carry."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partnerships.history import kinds as acts
from partnerships.notices import kinds as notices
from partnerships.notices import links
from partnerships.notices.models import MailLink, Notice
from partnerships.work import kinds as work

#: Purposes of the links in mails: each opens one commitment, for one person, for one thing to say about it.
DELIVER_LINK = "commitment.deliver"
CONFIRM_LINK = "commitment.confirm"
#: Days for which such a link opens.
LINK_DAYS = 30


def _link(purpose: str, url_name: str, notice: Notice) -> str:
    if notice.recipient is None or notice.object_id is None:
        return notice.path
    # A commitment that came back after its link was used needs a new one; until then the mails share one.
    used = MailLink.objects.filter(
        purpose=purpose, object_id=notice.object_id, user=notice.recipient, used_at__isnull=False
    ).exists()
    token = links.token_for(purpose, notice.object_id, notice.recipient, days=LINK_DAYS, renew=used)
    return reverse(url_name, args=[token])


def deliver_path(notice: Notice) -> str:
    """Where its owner says from the mail that a commitment is delivered."""
    return _link(DELIVER_LINK, "delivery:deliver_by_link", notice)


def confirm_path(notice: Notice) -> str:
    """Where another partner confirms a commitment from the mail."""
    return _link(CONFIRM_LINK, "delivery:confirm_by_link", notice)


# Acts -----------------------------------------------------------------------------------------------------------------
_BODY = {"url_name": "delivery:body", "object_kwarg": "body"}
_MEETING = {"url_name": "delivery:meeting", "object_kwarg": "meeting"}
_COMMITMENT = {"url_name": "delivery:commitment", "object_kwarg": "commitment"}
_CONTRIBUTION = {"url_name": "delivery:contribution", "object_kwarg": "contribution"}
_PROMISE = {"url_name": "delivery:promise", "object_kwarg": "promise"}
_DISPUTE = {"url_name": "delivery:dispute", "object_kwarg": "dispute"}

BODY_PROPOSED = acts.register("delivery.body_proposed", _("Governance proposed"), **_BODY)
BODY_AGREED = acts.register("delivery.body_agreed", _("Governance agreed"), **_BODY)
BODY_END = acts.register("delivery.body_end", _("Ending a governance body proposed"), **_BODY)
BODY_KEPT = acts.register("delivery.body_kept", _("Governance body goes on"), **_BODY)
BODY_ENDED = acts.register("delivery.body_ended", _("Governance body ended by all"), **_BODY)
MEETING_PLANNED = acts.register("delivery.meeting_planned", _("Meeting planned"), **_MEETING)
MEETING_MOVED = acts.register("delivery.meeting_moved", _("Meeting moved"), **_MEETING)
MEETING_CANCELLED = acts.register("delivery.meeting_cancelled", _("Meeting cancelled"), **_MEETING)
MEETING_HELD = acts.register("delivery.meeting_held", _("Meeting recorded"), **_MEETING)
RESOLVED = acts.register("delivery.resolved", _("Open decision taken"), **_MEETING)

MADE = acts.register("delivery.made", _("Commitment made"), **_COMMITMENT)
CHANGED = acts.register("delivery.changed", _("Commitment reworded"), **_COMMITMENT)
MOVED = acts.register("delivery.moved", _("Day of a commitment moved"), **_COMMITMENT)
DELIVERED = acts.register("delivery.delivered", _("Commitment delivered"), **_COMMITMENT)
CONFIRMED = acts.register("delivery.confirmed", _("Commitment confirmed"), **_COMMITMENT)
REFUSED = acts.register("delivery.refused", _("Commitment not confirmed"), **_COMMITMENT)
WRITE_OFF = acts.register("delivery.write_off", _("Letting a commitment go proposed"), **_COMMITMENT)
KEPT_ON = acts.register("delivery.kept_on", _("Commitment stays open"), **_COMMITMENT)
WRITTEN_OFF = acts.register("delivery.written_off", _("Commitment written off by all"), **_COMMITMENT)

CONTRIBUTION = acts.register("delivery.contribution", _("Contribution promised"), **_CONTRIBUTION)
CONTRIBUTION_CHANGED = acts.register("delivery.contribution_changed", _("Contribution changed"), **_CONTRIBUTION)
CONTRIBUTION_WITHDRAWN = acts.register("delivery.contribution_withdrawn", _("Contribution taken back"))
GIVEN = acts.register("delivery.given", _("Contribution put in"), **_CONTRIBUTION)
GIFT_CONFIRMED = acts.register("delivery.gift_confirmed", _("Contribution confirmed"), **_CONTRIBUTION)
GIFT_REFUSED = acts.register("delivery.gift_refused", _("Contribution not confirmed"), **_CONTRIBUTION)

PROMISED = acts.register("delivery.promised", _("Promise to a community noted"), **_PROMISE)
PROMISE_KEPT = acts.register("delivery.promise_kept", _("Promise to a community kept"), **_PROMISE)
PROMISE_EXPLAINED = acts.register("delivery.promise_explained", _("Promise to a community explained"), **_PROMISE)
PROMISE_CONFIRMED = acts.register("delivery.promise_confirmed", _("Kept, says the community’s body"), **_PROMISE)
PROMISE_DENIED = acts.register("delivery.promise_denied", _("Not kept, says the community’s body"), **_PROMISE)

DISPUTED = acts.register("delivery.disputed", _("Disagreement put on its route"), **_DISPUTE)
ESCALATED = acts.register("delivery.escalated", _("Disagreement went one level higher"), **_DISPUTE)
SETTLEMENT = acts.register("delivery.settlement", _("Way to settle it proposed or agreed"), **_DISPUTE)
SETTLED = acts.register("delivery.settled", _("Disagreement settled"), **_DISPUTE)

# Work -----------------------------------------------------------------------------------------------------------------
AGREE_BODY = work.register(
    "delivery.agree_body",
    _("Agree to the governance: {subject}"),
    why=_("When a problem comes, everybody must know already who decides."),
    rule="short",
)
AGREE_END = work.register(
    "delivery.agree_end",
    _("Say whether it ends: {subject}"),
    why=_("What all agreed on ends when all agree to that."),
    rule="short",
)
MEET = work.register("delivery.meeting", _("Meeting: {subject}"), rule="event")
OWED = work.register(
    "delivery.commitment",
    _("Commitment: {subject}"),
    why=_("Your partner counts on it. If it takes longer, move the day and say why."),
    mail_path=deliver_path,
)
CONFIRM = work.register(
    "delivery.confirm",
    _("Confirm that it was done: {subject}"),
    why=_("It counts as done when another partner says so."),
    mail_path=confirm_path,
)
AGREE_WRITE_OFF = work.register(
    "delivery.agree_write_off",
    _("Say whether to let it go: {subject}"),
    why=_("A commitment is written off by all partners, or by none."),
)
PUT_IN = work.register(
    "delivery.put_in",
    _("Contribution: {subject}"),
    why=_("Shares that drift apart are the first thing partners hold against each other."),
    rule="long",
)
CHECK_GIFT = work.register(
    "delivery.check_gift",
    _("Confirm what was put in: {subject}"),
    why=_("A contribution counts when another partner has seen it."),
)
KEEP_PROMISE = work.register(
    "delivery.promise",
    _("Promised to the community: {subject}"),
    why=_("Kept, or explained to them: nothing else ends it."),
    rule="long",
)
JUDGE_PROMISE = work.register(
    "delivery.judge_promise",
    _("Say whether this promise was kept: {subject}"),
    why=_("You decide, not those who promised."),
)
SETTLE = work.register(
    "delivery.dispute",
    _("Settle a disagreement, or take it one level higher"),
    why=_("Each level has its day, so that nothing smoulders."),
    rule="short",
)
AGREE_SETTLEMENT = work.register(
    "delivery.settlement",
    _("Agree to how a disagreement is settled"),
    why=_("It is settled when all partners say so."),
    rule="short",
)

# Notices --------------------------------------------------------------------------------------------------------------
BODY_NOTICE = notices.register(
    "delivery.body",
    label=_("Governance is proposed to you"),
    subject=_("{record}: {party} proposes who decides what"),
    line=_("{party} proposes the governance of “{record}”. It needs your agreement."),
    button=_("See the proposal"),
)
END_NOTICE = notices.register(
    "delivery.body_end",
    label=_("Ending a governance body is proposed, or answered"),
    subject=_("{record}: who decides may change"),
    line=_("In “{record}”, {party} has proposed to end a governance body, or answered to that."),
    button=_("Read it"),
)
MEETING_NOTICE = notices.register(
    "delivery.meeting",
    label=_("A meeting is planned, moved or cancelled"),
    subject=_("{record}: a meeting"),
    line=_("A meeting of “{record}” was planned, moved or cancelled."),
    button=_("See the meeting"),
)
MINUTES_NOTICE = notices.register(
    "delivery.minutes",
    label=_("A meeting was recorded"),
    subject=_("{record}: what the meeting decided"),
    line=_("{party} has recorded a meeting of “{record}”."),
    button=_("Read it"),
    default="daily",
)
MADE_NOTICE = notices.register(
    "delivery.made",
    label=_("A commitment of yours was written down"),
    subject=_("{record}: a commitment of yours was written down"),
    line=_("{party} has written down in “{record}” what you promised to do. {when}"),
    button=_("See it"),
)
DELIVERED_NOTICE = notices.register(
    "delivery.delivered",
    label=_("A partner has delivered, and asks you to confirm"),
    subject=_("{record}: {party} has delivered"),
    line=_("In “{record}”, {party} has delivered something and asks you to confirm it."),
    button=_("Look and confirm"),
    path=confirm_path,
)
CONFIRMED_NOTICE = notices.register(
    "delivery.confirmed",
    label=_("A commitment of yours was confirmed"),
    subject=_("{record}: {party} has confirmed what you delivered"),
    line=_("In “{record}”, {party} has confirmed what you delivered."),
    button=_("See it"),
    default="daily",
)
REFUSED_NOTICE = notices.register(
    "delivery.refused",
    label=_("A commitment of yours was not confirmed"),
    subject=_("{record}: {party} does not confirm yet"),
    line=_("In “{record}”, {party} does not see yet that it was done, and says why."),
    button=_("Read why"),
)
MOVED_NOTICE = notices.register(
    "delivery.moved",
    label=_("The day of a commitment has moved"),
    subject=_("{record}: a day has moved"),
    line=_("In “{record}”, {party} has moved the day of a commitment, and says why."),
    button=_("Read why"),
    default="daily",
)
WRITE_OFF_NOTICE = notices.register(
    "delivery.write_off",
    label=_("Letting a commitment go is proposed"),
    subject=_("{record}: shall it be let go?"),
    line=_("In “{record}”, {party} proposes to let a commitment go. It needs your agreement."),
    button=_("Read why"),
)
WRITTEN_OFF_NOTICE = notices.register(
    "delivery.written_off",
    label=_("A commitment was let go, or stays open"),
    subject=_("{record}: an answer about a commitment"),
    line=_("In “{record}”, {party} has answered whether a commitment is let go."),
    button=_("See it"),
)
GIFT_NOTICE = notices.register(
    "delivery.gift",
    label=_("A contribution was put in, and waits for you to confirm it"),
    subject=_("{record}: something was put in"),
    line=_("In “{record}”, {party} has written down a contribution that was put in. Please confirm it."),
    button=_("Look and confirm"),
    default="daily",
)
GIFT_CHECKED_NOTICE = notices.register(
    "delivery.gift_checked",
    label=_("A contribution of yours was confirmed, or not"),
    subject=_("{record}: an answer to what you put in"),
    line=_("In “{record}”, {party} has answered to a contribution that was put in."),
    button=_("See it"),
    default="daily",
)
PROMISE_NOTICE = notices.register(
    "delivery.promise",
    label=_("Something about a promise to a community"),
    subject=_("{record}: a promise"),
    line=_("In “{record}” there is something new about a promise."),
    button=_("See it"),
)
DISPUTE_NOTICE = notices.register(
    "delivery.dispute",
    label=_("Something about a disagreement"),
    subject=_("{record}: a disagreement takes its route"),
    line=_("In “{record}” there is something new about a disagreement."),
    button=_("See it"),
)
