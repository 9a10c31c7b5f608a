"""What stands behind a cell of who uses whose: who sees it, that companies stand together, and that it adds up."""

from __future__ import annotations

import csv
import io

import pytest

from instruments.utilization import tasks
from instruments.utilization.views.matrix import MATRIX_COLUMNS
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_pages import places
from tests.world import bearer, sign_in

DOOR = "/api/v1/utilization/used-by"


def test_only_whoever_answers_for_the_place(client, world, campus, people) -> None:
    fields = f"of={places(campus)['home']}&period=2026&user={campus.homes[1].id}"
    assert (client.get(f"/utilization/used-by?{fields}").status_code, client.get(DOOR).status_code) == (
        302,
        401,
    )
    for who, status in (
        (people.platform, 200),
        (people.auditor, 200),
        (people.keeper, 404),
        (people.elsewhere, 404),
    ):
        sign_in(client, who)
        for page in ("used-by", "used-by.csv", "used-by.xlsx"):
            assert client.get(f"/utilization/{page}?{fields}").status_code == status, page
        key = bearer(world.token(who, "usage:read"))
        assert client.get(f"{DOOR}?{fields}", headers=key).status_code == status


def test_a_company_alone_is_nobody(client, world, campus, people) -> None:
    firm = world.institution(kind="company")
    sign_in(client, people.platform)
    key = bearer(world.token(people.platform, "usage:read"))
    for user in (firm.id, 999_999, "x", "-1", "٣"):
        assert client.get(f"/utilization/used-by?period=2026&user={user}").status_code == 404, user
        assert client.get(f"{DOOR}?period=2026&user={user}", headers=key).status_code == 404, user


@pytest.mark.parametrize("period", ["2026", "2026-03-04..2026-11-25"])
@pytest.mark.parametrize("of", ["instrument", "lab", "home"])
def test_within_an_institution_the_owner_is_the_lab(client, world, campus, people, period, of) -> None:
    thing = campus.things[1]
    asked = {**places(campus), "instrument": f"instrument-{thing.id}", "lab": f"lab-{thing.lab_id}"}[of]
    key = bearer(world.token(people.manager, "usage:read"))
    fields = f"of={asked}&period={period}"
    told = client.get(f"/api/v1/utilization/dashboard?{fields}", headers=key).json
    owners = {cell["owner_id"] for cell in told["who_uses_whose"]}
    labs = {campus.labs[0].id, thing.lab_id} if of == "home" else {thing.lab_id}
    assert (told["owners"], owners) == ("lab", labs)
    sign_in(client, people.manager)
    body = client.get(f"/utilization/board-matrix.csv?{fields}").data.decode("utf-8-sig")
    names = {row[0] for row in csv.reader(io.StringIO(body))}
    assert {lab.name_en for lab in campus.labs if lab.id in labs} <= names
    if of == "instrument":
        [*cells] = told["who_uses_whose"]
        page = client.get(f"/utilization?{fields}").text
        for cell in cells:
            whom = f"user={cell['user_id']}"
            link = f"/utilization/used-by?{fields}&against=before&{whom}"
            assert link.replace("&", "&amp;") in page
            assert client.get(f"{DOOR}?{fields}&{whom}", headers=key).json["hours"] == cell["hours"]


def test_all_owners_and_customers_have_a_page(client, world, campus, people) -> None:
    assert client.get("/utilization/matrix?period=2026").status_code == 302
    sign_in(client, people.elsewhere)
    assert client.get(f"/utilization/matrix?of={places(campus)['home']}&period=2026").status_code == 404
    guests = [world.institution() for _ in range(MATRIX_COLUMNS)]
    for number, guest in enumerate(guests):
        day = f"2026-05-{number + 10}"
        facts.use(campus.things[0], world.person(guest), span(day, "09:00-10:00"))
    tasks.keep_up()
    sign_in(client, people.manager)
    fields = f"of={places(campus)['home']}&period=2026"
    board = client.get(f"/utilization?{fields}").text
    assert "All 2 × 11" in board
    assert "2 more columns stand on the page of all and in the file" in board
    page = client.get(f"/utilization/matrix?{fields}").text
    rows = list(
        csv.reader(
            io.StringIO(client.get(f"/utilization/board-matrix.csv?{fields}").data.decode("utf-8-sig"))
        )
    )
    for name in (*rows[0][1:], *(row[0] for row in rows[1:])):
        assert name in page
    assert page.count("/utilization/used-by?") > board.count("/utilization/used-by?")
    sign_in(client, people.platform)
    assert "All 2 × 2<" in client.get("/utilization/matrix?period=2026-11").text
    assert "/utilization/matrix" not in client.get("/utilization?period=2026-11").text
    assert "Nothing was used in this period" in client.get("/utilization/matrix?period=2025-05").text


@pytest.mark.parametrize("period", ["2026", "2026-03-04..2026-11-25"])
def test_it_adds_up_to_the_cell(client, world, campus, people, period) -> None:
    for number in range(2):
        firm = world.institution(kind="company")
        facts.use(campus.things[0], world.person(firm), span(f"2026-05-1{number + 1}", "09:00-10:00"))
    tasks.keep_up()
    key = bearer(world.token(people.platform, "usage:read"))
    cells = client.get(f"/api/v1/utilization/dashboard?period={period}", headers=key).json["who_uses_whose"]
    assert any(cell["companies"] for cell in cells)
    for cell in cells:
        user = "companies" if cell["companies"] else cell["user_id"] or "unknown"
        fields = f"of=institution-{cell['owner_id']}&period={period}&user={user}"
        told = client.get(f"{DOOR}?{fields}", headers=key).json
        assert float(told["hours"]) == pytest.approx(float(cell["hours"])), fields
        assert sum(row["uses"] for row in told["items"]) == cell["uses"], fields
        sign_in(client, people.platform)
        body = client.get(f"/utilization/used-by.csv?{fields}").data.decode("utf-8-sig")
        assert len(list(csv.reader(io.StringIO(body)))) == len(told["items"]) + 1
        assert client.get(f"/utilization/used-by?{fields}").status_code == 200
