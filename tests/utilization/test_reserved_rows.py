"""The reservations behind figures that count them: who sees them, that they come to the figure, and what users are told."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import text

from instruments.database import db
from instruments.people.models import Lab
from instruments.timespan import instant
from instruments.utilization import periods, tasks
from instruments.utilization.adding import totals_in
from instruments.utilization.asking import BY
from instruments.utilization.reserved_kept import KEPT, condition_of, sums_of
from instruments.utilization.reserved_rows import (
    FIGURES,
    LEAD,
    NO_SHOWS,
    ReservedSums,
    reserved_rows,
    reserved_sums,
    whose,
)
from instruments.utilization.sums import Selection
from instruments.utilization.users import User
from instruments.utilization.views.doors import counting_words
from tests.live import faults, sign_in_page, violations
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_sums import NOW
from tests.utilization.test_users import Users
from tests.world import World, bearer, sign_in


class Reserving(Users):
    """The same, where the group reserved something: one kept, one to which nobody came, one in another zone."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        days = ((0, "2026-04-07", "done"), (0, "2026-04-08", "no_show"), (2, "2026-12-31", "done"))
        for number, day, state in days:
            start, end = (instant(each) for each in span(day, "13:00-15:00"))
            world.reservation(
                self.things[number], self.head, start, end, state=state, group_id=self.group.id,
                created_at=start - timedelta(hours=24),
            )  # fmt: skip
        tasks.keep_up()


@pytest.fixture
def users(app: Flask, world: World) -> Reserving:
    app.config["FROZEN_NOW"] = NOW
    return Reserving(world)


@pytest.mark.parametrize("period", ["2026", "2026-11", "2026-12", "2026-04-08..2026-11-26", "2025/26"])
def test_the_rows_come_to_the_figures_of_the_instrument(users, period) -> None:
    when = periods.read(period)
    for thing in users.things:
        totals = totals_in(Selection(instrument_id=thing.id), when, NOW)
        rows = reserved_rows(whose(instrument_id=thing.id), when, NOW)
        assert len(rows) == totals.measure("reservations")
        assert sum(row.no_show for row in rows) == totals.measure("no_shows")
        assert sum(row.lead for row in rows) == pytest.approx(float(totals.measure("lead")))


def test_no_shows_come_first(users) -> None:
    of, year = whose(User(group_id=users.group.id)), periods.read("2026")
    assert [row.no_show for row in reserved_rows(of, year, NOW, NO_SHOWS)] == [True, False, False]
    assert [row.no_show for row in reserved_rows(of, year, NOW, LEAD)] == [False, True, False]


@pytest.mark.parametrize("period", ["2026", "2026-12", "2025/26", "2027", "2026-04-08..2026-11-26"])
def test_what_is_kept_of_them_is_what_is_counted(users, statements, period) -> None:
    """Read as kept where it is of whole months, which are kept from the year on in which anything was reserved."""
    when, counted = periods.read(period), " FROM reservation "
    of: list[Selection | User] = [Selection(instrument_id=each.id) for each in users.things]
    of += [Selection(institution_id=users.things[0].institution_id), Selection(lab_id=users.things[2].lab_id)]
    of += [User(group_id=users.group.id), User(institution_id=users.homes[0].id)]
    for figure in FIGURES:
        for each in of:
            statements.clear()
            found = sums_of(each, when, NOW, figure)
            is_read = not any(counted in line.replace("\n", " ") for line in statements)
            assert is_read is (not period.startswith("2026-04-08") and figure in KEPT)
            assert found == reserved_sums(condition_of(each), when, NOW, figure)
            some = sums_of(each, when, NOW, figure, missed=True)
            assert some == reserved_sums(condition_of(each), when, NOW, figure, missed=True)


def test_what_was_just_reserved_is_counted(users, world) -> None:
    year, of = periods.read("2026"), User(group_id=users.group.id)
    assert sums_of(of, year, NOW, NO_SHOWS) == ReservedSums(3, 1, 72.0)
    start, end = (instant(each) for each in span("2026-06-22", "13:00-15:00"))
    world.reservation(
        users.things[3], users.head, start, end, state="no_show", group_id=users.group.id, created_at=start
    )
    assert sums_of(of, year, NOW, NO_SHOWS) == ReservedSums(4, 2, 72.0)
    while tasks.is_touched():
        tasks.perform(tasks._mark)
    # Taken over, and not worked out yet.
    assert sums_of(of, year, NOW, NO_SHOWS) == ReservedSums(4, 2, 72.0)
    db.session.rollback()
    tasks.keep_up()
    assert sums_of(of, year, NOW, NO_SHOWS) == ReservedSums(4, 2, 72.0)


