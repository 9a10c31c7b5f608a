"""Files for programs: evidence with what is granted, read back by whom it concerns, and lists brought; refusals first."""

from __future__ import annotations

from pathlib import Path

import pytest

from instruments.database import db
from instruments.qualifications.evidence import FOLDER, LARGEST
from instruments.qualifications.models import Qualification, QualificationList, SafetyAdmission
from tests.qualifications.test_lists import csv
from tests.web.test_multipart import picture, told
from tests.world import bearer

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
SCOPES = "reservations:read reservations:write labs:read labs:write"


@pytest.fixture
def kept(app) -> Path:
    folder = Path(app.config["FILES_DIR"]) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    return folder


# --- Evidence ---------------------------------------------------------------------------------------------------------


def test_evidence_that_cannot_be_kept_is_told_with_the_rest(lab, send, kept) -> None:
    body = {"people": lab.mails["member"], "instrument_id": lab.instrument_id, "level": "night"}
    for who in ("member", "officer"):
        refused = send(who, "/qualifications", **body, evidence=(b"no picture", "a.pdf"))
        assert refused.status_code == 403
    odd = body | {
        "people": [lab.mails["operator"], "x@example.org"],
        "expires_on": "2020-01-01",
        "levle": "x",
    }
    refused = send("operator", "/qualifications", **odd, evidence=(b"no picture", "a.pdf"))
    assert (refused.status_code, told(refused)) == (
        422,
        [
            ("day_over", "expires_on"),
            ("evidence_unfit", "evidence"),
            ("no_person", "people"),
            ("unknown_field", "levle"),
        ],
    )
    large = send("operator", "/qualifications", **body, evidence=(b"%PDF-" + b"x" * LARGEST, "a.pdf"))
    assert (large.status_code, told(large)) == (413, [("too_large", "evidence")])
    own = {"institution_id": lab.home_id, "people": lab.mails["officer"], "valid_until": "2028-01-01"}
    refused = send("officer", "/admissions", **own, evidence=(PDF[:-6], "a.pdf"))
    assert told(refused) == [("evidence_unfit", "evidence"), ("own_admission", "people")]
    assert send("operator", "/admissions", **own, evidence=(PDF, "a.pdf")).status_code == 403
    assert list(kept.iterdir()) == []
    assert db.session.query(Qualification).count() == db.session.query(SafetyAdmission).count() == 0


def test_evidence_is_read_by_its_holder_and_who_grants_it(lab, send, kept) -> None:
    people = [lab.mails["member"], lab.mails["visitor"]]
    granted = send(
        "operator", "/qualifications", people=people, instrument_id=lab.instrument_id, level="independent",
        expires_on="2028-01-01", remark=" Course ", evidence=(PDF, "C:\\exam of Zhang.PDF"),
    )  # fmt: skip
    assert granted.status_code == 200
    first = granted.json["items"][0]
    assert (len(granted.json["items"]), first["has_evidence"], first["remark"]) == (2, True, "Course")
    path = f"/qualifications/{first['id']}/evidence"
    for who in ("other", "officer", "visitor"):
        assert send.get(who, path).status_code == 404
    assert send.get("member", "/qualifications/999999/evidence").status_code == 404
    for who in ("member", "operator"):
        answer = send.get(who, path)
        assert (answer.mimetype, answer.data) == ("application/pdf", PDF)
        assert "exam of Zhang.pdf" in answer.headers["Content-Disposition"]
    admitted = send(
        "officer", "/admissions", institution_id=lab.home_id, people=lab.mails["member"],
        valid_until="2028-01-01", evidence=(picture(), "exam.png"),
    )  # fmt: skip
    path = f"/admissions/{admitted.json['items'][0]['id']}/evidence"
    assert send.get("operator", path).status_code == 404
    for who in ("member", "officer"):
        assert send.get(who, path).mimetype == "image/jpeg"
    bare = send(
        "officer",
        "/admissions",
        institution_id=lab.home_id,
        people=lab.mails["other"],
        valid_until="2028-01-01",
    )
    assert send.get("officer", f"/admissions/{bare.json['items'][0]['id']}/evidence").status_code == 404
    assert len(list(kept.iterdir())) == 2


