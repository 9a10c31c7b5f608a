"""Money at booking: quoted and held in the same deed, moved with it, given back when it falls away, never held twice."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.funds.models import Fund, FundHold, FundUser
from instruments.people.rights import Actor, Role
from instruments.people.signing import actor_by_id
from instruments.rates.owners import card_made, owner_of
from instruments.reservations.booking import BookingRequest, book
from instruments.reservations.cancelling import cancel
from instruments.reservations.expiring import expire
from instruments.reservations.handing_over import hand_over
from instruments.reservations.moving import Change, change
from instruments.reservations.paying.recalling import payment_of, prices_of
from instruments.reservations.payment import Bound, Part, Payment, from_fund
from tests.rates.pricing_world import price, published
from tests.world import World

NOW = datetime(2027, 3, 1, tzinfo=UTC)
START = datetime(2027, 3, 3, 2, tzinfo=UTC)  # 10:00 in Shanghai
HOUR = timedelta(hours=1)


class Scene:
    """An instrument at 60.00 an hour for its institution, a student whose group has a grant of 200.00."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lab = world.lab()
        self.house = self.lab.institution
        self.instrument = world.instrument(self.lab)
        self.version = published(self.lab)
        self.head, self.student, self.manager = (world.person(self.house) for _ in range(3))
        self.group = world.group(self.house, self.head)
        for person in (self.head, self.student):
            world.grant(person, Role.MEMBER, self.group)
        world.grant(self.manager, Role.LAB_MANAGER, self.lab)
        self.fund = self.grant(20_000)
        self.ids = {"student": self.student.id, "head": self.head.id, "manager": self.manager.id}
        self.fund_id, self.instrument_id = self.fund.id, self.instrument.id

    def grant(self, units: int, **values: Any) -> Fund:
        """A grant of the group that all its members may charge."""
        fund: Fund = self.world.fund(self.group, budget_units=units, **values)
        db.session.add(FundUser(fund_id=fund.id, given_at=NOW))
        db.session.commit()
        return fund

    def actor(self, name: str = "student") -> Actor:
        found = actor_by_id(self.ids[name], NOW)
        assert found is not None
        return found

    def book(
        self, hours: float = 1, payment: Payment | None = None, start: datetime = START, by: str = "student"
    ) -> int:
        """Book so many hours for the student, paid from the grant; the reservation's number."""
        paid = from_fund(self.fund_id) if payment is None else payment
        request = BookingRequest(self.instrument_id, start, start + hours * HOUR, payment=paid)
        return int(perform(lambda: book(self.actor(by), self.actor(), request, NOW)).id)

    def held(self, fund_id: int | None = None) -> list[int]:
        """What is held of the grant now."""
        db.session.rollback()
        mine = select(FundHold.amount_units).where(
            FundHold.state == "pending", FundHold.fund_id == (fund_id or self.fund_id)
        )
        return list(db.session.scalars(mine.order_by(FundHold.id)))

    def move(self, number: int, start: datetime, end: datetime, by: str = "student") -> None:
        wanted = Change(start, end, reason="Moved")
        perform(lambda: change(self.actor(by), self.actor(), number, wanted, None, NOW))

    def cancel(self, number: int) -> None:
        perform(lambda: cancel(self.actor(), number, "Not needed", None, NOW))


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


