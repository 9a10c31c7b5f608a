"""Which class of customer a payer is, and that a circle of the audience says the same from further away."""

from __future__ import annotations

import pytest

from instruments.people.audience import customer_class as circle
from instruments.people.customer import LabPlace, Payer, customer_class
from instruments.people.rights import Actor

LAB = LabPlace(lab_id=7, institution_id=1, country="CN")
OWN = frozenset({7})

CASES = [
    (Payer(1, "university", "CN", OWN), "own_lab", "lab"),
    (Payer(1, "university", "CN", frozenset({8})), "own_institution", "institution"),
    (Payer(2, "university", "CN"), "partner", "partners"),
    (Payer(2, "institute", "CN"), "partner", "partners"),
    (Payer(2, "university", "CN", OWN), "own_lab", "lab"),
    (Payer(2, "public", "CN"), "public", "companies"),
    (Payer(2, "company", "CN"), "company", "companies"),
    (Payer(), "individual", "companies"),
    (Payer(2, "university", "DE"), "abroad", "partners"),
    (Payer(2, "company", "DE"), "abroad", "companies"),
]


@pytest.mark.parametrize(("payer", "key", "_circle"), CASES)
def test_the_class_of_a_payer_and_its_reason(payer: Payer, key: str, _circle: str) -> None:
    found = customer_class(payer, LAB)
    assert (found.key, found.why.code) == (key, key)


@pytest.mark.parametrize(("payer", "_key", "expected"), CASES)
def test_the_circle_of_the_same_person(payer: Payer, _key: str, expected: str) -> None:
    actor = Actor(9, payer.institution_id, payer.kind, payer.lab_ids, institution_country=payer.country)
    assert circle(actor, LAB.institution_id, LAB.lab_id) == expected
