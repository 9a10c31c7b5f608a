"""Which months have summaries: from the years in which anything was first reserved or used to the month that runs."""

from __future__ import annotations

from datetime import datetime

from instruments.timespan import instant
from instruments.utilization import periods
from instruments.utilization.begun import begun
from instruments.utilization.recounting import month_of, months_between

# Older ones are worked out when somebody asks for them.
YEARS_BACK = 3


def months_kept(now: datetime) -> list[int]:
    """From the first day of the calendar year or of the academic year with the first reservation or use, whichever is earlier, so
    that all of either can be told; at most three years back."""
    first_day = begun()
    if first_day is None:
        return []
    last = month_of(now.date())
    years = (periods.year(first_day), periods.academic_year(first_day))
    first = max(month_of(min(year.first for year in years)), last - 100 * YEARS_BACK)
    # A month begins up to a day later or earlier on other walls.
    return months_between(first, month_of(instant(int(now.timestamp()) + 86_400).date()))
