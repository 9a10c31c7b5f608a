"""The rules of the waitlist: what may be waited for, how long an offer stands, and which classes hold which. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from instruments.errors import N_, Reason
from instruments.timespan import Pair

SHORTEST, LONGEST, WIDEST = timedelta(minutes=5), timedelta(days=31), timedelta(days=366)
# An offer stands for a quarter of the time that is left, between these two.
SHORTEST_LIFE, LONGEST_LIFE, SHARE = 600, 4 * 3600, 4
QUIET_FROM, QUIET_UNTIL = time(22), time(8)
# How many people the same free time is offered to at once.
AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is waited for: so many seconds somewhere within [earliest, latest)."""

    earliest: datetime
    latest: datetime
    length: timedelta

    @property
    def window(self) -> Pair:
        """Where it may lie, in UTC seconds."""
        return int(self.earliest.timestamp()), int(self.latest.timestamp())


def objections(wanted: Wanted, now: datetime) -> Iterator[Reason]:
    """What stands against waiting for this, whatever the instrument."""
    if wanted.latest <= wanted.earliest:
        yield Reason("until_before_from", "until", N_("The end does not come after the beginning."))
        return
    if wanted.latest <= now:
        yield Reason("past", "until", N_("That time is over."), {}, N_("Choose a later one."))
        return
    if wanted.latest - wanted.earliest > WIDEST or wanted.latest - now > WIDEST:
        yield Reason("too_wide", "until", N_("Wait for time within the next year."))
    if not SHORTEST <= wanted.length <= LONGEST:
        sentence = N_("Wait for %(shortest)s to %(longest)s at a time.")
        yield Reason("hours", "hours", sentence, {"shortest": SHORTEST, "longest": LONGEST})
    elif wanted.length > wanted.latest - max(wanted.earliest, now):
        sentence = N_("That is longer than the time you can use.")
        yield Reason("hours_beyond_window", "hours", sentence, {}, N_("Choose more days, or fewer hours."))


def expires(now: int, start: int, lead: int, zone: ZoneInfo) -> int | None:
    """Until when an offer stands that is made now for a start; None when there is no time left to offer it.

    Its life is a quarter of the time left, at least ten minutes and at most four hours. Quiet hours of the reader do not
    count, but it never reaches beyond the last moment at which the time can be booked.
    """
    last = start - lead
    if last - now < SHORTEST_LIFE:
        return None
    life = min(max((last - now) // SHARE, SHORTEST_LIFE), LONGEST_LIFE)
    return min(_awake(now, life, zone), last)


def _awake(now: int, life: int, zone: ZoneInfo) -> int:
    """The moment at which so many seconds have passed, not counting those of quiet hours."""
    moment = now
    while True:
        local = datetime.fromtimestamp(moment, zone)
        if local.time() >= QUIET_FROM:
            local = datetime.combine(local.date() + timedelta(days=1), QUIET_UNTIL, zone)
        elif local.time() < QUIET_UNTIL:
            local = datetime.combine(local.date(), QUIET_UNTIL, zone)
        moment = int(local.timestamp())
        evening = int(datetime.combine(local.date(), QUIET_FROM, zone).timestamp())
        if moment + life <= evening:
            return moment + life
        life -= evening - moment
        moment = evening


def family(code: str) -> str:
    """What the codes of a class and of all below it begin with: the national codes have three levels of two digits."""
    while len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    return code
