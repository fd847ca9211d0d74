from __future__ import annotations

import json

import pytest

from lifecycle.agreement import queries, signing
from lifecycle.agreement.models import Agreement
from lifecycle.agreement.snapshot import canonical, fingerprint
from tests.factories import World
from tests.lifecycle.agreement.conftest import answer, clause, draft, frozen, terms_agreed


def test_one_content_has_one_spelling() -> None:
    composed, decomposed = "Comit\u00e9", "Comite\u0301"
    assert canonical({"b": f"{composed}\r\n", "a": [1]}) == canonical({"a": [1], "b": decomposed})


def test_the_fingerprint_is_that_of_the_bytes() -> None:
    # echo -n abc | sha256sum
    assert fingerprint("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.django_db
def test_what_was_frozen_can_be_made_again_from_the_rows(world: World) -> None:
    terms_agreed(world)
    agreement = frozen(world)
    standing = queries.standing_text(agreement)
    assert standing is not None
    again = signing.snapshot_of(Agreement.objects.of(world.partnership).get(), world.ngo.partners)
    assert again == standing.snapshot
    assert fingerprint(again) == standing.sha256


@pytest.mark.django_db
def test_it_holds_parties_clauses_terms_and_language(world: World) -> None:
    terms_agreed(world)
    agreement = frozen(world, language="fr")
    standing = queries.standing_text(agreement)
    assert standing is not None
    data = json.loads(standing.snapshot)
    assert [p["name"] for p in data["parties"]] == ["Sahel Futures", "Corvane Gold"]
    assert data["language"] == "fr"
    assert data["clauses"][0]["number"] == "1"
    assert data["clauses"][0]["text"].startswith("Le présent protocole")
    assert data["terms"]["review_percent"] == "2.40"
    assert {d["text"] for d in data["terms"]["decisions"]} == {"The choice of villages", "Site safety"}


@pytest.mark.django_db
def test_a_clause_left_out_is_not_part_of_it(world: World) -> None:
    agreement = draft(world, length="full")
    for side in (world.ngo, world.company):
        answer(side, clause(agreement, "22"), "leave_out")
    text = signing.snapshot_of(agreement, world.ngo.partners)
    assert "22" not in {c["number"] for c in json.loads(text)["clauses"]}
