"""The doors of price sheets: the page, programs and the command line; refusals first, and the same prices at each."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from instruments.database import db
from instruments.people.rights import Role
from instruments.rates.models import RateVersion
from tests.rates.pricing_world import price, published
from tests.world import bearer, sign_in

RAISED = "价目,内容,单位,使用方式,own_lab\nlab,价格,每小时,self,44\n"
WRONG = "价目,内容,单位,使用方式,own_lab\nlab,价格,每小时,self,much\n"


class Doors:
    def __init__(self, world: Any, client: Any) -> None:
        self.client, self.thing = client, world.instrument()
        self.lab, home = self.thing.lab, self.thing.institution
        self.manager, self.stranger = (world.person(home) for _ in range(2))
        world.grant(self.manager, Role.LAB_MANAGER, self.lab)
        self.tokens = {who: world.token(who) for who in (self.manager, self.stranger)}
        self.held = published(self.lab, prices=[price("own_lab", 4000), price("partner", 9000)])

    def ask(self, who: Any, method: str, path: str, match: str = "", **more: Any) -> Any:
        headers = bearer(self.tokens[who]) | ({"If-Match": match} if match else {})
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    def brought(self, text: str = RAISED, who: Any = None, **form: str) -> Any:
        data = {"file": (io.BytesIO(text.encode()), "prices.csv"), "valid_from": "2027-04-01"} | form
        return self.ask(who or self.manager, "POST", f"/labs/{self.lab.id}/price-sheets", data=data)

    def drafts(self) -> list[RateVersion]:
        db.session.expire_all()
        return list(db.session.scalars(select(RateVersion).where(RateVersion.state != "published")))


@pytest.fixture
def doors(world, client, now) -> Doors:
    return Doors(world, client)


def test_who_does_not_run_the_lab_neither_takes_nor_brings_a_sheet(doors) -> None:
    number = doors.brought().json["id"]
    lab = f"/labs/{doors.lab.id}"
    assert doors.brought(who=doors.stranger).status_code == 403
    for path in (f"{lab}/prices.csv", f"/price-sheets/{number}"):
        assert doors.ask(doors.stranger, "GET", path).status_code == 403, path
    assert doors.ask(doors.stranger, "GET", f"/price-versions/{doors.held.id}/prices.csv").status_code == 404
    sign_in(doors.client, doors.stranger)
    for path in (f"{lab}/prices/import", f"{lab}/prices/export.csv", f"{lab}/price-list/export.xlsx",
                 f"{lab}/prices/template.xlsx", f"/price-sheets/{number}"):  # fmt: skip
        assert doors.client.get(path).status_code == 403, path
    assert doors.client.get(f"/price-versions/{doors.held.id}/export.csv").status_code == 404
    assert doors.client.post(f"/price-sheets/{number}/take", data={"seen": ""}).status_code == 403


def test_a_program_sees_first_and_takes_what_it_saw(doors) -> None:
    wrong = doors.brought(WRONG)
    assert wrong.status_code == 201
    assert wrong.json["faults"][0] | {"reason": ""} == {
        "row": 2, "column": "own_lab", "cell": "much", "reason": ""}  # fmt: skip
    refused = doors.ask(doors.manager, "POST", f"/price-sheets/{wrong.json['id']}/take", "*", json={})
    assert (refused.status_code, refused.json["reasons"][0]["field"]) == (422, "row 2")
    made = doors.brought()
    told, path = made.json, f"/price-sheets/{made.json['id']}"
    assert told["lists"][0]["rows"][0]["cells"] == [
        {"column": "own_lab", "before": "40.00", "after": "44.00"}
    ]
    assert doors.ask(doors.manager, "POST", f"{path}/take", json={}).status_code == 428
    assert doors.ask(doors.manager, "POST", f"{path}/take", '"other"', json={}).status_code == 412
    assert doors.drafts() == []
    seen = doors.ask(doors.manager, "GET", path).headers["ETag"]
    taken = doors.ask(doors.manager, "POST", f"{path}/take", seen, json={"propose": True})
    assert (taken.status_code, [each["state"] for each in taken.json["items"]]) == (200, ["proposed"])
    assert (
        doors.ask(doors.manager, "POST", f"{path}/take", "*", json={}).json["reasons"][0]["code"]
        == "taken_over"
    )
    assert doors.ask(doors.manager, "GET", "/price-sheets/999999999").status_code == 404
    assert doors.brought(valid_from="soon").status_code == 422


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_export_comes_back_unchanged(doors, kind: str) -> None:
    sign_in(doors.client, doors.manager)
    paths = [
        f"/labs/{doors.lab.id}/prices/export.{kind}", f"/labs/{doors.lab.id}/price-list/export.{kind}",
        f"/price-versions/{doors.held.id}/export.{kind}",
    ]  # fmt: skip
    files = [doors.client.get(path) for path in paths]
    files += [
        doors.ask(doors.manager, "GET", f"/labs/{doors.lab.id}/prices.{kind}?card_id={doors.held.card_id}"),
        doors.ask(doors.manager, "GET", f"/price-versions/{doors.held.id}/prices.{kind}"),
    ]
    for answer in files:
        assert answer.status_code == 200
        data = {"file": (io.BytesIO(answer.data), f"prices.{kind}")}
        told = doors.ask(doors.manager, "POST", f"/labs/{doors.lab.id}/price-sheets", data=data).json
        assert (told["faults"], told["counts"]["same"], len(told["lists"])) == ([], 1, 1)


def test_the_page_shows_what_is_wrong_then_what_changes_and_takes_it(doors) -> None:
    client = sign_in(doors.client, doors.manager)
    path = f"/labs/{doors.lab.id}/prices/import"
    page = client.post(path, data={"since": "soon"})
    assert page.status_code == 422
    assert "Choose a file." in page.text and "Write a date" in page.text
    page = client.post(path, data={"since": "", "file": (io.BytesIO(b"a,b\n1,2\n"), "x.csv")})
    assert "No row of the file names the columns of a price sheet" in page.text
    sent = client.post(path, data={"since": "2027-04-01", "file": (io.BytesIO(WRONG.encode()), "x.csv")})
    page = client.get(sent.location).text
    assert "“much” is no number" in page and "Propose 1 list" not in page
    sent = client.post(path, data={"since": "2027-04-01", "file": (io.BytesIO(RAISED.encode()), "x.csv")})
    page = client.get(sent.location).text
    for words in ("44.00", "+10.0%", "For all instruments", "Own lab", "Propose 1 list"):
        assert words in page, words
    seen = re.search(r'name="seen" value="(\w+)"', page)
    client.post(f"{sent.location}/take", data={"seen": "stale"})
    assert "The prices were changed since you looked" in client.get(sent.location).text
    assert doors.drafts() == []
    client.post(f"{sent.location}/take", data={"seen": seen[1], "do": "propose"})
    assert [row.state for row in doors.drafts()] == ["proposed"]
    assert "This sheet was taken over already." in client.get(sent.location).text


def test_the_command_line_does_the_same(doors, app, tmp_path: Path) -> None:
    run, lab = (
        app.test_cli_runner().invoke,
        ["--institution", str(doors.lab.institution_id), "--lab", str(doors.lab.id)],
    )
    file = tmp_path / "prices.csv"
    assert "1 price lists written" in run(args=["rates", "export", str(file), *lab]).output
    by = ["--by", doors.manager.mail]
    assert "0 new, 0 changed, 1 same" in run(args=["rates", "import", str(file), *lab, *by]).output
    file.write_text(WRONG, encoding="utf-8")
    answer = run(args=["rates", "import", str(file), *lab, *by])
    assert (answer.exit_code, "row 2, Own lab, “much”" in answer.output) == (1, True)
    file.write_text(RAISED, encoding="utf-8")
    told = ["rates", "import", str(file), *lab, "--from", "2027-04-01"]
    assert "do not allow" in run(args=[*told, "--by", doors.stranger.mail]).output
    assert "Nobody with an account" in run(args=[*told, "--by", "nobody@example.org"]).output
    answer = run(args=[*told, *by, "--dry-run"])
    assert "“40.00” → “44.00”" in answer.output and doors.drafts() == []
    assert "1 proposed." in run(args=[*told, *by, "--propose"]).output
    assert [row.state for row in doors.drafts()] == ["proposed"]
