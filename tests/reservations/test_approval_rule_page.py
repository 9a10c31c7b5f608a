"""The rule of approval as a page: a lab's, what one instrument has instead, and what the journal tells of it."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from instruments.database import db
from instruments.reservations.models import ApprovalRuleRow
from tests.reservations.asking import Lab
from tests.world import World, sign_in


@pytest.fixture
def lab(client: FlaskClient, world: World, now: datetime) -> Lab:
    return Lab(client, world, now)


def page_of(app: Flask, lab: Lab, who: str) -> FlaskClient:
    """A browser of somebody."""
    return sign_in(app.test_client(), lab.people[who])


TYPED = {"circles": ["companies"], "above_minutes": "240", "decided_by": "managers", "deadline_hours": "48"}


def test_a_rule_that_cannot_stand_says_every_reason(app: Flask, lab: Lab) -> None:
    browser = page_of(app, lab, "manager")
    typed = TYPED | {"version": 1, "circles": ["friends"], "above_minutes": "long", "deadline_hours": "0"}
    answer = browser.post(f"/labs/{lab.lab_id}/approval", data=typed)
    assert answer.status_code == 422
    for words in (
        "This is not one of the circles.",
        "Enter a whole number.",
        "Enter a number from 1 to 336.",
    ):
        assert words in answer.text
    assert 'value="long"' in answer.text
    below = browser.post(
        f"/labs/{lab.lab_id}/approval", data=typed | {"above_minutes": "-5", "deadline_hours": "99999999999"}
    )
    assert "Enter a whole number." not in below.text and "Enter a number from 1 to 336." in below.text
    stale = browser.post(f"/labs/{lab.lab_id}/approval", data=TYPED | {"version": 0})
    assert stale.status_code == 412


def test_a_lab_sets_its_rule_and_it_holds_at_once(app: Flask, lab: Lab) -> None:
    browser = page_of(app, lab, "manager")
    done = browser.post(f"/labs/{lab.lab_id}/approval", data=TYPED | {"version": 1}, follow_redirects=True)
    assert "Saved." in done.text
    assert lab.book().json["state"] == "confirmed"
    assert "longer than 4 h, within 2 days" in browser.get(f"/instruments/{lab.instrument_id}").text
    assert f"/labs/{lab.lab_id}/approval" in browser.get(f"/labs/{lab.lab_id}/rules").text


def test_an_instrument_takes_its_own_rule_and_gives_it_up(app: Flask, lab: Lab) -> None:
    browser, address = page_of(app, lab, "manager"), f"/instruments/{lab.instrument_id}/approval"
    assert "The lab approves bookings of" in browser.get(address).text
    unheard = browser.post(address, data=TYPED | {"version": 0, "own": ""})
    assert unheard.status_code == 422 and "Choose “Its own”" in unheard.text and 'value="240"' in unheard.text
    browser.post(address, data=TYPED | {"version": 0, "own": "1"})
    assert lab.book(hours=26).json["state"] == "confirmed"
    browser.post(address, data=TYPED | {"version": 1, "own": ""})
    assert lab.book(hours=50).json["state"] == "requested"
    db.session.rollback()
    row = db.session.query(ApprovalRuleRow).filter_by(instrument_id=lab.instrument_id).one()
    assert (row.in_force, row.version, row.for_companies) == (False, 2, True)


def test_the_journal_tells_the_answers(app: Flask, lab: Lab) -> None:
    number = lab.book().json["id"]
    lab.send("manager", number, "decline", reason="Repair")
    browser = page_of(app, lab, "manager")
    browser.post(f"/labs/{lab.lab_id}/approval", data=TYPED | {"version": 1})
    text = page_of(app, lab, "head").get(f"/institutions/{lab.home.id}/journal").text
    for words in ("Approval asked for", "Request declined", "Repair", "Approval rule changed", "Answer due"):
        assert words in text, words
    history = browser.get(f"/reservations/{number}").text
    assert "Declined by the lab" in history and "Asked for; the lab answers by" in history
