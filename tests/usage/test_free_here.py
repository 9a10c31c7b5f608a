"""The page behind the code of an instrument says that it is free only to whom it is open at that moment."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.usage.desk import HOUR, NINE, Desk
from tests.world import World, sign_in


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
