"""The limits a lab sets on reservations, and how an instrument's own replace them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache

from instruments.errors import N_, Reason

LONGEST_MINUTES = 31 * 24 * 60
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class BookingRules:
    """Limits on one reservation, all inclusive.

    It starts and ends on steps of `grid_minutes` from local midnight, lasts `shortest_minutes` to
    `longest_minutes`, starts at least `lead_minutes` and at most `horizon_days` from now, and keeps
    `buffer_minutes` to any other reservation. The defaults are what holds where a lab sets nothing.
    """

    grid_minutes: int = 15
    shortest_minutes: int = 15
    longest_minutes: int = 24 * 60
    lead_minutes: int = 0
    horizon_days: int = 60
    buffer_minutes: int = 0

    @property
    def shortest(self) -> int:
        """The shortest reservation in seconds."""
        return self.shortest_minutes * 60

    @property
    def longest(self) -> int:
        """The longest reservation in seconds; never above 31 days, which the database holds to as well."""
        return min(self.longest_minutes, LONGEST_MINUTES) * 60

    @property
    def lead(self) -> int:
        """The least time between booking and start, in seconds."""
        return self.lead_minutes * 60

    @property
    def buffer(self) -> int:
        """The time between any two reservations, in seconds."""
        return self.buffer_minutes * 60

    def latest(self, now: int, zone: tzinfo) -> int:
        """The last moment at which a reservation may start: so many days on, at the same time by the wall clock."""
        return _days_on(now, zone, self.horizon_days)

    def fitting(self, length: int) -> int:
        """The length that is nearest to one in seconds, is a whole number of steps and may be booked."""
        step = self.grid_minutes * 60
        wanted = min(max(length, self.shortest), self.longest)
        return min(wanted + -wanted % step, self.longest // step * step)

    def replaced_by(self, own: dict[str, int | None]) -> BookingRules:
        """These rules with every limit that `own` sets (is not None) in its place."""
        return replace(self, **{name: value for name, value in own.items() if value is not None})


@lru_cache(maxsize=256)
def _days_on(now: int, zone: tzinfo, days: int) -> int:
    return int((datetime.fromtimestamp(now, zone) + timedelta(days=days)).timestamp())


LIMITS = tuple(limit.name for limit in fields(BookingRules))
_BOUNDS = {
    "grid_minutes": (1, DAY_MINUTES),
    "shortest_minutes": (1, LONGEST_MINUTES),
    "longest_minutes": (1, LONGEST_MINUTES),
    "lead_minutes": (0, 365 * DAY_MINUTES),
    "horizon_days": (1, 730),
    "buffer_minutes": (0, DAY_MINUTES),
}


def objections(
    own: dict[str, int | None], defaults: BookingRules, unread: Collection[str] = ()
) -> list[Reason]:
    """Why these limits cannot stand, on their own or together with those that they do not replace.

    unread: those that could not be read; what they would say together with others is left open.
    """
    reasons = [reason for name, value in own.items() if (reason := _out_of_bounds(name, value))]
    open_ones = {*unread, *(reason.field for reason in reasons)}
    rules = defaults.replaced_by(own)
    return reasons + [reason for needs, reason in _together(rules) if not needs & open_ones]


def _together(rules: BookingRules) -> Iterator[tuple[set[str], Reason]]:
    """What contradicts what: the limits it takes, and the reason."""
    grid = max(rules.grid_minutes, 1)
    if DAY_MINUTES % grid:
        yield {"grid_minutes"}, Reason(
            "grid_uneven", "grid_minutes", N_("A day cannot be divided into steps of %(grid)s minutes."),
            {"grid": rules.grid_minutes}, N_("Choose for example 5, 10, 15, 20, 30 or 60."),
        )  # fmt: skip
    if rules.shortest_minutes > rules.longest_minutes:
        yield {"shortest_minutes", "longest_minutes"}, Reason(
            "shortest_above_longest", "shortest_minutes",
            N_("The shortest reservation (%(shortest)s min) is longer than the longest (%(longest)s min)."),
            {"shortest": rules.shortest_minutes, "longest": rules.longest_minutes}, N_("Change one of the two."),
        )  # fmt: skip
    elif rules.longest_minutes // grid * grid < rules.shortest_minutes:
        yield {"grid_minutes", "shortest_minutes", "longest_minutes"}, Reason(
            "no_length_fits", "grid_minutes",
            N_("No whole number of steps of %(grid)s minutes lies between the shortest and the longest reservation."),
            {"grid": rules.grid_minutes}, N_("Choose smaller steps or a longer limit."),
        )  # fmt: skip


def _out_of_bounds(name: str, value: int | None) -> Reason | None:
    least, most = _BOUNDS[name]
    if value is None or least <= value <= most:
        return None
    return Reason(
        "limit_out_of_bounds",
        name,
        N_("Enter a number from %(least)s to %(most)s."),
        {"least": least, "most": most},
    )
