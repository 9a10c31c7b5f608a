"""Uses without a reservation are priced and charged like reservations: walk-ups, devices' reports, runs for several."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.charges import charging, naming, tasks
from instruments.charges.lowering import disputed, lower
from instruments.charges.models import Charge, ChargeLine, ChargeMissing, ChargeShare
from instruments.charges.reversing import the_charge
from instruments.charges.settings import lock_books
from instruments.charges.worklist import unpriced
from instruments.database import db
from instruments.database.transactions import deed
from instruments.errors import Refusal
from instruments.funds.models import FundHold
from instruments.people.rights import Role
from instruments.rates.kept import reasons_from_json
from instruments.reservations.payment import from_fund
from instruments.reservations.price_models import ReservationPrice
from instruments.usage.amending import amend, take_back_confirmation
from instruments.usage.checking_in import check_in, undo_check_in
from instruments.usage.coming_late import confirm_anew, leave_as_it_is
from instruments.usage.confirming import confirm
from instruments.usage.correcting import say_who
from instruments.usage.countable import countable
from instruments.usage.facts import Customer, Run, UseFacts
from instruments.usage.finishing import finish
from instruments.usage.metering import Metered, Reporter, take
from instruments.usage.models import InstrumentUse, UseAmendment
from instruments.usage.running import record_run
from instruments.usage.walking_up import walk_up
from instruments.web.reasons import sentence
from tests.charges.scene import HOUR, MORNING, SINCE, Scene, balances
from tests.conftest import NOW
from tests.rates.pricing_world import price, published
from tests.rates.speaking import yuan
from tests.usage.desk import done, refused
from tests.world import World, bearer, sign_in

LATER = MORNING + 8 * HOUR
S = int(MORNING.timestamp())


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world).with_walk_ups()


def charges() -> list[tuple[int, int, int | None, str]]:
    """(customer, units, fund, class) of each charge."""
    db.session.rollback()
    charge, share = Charge, ChargeShare
    rows = db.session.execute(
        select(charge.customer, charge.total_units, share.fund_id, charge.customer_class)
        .join(share, share.charge_id == charge.id)
        .order_by(charge.use_id, charge.customer)
    )
    return [tuple(row) for row in rows]


def holds() -> list[tuple[str, int]]:
    db.session.rollback()
    return [(row.state, row.amount_units) for row in db.session.query(FundHold).order_by(FundHold.id)]


# --- Walk-ups


def test_a_walk_up_is_held_priced_and_charged_like_a_reservation(scene: Scene) -> None:
    student = scene.actor(scene.student)
    number = done(
        walk_up, student, scene.instrument.id, MORNING + 2 * HOUR, None, MORNING, from_fund(scene.grant.id)
    )
    assert holds() == [("pending", 12_000)]
    # What is published afterwards does not touch what has begun.
    published(scene.instrument, date(2027, 1, 1), prices=[price("own_institution", 100)])
    done(finish, student, number, None, MORNING + HOUR)
    done(confirm, scene.actor(scene.manager), number, UseFacts(), None, LATER)
    scene.charge(LATER)
    assert charges() == [(0, 6000, scene.grant.id, "own_institution")]
    assert holds() == [("posted", 12_000)]


def test_a_fund_that_cannot_pay_for_a_walk_up(scene: Scene) -> None:
    student, until = scene.actor(scene.student), MORNING + 2 * HOUR
    poor = scene.fund(scene.group, budget_units=11_999)
    asked = (student, scene.instrument.id, until, None, MORNING)
    assert refused(walk_up, *asked, from_fund(poor.id)) == ["fund_short"]
    _, strange = scene.partner()
    assert refused(walk_up, *asked, from_fund(strange.id)) == ["no_fund"]
    scene.world.rules(scene.lab, payer_named="when_booked")
    assert refused(walk_up, *asked) == ["payer_needed"]


def test_a_walk_up_taken_back_costs_nothing_and_holds_nothing(scene: Scene) -> None:
    student = scene.actor(scene.student)
    asked = (student, scene.instrument.id, MORNING + HOUR, None, MORNING, from_fund(scene.grant.id))
    number = done(walk_up, *asked)
    done(undo_check_in, student, number, None, MORNING + timedelta(minutes=3))
    assert holds() == [("voided", 6000)]
    assert scene.charge(LATER) == []


# --- Devices


def test_what_a_device_reported_is_charged_by_the_prices_of_its_start(scene: Scene) -> None:
    meter = Reporter("meter", "sensor", scene.manager.id, scene.house.id)
    [number] = done(take, Metered(scene.instrument.id, S, S + 3600, "measurement", "k"), meter, LATER)
    manager, student = scene.actor(scene.manager), scene.actor(scene.student)
    published(scene.instrument, date(2027, 1, 1), prices=[price("own_institution", 100)])
    _, strange = scene.partner()
    assert refused(say_who, manager, number, student, None, None, LATER, strange.id) == ["no_fund"]
    done(say_who, manager, number, student, None, None, LATER, scene.grant.id)
    done(confirm, manager, number, UseFacts(), None, LATER)
    scene.charge(LATER)
    assert charges() == [(0, 6000, scene.grant.id, "own_institution")]


# --- Runs


def run(scene: Scene, *customers: Customer, hours: float = 3, **facts: object) -> Run:
    mode = {"mode": "self"} | facts
    spans = ((S, S + int(hours * 3600)),)
    return Run(scene.instrument.id, spans, customers, UseFacts(**mode))  # type: ignore[arg-type]  # of the fields


def recorded(scene: Scene, made: Run) -> int:
    return int(done(record_run, scene.actor(scene.manager), made, LATER))


def test_each_customer_of_a_run_pays_as_their_own_class(scene: Scene) -> None:
    head, theirs = scene.partner()
    mine = Customer(person_id=scene.student.id, fund_id=scene.grant.id, samples=4)
    number = recorded(scene, run(scene, mine, Customer(person_id=head.id, fund_id=theirs.id, samples=2)))
    scene.charge(LATER)
    # Two hours at 60.00 of the own institution, one at 90.00 of the partner.
    assert charges() == [
        (0, 12_000, scene.grant.id, "own_institution"),
        (1, 9_000, theirs.id, "partner"),
    ]
    assert db.session.get_one(InstrumentUse, number).version_id == scene.version.id


def test_hours_are_divided_as_entered_before_samples(scene: Scene) -> None:
    halves = [
        Customer(group_id=scene.group.id, fund_id=scene.grant.id, samples=samples, share=Decimal(share))
        for samples, share in ((4, "0.5"), (2, "1"))
    ]
    recorded(scene, run(scene, *halves))
    scene.charge(LATER)
    assert [units for _, units, _, _ in charges()] == [6000, 12_000]


def test_samples_and_faults_of_a_run_fall_to_each_by_their_part(scene: Scene) -> None:
    sample = [price(each, 1000, "sample", code="s", position=1) for each in ("own_institution", "partner")]
    hour = [price("own_institution", 6000), price("partner", 9000)]
    published(scene.instrument, date(2027, 1, 1), prices=[*hour, *sample])
    head, theirs = scene.partner()
    mine = Customer(person_id=scene.student.id, fund_id=scene.grant.id, samples=4)
    other = Customer(person_id=head.id, fund_id=theirs.id, samples=2)
    recorded(scene, run(scene, mine, other, fault_minutes=90, fault_reason="Pump"))
    scene.charge(LATER)
    assert [units for _, units, _, _ in charges()] == [6000 + 4000, 4500 + 2000]


@pytest.mark.parametrize(
    ("shares", "how"),
    [
        ((None, None), ("divided by samples, 4 of 6", "divided by samples, 2 of 6")),
        (("1", "0.5"), ("divided as entered, 1 of 1.5", "divided as entered, 0.5 of 1.5")),
    ],
)
def test_each_line_says_which_part_of_the_run_it_is_and_the_minimum_is_divided(
    scene: Scene, shares, how
) -> None:
    least = price("own_institution", 5000, "minimum", position=1)
    published(scene.instrument, date(2027, 1, 1), prices=[price("own_institution", 6000), least])
    customers = [
        Customer(
            group_id=scene.group.id, fund_id=scene.grant.id, samples=samples, share=share and Decimal(share)
        )
        for samples, share in zip((4, 2), shares, strict=True)
    ]
    recorded(scene, run(scene, *customers, hours=0.5))
    scene.charge(LATER)
    assert [units for _, units, _, _ in charges()] == [3334, 1666]
    lines = db.session.query(ChargeLine).order_by(ChargeLine.charge_id, ChargeLine.position).all()
    assert [sentence(reasons_from_json(line.why)[1]) for line in lines if line.kind == "time"] == [
        f"2/3 of the run’s 30 min: {how[0]}.", f"1/3 of the run’s 30 min: {how[1]}.",
    ]  # fmt: skip
    assert [(line.kind, line.amount_units) for line in lines] == [
        ("time", 2000), ("minimum", 1334), ("time", 1000), ("minimum", 666),
    ]  # fmt: skip


def test_what_is_left_over_stays_where_it_is_when_a_charge_is_lowered(scene: Scene) -> None:
    published(scene.instrument, date(2027, 1, 1), prices=[price("own_institution", 1000)])
    three = [Customer(group_id=scene.group.id, fund_id=scene.grant.id, samples=1) for _ in range(3)]
    recorded(scene, run(scene, *three, hours=1))
    scene.charge(LATER)
    assert [units for _, units, _, _ in charges()] == [334, 333, 333]
    first = db.session.query(Charge).filter_by(customer=0).one().id
    with deed():
        lock_books([scene.house.id])
        row = the_charge(first)
        lower(row, disputed(row, None), yuan("1.00"), "The pump was slow", NOW, scene.manager.id)
    line = ChargeLine
    kept = select(line.amount_units).join(Charge, Charge.id == line.charge_id)
    kept = kept.where(Charge.corrects_id == first).order_by(line.position)
    assert db.session.scalars(kept).all() == [334, -100]


def test_samples_of_a_run_that_are_amended_are_divided_and_charged_anew(scene: Scene) -> None:
    prices = [price("own_institution", 6000), price("own_institution", 1000, "sample", code="s", position=1)]
    published(scene.instrument, date(2027, 1, 1), prices=prices)
    customers = [
        Customer(group_id=scene.group.id, fund_id=scene.grant.id, samples=samples) for samples in (4, 2)
    ]
    number = recorded(scene, run(scene, *customers))
    scene.charge(LATER)
    assert [units for _, units, _, _ in charges()] == [16_000, 8_000]
    done(amend, scene.actor(scene.manager), number, UseFacts(samples=9), "Three more", None, LATER)
    scene.charge(LATER)
    standing = db.session.query(Charge).filter_by(kind="use", state="posted").order_by(Charge.customer)
    assert [row.total_units for row in standing] == [18_000, 9_000]


@pytest.mark.parametrize(
    ("who", "fund", "code"),
    [
        ("person", {"budget_units": 17_999}, "fund_short"),
        ("person", {"valid_to": date(2027, 1, 31)}, "fund_over"),
        ("person", {"state": "blocked", "blocked_why": "Audit"}, "fund_blocked"),
        ("person", {"currency": "EUR"}, "fund_currency"),
        ("stranger", {}, "no_fund"),
    ],
)
def test_the_fund_of_a_customer_has_to_be_able_to_pay(scene: Scene, who: str, fund: dict, code: str) -> None:
    named = scene.fund(scene.group, **fund)
    person = scene.student if who == "person" else scene.world.person(scene.house)
    made = run(scene, Customer(person_id=person.id, fund_id=named.id))
    assert refused(record_run, scene.actor(scene.manager), made, LATER) == [code]
    assert db.session.query(InstrumentUse).count() == 0


def test_what_is_left_of_a_fund_is_told_only_to_who_may_see_it(scene: Scene) -> None:
    named = scene.fund(scene.group, budget_units=17_999)
    made = run(scene, Customer(person_id=scene.student.id, fund_id=named.id))
    scene.world.grant(scene.finance, Role.LAB_MANAGER, scene.lab)
    told = []
    for person in (scene.manager, scene.finance):
        with pytest.raises(Refusal) as caught:
            record_run(scene.actor(person), made, LATER)
        db.session.rollback()
        told.append({"rest", "missing"} <= set(caught.value.reasons[0].values))
    assert told == [False, True]


def test_one_fund_for_two_customers_has_to_bear_both(scene: Scene) -> None:
    named = scene.fund(scene.group, budget_units=17_999)
    twice = [Customer(person_id=scene.student.id, fund_id=named.id, samples=1) for _ in range(2)]
    made = run(scene, *twice)
    assert refused(record_run, scene.actor(scene.manager), made, LATER) == ["fund_short"]


def test_who_pays_for_a_customer_is_named_afterwards(scene: Scene) -> None:
    head, theirs = scene.partner()
    paid = Customer(person_id=scene.student.id, fund_id=scene.grant.id, samples=1)
    number = recorded(scene, run(scene, paid, Customer(group_id=theirs.group_id, samples=2)))
    scene.charge(LATER)
    assert [(row.customer, row.codes) for row in db.session.query(ChargeMissing)] == [(1, "no_payer")]
    manager = scene.actor(scene.manager)
    assert refused(naming.name_payer, manager, number, 1, "fund", scene.grant.id, NOW) == ["fund_not_theirs"]
    assert refused(naming.name_payer, manager, number, 1, "person", head.id, NOW) == ["not_alone"]
    done(naming.name_payer, manager, number, 1, "institution", theirs.owner_institution_id, NOW)
    assert charging.waiting(SINCE) == [number]
    scene.charge(LATER)
    assert [(customer, units) for customer, units, _, _ in charges()] == [(0, 6000), (1, 18_000)]
    assert charging.waiting(SINCE) == []


# --- Said anew


def test_the_customers_of_a_run_stand_on_one_page_of_the_worklist(scene: Scene) -> None:
    people = [scene.student, scene.partner()[0], scene.partner()[0]]
    number = recorded(scene, run(scene, *(Customer(person_id=each.id, samples=1) for each in people)))
    before, after = (
        scene.use(scene.reservation(MORNING + timedelta(days=days), payers=[])).id for days in (-2, 2)
    )
    scene.charge(LATER + timedelta(days=3))
    pages, place = [], None
    for _ in range(3):
        rows, place = unpriced(scene.lab.id, place, 1)
        pages.append([(row.use_id, row.customer) for row in rows])
    assert (pages, place) == ([[(before, 0)], [(number, each) for each in range(3)], [(after, 0)]], None)
    rows, place = unpriced(scene.lab.id, None, 2)
    assert ([row.use_id for row in rows], place and place.use_id) == ([before, *[number] * 3], number)


def test_what_was_confirmed_by_mistake_is_reversed_and_charged_again(scene: Scene) -> None:
    use = scene.use(scene.reservation(), confirmed_at=LATER)
    scene.charge(LATER)
    manager = scene.actor(scene.manager)
    assert refused(take_back_confirmation, scene.actor(scene.student), use.id, None, LATER) == ["forbidden"]
    late = LATER + timedelta(minutes=16)
    assert refused(take_back_confirmation, manager, use.id, None, late) == ["too_late_to_undo"]
    done(take_back_confirmation, manager, use.id, None, LATER + timedelta(minutes=1))
    assert refused(take_back_confirmation, manager, use.id, None, LATER) == ["not_confirmed"]
    tasks.charge_confirmed()
    assert balances() == {}
    done(confirm, manager, use.id, UseFacts(), None, LATER)
    tasks.charge_confirmed(SINCE)
    assert balances()["fund", scene.house.id, scene.grant.id] == 12_000


def test_what_is_reported_after_the_confirmation_is_charged_once_it_is_confirmed_anew(scene: Scene) -> None:
    manager = scene.actor(scene.manager)
    meter = Reporter("meter", "sensor", scene.manager.id, scene.house.id)
    left, counted = (
        scene.use(scene.reservation(MORNING + timedelta(days=day)), confirmed_at=LATER).id for day in (0, -2)
    )
    scene.charge(LATER)
    for number, day in ((left, 0), (counted, -2)):
        start = S + day * 86_400
        report = Metered(scene.instrument.id, start, start + 3 * 3600, "attended", f"k{number}")
        assert done(take, report, meter, LATER + HOUR) == [number]
    scene.charge(LATER + HOUR)
    done(leave_as_it_is, manager, left, "The pump ran on", None, LATER + HOUR)
    done(confirm_anew, manager, counted, None, LATER + HOUR)
    scene.charge(LATER + 2 * HOUR)
    rows = db.session.query(Charge).filter_by(kind="use").order_by(Charge.id)
    assert [(row.use_id, row.state, row.total_units) for row in rows] == [
        (left, "posted", 12_000), (counted, "reversed", 12_000), (counted, "posted", 18_000),
    ]  # fmt: skip


def test_samples_amended_with_a_reason_are_charged_anew(scene: Scene) -> None:
    prices = [price("own_institution", 6000), price("own_institution", 1000, "sample", code="s", position=1)]
    version = published(scene.instrument, date(2027, 1, 1), prices=prices)
    use = scene.use(scene.reservation(version_id=version.id), samples=2, confirmed_at=LATER)
    scene.charge(LATER)
    manager = scene.actor(scene.manager)
    assert refused(amend, manager, use.id, UseFacts(samples=-1), " ", None, LATER) == [
        "no_reason",
        "not_within",
    ]
    assert refused(amend, manager, use.id, UseFacts(samples=2), "Why not", None, LATER) == ["nothing"]
    done(amend, manager, use.id, UseFacts(samples=5), "Three more were found", None, LATER)
    scene.charge(LATER)
    standing = db.session.query(Charge).filter_by(kind="use", state="posted").one()
    assert (standing.total_units, standing.reason) == (17_000, "Three more were found")
    assert db.session.query(UseAmendment).one().changes == {"samples": [2, 5]}
    # What it was for moves no money: what is posted stays as it is.
    before, what_for = charges(), UseFacts(subject="150", project="P-1", trained_students=1)
    done(amend, manager, use.id, what_for, "From the order", None, LATER)
    assert (scene.charge(LATER), charges())[1] == before


def test_what_was_chosen_at_booking_is_counted_until_the_lab_says_otherwise(
    scene: Scene, client: FlaskClient
) -> None:
    prices = [
        price("own_institution", 6000), price("own_institution", 1000, "sample", code="s", position=1),
        price("own_institution", 300, "item", code="grid", position=2),
    ]  # fmt: skip
    version = published(scene.instrument, date(2027, 1, 1), prices=prices)
    reservation = scene.reservation(version_id=version.id)
    kept = db.session.get_one(ReservationPrice, reservation.id)
    kept.counts = {"s": "3", "grid": "2"}
    db.session.commit()
    number = done(check_in, scene.actor(scene.student), reservation.id, None, MORNING)
    assert [rate.code for rate in countable([number])[number]] == ["grid"]
    done(finish, scene.actor(scene.student), number, None, MORNING + HOUR)
    platform = scene.world.person(scene.house)
    scene.world.grant(platform, Role.PLATFORM_ADMINISTRATOR)
    for reader, is_told in ((platform, False), (scene.manager, True)):
        key = bearer(scene.world.token(reader, "usage:read"))
        (said,) = client.get(f"/api/v1/usage/{number}/record", headers=key).json["countable"]
        assert (said["code"], said["price"] is not None, said["currency"] is not None) == (
            "grid",
            is_told,
            is_told,
        )
        page = sign_in(client, reader).get(f"/uses/{number}").text
        assert 'name="count-grid"' in page
        assert ("3.00" in page) == is_told
    scene.charge(LATER)
    done(confirm, scene.actor(scene.manager), number, UseFacts(), None, LATER)
    scene.charge(LATER)
    assert [units for _, units, _, _ in charges()] == [6000 + 3000 + 600]
