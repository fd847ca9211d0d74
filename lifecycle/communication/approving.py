"""Joint texts: written by any partner, asked for, approved by all. An edit clears the approvals; silence is none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored, circle_here, save_version
from partnerships.access.models import Circle
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history.actions import log, log_system
from partnerships.notices import actions as notices
from partnerships.portfolio.actions import note
from partnerships.record.models import Partnership, Party
from partnerships.record.states import STAGES, Stage
from partnerships.work import actions as work

from . import kinds
from .clocks import reschedule
from .models import Approvable, ApprovableVersion, Approval, PlanEntry, QAItem, Remark, Spokesperson
from .permissions import can_approve
from .queries import entry_words, plan_of, plan_version, speakers_of, yes_of
from .states import KEPT_UP, MADE_OF_ROWS, STANDING, Approvers, Text
from .timing import after_working_days

_ROWS = (PlanEntry, Spokesperson, QAItem)


def path_of(row: Approvable) -> str:
    """Where a joint text is read and approved."""
    return reverse("communication:text", args=[row.partnership.public_id, row.public_id])


def start(kind: str, *, by: Place, **fields: Any) -> Approvable:
    """A new joint text, as a draft. Of the standing ones there is one: the second to start it finds the first."""
    if not by.partnership.is_open:
        raise ValidationError(_("This record is closed. Nothing can be added any more."))
    try:
        with transaction.atomic():
            row: Approvable = Approvable.objects.create(
                **authored(by, circle_here(by, CircleKind.PARTNERS)),
                kind=kind,
                catalogue_version=plan_version(),
                **fields,
            )
            log(kinds.CHANGED, by=by, item=row)
    except IntegrityError:
        if kind not in STANDING:
            raise
        raise ValidationError(_("Somebody has started this in the meantime. Look at it again."), code="stale") from None
    return row


def standing_set(kind: str, *, by: Place) -> Approvable:
    """The one set of this kind, locked; started now where there is none. Inside of a transaction."""
    found = _live(by).filter(kind=kind).first()
    if found is None:
        return _lock(start(kind, by=by))
    if not Approvable.objects.visible_to(by.user).filter(pk=found.pk).exists():
        # Whoever joined later reads it once a partner that was here asks for its approval.
        raise ValidationError(
            _("The other partners have written this already. They show it to you by asking for approval.")
        )
    return _lock(found)


def change(row: Approvable, *, seen: int, by: Place, **fields: Any) -> Approvable:
    """Write a joint text anew: a new version without approvals."""
    with transaction.atomic():
        row = _locked(row, by=by)
        had = yes_of(row)
        for name, value in (fields | {"author": by.user}).items():
            setattr(row, name, value)
        _new_version(row, seen=seen, fields=[*fields, "author"], had=had, by=by)
    return row


def touch(row: Approvable, *, by: Place) -> None:
    """A row of a set has changed: the set has a new version without approvals. `row` is locked."""
    _refuse_if_over(row)
    _new_version(row, seen=None, fields=[], had=yes_of(row), by=by)


def _new_version(row: Approvable, *, seen: int | None, fields: list[str], had: frozenset[int], by: Place) -> None:
    was_quiet = row.kind == Text.QUIET and row.is_approved
    row.asked_at = row.asked_by = row.approved_at = None
    row.circle = circle_here(by, CircleKind.PARTNERS)
    save_version(row, seen=seen, fields=[*fields, "asked_at", "asked_by", "approved_at", "circle"])
    _widen(row, row.circle)
    work.close_items(row.partnership, _prefix(row))
    log(kinds.CHANGED, by=by, item=row)
    if others := had - {by.own_party.pk}:
        notices.post(
            kinds.CLEARED_NOTICE,
            to=speakers_of(others),
            key=f"communication:cleared:{row.pk}:{row.version}",
            partnership=by.partnership,
            path=path_of(row),
            names={"party": by.own_party.name},
        )
    if was_quiet:
        reschedule(by.partnership)


def ask(row: Approvable, *, seen: int, by: Place) -> Approvable:
    """Ask every partner to approve the text as it stands, within three working days. A lead who asks approves with it.

    Asked again after somebody joined, it reaches the newcomer too.
    """
    with transaction.atomic():
        row = _locked(row, by=by)
        _same_version(row, seen)
        if missing := what_is_missing(row, by.partners):
            raise ValidationError(missing)
        row.circle = circle_here(by, CircleKind.PARTNERS)
        if not row.is_asked:
            row.asked_at, row.asked_by = clock.now(), by.user
            log(kinds.ASKED, by=by, item=row)
        row.save(update_fields=["asked_at", "asked_by", "circle"])
        _widen(row, row.circle)
        _keep_version(row, by=by)
        _ask_partners(row, by=by)
        if row.kind == Text.PLAN:
            # Whoever reads the plan knows what it waits for.
            reschedule(by.partnership)
        if can_approve(by):
            _say_yes(row, by=by)
    return row


def approve(row: Approvable, *, seen: int, by: Place) -> bool:
    """A partner's yes to the version it has read. Returns whether all have approved with it."""
    with transaction.atomic():
        row = _locked(row, by=by)
        if row.version != seen:
            raise ValidationError(
                _("This was changed after you opened it. Read the new text, then approve it."), code="stale"
            )
        if not row.is_asked:
            raise ValidationError(_("Nobody has asked for approval yet; the text is still a draft."))
        _say_yes(row, by=by)
        return row.is_approved


