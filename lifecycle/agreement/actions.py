"""Drafting: starting a text, changing clauses, answering them, talking about them, leaving out, setting aside."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from partnerships import clock
from partnerships.access.actions import authored, circle_here, withdraw
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.content import Clauses
from partnerships.catalogue.queries import content, current
from partnerships.catalogue.queries import text as words
from partnerships.catalogue.states import Kind
from partnerships.history.actions import log
from partnerships.notices import actions as notices
from partnerships.people.models import User
from partnerships.record.models import Partnership, Party
from partnerships.work import actions as work

from . import kinds, queries
from .models import Agreement, ClauseComment, ClauseStance, ClauseText, ClauseVersion
from .states import OPEN_STATES, AgreementKind, AgreementState, Length, StanceState

#: Days in which a draft is to be read, and a clause to be answered.
READ_DAYS, REPLY_DAYS, SIGN_DAYS = 21, 10, 14
#: Distance of the order numbers, so that own clauses fit in between.
STEP = 100


def draft(*, by: Place, kind: str, length: str, language: str) -> Agreement:
    """A new text from the newest clauses of the catalogue; the text keeps its language."""
    with transaction.atomic():
        partnership = lock(by)
        _refuse_a_second(partnership, kind)
        version = current(Kind.CLAUSES, kind)
        on_site = queries.site_in_scope(partnership)
        with override(language):
            title = f"{words(version.title, language)}: {partnership.name}"[:160]
        agreement: Agreement = Agreement.objects.create(
            partnership=partnership,
            circle=circle_here(by, CircleKind.PARTNERS),
            party=by.own_party,
            author=by.user,
            language=language,
            kind=kind,
            length=length,
            title=title,
            catalogue=version,
        )
        clauses = []
        for place, item in enumerate(content(version, Clauses).items, start=1):
            short = length == Length.SHORT
            if short and not (item.required or (item.required_if and on_site)):
                continue
            source = item.short if short and item.short is not None else item.text
            clauses.append(
                ClauseText(
                    agreement=agreement,
                    code=item.code,
                    order=place * STEP,
                    title=words(item.title, language)[:200],
                    text=words(source, language).strip(),
                    is_required=item.required,
                    is_required_on_site=bool(item.required_if),
                )
            )
        _write_clauses(clauses, by=None)
        log(kinds.DRAFTED, by=by, item=agreement)
        ask_to_read(agreement, by=by)
    return agreement


def _refuse_a_second(partnership: Partnership, kind: str) -> None:
    others = Agreement.objects.unguarded("one open text of a kind").of(partnership).filter(kind=kind)
    if others.filter(state__in=OPEN_STATES).exists():
        raise ValidationError(_("There is a draft of this kind already. Work on that one, or set it aside first."))
    if others.filter(state=AgreementState.SIGNED).exists():
        raise ValidationError(_("An agreement of this kind is signed. Start an amendment of it instead."))


def _write_clauses(clauses: list[ClauseText], *, by: Place | None) -> None:
    ClauseText.objects.bulk_create(clauses)
    ClauseVersion.objects.bulk_create(
        [
            ClauseVersion(
                clause=c,
                number=c.version,
                title=c.title,
                text=c.text,
                party=by.own_party if by else None,
                by=by.user if by else None,
            )
            for c in clauses
        ]
    )


def ask_to_read(agreement: Agreement, *, by: Place, only: Iterable[Party] | None = None) -> None:
    """Every partner is asked to answer each clause; leads of the others, and the broker, get a message."""
    path = text_path(agreement)
    for party in only if only is not None else by.partners:
        work.open_item(
            kinds.READ_DRAFT,
            partnership=by.partnership,
            key=queries.draft_key(agreement, party.pk),
            party=party,
            circle=agreement.circle,
            path=path,
            due_on=clock.today() + timedelta(days=READ_DAYS),
            subject=agreement.title,
            item=agreement,
            holds_stage=agreement.kind == AgreementKind.MOU,
        )
    tell(
        kinds.DRAFT_NOTICE,
        queries.speakers(agreement.circle, but_party=by.own_party.pk),
        f"agreement:{agreement.pk}:draft",
        path,
        by,
    )


def change_clause(
    clause: ClauseText, *, by: Place, title: str, text: str, seen: int, note: str = "", agree: bool = False
) -> ClauseText:
    """A new version of a clause. Whoever had agreed is asked again; `agree`: the own side agrees to its own text."""
    title, text = title.strip(), text.strip().replace("\r\n", "\n")
    with transaction.atomic():
        agreement, clause = lock_clause(clause, seen=seen)
        if clause.is_left_out:
            raise ValidationError(_("This clause was left out. Bring it back before you change it."))
        if (title, text) != (clause.title, clause.text):
            _new_version(clause, by=by, title=title, text=text, note=note)
            log(kinds.CHANGED, by=by, item=clause, circle=agreement.circle)
            work.close_items(by.partnership, queries.open_key(agreement))
            work.close_item(by.partnership, queries.clause_key(clause, by.own_party.pk))
            _ask_others(clause, agreement, by=by)
        if agree:
            _take_stance(clause, agreement, by=by, state=StanceState.AGREED, note="")
    return clause


def _new_version(clause: ClauseText, *, by: Place, title: str, text: str, note: str) -> None:
    clause.title, clause.text, clause.changed_at = title, text, clock.now()
    clause.version += 1
    clause.save(update_fields=["title", "text", "version", "changed_at"])
    ClauseVersion.objects.create(
        clause=clause, number=clause.version, title=title, text=text, party=by.own_party, by=by.user, note=note[:300]
    )


def add_clause(
    agreement: Agreement, *, by: Place, title: str, text: str, after: ClauseText | None = None, agree: bool = False
) -> ClauseText:
    """A clause of the partners' own, after another one or at the end."""
    with transaction.atomic():
        agreement = lock_draft(agreement)
        clauses = list(agreement.clauses.all())
        numbers = [int(c.code) for c in clauses if c.code.isdigit()]
        catalogue = [int(i.code) for i in content(agreement.catalogue, Clauses).items if i.code.isdigit()]
        last = clauses[-1].order if clauses else 0
        clause = ClauseText(
            agreement=agreement,
            code=str(max([*numbers, *catalogue], default=0) + 1),
            order=after.order + 1 if after is not None else last + STEP,
            title=title.strip(),
            text=text.strip().replace("\r\n", "\n"),
            is_own=True,
        )
        _write_clauses([clause], by=by)
        log(kinds.ADDED, by=by, item=clause, circle=agreement.circle)
        work.close_items(by.partnership, queries.open_key(agreement))
        _ask_others(clause, agreement, by=by)
        if agree:
            _take_stance(clause, agreement, by=by, state=StanceState.AGREED, note="")
    return clause