def refusal_of(act: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        act()
    db.session.rollback()
    return refused.value


def codes(refusal: Refusal) -> set[str]:
    return {reason.code for reason in refusal.reasons}


@pytest.mark.parametrize(
    ("payment", "code", "field"),
    [
        (Payment((Part(0, Decimal(50)),)), "not_the_whole", "funds"),
        (Payment((Part(0, Decimal(100)), Part(0, Decimal(0)))), "no_share", "funds"),
        (Payment((Part(0, Decimal(50)), Part(0, Decimal(50)))), "fund_twice", "funds"),
        (Payment(mode="asleep"), "unknown_mode", "mode"),
        (Payment(counts={"x": Decimal(-1)}), "count_out_of_bounds", "add_ons"),
        (from_fund(999_999), "no_fund", "fund_id"),
    ],
)
def test_what_is_said_wrongly_is_refused(scene: Scene, payment: Payment, code: str, field: str) -> None:
    parts = tuple(Part(part.fund_id or scene.fund_id, part.percent) for part in payment.parts)
    said = Payment(parts, mode=payment.mode, counts=payment.counts)
    reasons = refusal_of(lambda: scene.book(payment=said)).reasons
    assert {(reason.code, reason.field) for reason in reasons} >= {(code, field)}
    assert scene.held() == []


def test_a_fund_that_is_short_refuses_with_the_sum_that_is_missing(scene: Scene) -> None:
    refusal = refusal_of(lambda: scene.book(hours=4))
    (reason,) = [each for each in refusal.reasons if each.code == "fund_short"]
    assert str(reason.values["missing"]) == "CNY 40.00"
    assert scene.held() == []


def test_a_strangers_fund_refuses(scene: Scene) -> None:
    other = scene.world.fund(scene.world.group(scene.house, scene.head), budget_units=90_000)
    assert "no_fund" in codes(refusal_of(lambda: scene.book(payment=from_fund(other.id))))


def test_booking_binds_the_price_and_holds_it(scene: Scene) -> None:
    number = scene.book(hours=2)
    price_ = prices_of([number])[number]
    assert (str(price_.total), price_.customer_class, price_.mode) == (
        "CNY 120.00",
        "own_institution",
        "self",
    )
    assert price_.version_id == scene.version.id
    assert [(each.fund_id, str(each.share)) for each in price_.paid_from] == [(scene.fund_id, "CNY 120.00")]
    assert scene.held() == [12_000]
    assert payment_of(number) == Payment((Part(scene.fund_id, Decimal(100)),), mode="self")


def test_nobody_needs_to_be_named_unless_the_lab_says_so(scene: Scene) -> None:
    number = scene.book(payment=Payment())
    assert prices_of([number])[number].paid_from == ()
    scene.world.rules(scene.lab, payer_named="when_booked")
    refusal = refusal_of(lambda: scene.book(payment=Payment(), start=START + 5 * HOUR))
    assert codes(refusal) == {"payer_needed"}
    assert scene.book(start=START + 5 * HOUR)


def test_without_a_price_nothing_is_held_and_nobody_is_needed(scene: Scene) -> None:
    scene.instrument_id = scene.world.instrument(scene.world.lab(scene.house)).id
    scene.world.rules(
        db.session.get_one(type(scene.instrument), scene.instrument_id), payer_named="when_booked"
    )
    number = scene.book(payment=Payment())
    assert prices_of([number]) == {} and scene.held() == []


def test_two_funds_share_and_the_first_takes_the_remainder(scene: Scene) -> None:
    second = scene.grant(50_000)
    published(scene.instrument, prices=[price("own_institution", 1001)])
    parts = (Part(scene.fund_id, Decimal("33.34")), Part(second.id, Decimal("66.66")))
    number = scene.book(payment=Payment(parts))
    assert [str(each.share) for each in prices_of([number])[number].paid_from] == ["CNY 3.34", "CNY 6.67"]
    assert (scene.held(), scene.held(second.id)) == ([334], [667])


def test_a_users_move_is_quoted_anew_and_holds_the_new_sum(scene: Scene) -> None:
    number = scene.book()
    scene.move(number, START, START + 3 * HOUR)
    assert scene.held() == [18_000]
    scene.move(number, START, START + HOUR)
    assert scene.held() == [6_000]
    assert codes(refusal_of(lambda: scene.move(number, START, START + 4 * HOUR))) == {"fund_short"}
    assert scene.held() == [6_000]


def test_a_labs_move_keeps_the_lower_price(scene: Scene) -> None:
    later = START + timedelta(days=120)
    published(
        scene.instrument,
        since=date(2027, 1, 1),
        until=date(2027, 5, 1),
        prices=[price("own_institution", 5000)],
    )
    published(scene.instrument, since=date(2027, 5, 1), prices=[price("own_institution", 9000)])
    scene.world.rules(scene.lab, horizon_days=300)
    number = scene.book()
    scene.move(number, later, later + HOUR, by="manager")
    assert str(prices_of([number])[number].total) == "CNY 50.00" and scene.held() == [5_000]
    scene.move(number, START, START + HOUR)
    scene.move(number, later, later + HOUR)
    assert str(prices_of([number])[number].total) == "CNY 90.00" and scene.held() == [9_000]
    scene.move(number, START, START + HOUR, by="manager")
    assert str(prices_of([number])[number].total) == "CNY 50.00" and scene.held() == [5_000]


def test_what_falls_away_gives_back_what_it_held(scene: Scene) -> None:
    number = scene.book()
    scene.cancel(number)
    assert scene.held() == []
    assert str(prices_of([number])[number].total) == "CNY 60.00"


def test_a_request_that_expires_gives_back_what_it_held(scene: Scene) -> None:
    scene.world.approval_rule(scene.lab, "institution")
    number = scene.book()
    assert scene.held() == [6_000]
    perform(lambda: expire(number, START + HOUR))
    assert scene.held() == []


def test_who_gets_it_pays_only_from_funds_they_may_charge(scene: Scene) -> None:
    number = scene.book()
    perform(lambda: hand_over(scene.actor("manager"), scene.actor("head"), number, None, NOW))
    assert scene.held() == [6_000]
    perform(lambda: hand_over(scene.actor("manager"), scene.actor("manager"), number, None, NOW))
    assert scene.held() == []
    assert prices_of([number])[number].paid_from == ()


def test_racers_for_the_last_sum_of_a_fund_never_hold_more(app: Flask, scene: Scene) -> None:
    """Eight want an hour each at different times; the grant pays three."""
    outcomes: list[str] = []

    def race(place: int) -> None:
        with app.app_context():
            try:
                scene.book(start=START + 2 * place * HOUR)
                outcomes.append("booked")
            except Refusal as refusal:
                outcomes.append("short" if "fund_short" in codes(refusal) else str(codes(refusal)))
            finally:
                db.session.remove()

    threads = [threading.Thread(target=race, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["booked"] * 3 + ["short"] * 5
    assert scene.held() == [6_000] * 3


def test_the_first_card_of_a_lab_is_known_to_who_books_at_once(scene: Scene) -> None:
    """Which instruments have a card is kept in memory: a new one must not be overlooked."""
    lab = scene.world.lab(scene.house)
    scene.instrument_id = scene.world.instrument(lab).id
    assert prices_of([scene.book(payment=Payment())]) == {}
    lab_id = lab.id
    perform(lambda: card_made(owner_of("lab", lab_id)))
    published(db.session.get_one(type(lab), lab_id))
    number = scene.book(payment=Payment(), start=START + 5 * HOUR)
    assert str(prices_of([number])[number].total) == "CNY 60.00"


def test_the_prices_of_an_accepted_quote_bind_whatever_was_published_since(scene: Scene) -> None:
    bound = Bound(scene.version.id, "partner", 9_000)
    published(scene.instrument, prices=[price("own_institution", 50_000)])
    payment = Payment((Part(scene.fund_id),), mode="self", bound=bound)
    told = prices_of([number := scene.book(payment=payment)])[number]
    assert (str(told.total), str(told.ceiling), told.customer_class) == ("CNY 90.00", "CNY 90.00", "partner")
    assert scene.held() == [9_000]
