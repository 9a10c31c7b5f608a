"""What is known of one instrument over some time, in plain values, for the figures to be worked out from. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from instruments.timespan import Pair

Whom: TypeAlias = tuple[int, int]
"""A customer: their institution or company, and their group; 0 for none known."""


class Share(NamedTuple):
    """What a session did for one customer: its effective time in UTC seconds, and their part of its evidence and attended time.

    customer: the number of their institution or company, 0 where none is known; group: their group, 0 for none;
    external: whether the unit served is another legal person than the owner (partners included, whoever operates or pays);
    person: who it was, 0 where nobody knows.
    """

    customer: int
    group: int
    external: bool
    effective: tuple[Pair, ...]
    samples: int = 0
    evidence: tuple[tuple[Pair, str], ...] = ()
    person: int = 0
    attended: tuple[Pair, ...] = ()

    @property
    def whom(self) -> Whom:
        """Whom it served: their institution or company, and group."""
        return self.customer, self.group


class Session(NamedTuple):
    """One use, settled from all its witnesses, in UTC seconds.

    started: the moment whose period it is counted in; confirmed: when its samples count, None before that;
    evidence: its used time, each part with the grade of what bears witness of it; reserved_by: whose reservation it was on,
    None without; reservation: its number, 0 without.
    """

    number: int
    started: int
    attended: tuple[Pair, ...]
    shares: tuple[Share, ...]
    confirmed: int | None = None
    evidence: tuple[tuple[Pair, str], ...] = ()
    persons: tuple[int, ...] = ()
    reserved_by: Whom | None = None
    reservation: int = 0

    def attended_by(self) -> Iterator[tuple[Whom, tuple[Pair, ...]]]:
        """Whom it served while it was attended: of a run for several, each has their part."""
        if len(self.shares) == 1:
            yield self.shares[0].whom, self.attended
            return
        for share in self.shares:
            yield share.whom, share.attended


class Reserved(NamedTuple):
    """A reservation, as it stood at its start: [start, end) in UTC seconds, whatever was released of it later.

    lead_seconds: how long before its start it was made; None where nobody knows; customer, group, person: whose it was, 0
    for nobody known; number: its own, 0 where nobody asks.
    """

    start: int
    end: int
    no_show: bool = False
    late_cancelled: bool = False
    live: bool = True
    lead_seconds: int | None = None
    customer: int = 0
    group: int = 0
    person: int = 0
    number: int = 0

    @property
    def whom(self) -> Whom:
        """Whose it was: their institution or company, and group."""
        return self.customer, self.group


class Outage(NamedTuple):
    """Time at which places are shut: how many, None for all of them; repair: something had failed."""

    start: int
    end: int
    places: int | None = None
    repair: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """One instrument and all that happened to it.

    capacity: how many it serves at once (N); in_service: from its commissioning to its retirement; open: published hours
    less holidays and closures of the whole of it, merged; closed: closures of some of its places, which are not open then.
    """

    capacity: int
    in_service: Pair
    open: Sequence[Pair]
    closed: Sequence[Outage] = ()
    outages: Sequence[Outage] = ()
    reserved: Sequence[Reserved] = ()
    sessions: Sequence[Session] = ()
