"""What is asked for, and everything that holds around it: the plain values that the rules of booking look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from instruments.availability.days import DayPlan
from instruments.availability.opening import Hours
from instruments.reservations.grid import Grid
from instruments.reservations.limits import BookingRules
from instruments.reservations.places import as_places
from instruments.reservations.sweep import blocked
from instruments.timespan import Pair, crowded, intersect

SIGHT = 3 * 366 * 86_400
LONGEST_IN_SIGHT = 62 * 86_400
ALL_TIME = (-(1 << 60), 1 << 60)


class Wish(NamedTuple):
    """What is asked for, in UTC epoch seconds; nothing is checked yet, not even the order of the ends."""

    start: int
    end: int


class Closed(NamedTuple):
    """A closure over a span, of one of the kinds in availability/kinds.py, with its reason in words; units: how many
    places it closes, 0 for all.
    """

    start: int
    end: int
    kind: str
    reason: str
    units: int = 0


@dataclass(frozen=True)
class Scene:
    """What holds around a wish. Spans are pairs of UTC epoch seconds and reach some days beyond the wish.

    opened: published hours less holidays, merged; held: live reservations of others, sorted;
    others: what is open to other circles of the audience, with them;
    closures: of the whole instrument; partly: of some of its places;
    published: whether any hours are; admitted: whether the asker belongs to the audience;
    keeps_start: the start of a reservation that is only made longer or shorter is not judged again;
    plan: which days are off, as the institution's calendar says;
    last_day: the user's last at their institution; known: as far as held and closures reach; suspended_until: when the
    lab takes reservations for the user again; rules_at: the limits for another start, where they differ by date.
    """

    now: int
    zone: ZoneInfo
    rules: BookingRules
    opened: Sequence[Pair]
    others: Sequence[tuple[Pair, tuple[str, ...]]] = ()
    held: Sequence[Pair] = ()
    closures: Sequence[Closed] = ()
    partly: Sequence[Closed] = ()
    capacity: int = 1
    published: bool = True
    status: str = "in_service"
    commissioned_on: date | None = None
    retired_on: date | None = None
    admitted: bool = True
    audience: str = "companies"
    circle: str | None = None
    keeps_start: bool = False
    plan: DayPlan = field(default_factory=DayPlan)
    hours: Hours = field(default_factory=Hours)
    last_day: date | None = None
    known: Pair = ALL_TIME
    suspended_until: int = 0
    rules_at: Callable[[int], BookingRules] | None = None

    def at(self, start: int) -> Scene:
        """The same under the limits that hold for another start."""
        rules = self.rules if self.rules_at is None else self.rules_at(start)
        return self if rules == self.rules else replace(self, rules=rules)

    @property
    def grid(self) -> Grid:
        """The moments at which a reservation may start or end."""
        return Grid(self.zone, self.rules.grid_minutes)

    @property
    def places(self) -> list[Pair]:
        """The spans over which a place is closed, each as often as it closes one."""
        return as_places((closed.start, closed.end, closed.units) for closed in self.partly)

    def blocked(self) -> list[Pair]:
        """Where no place is left for another reservation, buffers counted."""
        return blocked(self.held, self.capacity, self.rules.buffer, self.places)

    @property
    def earliest(self) -> int:
        """The first moment on the grid at which a reservation may start."""
        return self.grid.up(self.now + self.rules.lead)

    @property
    def latest(self) -> int:
        """The last moment at which a reservation may start."""
        return self.rules.latest(self.now, self.zone, self.circle)


def in_sight(wish: Wish, now: int) -> bool:
    """Whether the calendar around a wish is worth looking at: not for a slip of the pen in the year 9999."""
    return wish.end - wish.start <= LONGEST_IN_SIGHT and now - SIGHT <= wish.start <= now + SIGHT


def conflicts(wish: Wish, scene: Scene) -> list[Pair]:
    """The parts of the wish at which all places are taken, buffers not counted."""
    return intersect(crowded([*scene.held, *scene.places], scene.capacity), [wish])


def values_of(scene: Scene, **values: object) -> dict[str, object]:
    return {"zone": scene.zone.key, **values}
