"""Who asks for a time on an instrument, and for whom: what every condition wants to know."""

from __future__ import annotations

from dataclasses import dataclass

from instruments.people.rights import Actor
from instruments.reservations.payment import NOTHING_SAID, Payment
from instruments.timespan import Pair


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for a time, and for whom: the actor books or moves, the user will use it, for this unit served.

    apart_from: the reservation that is being moved and is not in its own way; made: when that was booked, in UTC
    seconds; override: why the lab's staff do it against its rules, empty when nobody does. besides: spans of the same
    instrument that count as if the user held them already: those of a series that come before. hazardous: whether the
    samples are; second_id: who else will be present, NOBODY (0) where whoever was named has no account. payment: how it
    is to be paid.
    """

    actor: Actor
    user: Actor
    group_id: int | None = None
    apart_from: int = 0
    made: int | None = None
    override: str = ""
    besides: tuple[Pair, ...] = ()
    hazardous: bool = False
    second_id: int | None = None
    payment: Payment = NOTHING_SAID