def _say_yes(row: Approvable, *, by: Place) -> None:
    _approval, made = Approval.objects.get_or_create(
        approvable=row, number=row.version, party=by.own_party, defaults={"by": by.user, "at": clock.now()}
    )
    if made:
        log(kinds.APPROVED_BY, by=by, item=row)
        work.close_item(row.partnership, f"{_prefix(row)}{by.own_party.pk}")
    if _approved_by_all(row):
        _complete(row, by=by)


def _approved_by_all(row: Approvable) -> bool:
    """Asked of the database: of the partners that are in now."""
    partners = set(row.partnership.parties.filter(role="partner", left_on=None).values_list("pk", flat=True))
    return bool(partners) and partners <= set(row.approvals.filter(number=row.version).values_list("party", flat=True))


def _complete(row: Approvable, *, by: Place | None) -> None:
    if row.is_approved:
        return
    row.approved_at = clock.now()
    row.save(update_fields=["approved_at"])
    work.close_items(row.partnership, _prefix(row))
    if by is not None:
        log(kinds.APPROVED, by=by, item=row)
    else:
        log_system(kinds.APPROVED, partnership=row.partnership, item=row)
    others = row.partnership.parties.filter(role="partner", left_on=None)
    if by is not None:
        others = others.exclude(pk=by.own_party.pk)
    notices.post(
        kinds.APPROVED_NOTICE,
        to=speakers_of(others.values_list("pk", flat=True)),
        key=f"communication:approved:{row.pk}:{row.version}",
        partnership=row.partnership,
        path=path_of(row),
    )
    if row.kind == Text.QUIET:
        reschedule(row.partnership)


def add_remark(row: Approvable, *, text: str, by: Place) -> Remark:
    """Say what is missing. It is no approval, and takes none away."""
    if not text.strip():
        raise ValidationError({"text": _("Say what is missing.")})
    with transaction.atomic():
        row = _locked(row, by=by)
        found: Remark = Remark.objects.create(
            **authored(by, circle_here(by, CircleKind.PARTNERS)),
            approvable=row,
            number=row.version,
            text=text.strip(),
        )
        log(kinds.REMARKED, by=by, item=row)
        notices.post(
            kinds.REMARK_NOTICE,
            to=speakers_of(by.other_partners),
            key=f"communication:remark:{found.pk}",
            partnership=row.partnership,
            path=path_of(row),
            names={"party": by.own_party.name},
        )
    return found


def set_aside(row: Approvable, *, by: Place) -> None:
    """Not pursued: it leaves the pages. What was said in public stays."""
    with transaction.atomic():
        row = _locked(row, by=by)
        was_quiet = row.kind == Text.QUIET and row.is_approved
        row.set_aside_at = clock.now()
        row.save(update_fields=["set_aside_at"])
        work.close_items(row.partnership, _prefix(row))
        log(kinds.SET_ASIDE, by=by, item=row)
        if was_quiet:
            reschedule(row.partnership)


