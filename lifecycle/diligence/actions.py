"""Answering, releasing, visiting, weighing risks, comparing, deciding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partnerships import clock
from partnerships.access import actions as access
from partnerships.access.actions import authored, circle_for, circle_here, save_version
from partnerships.access.models import Circle, Release, ReleaseItem
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.content import Library
from partnerships.catalogue.queries import content
from partnerships.documents.actions import tell_released
from partnerships.documents.models import Document
from partnerships.history import kinds as act_kinds
from partnerships.history.actions import log
from partnerships.notices import actions as notices
from partnerships.notices import kinds as notice_kinds
from partnerships.record import release_kinds
from partnerships.record.models import Partnership, Party, Seat
from partnerships.record.states import Level as SeatLevel
from partnerships.record.states import Stage
from partnerships.work import actions as work
from partnerships.work import kinds as work_kinds

from .models import (
    Assessment,
    Citation,
    DecisionReason,
    DepthChoice,
    DepthConsent,
    DiligenceAnswer,
    DiligenceDecision,
    Measure,
    PageAgreement,
    Participation,
    Risk,
    SharedLine,
    SharedPage,
    Visit,
    VisitPerson,
)
from .permissions import can_do_measure
from .queries import (
    RELEASED_CHECKLIST,
    RELEASED_CONDITIONS,
    agreed_by,
    basis_of,
    checklist,
    checklists,
    decisions,
    depth_of,
    library_version,
    partners_circle,
    shared_page,
    standing_measures,
    theme_version,
    was_released,
)
from .states import Level, LineKind, Outcome, PageKind, VisitKind

_HOME = {"url_name": "diligence:overview"}
STARTED = act_kinds.register("diligence.started", gettext_lazy("Checklist begun"), **_HOME)
FINISHED = act_kinds.register("diligence.finished", gettext_lazy("Checklist answered"), **_HOME)
RELEASED = act_kinds.register("diligence.released", gettext_lazy("Checklist released"), **_HOME)
WITHDRAWN = act_kinds.register("diligence.withdrawn", gettext_lazy("Released answers withdrawn"), **_HOME)
MEASURE = act_kinds.register("diligence.measure", gettext_lazy("Measure set"), **_HOME)
MEASURE_DONE = act_kinds.register("diligence.measure_done", gettext_lazy("Condition met"), **_HOME)
RISK = act_kinds.register("diligence.risk", gettext_lazy("Risk weighed"), url_name="diligence:risks")
RISK_CLOSED = act_kinds.register("diligence.risk_closed", gettext_lazy("Risk closed"), url_name="diligence:risks")
VISIT = act_kinds.register("diligence.visit", gettext_lazy("Visit planned"), url_name="diligence:visits")
VISITED = act_kinds.register("diligence.visited", gettext_lazy("Visit written up"), url_name="diligence:visits")
AGREED = {
    PageKind.GOALS: act_kinds.register("diligence.goals", gettext_lazy("Goals, values and red lines agreed"), **_HOME),
    PageKind.STEPS: act_kinds.register("diligence.steps", gettext_lazy("Next steps agreed"), **_HOME),
}
DECIDED = act_kinds.register("diligence.decided", gettext_lazy("Due diligence decision taken"), **_HOME)
DEPTH = act_kinds.register("diligence.depth", gettext_lazy("Depth of due diligence proposed"), **_HOME)
DEPTH_AGREED = act_kinds.register("diligence.depth_agreed", gettext_lazy("Depth of due diligence agreed"), **_HOME)

ANSWER_SELF = work_kinds.register(
    "diligence.self",
    gettext_lazy("Answer the checklist about yourselves"),
    why=gettext_lazy("It stays on your side until you release it."),
    rule="long",
)
LOOK_AT = work_kinds.register(
    "diligence.about",
    gettext_lazy("Look at {subject}"),
    why=gettext_lazy("Know how each other works before you sign."),
    rule="long",
)
DECIDE = work_kinds.register(
    "diligence.decide",
    gettext_lazy("Take your due diligence decision"),
    why=gettext_lazy("Each partner decides for itself; all must say go."),
    rule="long",
)
RENEW = work_kinds.register(
    "diligence.expiry",
    gettext_lazy("Renew your due diligence decision"),
    why=gettext_lazy("It is valid until this day. Look again, and decide again."),
    rule="long",
)
MEET_CONDITION = work_kinds.register(
    "diligence.condition",
    gettext_lazy("Meet a condition of due diligence"),
    why=gettext_lazy("A partner’s yes stands under it."),
    rule="long",
)
REDUCE_RISK = work_kinds.register(
    "diligence.risk",
    gettext_lazy("Do what was planned against a risk"),
    why=gettext_lazy("The decision counts on it."),
    rule="long",
)
AGREE_PAGE = {
    PageKind.GOALS: work_kinds.register(
        "diligence.agree_goals",
        gettext_lazy("Agree the page of goals, values and red lines"),
        why=gettext_lazy("One shared goal is enough. Differences are no defect when they are known."),
    ),
    PageKind.STEPS: work_kinds.register("diligence.agree_steps", gettext_lazy("Agree the next steps")),
}
AGREE_DEPTH = work_kinds.register(
    "diligence.depth", gettext_lazy("Agree how deep you look at each other"), rule="short"
)
WRITE_UP = work_kinds.register(
    "diligence.visit",
    gettext_lazy("Visit: {subject}"),
    why=gettext_lazy("Afterwards, write up who took part and what you learned."),
    rule="event",
)

RELEASED_NOTICE = notice_kinds.register(
    "diligence.released",
    label=gettext_lazy("A partner released answers of its due diligence to you"),
    subject=gettext_lazy("{record}: {party} has released answers to you"),
    line=gettext_lazy("{party} has released answers of its due diligence to you in “{record}”."),
    button=gettext_lazy("Open them"),
)
DECIDED_NOTICE = notice_kinds.register(
    "diligence.decided",
    label=gettext_lazy("A partner took its due diligence decision"),
    subject=gettext_lazy("{record}: {party} has taken its decision"),
    line=gettext_lazy("{party} has taken its due diligence decision in “{record}”."),
    button=gettext_lazy("See where you are"),
)
release_kinds.register(RELEASED_CHECKLIST, gettext_lazy("Answers of due diligence"), url_name="diligence:overview")
release_kinds.register(
    RELEASED_CONDITIONS, gettext_lazy("Conditions that ask something of you"), url_name="diligence:decision"
)
#: Days in which a checklist is expected, and a decision.
CHECKLIST_DAYS = 45
DECISION_DAYS = 90


# What waits -----------------------------------------------------------------------------------------------------------
def ask_partners(partnership: Partnership) -> None:
    """While the stage is due diligence: the checklists and the decision wait for each partner. Idempotent."""
    if partnership.stage != Stage.DILIGENCE or not partnership.is_open:
        return
    partners = list(partnership.parties.filter(role="partner", left_on=None).select_related("organisation"))
    circle = circle_for(partnership, CircleKind.PARTNERS)
    standing = decisions(partnership)
    since = partnership.stage_since
    for party in partners:
        party.partnership = partnership
        own = circle_for(partnership, CircleKind.OWN, party=party)
        for found in checklists(party, partners):
            if found.is_done:
                continue
            about, is_self = found.about, found.is_self
            work.open_item(
                ANSWER_SELF if is_self else LOOK_AT,
                partnership=partnership,
                key=f"dd:ask:{party.pk}:{about.pk}",
                party=party,
                circle=circle if is_self else own,
                path=_path("diligence:checklist", partnership, about.public_id),
                subject="" if is_self else about.name,
                due_on=since + timedelta(days=CHECKLIST_DAYS),
            )
        decision = standing.get(party.pk)
        if decision is None or not decision.holds:
            work.open_item(
                DECIDE,
                partnership=partnership,
                key=f"dd:ask:{party.pk}:decide",
                party=party,
                circle=circle,
                path=_path("diligence:decision", partnership),
                due_on=since + timedelta(days=DECISION_DAYS),
                holds_stage=True,
            )


def stop_asking(partnership: Partnership) -> None:
    """The stage is left: what was asked for it waits no longer. Conditions, risks and expiry go on."""
    work.close_items(partnership, "dd:ask:")


def _path(name: str, partnership: Partnership, *args: str) -> str:
    return reverse(name, args=[partnership.public_id, *args])


def take_part(by: Place, *, seats: Sequence[Seat] = ()) -> None:
    """Note which function of which partner took part [DD6]."""
    for seat in seats or ([by.seat] if by.seat is not None else []):
        Participation.objects.get_or_create(
            seat=seat,
            function=seat.function,
            defaults={"party_id": seat.party_id, "level": seat.level, "at": clock.now()},
        )


# Answers --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Said:
    """What a form says to one question: a level of the scale, or nothing for open questions; and words."""

    level: str = ""
    text: str = ""


def save_theme(*, about: Party, codes: Sequence[str], said: Mapping[str, Said], seen: int | None, by: Place) -> int:
    """Write the answers to some questions about a partner. Blank ones wait.

    `codes` are all questions of the screen, `seen` its version (`theme_version`) when the form was filled in. Returns
    the new version. Raises ValidationError with code "stale" when somebody else wrote in between.
    """
    _require_partner(about, by)
    for code, one in said.items():
        if one.level == Level.NA and not one.text.strip():
            raise ValidationError({code: _("Say why it does not apply.")})
    with transaction.atomic():
        assessment = _assessment(about, by)
        if seen is not None and seen != theme_version(assessment, codes):
            raise ValidationError(
                _("Somebody else saved this while you were writing. Compare, and save again."), code="stale"
            )
        standing = {a.code: a for a in was_released(assessment.answers.filter(superseded_at=None, code__in=codes))}
        changed = False
        for code in codes:
            one, answer = said.get(code, Said()), standing.get(code)
            level, text = one.level, one.text.strip()
            if (answer is None and not level and not text) or (answer and (answer.level, answer.text) == (level, text)):
                continue
            changed = True
            if answer is None:
                _new_answer(assessment, code, level, text, by)
            elif answer.released or answer.withdrawn_at is not None:
                _replace(answer, level, text, by)
            else:
                answer.level, answer.text, answer.author = level, text, by.user
                save_version(answer, seen=None, fields=["level", "text", "author"])
        if changed:
            take_part(by)
            _close_if_done(assessment, by)
        return theme_version(assessment, codes)


def _require_partner(about: Party, by: Place) -> None:
    if about.pk not in {p.pk for p in by.partners}:
        raise ValidationError(_("This organisation is not a partner here any more."))


def _assessment(about: Party, by: Place) -> Assessment:
    """The own side's assessment, locked; begun with the first answer."""
    found, made = Assessment.objects.get_or_create(
        party=by.own_party,
        about=about,
        defaults={
            "partnership": by.partnership,
            "circle": circle_here(by, CircleKind.OWN),
            "author": by.user,
            "language": by.user.language,
        },
    )
    if made:
        log(STARTED, by=by, item=found)
    locked: Assessment = Assessment.objects.of(by.partnership).select_for_update(of=("self",)).get(pk=found.pk)
    return locked


