from __future__ import annotations

from types import SimpleNamespace as Thing

from partnerships.looks import marks
from partnerships.people.states import OrganisationKind
from partnerships.record.states import Role


def test_every_role_and_kind_has_a_shape() -> None:
    assert {str(kind) for kind in OrganisationKind.values} <= set(marks.SHAPES)
    assert {str(role) for role in Role.values} - {"partner"} <= set(marks.SHAPES)


def test_shapes_differ_by_role_and_fills_by_variant() -> None:
    roles = ["ngo", "company", "broker", "community", "funder", "government", "adviser"]
    drawn = {str(marks.mark(role, variant)) for role in roles for variant in range(3)}
    assert len(drawn) == len(roles) * 3


def test_a_partner_shows_what_its_organisation_is() -> None:
    assert marks.role_of(Thing(role="partner", organisation=Thing(kind="company"))) == "company"
    assert marks.role_of(Thing(role="funder", organisation=Thing(kind="company"))) == "funder"
    assert marks.role_of(Thing(mark_role="broker", role="partner")) == "broker"
    assert marks.role_of(Thing(kind="ngo")) == "ngo"


def test_unknown_input_draws_something_harmless() -> None:
    assert "<svg" in marks.mark("<script>", 0)
    assert "script" not in marks.mark("<script>", 0)
    assert marks.variant_of("7") == 1
    assert marks.variant_of(None) == 0
    assert marks.variant_of("x") == 0
    assert marks.icon("unheard-of") == ""
    assert marks.role_of(object()) == ""
