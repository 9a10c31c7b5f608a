"""Hours that differ by audience: which of the open time is open to which circles. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from instruments.errors import N_, Reason
from instruments.timespan import Pair

# Members of a circle, as "only to …" names them.
WHOM: Mapping[str, str] = {
    "lab": N_("its own lab"),
    "institution": N_("its own institution"),
    "partners": N_("other universities and institutes"),
    "companies": N_("companies"),
}


def whom(circles: Collection[str]) -> tuple[Reason, ...]:
    """Circles as a sentence names them, each in the reader's language."""
    return tuple(Reason(circle, None, words) for circle, words in WHOM.items() if circle in circles)


def open_to_whom(opened: Mapping[str, Sequence[Pair]]) -> list[tuple[Pair, tuple[str, ...]]]:
    """Open time cut where it turns from some circles to others: each span with those it is open to, in order.

    opened: the sorted, disjoint spans of each circle.
    """
    found: list[tuple[Pair, tuple[str, ...]]] = []
    turns = sorted({end for spans in opened.values() for span in spans for end in span})
    for first, last in pairwise(turns):
        circles = tuple(circle for circle, spans in opened.items() if _covers(spans, first))
        if not circles:
            continue
        if found and found[-1][0][1] == first and found[-1][1] == circles:
            first = found.pop()[0][0]
        found.append(((first, last), circles))
    return found


def _covers(spans: Sequence[Pair], moment: int) -> bool:
    place = bisect_right(spans, (moment, 1 << 62)) - 1
    return place >= 0 and spans[place][1] > moment
