"""What is kept of users by month comes to what is read of each of their uses and reservations, one by one."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.transactions import deed, perform
from instruments.timespan import instant
from instruments.usage.keeping import settled
from instruments.usage.kinds import GRADES
from instruments.usage.models import InstrumentUse, RunCustomer
from instruments.utilization import periods, tasks
from instruments.utilization.comparing import differing
from instruments.utilization.customers import served_and_cells
from instruments.utilization.kept_months import months_kept
from instruments.utilization.marking import forget
from instruments.utilization.models import MonthCustomer, MonthSummary
from instruments.utilization.reading import things
from instruments.utilization.reserved_rows import reserved_rows, whose
from instruments.utilization.sums import Selection, numbers_of
from instruments.utilization.users import (
    BOOKED,
    EVIDENCE,
    OUTSIDE,
    SUMMED,
    Used,
    User,
    outside_of,
    used,
    used_by_month,
)
from tests.charges.rows import Bare
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_sums import NOW
from tests.utilization.test_users import Users
from tests.world import World

ZONE = ZoneInfo("Asia/Shanghai")
PERIODS = ("2026", "2026-03", "2026-03-11..2026-06-10", "2026-03-05..2026-03-20", "2025/26")


class Busy(Users):
    """A campus whose group, and a company, used and reserved much by chance: on every evidence, over months' ends, corrected,
    in runs for several, and with reservations that nobody kept."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.world = world
        self.chance = chance = Random(105)
        for _ in range(40):
            self._use(chance.choice(self.things[:3]))
        for day in chance.sample(range(300), 20):
            start = instant(int(datetime(2026, 1, 5, 19, tzinfo=ZONE).timestamp()) + day * 86_400)
            world.reservation(
                chance.choice(self.things[:3]), self.head, start, start + timedelta(minutes=chance.randrange(15, 200)),
                state=chance.choice(["done", "no_show", "released"]), group_id=self.group.id,
                created_at=start - timedelta(minutes=chance.randrange(5000)),
            )  # fmt: skip
        tasks.keep_up()

    def _use(self, thing) -> None:
        chance = self.chance
        start = int(datetime(2026, 1, 2, tzinfo=ZONE).timestamp()) + chance.randrange(180 * 1440) * 60
        when = (start, start + chance.randrange(10, 2000) * 60)
        who = chance.choice([self.head, self.boss])
        group = self.group.id if who is self.head else None
        row = facts.use(
            thing, who, when, group_id=group, samples=chance.randrange(3), grade=chance.choice(GRADES)
        )
        if chance.random() < 0.4:
            facts.span(row, (when[0] + 120, when[0] + 300), grade="sensor", reporter="probe")
        if chance.random() < 0.3:
            for position, (home, group) in enumerate(((self.homes[0], self.group.id), (self.company, None))):
                customer = {
                    "institution_id": home.id,
                    "group_id": group,
                    "position": position,
                    "samples": position + 1,
                }
                db.session.add(RunCustomer(use_id=row.id, **customer))
            db.session.commit()


@pytest.fixture
def busy(app: Flask, world: World) -> Busy:
    app.config["FROZEN_NOW"] = NOW
    return Busy(world)


def _is(user: User, row: InstrumentUse | RunCustomer) -> bool:
    return row.group_id == user.group_id if user.group_id else row.institution_id == user.institution_id


def _value(row: Used, name: str) -> int:
    return row.values[SUMMED.index(name)]


def _evidence(user: User, period: periods.Period, not_of: int | None = None) -> Counter[str]:
    """Second by second of each use settled by itself; a run's goes to its customers one after another, by their samples.

    not_of: only on instruments that are not of this institution."""
    found: Counter[str] = Counter()
    zones = {thing.id: thing.zone for thing in things(numbers_of(Selection()))}
    owned = db.session.execute(select(Instrument.id, Instrument.institution_id))
    owners = {row.id: row.institution_id for row in owned}
    for row in db.session.scalars(select(InstrumentUse)).all():
        if owners[row.instrument_id] == not_of:
            continue
        first, last = period.seconds(zones[row.instrument_id])
        asked = select(RunCustomer).where(RunCustomer.use_id == row.id).order_by(RunCustomer.position)
        customers = db.session.scalars(asked).all()
        seconds = [
            (second, grade)
            for (start, end), grade in settled(row.id, NOW, row.confirmed_at).graded
            for second in range(start, end, 60)
        ]
        whole, done = sum(each.samples for each in customers), 0.0
        for each in customers or [row]:
            # Lengths are whole minutes here, and parts of them are not: a minute goes to whom most of it belongs.
            share = len(seconds) * each.samples / whole if customers else len(seconds)
            mine, done = seconds[round(done) : round(done + share)], done + share
            if _is(user, each):
                found.update(grade for second, grade in mine if first <= second < last)
    return found


