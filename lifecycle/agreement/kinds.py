"""What the acts, the work and the notices of agreements are called. Imported by gate.py, so known in every process."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from partnerships.history import kinds as acts
from partnerships.notices import kinds as notices
from partnerships.work import kinds as work

_TEXT = {"url_name": "agreement:text", "object_kwarg": "aid"}
_CLAUSE = {"url_name": "agreement:clause", "object_kwarg": "cid"}

DRAFTED = acts.register("agreement.drafted", _("Agreement drafted"), **_TEXT)
CHANGED = acts.register("agreement.changed", _("Clause changed"), **_CLAUSE)
ADDED = acts.register("agreement.added", _("Clause added"), **_CLAUSE)
AGREED = acts.register("agreement.agreed", _("Clause agreed by one partner"), **_CLAUSE)
TO_DISCUSS = acts.register("agreement.to_discuss", _("Clause marked “to discuss”"), **_CLAUSE)
WANTS_OUT = acts.register("agreement.wants_out", _("Asked to leave a clause out"), **_CLAUSE)
LEFT_OUT = acts.register("agreement.left_out", _("Clause left out by all partners"), **_CLAUSE)
BROUGHT_BACK = acts.register("agreement.brought_back", _("Clause brought back"), **_CLAUSE)
COMMENTED = acts.register("agreement.commented", _("Comment on a clause"), url_name="agreement:overview")
COMMENT_WITHDRAWN = acts.register(
    "agreement.comment_withdrawn", _("Comment on a clause withdrawn"), url_name="agreement:overview"
)
SET_ASIDE = acts.register("agreement.set_aside", _("Draft agreement set aside"), **_TEXT)
OPENED = acts.register("agreement.opened", _("Agreement opened for signing"), **_TEXT)
SIGNED_BY = acts.register("agreement.signed_by", _("Agreement signed by one partner"), **_TEXT)
TAKEN_BACK = acts.register("agreement.taken_back", _("Agreement taken back before all had signed"), **_TEXT)
SIGNED = acts.register("agreement.signed", _("Agreement signed by all"), **_TEXT)
AMENDED = acts.register("agreement.amended", _("Amendment started"), **_TEXT)
PAPER = acts.register("agreement.paper", _("PDF of the signed agreement made"), **_TEXT)
TERMS_PROPOSED = acts.register("agreement.terms_proposed", _("Terms proposed"), url_name="agreement:terms")
TERMS_AGREED = acts.register("agreement.terms_agreed", _("Terms agreed by one partner"), url_name="agreement:terms")
TERMS_IN_FORCE = acts.register("agreement.terms_in_force", _("Terms agreed by all"), url_name="agreement:terms")

READ_DRAFT = work.register(
    "agreement.draft",
    _("Answer each clause: {subject}"),
    why=_("What is only understood leaves with the people who understood it."),
    rule="long",
)
REPLY = work.register(
    "agreement.reply",
    _("Reply on clause {subject}"),
    why=_("The other side has changed it, or wants to talk about it."),
)
OPEN = work.register(
    "agreement.open",
    _("Open for signing: {subject}"),
    why=_("Every clause is agreed. Opening freezes the text."),
    rule="short",
)
SIGN = work.register(
    "agreement.sign",
    _("Sign: {subject}"),
    why=_("The text is frozen and waits for your side's signature."),
    rule="short",
)
AGREE_TERMS = work.register(
    "agreement.terms",
    _("Agree to the terms: dates, money, reviews"),
    why=_("Later stages read them: reviews, commitments, reminders."),
)

DRAFT_NOTICE = notices.register(
    "agreement.draft",
    label=_("A draft agreement is there to read"),
    subject=_("{record}: a draft agreement to read"),
    line=_("{party} has started a draft agreement in “{record}”. Each partner answers it clause by clause."),
    button=_("Read the draft"),
)
CLAUSE_NOTICE = notices.register(
    "agreement.clause",
    label=_("A clause was changed, questioned or commented on"),
    subject=_("{record}: clause {clause}"),
    line=_("{party} has written on clause {clause} of the draft agreement in “{record}”."),
    button=_("Open the clause"),
    default="daily",
)
SIGNING_NOTICE = notices.register(
    "agreement.signing",
    label=_("An agreement is open for signing"),
    subject=_("{record}: ready for your signature"),
    line=_("{party} has opened an agreement of “{record}” for signing. Its text is frozen."),
    button=_("Read and sign"),
)
VOID_NOTICE = notices.register(
    "agreement.void",
    label=_("Signatures became void"),
    subject=_("{record}: the agreement was taken back"),
    line=_("{party} has taken the agreement of “{record}” back to change it. Signatures given so far are void."),
    button=_("See why"),
)
SIGNED_NOTICE = notices.register(
    "agreement.signed",
    label=_("An agreement is signed by all"),
    subject=_("{record}: signed by all"),
    line=_("All partners have signed an agreement of “{record}”."),
    button=_("See what was signed"),
)
ASIDE_NOTICE = notices.register(
    "agreement.aside",
    label=_("A draft agreement was set aside"),
    subject=_("{record}: a draft was set aside"),
    line=_("{party} has set a draft agreement of “{record}” aside."),
    button=_("See why"),
)
TERMS_NOTICE = notices.register(
    "agreement.terms",
    label=_("Terms are proposed"),
    subject=_("{record}: terms to agree to"),
    line=_("{party} proposes terms (dates, money, reviews) for “{record}”. They need your agreement."),
    button=_("Read the terms"),
)
