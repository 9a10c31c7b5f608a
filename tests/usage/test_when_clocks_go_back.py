"""A time that comes twice as the clocks go back: forms ask which is meant, programs say it, files are refused row by row."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.people.rights import Role
from instruments.usage.models import InstrumentUse
from tests.usage.desk import MINUTE, NINE
from tests.world import World, bearer, sign_in

# Sunday, 25 October 2026: at three the clocks in Potsdam go back to two.
FIRST, SECOND = (datetime.fromisoformat(f"2026-10-25T02:30:00+0{offset}:00") for offset in (2, 1))
HALF_PAST_ONE = FIRST - timedelta(hours=1)
HALF_PAST_THREE = SECOND + timedelta(hours=1)


@pytest.fixture
def potsdam(world: World, app, client: FlaskClient) -> SimpleNamespace:
    app.config["FROZEN_NOW"] = NINE + 5 * MINUTE
    home = world.institution()
    lab = world.lab(home, zone="Europe/Berlin")
    found = SimpleNamespace(
        world=world, lab=lab, instrument=world.instrument(lab), operator=world.person(home), user=world.person(home)
    )  # fmt: skip
    world.grant(found.operator, Role.LAB_OPERATOR, lab)
    sign_in(client, found.operator)
    return found


def used() -> list[tuple[datetime, datetime | None]]:
    db.session.rollback()
    rows = db.session.query(InstrumentUse).order_by(InstrumentUse.id)
    return [(row.started_at, row.ended_at) for row in rows]


def offered(page: str, field: str) -> list[tuple[str, str]]:
    """What a choice of the page offers, and which of it is chosen: [(value, words)], the chosen with a star."""
    found = re.search(rf'<select[^>]*name="{field}".*?</select>', page, re.S)
    options = re.findall(r'<option value="(\d*)"( selected)?>([^<]+)', found[0]) if found else []
    return [(value + ("*" if chosen else ""), words) for value, chosen, words in options]


CHOICES = [
    ("1", "The first time, Sun 25 Oct 2026, 02:30 (UTC+2)"),
    ("2", "The second time, Sun 25 Oct 2026, 02:30 (UTC+1)"),
]
RUNS: list[tuple[dict[str, str], list[str], tuple[datetime, datetime] | None]] = [
    # What is typed, the fields that ask, and what is recorded.
    ({"from": "01:30", "until": "02:30"}, ["until_turn"], None),
    ({"from": "02:30", "until": "03:30"}, ["from_turn"], None),
    ({"from": "02:30", "until": "02:45", "from_turn": "3"}, ["from_turn", "until_turn"], None),
    ({"from": "02:30", "until": "02:30", "until_day": "2026-10-25", "from_turn": "1"}, ["until_turn"], None),
    ({"from": "01:30", "until": "02:30", "until_turn": "1"}, [], (HALF_PAST_ONE, FIRST)),
    ({"from": "01:30", "until": "02:30", "until_turn": "2"}, [], (HALF_PAST_ONE, SECOND)),
    ({"from": "02:30", "until": "03:30", "from_turn": "1"}, [], (FIRST, HALF_PAST_THREE)),
    ({"from": "02:30", "until": "03:30", "from_turn": "2"}, [], (SECOND, HALF_PAST_THREE)),
    (
        {"from": "02:30", "until": "02:30", "until_day": "2026-10-25", "from_turn": "1", "until_turn": "2"},
        [], (FIRST, SECOND),
    ),
    # A time that comes once is not asked for, whatever was chosen before.
    ({"from": "01:30", "until": "03:30", "from_turn": "2"}, [], (HALF_PAST_ONE, HALF_PAST_THREE)),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "asks", "kept"), RUNS)
def test_the_sheet_of_a_run_asks_which_is_meant(
    potsdam: SimpleNamespace, client: FlaskClient, typed: dict[str, str], asks: list[str], kept: Any
) -> None:
    form = {"instrument": potsdam.instrument.id, "day": "2026-10-25", "customer": [potsdam.user.mail]}
    answer = client.post(f"/labs/{potsdam.lab.id}/runs", data=form | typed)
    assert answer.status_code == (422 if asks else 303)
    assert [name for name in ("from_turn", "until_turn") if f'href="#f-{name}"' in answer.text] == asks
    for name in asks:
        assert [words[:20] for _, words in offered(answer.text, name)[1:]] == [
            words[:20] for _, words in CHOICES
        ]
    assert used() == ([kept] if kept else [])


def test_what_was_chosen_stays_where_something_else_is_refused(
    potsdam: SimpleNamespace, client: FlaskClient
) -> None:
    form = {"instrument": potsdam.instrument.id, "day": "2026-10-25", "from": "01:30", "until": "02:30",
            "until_turn": "2", "customer": ["nobody@example.org"]}  # fmt: skip
    page = client.post(f"/labs/{potsdam.lab.id}/runs", data=form).text
    assert offered(page, "until_turn")[1:] == [CHOICES[0], ("2*", CHOICES[1][1])]
    assert offered(page, "from_turn") == []
    form |= {"until": "03:00", "day": "2026-10-24", "until_turn": ""}
    assert offered(client.post(f"/labs/{potsdam.lab.id}/runs", data=form).text, "until_turn") == []


def test_the_correction_of_hours_asks_and_shows_which_it_was(
    potsdam: SimpleNamespace, client: FlaskClient
) -> None:
    form = {"instrument": potsdam.instrument.id, "day": "2026-10-25", "from": "02:30", "until": "03:30",
            "from_turn": "2", "customer": [potsdam.user.mail]}  # fmt: skip
    use = client.post(f"/labs/{potsdam.lab.id}/runs", data=form).location
    page = client.get(use).text
    assert offered(page, "from_turn")[1:] == [CHOICES[0], ("2*", CHOICES[1][1])]
    version = re.findall(r'name="version" value="(\d+)"', page)[0]
    form = {"version": version, "layer": "attended", "day": "2026-10-25", "from": "02:30", "until": "03:30",
            "reason": "An hour earlier"}  # fmt: skip
    asked = client.post(f"{use}/correct", data=form)
    assert (asked.status_code, offered(asked.text, "from_turn")[1:]) == (422, CHOICES)
    assert "comes twice that day" in asked.text
    assert client.post(f"{use}/correct", data=form | {"from_turn": "1"}).status_code == 303
    assert "2 h" in client.get(use).text


def test_programs_say_which_by_the_offset(potsdam: SimpleNamespace, client: FlaskClient) -> None:
    head = bearer(potsdam.world.token(potsdam.operator, "usage:write"))
    run = {"instrument_id": potsdam.instrument.id, "customers": [{"person_id": potsdam.user.id}]}
    spans = [{"start": FIRST.isoformat(), "end": SECOND.isoformat()}]
    naive = [{"start": "2026-10-25T02:30:00", "end": SECOND.isoformat()}]
    assert client.post("/api/v1/usage/runs", json=run | {"spans": naive}, headers=head).status_code == 422
    assert client.post("/api/v1/usage/runs", json=run | {"spans": spans}, headers=head).status_code == 201
    assert used() == [(FIRST, SECOND)]


LOGS = """instrument,start,end,key
{name},2026-10-25 01:30,2026-10-25 02:30,a
{name},2026-10-25 02:30,2026-10-25 02:45,b
{name},2026-10-25 02:30 +02:00,2026-10-25 02:30:00+01:00,c
{name},2026-10-24 02:30,2026-10-24 02:45,d
{name},2026-03-29 02:30,2026-03-29 03:30,e
"""


def test_files_are_refused_row_by_row(potsdam: SimpleNamespace, client: FlaskClient) -> None:
    content = LOGS.format(name=potsdam.instrument.name_en).encode()
    made = client.post(
        f"/labs/{potsdam.lab.id}/usage-files",
        data={"kind": "logs", "file": (io.BytesIO(content), "logs.csv")},
    )
    page = client.get(made.location).text
    half_past = "02:30, so that it comes twice; write 2026-10-25 02:30:00+02:00 or 2026-10-25 02:30:00+01:00."
    # The row that ends then, and the one that begins then; this one's end comes twice, too; what is skipped is no time.
    assert page.count(half_past) == 2
    assert page.count("over 02:45") == 1
    assert page.count("is no time") == 1
    client.post(f"{made.location}/take")
    assert sorted(used()) == [
        (datetime.fromisoformat("2026-10-24T00:30:00+00:00"), datetime.fromisoformat("2026-10-24T00:45:00+00:00")),
        (FIRST, SECOND),
    ]  # fmt: skip
