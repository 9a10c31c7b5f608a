"""In which hours of the week somebody used instruments: who sees it, and that it comes to what each minute of their uses says."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select, text

from instruments.database import db
from instruments.timespan import instant
from instruments.usage.keeping import settled
from instruments.usage.models import InstrumentUse
from instruments.utilization import periods, tasks, user_week
from instruments.utilization.reading import things
from instruments.utilization.user_week import week_of
from instruments.utilization.users import User, used
from instruments.utilization.week_use import WeekHours
from tests.live import faults, sign_in_page
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_sums import NOW
from tests.utilization.test_users import Users
from tests.world import World, bearer, sign_in

TUESDAY = 24
MOST_STATEMENTS = 14


@pytest.fixture
def users(app: Flask, world: World) -> Users:
    app.config["FROZEN_NOW"] = NOW
    return Users(world)


def _addresses(users: Users) -> dict[str, str]:
    return {
        "group": f"/groups/{users.group.id}/utilization", "home": f"/institutions/{users.homes[0].id}/used",
        "company": f"/institutions/{users.company.id}/used",
    }  # fmt: skip


def test_who_sees_it(client, world, users) -> None:
    users.nobody = world.person(users.homes[0])
    seen = {"head": ["group"], "manager": ["group", "home"], "boss": ["company"], "other": [], "nobody": []}
    for who, may in seen.items():
        person = getattr(users, who)
        sign_in(client, person)
        key = bearer(world.token(person, "usage:read"))
        for of, address in _addresses(users).items():
            status = 200 if of in may else 404
            for path in (f"{address}/week", f"{address}/week-card"):
                assert client.get(f"{path}?period=2026").status_code == status, (who, path)
            for path in (f"{address}/week.csv", f"{address}/week.xlsx"):
                assert client.get(f"{path}?period=2026").status_code == status, (who, path)
            assert client.get(f"{address}.csv?period=2026&part=week").status_code == status, (who, of)
            assert client.get(f"/api/v1{address}/week?period=2026", headers=key).status_code == status, (
                who,
                of,
            )


def test_what_is_no_period_and_no_hour_is_refused(client, world, users) -> None:
    sign_in(client, users.head)
    address = _addresses(users)["group"]
    key = bearer(world.token(users.head, "usage:read"))
    for asked in ("period=2026-13", "weekday=7", "hour=24", "hour=x", "from=2026-01-01"):
        assert client.get(f"{address}/week?{asked}").status_code == 422, asked
        assert client.get(f"{address}/week.csv?{asked}").status_code == 422, asked
        assert client.get(f"/api/v1{address}/week?{asked}", headers=key).status_code == 422, asked


def test_more_uses_than_can_be_gone_through_are_refused_with_what_to_do(
    client, world, users, monkeypatch
) -> None:
    sign_in(client, users.head)
    address = _addresses(users)["group"]
    monkeypatch.setattr(user_week, "MOST_USES", 2)
    words = "These are more than 2 uses: choose a shorter period to see when they were."
    page = client.get(f"{address}/week?period=2026")
    assert (page.status_code, words in page.text) == (422, True)
    card = client.get(f"{address}/week-card?period=2026")
    assert (card.status_code, words in card.text) == (200, True)
    assert client.get(f"{address}.csv?period=2026&part=week").status_code == 422
    assert client.get(f"{address}/week.csv?period=2026").status_code == 422
    assert "week.csv" not in page.text
    assert client.get(f"{address}.xlsx?period=2026").status_code == 200
    key = bearer(world.token(users.head, "usage:read"))
    told = client.get(f"/api/v1{address}/week?period=2026", headers=key)
    assert (told.status_code, told.json["reasons"][0]["code"]) == (422, "too_many")
    assert client.get(f"{address}/week-card?period=2026-03").text.count("<td class=") > 0


def test_it_comes_to_what_each_minute_says(world, users) -> None:
    """Over midnight and the year's end, in part of a month, in a lab with another clock; no debugging, nothing void."""
    mine = {"group_id": users.group.id}
    facts.use(users.things[0], users.head, span("2025-12-31", "22:00-02:30"), **mine)
    facts.use(users.things[0], users.head, span("2026-04-05", "22:40-01:10"), **mine)
    row = facts.use(users.things[1], users.head, span("2026-05-05", "08:15-11:45"), **mine)
    facts.span(row, span("2026-05-05", "09:00-09:30"), layer="debugging")
    facts.use(users.things[1], users.head, span("2026-05-06", "08:15-11:45"), **mine, state="void", confirmed_at=None,
              confirmed_by_id=None)  # fmt: skip
    for code in ("2026", "2025-12", "2026-01-01..2026-04-05", "2026-04-06..2026-04-06", "2026-05", "2027"):
        period = periods.read(code)
        week = week_of(User(group_id=users.group.id), period, NOW)
        expected = _minutes(users.group.id, period)
        assert {cell: hours for cell, hours in enumerate(week.hours) if hours} == {
            cell: pytest.approx(count / 60) for cell, count in expected.items()
        }, code
    tasks.keep_up()
    for code in ("2026", "2026-04-05..2026-04-06"):
        period = periods.read(code)
        kept = sum(row.effective for row in used(User(group_id=users.group.id), period, NOW)) / 3_600_000
        assert sum(week_of(User(group_id=users.group.id), period, NOW).hours) == pytest.approx(kept)


