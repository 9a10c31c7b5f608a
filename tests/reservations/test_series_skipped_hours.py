"""A date of a series whose hour the clocks skip: it is proposed the nearest free span of its length, in plans and in changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from instruments.people.signing import actor_by_id
from instruments.reservations.booking import BookingRequest
from instruments.reservations.series.planning import SeriesRequest, plan
from instruments.reservations.series.repetition import Repetition
from tests.reservations.test_series import outcomes
from tests.reservations.test_series_pages import Desk as Page
from tests.reservations.test_series_pages import change, words
from tests.world import World, bearer

# In Berlin the clocks go from 02:00 to 03:00 on 28 March 2027.
FIRST = date(2027, 3, 21)
HOUR = timedelta(hours=1)


def wall(moment: int) -> str:
    """The wall in Berlin on that Sunday after the jump, and on those before it."""
    ahead = 2 if moment >= datetime(2027, 3, 28, 1, tzinfo=UTC).timestamp() else 1
    return f"{datetime.fromtimestamp(moment, UTC) + ahead * HOUR:%d %H:%M}"


class Berlin(Page):
    def __init__(self, client, world: World, **instrument) -> None:
        super().__init__(client, world, **instrument)
        self.lab.zone = "Europe/Berlin"
        world._keep(self.lab, catalog=True)


@pytest.mark.parametrize(
    ("starts", "ends", "taken", "expected"),
    [
        (time(2), time(3), None, ("28 03:00", "28 04:00")),
        (time(1), time(2, 30), None, ("28 01:00", "28 03:30")),
        (time(2, 30), time(4), None, ("28 03:30", "28 05:00")),
        # Somebody has it from midnight to ten.
        (time(2), time(3), (-1, 8), ("28 10:00", "28 11:00")),
        # And the whole day: the evening before.
        (time(2), time(3), (-1, 23), ("27 23:00", "28 00:00")),
    ],
)
def test_the_plan_proposes_as_long_about_then(client, world, now, starts, ends, taken, expected) -> None:
    desk = Berlin(client, world)
    if taken:
        hours = (datetime(2027, 3, 28, tzinfo=UTC) + hour * HOUR for hour in taken)
        world.reservation(desk.thing, desk.other, *hours)
    actor = actor_by_id(desk.person.id, now)
    booking = BookingRequest(desk.thing.id, now, now + HOUR, title="Run")
    wanted = SeriesRequest(booking, Repetition(FIRST, starts, ends, times=3))
    found = plan(actor, actor, wanted, now)
    assert outcomes(found) == ["free", "conflict", "free"]
    assert found.rows[1].offer is not None and tuple(map(wall, found.rows[1].offer)) == expected
    taken_up = SeriesRequest(booking, wanted.rule, {1: found.rows[1].offer})
    assert outcomes(plan(actor, actor, taken_up, now)) == ["free"] * 3


def test_programs_and_pages_are_told_the_proposal(client, world, now) -> None:
    desk = Berlin(client, world)
    token = bearer(world.token(desk.person))
    asked = {"instrument_id": desk.thing.id, "start": "2027-03-21T02:00:00+01:00", "end": "2027-03-21T03:00:00+01:00",
             "times": 2, "title": "Run"}  # fmt: skip
    row = client.post("/api/v1/reservation-series/plan", json=asked, headers=token).json["items"][1]
    assert (row["start"], row["reasons"][0]["code"], row["shorter_minutes"]) == (None, "skipped", 0)
    assert row["proposal"] == {"start": "2027-03-28T03:00:00+02:00", "end": "2027-03-28T04:00:00+02:00"}
    typed = {"day": "2027-03-21", "from": "02:00", "until": "03:00", "times": "2"}
    assert "Take 03:00–04:00" in words(desk.post("/series/plan", **typed))


def test_a_change_of_all_proposes_it_and_takes_it(client, world, now) -> None:
    desk = Berlin(client, world)
    number = desk.books(**{"day": "2027-03-21", "from": "09:00", "until": "10:00", "times": "3"})
    page = change(desk, number, **{"day": "2027-03-21", "from": "02:00", "until": "03:00"})
    assert page.status_code == 422 and "Take 03:00–04:00" in words(page)
    token = bearer(world.token(desk.person))
    times = {"scope": "all", "start": "2027-03-21T02:00:00+01:00", "end": "2027-03-21T03:00:00+01:00"}
    address, headers = f"/api/v1/reservation-series/{number}", token | {"If-Match": "*"}
    (left,) = client.patch(address, json=times, headers=headers).json["dates"]
    assert left["proposal"]["start"] == "2027-03-28T03:00:00+02:00" and left["shorter_minutes"] == 0
    takes = {"reservation_id": left["reservation_id"], "choice": "take", **left["proposal"]}
    assert client.patch(address, json=times | {"decisions": [takes]}, headers=headers).status_code == 200
    starts = [each["start"] for each in client.get(address, headers=token).json["items"]]
    assert [start[5:16] for start in starts] == ["03-21T02:00", "03-28T03:00", "04-04T02:00"]