def answer_clause(clause: ClauseText, *, by: Place, state: str, seen: int, note: str = "") -> None:
    """What the partner says to the present text: agreed, to discuss, or leave it out."""
    with transaction.atomic():
        agreement, clause = lock_clause(clause, seen=seen)
        if clause.is_left_out:
            raise ValidationError(_("All partners have left this clause out already."))
        if state == StanceState.DISCUSS and not note.strip():
            raise ValidationError({"note": _("Say what you would like to discuss.")})
        _take_stance(clause, agreement, by=by, state=state, note=note)


def _take_stance(clause: ClauseText, agreement: Agreement, *, by: Place, state: str, note: str) -> None:
    if by.own_party.pk not in {p.pk for p in by.partners}:
        raise ValidationError(_("Partners answer the clauses."))
    if state == StanceState.LEAVE_OUT and queries.row_of(by, clause).is_required:
        raise ValidationError(_("This clause is required and cannot be left out. Change its text instead."))
    ClauseStance.objects.update_or_create(
        clause=clause,
        party=by.own_party,
        text_version=clause.version,
        defaults={"state": state, "note": note.strip(), "by": by.user, "at": clock.now()},
    )
    log(
        {StanceState.AGREED: kinds.AGREED, StanceState.DISCUSS: kinds.TO_DISCUSS}.get(
            StanceState(state), kinds.WANTS_OUT
        ),
        by=by,
        item=clause,
        circle=agreement.circle,
    )
    work.close_item(by.partnership, queries.clause_key(clause, by.own_party.pk))
    rows = queries.rows_of(by, agreement)
    row = next(r for r in rows if r.clause.pk == clause.pk)
    if all(s is not None and s.state == StanceState.LEAVE_OUT for _p, s in row.sides):
        clause.left_out_at = row.clause.left_out_at = clock.now()
        clause.save(update_fields=["left_out_at"])
        log(kinds.LEFT_OUT, by=by, item=clause, circle=agreement.circle)
    if row.is_settled:
        work.close_items(by.partnership, queries.clause_key(clause))
    elif state != StanceState.AGREED:
        work.close_items(by.partnership, queries.open_key(agreement))
        _ask_others(clause, agreement, by=by)
    settle(agreement, rows, by=by)


