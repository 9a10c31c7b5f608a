"""What is taken off a draft counts towards the limit of one person, and is told on pages, to programs and in notices."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.charges import by_hand
from instruments.charges.alone import changed_alone
from instruments.charges.dispute_models import ChargingSettings, Dispute
from instruments.charges.models import Charge
from instruments.charges.naming_many import name_only_funds
from instruments.charges.tasks import charge_all
from instruments.charges.waiting_answers import waiting_answer
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Forbidden
from instruments.journal.models import JournalEntry
from instruments.notices import tasks as notices
from instruments.notices.models import Notice
from instruments.usage.amending import take_back_confirmation
from tests.charges.drafts import (
    change,
    confirmed,
    drafted,
    in_the_books,
    lasts,
    lowered,
    of_use,
    shares,
)
from tests.charges.scene import HOUR, Scene
from tests.charges.test_api import asking
from tests.charges.test_disputing import answered, raised, state
from tests.charges.test_feeing import START, cancelled, fees
from tests.conftest import NOW
from tests.rates.pricing_world import price, published
from tests.world import World, sign_in


@pytest.fixture
def scene(world: World, now: object) -> Scene:
    return Scene(world)


# --- The limit of one person ---------------------------------------------------------------------------------------------


@pytest.fixture
def limited(scene: Scene) -> Scene:
    """One person alone may change 20.00 of a charge."""
    db.session.add(ChargingSettings(institution_id=scene.house.id, second_above_units=2_000))
    db.session.commit()
    return scene


@pytest.mark.parametrize(
    ("answers", "waiting"),
    [
        (["20.00"], [False]),
        (["20.01"], [True]),
        (["15.00", "5.00"], [False, False]),
        (["15.00", "5.01"], [False, True]),
    ],
)
def test_what_one_person_takes_off_a_draft_counts(
    limited: Scene, answers: list[str], waiting: list[bool]
) -> None:
    charge = drafted(limited)
    numbers = [lowered(limited, charge, less) for less in answers]
    assert [waiting_answer(number) is not None for number in numbers] == waiting


@pytest.mark.parametrize("between", ["nothing", "corrected", "taken back"])
def test_it_counts_for_what_becomes_of_the_draft(limited: Scene, between: str) -> None:
    charge = drafted(limited)
    lowered(limited, charge, "15.00")
    confirmed(limited, charge)
    if between == "corrected":
        lasts(charge, 1)
    if between == "taken back":
        actor, use = limited.actor(limited.manager), charge.use_id or 0
        perform(lambda: take_back_confirmation(actor, use, None, NOW + timedelta(seconds=5)))
        charge_all()
        charge_all()
    again = of_use(charge.use_id or 0)
    assert changed_alone(again.id) == 1_500
    assert waiting_answer(lowered(limited, again, "5.01")) is not None


def test_a_second_person_agrees_about_a_draft(limited: Scene) -> None:
    charge = drafted(limited)
    number = lowered(limited, charge, "50.00")
    waiting = waiting_answer(number)
    for person in (limited.manager, limited.student):
        actor = limited.actor(person)
        with pytest.raises(Forbidden):
            perform(partial(by_hand.approve, actor, waiting.id, NOW))
    second = limited.actor(limited.finance)
    assert perform(lambda: by_hand.approve(second, waiting.id, NOW)) == charge.id
    assert (state(charge), charge.total_units, in_the_books()) == ("draft", 7_000, 0)
    kept = db.session.get_one(Dispute, number)
    assert (kept.decided_by_id, kept.agreed_by_id) == (limited.manager.id, limited.finance.id)
    assert (kept.less_units, kept.result_id, waiting_answer(number)) == (5_000, charge.id, None)
    # What two agreed to does not count, before it is posted and after.
    assert changed_alone(charge.id) == 0
    confirmed(limited, charge)
    assert (of_use(charge.use_id or 0).total_units, changed_alone(charge.id)) == (7_000, 0)
    detail = db.session.scalars(
        select(JournalEntry.detail).where(JournalEntry.deed == "dispute.adjusted")
    ).one()
    assert (detail["units"], detail["proposed_by_id"], detail["stays_draft"]) == (
        5_000,
        limited.manager.id,
        True,
    )


def test_a_second_person_refuses_or_the_use_is_undone(limited: Scene) -> None:
    charge = drafted(limited)
    number = lowered(limited, charge, "50.00")
    second, waiting = limited.actor(limited.finance), waiting_answer(number).id
    perform(lambda: by_hand.refuse(second, waiting, "Too much", NOW))
    assert (state(charge), charge.total_units) == ("disputed", 12_000)
    answered(limited, number, limited.manager, "adjusted", less="50.00")
    change(charge.use_id, state="void")
    charge_all()
    assert state(charge) == "disputed"
    waiting = waiting_answer(number).id
    perform(lambda: by_hand.approve(second, waiting, NOW))
    charge_all()
    assert db.session.scalars(select(Charge)).all() == []


# --- Fees of which nobody knows yet who pays -----------------------------------------------------------------------------


def test_a_fee_without_a_payer_is_posted_for_less_once_one_is_named(scene: Scene) -> None:
    scene.version = published(
        scene.instrument,
        date(2027, 1, 1),
        prices=[price("own_institution", 5000)],
        late_percent=Decimal(50),
        free_hours=24,
    )
    row = scene.reservation(start=START, payers=[])
    cancelled(scene, row, START - HOUR)
    assert fees() == [("late", 5_000)]
    charge = db.session.scalars(select(Charge)).one()
    lowered(scene, charge, "20.00")
    assert (state(charge), charge.total_units, shares(charge)) == ("draft", 3_000, [])
    actor, lab = scene.actor(scene.manager), scene.lab.id
    perform(lambda: name_only_funds(actor, lab, NOW))
    assert (state(charge), charge.total_units, shares(charge)) == ("posted", 3_000, [("payer", 3_000)])


# --- What is said of it --------------------------------------------------------------------------------------------------


def test_pages_say_what_was_taken_off_by_whom_and_why(limited: Scene, client: FlaskClient) -> None:
    charge = drafted(limited)
    one, number = f"/charges/{charge.id}", raised(limited, charge)
    page = sign_in(client, limited.manager).get(one).text
    assert "It stays not final, with so much less" in page
    form = {"dispute": str(number), "decision": "adjusted", "less": "50.00", "reason": "The pump"}
    client.post(f"{one}/answer", data=form)
    waiting = waiting_answer(number).id
    sign_in(client, limited.finance)
    assert "Agree and post" not in client.get(f"/charges/{waiting}").text
    done = client.post(f"/charges/{waiting}/approve", follow_redirects=True)
    assert "Agreed. The charge is not final yet." in done.text
    page = sign_in(client, limited.student).get(one).text
    for said in (
        "Less by CNY 50.00: The pump", "CNY 50.00 less, off the whole charge", "Why CNY 70.00", limited.manager.name_en,
        f"agreed: {limited.finance.name_en}", "It is posted when the lab confirms the use.",
    ):  # fmt: skip
        assert said in page, said
    confirmed(limited, charge)
    lasts(charge, 1)
    again = of_use(charge.use_id or 0)
    page = client.get(f"/charges/{again.id}").text
    for said in (
        "Taken off after disputes",
        "The pump",
        limited.manager.name_en,
        f"agreed: {limited.finance.name_en}",
    ):
        assert said in page, said
    page = client.get(f"/charges/{again.id}?lang=zh").text
    assert "因异议减免" in page and "减少" in page


def test_programs_are_told(scene: Scene, client: FlaskClient) -> None:
    charge = drafted(scene)
    raised(scene, charge)
    lab, student = asking(scene, client, scene.manager), asking(scene, client, scene.student)
    _, told, tag = lab("GET", f"/charges/{charge.id}")
    assert told["disputes"][0]["at_most"] == "120.00"
    wanted = {"decision": "adjusted", "less": "20.00", "reason": "The pump"}
    status, told, _ = lab("POST", f"/charges/{charge.id}/answer", wanted, tag)
    assert (status, told["state"], told["amount"]) == (200, "draft", "100.00")
    one = told["disputes"][0]
    assert (one["result_id"], one["less"], one["at_most"], one["line_kind"]) == (
        charge.id,
        "20.00",
        None,
        None,
    )
    assert (one["decided_by"]["id"], one["agreed_by"]) == (scene.manager.id, None)
    confirmed(scene, charge)
    lasts(charge, 1)
    _, told, _ = student("GET", f"/charges/{of_use(charge.use_id or 0).id}")
    [off] = told["taken_off"]
    assert (off["charge_id"], off["amount"], off["reason"], told["amount"]) == (
        charge.id,
        "20.00",
        "The pump",
        "40.00",
    )
    assert off["decided_by"]["name_en"] == scene.manager.name_en
    # What is posted was not lessened itself.
    lowered(scene, of_use(charge.use_id or 0), "1.00")
    assert len(student("GET", f"/charges/{told['id']}")[1]["taken_off"]) == 1


def test_whoever_disputed_is_told_that_it_is_not_final(scene: Scene) -> None:
    lowered(scene, drafted(scene))
    notices.follow()
    asked = select(Notice.said, Notice.detail).where(Notice.person_id == scene.student.id)
    [(said, detail)] = db.session.execute(asked.where(Notice.kind == "charges.answered"))
    assert (said, detail["units"], detail["currency"]) == ("adjusted_draft", 2_000, "CNY")
