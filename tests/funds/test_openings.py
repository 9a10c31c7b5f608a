"""Opening balances from a file: refused by row, brought in once, all or none; by page and by program."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from instruments.funds.knowing import standings
from instruments.people.rights import Role
from tests.world import bearer, sign_in

HEAD = "经费代码,金额,币种,依据,所属单位\n"


class Books:
    def __init__(self, world: Any, client: Any) -> None:
        self.client, self.home = client, world.institution()
        self.finance, self.member = (world.person(self.home) for _ in range(2))
        world.grant(self.finance, Role.FINANCE_OFFICER, self.home)
        self.first, self.second = (world.fund(self.home, code=code) for code in ("G-1", "G-2"))
        self.path = f"/institutions/{self.home.id}/ledger/openings"

    def upload(self, rows: str, who: Any = None) -> Any:
        sign_in(self.client, who or self.finance)
        return self.client.post(self.path, data={"file": (io.BytesIO((HEAD + rows).encode()), "open.csv")})

    def taken(self, page: str) -> Any:
        found = {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("rows", "seen")}
        sent = found["rows"].replace("&#34;", '"')
        return self.client.post(self.path, data={"rows": sent, "seen": found["seen"]})

    def spent(self) -> list[int]:
        found = standings([self.first.id, self.second.id])
        return [found[each.id].spent for each in (self.first, self.second)]


@pytest.fixture
def books(world, client, now) -> Books:
    return Books(world, client)


def test_only_finance_brings_them_in(books) -> None:
    assert books.upload("G-1,1,,x,\n", books.member).status_code == 403
    assert books.client.get(books.path).status_code == 403
    sign_in(books.client, books.finance)
    assert books.client.get("/institutions/999999999/ledger/openings").status_code == 404
    assert "Choose a file." in books.client.post(books.path).text


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("G-9,1,,x,", "No fund in these books has this code and owner."),
        ("G-1,much,,x,", "“much” is no number"),
        ("G-1,0,,x,", "Write an amount other than zero."),
        ("G-1,0.001,,x,", "finer than CNY"),
        ("G-1,1,USD,x,", "The fund is in CNY."),
        ("G-1,1,,,", "Say where the figure comes from"),
        ("G-1,1,,x,Elsewhere", "No fund in these books"),
        ("G-1,1,,x,\nG-1,2,,x,", "stands here twice"),
    ],
)
def test_a_row_that_is_wrong_keeps_all_out(books, row: str, words: str) -> None:
    page = books.upload(f"G-2,5,,Old books,\n{row}\n").text
    assert words in page
    assert 'name="seen"' not in page
    assert books.spent() == [0, 0]


def test_what_was_seen_is_brought_in_once(books) -> None:
    rows = 'G-1,"1,200.50",CNY,Old books,\nG-2,-3,,Old books,\n'
    page = books.upload(rows).text
    assert "Bring in 2 balances" in page
    assert books.taken(page).status_code == 303
    assert books.spent() == [120050, -300]
    assert books.taken(page).status_code == 422
    assert "in the books already" in books.upload(rows).text
    assert "another opening balance already" in books.upload("G-1,7,,Old books,\n").text
    assert books.spent() == [120050, -300]
    assert books.client.post(books.path, data={"rows": "[1]", "seen": "x"}).status_code == 422


def test_programs_do_the_same(books, world) -> None:
    path, token = (
        f"/api/v1/institutions/{books.home.id}/opening-balances",
        world.token(books.finance, "money:write"),
    )

    def send(**form: str) -> Any:
        data = {"file": (io.BytesIO((HEAD + "G-1,10,,Old books,\n").encode()), "open.csv")} | form
        return books.client.post(path, data=data, headers=bearer(token))

    told = send().json
    assert (told["counts"]["new"], told["brought_in"], books.spent()) == (1, None, [0, 0])
    assert send(seen="other").status_code == 422
    assert send(seen=told["seen"]).json["brought_in"] == 1
    assert send().json["counts"]["same"] == 1
    assert books.spent() == [1000, 0]
    assert (
        books.client.post(path, headers=bearer(world.token(books.member, "money:write"))).status_code == 403
    )