def settle(agreement: Agreement, rows: list[queries.ClauseRow], *, by: Place) -> None:
    """Close what a partner has answered in full; where all is agreed, ask for the text to be opened for signing."""
    for party in by.partners:
        if all(r.clause.is_left_out or party.pk in r.stances for r in rows):
            work.close_item(by.partnership, queries.draft_key(agreement, party.pk))
    if all(r.is_settled for r in rows):
        for party in by.partners:
            work.open_item(
                kinds.OPEN,
                partnership=by.partnership,
                key=queries.open_key(agreement, party.pk),
                party=party,
                circle=agreement.circle,
                path=text_path(agreement),
                due_on=clock.today() + timedelta(days=REPLY_DAYS),
                subject=agreement.title,
                item=agreement,
                holds_stage=agreement.kind == AgreementKind.MOU,
            )


def bring_back(clause: ClauseText, *, by: Place) -> None:
    """A clause that was left out is part of the text again, and answered anew."""
    with transaction.atomic():
        agreement, clause = lock_clause(clause, seen=None)
        if clause.is_left_out:
            clause.left_out_at = None
            clause.save(update_fields=["left_out_at"])
            _new_version(clause, by=by, title=clause.title, text=clause.text, note="")
            log(kinds.BROUGHT_BACK, by=by, item=clause, circle=agreement.circle)
            work.close_items(by.partnership, queries.open_key(agreement))
            _ask_others(clause, agreement, by=by)


def comment(clause: ClauseText, *, by: Place, text: str, circle_kind: str) -> ClauseComment:
    """A remark in a circle. Said between the partners on an open clause, it hands the turn to the others."""
    with transaction.atomic():
        agreement = (
            Agreement.objects.unguarded("locked to write under it").select_for_update().get(pk=clause.agreement_id)
        )
        if not agreement.is_open:
            raise ValidationError(_("This text is closed. What you want to change needs an amendment."))
        circle = agreement.circle if circle_kind == CircleKind.PARTNERS else circle_here(by, circle_kind)
        row: ClauseComment = ClauseComment.objects.create(
            **authored(by, circle),
            clause=clause,
            text_version=clause.version,
            text=text.strip(),
        )
        log(kinds.COMMENTED, by=by, item=row)
        shared = circle_kind == CircleKind.PARTNERS
        if shared and by.is_partner and agreement.is_draft and not queries.row_of(by, clause).is_settled:
            work.close_item(by.partnership, queries.clause_key(clause, by.own_party.pk))
            _ask_others(clause, agreement, by=by, key=f"comment:{row.pk}")
        else:
            own_side = by.own_party.pk if shared else None
            to = [u for u in queries.speakers(circle, but_party=own_side) if u.pk != by.user.pk]
            tell_clause(clause, to, f"comment:{row.pk}", by)
    return row


def withdraw_comment(row: ClauseComment, *, by: Place) -> None:
    """A comment leaves the page; that there was one remains in the history."""
    with transaction.atomic():
        if row.withdrawn_at is None:
            withdraw(row, by=by)
            log(kinds.COMMENT_WITHDRAWN, by=by, item=row)


