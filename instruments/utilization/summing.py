"""What is kept of one instrument in one month: its layers and counts as whole milliseconds and numbers. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from instruments.charges.earning import OfWhom
from instruments.timespan import Pair
from instruments.usage.kinds import GRADES
from instruments.utilization.behind import behind
from instruments.utilization.counting import counts_of
from instruments.utilization.figures import external_seconds
from instruments.utilization.layer_sums import Layers, Length
from instruments.utilization.layers import layers_of
from instruments.utilization.records import Record, Whom
from instruments.utilization.weekly import cells, packed

A_SECOND = 1000
PUBLISHED = ("calendar", "open", "bookable", "down")
LAYERS = ("reserved", "attended", "effective", "owned", "inside", "unused", "clock")
COUNTS = (
    "lead_known", "uses", "external_uses", "samples", "external_samples", "reservations", "no_shows", "repairs",
)  # fmt: skip
_NOTHING = dict.fromkeys(
    (
        *LAYERS,
        *COUNTS,
        *(f"{name}_{grade}" for name in ("by", "external_by") for grade in GRADES),
        "external",
        "external_clock",
        "lead",
        "served",
    ),
    0,
)


class Served(NamedTuple):
    """What one customer (institution, group; 0: not known) had of an instrument, and reserved of it: times in milliseconds, or
    numbers; by_sensor to by_assumed: their used time by its evidence; reserved, unused, late_cancelled: of their
    reservations."""

    effective: int = 0
    uses: int = 0
    samples: int = 0
    reservations: int = 0
    no_shows: int = 0
    lead: int = 0
    by_sensor: int = 0
    by_scan: int = 0
    by_file: int = 0
    by_typed: int = 0
    by_assumed: int = 0
    reserved: int = 0
    attended: int = 0
    unused: int = 0
    late_cancelled: int = 0

    @property
    def was_served(self) -> bool:
        """Whether they had anything of it, and did not only reserve it or stand by."""
        return bool(self.effective or self.uses or self.samples)


_EFFECTIVE, _USES, _SAMPLES, _RESERVATIONS, _NO_SHOWS, _LEAD = range(6)
_Sums: TypeAlias = defaultdict[Whom, list[Length]]
_RESERVED, _ATTENDED, _UNUSED, _LATE = range(len(Served._fields) - 4, len(Served._fields))
_OF_GRADE = {grade: Served._fields.index(f"by_{grade}") for grade in GRADES}


@dataclass(frozen=True, slots=True)
class Summary:
    """The values of the month by the names of their columns, whom it served, who stands behind which of it
    (behind.py), and the hours of its week."""

    values: dict[str, int]
    served: dict[Whom, Served]
    persons: Mapping[int, int]
    week: bytes | None


def summary(
    record: Record, period: Pair, zone: ZoneInfo, late: Mapping[OfWhom, int] | None = None
) -> Summary:
    """What is kept of a record within a period of UTC seconds; late: how many reservations of whom were given up late."""
    layers = layers_of(record, period)
    late = late or {}
    values = _NOTHING | {name: getattr(layers, name) * A_SECOND for name in PUBLISHED}
    values["late_cancelled"] = sum(late.values())
    if not (record.sessions or record.reserved or record.outages or late):
        # As of most months of most instruments.
        return Summary(values, {}, {}, None)
    counts = counts_of(record, period)
    values |= {name: getattr(layers, name) * A_SECOND for name in LAYERS}
    values |= {name: getattr(counts, name) for name in COUNTS}
    values |= {f"by_{grade}": seconds * A_SECOND for grade, seconds in counts.evidence.items()}
    values |= _external_evidence(record, period)
    values["external"] = _milliseconds(external_seconds(record, layers.parts))
    values["external_clock"] = _milliseconds(external_seconds(record, layers.clock_parts))
    values["lead"] = counts.lead_seconds * A_SECOND
    values["served"] = int(counts.served)
    week = packed(cells(layers.used, zone)) if layers.used else None
    persons = behind(record, period, layers, (each.person for each in late))
    return Summary(values, _served(record, period, layers, late), persons, week)


def _external_evidence(record: Record, period: Pair) -> dict[str, int]:
    """The used time for another legal person than the owner, by its evidence."""
    found: defaultdict[str, int] = defaultdict(int)
    for session in record.sessions:
        for share in session.shares:
            for (start, end), grade in share.evidence if share.external else ():
                if (seconds := min(end, period[1]) - max(start, period[0])) > 0:
                    found[f"external_by_{grade}"] += seconds * A_SECOND
    return found


def _milliseconds(seconds: Length) -> int:
    return round(seconds * A_SECOND)


def _served(record: Record, period: Pair, layers: Layers, late: Mapping[OfWhom, int]) -> dict[Whom, Served]:
    found: _Sums = defaultdict(lambda: [0] * len(Served._fields))
    _add_used(found, record, period, layers)
    _add_booked(found, record, period, layers)
    for each, count in late.items():
        found[each.institution, each.group][_LATE] += count
    return {
        key: Served(_milliseconds(values[0]), *map(round, values[1:]))
        for key, values in found.items()
        if any(values)
    }


def _add_used(found: _Sums, record: Record, period: Pair, layers: Layers) -> None:
    for session in record.sessions:
        began = _lies(session.started, period)
        confirmed = session.confirmed is not None and _lies(session.confirmed, period)
        for key in {share.whom for share in session.shares} if began else ():
            found[key][_USES] += 1
        for position, share in enumerate(session.shares):
            values = found[share.whom]
            values[_EFFECTIVE] += layers.parts.get((session.number, position), 0)
            values[_SAMPLES] += share.samples if confirmed else 0
            for (start, end), grade in share.evidence:
                if (seconds := min(end, period[1]) - max(start, period[0])) > 0:
                    values[_OF_GRADE[grade]] += seconds * A_SECOND


def _add_booked(found: _Sums, record: Record, period: Pair, layers: Layers) -> None:
    for held in record.reserved:
        if held.live and _lies(held.start, period):
            values = found[held.whom]
            values[_RESERVATIONS] += 1
            values[_NO_SHOWS] += held.no_show
            values[_LEAD] += (held.lead_seconds or 0) * A_SECOND
    for whom, booked in layers.whose.items():
        values = found[whom]
        values[_RESERVED] += booked.reserved * A_SECOND
        values[_ATTENDED] += booked.attended * A_SECOND
        values[_UNUSED] += booked.unused * A_SECOND


def _lies(moment: int, period: Pair) -> bool:
    return period[0] <= moment < period[1]