def _new_answer(assessment: Assessment, code: str, level: str, text: str, by: Place) -> DiligenceAnswer:
    answer: DiligenceAnswer = DiligenceAnswer.objects.create(
        **authored(by, assessment.circle),
        assessment=assessment,
        library=library_version(),
        code=code,
        level=level,
        text=text,
    )
    return answer


def _replace(answer: DiligenceAnswer, level: str, text: str, by: Place) -> DiligenceAnswer:
    """Others go on reading what was released; the new words are the own side's until they are released too."""
    answer.superseded_at = clock.now()
    answer.save(update_fields=["superseded_at"])
    new = _new_answer(answer.assessment, answer.code, level, text, by)
    Citation.objects.bulk_create(
        [Citation(answer=new, document_id=d) for d in answer.citations.values_list("document", flat=True)]
    )
    return new


def _close_if_done(assessment: Assessment, by: Place) -> None:
    found = checklist(by.own_party, assessment.about, by.partners)
    if found.is_done:
        work.close_item(by.partnership, f"dd:ask:{by.own_party.pk}:{assessment.about_id}")
        if assessment.finished_at is None:
            assessment.finished_at = clock.now()
            assessment.save(update_fields=["finished_at"])
            log(FINISHED, by=by, item=assessment)


def cite(*, about: Party, code: str, documents: Sequence[Document], by: Place) -> None:
    """Say which documents support an answer; the ones left out are cited no longer. The answer may come later."""
    _require_partner(about, by)
    with transaction.atomic():
        assessment = _assessment(about, by)
        answer = was_released(assessment.answers.filter(superseded_at=None, code=code)).first()
        answer_is_released = answer is not None and answer.released
        wanted = {d.pk for d in documents}
        if answer is None:
            if not wanted:
                return
            answer = _new_answer(assessment, code, "", "", by)
        had = set(answer.citations.values_list("document", flat=True))
        if wanted == had:
            return
        if answer_is_released:
            answer = _replace(answer, answer.level, answer.text, by)
        else:
            # The screen's version grows, so that a form open elsewhere is compared.
            save_version(answer, seen=None, fields=["level"])
        answer.citations.exclude(document__in=wanted).delete()
        had = set(answer.citations.values_list("document", flat=True))
        Citation.objects.bulk_create([Citation(answer=answer, document_id=d) for d in wanted - had])
        take_part(by)


