"""The page behind the code of an instrument offers it only to whom it is open at that moment, and says why not to others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from instruments.catalog import revision
from instruments.database import db
from instruments.reservations.conduct.models import Violation
from tests.usage.desk import HOUR, NINE, Desk
from tests.world import World, sign_in

LINK = ">Use it now<"


def test_it_is_free_only_to_whom_it_is_open(world: World, client: FlaskClient, app) -> None:
    app.config["FROZEN_NOW"] = NINE - 3 * HOUR
    desk = Desk(world)
    thing = world.instrument(desk.lab, week="Mon-Fri 12:00-18:00")
    world.hours(thing, circles="lab")
    address = f"/instruments/{thing.id}/here"
    page = sign_in(client, world.person(desk.home)).get(address).text
    assert "Free now" not in page and "reserved or closed at this moment" in page
    manager = world.person(desk.home)
    world.grant(manager, "lab_manager", desk.lab)
    assert "Free now" in sign_in(app.test_client(), manager).get(address).text


def _audience(world: World, desk: Desk, person) -> int:
    return world.instrument(desk.lab, audience="lab").id


def _qualification(world: World, desk: Desk, person) -> int:
    thing = world.instrument(desk.lab)
    world.needs(thing, level="independent")
    return thing.id


def _admission(world: World, desk: Desk, person) -> int:
    thing = world.instrument(desk.lab)
    world.needs(thing, level=None, admission=True)
    return thing.id


def _suspension(world: World, desk: Desk, person) -> int:
    row = Violation(
        lab_id=desk.lab.id, person_id=person.id, kind_id=world.violation_kind(desk.lab).id, happened_on=NINE.date(),
        reason="Dirt", recorded_by_id=desk.operator.id, recorded_at=NINE, expires_at=NINE + 300 * 24 * HOUR,
        suspended_until=NINE + timedelta(days=3),
    )  # fmt: skip
    db.session.add(row)
    revision.raise_catalog()
    db.session.commit()
    return world.instrument(desk.lab).id


CASES = [
    (_audience, "Only members of its own lab may book this instrument", ""),
    (_qualification, "for those qualified for it", "Ask for the qualification"),
    (_admission, "The safety admission of the institution is missing", "Ask for the admission"),
    (_suspension, "This lab has suspended you until the end of", "See it, and appeal"),
]


@pytest.mark.parametrize(("condition", "sentence", "way"), CASES)
@pytest.mark.parametrize("walk_up", [True, False])
def test_who_would_be_refused_reads_why_and_is_offered_nothing(
    world: World, client: FlaskClient, app, condition, sentence, way, walk_up
) -> None:
    app.config["FROZEN_NOW"] = NINE - 3 * HOUR
    desk = Desk(world)
    desk.set(walk_up=walk_up)
    person = world.person(desk.home)
    number = condition(world, desk, person)
    address = f"/instruments/{number}"
    sign_in(client, person)
    page = client.get(f"{address}/here").text
    assert sentence in page and way in page
    for offered in ("Free now", "Free for", "Begin", ">Book it<", "by reservation"):
        assert offered not in page
    assert LINK not in client.get(address).text
    refused = client.post(f"{address}/walk-up", data={"minutes": 30}, follow_redirects=True).text
    assert "You use it now" not in refused
    # Its operator may: to them it is open, and the link leads there.
    staff = sign_in(app.test_client(), desk.operator)
    assert LINK in staff.get(address).text


def test_who_has_a_reservation_is_led_to_it_though_it_is_not_open_to_them(world: World, client, app) -> None:
    app.config["FROZEN_NOW"] = NINE
    desk = Desk(world)
    thing = world.instrument(desk.lab, audience="lab")
    world.reservation(thing, desk.user, NINE, NINE + HOUR)
    sign_in(client, desk.user)
    assert LINK in client.get(f"/instruments/{thing.id}").text
    assert "Check in" in client.get(f"/instruments/{thing.id}/here").text


def test_lengths_that_reach_into_what_one_may_not_have_are_not_offered(world: World, client, app) -> None:
    app.config["FROZEN_NOW"] = NINE + 10 * HOUR  # 19:00 there
    desk = Desk(world)
    desk.set(walk_up=True)
    thing = world.instrument(desk.lab)
    world.needs(thing, level="independent", night_level="night", night_from=20 * 60, night_until=8 * 60)
    world.qualification(desk.user, thing)
    page = sign_in(client, desk.user).get(f"/instruments/{thing.id}/here").text
    assert "Begin, for 1 h" in page and "Begin, for 2 h" not in page


def test_where_the_lab_decides_first_a_reservation_is_offered_instead(world: World, client, app) -> None:
    app.config["FROZEN_NOW"] = NINE - 3 * HOUR
    desk = Desk(world)
    desk.set(walk_up=True)
    thing = world.instrument(desk.lab)
    world.approval_rule(thing, "institution")
    page = sign_in(client, desk.user).get(f"/instruments/{thing.id}/here").text
    assert "the lab decides on each use beforehand" in page and ">Book it<" in page and "Begin" not in page
