"""Fills the data folder of an installation (CG_VAR) with a review that was opened, and its report not yet on paper.

A program of its own: the processes that a test starts on that folder share nothing with the test's database. Prints the
address of the report and a signed-in session of the partner's lead who waits for it.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def main() -> None:
    sys.path[:0] = [str(ROOT), str(ROOT / "bin")]
    import supervise

    supervise.make_keys()
    supervise.set_up_django()
    from django.core.management import call_command
    from django.test import Client
    from django.urls import reverse

    from evaluation.reports.actions import make_report, release_to_organisation
    from evaluation.reviews.actions import add_finding
    from partnerships import clock
    from partnerships.people.models import Membership, User
    from tests.evaluation.reviews.conftest import make_world

    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_catalogue", verbosity=0)
    with clock.at(clock.now() - timedelta(days=60)):
        world = make_world()
        round = world.opened(ngo=2, company=4)
    # Some pages, so that making them takes a moment in which the worker can be killed.
    for number in range(25):
        add_finding(round, text=f"Finding {number}. " + "What we saw at the wells. " * 20, by=world.lead("ngo"))
    report = make_report(round, audience="partners", by=world.lead("ngo"))
    client = Client()
    client.force_login(world.leads["ngo"], backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("reports:report", args=[world.partnership.public_id, report.public_id])
    # And an administrator of that side, who may export two reports.
    place = world.lead("ngo")
    for each in (report, make_report(round, audience="own", by=place)):
        release_to_organisation(each, by=place)
    administrator = User.objects.create_user("admin@example.org", name="Administrator")
    Membership.objects.create(user=administrator, organisation=place.own_party.organisation, role="administrator")
    theirs = Client()
    theirs.force_login(administrator, backend="django.contrib.auth.backends.ModelBackend")
    sessions = (client.cookies["sessionid"].value, theirs.cookies["sessionid"].value)
    sys.stdout.write(f"{address} {' '.join(sessions)}\n")


if __name__ == "__main__":
    main()
