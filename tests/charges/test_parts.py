"""What a payment settles of a statement on several accounts: whichever is taken back, each account comes out right."""

from __future__ import annotations

from functools import partial
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from instruments.charges import by_hand
from instruments.charges.closing.giving_back import unmatch
from instruments.charges.closing.paying import pay_from_account
from instruments.charges.closing.setting_off import set_off
from instruments.charges.closing.standing import standings
from instruments.charges.closing_models import Statement, StatementLine
from instruments.charges.payment_models import PaymentMatch
from instruments.database import db
from instruments.database.transactions import perform
from instruments.funds.models import Fund
from tests.charges.scene import MORNING, Scene, balances
from tests.charges.test_both_books import in_books
from tests.charges.test_closing import DAY, close
from tests.charges.test_paying import back, paid
from tests.charges.test_setting_off import APRIL, yuan
from tests.conftest import NOW
from tests.world import World


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    return Scene(world)


class TwoCredits:
    """A company that owes 800.00 on one statement, 400.00 on each of two credits in the house's books."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        company = scene.world.institution(kind="company")
        terms = {"kind": "credit", "creditor": scene.house, "budget_units": 10_000_000}
        self.funds = [scene.fund(company, **terms) for _ in range(2)]
        self.row = self.billed("2027-02", MORNING)

    def billed(self, month: str, first: Any) -> Statement:
        for place, fund in enumerate(self.funds):
            self.scene.use(self.scene.reservation(first + place * DAY, payers=[(fund, "100", "company")]))
        self.scene.charge()
        close(self.scene, month)
        return of_month(month)

    def owed(self) -> list[int]:
        """What stands as owed on each credit, and on the company's account without one."""
        found, house = balances(), self.scene.house.id
        return [
            found.get(("receivable", house, fund_id), 0)
            for fund_id in (*(one.id for one in self.funds), None)
        ]


def of_month(month: str) -> Statement:
    db.session.rollback()
    return db.session.scalars(select(Statement).where(Statement.month == month)).one()


def take_back(scene: Scene, payment_id: int) -> None:
    asked = select(PaymentMatch.id).where(
        PaymentMatch.payment_id == payment_id, PaymentMatch.undone_at.is_(None)
    )
    perform(partial(unmatch, db.session.scalars(asked).one(), NOW, scene.finance.id))


def pay_again(scene: Scene, payment_id: int, row: Statement) -> None:
    perform(partial(pay_from_account, payment_id, row.id, NOW, scene.finance.id))


def lower(scene: Scene, row: Statement, fund: Fund, units: int = 10_000) -> None:
    """What one credit was billed is lowered by hand, and comes on the next statement."""
    line = select(StatementLine.charge_id).where(
        StatementLine.statement_id == row.id, StatementLine.fund_id == fund.id
    )
    charge = db.session.scalars(line).one()
    act = partial(
        by_hand.enter, scene.actor(scene.manager), charge, "credit", yuan(units), "It was down.", NOW
    )
    perform(act)


def test_the_first_of_two_payments_is_taken_back_and_what_comes_settles_what_is_open(scene: Scene) -> None:
    two = TwoCredits(scene)
    first = paid(scene, two.row, 40_000)
    assert two.owed() == [0, 40_000, 0]
    paid(scene, two.row, 30_000, "B2")
    assert two.owed() == [0, 10_000, 0]
    take_back(scene, first)
    # What the second settled stays where it is; the first stands on account again.
    assert two.owed() == [40_000, 10_000, -40_000]
    paid(scene, two.row, 45_000, "B3")
    assert two.owed() == [0, 5_000, -40_000]
    pay_again(scene, first, two.row)
    assert two.owed() == [0, 0, -35_000]
    assert standings([two.row])[two.row.id].left == 0


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_taken_back_in_any_order_nothing_remains_and_paid_again_all_is_settled(
    scene: Scene, order: tuple[int, ...]
) -> None:
    two = TwoCredits(scene)
    before = balances()
    numbers = [
        paid(scene, two.row, units, f"B{place}") for place, units in enumerate((30_000, 20_000, 30_000))
    ]
    settled = balances()
    for place in order:
        take_back(scene, numbers[place])
        pay_again(scene, numbers[place], two.row)
        assert balances() == settled
    for place in order:
        take_back(scene, numbers[place])
        assert all(0 <= units <= 40_000 for units in two.owed()[:2])
    for place in order:
        perform(back(scene, numbers[place], (30_000, 20_000, 30_000)[place]))
    assert balances() == before


