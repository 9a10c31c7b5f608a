"""Drafts: what a use that waits for the lab comes to, how it follows the use, and that it is posted when the lab confirms."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select, update

from instruments.charges.disputing import answer, dispute
from instruments.charges.models import Charge, ChargeLine, ChargeMissing
from instruments.charges.tasks import charge_all
from instruments.database import db
from instruments.database.transactions import perform
from instruments.funds.ledger_models import LedgerTransfer
from instruments.usage.models import InstrumentUse, UseSpan
from tests.charges.scene import HOUR, MORNING, Scene
from tests.conftest import NOW
from tests.world import World

WAITING = {"state": "waiting", "confirmed_at": None, "confirmed_by_id": None}


@pytest.fixture
def scene(world: World, now: object) -> Scene:
    return Scene(world)


def charges() -> list[tuple[int, str, int]]:
    db.session.expire_all()
    asked = select(Charge.id, Charge.state, Charge.total_units).where(Charge.kind == "use")
    return [tuple(row) for row in db.session.execute(asked.order_by(Charge.id))]


def change(use: InstrumentUse, **values: Any) -> None:
    change = update(InstrumentUse).where(InstrumentUse.id == use.id)
    db.session.execute(change.values(version=InstrumentUse.version + 1, **values))
    db.session.commit()


def confirm(scene: Scene, use: InstrumentUse) -> None:
    change(use, state="confirmed", confirmed_at=NOW, confirmed_by_id=scene.manager.id)


def test_a_use_that_waits_is_drafted_and_posted_when_confirmed(scene: Scene) -> None:
    use = scene.use(scene.reservation(), **WAITING)
    assert charge_all() == 0
    ((number, state, units),) = charges()
    assert (state, units) == ("draft", 12_000)
    assert db.session.scalar(select(func.count()).select_from(LedgerTransfer)) == 0
    assert charge_all() == 0
    assert charges() == [(number, "draft", 12_000)]
    confirm(scene, use)
    assert charge_all() == 1
    assert charges() == [(number, "posted", 12_000)]
    assert charge_all() == 0


def test_a_draft_follows_its_use(scene: Scene) -> None:
    use = scene.use(scene.reservation(hours=1), **WAITING)
    charge_all()
    ((number, _, _),) = charges()
    change(use, reserved_until=MORNING + 3 * HOUR, ended_at=MORNING + 3 * HOUR)
    db.session.execute(update(UseSpan).values(ended_at=MORNING + 3 * HOUR))
    db.session.commit()
    charge_all()
    assert charges() == [(number, "draft", 18_000)]
    assert db.session.scalar(select(func.sum(ChargeLine.amount_units))) == 18_000


@pytest.mark.parametrize("state", ["void", "running"])
def test_a_draft_goes_with_its_use(scene: Scene, state: str) -> None:
    use = scene.use(scene.reservation(), **WAITING)
    charge_all()
    ((number, _, _),) = charges()
    student, manager = scene.actor(scene.student), scene.actor(scene.manager)
    raised = perform(lambda: dispute(student, number, "Too long", None, NOW))
    perform(lambda: answer(manager, raised, "upheld", "No", None, None, NOW))
    change(use, state=state, **({"ended_at": None, "ended_by": None} if state == "running" else {}))
    charge_all()
    assert charges() == []


def test_a_disputed_draft_is_posted_once_it_is_answered(scene: Scene) -> None:
    use = scene.use(scene.reservation(), **WAITING)
    charge_all()
    ((number, _, _),) = charges()
    student, manager = scene.actor(scene.student), scene.actor(scene.manager)
    raised = perform(lambda: dispute(student, number, "Too long", None, NOW))
    confirm(scene, use)
    assert charge_all() == 0
    assert charges() == [(number, "disputed", 12_000)]
    perform(lambda: answer(manager, raised, "upheld", "No", None, None, NOW))
    assert charge_all() == 1
    assert charges() == [(number, "posted", 12_000)]


def test_what_lacks_something_is_said_before_it_is_confirmed(scene: Scene) -> None:
    scene.use(scene.reservation(payers=[]), **WAITING)
    charge_all()
    assert charges() == []
    assert db.session.scalars(select(ChargeMissing.codes)).all() == ["no_payer"]
