"""The dashboard through the API: it says what the page says, and what was earned only to whoever reads charges there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from instruments.database import db
from instruments.database.transactions import deed
from instruments.people.rights import Role
from instruments.reservations.demand.noting import Asker, Sought, note
from instruments.utilization import periods
from instruments.utilization.dashboard import Dashboard, dashboard
from instruments.utilization.models import MonthSummary
from instruments.utilization.peers import COUNTING
from instruments.utilization.sums import Selection
from tests.utilization.test_sums import NOW
from tests.world import bearer, sign_in

DOOR = "/api/v1/utilization/dashboard"
EARNED = "What it earned"


def test_strangers_others_and_narrow_tokens_are_refused(client, world, campus, people) -> None:
    assert client.get(DOOR).status_code == 401
    assert client.get(DOOR, headers=bearer(world.token(people.manager))).status_code == 403
    key = bearer(world.token(people.elsewhere, "usage:read"))
    assert client.get(f"{DOOR}?of=institution-{campus.homes[0].id}", headers=key).status_code == 404
    assert client.get(f"{DOOR}?of=house-1&period=2026-13", headers=key).status_code == 422
    asked = f"{DOOR}?of=institution-{campus.homes[1].id}&from=2026-01-01&period=2026"
    told = client.get(asked, headers=key)
    assert {reason["code"] for reason in told.json["reasons"]} == {"both_days", "one_period"}


def test_what_was_earned_is_told_to_those_who_read_charges_there(client, world, campus, people) -> None:
    home, operator = campus.homes[0], world.person(campus.homes[0])
    world.grant(operator, Role.LAB_OPERATOR, campus.labs[0])
    lab, house = f"lab-{campus.labs[0].id}", f"institution-{home.id}"
    for person, of, told in (
        (people.keeper, lab, True), (people.manager, house, True), (people.auditor, lab, True), (operator, lab, False),
        (people.platform, "platform", True), (people.platform, house, False), (people.platform, "platform&class=03", False),
    ):  # fmt: skip
        key = bearer(world.token(person, "usage:read"))
        answer = client.get(f"{DOOR}?of={of}&period=2026", headers=key).json
        assert (answer["income"] is not None) == told, (person.name_en, of)
        sign_in(client, person)
        assert (EARNED in client.get(f"/utilization?of={of}&period=2026").text) == told, (person.name_en, of)


def test_it_adds_up_to_the_figures(client, world, campus, people) -> None:
    key = bearer(world.token(people.platform, "usage:read"))
    figures = client.get("/api/v1/utilization?of=platform&period=2026", headers=key).json
    told = client.get(f"{DOOR}?of=platform&period=2026", headers=key).json
    [row] = figures["items"]
    hours = sum(float(cell["hours"]) for cell in told["who_uses_whose"])
    assert hours == pytest.approx(float(row["measures"]["effective"]), abs=0.01)
    assert hours > 0
    assert sum(cell["uses"] for cell in told["who_uses_whose"]) == int(row["measures"]["uses"])
    assert (len(told["week"]), told["old"], told["owners"]) == (168, 0, "institution")
    assert told["by_hours"]["instruments"] == 4 >= told["by_hours"]["used"] > 0
    assert told["served"]["persons"] >= 1


def test_what_was_sought_and_not_found(client, world, campus, people) -> None:
    wish = Sought("search", NOW, NOW + timedelta(days=1), 7200, place_id=campus.homes[0].id)
    with deed():
        note([(wish, Asker(campus.homes[0].id, "university"), "")] * 2, NOW)
    key = bearer(world.token(people.manager, "usage:read"))
    told = client.get(f"{DOOR}?of=institution-{campus.homes[0].id}&period=2027-01", headers=key).json
    assert [(wish["class_code"], wish["times"], wish["hours"]) for wish in told["unmet"]] == [(None, 2, "4")]
    assert (told["elsewhere"] is None) != (told["withheld"] is None)


def test_months_that_are_not_wholly_counted_are_not_drawn_nor_compared_with(world, campus) -> None:
    home = campus.homes[0]
    may, house = periods.read("2026-05"), Selection(institution_id=home.id)

    def found() -> Dashboard:
        db.session.rollback()
        return dashboard(house, home.id, may, may.before, NOW)

    whole = found()
    assert (202604 in whole.trend, whole.uncounted) == (True, 0)
    assert whole.peers is not None and whole.peers.why != COUNTING
    for thing, month in ((campus.things[0], 202604), (campus.things[2], 202605)):
        row = (MonthSummary.instrument_id == thing.id, MonthSummary.month == month)
        with deed():
            db.session.execute(update(MonthSummary).where(*row).values(due_at=int(NOW.timestamp()) - 1))
    part = found()
    assert (set(whole.trend) - set(part.trend), part.uncounted) == ({202604}, 1)
    assert part.peers is not None and (part.peers.totals, part.peers.why) == (None, COUNTING)
