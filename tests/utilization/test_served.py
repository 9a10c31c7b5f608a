"""Who was served and what it earned as figures: who reads their rows, that they add up, that companies stand together."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from python_calamine import load_workbook
from sqlalchemy import insert, update

from instruments.database import db
from instruments.database.transactions import deed
from instruments.people.rights import Role
from instruments.usage.models import InstrumentUse
from instruments.utilization import tasks
from instruments.utilization.definitions import BESIDE, DEFINITIONS, EARNED, SERVED
from instruments.utilization.models import MonthIncome
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_pages import places
from tests.utilization.test_sums import NOW
from tests.world import bearer, sign_in

API = "/api/v1/utilization"
ROWS = ("institutions", "groups", "users")


@pytest.fixture
def trade(world, campus, people) -> Any:
    """A group of each institution, and one of a company, that used an instrument of the first institution."""
    firm = world.institution(kind="company")
    groups = [world.group(home) for home in (*campus.homes, firm)]
    for number, group in enumerate(groups):
        home = (*campus.homes, firm)[number]
        use = facts.use(
            campus.things[0], world.person(home), span(f"2026-05-1{number}", "09:00-11:00"), samples=number
        )
        with deed():
            db.session.execute(
                update(InstrumentUse).where(InstrumentUse.id == use.id).values(group_id=group.id)
            )
    tasks.keep_up()
    earned = [
        (campus.things[0], 202605, 100_00, 40_00), (campus.things[0], 202606, 30_00, 0), (campus.things[1], 202605, 7_00, 7_00),
        (campus.things[2], 202605, 900_00, 0),
    ]  # fmt: skip
    rows = [
        {
            "instrument_id": thing.id,
            "month": month,
            "currency": "CNY",
            "charged": charged,
            "external": external,
        }
        for thing, month, charged, external in earned
    ]
    with deed():
        db.session.execute(insert(MonthIncome), rows)
    return firm, groups


def table(client: FlaskClient, address: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(client.get(address).data.decode("utf-8-sig"))))


def test_only_whoever_answers_for_the_place(client, world, campus, people, trade) -> None:
    fields = f"of={places(campus)['home']}&period=2026"
    for what in ("served", "income"):
        assert client.get(f"/utilization/{what}?{fields}").status_code == 302
        assert client.get(f"{API}/{what}").status_code == 401
        assert client.get(f"{API}/{what}", headers=bearer(world.token(people.manager))).status_code == 403
    operator = world.person(campus.homes[0])
    world.grant(operator, Role.LAB_OPERATOR, campus.labs[0])
    for who, of, what, status in (
        (people.keeper, "home", "served", 404), (people.elsewhere, "home", "served", 404),
        (people.manager, "home", "served", 200), (people.platform, "platform", "served", 200),
        (people.keeper, "lab", "served", 200), (operator, "lab", "served", 200),
        (operator, "lab", "income", 404), (people.platform, "platform", "income", 404),
        (people.platform, "home", "income", 404), (people.elsewhere, "home", "income", 404),
        (people.manager, "home", "income", 200), (people.auditor, "home", "income", 200),
        (people.keeper, "lab", "income", 200), (people.keeper, "instrument", "income", 200),
    ):  # fmt: skip
        asked = f"of={places(campus).get(of, of)}&period=2026"
        sign_in(client, who)
        for page in (what, f"{what}.csv", f"{what}.xlsx"):
            assert client.get(f"/utilization/{page}?{asked}").status_code == status, (who.name_en, of, page)
        key = bearer(world.token(who, "usage:read"))
        assert client.get(f"{API}/{what}?{asked}", headers=key).status_code == status, (who.name_en, of, what)


def test_what_is_no_way_to_tell_apart_is_refused(client, world, campus, people) -> None:
    sign_in(client, people.manager)
    key = bearer(world.token(people.manager, "usage:read"))
    for of, fields, code in (
        ("home", "served?rows=persons", 422), ("home", "income?by=class", 422), ("lab", "income?by=lab", 422),
        ("instrument", "income?by=instrument", 422), ("home", "served?from=2026-01-01", 422),
    ):  # fmt: skip
        asked = f"{fields}&of={places(campus)[of]}"
        assert client.get(f"{API}/{asked}", headers=key).status_code == code, asked
        if "from" not in fields:
            assert client.get(f"/utilization/{asked}").status_code == 404, asked


@pytest.mark.parametrize("period", ["2026", "2026-03-04..2026-11-25"])
def test_rows_come_to_the_figures(client, world, campus, people, trade, period) -> None:
    sign_in(client, people.manager)
    key = bearer(world.token(people.manager, "usage:read"))
    fields = f"of={places(campus)['home']}&period={period}"
    board = client.get(f"{API}/dashboard?{fields}", headers=key).json
    told = {rows: client.get(f"{API}/served?{fields}&rows={rows}", headers=key).json for rows in ROWS}
    assert all(each["served"] == board["served"] for each in told.values())
    groups, institutions, users = (told[rows]["items"] for rows in ("groups", "institutions", "users"))
    assert sum(row["count"] for row in groups) == board["served"]["groups"] == 3
    assert len([row for row in institutions if row["institution_id"]]) == board["served"]["institutions"] == 2
    [companies] = [row for row in institutions if row["companies"]]
    assert companies["count"] == board["served"]["companies"] == 1
    whole = client.get(f"{API}?{fields}", headers=key).json["items"][0]["measures"]
    assert sum(float(row["hours"]) for row in institutions) == pytest.approx(
        float(whole["effective"]), abs=0.01
    )
    assert sum(row["uses"] for row in institutions) == int(whole["uses"])
    assert sum(row["samples"] for row in institutions) == int(whole["samples"])
    assert {row["instrument_id"] for row in users} == {campus.things[0].id, campus.things[1].id}
    assert (
        max(row["count"] for row in users) <= board["served"]["persons"] <= sum(row["count"] for row in users)
    )
    for rows in ROWS:
        assert (
            len(table(client, f"/utilization/served.csv?{fields}&rows={rows}"))
            == len(told[rows]["items"]) + 1
        )
        assert SERVED[rows].words in client.get(f"/utilization/served?{fields}&rows={rows}").text


def test_groups_of_companies_stand_together_but_for_the_owners_people(
    client, world, campus, people, trade
) -> None:
    firm, groups = trade
    fields = f"of={places(campus)['home']}&period=2026-05&rows=groups"
    for who, named in ((people.manager, True), (people.auditor, True), (people.platform, False)):
        sign_in(client, who)
        page = client.get(f"/utilization/served?{fields}").text
        file = client.get(f"/utilization/served.csv?{fields}").data.decode("utf-8-sig")
        for told in (page, file):
            assert (firm.name_en in told, groups[2].name_en in told) == (named, named), who.name_en
            assert ("Companies: 1 group" in told) != named
            assert groups[1].name_en in told
            assert campus.homes[1].name_en in told
        assert f"/groups/{groups[2].id}/utilization" not in page
        assert (f"/groups/{groups[0].id}/utilization" in page) == (who is not people.elsewhere)
        key = bearer(world.token(who, "usage:read"))
        items = client.get(f"{API}/served?{fields}", headers=key).json["items"]
        # The API names no company to anybody.
        assert [(row["group_id"], row["institution_id"]) for row in items if row["companies"]] == [
            (None, None)
        ]
    sign_in(client, people.manager)
    assert f"/groups/{groups[1].id}/utilization" not in client.get(f"/utilization/served?{fields}").text


def test_income_row_by_row(client, world, campus, people, trade) -> None:
    sign_in(client, people.manager)
    key = bearer(world.token(people.manager, "usage:read"))
    home = places(campus)["home"]
    board = client.get(f"{API}/dashboard?of={home}&period=2026", headers=key).json
    assert board["income"] == [{"currency": "CNY", "charged": "137.00", "external": "47.00"}]
    for by, expected in (
        ("instrument", [(str(campus.things[0].id), "130.00"), (str(campus.things[1].id), "7.00")]),
        ("lab", [(str(campus.labs[0].id), "130.00"), (str(campus.labs[1].id), "7.00")]),
        ("month", [("2026-05", "107.00"), ("2026-06", "30.00")]),
    ):
        told = client.get(f"{API}/income?of={home}&period=2026&by={by}", headers=key).json
        assert [(row["key"], row["charged"]) for row in told["items"]] == expected, by
        assert told["sums"] == board["income"], by
        assert set(told["definitions"]) == set(EARNED)
        page = client.get(f"/utilization/income?of={home}&period=2026&by={by}").text
        assert "CNY 137.00" in page
        assert f"/institutions/{campus.homes[0].id}/charges" in page
        rows = table(client, f"/utilization/income.csv?of={home}&period=2026&by={by}")
        assert [row[-2] for row in rows[1:]] == [charged for _, charged in expected]
    assert (
        "Nothing was charged in this period"
        in client.get(f"/utilization/income?of={home}&period=2026-09").text
    )


def test_each_opens_to_its_definition_and_its_rows(client, world, campus, people, trade) -> None:
    home = f"of={places(campus)['home']}"
    behind = {"users": "served", "groups": "served", "institutions": "served", "companies": "used-by"}
    for code, definition in BESIDE.items():
        sign_in(client, people.manager)
        page = client.get(f"/utilization?{home}&period=2026-05&open={code}").text
        assert f"{definition.name}, definition 1" in page, code
        assert definition.words in page, code
        assert f"/utilization/{behind.get(code, 'income')}?" in page, code
        sign_in(client, people.platform)
        page = client.get(f"/utilization?of=platform&period=2026-05&open={code}").text
        assert definition.words in page, code
        assert ("one sum of all institutions" in page) == (code in EARNED), code
        assert "/utilization/income?" not in page, code
        assert f"/institutions/{campus.homes[0].id}/charges" not in page, code
    sign_in(client, people.manager)
    one = f"of={places(campus)['instrument']}"
    assert f"/utilization/uses?{one}" in client.get(f"/utilization?{one}&period=2026&open=users").text
    key = bearer(world.token(people.manager, "usage:read"))
    assert set(client.get(f"{API}/dashboard?{home}", headers=key).json["definitions"]) == set(BESIDE)


@pytest.mark.parametrize(
    ("period", "when"),
    [
        ("2026-05", "2026-05"), ("2026", "2026-01-01..2026-12-31"), ("2026-Q2", "2026-04-01..2026-06-30"),
        ("2025/26", "2025-09-01..2026-08-31"), ("2026-05-03..2026-05-20", "2026-05-03..2026-05-20"),
    ],
)  # fmt: skip
def test_charges_are_those_of_the_period_and_the_place(client, campus, people, trade, period, when) -> None:
    sign_in(client, people.manager)
    one, lab, home = campus.things[0].id, campus.labs[0].id, campus.homes[0].id
    for of, link in (
        (f"institution-{home}", f"/institutions/{home}/charges?month={when}"),
        (f"lab-{lab}", f"/labs/{lab}/charges?month={when}"),
        (f"instrument-{one}", f"/labs/{lab}/charges?month={when}&amp;instrument={one}"),
    ):
        for page in (f"/utilization?open=charged&of={of}", f"/utilization/income?of={of}"):
            told = client.get(f"{page}&period={period}").text
            if "Nothing was charged" not in told and "This period" not in told:
                assert f'href="{link}"' in told, (page, of)
        assert client.get(link.replace("&amp;", "&")).status_code == 200


@pytest.mark.parametrize(("against", "other"), [("before", "2026-05"), ("year", "2025-06")])
def test_programs_compare_with_either_period_as_the_file_does(
    client, world, campus, people, against, other
) -> None:
    sign_in(client, people.manager)
    key = bearer(world.token(people.manager, "usage:read"))
    asked = f"of={places(campus)['home']}&period=2026-06&against={against}"
    told = client.get(f"{API}/dashboard?{asked}", headers=key).json["compared"]
    assert (told["against"], told["period"]) == (against, other)
    changed = {
        row[0].split(" (")[0]: row[2] for row in table(client, f"/utilization/board-figures.csv?{asked}")[1:]
    }
    for code, definition in DEFINITIONS.items():
        cell, said = changed[definition.name], told["figures"].get(code, {}).get("changed")
        assert (said is None) == (cell in ("", "0 before")), code
        assert said is None or float(said) * 100 == pytest.approx(float(cell)), code
    assert (told["not_compared"] is None) is (against == "before")
    answer = client.get(f"{API}/dashboard?{asked.replace(against, 'x')}", headers=key)
    assert answer.status_code == 422


def test_both_stand_beside_the_other_period_as_far_as_it_is_kept(
    app, client, world, campus, people, trade
) -> None:
    sign_in(client, people.manager)
    key = bearer(world.token(people.manager, "usage:read"))
    home = f"of={places(campus)['home']}"
    rows = table(client, f"/utilization/board-income.csv?{home}&period=2026-06&against=before")
    assert [row[1:4] for row in rows[1:]] == [["CNY", "30.00", "-72.0"], ["CNY", "0.00", "-100.0"]]
    rows = table(client, f"/utilization/board-served.csv?{home}&period=2026-05&against=before")
    # Nobody was served in April.
    assert [row[:3] for row in rows[1:3]] == [
        ["Users served", "3", "0 before"],
        ["Groups served", "3", "0 before"],
    ]
    rows = table(client, f"/utilization/board-served.csv?{home}&period=2026-11&against=year")
    assert {row[2] for row in rows[1:]} == {""}
    told = client.get(f"{API}/dashboard?{home}&period=2026-11", headers=key).json
    assert (told["served_before"], told["income_before"]) == (None, None)
    # Nor is what is not over compared.
    told = client.get(f"{API}/dashboard?{home}&period=2027-05", headers=key).json
    assert (told["served_before"], told["income_before"]) == (None, None)
    app.config["FROZEN_NOW"] = NOW + timedelta(days=140)
    key = bearer(world.token(people.manager, "usage:read"))
    told = client.get(f"{API}/dashboard?{home}&period=2027-05", headers=key).json
    assert told["compared"]["not_compared"] is None
    assert told["served_before"]["groups"] == 3
    assert told["income_before"][0]["charged"] == "107.00"
    operator = world.person(campus.homes[0])
    world.grant(operator, Role.LAB_OPERATOR, campus.labs[0])
    key = bearer(world.token(operator, "usage:read"))
    lab = f"of={places(campus)['lab']}"
    assert client.get(f"{API}/dashboard?{lab}&period=2027-05", headers=key).json["income_before"] is None


def test_the_workbook_says_what_they_mean(client, campus, people, trade) -> None:
    sign_in(client, people.manager)
    book = load_workbook(
        io.BytesIO(client.get(f"/utilization/board.xlsx?of={places(campus)['home']}&period=2026").data)
    )
    about = str(book.get_sheet_by_name("Definitions").to_python())
    for definition in BESIDE.values():
        assert definition.words in about
    sign_in(client, people.platform)
    fields = f"of={places(campus)['home']}&period=2026"
    book = load_workbook(io.BytesIO(client.get(f"/utilization/board.xlsx?{fields}").data))
    assert "What it earned" not in book.sheet_names
    assert EARNED["charged"].words not in str(book.get_sheet_by_name("Definitions").to_python())
