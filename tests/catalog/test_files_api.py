"""Files of the catalogue for programs: a table is checked, then imported as it was seen; a photo is shown; refusals first."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from sqlalchemy import select

from instruments.catalog.models import ImportRun, Instrument
from instruments.catalog.pictures import LARGEST
from instruments.catalog.reading import LARGEST_FILE
from instruments.database import db
from instruments.people.rights import Role
from instruments.web.multipart import FORM
from tests.catalog.files import FORTY, csv_bytes
from tests.web.test_multipart import picture, told
from tests.world import bearer

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Program:
    """Who manages an institution, and who operates a lab of it, by token."""

    def __init__(self, client, world, folder: Path) -> None:
        self.client, self.world, self.folder = client, world, folder
        self.lab = world.lab()
        self.home = self.lab.institution_id
        people = {name: world.person(self.lab.institution) for name in ("manager", "operator", "member")}
        world.grant(people["manager"], Role.INSTITUTION_MANAGER, self.lab.institution)
        world.grant(people["operator"], Role.LAB_MANAGER, self.lab)
        self.headers = {name: bearer(world.token(person)) for name, person in people.items()}
        self.headers["reads"] = bearer(world.token(people["manager"], "labs:read"))

    def send(self, who: str, path: str, method: str = "POST", file: tuple[bytes, str] | None = None, **more):
        name = "photo" if path.endswith("/photo") else "file"
        data = {key: value for key, value in more.items() if key != "headers"}
        data |= {} if file is None else {name: (io.BytesIO(file[0]), file[1])}
        headers = self.headers[who] | more.get("headers", {})
        answer = self.client.open(
            f"/api/v1{path}", method=method, headers=headers, data=data, content_type=FORM
        )
        answer.request.environ["wsgi.input"].close()  # the client keeps what it sent in a file
        return answer

    def deed(self, who: str, path: str, match: str = ""):
        headers = self.headers[who] | ({"If-Match": match} if match else {})
        return self.client.post(f"/api/v1{path}", headers=headers)

    def get(self, who: str, path: str):
        return self.client.get(f"/api/v1{path}", headers=self.headers[who])

    def files(self, folder: str) -> list[Path]:
        return sorted((self.folder / folder).glob("*"))


@pytest.fixture
def program(client, world, app, tmp_path) -> Program:
    app.config["FILES_DIR"] = str(tmp_path)
    return Program(client, world, tmp_path)


# --- Tables -----------------------------------------------------------------------------------------------------------


def test_who_may_not_bring_tables(program: Program) -> None:
    table = (csv_bytes([FORTY]), "a.csv")
    for who in ("reads", "member", "operator"):
        assert (
            program.send(who, f"/institutions/{program.home}/catalog-imports", file=table).status_code == 403
        )
    assert program.send("member", f"/labs/{program.lab.id}/catalog-imports", file=table).status_code == 403
    for path in ("/institutions/999999/catalog-imports", "/labs/999999/catalog-imports"):
        assert program.send("manager", path, file=table).status_code == 404
    made = program.send("manager", f"/institutions/{program.home}/catalog-imports", file=table)
    one = made.headers["Location"].removeprefix("/api/v1")
    for path in (one, f"{one}/refused.xlsx"):
        assert program.get("operator", path).status_code == 403
        assert program.get("manager", path.replace(one, "/catalog-imports/999999")).status_code == 404
    for deed in ("import", "check-again"):
        assert program.deed("operator", f"{one}/{deed}", "*").status_code == 403
        assert program.deed("reads", f"{one}/{deed}", "*").status_code == 403


def test_tables_that_cannot_be_brought(program: Program) -> None:
    path = f"/labs/{program.lab.id}/catalog-imports"
    refused = program.send("operator", path, week="every day", create_labs="true", wek="x")
    assert refused.status_code == 422
    assert {field for _, field in told(refused)} == {"create_labs", "file", "week", "wek"}
    large = program.send("operator", path, file=(b"x" * (LARGEST_FILE + 1), "a.csv"))
    assert (large.status_code, told(large)) == (413, [("too_large", "file")])
    plain = program.client.post(f"/api/v1{path}", json={}, headers=program.headers["operator"])
    assert plain.status_code == 415
    assert program.files("imports") == []
    broken = program.send("operator", path, file=(b"<html><table>", "a.csv"))
    assert broken.status_code == 201
    run = program.get("operator", broken.headers["Location"].removeprefix("/api/v1")).json
    assert (run["state"], [each["code"] for each in run["failure"]]) == ("failed", ["file_is_a_page"])


def test_a_table_is_checked_row_by_row_and_imported_as_it_was_seen(program: Program) -> None:
    bad = dict(FORTY) | {"asset_number": "X2", "contact_mail": "nobody", "serial_number": ""}
    table = (csv_bytes([FORTY, bad]), "二零二七.csv")
    path, key = f"/institutions/{program.home}/catalog-imports", {"Idempotency-Key": "k"}
    made = program.send("manager", path, file=table, week="Mon-Fri 08:00-18:00", headers=key)
    assert made.status_code == 201
    again = program.send("manager", path, file=table, week="Mon-Fri 08:00-18:00", headers=key)
    assert (again.data, len(program.files("imports"))) == (made.data, 1)
    one = made.headers["Location"].removeprefix("/api/v1")
    run = program.get("manager", one)
    assert (run.json["state"], run.json["counts"]["refused"], run.json["file_name"]) == (
        "checked",
        2,
        "二零二七.csv",
    )
    faults = sorted((fault["row"], fault["column"], fault["reason"]["code"]) for fault in run.json["refused"])
    assert (2, "lab", "no_such_lab") in faults and {row for row, _, _ in faults} == {2, 3}
    assert [column for row, column, _ in faults if row == 3 and column != "lab"] == ["contact_mail"]
    assert program.get("manager", f"{one}/refused.xlsx").mimetype == XLSX
    assert told(program.deed("manager", f"{one}/import", "*")) == [("nothing_to_do", None)]
    assert program.deed("manager", f"{one}/check-again").status_code == 428
    assert program.deed("manager", f"{one}/check-again", '"other"').status_code == 412
    assert program.deed("manager", f"{one}/check-again", run.headers["ETag"]).status_code == 202
    seen = program.get("manager", one)
    assert (seen.json["counts"]["new"], seen.json["labs"]) == (1, [FORTY["lab"]])
    assert program.deed("manager", f"{one}/import", run.headers["ETag"]).status_code == 412
    assert db.session.scalars(select(Instrument)).all() == []  # nothing before it is imported
    assert program.deed("manager", f"{one}/import", seen.headers["ETag"]).status_code == 202
    done = program.get("manager", one).json
    assert (done["state"], done["counts"]["new"], done["opened"]) == ("done", 1, 1)
    assert told(program.deed("manager", f"{one}/import", "*")) == [("not_checked", None)]
    db.session.rollback()
    assert db.session.scalars(select(Instrument.asset_number)).all() == [FORTY["asset_number"]]
    assert db.session.scalars(select(ImportRun.state)).all() == ["done"]


def test_a_lab_brings_its_own_instruments_alone(program: Program) -> None:
    row = dict(FORTY) | {"lab": program.lab.name_zh}
    made = program.send(
        "operator", f"/labs/{program.lab.id}/catalog-imports", file=(csv_bytes([row]), "a.csv")
    )
    run = program.get("operator", made.headers["Location"].removeprefix("/api/v1")).json
    assert (run["lab_id"], run["counts"]["new"]) == (program.lab.id, 1)


# --- Photos -----------------------------------------------------------------------------------------------------------


def test_a_photo_is_changed_by_the_lab_alone(program: Program) -> None:
    number = program.world.instrument(program.lab).id
    path, photo = f"/instruments/{number}/photo", (picture(), "a.png")
    for who in ("reads", "member"):
        assert program.send(who, path, "PUT", photo).status_code == 403
        assert program.send(who, path, "DELETE").status_code == 403
    assert program.send("manager", "/instruments/999999/photo", "PUT", photo).status_code == 404
    assert told(program.send("operator", path, "PUT")) == [("missing", "photo")]
    assert told(program.send("operator", path, "PUT", (b"GIF89a", "a.gif"), x="1")) == [
        ("not_a_photo", "photo"), ("unknown_field", "x"),
    ]  # fmt: skip
    large = program.send("operator", path, "PUT", (b"\xff\xd8" + b"x" * LARGEST, "a.jpg"))
    assert (large.status_code, told(large)) == (413, [("too_large", "photo")])
    assert program.files("photos") == []
    for _ in range(2):
        shown = program.send("operator", path, "PUT", photo)
        assert (shown.status_code, shown.json["has_photo"], len(program.files("photos"))) == (200, True, 1)
    assert program.client.get(path).mimetype == "image/jpeg"  # on the page, for everybody
    assert program.send("operator", path, "DELETE").status_code == 204
    assert program.get("member", f"/instruments/{number}").json["has_photo"] is False
    assert program.files("photos") == []
