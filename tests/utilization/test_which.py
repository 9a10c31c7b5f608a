"""Instruments of one name are told apart: by institution, lab and asset number, in every file and on every page of them."""

from __future__ import annotations

import csv
import io

import pytest
from python_calamine import load_workbook
from sqlalchemy import insert

from instruments.database import db
from instruments.database.transactions import deed
from instruments.utilization import tasks
from instruments.utilization.models import MonthIncome
from tests.utilization import facts
from tests.utilization.golden import span
from tests.world import bearer, sign_in

HEADS = ["Institution", "Lab", "Asset number"]
NAME = "SmartLab 9 kW"


@pytest.fixture
def twins(world, campus):
    """The first two instruments, of two labs of one institution, and one beside the first, have one name."""
    first, second = campus.things[:2]
    third = world.instrument(first.lab)
    for number, each in enumerate((first, second, third), 1):
        each.name_en, each.asset_number = NAME, f"A-{number}"
    db.session.commit()
    for each in (first, second, third):
        facts.use(each, world.person(campus.homes[0]), span("2026-06-10", "09:00-12:00"))
    tasks.keep_up()
    with deed():
        earned = {"month": 202606, "currency": "CNY", "charged": 100, "external": 0}
        db.session.execute(
            insert(MonthIncome), [{"instrument_id": each.id, **earned} for each in (first, second, third)]
        )
    return first, second, third


# Those that tell every instrument, and those that tell some of them.
FILES = (
    "/utilization/figures.csv?by=instrument", "/utilization/hours.csv?", "/utilization/used-by.csv?user={home}",
    "/utilization/income.csv?by=instrument", "/utilization/served.csv?rows=users", "/institutions/{home}/used.csv?",
    "/institutions/{home}/used.csv?part=instruments", "/groups/{group}/utilization.csv?part=instruments",
    "/groups/{group}/utilization.csv?",
)  # fmt: skip
OF_SOME = (
    "/utilization/lists/value.csv?", "/utilization/lists/doubtful.csv?", "/utilization/reservations.csv?figure=unused",
    "/institutions/{home}/used/reservations.csv?figure=unused",
)  # fmt: skip
# By file, the heads of all that is not told by instrument.
NOT_OF_INSTRUMENTS = {
    "/utilization/income.csv?by=lab": ["Name", "Currency"], "/utilization/served.csv?rows=groups": ["Group", "Of"],
    "/utilization/served.csv?rows=institutions": ["Institution", "Effective hours"],
    "/utilization/figures.csv?by=lab": ["Name", "Calendar hours"],
}  # fmt: skip


def addressed(world, campus, people, twins, words: str) -> str:
    """An address of the year; of a group that used each of the instruments."""
    group = world.group(campus.homes[0])
    if "{group}" in words:
        for each in twins:
            facts.use(each, people.manager, span("2026-07-10", "09:00-10:00"), group_id=group.id)
        tasks.keep_up()
    home = campus.homes[0].id
    return f"{words.format(home=home, group=group.id)}&of=institution-{home}&period=2026"


@pytest.mark.parametrize("file", [*FILES, *OF_SOME])
def test_no_two_rows_of_a_file_are_alike(client, world, campus, people, twins, file) -> None:
    home = campus.homes[0]
    sign_in(client, people.manager)
    address = addressed(world, campus, people, twins, file)
    head, *rows = csv.reader(io.StringIO(client.get(address).data.decode("utf-8-sig")))
    at = head.index("Institution")
    assert head[at : at + 3] == HEADS
    told = [tuple(row[at : at + 3]) for row in rows if NAME in row]
    assert len(set(told)) == len(told)
    if file in FILES:
        assert sorted(told) == sorted((home.name_en, each.lab.name_en, each.asset_number) for each in twins)


@pytest.mark.parametrize("file", NOT_OF_INSTRUMENTS)
def test_rows_of_something_else_have_no_such_columns(client, campus, people, twins, file) -> None:
    sign_in(client, people.manager)
    address = f"{file}&of=institution-{campus.homes[0].id}&period=2026"
    head = next(csv.reader(io.StringIO(client.get(address).data.decode("utf-8-sig"))))
    assert head[:2] == NOT_OF_INSTRUMENTS[file]
    assert "Asset number" not in head