def test_a_request_is_answered_with_evidence(lab, send, kept) -> None:
    asked = send("member", "/qualification-requests", instrument_id=lab.instrument_id, level="night")
    assert asked.status_code == 415  # there is no file to ask with
    headers = bearer(lab.world.token(lab.people["member"], SCOPES))
    ask = "/api/v1/qualification-requests"
    level = lab.client.post(
        ask, json={"instrument_id": lab.instrument_id, "level": "night"}, headers=headers
    ).json
    safety = lab.client.post(ask, json={"institution_id": lab.home_id}, headers=headers).json
    path = f"/qualification-requests/{level['id']}/answer"
    for who, match, status in (
        ("visitor", "*", 404), ("member", "*", 403), ("operator", "", 428), ("operator", '"7"', 412),
    ):  # fmt: skip
        assert send(who, path, match, evidence=(b"x", "a.pdf")).status_code == status
    refused = send("operator", path, "*", decision="declined", message="No", evidence=(b"x", "a.pdf"))
    assert told(refused) == [("evidence_unfit", "evidence"), ("evidence_unused", "evidence")]
    refused = send(
        "operator", path, "*", decision="granted", expires_on="2020-01-01", evidence=(PDF, "a.pdf")
    )
    assert told(refused) == [("day_over", "expires_on")]
    assert list(kept.iterdir()) == []
    done = send("operator", path, '"1"', decision="granted", evidence=(PDF, "a.pdf"))
    assert (done.status_code, done.json["state"]) == (200, "granted")
    assert send.get("member", "/qualifications").json["items"][0]["has_evidence"] is True
    path = f"/qualification-requests/{safety['id']}/answer"
    refused = send("officer", path, "*", decision="granted", evidence=(PDF, "a.pdf"))
    assert told(refused) == [("day_missing", "expires_on")]
    assert send("officer", path, "*", decision="granted", expires_on="2028-01-01").status_code == 200
    assert len(list(kept.iterdir())) == 1


# --- Lists ------------------------------------------------------------------------------------------------------------


def test_lists_that_cannot_be_brought(lab, send) -> None:
    path = f"/labs/{lab.lab_id}/qualification-lists"
    assert send("member", path, file=(b"", "a.csv")).status_code == 403
    assert send("operator", "/labs/999999/qualification-lists", file=(b"", "a.csv")).status_code == 404
    headers = bearer(lab.world.token(lab.people["operator"], SCOPES))
    plain = lab.client.post(f"/api/v1{path}", json={"level": "night"}, headers=headers)
    assert (plain.status_code, told(plain)) == (415, [("not_taken", "Content-Type")])
    assert told(send("operator", path, level="night")) == [("missing", "file")]
    refused = send(
        "operator", path, file=(b"<html>", "a.csv"), level="expert", instrument_id="1", technique_id="1"
    )
    assert told(refused) == [("file_is_a_page", "file"), ("invalid", "level"), ("subject", "instrument_id")]
    large = send("operator", path, file=(b"x" * (20 * 1024 * 1024 + 1), "a.csv"))
    assert (large.status_code, told(large)) == (413, [("too_large", "file")])
    assert db.session.query(QualificationList).count() == 0


def test_a_list_is_looked_at_row_by_row_and_taken_over_as_it_was_seen(lab, world, send) -> None:
    name = lab.instrument.name_en
    data = csv(
        f"{lab.mails['member']},night,2028-03-01,{name}",
        f"{lab.mails['visitor']},,,",
        f"{lab.mails['operator']},expert,2020-01-01,Cyclotron",
        "nobody@example.org,night,,",
    )
    form = {"file": (data, "list.csv"), "instrument_id": lab.instrument_id}
    path = f"/labs/{lab.lab_id}/qualification-lists"
    made = send("operator", path, key="k", **form)
    assert made.status_code == 201 and send("operator", path, key="k", **form).data == made.data
    assert db.session.query(Qualification).count() == 0  # nothing before it is taken over
    assert made.json["counts"] == {"new": 2, "changed": 0, "same": 0, "unknown": 1, "refused": 1}
    rows = made.json["rows"]
    assert [(row["row"], row["outcome"], row["level"], row["expires_on"]) for row in rows[:2]] == [
        (2, "new", "night", "2028-03-01"),
        (3, "new", "independent", None),
    ]
    assert rows[1]["instrument_id"] == lab.instrument_id
    assert [reason["code"] for reason in rows[2]["reasons"]] == ["day_over", "own", "level", "subject"]
    assert [reason["code"] for reason in rows[3]["reasons"]] == ["no_person"]
    one = made.headers["Location"].removeprefix("/api/v1")
    assert send.get("member", one).status_code == 404
    assert send.get("operator", "/qualification-lists/999999").status_code == 404
    headers = bearer(world.token(lab.people["operator"], SCOPES))

    def take(match: str = "", who: dict[str, str] = headers):
        return lab.client.post(f"/api/v1{one}/take", headers=who | ({"If-Match": match} if match else {}))

    assert take("*", bearer(world.token(lab.people["member"], SCOPES))).status_code == 404
    assert take().status_code == 428
    world.qualification(lab.people["visitor"], lab.instrument, "assisted")
    assert take(made.headers["ETag"]).status_code == 412  # it would now change what is there
    seen = send.get("operator", one)
    assert seen.json["counts"] == {"new": 1, "changed": 1, "same": 0, "unknown": 1, "refused": 1}
    taken = take(seen.headers["ETag"])
    assert (taken.status_code, taken.json) == (200, {"added": 1, "changed": 1})
    again = take("*")
    assert (again.status_code, told(again)) == (422, [("taken_over", None)])
    assert send.get("operator", one).json["taken_at"] is not None
