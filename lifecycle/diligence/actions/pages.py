"""What the partners write side by side and agree."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from lifecycle.scoping.models import Goal
from lifecycle.scoping.queries import leads_of
from partnerships import clock
from partnerships.access.actions import authored, save_version, withdraw
from partnerships.access.places import Place
from partnerships.history.actions import log
from partnerships.notices import actions as notices
from partnerships.record.holding import refuse_while_held
from partnerships.record.models import Partnership, Seat
from partnerships.work import actions as work

from ..kinds import AGREE_PAGE, AGREED, DRIFTED, DRIFTED_NOTICE, REAFFIRMED
from ..models import (
    LineBefore,
    PageAgreement,
    Reaffirmation,
    SharedLine,
    SharedPage,
)
from ..queries import (
    agreed_by,
    partners_circle,
    shared_page,
)
from ..states import Holds, LineKind, PageKind, Relation
from .asking import path_to, require_owner, take_part


def _page(kind: str, by: Place) -> SharedPage:
    """The page as all partners read it, locked; begun with the first line."""
    Partnership.objects.locked(by.partnership)
    found = shared_page(by.partnership, kind, by.partners)
    if found is None:
        found = SharedPage.objects.create(
            **authored(by, partners_circle(by)),
            kind=kind,
        )
    return found


def _touch(page: SharedPage, by: Place) -> None:
    """The page changed: a yes to the older one does not count for the newer one."""
    SharedPage.objects.of(by.partnership).filter(pk=page.pk).update(version=F("version") + 1, changed_at=clock.now())
    work.close_items(by.partnership, f"dd:agree:{page.kind}:")


def add_line(
    *,
    kind: str,
    text: str,
    by: Place,
    owner: Seat | None = None,
    due_on: date | None = None,
    goal: Goal | None = None,
) -> SharedLine:
    """A goal, value or red line of one's own organisation; or a next step with owner and date.

    `goal` is the one of scoping that is taken over as one's own.
    """
    if kind == LineKind.STEP:
        if owner is None or due_on is None:
            raise ValidationError({"owner": _("A next step needs an owner and a date.")})
        require_owner(owner, by)
    with transaction.atomic():
        page = _page(PageKind.STEPS if kind == LineKind.STEP else PageKind.GOALS, by)
        line: SharedLine = SharedLine.objects.create(
            **authored(by, page.circle),
            page=page,
            kind=kind,
            text=text,
            owner=owner,
            due_on=due_on,
            goal=goal,
        )
        take_part(by)
        _touch(page, by)
    return line


def take_goal(goal: Goal, *, by: Place) -> SharedLine:
    """A goal that came out of the canvas becomes a line of one's own. One that every partner took over is shared."""
    with transaction.atomic():
        page = _page(PageKind.GOALS, by)
        if page.lines.filter(goal=goal, party=by.own_party, withdrawn_at=None).exists():
            raise ValidationError(_("Your side has taken this goal over already."))
        if Goal.objects.of(by.partnership).filter(pk=goal.pk, withdrawn_at=None).first() is None:
            raise ValidationError(_("This goal was taken out in the meantime."))
        line = add_line(kind=LineKind.GOAL, text=goal.text, by=by, goal=goal)
        lines = list(page.lines.filter(goal=goal, withdrawn_at=None))
        if {p.pk for p in by.partners} <= {each.party_id for each in lines}:
            for each in lines:
                change_line(each, by=by, relation=Relation.SHARED)
    return line


def change_line(
    line: SharedLine, *, by: Place, text: str | None = None, relation: str | None = None, seen: int | None = None
) -> None:
    """Say how a line is seen together; its words are changed only by the side whose line it is."""
    if text is not None and text != line.text and line.party_id != by.own_party.pk:
        raise ValidationError({"text": _("Only the organisation whose line this is changes its words.")})
    with transaction.atomic():
        was = SharedLine.objects.of(by.partnership).get(pk=line.pk)
        line.text, line.relation = text or line.text, relation or line.relation
        save_version(line, seen=seen, fields=["text", "relation"])
        if (was.text, was.relation) == (line.text, line.relation):
            return
        LineBefore.objects.create(**authored(by, was.circle), line=line, text=was.text, relation=was.relation)
        take_part(by)
        _touch(line.page, by)


