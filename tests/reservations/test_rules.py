"""What stands against a reservation: every reason at once, each with the way out that really leads out."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments.availability.days import Day, plan_of
from instruments.availability.kinds import END_NOT_KNOWN
from instruments.availability.opening import Hours, ValidWeek, expand
from instruments.availability.week import parse_week
from instruments.errors import Reason
from instruments.reservations.limits import LIMITS, BookingRules, objections
from instruments.reservations.rules import reasons_against
from instruments.reservations.scene import Closed, Scene, Wish, conflicts
from instruments.timespan import Pair

XIAN = ZoneInfo("Asia/Shanghai")
WEEK = Hours(lab=(ValidWeek(parse_week("Mon-Fri 08:00-12:00,13:00-21:00; Sat 22:00-02:00")),))
OPENED = expand(WEEK, XIAN, date(2026, 11, 16), date(2026, 12, 18))


def at(text: str) -> int:
    """25 13:30 in November 2026 on the wall in Xi'an, as a UTC second."""
    return int(datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=XIAN).timestamp())


def span(text: str) -> Pair:
    """25 13:30-14:00, or 28 22:00-29 01:00."""
    start, end = text.split("-")
    return at(start), at(end if " " in end else f"{start.split()[0]} {end}")


NOW = at("24 13:20")
RULES = BookingRules(
    grid_minutes=30,
    shortest_minutes=60,
    longest_minutes=240,
    lead_minutes=30,
    horizon_days=14,
    buffer_minutes=0,
)


def scene(**more: object) -> Scene:
    return Scene(**{"now": NOW, "zone": XIAN, "rules": RULES, "opened": OPENED, **more})


def limits(**more: int) -> BookingRules:
    return RULES.replaced_by(more)


def held(*texts: str) -> list[Pair]:
    return [span(text) for text in texts]


def partly(text: str, units: int, kind: str = "maintenance") -> list[Closed]:
    return [Closed(*span(text), kind, "", units)]


def shown(reason: Reason) -> tuple[str, str | None, dict[str, str]]:
    fix = {name: f"{moment.astimezone(XIAN):%d %H:%M}" for name, moment in reason.fix.items()}
    return reason.code, reason.field, fix


