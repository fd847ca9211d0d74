"""The demo world: loaded once, whole, by the actions of the pages; what it promises, and what it keeps apart."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.management.commands.demo_signins import SIGNINS
from config.stories.loader import load, story_files
from config.stories.people import PASSWORD, address
from config.stories.telling import Story, StoryError, World, tell
from evaluation.reports.models import ReportJob
from evaluation.reviews.models import Comment, Round
from lifecycle.agreement.models import Agreement
from lifecycle.attention.models import Flag
from lifecycle.communication.models import Incident
from lifecycle.delivery.models import Commitment, Contribution
from lifecycle.diligence.models import Risk
from lifecycle.diligence.queries import checklist, with_papers
from lifecycle.diligence.queries.breadth import breadth_of
from lifecycle.scoping.models import Sheet, SheetAnswer
from partnerships.access.guard import place_of
from partnerships.notices.models import Notice
from partnerships.people.models import User
from partnerships.record.models import Partnership, Seat
from partnerships.record.states import Stage, Standing

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The whole world, taken back after this file."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load()
        transaction.set_rollback(True)


def sign_in(person: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=address(person)), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_twelve_partnerships_lie_all_along_the_road(world: World) -> None:
    assert len(world.records) == len(story_files()) == Partnership.objects.count() == 12
    stages = set(Partnership.objects.values_list("stage", flat=True))
    assert stages >= {*Stage.values} - {Stage.CONCLUDED}
    assert world.records["sende"].children.count() == 2
    standing = {name: Partnership.objects.get(pk=record.pk).standing for name, record in world.records.items()}
    assert standing["kollo"] == Standing.NOT_PURSUED
    assert standing["sarro"] == Standing.CLOSED


def test_three_partners_one_of_them_a_public_authority(world: World) -> None:
    partners = world.records["landmap"].parties.filter(role="partner")
    assert {p.organisation.kind for p in partners} == {"ngo", "company", "government"}


def test_the_healthy_one_has_five_opened_rounds(world: World) -> None:
    rounds = Round.objects.of(world.records["kessa"]).filter(kind="regular", state="opened")
    assert rounds.count() == 5
    counts = rounds.latest("number").parts.values_list("respondents_count", flat=True)
    assert all(count is not None and count >= 5 for count in counts)


def test_each_picture_has_something_true_to_show(world: World) -> None:
    cash = Contribution.objects.of(world.records["quartz"]).filter(kind="cash").values_list("amount", flat=True)
    assert max(amount or 0 for amount in cash) == 5_600_000
    assert Agreement.objects.of(world.records["kessa"]).filter(kind="mou", state="signed").exists()
    assert Commitment.objects.of(world.records["kessa"]).filter(state="confirmed").exists()
    assert Incident.objects.of(world.records["lacnoir"]).filter(closed_at=None).exists()
    assert Flag.objects.of(world.records["marl"]).filter(high=True, cleared_at=None).exists()
    assert ReportJob.objects.filter(report__partnership=world.records["kessa"], state="done").exists()


def test_every_record_says_what_it_works_on_and_a_site_takes_over_from_its_umbrella(world: World) -> None:
    for name, record in world.records.items():
        assert Partnership.objects.get(pk=record.pk).sectors, name
    dema, sende = world.records["dema"], world.records["sende"]
    risk = Risk.objects.of(dema).get(inherited_from__isnull=False)
    assert risk.inherited_from is not None
    assert risk.inherited_from.partnership == sende
    place = place_of(world.people["lucia"], dema)
    assert any(met.above for _who, row in breadth_of(place).visits for met in row)
    row = checklist(place.own_party, place.own_party, place.partners).row("2.2")
    assert row is not None
    with_papers([row], place)
    assert [c.document.title for c in row.citations_above] == ["Ownership chart of the group"]


def test_what_one_side_wrote_alone_stays_there(world: World) -> None:
    birrim = world.records["birrim"]
    answers = SheetAnswer.objects.of(birrim)
    assert answers.exists()
    assert not answers.visible_to(world.people["ruth"]).exists()
    comments = Comment.objects.of(world.records["marl"])
    assert comments.visible_to(world.people["abena"]).exists()
    assert not comments.visible_to(world.people["harriet"]).exists()
    assert not comments.visible_to(world.people["leonie"]).exists()


def test_nobody_outside_finds_a_record(world: World) -> None:
    assert sign_in("claire").get(f"/p/{world.records['kessa'].public_id}/").status_code == 404


def test_both_screens_opened_in_one_moment(world: World) -> None:
    opened = Sheet.objects.of(world.records["tandi"]).filter(kind="screen").values_list("opened_at", flat=True)
    assert len(opened) == 2
    assert len(set(opened)) == 1


def test_no_mail_of_the_past_goes_out(world: World) -> None:
    assert Notice.objects.unguarded("all that is owed").exists()
    assert not Notice.objects.unguarded("all that is owed").filter(mail_state="pending").exists()


def test_each_printed_person_can_sign_in_and_sees_a_home_page(world: World, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    out = StringIO()
    call_command("demo_signins", stdout=out)
    assert PASSWORD in out.getvalue()
    for _role, person in SIGNINS:
        assert address(person) in out.getvalue()
        assert User.objects.get(email=address(person)).check_password(PASSWORD)
        assert sign_in(person).get("/").status_code == 200


def test_a_second_load_refuses(world: World) -> None:
    people = User.objects.count()
    with pytest.raises(CommandError, match="empty one only"):
        call_command("load_demo", verbosity=0)
    assert User.objects.count() == people


def test_a_step_that_the_software_refuses_is_named(world: World) -> None:
    story = Story(world, "kessa")
    story.partnership = world.records["kessa"]
    with pytest.raises(StoryError, match="step 1, move"):
        tell(story, [{"move": ["aissata", "philip"]}])
    with pytest.raises(StoryError, match="no verb 'fly'"):
        tell(story, [{"fly": "away"}])


def test_without_the_demo_world_no_signins_are_printed(world: World) -> None:
    User.objects.filter(email=address("aissata")).update(email="x@example.org")
    out = StringIO()
    call_command("demo_signins", stdout=out)
    assert "aissata" not in out.getvalue()


def test_every_record_opens_with_few_statements_for_everybody_in_it(world: World) -> None:
    """Whatever has happened in it, and on whatever stage it is: gate conditions and all."""
    sign_in("aissata").get(f"/p/{world.records['kessa'].public_id}/")  # Each process reads its catalogue once.
    asked: dict[tuple[str, str], int] = {}
    for name, record in world.records.items():
        for seat in Seat.objects.filter(party__partnership=record, ended_on=None, membership__ended_on=None):
            user, client = seat.membership.user, Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            with CaptureQueriesContext(connection) as statements:
                assert client.get(f"/p/{record.public_id}/").status_code in {200, 302}
            asked[name, user.name] = len(statements)
    assert max(count for (name, _who), count in asked.items() if name == "kessa") <= 20
    # An agreement that is being made has a dozen conditions, each with what it asks.
    assert max(asked.values()) <= 32, {key: count for key, count in asked.items() if count > 32}
