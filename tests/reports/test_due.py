"""When forms are due: working days with make-up workdays, days of a year, and the calendar of an institution."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from instruments.availability import announced
from instruments.availability.days import HOLIDAY, MAKE_UP
from instruments.errors import Refusal
from instruments.people.rights import Role
from instruments.reports.deadlines import due_after, due_on, workdays_after
from instruments.reports.due import calendar_of, not_on_record
from instruments.reports.form import Deadline
from instruments.reports.spans import period_of, read
from instruments.reports.waiting import waiting_for
from instruments.utilization import periods
from tests.reports.scene import NOW, House
from tests.reports.test_filing import file_it
from tests.world import World

TODAY = date(2027, 1, 20)


def weekdays(day: date) -> bool:
    return day.weekday() < 5


GOLDEN = [
    (Deadline("days", days=31), "2026-Q3", date(2026, 10, 31)),
    (Deadline("working_days", days=5), "2026-Q3", date(2026, 10, 7)),
    (Deadline("on", month=10, day=31), "2025/26", date(2026, 10, 31)),
    (Deadline("on", month=4, day=30, next_year=True), "2026", date(2027, 4, 30)),
    (Deadline("on", month=2, day=31, next_year=True), "2026", date(2027, 2, 28)),
    (Deadline("on", month=6, day=30, next_year=True), "2024-01-01..2025-12-31", date(2026, 6, 30)),
]


@pytest.mark.parametrize(("deadline", "period", "expected"), GOLDEN)
def test_the_last_day_in_time(deadline: Deadline, period: str, expected: date) -> None:
    assert due_on(deadline, periods.read(period), weekdays) == expected


def test_thirty_working_days_go_by_the_announced_calendar() -> None:
    """Accepted on Friday, 30 January 2026: Spring Festival takes days, two weekends are worked."""
    kinds = {day.day: day.kind for day in announced.announced("CN", 2026)}

    def workday(day: date) -> bool:
        return kinds.get(day, "workday" if day.weekday() < 5 else "rest") in ("workday", MAKE_UP)

    found = due_after(Deadline("working_days", days=30), date(2026, 1, 30), workday)
    counted = [date(2026, 1, 30) + timedelta(days=n) for n in range(1, (found - date(2026, 1, 30)).days + 1)]
    assert sum(workday(day) for day in counted) == 30 and workday(found)
    assert found != workdays_after(date(2026, 1, 30), 30, weekdays)


def test_two_years_begin_with_an_even_one() -> None:
    for day in (date(2026, 5, 1), date(2027, 12, 31)):
        assert period_of("two_years", day).code == "2026-01-01..2027-12-31"


@pytest.mark.parametrize(
    ("kind", "code", "wrong"),
    [
        ("quarter", "2026", "period_kind"), ("year", "2026-Q1", "period_kind"), ("quarter", "2027-Q2", "not_begun"),
        ("two_years", "2025-01-01..2026-12-31", "period_kind"), ("academic", "2026/28", "period"),
    ],
)  # fmt: skip
def test_a_form_is_of_its_own_kind_of_period(kind: str, code: str, wrong: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read(kind, code, TODAY)
    assert [reason.code for reason in refusal.value.reasons] == [wrong]


# --- The calendar -----------------------------------------------------------------------------------------------------


@pytest.fixture
def house(app, world: World) -> House:
    return House(world)


def standings(house: House) -> dict[tuple[str, str], str]:
    return {(each.form.code, each.period.code): each.standing for each in calendar_of(house.home, NOW)}


def test_where_nothing_was_used_nothing_is_due(house: House) -> None:
    assert calendar_of(house.home, NOW) == []


def test_what_is_due_since_the_first_use_that_is_known(house: House) -> None:
    house.use("2026-08-25", "09:00-10:00")
    assert standings(house) == {
        ("service_record", "2026-Q3"): "now", ("service_record", "2026-Q4"): "now", ("service_record", "2027-Q1"): "later",
        ("form_3", "2025/26"): "overdue", ("form_3", "2026/27"): "later", ("annual_summary", "2026"): "now",
        ("annual_summary", "2027"): "later", ("assessment", "2026-01-01..2027-12-31"): "later",
    }  # fmt: skip
    file_it(house, house.draft("service_record", "2026-Q3"))
    assert standings(house)["service_record", "2026-Q3"] == "filed"


def test_a_lab_has_forms_of_its_own(house: House) -> None:
    house.use("2026-08-25", "09:00-10:00")
    assert [(each.form.code, each.period.code) for each in calendar_of(house.home, NOW, house.lab.id)] == [
        ("service_evidence", "2026"), ("service_evidence", "2027"),
    ]  # fmt: skip


def test_a_new_instrument_is_due_thirty_working_days_after_its_acceptance(house: House) -> None:
    house.world.holiday(house.home, date(2027, 1, 1), kind=HOLIDAY)
    thing = house.instrument(commissioned_on=date(2026, 12, 25))
    late = house.instrument(commissioned_on=date(2026, 11, 2))
    found = {each.id: (each.due, each.standing) for each in not_on_record(house.home, NOW)}
    # From Monday, 28 December: four days of that week (New Year's Day is off), then 26 more.
    assert found == {
        thing.id: (date(2027, 2, 8), "now"), late.id: (date(2026, 12, 14), "overdue"),
        house.thing.id: (None, "overdue"),
    }  # fmt: skip


def test_what_waits_for_whom(house: House) -> None:
    house.use("2026-11-25", "09:00-10:00", subject="")
    house.instrument(commissioned_on=date(2026, 12, 25))
    house.draft("service_record", "2026-Q4")
    managers, keepers = (waiting_for(house.actor(person), NOW) for person in (house.manager, house.keeper))
    assert (managers.institutions, managers.not_on_record, managers.labs) == (
        ((house.home.id, 0, 2),),
        ((house.home.id, 1),),
        (),
    )
    assert (keepers.institutions, keepers.not_on_record, keepers.labs) == ((), (), ((house.lab.id, 1),))
    nobody = house.world.person(house.home)
    house.world.grant(nobody, Role.LAB_OPERATOR, house.lab)
    assert waiting_for(house.actor(nobody), NOW).labs == ()