@pytest.mark.parametrize(
    ("wish", "around", "reasons"),
    [
        ("25 10:00-09:00", {}, [("end_before_start", "end", {})]),
        ("25 10:00-10:00", {}, [("end_before_start", "end", {})]),
        ("24 09:00-11:00", {}, [("past", "start", {"start": "24 14:00", "end": "24 16:00"})]),
        ("24 13:30-15:00", {}, [("lead", "start", {"start": "24 14:00"})]),
        ("25 09:10-10:40", {}, [("grid", "start", {"start": "25 09:00", "end": "25 11:00"}),
          ("grid", "end", {"start": "25 09:00", "end": "25 11:00"})]),
        ("25 09:00-09:30", {}, [("too_short", "end", {"end": "25 10:00"})]),
        ("25 13:00-17:30", {}, [("too_long", "end", {"end": "25 17:00"})]),
        ("25 07:00-09:30", {}, [("outside_hours", "start", {"start": "25 08:00"})]),
        ("25 20:00-22:00", {}, [("outside_hours", "end", {"end": "25 21:00"})]),
        ("25 10:30-13:30", {}, [("outside_hours", "end", {"end": "25 12:00"})]),
        ("25 05:00-07:00", {}, [("outside_hours", "start", {"start": "25 08:00", "end": "25 10:00"})]),
        ("28 01:00-29 03:30", {"rules": limits(longest_minutes=44640)},
         [("outside_hours", "start", {"start": "28 22:00", "end": "29 02:00"}),
          ("outside_hours", "end", {"start": "28 22:00", "end": "29 02:00"})]),
        ("25 09:00-10:00", {"opened": [], "published": False}, [("no_hours", None, {})]),
        ("25 09:00-10:00", {"opened": []}, [("outside_hours", "start", {})]),
        ("24 02:00-03:00", {"now": at("24 02:10")},  # the next half hour is as closed as this one
         [("past", "start", {}),
          ("outside_hours", "start", {"start": "24 08:00", "end": "24 09:00"})]),
        ("25 10:00-09:00", {"now": at("25 09:50")}, [("lead", "start", {"start": "25 10:30", "end": "25 11:30"}),
                                                     ("end_before_start", "end", {})]),
        ("25 09:00-09:03", {"now": at("25 08:45") - 14 * 86_400},
         [("horizon", "start", {"start": "25 08:30", "end": "25 09:30"}), ("grid", "end", {}), ("too_short", "end", {})]),
        ("25 13:00-17:30", {"held": held("25 14:30-15:00")},
         [("too_long", "end", {}), ("taken", "end", {"start": "25 15:00"})]),
        ("25 09:00-11:00", {"admitted": False, "held": held("25 09:00-10:00")},
         [("not_open_to_you", None, {}), ("taken", "start", {})]),
        ("25 09:00-10:00", {"last_day": date(2026, 11, 24)}, [("membership_ends", "start", {})]),
        ("28 22:00-29 02:00", {"last_day": date(2026, 11, 28)}, [("membership_ends", "end", {})]),
        ("25 09:00-10:00", {"status": "down"}, [("out_of_order", None, {})]),
        ("25 09:00-10:00", {"status": "retired"}, [("retired", None, {})]),
        ("25 09:00-10:00", {"retired_on": date(2026, 11, 24)}, [("retired", None, {})]),
        ("25 09:00-10:00", {"commissioned_on": date(2026, 11, 26)}, [("not_yet_in_service", "start", {})]),
        ("25 09:00-10:00", {"admitted": False, "audience": "lab"}, [("not_open_to_you", None, {})]),
        ("25 09:00-11:00", {"closures": [Closed(*span("25 08:00-10:00"), "maintenance", "laser change")]},
         [("maintenance", "start", {"start": "25 10:00"})]),
        ("25 09:00-10:00", {"closures": [Closed(*span("25 08:00-10:00"), "closed", "")]}, [("closed", "start", {})]),
        ("25 09:00-11:00", {"closures": [Closed(*span("25 08:00-10:00"), "training", "")]},
         [("training", "start", {"start": "25 10:00"})]),
        ("25 09:00-11:00", {"closures": [Closed(span("25 08:00-10:00")[0], END_NOT_KNOWN, "breakdown", "pump")]},
         [("breakdown", "start", {})]),
        ("25 16:30-20:30", {"held": held("25 14:00-17:30")}, [("taken", "start", {"start": "25 17:30"})]),
        ("25 16:30-20:30", {"held": held("25 17:30-19:00")},
         [("taken", "end", {"start": "25 19:00"})]),
        ("25 16:30-20:30", {"held": held("25 18:30-19:00")}, [("taken", "end", {"end": "25 18:30"})]),
        ("25 16:30-18:30", {"held": held("25 17:00-18:00")}, [("taken", "end", {})]),
        ("25 14:00-16:00", {"held": held("25 13:00-13:50"), "rules": limits(buffer_minutes=20)},
         [("buffer", "start", {"start": "25 14:30"})]),
        ("25 14:00-16:00", {"held": held("25 16:10-17:00"), "rules": limits(buffer_minutes=20)},
         [("buffer", "end", {"end": "25 15:30"})]),
        ("25 14:00-16:00", {"held": held("25 13:00-15:00", "25 14:30-17:00"), "capacity": 2},
         [("taken", "end", {"start": "25 15:00"})]),
        ("25 14:00-16:00", {"held": held("25 13:00-15:00"), "capacity": 3, "partly": partly("25 14:30-17:00", 1)}, []),
        ("25 14:00-16:00", {"held": held("25 13:00-15:00"), "capacity": 3, "partly": partly("25 14:30-17:00", 2)},
         [("taken", "end", {"start": "25 15:00"})]),
        ("25 14:00-16:00", {"capacity": 3, "partly": [*partly("25 14:30-17:00", 2), *partly("25 15:00-17:00", 1)]},
         [("taken", "end", {"end": "25 15:00"})]),
        ("25 14:00-16:00", {"held": held("25 15:00-17:00"), "capacity": 2, "partly": partly("25 13:00-15:00", 1),
                            "rules": limits(buffer_minutes=30)}, []),
    ],
)  # fmt: skip
def test_what_stands_against_it(wish: str, around: dict[str, object], reasons: list[object]) -> None:
    found = reasons_against(Wish(*span(wish)), scene(**around))
    assert [shown(reason) for reason in found] == reasons
    for reason in found:
        assert reason.message % reason.values
        assert reason.remedy
        assert reason.remedy % reason.values


