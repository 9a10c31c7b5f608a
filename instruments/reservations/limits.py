"""The limits a lab sets on reservations, and how an instrument's own replace them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, TypeAlias

from instruments.errors import N_, Reason

LONGEST_MINUTES = 31 * 24 * 60
DAY_MINUTES = 24 * 60


SEEN = ("nobody", "group", "institution", "everybody")
AFTER_USE, WHEN_BOOKED = "after_use", "when_booked"
PAYERS = (AFTER_USE, WHEN_BOOKED)
Limit: TypeAlias = int | str | None


@dataclass(frozen=True, slots=True)
class BookingRules:
    """Limits on one reservation, all inclusive.

    It starts and ends on steps of `grid_minutes` from local midnight, lasts `shortest_minutes` to
    `longest_minutes`, starts at least `lead_minutes` and at most `horizon_days` from now; where a circle of the
    audience has a window of its own (`lab_days` …), that counts for it. Less than `cutoff_minutes` before it
    starts its user can no longer move or cancel it. Between two reservations stay `buffer_minutes` after the one
    and `before_minutes` before the other. One person or group has it for at most `consecutive_minutes` in a row.
    `names_seen`: who sees whose it is; `payer_named`: until when somebody is named who pays for what has a price. The
    defaults are what holds where a lab sets nothing.
    """

    grid_minutes: int = 15
    shortest_minutes: int = 15
    longest_minutes: int = 24 * 60
    lead_minutes: int = 0
    horizon_days: int = 60
    buffer_minutes: int = 0
    before_minutes: int = 0
    cutoff_minutes: int = 0
    lab_days: int | None = None
    institution_days: int | None = None
    partners_days: int | None = None
    companies_days: int | None = None
    consecutive_minutes: int | None = None
    names_seen: str = "nobody"
    payer_named: str = AFTER_USE

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
        """The time between any two reservations, in seconds: after the one and before the other."""
        return (self.before_minutes + self.buffer_minutes) * 60

    @property
    def cutoff(self) -> int:
        """How long before the start its user can no longer move or cancel, in seconds; 0: at any time."""
        return self.cutoff_minutes * 60

    def days_for(self, circle: str | None) -> int:
        """How many days ahead a circle of the audience may book; without one, what holds for everybody."""
        own = getattr(self, f"{circle}_days") if circle else None
        return self.horizon_days if own is None else int(own)

    def has_windows(self) -> bool:
        """Whether any circle has a window of its own."""
        return any(getattr(self, name) is not None for name in WINDOWS)

    def latest(self, now: int, zone: tzinfo, circle: str | None = None) -> int:
        """The last moment at which a reservation may start: so many days on, at the same time by the wall clock."""
        return _days_on(now, zone, self.days_for(circle))

    def fitting(self, length: int) -> int:
        """The length that is nearest to one in seconds, is a whole number of steps and may be booked."""
        step = self.grid_minutes * 60
        wanted = min(max(length, self.shortest), self.longest)
        return min(wanted + -wanted % step, self.longest // step * step)

    def replaced_by(self, own: Mapping[str, Limit]) -> BookingRules:
        """These rules with every limit that `own` sets (is not None) in its place."""
        given: dict[str, Any] = {name: value for name, value in own.items() if value is not None}
        return replace(self, **given)


@lru_cache(maxsize=256)
def _days_on(now: int, zone: tzinfo, days: int) -> int:
    return int((datetime.fromtimestamp(now, zone) + timedelta(days=days)).timestamp())


LIMITS = tuple(limit.name for limit in fields(BookingRules))
WINDOWS = ("lab_days", "institution_days", "partners_days", "companies_days")
# Limits that are one of some words; all others are numbers.
CHOICES: Mapping[str, tuple[str, ...]] = {"names_seen": SEEN, "payer_named": PAYERS}
NUMBERS = tuple(name for name in LIMITS if name not in CHOICES)
_BOUNDS = {
    "grid_minutes": (1, DAY_MINUTES),
    "shortest_minutes": (1, LONGEST_MINUTES),
    "longest_minutes": (1, LONGEST_MINUTES),
    "lead_minutes": (0, 365 * DAY_MINUTES),
    "horizon_days": (1, 730),
    "buffer_minutes": (0, DAY_MINUTES),
    "before_minutes": (0, DAY_MINUTES),
    "cutoff_minutes": (0, 365 * DAY_MINUTES),
    **dict.fromkeys(WINDOWS, (1, 730)),
    "consecutive_minutes": (1, LONGEST_MINUTES),
}


def objections(
    own: Mapping[str, Limit], defaults: BookingRules, unread: Collection[str] = ()
) -> list[Reason]:
    """Why these limits cannot stand, on their own or together with those that they do not replace.

    unread: those that could not be read; what they would say together with others is left open.
    """
    reasons = [reason for name, value in own.items() if (reason := _out_of_bounds(name, value))]
    open_ones = {*unread, *(reason.field for reason in reasons)}
    rules = defaults.replaced_by(own)
    together = (*_together(rules), *_runs(rules), *_ahead(rules))
    return reasons + [reason for needs, reason in together if not needs & open_ones]


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


def _runs(rules: BookingRules) -> Iterator[tuple[set[str], Reason]]:
    row = rules.consecutive_minutes
    if row is not None and row < rules.shortest_minutes:
        yield {"consecutive_minutes", "shortest_minutes"}, Reason(
            "row_below_shortest", "consecutive_minutes",
            N_("In a row (%(row)s min) is less than the shortest reservation (%(shortest)s min)."),
            {"row": row, "shortest": rules.shortest_minutes}, N_("Change one of the two."),
        )  # fmt: skip


def _ahead(rules: BookingRules) -> Iterator[tuple[set[str], Reason]]:
    days = min(rules.days_for(name.removesuffix("_days")) for name in WINDOWS)
    if rules.lead_minutes >= days * DAY_MINUTES:
        yield {"lead_minutes", "horizon_days", *WINDOWS}, Reason(
            "lead_beyond_horizon", "lead_minutes",
            N_("With a lead time of %(lead)s nobody who may book up to %(days)s days ahead could ever book."),
            {"lead": timedelta(minutes=rules.lead_minutes), "days": days}, N_("Change one of the two."),
        )  # fmt: skip


def _out_of_bounds(name: str, value: Limit) -> Reason | None:
    if name in CHOICES:
        known = value is None or value in CHOICES[name]
        return None if known else Reason("not_a_choice", name, N_("Choose one of those on the list."))
    least, most = _BOUNDS[name]
    if not isinstance(value, int) or least <= value <= most:
        return None
    return Reason(
        "limit_out_of_bounds",
        name,
        N_("Enter a number from %(least)s to %(most)s."),
        {"least": least, "most": most},
    )
