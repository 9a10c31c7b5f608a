"""When a calendar is asked again: after its interval, later after failures, and not before it wants to be. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from instruments.typed import whole

LONGEST = timedelta(days=1)
LONGEST_WAIT = timedelta(days=7)
MOST_DOUBLINGS = 8


def next_time(now: datetime, interval: timedelta, failures: int, chance: float) -> datetime:
    """The next time, scattered by a tenth (after failures a fifth) so that not all are asked at once.

    chance: between 0 and 1. Each failure in a row doubles the wait, up to a day.
    """
    wait = min(interval * (1 << min(failures, MOST_DOUBLINGS)), max(LONGEST, interval))
    spread = 0.2 if failures else 0.1
    return now + wait * (1 + spread * (2 * chance - 1))


def wanted_wait(header: str, now: datetime) -> timedelta:
    """How long a server asks to be left alone by its Retry-After, seconds or a date; a week at most, none if unclear."""
    header = header.strip()
    if (seconds := whole(header, 9)) is not None:
        wait = timedelta(seconds=seconds)
    else:
        try:
            moment = parsedate_to_datetime(header)
        except ValueError:
            return timedelta(0)
        wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    return max(timedelta(0), min(wait, LONGEST_WAIT))
