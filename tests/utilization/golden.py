"""Records of instruments for the golden cases: everything in Shanghai's wall clock unless a zone is given."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from instruments.timespan import Pair, merge
from instruments.utilization import periods
from instruments.utilization.counting import Counts, counts_of
from instruments.utilization.figures import external_seconds
from instruments.utilization.layers import Layers, layers_of
from instruments.utilization.periods import Period
from instruments.utilization.records import Outage, Record, Reserved, Session, Share

SHANGHAI = ZoneInfo("Asia/Shanghai")
FOREVER = (0, 4_102_444_800)
OWN, GUEST = 1, 2


def at(text: str, zone: ZoneInfo = SHANGHAI) -> int:
    """The UTC second of a wall clock time like "2026-12-31 22:00"."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def span(day: str, hours: str, zone: ZoneInfo = SHANGHAI) -> Pair:
    """Such as span("2026-11-25", "09:30-11:00"); an end that is not later is on the next day."""
    first, last = hours.split("-")
    start, end = at(f"{day} {first}", zone), at(f"{day} {last}", zone)
    return (start, end) if start < end else (start, end + 86_400)


def open_weeks(first: str, last: str, zone: ZoneInfo = SHANGHAI) -> list[Pair]:
    """Monday to Friday from 09:00 to 17:00, from a day to a day."""
    day, found = date.fromisoformat(first), []
    while day <= date.fromisoformat(last):
        if day.weekday() < 5:
            found.append(span(str(day), "09:00-17:00", zone))
        day += timedelta(days=1)
    return found


_numbers = iter(range(1, 10**9))


def used(when: Pair, *, external: bool = False, samples: int = 0, **more: object) -> Session:
    """A session of one customer, effective all the time."""
    share = Share(GUEST if external else OWN, 0, external, (when,), samples)
    return Session(next(_numbers), when[0], (when,), (share,), **{"confirmed": when[1], **more})  # type: ignore[arg-type]  # the cases name what they change


def record(
    sessions: Iterable[Session] = (),
    reserved: Iterable[Reserved] = (),
    outages: Iterable[Outage] = (),
    capacity: int = 1,
    opened: Iterable[Pair] = (),
    in_service: Pair = FOREVER,
) -> Record:
    """An instrument to which just this happened."""
    return Record(capacity, in_service, merge(opened), (), list(outages), list(reserved), list(sessions))


class Case:
    """An instrument in a period, with the hours and numbers that the table of cases names."""

    def __init__(self, held: Record, period: str, zone: ZoneInfo = SHANGHAI) -> None:
        self.period: Period = periods.read(period)
        self.seconds = self.period.seconds(zone)
        self.record = held
        self.layers: Layers = layers_of(held, self.seconds)
        self.counts: Counts = counts_of(held, self.seconds)

    def hours(self, layer: str) -> Fraction:
        """A layer, in hours of places."""
        return Fraction(getattr(self.layers, layer), 3600)

    @property
    def external(self) -> Fraction:
        """Effective hours for others than the owner."""
        return external_seconds(self.record, self.layers.parts) / 3600


def wall(seconds: int, zone: ZoneInfo = SHANGHAI) -> datetime:
    """A UTC second on the wall."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone)
