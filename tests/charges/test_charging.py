"""Confirmed uses become charges: priced as they were bound, shared, posted; once, whoever tries and whenever it is killed."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from instruments.charges import charging
from instruments.charges.dispute_models import ChargingSettings
from instruments.charges.models import Charge, ChargeLine, ChargeMissing, ChargeShare
from instruments.charges.recharging import drop
from instruments.database import db
from instruments.database.transactions import perform
from instruments.funds.ledger_models import ClosedMonth
from instruments.usage.models import InstrumentUse
from tests.charges.evidence import reported_so
from tests.charges.scene import HOUR, MORNING, SINCE, Scene, balances
from tests.conftest import NOW, Statements
from tests.rates.pricing_world import price, published
from tests.world import World


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


def lines(charge: Charge) -> list[tuple[str, int]]:
    return list(
        db.session.execute(
            select(ChargeLine.kind, ChargeLine.amount_units)
            .where(ChargeLine.charge_id == charge.id)
            .order_by(ChargeLine.position)
        )
    )


def shares(charge: Charge) -> list[tuple[str, str, int | None, int]]:
    share = ChargeShare
    asked = select(share.role, share.route, share.fund_id, share.amount_units)
    return list(db.session.execute(asked.where(share.charge_id == charge.id).order_by(share.position)))


def missing() -> list[str]:
    return list(db.session.scalars(select(ChargeMissing.codes)))


def test_a_use_within_the_institution(scene: Scene) -> None:
    db.session.add(ChargingSettings(institution_id=scene.house.id, share_rate=2000, tax_rate=600))
    charge = scene.charged()
    assert (charge.total_units, charge.state, charge.month) == (12_000, "posted", "2027-02")
    assert charge.service_on == date(2027, 2, 1)
    assert lines(charge) == [("time", 12_000)]
    assert shares(charge) == [("payer", "internal", scene.grant.id, 12_000)]
    house = scene.house.id
    assert balances() == {
        ("fund", house, scene.grant.id): 12_000,
        ("lab_income", house, None): -9_600,
        ("institution_share", house, None): -2_400,
    }


def test_a_partner_owes_with_tax_and_its_fund_is_charged_in_its_own_books(scene: Scene) -> None:
    db.session.add(ChargingSettings(institution_id=scene.house.id, tax_rate=600))
    head, grant = scene.partner()
    charge = scene.charged(user=head, payers=[(grant, "100", "partner")], hours=1)
    assert shares(charge) == [("payer", "receivable", grant.id, 9_000)]
    assert balances() == {
        ("receivable", scene.house.id, None): 9_000,
        ("output_tax", scene.house.id, None): -509,
        ("lab_income", scene.house.id, None): -8_491,
        ("fund", head.institution_id, grant.id): 9_000,
        ("payable", head.institution_id, None): -9_000,
    }


def test_two_payers_of_two_classes(scene: Scene) -> None:
    grant = scene.partner()[1]
    payers = [(scene.grant, "50", "own_institution"), (grant, "50", "partner")]
    charge = scene.charged(payers=payers, hours=1)
    assert (charge.total_units, [each[3] for each in shares(charge)]) == (7_500, [3_000, 4_500])
    assert lines(charge) == [("time", 6_000), ("time", -3_000), ("time", 9_000), ("time", -4_500)]


def test_an_accepted_quote_is_the_most_it_costs(scene: Scene) -> None:
    assert scene.charged(ceiling_units=10_000).total_units == 10_000


def test_the_rates_bind_that_held_when_it_was_booked(scene: Scene) -> None:
    later = published(scene.instrument, date(2027, 2, 1), prices=[price("own_institution", 99_900)])
    scene.use(scene.reservation())
    scene.use(scene.reservation(start=MORNING + timedelta(days=1), version_id=later.id))
    scene.charge()
    assert sorted(db.session.scalars(select(Charge.total_units))) == [12_000, 199_800]


def test_what_is_missing_is_named_and_charged_as_soon_as_it_is_there(scene: Scene) -> None:
    scene.use(scene.reservation(payers=[]))
    scene.use(scene.reservation(start=MORNING + timedelta(days=1)), counts={"sample": "3"})
    scene.use(spans=[(MORNING - timedelta(days=1), MORNING - timedelta(days=1) + HOUR)])
    assert scene.charge() == []
    assert sorted(missing()) == ["no_payer", "no_price_for", "no_version no_payer"]
    assert charging.waiting(SINCE) == []  # nobody looks again until something changes
    db.session.execute(update(InstrumentUse).values(version=InstrumentUse.version + 1))
    db.session.commit()
    assert len(charging.waiting(SINCE)) == 3


def test_charging_again_changes_nothing(scene: Scene) -> None:
    scene.use(scene.reservation())
    assert len(scene.charge()) == 1
    before = balances()
    assert scene.charge() == []
    prepared = charging.prepare([row for row in db.session.scalars(select(InstrumentUse.id))])
    assert perform(lambda: charging.charge(prepared, NOW)) == []
    assert balances() == before


def test_a_corrected_use_is_charged_anew_and_linked(scene: Scene) -> None:
    first = scene.charged()
    use = db.session.get(InstrumentUse, first.use_id)
    reported_so(use.id, ended_at=MORNING + HOUR)
    use.ended_at, use.version = MORNING + HOUR, use.version + 1
    db.session.add(ClosedMonth(institution_id=scene.house.id, month="2027-02", closed_at=NOW))
    db.session.commit()
    (number,) = scene.charge()
    second = db.session.get(Charge, number)
    db.session.refresh(first)
    assert (second.total_units, second.corrects_id, second.month) == (6_000, first.id, "2027-03")
    assert (first.state, first.month, bool(second.reason)) == ("reversed", "2027-02", True)
    assert balances() == {
        ("fund", scene.house.id, scene.grant.id): 6_000,
        ("lab_income", scene.house.id, None): -6_000,
    }


def test_a_change_of_the_use_that_costs_the_same_makes_no_entry(scene: Scene) -> None:
    first = scene.charged()
    db.session.execute(update(InstrumentUse).values(version=InstrumentUse.version + 1))
    db.session.commit()
    assert scene.charge() == []
    db.session.refresh(first)
    assert (first.state, charging.waiting(SINCE)) == ("posted", [])


def test_a_use_that_was_undone_is_taken_back(scene: Scene) -> None:
    first = scene.charged()
    db.session.execute(update(InstrumentUse).values(state="void", confirmed_at=None))
    db.session.commit()
    assert charging.without_use() == [first.id]
    db.session.rollback()
    perform(lambda: drop(first.id, NOW))
    assert (balances(), charging.without_use()) == ({}, [])


def test_what_is_killed_in_the_middle_is_as_if_it_had_never_begun(scene: Scene) -> None:
    scene.use(scene.reservation())
    prepared = charging.prepare(charging.waiting(SINCE))

    def killed() -> None:
        charging.charge(prepared, NOW)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        perform(killed)
    assert (db.session.scalars(select(Charge.id)).all(), balances()) == ([], {})
    db.session.rollback()
    assert len(scene.charge()) == 1


def test_two_who_charge_at_once_charge_once(app: Flask, scene: Scene) -> None:
    for day in range(20):
        scene.use(scene.reservation(start=MORNING + timedelta(days=day % 10, hours=3 * (day // 10)), hours=1))
    gun, made = threading.Barrier(3), []

    def charger() -> None:
        with app.app_context():
            prepared = charging.prepare(charging.waiting(SINCE))
            db.session.rollback()
            gun.wait(20)
            made.append(perform(lambda: charging.charge(prepared, NOW)))

    threads = [threading.Thread(target=charger) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, made)) == [0, 0, 20]
    assert balances()["fund", scene.house.id, scene.grant.id] == 20 * 6_000


def test_the_number_of_statements_does_not_grow(scene: Scene, statements: Statements) -> None:
    counts = []
    for many in (2, 12):
        for number in range(many):
            scene.use(scene.reservation(start=MORNING + timedelta(days=many + number), hours=1))
        db.session.rollback()
        statements.clear()
        assert len(scene.charge()) == many
        counts.append(len(statements))
    assert counts[1] <= counts[0]
