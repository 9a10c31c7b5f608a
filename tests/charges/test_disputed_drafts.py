"""A draft that is adjusted stays one, for less whatever becomes of its use; it is posted once, when that is confirmed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from instruments.charges.alone import changed_alone
from instruments.charges.checking import differences
from instruments.charges.dispute_models import Dispute
from instruments.charges.disputing import withdraw
from instruments.charges.fund_changing import ask
from instruments.charges.models import Charge
from instruments.charges.tasks import charge_all
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Forbidden, Refusal
from instruments.funds import subsidizing
from instruments.funds.ledger_models import ClosedMonth
from instruments.funds.models import FundHold
from instruments.funds.programme_models import ProgrammeRow
from instruments.money import Money
from instruments.usage.amending import take_back_confirmation
from instruments.usage.confirming import Said, confirm, confirm_many
from instruments.usage.facts import UseFacts
from instruments.usage.tasks import confirm_overdue
from tests.charges.drafts import (
    WAITING,
    change,
    confirmed,
    drafted,
    in_the_books,
    lasts,
    lines,
    lowered,
    of_use,
    shares,
    spent,
)
from tests.charges.evidence import reported_so
from tests.charges.scene import MORNING, Scene, balances
from tests.charges.test_disputing import answered, codes, raised, state
from tests.conftest import NOW
from tests.world import World

DAYS = count(-700)


@pytest.fixture
def scene(world: World, now: object) -> Scene:
    return Scene(world)


def test_what_cannot_be_taken_off_a_draft(scene: Scene) -> None:
    charge = drafted(scene)
    number = raised(scene, charge)
    for less, expected in ((None, "no_amount"), ("0.00", "no_amount"), ("120.01", "too_much")):
        with pytest.raises(Refusal) as refusal:
            answered(scene, number, scene.manager, "adjusted", less=less)
        assert codes(refusal) == [expected]
    with pytest.raises(Forbidden):
        answered(scene, number, scene.student, "adjusted", less="1.00")
    assert (state(charge), charge.total_units, in_the_books()) == ("disputed", 12_000, 0)


@pytest.mark.parametrize("flags", ["", "overrun"])
def test_it_stays_a_draft_with_its_line_and_reason(scene: Scene, flags: str) -> None:
    charge = drafted(scene, flags)
    number = lowered(scene, charge)
    db.session.refresh(charge)
    assert (charge.state, charge.total_units, charge.posted_at, in_the_books()) == ("draft", 10_000, None, 0)
    assert lines(charge) == [("time", 12_000), ("time", -2_000)]
    kept = db.session.get_one(Dispute, number)
    assert (kept.state, kept.result_id, kept.less_units, kept.answer) == (
        "adjusted",
        charge.id,
        2_000,
        "The pump",
    )
    # Nothing changes as long as its use does not.
    assert charge_all() == 0
    assert of_use(charge.use_id or 0).total_units == 10_000
    confirmed(scene, charge)
    again = of_use(charge.use_id or 0)
    assert (again.id, again.state, again.total_units, spent(scene)) == (charge.id, "posted", 10_000, 10_000)
    assert charge_all() == 0
    assert (differences(), sum(balances().values())) == ([], 0)


def by_one(scene: Scene, charge: Charge) -> None:
    actor, use = scene.actor(scene.manager), charge.use_id or 0
    perform(lambda: confirm(actor, use, UseFacts(), None, NOW))


def in_bulk(scene: Scene, charge: Charge) -> None:
    actor, use = scene.actor(scene.manager), charge.use_id or 0
    assert perform(lambda: confirm_many(actor, {use: Said()}, NOW)) == ([use], [])


def by_deadline(scene: Scene, charge: Charge) -> None:
    change(charge.use_id, confirm_by=NOW - timedelta(minutes=1))
    charge_all()
    confirm_overdue()


@pytest.mark.parametrize("confirms", [by_one, in_bulk, by_deadline])
def test_however_it_is_confirmed_it_is_posted_once(
    scene: Scene, confirms: Callable[[Scene, Charge], None]
) -> None:
    charge = drafted(scene)
    lowered(scene, charge)
    confirms(scene, charge)
    charge_all()
    again = of_use(charge.use_id or 0)
    assert (again.id, again.state, again.total_units) == (charge.id, "posted", 10_000)
    assert charge_all() == 0
    assert (spent(scene), differences()) == (10_000, [])


@pytest.mark.parametrize(
    ("hours", "comes_to"),
    [
        # Nothing is ever less than nothing, and what was taken off is not forgotten where it did not fit.
        ([1], [4_000]),
        ([3], [16_000]),
        ([0.2, 2], [0, 10_000]),
        ([0.2, 0.5, 4], [0, 1_000, 22_000]),
    ],
)
def test_it_follows_its_use_and_keeps_what_was_taken_off(
    scene: Scene, hours: list[float], comes_to: list[int]
) -> None:
    charge = drafted(scene, hours=4)
    lasts(charge, 2)
    lowered(scene, charge)
    found = []
    for each in hours:
        lasts(charge, each)
        found.append(of_use(charge.use_id or 0).total_units)
    assert found == comes_to
    confirmed(scene, charge)
    again = of_use(charge.use_id or 0)
    assert (again.id, again.state, again.total_units, spent(scene)) == (
        charge.id,
        "posted",
        found[-1],
        found[-1],
    )
    # Corrected once it is posted, it stays off.
    lasts(charge, 2)
    assert (of_use(charge.use_id or 0).total_units, spent(scene), differences()) == (10_000, 10_000, [])


def test_two_disputes_of_one_charge_as_a_draft_and_posted(scene: Scene) -> None:
    charge = drafted(scene)
    lowered(scene, charge, "20.00")
    confirmed(scene, charge)
    lowered(scene, charge, "30.00", "The gas")
    again = of_use(charge.use_id or 0)
    assert (again.corrects_id, again.total_units, again.state) == (charge.id, 7_000, "posted")
    lasts(again, 1)
    last = of_use(charge.use_id or 0)
    assert lines(last) == [("time", 6_000), ("time", -2_000), ("time", -3_000)]
    assert (spent(scene), differences()) == (1_000, [])
    assert changed_alone(last.id) == 5_000


def test_two_disputes_of_one_draft(scene: Scene) -> None:
    charge = drafted(scene)
    lowered(scene, charge, "20.00")
    number = raised(scene, charge)
    with pytest.raises(Refusal) as refusal:
        answered(scene, number, scene.manager, "adjusted", less="100.01")
    assert codes(refusal) == ["too_much"]
    answered(scene, number, scene.manager, "adjusted", less="100.00")
    confirmed(scene, charge)
    again = of_use(charge.use_id or 0)
    assert (again.id, again.total_units, again.state, in_the_books()) == (charge.id, 0, "posted", 0)


def test_taken_back_and_confirmed_anew_it_stays_off(scene: Scene) -> None:
    charge = drafted(scene)
    lowered(scene, charge)
    confirmed(scene, charge)
    actor, use = scene.actor(scene.manager), charge.use_id or 0
    perform(lambda: take_back_confirmation(actor, use, None, NOW + timedelta(seconds=5)))
    charge_all()
    charge_all()
    anew = of_use(use)
    assert (anew.state, anew.total_units, spent(scene)) == ("draft", 10_000, 0)
    confirmed(scene, charge)
    again = of_use(use)
    assert (again.state, again.total_units, again.corrects_id) == ("posted", 10_000, charge.id)
    assert (spent(scene), differences()) == (10_000, [])


@pytest.mark.parametrize("after", ["confirmed", "corrected"])
def test_another_fund_bears_it_without_what_was_taken_off(scene: Scene, after: str) -> None:
    charge = drafted(scene)
    lowered(scene, charge)
    other = scene.fund(scene.group, budget_units=1_000_000)
    actor, number, fund = scene.actor(scene.student), charge.id, other.id
    perform(lambda: ask(actor, number, fund, "Their project", NOW))
    assert of_use(charge.use_id or 0).total_units == 10_000
    if after == "corrected":
        lasts(charge, 1)
    confirmed(scene, charge)
    again = of_use(charge.use_id or 0)
    expected = 10_000 if after == "confirmed" else 4_000
    assert (again.id, again.total_units, again.state) == (charge.id, expected, "posted")
    assert {fund: units for (kind, _, fund), units in balances().items() if kind == "fund"} == {
        other.id: expected
    }


def test_the_hold_stays_until_it_is_posted(scene: Scene) -> None:
    charge = drafted(scene)
    hold = FundHold(
        fund_id=scene.grant.id, thing_kind="reservation", thing_id=charge.reservation_id, amount_units=12_000,
        person_id=scene.student.id, state="pending", made_at=NOW,
    )  # fmt: skip
    db.session.add(hold)
    db.session.commit()
    number = hold.id

    def held() -> str:
        return db.session.scalars(select(FundHold.state).where(FundHold.id == number)).one()

    lowered(scene, charge)
    assert held() == "pending"
    confirmed(scene, charge)
    assert (held(), spent(scene)) == ("posted", 10_000)


@pytest.mark.parametrize("gone", ["void", "running"])
def test_a_use_that_is_undone_takes_all_of_it_along(scene: Scene, gone: str) -> None:
    charge = drafted(scene)
    lowered(scene, charge)
    more = {"ended_at": None, "ended_by": None} if gone == "running" else {}
    change(charge.use_id, state=gone, **more)
    charge_all()
    assert db.session.scalars(select(Charge)).all() == []
    assert db.session.scalars(select(Dispute)).all() == []


def test_posted_into_an_open_month_where_its_own_was_closed_meanwhile(scene: Scene) -> None:
    charge = drafted(scene)
    lowered(scene, charge)
    db.session.add(ClosedMonth(institution_id=scene.house.id, month="2027-02", closed_at=NOW))
    db.session.commit()
    confirmed(scene, charge)
    again = of_use(charge.use_id or 0)
    assert (again.id, again.month, again.total_units, again.state) == (charge.id, "2027-03", 10_000, "posted")


@pytest.mark.parametrize("decision", ["upheld", "withdrawn"])
def test_what_takes_nothing_off_leaves_the_draft(scene: Scene, decision: str) -> None:
    charge = drafted(scene)
    number = raised(scene, charge)
    if decision == "upheld":
        answered(scene, number, scene.manager)
    else:
        actor = scene.actor(scene.student)
        perform(lambda: withdraw(actor, number, None, NOW))
    assert (state(charge), charge.total_units) == ("draft", 12_000)


def test_the_use_changes_while_it_is_disputed(scene: Scene) -> None:
    charge = drafted(scene, hours=4)
    number = raised(scene, charge)
    lasts(charge, 3)
    answered(scene, number, scene.manager, "adjusted", less="20.00")
    assert (state(charge), charge.total_units) == ("draft", 22_000)
    charge_all()
    assert of_use(charge.use_id or 0).total_units == 16_000


def with_voucher(scene: Scene) -> dict[str, Any]:
    """A company whose voucher pays half of at most 300.00, and two wallets that pay the rest."""
    company = scene.world.institution(kind="company")
    user = scene.world.person(company)
    wallets = [scene.fund(company, creditor=scene.house) for _ in range(2)]
    voucher = ProgrammeRow(
        code="V", name_en="Voucher", currency="CNY", rate=5000, valid_from=date(2027, 1, 1), valid_to=date(2027, 12, 31),
        cap_per_order_units=30_000, lines=["time"],
    )  # fmt: skip
    db.session.add(voucher)
    db.session.commit()
    paying = [(wallets[0], "33.34", "company"), (wallets[1], "66.66", "company")]
    row = scene.reservation(hours=5, payers=paying, user=user)
    payer, half = (
        subsidizing.Payer(company.id, None, "company"),
        {voucher.id: Money(Decimal("300.00"), "CNY")},
    )
    perform(lambda: subsidizing.reserve(("reservation", row.id), payer, half, date(2027, 1, 20), NOW))
    return {"row": row, "user": user}


def test_programme_and_split_follow(scene: Scene) -> None:
    made = with_voucher(scene)
    use = scene.use(made["row"], **WAITING)
    charge_all()
    charge = of_use(use.id)
    assert shares(charge) == [("payer", 23_338), ("payer", 46_662), ("programme", 30_000)]
    number = raised(scene, charge, made["user"])
    answered(scene, number, scene.manager, "adjusted", less="600.00")
    expected = [("payer", 6_668), ("payer", 13_332), ("programme", 20_000)]
    db.session.refresh(charge)
    assert (charge.total_units, shares(charge)) == (40_000, expected)
    change(use.id)
    charge_all()
    assert shares(charge) == expected
    confirmed(scene, charge)
    assert (of_use(use.id).state, shares(charge)) == ("posted", expected)
    assert (differences(), sum(balances().values())) == ([], 0)


# --- Whatever the numbers ------------------------------------------------------------------------------------------------


@given(
    st.integers(2, 700), st.lists(st.integers(1, 9), min_size=1, max_size=3), st.lists(st.integers(1, 9000), max_size=3),
    st.lists(st.integers(1, 700), max_size=2),
)  # fmt: skip
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_add_up_and_reversing_restores_every_account(
    scene: Scene, minutes: int, weights: list[int], offs: list[int], lengths: list[int]
) -> None:
    before = balances()
    percents = [100 * weight // sum(weights) for weight in weights[1:]]
    funds = [scene.fund(scene.group, budget_units=10**9) for _ in weights]
    payers = [
        (fund, str(percent), "own_institution")
        for fund, percent in zip(funds, [100 - sum(percents), *percents], strict=True)
    ]
    start = MORNING + timedelta(days=next(DAYS))
    use = scene.use(scene.reservation(start, minutes / 60, payers), **WAITING)
    charge_all()
    off = 0
    for units in offs:
        charge = of_use(use.id)
        less = min(units, charge.total_units)
        if less:
            lowered(scene, charge, str(Money.from_units(less, "CNY").amount))
            off += less
    for length in lengths:
        end = start + timedelta(minutes=length)
        reported_so(use.id, ended_at=end)
        change(use.id, ended_at=end)
        charge_all()
    last = lengths[-1] if lengths else minutes
    confirmed(scene, of_use(use.id))
    charge = of_use(use.id)
    assert charge.state == "posted"
    assert charge.total_units == max(last * 100 - off, 0)
    assert (
        charge.total_units
        == sum(units for _, units in lines(charge))
        == sum(units for _, units in shares(charge))
    )
    assert all(units >= 0 for _, units in shares(charge))
    assert (differences(), sum(balances().values())) == ([], 0)
    change(use.id, state="void", confirmed_at=None, confirmed_by_id=None)
    charge_all()
    assert balances() == before