@pytest.mark.parametrize(
    ("wish", "around"),
    [
        ("25 09:00-10:00", {}),
        ("25 09:00-10:00", {"status": "limited"}),
        ("25 09:00-10:00", {"commissioned_on": date(2026, 11, 25), "retired_on": date(2026, 11, 25)}),
        ("24 14:00-15:00", {"now": at("24 13:30")}),  # exactly the lead
        ("25 13:00-17:00", {}),  # exactly the longest
        ("25 13:00-14:00", {"now": at("25 12:30") - 14 * 86_400, "rules": limits(horizon_days=15, lead_minutes=0)}),
        ("25 13:00-14:00", {"now": at("25 13:00") - 14 * 86_400}),  # exactly the horizon
        ("28 23:00-29 02:00", {}),  # past midnight, to the very end
        ("28 22:00-29 00:00", {"last_day": date(2026, 11, 28)}),  # to the end of the last day
        ("25 13:00-14:00", {"held": held("25 10:00-13:00", "25 14:00-15:00")}),
        ("25 13:00-14:00", {"held": held("25 10:00-12:40", "25 14:20-15:00"), "rules": limits(buffer_minutes=20)}),
        ("25 08:00-12:00", {"rules": limits(buffer_minutes=60)}),  # no buffer at opening edges
        ("25 13:00-15:00", {"held": held("25 13:00-14:00", "25 14:00-15:00"), "capacity": 2}),
        ("24 08:00-15:00", {"keeps_start": True, "rules": limits(longest_minutes=480), "opened": [span("24 08:00-21:00")]}),
    ],
)  # fmt: skip
def test_nothing_stands_against_it_and_limits_are_inclusive(wish: str, around: dict[str, object]) -> None:
    assert reasons_against(Wish(*span(wish)), scene(**around)) == []


def test_all_reasons_come_at_once() -> None:
    found = reasons_against(
        Wish(*span("25 06:45-12:15")),
        scene(
            status="down",
            admitted=False,
            held=held("25 09:00-10:00"),
            closures=[Closed(*span("25 11:00-12:00"), "closed", "x")],
        ),
    )
    assert [reason.code for reason in found] == [
        "out_of_order", "not_open_to_you", "grid", "grid", "too_long", "outside_hours", "outside_hours", "closed", "taken",
    ]  # fmt: skip


def test_31_days_is_the_end_whatever_the_lab_allows() -> None:
    always = expand(Hours(lab=(ValidWeek(parse_week("24/7")),)), XIAN, date(2026, 11, 20), date(2027, 1, 20))
    rules = BookingRules(longest_minutes=44640, horizon_days=60)
    start = at("25 00:00")
    assert reasons_against(Wish(start, start + 31 * 86_400), scene(rules=rules, opened=always)) == []
    found = reasons_against(Wish(start, start + 31 * 86_400 + 900), scene(rules=rules, opened=always))
    assert [reason.code for reason in found] == ["too_long"]


@pytest.mark.parametrize(
    ("kind", "names", "said", "called"),
    [
        ("holiday", ("National Day", "国庆节"), "on a holiday: %(reason)s.", "National Day / 国庆节"),
        ("holiday", ("", "校庆"), "on a holiday: %(reason)s.", "校庆"),
        ("holiday", ("", ""), "on a holiday.", ""),
        ("rest", ("Sports day", "运动会"), "of a rest day: %(reason)s.", "Sports day / 运动会"),
        ("rest", ("", ""), "of a rest day.", ""),
    ],
)
def test_a_day_off_is_named_as_far_as_the_calendar_knows(kind, names, said, called) -> None:
    day = date(2026, 11, 25)
    plan = plan_of({day: (Day(day, kind, *names), "hand")})
    opened = expand(WEEK, XIAN, date(2026, 11, 16), date(2026, 12, 1), [day])
    found = reasons_against(Wish(*span("25 09:00-10:00")), scene(opened=opened, plan=plan))
    assert [reason.code for reason in found] == ["outside_hours"]
    assert found[0].message.endswith(said)
    assert found[0].values["reason"] == called
    assert shown(found[0])[2] == {"start": "24 20:00", "end": "24 21:00"}


def test_absurd_years_are_refused_without_looking_at_a_calendar() -> None:
    far = int(datetime(9990, 1, 1, tzinfo=UTC).timestamp())
    assert [r.code for r in reasons_against(Wish(far, far + 3600), scene())] == ["horizon"]
    assert [r.code for r in reasons_against(Wish(0, far), scene())] == ["past", "too_long"]


def test_conflicts_are_spans_only_and_cut_to_the_wish() -> None:
    around = scene(held=held("25 13:00-15:00", "25 14:00-16:00"), capacity=2)
    assert conflicts(Wish(*span("25 13:30-15:30")), around) == [span("25 14:00-15:00")]


