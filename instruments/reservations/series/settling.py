"""What becomes of the dates of a series that cannot be changed with the others: what may be had instead, and what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias

from sqlalchemy import Row

from instruments.errors import Reason, Refusal
from instruments.reservations.alternatives import AROUND
from instruments.reservations.bookable import Bookable
from instruments.reservations.series.making import OF_WORDS
from instruments.reservations.series.offers import Offers
from instruments.reservations.timetable import spans
from instruments.reservations.who_asks import Asking
from instruments.timespan import Pair, merge

LEAVE: Literal["leave"] = "leave"
DROP: Literal["drop"] = "drop"
# Leave it as it is, cancel it, or take this span instead.
Decision: TypeAlias = Literal["leave", "drop"] | Pair


class Stuck(NamedTuple):
    """A reservation of the series that cannot have the time wanted (where the clocks skip that, as long from about then on);
    offer: the nearest free span that it could have, other than where it stands."""

    reservation_id: int
    position: int
    stands: Pair
    reasons: tuple[Reason, ...]
    wish: Pair
    offer: Pair | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """One that was refused: its row, the time wanted for it (where the clocks skip that, as long from about then on), who
    asks, and why."""

    row: Row[Any]
    wish: Pair
    asking: Asking
    why: Refusal

    @property
    def stands(self) -> Pair:
        """Where it is."""
        return int(self.row.starts_at.timestamp()), int(self.row.ends_at.timestamp())

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What stands against this date alone; wrong words stand against all."""
        return tuple(reason for reason in self.why.reasons if reason.field not in OF_WORDS)


def stuck(refused: Sequence[Refused], thing: Bookable, now: datetime) -> list[Stuck]:
    """These by start, each with the nearest free span that all rules let pass, as things stand once the others have
    changed; none is offered twice.
    """
    dated = sorted((each for each in refused if each.reasons), key=lambda each: each.stands)
    if not dated:
        return []
    first = max(min(each.wish[0] for each in dated) - AROUND, int(now.timestamp()))
    last = max(each.wish[1] for each in dated) + AROUND
    taken: list[Pair] = []
    found: list[Stuck] = []
    search: Offers | None = None
    gaps: tuple[Pair, ...] = ()
    for each in dated:
        if search is None:
            free = spans([thing.id], first, last, now, actor=each.asking.user).get(thing.id)
            gaps = tuple(free.free) if free else ()
            search = Offers(gaps, taken, each.asking, thing, now)
        search.asking, search.stands = each.asking, each.stands
        # What it holds itself is free for it, and joins what is free beside it.
        search.gaps = merge([*gaps, each.stands])
        found.append(_told(each, search.near(each.wish)))
    return found


def _told(each: Refused, offer: Pair | None) -> Stuck:
    return Stuck(each.row.id, each.row.position, each.stands, each.reasons, each.wish, offer)
