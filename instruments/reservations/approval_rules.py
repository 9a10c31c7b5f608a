"""Whose reservations a lab decides on, until when it has to answer, and which requests it may answer together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from instruments.errors import N_, Reason
from instruments.people.audience import CIRCLES
from instruments.timespan import Pair

LONGEST_ABOVE_MINUTES = 31 * 24 * 60
LONGEST_DEADLINE_HOURS = 14 * 24
OWN_CIRCLES = ("lab", "institution")


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """Reservations of these circles, longer than `above_minutes` (None: however long), are asked for first.

    The lab's managers and operators decide, or its managers alone, within `deadline_hours` and before the start.
    own_together: requests of the own institution may be approved several at once.
    """

    id: int
    circles: frozenset[str]
    above_minutes: int | None = None
    managers_only: bool = False
    deadline_hours: int = 24
    own_together: bool = False

    def needed(self, circle: str, seconds: int) -> bool:
        """Whether somebody of this circle has to ask for a reservation of this length."""
        if circle not in self.circles:
            return False
        return self.above_minutes is None or seconds > self.above_minutes * 60

    def due(self, asked: int, start: int) -> int:
        """Until when the lab answers, in UTC seconds: within its deadline, at the latest when it starts."""
        return min(asked + self.deadline_hours * 3600, start)


def has_to_ask(rule: ApprovalRule | None, circle: str, wish: Pair, held: Pair | None = None) -> bool:
    """Whether a span has to be asked for; not within one that is `held` already, which only gets shorter."""
    start, end = wish
    if held is not None and held[0] <= start and end <= held[1]:
        return False
    return rule is not None and rule.needed(circle, end - start)


def objections(
    circles: Collection[str], above_minutes: int | None, deadline_hours: int | None
) -> Iterator[Reason]:
    """Why a rule of approval cannot stand."""
    if not set(circles) <= set(CIRCLES):
        yield Reason("circle", "circles", N_("This is not one of the circles."))
    if above_minutes is not None and not 0 <= above_minutes <= LONGEST_ABOVE_MINUTES:
        values = {"least": 0, "most": LONGEST_ABOVE_MINUTES}
        yield Reason(
            "limit_out_of_bounds", "above_minutes", N_("Enter a number from %(least)s to %(most)s."), values
        )
    if deadline_hours is None or not 1 <= deadline_hours <= LONGEST_DEADLINE_HOURS:
        values = {"least": 1, "most": LONGEST_DEADLINE_HOURS}
        yield Reason(
            "limit_out_of_bounds", "deadline_hours", N_("Enter a number from %(least)s to %(most)s."), values
        )


@dataclass(frozen=True, slots=True)
class Request:
    """What of a request says whether it may be approved together with others."""

    rule_id: int | None
    circle: str
    own_together: bool


def may_be_approved_together(requests: Sequence[Request]) -> bool:
    """Only those of the own institution, under one rule that says so; each other is decided by itself."""
    return len({request.rule_id for request in requests}) == 1 and all(
        request.own_together and request.rule_id is not None and request.circle in OWN_CIRCLES
        for request in requests
    )