def say_in_public(row: Approvable, *, on: date, outlet: str = "", by: Place) -> Approvable:
    """An approved announcement or text was said: from here on everybody in the record reads it, and silence is broken.

    The first announcement sets the day on which the partnership was announced; the gate to implementation holds it.
    """
    if on > clock.today(by.user.time_zone):
        raise ValidationError({"on": _("This day has not come yet.")})
    with transaction.atomic():
        partnership = Partnership.objects.locked(by.partnership)
        row = _locked(row, by=by)
        if row.kind not in {Text.ANNOUNCEMENT, Text.PUBLIC}:
            raise ValidationError(_("This is not said in public."))
        if not row.is_approved or not _approved_by_all(row):
            raise ValidationError(_("All partners approve it first."))
        if STAGES.index(partnership.stage) < STAGES.index(Stage.IMPLEMENTATION):
            raise ValidationError(_("The gate to implementation holds this. Until then you prepare it."))
        if row.kind == Text.PUBLIC and partnership.announced_on is None:
            raise ValidationError(_("Announce the partnership first; then speak about what it does."))
        row.done_on, row.outlet = on, outlet.strip() or row.outlet
        row.circle = circle_here(by, CircleKind.ALL)
        row.save(update_fields=["done_on", "outlet", "circle"])
        if row.kind == Text.ANNOUNCEMENT:
            partnership.announced_on = by.partnership.announced_on = on
            partnership.save(update_fields=["announced_on"])
        log(kinds.ANNOUNCED if row.kind == Text.ANNOUNCEMENT else kinds.PUBLISHED, by=by, item=row)
        _note_public(partnership)
        reschedule(partnership)
        notices.post(
            kinds.SAID_NOTICE,
            to=[u for u in speakers_of(by.present) if u.pk != by.user.pk],
            key=f"communication:said:{row.pk}",
            partnership=partnership,
            path=path_of(row),
        )
    return row


def _note_public(partnership: Partnership) -> None:
    last = (
        Approvable.objects.unguarded("what was said in public is public")
        .of(partnership)
        .filter(kind__in=[Text.ANNOUNCEMENT, Text.PUBLIC], done_on__isnull=False)
        .order_by("-done_on")
        .values_list("done_on", flat=True)
        .first()
    )
    for party in partnership.parties.all():
        note(party, last_public_on=last or clock.NEVER)


def follow_parties(partnership: Partnership) -> None:
    """Hook: a partner joined (what is kept up needs its yes too) or left (the others may all have said yes by now)."""
    rows = (
        Approvable.objects.unguarded("approvals follow the partners that are in")
        .of(partnership)
        .filter(asked_at__isnull=False, set_aside_at=None, done_on=None)
        .select_for_update(of=("self",))
        .select_related("partnership")
    )
    with transaction.atomic():
        for row in rows:
            if row.is_approved and row.kind in KEPT_UP and not _approved_by_all(row):
                row.approved_at = None
                row.save(update_fields=["approved_at"])
            elif not row.is_approved and _approved_by_all(row):
                _complete(row, by=None)
        reschedule(partnership)


# What a set must hold -------------------------------------------------------------------------------------------------
def what_is_missing(row: Approvable, partners: Iterable[Party]) -> list[str]:
    """Why a text cannot be sent for approval yet, in sentences."""
    if row.kind == Text.PLAN:
        return _missing_in_plan(row)
    if row.kind == Text.SPOKESPEOPLE:
        named = set(row.spokespeople.values_list("party", flat=True))
        return [
            _("%(party)s has not named its spokesperson and stand-in yet.") % {"party": p.name}
            for p in partners
            if p.pk not in named
        ]
    if row.kind == Text.QA:
        items = list(row.qa_items.values_list("answer", flat=True))
        if not items:
            return [_("There are no questions yet.")]
        empty = sum(1 for answer in items if not answer.strip())
        return [
            _("%(count)s questions have no joint answer yet. Answer them, or take them out.") % {"count": empty}
        ] * (empty > 0)
    return [] if row.text.strip() else [_("There is no text yet.")]


def _missing_in_plan(row: Approvable) -> list[str]:
    entries = list(row.entries.filter(removed_at=None).select_related("owner__membership", "approvable"))
    if not entries:
        return [_("There is no audience yet.")]
    orphans = [e for e in entries if e.owner.ended_on is not None or e.owner.membership.ended_on is not None]
    plan = plan_of(row.catalogue_version)
    return [
        _("“%(audience)s” has no owner any more. Name one.") % {"audience": entry_words(e, plan)[0]} for e in orphans
    ]


