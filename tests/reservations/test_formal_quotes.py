"""Formal quotes: who gets one, what binds, accepted once under the agreement, and never changed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Forbidden, NotFound, Refusal, Stale, Taken
from instruments.funds.models import FundHold
from instruments.people.models import Institution, Person
from instruments.people.rights import Actor, Role
from instruments.people.signing import actor_by_id
from instruments.rates.pricing import Unpriced
from instruments.reservations.booking import BookingRequest
from instruments.reservations.formal_quotes.agreements import accept_agreement, publish
from instruments.reservations.formal_quotes.answering import accept, decline, expire_quotes, withdraw
from instruments.reservations.formal_quotes.finding import name_of, of_lab, of_payer, quote_row, state_at
from instruments.reservations.formal_quotes.making import make_quote
from instruments.reservations.models import Reservation
from instruments.reservations.paying.recalling import prices_of
from instruments.reservations.payment import Part
from tests.rates.pricing_world import price, published
from tests.world import World

NOW = datetime(2027, 3, 1, tzinfo=UTC)
START = datetime(2027, 3, 10, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEXTS = ("Payment within 30 days.", "三十日内付款。")


class Deal:
    """An instrument at 200.00 an hour for companies; a company with a manager, an engineer and a wallet with the owner."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lab = world.lab()
        self.house = self.lab.institution
        self.instrument = world.instrument(self.lab, audience="companies")
        self.version = published(self.lab)
        self.company = world.institution(kind="company")
        people = {"engineer": self.company, "boss": self.company, "rival": world.institution(kind="company")}
        self.ids = {name: world.person(home, kind="external").id for name, home in people.items()}
        self.ids |= {name: world.person(self.house).id for name in ("insider", "manager", "officer")}
        self._grant("boss", Role.COMPANY_MANAGER, self.company)
        self._grant("manager", Role.LAB_MANAGER, self.lab)
        self._grant("officer", Role.FINANCE_OFFICER, self.house)
        engineer = db.session.get_one(Person, self.ids["engineer"])
        self.fund_id = world.fund(
            self.company, engineer, creditor=self.house, kind="credit", budget_units=50_000
        ).id
        self.house_id, self.instrument_id, self.lab_id = self.house.id, self.instrument.id, self.lab.id

    def _grant(self, name: str, role: Role, scope: Any) -> None:
        self.world.grant(db.session.get_one(Person, self.ids[name]), role, scope)

    def actor(self, name: str = "engineer") -> Actor:
        found = actor_by_id(self.ids[name], NOW)
        assert found is not None
        return found

    def make(self, name: str = "engineer", start: datetime = START, hours: int = 2) -> int:
        request = BookingRequest(self.instrument_id, start, start + hours * HOUR, purpose="service")
        return perform(lambda: make_quote(self.actor(name), request, NOW))

    def accept(self, number: int, name: str = "engineer", now: datetime = NOW, **values: Any) -> int:
        parts = values.get("parts", ())
        return int(perform(lambda: accept(self.actor(name), number, parts, values.get("version"), now)).id)

    def row(self, number: int, name: str = "engineer") -> Any:
        db.session.rollback()
        return quote_row(number, self.actor(name))


@pytest.fixture
def deal(world: World) -> Deal:
    return Deal(world)


def refused(kind: type[Exception], act: Callable[[], object]) -> Any:
    with pytest.raises(kind) as refusal:
        act()
    db.session.rollback()
    return refusal.value


def codes(refusal: Refusal) -> set[str]:
    return {reason.code for reason in refusal.reasons}


def test_inside_an_institution_none_is_needed(deal: Deal) -> None:
    assert codes(refused(Refusal, lambda: deal.make("insider"))) == {"internal"}


def test_what_has_no_price_is_not_quoted(deal: Deal) -> None:
    deal.instrument_id = deal.world.instrument(deal.world.lab(deal.house), audience="companies").id
    refused(Unpriced, deal.make)


def test_what_is_taken_is_not_quoted(deal: Deal) -> None:
    deal.world.reservation(deal.instrument, deal.world.person(), START, START + HOUR)
    refused(Taken, deal.make)


def test_it_says_what_it_costs_until_when_under_which_number_and_holds_nothing(deal: Deal) -> None:
    first, second = deal.row(deal.make()), deal.row(deal.make(start=START + 5 * HOUR))
    assert [name_of(row) for row in (first, second)] == ["Q-2027-000001", "Q-2027-000002"]
    assert (first.total_units, first.currency, first.customer_class, first.mode) == (
        40_000,
        "CNY",
        "company",
        "self",
    )
    assert first.valid_until == min(NOW + timedelta(days=14), START)
    assert db.session.scalar(select(Reservation.id)) is None
    deal.world.rules(deal.lab, payer_named="when_booked")
    assert deal.make(start=START + 10 * HOUR), "nobody has to be named before it is accepted"


def test_another_company_does_not_know_of_it(deal: Deal) -> None:
    number = deal.make()
    for name in ("rival", "insider"):
        refused(NotFound, lambda name=name: deal.row(number, name))
        refused(NotFound, lambda name=name: deal.accept(number, name))
    assert [len(of_payer(deal.actor(name), None, 10)) for name in ("engineer", "boss", "rival")] == [1, 1, 0]
    assert [row.id for row in of_lab(deal.lab_id, None, 10)] == [number]


def test_accepting_books_at_that_price_whatever_was_published_since(deal: Deal) -> None:
    number = deal.make()
    published(deal.instrument, prices=[price("company", 90_000)])
    made = deal.accept(number, "boss")
    reservation = db.session.get_one(Reservation, made)
    assert (reservation.user_id, reservation.booker_id) == (deal.ids["engineer"], deal.ids["boss"])
    told = prices_of([made])[made]
    assert (str(told.total), str(told.ceiling)) == ("CNY 400.00", "CNY 400.00")
    row = deal.row(number)
    assert (row.state, row.reservation_id) == ("accepted", made)
    assert codes(refused(Refusal, lambda: deal.accept(number))) == {"not_open"}


