"""What an instrument asks of its user: tables of examples of levels, nights, admissions and second people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.qualifications.needs import (
    LEVELS,
    NOBODY,
    Held,
    Needs,
    Night,
    Standing,
    Use,
    has_to_be_assisted,
    lacking,
    objections,
    rank,
)

XIAN = ZoneInfo("Asia/Shanghai")
NIGHT = Night(20 * 60, 8 * 60)
INSTRUMENT, TECHNIQUE, HOME = 5, 7, 1
PLAIN = Needs(INSTRUMENT, HOME, 2, frozenset({TECHNIQUE}), night=NIGHT)
UNTIL = date(2027, 12, 31)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=XIAN).timestamp())


def use(start: str = "2027-03-02T10:00", end: str = "2027-03-02T12:00", **more) -> Use:
    return Use((at(start), at(end)), XIAN, **{"user_id": 1} | more)


def having(
    level: str | None = None, expires_on: date | None = None, *, technique: bool = False, admitted=None
):
    held = (
        ()
        if level is None
        else (Held(None if technique else INSTRUMENT, TECHNIQUE if technique else None, level, expires_on),)
    )
    return Standing(held, {} if admitted is None else {HOME: admitted})


def codes(reasons) -> list[str]:
    return [reason.code for reason in reasons]


@pytest.mark.parametrize(
    ("start", "end", "touches"),
    [
        ("2027-03-02T08:00", "2027-03-02T20:00", False),  # ends are half-open: from the end to the beginning
        ("2027-03-02T07:45", "2027-03-02T09:00", True),
        ("2027-03-02T19:00", "2027-03-02T20:15", True),
        ("2027-03-02T10:00", "2027-03-03T10:00", True),
        ("2027-03-02T23:00", "2027-03-02T23:30", True),
        ("2027-03-02T02:00", "2027-03-02T03:00", True),
        ("2027-03-06T10:00", "2027-03-06T11:00", False),  # a Saturday
    ],
)
def test_which_times_touch_the_night(start: str, end: str, touches: bool) -> None:
    assert NIGHT.touches((at(start), at(end)), XIAN) is touches


@pytest.mark.parametrize(
    ("day", "is_off"),
    [
        ("2027-03-05", False),
        ("2027-03-06", True),
        ("2027-03-07", True),
        ("2027-03-08", False),
        ("2027-03-09", True),
    ],
)
def test_days_off_are_night_where_the_rule_says_so(day: str, is_off: bool) -> None:
    span = (at(f"{day}T10:00"), at(f"{day}T12:00"))
    holidays = {date(2027, 3, 9)}
    assert replace(NIGHT, days_off=True).touches(span, XIAN, holidays) is is_off
    # A Saturday that is worked to make up for another day is none.
    made_up = replace(NIGHT, days_off=True).touches(span, XIAN, holidays, {date(2027, 3, 6)})
    assert made_up is (is_off and day != "2027-03-06")
    assert not NIGHT.touches(span, XIAN, holidays)


def test_a_night_within_one_day() -> None:
    noon = Night(12 * 60, 14 * 60)
    assert noon.touches((at("2027-03-02T13:00"), at("2027-03-02T15:00")), XIAN)
    assert not noon.touches((at("2027-03-02T14:00"), at("2027-03-03T12:00")), XIAN)


@given(st.integers(0, 400 * 86400), st.integers(60, 3 * 86400))
def test_the_night_on_a_wall_whose_clocks_change(since: int, length: int) -> None:
    """A span touches the night just when one of its minutes is in it on the wall."""
    zone = ZoneInfo("Europe/Berlin")
    start = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp()) + since // 60 * 60
    end = start + length // 60 * 60
    quarters = range(start, end, 60)
    inside = any(
        not 8 * 60 <= wall.hour * 60 + wall.minute < 20 * 60
        for wall in (datetime.fromtimestamp(each, zone) for each in quarters)
    )
    assert NIGHT.touches((start, end), zone) is inside


BY_DAY, BY_NIGHT = ("2027-03-02T10:00", "2027-03-02T12:00"), ("2027-03-02T22:00", "2027-03-03T02:00")


@pytest.mark.parametrize(
    ("level", "night_level", "held", "by_day", "by_night"),
    [
        ("", "", None, [], []),
        ("independent", "", None, ["not_qualified"], ["not_qualified"]),
        ("independent", "", "assisted", ["level_too_low"], ["level_too_low"]),
        ("independent", "", "independent", [], []),
        ("independent", "", "night", [], []),  # night includes independent
        ("assisted", "", "assisted", [], []),
        ("independent", "night", "independent", [], ["level_too_low"]),
        ("independent", "night", "night", [], []),
        ("assisted", "independent", "assisted", [], ["level_too_low"]),
        ("", "night", None, [], ["not_qualified"]),
        ("", "night", "independent", [], ["level_too_low"]),
    ],
)
def test_which_level_is_needed_when(level, night_level, held, by_day, by_night) -> None:
    needs = replace(PLAIN, level=level, night_level=night_level)
    assert codes(lacking(needs, use(*BY_DAY), having(held))) == by_day
    assert codes(lacking(needs, use(*BY_NIGHT), having(held))) == by_night
    assert codes(lacking(needs, use(*BY_NIGHT), having(held, technique=True))) == by_night
    assert codes(lacking(needs, use(*BY_NIGHT), Standing(), is_staff=True)) == []


@pytest.mark.parametrize(
    ("expires_on", "end", "refused"),
    [
        (date(2027, 3, 2), "2027-03-02T12:00", []),
        (date(2027, 3, 1), "2027-03-02T12:00", ["qualification_expires"]),
        (date(2027, 3, 2), "2027-03-03T00:00", []),  # to midnight it is still that day
        (date(2027, 3, 2), "2027-03-03T00:15", ["qualification_expires"]),
        (None, "2027-03-31T12:00", []),
    ],
)
def test_what_ends_before_the_day_of_the_reservation_does_not_count(expires_on, end, refused) -> None:
    needs = replace(PLAIN, level="independent")
    assert codes(lacking(needs, use(end=end), having("independent", expires_on))) == refused


def test_a_qualification_for_another_instrument_or_technique_does_not_count() -> None:
    needs = replace(PLAIN, level="assisted")
    other = Standing((Held(6, None, "night", None), Held(None, 8, "night", None)))
    assert codes(lacking(needs, use(), other)) == ["not_qualified"]


def test_of_several_the_highest_that_lasts_counts() -> None:
    needs = replace(PLAIN, level="independent")
    both = Standing(
        (Held(INSTRUMENT, None, "night", date(2027, 1, 1)), Held(None, TECHNIQUE, "independent", None))
    )
    assert lacking(needs, use(), both) == []
    low = Standing(
        (Held(INSTRUMENT, None, "night", date(2027, 1, 1)), Held(None, TECHNIQUE, "assisted", None))
    )
    assert codes(lacking(needs, use(), low)) == ["qualification_expires"]


@pytest.mark.parametrize(
    ("admitted", "refused"),
    [(None, ["admission_missing"]), (date(2027, 3, 1), ["admission_expires"]), (date(2027, 3, 2), [])],
)
def test_the_admission_is_tested_first_and_for_the_staff_too(admitted, refused) -> None:
    needs = replace(PLAIN, admission=True, level="independent")
    assert codes(lacking(needs, use(), having(admitted=admitted))) == [*refused, "not_qualified"]
    assert codes(lacking(needs, use(), having(admitted=admitted), is_staff=True)) == refused
    elsewhere = Standing(admissions={HOME + 1: UNTIL})
    assert codes(lacking(needs, use(), elsewhere, is_staff=True)) == ["admission_missing"]


ADMITTED, UNADMITTED = having(admitted=UNTIL), having()


@pytest.mark.parametrize(
    ("needs", "more", "second", "refused"),
    [
        ({"two_at_night": True}, {}, None, []),
        ({"two_at_night": True}, {"night": True}, None, ["second_missing"]),
        ({"two_if_hazardous": True}, {}, None, []),
        ({"two_if_hazardous": True}, {"hazardous": True}, None, ["second_missing"]),
        ({"two_if_hazardous": True}, {"night": True}, None, []),
        ({"two_at_night": True}, {"night": True, "second_id": NOBODY}, None, ["second_unfit"]),
        ({"two_at_night": True}, {"night": True, "second_id": 1}, ADMITTED, ["second_is_user"]),
        ({"two_at_night": True}, {"night": True, "second_id": 2}, UNADMITTED, ["second_unfit"]),
        ({"two_at_night": True}, {"night": True, "second_id": 2}, ADMITTED, []),
        ({}, {"second_id": NOBODY}, None, ["second_unfit"]),  # named without need, and still wrong
    ],
)
def test_when_two_must_be_present(needs, more, second, refused) -> None:
    times = BY_NIGHT if more.pop("night", False) else BY_DAY
    assert codes(lacking(replace(PLAIN, **needs), use(*times, **more), Standing(), second)) == refused


@pytest.mark.parametrize(
    ("level", "held", "assisted"),
    [("assisted", "assisted", True), ("assisted", "independent", False), ("independent", "assisted", False)],
)
def test_who_comes_only_when_somebody_assists(level, held, assisted) -> None:
    assert has_to_be_assisted(replace(PLAIN, level=level), use(), having(held)) is assisted


def test_every_refusal_offers_the_way_in() -> None:
    needs = replace(PLAIN, admission=True, level="independent")
    fixes = [dict(reason.fix) for reason in lacking(needs, use(), Standing())]
    assert fixes == [
        {"ask": "admission", "institution_id": HOME, "instrument_id": INSTRUMENT},
        {"ask": "qualification", "instrument_id": INSTRUMENT, "level": "independent"},
    ]


@given(st.sampled_from(["", *LEVELS]), st.sampled_from(["", *LEVELS]), st.booleans())
def test_more_is_never_refused_where_less_is_enough(less: str, more: str, at_night: bool) -> None:
    needs = replace(PLAIN, level="assisted", night_level="independent")
    times = use(*(BY_NIGHT if at_night else BY_DAY))
    if rank(less) <= rank(more) and not lacking(needs, times, having(less or None)):
        assert not lacking(needs, times, having(more or None))


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({}, []),
        ({"level": "night"}, ["level"]),
        ({"night_level": "assisted"}, ["level"]),
        ({"night_level": "night", "has_times": False, "night": None}, ["night_missing"]),
        ({"two_at_night": True, "has_times": False, "night": None}, ["night_missing"]),
        ({"night": Night(60, 60)}, ["night_empty"]),
    ],
)
def test_rules_that_cannot_stand(given, refused) -> None:
    wanted = {
        "level": "",
        "night_level": "",
        "night": NIGHT,
        "two_at_night": False,
        "has_times": True,
    } | given
    assert codes(objections(**wanted)) == refused


def test_the_day_of_a_use_is_its_last() -> None:
    assert use(end="2027-03-03T00:00").day == date(2027, 3, 2)
