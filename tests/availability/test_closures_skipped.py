"""Closures of a rule at a time that the clocks skip on one date: made and changed without that date, which is said."""

from __future__ import annotations

import re
from datetime import UTC

import pytest
from sqlalchemy import select

from instruments.availability.models import Closure
from instruments.database import db
from instruments.people.rights import Role
from tests.world import bearer, sign_in

# In Berlin the clocks go from 02:00 to 03:00 on 28 March 2027.
FORM = {
    "kind": "maintenance", "reason": "Refill", "start_day": "2027-03-21", "start_time": "01:00",
    "end_day": "2027-03-21", "end_time": "04:00", "repeat": "week", "repeat_until": "2027-04-04",
}  # fmt: skip
SHORTER = FORM | {"start_time": "02:00", "end_time": "02:30", "scope": "all"}


@pytest.fixture
def lab(world, client, now):
    lab = world.lab(zone="Europe/Berlin")
    manager = world.person(lab.institution)
    world.grant(manager, Role.LAB_MANAGER, lab)
    lab.headers = bearer(world.token(manager))
    sign_in(client, manager)
    return lab


def spans() -> list[str]:
    rows = db.session.scalars(
        select(Closure).order_by(Closure.starts_at).execution_options(populate_existing=True)
    )
    return [
        f"{each.starts_at.astimezone(UTC):%d %H:%M}–{each.ends_at.astimezone(UTC):%H:%M}" for each in rows
    ]


def first_of_them() -> Closure:
    return db.session.scalars(select(Closure).order_by(Closure.starts_at)).all()[0]


def said(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_made_by_a_rule_the_date_is_left_out_and_said(lab, client) -> None:
    rule = FORM | {"start_time": "02:00", "end_time": "02:30"}
    answer = client.post(f"/labs/{lab.id}/closures", data=rule, follow_redirects=True)
    assert "Sun 28 Mar is left out: the clocks skip that time." in said(answer)
    assert spans() == ["21 01:00–01:30", "04 00:00–00:30"]


def test_changed_together_the_date_stays_as_it_was_and_it_is_said(lab, client) -> None:
    client.post(f"/labs/{lab.id}/closures", data=FORM)
    assert spans() == ["21 00:00–03:00", "28 00:00–02:00", "03 23:00–02:00"]
    before = spans()[1]
    first = first_of_them()
    answer = client.post(
        f"/closures/{first.id}", data=SHORTER | {"version": first.version}, follow_redirects=True
    )
    text = said(answer)
    assert answer.status_code == 200 and "Closed 2 times." in text
    assert "Sun 28 Mar, 01:00–04:00 stays as it was: the clocks skip the new time that day." in text
    assert spans() == ["21 01:00–01:30", before, "04 00:00–00:30"]


def test_the_one_that_is_changed_is_refused_where_there_is_no_such_time(lab, client) -> None:
    client.post(f"/labs/{lab.id}/closures", data=FORM)
    before = spans()
    skipped = db.session.scalars(select(Closure).order_by(Closure.starts_at)).all()[1]
    there = SHORTER | {"start_day": "2027-03-28", "end_day": "2027-03-28", "version": skipped.version}
    answer = client.post(f"/closures/{skipped.id}", data=there)
    assert answer.status_code == 422 and "The clocks go forward" in answer.text
    assert spans() == before


def test_programs_are_told_which_stay(lab, client) -> None:
    wanted = {
        "kind": "maintenance", "reason": "Refill", "start": "2027-03-21T01:00:00+01:00",
        "end": "2027-03-21T04:00:00+01:00",
    }  # fmt: skip
    weekly = wanted | {"repeat": {"every": "week", "until": "2027-04-04"}}
    made = client.post(f"/api/v1/labs/{lab.id}/closures", json=weekly, headers=lab.headers).json
    assert [len(made["items"]), made["left"]] == [3, []]
    shorter = wanted | {"start": "2027-03-21T02:00:00+01:00", "end": "2027-03-21T02:30:00+01:00"}
    one, headers = f"/api/v1/closures/{made['items'][0]['id']}", lab.headers | {"If-Match": "*"}
    for scope in ("following", "all"):
        done = client.put(one, json=shorter | {"scope": scope, "reason": scope}, headers=headers)
        assert done.status_code == 200, done.json
        assert [each["id"] for each in done.json["left"]] == [made["items"][1]["id"]]
        assert done.json["left"][0]["start"] == "2027-03-28T01:00:00+01:00"
    assert client.put(one, json=shorter | {"scope": "this"}, headers=headers).json["left"] == []
    listed = client.get(f"/api/v1/labs/{lab.id}/closures", headers=lab.headers).json["items"]
    assert [(each["start"][5:16], each["reason"]) for each in listed] == [
        ("03-21T02:00", "Refill"), ("03-28T01:00", "Refill"), ("04-04T02:00", "all"),
    ]  # fmt: skip
