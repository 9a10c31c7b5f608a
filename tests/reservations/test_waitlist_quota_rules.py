"""Whether so long fits anywhere within some time as quotas stand, also where it straddles two of their periods."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments.availability.week import parse_week
from instruments.reservations.quotas import Quota, periods, within
from instruments.reservations.waitlist.quota_rules import barred, bars_all, longest, used_in
from instruments.timespan import Pair

XIAN = ZoneInfo("Asia/Shanghai")
HOUR = 3600
# Monday 2027-03-01 00:00 in Xi'an.
MONDAY = 1_803_830_400
DAY = 24


def quota(**values: Any) -> Quota:
    usual: dict[str, Any] = {"amount": 4, "per": "day", "measured": "hours"}
    return Quota(**{"id": 1, "owner": "lab", "holder": "person", "over": "lab", **usual, **values})


def hours(first: float, last: float) -> Pair:
    """A span in hours after that Monday began."""
    return MONDAY + round(first * HOUR), MONDAY + round(last * HOUR)


def fits(one: Quota, window: Pair, length: float, held: list[Pair]) -> bool:
    found = periods(one, window, XIAN, MONDAY)
    starts = (window[0], window[1] - round(length * HOUR))
    return not bars_all(barred(one, found, used_in(one, found, held), round(length * HOUR), starts), starts)


FULL_MONDAY, FULL_TUESDAY = hours(8, 12), hours(DAY + 8, DAY + 12)


@pytest.mark.parametrize(("values", "window", "length", "held", "expected"), [
    # In one period: as much as is left.
    ({}, (0, DAY), 4, [], True),
    ({}, (0, DAY), 4.1, [], False),
    ({}, (0, DAY), 2, [(8, 10)], True),
    ({}, (0, DAY), 2.1, [(8, 10)], False),
    # In one of two, or of none.
    ({}, (0, 2 * DAY), 4, [(8, 12)], True),
    ({}, (0, 2 * DAY), 4, [(DAY + 8, DAY + 12)], True),
    ({}, (0, 2 * DAY), 1, [(8, 12), (DAY + 8, DAY + 12)], False),
    # The window reaches into the other, but not far enough.
    ({}, (20, DAY + 2), 3, [(8, 12)], False),
    ({}, (20, DAY + 2), 2, [(8, 12)], True),
    ({}, (20, DAY + 3), 3, [(8, 12)], True),
    # A span that straddles both takes a part of each.
    ({}, (0, 2 * DAY), 8, [], True),
    ({}, (0, 2 * DAY), 8.1, [], False),
    ({}, (20, DAY + 4), 8, [], True),
    ({}, (21, DAY + 5), 8, [], False),
    ({}, (0, 2 * DAY), 6, [(8, 10)], True),
    ({}, (0, 2 * DAY), 6.5, [(8, 10)], False),
    # Over three days the one in the middle is taken whole.
    ({}, (0, 3 * DAY), 26, [], False),
    ({"amount": 24}, (0, 3 * DAY), 72, [], True),
    ({"amount": 24}, (0, 3 * DAY), 26, [(DAY + 8, DAY + 9)], True),
    ({"amount": 24}, (0, 3 * DAY), 60, [(DAY + 8, DAY + 9)], False),
    # Weeks, months and years alike.
    ({"per": "week"}, (6 * DAY, 8 * DAY), 4, [(8, 12)], True),
    ({"per": "week"}, (5 * DAY, 7 * DAY), 1, [(8, 12)], False),
    ({"per": "month"}, (30 * DAY, 32 * DAY), 4, [(8, 12)], True),
    ({"per": "month"}, (30 * DAY, 31 * DAY), 1, [(8, 12)], False),
    ({"per": "year"}, (30 * DAY, 32 * DAY), 1, [(8, 12)], False),
    # Held in future: what has begun counts no more.
    ({"per": "future"}, (5 * DAY, 9 * DAY), 1, [(8, 12)], False),
    ({"per": "future"}, (5 * DAY, 9 * DAY), 4, [(-1, 3)], True),
    # Reservations counted: one that only touches a full period is too many; beside it there is room.
    ({"measured": "count", "amount": 1}, (0, DAY), 1, [(8, 9)], False),
    ({"measured": "count", "amount": 2}, (0, DAY), 24, [(8, 9)], True),
    ({"measured": "count", "amount": 1}, (20, DAY + 3), 3, [(8, 9)], True),
    ({"measured": "count", "amount": 1}, (20, DAY + 3), 3.5, [(8, 9)], False),
    # More than all of it is used, because it was lowered: what does not count is within it all the same.
    ({"amount": 1}, (0, DAY), 0.5, [(8, 12)], False),
    ({"amount": 1, "peak": parse_week("Mon-Fri 09:00-17:00")}, (0, DAY), 7, [(9, 12)], True),
    ({"amount": 1, "peak": parse_week("Mon-Fri 09:00-17:00")}, (9, 18), 7, [(9, 12)], False),
    ({"amount": 1, "peak": parse_week("Mon-Fri 09:00-17:00")}, (9, 18), 2, [], True),
    ({"amount": 0}, (0, DAY), 1, [], False),
], ids=str)  # fmt: skip
def test_a_span_fits_where_every_period_that_it_falls_in_has_room(
    values, window, length, held, expected
) -> None:
    assert fits(quota(**values), hours(*window), length, [hours(*each) for each in held]) is expected


def test_two_quotas_may_leave_nothing_together_where_each_leaves_something() -> None:
    by_day, window = quota(), hours(0, 2 * DAY)
    starts = (window[0], window[1] - HOUR)
    days = periods(by_day, window, XIAN, MONDAY)
    found = [
        barred(by_day, days, used_in(by_day, days, [full]), HOUR, starts)
        for full in (FULL_MONDAY, FULL_TUESDAY)
    ]
    assert [bars_all(each, starts) for each in found] == [False, False]
    assert bars_all([span for each in found for span in each], starts)


@given(
    st.sampled_from(["hours", "count"]),
    st.sampled_from(["day", "week", "future"]),
    st.sampled_from([None, parse_week("Mon-Fri 09:00-17:00"), parse_week("Mon-Sun 22:00-24:00")]),
    st.integers(0, 9),
    st.lists(st.tuples(st.integers(0, 70), st.integers(1, 20)), max_size=4),
    st.tuples(st.integers(0, 50), st.integers(1, 40)),
    st.integers(1, 30),
)
@settings(max_examples=300, deadline=None)
def test_it_fits_exactly_where_trying_every_start_finds_one(
    measured, per, peak, amount, held, window, length
) -> None:
    one = quota(measured=measured, per=per, peak=peak, amount=amount)
    within_it, taken = (
        hours(window[0], window[0] + max(window[1], length)),
        [hours(a, a + b) for a, b in held],
    )
    found = periods(one, within_it, XIAN, MONDAY)
    used = used_in(one, found, taken)
    room = [one.most - already for already in used]

    def is_within(start: int) -> bool:
        takes = [one.taken_by((start, start + length * HOUR), period.parts) for period in found]
        return all(not much or much <= left for much, left in zip(takes, room, strict=True))

    # Every moment at which something changes is a whole hour here, but for a span whose room ends within one.
    tried = any(is_within(start) for start in range(within_it[0], within_it[1] - length * HOUR + 1, HOUR))
    assert fits(one, within_it, length, taken) == tried
    if measured == "hours":
        most = longest(one, found, used, length * HOUR, within_it, HOUR)
        assert (most == length * HOUR) == tried
    for period, already in zip(found, used, strict=True):
        counted = [span for span in taken if per != "future" or span[0] >= period.first]
        spent = sum(within(span, period.parts) for span in counted)
        assert measured == "count" or already == spent
