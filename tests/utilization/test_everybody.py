"""Whether five stand behind all that is elsewhere: the same as going through everybody, however little settles it."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.transactions import deed
from instruments.utilization import everybody
from instruments.utilization.behind import HOURS, UNKNOWN_PERSON, UNOWNED
from instruments.utilization.everybody import five_behind_all
from instruments.utilization.models import MonthPerson
from instruments.utilization.months_elsewhere import (
    months_behind,
    months_behind_all,
    states_of_months,
    without,
)
from instruments.utilization.rated import RATED_CLASSES
from instruments.utilization.recounting import months_between
from instruments.utilization.withholding import FEWEST, GROUPS, NOTHING, RATED, UNRATED, Known
from tests.world import World

MONTHS = (202611, 202702)
BITS = tuple(1 << place for place in range(UNOWNED.bit_length()))
Kept = tuple[Instrument, int, int, int]


class Elsewhere:
    """Instruments of three institutions, some with rated hours, and by chance who stands behind what of them: of rare figures
    few, of somebody nobody knows who, and in the last month nobody."""

    def __init__(self, world: World) -> None:
        labs = [world.lab(world.institution()) for _ in range(3)]
        self.homes = [lab.institution_id for lab in labs]
        classes = [f"{RATED_CLASSES[0]}0101", "", None]
        self.things = [world.instrument(lab, university_asset_class=each) for lab in labs for each in classes]
        self.rows: list[Kept] = []

    def fill(self, chance: Random) -> None:
        """Write who stands behind what, at most once for each instrument, month and person."""
        for thing in self.things:
            for month in (202611, 202612, 202701):
                for person in chance.sample(range(12), chance.randrange(8)):
                    bits = sum(bit for place, bit in enumerate(BITS) if chance.random() < 1 / (1 + place))
                    self.rows.append((thing, month, person, bits))
        values = [
            {"instrument_id": thing.id, "month": month, "person_id": person, "behind": bits}
            for thing, month, person, bits in self.rows
        ]
        with deed():
            db.session.execute(insert(MonthPerson), values)

    def slowly(self, institution_id: int, known: Known) -> dict[int, dict[int, bool]]:
        """Each person by itself."""
        behind: dict[int, defaultdict[int, set[int]]] = {group: defaultdict(set) for group in GROUPS}
        for thing, month, person, bits in self.rows:
            rated = (thing.university_asset_class or "").startswith(RATED_CLASSES)
            hours = (RATED if rated else UNRATED) if bits & HOURS else 0
            left_out = {institution_id, *known.institutions}
            for group in GROUPS:
                is_here = thing.institution_id not in left_out and thing.lab_id not in known.labs
                if is_here and (bits | hours) & group:
                    behind[group][month].add(person)
        return {
            group: {month: len(who - {UNKNOWN_PERSON}) >= FEWEST for month, who in sorted(months.items())}
            for group, months in behind.items()
        }


@pytest.fixture
def there(app: Flask, world: World) -> Elsewhere:
    return Elsewhere(world)


@pytest.mark.parametrize("first", [1, 6, 1000])
@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_same_as_going_through_everybody(there, monkeypatch, seed, first) -> None:
    monkeypatch.setattr(everybody, "FIRST", first)
    there.fill(Random(seed))
    seen: set[Any] = set()
    for known in (
        NOTHING,
        Known(frozenset(there.homes[1:2])),
        Known(frozenset(), frozenset({there.things[3].lab_id})),
    ):
        found = five_behind_all(months_between(*MONTHS), without(there.homes[0], known))
        assert found == there.slowly(there.homes[0], known)
        seen |= {told for months in found.values() for told in months.values()}
    assert seen == {True, False}


def test_it_is_the_same_as_of_each_class(there) -> None:
    there.fill(Random(7))
    for group in GROUPS:
        args = (there.homes[0], states_of_months(MONTHS), NOTHING, group)
        whole, each = months_behind_all(*args), months_behind(*args)
        assert {month: "" in one.told for month, one in sorted(each.items())} == {
            month: "" in one.told for month, one in whole.items()
        }
