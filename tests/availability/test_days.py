"""What a day is, what is announced of it, and with which weekday's hours it opens."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.availability.announced import CHINA, announced, is_announced, region_at
from instruments.availability.days import (
    FRIDAY,
    KINDS,
    SUNDAY,
    TAKES,
    Changes,
    Day,
    Pick,
    counting,
    differences,
    ordinary,
    picked,
    plan_of,
    weekday_for,
)

SPRING_SUNDAY, OCTOBER_TUESDAY = date(2026, 9, 20), date(2026, 10, 6)


def day(when: date, kind: str = "holiday", replaces: date | None = None, name: str = "Day") -> Day:
    return Day(when, kind, name, "日", replaces)


@pytest.mark.parametrize("year", [2003, 2027, 2100])
def test_nothing_is_announced_of_years_nobody_told(year: int) -> None:
    assert not is_announced(CHINA, year)
    assert announced(CHINA, year) == ()


def test_no_country_announces_nothing() -> None:
    assert not is_announced("", 2026)
    assert announced("", 2026) == ()


def test_the_notice_of_2026_in_full() -> None:
    days = announced(CHINA, 2026)
    assert sum(each.kind == "holiday" for each in days) == 33
    worked = {each.day.isoformat(): each.replaces.isoformat() for each in days if each.kind == "make_up"}
    assert worked == {
        "2026-01-04": "2026-01-02",
        "2026-02-14": "2026-02-20",
        "2026-02-28": "2026-02-23",
        "2026-05-09": "2026-05-05",
        "2026-09-20": "2026-10-06",
        "2026-10-10": "2026-10-07",
    }
    october = next(each for each in days if each.day == date(2026, 10, 4))
    assert (october.kind, october.name_en, october.name_zh) == ("holiday", "National Day", "国庆节")


@pytest.mark.parametrize("year", range(2004, 2027))
def test_every_announced_year_makes_sense(year: int) -> None:
    days = announced(CHINA, year)
    assert len({each.day for each in days}) == len(days)
    assert days == tuple(sorted(days, key=lambda each: each.day))
    off = {each.day for each in days if each.kind == "holiday"}
    made_up = [each for each in days if each.kind == "make_up"]
    assert all(each.day.weekday() >= 5 for each in made_up)
    assert not off & {each.day for each in made_up}
    pairs = [each.replaces for each in made_up if each.replaces]
    assert len(set(pairs)) == len(pairs)


@pytest.mark.parametrize(
    ("zone", "region"), [("Asia/Shanghai", "CN"), ("Asia/Urumqi", "CN"), ("Europe/Berlin", ""), ("", "")]
)
def test_an_institution_follows_the_country_of_its_zone(zone: str, region: str) -> None:
    assert region_at(zone) == region


@pytest.mark.parametrize(
    ("one", "takes", "weekday"),
    [
        (day(SPRING_SUNDAY, "make_up", OCTOBER_TUESDAY), "replaced", 1),
        (day(SPRING_SUNDAY, "make_up"), "replaced", FRIDAY),
        (day(SPRING_SUNDAY, "make_up", date(2026, 10, 4)), "replaced", FRIDAY),
        (day(SPRING_SUNDAY, "make_up", OCTOBER_TUESDAY), "3", 3),
        (day(SPRING_SUNDAY, "make_up", OCTOBER_TUESDAY), "itself", None),
        (day(OCTOBER_TUESDAY, "rest"), "replaced", SUNDAY),
        (day(SPRING_SUNDAY, "rest"), "replaced", None),
        (day(OCTOBER_TUESDAY, "workday"), "3", None),
        (day(OCTOBER_TUESDAY, "holiday"), "3", None),
    ],
)
def test_with_whose_hours_a_day_opens(one: Day, takes: str, weekday: int | None) -> None:
    assert weekday_for(one, takes) == weekday


def test_a_pick_holds_from_its_date_on_and_leaves_what_was_before() -> None:
    picks = [Pick(date(2026, 6, 1), "3"), Pick(date(2026, 9, 1), "itself")]
    days = [date(2026, 5, 31), date(2026, 6, 1), date(2026, 8, 31), date(2026, 9, 1)]
    assert [picked(picks, each) for each in days] == ["replaced", "3", "3", "itself"]


def test_the_hand_counts_before_the_announcement() -> None:
    announced_day, by_hand = day(OCTOBER_TUESDAY), day(OCTOBER_TUESDAY, "workday")
    for order in (
        [(announced_day, "announced"), (by_hand, "hand")],
        [(by_hand, "hand"), (announced_day, "announced")],
    ):
        counted = counting(order)
        assert counted == {OCTOBER_TUESDAY: (by_hand, "hand")}
        assert plan_of(counted).closed == frozenset()


DAYS = st.dates(date(2026, 1, 1), date(2026, 3, 1))
SOME = st.dictionaries(DAYS, st.sampled_from(KINDS), max_size=12).map(
    lambda kinds: [day(when, kind) for when, kind in kinds.items()]
)


@given(SOME, SOME, DAYS)
def test_what_is_over_is_never_changed_and_what_comes_is_as_announced(
    there: list[Day], said: list[Day], today: date
) -> None:
    changes = differences(there, said, today)
    gone = {each.day for each in (*changes.removed, *changes.changed)}
    after = [each for each in there if each.day not in gone] + [*changes.added, *changes.changed]
    key = lambda each: each.day  # noqa: E731
    assert sorted((each for each in after if each.day <= today), key=key) == sorted(
        (each for each in there if each.day <= today), key=key
    )
    assert sorted((each for each in after if each.day > today), key=key) == sorted(
        (each for each in said if each.day > today), key=key
    )
    assert not differences(after, said, today)
    assert differences(after, said, today) == Changes()


@given(SOME, st.sampled_from(TAKES), st.sampled_from(TAKES), DAYS)
def test_a_later_pick_changes_no_earlier_day(days: list[Day], first: str, second: str, since: date) -> None:
    counted = counting((each, "hand") for each in days)
    before = plan_of(counted, [Pick(date(2025, 1, 1), first)])
    after = plan_of(counted, [Pick(date(2025, 1, 1), first), Pick(since, second)])
    assert before.closed == after.closed
    earlier = lambda plan: [each for each in plan.weekdays if each[0] < since]  # noqa: E731
    assert earlier(before) == earlier(after)


def test_a_day_that_nothing_is_said_of() -> None:
    monday = date(2026, 11, 23)
    kinds = [ordinary(monday + timedelta(days=number)) for number in range(7)]
    assert kinds == ["workday"] * 5 + ["rest"] * 2
