"""A generated year, written into the database, sums up to what the slow reference counts minute by minute from its plan.

With overlaps, several places, zones with their clock changes, commissioning and retiring, downtime of all or some places,
closures, idling, hours that somebody corrected later, and reservations of several beside each other: also by customer.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Person
from instruments.reservations.models import Reservation
from instruments.timespan import Pair, instant
from instruments.usage.models import UseCorrection
from instruments.utilization import tasks
from instruments.utilization.models import MonthCustomer, MonthSummary
from tests.utilization import facts
from tests.utilization.minutes import (
    GUEST,
    OWN,
    TIMES,
    WHOSE,
    Plan,
    PlannedClosure,
    PlannedReservation,
    PlannedUse,
    months_of,
)
from tests.utilization.test_sums import NOW
from tests.world import World

YEAR = 2026
WEEK = "Mon-Fri 09:00-17:00"
BEGIN = int(datetime(YEAR, 1, 1, tzinfo=UTC).timestamp())
NUMBERS = ("uses", "samples", "reservations", "no_shows")
USES, CLOSURES, RESERVED, ON_RESERVATIONS = 60, 8, 25, 15
BOOKED = ("reserved", "attended", "unused")
PLANS = {
    "one place, commissioned in July": lambda: Plan(ZoneInfo("Asia/Shanghai"), 1, date(YEAR, 7, 1)),
    "three places, clock changes": lambda: Plan(ZoneInfo("Europe/Berlin"), 3),
    "two places, retired in October": lambda: Plan(ZoneInfo("America/New_York"), 2, None, date(YEAR, 10, 5)),
    "two places, a quarter of an hour off": lambda: Plan(ZoneInfo("Asia/Kathmandu"), 2),
}


class Year:
    """A plan made by chance, and the rows that say the same."""

    def __init__(self, world: World, plan: Plan, chance: Random) -> None:
        self.world, self.plan, self.chance = world, plan, chance
        lab = world.lab(zone=plan.zone.key)
        self.thing: Instrument = world.instrument(
            lab, week=WEEK, capacity=plan.capacity, commissioned_on=plan.commissioned, retired_on=plan.retired
        )
        self.own: Person = world.person(lab.institution)
        self.guest: Person = world.person(world.institution(kind="company"))
        self.came: list[tuple[Reservation, PlannedReservation]] = []
        self._closures()
        self._reservations()
        for _ in range(USES):
            self._use()
        for _ in range(ON_RESERVATIONS):
            self._use_on_a_reservation()

    def _span(self, longest: int) -> Pair:
        """Anywhere in the year, and a little over both its ends."""
        start = BEGIN - 86_400 + self.chance.randrange(367 * 24 * 60) * 60
        return start, start + self.chance.randrange(1, longest) * 60

    def _use(self) -> None:
        chance, external = self.chance, self.chance.random() < 0.4
        if chance.random() < 0.4 and self.plan.uses:
            other = chance.choice(self.plan.uses).attended
            start = other[0] + chance.randrange(-60, 120) * 60
            span = (start, start + chance.randrange(1, 300) * 60)
        else:
            span = self._span(36 * 60)
        samples = chance.randrange(4)
        row = facts.use(self.thing, self.guest if external else self.own, span, samples=samples)
        counted, idle, confirmed = span, None, span[1]
        if chance.random() < 0.3 and span[1] - span[0] > 7200:
            counted = (span[0], span[1] - 3600)
            confirmed += 86_400
            self._correct(row.id, counted, confirmed)
        if chance.random() < 0.3 and counted[1] - counted[0] > 1800:
            idle = (counted[0] + 600, counted[0] + 600 + chance.randrange(1, 15) * 60)
            facts.span(row, idle, layer="idle")
        self.plan.uses.append(PlannedUse(counted, external, idle, samples, confirmed=confirmed))

    def _correct(self, use_id: int, span: Pair, when: int) -> None:
        """Somebody corrects the hours later, and confirms them so."""
        row = UseCorrection(
            use_id=use_id, layer="attended", reason="Went home earlier", corrected_by_id=self.own.id,
            corrected_at=instant(when),
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        use = facts.use_of(use_id)
        use.ended_at, use.confirmed_at = instant(span[1]), instant(when)
        facts.span(use, span, correction_id=row.id, reporter="person", recorded_at=instant(when))

    def _closures(self) -> None:
        for _ in range(CLOSURES):
            start, end = self._span(5 * 24 * 60)
            units = self.chance.choice([None, *range(1, self.plan.capacity)])
            kind = self.chance.choice(["breakdown", "maintenance", "closed"])
            self.world.closure(self.thing, instant(start), instant(end), kind=kind, units=units)
            self.plan.closures.append(PlannedClosure((start, end), units, kind == "closed"))

    def _reservations(self) -> None:
        """One after another, so that none stands in the way of another."""
        days = sorted(self.chance.sample(range(364), RESERVED))
        for day in days:
            for _ in range(self.plan.capacity):
                self._reserve(BEGIN + day * 86_400 + self.chance.randrange(16 * 60) * 60)

    def _reserve(self, start: int) -> None:
        chance, guests = self.chance, self.chance.random() < 0.5
        span, no_show = (start, start + chance.randrange(15, 420) * 60), chance.random() < 0.3
        row = self.world.reservation(
            self.thing, self.guest if guests else self.own, instant(span[0]), instant(span[1]),
            state="no_show" if no_show else "done",
        )  # fmt: skip
        self.plan.reserved.append(PlannedReservation(span, no_show, GUEST if guests else OWN))
        if not no_show:
            self.came.append((row, self.plan.reserved[-1]))

    def _use_on_a_reservation(self) -> None:
        """Somebody comes a little early or late and stays as they like, for themselves or for somebody else."""
        chance, external = self.chance, self.chance.random() < 0.5
        row, planned = self.came.pop(chance.randrange(len(self.came)))
        start = planned.span[0] + chance.randrange(-30, 60) * 60
        span = (start, start + chance.randrange(20, 400) * 60)
        facts.use(self.thing, self.guest if external else self.own, span, row)
        self.plan.uses.append(PlannedUse(span, external, confirmed=span[1], on=planned.whose))


@pytest.mark.parametrize("name", PLANS)
def test_summaries_agree_with_the_reference_of_minutes(app: Flask, world: World, name: str) -> None:
    app.config["FROZEN_NOW"] = NOW + timedelta(hours=1)
    year = Year(world, PLANS[name](), Random(name))
    tasks.keep_up()
    expected = months_of(year.plan, YEAR)
    of_whom = {year.own.institution_id: OWN, year.guest.institution_id: GUEST}
    by_whom = {
        (row["month"], of_whom[row["institution_id"]]): row
        for row in db.session.execute(select(MonthCustomer.__table__)).mappings()
    }
    rows = db.session.execute(
        select(MonthSummary.__table__).where(MonthSummary.instrument_id == year.thing.id)
    ).mappings()
    kept = {row["month"]: row for row in rows if row["month"] // 100 == YEAR}
    assert sorted(kept) == [YEAR * 100 + month for month in range(1, 13)]
    assert sum(row["effective"] for row in kept.values()) > 0
    for month, row in kept.items():
        told = {each: Fraction(row[each], 1000) for each in TIMES} | {each: row[each] for each in NUMBERS}
        # What sessions share is kept to a millisecond; everything else is the same to the second.
        external = expected[month]["external"]
        assert abs(told.pop("external") - external) <= Fraction(1, 1000), (month, "external")
        assert told == {each: expected[month][each] for each in told}, month
        for name in BOOKED:
            mine = [by_whom.get((month, whom), {}).get(name, 0) for whom in WHOSE]
            assert abs(sum(mine) - row[name]) <= 1, (month, name)
            for whom, value in zip(WHOSE, mine, strict=True):
                assert abs(Fraction(value, 1000) - expected[month][f"{whom} {name}"]) <= Fraction(1, 1000)
    for whom in WHOSE:
        assert all(sum(row[name] for (_, who), row in by_whom.items() if who == whom) for name in BOOKED)
