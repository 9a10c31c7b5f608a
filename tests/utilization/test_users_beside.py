"""What somebody used beside the period before or a year ago: on the page, in files and the API, as far as records reach."""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask
from python_calamine import load_workbook

from instruments.utilization import tasks
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_sums import NOW
from tests.utilization.test_users import Users
from tests.world import World, bearer, sign_in


@pytest.fixture
def users(app: Flask, world: World) -> Users:
    app.config["FROZEN_NOW"] = NOW
    return Users(world)


def test_it_stands_beside_the_period_before_or_a_year_ago(client, world, users) -> None:
    sign_in(client, users.head)
    address = f"/groups/{users.group.id}/utilization"
    key = bearer(world.token(users.head, "usage:read"))
    for period, against, words, value, changed in (
        ("2026-Q2", "before", "−50.0% on the period before", "4", "-0.5"),
        ("2026-Q2", "year", "nothing to compare with", None, None),
        ("2026-03-11..2026-03-11", "before", "±0.0% on the period before", "2", "0"),
        ("2027-01", "before", "This period is still running", None, None),
        ("2026", "year", "nothing to compare with", None, None),
        ("2025/26", "before", "nothing to compare with", None, None),
    ):
        asked = f"period={period}&against={against}"
        page = client.get(f"{address}?{asked}").text
        assert words in page, asked
        assert f'<option value="{against}" selected' in page
        told = client.get(f"/api/v1{address}?{asked}", headers=key).json
        other = told["compared"]["figures"].get("effective", {"value": None, "changed": None})
        assert (told["compared"]["against"], other) == (against, {"value": value, "changed": changed}), asked
        rows = _csv(client, f"{address}.csv?{asked}&part=figures")
        assert rows[0][:4] == ["Figure", "Value", "Changed by", "Above"]
        shown = "" if changed is None else str(float(changed) * 100)
        assert rows[1][2] == shown, asked
    assert told["compared"]["period"] == "2024/25"
    why = "Records begin on Tue 30 Dec 2025: the period to compare with begins before that, so that use is not compared."
    assert (told["compared"]["not_compared"], why in page) == (why, False)
    assert "Records begin on 30 Dec 2025: of the days before, no use is known." in page
    assert why in client.get(f"{address}?period=2026&against=year").text
    book = load_workbook(io.BytesIO(client.get(f"{address}.xlsx?period=2026&against=year").data))
    assert why in [row[0] for row in book.get_sheet_by_name("Definitions").to_python()]
    refused = client.get(f"/api/v1{address}?against=never", headers=key)
    assert refused.status_code == 422


def test_every_month_of_the_trend_stands_beside_another(client, world, users) -> None:
    sign_in(client, users.head)
    address = f"/groups/{users.group.id}/utilization"
    facts.use(users.things[0], users.head, span("2026-04-10", "09:00-10:00"), group_id=users.group.id)
    tasks.keep_up()
    rows = _csv(client, f"{address}.csv?period=2026&against=before&part=trend")
    assert rows == [
        ["Month", "Effective hours", "Changed on the period before (%)", "Target a month"],
        ["2026-03", "4.0", "", ""], ["2026-04", "1.0", "-75.0", ""], ["2026-05", "0.0", "-100.0", ""],
        ["2026-06", "2.0", "0 before", ""], ["2026-07", "0.0", "-100.0", ""],
        *([f"2026-{month:02d}", "0.0", "0 before", ""] for month in range(8, 13)),
    ]  # fmt: skip
    # A month in which records begin is nothing to compare with: December has one use, and January is beside it.
    facts.use(users.things[0], users.head, span("2025-12-30", "09:00-10:00"), group_id=users.group.id)
    facts.use(users.things[0], users.head, span("2026-01-30", "09:00-11:00"), group_id=users.group.id)
    tasks.keep_up()
    rows = _csv(client, f"{address}.csv?period=2026&against=before&part=trend")
    assert [row[:3] for row in rows[1:5]] == [
        ["2025-12", "1.0", ""], ["2026-01", "2.0", ""], ["2026-02", "0.0", "-100.0"], ["2026-03", "4.0", "0 before"],
    ]  # fmt: skip
    page = client.get(f"{address}?period=2026&against=before&by=lab").text
    assert "Records begin on 30 Dec 2025</div>" in page
    assert f'href="{address}?period=2026-04&amp;against=before&amp;by=lab"' in page
    key = bearer(world.token(users.head, "usage:read"))
    told = client.get(f"/api/v1{address}?period=2026&against=before", headers=key).json["trend"]
    assert told[4] == {
        "month": "2026-04", "hours": "1", "changed": "-0.75", "reserved": "0", "attended": "1", "unused": "0",
    }  # fmt: skip
    assert client.get(f"{address}.csv?part=colour").status_code == 404


def _csv(client, address: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(client.get(address).data.decode("utf-8-sig"))))
