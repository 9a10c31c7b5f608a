"""Targets of what a group, a company or the people of an institution use: who sets them, and where they stand."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from fractions import Fraction

import pytest
from flask import Flask
from playwright.sync_api import Page
from python_calamine import load_workbook
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from instruments.utilization.boards.lines import of_a_month
from instruments.utilization.boards.models import UtilizationTarget
from tests.live import faults, sign_in_page
from tests.utilization.test_sums import NOW
from tests.utilization.test_users import Users
from tests.world import World, bearer, sign_in

SCOPES = "usage:read usage:write"


class Answering(Users):
    """The same with everybody who might set something: also who oversees the platform, and who only pays or audits."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.world, home = world, self.homes[0]
        self.firm_head = world.person(self.company)
        self.firm_group = world.group(self.company, self.firm_head)
        self.platform, self.auditor, self.member = (world.person(home) for _ in range(3))
        world.grant(self.platform, Role.PLATFORM_ADMINISTRATOR)
        world.grant(self.auditor, Role.AUDITOR, home)
        world.grant(self.member, Role.MEMBER, self.group)
        self.beside = world.group(home)
        self.of = {
            "group": f"group-{self.group.id}", "beside": f"group-{self.beside.id}", "people": f"people-{home.id}",
            "firm": f"people-{self.company.id}", "firm_group": f"group-{self.firm_group.id}",
        }  # fmt: skip

    def key(self, who: str) -> dict[str, str]:
        return bearer(self.world.token(getattr(self, who), SCOPES))


@pytest.fixture
def house(app: Flask, world: World) -> Answering:
    app.config["FROZEN_NOW"] = NOW
    return Answering(world)


def put(client, house: Answering, who: str, of: str, **body: object):
    told = {"of": house.of.get(of, of), "figure": "no_show_rate", "value": "0.1"} | body
    return client.put("/api/v1/utilization/targets", json=told, headers=house.key(who))


@pytest.mark.parametrize(
    ("of", "statuses"),
    [
        ("group", {"head": 200, "manager": 200, "platform": 403, "auditor": 403, "member": 404, "boss": 404, "other": 404}),
        ("beside", {"head": 404, "manager": 200}),
        ("people", {"head": 404, "manager": 200, "platform": 403, "auditor": 403, "other": 404}),
        ("firm", {"boss": 200, "manager": 404, "platform": 404, "firm_head": 404}),
        ("firm_group", {"firm_head": 200, "boss": 200, "manager": 404, "platform": 404}),
        ("group-999999999", {"manager": 404}),
    ],
)  # fmt: skip
def test_who_sets_them(client, house, of, statuses) -> None:
    for who, status in statuses.items():
        assert put(client, house, who, of).status_code == status, who
        sign_in(client, getattr(house, who))
        form = {"of": house.of.get(of, of), "period": "2026", "figure": "no_show_rate", "value": "10"}
        answer = client.post("/utilization/targets", data=form)
        assert answer.status_code == (303 if status == 200 else status), who
        if status == 200:
            assert (
                'class="target-form'
                in client.get(f"{answer.location.partition('#')[0]}&open=no_show_rate").text
            )


@pytest.mark.parametrize(
    ("of", "body", "code"),
    [
        ("group", {"figure": "uses", "value": "5"}, "choice"),
        ("group", {"figure": "lead_time", "value": "5"}, "choice"),
        ("group", {"figure": "utilization"}, "choice"),
        ("people", {"figure": "per_instrument", "value": "5"}, "choice"),
        ("group", {"value": "1.2"}, "share"),
        ("group", {"value": "0.0001"}, "number"),
        ("group", {"value": "0"}, "share"),
        ("group", {"figure": "effective", "value": "0"}, "hours"),
        ("group", {"figure": "effective", "value": "10000000"}, "number"),
        ("group", {"figure": "effective", "value": "much"}, "number"),
    ],
)
def test_what_is_no_target_is_refused(client, house, of, body, code) -> None:
    told = put(client, house, "manager", of, **body)
    assert (told.status_code, {reason["code"] for reason in told.json["reasons"]}) == (422, {code})
    assert db.session.scalar(select(UtilizationTarget.id)) is None


def test_of_a_company_every_hour_is_one_of_others(client, house) -> None:
    for figure in ("external", "shared_by_hours"):
        assert put(client, house, "boss", "firm", figure=figure, value="0.5").status_code == 422
    assert put(client, house, "boss", "firm", figure="effective", value="1234567.5").status_code == 200
    sign_in(client, house.boss)
    page = client.get(f"/institutions/{house.company.id}/used?period=2026&open=shared_by_hours").text
    assert 'class="target-form' not in page


def test_the_database_knows_of_whom_there_are_targets(house) -> None:
    row = {"number": 1, "figure": "effective", "thousandths": 1, "set_at": NOW}
    with pytest.raises(IntegrityError):
        db.session.execute(insert(UtilizationTarget).values(kind="class", **row))
    db.session.rollback()
    for kind in ("group", "people", "instrument"):
        db.session.execute(insert(UtilizationTarget).values(kind=kind, **row))
    assert db.session.scalar(text("SELECT count(*) FROM utilization_target")) == 3
    db.session.rollback()


