"""Writing lessons, handing them in, wording them for others: at the close of a round, and of a partnership."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.reviews.models import Round
from evaluation.reviews.queries import is_settled
from lifecycle.road.signals import stage_changed
from partnerships import clock
from partnerships.access.actions import authored, circle_for, circle_here, put_words, withdraw
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.queries import current
from partnerships.history import kinds as act_kinds
from partnerships.history.actions import log
from partnerships.record.models import Partnership, Party, Seat
from partnerships.record.states import Role, Stage
from partnerships.work import actions as work
from partnerships.work import kinds as work_kinds

from .models import LessonAnswer, LessonApproval, SharedLesson
from .queries import handed_in_by, prompts


def _of_lesson(code: str, label: str | Promise) -> str:
    return act_kinds.register(f"lessons.{code}", label, url_name="lessons:lesson", object_kwarg="lesson")


HANDED_IN = act_kinds.register("lessons.handed_in", gettext_lazy("Lessons handed in"), url_name="lessons:own")
ROUND_HANDED_IN = act_kinds.register(
    "lessons.round_handed_in",
    gettext_lazy("Lessons of a round handed in"),
    url_name="lessons:round",
    object_kwarg="rid",
)
WORDED = _of_lesson("worded", gettext_lazy("Lesson worded for others"))
APPROVED = _of_lesson("approved", gettext_lazy("Lesson for others approved"))
TAKEN_BACK = _of_lesson("taken_back", gettext_lazy("Lesson for others taken back"))
WRITE = work_kinds.register(
    "lessons.write",
    gettext_lazy("Write down what you learned"),
    why=gettext_lazy("What failed teaches the next ones most."),
    rule="long",
)
WRITE_ROUND = work_kinds.register(
    "lessons.write_round",
    gettext_lazy("Write down what this review taught you"),
    why=gettext_lazy("By the end of the partnership nobody remembers it."),
    rule="long",
)
APPROVE = work_kinds.register("lessons.approve", gettext_lazy("Approve a lesson for others"))
#: Days to write them: at the conclusion, and after a round.
WRITE_DAYS, ROUND_DAYS = 60, 30


def ask_for_lessons(partnership: Partnership) -> None:
    """Concluding has begun: each partner owes its lessons."""
    for party in partnership.parties.filter(role="partner", left_on=None):
        _ask(party, partnership, None)


def ask_after_round(round: Round) -> None:
    """The findings of a round are settled: each partner is asked what it learned; who handed in is asked no more."""
    done = set(handed_in_by(round.partnership, round))
    parties = Party.objects.filter(circle_members__circle=round.circle_id, role=Role.PARTNER, left_on=None)
    for party in parties.exclude(pk__in=done) if round.goes_on else []:
        _ask(party, round.partnership, round)


def _ask(party: Party, partnership: Partnership, round: Round | None) -> None:
    work.open_item(
        WRITE if round is None else WRITE_ROUND,
        partnership=partnership,
        key=_key(party, round),
        party=party,
        circle=circle_for(partnership, CircleKind.PARTNERS),
        path=path_of(partnership, round),
        due_on=clock.today() + timedelta(days=WRITE_DAYS if round is None else ROUND_DAYS),
        holds_stage=round is None,
    )


def _key(party: Party, round: Round | None) -> str:
    return f"lessons:{party.pk}" if round is None else f"lessons:{round.public_id}:{party.pk}"


def path_of(partnership: Partnership, round: Round | None) -> str:
    """Where these lessons stand: the page of the round's, or of the conclusion's."""
    if round is None:
        return reverse("lessons:own", args=[partnership.public_id])
    return reverse("lessons:round", args=[partnership.public_id, round.public_id])


def _require_time(round: Round | None) -> None:
    if round is not None and not is_settled(round):
        raise ValidationError(_("Agree on the findings first: each partner says its word on each of them."))


def save_lessons(*, by: Place, texts: Mapping[str, str], seen: Mapping[str, int], round: Round | None = None) -> None:
    """Write the own side's answers. `seen` holds the version of each prompt's answer that was written from."""
    version = current("canvas", "lessons")
    known = {p.code for p in prompts(round)}
    _require_time(round)
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        mine = LessonAnswer.objects.of(by.partnership).filter(party=by.own_party, round=round)
        rows = {r.prompt: r for r in mine}
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
                    round=round,
                    asked=version,
                    prompt=prompt,
                    text=text,
                )
            elif row is not None and row.text != text:
                words = put_words(row, by=by, text=text)
                row.version, row.changed_at = row.version + 1, clock.now()
                row.save(update_fields=["version", "changed_at", *words])


def hand_in(*, by: Place, round: Round | None = None) -> None:
    """The own side shows its lessons to all partners, once; the usual two-step of releases is left out on purpose.

    Both sides owe them, and an empty page would hold the closing: handing in is the release.
    """
    _require_time(round)
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        mine = LessonAnswer.objects.of(by.partnership).filter(party=by.own_party, round=round)
        rows = list(mine.exclude(text=""))
        missing = [str(p.title) for p in prompts(round) if p.code not in {r.prompt for r in rows}]
        if missing:
            raise ValidationError(_("Still missing: %(prompts)s") % {"prompts": ", ".join(missing)})
        if any(r.handed_in_at for r in rows):
            raise ValidationError(_("Your side has handed its lessons in already."))
        circle = circle_here(by, CircleKind.PARTNERS)
        for row in rows:
            row.handed_in_at, row.circle = clock.now(), circle
            row.save(update_fields=["handed_in_at", "circle"])
        log(HANDED_IN if round is None else ROUND_HANDED_IN, by=by, item=round, circle=circle)
        work.close_item(by.partnership, _key(by.own_party, round))


def word_for_others(
    *,
    text: str,
    by: Place,
    about: str = "",
    stage: str = "",
    is_named: bool = False,
    round: Round | None = None,
) -> SharedLesson:
    """A lesson in words that people outside may read, once all partners approve."""
    _require_time(round)
    _require_no_names(text, by=by, is_named=is_named)
    with transaction.atomic():
        lesson: SharedLesson = SharedLesson.objects.create(
            **authored(by, circle_here(by, CircleKind.PARTNERS)),
            round=round,
            text=text,
            about=about,
            stage=stage,
            is_named=is_named,
        )
        log(WORDED, by=by, item=lesson)
        for party in by.other_partners:
            _ask_for_yes(lesson, party)
        approve(lesson, by=by)
    return lesson


def _require_no_names(text: str, *, by: Place, is_named: bool) -> None:
    """What gives the partnership away at once is found by the software; what a reader could guess, only by people."""
    record, folded = by.partnership, _fold(text)
    names = [record.name, record.site, *(p.organisation.name for p in by.parties if not (is_named and p.is_partner))]
    found = [name for name in names if name.strip() and _fold(name) in folded]
    found += [name for name in _full_names(record) if re.search(rf"\b{re.escape(_fold(name))}\b", folded)]
    if found:
        raise ValidationError({"text": _("This names %(names)s. Say it without.") % {"names": ", ".join(found)}})


def _full_names(record: Partnership) -> list[str]:
    """Whoever is seated here, or was. A name of one word may be a word of the language: that is left to the readers."""
    seats = Seat.objects.filter(party__partnership=record)
    names = seats.order_by("membership__user__name").values_list("membership__user__name", flat=True).distinct()
    return [name for name in names if len(name.split()) > 1]


def _fold(words: str) -> str:
    """For comparing: without case and accents, one blank between words."""
    plain = unicodedata.normalize("NFKD", words)
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).casefold().split())


def _ask_for_yes(lesson: SharedLesson, party: Party) -> None:
    work.open_item(
        APPROVE,
        partnership=lesson.partnership,
        key=f"lesson:{lesson.pk}:{party.pk}",
        party=party,
        circle=lesson.circle,
        path=path_of(lesson.partnership, lesson.round),
    )


def approve(lesson: SharedLesson, *, by: Place) -> None:
    """A partner's yes to the wording; the last one lets others read it."""
    with transaction.atomic():
        lesson = SharedLesson.objects.of(by.partnership).select_for_update(of=("self",)).get(pk=lesson.pk)
        if lesson.withdrawn_at is not None:
            raise ValidationError(_("This lesson was taken back meanwhile."))
        _row, made = LessonApproval.objects.get_or_create(
            lesson=lesson, party=by.own_party, defaults={"by": by.user, "at": clock.now()}
        )
        if made:
            log(APPROVED, by=by, item=lesson)
            work.close_item(by.partnership, f"lesson:{lesson.pk}:{by.own_party.pk}")
        if by.all_partners_in(lesson.approvals):
            lesson.approved_at = clock.now()
            lesson.save(update_fields=["approved_at"])


def take_back(lesson: SharedLesson, *, by: Place) -> None:
    """Out of the library at once. Who worded it withdraws it; another partner takes back its yes, and can repeat it.

    What somebody outside has read meanwhile stays read: the page says so before.
    """
    with transaction.atomic():
        lesson = SharedLesson.objects.of(by.partnership).select_for_update(of=("self",)).get(pk=lesson.pk)
        if lesson.party_id == by.own_party.pk:
            withdraw(lesson, by=by)
            work.close_items(by.partnership, f"lesson:{lesson.pk}:")
        else:
            lesson.approvals.filter(party=by.own_party).delete()
            lesson.approved_at = None
            lesson.save(update_fields=["approved_at"])
            _ask_for_yes(lesson, by.own_party)
        log(TAKEN_BACK, by=by, item=lesson)


def on_stage_changed(sender: object, partnership: Partnership, move: object, **kwargs: object) -> None:
    if partnership.stage == Stage.CONCLUDING and partnership.is_open:
        ask_for_lessons(partnership)


stage_changed.connect(on_stage_changed, dispatch_uid="lessons.ask")
