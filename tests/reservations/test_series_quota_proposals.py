"""What is proposed for a date of a series whose quota is used up: as long as wanted where it leaves that, else the most."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from tests.reservations.test_series import Bench, at, outcomes, pair
from tests.reservations.test_series_api import HOUR, NINE, Desk

WEDNESDAY = {"first": date(2027, 3, 31), "starts": time(20), "ends": time(22), "times": 2}


def month_used(bench: Bench) -> None:
    """Three hours a month, of which March has one left; what is after the tenth of April may not be booked yet."""
    bench.world.rules(bench.thing, horizon_days=40)
    bench.world.quota(bench.lab, amount=3, per="month")
    bench.world.reservation(bench.thing, bench.person, at(0, 9), at(0, 11))


def hour_in_april(bench: Bench) -> None:
    month_used(bench)
    bench.world.reservation(bench.thing, bench.person, at(4, 9, day=3), at(4, 10, day=3))


def peak_of_the_day(bench: Bench) -> None:
    bench.world.quota(bench.lab, amount=2, per="day", peak="Mon-Fri 10:00-16:00")


def nights(bench: Bench) -> None:
    """Three hours a day, of which one is left on the Tuesday, and two on the day after."""
    bench.world.quota(bench.lab, amount=3, per="day")
    bench.world.reservation(bench.thing, bench.person, at(2, 0), at(2, 2))
    bench.world.reservation(bench.thing, bench.person, at(3, 12, day=-6), at(3, 13, day=-6))


def one_night(bench: Bench) -> None:
    nights(bench)
    bench.world.rules(bench.thing, horizon_days=16)
    bench.world.closure(bench.thing, at(0, 12, day=-1), at(2, 12))


def reservations_used(bench: Bench) -> None:
    bench.world.quota(bench.lab, amount=2, measured="count", per="week")
    for hour in (2, 5):
        bench.world.reservation(bench.thing, bench.person, at(2, hour), at(2, hour + 1))


NIGHT = {"first": date(2027, 3, 16), "starts": time(22), "ends": time(2), "nights": 1, "times": 1}


@pytest.mark.parametrize(
    ("used", "rule", "week", "expected"),
    [
        # By itself the first date takes two hours of April; with the second there are none left of it.
        (month_used, WEDNESDAY | {"times": 1}, "Mon-Sun 20:00-22:00", pair(4, 68, 70)),
        (month_used, WEDNESDAY, "Mon-Sun 08:00-22:00", pair(4, 44, 45)),
        # One hour of each month.
        (month_used, WEDNESDAY, "Mon-Sun 00:00-24:00", pair(4, 47, 49)),
        # The longest, not the half hour that April has left.
        (hour_in_april, WEDNESDAY | {"ends": time(21, 30)}, "Mon-Sun 08:00-22:00", pair(4, 44, 45)),
        # As long as wanted, partly beside the peak.
        (peak_of_the_day, {"first": date(2027, 3, 16), "starts": time(12), "ends": time(15), "times": 1},
         "Mon-Sun 00:00-24:00", pair(2, 14, 17)),
        (nights, NIGHT, "Mon-Sun 00:00-24:00", pair(2, 46, 50)),
        # Of either day what it has left.
        (one_night, NIGHT, "Mon-Sun 00:00-24:00", pair(2, 23, 26)),
        # The last Sunday before, not an hour more or less of the same week.
        (reservations_used, {"first": date(2027, 3, 16), "times": 1}, "Mon-Sun 00:00-24:00", pair(2, -27, -24)),
    ],
)  # fmt: skip
def test_what_the_quota_leaves_is_proposed(world, now, used, rule, week, expected) -> None:
    bench = Bench(world, now, week=week)
    used(bench)
    wanted = bench.wanted(**rule)
    row = bench.planned(wanted).rows[0]
    assert row.offer == expected
    taken = bench.wanted(**rule, decisions={0: row.offer})
    assert outcomes(bench.planned(taken)) == ["free"] * rule["times"]
    assert len(bench.book(taken).booked) == rule["times"]


def test_nothing_is_proposed_where_no_quota_leaves_the_shortest(bench_of_one) -> None:
    bench = bench_of_one
    bench.world.rules(bench.thing, horizon_days=15, shortest_minutes=120)
    bench.world.quota(bench.lab, amount=4, per="month")
    bench.world.reservation(bench.thing, bench.person, at(0, 9), at(0, 12))
    wanted = bench.wanted(times=1, first=date(2027, 3, 9))
    found = bench.planned(wanted)
    assert (outcomes(found), found.rows[0].offer) == (["conflict"], None)


def test_a_proposal_counts_for_those_after_it(bench_of_one) -> None:
    """Of the two hours that are left, one date is offered both, and the other none."""
    bench = bench_of_one
    bench.world.rules(bench.thing, horizon_days=15)
    bench.world.quota(bench.lab, amount=4, per="month")
    bench.world.reservation(bench.thing, bench.person, at(0, 1), at(0, 3))
    found = bench.planned(times=2)
    assert outcomes(found) == ["conflict", "conflict"]
    assert [row.offer for row in found.rows] == [pair(0, 9, 11), None]


@pytest.fixture
def bench_of_one(world, now) -> Bench:
    return Bench(world, now)


def test_a_refused_change_of_all_proposes_what_the_quota_leaves(client, world, now) -> None:
    desk = Desk(client, world)
    desk.world.rules(desk.thing, horizon_days=29)
    made = desk.made().json
    desk.world.quota(desk.lab, amount=15, per="month")
    times: dict[str, Any] = {"start": NINE.isoformat(), "end": (NINE + 4 * HOUR).isoformat()}
    dates = desk.patch(made["id"], scope="all", **times).json["dates"]
    (date_left,) = dates
    assert date_left["shorter_minutes"] == 60 and date_left["proposal"]["start"] != date_left["start"]
    starts, ends = (datetime.fromisoformat(date_left["proposal"][name]) for name in ("start", "end"))
    assert ends - starts == timedelta(hours=3)
    takes = {"reservation_id": date_left["reservation_id"], "choice": "take", **date_left["proposal"]}
    assert desk.patch(made["id"], scope="all", **times, decisions=[takes]).status_code == 200


def test_each_date_costs_as_many_questions_however_many_periods_are_used_up(world, now, statements) -> None:
    bench = Bench(world, now, week="Mon-Sun 08:00-20:00")
    bench.world.rules(bench.thing, horizon_days=60)
    bench.world.quota(bench.lab, amount=1, per="day")
    wanted = bench.wanted(times=20, weekdays=frozenset(range(7)))
    bench.planned(wanted)
    before = len(statements)
    assert [row.offer and row.offer[1] - row.offer[0] for row in bench.planned(wanted).rows] == [3600] * 20
    assert len(statements) - before < 20 * 12
