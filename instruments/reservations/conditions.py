"""What is asked of a reservation beyond the calendar: the one place, so that no way in skips a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from instruments.errors import Reason
from instruments.reservations.bookable import Bookable
from instruments.reservations.paying.payable import payable
from instruments.reservations.qualified import qualified
from instruments.reservations.runs import in_a_row
from instruments.reservations.scene import Wish
from instruments.reservations.suspended import suspended
from instruments.reservations.who_asks import Asking
from instruments.reservations.within_quotas import within_quotas

Condition: TypeAlias = Callable[[Asking, Bookable, Wish, int], Iterable[Reason]]
# Each room or file that asks something adds its function here; it is called with the moment in UTC seconds,
# before the lock and again under it, and asks the database nothing where the instrument has no such rule.
CONDITIONS: tuple[Condition, ...] = (suspended, qualified, in_a_row, within_quotas, payable)


def conditions(asking: Asking, thing: Bookable, wish: Wish, now: int) -> list[Reason]:
    """Every reason beyond the calendar against the wish, whose end comes after its start."""
    return [reason for condition in CONDITIONS for reason in condition(asking, thing, wish, now)]
