from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from lifecycle.agreement import queries, terms
from lifecycle.agreement.models import Terms, months_between
from tests.factories import World
from tests.lifecycle.agreement.conftest import propose, signed, terms_agreed

pytestmark = pytest.mark.django_db


def test_terms_hold_once_all_partners_agree(world: World) -> None:
    made = propose(world)
    assert queries.terms_in_force(world.partnership) is None
    assert not terms.agree_to_terms(made, by=world.ngo)
    assert terms.agree_to_terms(made, by=world.company)
    held = queries.terms_in_force(world.partnership)
    assert held is not None
    assert held.review_budget == Decimal("180000.00")
    assert held.months == 72
    assert not world.partnership.work_items.filter(kind="agreement.terms", closed_at=None).exists()


def test_a_new_version_needs_everybody_again(world: World) -> None:
    first = terms_agreed(world)
    second = propose(world, seen=1, review_days=20, by="company")
    assert queries.terms_in_force(world.partnership) == first
    with pytest.raises(ValidationError):
        terms.agree_to_terms(first, by=world.ngo)
    terms.agree_to_terms(second, by=world.ngo)
    assert queries.terms_in_force(world.partnership) == second


def test_two_propose_at_once(world: World) -> None:
    propose(world)
    with pytest.raises(ValidationError) as caught:
        propose(world, by="company")
    assert caught.value.code == "stale"
    assert Terms.objects.of(world.partnership).count() == 1


def test_the_circle_is_partners_and_broker(world: World) -> None:
    made = propose(world)
    for side, sees in {"ngo": True, "company": True, "broker": True, "community": False}.items():
        assert Terms.objects.visible_to(world.leads[side]).filter(pk=made.pk).exists() is sees


def test_after_a_signature_without_terms_they_can_still_be_agreed(world: World) -> None:
    signed(world)
    made = terms_agreed(world)
    assert queries.terms_in_force(world.partnership) == made


def test_gaps_are_named(world: World) -> None:
    made = propose(world, total_budget=None, review_boundary="")
    assert made.gaps == ["total_budget", "review_boundary"]


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (date(2027, 1, 1), date(2027, 12, 31), 12),
        (date(2027, 1, 1), date(2029, 12, 30), 35),
        (date(2027, 1, 15), date(2030, 1, 14), 36),
    ],
)
def test_months_of_a_term(first: date, last: date, months: int) -> None:
    assert months_between(first, last) == months
