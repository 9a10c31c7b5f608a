"""Who uses which instrument of the invented world: a circle of regulars, as wide as its audience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from instruments.demo.generator.chance import Weights, pick, stream, weighed
from instruments.demo.generator.funds import SHOWN_HOUSES
from instruments.demo.generator.people import People
from instruments.demo.generator.places import Places, Row
from instruments.timespan import Pair

SHOWN_USERS = ("researcher", "student", "partner", "group_head", "company")
WEIGHTS: Mapping[str, Weights] = {
    "institution": (("own", 1.0),),
    "partners": (("own", 0.62), ("partner", 1.0)),
    "companies": (("own", 0.55), ("partner", 0.91), ("company", 1.0)),
}
"""By audience: the shares of its own institution, of partners and of companies among the regulars, added up."""
PURPOSES: Mapping[bool, Weights] = {
    True: (("development", 0.55), ("service", 1.0)),
    False: (("research", 0.78), ("teaching", 0.90), ("development", 0.96), ("service", 1.0)),
}
"""Of those from outside, and of all others, what they come for; added up."""


class Customer(NamedTuple):
    """Who uses, who books, for which institution and group, in which language, and what for."""

    user_id: int
    booker_id: int
    institution_id: int
    group_id: int | None
    chinese: bool
    purpose: str
    shows_name: bool


@dataclass
class Customers:
    """Draws the people who reserve; a shown person is never in two places at once."""

    places: Places
    people: People
    by_lab: dict[int, list[int]] = field(default_factory=dict)
    elsewhere: dict[int, list[Pair]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        group_labs = {group["id"]: group["lab_id"] for group in self.people.groups}
        for number, group_id in self.people.group_of.items():
            self.by_lab.setdefault(group_labs[group_id], []).append(number)
        self.elsewhere = {number: [] for number in self.people.shown.values()}
        self.owners = [row["id"] for row in self.places.owners()]
        self.partners = {here: [one for one in self.owners if one != here] for here in self.owners}
        companies = [row["id"] for row in self.places.institutions if row["kind"] == "company"]
        self.buyers = {
            house: [each for each in companies if house in self.places.sellers_to(each, SHOWN_HOUSES)]
            for house in self.owners
        }

    def regulars(self, instrument: Row, shown: bool) -> list[Customer]:
        """The people who use an instrument, the most frequent ones first."""
        chance = stream("regulars", instrument["id"])
        numbers = list(dict.fromkeys(self._draw(instrument, chance) for _ in range(chance.randint(8, 26))))
        if shown:
            # Not the first of all, or they would do little else.
            numbers[2:2] = [self.people.shown[key] for key in SHOWN_USERS]
            numbers = list(dict.fromkeys(numbers))
        return [self._customer(number, instrument, chance) for number in numbers]

    def _draw(self, instrument: Row, chance: Random) -> int:
        here = instrument["institution_id"]
        audience = instrument["audience"]
        if audience == "lab":
            lab_id = instrument["lab_id"]
            return pick(self.by_lab.get(lab_id) or self.people.staff_of_lab[lab_id], chance)
        kind = weighed(WEIGHTS[audience], chance)
        if kind == "partner":
            here = pick(self.partners[here], chance)
        elif kind == "company":
            here = pick(self.buyers[here], chance)
        return pick(self.people.members[here], chance)

    def _customer(self, number: int, instrument: Row, chance: Random) -> Customer:
        person = self.people.person(number)
        staff = self.people.staff_of_lab[instrument["lab_id"]]
        delegated = instrument["delegated"] and not instrument["self_operated"]
        booker = staff[-1] if delegated and chance.random() < 0.5 else number
        return Customer(
            user_id=number,
            booker_id=booker,
            institution_id=person["institution_id"],
            group_id=self.people.group_of.get(number),
            chinese=person["language"] != "en",
            purpose=weighed(PURPOSES[person["kind"] == "external"], chance),
            shows_name=person["shows_name"],
        )

    def take(self, regulars: list[Customer], span: Pair, chance: Random) -> Customer:
        """One of the regulars who is free then; the first come most often."""
        for _ in range(8):
            draw = chance.random()
            customer = regulars[int(draw * draw * len(regulars))]
            if self._free(customer.user_id, span):
                return customer
        return next((one for one in regulars if one.user_id not in self.elsewhere), regulars[-1])

    def _free(self, number: int, span: Pair) -> bool:
        taken = self.elsewhere.get(number)
        if taken is None:
            return True
        if any(start < span[1] and span[0] < end for start, end in taken):
            return False
        taken.append(span)
        return True