def test_uses_are_found_in_their_index(users, statements) -> None:
    """No index of all uses is made for one question."""
    statements.clear()
    reserved_sums(whose(User(group_id=users.group.id)), periods.read("2026"), NOW, NO_SHOWS)
    if db.engine.dialect.name == "sqlite":
        asked = f"EXPLAIN QUERY PLAN {statements[-1]}".replace("?", "1")
        plan = " ".join(row[-1] for row in db.session.execute(text(asked)))
        assert ("uq_use_reservation" in plan, "AUTOMATIC" in plan) == (True, False)


def test_rows_of_a_group_add_up_to_its_figures(client, world, users) -> None:
    """Also where something was reserved and nobody came: there are two uses and no instrument that was used more."""
    start, end = (instant(each) for each in span("2026-06-22", "13:00-15:00"))
    world.reservation(users.things[3], users.head, start, end, state="no_show", group_id=users.group.id)
    key = bearer(world.token(users.head, "usage:read"))
    for by in BY:
        told = client.get(
            f"/api/v1/groups/{users.group.id}/utilization?period=2026&by={by}", headers=key
        ).json
        rows = [row["figures"] for row in told["items"]]
        for code, part in (
            ("no_show_rate", "over"), ("no_show_rate", "under"), ("lead_time", "over"), ("external", "value"),
            ("effective", "value"),
        ):  # fmt: skip
            whole = float(told["figures"][code][part])
            assert whole > 0
            assert sum(float(row[code][part]) for row in rows) == pytest.approx(whole, abs=0.2), (by, code)
    assert told["figures"]["no_show_rate"]["over"] == "2"


def test_figures_of_a_group_with_their_definitions(client, world, users) -> None:
    key = bearer(world.token(users.head, "usage:read"))
    told = client.get(f"/api/v1/groups/{users.group.id}/utilization?period=2026", headers=key).json
    figures: dict[str, Any] = told["figures"]
    assert (figures["effective"]["value"], figures["external"]["value"], figures["uses"]["value"]) == (
        "6",
        "2",
        "3",
    )
    assert (figures["no_show_rate"]["over"], figures["no_show_rate"]["under"]) == ("1", "3")
    assert (figures["lead_time"]["value"], figures["shared_by_hours"]["value"]) == ("24", "0.333333")
    assert told["definitions"]["external"]["over"] == "external"
    typed = {"of": "effective", "parts": {"typed": "1"}}
    assert [figures[code]["evidence"] for code in ("effective", "external", "no_show_rate", "uses", "lead_time")] == [
        typed, typed | {"of": "external"}, None, None, None,
    ]  # fmt: skip
    none = client.get(f"/api/v1/groups/{users.group.id}/utilization?period=2025", headers=key).json["figures"]
    assert (none["no_show_rate"]["value"], bool(none["no_show_rate"]["missing"])) == (None, True)


def test_evidence_is_that_of_their_own_hours(client, world, users) -> None:
    facts.use(
        users.things[0],
        users.head,
        span("2026-07-01", "09:00-15:00"),
        group_id=users.group.id,
        grade="sensor",
    )
    of_all, outside = {"sensor": "0.5", "typed": "0.5"}, {"typed": "1"}
    assert _evidence(client, world, users, "2026") == {
        "effective": of_all, "external": outside, "shared_by_hours": outside,
        "uses": None, "no_show_rate": None, "lead_time": None,
        "unused": None, "late_cancelled": None, "samples": None,
    }  # fmt: skip
    assert _evidence(client, world, users, "2025")["effective"] == {}
    sign_in(client, users.head)
    address = f"/groups/{users.group.id}/utilization"
    for code, words in (
        ("effective", "sensor 50.0%, typed 50.0%"), ("external", "typed 100.0%"), ("shared_by_hours", "typed 100.0%"),
        ("uses", "This figure is not made of hours of use."), ("no_show_rate", "This figure is not made of hours of use."),
        ("lead_time", "This figure is not made of hours of use."),
    ):  # fmt: skip
        page = client.get(f"{address}?period=2026&open={code}").text.partition('id="definition"')[2]
        assert words in page.partition("</section>")[0], code
    assert "Nothing was used in this period." in client.get(f"{address}?period=2025&open=external").text
    figures = _csv(client, f"{address}.csv?period=2026&part=figures")
    assert [row[-1] for row in figures] == [
        "Evidence of the hours", "sensor 50.0%, typed 50.0%", "typed 100.0%", "typed 100.0%", *[""] * 6,
    ]  # fmt: skip
    [heads, *rows] = _csv(client, f"{address}.csv?period=2026&by=institution")
    of_external = heads.index("External hours, Evidence of the hours: typed (%)")
    assert len(heads) == 11 + 2 * 5
    # Of the own institution nothing is external; of the other, all was typed.
    assert sorted(row[of_external] for row in rows) == ["", "100.0"]
    [_, *months] = _csv(client, f"{address}.csv?period=2026&by=month")
    assert [row[0] for row in months if row[of_external]] == ["2026-06"]


