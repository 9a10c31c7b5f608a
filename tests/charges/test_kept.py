"""What the database itself refuses of whom a charge is for, and of what waits for a second person; written to by SQL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from instruments.database import db
from instruments.people.models import Person
from instruments.usage.models import InstrumentUse, RunCustomer
from tests.charges.rows import AT, Bare, do
from tests.conftest import NOW
from tests.world import World


class Place:
    """A lab with a use of a reservation, and a run for two customers."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.thing = world.instrument()
        self.user: Person = world.person()
        self.bare = Bare(self.thing.lab)
        held = world.reservation(self.thing, self.user, NOW)
        self.use = self._use("reservation", reservation_id=held.id)
        self.run = self._use("run")
        for position in (0, 1):
            self.customer(self.run, position)

    def _use(self, kind: str, **values: Any) -> int:
        whole = {"started_at": NOW, "ended_at": NOW + timedelta(hours=1), "state": "waiting"}
        row = InstrumentUse(
            instrument_id=self.thing.id, kind=kind, user_id=self.user.id, created_at=NOW, changed_at=NOW, **whole, **values
        )  # fmt: skip
        db.session.add(row)
        db.session.commit()
        return row.id

    def customer(self, use_id: int, position: int) -> None:
        """One more for whom a use was made."""
        row = RunCustomer(use_id=use_id, position=position, institution_id=self.thing.institution_id)
        db.session.add(row)
        db.session.commit()

    def charge(self, use_id: int, customer: int = 0, **values: Any) -> int:
        """A draft for a use."""
        return self.bare.charge(kind="use", use_id=use_id, customer=customer, **values)

    def waits(self, **values: Any) -> int:
        """A credit that waits for a second person."""
        return self.bare.charge(-500, kind="credit", by=self.user.id, waits_for_second=True, **values)


@pytest.fixture
def place(world: World) -> Place:
    return Place(world)


def refused(name: str, act: Any, *args: Any, **values: Any) -> None:
    with pytest.raises((IntegrityError, OperationalError), match=name):
        act(*args, **values)
    db.session.rollback()


def test_a_charge_is_for_a_customer_that_its_use_has(place: Place) -> None:
    for customer in (1, 2, -1):
        refused("charge_of_customer", place.charge, place.use, customer)
    for customer in (2, -1):
        refused("charge_of_customer", place.charge, place.run, customer)
    place.charge(place.use)
    place.charge(place.run, 0)
    place.charge(place.run, 1)
    for use_id, customer in ((place.use, 0), (place.run, 1)):
        refused("charge", place.charge, use_id, customer)


@pytest.mark.parametrize("change", ["customer = 1", "customer = 7", "use_id = :other", "kind = 'late'"])
def test_whose_a_draft_is_never_changes(place: Place, change: str) -> None:
    number = place.charge(place.run)
    values = {"other": place.use} if ":other" in change else {}
    refused("charge_of_another", do, f"UPDATE charge SET {change} WHERE id = :id", id=number, **values)
    do("UPDATE charge SET customer = 0, use_id = use_id, total_units = 5 WHERE id = :id", id=number)


def test_no_customer_comes_or_goes_once_a_use_is_charged(place: Place) -> None:
    place.charge(place.use)
    refused("run_customer_first", place.customer, place.use, 1)
    place.charge(place.run)
    refused("run_customer_first", place.customer, place.run, 2)
    refused("run_customer_unchanged", do, "UPDATE run_customer SET position = 5 WHERE position = 1")
    refused("run_customer_kept", do, "DELETE FROM run_customer WHERE position = 1")
    do("UPDATE run_customer SET samples = 3")


POST = "state = 'posted', posted_at = :at, month = '2027-02'"


@pytest.mark.parametrize(
    "change",
    [
        "waits_for_second = false",
        f"waits_for_second = false, {POST}",
        f"waits_for_second = false, made_by_id = :other, approved_by_id = :by, {POST}",
        "made_by_id = :other",
        "made_by_id = NULL",
    ],
)
def test_what_waits_for_a_second_person_stops_waiting_only_with_one(place: Place, change: str) -> None:
    number, other = place.waits(), place.world.person().id
    place.bare.enter(number, -500)
    known = {"at": AT, "other": other, "by": place.user.id}
    values = {name: value for name, value in known.items() if f":{name}" in change}
    refused("charge_by_two", do, f"UPDATE charge SET {change} WHERE id = :id", id=number, **values)
    agreed = "UPDATE charge SET waits_for_second = false, approved_by_id = :other WHERE id = :id"
    refused("second_person|charge_by_two", do, agreed, id=number, other=place.user.id)
    do(agreed, id=number, other=other)


@pytest.mark.parametrize(
    "table",
    ["charge", "charge_line", "charge_share", "statement", "statement_line", "payment", "payment_match", "settled_part",
     "closing", "invoice", "invoice_line", "dispute", "fund_change", "run_customer", "ledger_sum", "journal_entry"],
)  # fmt: skip
def test_no_book_is_emptied(place: Place, table: str) -> None:
    # SQLite has no such statement.
    why = "books_kept" if db.engine.dialect.name == "postgresql" else "syntax error"
    refused(why, do, f"TRUNCATE {table} CASCADE")


BARE_POST = f"UPDATE charge SET {POST} WHERE id = :id"


def test_a_charge_is_posted_only_with_its_entries(place: Place) -> None:
    number = place.charge(place.use)
    refused("charge_with_entries", do, BARE_POST, id=number, at=AT)
    place.bare.enter(number, 999)
    refused("charge_with_entries", do, BARE_POST, id=number, at=AT)
    place.bare.enter(number, 1)
    do(BARE_POST, id=number, at=AT)


def test_entries_of_another_charge_are_none_of_it(place: Place) -> None:
    first, second = place.charge(place.run, 0), place.charge(place.run, 1)
    place.bare.enter(first, 1000)
    refused("charge_with_entries", do, BARE_POST, id=second, at=AT)


def test_a_reversal_is_posted_only_once_the_entries_come_to_nothing(place: Place) -> None:
    number = place.charge(place.use)
    place.bare.post(number)
    mirror = place.bare.charge(-1000, kind="reversal", reverses_id=number)
    refused("charge_with_entries", do, BARE_POST, id=mirror, at=AT)
    place.bare.enter(number, -1000)
    do(BARE_POST, id=mirror, at=AT)


def test_what_costs_nothing_has_no_entries(place: Place) -> None:
    do(BARE_POST, id=place.charge(place.use, units=0), at=AT)
