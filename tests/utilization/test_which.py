"""Instruments of one name are told apart: by institution, lab and asset number, in every file and on every page of them."""

from __future__ import annotations

import csv
import io

import pytest

from instruments.database import db
from instruments.utilization import tasks
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
    return first, second, third


FILES = (
    "figures.csv?by=instrument&", "lists/value.csv?", "lists/doubtful.csv?", "hours.csv?", "used-by.csv?user={home}&",
    "reservations.csv?figure=unused&",
)  # fmt: skip


@pytest.mark.parametrize("file", FILES)
def test_no_two_rows_of_a_file_are_alike(client, campus, people, twins, file) -> None:
    home = campus.homes[0]
    sign_in(client, people.manager)
    address = f"/utilization/{file.format(home=home.id)}of=institution-{home.id}&period=2026"
    head, *rows = csv.reader(io.StringIO(client.get(address).data.decode("utf-8-sig")))
    at = head.index("Institution")
    assert head[at : at + 3] == HEADS
    told = [tuple(row[at : at + 3]) for row in rows if NAME in row]
    assert len(set(told)) == len(told)
    if file.startswith(("figures", "hours", "used-by")):
        assert sorted(told) == sorted((home.name_en, each.lab.name_en, each.asset_number) for each in twins)


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
        for page in ("table?", "hours?", f"used-by?user={home.id}&"):
            told = client.get(f"/utilization/{page}of={of}&period=2026").text
            assert f'<div class="hint">{words}</div>' in told, (of, page)


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
