"""Pages of agreements: drafting clause by clause, signing, terms."""

from __future__ import annotations

import contextlib
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from kombu.exceptions import OperationalError

from lifecycle.scoping import queries as scoping
from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.content import Clauses
from partnerships.catalogue.queries import NotLoaded, content, lesson
from partnerships.looks.typed import number
from partnerships.record.frame import render_record

from . import actions, queries, signing, tasks
from . import papers as paper_jobs
from . import terms as terms_actions
from .diff import compared
from .forms import (
    AnswerForm,
    ClauseForm,
    CommentForm,
    DraftForm,
    OpenForm,
    OwnClauseForm,
    ReasonForm,
    SignForm,
    TermsForm,
)
from .models import Agreement, ClauseComment, ClauseText, FrozenText, Paper, Terms
from .permissions import can_answer, can_comment, can_draft, can_open_signing, can_read_agreements, can_sign
from .registry import signing_conditions
from .states import AgreementKind, AgreementState, PaperState

TAB = "agreement"


def _text(place: Place, aid: str) -> Agreement:
    return get_object_or_404(queries.readable(place), public_id=aid)


def _clause(place: Place, cid: str) -> ClauseText:
    return get_object_or_404(
        ClauseText.objects.visible_to(place.user)
        .of(place.partnership)
        .select_related("agreement__catalogue", "agreement__circle", "agreement__partnership", "agreement__supersedes"),
        public_id=cid,
    )


