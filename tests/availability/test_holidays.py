"""Public holidays: pasted lines are read or refused line by line, days that are over stay."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from instruments.availability import calendar, day_lines
from instruments.availability.correcting import correct, take_back
from instruments.availability.day_lines import NamedDay
from instruments.availability.institution_days import rows_between, years_of
from instruments.catalog.revision import catalog_number
from instruments.database import db
from instruments.errors import Reason, Refusal
from instruments.journal.models import JournalEntry

TODAY = date(2027, 3, 1)
OCTOBER = date(2027, 10, 1)


def read_lines(text: str) -> list[NamedDay]:
    """The days, where all of them can be read."""
    reasons: list[Reason] = []
    days = day_lines.read_lines(text, reasons)
    if reasons:
        raise Refusal(reasons)
    return days


def holidays_of(institution_id: int, year: int):
    return rows_between(institution_id, date(year, 1, 1), date(year, 12, 31))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "holidays_empty"),
        ("   \n ", "holidays_empty"),
        ("National Day", "holiday_line"),
        ("2027-10-01", "holiday_line"),
        ("2027-02-30 Leap", "holiday_date"),
        ("1027-10-01 Long ago", "holiday_date"),
        ("2027-13-01 Thirteenth", "holiday_date"),
        ("2027-10-07 – 2027-10-01 Backwards", "holiday_run"),
        ("2027-10-01 – 2028-10-01 A year", "holiday_run"),
        ("2027-10-01 One\n2027-10-01 Two", "holiday_twice"),
        ("2027-10-01 ,,", "holiday_name"),
        ("2027-10-01 x\n" * 401, "holidays_many"),
    ],
)
def test_lines_that_cannot_be_read_are_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_lines(text)
    assert [reason.code for reason in refused.value.reasons] == [code]
    assert refused.value.reasons[0].field == "lines"


def test_every_bad_line_is_named_at_once() -> None:
    with pytest.raises(Refusal) as refused:
        read_lines("nothing\n2027-10-01 National Day\n\n2027-02-30 x")
    assert [reason.values["line"] for reason in refused.value.reasons] == [1, 4]


@pytest.mark.parametrize(
    "line",
    [
        "2027-10-01 National Day, 国庆节",
        "2027/10/1 国庆节 / National Day",
        "2027.10.1,National Day,国庆节",
        "2027年10月1日 国庆节，National Day",
        "2027-10-01\t国庆节 National Day",
        "2027-10-01 National Day 国庆节",
    ],
)
def test_a_line_is_a_date_and_names(line: str) -> None:
    assert read_lines(line) == [NamedDay(OCTOBER, "National Day", "国庆节")]


def test_one_name_serves_both_languages() -> None:
    assert read_lines("2027-05-01 Labour Day") == [NamedDay(date(2027, 5, 1), "Labour Day", "Labour Day")]
    assert read_lines("2027-05-01 劳动节") == [NamedDay(date(2027, 5, 1), "劳动节", "劳动节")]


@pytest.mark.parametrize("between", [" – ", "-", " - ", " to ", "至", "～"])
def test_a_run_of_days_is_one_line(between: str) -> None:
    days = read_lines(f"2027-10-01{between}2027-10-07 National Day, 国庆节")
    assert [each.day.day for each in days] == [1, 2, 3, 4, 5, 6, 7]
    assert {each.name_zh for each in days} == {"国庆节"}


def test_days_that_are_over_or_there_already_are_refused_together(world, now) -> None:
    institution = world.institution()
    world.holiday(institution, OCTOBER, name_en="National Day")
    days = [NamedDay(date(2027, 2, 28), "Over", "过去"), NamedDay(OCTOBER, "Again", "又")]
    with pytest.raises(Refusal) as refused:
        correct(institution, days, "holiday", today=TODAY, actor_id=None, now=now)
    assert [(reason.code, reason.field) for reason in refused.value.reasons] == [
        ("holiday_over", "lines"),
        ("holiday_there", "lines"),
    ]
    assert len(holidays_of(institution.id, 2027)) == 1


def test_a_holiday_that_is_over_cannot_be_removed(world, now) -> None:
    institution = world.institution()
    world.holiday(institution, date(2027, 1, 1))
    with pytest.raises(Refusal, match="holiday_over"):
        take_back(institution, date(2027, 1, 1), today=TODAY, actor_id=None, now=now)
    assert len(holidays_of(institution.id, 2027)) == 1


def test_holidays_are_added_listed_by_year_and_removed(world, now) -> None:
    institution, other = world.institution(), world.institution()
    world.holiday(other, OCTOBER)
    days = read_lines("2027-10-01 – 2027-10-03 National Day, 国庆节\n2028-01-01 New Year, 元旦")
    correct(institution, days, "holiday", today=TODAY, actor_id=None, now=now)
    assert years_of(institution.id) == [2027, 2028]
    assert [row.day.day for row in holidays_of(institution.id, 2027)] == [1, 2, 3]

    take_back(institution, OCTOBER, today=TODAY, actor_id=None, now=now)
    number = catalog_number()
    take_back(institution, OCTOBER, today=TODAY, actor_id=None, now=now)
    assert catalog_number() >= number
    assert [row.day.day for row in holidays_of(institution.id, 2027)] == [2, 3]
    assert len(holidays_of(other.id, 2027)) == 1
    deeds = db.session.scalars(select(JournalEntry.deed).order_by(JournalEntry.id)).all()
    assert deeds == ["holiday.added", "holiday.removed"]


def test_a_holiday_closes_at_once_from_midnight_to_midnight_in_each_labs_zone(world, now) -> None:
    institution = world.institution()
    berlin = world.instrument(world.lab(institution, zone="Europe/Berlin"))
    sunday = date(2027, 3, 28)  # the clocks go forward: the day has 23 hours
    first, last = (int(datetime(2027, 3, day, tzinfo=UTC).timestamp()) for day in (27, 30))
    assert calendar.calendar_of(berlin.id).opened(first, last) == [(first, last)]
    correct(institution, [NamedDay(sunday, "Day", "日")], "holiday", today=TODAY, actor_id=None, now=now)
    opened = calendar.calendar_of(berlin.id).opened(first, last)
    assert opened[1][0] - opened[0][1] == 23 * 3600