def remove_line(line: SharedLine, *, by: Place) -> None:
    """The side whose line it is takes it away. What others have agreed to is withdrawn: that it stood there remains."""
    if line.party_id != by.own_party.pk:
        raise ValidationError(_("Only the organisation whose line this is takes it away."))
    with transaction.atomic():
        page = line.page
        if page.kind == PageKind.GOALS and page.agreements.exists():
            withdraw(line, by=by)
        else:
            refuse_while_held(by)
            line.delete()
        _touch(page, by)


def reaffirm(page: SharedPage, *, says: str, words: str, seen: int, by: Place) -> Reaffirmation:
    """A partner has read the goals again. That they still hold is its yes to the page as it stands, with its day."""
    if says == Holds.DRIFTED and not words.strip():
        raise ValidationError({"words": _("Say what has changed, so that you can talk about it.")})
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        page = SharedPage.objects.of(by.partnership).get(pk=page.pk)
        if page.version != seen:
            raise ValidationError(_("The page has changed since you looked. Read it again, then answer."), code="stale")
        if not page.lines.filter(withdrawn_at=None).exists():
            raise ValidationError(_("There is nothing to reaffirm yet."))
        same = Reaffirmation.objects.of(by.partnership).filter(
            page=page, party=by.own_party, seen_version=seen, says=says, words=words.strip()
        )
        twice: Reaffirmation | None = same.filter(created_at__date=clock.today()).first()
        if twice is not None:
            # Pressed again: nothing more is said by that.
            return twice
        made: Reaffirmation = Reaffirmation.objects.create(
            **authored(by, page.circle), page=page, seen_version=seen, says=says, words=words.strip()
        )
        if says == Holds.YES:
            PageAgreement.objects.update_or_create(
                page=page, party=by.own_party, defaults={"seen_version": seen, "by": by.user, "at": clock.now()}
            )
            work.close_item(by.partnership, f"dd:agree:{page.kind}:{by.own_party.pk}")
            log(REAFFIRMED, by=by, item=made)
        else:
            log(DRIFTED, by=by, item=made)
            notices.post(
                DRIFTED_NOTICE,
                to=leads_of(by.other_partners),
                key=f"dd:drifted:{made.pk}",
                partnership=by.partnership,
                path=path_to("diligence:page", by.partnership, page.kind),
                names={"party": by.own_party.name},
            )
    return made


def agree_page(page: SharedPage, *, seen: int, by: Place) -> bool:
    """A partner's yes to the page as it stands. Returns whether it was the last one."""
    with transaction.atomic():
        page = SharedPage.objects.of(by.partnership).select_for_update(of=("self",)).get(pk=page.pk)
        if page.version != seen:
            raise ValidationError(_("The page has changed since you looked. Read it again, then agree."), code="stale")
        if by.own_party.pk in agreed_by(page):
            # Pressed again: nothing more is said by that.
            return all(p.pk in agreed_by(page) for p in by.partners)
        _agreement, _made = PageAgreement.objects.update_or_create(
            page=page,
            party=by.own_party,
            defaults={"seen_version": seen, "by": by.user, "at": clock.now()},
        )
        log(AGREED[PageKind(page.kind)], by=by, item=page)
        work.close_item(by.partnership, f"dd:agree:{page.kind}:{by.own_party.pk}")
        missing = [p for p in by.partners if p.pk not in agreed_by(page)]
        for party in missing:
            work.open_item(
                AGREE_PAGE[PageKind(page.kind)],
                partnership=by.partnership,
                key=f"dd:agree:{page.kind}:{party.pk}",
                party=party,
                circle=page.circle,
                path=path_to("diligence:page", by.partnership, page.kind),
                due_on=clock.today() + timedelta(days=14),
                holds_stage=True,
            )
    return not missing
