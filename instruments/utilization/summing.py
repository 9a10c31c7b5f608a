"""What is kept of one instrument in one month: its layers and counts as whole milliseconds and numbers. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from instruments.timespan import Pair
from instruments.usage.kinds import GRADES
from instruments.utilization.counting import counts_of
from instruments.utilization.figures import external_seconds
from instruments.utilization.layer_sums import Layers, Length
from instruments.utilization.layers import layers_of
from instruments.utilization.records import Record
from instruments.utilization.weekly import cells, packed

A_SECOND = 1000
PUBLISHED = ("calendar", "open", "bookable", "down")
LAYERS = ("reserved", "attended", "effective", "owned", "inside", "unused", "clock")
COUNTS = (
    "lead_known", "uses", "external_uses", "samples", "external_samples", "reservations", "no_shows", "repairs",
)  # fmt: skip
_NOTHING = dict.fromkeys(
    (*LAYERS, *COUNTS, *(f"by_{grade}" for grade in GRADES), "external", "external_clock", "lead", "served"),
    0,
)


@dataclass(frozen=True, slots=True)
class Served:
    """What one customer (institution, group; 0: not known) had of an instrument: milliseconds, uses, samples."""

    effective: int
    uses: int
    samples: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The values of the month by the names of their columns, whom it served, who used it, and the hours of its week."""

    values: dict[str, int]
    served: dict[tuple[int, int], Served]
    persons: frozenset[int]
    week: bytes | None


def summary(record: Record, period: Pair, zone: ZoneInfo) -> Summary:
    """What is kept of a record within a period of UTC seconds."""
    layers = layers_of(record, period)
    values = _NOTHING | {name: getattr(layers, name) * A_SECOND for name in PUBLISHED}
    if not (record.sessions or record.reserved or record.outages):
        # As of most months of most instruments.
        return Summary(values, {}, frozenset(), None)
    counts = counts_of(record, period)
    values |= {name: getattr(layers, name) * A_SECOND for name in LAYERS}
    values |= {name: getattr(counts, name) for name in COUNTS}
    values |= {f"by_{grade}": seconds * A_SECOND for grade, seconds in counts.evidence.items()}
    values["external"] = _milliseconds(external_seconds(record, layers.parts))
    values["external_clock"] = _milliseconds(external_seconds(record, layers.clock_parts))
    values["lead"] = counts.lead_seconds * A_SECOND
    values["served"] = int(counts.served)
    week = packed(cells(layers.used, zone)) if layers.used else None
    return Summary(values, _served(record, period, layers), frozenset(counts.persons), week)


def _milliseconds(seconds: Length) -> int:
    return round(seconds * A_SECOND)


def _served(record: Record, period: Pair, layers: Layers) -> dict[tuple[int, int], Served]:
    if not record.sessions:
        return {}
    hours: defaultdict[tuple[int, int], Length] = defaultdict(int)
    uses: defaultdict[tuple[int, int], int] = defaultdict(int)
    samples: defaultdict[tuple[int, int], int] = defaultdict(int)
    for session in record.sessions:
        began = period[0] <= session.started < period[1]
        confirmed = session.confirmed is not None and period[0] <= session.confirmed < period[1]
        whom = set()
        for position, share in enumerate(session.shares):
            key = (share.customer, share.group)
            hours[key] += layers.parts.get((session.number, position), 0)
            samples[key] += share.samples if confirmed else 0
            whom.add(key)
        for key in whom if began else ():
            uses[key] += 1
    return {
        key: Served(_milliseconds(length), uses[key], samples[key])
        for key, length in hours.items()
        if length or uses[key] or samples[key]
    }
