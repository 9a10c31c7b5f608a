"""When forms are due: working days with make-up workdays, days of a year, and the calendar of an institution."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from instruments.availability import announced
from instruments.availability.day_models import NationalCalendar
from instruments.availability.days import HOLIDAY, MAKE_UP
from instruments.database import db
from instruments.errors import Refusal
from instruments.people.rights import Role
from instruments.reports.deadlines import due_after, due_after_each, due_on, workdays_after
from instruments.reports.due import calendar_of, not_on_record
from instruments.reports.form import Deadline
from instruments.reports.spans import period_of, read
from instruments.reports.waiting import waiting_for
from instruments.utilization import periods
from tests.conftest import Statements
from tests.reports.scene import NOW, House
from tests.reports.test_filing import file_it
from tests.world import World, bearer, sign_in

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


@pytest.mark.parametrize(
    "deadline",
    [Deadline("working_days", days=30), Deadline("days", days=31), Deadline("working_days", days=0)],
)
def test_many_days_at_once_are_due_as_each_alone(deadline: Deadline) -> None:
    asked = [date(2019, 12, 27) + timedelta(days=n * n) for n in range(40)]
    alone = {day: due_after(deadline, day, weekdays) for day in asked}
    assert due_after_each(deadline, reversed(asked), weekdays) == alone


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
    # From Monday, 28 December: four days of that week (New Year's Day is off), then 26 more. Of 2020: Qingming is taken off,
    # and Sunday, 26 April, was worked.
    assert found == {
        thing.id: (date(2027, 2, 8), "now"), late.id: (date(2026, 12, 14), "overdue"),
        house.thing.id: (date(2020, 4, 26), "overdue"),
    }  # fmt: skip


# Accepted, where: due, late since, and whether days off of those years are unknown.
LONG_AGO = [
    ("CN", date(2020, 3, 15), date(2020, 4, 26), False),
    ("CN", date(1998, 3, 15), date(1998, 4, 24), True),
    ("CN", date(2003, 12, 1), date(2004, 1, 13), True),
    ("CN", date(2026, 12, 25), date(2027, 2, 5), True),
    ("", date(2020, 3, 15), date(2020, 4, 24), True),
    ("", date(2021, 3, 15), date(2021, 4, 27), False),
]


@pytest.mark.parametrize(("region", "accepted", "due", "provisional"), LONG_AGO)
def test_what_was_never_filed_is_late_since_a_day(
    house: House, region: str, accepted: date, due: date, provisional: bool
) -> None:
    """Where nothing is announced, a year is known as soon as days of it were entered."""
    db.session.add(NationalCalendar(institution_id=house.home.id, region=region))
    db.session.commit()
    if not region:
        house.world.holiday(house.home, date(2021, 4, 5), kind=HOLIDAY)
    old = house.instrument(commissioned_on=accepted)
    found = next(each for each in not_on_record(house.home, NOW) if each.id == old.id)
    late = due < TODAY
    assert (found.due, found.provisional) == (due, provisional)
    assert (found.standing, found.late_since) == (
        ("overdue", due + timedelta(days=1)) if late else ("now", None)
    )


def test_a_correction_by_hand_counts_before_what_the_country_announced(house: House) -> None:
    house.world.holiday(house.home, date(2020, 4, 26), kind="rest")
    assert [each.due for each in not_on_record(house.home, NOW)] == [date(2020, 4, 27)]


def test_where_the_day_of_acceptance_is_missing_the_page_says_where_it_is_entered(
    client: FlaskClient, house: House
) -> None:
    blank = house.instrument(commissioned_on=None)
    new = house.instrument(commissioned_on=date(2026, 12, 25))
    assert [(each.id, each.due, each.standing) for each in not_on_record(house.home, NOW)] == [
        (new.id, date(2027, 2, 5), "now"), (house.thing.id, date(2020, 4, 26), "overdue"), (blank.id, None, "unknown"),
    ]  # fmt: skip
    sign_in(client, house.manager)
    page = client.get(f"/institutions/{house.home.id}/reports").text
    assert (
        f"/instruments/{blank.id}/edit?field=commissioned_on#f-commissioned_on" in page
        and "cannot be told without it" in page
    )
    assert "since 27 Apr 2020" in page and "Overdue 1" in page and "long ago" not in page
    assert page.count("provisional: days off") == 1
    sign_in(client, house.auditor)
    page = client.get(f"/institutions/{house.home.id}/reports").text
    assert f"/instruments/{blank.id}/edit" not in page and "entered with the instrument" in page


def test_all_that_are_not_on_record_are_one_click_away(client: FlaskClient, house: House) -> None:
    things = [house.instrument(commissioned_on=date(2019, 1, 1 + n)) for n in range(11)]
    sign_in(client, house.manager)
    address = f"/institutions/{house.home.id}/reports"
    first, all_of_them = client.get(address).text, client.get(f"{address}?all=1").text
    assert f'{address}?all=1#record-title">and 2 more' in first
    assert [first.count(f'href="/instruments/{thing.id}"') for thing in (things[0], things[-1])] == [1, 0]
    assert (
        all(f'href="/instruments/{thing.id}"' in all_of_them for thing in things)
        and "more</a>" not in all_of_them
    )


def test_programs_read_the_same_days(client: FlaskClient, house: House) -> None:
    blank = house.instrument(commissioned_on=None)
    key = bearer(house.world.token(house.auditor, "reports:read"))
    found = client.get(f"/api/v1/institutions/{house.home.id}/reports", headers=key).json["not_on_record"]
    names = ("id", "accepted", "due", "standing", "late_since", "provisional", "mend")
    assert [tuple(each[name] for name in names) for each in found] == [
        (house.thing.id, "2020-03-15", "2020-04-26", "overdue", "2020-04-27", False, None),
        (blank.id, None, None, "unknown", None, False,
         f"/instruments/{blank.id}/edit?field=commissioned_on#f-commissioned_on"),
    ]  # fmt: skip


def test_many_instruments_take_no_more_statements_than_one(house: House, statements: Statements) -> None:
    not_on_record(house.home, NOW)
    one = len(statements)
    for n in range(20):
        house.instrument(commissioned_on=date(2001, 1, 1) + timedelta(days=97 * n))
    statements.clear()
    assert len(not_on_record(house.home, NOW)) == 21 and len(statements) <= one


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
