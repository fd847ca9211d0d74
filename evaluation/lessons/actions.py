"""Writing lessons, handing them in, wording them for others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.road.signals import stage_changed
from partnerships import clock
from partnerships.access.actions import authored, circle_for, circle_here
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.queries import current
from partnerships.history import kinds as act_kinds
from partnerships.history.actions import log
from partnerships.record.models import Partnership
from partnerships.record.states import Stage
from partnerships.work import actions as work
from partnerships.work import kinds as work_kinds

from .models import LessonAnswer, LessonApproval, SharedLesson
from .queries import prompts

HANDED_IN = act_kinds.register("lessons.handed_in", gettext_lazy("Lessons handed in"), url_name="lessons:own")
WORDED = act_kinds.register("lessons.worded", gettext_lazy("Lesson worded for others"), url_name="lessons:own")
APPROVED = act_kinds.register("lessons.approved", gettext_lazy("Lesson for others approved"), url_name="lessons:own")
WRITE = work_kinds.register(
    "lessons.write",
    gettext_lazy("Write down what you learned"),
    why=gettext_lazy("What failed teaches the next ones most."),
    rule="long",
)
APPROVE = work_kinds.register("lessons.approve", gettext_lazy("Approve a lesson for others"))
WRITE_DAYS = 60


def ask_for_lessons(partnership: Partnership) -> None:
    """Concluding has begun: each partner owes its lessons."""
    for party in partnership.parties.filter(role="partner", left_on=None):
        work.open_item(
            WRITE,
            partnership=partnership,
            key=f"lessons:{party.pk}",
            party=party,
            circle=circle_for(partnership, CircleKind.PARTNERS),
            path=reverse("lessons:own", args=[partnership.public_id]),
            due_on=clock.today() + timedelta(days=WRITE_DAYS),
            holds_stage=True,
        )


def save_lessons(*, by: Place, texts: Mapping[str, str], seen: Mapping[str, int]) -> None:
    """Write the own side's answers. `seen` holds the version of each prompt's answer that was written from."""
    version = current("canvas", "lessons")
    known = {p.code for p in prompts().items}
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        rows = {r.prompt: r for r in LessonAnswer.objects.of(by.partnership).filter(party=by.own_party)}
        if any(r.handed_in_at for r in rows.values()):
            raise ValidationError(
                _("Your side has handed its lessons in. Withdraw or add a lesson for others instead.")
            )
        for prompt, text in texts.items():
            if prompt not in known:
                continue
            row = rows.get(prompt)
            if row is not None and row.version != seen.get(prompt, row.version):
                raise ValidationError(
                    _("Somebody else saved this while you were writing. Compare, and save again."), code="stale"
                )
            if row is None and text.strip():
                LessonAnswer.objects.create(
                    **authored(by, circle_here(by, CircleKind.OWN)),
                    asked=version,
                    prompt=prompt,
                    text=text,
                )
            elif row is not None and row.text != text:
                row.text, row.version, row.changed_at, row.author = text, row.version + 1, clock.now(), by.user
                row.save(update_fields=["text", "version", "changed_at", "author"])


def hand_in(*, by: Place) -> None:
    """The own side shows its lessons to all partners, once; the usual two-step of releases is left out on purpose.

    Both sides owe them, and an empty page would hold the closing: handing in is the release.
    """
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        rows = list(LessonAnswer.objects.of(by.partnership).filter(party=by.own_party).exclude(text=""))
        missing = [str(p.title) for p in prompts().items if p.code not in {r.prompt for r in rows}]
        if missing:
            raise ValidationError(_("Still missing: %(prompts)s") % {"prompts": ", ".join(missing)})
        if any(r.handed_in_at for r in rows):
            raise ValidationError(_("Your side has handed its lessons in already."))
        circle = circle_here(by, CircleKind.PARTNERS)
        for row in rows:
            row.handed_in_at, row.circle = clock.now(), circle
            row.save(update_fields=["handed_in_at", "circle"])
        log(HANDED_IN, by=by, circle=circle)
        work.close_item(by.partnership, f"lessons:{by.own_party.pk}")


def word_for_others(*, text: str, by: Place) -> SharedLesson:
    """A lesson in words that people outside may read, once all partners approve."""
    with transaction.atomic():
        lesson = SharedLesson.objects.create(
            **authored(by, circle_here(by, CircleKind.PARTNERS)),
            text=text,
        )
        log(WORDED, by=by, item=lesson)
        for party in by.other_partners:
            work.open_item(
                APPROVE,
                partnership=by.partnership,
                key=f"lesson:{lesson.pk}:{party.pk}",
                party=party,
                circle=lesson.circle,
                path=reverse("lessons:own", args=[by.partnership.public_id]),
            )
        approve(lesson, by=by)
    return lesson


def approve(lesson: SharedLesson, *, by: Place) -> None:
    """A partner's yes to the wording; the last one lets others read it."""
    with transaction.atomic():
        lesson = SharedLesson.objects.of(by.partnership).select_for_update(of=("self",)).get(pk=lesson.pk)
        _row, made = LessonApproval.objects.get_or_create(
            lesson=lesson, party=by.own_party, defaults={"by": by.user, "at": clock.now()}
        )
        if made:
            log(APPROVED, by=by, item=lesson)
            work.close_item(by.partnership, f"lesson:{lesson.pk}:{by.own_party.pk}")
        if by.all_partners_in(lesson.approvals):
            lesson.approved_at = clock.now()
            lesson.save(update_fields=["approved_at"])


def on_stage_changed(sender: object, partnership: Partnership, move: object, **kwargs: object) -> None:
    if partnership.stage == Stage.CONCLUDING and partnership.is_open:
        ask_for_lessons(partnership)


stage_changed.connect(on_stage_changed, dispatch_uid="lessons.ask")
