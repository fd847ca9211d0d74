"""Verbs of outcomes: indicators and their values, what changed, what each got, what it took."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from evaluation.outcomes import actions as outcomes
from evaluation.outcomes.counting import quarter_of
from evaluation.outcomes.models import Indicator, Measurement, Outcome
from partnerships import clock
from partnerships.access.actions import circle_here, open_release
from partnerships.access.models import Release

from .telling import Story, money, verb


def _opened(story: Story, bundle: Release, people: list[str]) -> None:
    for person in people:
        open_release(bundle, by=story.place(person))


def _indicator(story: Story, name: str) -> Indicator:
    found: Indicator = (
        Indicator.objects.of(story.partnership)
        .select_related("circle", "partnership", "measured_by")
        .get(pk=story.kept[name].pk)
    )
    return found


@verb
def indicator(story: Story, by: Any, takes: Any) -> None:
    """name (kept), what, unit, direction, layer, baseline [value, day, source], target [value, day], every,
    measured_by, circle; values [[day, value, source, note]]."""
    baseline, target = takes.get("baseline"), takes.get("target")
    values = {
        "name": takes["what"],
        "unit": takes["unit"],
        "direction": takes.get("direction", "more"),
        "layer": takes.get("layer", "project"),
        "baseline": money(baseline[0]) if baseline else None,
        "baseline_on": story.date(baseline[1]) if baseline else None,
        "baseline_source": baseline[2] if baseline else "",
        "target": money(target[0]) if target else None,
        "target_on": story.date(target[1]) if target else None,
        "frequency": takes.get("every", "half_yearly"),
    }
    if "measured_by" in takes:
        values["measured_by"] = story.party(takes["measured_by"])
    made = outcomes.set_indicator(by=story.place(by), values=values, circle_kind=takes.get("circle", "partners"))
    story.kept[takes["name"]] = made
    for day, value, *words in takes.get("values", []):
        with clock.at(story.moment(day, 9)):
            source, note = [*words, "", ""][:2]
            story.kept[f"{takes['name']} {day}"] = outcomes.measure(
                made, by=story.place(by), on=story.date(day), measured=Decimal(str(value)), source=source, note=note
            )


@verb
def corrected(story: Story, by: Any, takes: Any) -> None:
    """of (the indicator's name), day, value, source, note, why."""
    found = Measurement.objects.of(story.partnership).get(pk=story.kept[f"{takes['of']} {takes['day']}"].pk)
    outcomes.correct(
        found, by=story.place(by), on=found.on, measured=Decimal(str(takes["value"])),
        source=takes.get("source", found.source), note=takes.get("note", ""), why=takes["why"], seen=found.version,
    )  # fmt: skip


@verb
def target_moved(story: Story, by: Any, takes: Any) -> None:
    """of, target, why."""
    found = _indicator(story, takes["of"])
    outcomes.change_indicator(
        found, by=story.place(by), values={"target": money(takes["target"])}, seen=found.version, why=takes["why"]
    )


@verb
def outcome(story: Story, by: Any, takes: Any) -> None:
    """kind (told, counted, harm), name (kept), what, for, known, since, response, of (an indicator), circle;
    confirmed [people]; different {person: words}."""
    place = story.place(by)
    made = outcomes.record_outcome(
        kind=takes.get("kind", "told"),
        by=place,
        circle=circle_here(place, takes.get("circle", "partners")),
        values={
            "what": takes["what"], "for_whom": takes["for"], "how_known": takes["known"],
            "since": story.date(takes["since"]), "response": takes.get("response", ""),
        },
        indicator=story.kept[takes["of"]] if "of" in takes else None,
    )  # fmt: skip
    story.kept[takes.get("name", takes["what"])] = made
    for person in takes.get("confirmed", []):
        outcomes.voice(made, stance="confirmed", words="", seen=made.version, by=story.place(person))
    for person, words in takes.get("different", {}).items():
        outcomes.voice(made, stance="different", words=words, seen=made.version, by=story.place(person))


@verb
def reworded(story: Story, by: Any, takes: Any) -> None:
    """of (an outcome's name), and what changes: what, for, known, response."""
    found = Outcome.objects.of(story.partnership).get(pk=story.kept[takes["of"]].pk)
    names = {"what": "what", "for": "for_whom", "known": "how_known", "response": "response"}
    values = {name: getattr(found, name) for name in (*names.values(), "since")}
    values |= {name: takes[said] for said, name in names.items() if said in takes}
    outcomes.reword_outcome(found, by=story.place(by), values=values, seen=found.version)


@verb
def got(story: Story, by: Any, takes: Any) -> None:
    """What a side got: values [[kind, words, from, to, amount, currency]]; shown (a circle), opened [people]."""
    made = []
    for kind, words, first, last, *amount in takes["values"]:
        value, currency = amount or (None, "")
        made.append(
            outcomes.write_value(
                by=story.place(by),
                values={
                    "kind": kind, "words": words, "starts_on": story.date(first), "ends_on": story.date(last),
                    "amount": money(value), "currency": currency,
                },
            )
        )  # fmt: skip
    if "shown" in takes:
        bundle = outcomes.show_values(made, to=takes["shown"], by=story.place(by))
        _opened(story, bundle, takes.get("opened", []))


@verb
def worked(story: Story, by: Any, takes: Any) -> None:
    """Hours by the month: {person: [[day, coordinating, delivering]]}."""
    for person, months in takes.items():
        for day, coordinating, delivering in months:
            outcomes.write_hours(
                by=story.place(by), person=story.world.people[person], span="month", day=story.date(day),
                coordinating=Decimal(str(coordinating)), delivering=Decimal(str(delivering)),
            )  # fmt: skip


@verb
def spent(story: Story, by: Any, takes: Any) -> None:
    """Cost of partnering: [[what, day, amount, currency, form]]."""
    for what, day, amount, currency, *form in takes:
        outcomes.write_cost(
            by=story.place(by),
            values={
                "what": what, "on": story.date(day), "amount": money(amount), "currency": currency,
                "form": form[0] if form else "cash",
            },
        )  # fmt: skip


@verb
def effort(story: Story, by: Any, takes: Any) -> None:
    """Totals of the quarter of a day are shown: of, shown (a circle), opened [people]."""
    first, _last = quarter_of(story.date(takes["of"]))
    bundle = outcomes.show_effort(first, to=takes.get("shown", "partners"), by=story.place(by))
    _opened(story, bundle, takes.get("opened", []))