def test_accepting_holds_the_price_of_the_companys_fund(deal: Deal) -> None:
    first, second = deal.make(), deal.make(start=START + 5 * HOUR)
    paid = (Part(deal.fund_id),)
    deal.accept(first, parts=paid)
    assert list(db.session.scalars(select(FundHold.amount_units).where(FundHold.state == "pending"))) == [
        40_000
    ]
    assert codes(refused(Refusal, lambda: deal.accept(second, parts=paid))) == {"fund_short"}
    assert deal.row(second).state == "offered"


def test_the_lab_sees_it_but_does_not_accept_it(deal: Deal) -> None:
    number = deal.make()
    for name in ("manager", "officer"):
        refused(Forbidden, lambda name=name: deal.accept(number, name))
        refused(Forbidden, lambda name=name: perform(lambda: decline(deal.actor(name), number, None, NOW)))


def test_a_slot_that_was_taken_meanwhile_refuses_and_the_quote_stays(deal: Deal) -> None:
    number = deal.make()
    deal.world.reservation(deal.instrument, deal.world.person(), START, START + HOUR)
    refused(Taken, lambda: deal.accept(number))
    assert deal.row(number).state == "offered"


def test_it_runs_out_by_time_and_by_sweep(deal: Deal) -> None:
    number = deal.make()
    late = NOW + timedelta(days=14)
    assert state_at(deal.row(number), late) == "expired"
    assert codes(refused(Refusal, lambda: deal.accept(number, now=late))) == {"not_open"}
    assert (perform(lambda: expire_quotes(late)), perform(lambda: expire_quotes(late))) == (1, 0)
    assert deal.row(number).state == "expired"


def test_the_lab_withdraws_with_a_reason(deal: Deal) -> None:
    number = deal.make()
    refused(Forbidden, lambda: perform(lambda: withdraw(deal.actor(), number, "No", None, NOW)))
    empty = refused(Refusal, lambda: perform(lambda: withdraw(deal.actor("manager"), number, " ", None, NOW)))
    assert codes(empty) == {"no_reason"}
    refused(Stale, lambda: perform(lambda: withdraw(deal.actor("manager"), number, "Broken", 7, NOW)))
    perform(lambda: withdraw(deal.actor("manager"), number, "Broken", 1, NOW))
    assert (deal.row(number).state, deal.row(number).reason) == ("withdrawn", "Broken")


def test_an_agreement_is_accepted_once_for_all_orders(deal: Deal) -> None:
    number, second = deal.make(), deal.make(start=START + 5 * HOUR)
    officer = deal.actor("officer")
    assert codes(
        refused(Refusal, lambda: perform(lambda: publish(officer, deal.house_id, ("Pay.", " "), 0, NOW)))
    ) == {"no_text"}
    perform(lambda: publish(officer, deal.house_id, TEXTS, 0, NOW))
    refused(Stale, lambda: perform(lambda: publish(officer, deal.house_id, TEXTS, 0, NOW)))
    assert codes(refused(Refusal, lambda: deal.accept(number))) == {"agreement_needed"}
    refused(Forbidden, lambda: perform(lambda: accept_agreement(deal.actor(), deal.house_id, 1, NOW)))
    for _ in range(2):
        perform(lambda: accept_agreement(deal.actor("boss"), deal.house_id, 1, NOW))
    assert deal.accept(number) and deal.accept(second)
    perform(lambda: publish(officer, deal.house_id, TEXTS, 1, NOW))
    refused(Stale, lambda: perform(lambda: accept_agreement(deal.actor("boss"), deal.house_id, 1, NOW)))
    third = deal.make(start=START + 10 * HOUR)
    missing = refused(Refusal, lambda: deal.accept(third))
    assert codes(missing) == {"agreement_needed"} and "your company" in missing.reasons[0].remedy
    db.session.get_one(Institution, deal.company.id).kind = "university"
    db.session.commit()
    assert "your institution" in refused(Refusal, lambda: deal.accept(third)).reasons[0].remedy


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE formal_quote SET total_units = 1",
        "UPDATE formal_quote SET valid_until = valid_until + 1",
        "UPDATE framework_agreement SET text_en = 'Other'",
    ],
)
def test_the_database_keeps_what_was_put_on_paper(deal: Deal, change: str) -> None:
    deal.make()
    perform(lambda: publish(deal.actor("officer"), deal.house_id, TEXTS, 0, NOW))
    with pytest.raises(IntegrityError):
        db.session.execute(text(change))
    db.session.rollback()


def test_what_was_accepted_is_neither_changed_nor_deleted(deal: Deal) -> None:
    deal.accept(deal.make())
    for change in ("UPDATE formal_quote SET reason = 'x'", "DELETE FROM formal_quote"):
        with pytest.raises(IntegrityError):
            db.session.execute(text(change))
        db.session.rollback()


def test_of_eight_who_accept_at_once_one_books(app: Flask, deal: Deal) -> None:
    number = deal.make()
    outcomes: list[str] = []

    def race(name: str) -> None:
        with app.app_context():
            try:
                deal.accept(number, name)
                outcomes.append("booked")
            except Refusal as refusal:
                outcomes.append(",".join(sorted(codes(refusal))))
            finally:
                db.session.remove()

    threads = [threading.Thread(target=race, args=(name,)) for name in ("engineer", "boss") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("booked") == 1 and set(outcomes) == {"booked", "not_open"}
    assert len(db.session.scalars(select(Reservation.id)).all()) == 1