def _csv(client, address: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(client.get(address).data.decode("utf-8-sig"))))


def _evidence(client, world, users, period: str) -> dict[str, Any]:
    """Asked right after the deed: what it touched is counted first."""
    key = bearer(world.token(users.head, "usage:read"))
    address = f"/api/v1/groups/{users.group.id}/utilization?period={period}"
    told = client.get(address, headers=key).json
    assert told["old"] == 0
    return {code: each["evidence"] and each["evidence"]["parts"] for code, each in told["figures"].items()}


def test_who_sees_them(client, world, users) -> None:
    thing = f"instrument-{users.things[0].id}"
    for who in ("head", "manager", "boss", "other"):
        person = getattr(users, who)
        sign_in(client, person)
        key = bearer(world.token(person, "usage:read"))
        seen = {
            (f"/groups/{users.group.id}/utilization/reservations", "?"): who in ("head", "manager"),
            (f"/institutions/{users.company.id}/used/reservations", "?"): who == "boss",
            ("/utilization/reservations", f"?of={thing}&"): who == "manager",
        }
        for (address, query), may in seen.items():
            for ending in ("", ".csv", ".xlsx"):
                answer = client.get(f"{address}{ending}{query}period=2026")
                assert answer.status_code == (200 if may else 404), (who, address, ending)
            told = client.get(f"/api/v1{address}{query}period=2026", headers=key)
            assert told.status_code == (200 if may else 404), (who, address)


def test_page_file_and_api_say_the_same(client, world, users) -> None:
    sign_in(client, users.manager)
    thing = users.things[0].id
    board = client.get(f"/utilization?of=instrument-{thing}&period=2026&open=no_show_rate").text
    link = f"/utilization/reservations?of=instrument-{thing}&amp;period=2026&amp;figure=no_show_rate"
    assert (link in board, "Uses behind the figure" in board) == (True, False)
    query = f"of=instrument-{thing}&period=2026&figure=no_show_rate"
    rows = list(
        csv.reader(io.StringIO(client.get(f"/utilization/reservations.csv?{query}").data.decode("utf-8-sig")))
    )
    key = bearer(world.token(users.manager, "usage:read"))
    told = client.get(f"/api/v1/utilization/reservations?{query}&limit=1", headers=key).json
    assert (told["reservations"], len(told["items"]), bool(told["next"])) == (len(rows) - 1, 1, True)
    assert told["items"][0]["no_show"] is True
    assert client.get(f"/utilization/reservations?{query}x").status_code == 404
    late = client.get(f"/utilization/reservations?of=instrument-{thing}&period=2026&figure=late_cancelled")
    assert "No reservation counts here in this period" in late.text
    unused = f"/api/v1/utilization/reservations?of=instrument-{thing}&period=2026-04-07&figure=unused"
    assert client.get(unused, headers=key).status_code == 422
    unused = unused.replace("2026-04-07", "2026-04")
    assert client.get(unused, headers=key).json["reservations"] == 2


def test_tiles_of_a_group_open_in_the_browser(view: Callable[[], Page], app: Flask, world: World) -> None:
    app.config["FROZEN_NOW"] = None
    users = Reserving(world)
    page = view()
    sign_in_page(page, app, users.head)
    page.goto(f"/groups/{users.group.id}/utilization?period=2026")
    page.click("#tiles a[href*='open=no_show_rate']")
    page.wait_for_selector("#definition")
    found = violations(page)
    page.click("#definition a")
    page.wait_for_selector("main table")
    assert found + faults(page) == []


def test_files_say_how_much_of_a_period_is_counted(app: Flask, users) -> None:
    with app.test_request_context():
        assert counting_words(Selection(), periods.read("2024")) == [
            "0 of 48 months of instruments are counted",
            "Records begin on 30 Dec 2025: nothing is known of this period.",
        ]
        assert counting_words(Selection(), periods.read("2026")) == []