def release_checklist(*, about: Party, to: Circle, with_documents: bool, by: Place) -> Release:
    """Show all answers of a checklist as one bundle, with the documents they cite if wanted."""
    with transaction.atomic():
        assessment = _assessment(about, by)
        answers = list(
            was_released(assessment.answers.filter(superseded_at=None)).exclude(level="", text="").order_by("code")
        )
        # What was withdrawn is shown again as a new answer: the old row stays withdrawn.
        answers = [_replace(a, a.level, a.text, by) if a.withdrawn_at is not None else a for a in answers]
        items: list[Any] = list(answers)
        if with_documents:
            cited = Document.objects.visible_to(by.user).filter(party=by.own_party, withdrawn_at=None)
            items += cited.filter(pk__in=Citation.objects.filter(answer__in=answers).values("document"))
        bundle = access.release(items, kind=RELEASED_CHECKLIST, to=to, by=by)
        log(RELEASED, by=by, item=assessment, circle=to)
        tell_released(RELEASED_NOTICE, bundle, by=by, path_name="diligence:overview")
    return bundle


def withdraw_checklist(*, about: Party, by: Place) -> int:
    """Take every released answer about an organisation out of others' pages; recall what nobody opened."""
    with transaction.atomic():
        assessment = _assessment(about, by)
        rows = list(assessment.answers.values_list("pk", flat=True))
        items = ReleaseItem.objects.filter(model=DiligenceAnswer._meta.label_lower, object_id__in=rows)
        for bundle in Release.objects.filter(pk__in=items.values("release"), recalled_at=None, party=by.own_party):
            others = bundle.circle.members.exclude(party=by.own_party).count()
            if bundle.openings.count() < others:
                access.recall(bundle, by=by)
        opened = items.filter(release__openings__isnull=False).values("object_id")
        count: int = assessment.answers.filter(pk__in=opened, withdrawn_at=None).update(withdrawn_at=clock.now())
        if count:
            log(WITHDRAWN, by=by, item=assessment)
    return count


