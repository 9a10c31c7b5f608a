"""Other hours of the shown lab: the season that comes next, and days that differ. None of it closes what is booked."""

from __future__ import annotations

from datetime import date, timedelta

from instruments.demo.generator.instruments import SHOWN_LAB
from instruments.demo.generator.openings import DAYS_AHEAD
from instruments.demo.generator.places import Row

SEASON = ((7, 10), (8, 31), "Mon-Fri 08:00-12:00,14:30-17:30")
# From the first day on which nothing is booked yet: days after it, how many, hours, why.
DAYS = (
    (6, 1, "closed", "Stocktaking / 年终盘点"),
    (20, 3, "09:00-12:00", "Service of the gas lines, mornings only / 气路检修，仅上午开放"),
)
EXTRA_DAY = ("09:00-17:00", "Open day for new users / 新用户开放日")


def make_season(anchor: date) -> list[Row]:
    """The next summer season that begins after everything that is booked."""
    (first_month, first), (last_month, last), week = SEASON
    year = next(
        year
        for year in (anchor.year, anchor.year + 1)
        if date(year, first_month, first) > anchor + timedelta(days=DAYS_AHEAD + 2)
    )
    dates = {"valid_from": date(year, first_month, first), "valid_to": date(year, last_month, last)}
    return [{"lab_id": SHOWN_LAB, "instrument_id": None, "week": week, "circles": "", **dates}]


def make_different_days(anchor: date) -> list[Row]:
    """An extra Sunday soon, and days with less than the week later."""
    sunday = anchor + timedelta(days=6 - anchor.weekday() + 7)
    later = anchor + timedelta(days=DAYS_AHEAD + 2)
    rows = [_row(sunday, 1, *EXTRA_DAY)]
    return [*rows, *(_row(later + timedelta(days=after), *rest) for after, *rest in DAYS)]


def _row(first: date, days: int, times: str, reason: str) -> Row:
    return {
        "lab_id": SHOWN_LAB,
        "valid_from": first,
        "valid_to": first + timedelta(days=days - 1),
        "times": times,
        "reason": reason,
    }
