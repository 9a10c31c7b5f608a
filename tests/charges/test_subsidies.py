"""Programmes in charges: what was reserved is committed, a correction applies the original terms as if it had not been."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from instruments.charges import charging
from instruments.charges.lowering import disputed, lower
from instruments.charges.models import Charge, ChargeShare
from instruments.charges.recharging import drop
from instruments.charges.reversing import the_charge
from instruments.charges.settings import lock_books
from instruments.database import db
from instruments.database.transactions import perform
from instruments.funds import subsidizing
from instruments.funds.models import Fund
from instruments.funds.programme_models import ProgrammeHold, ProgrammeRow
from instruments.money import Money
from instruments.people.models import Institution
from instruments.usage.models import InstrumentUse
from tests.charges.evidence import reported_so
from tests.charges.scene import HOUR, MORNING, Scene, balances
from tests.conftest import NOW
from tests.world import World


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


def shares(number: int) -> list[tuple[str, int]]:
    asked = select(ChargeShare.role, ChargeShare.amount_units).where(ChargeShare.charge_id == number)
    return [tuple(row) for row in db.session.execute(asked.order_by(ChargeShare.position))]


def holds() -> list[tuple[str, str, int]]:
    hold = ProgrammeHold
    return [
        tuple(row)
        for row in db.session.execute(
            select(hold.thing_kind, hold.state, hold.amount_units).order_by(hold.id)
        )
    ]


def charged_with_voucher(scene: Scene, run_by: Institution | None = None) -> tuple[int, InstrumentUse, Fund]:
    """A company's charge of 1,000.00, of which a voucher pays 300.00: its number, the use, and the wallet that pays the rest.

    run_by: whose programme the voucher is; the platform's without.
    """
    company = scene.world.institution(kind="company")
    user = scene.world.person(company)
    wallet = scene.fund(company, creditor=scene.house)
    voucher = ProgrammeRow(
        code="V", name_en="Voucher", currency="CNY", rate=5000, valid_from=date(2027, 1, 1),
        valid_to=date(2027, 12, 31), cap_per_order_units=30_000, lines=["time"],
        institution_id=run_by.id if run_by else None,
    )  # fmt: skip
    db.session.add(voucher)
    db.session.commit()
    row = scene.reservation(hours=5, payers=[(wallet, "100", "company")], user=user)
    payer = subsidizing.Payer(company.id, None, "company")
    half = {voucher.id: Money(Decimal("300.00"), "CNY")}
    perform(lambda: subsidizing.reserve(("reservation", row.id), payer, half, date(2027, 1, 20), NOW))
    use = scene.use(row)
    (number,) = scene.charge()
    return number, use, wallet


def test_a_voucher_is_committed_and_a_correction_reapplies_it(scene: Scene) -> None:
    number, _, wallet = charged_with_voucher(scene)
    assert shares(number) == [("payer", 70_000), ("programme", 30_000)]
    assert holds() == [("reservation", "released", 30_000), ("charge", "committed", 30_000)]

    def act() -> int:
        lock_books([scene.house.id])
        row, less = the_charge(number), Money(Decimal("600.00"), "CNY")
        return lower(row, disputed(row, None), less, "Half of it failed", NOW, scene.manager.id)

    again = perform(act)
    assert shares(again) == [("payer", 20_000), ("programme", 20_000)]
    assert holds()[1:] == [("charge", "reversed", 30_000), ("charge", "committed", 20_000)]
    assert balances()["prepaid", scene.house.id, wallet.id] == 20_000
    assert balances()["programme_claim", scene.house.id, None] == 20_000
    assert db.session.get(Charge, again).total_units == 40_000


def test_a_corrected_use_keeps_its_voucher(scene: Scene) -> None:
    number, use, _ = charged_with_voucher(scene)
    reported_so(use.id, ended_at=MORNING + 2 * HOUR)
    db.session.execute(
        update(InstrumentUse).where(InstrumentUse.id == use.id).values(version=InstrumentUse.version + 1)
    )
    db.session.commit()
    (again,) = scene.charge()
    assert again != number
    assert shares(again) == [("payer", 20_000), ("programme", 20_000)]
    assert holds()[1:] == [("charge", "reversed", 30_000), ("charge", "committed", 20_000)]
    db.session.execute(
        update(InstrumentUse).where(InstrumentUse.id == use.id).values(version=InstrumentUse.version + 1)
    )
    db.session.commit()
    assert scene.charge() == []


def test_a_use_that_is_confirmed_anew_keeps_its_voucher(scene: Scene) -> None:
    number, use, _ = charged_with_voucher(scene)
    in_the_books = balances()

    def now_is(**values: object) -> None:
        change = update(InstrumentUse).where(InstrumentUse.id == use.id)
        db.session.execute(change.values(version=InstrumentUse.version + 1, **values))
        db.session.commit()

    now_is(state="waiting", confirmed_at=None, confirmed_by_id=None)
    assert charging.without_use() == [number]
    perform(lambda: drop(number, NOW))
    prepared = charging.prepare(charging.to_draft())
    db.session.rollback()
    assert perform(lambda: charging.charge(prepared, NOW)) == []
    draft = db.session.scalars(select(Charge.id).where(Charge.state == "draft")).one()
    assert shares(draft) == [("payer", 70_000), ("programme", 30_000)]
    now_is(state="confirmed", confirmed_at=NOW, confirmed_by_id=scene.finance.id)
    assert scene.charge() == [draft]
    assert shares(draft) == [("payer", 70_000), ("programme", 30_000)]
    assert holds()[1:] == [("charge", "reversed", 30_000), ("charge", "committed", 30_000)]
    assert balances() == in_the_books
