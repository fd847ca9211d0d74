"""What scoping asks before the next stage opens, and the affected people's answer that the agreement waits for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lifecycle.road.registry import Condition, register_forms, register_gate
from partnerships.access.places import Place
from partnerships.looks.format import and_list
from partnerships.record import registry
from partnerships.record.models import Party
from partnerships.record.registry import Tab, register_tab
from partnerships.record.states import Stage

from . import queries
from .actions import follow_parties, follow_rules, settle_way
from .states import ALTERNATIVE_QUESTION, AnswerOutcome, BodySays, SentenceKind, SheetKind


def _url(place: Place, name: str) -> str:
    return reverse(f"scoping:{name}", args=[place.partnership.public_id])


def _ids(parties: Iterable[Party]) -> tuple[int, ...]:
    return tuple(p.pk for p in parties)


def _names(parties: Iterable[Party]) -> str:
    return and_list([p.name for p in parties])


def _waits(parties: list[Party]) -> str:
    return _("Waiting for %(names)s.") % {"names": _names(parties)} if parties else ""


def rules_and_screens(place: Place) -> list[Condition]:
    """Ground rules, screens, the alternative, motive notes. Two queries."""
    states = queries.sheet_states(place, SheetKind.SCREEN, SheetKind.MOTIVES)
    answers = queries.opened_screen_answers(place)
    return [_rules(place), _screens(place, states, answers), _motives(place, states), _alternative(place, answers)]


def _rules(place: Place) -> Condition:
    asked = [p for p in place.present if p.role in {"partner", "broker"}]
    missing = [p for p in asked if p.rules_accepted_at is None]
    alone = len(place.partners) < 2
    return Condition(
        code="scoping.rules",
        title=gettext_lazy("Ground rules accepted by all partners"),
        met=not missing and not alone,
        facts=_("No second partner has joined yet.") if alone else _waits(missing),
        lessons=("S3",),
        path=reverse("record:people" if alone else "record:ground_rules", args=[place.partnership.public_id]),
        waiting_for=_ids(place.partners if alone else missing),
        waivable=False,
        order=0,
    )


def _screens(
    place: Place, states: dict[str, list[queries.SheetState]], answers: list[queries.OpenedAnswer]
) -> Condition:
    screens = states[SheetKind.SCREEN]
    missing = [s.party for s in screens if not s.is_in]
    opened = len(screens) > 1 and all(s.is_open for s in screens)
    stops = [a for a in answers if a.outcome == AnswerOutcome.STOP]
    by_id = {p.pk: p for p in place.parties}
    if not opened:
        facts = _waits(missing)
    elif stops:
        told = sorted({(by_id[a.party_id].name, a.question) for a in stops if a.readable})
        facts = " ".join(_("%(name)s says stop on question %(number)s.") % {"name": n, "number": q} for n, q in told)
    else:
        facts = _("All are open, and nobody says stop.")
    # Who said it is for those who may read the answer.
    stopping = tuple({a.party_id for a in stops if a.readable})
    return Condition(
        code="scoping.screen",
        title=gettext_lazy("Every partner’s fit screen in, and no stop"),
        met=opened and not stops,
        facts=facts,
        lessons=("S2", "DD4"),
        path=_url(place, "screen"),
        waiting_for=stopping if opened else _ids(missing),
        waivable=not stops,
        order=20,
    )


def _motives(place: Place, states: dict[str, list[queries.SheetState]]) -> Condition:
    notes = states[SheetKind.MOTIVES]
    missing = [s.party for s in notes if not s.is_in]
    return Condition(
        code="scoping.motives",
        title=gettext_lazy("Motive notes exchanged"),
        met=len(notes) > 1 and all(s.is_open for s in notes),
        facts=_waits(missing),
        lessons=("DD1",),
        path=_url(place, "motives"),
        waiting_for=_ids(missing),
        order=10,
    )


def _alternative(place: Place, answers: list[queries.OpenedAnswer]) -> Condition:
    """Compared, or at least written down with question 6 of the screen, by every partner."""
    weighed = {
        a.party_id
        for a in answers
        if a.question == ALTERNATIVE_QUESTION and (a.outcome == AnswerOutcome.READY or a.has_text)
    }
    missing = [p for p in place.partners if p.pk not in weighed]
    return Condition(
        code="scoping.alternative",
        title=gettext_lazy("The alternative considered"),
        met=bool(answers) and not missing,
        facts=_(
            "%(names)s: compare with a grant, a contract, own-sector work and nothing, or write a line about it "
            "with question 6 of the screen."
        )
        % {"names": _names(missing)}
        if answers and missing
        else _("Answered with question 6 of the fit screen; it counts once the screens are open.")
        if not answers
        else "",
        lessons=("S2",),
        path=_url(place, "screen"),
        waiting_for=_ids(missing) if answers else (),
        order=30,
    )


def sentences(place: Place) -> list[Condition]:
    """The purpose, and what to say if someone asks. Two queries."""
    found = queries.sentences_for_gate(place)
    missing = [k for k in SentenceKind.values if k not in found]
    open_ones = [found[k] for k in SentenceKind.values if k in found and not found[k].by_all]
    waited = {p.pk: p for a in open_ones for p in a.missing}
    if missing:
        waited = {p.pk: p for p in place.partners}
        facts = (
            _("Neither of the two sentences is written yet.")
            if len(missing) == len(SentenceKind.values)
            else _("Not written yet: the %(what)s.") % {"what": str(SentenceKind(missing[0]).label).lower()}
        )
    else:
        facts = _waits([p for p in place.partners if p.pk in waited])
    return [
        Condition(
            code="scoping.sentences",
            title=gettext_lazy("Purpose and “if someone asks” sentence agreed"),
            met=not missing and not open_ones,
            facts=facts,
            lessons=("EC4",),
            path=_url(place, "sentences"),
            waiting_for=tuple(waited),
            order=40,
        )
    ]


def affected_asked(place: Place) -> list[Condition]:
    """Those affected, through bodies they recognise, were asked. Two queries."""
    standings = queries.body_standings(place)
    asked = [b for b in standings if b.asked]
    not_asked = [b for b in standings if not b.asked and b.known]
    if not standings:
        facts = _("No body is named yet.")
    elif asked:
        facts = ngettext("%(count)s body was asked.", "%(count)s bodies were asked.", len(asked)) % {
            "count": len(asked)
        }
    elif not_asked:
        facts = _("Named, and not asked yet: %(names)s.") % {"names": and_list([b.name for b in not_asked])}
    else:
        facts = ""
    return [
        Condition(
            code="scoping.asked",
            title=gettext_lazy("Affected people asked whether and how they wish to be involved"),
            met=bool(asked),
            facts=facts,
            lessons=("EC6",),
            path=_url(place, "affected"),
            waiting_for=() if asked else _ids(place.partners),
            order=50,
        )
    ]


def affected_answer(place: Place) -> list[Condition]:
    """The affected people’s answer to this partnership. Nothing overrides it. Two queries."""
    standings = queries.body_standings(place)
    met = queries.affected_answer_is_recorded(standings)
    to_ask = [b for b in standings if not b.partnership and b.involvement != BodySays.NO]
    present = {p.pk for p in place.present}
    # That a body was asked is for those who know of it, here as in the sentence.
    asked = [b.body_party_id for b in to_ask if b.known and b.asked_about_partnership]
    return [
        Condition(
            code="scoping.affected_answer",
            title=gettext_lazy("The affected people’s answer to this partnership"),
            met=met,
            facts=" ".join(_told(standings, to_ask)),
            lessons=("EC6", "S3"),
            path=_url(place, "affected"),
            waiting_for=() if met else tuple(pk for pk in asked if pk in present) or _ids(place.partners),
            waivable=False,
            order=5,
        )
    ]


def _told(standings: list[queries.BodyStanding], to_ask: list[queries.BodyStanding]) -> list[str]:
    """Only what this reader may know of it."""
    said = {
        BodySays.WANT: _("%(name)s: they want it."),
        BodySays.MIXED: _("%(name)s: asked, views are mixed."),
        BodySays.REFUSE: _("%(name)s: they said no to this partnership."),
    }
    lines = [said[BodySays(b.partnership)] % {"name": b.name} for b in standings if b.partnership and b.readable]
    waiting = [b.name for b in to_ask if b.known]
    if waiting:
        lines.append(_("No answer yet: %(names)s.") % {"names": and_list(waiting)})
    if not standings:
        lines.append(_("No body is named yet."))
    return lines


def _needs(place: Place) -> Callable[[str], bool]:
    return queries.unlocked(place).shows


def register() -> None:
    register_forms(_needs)
    registry.on_rules_accepted.append(follow_rules)
    registry.on_parties_changed.append(follow_parties)
    registry.on_parties_changed.append(settle_way)
    register_gate(Stage.SCOPING, rules_and_screens)
    register_gate(Stage.SCOPING, sentences)
    register_gate(Stage.SCOPING, affected_asked)
    register_gate(Stage.AGREEMENT, affected_answer)
    register_tab(Tab("scoping", gettext_lazy("Scoping"), "scoping:overview", 10))
