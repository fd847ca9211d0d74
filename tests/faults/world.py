"""Fills an installation's database with a small world, made by the actions; prints who is in it, as JSON.

A program of its own: what it fills shares nothing with the tests' database. Two records: one whose people write, and
one with reports, whose reviews are due to be opened one after the other.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Any

#: Groups of commitments; the reminders of each group come on days of their own.
GROUPS, IN_A_GROUP, REPORTS = 12, 10, 18
#: Reviews that all have handed in, and the days from now on which each of them opens.
OPENINGS = {"baseline": 16, "regular": 19, "pulse": 22}


def main() -> None:
    import supervise

    supervise.set_up_django()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_catalogue", verbosity=0)
    sys.stdout.write(json.dumps({"record": record_of_writers(), "review": record_of_a_review()}) + "\n")


def session_of(user: Any) -> str:
    from django.test import Client

    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return str(client.cookies["sessionid"].value)


def record_of_writers() -> dict[str, Any]:
    from lifecycle.delivery.actions import make
    from partnerships import clock
    from partnerships.record.states import Duty
    from tests.factories import PASSWORD, make_partnership

    world = make_partnership(partners=2, broker=True)
    people = {}
    for side in ("ngo", "company"):
        people[side] = world.leads[side]
        for number in (1, 2):
            people[f"{side}{number}"] = world.colleague(side, duty=Duty.MEMBER).user
    people["broker"] = world.leads["broker"]
    for group in range(GROUPS):
        for number in range(IN_A_GROUP):
            make(
                what=f"Group {group}, commitment {number}.",
                owner=world.party(("ngo", "company")[number % 2]),
                due_on=clock.today() + timedelta(days=10 + 30 * group),
                by=world.ngo,
            )
    return {
        "pid": world.pid,
        "password": PASSWORD,
        "people": {
            name: {
                "email": user.email,
                "session": session_of(user),
                "organisation": user.memberships.get().organisation.public_id,
            }
            for name, user in people.items()
        },
    }


def record_of_a_review() -> dict[str, Any]:
    from evaluation.reports.actions import make_report
    from evaluation.reviews.actions import add_finding
    from partnerships import clock
    from tests.evaluation.reviews.conftest import make_world

    with clock.at(clock.now() - timedelta(days=60)):
        world = make_world()
        opened = world.opened(ngo=2, company=4)
    reports = []
    for number in range(REPORTS):
        add_finding(opened, text=f"Finding {number}. " + "What we saw at the wells. " * 20, by=world.lead("ngo"))
        reports.append(make_report(opened, audience="partners", by=world.lead("ngo")).public_id)
    for kind, days in OPENINGS.items():
        due = world.started(kind=kind, opening_at=clock.now() + timedelta(days=days))
        for side in ("ngo", "company"):
            world.agreed(due, side)
    return {
        "pid": world.partnership.public_id,
        "session": session_of(world.leads["ngo"]),
        "opened": opened.public_id,
        "reports": reports,
    }


if __name__ == "__main__":
    from tests.faults import ground  # noqa: F401 - puts bin/ on the path

    main()