def _page(request: HttpRequest, place: Place, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render_record(request, place, f"lifecycle/agreement/{name}.html", context, tab=TAB, status=status)


def _show_errors(request: HttpRequest, error: ValidationError) -> None:
    for message in error.messages:
        messages.error(request, message)


def _to_text(place: Place, agreement: Agreement) -> HttpResponse:
    return redirect("agreement:text", pid=place.partnership.public_id, aid=agreement.public_id)


def _to_clause(place: Place, clause: ClauseText) -> HttpResponse:
    return redirect("agreement:clause", pid=place.partnership.public_id, cid=clause.public_id)


# Overview and start ---------------------------------------------------------------------------------------------------
@require_safe
@guarded(can_read_agreements)
def overview(request: HttpRequest, place: Place) -> HttpResponse:
    """Texts on their way and signed ones, the terms, and who leads: what this stage is made of."""
    texts = list(queries.readable(place))
    open_texts = [t for t in texts if t.is_open]
    signed = [t for t in texts if t.state == AgreementState.SIGNED]
    terms_found = _readable_terms(place)
    context = {
        "open_texts": [
            {"text": t, "progress": queries.progress(rows), "mine": sum(r.is_my_turn for r in rows)}
            for t in open_texts
            for rows in [queries.rows_of(place, t)]
        ],
        "signed": signed,
        "closed": [t for t in texts if not t.is_open and t not in signed],
        "terms": terms_found,
        "terms_missing": queries.missing_consents(terms_found, place.partners) if terms_found else [],
        "teams": queries.teams(place),
        "can_draft": can_draft(place),
        "has_mou": any(t.kind == AgreementKind.MOU for t in (*open_texts, *signed)),
        "needs_mou": scoping.unlocked(place).shows("agreement"),
        "lesson": lesson("ST2"),
    }
    return _page(request, place, "overview", context)


@require_http_methods(["GET", "POST"])
@guarded(can_draft)
def start(request: HttpRequest, place: Place) -> HttpResponse:
    """A new draft from the catalogue's clauses."""
    initial = {"kind": AgreementKind.MOU, "length": "short", "language": place.user.language}
    form = DraftForm(request.POST or None, initial=initial, needs_mou=scoping.unlocked(place).shows("agreement"))
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.draft(by=place, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        except NotLoaded:
            form.add_error(None, _("The catalogue of this installation has no clauses yet."))
        else:
            messages.success(request, _("The draft is there. Every partner is asked to answer it, clause by clause."))
            return _to_text(place, made)
    context = {
        "title": _("Start an agreement"),
        "lede": _("From neutral starting texts, with an explanation beside each clause. No legal advice."),
        "form": form,
        "label": _("Start the draft"),
        "cancel_url": reverse("agreement:overview", args=[place.partnership.public_id]),
    }
    return render_record(request, place, "components/form_record_page.html", context, tab=TAB)


@require_safe
@guarded(can_read_agreements)
def text(request: HttpRequest, place: Place, aid: str) -> HttpResponse:
    """One text: its clauses with whose turn it is, what holds signing, who has signed."""
    agreement = _text(place, aid)
    rows = queries.rows_of(place, agreement)
    frozen = queries.standing_text(agreement)
    signatures = queries.signatures_of(frozen) if frozen is not None else []
    signed_by = {s.party_id for s in signatures}
    how_far = queries.progress(rows)
    conditions = signing_conditions(place, agreement) if agreement.is_draft else []
    ready = bool(conditions) and all(c.met for c in conditions)
    yours = [r for r in rows if r.is_my_turn] if agreement.is_draft else []
    context = {
        "agreement": agreement,
        "progress": how_far,
        "yours": yours,
        "others": [r for r in rows if not r.is_settled and r not in yours],
        "settled": [r for r in rows if r.is_settled and not r.clause.is_left_out],
        "left_out": [r for r in rows if r.clause.is_left_out],
        "waits_for": _turns(place, rows),
        "conditions": conditions,
        "ready": ready,
        "frozen": frozen,
        "signatures": signatures,
        "unsigned": [p for p in place.partners if p.pk not in signed_by],
        "voided": list(agreement.frozen_texts.exclude(voided_at=None).select_related("voided_by")),
        "my_signature_due": agreement.is_signing
        and can_sign(place)
        and place.party is not None
        and place.party.pk not in signed_by,
        "can_open": can_open_signing(place),
        "can_draft": can_draft(place),
        "late_partners": queries.outside(place, agreement) if agreement.is_draft else [],
        "amendments": list(
            queries.readable(place).filter(supersedes=agreement).exclude(state=AgreementState.SET_ASIDE)
        ),
        "parties_changed": agreement.is_signing
        and frozen is not None
        and signing.parties_changed(frozen, place.partners),
        "paper": _paper(place, agreement),
        "intro": content(agreement.catalogue, Clauses).intro,
        "blanks": sum(len(r.clause.blanks) for r in rows),
    }
    return _page(request, place, "text", context)


def _turns(place: Place, rows: list[queries.ClauseRow]) -> list[dict[str, Any]]:
    """Who is waited for, on how many clauses."""
    counts = {p.pk: sum(p in r.waits_for for r in rows) for p in place.partners}
    return [{"party": p, "count": counts[p.pk]} for p in place.partners if counts[p.pk]]


@require_safe
@guarded(can_read_agreements)
def read(request: HttpRequest, place: Place, aid: str) -> HttpResponse:
    """The whole text on one page, to read through or to print."""
    agreement = _text(place, aid)
    clauses = [c for c in agreement.clauses.all() if not c.is_left_out]
    return _page(request, place, "read", {"agreement": agreement, "clauses": clauses})


# Clauses --------------------------------------------------------------------------------------------------------------
@require_safe
@guarded(can_read_agreements)
def clause(request: HttpRequest, place: Place, cid: str) -> HttpResponse:
    """One clause: the text, what each side says, the answer, what was said about it, and what it means."""
    return _clause_page(request, place, _clause(place, cid))


def _clause_page(
    request: HttpRequest,
    place: Place,
    found: ClauseText,
    *,
    answer: AnswerForm | None = None,
    remark: CommentForm | None = None,
    status: int = 200,
) -> HttpResponse:
    row = queries.row_of(place, found)
    agreement = found.agreement
    siblings = list(agreement.clauses.only("pk", "public_id", "code", "title", "order", "agreement_id"))
    at = next(i for i, c in enumerate(siblings) if c.pk == found.pk)
    mine = row.mine
    if answer is None and can_answer(place) and agreement.is_draft and not found.is_left_out:
        answer = _answer_form(row, initial={"state": mine.state if mine else None, "note": mine.note if mine else ""})
    previous = found.versions.filter(number=found.version - 1).first() if found.version > 1 else None
    present = found.versions.filter(number=found.version).select_related("by", "party__organisation").first()
    comments = (
        ClauseComment.objects.visible_to(place)
        .filter(clause=found)
        .select_related("author", "party__organisation", "circle")
        .order_by("created_at", "pk")
    )
    explained = queries.explanation(found)
    context = {
        "agreement": agreement,
        "clause": found,
        "row": row,
        "changed": compared(previous.text, found.text) if previous is not None else "",
        "present": present,
        "comments": list(comments),
        "answer": answer,
        "comment_form": remark or CommentForm(place=place, initial={"circle": CircleKind.PARTNERS}, prefix="c"),
        "can_comment": can_comment(place) and agreement.is_open,
        "can_draft": can_draft(place) and agreement.is_draft,
        "explained": explained,
        "lessons": [lesson(code) for code in explained.lessons] if explained else [],
        "before": siblings[at - 1] if at else None,
        "after": siblings[at + 1] if at + 1 < len(siblings) else None,
    }
    return _page(request, place, "clause", context, status)


def _answer_form(row: queries.ClauseRow, *args: Any, initial: dict[str, Any] | None = None) -> AnswerForm:
    return AnswerForm(
        *args, may_leave_out=not row.is_required, initial={"version": row.clause.version, **(initial or {})}
    )


@require_POST
@guarded(can_answer)
def answer_clause(request: HttpRequest, place: Place, cid: str) -> HttpResponse:
    """What the reader's side says to the text it has read; on to the next clause that waits for it."""
    found = _clause(place, cid)
    form = _answer_form(queries.row_of(place, found), request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            actions.answer_clause(found, by=place, state=data["state"], note=data["note"], seen=data["version"])
        except ValidationError as error:
            form.add_error(None, error.messages[0])
        else:
            rows = queries.rows_of(place, found.agreement)
            return _onward(request, place, found, rows)
    found = _clause(place, cid)
    if request.POST.get("version") != str(found.version):
        # The newer text stands above; what was chosen and typed is kept, and now answers that one.
        form.data = {**request.POST.dict(), "version": str(found.version)}
    return _clause_page(request, place, found, answer=form, status=422)


def _onward(request: HttpRequest, place: Place, found: ClauseText, rows: list[queries.ClauseRow]) -> HttpResponse:
    waiting = [r.clause for r in rows if r.is_my_turn]
    following = next((c for c in waiting if (c.order, c.pk) > (found.order, found.pk)), waiting[0] if waiting else None)
    said = _("Clause %(number)s: your answer is noted.") % {"number": found.code}
    if following is None:
        messages.success(request, said + " " + _("Nothing else waits for your side here."))
        return _to_text(place, found.agreement)
    left = ngettext("One more waits for you.", "%(count)s more wait for you.", len(waiting)) % {"count": len(waiting)}
    messages.success(request, f"{said} {left}")
    return _to_clause(place, following)


@require_http_methods(["GET", "POST"])
@guarded(can_draft)
def edit_clause(request: HttpRequest, place: Place, cid: str) -> HttpResponse:
    """A new text; if somebody saved in between, the newer one beside the typed."""
    found = _clause(place, cid)
    may_answer = can_answer(place)
    initial = {"title": found.title, "text": found.text, "version": found.version, "agree": True}
    form = ClauseForm(request.POST or None, initial=initial, may_answer=may_answer)
    newer = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.change_clause(
                found,
                by=place,
                title=data["title"],
                text=data["text"],
                note=data["note"],
                agree=data.get("agree", False),
                seen=data["version"],
            )
        except ValidationError as error:
            found = _clause(place, cid)
            if error.code == "stale":
                newer = _newer(found, data)
                form = ClauseForm({**request.POST.dict(), "version": found.version}, may_answer=may_answer)
            else:
                form.add_error(None, error)
        else:
            messages.success(request, _("Saved. Who had agreed is asked again."))
            return _to_clause(place, found)
    explained = queries.explanation(found)
    context = {
        "agreement": found.agreement,
        "clause": found,
        "form": form,
        "newer": newer,
        "explained": explained,
        "cancel_url": reverse("agreement:clause", args=[place.partnership.public_id, found.public_id]),
    }
    return _page(request, place, "edit", context, 409 if newer else 200)


def _newer(found: ClauseText, typed: dict[str, Any]) -> dict[str, Any]:
    present = found.versions.select_related("by").get(number=found.version)
    return {
        "by": present.by or _("Somebody"),
        "at": present.at,
        "title": found.title,
        "text": found.text,
        "difference": compared(found.text, typed["text"].replace("\r\n", "\n")),
    }


@require_http_methods(["GET", "POST"])
@guarded(can_draft)
def add_clause(request: HttpRequest, place: Place, aid: str) -> HttpResponse:
    """A clause of the partners' own."""
    agreement = _text(place, aid)
    clauses = list(agreement.clauses.all())
    # Before the last one, which says what binds and ends with the signatures.
    after = clauses[-2] if len(clauses) > 1 else clauses[-1]
    form = OwnClauseForm(
        request.POST or None, clauses=clauses, may_answer=can_answer(place), initial={"after": after.public_id}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = actions.add_clause(
                agreement,
                by=place,
                title=data["title"],
                text=data["text"],
                after=data["after"],
                agree=data.get("agree", False),
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The clause is added. The others are asked to answer it."))
            return _to_clause(place, made)
    context = {
        "title": _("Add a clause"),
        "lede": _("Something you need and the starting texts do not have."),
        "form": form,
        "label": _("Add the clause"),
        "keep": True,
        "cancel_url": reverse("agreement:text", args=[place.partnership.public_id, agreement.public_id]),
    }
    return render_record(request, place, "components/form_record_page.html", context, tab=TAB)


@require_POST
@guarded(can_comment)
def comment(request: HttpRequest, place: Place, cid: str) -> HttpResponse:
    """A remark on a clause, in the circle that was chosen."""
    found = _clause(place, cid)
    form = CommentForm(request.POST, place=place, prefix="c")
    if form.is_valid():
        try:
            actions.comment(found, by=place, text=form.cleaned_data["text"], circle_kind=form.cleaned_data["circle"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect(
                reverse("agreement:clause", args=[place.partnership.public_id, found.public_id]) + "#comments"
            )
    return _clause_page(request, place, found, remark=form, status=422)


@require_POST
@guarded(can_comment)
def withdraw_comment(request: HttpRequest, place: Place, mid: str) -> HttpResponse:
    """Its author, or a lead of its side, takes a comment off the page."""
    found = get_object_or_404(ClauseComment.objects.visible_to(place).select_related("clause"), public_id=mid)
    require(found.party_id == place.own_party.pk and (found.author_id == place.user.pk or place.is_lead))
    actions.withdraw_comment(found, by=place)
    messages.success(request, _("The comment is off the page."))
    return _to_clause(place, found.clause)


@require_safe
@guarded(can_read_agreements)
def versions(request: HttpRequest, place: Place, cid: str) -> HttpResponse:
    """What a clause said before, and what changed from one version to another."""
    found = _clause(place, cid)
    all_versions = list(found.versions.select_related("by", "party__organisation"))
    by_number = {v.number: v for v in all_versions}
    new = by_number.get(number(request.GET.get("to")), all_versions[-1])
    old = by_number.get(number(request.GET.get("from")), by_number.get(new.number - 1))
    if old is not None and old.number > new.number:
        old, new = new, old
    context = {
        "agreement": found.agreement,
        "clause": found,
        "versions": all_versions[::-1],
        "old": old,
        "new": new,
        "difference": compared(old.text, new.text) if old is not None else None,
        "title_difference": compared(old.title, new.title) if old is not None and old.title != new.title else None,
        "stances": list(found.stances.select_related("party__organisation").order_by("text_version", "at")),
    }
    return _page(request, place, "versions", context)


@require_POST
@guarded(can_draft)
def bring_back(request: HttpRequest, place: Place, cid: str) -> HttpResponse:
    """A clause that was left out comes back."""
    found = _clause(place, cid)
    try:
        actions.bring_back(found, by=place)
    except ValidationError as error:
        _show_errors(request, error)
    return _to_clause(place, found)


# Signing --------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
@guarded(can_open_signing)
def open_signing(request: HttpRequest, place: Place, aid: str) -> HttpResponse:
    """Freeze the text: what holds it, which blanks are open, and the button."""
    agreement = _text(place, aid)
    if not agreement.is_draft:
        return _to_text(place, agreement)
    conditions = signing_conditions(place, agreement)
    blank = [c for c in agreement.clauses.all() if c.blanks]
    form = OpenForm(request.POST if request.method == "POST" else None)
    if not blank:
        del form.fields["blanks_known"]
    if request.method == "POST" and form.is_valid():
        try:
            signing.open_signing(agreement, by=place, blanks_known=form.cleaned_data.get("blanks_known", False))
        except ValidationError as error:
            form.add_error("blanks_known" if error.code == "blanks" else None, error.messages[0])
        else:
            messages.success(request, _("The text is frozen and open for signing. The partners are asked to sign."))
            return _to_text(place, agreement)
    context = {
        "agreement": agreement,
        "form": form,
        "blank": blank,
        "conditions": conditions,
        "ready": all(c.met for c in conditions),
    }
    return _page(request, place, "open", context)


@require_http_methods(["GET", "POST"])
@guarded(can_sign)
def sign(request: HttpRequest, place: Place, aid: str) -> HttpResponse:
    """The frozen text in full, and the signature under it."""
    agreement = _text(place, aid)
    frozen = queries.standing_text(agreement)
    if not agreement.is_signing or frozen is None:
        return _to_text(place, agreement)
    own = place.own_party.organisation.name
    seat = place.seat
    initial = {
        "name": place.user.name,
        "job_title": seat.membership.title if seat else "",
        "sha256": frozen.sha256,
    }
    form = SignForm(request.POST or None, initial=initial, organisation=own)
    signatures = queries.signatures_of(frozen)
    if request.method == "POST" and form.is_valid():
        try:
            signing.sign(agreement, by=place, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            _enqueue(agreement)
            messages.success(request, _("Signed for %(party)s.") % {"party": own})
            return _to_text(place, agreement)
    context = {
        "agreement": agreement,
        "form": form,
        "frozen": frozen,
        "clauses": [c for c in agreement.clauses.all() if not c.is_left_out],
        "terms": queries.newest_terms(place.partnership) if agreement.kind == AgreementKind.MOU else None,
        "signatures": signatures,
        "done": any(s.party_id == place.own_party.pk for s in signatures),
    }
    return _page(request, place, "sign", context)


def _enqueue(agreement: Agreement) -> None:
    """The signer waits for the PDF: do not wait for the sweep. Without a broker the sweep makes it later."""
    pk = paper_jobs.waiting(agreement)
    if pk is None:
        return

    def send() -> None:
        with contextlib.suppress(OperationalError):
            tasks.make_paper.apply_async((pk,), retry=False)

    transaction.on_commit(send)


def _with_reason(
    request: HttpRequest,
    place: Place,
    agreement: Agreement,
    words: dict[str, Any],
    act: Any,
    form: django_forms.Form | None = None,
) -> HttpResponse:
    form = form or ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            after = act(form.cleaned_data["reason"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _to_text(place, after or agreement)
    context = {
        "form": form,
        "cancel_url": reverse("agreement:text", args=[place.partnership.public_id, agreement.public_id]),
        **words,
    }
    return render_record(request, place, "components/confirm_record_page.html", context, tab=TAB)


@require_http_methods(["GET", "POST"])
@guarded(can_open_signing)
def take_back(request: HttpRequest, place: Place, aid: str) -> HttpResponse:
    """Back to drafting: it says which signatures become void."""
    agreement = _text(place, aid)
    frozen = queries.standing_text(agreement)
    if not agreement.is_signing or frozen is None:
        return _to_text(place, agreement)
    signed = queries.signatures_of(frozen)
    lines = [
        _("The signature of %(name)s for %(party)s becomes void.") % {"name": s.name, "party": s.party.name}
        for s in signed
    ]
    words = {
        "title": _("Take the text back to change it?"),
        "lines": lines or [_("Nobody has signed yet.")],
        "text": _("The text can be changed again, and has to be opened for signing anew. All are told."),
        "label": _("Take it back"),
        "cancel_label": _("Leave it open for signing"),
    }

    return _with_reason(
        request, place, agreement, words, lambda reason: signing.take_back(agreement, by=place, reason=reason)
    )


@require_http_methods(["GET", "POST"])
@guarded(can_draft)
def amend(request: HttpRequest, place: Place, aid: str) -> HttpResponse:
    """A new version of a signed text, which replaces it once all have signed."""
    agreement = _text(place, aid)
    if agreement.state != AgreementState.SIGNED:
        return _to_text(place, agreement)
    words = {
        "title": _("Start an amendment?"),
        "text": _(
            "A copy of the signed text becomes a draft. Clauses you do not touch stay agreed. The signed text holds "
            "until all have signed the new one."
        ),
        "label": _("Start the amendment"),
        "cancel_label": _("Leave it as it is"),
        "calm": True,
    }
    return _with_reason(
        request, place, agreement, words, lambda reason: signing.amend(agreement, by=place, reason=reason)
    )


@require_http_methods(["GET", "POST"])
@guarded(can_answer)
def set_aside(request: HttpRequest, place: Place, aid: str) -> HttpResponse:
    """A draft with which nobody goes on."""
    agreement = _text(place, aid)
    if not agreement.is_draft:
        return _to_text(place, agreement)
    words = {
        "title": _("Set this draft aside?"),
        "text": _("It stays readable, and nobody is asked about it any more. You can start another one."),
        "label": _("Set it aside"),
        "cancel_label": _("Keep it"),
    }
    return _with_reason(
        request, place, agreement, words, lambda reason: actions.set_aside(agreement, by=place, reason=reason)
    )


@require_POST
@guarded(can_draft)
def restart(request: HttpRequest, place: Place, aid: str) -> HttpResponse:
    """The same draft again, for a partner that came in after it."""
    agreement = _text(place, aid)
    try:
        agreement = signing.restart(agreement, by=place)
    except ValidationError as error:
        _show_errors(request, error)
    else:
        messages.success(request, _("The draft is started again, with everybody who is in now."))
    return _to_text(place, agreement)


@require_safe
@guarded(can_read_agreements)
def snapshot(request: HttpRequest, place: Place, aid: str, number: int) -> HttpResponse:
    """What was frozen, byte for byte: its SHA-256 is the number under the signatures."""
    agreement = _text(place, aid)
    frozen = get_object_or_404(FrozenText.objects.visible_to(place.user).filter(agreement=agreement), number=number)
    name = f"{agreement.kind}-{agreement.public_id}-{frozen.number}.json"
    return HttpResponse(
        frozen.snapshot.encode(),
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
    )


# The PDF --------------------------------------------------------------------------------------------------------------
def _paper(place: Place, agreement: Agreement) -> Paper | None:
    if not agreement.was_signed:
        return None
    return (
        Paper.objects.visible_to(place.user)
        .filter(frozen__agreement=agreement)
        .select_related("document", "frozen")
        .first()
    )


@require_safe
@guarded(can_read_agreements)
def paper(request: HttpRequest, place: Place, aid: str) -> HttpResponse:
    """How far the PDF is: a piece of the text's page, asked for while somebody waits."""
    agreement = _text(place, aid)
    context = {
        "agreement": agreement,
        "paper": _paper(place, agreement),
        "place": place,
        "partnership": place.partnership,
    }
    if not request.htmx:  # type: ignore[attr-defined]
        return _to_text(place, agreement)
    return render(request, "lifecycle/agreement/_paper.html", context)


@require_POST
@guarded(can_comment)
def retry_paper(request: HttpRequest, place: Place, aid: str) -> HttpResponse:
    """Make the PDF once more after it failed."""
    agreement = _text(place, aid)
    found = _paper(place, agreement)
    if found is not None and found.state == PaperState.FAILED:
        paper_jobs.retry(found, by=place)
        _enqueue(agreement)
    return _to_text(place, agreement)


# Terms ----------------------------------------------------------------------------------------------------------------
def _readable_terms(place: Place, **filters: Any) -> Terms | None:
    found: Terms | None = (
        Terms.objects.visible_to(place)
        .filter(**filters)
        .select_related("author", "party__organisation")
        .prefetch_related("decisions__party__organisation", "consents__party__organisation", "consents__by")
        .order_by("-number")
        .first()
    )
    return found


@require_safe
@guarded(can_read_agreements)
def terms(request: HttpRequest, place: Place) -> HttpResponse:
    """What holds, what is proposed, and who has agreed."""
    newest = _readable_terms(place)
    in_force = _readable_terms(place, in_force_at__isnull=False)
    missing = queries.missing_consents(newest, place.partners) if newest else []
    context = {
        "newest": newest,
        "in_force": in_force,
        "is_proposal": newest is not None and newest != in_force,
        "missing": missing,
        "my_turn": newest is not None and place.party in missing and can_answer(place),
        "can_draft": can_draft(place),
        "lesson": lesson("EV6"),
    }
    return _page(request, place, "terms", context)


@require_http_methods(["GET", "POST"])
@guarded(can_draft)
def propose_terms(request: HttpRequest, place: Place) -> HttpResponse:
    """A new version of the terms."""
    newest = _readable_terms(place)
    number = newest.number if newest else 0
    decisions = {d.party_id: d.text for d in newest.decisions.all()} if newest else {}
    base = newest or Terms(currency=place.partnership.currency)
    form = TermsForm(request.POST or None, instance=base, place=place, decisions=decisions, initial={"seen": number})
    newer = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            terms_actions.propose_terms(
                by=place,
                values=data,
                decisions=form.decided,
                seen=data["seen"],
                agree=can_answer(place),
            )
        except ValidationError as error:
            if error.code == "stale":
                newer = _readable_terms(place)
                form = TermsForm(
                    {**request.POST.dict(), "seen": number},
                    instance=Terms(currency=place.partnership.currency),
                    place=place,
                    decisions=decisions,
                )
            else:
                form.add_error(None, error)
        else:
            messages.success(request, _("Proposed. The other partners are asked to agree."))
            return redirect("agreement:terms", pid=place.partnership.public_id)
    return _page(
        request, place, "propose_terms", {"form": form, "newer": newer, "lesson": lesson("EV6")}, 409 if newer else 200
    )


@require_POST
@guarded(can_answer)
def agree_terms(request: HttpRequest, place: Place) -> HttpResponse:
    """A partner's yes to the version it has read."""
    found = get_object_or_404(Terms.objects.visible_to(place), public_id=request.POST.get("terms", ""))
    try:
        done = terms_actions.agree_to_terms(found, by=place)
    except ValidationError as error:
        _show_errors(request, error)
    else:
        messages.success(request, _("Agreed by all.") if done else _("You agreed. The others are asked."))
    return redirect("agreement:terms", pid=place.partnership.public_id)
