"""What is entered by hand, with a second person above the limit; and giving uses what they lack to be charged."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from instruments.charges import by_hand, naming
from instruments.charges.dispute_models import ChargingSettings
from instruments.charges.models import Charge, ChargeMissing, ChargeShare
from instruments.charges.reversing import take_back
from instruments.charges.settings import lock_books
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Forbidden, NotFound, Refusal
from instruments.money import Money
from instruments.people.models import Person
from tests.charges.scene import Scene, balances
from tests.charges.test_subsidies import charged_with_voucher
from tests.conftest import NOW
from tests.world import World, sign_in


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


def enter(
    scene: Scene, charge: Charge, kind: str, amount: str, by: Person | None = None, reason: str = "Leak"
) -> int:
    actor, number = scene.actor(by or scene.manager), charge.id
    money = Money(Decimal(amount), "CNY")
    return perform(lambda: by_hand.enter(actor, number, kind, money, reason, NOW))


def test_a_waiver_is_borne_by_the_lab_and_never_more_than_what_is_left(scene: Scene) -> None:
    charge = scene.charged()
    number = enter(scene, charge, "waiver", "100.00")
    waiver = db.session.get(Charge, number)
    assert (waiver.total_units, waiver.state, waiver.about_id) == (-10_000, "posted", charge.id)
    house, grant = scene.house.id, scene.grant.id
    assert balances() == {
        ("fund", house, grant): 2_000,
        ("waiver", house, None): 10_000,
        ("lab_income", house, None): -12_000,
    }
    with pytest.raises(Refusal) as refusal:
        enter(scene, charge, "credit", "20.01", reason="")
    assert [reason.code for reason in refusal.value.reasons] == ["no_reason", "too_much"]
    assert refusal.value.reasons[1].values["most"] == Money(Decimal("20.00"), "CNY")


def test_nobody_is_credited_what_a_programme_paid(scene: Scene) -> None:
    number, _, _ = charged_with_voucher(scene)
    charge = db.session.get(Charge, number)
    with pytest.raises(Refusal) as refusal:
        enter(scene, charge, "credit", "700.01")
    assert refusal.value.reasons[0].values["most"] == Money(Decimal("700.00"), "CNY")
    enter(scene, charge, "credit", "600.00")
    with pytest.raises(Refusal) as refusal:
        enter(scene, charge, "waiver", "100.01")
    assert [reason.code for reason in refusal.value.reasons] == ["too_much"]


def test_reversing_takes_what_lessened_it_along(scene: Scene) -> None:
    charge = scene.charged()
    enter(scene, charge, "waiver", "20.00")
    enter(scene, charge, "credit", "30.00")
    enter(scene, charge, "adjustment", "5.00")
    number, house = charge.id, scene.house.id

    def act() -> None:
        lock_books([house])
        take_back(number, "wrong", NOW, None)

    perform(act)
    assert balances() == {}


def test_above_the_limit_a_second_person_agrees(scene: Scene) -> None:
    db.session.add(ChargingSettings(institution_id=scene.house.id, second_above_units=1_000))
    charge = scene.charged()
    number, before = enter(scene, charge, "credit", "10.01"), balances()
    waiting = db.session.get(Charge, number)
    assert (waiting.state, waiting.waits_for_second) == ("draft", True)
    own, second = scene.actor(scene.manager), scene.actor(scene.finance)
    for actor, charge_id, why in (
        (own, number, "A second person has to agree, not who entered it."),
        (
            scene.actor(scene.student),
            number,
            "Somebody else has to agree, whose role allows changes of charges here; yours do not.",
        ),
        (second, charge.id, "Nothing that was entered here waits for a second person."),
    ):
        with pytest.raises(Forbidden) as refusal:
            perform(lambda actor=actor, charge_id=charge_id: by_hand.approve(actor, charge_id, NOW))
        assert refusal.value.reasons[0].message == why
    assert balances() == before
    perform(lambda: by_hand.approve(second, number, NOW))
    db.session.refresh(waiting)
    assert (waiting.state, waiting.approved_by_id) == ("posted", scene.finance.id)
    assert balances()["fund", scene.house.id, scene.grant.id] == 12_000 - 1_001
    other = enter(scene, charge, "credit", "20.00")
    perform(lambda: by_hand.refuse(second, other, "No", NOW))
    assert db.session.get(Charge, other) is None


@pytest.mark.parametrize(
    ("who", "kind"), [("student", "credit"), ("head", "credit"), ("manager", "write_off")]
)
def test_who_may_not(who: str, kind: str, scene: Scene) -> None:
    charge = scene.charged()
    with pytest.raises(Forbidden):
        enter(scene, charge, kind, "1.00", getattr(scene, who))
    with pytest.raises(NotFound):
        enter(scene, charge, kind, "1.00", scene.partner()[0])


def test_a_payer_is_named_and_the_use_charged(scene: Scene) -> None:
    use = scene.use(scene.reservation(payers=[]))
    assert scene.charge() == []
    actor, number, grant = scene.actor(scene.manager), use.id, scene.grant.id
    other = scene.partner()[1].id
    with pytest.raises(Refusal):
        perform(lambda: naming.name_payer(actor, number, 0, "fund", other, NOW))
    perform(lambda: naming.name_payer(actor, number, 0, "fund", grant, NOW))
    (charge,) = scene.charge()
    share = db.session.scalars(select(ChargeShare)).one()
    assert (share.charge_id, share.fund_id, share.customer_class) == (charge, grant, "own_institution")


def test_a_partner_without_a_fund_is_billed_itself(scene: Scene) -> None:
    head = scene.partner()[0]
    use = scene.use(scene.reservation(user=head, payers=[]))
    scene.charge()
    actor, number, home = scene.actor(scene.finance), use.id, head.institution_id
    perform(lambda: naming.name_payer(actor, number, 0, "institution", home, NOW))
    scene.charge()
    assert balances()["receivable", scene.house.id, None] == 18_000


def test_a_price_is_chosen_that_held_on_the_day(scene: Scene) -> None:
    use = scene.use(group_id=scene.group.id)
    scene.charge()
    assert db.session.scalars(select(ChargeMissing.codes)).one() == "no_version no_payer"
    actor, number, grant = scene.actor(scene.manager), use.id, scene.grant.id
    perform(lambda: naming.choose_price(actor, number, 0, "Nobody had set one", NOW))
    scene.charge()
    assert db.session.scalars(select(ChargeMissing.codes)).one() == "no_payer"
    perform(lambda: naming.name_payer(actor, number, 0, "fund", grant, NOW))
    assert len(scene.charge()) == 1


def test_another_lab_sees_nothing_to_name(scene: Scene) -> None:
    use = scene.use(scene.reservation(payers=[]))
    scene.charge()
    actor, number = scene.actor(scene.partner()[0]), use.id
    with pytest.raises(NotFound):
        perform(lambda: naming.choose_price(actor, number, 0, "x", NOW))


@pytest.mark.parametrize(
    ("kind", "amount", "asked"),
    [("adjustment", "120.00", ""), ("adjustment", "120.01", "1"), ("adjustment", "300.00", "2.5"),
     ("adjustment", "1000000.00", "8,333.3"), ("waiver", "120.00", "")],
)  # fmt: skip
def test_more_than_the_charge_is_asked_once(scene: Scene, kind: str, amount: str, asked: str) -> None:
    charge = scene.charged()
    assert charge.total_units == 12_000
    if not asked:
        enter(scene, charge, kind, amount)
        return
    with pytest.raises(Refusal) as refusal:
        enter(scene, charge, kind, amount)
    (reason,) = refusal.value.reasons
    assert (reason.code, reason.field, reason.values["times"]) == ("not_meant", "meant", asked)
    db.session.rollback()
    actor, number = scene.actor(scene.manager), charge.id
    money = Money(Decimal(amount), "CNY")
    made = perform(lambda: by_hand.enter(actor, number, kind, money, "Leak", NOW, meant=True))
    assert db.session.get(Charge, made).total_units == money.units


def test_the_page_asks_and_keeps_what_was_typed(scene: Scene, client) -> None:
    charge = scene.charged()
    address, form = f"/charges/{charge.id}", {"kind": "adjustment", "amount": "300.00", "reason": "Leak"}
    sign_in(client, scene.manager)
    assert "It is meant so" not in client.get(address).text
    asked = client.post(f"{address}/enter", data=form)
    assert asked.status_code == 422
    assert "That is 2.5 times the charge of CNY 120.00. Is it meant?" in asked.text
    assert "It is meant so" in asked.text and 'value="300.00"' in asked.text
    assert client.post(f"{address}/enter", data=form | {"meant": "1"}).status_code == 303