@pytest.mark.parametrize(
    ("kinds", "sentence"),
    [
        (["maintenance"], "closed for maintenance, the other 5 booked"),
        (["training"], "kept for training"),
        (["breakdown"], "out of order"),
        (["closed"], "3 of 8 closed, the other 5 booked"),
        (["maintenance", "training"], "6 of 8 closed, the other 2 booked"),
    ],
)
def test_who_finds_no_place_reads_how_many_are_closed_and_why(kinds: list[str], sentence: str) -> None:
    closed = [one for kind in kinds for one in partly("25 08:00-18:00", 3, kind)]
    full = held(*["25 10:00-11:00"] * (8 - 3 * len(kinds)))
    [reason] = reasons_against(Wish(*span("25 10:00-11:00")), scene(held=full, capacity=8, partly=closed))
    assert reason.code == "taken"
    assert sentence in reason.message % reason.values


QUARTERS = st.integers(at("24 06:00") // 900, at("27 03:00") // 900).map(lambda quarter: quarter * 900)
HELD = st.lists(
    st.tuples(QUARTERS, st.integers(1, 20)).map(lambda s: (s[0], s[0] + s[1] * 900)), max_size=6
).map(sorted)


MINUTES = st.integers(at("23 20:00") // 300, at("27 03:00") // 300).map(lambda five: five * 300)
ROUND = {
    "held": HELD,
    "capacity": st.integers(1, 2),
    "now": MINUTES,
    "last_day": st.sampled_from([None, None, date(2026, 11, 25)]),
    "partly": st.lists(
        st.builds(lambda start: Closed(start, start + 7200, "training", "", 1), QUARTERS), max_size=2
    ),
    "closures": st.lists(
        st.builds(lambda start: Closed(start, start + 5400, "closed", ""), QUARTERS), max_size=2
    ),
    "rules": st.builds(
        limits,
        buffer_minutes=st.sampled_from([0, 15, 60]),
        grid_minutes=st.sampled_from([15, 30, 60]),
        shortest_minutes=st.sampled_from([15, 60]),
        lead_minutes=st.sampled_from([0, 600]),
        horizon_days=st.sampled_from([1, 14]),
    ),
}


@settings(max_examples=600)
@given(MINUTES, st.integers(-3, 90), st.fixed_dictionaries(ROUND))
def test_every_fix_that_is_offered_leads_to_a_booking(
    start: int, fives: int, around: dict[str, object]
) -> None:
    wish = Wish(start, start + fives * 300)
    for reason in reasons_against(wish, scene(**around)):
        if reason.fix:
            ends = {name: int(moment.timestamp()) for name, moment in reason.fix.items()}
            assert reasons_against(wish._replace(**ends), scene(**around)) == []


@pytest.mark.parametrize(
    ("own", "codes"),
    [
        ({}, []),
        ({"grid_minutes": 20, "buffer_minutes": 0}, []),
        ({"grid_minutes": 0}, ["limit_out_of_bounds"]),
        ({"grid_minutes": 50}, ["grid_uneven"]),
        ({"shortest_minutes": 300}, ["shortest_above_longest"]),
        ({"longest_minutes": 30}, ["shortest_above_longest"]),
        ({"grid_minutes": 120, "longest_minutes": 90}, ["no_length_fits"]),
        ({"lead_minutes": 1440, "horizon_days": 1}, ["lead_beyond_horizon"]),
        ({"lead_minutes": 1439, "horizon_days": 1}, []),
        ({"lead_minutes": 2000, "companies_days": 1}, ["lead_beyond_horizon"]),
        ({"lead_minutes": -1, "horizon_days": 1}, ["limit_out_of_bounds"]),
        ({"lead_minutes": -1, "horizon_days": 999}, ["limit_out_of_bounds", "limit_out_of_bounds"]),
    ],
)
def test_limits_that_cannot_stand_are_refused(own: dict[str, int | None], codes: list[str]) -> None:
    assert [reason.code for reason in objections(own, RULES)] == codes


def test_an_instruments_own_limits_replace_the_labs_one_by_one() -> None:
    assert RULES.replaced_by(dict.fromkeys(LIMITS)) == RULES
    assert RULES.replaced_by({"buffer_minutes": 10}).buffer == timedelta(minutes=10).total_seconds()
    assert RULES.replaced_by({"buffer_minutes": 10}).grid_minutes == 30
