"""Holds of funds: held, raised, released, expired, settled; what stands against them; and the races for the last sum."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.funds import books, choosing, holding, ledger
from instruments.funds.knowing import standings
from instruments.funds.ledger import AccountKey, Transfer
from instruments.funds.models import Fund, FundHold, FundPermit, FundUser
from instruments.funds.objecting import Place, Wish
from instruments.journal.models import JournalEntry
from instruments.money import Money
from instruments.people.models import Lab, Person, ResearchGroup
from instruments.people.rights import Role
from instruments.people.signing import actor_by_id
from tests.world import World

NOW = datetime(2027, 3, 1, tzinfo=UTC)
DAY = date(2027, 3, 2)


class Scene:
    """A group with its head and a student, whose grant of 1,000.00 everybody in the group may charge."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lab: Lab = world.lab()
        self.house = self.lab.institution
        self.head: Person = world.person(self.house)
        self.head_id = self.head.id
        self.group: ResearchGroup = world.group(self.house, self.head)
        self.student: Person = world.person(self.house, kind="student")
        world.grant(self.student, Role.MEMBER, self.group)
        self.fund: Fund = world.fund(self.group, budget_units=100_000, warn_percents=[80, 100])
        db.session.add(FundUser(fund_id=self.fund.id, given_at=NOW))
        db.session.commit()

    def wish(self, amount: str | Money | None = "100.00", **values: Any) -> Wish:
        """To pay so much for an instrument of the lab on the day."""
        place = Place(self.house.id, self.lab.id, frozenset({"030201"}))
        money = Money(Decimal(amount), "CNY") if isinstance(amount, str) else amount
        return Wish(**({"place": place, "day": DAY, "currency": "CNY", "amount": money} | values))

    def wanted(
        self, amount: str | Money = "100.00", number: int = 1, fund: Fund | None = None, **values: Any
    ) -> holding.Wanted:
        """The same as a hold for reservation `number`, of the grant, for the student."""
        actor = actor_by_id(self.student.id, NOW)
        assert actor is not None
        expires = values.pop("expires_at", None)
        return holding.Wanted(
            (fund or self.fund).id, ("reservation", number), actor, self.wish(amount, **values), expires
        )

    def hold(self, *wanted: holding.Wanted) -> list[int]:
        """Hold, as a door does."""

        def act() -> list[int]:
            holding.lock({each.fund_id for each in wanted})
            return holding.hold(wanted, NOW, self.head_id)

        return perform(act)

    def spend(self, amount: str, number: int = 1, key: str | None = None) -> None:
        """Post what reservation `number` cost, and settle its hold."""

        def act() -> None:
            holding.lock([self.fund.id])
            keys = self.keys()
            found = ledger.accounts(keys)
            spent, income = (found[key] for key in keys)
            units = Money(Decimal(amount), "CNY").units
            thing = ("charge", number)
            name = key or f"charge:{number}"
            ledger.post(
                [Transfer(spent, income, units, "charge", thing, name, self.student.id)], NOW, "2027-03"
            )
            holding.settle([("reservation", number)], [self.fund.id], NOW, None)

        perform(act)

    def keys(self) -> tuple[AccountKey, AccountKey]:
        """The account of the grant, and the income of the lab."""
        return (
            AccountKey("fund", self.house.id, "CNY", fund_id=self.fund.id),
            AccountKey("lab_income", self.house.id, "CNY", lab_id=self.lab.id),
        )

    def left(self) -> int | None:
        """What is left of the grant."""
        return standings([self.fund.id])[self.fund.id].left

    def told(self, deed: str) -> list[dict[str, Any]]:
        """What the journal says of a deed on the grant."""
        found = select(JournalEntry.detail).where(JournalEntry.deed == deed).order_by(JournalEntry.id)
        return list(db.session.scalars(found))

    def change(self, **values: Any) -> None:
        """Change the grant directly."""
        for name, value in values.items():
            setattr(self.fund, name, value)
        db.session.commit()


@pytest.fixture
def scene(world: World) -> Scene:
    """A group with a grant."""
    return Scene(world)


def codes(act: Callable[[], object]) -> list[str]:
    """The reasons for which an act is refused."""
    with pytest.raises(Refusal) as refused:
        act()
    return [reason.code for reason in refused.value.reasons]


def test_a_hold_is_held_until_it_is_released_and_again_changes_nothing(scene: Scene) -> None:
    scene.hold(scene.wanted("400.00"))
    assert scene.left() == 60_000
    assert perform(lambda: holding.release([("reservation", 1)], NOW, scene.head.id)) == 1
    assert perform(lambda: holding.release([("reservation", 1)], NOW, scene.head.id)) == 0
    assert (scene.left(), len(scene.told("fund.held")), len(scene.told("fund.released"))) == (100_000, 1, 1)