def _minutes(group_id: int, period: periods.Period) -> Counter[int]:
    found: Counter[int] = Counter()
    asked = select(InstrumentUse).where(
        InstrumentUse.group_id == group_id, InstrumentUse.state == "confirmed"
    )
    for row in db.session.scalars(asked):
        [thing] = things([row.instrument_id])
        for start, end in settled(row.id, NOW, row.confirmed_at).effective:
            for second in range(start, end, 60):
                wall = datetime.fromtimestamp(second, thing.zone)
                if period.first <= wall.date() < min(period.end, NOW.astimezone(thing.zone).date()):
                    found[wall.weekday() * 24 + wall.hour] += 1
    return found


def test_of_a_run_for_several_each_has_their_part(users) -> None:
    run = facts.use(users.things[0], users.boss, span("2026-07-07", "08:00-10:00"), kind="run")
    facts.customer(run, users.company.id, 0, 1)
    facts.customer(run, users.homes[1].id, 1, 3)
    period = periods.read("2026-07")
    parts = [week_of(User(institution_id=home.id), period, NOW) for home in (users.company, users.homes[1])]
    assert [sum(part.hours) for part in parts] == [0.5, 1.5]
    assert [part.hours[TUESDAY + 8] for part in parts] == [0.5, 0.5]
    assert sum(week_of(User(institution_id=users.homes[0].id), period, NOW).hours) == 0


def test_time_while_it_was_down_is_left_out(world, users) -> None:
    start, end = (instant(each) for each in span("2026-03-10", "10:00-10:30"))
    world.closure(users.things[0], start, end, kind="maintenance")
    start, end = (instant(each) for each in span("2026-03-10", "10:30-11:00"))
    world.closure(users.things[0], start, end, kind="closed")
    week = week_of(User(group_id=users.group.id), periods.read("2026-03-10..2026-03-10"), NOW)
    assert sum(week.hours) == 1.5