def test_it_stands_at_the_tile_in_the_trend_in_files_and_in_the_api(client, house) -> None:
    sign_in(client, house.head)
    address, of = f"/groups/{house.group.id}/utilization", {"of": house.of["group"], "period": "2026"}
    refused = client.post("/utilization/targets", data=of | {"figure": "effective", "value": "many"})
    assert (refused.status_code, 'href="#f-value">Write a number.' in refused.text) == (422, True)
    assert 'name="value" value="many"' in refused.text
    for figure, value in (("effective", "12"), ("shared_by_hours", "50 %"), ("no_show_rate", "5")):
        kept = client.post("/utilization/targets", data=of | {"figure": figure, "value": value})
        path, _, part = kept.location.partition("?")
        assert (kept.status_code, path, part[-6:]) == (303, address, "#tiles")
    page = client.get(f"{address}?period=2026").text
    # Six hours of twelve a year; a third of them on instruments of others, of a half.
    for words in (
        "target 12.0 h: 6.0 h below",
        "target 50.0%: 16.7 points below",
        "Target: 1.0 h a month, a twelfth",
    ):
        assert words in page, words
    assert "National mean" not in client.get(f"{address}?period=2026&open=shared_by_hours").text
    assert "in this period" in client.get(f"{address}?period=2026-Q1&open=effective").text
    rows = {row[0]: row for row in _csv(client, f"{address}.csv?period=2026&part=figures")}
    assert rows["Figure"][6:8] == ["Target (of hours: a year)", "Above the target by"]
    assert rows["Effective hours"][6:8] == ["12.0", "-6.0"]
    assert rows["Sharing rate by hours (%)"][6:8] == ["50.0", "-16.7"]
    # Nobody reserved anything: there is no rate to hold against it.
    assert rows["No-show rate (%)"][6:8] == ["5.0", ""]
    assert rows["Uses"][6:8] == ["", ""]
    trend = _csv(client, f"{address}.csv?period=2026&part=trend")
    assert [trend[0][3], trend[1][3]] == ["Target a month", "1.0"]
    book = load_workbook(io.BytesIO(client.get(f"{address}.xlsx?period=2026").data))
    assert book.get_sheet_by_name("All figures").to_python()[1][6:8] == [12, -6]
    told = client.get(f"/api/v1/utilization/targets?of={of['of']}&period=2026", headers=house.key("head"))
    assert told.json["lines"]["effective"] == [
        {"words": "Target", "is_target": True, "a_year": "12", "value": "12", "gap": "-6"}
    ]
    assert told.json["lines"]["no_show_rate"][0]["gap"] is None
    assert set(told.json["lines"]) == {"effective", "shared_by_hours", "no_show_rate"}
    # Who sees the page sees them, and sets none; nobody else is told.
    sign_in(client, house.auditor)
    page = client.get(f"{address}?period=2026").text
    assert ("target 12.0 h" in page, 'class="target-form' in page) == (True, False)
    for who, status in (("auditor", 200), ("other", 404), ("member", 404)):
        address_of = f"/api/v1/utilization/targets?of={of['of']}"
        assert client.get(address_of, headers=house.key(who)).status_code == status


def test_what_people_use_and_what_their_institution_has_are_two_things(client, house) -> None:
    put(client, house, "manager", "people", figure="shared_by_hours", value="0.3")
    told = put(
        client, house, "manager", f"institution-{house.homes[0].id}", figure="shared_by_hours", value="0.6"
    )
    assert told.json["lines"]["shared_by_hours"][0]["a_year"] == "0.6"
    mine = client.get(f"/api/v1/utilization/targets?of={house.of['people']}", headers=house.key("manager"))
    assert mine.json["lines"]["shared_by_hours"][0]["a_year"] == "0.3"
    deeds = db.session.execute(
        select(JournalEntry.deed, JournalEntry.thing_kind, JournalEntry.thing_id).order_by(JournalEntry.id)
    ).all()
    home = house.homes[0].id
    assert deeds[-2:] == [("use_target.set", "institution", home), ("target.set", "institution", home)]


def test_it_is_taken_back(client, house) -> None:
    put(client, house, "head", "group", figure="effective", value="12")
    sign_in(client, house.head)
    of = {"of": house.of["group"], "period": "2026", "figure": "effective", "value": " "}
    page = client.post("/utilization/targets", data=of, follow_redirects=True).text
    assert ("The target is taken back." in page, "target 12.0 h" in page) == (True, False)
    put(client, house, "head", "group", figure="effective", value="12")
    assert put(client, house, "head", "group", figure="effective", value=None).json["lines"] == {}
    sign_in(client, house.manager)
    assert (
        "Target of what is used taken back" in client.get(f"/institutions/{house.homes[0].id}/journal").text
    )


def test_a_twelfth_is_for_each_month() -> None:
    assert of_a_month(Fraction(1200)) == 100
    assert of_a_month(None) is None


def _csv(client, address: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(client.get(address).data.decode("utf-8-sig"))))


def test_in_the_browser(view: Callable[[], Page], app: Flask, world: World) -> None:
    app.config["FROZEN_NOW"] = None
    house = Answering(world)
    page = view()
    sign_in_page(page, app, house.head)
    page.goto(f"/groups/{house.group.id}/utilization?period=2026&open=effective")
    page.fill("#f-value", "much")
    page.click(".target-form button")
    page.wait_for_selector(".target-form [aria-invalid=true]")
    page.fill("#f-value", "48000")
    page.click(".target-form button")
    page.wait_for_selector(".tiles .chosen:has-text('48,000')")
    page.wait_for_selector("[data-chart=used] svg text:has-text('4,000.0')")
    assert faults(page) == []
    page.fill("#f-value", "")
    page.click(".target-form button")
    page.wait_for_selector(".tiles .chosen:not(:has-text('48,000'))")
    assert faults(page) == []