# Measures and risks ---------------------------------------------------------------------------------------------------
def set_measure(
    *, about: Party, code: str, text: str, owner: Seat, due_on: date, board_on: date | None, by: Place
) -> Measure:
    """What is done about a concern. It stays on the own side until a decision makes it a condition."""
    _require_partner(about, by)
    asked = content(library_version(), Library).by_code.get(code)
    if asked is None:
        raise ValidationError(_("This question is not in the checklist any more."))
    _require_owner(owner, by)
    _require_future(due_on)
    if board_on is not None and board_on > clock.today():
        raise ValidationError({"board_on": _("This day has not come yet.")})
    with transaction.atomic():
        measure: Measure = Measure.objects.create(
            **authored(by, circle_here(by, CircleKind.OWN)),
            about=about,
            code=code,
            text=text,
            owner=owner,
            due_on=due_on,
            board_on=board_on,
        )
        log(MEASURE, by=by, item=measure)
        take_part(by)
    return measure


def drop_measure(measure: Measure, *, by: Place) -> None:
    """It is not wanted any more, or was a mistake. A decision that stood on it has to be taken again."""
    if measure.party_id != by.own_party.pk:
        raise ValidationError(_("Only the side that set this can drop it."))
    with transaction.atomic():
        measure.dropped_at = clock.now()
        measure.save(update_fields=["dropped_at"])
        work.close_item(by.partnership, f"dd:measure:{measure.pk}")