def test_a_week_on_average_and_the_instruments_then(client, world, users) -> None:
    period = periods.read("2026-03-02..2026-03-15")
    week = week_of(User(group_id=users.group.id), period, NOW)
    assert (week.uses, week.days, week.hours[TUESDAY + 9], week.a_week[TUESDAY + 9]) == (2, 14, 1, 0.5)
    assert week.then(WeekHours(1)) == [(users.things[0].id, 2)]
    assert week.then(WeekHours(hour=10)) == [(users.things[0].id, 1), (users.things[1].id, 1)]
    sign_in(client, users.head)
    address = _addresses(users)["group"]
    asked = "period=2026-03-02..2026-03-15"
    rows = list(
        csv.reader(io.StringIO(client.get(f"{address}.csv?{asked}&part=week").data.decode("utf-8-sig")))
    )
    assert (len(rows), rows[0][10], rows[2][0], rows[2][10], rows[2][9]) == (
        8,
        "09–10",
        "Tue",
        "0.50",
        "0.00",
    )
    page = client.get(f"{address}/week?{asked}&weekday=1").text
    assert f'href="/instruments/{users.things[0].id}"' in page
    assert f'href="/instruments/{users.things[1].id}"' not in page
    file = client.get(f"{address}/week.csv?{asked}&hour=10").data.decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(file))
    assert head == ["Instrument", "Institution", "Lab", "Asset number", "Hours used then"]
    assert [(row[0], row[4]) for row in rows] == [(thing.name_en, "1.00") for thing in users.things[:2]]
    assert (
        f"{address}/week.csv?period=2026-03-02..2026-03-15&amp;against=before&amp;weekday=1"
        in client.get(f"{address}/week?{asked}&against=before&weekday=1").text
    )
    assert "Nothing was used then" in client.get(f"{address}/week?{asked}&weekday=5").text
    key = bearer(world.token(users.head, "usage:read"))
    told = client.get(f"/api/v1{address}/week?{asked}&hour=10", headers=key).json
    assert (told["days"], told["uses"], told["hours"][TUESDAY + 9]) == (14, 2, "1")
    assert told["items"] == [{"instrument_id": thing.id, "hours": "1"} for thing in users.things[:2]]


@pytest.mark.parametrize(
    ("hours", "title", "marked"),
    [
        ("", "All hours of the week", None), ("&weekday=1", "Tue", "weekday=1"), ("&hour=9", "Every day 09–10", "hour=9"),
        ("&weekday=1&hour=9", "Tue 09–10", "weekday=1&amp;hour=9"),
    ],
)  # fmt: skip
def test_what_is_chosen_stands_in_the_address_in_the_head_and_in_the_week(
    client, users, hours, title, marked
) -> None:
    sign_in(client, users.head)
    address = f"{_addresses(users)['group']}/week"
    page = client.get(f"{address}?period=2026-03&against=before{hours}").text
    assert f"<h1>{title}</h1>" in page
    current = re.findall(r'<a [^>]*href="([^"]*)#then"[^>]* aria-current="true"', page)
    assert current == ([f"{address}?period=2026-03&amp;against=before&amp;{marked}"] if marked else [])
    assert client.get(f"{address}-card?period=2026-03&against=before{hours}").text.count("aria-current") == 0


def test_it_asks_as_much_for_a_year_as_for_a_month(client, users, statements) -> None:
    sign_in(client, users.manager)
    asked = []
    for period in ("2026-03", "2026-03", "2026"):
        statements.clear()
        client.get(f"/institutions/{users.homes[0].id}/used/week-card?period={period}")
        asked.append(len(statements))
    assert asked[1] == asked[2] <= MOST_STATEMENTS, asked


@pytest.mark.parametrize("column", ["group_id", "institution_id"])
def test_uses_are_found_by_an_index(app, users, column) -> None:
    asked = f'SELECT id FROM "use" WHERE {column} = 1 AND started_at > 1 AND started_at < 2 AND ended_at > 1'
    explain = "EXPLAIN QUERY PLAN"
    if db.engine.dialect.name == "postgresql":
        # Of few rows all are read at once.
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN"
    assert f"ix_use_{column.removesuffix('_id')}" in str(db.session.execute(text(f"{explain} {asked}")).all())


def test_in_the_browser(view: Callable[[], Page], app: Flask, world: World) -> None:
    app.config["FROZEN_NOW"] = None
    users = Users(world)
    page = view()
    sign_in_page(page, app, users.head)
    page.goto(f"/groups/{users.group.id}/utilization?period=2026&against=before")
    page.wait_for_selector("#week table.heat")
    page.wait_for_selector("#week [data-picture=svg]:not([hidden])")
    with page.expect_download() as taken:
        page.click("#week [data-picture=svg]")
    assert taken.value.suggested_filename == f"week-group-{users.group.id}-2026.svg"
    assert faults(page) == []
    page.click("#week tbody th a >> nth=1")
    page.wait_for_url("**/utilization/week?*weekday=1*")
    assert page.locator("#then tbody tr").count() == 1
    assert faults(page) == []
