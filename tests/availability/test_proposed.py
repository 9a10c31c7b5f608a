"""Hours as they would be after a change: what is looked at is what publishing then does."""

from datetime import date, timedelta

import pytest

from instruments.availability.opening import Hours, ValidDay, ValidWeek
from instruments.availability.proposed import (
    both,
    following_the_lab,
    unchanged,
    with_days,
    with_week,
    without_days,
    without_week,
)
from instruments.availability.week import parse_week

TODAY = date(2027, 3, 1)
LATER = TODAY + timedelta(days=7)
ALL, DAY, NIGHT = (
    ValidWeek(parse_week(week)) for week in ("24/7", "Mon-Fri 08:00-18:00", "daily 20:00-06:00")
)
PLAN = ValidWeek(NIGHT.week, LATER)
SHUT = ValidDay((), TODAY, LATER)
HOURS = Hours(own=(PLAN, DAY), lab=(ALL,), lab_days=(SHUT,))


@pytest.mark.parametrize(
    ("change", "today", "later"),
    [
        (unchanged, DAY, NIGHT),
        # A week that is published last counts from its first day, until one that begins later does.
        (with_week(ValidWeek(ALL.week, TODAY), of_lab=False), ALL, NIGHT),
        (with_week(ValidWeek(ALL.week, LATER), of_lab=False), DAY, ALL),
        (with_week(ValidWeek(NIGHT.week, TODAY, TODAY), of_lab=False), NIGHT, NIGHT),
        # The instrument's own still replaces what its lab publishes.
        (with_week(ValidWeek(NIGHT.week, TODAY), of_lab=True), DAY, NIGHT),
        (without_week(PLAN, of_lab=False), DAY, DAY),
        # What is not there changes nothing.
        (without_week(PLAN, of_lab=True), DAY, NIGHT),
        (following_the_lab(TODAY), ALL, ALL),
        (following_the_lab(LATER), DAY, ALL),
        (both(following_the_lab(TODAY), with_week(ValidWeek(NIGHT.week, TODAY), of_lab=True)), NIGHT, NIGHT),
    ],
)
def test_the_week_that_would_count(change, today, later) -> None:
    found = change(HOURS)
    assert (found.week_on(TODAY), found.week_on(LATER)) == (today.week, later.week)


@pytest.mark.parametrize(
    ("change", "spans"),
    [
        (unchanged, ()),
        (without_days(SHUT, of_lab=True), None),
        (with_days(ValidDay(((540, 600),), TODAY, TODAY), of_lab=False), ((540, 600),)),
        (with_days(ValidDay(((540, 600),), TODAY, TODAY), of_lab=True), ((540, 600),)),
        (without_days(SHUT, of_lab=False), ()),
    ],
)
def test_the_day_that_would_count(change, spans) -> None:
    differs = change(HOURS).day_that_differs(TODAY)
    assert (differs and differs.spans) == spans


def test_what_is_only_looked_at_stays() -> None:
    before = (HOURS.own, HOURS.lab, HOURS.lab_days)
    both(following_the_lab(TODAY), without_days(SHUT, of_lab=True))(HOURS)
    assert (HOURS.own, HOURS.lab, HOURS.lab_days) == before
