"""The instruments that somebody used in the order of their hours: page, files and the API say the same, and lead to the rows."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from types import SimpleNamespace

import pytest
from flask import Flask

from instruments.utilization.user_pareto import bars_of, pareto_of
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_sums import NOW
from tests.utilization.test_users import Users
from tests.world import World, bearer, sign_in


@pytest.fixture
def users(app: Flask, world: World) -> Users:
    app.config["FROZEN_NOW"] = NOW
    return Users(world)


def _row(number: int, hours: int, *, was_used: bool = True):
    return SimpleNamespace(instrument_id=number, effective=hours * 3_600_000, was_used=was_used)


@pytest.mark.parametrize(
    ("hours", "places", "fifth"),
    [
        ([], [], None),
        ([3], [(1, 1, 3.0, 1.0, 0)], None),
        ([1, 3], [(1, 1, 3.0, 0.75, 1), (2, 2, 1.0, 1.0, 0)], None),
        ([0, 0], [(1, 1, 0.0, 0.0, 0), (2, 2, 0.0, 0.0, 1)], None),
    ],
)
def test_bars_stand_in_the_order_of_hours(hours, places, fifth) -> None:
    found = [_row(number, each) for number, each in enumerate(hours)]
    bars = [(bar.first, bar.last, bar.hours, bar.share, bar.instrument_id) for bar in bars_of(found)]
    assert (bars, pareto_of(found).fifth) == (places, fifth)


def test_what_was_only_reserved_stands_in_no_order() -> None:
    found = [_row(1, 2), _row(2, 0, was_used=False)]
    assert (pareto_of(found).n, len(bars_of(found))) == (1, 1)


def test_many_instruments_share_bars_that_come_to_all_of_them() -> None:
    found = [_row(number, number) for number in range(103)]
    bars = bars_of(found)
    assert len(bars) == 40
    assert [bar.first for bar in bars[1:]] == [bar.last + 1 for bar in bars[:-1]]
    assert (bars[-1].last, bars[-1].share) == (103, 1.0)
    assert sum(bar.hours * (bar.last - bar.first + 1) for bar in bars) == pytest.approx(sum(range(103)))
    assert {bar.instrument_id is None for bar in bars if bar.last > bar.first} == {True}


def test_page_file_and_api_say_the_same(client, world, users) -> None:
    facts.use(users.things[1], users.head, span("2026-05-10", "09:00-11:00"), group_id=users.group.id)
    facts.use(users.things[2], users.head, span("2026-05-10", "09:00-10:00"), group_id=users.group.id)
    sign_in(client, users.head)
    address = f"/groups/{users.group.id}/utilization"
    page = client.get(f"{address}?period=2026&against=before&by=lab").text
    values = json.loads(unescape(re.search(r'data-chart="pareto" data-values="([^"]*)"', page)[1]))
    assert (values["bars"], values["shares"]) == ([4.0, 3.0, 2.0], [44.4, 77.8, 100.0])
    rows_at = f"{address}?period=2026&against=before&page=1#rows-title"
    assert set(values["links"]) == {rows_at}
    assert f'href="{rows_at.replace("&", "&amp;")}"' in page
    names = [users.things[number].name_en for number in (1, 2, 0)]
    assert [page.index(f">{name}</a>") for name in names] == sorted(
        page.index(f">{name}</a>") for name in names
    )
    rows = list(
        csv.reader(
            io.StringIO(client.get(f"{address}.csv?period=2026&part=instruments").data.decode("utf-8-sig"))
        )
    )
    assert [[*row[:2], *row[5:]] for row in rows[1:]] == [
        ["1", names[0], "1", "4.0", "44.4"], ["2", names[1], "1", "3.0", "77.8"], ["3", names[2], "1", "2.0", "100.0"],
    ]  # fmt: skip
    key = bearer(world.token(users.head, "usage:read"))
    told = client.get(f"/api/v1{address}?period=2026", headers=key).json["by_hours"]
    assert (told["instruments"], told["first_fifth"]) == (3, "0.444444")
    assert [(bar["first"], bar["instrument_id"], bar["hours"], bar["up_to"]) for bar in told["bars"]] == [
        (1, users.things[1].id, "4", "0.444444"), (2, users.things[2].id, "3", "0.777778"),
        (3, users.things[0].id, "2", "1"),
    ]  # fmt: skip


def test_one_instrument_and_none_stand_in_no_order(client, world, users) -> None:
    sign_in(client, users.head)
    address = f"/groups/{users.group.id}/utilization"
    for period, shown, bars in (("2026", True, 3), ("2026-06", False, 1), ("2025", False, 0)):
        page = client.get(f"{address}?period={period}").text
        assert ('data-chart="pareto"' in page) == shown, period
        rows = (
            client.get(f"{address}.csv?period={period}&part=instruments")
            .data.decode("utf-8-sig")
            .splitlines()
        )
        assert len(rows) == bars + 1, period