def finish_measure(measure: Measure, *, by: Place) -> None:
    """A condition is met."""
    if not can_do_measure(by, measure):
        raise ValidationError(_("Its owner, or the side that set it, says when it is done."))
    with transaction.atomic():
        changed = (
            Measure.objects.of(by.partnership)
            .filter(pk=measure.pk, done_at=None)
            .update(done_at=clock.now(), done_by=by.user)
        )
        if changed:
            log(MEASURE_DONE, by=by, circle=_circle_with(by, measure.owner.party, measure.party))
            work.close_item(by.partnership, f"dd:measure:{measure.pk}")


def _circle_with(by: Place, *parties: Party) -> Circle:
    chosen = {p.pk: p for p in parties}
    if set(chosen) == {by.own_party.pk}:
        return circle_here(by, CircleKind.OWN)
    return circle_for(by.partnership, CircleKind.CHOSEN, parties=chosen.values())


def _require_owner(owner: Seat, by: Place) -> None:
    if owner.party_id not in {p.pk for p in by.partners} or owner.ended_on is not None:
        raise ValidationError({"owner": _("Choose somebody who has a seat with a partner.")})


def _require_future(due_on: date) -> None:
    if due_on < clock.today():
        raise ValidationError({"due_on": _("Give a date after today.")})


RISK_FIELDS = (
    "text", "to_whom", "likelihood", "impact", "measure", "owner", "due_on", "residual_likelihood", "residual_impact",
)  # fmt: skip


def weigh_risk(*, values: Mapping[str, Any], circle: Circle | None, by: Place, risk: Risk | None = None,
               seen: int | None = None) -> Risk:  # fmt: skip
    """Write a risk down, or weigh it anew. A measure needs its owner and date."""
    values = {name: values.get(name) for name in RISK_FIELDS}
    if str(values["measure"] or "").strip() and not (values["owner"] and values["due_on"]):
        raise ValidationError({"owner": _("A measure needs an owner and a date.")})
    if values["owner"] is not None:
        _require_owner(values["owner"], by)
    with transaction.atomic():
        if risk is None:
            risk = Risk.objects.create(
                **authored(by, circle or circle_here(by, CircleKind.OWN)),
                **values,
            )
        else:
            if risk.party_id != by.own_party.pk:
                raise ValidationError(_("Only the side that wrote this can change it."))
            for name, value in values.items():
                setattr(risk, name, value)
            save_version(risk, seen=seen, fields=RISK_FIELDS)
        log(RISK, by=by, item=risk)
        take_part(by)
        key = f"dd:risk:{risk.pk}"
        if risk.owner is not None and risk.due_on is not None:
            work.open_item(
                REDUCE_RISK,
                partnership=by.partnership,
                key=key,
                party=risk.owner.party,
                person=risk.owner.asked,
                circle=_risk_circle(risk, by),
                path=_path("diligence:risks", by.partnership),
                due_on=risk.due_on,
                item=risk,
            )
        else:
            work.close_item(by.partnership, key)
    return risk