@pytest.mark.parametrize("code", PERIODS)
@pytest.mark.parametrize("who", ["group", "company", "home"])
def test_kept_sums_come_to_what_each_use_and_reservation_says(busy, code, who) -> None:
    user = {
        "group": User(group_id=busy.group.id), "company": User(institution_id=busy.company.id),
        "home": User(institution_id=busy.homes[0].id),
    }[who]  # fmt: skip
    period = periods.read(code)
    found = used(user, period, NOW)
    rows = reserved_rows(whose(user), period, NOW)
    sums = {
        name: sum(_value(row, name) for row in found)
        for name in ("reservations", "no_shows", "lead", *EVIDENCE)
    }
    assert (sums["reservations"], sums["no_shows"]) == (len(rows), sum(row.no_show for row in rows))
    assert sums["lead"] / 3_600_000 == pytest.approx(sum(row.lead for row in rows))
    minutes = _evidence(user, period)
    assert code != "2026" or sum(minutes.values()) > 0
    for grade in GRADES:
        # A run for several is divided to the second, here by minutes.
        assert sums[f"by_{grade}"] / 60_000 == pytest.approx(minutes[grade], abs=15), grade
    home = busy.company.id if who == "company" else busy.homes[0].id
    outside, minutes = outside_of(home, found), _evidence(user, period, not_of=home)
    for grade in GRADES:
        assert outside[f"external_by_{grade}"] / 60_000 == pytest.approx(minutes[grade], abs=15), grade
    by_month = used_by_month(user, home, period, NOW)
    for name in OUTSIDE:
        assert sum(each[name] for each in by_month.values()) == outside[name], name
    for name in SUMMED:
        assert sum(each[name] for each in by_month.values()) == sum(_value(row, name) for row in found), name


def test_customers_of_a_month_come_to_the_instrument(busy) -> None:
    names = ("effective", "samples", "reservations", "no_shows", "lead", *EVIDENCE, *BOOKED)
    sums: defaultdict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    for row in db.session.execute(select(MonthCustomer.__table__)).mappings():
        sums[row["instrument_id"], row["month"]].update({name: row[name] for name in names})
    kept = db.session.execute(select(MonthSummary.__table__)).mappings().all()
    assert any(row["by_sensor"] for row in kept)
    for row in kept:
        found = sums[row["instrument_id"], row["month"]]
        # Where sessions share a place, each part is kept to a millisecond.
        for name in ("effective", "reserved", "attended", "unused"):
            assert abs(found.pop(name, 0) - row[name]) < 100, name
        assert {name: found[name] for name in found} == {name: row[name] for name in found}


def test_who_only_reserved_was_not_served(busy) -> None:
    start, end = (instant(each) for each in span("2026-11-10", "20:00-21:00"))
    other = busy.world.group(busy.homes[0], busy.head)
    busy.world.reservation(busy.things[0], busy.head, start, end, state="no_show", group_id=other.id)
    tasks.keep_up()
    [only] = used(User(group_id=other.id), periods.read("2026"), NOW)
    assert (only.was_used, _value(only, "reservations"), _value(only, "no_shows")) == (False, 1, 1)
    before, _ = served_and_cells(Selection(), (202611, 202611), "institution")
    assert before.groups == 0


def test_a_reservation_given_to_another_group_is_counted_there(busy) -> None:
    other = busy.world.group(busy.homes[0], busy.head)
    mine = reserved_rows(whose(User(group_id=busy.group.id)), periods.read("2026"), NOW)
    with deed():
        moved = text("UPDATE reservation SET group_id = :other WHERE id = :id")
        db.session.execute(moved, {"other": other.id, "id": mine[0].reservation_id})
    tasks.keep_up()
    counts = [
        sum(_value(row, "reservations") for row in used(User(group_id=number), periods.read("2026"), NOW))
        for number in (other.id, busy.group.id)
    ]
    assert counts == [1, len(mine) - 1]


def test_what_was_given_up_late_is_that_of_whose_reservation_it_was(busy) -> None:
    thing, group, bare = busy.things[0], busy.group, Bare(busy.labs[0])
    for hours, of_group in (("20:00-21:00", group.id), ("21:00-22:00", None)):
        start, end = (instant(each) for each in span("2026-11-10", hours))
        held = busy.world.reservation(thing, busy.head, start, end, state="cancelled", group_id=of_group)
        bare.charge(
            instrument_id=thing.id, kind="late", reservation_id=held.id, service_on="2026-11-10", month=None
        )
    db.session.commit()
    tasks.keep_up()
    for code in ("2026-11", "2026-11-10..2026-11-10", "2026"):
        period = periods.read(code)
        told = [
            sum(_value(row, "late_cancelled") for row in used(user, period, NOW))
            for user in (
                User(group_id=group.id),
                User(institution_id=busy.homes[0].id),
                User(institution_id=busy.company.id),
            )
        ]
        assert told == [1, 2, 0], code
        rows = reserved_rows(whose(User(group_id=group.id)), period, NOW, "late_cancelled")
        assert len(rows) == 1
    kept = db.session.execute(select(MonthSummary.late_cancelled).where(MonthSummary.month == 202611))
    assert sum(kept.scalars()) == 2


def test_what_is_kept_wrongly_is_told_and_mended_by_a_rebuild(busy) -> None:
    months = months_kept(NOW)
    assert differing(months, NOW, 100) == []
    with deed():
        db.session.execute(update(MonthCustomer).values(by_typed=7))
    found = differing(months, NOW, 100)
    assert found and all(names == ["customers"] for _, _, names in found)
    perform(forget)
    tasks.keep_up()
    assert differing(months, NOW, 100) == []
