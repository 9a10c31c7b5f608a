"""From a reserved to a used hour of a group or the people of an institution, and booked against used, wherever they are told."""

from __future__ import annotations

import csv
import html
import io

import pytest
from flask import Flask
from python_calamine import load_workbook

from instruments.timespan import instant
from instruments.utilization import periods, tasks
from instruments.utilization.asking import GROUP
from instruments.utilization.user_figures import ALL_FIGURES, rows_in_order, totals_of
from instruments.utilization.user_places import Whose
from instruments.utilization.users import User, used
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_sums import NOW
from tests.utilization.test_users import Users
from tests.world import World, bearer, sign_in


class Booked(Users):
    """Users of whom a group reserved eight open hours of April, came for three of them and stayed one longer, and missed two."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        for day, hours, came, state in (
            ("2026-04-08", "09:00-12:00", "10:00-13:00", "done"),
            ("2026-04-09", "10:00-12:00", "", "no_show"),
            ("2026-04-10", "14:00-17:00", "14:00-15:00", "done"),
        ):
            start, end = (instant(each) for each in span(day, hours))
            held = world.reservation(
                self.things[0], self.head, start, end, state=state, group_id=self.group.id
            )
            if came:
                facts.use(self.things[0], self.head, span(day, came), held, group_id=self.group.id)
        tasks.keep_up()


@pytest.fixture
def booked(app: Flask, world: World) -> Booked:
    app.config["FROZEN_NOW"] = NOW
    return Booked(world)


def _address(booked: Booked) -> str:
    return f"/groups/{booked.group.id}/utilization"


def test_nobody_else_sees_them(client, booked) -> None:
    sign_in(client, booked.other)
    for part in ("steps", "booked"):
        assert client.get(f"{_address(booked)}.csv?period=2026&part={part}").status_code == 404


def test_the_page_shows_the_steps_and_the_months(client, booked) -> None:
    sign_in(client, booked.head)
    page = html.unescape(client.get(f"{_address(booked)}?period=2026-04").text)
    assert "From reserved hour to used hour" in page
    assert "Booked against used" in page
    assert "Reserved but unused: 5.0 h." in page
    assert "Open and bookable hours are those of instruments" in page
    opened = html.unescape(client.get(f"{_address(booked)}?period=2026-04&open=unused").text)
    definition = opened.partition('id="definition"')[2].partition("</section>")[0]
    assert "5.0 h" in definition
    assert f"{_address(booked)}/reservations?" in definition
    assert "figure=unused" in definition
    assert "This figure is not made of hours of use." in definition
    assert "From reserved hour" not in client.get(f"{_address(booked)}?period=2025").text


def test_files_say_the_same(client, booked) -> None:
    sign_in(client, booked.head)
    asked = f"{_address(booked)}.csv?period=2026-04&against=before"
    assert _csv(client, f"{asked}&part=steps") == [
        ["Step", "Hours of the step", "Share of the step before (%)", "Changed on the period before (%)"],
        ["Reserved hours", "8.0", "", "0 before"], ["Attended hours", "4.0", "50.0", "0.0"],
        ["Effective hours", "4.0", "100.0", "0.0"],
        ["Reserved but unused hours", "5.0", "", ""],
    ]  # fmt: skip
    assert _csv(client, f"{asked}&part=booked")[-1] == ["2026-04", "8.0", "4.0", "4.0", "5.0"]
    book = load_workbook(io.BytesIO(client.get(f"{_address(booked)}.xlsx?period=2026-04").data))
    assert {"From reserved hour to used hour", "Booked against used"} <= set(book.sheet_names)
    rows = {row[0]: row for row in _csv(client, f"{asked}&part=figures")}
    assert (rows["Reserved but unused hours"][1], rows["Late cancellations"][1], rows["Samples handled"][1]) == (
        "5.0", "0", "0",
    )  # fmt: skip


def test_the_api_says_the_same(client, world, booked) -> None:
    key = bearer(world.token(booked.head, "usage:read"))
    told = client.get(f"/api/v1{_address(booked)}?period=2026-04&against=before", headers=key).json
    assert told["steps"] == [
        {"measure": "reserved", "hours": "8", "share": None, "changed": None},
        {"measure": "attended", "hours": "4", "share": "0.5", "changed": "0"},
        {"measure": "effective", "hours": "4", "share": "1", "changed": "0"},
    ]
    assert told["figures"]["unused"]["value"] == "5"
    last = told["trend"][-1]
    assert (last["month"], last["reserved"], last["attended"], last["unused"]) == ("2026-04", "8", "4", "5")


def test_rows_add_up_to_them_whatever_they_are_told_by(booked) -> None:
    period = periods.read("2026-04-01..2026-05-20")
    whose = Whose(User(group_id=booked.group.id), booked.homes[0].id, "", "", GROUP, 1)
    found = used(whose.user, period, NOW)
    whole = totals_of(whose, found)
    for by in ("instrument", "lab", "institution", "class", "month"):
        rows = [come_to() for _, come_to in rows_in_order(whose, found, by, period, NOW)]
        for name in ("reserved", "attended", "unused", "late_cancelled"):
            assert sum(row.measure(name) for row in rows) == whole.measure(name), (by, name)
    assert (whole.measure("reserved"), whole.measure("unused")) == (8, 5)
    assert {"unused", "late_cancelled", "samples"} <= set(ALL_FIGURES)


def _csv(client, address: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(client.get(address).data.decode("utf-8-sig"))))
