"""Another fund afterwards: who may ask and who agrees, what it then costs, and that nothing gets lost on the way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from instruments.charges import by_hand, charging
from instruments.charges.dispute_models import ChargingSettings, FundChange
from instruments.charges.disputing import answer as answer_dispute
from instruments.charges.disputing import dispute
from instruments.charges.fund_changing import answer, ask
from instruments.charges.models import Charge, ChargeShare
from instruments.charges.waiting_for import waiting_for
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import NotFound, Refusal
from instruments.funds.models import Fund
from instruments.journal.models import JournalEntry
from instruments.money import Money
from instruments.notices import tasks
from instruments.notices.models import Notice
from instruments.people.models import Person
from instruments.people.rights import Role
from instruments.usage.models import InstrumentUse
from tests.charges.scene import Scene, balances
from tests.conftest import NOW
from tests.world import World, bearer, sign_in

WAITING = {"state": "waiting", "confirmed_at": None, "confirmed_by_id": None}


@pytest.fixture
def scene(world: World, now: object) -> Scene:
    return Scene(world)


@pytest.fixture
def second(scene: Scene) -> Fund:
    """Another grant of the student's own group."""
    return scene.fund(scene.group, budget_units=1_000_000, name_en="Second grant")


@pytest.fixture
def theirs(scene: Scene) -> tuple[Person, Fund]:
    """The head of another group of the house, and its grant."""
    head = scene.world.person(scene.house)
    return head, scene.fund(
        scene.world.group(scene.house, head), budget_units=1_000_000, name_en="Their grant"
    )


def asks(
    scene: Scene, who: Person, charge_id: int, fund: Fund | str, reason: str = "It is their project"
) -> int | None:
    """fund: or its code, which is all that is known of another's."""
    fund_id, code = (None, fund) if isinstance(fund, str) else (fund.id, "")
    actor = scene.actor(who)
    return perform(lambda: ask(actor, charge_id, fund_id, reason, NOW, code=code))[1]


def answers(
    scene: Scene, who: Person, charge_id: int, decision: str = "agreed", said: str = ""
) -> int | None:
    actor = scene.actor(who)
    return perform(lambda: answer(actor, charge_id, decision, said, NOW))


def codes(act: Any, *given: Any) -> list[str]:
    with pytest.raises(Refusal) as refused:
        act(*given)
    db.session.rollback()
    return [reason.code for reason in refused.value.reasons]


def paying(charge_id: int) -> list[tuple[int | None, int]]:
    share = ChargeShare
    asked = (
        select(share.fund_id, share.amount_units).where(share.charge_id == charge_id).order_by(share.position)
    )
    return [tuple(row) for row in db.session.execute(asked)]


def spent() -> dict[int | None, int]:
    db.session.expire_all()
    return {fund: units for (kind, _, fund), units in balances().items() if kind == "fund"}


def test_what_cannot_be_asked(scene: Scene, second: Fund, theirs: tuple[Person, Fund]) -> None:
    charge = scene.charged().id
    stranger = scene.partner()[0]
    with pytest.raises(NotFound):
        asks(scene, stranger, charge, second)
    db.session.rollback()
    with pytest.raises(Refusal) as refused:
        asks(scene, theirs[0], charge, theirs[1])
    assert refused.value.status == 404
    db.session.rollback()
    assert codes(asks, scene, scene.student, charge, second, "") == ["no_reason"]
    # A fund that neither knows is none, of elsewhere or of the house.
    for fund in (scene.partner()[1], theirs[1]):
        assert codes(asks, scene, scene.student, charge, fund) == ["no_fund"]
    assert codes(asks, scene, scene.student, charge, "x" * 61) == ["too_long"]
    assert codes(asks, scene, scene.student, charge, "") == ["no_fund"]
    [(bears, _)] = paying(charge)
    assert codes(asks, scene, scene.student, charge, db.session.get_one(Fund, bears)) == ["same_fund"]
    small = scene.fund(scene.group, budget_units=5_000)
    assert codes(asks, scene, scene.head, charge, small) == ["fund_short"]
    actor = scene.actor(scene.student)
    perform(lambda: dispute(actor, charge, "Too long", None, NOW))
    assert codes(asks, scene, scene.student, charge, second) == ["disputed"]


