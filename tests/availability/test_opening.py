"""Open time is what the week says by the wall clock of the lab, cut by holidays, right when clocks change."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments.availability.opening import NO_DAYS, Hours, ValidDay, ValidWeek, expand, midnight
from instruments.availability.table import read_times
from instruments.availability.week import parse_week

XIAN = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
HAVANA = ZoneInfo("America/Havana")


def lab(text: str, valid_from: date | None = None, valid_to: date | None = None) -> Hours:
    return Hours(lab=(ValidWeek(parse_week(text), valid_from, valid_to),))


def wall(
    hours: Hours,
    zone: ZoneInfo,
    first: date,
    last: date,
    holidays: tuple[date, ...] = (),
    weekdays: Mapping[date, int] = NO_DAYS,
) -> list[str]:
    """Open spans as the wall clock shows them, with the offset where it matters to the eye."""
    return [
        f"{datetime.fromtimestamp(start, zone):%a %H:%M}-{datetime.fromtimestamp(end, zone):%a %H:%M}"
        for start, end in expand(hours, zone, first, last, holidays, weekdays)
    ]


def utc(hours: Hours, zone: ZoneInfo, day: date) -> list[str]:
    return [
        f"{datetime.fromtimestamp(start, UTC):%d %H:%M}-{datetime.fromtimestamp(end, UTC):%d %H:%M}"
        for start, end in expand(hours, zone, day, day)
    ]


MON, TUE, FRI, SAT, SUN = (date(2026, 11, day) for day in (23, 24, 27, 28, 29))


@pytest.mark.parametrize(
    ("text", "first", "last", "holidays", "spans"),
    [
        ("Mon-Fri 08:00-12:00,13:00-18:00", MON, MON, (), ["Mon 08:00-Mon 12:00", "Mon 13:00-Mon 18:00"]),
        ("Mon-Fri 08:00-18:00", FRI, SUN, (), ["Fri 08:00-Fri 18:00"]),
        ("Sat 22:00-02:00", SAT, SUN, (), ["Sat 22:00-Sun 02:00"]),
        ("Sat 22:00-02:00", SUN, SUN, (), ["Sun 00:00-Sun 02:00"]),
        ("Sat 22:00-02:00", SAT, SAT, (), ["Sat 22:00-Sun 00:00"]),
        ("Sat 22:00-02:00", SAT, SUN, (SUN,), ["Sat 22:00-Sun 00:00"]),
        ("Sat 22:00-02:00", SAT, SUN, (SAT,), ["Sun 00:00-Sun 02:00"]),
        ("Mon 20:00-24:00; Tue 00:00-02:00", MON, TUE, (), ["Mon 20:00-Tue 02:00"]),
        ("24/7", MON, SUN, (), ["Mon 00:00-Mon 00:00"]),
        ("24/7", MON, FRI, (TUE,), ["Mon 00:00-Tue 00:00", "Wed 00:00-Sat 00:00"]),
        ("closed", MON, SUN, (), []),
    ],
)
def test_a_week_in_xian(
    text: str, first: date, last: date, holidays: tuple[date, ...], spans: list[str]
) -> None:
    assert wall(lab(text), XIAN, first, last, holidays) == spans


def test_the_instruments_own_week_replaces_the_labs_while_it_holds() -> None:
    hours = Hours(
        own=(ValidWeek(parse_week("Mon-Fri 22:00-02:00"), TUE, TUE),),
        lab=(ValidWeek(parse_week("Mon-Fri 08:00-18:00")),),
    )
    assert wall(hours, XIAN, MON, date(2026, 11, 25)) == [
        "Mon 08:00-Mon 18:00",
        "Tue 22:00-Wed 02:00",
        "Wed 08:00-Wed 18:00",
    ]


def test_an_own_closed_week_closes_and_no_week_at_all_publishes_nothing() -> None:
    closed = Hours(own=(ValidWeek(parse_week("closed")),), lab=(ValidWeek(parse_week("24/7")),))
    assert expand(closed, XIAN, MON, SUN) == []
    assert closed.published()
    assert not Hours().published()
    assert not lab("closed").published()


def differing(times: str, first: date, last: date | None = None) -> ValidDay:
    return ValidDay(read_times(times), first, last or first)


@pytest.mark.parametrize(
    ("own", "of_lab", "holidays", "spans"),
    [
        # Of the weeks alone, the instrument's counts.
        ((), (), (), ["Mon 08:00-Mon 18:00", "Mon 22:00-Tue 02:00", "Tue 08:00-Tue 18:00"]),
        # A day of the lab counts before the week of the instrument, one of the instrument before its lab's.
        ((), ("closed",), (), ["Mon 08:00-Mon 18:00", "Mon 22:00-Tue 00:00"]),
        ((), ("10:00-12:00",), (), ["Mon 08:00-Mon 18:00", "Mon 22:00-Tue 02:00", "Tue 10:00-Tue 12:00"]),
        (("09:00-10:00",), ("closed",), (), ["Mon 08:00-Mon 18:00", "Mon 22:00-Tue 02:00", "Tue 09:00-Tue 10:00"]),
        (("closed",), ("09:00-10:00",), (), ["Mon 08:00-Mon 18:00", "Mon 22:00-Tue 00:00"]),
        # A holiday closes the weeks, and nothing else.
        ((), (), (TUE,), ["Mon 08:00-Mon 18:00", "Mon 22:00-Tue 00:00"]),
        ((), ("10:00-12:00",), (TUE,), ["Mon 08:00-Mon 18:00", "Mon 22:00-Tue 02:00", "Tue 10:00-Tue 12:00"]),
        (("09:00-10:00",), (), (TUE,), ["Mon 08:00-Mon 18:00", "Mon 22:00-Tue 02:00", "Tue 09:00-Tue 10:00"]),
        # Over midnight: it belongs to the day it starts.
        (("20:00-03:00",), (), (), ["Mon 08:00-Mon 18:00", "Mon 22:00-Tue 02:00", "Tue 20:00-Wed 00:00"]),
        # Of two that begin together, the one added last; it stands first.
        (("10:00-11:00", "closed"), (), (), ["Mon 08:00-Mon 18:00", "Mon 22:00-Tue 02:00", "Tue 10:00-Tue 11:00"]),
    ],
)  # fmt: skip
def test_what_counts_on_a_date(own, of_lab, holidays, spans) -> None:
    hours = Hours(
        own=(ValidWeek(parse_week("Mon 08:00-18:00,22:00-02:00; Tue 08:00-18:00")),),
        lab=(ValidWeek(parse_week("24/7")),),
        own_days=tuple(differing(times, TUE) for times in own),
        lab_days=tuple(differing(times, TUE) for times in of_lab),
    )
    assert wall(hours, XIAN, MON, TUE, holidays) == spans


def test_of_two_runs_of_days_the_one_that_begins_last_counts() -> None:
    run, one = differing("closed", MON, FRI), differing("09:00-10:00", TUE)
    for days in ((run, one), (one, run)):
        assert wall(Hours(lab_days=days), XIAN, MON, FRI) == ["Tue 09:00-Tue 10:00"]


def test_nights_of_a_run_of_days_go_on_from_one_to_the_next() -> None:
    hours = Hours(own_days=(differing("22:00-06:00", MON, TUE),))
    assert wall(hours, XIAN, MON, FRI) == ["Mon 22:00-Tue 06:00", "Tue 22:00-Wed 06:00"]


def test_days_with_hours_publish_something_and_closed_ones_do_not() -> None:
    assert Hours(own_days=(differing("09:00-10:00", TUE),)).published()
    assert not Hours(lab_days=(differing("closed", TUE),)).published()


def test_of_two_weeks_of_one_owner_the_later_decision_holds() -> None:
    hours = Hours(lab=(ValidWeek(parse_week("24/7")), ValidWeek(parse_week("Mon 09:00-10:00"), MON)))
    assert wall(hours, XIAN, MON, TUE) == ["Mon 09:00-Mon 10:00"]


def test_dates_outside_the_validity_are_closed() -> None:
    assert wall(lab("daily 09:00-10:00", TUE, TUE), XIAN, MON, FRI) == ["Tue 09:00-Tue 10:00"]


SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


@pytest.mark.parametrize(
    ("text", "zone", "day", "spans"),
    [
        ("24/7", BERLIN, SPRING, ["28 23:00-29 22:00"]),
        ("24/7", BERLIN, AUTUMN, ["24 22:00-25 23:00"]),
        ("Sun 02:30-05:00", BERLIN, SPRING, ["29 01:00-29 03:00"]),
        ("Sun 00:00-02:30", BERLIN, SPRING, ["28 23:00-29 01:00"]),
        ("Sun 02:00-02:30", BERLIN, SPRING, []),
        ("Sun 02:30-05:00", BERLIN, AUTUMN, ["25 00:30-25 04:00"]),
        ("Sun 00:00-02:30", BERLIN, AUTUMN, ["24 22:00-25 01:30"]),
        ("Sun 08:00-18:00", BERLIN, SPRING, ["29 06:00-29 16:00"]),
        ("Sun 08:00-18:00", BERLIN, AUTUMN, ["25 07:00-25 17:00"]),
        ("24/7", HAVANA, date(2026, 3, 8), ["08 05:00-09 04:00"]),
        ("24/7", HAVANA, date(2026, 11, 1), ["01 04:00-02 05:00"]),
        ("Sat 20:00-24:00", HAVANA, date(2026, 10, 31), ["01 00:00-01 04:00"]),
    ],
)
def test_the_days_on_which_clocks_change(text: str, zone: ZoneInfo, day: date, spans: list[str]) -> None:
    assert utc(lab(text), zone, day) == spans


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (SUN, 24)])
def test_a_local_day_is_as_long_as_it_is(day: date, hours: int) -> None:
    assert midnight(day + timedelta(days=1), BERLIN) - midnight(day, BERLIN) == hours * 3600


DAYS = st.dates(date(2026, 11, 1), date(2026, 11, 30))
WEEKS = st.sampled_from(
    [
        "24/7", "closed", "Mon-Fri 08:00-18:00", "Mon-Fri 08:00-12:00,13:00-18:00; Sat 22:00-02:00", "daily 22:00-06:30",
        "Sun 23:59-00:01", "Tue 00:00-24:00; Thu 12:00-11:59",
    ]
).map(parse_week)  # fmt: skip
VALID = st.builds(ValidWeek, WEEKS, st.none() | DAYS, st.none() | DAYS)
HOURS = st.builds(Hours, st.lists(VALID, max_size=2).map(tuple), st.lists(VALID, max_size=2).map(tuple))


@pytest.mark.parametrize(
    ("text", "weekdays", "spans"),
    [
        ("Mon-Fri 08:00-18:00", {SUN: 4}, ["Fri 08:00-Fri 18:00", "Sun 08:00-Sun 18:00"]),
        ("Mon-Fri 08:00-18:00; Sun 10:00-12:00", {SUN: 4}, ["Fri 08:00-Fri 18:00", "Sun 08:00-Sun 18:00"]),
        ("Mon-Fri 08:00-18:00", {FRI: 6}, []),
        ("Fri 22:00-02:00", {SAT: 4}, ["Fri 22:00-Sat 02:00", "Sat 22:00-Sun 02:00"]),
        ("24/7", {SUN: 4}, ["Fri 00:00-Mon 00:00"]),
    ],
)
def test_a_day_may_open_with_the_hours_of_another_weekday(
    text: str, weekdays: dict[date, int], spans: list[str]
) -> None:
    assert wall(lab(text), XIAN, FRI, SUN, weekdays=weekdays) == spans


def test_a_holiday_stays_closed_whatever_weekday_it_opens_with() -> None:
    assert wall(lab("Mon-Fri 08:00-18:00"), XIAN, SUN, SUN, (SUN,), {SUN: 4}) == []


@settings(max_examples=60)
@given(
    HOURS,
    DAYS,
    st.integers(0, 4),
    st.frozensets(DAYS, max_size=6),
    st.dictionaries(DAYS, st.integers(0, 6), max_size=6),
)
def test_every_minute_is_open_exactly_when_the_week_says_so(
    hours: Hours, first: date, more: int, holidays: frozenset[date], weekdays: dict[date, int]
) -> None:
    last = first + timedelta(days=more)
    opened = set()
    for start, end in expand(hours, XIAN, first, last, holidays, weekdays):
        opened |= set(range(start, end, 60))
    moment = midnight(first, XIAN)
    while moment < midnight(last + timedelta(days=1), XIAN):
        assert (moment in opened) == open_at(hours, datetime.fromtimestamp(moment, XIAN), holidays, weekdays)
        moment += 60
    assert len(opened) == len([moment for moment in opened if midnight(first, XIAN) <= moment])


def open_at(hours: Hours, local: datetime, holidays: frozenset[date], weekdays: dict[date, int]) -> bool:
    if local.date() in holidays:
        return False
    for back in (0, 1):
        day = local.date() - timedelta(days=back)
        minute = local.hour * 60 + local.minute + back * 1440
        week, weekday = hours.week_on(day), weekdays.get(day, day.weekday())
        if week and any(s.weekday == weekday and s.since <= minute < s.until for s in week.spans):
            return True
    return False
