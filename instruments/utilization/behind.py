"""Who stands behind what is counted of an instrument in a period: by person, of which figures they are part. Pure.

Kept as a number whose binary digits say it, so that nothing is told of others behind which few stand (withholding.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from instruments.timespan import Pair, clipped, subtract
from instruments.utilization.layer_sums import Layers
from instruments.utilization.open_time import OpenTime, open_time
from instruments.utilization.records import Record, Session, Share

# Began a use; had effective hours, and of these inside and outside of bookable time, for outsiders and for the owner's own;
# samples; any external service, with hours or not; reserved and came, or did not; gave up late; left reserved time unused.
USES, HOURS, INSIDE, OUTSIDE, EXTERNAL, INTERNAL, SAMPLES, SERVED, CAME, MISSED, LATE, UNUSED = (
    1 << place for place in range(12)
)
# Hours while the instrument was not in service: whose they are is not told apart.
UNOWNED = 1 << 12
RESERVED, USED = CAME | MISSED, USES | HOURS | SAMPLES
# Somebody of whom nobody knows who it was: something is behind a figure, and no person that could be counted.
UNKNOWN_PERSON = 0


def behind(record: Record, period: Pair, layers: Layers, late: Iterable[int] = ()) -> dict[int, int]:
    """By person, of what they are part within a period of UTC seconds; late: who gave up late, 0 for nobody known."""
    found: defaultdict[int, int] = defaultdict(int)
    for person in late:
        found[person] |= LATE
    if record.sessions:
        bookable = _Bookable(record, period)
        for session in record.sessions:
            for person, bits in _of_session(session, period, layers, bookable):
                found[person] |= bits
    _of_reservations(found, record, period, layers)
    for bit, seconds in (
        (OUTSIDE, layers.outside), (INSIDE, layers.inside), (UNUSED, layers.unused), (UNOWNED, layers.effective - layers.owned),
    ):  # fmt: skip
        # Where several are there at once, or places are shut, it may be nobody's by itself.
        if seconds and not any(bits & bit for bits in found.values()):
            found[UNKNOWN_PERSON] |= bit
    return {person: bits for person, bits in found.items() if bits}


class _Bookable:
    """The time in which anything of the instrument can be booked, and that in which it is shut as a whole."""

    def __init__(self, record: Record, period: Pair) -> None:
        first, last = max(period[0], record.in_service[0]), min(period[1], record.in_service[1])
        self._down = [
            (each.start, each.end)
            for each in record.outages
            if each.places is None or each.places >= record.capacity
        ]
        self._open: OpenTime = open_time(tuple(record.open), first, max(first, last))
        self._period = period

    def parts(self, spans: Sequence[Pair]) -> tuple[int, int]:
        """How many seconds of these lie inside and outside of it; what is down is neither."""
        within = clipped(spans, *self._period)
        if self._down:
            within = subtract(within, self._down)
        inside = sum(self._open.within(*span) for span in within)
        return inside, sum(end - start for start, end in within) - inside


def _of_session(
    session: Session, period: Pair, layers: Layers, bookable: _Bookable
) -> Iterator[tuple[int, int]]:
    began, confirmed = _lies(session.started, period), _lies(session.confirmed, period)
    for position, share in enumerate(session.shares):
        bits = USES if began else 0
        if layers.parts.get((session.number, position), 0):
            bits |= _of_hours(share, bookable)
        if confirmed and share.samples:
            bits |= SAMPLES
        if share.external and (bits & EXTERNAL or bits & SAMPLES or began):
            bits |= SERVED
        yield share.person or UNKNOWN_PERSON, bits


def _of_hours(share: Share, bookable: _Bookable) -> int:
    inside, outside = bookable.parts(share.effective)
    return (
        HOURS
        | (EXTERNAL if share.external else INTERNAL)
        | (INSIDE if inside else 0)
        | (OUTSIDE if outside else 0)
    )


def _of_reservations(found: defaultdict[int, int], record: Record, period: Pair, layers: Layers) -> None:
    there = [span for session in record.sessions for span in session.attended] if layers.unused else []
    for held in record.reserved:
        if not held.live:
            continue
        if _lies(held.start, period):
            found[held.person] |= MISSED if held.no_show else CAME
        if layers.unused and subtract(clipped([(held.start, held.end)], *period), there):
            found[held.person] |= UNUSED


def _lies(moment: int | None, period: Pair) -> bool:
    return moment is not None and period[0] <= moment < period[1]


def users_among(persons: Mapping[int, int]) -> set[int]:
    """Those who began a use: the users that are counted."""
    return {person for person, bits in persons.items() if bits & USES and person != UNKNOWN_PERSON}
