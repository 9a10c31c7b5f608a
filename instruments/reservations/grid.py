"""The moments at which a reservation may start or end: steps counted from local midnight by the wall clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache

DAY_SECONDS = 24 * 60 * 60
# Clock changes make days of up to 25 hours; nowhere is the next moment of a grid further away than this.
FAR = 2 * DAY_SECONDS


@dataclass(frozen=True)
class Grid:
    """Steps of so many minutes in a zone. Moments are UTC epoch seconds.

    Where a clock change skips midnight, the day begins with the jump, and so does its grid.
    """

    zone: tzinfo
    minutes: int

    @property
    def step(self) -> int:
        """The length of a step in seconds."""
        return self.minutes * 60

    def fits(self, moment: int) -> bool:
        """Whether a moment is on the grid."""
        return self._past(moment) == 0

    def up(self, moment: int) -> int:
        """The first moment of the grid that is not before this one."""
        past = self._past(moment)
        if not past:
            return moment
        minutes = range(moment - moment % -60, moment + FAR, 60)
        return self._settled(moment, moment - past + self.step, minutes)

    def down(self, moment: int) -> int:
        """The last moment of the grid that is not after this one."""
        past = self._past(moment)
        if not past:
            return moment
        return self._settled(moment, moment - past, range(moment - moment % 60, moment - FAR, -60))

    def phase(self, first: int, last: int) -> int | None:
        """The c for which, from first to last, a moment t is on the grid when (t + c) % step == 0.

        None when a clock change in between shifts the grid, or midnight does because a day is no
        whole number of steps. Asking once for many moments is what makes a search fast.
        """
        if DAY_SECONDS % self.step:
            return None
        phases = {self._offset(moment) % self.step for moment in (*range(first, last, DAY_SECONDS), last)}
        return phases.pop() if len(phases) == 1 else None

    def phase_of_days(self, first: int, last: int) -> int | None:
        """`phase` over the whole days (UTC) around a range, remembered: the same days are asked for again and again."""
        return _phase_of_days(self.zone, self.minutes, first // DAY_SECONDS, -(-last // DAY_SECONDS))

    def _offset(self, moment: int) -> int:
        shift = datetime.fromtimestamp(moment, self.zone).utcoffset()
        return round(shift.total_seconds()) if shift is not None else 0

    def _past(self, moment: int) -> int:
        wall = moment + self._offset(moment)
        past = wall % DAY_SECONDS % self.step
        if past and wall // DAY_SECONDS > (moment - 1 + self._offset(moment - 1)) // DAY_SECONDS:
            return 0  # a new day, though not at midnight
        return past

    def _settled(self, moment: int, guess: int, minutes: range) -> int:
        """The guess, unless the clock changes or a short last step ends before it: then look at each minute."""
        if not DAY_SECONDS % self.step and self._offset(guess) == self._offset(moment):
            return guess
        return next(minute for minute in minutes if self._past(minute) == 0)


@lru_cache(maxsize=4096)
def _phase_of_days(zone: tzinfo, minutes: int, first: int, last: int) -> int | None:
    return Grid(zone, minutes).phase(first * DAY_SECONDS, last * DAY_SECONDS)
