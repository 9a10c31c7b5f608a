"""Who sees the figures of which place, as pages, as files and through the API; and that they say the same."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from python_calamine import load_workbook

from instruments.people.rights import Role
from instruments.utilization import tasks
from instruments.utilization.sums import Selection, totals
from tests.live import faults, sign_in_page
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_sums import NOW, Campus
from tests.world import World, bearer, sign_in

ALL = "/utilization?of=platform&period=2026"


class People:
    """Somebody of each kind who may see some figures, and some who may see none."""

    def __init__(self, world: World, campus: Campus) -> None:
        home, other = campus.homes
        self.platform, self.manager, self.auditor, self.keeper, self.stranger, self.elsewhere = (
            world.person(home) for _ in range(6)
        )
        world.grant(self.platform, Role.PLATFORM_ADMINISTRATOR)
        world.grant(self.manager, Role.INSTITUTION_MANAGER, home)
        world.grant(self.auditor, Role.AUDITOR, home)
        world.grant(self.keeper, Role.LAB_MANAGER, campus.labs[0])
        world.grant(self.elsewhere, Role.INSTITUTION_MANAGER, other)


def places(campus: Campus) -> dict[str, str]:
    return {
        "platform": "platform", "home": f"institution-{campus.homes[0].id}", "other": f"institution-{campus.homes[1].id}",
        "lab": f"lab-{campus.labs[0].id}", "second lab": f"lab-{campus.labs[1].id}",
        "instrument": f"instrument-{campus.things[0].id}",
    }  # fmt: skip


SEES = {
    "platform": {"platform", "home", "other", "lab", "second lab", "instrument"},
    "manager": {"home", "lab", "second lab", "instrument"},
    "auditor": {"home", "lab", "second lab", "instrument"},
    "keeper": {"lab", "instrument"},
    "stranger": set(),
    "elsewhere": {"other"},
}


def test_everybody_sees_what_they_answer_for_and_nothing_else(client, world, campus, people) -> None:
    for who, seen in SEES.items():
        person = getattr(people, who)
        sign_in(client, person)
        key = bearer(world.token(person, "usage:read"))
        for name, of in places(campus).items():
            expected = 200 if name in seen else 404
            for page in ("", "/table", "/lists/idle", "/lists/value.csv", "/figures.csv", "/figures.xlsx"):
                assert client.get(f"/utilization{page}?of={of}&period=2026").status_code == expected, (
                    who,
                    name,
                    page,
                )
            assert (
                client.get(f"/api/v1/utilization?of={of}&period=2026", headers=key).status_code == expected
            ), (who, name)


def test_without_a_place_one_sees_the_widest(client, people) -> None:
    for who, words in (
        (people.platform, "All institutions"),
        (people.manager, "2 instruments"),
        (people.keeper, "1 instrument<"),
    ):
        sign_in(client, who)
        assert words in client.get("/utilization?period=2026").text
    sign_in(client, people.stranger)
    assert client.get("/utilization").status_code == 404
    assert 'href="/utilization"' not in client.get("/home").text


def test_strangers_are_sent_to_sign_in(client, campus) -> None:
    assert client.get(ALL).status_code == 302
    assert client.get("/api/v1/utilization").status_code == 401


NO_VIEWS = {
    "of=house-1": {"of"},
    "period=2026-13": {"period"},
    "of=x&period=2026-00&per=9&against=b&open=c&class=1": {"of", "period", "choice", "class"},
    "period=2026-05-02..2026-05-01": {"period_length"},
    "period=1990-01-01..2026-01-01": {"period_length"},
    "period=0001": {"period_years"},
    "period=0001-01-01..0002-01-01": {"period"},
    "period=2300": {"period_years"},
}


def test_what_is_no_view_is_refused_with_all_reasons(client, world, people) -> None:
    sign_in(client, people.platform)
    key = bearer(world.token(people.platform, "usage:read"))
    for fields, codes in NO_VIEWS.items():
        assert client.get(f"/utilization?{fields}").status_code == 422, fields
        if len(codes) == 1:
            told = client.get(f"/api/v1/utilization?{fields}", headers=key)
            assert (told.status_code, {reason["code"] for reason in told.json["reasons"]}) == (422, codes)


def test_the_api_refuses_what_does_not_go_together(client, world, people, campus) -> None:
    key = bearer(world.token(people.keeper, "usage:read"))
    asked = f"/api/v1/utilization?of=lab-{campus.labs[0].id}&from=2026-01-01&period=2026&by=lab&order=x"
    told = client.get(asked, headers=key)
    assert {reason["code"] for reason in told.json["reasons"]} == {"both_days", "one_period", "by", "choice"}
    assert client.get("/api/v1/utilization", headers=bearer(world.token(people.keeper))).status_code == 403


def figures(client: FlaskClient, key: Any, fields: str) -> dict[str, Any]:
    return client.get(f"/api/v1/utilization?of=platform&{fields}", headers=key).json


def test_page_file_and_api_say_the_same(client, world, campus, people) -> None:
    sign_in(client, people.platform)
    key = bearer(world.token(people.platform, "usage:read"))
    told = figures(client, key, "period=2026")
    [row] = told["items"]
    assert (told["old"], told["months"], told["first"], told["last"]) == (0, 48, "2026-01-01", "2026-12-31")
    used = row["figures"]["utilization"]
    assert float(used["value"]) == pytest.approx(float(used["over"]) / float(used["under"]), abs=1e-6)
    assert used["n"] == 4
    page = client.get(ALL).text
    assert f"{float(used['value']) * 100:.1f}%" in page
    assert f"{float(used['over']):,.1f} h" in page
    rows = list(
        csv.reader(
            io.StringIO(
                client.get(f"/utilization/figures.csv?{ALL.partition('?')[2]}").data.decode("utf-8-sig")
            )
        )
    )
    assert len(rows) == 5
    column = rows[0].index("Effective hours")
    assert sum(float(each[column]) for each in rows[1:]) == pytest.approx(
        float(row["measures"]["effective"]), abs=0.3
    )
    book = load_workbook(
        io.BytesIO(client.get(f"/utilization/figures.xlsx?{ALL.partition('?')[2]}&by=lab").data)
    )
    assert book.sheet_names == ["Figures", "Definitions"]
    assert len(book.get_sheet_by_name("Figures").to_python()) == 4
    assert "Effective hours in bookable time ÷ bookable hours." in str(
        book.get_sheet_by_name("Definitions").to_python()
    )


def test_rows_add_up_to_the_whole_whatever_the_period(client, world, people) -> None:
    key = bearer(world.token(people.platform, "usage:read"))
    for period in ("period=2026", "from=2026-03-04&to=2026-11-25"):
        [whole] = figures(client, key, period)["items"]
        for by in ("instrument", "lab", "institution", "month"):
            rows = all_rows(client, key, f"{period}&by={by}&limit=3")
            for measure in ("effective", "bookable", "uses", "samples", "reserved", "external"):
                sums = sum(float(row["measures"][measure]) for row in rows)
                assert sums == pytest.approx(float(whole["measures"][measure])), (period, by, measure)
            hours = [float(row["measures"]["effective"]) for row in rows]
            assert by == "month" or hours == sorted(hours, reverse=True)


def all_rows(client: FlaskClient, key: Any, fields: str) -> list[dict[str, Any]]:
    rows, cursor = [], ""
    while cursor is not None:
        told = figures(client, key, fields + (f"&cursor={cursor}" if cursor else ""))
        rows += told["items"]
        cursor = told["next"]
    return rows


def test_nothing_to_divide_by_says_why(client, world, campus, people) -> None:
    key = bearer(world.token(people.platform, "usage:read"))
    used = figures(client, key, "period=2026-05")["items"][0]["figures"]["shared_by_hours"]
    assert (used["value"], used["missing"]) == (None, "nothing was used in this period")
    sign_in(client, people.platform)
    assert "nothing was used in this period" in client.get("/utilization?of=platform&period=2026-05").text
    for code, why in (
        ("between_failures", "nothing failed in this period"), ("lead_time", "there were no reservations in this period"),
        ("utilization_rated", "no rated hours are set for these instruments"),
    ):  # fmt: skip
        page = client.get(f"/utilization?of=platform&period=2026-05&open={code}").text
        opened = page.partition('id="definition"')[2].partition("</section>")[0]
        assert f"None: {why}." in opened, code


def test_what_was_done_a_moment_ago_is_there(client, world, campus, people) -> None:
    key = bearer(world.token(people.platform, "usage:read"))
    before = float(figures(client, key, "period=2026-05")["items"][0]["measures"]["effective"])
    facts.use(campus.things[0], people.platform, span("2026-05-06", "09:00-11:00"))
    assert float(figures(client, key, "period=2026-05")["items"][0]["measures"]["effective"]) == before + 2


def test_idle_instruments_say_why(client, world, campus, people) -> None:
    lab = campus.labs[0]
    world.instrument(lab, week=None, name_en="Closed spectrometer")
    world.instrument(lab, week="Mon 09:00-10:00", name_en="Rare microscope")
    world.instrument(lab, name_en="Lonely balance")
    tasks.keep_up()
    sign_in(client, people.keeper)
    page = client.get("/utilization/lists/idle?period=2026").text
    for words in (
        "Closed spectrometer",
        "publishes no hours",
        "Rare microscope",
        "less than two hours",
        "Lonely balance",
        "nobody used it",
    ):
        assert words in page
    assert "Microscope 1<" not in page
    rows = client.get("/utilization/lists/idle.csv?period=2026").data.decode("utf-8-sig").splitlines()
    assert len(rows) == 4
    for which, kind in itertools.product(("idle", "opening", "doubtful", "value"), ("csv", "xlsx")):
        heads = table_of(client.get(f"/utilization/lists/{which}.{kind}?period=2026").data, kind)[0]
        assert heads[4:7] == ["Bookable hours", "Effective hours", "Used last"], (which, kind)
    assert client.get("/utilization/lists/colours?period=2026").status_code == 404
    assert "Nothing is on this list" in client.get("/utilization/lists/opening?period=2026").text


def test_files_of_lists_say_when_an_instrument_was_used_last_on_its_wall(
    client, world, campus, people
) -> None:
    # In the evening in UTC, which is the next morning on the lab's wall.
    facts.use(campus.things[0], people.keeper, span("2027-01-01", "05:00-06:00"))
    world.instrument(campus.labs[0], name_en="Lonely balance")
    tasks.keep_up()
    sign_in(client, people.keeper)
    page = client.get("/utilization/lists/idle?period=2026-09").text
    for kind in ("csv", "xlsx"):
        rows = table_of(client.get(f"/utilization/lists/idle.{kind}?period=2026-09").data, kind)
        told = {row[0]: row[rows[0].index("Used last")] for row in rows[1:]}
        assert told["Lonely balance"] == "never here"
        assert told[campus.things[0].name_en] == "2027-01-01"
    assert "never here" in page


def table_of(data: bytes, kind: str) -> list[list[str]]:
    """The first table of a file."""
    if kind == "csv":
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(data)).get_sheet_by_index(0)
    return [[str(cell) for cell in row] for row in sheet.to_python()]


def test_the_dashboard_in_the_browser(view: Callable[[], Page], app: Flask, world: World) -> None:
    app.config["FROZEN_NOW"] = None
    campus = Campus(world)
    boss = world.person(campus.homes[0])
    world.grant(boss, Role.PLATFORM_ADMINISTRATOR)
    page, wrong = view(), {}
    sign_in_page(page, app, boss)
    for address in (
        "/utilization?period=2026",
        "/utilization/table?period=2026",
        "/utilization/lists/idle?period=2026-05",
        "/utilization/matrix?period=2026",
        "/utilization?period=2026&open=groups",
        "/utilization/served?period=2026&rows=groups",
    ):
        page.goto(address)
        if address == "/utilization?period=2026":
            page.wait_for_selector("[data-chart=trend] svg")
        wrong[address] = faults(page)
    assert not any(wrong.values()), wrong
    page.goto("/utilization?period=2026")
    page.press("#tiles li:nth-child(4) a", "Enter")
    page.wait_for_url("**open=shared_by_hours**")
    assert page.locator(".definition .quotient").count() == 2


def row_of(page: str, figure: str) -> str:
    return page.rpartition(f">{figure}</a>")[2].partition("</tr>")[0]


def test_elsewhere_is_told_where_five_persons_stand_behind_it(client, world, campus, people) -> None:
    sign_in(client, people.manager)
    asked = f"/utilization?of=institution-{campus.homes[0].id}&period=2026-03"
    assert "fewer than five persons" in client.get(asked).text
    for _ in range(3):
        facts.use(campus.things[2], world.person(campus.homes[1]), span("2026-03-05", "09:00-11:00"))
    tasks.keep_up()
    page = client.get(asked).text
    assert "the 1 instrument of all other institutions." in page
    elsewhere = totals(Selection(institution_id=campus.homes[1].id), (202603, 202603), NOW).figure(
        "effective"
    )
    assert f"{float(elsewhere.value):.1f} h" in row_of(page, "Effective hours")
    assert "There is no elsewhere" not in page
    assert "Elsewhere is told of whole months." in client.get(f"{asked}-02..2026-03-09").text
    sign_in(client, people.platform)
    assert "There is no elsewhere" in client.get(ALL).text
