"""A record with many people and rounds: two hundred answer each of six reviews, sealed and opened like every other."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from config.stories.telling import Story, World, tell
from evaluation.reviews import actions, sealing
from evaluation.reviews.models import Part, Respondent, Round, SealedAnswer
from evaluation.reviews.queries import context_of
from evaluation.reviews.states import RespondentState
from partnerships import clock
from partnerships.catalogue.queries import current
from partnerships.record.models import Partnership

MANY = "Many answers"
PEOPLE, ROUNDS = 200, 6
DAYS_APART = 120


def many_answers(world: World, opening: list[dict[str, Any]]) -> Partnership:
    """Two partners of a hundred people each, asked by mail; every statement of the instrument."""
    story = Story(world, MANY)
    tell(story, opening)
    chance = random.Random(5)
    for number in range(ROUNDS):
        with clock.at(clock.now() - timedelta(days=DAYS_APART * (ROUNDS - number))):
            _round(story, chance)
    return story.partnership


def _round(story: Story, chance: random.Random) -> None:
    moment = clock.now()
    lead, other = story.place("aissata"), story.place("philip")
    plan = actions.Plan(moment, moment + timedelta(days=14), moment + timedelta(days=16), in_full=True)
    made = actions.plan_round("regular", plan, instrument=current("instrument", "review"), by=lead)
    actions.agree_dates(made, seen=made.version, by=other)
    actions.start_round(made)
    for place in (lead, other):
        part = Part.objects.of(story.partnership).get(round=made, party=place.own_party)
        addresses = [f"person{n}.{place.own_party.pk}@bench.example" for n in range(PEOPLE // 2)]
        part = actions.choose_individual(part, seats=[], addresses=addresses, by=place)
        people = list(part.respondents.select_related("part"))
        # As the page seals them, without a page for each of seven screens and two hundred people.
        SealedAnswer.objects.bulk_create(
            SealedAnswer(
                part=part,
                respondent=person,
                ciphertext=sealing.seal(_answers(made, chance), context=context_of(person)),
            )
            for person in people
        )
        part.respondents.update(state=RespondentState.DONE)
        actions.submit_part(part, by=place)
    made.refresh_from_db()
    with clock.at(made.opening_at):
        actions.open_round(made)


def _answers(made: Round, chance: random.Random) -> dict[str, Any]:
    answers = {code: chance.choice([None, 0, 1, 2, 2, 3, 3, 4]) for code in made.statements}
    return {"answers": answers, "comments": {}, "guesses": {}, "versions": {}}


def results_path() -> str:
    """Its latest results."""
    record = Partnership.objects.get(name__startswith=MANY)
    latest = Round.objects.of(record).latest("pk")
    if Respondent.objects.filter(part__round=latest).count() != PEOPLE:
        raise SystemExit(f"The figures are of {PEOPLE} respondents.")
    return f"/p/{record.public_id}/reviews/{latest.public_id}/"
