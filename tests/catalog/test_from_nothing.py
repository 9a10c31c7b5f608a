"""From an empty database to a booked hour, by the commands of the README and a catalogue file alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Person
from instruments.reservations.models import Reservation
from tests.catalog.files import csv_bytes, many
from tests.world import bearer

INSTITUTION = [
    "people",
    "add-institution",
    "Example University",
    "--chinese",
    "示例大学",
    "--domain",
    "example.org",
]
# What is typed, and how many of the sixty are found: both languages, pinyin, initials, model, class, place.
FOUND = {
    "激光共聚焦 号": 60, "jiguanggongjujiao": 60, "jggjj LSM980": 60, "lsm-980": 0, "lsm 980": 60, "confocal microscope": 60,
    "010103": 60, "示例大学": 60, "西安": 60, "slfx": 0, "sldx": 60, "第7实验室": 2, "a000059": 1, "拉曼": 0,
}  # fmt: skip


@pytest.fixture
def run(runner):
    """Runs a command that has to succeed; what it printed."""

    def run(*arguments: str) -> str:
        done = runner.invoke(args=arguments)
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output

    return run


def test_an_institution_that_nobody_made_is_said_to_be_missing(runner) -> None:
    done = runner.invoke(args=["catalog", "import", __file__, "--institution", "example.org"])
    assert done.exit_code == 1
    assert "There is no institution called" in done.output


def test_an_imported_catalogue_is_found_and_booked(client, run, now, tmp_path) -> None:
    assert "is institution" in run(*INSTITUTION)
    run("people", "add", "you@example.org", "--institution", "example.org", "--role", "institution_manager")
    file = tmp_path / "instruments.csv"
    file.write_bytes(csv_bytes(many(60), encoding="gb18030"))
    bring = ("catalog", "import", str(file), "--institution", "example.org", "--create-labs", "--week")
    assert "60 new" in run(*bring, "24/7", "--dry-run")
    assert db.session.scalar(select(func.count(Instrument.id))) == 0
    said = run(*bring, "Mon-Fri 08:00-18:00")
    assert "60 new" in said
    assert "60 instruments without hours were given the week." in said
    assert "60 same" in run(*bring, "Mon-Fri 08:00-18:00")

    person_id = db.session.scalar(select(Person.id))
    scopes = "catalog:read reservations:read reservations:write"
    me = bearer(run("people", "token", "you@example.org", "--scopes", scopes, "--days", "9").strip())
    for words, count in FOUND.items():
        found = client.get("/api/v1/instruments", query_string={"q": words, "limit": 200}).json["items"]
        assert len(found) == count, words
    page = client.get("/", query_string={"q": "jggjj 59 号", "hours": "2"}).get_data(as_text=True)
    assert "Confocal microscope 59" in page
    start = (now + timedelta(days=1)).replace(hour=2)
    end = start + timedelta(hours=2)
    asked = {
        "from": start.isoformat(),
        "to": (end + timedelta(hours=9)).isoformat(),
        "hours": 2,
        "q": "jggjj",
    }
    free = client.get("/api/v1/free", query_string=asked, headers=me).json["items"]
    body = {"instrument_id": free[0]["instrument_id"], "start": start.isoformat(), "end": end.isoformat()}
    booked = client.post("/api/v1/reservations", json=body, headers=me)
    assert booked.status_code == 201, booked.json
    assert client.post("/api/v1/reservations", json=body, headers=me).status_code == 409
    assert db.session.scalar(select(Reservation.user_id)) == person_id