def test_the_missing_sum_is_named(scene: Scene) -> None:
    scene.hold(scene.wanted("950.00"))
    with pytest.raises(Refusal) as refused:
        scene.hold(scene.wanted("60.00", 2))
    (reason,) = refused.value.reasons
    assert (reason.code, reason.field) == ("fund_short", "fund_id")
    assert (reason.values["rest"], reason.values["missing"]) == (
        Money(Decimal("50.00"), "CNY"), Money(Decimal("10.00"), "CNY"),
    )  # fmt: skip


def test_several_holds_are_weighed_together_all_or_none(scene: Scene) -> None:
    assert codes(lambda: scene.hold(scene.wanted("600.00"), scene.wanted("600.00", 2))) == ["fund_short"]
    assert scene.left() == 100_000
    scene.hold(scene.wanted("600.00"), scene.wanted("400.00", 2))
    assert scene.left() == 0


def test_what_costs_nothing_holds_nothing(scene: Scene) -> None:
    assert scene.hold(scene.wanted("0.00")) == [0]


@pytest.mark.parametrize(
    ("fund", "wish", "expected"),
    [
        ({"valid_from": date(2027, 3, 3)}, {}, ["fund_not_yet"]),
        ({"valid_to": date(2027, 3, 1)}, {}, ["fund_over"]),
        ({"valid_to": DAY}, {}, []),
        ({"state": "blocked", "blocked_why": "Audit"}, {}, ["fund_blocked"]),
        ({"overdrawn": True}, {}, ["fund_overdrawn"]),
        ({}, {"currency": "EUR", "amount": Money(Decimal("1.00"), "EUR")}, ["fund_currency"]),
        ({"valid_to": date(2027, 3, 1), "state": "blocked"}, {"amount": Money(Decimal("1000.01"), "CNY")},
         ["fund_blocked", "fund_over", "fund_short"]),
    ],
)  # fmt: skip
def test_every_reason_at_once(
    scene: Scene, fund: dict[str, Any], wish: dict[str, Any], expected: list[str]
) -> None:
    scene.change(**fund)
    if expected:
        assert codes(lambda: scene.hold(scene.wanted(**wish))) == expected
    else:
        scene.hold(scene.wanted(**wish))


def test_a_person_is_held_to_their_own_limit_and_day(scene: Scene) -> None:
    mine = FundUser(fund_id=scene.fund.id, person_id=scene.student.id, limit_units=15_000, given_at=NOW)
    db.session.add(mine)
    db.session.commit()
    scene.hold(scene.wanted("100.00"))
    assert codes(lambda: scene.hold(scene.wanted("50.01", 2))) == ["fund_limit"]
    scene.spend("100.00")
    assert codes(lambda: scene.hold(scene.wanted("50.01", 2))) == ["fund_limit"]
    scene.hold(scene.wanted("50.00", 2))
    db.session.get(FundUser, mine.id).ends_on = date(2027, 3, 1)
    db.session.commit()
    assert codes(lambda: scene.hold(scene.wanted("0.01", 3))) == ["fund_right_over", "fund_limit"]


def test_who_is_not_in_the_group_may_not_charge(scene: Scene) -> None:
    scene.student = scene.world.person(scene.house)
    assert codes(lambda: scene.hold(scene.wanted())) == ["no_fund"]
    # Nor is told what is left of it; elsewhere not even its name.
    assert codes(lambda: scene.hold(scene.wanted("99999999.00"))) == ["no_fund"]
    scene.student = scene.world.person(scene.world.institution())
    with pytest.raises(Refusal) as refused:
        scene.hold(scene.wanted("99999999.00"))
    assert [reason.message for reason in refused.value.reasons] == ["There is no such fund."]


def test_a_fund_pays_only_for_what_is_allowed_on_it(scene: Scene) -> None:
    other = scene.world.lab()
    db.session.add(FundPermit(fund_id=scene.fund.id, lab_id=other.id))
    db.session.add(FundPermit(fund_id=scene.fund.id, line_kind="time"))
    db.session.commit()
    wanted = scene.wanted(lines=frozenset({"time", "add_on"}))
    assert codes(lambda: scene.hold(wanted)) == ["fund_not_here", "fund_lines"]
    db.session.add(FundPermit(fund_id=scene.fund.id, class_code=None, institution_id=scene.house.id))
    db.session.commit()
    scene.hold(scene.wanted(lines=frozenset({"time"})))


def test_a_wallet_pays_only_at_its_creditor(scene: Scene) -> None:
    wallet = scene.world.fund(scene.house, scene.student, creditor=scene.world.institution())
    assert codes(lambda: scene.hold(scene.wanted("0.01", fund=wallet))) == ["fund_elsewhere", "fund_short"]


