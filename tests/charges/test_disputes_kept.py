"""What the database itself refuses of disputes, written to directly as anybody could."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from instruments.charges.dispute_models import Dispute
from instruments.database import db
from instruments.people.models import Person
from tests.charges.rows import Bare, do
from tests.conftest import NOW
from tests.world import World

ANSWER = "UPDATE dispute SET state = 'upheld', answer = 'y', decided_by_id = :by, decided_at = 1"


class Case:
    """A draft, a posted charge, and who disputes."""

    def __init__(self, world: World) -> None:
        thing = world.instrument()
        self.user: Person = world.person()
        self.lab: Person = world.person()
        held = world.reservation(thing, self.user, NOW)
        bare = Bare(thing.lab)
        self.draft, self.posted = (bare.charge(reservation_id=held.id) for _ in range(2))
        bare.post(self.posted)

    def raised(self, charge_id: int) -> int:
        """A dispute that waits for its answer."""
        row = Dispute(
            charge_id=charge_id, position=0, raised_by_id=self.user.id, raised_at=NOW, reason="x", due_at=NOW
        )
        db.session.add(row)
        db.session.commit()
        return row.id


@pytest.fixture
def case(world: World) -> Case:
    return Case(world)


def refused(name: str, statement: str) -> None:
    with pytest.raises(IntegrityError, match=name):
        do(statement)
    db.session.rollback()


@pytest.mark.parametrize(
    "change",
    ["reason = 'y'", "raised_at = 1", "position = NULL", "position = 1", "raised_by_id = (SELECT max(id) FROM person)",
     "charge_id = (SELECT min(id) FROM charge)"],
)  # fmt: skip
def test_what_was_raised_stays(case: Case, change: str) -> None:
    case.raised(case.posted)
    refused("dispute_raised", f"UPDATE dispute SET {change}")
    do("UPDATE dispute SET escalated_at = 5, version = 2")


@pytest.mark.parametrize(
    "change",
    ["answer = 'z'", "state = 'adjusted'", "state = 'open', decided_at = NULL", "decided_at = 2", "agreed_by_id = raised_by_id",
     "decided_by_id = NULL, state = 'withdrawn'", "reason = 'y'"],
)  # fmt: skip
def test_what_was_answered_stays(case: Case, change: str) -> None:
    case.raised(case.posted)
    do(ANSWER, by=case.lab.id)
    refused("dispute_answered|dispute_raised", f"UPDATE dispute SET {change}")


def test_a_dispute_of_a_posted_charge_stays_and_that_of_a_draft_goes_with_it(case: Case) -> None:
    case.raised(case.posted)
    refused("dispute_kept", "DELETE FROM dispute")
    number = case.raised(case.draft)
    do("DELETE FROM dispute WHERE id = :id", id=number)
