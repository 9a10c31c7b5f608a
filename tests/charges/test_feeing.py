"""Fees: late cancellations and changes and no-shows, from the journal and by the prices that bound the reservation."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.availability.closures import Wanted
from instruments.charges import fee_events, feeing
from instruments.charges.fund_changing import ask
from instruments.charges.models import Charge, ChargeLine
from instruments.charges.naming_many import name_only_funds
from instruments.database import db
from instruments.database.transactions import perform
from instruments.funds.models import FundHold
from instruments.people.models import Person
from instruments.people.rights import Role
from instruments.reservations.cancelling import cancel
from instruments.reservations.making_way import close
from instruments.reservations.models import Reservation
from instruments.reservations.moving import Change, change
from instruments.reservations.one_way import MOVE, Decided, Decision
from instruments.reservations.proposing import Offer
from instruments.usage.releasing import give_back
from tests.charges.scene import HOUR, Scene, balances
from tests.charges.test_pages import get, post
from tests.conftest import NOW
from tests.rates.pricing_world import price, published
from tests.world import World

START = NOW + timedelta(days=2)


@pytest.fixture
def scene(world: World) -> Scene:
    made = Scene(world)
    made.version = published(
        made.instrument, date(2027, 1, 1), prices=[price("own_institution", 5000), price("partner", 9000)],
        late_percent=Decimal(50), free_hours=24, no_show_percent=Decimal(80),
    )  # fmt: skip
    return made


def cancelled(scene: Scene, row: Reservation, at: datetime, by: Person | None = None) -> None:
    actor, number = scene.actor(by or scene.student), row.id
    perform(lambda: cancel(actor, number, "Ill", None, at))


def fees(now: datetime = START + timedelta(days=1)) -> list[tuple[str, int]]:
    found = fee_events.events(now)
    db.session.rollback()
    perform(lambda: feeing.charge_fees(found, now))
    return list(db.session.execute(select(Charge.kind, Charge.total_units).order_by(Charge.id)))


def test_exactly_in_time_is_free_and_a_minute_later_costs(scene: Scene) -> None:
    first = scene.reservation(start=START, hours=4)
    cancelled(scene, first, START - timedelta(hours=24))
    assert fees() == []
    second = scene.reservation(start=START, hours=4)
    cancelled(scene, second, START - timedelta(hours=23, minutes=59))
    assert fees() == [("late", 10_000)]
    assert fees() == [("late", 10_000)]
    assert balances()["fund", scene.house.id, scene.grant.id] == 10_000


def test_it_waits_until_the_time_is_over_and_counts_what_another_pays_for(scene: Scene) -> None:
    row = scene.reservation(start=START, hours=4)
    cancelled(scene, row, START - HOUR)
    assert fee_events.events(START + HOUR) == []
    scene.world.reservation(scene.instrument, scene.head, START + HOUR)
    assert fees() == [("late", 7_500)]


def test_the_lab_is_the_cause(scene: Scene) -> None:
    row = scene.reservation(start=START, hours=4)
    cancelled(scene, row, START - HOUR, scene.manager)
    assert fees() == []


def test_shortened_late(scene: Scene) -> None:
    row = scene.reservation(start=START, hours=4)
    actor, number = scene.actor(scene.student), row.id
    at = START - timedelta(hours=23)
    perform(lambda: change(actor, actor, number, Change(start=START, end=START + 3 * HOUR), None, at))
    assert fees() == [("late", 2_500)]


def test_nobody_came(scene: Scene) -> None:
    row = scene.reservation(start=START, hours=4)
    row.state = "no_show"
    db.session.commit()
    assert fees() == [("no_show", 16_000)]
    line = db.session.scalars(select(ChargeLine)).one()
    assert (line.kind, line.factor, line.why[0]["code"]) == ("fee", "80", "no_show")


def test_two_payers_and_none(scene: Scene) -> None:
    grant = scene.partner()[1]
    cancelled(
        scene,
        scene.reservation(START, 4, [(scene.grant, "50", "own_institution"), (grant, "50", "partner")]),
        START - HOUR,
    )
    cancelled(scene, scene.reservation(start=START, hours=4, payers=[]), START - HOUR)
    assert fees() == [("late", 14_000), ("late", 10_000)]
    states = db.session.scalars(select(Charge.state).order_by(Charge.id)).all()
    assert states == ["posted", "draft"]  # who pays the second is not known: the lab says so


# --- Given back once it has begun


def test_what_a_closure_moved_may_be_given_up_and_what_its_user_moved_then_not(scene: Scene) -> None:
    noon, late = START + 5 * HOUR, START - HOUR
    number = scene.reservation(start=START, hours=4).id
    offer = Offer(scene.instrument.id, int(noon.timestamp()), int((noon + 4 * HOUR).timestamp()))
    wall = (START + 8 * HOUR).replace(tzinfo=None)
    shut = Wanted("maintenance", "Service", wall, wall + 4 * HOUR)
    decided = Decided({number: Decision(MOVE, 1, offer)}, "Sorry")
    perform(lambda: close(scene.instrument, shut, decided, scene.actor(scene.manager), late))
    actor = scene.actor(scene.student)
    own = Change(start=noon + 5 * HOUR, end=noon + 9 * HOUR)
    perform(lambda: change(actor, actor, number, own, None, late + HOUR / 2))
    assert fees() == [], "the time given up was not of the student's choosing"
    cancelled(scene, db.session.get(Reservation, number), late + HOUR)
    assert fees() == [("late", 10_000)]


def test_what_a_closure_moved_to_another_instrument_may_be_given_up(scene: Scene) -> None:
    other = scene.world.instrument(scene.lab)
    published(
        other,
        date(2027, 1, 1),
        prices=[price("own_institution", 5000)],
        late_percent=Decimal(50),
        free_hours=24,
    )
    number, late = scene.reservation(start=START, hours=4).id, START - HOUR
    offer = Offer(other.id, int(START.timestamp()), int((START + 4 * HOUR).timestamp()))
    wall = (START + 8 * HOUR).replace(tzinfo=None)
    shut = Wanted("maintenance", "Service", wall, wall + 4 * HOUR)
    decided = Decided({number: Decision(MOVE, 1, offer)}, "Sorry")
    perform(lambda: close(scene.instrument, shut, decided, scene.actor(scene.manager), late))
    there = db.session.query(Reservation).filter_by(instrument_id=other.id).one()
    cancelled(scene, there, late + HOUR / 2)
    assert fees() == []


@pytest.mark.parametrize(("percent", "expected"), [(Decimal(50), [("late", 10_000)]), (None, [])])
def test_who_gives_back_what_has_begun_cancels_late(
    scene: Scene, percent: Decimal | None, expected: list[tuple[str, int]]
) -> None:
    prices = [price("own_institution", 5000)]
    version = published(
        scene.world.instrument(scene.lab),
        date(2027, 1, 1),
        prices=prices,
        late_percent=percent,
        free_hours=24,
    )
    row = scene.reservation(start=START, hours=4, version_id=version.id)
    held = {
        "fund_id": scene.grant.id,
        "thing_kind": "reservation",
        "thing_id": row.id,
        "amount_units": 20_000,
    }
    db.session.add(FundHold(**held, person_id=scene.student.id, made_at=NOW))
    db.session.commit()
    actor, number = scene.actor(scene.student), row.id
    perform(lambda: give_back(actor, number, None, START + HOUR))
    assert fees(START + 2 * HOUR) == []
    assert fees() == expected == fees()
    assert db.session.scalar(select(FundHold.state)) == "voided"


def test_a_fee_for_moving_late_leaves_what_is_held_for_the_new_time(scene: Scene) -> None:
    row = scene.reservation(start=START, hours=4)
    held = {
        "fund_id": scene.grant.id,
        "thing_kind": "reservation",
        "thing_id": row.id,
        "amount_units": 20_000,
    }
    db.session.add(FundHold(**held, person_id=scene.student.id, made_at=NOW))
    db.session.commit()
    actor, number = scene.actor(scene.student), row.id
    later = Change(start=START + timedelta(days=3), end=START + timedelta(days=3, hours=4))
    perform(lambda: change(actor, actor, number, later, None, START - HOUR))
    assert fees() == [("late", 10_000)]
    assert db.session.scalars(select(FundHold.state).where(FundHold.state == "pending")).all() == ["pending"]


# --- Who pays is said afterwards


def unpaid(scene: Scene) -> int:
    """A fee of a reservation whose payer nobody named: its number."""
    cancelled(scene, scene.reservation(start=START, hours=4, payers=[]), START - HOUR)
    assert fees() == [("late", 10_000)]
    return db.session.scalars(select(Charge.id)).one()


def test_a_fee_without_a_payer_is_on_the_worklist_and_posted_when_one_is_named(
    scene: Scene, client: FlaskClient, now: object
) -> None:
    number, address = unpaid(scene), f"/labs/{scene.lab.id}/charges/missing"
    elsewhere = scene.partner()[1]
    page = get(client, scene.manager, address)
    assert "Late cancellation or change" in page and "Why CNY 100.00" in page
    refused = post(client, scene.manager, f"{address}/fees/{number}/payer", 422, payer=f"fund:{elsewhere.id}")
    assert "may not charge this fund" in refused
    post(client, scene.student, f"{address}/fees/{number}/payer", 404, payer=f"fund:{scene.grant.id}")
    post(client, scene.manager, f"{address}/fees/{number}/payer", payer=f"fund:{scene.grant.id}")
    assert balances()["fund", scene.house.id, scene.grant.id] == 10_000
    post(client, scene.manager, f"{address}/fees/{number}/payer", 404, payer=f"fund:{scene.grant.id}")
    assert "Everything confirmed is charged" in get(client, scene.manager, address)


def test_nobody_names_who_pays_their_own_fee(scene: Scene, client: FlaskClient) -> None:
    number, address = unpaid(scene), f"/labs/{scene.lab.id}/charges/missing"
    scene.world.grant(scene.student, Role.LAB_MANAGER, scene.lab)
    assert "You used this yourself: somebody else has to do this." in get(client, scene.student, address)
    refused = post(
        client, scene.student, f"{address}/fees/{number}/payer", 403, payer=f"fund:{scene.grant.id}"
    )
    assert "You used this yourself: somebody else has to do this." in refused
    student, lab_id = scene.actor(scene.student), scene.lab.id
    assert perform(lambda: name_only_funds(student, lab_id, NOW)) == []
    assert fees() == [("late", 10_000)]
    assert balances() == {}


def test_the_only_fund_pays_fees_too(scene: Scene) -> None:
    unpaid(scene)
    # An allowance elsewhere, which pays only there, is no other.
    elsewhere = scene.world.fund(scene.world.institution(), scene.student, kind="allowance")
    assert elsewhere.institution_id != scene.house.id
    manager, lab_id = scene.actor(scene.manager), scene.lab.id
    assert perform(lambda: name_only_funds(manager, lab_id, NOW)) == []
    assert balances()["fund", scene.house.id, scene.grant.id] == 10_000


def test_another_fund_pays_a_fee_at_its_own_class(scene: Scene, now: object) -> None:
    cancelled(scene, scene.reservation(start=START, hours=4), START - HOUR)
    fees()
    number = db.session.scalars(select(Charge.id)).one()
    head, grant = scene.partner()
    scene.world.grant(head, Role.FUND_DELEGATE, scene.group)
    actor, fund_id = scene.actor(head), grant.id
    perform(lambda: ask(actor, number, fund_id, "Their project", NOW))
    assert balances()["receivable", scene.house.id, None] == 18_000
    assert balances().get(("fund", scene.house.id, scene.grant.id)) is None