def test_everything_against_agreeing_is_told_at_once(scene: Scene, theirs: tuple[Person, Fund]) -> None:
    charge = scene.charged().id
    asks(scene, scene.student, charge, theirs[1].code)
    db.session.get_one(Fund, theirs[1].id).budget_units = 5_000
    db.session.commit()
    assert codes(answers, scene, theirs[0], charge, "agreed", "x" * 501) == ["too_long", "fund_short"]
    assert codes(answers, scene, theirs[0], charge, "perhaps", "x" * 501) == ["too_long", "unknown_decision"]


def test_who_manages_the_fund_moves_it_at_once(scene: Scene, second: Fund) -> None:
    charge = scene.charged().id
    number = asks(scene, scene.head, charge, second)
    assert number not in (None, charge)
    assert paying(number) == [(second.id, 12_000)]
    assert spent() == {second.id: 12_000}
    states = db.session.execute(
        select(Charge.kind, Charge.state, Charge.corrects_id).order_by(Charge.id)
    ).all()
    assert [tuple(row) for row in states] == [
        ("use", "reversed", None), ("reversal", "posted", None), ("use", "posted", charge),
    ]  # fmt: skip


def test_anothers_fund_needs_consent(scene: Scene, theirs: tuple[Person, Fund]) -> None:
    charge, (head, fund) = scene.charged().id, theirs
    assert asks(scene, scene.student, charge, fund.code) is None
    assert spent() == {scene.grant.id: 12_000}
    assert waiting_for(scene.actor(head)).funds == (charge,)
    assert codes(asks, scene, scene.student, charge, fund.code) == ["asked"]
    assert codes(answers, scene, scene.student, charge, "agreed") == ["not_manager"]
    assert codes(answers, scene, head, charge, "refused", "") == ["no_reason"]
    number = answers(scene, head, charge)
    assert spent() == {fund.id: 12_000}
    assert waiting_for(scene.actor(head)).funds == ()
    assert db.session.scalars(select(FundChange.result_id)).all() == [number]
    deeds = select(JournalEntry.deed).where(JournalEntry.deed.startswith("fund_change"))
    assert db.session.scalars(deeds.order_by(JournalEntry.id)).all() == [
        "fund_change.asked",
        "fund_change.agreed",
    ]
    tasks.follow()
    told = (
        select(Notice.person_id, Notice.kind)
        .where(Notice.kind.startswith("charges.fund"))
        .order_by(Notice.id)
    )
    assert [tuple(row) for row in db.session.execute(told)] == [
        (head.id, "charges.fund_asked"), (scene.student.id, "charges.fund_answered"),
    ]  # fmt: skip


def test_refused_or_taken_back_nothing_changes(scene: Scene, theirs: tuple[Person, Fund]) -> None:
    charge, (head, fund) = scene.charged().id, theirs
    asks(scene, scene.student, charge, fund.code)
    assert answers(scene, head, charge, "refused", "Not ours") is None
    with pytest.raises(NotFound):
        answers(scene, head, charge)
    db.session.rollback()
    asks(scene, scene.student, charge, fund.code)
    assert answers(scene, scene.student, charge, "refused") is None
    assert spent() == {scene.grant.id: 12_000}


@pytest.mark.parametrize("named", ["known", "unknown"])
def test_of_a_code_nothing_is_told_but_to_whoever_manages_it(
    scene: Scene, theirs: tuple[Person, Fund], client: FlaskClient, named: str
) -> None:
    """Asked, refused or taken back: what is not there is answered as what is."""
    charge, (head, fund) = scene.charged().id, theirs
    code = fund.code if named == "known" else "NO-SUCH-1"
    assert asks(scene, scene.student, charge, code.lower()) is None
    assert waiting_for(scene.actor(head)).funds == ((charge,) if named == "known" else ())
    tasks.follow()
    asked = select(Notice.person_id, Notice.said).where(Notice.kind.startswith("charges.fund"))
    told = [tuple(row) for row in db.session.execute(asked)]
    assert told == ([(head.id, "asked_code")] if named == "known" else [])
    token = bearer(scene.world.token(scene.student, "money:read"))
    page = sign_in(client, scene.student).get(f"/charges/{charge}", headers={"Accept-Language": "en"}).text
    assert code.lower() in page and "Their grant" not in page
    [change] = client.get(f"/api/v1/charges/{charge}", headers=token).json["fund_changes"]
    assert (change["fund_id"], change["code"], change["state"]) == (None, code.lower(), "asked")
    if named == "known":
        answers(scene, head, charge, "refused", "Not ours")
    else:
        answers(scene, scene.student, charge, "refused")
    assert "Their grant" not in client.get(f"/charges/{charge}", headers={"Accept-Language": "en"}).text
    tasks.follow()
    details = [str(row.detail) for row in db.session.query(Notice).filter_by(person_id=scene.student.id)]
    assert all("scope" not in detail or "'lab'" in detail for detail in details)


