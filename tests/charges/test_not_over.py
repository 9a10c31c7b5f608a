"""A month that is not over is previewed with a word that says so, and neither opened nor issued, by whatever way it is tried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from instruments.charges.closing.starting import open_for_objections, start, the_closing
from instruments.charges.closing_models import Closing
from instruments.database import db
from instruments.database.transactions import perform
from tests.charges.scene import Scene
from tests.charges.test_closing import MONTH, refused
from tests.charges.test_month_end_api import Program, codes
from tests.conftest import NOW
from tests.world import World, sign_in

# The first moment of March on the wall in Shanghai.
MIDNIGHT = datetime(2027, 2, 28, 16, tzinfo=UTC)
RUNNING, TO_COME = "2027-03", "2027-04"


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    return Scene(world)


def test_not_before_midnight_on_the_wall_of_the_institution(scene: Scene) -> None:
    house, finance = scene.house.id, scene.finance.id
    before = MIDNIGHT - timedelta(seconds=1)
    assert refused(partial(start, house, MONTH, None, before, finance, early=True)) == ["not_over"]
    assert refused(partial(open_for_objections, house, MONTH, None, before, finance)) == ["not_over"]
    assert the_closing(house, MONTH).id == 0
    perform(partial(start, house, MONTH, None, MIDNIGHT, finance, early=True))


def test_another_wall_is_another_midnight(scene: Scene) -> None:
    scene.house.zone = "America/Los_Angeles"
    db.session.commit()
    house, finance = scene.house.id, scene.finance.id
    # It is the last of February there.
    assert refused(partial(start, house, MONTH, None, NOW, finance, early=True)) == ["not_over"]
    perform(partial(start, house, MONTH, None, NOW + timedelta(hours=8), finance, early=True))


def test_the_database_itself_refuses(scene: Scene) -> None:
    made = (
        "INSERT INTO closing (institution_id, month, state, opened_at, started_at, issued_on, due_on)"
        f" VALUES ({scene.house.id}, '2027-02', 'issuing', 0, 0, '2027-02-28', '2027-03-31')"
    )
    with pytest.raises(IntegrityError):
        db.session.execute(text(made))
    db.session.rollback()
    db.session.add(Closing(institution_id=scene.house.id, month=MONTH, opened_at=NOW))
    db.session.commit()
    change = (
        "UPDATE closing SET state = 'issuing', started_at = 0, issued_on = '{day}', due_on = '2027-03-31'"
    )
    with pytest.raises(IntegrityError):
        db.session.execute(text(change.format(day="2027-02-28")))
    db.session.rollback()
    db.session.execute(text(change.format(day="2027-03-01")))


def test_the_page_says_so_and_refuses(client: FlaskClient, scene: Scene) -> None:
    scene.charged()
    sign_in(client, scene.finance)
    months = f"/institutions/{scene.house.id}/months"
    page = client.get(f"{months}/{RUNNING}").get_data(as_text=True)
    assert "This month is not over" in page and "from 1 Apr on" in page and "120.00" in page
    assert f"{RUNNING}/open" not in page and f"{RUNNING}/issue" not in page
    page = client.get(f"{months}/{TO_COME}").get_data(as_text=True)
    assert "This month has not begun" in page and "120.00" in page
    chinese = client.get(f"{months}/{RUNNING}?lang=zh").get_data(as_text=True)
    assert "本月尚未结束" in chinese
    assert "Not over yet" in client.get(f"{months}?lang=en").get_data(as_text=True)
    for month, said in ((RUNNING, "March 2027 is not over."), (TO_COME, "April 2027 has not begun.")):
        for deed in ("open", "issue"):
            answer = client.post(f"{months}/{month}/{deed}", data={"early": "1"})
            assert answer.status_code == 422 and said in answer.get_data(as_text=True)
    over = client.get(f"{months}/{MONTH}").get_data(as_text=True)
    assert "not over" not in over and f"{MONTH}/open" in over


def test_programs_are_told_and_refused(client: FlaskClient, world: World, scene: Scene) -> None:
    scene.charged()
    ask, months = Program(client, world, scene.finance), f"/institutions/{scene.house.id}/months"
    running = ask("GET", f"{months}/{RUNNING}").json
    assert (running["over"], running["sums"][0]["total"]) == (False, "120.00")
    assert ask("GET", f"{months}/{RUNNING}/preview").json["over"] is False
    assert ask("GET", f"{months}/{MONTH}/preview").json["over"] is True
    assert [each["over"] for each in ask("GET", f"{months}?limit=2").json["items"]] == [False, True]
    for month, code in ((RUNNING, "not_over"), (TO_COME, "to_come")):
        assert codes(ask("POST", f"{months}/{month}/open", If_Match="*")) == [code]
        assert codes(ask("POST", f"{months}/{month}/close", {"early": True}, If_Match="*")) == [code]


def test_the_command_refuses(scene: Scene, app: Flask) -> None:
    scene.charged()
    found = app.test_cli_runner().invoke(args=["charges", "close", RUNNING])
    assert found.exit_code == 1
    assert "March 2027 is not over." in found.output and "Thu 1 Apr" in found.output
    assert the_closing(scene.house.id, RUNNING).id == 0
