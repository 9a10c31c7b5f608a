"""How long each reservation was left unused, so that the rows come to the hours of the figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from instruments.timespan import Pair
from instruments.utilization.layers import layers_of
from instruments.utilization.periods import Period, midnight
from instruments.utilization.reading import records, things
from instruments.utilization.records import Record
from instruments.utilization.reserved_rows import ReservedRow

# In place of a group, which has no such number: whose time it is are reservations here.
RESERVATION = -1


def unused_hours(rows: Sequence[ReservedRow], period: Period, now: datetime) -> dict[int, float]:
    """By reservation, the bookable hours within a period up to last midnight in which nobody came to what it held; of places
    that several held at once, its part. Some statements for each zone, whatever the number of rows."""
    by_zone: defaultdict[str, list[ReservedRow]] = defaultdict(list)
    for row in rows:
        by_zone[row.zone].append(row)
    found: dict[int, float] = {}
    for name, some in by_zone.items():
        zone = ZoneInfo(name)
        first, last = period.seconds(zone)
        last = min(last, midnight(now.astimezone(zone).date(), zone))
        shown = (
            max(first, _second(min(row.start for row in some))),
            min(last, _second(max(row.end for row in some))),
        )
        if shown[0] < shown[1]:
            found |= _within(shown, {row.instrument_id for row in some}, now)
    return found


def unused_of(record: Record, period: Pair) -> dict[int, float]:
    """The same of one instrument, in seconds of UTC by the number of the reservation. Pure."""
    own = replace(
        record,
        reserved=[each._replace(customer=each.number, group=RESERVATION) for each in record.reserved],
        sessions=[
            each._replace(reserved_by=(each.reservation, RESERVATION)) if each.reservation else each
            for each in record.sessions
        ],
    )
    whose = layers_of(own, period).whose
    return {number: float(sums.unused) for (number, kind), sums in whose.items() if kind == RESERVATION}


def _within(shown: Pair, instrument_ids: Iterable[int], now: datetime) -> dict[int, float]:
    each = records(things(sorted(instrument_ids)), *shown, now)
    return {
        number: seconds / 3600
        for record in each.values()
        for number, seconds in unused_of(record, shown).items()
    }


def _second(moment: datetime) -> int:
    return int(moment.timestamp())
