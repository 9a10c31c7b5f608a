"""What the queue of approvals tells of somebody's bookings in the lab: those that were used, and those to come."""

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.reservations.asking import HOUR, Lab
from tests.reservations.test_approval_pages import ask, page_of, queue
from tests.world import World


@pytest.fixture
def lab(client: FlaskClient, world: World, now: datetime) -> Lab:
    return Lab(client, world, now)


@pytest.mark.parametrize(
    ("language", "nothing", "coming"),
    [
        (
            "en",
            "No earlier use in this lab</span>",
            "No earlier use in this lab, 2 confirmed bookings to come",
        ),
        (
            "zh",
            "此前未使用过本实验室的仪器</span>",
            "此前未使用过本实验室的仪器，另有 2 个已确认的预约尚未结束",
        ),
    ],
)
def test_confirmed_bookings_to_come_are_no_earlier_use_but_told(
    app: Flask, lab: Lab, world: World, language: str, nothing: str, coming: str
) -> None:
    partner = lab.people["partner"]
    number = ask(lab)
    address = f"{queue(lab)}?request={number}&lang={language}"
    browser = page_of(app, lab, "manager")
    assert nothing in browser.get(address).text
    for hours in (40, 50):
        world.reservation(lab.instrument, partner, lab.now + hours * HOUR)
    world.reservation(lab.instrument, lab.people["member"], lab.now + 60 * HOUR)
    assert coming in browser.get(address).text
