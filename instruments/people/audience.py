"""Which circle of an instrument's audience a person belongs to: their customer class, seen from a little further away."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from itertools import combinations

from instruments.people.customer import (
    OWN_INSTITUTION,
    OWN_LAB,
    PARTNER,
    LabPlace,
    payer_of,
)
from instruments.people.customer import customer_class as class_of_payer
from instruments.people.rights import Actor

CIRCLES = ("lab", "institution", "partners", "companies")
# How circles are kept in one column: in their order, empty for everybody; all of them are everybody.
SETS_OF_CIRCLES = tuple(
    " ".join(chosen) for number in range(len(CIRCLES)) for chosen in combinations(CIRCLES, number)
)

HERE = "CN"
CIRCLE_OF_CLASS = {OWN_LAB: "lab", OWN_INSTITUTION: "institution", PARTNER: "partners"}


def customer_class(actor: Actor, institution_id: int, lab_id: int) -> str:
    """The circle of the actor towards an instrument of this lab: own lab, own institution, partners, companies.

    A partner is a member of any other university or institute, wherever it is; everybody else counts as companies.
    """
    # A circle asks for no country: whoever pays counts as if the lab were in theirs.
    payer = replace(payer_of(actor), country=HERE)
    key = class_of_payer(payer, LabPlace(lab_id, institution_id, HERE)).key
    return CIRCLE_OF_CLASS.get(key, "companies")


def kept(circles: Collection[str]) -> str:
    """Circles as they are kept, one of SETS_OF_CIRCLES."""
    chosen = [circle for circle in CIRCLES if circle in circles]
    return "" if len(chosen) == len(CIRCLES) else " ".join(chosen)


def admits(audience: str, circle: str) -> bool:
    """Whether an instrument whose widest circle is `audience` may be booked from `circle`."""
    return CIRCLES.index(circle) <= CIRCLES.index(audience)
