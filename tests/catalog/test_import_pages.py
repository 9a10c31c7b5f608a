"""A file comes in by the page: refused, checked, mended, imported."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from instruments.catalog import runs, tasks
from instruments.catalog.models import ImportRun, Instrument
from instruments.database import db
from instruments.journal.record import A_FEW
from instruments.people.models import Lab
from instruments.people.rights import Role
from tests.catalog.files import FORTY, csv_bytes, many
from tests.world import sign_in


@pytest.fixture
def manager(client, world):
    institution = world.institution()
    person = world.person(institution)
    world.grant(person, Role.INSTITUTION_MANAGER, institution)
    sign_in(client, person)
    return institution


def upload(client, institution, body: bytes, **more) -> str:
    data = {"institution": institution.id, "file": (io.BytesIO(body), "a.csv"), "create_labs": "1", **more}
    return client.post("/catalog/imports/new", data=data).headers["Location"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "The file is empty."),
        (b"<html><table>", "This is a web page, not a table"),
        (b"PK\x03\x04broken", "The file is cut off"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "protected by a password"),
        (b"a,b\n1,2\n", "No row names our columns."),
        ('名称,设备编号\n"未完,1\n'.encode(), "is not closed"),
    ],
)
def test_a_broken_file_is_refused_with_a_sentence(client, manager, body, said) -> None:
    address = upload(client, manager, body)
    tasks.sweep()
    assert said in client.get(address).get_data(as_text=True)
    assert db.session.scalars(select(Instrument)).all() == []


def test_checked_then_imported_with_hours(client, manager) -> None:
    bad = dict(FORTY) | {"asset_number": "X2", "contact_mail": "nobody"}
    address = upload(client, manager, csv_bytes([FORTY, bad], encoding="gb18030"), week="Mon-Fri 08:00-18:00")
    tasks.sweep()
    page = client.get(address).get_data(as_text=True)
    assert "Not a mail address." in page and "Import 1 row" in page
    assert client.get(f"{address}/refused.xlsx").data[:2] == b"PK"
    assert db.session.scalars(select(Instrument)).all() == []
    client.post(f"{address}/import")
    tasks.sweep()
    assert "1 instrument was given opening hours." in client.get(address).get_data(as_text=True)
    assert db.session.scalars(select(Instrument.asset_number)).all() == [FORTY["asset_number"]]
    tasks.sweep()
    assert db.session.scalars(select(ImportRun.state)).all() == ["done"]


def test_a_capacity_that_cannot_be_lowered_is_refused_when_it_is_checked(client, manager, world, now) -> None:
    """By reservations or by closed places; what can be lowered is not lowered yet."""
    lab = world.lab(manager)
    held, shut, free = (world.instrument(lab, asset_number=name, capacity=3) for name in ("H", "S", "F"))
    start, person = now + timedelta(days=3650), world.person(manager)
    for _ in range(2):
        world.reservation(held, person, start)
    world.closure(shut, start, start + timedelta(hours=4), units=2)
    rows = [{"asset_number": each.asset_number, "capacity": "1"} for each in (held, shut, free)]
    address = upload(client, manager, csv_bytes(rows))
    tasks.sweep()
    page = client.get(address).get_data(as_text=True)
    assert "More coming reservations overlap than 1." in page
    assert "More than 1 of its places are closed at some time to come." in page
    assert "Import 1 row" in page
    assert db.session.scalars(select(Instrument.capacity)).all() == [3, 3, 3]
    client.post(f"{address}/import")
    tasks.sweep()
    db.session.rollback()
    assert sorted(db.session.scalars(select(Instrument.capacity))) == [1, 3, 3]


def test_a_stranger_to_the_institution_sees_nothing(client, world, manager) -> None:
    address = upload(client, manager, csv_bytes([FORTY]))
    sign_in(client, world.person())
    assert client.get(address).status_code == 403
    assert client.post(f"{address}/import").status_code == 403


def test_checked_again_with_the_labs_that_were_missing(client, manager) -> None:
    address = upload(client, manager, csv_bytes([FORTY]), create_labs="")
    tasks.sweep()
    page = client.get(address).get_data(as_text=True)
    assert "1 row names a lab that does not exist here." in page
    assert "Nothing to import: every row is refused." in page
    client.post(f"{address}/check-again")
    tasks.sweep()
    page = client.get(address).get_data(as_text=True)
    assert "Labs that will be added: 材料分析中心." in page
    assert "does not exist here" not in page
    client.post(f"{address}/import")
    tasks.sweep()
    refused = client.post(f"{address}/check-again", follow_redirects=True).get_data(as_text=True)
    assert "This file is not waiting to be imported." in refused
    assert db.session.scalars(select(ImportRun.state)).all() == ["done"]


@pytest.mark.parametrize("step", ["checking", "importing"])
def test_what_a_killed_process_left_half_way_is_done_by_the_next_sweep(
    client, app, manager, now, step
) -> None:
    address = upload(client, manager, csv_bytes([FORTY]))
    tasks.sweep()
    run = db.session.scalars(select(ImportRun)).one()
    run.state, run.woken_at = step, now  # as the process that was killed left it
    db.session.commit()
    tasks.sweep()  # somebody may still be at it
    assert db.session.scalar(select(ImportRun.state)) == step
    app.config["FROZEN_NOW"] = now + runs.LEASE + timedelta(seconds=1)
    tasks.sweep()
    assert db.session.scalar(select(ImportRun.state)) == {"checking": "checked", "importing": "done"}[step]
    tasks.sweep()
    assert client.get(address).status_code == 200
    assert len(db.session.scalars(select(Instrument)).all()) == (step == "importing")


def test_the_statements_of_a_run_do_not_grow_with_its_rows(client, manager, statements) -> None:
    def counted(first: int, count: int) -> int:
        rows = [
            row | {"asset_number": f"{first}-{row['asset_number']}"} for row in many(count, serial_number="")
        ]
        statements.clear()
        address = upload(client, manager, csv_bytes(rows), week="24/7")
        client.post(f"{address}/import")
        assert f"{count} new" in client.get(address).get_data(as_text=True)
        return len(statements)

    counted(1, 45)  # makes the labs and techniques
    # More than a few entries of the journal are written in blocks of 250 on SQLite: here both runs fill one.
    assert counted(3, 4 * (A_FEW + 1)) == counted(2, A_FEW + 1)


# --- One lab alone: what its own manager may bring


@pytest.fixture
def own(client, world):
    institution = world.institution()
    lab, other = world.lab(institution), world.lab(institution)
    person = world.person(institution)
    world.grant(person, Role.LAB_MANAGER, lab)
    sign_in(client, person)
    return lab, other, person


def bring(client, lab, *rows) -> str:
    data = {"lab": lab.id, "file": (io.BytesIO(csv_bytes(rows)), "a.csv"), "create_labs": "1"}
    address = client.post("/catalog/imports/new", data=data).headers["Location"]
    tasks.sweep()
    return address


def test_a_lab_manager_brings_instruments_into_their_lab(client, own, world) -> None:
    lab, _, _ = own
    page = client.get(f"/labs/{lab.id}").get_data(as_text=True)
    assert "How this lab opens" in page and f"/catalog/imports/new?lab={lab.id}" in page
    assert "create_labs" not in client.get(f"/catalog/imports/new?lab={lab.id}").get_data(as_text=True)
    address = bring(client, lab, dict(FORTY) | {"lab": ""})
    assert "Import 1 row" in client.get(address).get_data(as_text=True)
    client.post(f"{address}/import")
    tasks.sweep()
    assert [thing.lab_id for thing in db.session.scalars(select(Instrument))] == [lab.id]
    assert f'<a href="/labs/{lab.id}">Go on to the lab</a>' in client.get(address).text
    steps = client.get(f"/labs/{lab.id}").text
    assert "How this lab opens" in steps and "1 instrument" in steps and "without hours nothing" in steps
    world.hours(lab, "Mon-Fri 08:00-18:00")
    assert "How this lab opens" not in client.get(f"/labs/{lab.id}").get_data(as_text=True)
    assert "a.csv" in client.get(f"/catalog/imports/new?lab={lab.id}").get_data(as_text=True)


def test_into_no_other_lab_and_out_of_none(client, own, world) -> None:
    lab, other, _ = own
    world.instrument(other, asset_number="X1")
    named = dict(FORTY) | {"lab": other.name_en, "asset_number": "X2"}
    new = dict(FORTY) | {"lab": "A lab that is not there", "asset_number": "X3"}
    taken = dict(FORTY) | {"lab": "", "asset_number": "X1"}
    address = bring(client, lab, named, new, taken)
    page = client.get(address).get_data(as_text=True)
    assert "This file is for the lab" in page and "This instrument belongs to another lab." in page
    assert f">{other.name_en}<" in page  # as it stands in the file
    assert (
        f"This file is for the lab {lab.name_en} alone." in page and lab.name_zh not in page.split("</h1>")[1]
    )
    assert f"此文件仅用于 {lab.name_zh}。" in client.get(f"{address}?lang=zh").text
    assert "Check again, adding them" not in page
    # Even who asks for the missing labs to be made makes none.
    client.post(f"{address}/check-again")
    client.post(f"{address}/import")
    tasks.sweep()
    client.post(f"{address}/import")
    tasks.sweep()
    assert [thing.asset_number for thing in db.session.scalars(select(Instrument))] == ["X1"]
    assert db.session.scalar(select(func.count()).select_from(Lab)) == 2


def test_nobody_else_brings_into_it_or_sees_the_file(client, own, world) -> None:
    lab, other, _ = own
    address = bring(client, lab, dict(FORTY) | {"lab": ""})
    assert client.get(f"/catalog/imports/new?lab={other.id}").status_code == 403
    assert client.get("/catalog/imports/new?lab=99999").status_code == 404
    body = {"lab": other.id, "file": (io.BytesIO(csv_bytes([FORTY])), "a.csv")}
    assert client.post("/catalog/imports/new", data=body).status_code == 403
    stranger = world.person(lab.institution)
    world.grant(stranger, Role.LAB_MANAGER, other)
    sign_in(client, stranger)
    assert client.get(address).status_code == 403
    assert client.post(f"{address}/import").status_code == 403
    # The institution's manager sees it among the files before.
    head = world.person(lab.institution)
    world.grant(head, Role.INSTITUTION_MANAGER, lab.institution)
    sign_in(client, head)
    assert client.get(address).status_code == 200
