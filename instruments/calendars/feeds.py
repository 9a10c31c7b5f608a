"""What every feed shares: what it is made of, how its tag is told, and how far it reaches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TypeAlias
from urllib.parse import urlsplit

from instruments.calendars.writing import FORM, Entry, Head

PAST = timedelta(days=30)
# The furthest that any lab lets people book ahead, and the longest reservation.
FUTURE = timedelta(days=730 + 31)
# More would take longer to write than a calendar program waits; what is nearest stays.
MOST = 4000
Content: TypeAlias = tuple[Head, list[Entry]]


@dataclass(frozen=True)
class Feed:
    """A file that is not written yet. tells: all that decides what will stand in it; content: reads and says it."""

    tells: tuple[object, ...]
    content: Callable[[], Content]

    @property
    def tag(self) -> str:
        """The same as long as the file would be the same."""
        return hashlib.sha256(repr((FORM, *self.tells)).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Window:
    """The time that a feed shows: whole days, so that its tag changes once a day at most by the clock alone."""

    since: datetime
    until: datetime

    @classmethod
    def around(cls, now: datetime, ahead: timedelta = FUTURE) -> Window:
        """From thirty days back to as far ahead as is given."""
        midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
        return cls(midnight - PAST, midnight + timedelta(days=1) + ahead)

    @property
    def seconds(self) -> tuple[int, int]:
        """Both ends in UTC seconds."""
        return int(self.since.timestamp()), int(self.until.timestamp())


def host_of(base: str) -> str:
    """The host that UIDs end with, of the address of this installation."""
    return urlsplit(base).hostname or "localhost"