def test_what_one_credit_is_owed_back_within_a_statement_pays_for_the_other(scene: Scene) -> None:
    two = TwoCredits(scene)
    number = paid(scene, two.row, 80_000)
    lower(scene, two.row, two.funds[0])
    scene.charged(start=MORNING + 28 * DAY, payers=[(two.funds[1], "100", "company")])
    close(scene, "2027-03")
    later = of_month("2027-03")
    assert (later.due_units, two.owed()) == (30_000, [-10_000, 40_000, 0])
    part = paid(scene, later, 10_000, "B2")
    assert two.owed() == [0, 20_000, 0]
    paid(scene, later, 20_000, "B3")
    assert two.owed() == [0, 0, 0]
    take_back(scene, part)
    assert two.owed() == [-10_000, 20_000, -10_000]
    pay_again(scene, part, later)
    assert two.owed() == [0, 0, 0]
    take_back(scene, number)
    assert two.owed() == [40_000, 40_000, -80_000]


def test_what_is_set_off_first_of_two_is_taken_back_and_set_off_again(scene: Scene) -> None:
    two = TwoCredits(scene)
    number = paid(scene, two.row, 80_000)
    for fund in two.funds:
        lower(scene, two.row, fund)
    close(scene, "2027-03")
    credit = of_month("2027-03")
    later = two.billed("2027-04", APRIL)
    before = balances()
    assert (credit.due_units, two.owed()) == (-20_000, [30_000, 30_000, 0])
    offset = perform(partial(set_off, credit.id, later.id, yuan(10_000), NOW, scene.finance.id))
    perform(back(scene, number, 10_000, settles=credit))
    assert two.owed() == [30_000, 40_000, 0]
    take_back(scene, offset)
    assert two.owed() == [30_000, 40_000, 0]
    # What the first credit is owed back is still there to be set off, and no longer what the second was.
    perform(partial(set_off, credit.id, later.id, yuan(10_000), NOW, scene.finance.id))
    paid(scene, later, 70_000, "B2")
    assert two.owed() == [0, 0, 0]
    assert sum(before.values()) == sum(balances().values()) == 0


def test_a_credit_and_a_grant_of_the_payer_settle_in_the_books_of_both(scene: Scene) -> None:
    """180.00 on the partner's own grant and 180.00 on its credit with the house, on one statement."""
    head, grant = scene.partner()
    home = head.institution.id
    terms = scene.fund(grant.group, kind="credit", creditor=scene.house, budget_units=1_000_000)
    for place, fund in enumerate((grant, terms)):
        scene.use(scene.reservation(MORNING + place * DAY, payers=[(fund, "100", "partner")]))
    scene.charge()
    close(scene)
    row = of_month("2027-02")
    assert row.due_units == 36_000
    before = in_books(home)
    first = paid(scene, row, 18_000)
    second = paid(scene, row, 18_000, "B2")
    settled = in_books(home)
    assert settled == {"fund": 18_000, "bank_clearing": -18_000}
    for number in (first, second):
        take_back(scene, number)
        pay_again(scene, number, row)
        assert in_books(home) == settled
        assert balances().get(("receivable", scene.house.id, terms.id), 0) == 0
    take_back(scene, second)
    take_back(scene, first)
    assert in_books(home) == before
