"""Before records begin nothing is known: pages say so, and no zero is drawn."""

from __future__ import annotations

import csv
import io

import pytest

from tests.world import bearer, sign_in

# The first use of the campus is on 4 March 2026.
SAID = {"2026": True, "2026-Q1": True, "2026-03": True, "2026-04": False, "2026-02": False}


@pytest.mark.parametrize("period", SAID)
def test_a_dashboard_says_from_when_hours_are_known(client, people, period) -> None:
    sign_in(client, people.manager)
    page = client.get(f"/utilization?period={period}").text
    assert ("Records begin on" in page) == SAID[period]
    assert ("Nothing was reserved or used here before" in page) == (period == "2026-02")


def test_no_zero_is_drawn_of_months_before(client, world, people) -> None:
    sign_in(client, people.platform)
    fields = "of=platform&period=2026-06"
    body = client.get(f"/utilization/board-trend.csv?{fields}").data.decode("utf-8-sig")
    rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(body))}
    assert rows["2026-02"][:2] == ["", ""]
    assert rows["2026-03"][:2] != ["", ""]
    # A month after the records begin in which nothing was used is a zero.
    assert rows["2026-05"][0] == "0.0"
    key = bearer(world.token(people.platform, "usage:read"))
    told = client.get(f"/api/v1/utilization/dashboard?{fields}", headers=key).json
    assert told["records_begin"] == "2026-03-04"


@pytest.mark.parametrize("period", ["2026", "2025/26"])
def test_a_purchase_review_says_it(client, world, campus, people, period) -> None:
    sign_in(client, people.manager)
    key = bearer(world.token(people.manager, "reports:read reports:write"))
    address = f"/api/v1/institutions/{campus.homes[0].id}/purchases"
    made = client.post(address, json={"name": "Another", "period": period}, headers=key)
    assert "Records begin on" in client.get(f"/purchases/{made.json['id']}").text