def set_aside(agreement: Agreement, *, by: Place, reason: str) -> None:
    """A draft that nobody goes on with. It stays readable; another one can be started."""
    with transaction.atomic():
        agreement = lock_draft(agreement)
        agreement.state, agreement.closed_at, agreement.reason = AgreementState.SET_ASIDE, clock.now(), reason.strip()
        agreement.save(update_fields=["state", "closed_at", "reason"])
        work.close_items(by.partnership, f"agreement:{agreement.pk}:")
        log(kinds.SET_ASIDE, by=by, item=agreement)
        tell(
            kinds.ASIDE_NOTICE,
            queries.speakers(agreement.circle, but_party=by.own_party.pk),
            f"agreement:{agreement.pk}:aside",
            text_path(agreement),
            by,
        )


# Shared with signing.py -----------------------------------------------------------------------------------------------
def lock(by: Place) -> Partnership:
    """The partnership, locked: what decides about the whole record happens one after the other."""
    return Partnership.objects.locked(by.partnership)


def lock_agreement(agreement: Agreement) -> Agreement:
    found: Agreement = (
        Agreement.objects.unguarded("fetched by the view, locked to decide on it")
        .select_for_update(of=("self",))
        .select_related("catalogue", "circle", "partnership", "supersedes")
        .get(pk=agreement.pk)
    )
    return found


def lock_draft(agreement: Agreement) -> Agreement:
    """The agreement, locked, in a state in which its text may change."""
    agreement = lock_agreement(agreement)
    if agreement.is_signing:
        raise ValidationError(
            _("The text is frozen for signing. Take it back first; signatures given so far become void."),
            code="frozen",
        )
    if not agreement.is_draft:
        raise ValidationError(_("This text is closed. What you want to change needs an amendment."), code="closed")
    return agreement


def lock_clause(clause: ClauseText, *, seen: int | None) -> tuple[Agreement, ClauseText]:
    """The clause under its locked agreement, at the version the person has read (else code "stale")."""
    agreement = lock_draft(clause.agreement)
    clause = ClauseText.objects.get(pk=clause.pk)
    clause.agreement = agreement
    if seen is not None and clause.version != seen:
        raise ValidationError(
            _("Somebody else changed this clause while you were reading. Compare, and save again."), code="stale"
        )
    return agreement, clause


def _ask_others(clause: ClauseText, agreement: Agreement, *, by: Place, key: str = "") -> None:
    """Every other partner is told, and asked to reply on this clause unless it has yet to read the whole draft."""
    others = by.other_partners
    answered = set(ClauseStance.objects.filter(clause=clause).values_list("party", flat=True))
    reading = set(
        by.partnership.work_items.filter(
            key__in=[queries.draft_key(agreement, p.pk) for p in others], closed_at=None
        ).values_list("party", flat=True)
    )
    for party in others:
        if party.pk in reading - answered:
            continue
        work.open_item(
            kinds.REPLY,
            partnership=by.partnership,
            key=queries.clause_key(clause, party.pk),
            party=party,
            circle=agreement.circle,
            path=clause_path(clause, by),
            due_on=clock.today() + timedelta(days=REPLY_DAYS),
            subject=f"{clause.code}, {clause.title}",
            item=clause,
            holds_stage=agreement.kind == AgreementKind.MOU,
        )
    to = queries.speakers(agreement.circle, but_party=by.own_party.pk, only=[p.pk for p in others])
    tell_clause(clause, to, key or f"{clause.version}:{clock.now():%Y%m%d%H%M%S}", by)


def tell_clause(clause: ClauseText, to: Iterable[User], key: str, by: Place) -> None:
    notices.post(
        kinds.CLAUSE_NOTICE,
        to=to,
        key=f"clause:{clause.pk}:{key}",
        partnership=by.partnership,
        path=clause_path(clause, by),
        names={"party": by.own_party.name, "clause": clause.code},
    )


def tell(kind: str, to: Iterable[User], key: str, path: str, by: Place) -> None:
    notices.post(
        kind,
        to=to,
        key=key,
        partnership=by.partnership,
        path=path,
        names={"party": by.own_party.name},
    )


def text_path(agreement: Agreement) -> str:
    return reverse("agreement:text", args=[agreement.partnership.public_id, agreement.public_id])


def clause_path(clause: ClauseText, by: Place) -> str:
    return reverse("agreement:clause", args=[by.partnership.public_id, clause.public_id])
