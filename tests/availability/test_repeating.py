"""Closures that repeat: the dates of a rule, on the wall whatever the clocks do, and what is taken back of them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from instruments.availability.closures import Wanted
from instruments.availability.models import Closure
from instruments.availability.repeating import Repeat, as_rule, dates, objections, read_rule
from instruments.availability.series import add_closures, following
from instruments.database import db
from instruments.errors import Refusal


@pytest.mark.parametrize(
    ("first", "every", "until", "days"),
    [
        ("2027-03-01", "week", "2027-02-28", []),
        ("2027-03-01", "week", "2027-03-01", ["2027-03-01"]),
        ("2027-03-01", "week", "2027-03-20", ["2027-03-01", "2027-03-08", "2027-03-15"]),
        ("2027-03-01", "fortnight", "2027-03-30", ["2027-03-01", "2027-03-15", "2027-03-29"]),
        ("2027-11-01", "month", "2028-01-31", ["2027-11-01", "2027-12-06", "2028-01-03"]),
        ("2027-03-26", "month", "2027-05-31", ["2027-03-26", "2027-04-23", "2027-05-28"]),
        # the fifth Monday is the last of its month
        ("2027-03-29", "month", "2027-06-30", ["2027-03-29", "2027-04-26", "2027-05-31", "2027-06-28"]),
        ("2027-11-30", "month", "2028-02-29", ["2027-11-30", "2027-12-28", "2028-01-25", "2028-02-29"]),
    ],
)
def test_the_dates_of_a_rule(first, every, until, days) -> None:
    repeat = Repeat(every, date.fromisoformat(until))
    assert [str(day) for day in dates(date.fromisoformat(first), repeat)] == days


@pytest.mark.parametrize(
    ("end", "every", "until", "codes"),
    [
        ("2027-03-01 12:00", "year", "2027-06-01", ["repeat"]),
        (None, "week", "2027-06-01", ["repeat_open"]),
        ("2027-03-09 12:00", "week", "2027-06-01", ["repeat_long"]),
        ("2027-03-01 12:00", "week", "2027-02-28", ["repeat_order"]),
        ("2027-03-09 12:00", "week", "2029-03-03", ["repeat_long", "repeat_far"]),
        ("2027-03-08 08:00", "week", "2029-03-01", []),
    ],
)
def test_what_cannot_repeat(end, every, until, codes) -> None:
    start = datetime.fromisoformat("2027-03-01 08:00")
    found = objections(start, end and datetime.fromisoformat(end), Repeat(every, date.fromisoformat(until)))
    assert [reason.code for reason in found] == codes


@pytest.mark.parametrize(
    ("first", "every", "rule", "words"),
    [
        ("2027-03-01", "week", "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;UNTIL=20270630", "every %(weekday)s until %(until)s"),
        ("2027-03-07", "fortnight", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;UNTIL=20270630",
         "every other %(weekday)s until %(until)s"),
        ("2027-03-10", "month", "FREQ=MONTHLY;BYDAY=2WE;UNTIL=20270630",
         "every second %(weekday)s of the month until %(until)s"),
        ("2027-03-29", "month", "FREQ=MONTHLY;BYDAY=-1MO;UNTIL=20270630",
         "every last %(weekday)s of the month until %(until)s"),
    ],
)  # fmt: skip
def test_a_rule_is_kept_as_calendars_write_it_and_said_in_words(first, every, rule, words) -> None:
    day = date.fromisoformat(first)
    assert as_rule(day, Repeat(every, date(2027, 6, 30))) == rule
    assert read_rule(rule) == (words, day.weekday(), date(2027, 6, 30))


def weekly(world, now, zone: str, start: str, until: date, length: timedelta) -> list[Closure]:
    lab, begins = world.lab(zone=zone), datetime.fromisoformat(start)
    wanted = Wanted("maintenance", "Refill", begins, begins + length)
    return add_closures(lab, wanted, Repeat("week", until), actor_id=None, now=now)


def test_the_wall_shows_the_same_times_when_the_clocks_change(world, now) -> None:
    made = weekly(world, now, "Europe/Berlin", "2027-03-22 08:00", date(2027, 3, 29), timedelta(hours=4))
    assert [each.starts_at for each in made] == [
        datetime(2027, 3, 22, 7, tzinfo=UTC),
        datetime(2027, 3, 29, 6, tzinfo=UTC),
    ]
    assert {(each.series, each.rule) for each in made} == {
        (made[0].id, "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;UNTIL=20270329")
    }


def test_a_time_that_the_clocks_skip_is_left_out(world, now) -> None:
    made = weekly(world, now, "Europe/Berlin", "2027-03-21 02:15", date(2027, 4, 4), timedelta(minutes=30))
    assert [each.starts_at.day for each in made] == [21, 4]


def test_nothing_is_made_where_something_is_wrong(world, now) -> None:
    with pytest.raises(Refusal, match="repeat_long"):
        weekly(world, now, "Asia/Shanghai", "2027-03-02 08:00", date(2027, 4, 1), timedelta(days=8))
    assert db.session.scalars(select(Closure)).all() == []


def test_those_that_follow(world, now) -> None:
    made = weekly(world, now, "Asia/Shanghai", "2027-03-02 08:00", date(2027, 3, 30), timedelta(hours=4))
    assert following(made[1], now) == made[2:]
    assert following(made[1], now + timedelta(days=16)) == made[3:]
    assert following(world.closure(world.lab(), now, now + timedelta(hours=1)), now) == []