@pytest.mark.parametrize(
    ("file", "sheet"),
    [
        ("/utilization/income.xlsx?by=instrument", "What it earned"),
        ("/utilization/served.xlsx?rows=users", "Users served"),
        ("/institutions/{home}/used.xlsx?", "Instruments by hours"),
    ],
)
def test_nor_of_a_workbook(client, world, campus, people, twins, file, sheet) -> None:
    sign_in(client, people.manager)
    answer = client.get(addressed(world, campus, people, twins, file))
    rows = load_workbook(io.BytesIO(answer.data)).get_sheet_by_name(sheet).to_python()
    at = rows[0].index("Institution")
    assert rows[0][at : at + 3] == HEADS
    assert {row[at + 2] for row in rows if NAME in row} == {"A-1", "A-2", "A-3"}


def test_uses_say_of_which_instrument_they_are(client, campus, people, twins) -> None:
    sign_in(client, people.manager)
    address = f"/utilization/uses.csv?of=instrument-{twins[2].id}&period=2026"
    head, *rows = csv.reader(io.StringIO(client.get(address).data.decode("utf-8-sig")))
    assert head[-4:] == ["Instrument", *HEADS]
    home = campus.homes[0]
    assert {tuple(row[-4:]) for row in rows} == {(NAME, home.name_en, twins[2].lab.name_en, "A-3")}


def test_pages_say_below_a_name_what_their_place_does_not_say(client, campus, people, twins) -> None:
    home, lab = campus.homes[0], twins[0].lab
    for who, of, words in (
        (people.platform, "platform", f"{home.name_en} · {lab.name_en} · A-1"),
        (people.manager, f"institution-{home.id}", f"{lab.name_en} · A-1"),
        (people.keeper, f"lab-{lab.id}", "A-1"),
    ):
        sign_in(client, who)
        pages = ["table?", "hours?", f"used-by?user={home.id}&", "served?rows=users&"]
        # To the platform no row of what was earned is told.
        pages += ["income?by=instrument&"] if of != "platform" else []
        for page in pages:
            told = client.get(f"/utilization/{page}of={of}&period=2026").text
            assert f'<div class="hint">{words}</div>' in told, (of, page)


@pytest.mark.parametrize(
    ("page", "times"), [("used?by=instrument&", 2), ("used?by=lab&", 1), ("used/week?weekday=2&", 1)]
)
def test_pages_of_whose_use_say_it_in_rows_and_in_the_order_of_hours(
    client, campus, people, twins, page, times
) -> None:
    home = campus.homes[0]
    sign_in(client, people.manager)
    told = client.get(f"/institutions/{home.id}/{page}period=2026").text
    for each in twins:
        words = f'<div class="hint">{home.name_en} · {each.lab.name_en} · {each.asset_number}</div>'
        assert told.count(words) == times, each.asset_number


def test_rows_are_not_asked_for_one_by_one(client, world, campus, people, twins, statements) -> None:
    sign_in(client, people.manager)
    home = campus.homes[0].id
    pages = (
        f"/utilization/income?by=instrument&of=institution-{home}&period=2026",
        f"/utilization/served?rows=users&of=institution-{home}&period=2026",
        f"/institutions/{home}/used?period=2026", f"/institutions/{home}/used/week?weekday=2&period=2026",
    )  # fmt: skip
    asked: list[list[int]] = []
    for _ in range(2):
        for page in pages:
            client.get(page)
        asked.append([])
        for page in pages:
            statements.clear()
            client.get(page)
            asked[-1].append(len(statements))
        more = [world.instrument(twins[0].lab) for _ in range(3)]
        for each in more:
            facts.use(each, people.manager, span("2026-06-10", "09:00-10:00"))
        tasks.keep_up()
        earned = {"month": 202606, "currency": "CNY", "charged": 100, "external": 0}
        with deed():
            db.session.execute(insert(MonthIncome), [{"instrument_id": each.id, **earned} for each in more])
    assert asked[0] == asked[1]


def test_purchase_reviews_name_labs(client, world, campus, people, twins) -> None:
    sign_in(client, people.manager)
    home = campus.homes[0]
    key = bearer(world.token(people.manager, "reports:read reports:write"))
    made = client.post(
        f"/api/v1/institutions/{home.id}/purchases", json={"name": "Another", "period": "2026"}, headers=key
    )
    number = made.json["id"]
    page = client.get(f"/purchases/{number}/instruments").text
    for each in twins:
        assert f"{each.lab.name_en} · {each.asset_number}" in page
        client.post(
            f"/purchases/{number}/instruments", data={"instrument_id": each.id, "reason": "The same range"}
        )
    page = client.get(f"/purchases/{number}").text
    told = client.get(f"/api/v1/purchases/{number}", headers=key).json["alternatives"]
    for each in twins:
        assert f"{home.name_en} · {each.lab.name_en} · {each.asset_number}" in page
    assert {row["asset_number"] for row in told} == {"A-1", "A-2", "A-3"}