@pytest.mark.parametrize("period", ["2026", "2026-04", "2026-04-08..2026-11-26"])
def test_rows_of_a_place_come_to_its_figures_page_by_page(users, period) -> None:
    when = periods.read(period)
    for chosen in (
        Selection(institution_id=users.things[0].institution_id),
        Selection(lab_id=users.things[0].lab_id),
    ):
        totals, of = totals_in(chosen, when, NOW), whose(chosen=chosen)
        sums = reserved_sums(of, when, NOW, NO_SHOWS)
        assert (sums.count, sums.no_shows) == (totals.measure("reservations"), totals.measure("no_shows"))
        assert sums.lead == pytest.approx(float(totals.measure("lead")))
        whole = reserved_rows(of, when, NOW, NO_SHOWS)
        pages = [
            reserved_rows(of, when, NOW, NO_SHOWS, first=first, most=1) for first in range(len(whole) + 1)
        ]
        assert [row for page in pages for row in page] == whole
        missed = reserved_rows(of, when, NOW, NO_SHOWS, missed=True)
        assert len(missed) == reserved_sums(of, when, NOW, NO_SHOWS, missed=True).count == sums.no_shows
        assert all(row.no_show for row in missed)


def test_what_is_above_and_below_the_line_has_rows_of_its_own(client, world, users) -> None:
    sign_in(client, users.manager)
    home = users.things[0].institution_id
    fields = f"of=institution-{home}&period=2026"
    board = client.get(f"/utilization?{fields}&open=no_show_rate").text
    above = f"/utilization/reservations?missed=yes&amp;of=institution-{home}&amp;period=2026&amp;figure=no_show_rate"
    below = f"/utilization/reservations?of=institution-{home}&amp;period=2026&amp;figure=no_show_rate"
    assert (above in board, below in board) == (True, True)
    key = bearer(world.token(users.manager, "usage:read"))
    figure = client.get(f"/api/v1/utilization?{fields}", headers=key).json["items"][0]["figures"][
        "no_show_rate"
    ]
    for link, part in ((above, "over"), (below, "under")):
        address = link.replace("&amp;", "&")
        rows = client.get(address.replace("?", ".csv?")).data.decode("utf-8-sig").splitlines()
        told = client.get(f"/api/v1{address}".replace("missed=yes", "missed=true"), headers=key).json
        assert len(rows) - 1 == told["reservations"] == len(told["items"]) == int(figure[part]) > 0, part
        assert client.get(address).status_code == 200
    for code, measure in (
        ("shared_by_count", "serving"),
        ("shared_by_count", "sharable"),
        ("between_failures", "repairs"),
    ):
        page = client.get(f"/utilization?{fields}&open={code}").text
        assert f"order={measure}&amp;having={measure}" in page, measure
    sign_in(client, users.head)
    assert client.get(below.replace("&amp;", "&")).status_code == 404


def test_the_rows_of_a_measure_are_those_that_have_any(client, world, users) -> None:
    sign_in(client, users.manager)
    home = users.things[0].institution_id
    fields = f"of=institution-{home}&period=2026"
    key = bearer(world.token(users.manager, "usage:read"))
    [whole] = client.get(f"/api/v1/utilization?{fields}", headers=key).json["items"]
    for measure in ("serving", "sharable", "instruments"):
        told = client.get(f"/api/v1/utilization?{fields}&by=instrument&having={measure}", headers=key).json
        rows = (
            client.get(f"/utilization/figures.csv?{fields}&having={measure}")
            .data.decode("utf-8-sig")
            .splitlines()
        )
        assert len(told["items"]) == len(rows) - 1 == int(whole["measures"][measure]), measure
        assert "Only those with any" in client.get(f"/utilization/table?{fields}&having={measure}").text
    assert client.get(f"/utilization/table?{fields}&having=x").status_code == 422
    refused = client.get(f"/api/v1/utilization?{fields}&having=x", headers=key)
    assert [reason["field"] for reason in refused.json["reasons"]] == ["having"]


def test_an_instrument_that_was_gone_is_no_row(client, world, users) -> None:
    thing = users.things[0]
    gone = world.instrument(
        db.session.get_one(Lab, thing.lab_id), commissioned_on=date(2020, 1, 1), retired_on=date(2021, 1, 1)
    )
    tasks.keep_up()
    sign_in(client, users.manager)
    fields = f"of=institution-{thing.institution_id}&period=2026"
    key = bearer(world.token(users.manager, "usage:read"))
    told = client.get(f"/api/v1/utilization?{fields}&by=instrument", headers=key).json["items"]
    [whole] = client.get(f"/api/v1/utilization?{fields}", headers=key).json["items"]
    assert str(gone.id) not in {row["key"] for row in told}
    assert len(told) == int(whole["measures"]["instruments"])
