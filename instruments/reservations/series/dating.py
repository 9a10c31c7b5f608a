"""What the journal says of the dates of a series that one deed changed, so that people are told of these and of no other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from instruments.timespan import Pair


class Dated(NamedTuple):
    """A date that was changed: its time before, its time now (the same where it did not move), its reservation."""

    before: Pair
    after: Pair
    reservation_id: int


def dated(dates: Sequence[Dated]) -> dict[str, Any]:
    """How many, each of them, and the first, by the time that it had."""
    first, *_ = ordered = sorted(dates)
    return {
        "count": len(ordered),
        "start": first.after[0],
        "end": first.after[1],
        "dates": [[each.reservation_id, *each.before, *each.after] for each in ordered],
    }
