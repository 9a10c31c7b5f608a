"""Approval in the invented world: a few labs that outside users have to ask, and what they asked for these days."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import NamedTuple

from instruments.availability.opening import midnight
from instruments.demo.generator.chance import stream
from instruments.demo.generator.instruments import SHOWN_LAB
from instruments.demo.generator.places import ZONE, Places, Row
from instruments.people.audience import CIRCLES
from instruments.reservations.approval_rules import ApprovalRule
from instruments.timespan import Pair

SHARE_OF_LABS = 0.08
SHOWN_RULE = ApprovalRule(1, frozenset({"partners", "companies"}), deadline_hours=72)
RULES = (
    (frozenset({"companies"}), None, False, 48),
    (frozenset({"partners", "companies"}), 240, False, 24),
    (frozenset({"partners", "companies"}), None, True, 72),
)
DAY = 86_400
# What starts within these days is still open; a lab answers what comes later at once.
OPEN_DAYS = 6
MOST_OPEN, MOST_OPEN_ON_ONE = 9, 2


class MadeApproval(NamedTuple):
    """One row of the table of approvals, in the order of these columns; moments are UTC epoch seconds."""

    reservation_id: int
    rule_id: int
    circle: str
    above_minutes: int | None
    managers_only: bool
    own_together: bool
    asked_at: int
    due_at: int
    asked_starts_at: int
    asked_ends_at: int
    decision: str | None
    decided_at: int | None
    decided_by_id: int | None
    message: str


@dataclass
class Approvals:
    """The rules by lab, and who belongs where."""

    places: Places
    staff: dict[int, list[int]]
    anchor: date
    rules: dict[int, ApprovalRule] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kinds = {row["id"]: row["kind"] for row in self.places.institutions}
        self.today = midnight(self.anchor, ZONE)
        self.rules = dict(self._rules())

    def _rules(self) -> list[tuple[int, ApprovalRule]]:
        found = [(SHOWN_LAB, SHOWN_RULE)]
        for lab in self.places.labs:
            chance = stream("approval", lab["id"])
            if lab["id"] != SHOWN_LAB and chance.random() < SHARE_OF_LABS:
                circles, above, managers, hours = chance.choice(RULES)
                found.append((lab["id"], ApprovalRule(len(found) + 1, circles, above, managers, hours)))
        return found

    def rows(self) -> list[Row]:
        """The rules as rows of their table."""
        return [
            {
                "id": rule.id,
                "lab_id": lab_id,
                **{f"for_{circle}": circle in rule.circles for circle in CIRCLES},
                "above_minutes": rule.above_minutes,
                "managers_only": rule.managers_only,
                "deadline_hours": rule.deadline_hours,
                "own_together": rule.own_together,
            }
            for lab_id, rule in self.rules.items()
        ]

    def circle(self, institution_id: int, instrument: Row) -> str:
        """The circle of somebody of an institution; the rules here do not tell the own lab from its institution."""
        if institution_id == instrument["institution_id"]:
            return "institution"
        return "companies" if self.kinds[institution_id] == "company" else "partners"

    def asked_at(self, institution_id: int, instrument: Row, span: Pair, waiting: Counter[str]) -> int | None:
        """When it was asked for, if a reservation is a request that is still open; None for all others.

        waiting: how many are open so far, by lab and by instrument.
        """
        rule = self.rules.get(instrument["lab_id"])
        place, thing = f"lab {instrument['lab_id']}", f"instrument {instrument['id']}"
        if rule is None or waiting[place] >= MOST_OPEN or waiting[thing] >= MOST_OPEN_ON_ONE:
            return None
        start, end = span
        if not self.today + DAY < start < self.today + OPEN_DAYS * DAY:
            return None
        if not rule.needed(self.circle(institution_id, instrument), end - start):
            return None
        waiting.update((place, thing))
        return self.today - self._chance(instrument, start).randrange(6 * 3600)

    def _chance(self, instrument: Row, start: int) -> Random:
        return stream("asked", instrument["id"] * 10**10 + start)

    def of(self, made: Row, instrument: Row) -> MadeApproval | None:
        """The request of a reservation, open, or approved in the half day after it was asked for; None without one.

        made: the reservation as a mapping. What was booked before today's rule was never asked for.
        """
        rule = self.rules.get(instrument["lab_id"])
        start, end = made["starts_at"], made["ends_at"]
        if rule is None or start < self.today or made["state"] not in ("requested", "confirmed"):
            return None
        circle = self.circle(made["institution_id"], instrument)
        if not rule.needed(circle, end - start):
            return None
        asked = made["created_at"]
        due = rule.due(asked, start)
        answered: tuple[str | None, int | None, int | None] = (None, None, None)
        if made["state"] == "confirmed":
            staff = self.staff[instrument["lab_id"]]
            # Whenever the day is looked at, nothing was answered later.
            at = min(asked + 3 * 3600, due, (asked + self.today) // 2)
            answered = ("approved", max(at, asked), staff[0])
        return MadeApproval(
            made["id"], rule.id, circle, rule.above_minutes, rule.managers_only, rule.own_together, asked, due,
            start, end, *answered, "",
        )  # fmt: skip
