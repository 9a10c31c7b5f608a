"""What each payment settled is recorded with it: exact in the payer's own books, and put right where it once was assumed."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from instruments.charges import naming
from instruments.charges.closing.parts import Parts, keep_parts
from instruments.charges.closing.payer_accounts import post_in_books_of_payer, post_payment
from instruments.charges.closing.righting import moves, put_right, shifted
from instruments.charges.payment_models import HOME, REST, PaymentMatch, SettledPart
from instruments.database import db
from instruments.database.transactions import deed, perform
from instruments.funds.ledger import AccountKey
from tests.charges.scene import MORNING, Scene, balances
from tests.charges.test_both_books import in_books
from tests.charges.test_closing import DAY, close
from tests.charges.test_parts import TwoCredits, of_month, pay_again, take_back
from tests.charges.test_paying import ON, paid
from tests.conftest import NOW
from tests.world import World


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    return Scene(world)


class HalfOnAFund:
    """A university that owes 360.00 on one statement: 180.00 its own fund bore, 180.00 no fund at all."""

    def __init__(self, scene: Scene) -> None:
        head = scene.partner()[0]
        self.home = head.institution_id
        fund = scene.fund(head.institution, kind="allowance", budget_units=1_000_000)
        scene.use(scene.reservation(MORNING, payers=[(fund, "100", "partner")], user=head))
        use = scene.use(scene.reservation(MORNING + DAY, user=head, payers=[]))
        scene.charge()
        actor, number = scene.actor(scene.finance), use.id
        perform(lambda: naming.name_payer(actor, number, 0, "institution", self.home, NOW))
        scene.charge()
        close(scene)
        self.row = of_month("2027-02")

    def owed(self) -> int:
        """What stands as owed in its own books."""
        return -in_books(self.home).get("payable", 0)


def recorded(payment_id: int) -> dict[str, int]:
    """What a payment is recorded to settle now, by place."""
    asked = (
        select(SettledPart.place, func.sum(SettledPart.units))
        .join(PaymentMatch, PaymentMatch.id == SettledPart.match_id)
        .where(PaymentMatch.payment_id == payment_id, PaymentMatch.undone_at.is_(None))
        .group_by(SettledPart.place)
    )
    return {place: int(units) for place, units in db.session.execute(asked)}


def test_what_is_recorded_is_never_changed(scene: Scene) -> None:
    half = HalfOnAFund(scene)
    paid(scene, half.row, 10_000)
    for words in ("UPDATE settled_part SET units = 1", "DELETE FROM settled_part"):
        with pytest.raises(IntegrityError), deed():
            db.session.execute(text(words))


def test_the_first_is_taken_back_and_what_comes_settles_what_is_open_in_the_payers_own_books(
    scene: Scene,
) -> None:
    half = HalfOnAFund(scene)
    assert (half.row.due_units, half.owed()) == (36_000, 18_000)
    first, second = paid(scene, half.row, 20_000), paid(scene, half.row, 16_000, "B2")
    assert (recorded(first), recorded(second)) == ({HOME: 18_000, REST: 2_000}, {REST: 16_000})
    assert half.owed() == 0
    take_back(scene, first)
    # The second settled nothing that its own funds bore: all of that is open again.
    assert half.owed() == 18_000
    third = paid(scene, half.row, 20_000, "B3")
    assert recorded(third) == {HOME: 18_000, REST: 2_000}
    assert half.owed() == 0
    take_back(scene, second)
    assert half.owed() == 0
    pay_again(scene, second, half.row)
    assert (recorded(second), half.owed()) == ({REST: 16_000}, 0)


# --- What was settled before it was recorded -------------------------------------------------------------------------


def test_what_is_settled_twice_moves_to_what_is_open() -> None:
    billed: dict[Any, int] = {7: 100, HOME: 50, REST: 50}
    right = [(1, 7, 100), (2, HOME, 50), (2, REST, 50)]
    assert moves(billed, right) == moves(billed, []) == {}
    assert moves(billed, [(1, 7, 60), (2, 7, 60), (2, HOME, 20)]) == {2: {7: -20, HOME: 20}}
    assert moves(billed, [(1, REST, 50), (2, REST, 30), (2, 7, 60)]) == {2: {REST: -30, 7: 30}}
    assert moves(billed, [(1, REST, 70), (2, REST, 70), (3, HOME, 50)]) == {
        2: {REST: -70, 7: 70},
        1: {REST: -20, 7: 20},
    }
    # What a place is owed back within the statement and was moved twice.
    assert moves(
        {HOME: -20, REST: 30, 7: 70}, [(1, HOME, -20), (1, 7, 70), (2, HOME, -20), (2, REST, 50)]
    ) == {2: {REST: -20, HOME: 20}}


def test_a_credit_settled_twice_is_put_right_in_the_books(scene: Scene) -> None:
    two = TwoCredits(scene)
    house, company = scene.house.id, two.row.payer_institution_id
    one, other = (fund.id for fund in two.funds)
    number = paid(scene, two.row, 80_000)
    match = db.session.scalars(select(PaymentMatch.id)).one()
    credits = [
        AccountKey("receivable", house, "CNY", fund_id=fund, payer_institution_id=company)
        for fund in (one, other)
    ]
    with deed():
        post_payment(
            credits[1], credits[0], 30_000, ("payment_match", match), ON, NOW, scene.finance.id, ":once"
        )
        keep_parts(Parts(((one, 30_000), (other, -30_000)), 0), match_id=match)
    assert (two.owed(), shifted()) == ([-30_000, 30_000, 0], [two.row.id])
    assert perform(partial(put_right, two.row.id, NOW))
    assert (two.owed(), shifted()) == ([0, 0, 0], [])
    assert not perform(partial(put_right, two.row.id, NOW))
    take_back(scene, number)
    assert two.owed() == [40_000, 40_000, -80_000]


def test_the_payers_own_books_are_put_right_and_it_is_taken_back_with_the_payment(
    scene: Scene, app: Flask
) -> None:
    half = HalfOnAFund(scene)
    before = balances()
    number = paid(scene, half.row, 36_000)
    match = db.session.scalars(select(PaymentMatch.id)).one()
    with deed():
        post_in_books_of_payer(half.row, -5_000, ("payment_match", match), ON, NOW, scene.finance.id, ":once")
        keep_parts(Parts((), -5_000, 5_000), match_id=match)
    assert half.owed() == 5_000
    runner = app.test_cli_runner()
    said = runner.invoke(args=["charges", "put-right", "--dry-run"]).output
    assert said == f"statement {half.row.id}\n1 statements to put right\n"
    assert half.owed() == 5_000
    assert "1 statements put right" in runner.invoke(args=["charges", "put-right"]).output
    db.session.rollback()
    assert (half.owed(), recorded(number)) == (0, {HOME: 18_000, REST: 18_000})
    assert runner.invoke(args=["charges", "put-right"]).output == "0 statements put right\n"
    take_back(scene, number)
    assert {key: units for key, units in balances().items() if key[1] == half.home} == {
        key: units for key, units in before.items() if key[1] == half.home
    }
