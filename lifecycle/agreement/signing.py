"""From an agreed text to a signed one: freezing, signing, taking back, amending."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import circle_here
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history.actions import log
from partnerships.record.models import Party
from partnerships.record.states import Standing
from partnerships.work import actions as work

from . import kinds, queries, snapshot
from .actions import SIGN_DAYS, ask_to_read, lock, lock_agreement, lock_draft, settle, tell, text_path
from .models import Agreement, ClauseStance, ClauseText, ClauseVersion, FrozenText, Paper, Signature
from .registry import signing_conditions
from .states import OPEN_STATES, AgreementKind, AgreementState, StanceState
from .terms import bring_into_force


def snapshot_of(agreement: Agreement, parties: Sequence[Party]) -> str:
    """The canonical text as the rows say it now: while a text is frozen, this is what was frozen."""
    terms = queries.newest_terms(agreement.partnership) if agreement.kind == AgreementKind.MOU else None
    clauses = list(agreement.clauses.all())
    return snapshot.canonical(snapshot.content(agreement, clauses, parties, terms))


def open_signing(agreement: Agreement, *, by: Place, blanks_known: bool = False) -> FrozenText:
    """Freeze the text for everybody's signature. Two partners pressing at once freeze it once."""
    with transaction.atomic():
        lock(by)
        agreement = lock_agreement(agreement)
        standing = queries.standing_text(agreement)
        if agreement.is_signing and standing is not None:
            return standing
        agreement = lock_draft(agreement)
        missing = [c for c in signing_conditions(by, agreement) if not c.met]
        if missing:
            raise ValidationError(
                _("Not yet: %(open)s") % {"open": "; ".join(str(c.title) for c in missing)}, code="conditions"
            )
        if not blanks_known and any(c.blanks for c in agreement.clauses.all()):
            raise ValidationError(_("Some blanks in square brackets are still open."), code="blanks")
        text = snapshot_of(agreement, by.partners)
        frozen = FrozenText.objects.create(
            agreement=agreement,
            number=agreement.frozen_texts.count() + 1,
            snapshot=text,
            sha256=snapshot.fingerprint(text),
            frozen_at=clock.now(),
            frozen_by=by.user,
        )
        agreement.state = AgreementState.SIGNING
        agreement.save(update_fields=["state"])
        work.close_items(by.partnership, f"agreement:{agreement.pk}:")
        log(kinds.OPENED, by=by, item=agreement)
        for party in by.partners:
            work.open_item(
                kinds.SIGN,
                partnership=by.partnership,
                key=queries.sign_key(agreement, party.pk),
                party=party,
                circle=agreement.circle,
                path=text_path(agreement),
                due_on=clock.today() + timedelta(days=SIGN_DAYS),
                subject=agreement.title,
                item=agreement,
                holds_stage=agreement.kind == AgreementKind.MOU,
            )
        to = [u for u in queries.speakers(agreement.circle) if u.pk != by.user.pk]
        tell(kinds.SIGNING_NOTICE, to, f"frozen:{frozen.pk}:open", text_path(agreement), by)
    return frozen


def sign(
    agreement: Agreement, *, by: Place, name: str, job_title: str, mandate: str, again: str, sha256: str
) -> Signature:
    """One partner signs the frozen text that its signer has read (`sha256`). The last signature makes it signed."""
    if " ".join(again.split()).casefold() != " ".join(name.split()).casefold() or not name.strip():
        raise ValidationError({"again": _("Type your name exactly as above: it stands for your signature.")})
    with transaction.atomic():
        agreement = lock_agreement(agreement)
        frozen = queries.standing_text(agreement)
        if agreement.was_signed:
            raise ValidationError(_("All partners have signed this already."), code="signed")
        if not agreement.is_signing or frozen is None or frozen.sha256 != sha256:
            raise ValidationError(
                _("The text was taken back or changed since you opened this page. Read it again before you sign."),
                code="stale",
            )
        if by.partnership.standing != Standing.ACTIVE:
            raise ValidationError(_("The partnership is on hold. Nothing is signed until it goes on."))
        _refuse_other_parties(frozen, by)
        if frozen.signatures.filter(party=by.own_party).exists():
            raise ValidationError(_("%(party)s has signed already.") % {"party": by.own_party.name}, code="again")
        signature = Signature.objects.create(
            frozen=frozen,
            party=by.own_party,
            by=by.user,
            name=name.strip(),
            job_title=job_title.strip(),
            mandate=mandate.strip(),
            sha256=frozen.sha256,
            at=clock.now(),
        )
        log(kinds.SIGNED_BY, by=by, item=agreement)
        work.close_item(by.partnership, queries.sign_key(agreement, by.own_party.pk))
        signed = set(frozen.signatures.values_list("party", flat=True))
        if {p.pk for p in by.partners} <= signed:
            _conclude(agreement, frozen, by=by)
    return signature


def parties_changed(frozen: FrozenText, partners: Sequence[Party]) -> bool:
    """Whether somebody came in or left since the text, which names its parties, was frozen."""
    return {party["id"] for party in json.loads(frozen.snapshot)["parties"]} != {p.public_id for p in partners}


def _refuse_other_parties(frozen: FrozenText, by: Place) -> None:
    """It is not the text that these partners agreed to."""
    if parties_changed(frozen, by.partners):
        raise ValidationError(
            _("The partners have changed since this text was frozen. Take it back, and open it for signing again."),
            code="parties",
        )


