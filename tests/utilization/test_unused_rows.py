"""How long each reservation was left unused: by every door, and coming to the hours of the figure, also of shared places."""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask

from instruments.timespan import instant
from instruments.utilization import periods, tasks
from instruments.utilization.adding import totals_in
from instruments.utilization.records import Record, Reserved, Session, Share
from instruments.utilization.reserved_rows import UNUSED, reserved_rows, whose
from instruments.utilization.sums import Selection
from instruments.utilization.unused_rows import unused_hours, unused_of
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_reserved_rows import Reserving
from tests.utilization.test_sums import NOW
from tests.world import World, bearer, sign_in

OPEN, DAY = (0, 10_000), (0, 10_000)


def came(number: int, reservation: int, *spans: tuple[int, int]) -> Session:
    share = Share(1, 0, False, spans, attended=spans)
    return Session(number, spans[0][0], spans, (share,), reserved_by=(1, 0), reservation=reservation)


CASES = [
    ("nobody came", 1, [Reserved(1000, 2000, number=7)], [], {7: 1000}),
    ("came for half of it", 1, [Reserved(1000, 2000, number=7)], [came(1, 7, (1000, 1500))], {7: 500}),
    ("came all the time", 1, [Reserved(1000, 2000, number=7)], [came(1, 7, (900, 2100))], {7: 0}),
    ("partly before it opens", 1, [Reserved(-500, 500, number=7)], [], {7: 500}),
    ("one of two places", 2, [Reserved(1000, 2000, number=7), Reserved(1000, 2000, number=8)],
     [came(1, 8, (1000, 2000))], {7: 1000, 8: 0}),
    ("each of one group, one after another", 1,
     [Reserved(1000, 2000, customer=1, number=7), Reserved(2000, 3000, customer=1, number=8)],
     [came(1, 7, (1000, 1200))], {7: 800, 8: 1000}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "places", "reserved", "sessions", "expected"), CASES, ids=[one[0] for one in CASES]
)
def test_of_each_what_nobody_came_to(name, places, reserved, sessions, expected) -> None:
    record = Record(places, DAY, [OPEN], reserved=reserved, sessions=sessions)
    found = unused_of(record, DAY)
    assert {number: found.get(number, 0) for number in expected} == expected


class Leaving(Reserving):
    """The same, and of what was reserved one was used for half and one more was not."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        start, end = (instant(each) for each in span("2026-04-30", "13:00-15:00"))
        world.reservation(self.things[1], self.head, start, end, state="done", group_id=self.group.id)
        facts.use(self.things[0], self.head, span("2026-04-07", "13:00-14:00"))
        tasks.keep_up()


@pytest.fixture
def users(app: Flask, world: World) -> Leaving:
    app.config["FROZEN_NOW"] = NOW
    return Leaving(world)


@pytest.mark.parametrize("period", ["2026", "2026-04", "2026-12", "2025/26", "2026-04-08..2026-11-26"])
def test_the_rows_come_to_the_hours_of_the_figure(users, period) -> None:
    when = periods.read(period)
    seen = 0.0
    for thing in users.things:
        rows = reserved_rows(whose(instrument_id=thing.id), when, NOW, UNUSED)
        hours = unused_hours(rows, when, NOW)
        figure = totals_in(Selection(instrument_id=thing.id), when, NOW).measure("unused")
        assert sum(hours.get(row.reservation_id, 0) for row in rows) == pytest.approx(float(figure))
        seen += float(figure)
    assert (seen > 0) is (period != "2026-12")


def test_by_every_door(client, world, users) -> None:
    thing = users.things[0]
    sign_in(client, users.head)
    of = f"/groups/{users.group.id}/utilization"
    page = client.get(f"{of}/reservations?period=2026-04&figure=unused").text
    assert "Reserved but unused" in page
    file = client.get(f"{of}/reservations.csv?period=2026-04&figure=unused").data.decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(file))
    assert head[-1] == "Reserved but unused hours" and {row[2] for row in rows} >= {thing.name_en}
    key = bearer(world.token(users.head, "usage:read"))
    told = client.get(f"/api/v1{of}/reservations?period=2026-04&figure=unused", headers=key).json["items"]
    assert [float(row[-1]) for row in rows] == [
        pytest.approx(float(each["unused"]), abs=0.06) for each in told
    ]
    whole = client.get(f"/api/v1{of}?period=2026-04", headers=key).json["figures"]["unused"]["value"]
    assert sum(float(each["unused"]) for each in told) == pytest.approx(float(whole)) != 0
    others = client.get(f"/api/v1{of}/reservations?period=2026-04", headers=key).json["items"]
    assert others and {each["unused"] for each in others} == {None}
