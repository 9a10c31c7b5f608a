"""The queue of approvals leads to what else the lab is asked for."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from instruments.database.transactions import perform
from instruments.people.signing import actor_by_id
from instruments.qualifications.asking import ask_for_level
from tests.reservations.asking import Lab
from tests.world import World, sign_in


@pytest.mark.parametrize("who", ["manager", "operator", "deputy", "head"])
def test_the_queue_leads_to_what_is_asked_of_qualifications(
    app: Flask, client: FlaskClient, world: World, now: datetime, who: str
) -> None:
    lab = Lab(client, world, now)
    for asking in ("partner", "member", who):
        with app.test_request_context():
            actor = actor_by_id(lab.numbers[asking], lab.now)
            perform(lambda actor=actor: ask_for_level(actor, lab.instrument_id, "independent", "", lab.now))
    browser, queue = sign_in(app.test_client(), lab.people[who]), f"/labs/{lab.lab_id}/approvals"
    for address in (queue, f"{queue}?view=answered"):
        page = browser.get(address).text
        assert f'<a href="/labs/{lab.lab_id}/qualification-requests">Qualifications 2</a>' in page
    assert browser.get(f"/labs/{lab.lab_id}/qualification-requests").status_code == 200
