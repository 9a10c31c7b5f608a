"""Drafts for tests of disputes: made, disputed and adjusted, their uses changed and confirmed, and what they then come to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update

from instruments.charges.models import Charge, ChargeLine, ChargeShare
from instruments.charges.tasks import charge_all
from instruments.database import db
from instruments.funds.ledger_models import LedgerTransfer
from instruments.usage.models import InstrumentUse
from tests.charges.evidence import reported_so
from tests.charges.scene import HOUR, MORNING, Scene, balances
from tests.charges.test_disputing import answered, raised
from tests.conftest import NOW

WAITING = {"state": "waiting", "confirmed_at": None, "confirmed_by_id": None}


def drafted(scene: Scene, flags: str = "", **values: Any) -> Charge:
    use = scene.use(scene.reservation(**values), flags=flags, **WAITING)
    charge_all()
    return of_use(use.id)


def of_use(use_id: int) -> Charge:
    """The charge of a use that stands."""
    db.session.rollback()
    asked = select(Charge).where(Charge.use_id == use_id, Charge.kind == "use", Charge.state != "reversed")
    return db.session.scalars(asked).one()


def lowered(scene: Scene, charge: Charge, less: str = "20.00", reason: str = "The pump") -> int:
    number = raised(scene, charge)
    answered(scene, number, scene.manager, "adjusted", less=less, reason=reason)
    return number


def change(use_id: int | None, **values: Any) -> None:
    change = update(InstrumentUse).where(InstrumentUse.id == use_id)
    db.session.execute(change.values(version=InstrumentUse.version + 1, **values))
    db.session.commit()


def confirmed(scene: Scene, charge: Charge) -> None:
    change(charge.use_id, state="confirmed", confirmed_at=NOW, confirmed_by_id=scene.manager.id)
    charge_all()


def lasts(charge: Charge, hours: float) -> None:
    end = MORNING + hours * HOUR
    reported_so(charge.use_id, ended_at=end)
    change(charge.use_id, ended_at=end)
    charge_all()


def lines(charge: Charge) -> list[tuple[str, int]]:
    asked = select(ChargeLine.kind, ChargeLine.amount_units).where(ChargeLine.charge_id == charge.id)
    return [tuple(row) for row in db.session.execute(asked.order_by(ChargeLine.position))]


def shares(charge: Charge) -> list[tuple[str, int]]:
    asked = select(ChargeShare.role, ChargeShare.amount_units).where(ChargeShare.charge_id == charge.id)
    return [tuple(row) for row in db.session.execute(asked.order_by(ChargeShare.position))]


def in_the_books() -> int:
    return int(db.session.scalar(select(func.count()).select_from(LedgerTransfer)) or 0)


def spent(scene: Scene) -> int:
    return balances().get(("fund", scene.house.id, scene.grant.id), 0)