def _risk_circle(risk: Risk, by: Place) -> Circle:
    """Who may know that something waits: never more than those who read the risk."""
    owner = risk.owner
    if owner is not None and not risk.circle.members.filter(party=owner.party_id).exists():
        raise ValidationError({"owner": _("Its owner cannot read this risk. Choose a wider circle, or another owner.")})
    return risk.circle


def close_risk(risk: Risk, *, by: Place) -> None:
    """It is past, or was no risk."""
    if risk.party_id != by.own_party.pk:
        raise ValidationError(_("Only the side that wrote this can change it."))
    with transaction.atomic():
        risk.closed_at = clock.now()
        risk.save(update_fields=["closed_at"])
        log(RISK_CLOSED, by=by, item=risk)
        work.close_item(by.partnership, f"dd:risk:{risk.pk}")


# Visits ---------------------------------------------------------------------------------------------------------------
def plan_visit(*, kind: str, host: Party | None, on: date, where: str, circle: Circle, by: Place) -> Visit:
    """Plan a visit, or note one that has been."""
    if kind != VisitKind.JOINT and host is None:
        raise ValidationError({"host": _("Say whom you visit.")})
    with transaction.atomic():
        visit: Visit = Visit.objects.create(
            **authored(by, circle),
            kind=kind,
            host=host,
            on=on,
            where=where,
        )
        log(VISIT, by=by, item=visit)
        work.open_item(
            WRITE_UP,
            partnership=by.partnership,
            key=f"dd:visit:{visit.pk}",
            party=by.own_party,
            circle=circle,
            path=_path("diligence:visit", by.partnership, visit.public_id),
            subject=where,
            due_on=on,
            item=visit,
            is_event=True,
        )
    return visit


def write_up_visit(
    visit: Visit, *, seats: Sequence[Seat], on: date, met: str, learned: str, by: Place, seen: int | None = None
) -> None:
    """Who took part, from which function and level, whom they met, and what was learned."""
    if on > clock.today(by.user.time_zone):
        raise ValidationError({"on": _("This day has not come yet.")})
    partners = {p.pk for p in by.partners}
    if len({s.party_id for s in seats} & partners) < 2:
        raise ValidationError({"people": _("Tick at least one person of two partners.")})
    with transaction.atomic():
        visit.on, visit.met, visit.learned = on, met, learned
        visit.held_at = visit.held_at or clock.now()
        save_version(visit, seen=seen, fields=["on", "met", "learned", "held_at"])
        visit.people.exclude(seat__in=seats).delete()
        for seat in seats:
            VisitPerson.objects.get_or_create(
                visit=visit, seat=seat, defaults={"function": seat.function, "level": seat.level}
            )
        take_part(by, seats=[s for s in seats if s.party_id in partners])
        log(VISITED, by=by, item=visit)
        work.close_item(by.partnership, f"dd:visit:{visit.pk}")


# Side by side ---------------------------------------------------------------------------------------------------------
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


def add_line(*, kind: str, text: str, by: Place, owner: Seat | None = None, due_on: date | None = None) -> SharedLine:
    """A goal, value or red line of one's own organisation; or a next step with owner and date."""
    if kind == LineKind.STEP:
        if owner is None or due_on is None:
            raise ValidationError({"owner": _("A next step needs an owner and a date.")})
        _require_owner(owner, by)
    with transaction.atomic():
        page = _page(PageKind.STEPS if kind == LineKind.STEP else PageKind.GOALS, by)
        line: SharedLine = SharedLine.objects.create(
            **authored(by, page.circle),
            page=page,
            kind=kind,
            text=text,
            owner=owner,
            due_on=due_on,
        )
        take_part(by)
        _touch(page, by)
    return line


