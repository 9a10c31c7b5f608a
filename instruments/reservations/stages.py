"""Which limits hold when: those of a lab or instrument for certain dates, laid over what always holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from typing import TypeAlias

from instruments.availability.opening import holds_on, in_force, midnight
from instruments.reservations.limits import BookingRules, Limit

FOR_EVER = 1 << 60
LATEST_YEAR = 2999
Own: TypeAlias = Mapping[str, Limit]


@dataclass(frozen=True)
class DatedLimits:
    """What an owner sets for reservations that start on these dates."""

    own: Own
    valid_from: date | None
    valid_to: date | None = None


@dataclass(frozen=True)
class Set:
    """What one owner sets: always, and for certain dates, added last first."""

    own: Own = field(default_factory=dict)
    dated: Sequence[DatedLimits] = ()

    def over(self, rules: BookingRules, day: date | None) -> BookingRules:
        """These rules with what the owner sets on a date (None: always) in place of them."""
        rules = rules.replaced_by(self.own)
        holding = in_force(self.dated, day) if day else None
        return rules.replaced_by(holding.own) if holding else rules


@dataclass(frozen=True, slots=True)
class Stage:
    """The limits for reservations that start within [first, last), in UTC seconds."""

    first: int
    last: int
    rules: BookingRules


def stages(sets: Sequence[Set], zone: tzinfo) -> tuple[Stage, ...]:
    """The limits from the beginning to the end of time, the sets laid over one another in their order: one stage
    for each span of dates; none where no set has dates."""
    turns: set[date] = set()
    for dated in (each for one in sets for each in one.dated):
        turns |= {day for day in (dated.valid_from, _after(dated.valid_to)) if day}
    if not turns:
        return ()
    days: list[date | None] = [None, *sorted(turns)]
    moments = [0, *(midnight(day, zone) for day in sorted(turns)), FOR_EVER]
    return tuple(
        Stage(moments[place], moments[place + 1], _laid(sets, day)) for place, day in enumerate(days)
    )


def _laid(sets: Sequence[Set], day: date | None) -> BookingRules:
    rules = BookingRules()
    for one in sets:
        rules = one.over(rules, day)
    return rules


def _after(day: date | None) -> date | None:
    return day + timedelta(days=1) if day and day < date.max else None


def ends(last: date | None, zone: tzinfo) -> int:
    """When what holds until a day, and with it, ends on this wall, in UTC seconds: FOR_EVER without a last day, and after
    the last that a calendar has."""
    following = _after(last)
    return midnight(following, zone) if following else FOR_EVER


def still_coming(dated: DatedLimits, today: date) -> bool:
    """Whether it holds today or will hold."""
    return holds_on(dated, today) or (dated.valid_from or date.min) > today