def test_agreed_it_is_known_by_its_name(
    scene: Scene, theirs: tuple[Person, Fund], client: FlaskClient
) -> None:
    charge, (head, fund) = scene.charged().id, theirs
    asks(scene, scene.student, charge, fund.code)
    answers(scene, head, charge)
    assert db.session.scalars(select(FundChange.fund_id)).all() == [fund.id]


def test_a_short_fund_cannot_be_agreed_to(scene: Scene, theirs: tuple[Person, Fund]) -> None:
    charge, (head, fund) = scene.charged().id, theirs
    fund.budget_units = 100
    db.session.commit()
    # Who asks is not told how much a fund has that is not theirs.
    assert asks(scene, scene.student, charge, fund.code) is None
    assert codes(answers, scene, head, charge) == ["fund_short"]


def test_what_waits_for_a_second_person_is_decided_first(scene: Scene, second: Fund) -> None:
    db.session.add(ChargingSettings(institution_id=scene.house.id, second_above_units=0))
    charge, manager = scene.charged().id, scene.actor(scene.manager)
    perform(lambda: by_hand.enter(manager, charge, "waiver", Money(Decimal("30.00"), "CNY"), "A course", NOW))
    assert codes(asks, scene, scene.head, charge, second) == ["waits"]


def test_each_payer_pays_its_own_class(scene: Scene) -> None:
    charge = scene.charged().id
    head, fund = scene.partner()
    scene.world.grant(head, Role.FUND_DELEGATE, scene.group)
    number = asks(scene, head, charge, fund)
    assert paying(number) == [(fund.id, 18_000)]
    assert db.session.get(Charge, number).customer_class == "partner"


def test_a_draft_changes_its_fund_freely_and_stays_one(scene: Scene, second: Fund) -> None:
    use = scene.use(scene.reservation(), **WAITING)
    prepared = charging.prepare(charging.to_draft())
    db.session.rollback()
    perform(lambda: charging.charge(prepared, NOW))
    charge = db.session.scalars(select(Charge.id)).one()
    assert asks(scene, scene.student, charge, second) == charge
    assert paying(charge) == [(second.id, 12_000)] and spent() == {}
    db.session.execute(
        update(InstrumentUse)
        .where(InstrumentUse.id == use.id)
        .values(state="confirmed", confirmed_at=NOW, confirmed_by_id=scene.manager.id, version=2)
    )
    db.session.commit()
    assert scene.charge() == [charge]
    assert spent() == {second.id: 12_000}


def test_a_later_correction_keeps_the_fund(scene: Scene, second: Fund) -> None:
    charge = scene.charged()
    asks(scene, scene.head, charge.id, second)
    db.session.execute(update(InstrumentUse).values(version=InstrumentUse.version + 1, operator_minutes=0))
    db.session.commit()
    assert scene.charge() == []
    assert spent() == {second.id: 12_000}


def test_what_was_taken_off_and_waived_moves_along(scene: Scene, second: Fund) -> None:
    charge = scene.charged().id
    student, manager = scene.actor(scene.student), scene.actor(scene.manager)
    raised = perform(lambda: dispute(student, charge, "Too long", None, NOW))
    less = Money(Decimal("20.00"), "CNY")
    lower = perform(lambda: answer_dispute(manager, raised, "adjusted", "The pump", less, None, NOW))
    perform(lambda: by_hand.enter(manager, lower, "waiver", Money(Decimal("30.00"), "CNY"), "A course", NOW))
    number = asks(scene, scene.head, lower, second)
    assert db.session.get(Charge, number).total_units == 10_000
    assert spent() == {second.id: 7_000}
    waived = select(Charge.total_units, Charge.reason).where(Charge.about_id == number)
    assert [tuple(row) for row in db.session.execute(waived)] == [(-3_000, "A course")]