def _conclude(agreement: Agreement, frozen: FrozenText, *, by: Place) -> None:
    """All have signed: the older text is replaced, the terms come into force, the PDF is asked for, all are told."""
    moment = clock.now()
    if agreement.supersedes_id is not None:
        Agreement.objects.unguarded("replaced by the amendment that was just signed").filter(
            pk=agreement.supersedes_id, state=AgreementState.SIGNED
        ).update(state=AgreementState.SUPERSEDED, closed_at=moment)
    agreement.state, agreement.signed_at = AgreementState.SIGNED, moment
    agreement.save(update_fields=["state", "signed_at"])
    Paper.objects.get_or_create(frozen=frozen, defaults={"queued_at": moment})
    if agreement.kind == AgreementKind.MOU:
        terms = queries.newest_terms(agreement.partnership)
        if terms is not None:
            bring_into_force(terms, by=by)
    work.close_items(by.partnership, f"agreement:{agreement.pk}:")
    log(kinds.SIGNED, by=by, item=agreement)
    to = queries.speakers(agreement.circle)
    tell(kinds.SIGNED_NOTICE, to, f"frozen:{frozen.pk}:signed", text_path(agreement), by)


def take_back(agreement: Agreement, *, by: Place, reason: str) -> None:
    """Back to drafting before all have signed: the signatures given so far are void, and everybody is told."""
    with transaction.atomic():
        lock(by)
        agreement = lock_agreement(agreement)
        frozen = queries.standing_text(agreement)
        if agreement.was_signed:
            raise ValidationError(_("All have signed in the meantime. To change the text, start an amendment."))
        if not agreement.is_signing or frozen is None:
            return
        frozen.voided_at, frozen.voided_by, frozen.void_reason = clock.now(), by.user, reason.strip()
        frozen.save(update_fields=["voided_at", "voided_by", "void_reason"])
        agreement.state = AgreementState.DRAFT
        agreement.save(update_fields=["state"])
        work.close_items(by.partnership, f"agreement:{agreement.pk}:")
        log(kinds.TAKEN_BACK, by=by, item=agreement)
        to = [u for u in queries.speakers(agreement.circle) if u.pk != by.user.pk]
        tell(kinds.VOID_NOTICE, to, f"frozen:{frozen.pk}:void", text_path(agreement), by)
        settle(agreement, queries.rows_of(by, agreement), by=by)


def amend(agreement: Agreement, *, by: Place, reason: str) -> Agreement:
    """A new text from the signed one, on the same road; it replaces the signed one once all have signed it."""
    with transaction.atomic():
        lock(by)
        agreement = lock_agreement(agreement)
        if agreement.state != AgreementState.SIGNED:
            raise ValidationError(_("Only the agreement that holds today can be amended."))
        _refuse_open(agreement)
        amendment = _copied(agreement, by=by, reason=reason, supersedes=agreement, number=agreement.number + 1)
        log(kinds.AMENDED, by=by, item=amendment)
        _go_on(amendment, by=by)
    return amendment


def restart(agreement: Agreement, *, by: Place) -> Agreement:
    """A partner came in after this draft: the same text again, in a circle that the new partner is in."""
    with transaction.atomic():
        lock(by)
        agreement = lock_draft(agreement)
        agreement.state, agreement.closed_at = AgreementState.SET_ASIDE, clock.now()
        agreement.save(update_fields=["state", "closed_at"])
        work.close_items(by.partnership, f"agreement:{agreement.pk}:")
        log(kinds.SET_ASIDE, by=by, item=agreement)
        copy = _copied(
            agreement, by=by, reason=agreement.reason, supersedes=agreement.supersedes, number=agreement.number
        )
        log(kinds.DRAFTED, by=by, item=copy)
        _go_on(copy, by=by)
    return copy


def _refuse_open(agreement: Agreement) -> None:
    if (
        Agreement.objects.unguarded("one open text of a kind")
        .of(agreement.partnership)
        .filter(kind=agreement.kind, state__in=OPEN_STATES)
        .exists()
    ):
        raise ValidationError(_("There is a draft of this kind already. Work on that one, or set it aside first."))


def _copied(agreement: Agreement, *, by: Place, reason: str, supersedes: Agreement | None, number: int) -> Agreement:
    """The same text and clauses in today's circle; what partners said to them stands, since the words are the same."""
    copy: Agreement = Agreement.objects.create(
        partnership=agreement.partnership,
        circle=circle_here(by, CircleKind.PARTNERS),
        party=by.own_party,
        author=by.user,
        language=agreement.language,
        kind=agreement.kind,
        length=agreement.length,
        title=agreement.title,
        catalogue=agreement.catalogue,
        number=number,
        supersedes=supersedes,
        reason=reason.strip(),
    )
    olds = list(agreement.clauses.all())
    news = [
        ClauseText(
            agreement=copy,
            code=c.code,
            order=c.order,
            title=c.title,
            text=c.text,
            is_required=c.is_required,
            is_required_on_site=c.is_required_on_site,
            is_own=c.is_own,
            left_out_at=c.left_out_at,
        )
        for c in olds
    ]
    ClauseText.objects.bulk_create(news)
    ClauseVersion.objects.bulk_create([ClauseVersion(clause=c, number=1, title=c.title, text=c.text) for c in news])
    by_old = {old.pk: (old, new) for old, new in zip(olds, news, strict=True)}
    stances = []
    for stance in ClauseStance.objects.filter(clause__in=by_old, state=StanceState.AGREED):
        old, new = by_old[stance.clause_id]
        if stance.text_version == old.version:
            said = {"state": stance.state, "by_id": stance.by_id, "at": stance.at}
            stances.append(ClauseStance(clause=new, party_id=stance.party_id, text_version=1, **said))
    ClauseStance.objects.bulk_create(stances)
    return copy


def _go_on(agreement: Agreement, *, by: Place) -> None:
    rows = queries.rows_of(by, agreement)
    unread = [p for p in by.partners if any(not r.clause.is_left_out and p.pk not in r.stances for r in rows)]
    ask_to_read(agreement, by=by, only=unread)