def content_of(row: Approvable) -> list[dict[str, str]]:
    """What a version says, as headings and texts in the active language."""
    if row.kind not in MADE_OF_ROWS:
        heads = [{"heading": row.called, "text": row.text}]
        if row.starts_on and row.ends_on:
            heads.append({"heading": _("Days"), "text": f"{row.starts_on.isoformat()} – {row.ends_on.isoformat()}"})
        return heads
    if row.kind == Text.QA:
        asked = {q.code: str(q.text) for q in plan_of(row.catalogue_version).qa}
        return [
            {"heading": i.question or asked.get(i.code, i.code), "text": i.answer} for i in row.qa_items.order_by("pk")
        ]
    if row.kind == Text.SPOKESPEOPLE:
        people = row.spokespeople.select_related(
            "seat__membership__user", "stand_in__membership__user", "party__organisation"
        )
        return [
            {"heading": s.party.name, "text": _lines(f"{s.seat} / {s.stand_in}", s.reach)}
            for s in people.order_by("pk")
        ]
    plan = plan_of(row.catalogue_version)
    return [_entry_content(e, *entry_words(e, plan)[:3]) for e in _entries(row)]


def _entries(row: Approvable) -> Iterable[PlanEntry]:
    rows: Iterable[PlanEntry] = (
        row.entries.filter(removed_at=None)
        .select_related("owner__membership__user", "stand_in__membership__user", "of_party__organisation")
        .order_by("pk")
    )
    return rows


def _entry_content(entry: PlanEntry, audience: str, purpose: str, channel: str) -> dict[str, str]:
    days = _("every %(days)s days at most") % {"days": entry.cadence_days} if entry.cadence_days else ""
    people = f"{entry.owner}" + (f" / {entry.stand_in}" if entry.stand_in else "")
    approvers = str(Approvers(entry.approvers).label)
    return {"heading": audience, "text": _lines(purpose, entry.message, channel, entry.spoken, days, people, approvers)}


def _lines(*parts: str) -> str:
    return "\n".join(p for p in parts if p)


# Inside ---------------------------------------------------------------------------------------------------------------
def _prefix(row: Approvable) -> str:
    return f"communication:approve:{row.pk}:"


def _live(by: Place) -> Any:
    return (
        Approvable.objects.unguarded("the joint texts of a record that the actor works in")
        .of(by.partnership)
        .filter(set_aside_at=None)
    )


def _lock(row: Approvable) -> Approvable:
    locked: Approvable = (
        Approvable.objects.of(row.partnership)
        .select_for_update(of=("self",))
        .select_related("partnership", "catalogue_version")
        .get(pk=row.pk)
    )
    return locked


def _locked(row: Approvable, *, by: Place) -> Approvable:
    if row.partnership_id != by.partnership.pk:
        raise ValueError("the text and the person belong to one record")
    row = _lock(row)
    _refuse_if_over(row)
    return row


def _refuse_if_over(row: Approvable) -> None:
    if not row.partnership.is_open:
        raise ValidationError(_("This record is closed. Nothing can be added any more."))
    if row.set_aside_at is not None:
        raise ValidationError(_("This was set aside."))
    if row.done_on is not None:
        raise ValidationError(_("This was said already. Write a new text instead."))


def _same_version(row: Approvable, seen: int) -> None:
    if row.version != seen:
        raise ValidationError(_("Somebody changed this in the meantime. Read it again first."), code="stale")


def _widen(row: Approvable, circle: Circle) -> None:
    """The rows of a set are read by whoever reads the set."""
    for model in _ROWS:
        model.objects.of(row.partnership).filter(approvable=row).update(circle=circle)


def _keep_version(row: Approvable, *, by: Place) -> None:
    ApprovableVersion.objects.of(row.partnership).update_or_create(
        approvable=row,
        number=row.version,
        defaults={"circle": row.circle, "content": content_of(row)},
        create_defaults={
            "circle": row.circle,
            "content": content_of(row),
            "partnership": row.partnership,
            "party": by.own_party,
            "author": by.user,
            "language": by.user.language,
            "created_at": clock.now(),
        },
    )


def _ask_partners(row: Approvable, *, by: Place) -> None:
    due = after_working_days(clock.today(by.user.time_zone), plan_of(row.catalogue_version).approval_working_days)
    given = set(row.approvals.filter(number=row.version).values_list("party", flat=True))
    asked = [p for p in by.partners if p.pk not in given]
    for party in asked:
        work.open_item(
            kinds.APPROVE[row.kind],
            partnership=row.partnership,
            key=f"{_prefix(row)}{party.pk}",
            party=party,
            circle=row.circle,
            path=path_of(row),
            due_on=due,
            item=row,
            holds_stage=row.kind in KEPT_UP and row.partnership.stage == Stage.AGREEMENT,
        )
    notices.post(
        kinds.ASK_NOTICE,
        to=speakers_of(p for p in asked if p.pk != by.own_party.pk),
        key=f"communication:ask:{row.pk}:{row.version}",
        partnership=row.partnership,
        path=path_of(row),
        names={"party": by.own_party.name},
    )
