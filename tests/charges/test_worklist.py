"""The worklist of what is not charged yet: uses and fees, filled singly and by rule, as pages and for programs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from instruments.charges.models import Charge, ChargeMissing
from instruments.charges.naming_many import PRICE_CODES
from instruments.charges.tasks import charge_all
from instruments.charges.worklist import how_many
from instruments.database import db
from instruments.funds.models import FundUser
from instruments.people.rights import Role
from instruments.rates.card import Card
from instruments.rates.counting import Use
from instruments.rates.pricing import without_price
from tests.charges.scene import HOUR, MORNING, Scene
from tests.charges.test_api import asking
from tests.charges.test_pages import get, post
from tests.world import World, sign_in

WAITING = {"state": "waiting", "confirmed_at": None, "confirmed_by_id": None}


@pytest.fixture
def scene(world: World, now: object) -> Scene:
    return Scene(world)


def states() -> list[tuple[str, str]]:
    db.session.expire_all()
    return [tuple(row) for row in db.session.execute(select(Charge.kind, Charge.state).order_by(Charge.id))]


def test_many_at_once_by_rule(scene: Scene, client: FlaskClient) -> None:
    for day in range(3):
        scene.use(scene.reservation(start=MORNING + timedelta(days=day), hours=1, payers=[]))
    for day in range(4, 6):
        scene.use(spans=[(MORNING + timedelta(days=day), MORNING + timedelta(days=day) + HOUR)])
    charge_all()
    address = f"/labs/{scene.lab.id}/charges/missing"
    page = get(client, scene.manager, address)
    assert "5 uses and fees lack something." in page and "Many at once, by a rule" in page
    assert "Say why." in post(client, scene.manager, f"{address}/prices", 422, all_reason="")
    post(client, scene.manager, f"{address}/payers")
    assert "3 charged. 2 still lack something else." in get(client, scene.manager, address)
    post(client, scene.manager, f"{address}/prices", all_reason="Nothing was published then")
    assert "2 charged." in get(client, scene.manager, address)
    assert states() == [("use", "posted")] * 5
    assert how_many([scene.lab.id]) == {}


def test_the_rule_names_nothing_where_there_is_a_choice(scene: Scene, client: FlaskClient) -> None:
    scene.fund(scene.group)
    for day in range(2):
        scene.use(scene.reservation(start=MORNING + timedelta(days=day), payers=[]))
    charge_all()
    address = f"/labs/{scene.lab.id}/charges/missing"
    post(client, scene.manager, f"{address}/payers")
    assert "There is nothing that this rule could name." in get(client, scene.manager, address)
    assert states() == []


def test_what_waits_for_the_lab_is_named_before_and_leads_on(scene: Scene, client: FlaskClient) -> None:
    use = scene.use(scene.reservation(payers=[]), **WAITING)
    charge_all()
    address = f"/labs/{scene.lab.id}/charges/missing"
    page = get(client, scene.manager, address)
    assert "not confirmed yet" in page and "See this use" in page
    # The page of the group is no address for who may not see it.
    group = f'href="/groups/{scene.group.id}"'
    assert group not in client.get(address).text
    both = scene.world.person(scene.house)
    scene.world.grant(both, Role.INSTITUTION_MANAGER, scene.house)
    assert group in sign_in(client, both).get(address).text
    post(client, scene.manager, f"{address}/{use.id}/0/payer", payer=f"fund:{scene.grant.id}")
    assert "Noted. It is charged when the use is confirmed." in get(client, scene.manager, address)
    assert states() == [("use", "draft")]


def test_a_draft_that_lacks_something_meanwhile_says_so(scene: Scene, client: FlaskClient) -> None:
    use = scene.use(row := scene.reservation(), **WAITING)
    charge_all()
    use.state, use.confirmed_at, use.confirmed_by_id = "confirmed", use.created_at, scene.manager.id
    use.operator_minutes, use.version = 30, use.version + 1
    db.session.commit()
    charge_all()
    assert states() == [("use", "draft")]
    number = db.session.scalars(select(Charge.id)).one()
    lacks = "The card has no price for an operator’s hour."
    said = f"The amount is what it came to before something was missing. {lacks}"
    for person, leads in ((scene.student, "The lab sees to it."), (scene.head, "The lab sees to it.")):
        page = get(client, person, f"/charges/{number}")
        assert f"{said} {leads}" in page and "when the lab confirms" not in page
    assert f"{said} Not charged yet" in get(client, scene.manager, f"/charges/{number}")
    status, told, _ = asking(scene, client, scene.student)("GET", f"/charges/{number}")
    assert (status, told["lacking"]) == (200, [lacks])
    assert "when the lab confirms" not in get(client, scene.student, f"/reservations/{row.id}")
    assert lacks in get(client, scene.student, f"/reservations/{row.id}")


def test_who_may_charge_nothing_is_said(scene: Scene, client: FlaskClient) -> None:
    scene.use(scene.reservation(payers=[]))
    db.session.execute(delete(FundUser))
    db.session.commit()
    charge_all()
    page = get(client, scene.manager, f"/labs/{scene.lab.id}/charges/missing")
    assert "Ask their group’s head to give them one." in page


def test_programs_see_and_fill_the_worklist(scene: Scene, client: FlaskClient) -> None:
    one = scene.use(scene.reservation(payers=[]))
    scene.use(spans=[(MORNING + timedelta(days=4), MORNING + timedelta(days=4, hours=1))])
    charge_all()
    manager, student = asking(scene, client, scene.manager), asking(scene, client, scene.student)
    query = f"/charges/missing?lab_id={scene.lab.id}"
    assert student("GET", query)[0] == 404
    assert (
        student("POST", f"/charges/missing/{one.id}/0/payer", {"kind": "fund", "id": scene.grant.id})[0]
        == 404
    )
    status, body, _ = manager("GET", query)
    assert (status, body["total"], body["items"][0]["funds"]) == (200, 2, [scene.grant.id])
    assert [each["code"] for each in body["items"][0]["missing"]] == ["no_payer"]
    status, body, _ = manager("POST", f"/charges/missing/{one.id}/0/payer", {"kind": "fund", "id": 999_999})
    assert (status, body["reasons"][0]["code"]) == (422, "fund_not_theirs")
    body = manager("POST", f"/charges/missing/{one.id}/0/payer", {"kind": "fund", "id": scene.grant.id})[1]
    assert (body["uses"], len(body["charges"])) == ([one.id], 1)
    assert (
        manager("POST", f"/charges/missing/{one.id}/0/payer", {"kind": "fund", "id": scene.grant.id})[0]
        == 404
    )
    rule = f"/labs/{scene.lab.id}/charges/missing"
    assert student("POST", f"{rule}/prices", {"reason": "None then"})[0] == 404
    body = manager("POST", f"{rule}/prices", {"reason": "None then"})[1]
    assert len(body["uses"]) == 1
    assert db.session.scalars(select(ChargeMissing.codes)).all() in ([], ["no_payer"])
    manager("POST", f"{rule}/payers")
    assert how_many([scene.lab.id]) == {}


def test_programs_set_how_an_institution_charges(scene: Scene, client: FlaskClient) -> None:
    address = f"/institutions/{scene.house.id}/charging"
    finance, manager = asking(scene, client, scene.finance), asking(scene, client, scene.manager)
    assert manager("GET", address)[0] == 404
    status, body, tag = finance("GET", address)
    assert (status, body["answer_days"], body["second_above"]) == (200, 14, "1000.00")
    wish = body | {"share_percent": "17.5", "tax_percent": "6", "answer_days": 7}
    del wish["institution_id"]
    assert finance("PUT", address, wish)[0] == 428
    assert finance("PUT", address, wish | {"tax_percent": "101"}, tag)[0] == 422
    assert finance("PUT", address, wish, tag)[1]["share_percent"] == "17.50"
    assert finance("PUT", address, wish, tag)[0] == 412


def test_the_own_use_of_whoever_works_there_waits_for_somebody_else(
    scene: Scene, client: FlaskClient
) -> None:
    world = scene.world
    world.grant(scene.manager, Role.MEMBER, scene.group)
    days = [MORNING + timedelta(days=day) for day in range(6)]
    own = scene.use(scene.reservation(start=days[0], payers=[], user=scene.manager, group_id=scene.group.id))
    scene.use(spans=[(days[1], days[1] + HOUR)], user_id=scene.manager.id)
    for day in days[2:4]:
        scene.use(scene.reservation(start=day, payers=[]))
    for day in days[4:]:
        scene.use(spans=[(day, day + HOUR)])
    charge_all()
    address = f"/labs/{scene.lab.id}/charges/missing"
    page = get(client, scene.manager, address)
    assert page.count("You used this yourself: somebody else has to do this.") == 2
    assert f"/{own.id}/0/payer" not in page
    refused = post(client, scene.manager, f"{address}/{own.id}/0/payer", 403, payer=f"fund:{scene.grant.id}")
    assert "You used this yourself: somebody else has to do this." in refused
    assert "Whoever else manages the lab can do it, or the institution’s finance." in refused
    post(client, scene.manager, f"{address}/payers")
    post(client, scene.manager, f"{address}/prices", all_reason="Nothing was published then")
    assert states() == [("use", "posted")] * 4
    assert how_many([scene.lab.id]) == {scene.lab.id: 2}

    manager, finance = asking(scene, client, scene.manager), asking(scene, client, scene.finance)
    items = manager("GET", f"/charges/missing?lab_id={scene.lab.id}")[1]["items"]
    assert [each["own"] for each in items] == [True, True]
    by_fund = {"kind": "fund", "id": scene.grant.id}
    status, body, _ = manager("POST", f"/charges/missing/{own.id}/0/payer", by_fund)
    assert (status, body["reasons"][0]["code"]) == (403, "own_use")
    assert finance("POST", f"/charges/missing/{own.id}/0/payer", by_fund)[0] == 200


def test_whatever_can_lack_a_price_is_led_to_the_prices() -> None:
    use = Use((), counts={"grid": Decimal(1)}, operator_minutes=5)
    codes = {reason.code for reason in without_price(Card("CNY", ()), use)}
    assert codes == {"no_price", "no_price_for", "no_operator_price"} <= PRICE_CODES
