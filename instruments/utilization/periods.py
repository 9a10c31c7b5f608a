"""The periods that figures are asked for: months, quarters, years, academic years and any range of days. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from instruments.errors import N_, Reason, Refusal
from instruments.timespan import Pair

LONGEST_DAYS = 366 * 10
# Before and after nothing can be compared with, or counted.
YEARS = range(1900, 2200)
# Teaching begins on this day (metrics.md, rule 9).
ACADEMIC_MONTH = 9
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_YEAR = re.compile(r"(\d{4})")
_ACADEMIC = re.compile(r"(\d{4})/(\d{2})")
_RANGE = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")
MONTH, QUARTER, YEAR, ACADEMIC, RANGE = "month", "quarter", "year", "academic", "range"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days [first, end), whatever the zone; the instants of its ends are those of each instrument's wall."""

    kind: str
    first: date
    end: date

    @property
    def code(self) -> str:
        """How an address names it: 2026-11, 2026-Q4, 2026, 2026/27, or 2026-11-03..2026-11-09 with its last day."""
        if self.kind == MONTH:
            return f"{self.first:%Y-%m}"
        if self.kind == QUARTER:
            return f"{self.first:%Y}-Q{(self.first.month + 2) // 3}"
        if self.kind == YEAR:
            return f"{self.first:%Y}"
        if self.kind == ACADEMIC:
            return f"{self.first:%Y}/{self.end:%y}"
        return f"{self.first}..{self.end - timedelta(days=1)}"

    @property
    def last(self) -> date:
        """Its last day."""
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.first).days

    def seconds(self, zone: ZoneInfo) -> Pair:
        """From its first to its last moment on the wall of this zone, in UTC seconds."""
        return midnight(self.first, zone), midnight(self.end, zone)

    @property
    def months(self) -> list[Period]:
        """The calendar months that lie wholly within it, in their order."""
        first = self.first if self.first.day == 1 else _next_month(self.first)
        found = []
        while _next_month(first) <= self.end:
            found.append(month(first))
            first = _next_month(first)
        return found

    @property
    def calendar_months(self) -> list[Period]:
        """All calendar months of which any day lies in it, in their order."""
        found = [month(self.first)]
        while found[-1].end < self.end:
            found.append(month(found[-1].end))
        return found

    @property
    def is_of_months(self) -> bool:
        """Whether it begins and ends with a month, so that what is kept by month adds up to it."""
        return self.first.day == 1 and self.end.day == 1

    @property
    def before(self) -> Period:
        """The period to compare it with: the one before of its kind, or as many days before a range."""
        if self.kind == RANGE:
            return Period(RANGE, self.first - timedelta(days=self.days), self.first)
        return {MONTH: month, QUARTER: quarter, YEAR: year, ACADEMIC: academic_year}[self.kind](
            self.first - timedelta(days=1)
        )

    @property
    def year_before(self) -> Period:
        """The same period a year earlier; 29 February becomes 1 March."""
        return Period(self.kind, _years_back(self.first), _years_back(self.end))


def midnight(day: date, zone: ZoneInfo) -> int:
    """The UTC second at which a day begins in a zone: where a clock change skips midnight, the first moment after it."""
    wall = datetime.combine(day, time(), zone)
    return int(wall.astimezone(UTC).timestamp())


def month(day: date) -> Period:
    """The calendar month of a day."""
    first = day.replace(day=1)
    return Period(MONTH, first, _next_month(first))


def month_code(number: int) -> str:
    """How an address and a file write a month that is kept by its number (202611)."""
    return f"{number // 100}-{number % 100:02d}"


def quarter(day: date) -> Period:
    """The quarter of the calendar year of a day."""
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    end = first
    for _ in range(3):
        end = _next_month(end)
    return Period(QUARTER, first, end)


def year(day: date) -> Period:
    """The calendar year of a day."""
    return Period(YEAR, date(day.year, 1, 1), date(day.year + 1, 1, 1))


def academic_year(day: date) -> Period:
    """From 1 September to 31 August (metrics.md, rule 9)."""
    first = day.year if day.month >= ACADEMIC_MONTH else day.year - 1
    return Period(ACADEMIC, date(first, ACADEMIC_MONTH, 1), date(first + 1, ACADEMIC_MONTH, 1))


def between(first: date, last: date) -> Period:
    """From a day to a day, both included; a calendar month, quarter or year is told as such."""
    end = last + timedelta(days=1)
    for made in (month, quarter, year, academic_year):
        found = made(first)
        if (found.first, found.end) == (first, end):
            return found
    return Period(RANGE, first, end)


def read(code: str) -> Period:
    """The period that an address names. Raises Refusal, in words for whoever typed it."""
    found = _read(code.strip())
    if found is None:
        sentence = N_("This is no period: write %(examples)s.")
        examples = "2026-11, 2026-Q4, 2026, 2026/27, 2026-11-03..2026-11-09"
        raise Refusal([Reason("period", "period", sentence, {"examples": examples})])
    if found.first.year not in YEARS or found.last.year not in YEARS:
        sentence = N_("A period lies between the years %(first)s and %(last)s.")
        raise Refusal([Reason("period_years", "period", sentence, {"first": YEARS[0], "last": YEARS[-1]})])
    if not 0 < found.days <= LONGEST_DAYS:
        sentence = N_("A period begins before it ends and has at most ten years.")
        raise Refusal([Reason("period_length", "period", sentence)])
    return found


def _read(code: str) -> Period | None:
    try:
        if match := _MONTH.fullmatch(code):
            return month(date(int(match[1]), int(match[2]), 1))
        if match := _QUARTER.fullmatch(code):
            return quarter(date(int(match[1]), int(match[2]) * 3, 1))
        if match := _YEAR.fullmatch(code):
            return year(date(int(match[1]), 1, 1))
        if match := _ACADEMIC.fullmatch(code):
            found = academic_year(date(int(match[1]), ACADEMIC_MONTH, 1))
            return found if found.code == code else None
        if match := _RANGE.fullmatch(code):
            first, last = date.fromisoformat(match[1]), date.fromisoformat(match[2])
            return between(first, last) if first <= last else Period(RANGE, first, last + timedelta(days=1))
    except (ValueError, OverflowError):
        return None
    return None


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _years_back(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return date(day.year - 1, 3, 1)
