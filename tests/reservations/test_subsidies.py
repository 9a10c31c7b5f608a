"""Programmes at booking: reserved with the reservation within their caps, moved along, given back, never overspent."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import NotNow, Refusal
from instruments.funds.models import FundHold
from instruments.funds.programme_models import ProgrammeHold, ProgrammePayer, ProgrammeRow
from instruments.people.models import Person
from instruments.people.rights import Actor
from instruments.people.signing import actor_by_id
from instruments.reservations.booking import BookingRequest, book
from instruments.reservations.cancelling import cancel
from instruments.reservations.moving import Change, change
from instruments.reservations.paying.recalling import payment_of, prices_of
from instruments.reservations.payment import Part, Payment
from tests.rates.pricing_world import published
from tests.world import World

NOW = datetime(2027, 3, 1, tzinfo=UTC)
START = datetime(2027, 3, 10, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Voucher:
    """An instrument at 200.00 an hour for companies, a company on credit, and a programme that pays half, at most 300.00."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lab = world.lab()
        self.instrument = world.instrument(self.lab, audience="companies")
        published(self.lab)
        self.company = world.institution(kind="company")
        self.person: Person = world.person(self.company, kind="external")
        self.person_id, self.instrument_id = self.person.id, self.instrument.id
        house = self.lab.institution
        self.fund_id = world.fund(
            self.company, self.person, creditor=house, kind="credit", budget_units=500_000
        ).id
        self.programme_id = self.programme()

    def programme(self, admitted: bool = True, **values: Any) -> int:
        number = db.session.query(ProgrammeRow).count() + 1
        terms = {
            "code": f"V{number}", "name_en": f"Voucher {number}", "name_zh": f"创新券{number}", "rate": 5000,
            "valid_from": date(2027, 1, 1), "valid_to": date(2027, 12, 31), "payer_kinds": ["company"],
            "lines": ["time", "minimum", "add_on", "operator"], "cap_per_order_units": 30_000,
        }  # fmt: skip
        row = ProgrammeRow(**terms | values)
        db.session.add(row)
        db.session.flush()
        if admitted:
            state = {"state": "admitted", "asked_at": NOW, "decided_at": NOW}
            db.session.add(ProgrammePayer(programme_id=row.id, payer_institution_id=self.company.id, **state))
        db.session.commit()
        return int(row.id)

    def actor(self) -> Actor:
        found = actor_by_id(self.person_id, NOW)
        assert found is not None
        return found

    def book(self, *programmes: int, hours: int = 2, start: datetime = START) -> int:
        payment = Payment((Part(self.fund_id),), programmes or (self.programme_id,))
        request = BookingRequest(self.instrument_id, start, start + hours * HOUR, payment=payment)
        return int(perform(lambda: book(self.actor(), self.actor(), request, NOW)).id)

    def reserved(self) -> list[int]:
        db.session.rollback()
        mine = select(ProgrammeHold.amount_units).where(ProgrammeHold.state == "reserved")
        return list(db.session.scalars(mine.order_by(ProgrammeHold.id)))

    def held(self) -> list[int]:
        return list(db.session.scalars(select(FundHold.amount_units).where(FundHold.state == "pending")))


@pytest.fixture
def voucher(world: World) -> Voucher:
    return Voucher(world)


def codes_of(act: Any) -> set[str]:
    with pytest.raises(Refusal) as refusal:
        act()
    db.session.rollback()
    return {reason.code for reason in refusal.value.reasons}


def test_what_does_not_pay_here_refuses(voucher: Voucher) -> None:
    assert codes_of(lambda: voucher.book(voucher.programme(admitted=False))) == {"not_admitted"}
    assert codes_of(lambda: voucher.book(voucher.programme(payer_kinds=["university"]))) == {"payer_kind"}
    assert codes_of(lambda: voucher.book(voucher.programme(valid_to=date(2027, 2, 1)))) == {"no_programme"}
    assert codes_of(lambda: voucher.book(voucher.programme_id, voucher.programme())) == {"not_combined"}
    assert codes_of(lambda: voucher.book(voucher.programme_id, voucher.programme_id)) == {"programme_twice"}
    assert voucher.reserved() == []


def test_it_bears_its_part_and_the_fund_the_rest(voucher: Voucher) -> None:
    number = voucher.book()
    assert (voucher.reserved(), voucher.held()) == ([20_000], [20_000])
    told = prices_of([number])[number]
    assert [(each.name_en, str(each.amount)) for each in told.borne] == [("Voucher 1", "CNY 200.00")]
    assert [str(each.share) for each in told.paid_from] == ["CNY 200.00"]
    assert payment_of(number).programmes == (voucher.programme_id,)


def test_its_cap_for_an_order_and_what_is_settled_afterwards(voucher: Voucher) -> None:
    voucher.book(hours=4)
    assert (voucher.reserved(), voucher.held()) == ([30_000], [50_000])
    later = voucher.programme(afterwards=True)
    voucher.book(later, start=START + 10 * HOUR)
    assert (voucher.reserved(), voucher.held()) == ([30_000, 20_000], [50_000, 40_000])


def test_it_moves_along_and_is_given_back(voucher: Voucher) -> None:
    number = voucher.book()
    wanted = Change(START, START + HOUR, reason="Shorter")
    perform(lambda: change(voucher.actor(), voucher.actor(), number, wanted, None, NOW))
    assert (voucher.reserved(), voucher.held()) == ([10_000], [10_000])
    perform(lambda: cancel(voucher.actor(), number, "Not needed", None, NOW))
    assert (voucher.reserved(), voucher.held()) == ([], [])


def test_a_move_counts_its_own_reservation_as_if_it_had_not_been(voucher: Voucher) -> None:
    small = voucher.programme(budget_units=20_000)
    number = voucher.book(small)
    wanted = Change(START + HOUR, START + 3 * HOUR, reason="Later")
    perform(lambda: change(voucher.actor(), voucher.actor(), number, wanted, None, NOW))
    assert (voucher.reserved(), voucher.held()) == ([20_000], [20_000])


def test_racers_for_the_last_of_a_budget_never_reserve_more(app: Flask, voucher: Voucher) -> None:
    """Six book two hours each; the budget has room for three halves."""
    small = voucher.programme(budget_units=60_000)

    def race(place: int) -> None:
        with app.app_context():
            for _ in range(5):
                try:
                    voucher.book(small, start=START + 3 * place * HOUR)
                    break
                except NotNow:
                    # Others write for so long that it was not begun: sent again, as people are told to.
                    continue
            db.session.remove()

    threads = [threading.Thread(target=race, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(voucher.reserved()) == 60_000
    assert sum(voucher.held()) == 6 * 40_000 - 60_000