def test_a_raised_hold_replaces_the_first_even_of_a_fund_blocked_since(scene: Scene) -> None:
    scene.hold(scene.wanted("900.00"))
    scene.change(state="blocked")

    def raised(amount: str) -> int:
        return perform(lambda: holding.raise_to(scene.wanted(amount), NOW, None))

    assert codes(lambda: raised("1000.01")) == ["fund_short"]
    second = raised("1000.00")
    assert scene.left() == 0
    assert db.session.get(FundHold, second).replaces_id is not None
    raised("10.00")
    assert scene.left() == 99_000


def test_settled_a_hold_is_posted_and_what_is_left_counts_what_it_cost(scene: Scene) -> None:
    scene.hold(scene.wanted("300.00"))
    scene.spend("250.00")
    assert scene.left() == 75_000
    assert db.session.scalar(select(FundHold.state)) == "posted"


def test_more_than_is_there_stands_in_full_and_blocks_the_fund_until_it_is_covered(scene: Scene) -> None:
    scene.hold(scene.wanted("300.00"))
    scene.spend("1000.01")
    db.session.refresh(scene.fund)
    assert (scene.fund.overdrawn, scene.left()) == (True, -1)
    assert codes(lambda: scene.hold(scene.wanted("0.01", 2))) == ["fund_overdrawn", "fund_short"]
    assert scene.told("fund.overdrawn")[0]["owner_ids"] == [scene.head.id]
    perform(lambda: _reverse_all(scene))
    db.session.refresh(scene.fund)
    assert (scene.fund.overdrawn, scene.left()) == (False, 100_000)
    assert len(scene.told("fund.covered")) == 1


def _reverse_all(scene: Scene) -> None:
    holding.lock([scene.fund.id])
    numbers = [row.id for row in books.of_thing(("charge", 1))]
    ledger.reverse(numbers, "Counted twice", NOW, "2027-03", scene.head.id)
    holding.settle([], [scene.fund.id], NOW, None)


def test_what_goes_back_goes_to_the_same_fund_even_when_it_is_over(scene: Scene) -> None:
    scene.spend("200.00")
    scene.change(valid_to=date(2027, 3, 1), state="closed", closed_at=NOW)
    perform(lambda: _reverse_all(scene))
    assert scene.left() == 100_000


def test_owners_are_warned_once_at_each_threshold(scene: Scene) -> None:
    scene.hold(scene.wanted("799.99"))
    assert scene.told("fund.warned") == []
    scene.hold(scene.wanted("0.01", 2))
    scene.hold(scene.wanted("10.00", 3))
    assert [each["percent"] for each in scene.told("fund.warned")] == [80]
    scene.hold(scene.wanted("190.00", 4))
    assert [each["percent"] for each in scene.told("fund.warned")] == [80, 100]
    perform(lambda: holding.release([("reservation", 1)], NOW, None))
    scene.hold(scene.wanted("799.99", 5))
    assert [each["percent"] for each in scene.told("fund.warned")] == [80, 100, 100]


def test_holds_expire_at_their_time(scene: Scene) -> None:
    scene.hold(scene.wanted("1.00", expires_at=NOW + timedelta(minutes=15)), scene.wanted("2.00", 2))
    assert perform(lambda: holding.expire(NOW + timedelta(minutes=14))) == 0
    assert perform(lambda: holding.expire(NOW + timedelta(minutes=15))) == 1
    assert scene.left() == 99_800


def test_the_choices_of_a_person_say_what_is_left_and_what_stands_against_them(scene: Scene) -> None:
    shut = scene.world.fund(scene.house, scene.student, state="blocked", blocked_why="Audit")
    scene.world.fund(scene.house, scene.head)
    scene.hold(scene.wanted("100.00"))
    actor = actor_by_id(scene.student.id, NOW)
    assert actor is not None
    found = choosing.funds_for(actor, scene.wish(None))
    assert [(each.fund.id, [reason.code for reason in each.why_not]) for each in found] == [
        (scene.fund.id, []),
        (shut.id, ["fund_blocked"]),
    ]
    assert (found[0].left, found[1].left) == (Money(Decimal("900.00"), "CNY"), None)


def test_of_many_who_want_the_last_sum_one_gets_it(app: Flask, scene: Scene) -> None:
    wanted = [scene.wanted("600.00", number) for number in range(1, 7)]
    gun, answers = threading.Barrier(len(wanted)), list[str]()

    def race(each: holding.Wanted) -> None:
        with app.app_context():
            gun.wait(30)
            try:
                scene.hold(each)
                answers.append("held")
            except Refusal as refusal:
                answers.append(refusal.reasons[0].code)
            db.session.remove()

    threads = [threading.Thread(target=race, args=(each,)) for each in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == ["fund_short"] * 5 + ["held"]
    db.session.rollback()
    assert scene.left() == 40_000
