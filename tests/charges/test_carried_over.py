"""What was waived, credited or taken off stands when its use is corrected: about the charge that replaces the first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from instruments.charges import by_hand, disputing
from instruments.charges.models import Charge
from instruments.charges.tasks import charge_all
from instruments.database import db
from instruments.database.transactions import perform
from instruments.journal.models import JournalEntry
from instruments.money import Money
from instruments.usage.amending import take_back_confirmation
from instruments.usage.correcting import correct
from instruments.usage.models import InstrumentUse
from tests.charges.scene import HOUR, MORNING, Scene, balances
from tests.conftest import NOW
from tests.world import World, sign_in


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    """NOW is a month after the use; what may be corrected for how long is not what is tested here."""
    return Scene(world)


def entered(scene: Scene, charge_id: int, kind: str, units: int, reason: str = "Leak") -> int:
    actor, amount = scene.actor(scene.manager), Money.from_units(units, "CNY")
    return perform(lambda: by_hand.enter(actor, charge_id, kind, amount, reason, NOW))


def corrected(scene: Scene, charge: Charge, hours: float) -> None:
    """The lab types its hours anew, and the worker charges it."""
    span = (int(MORNING.timestamp()), int((MORNING + hours * HOUR).timestamp()))
    actor, use_id = scene.actor(scene.manager), charge.use_id
    assert use_id is not None
    perform(lambda: correct(actor, use_id, "attended", [span], "The clock was wrong", None, NOW))
    charge_all()
    db.session.rollback()


def standing() -> list[tuple[str, int, str]]:
    """What stands: kind, amount, reason, in order."""
    db.session.rollback()
    asked = select(Charge.kind, Charge.total_units, Charge.reason).where(
        Charge.state == "posted", Charge.kind != "reversal"
    )
    return [tuple(row) for row in db.session.execute(asked.order_by(Charge.id))]


def live_use() -> Charge:
    db.session.rollback()
    return db.session.scalars(select(Charge).where(Charge.kind == "use", Charge.state == "posted")).one()


def test_a_typed_correction_keeps_waivers_credits_and_adjustments(scene: Scene) -> None:
    charge = scene.charged()
    entered(scene, charge.id, "waiver", 2_000)
    entered(scene, charge.id, "credit", 1_000, "Late")
    entered(scene, charge.id, "adjustment", 500, "Gas")
    corrected(scene, charge, 1)
    assert [row[:2] for row in standing()] == [
        ("use", 6_000),
        ("waiver", -2_000),
        ("credit", -1_000),
        ("adjustment", 500),
    ]
    assert [row[2] for row in standing()][1:] == ["Leak", "Late", "Gas"]
    new = live_use()
    about = db.session.scalars(select(Charge).where(Charge.about_id == new.id).order_by(Charge.id)).all()
    assert {each.made_by_id for each in about} == {scene.manager.id}
    house, grant = scene.house.id, scene.grant.id
    assert balances()["fund", house, grant] == 3_500
    assert balances()["waiver", house, None] == 2_000
    deeds = db.session.scalars(
        select(JournalEntry.detail).where(JournalEntry.deed == "charge.carried_over")
    ).all()
    assert [each["units"] for each in deeds] == [2_000, 1_000, 500]
    # Charged again, nothing changes; corrected again, it stands once.
    assert charge_all() == 0
    corrected(scene, new, 1.5)
    assert [row[:2] for row in standing()] == [
        ("use", 9_000),
        ("waiver", -2_000),
        ("credit", -1_000),
        ("adjustment", 500),
    ]


def test_no_more_is_waived_than_the_corrected_charge_comes_to(scene: Scene) -> None:
    charge = scene.charged()
    entered(scene, charge.id, "waiver", 10_000)
    entered(scene, charge.id, "credit", 1_500)
    corrected(scene, charge, 1)
    assert [row[:2] for row in standing()] == [("use", 6_000), ("waiver", -6_000)]
    assert balances().get(("fund", scene.house.id, scene.grant.id), 0) == 0


def test_what_waits_for_a_second_person_waits_about_the_new_one(scene: Scene) -> None:
    scene.use(scene.reservation(hours=40))
    (number,) = scene.charge()
    charge = db.session.get_one(Charge, number)
    waiting = entered(scene, number, "waiver", 150_000)
    assert db.session.get_one(Charge, waiting).waits_for_second
    corrected(scene, charge, 30)
    db.session.expire_all()
    assert db.session.get(Charge, waiting) is None
    new = live_use()
    (again,) = db.session.scalars(select(Charge).where(Charge.about_id == new.id))
    assert (again.waits_for_second, again.total_units, again.reason) == (True, -150_000, "Leak")
    second = scene.actor(scene.finance)
    number = again.id
    perform(lambda: by_hand.approve(second, number, NOW))
    assert [row[:2] for row in standing()] == [("use", 180_000), ("waiver", -150_000)]
    # Who agreed is kept, too, when it is carried over.
    corrected(scene, new, 35)
    (carried,) = db.session.scalars(select(Charge).where(Charge.about_id == live_use().id))
    assert (carried.state, carried.approved_by_id, carried.made_by_id) == (
        "posted",
        scene.finance.id,
        scene.manager.id,
    )


def test_what_was_taken_off_in_a_dispute_stays_off(scene: Scene) -> None:
    charge = scene.charged()
    entered(scene, charge.id, "waiver", 2_000)
    student, manager, number = scene.actor(scene.student), scene.actor(scene.manager), charge.id
    case = perform(lambda: disputing.dispute(student, number, "It was down", None, NOW))
    less = Money.from_units(3_000, "CNY")
    perform(lambda: disputing.answer(manager, case, "adjusted", "Yes", less, None, NOW))
    assert [row[:2] for row in standing()] == [("use", 9_000), ("waiver", -2_000)]
    corrected(scene, live_use(), 1)
    assert [row[:2] for row in standing()] == [("use", 3_000), ("waiver", -2_000)]


def test_confirmed_anew_after_it_was_taken_back_it_is_linked_and_keeps_them(scene: Scene) -> None:
    charge = scene.charged()
    entered(scene, charge.id, "waiver", 2_000)
    use, actor = charge.use_id, scene.actor(scene.manager)
    assert use is not None
    db.session.execute(update(InstrumentUse).values(confirmed_at=NOW))
    db.session.commit()
    perform(lambda: take_back_confirmation(actor, use, None, NOW + timedelta(seconds=5)))
    charge_all()
    assert standing() == []
    db.session.execute(
        update(InstrumentUse).values(
            state="confirmed",
            confirmed_at=NOW,
            confirmed_by_id=scene.manager.id,
            version=InstrumentUse.version + 1,
        )
    )
    db.session.commit()
    charge_all()
    assert [row[:2] for row in standing()] == [("use", 12_000), ("waiver", -2_000)]
    assert live_use().corrects_id == charge.id


def test_the_lab_is_told_before_it_corrects(client: FlaskClient, scene: Scene) -> None:
    charge = scene.charged()
    address = f"/uses/{charge.use_id}"
    sign_in(client, scene.manager)
    assert "it stands about the corrected charge too" not in client.get(address).get_data(as_text=True)
    entered(scene, charge.id, "waiver", 2_000)
    page = client.get(address).get_data(as_text=True)
    assert "Waiver of CNY 20.00: it stands about the corrected charge too" in page and "Leak" in page
    assert "仍对更正后的费用有效" in client.get(f"{address}?lang=zh").get_data(as_text=True)
    sign_in(client, scene.student)
    assert "it stands about" not in client.get(f"{address}?lang=en").get_data(as_text=True)
