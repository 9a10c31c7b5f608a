"""Who uses which instrument of the invented world: a circle of regulars, as wide as its audience."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from instruments.demo.generator.chance import stream
from instruments.demo.generator.people import People
from instruments.demo.generator.places import Places, Row
from instruments.timespan import Pair

SHOWN_USERS = ("researcher", "student", "partner", "group_head", "company")
WEIGHTS = {
    "lab": (1.0, 0.0, 0.0),
    "institution": (1.0, 0.0, 0.0),
    "partners": (0.62, 0.38, 0.0),
    "companies": (0.55, 0.36, 0.09),
}
"""By audience: the shares of its own institution, of partners and of companies among the regulars."""


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
        self.companies = [row["id"] for row in self.places.institutions if row["kind"] == "company"]

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
            return chance.choice(
                self.by_lab.get(instrument["lab_id"]) or self.people.staff_of_lab[instrument["lab_id"]]
            )
        kind = chance.choices(("own", "partner", "company"), WEIGHTS[audience])[0]
        if kind == "partner":
            here = chance.choice([one for one in self.owners if one != here])
        elif kind == "company":
            here = chance.choice(self.companies)
        return chance.choice(self.people.members[here])

    def _customer(self, number: int, instrument: Row, chance: Random) -> Customer:
        person = self.people.person(number)
        staff = self.people.staff_of_lab[instrument["lab_id"]]
        delegated = instrument["delegated"] and not instrument["self_operated"]
        booker = staff[-1] if delegated and chance.random() < 0.5 else number
        purposes = (("development", 55), ("service", 45)) if person["kind"] == "external" else (
            ("research", 78), ("teaching", 12), ("development", 6), ("service", 4)
        )  # fmt: skip
        return Customer(
            user_id=number,
            booker_id=booker,
            institution_id=person["institution_id"],
            group_id=self.people.group_of.get(number),
            chinese=person["language"] != "en",
            purpose=chance.choices([name for name, _ in purposes], [weight for _, weight in purposes])[0],
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