def change_line(
    line: SharedLine, *, by: Place, text: str | None = None, relation: str | None = None, seen: int | None = None
) -> None:
    """Say how a line is seen together; its words are changed only by the side whose line it is."""
    if text is not None and text != line.text and line.party_id != by.own_party.pk:
        raise ValidationError({"text": _("Only the organisation whose line this is changes its words.")})
    with transaction.atomic():
        line.text, line.relation = text or line.text, relation or line.relation
        save_version(line, seen=seen, fields=["text", "relation"])
        take_part(by)
        _touch(line.page, by)


def remove_line(line: SharedLine, *, by: Place) -> None:
    """The side whose line it is takes it away."""
    if line.party_id != by.own_party.pk:
        raise ValidationError(_("Only the organisation whose line this is takes it away."))
    with transaction.atomic():
        page = line.page
        line.delete()
        _touch(page, by)


def agree_page(page: SharedPage, *, seen: int, by: Place) -> bool:
    """A partner's yes to the page as it stands. Returns whether it was the last one."""
    with transaction.atomic():
        page = SharedPage.objects.of(by.partnership).select_for_update(of=("self",)).get(pk=page.pk)
        if page.version != seen:
            raise ValidationError(_("The page has changed since you looked. Read it again, then agree."), code="stale")
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
                path=_path("diligence:page", by.partnership, page.kind),
                due_on=clock.today() + timedelta(days=14),
                holds_stage=True,
            )
    return not missing


# Depth ----------------------------------------------------------------------------------------------------------------
def propose_depth(*, depth: str, by: Place) -> DepthChoice:
    """Propose to ask more, or less. It counts once every partner has agreed."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        if depth == depth_of(by.partnership):
            raise ValidationError(_("This is the depth you agreed already."))
        DepthChoice.objects.of(by.partnership).filter(adopted_at=None, closed_at=None).update(closed_at=clock.now())
        work.close_items(by.partnership, "dd:depth:")
        choice: DepthChoice = DepthChoice.objects.create(
            **authored(by, partners_circle(by)),
            depth=depth,
        )
        log(DEPTH, by=by, item=choice)
        for party in by.other_partners:
            work.open_item(
                AGREE_DEPTH,
                partnership=by.partnership,
                key=f"dd:depth:{party.pk}",
                party=party,
                circle=choice.circle,
                path=_path("diligence:depth", by.partnership),
                due_on=clock.today() + timedelta(days=7),
            )
        agree_depth(choice, by=by)
    return choice


def agree_depth(choice: DepthChoice, *, by: Place) -> bool:
    """A partner's yes. Returns whether the depth counts now."""
    with transaction.atomic():
        choice = DepthChoice.objects.of(by.partnership).select_for_update(of=("self",)).get(pk=choice.pk)
        if choice.closed_at is not None:
            raise ValidationError(_("Another depth has been proposed since. Look again."))
        DepthConsent.objects.get_or_create(
            choice=choice, party=by.own_party, defaults={"by": by.user, "at": clock.now()}
        )
        work.close_item(by.partnership, f"dd:depth:{by.own_party.pk}")
        if not by.all_partners_in(choice.consents):
            return False
        if choice.adopted_at is None:
            choice.adopted_at = clock.now()
            choice.save(update_fields=["adopted_at"])
            log(DEPTH_AGREED, by=by, item=choice)
            ask_partners(by.partnership)
    return True


# Deciding -------------------------------------------------------------------------------------------------------------
def decide(*, outcome: str, reason: str, by: Place) -> DiligenceDecision:
    """A partner's own decision, by the rule or more careful. Why stays on the own side.

    Its measures become conditions that wait for their owners; its end date waits for the partner.
    """
    with transaction.atomic():
        Party.objects.select_for_update().get(pk=by.own_party.pk)
        basis = basis_of(by.own_party, by.partners)
        rule = basis.evaluation
        if outcome not in rule.allowed:
            raise ValidationError(_not_allowed(outcome, rule.outcome, bool(rule.missing)))
        if (
            outcome != Outcome.NOT_NOW
            and rule.needs_executive
            and (by.seat is None or by.seat.level != SeatLevel.EXECUTIVE)
        ):
            raise ValidationError(_("A risk of 15 or more remains: an executive of your organisation decides."))
        if outcome == Outcome.NOT_NOW and not reason.strip():
            raise ValidationError({"reason": _("Write down why; only your own side reads it.")})
        today = clock.today(by.user.time_zone)
        DiligenceDecision.objects.of(by.partnership).filter(party=by.own_party, superseded_at=None).update(
            superseded_at=clock.now()
        )
        decision: DiligenceDecision = DiligenceDecision.objects.create(
            **authored(by, partners_circle(by)),
            outcome=outcome,
            decided_on=today,
            expires_on=_months_later(today, rule.valid_months),
        )
        if reason.strip():
            DecisionReason.objects.create(
                **authored(by, circle_here(by, CircleKind.OWN)),
                decision=decision,
                text=reason,
            )
        log(DECIDED, by=by, item=decision)
        take_part(by)
        work.close_item(by.partnership, f"dd:ask:{by.own_party.pk}:decide")
        _watch_expiry(decision, by)
        if decision.is_go:
            _make_conditions(by)
        _tell_decided(decision, by)
    return decision


def _not_allowed(outcome: str, rule: str, has_missing: bool) -> str:
    if rule == Outcome.UNDECIDED:
        return _("Something critical is not known yet. Find out, then decide.")
    if rule == Outcome.NOT_NOW:
        return _("By the rule that you share, this is “not now”.")
    if has_missing:
        return _("Each concern needs its measure, with an owner and a date, before you can say go.")
    if rule == Outcome.CONDITIONS and outcome == Outcome.GO:
        return _("There are concerns: say “go, with conditions”.")
    return _("This is not one of the decisions you can take.")


def _months_later(day: date, months: int) -> date:
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    raise AssertionError("every month has a 28th")


def _watch_expiry(decision: DiligenceDecision, by: Place) -> None:
    key = f"dd:expiry:{by.own_party.pk}"
    if not decision.is_go:
        work.close_item(by.partnership, key)
        return
    work.open_item(
        RENEW,
        partnership=by.partnership,
        key=key,
        party=by.own_party,
        circle=decision.circle,
        path=_path("diligence:decision", by.partnership),
        due_on=decision.expires_on,
        item=decision,
    )


def _make_conditions(by: Place) -> None:
    """Measures become conditions: they wait for their owners; those of other partners are released to them."""
    for_others: dict[int, list[Measure]] = {}
    measures = [m for m in standing_measures(by.own_party) if m.done_at is None]
    for measure in measures:
        owner = measure.owner.party
        if owner.pk != by.own_party.pk:
            for_others.setdefault(owner.pk, []).append(measure)
        work.open_item(
            MEET_CONDITION,
            partnership=by.partnership,
            key=f"dd:measure:{measure.pk}",
            party=owner,
            person=measure.owner.asked,
            circle=_circle_with(by, by.own_party, owner),
            path=_path("diligence:decision", by.partnership),
            due_on=measure.due_on,
            item=measure,
        )
    for rows in for_others.values():
        shown = set(
            ReleaseItem.objects.filter(
                model=Measure._meta.label_lower, object_id__in=[m.pk for m in rows], release__recalled_at=None
            ).values_list("object_id", flat=True)
        )
        fresh = [m for m in rows if m.pk not in shown]
        if fresh:
            circle = _circle_with(by, by.own_party, fresh[0].owner.party)
            access.release(fresh, kind=RELEASED_CONDITIONS, to=circle, by=by)


def _tell_decided(decision: DiligenceDecision, by: Place) -> None:
    seats = Seat.objects.filter(
        party__in=[p.pk for p in by.other_partners],
        ended_on=None,
        membership__ended_on=None,
        duty__in=["lead", "stand_in"],
    ).select_related("membership__user")
    notices.post(
        DECIDED_NOTICE,
        to=[s.membership.user for s in seats],
        key=f"dd:decided:{decision.pk}",
        partnership=by.partnership,
        path=_path("diligence:overview", by.partnership),
        names={"party": by.own_party.name},
    )
