"""The safety admissions that an institution kept elsewhere: what the list would do, row by row, and then it is done."""

from __future__ import annotations

import io
from datetime import date

import pytest
import xlsxwriter
from sqlalchemy import select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.notices import tasks
from instruments.notices.models import Notice
from instruments.qualifications.models import AdmissionList, QualificationRequest, SafetyAdmission
from tests.qualifications.test_lists import take, words
from tests.web.test_multipart import told
from tests.world import bearer


def bring(lab, data: bytes, who: str = "officer", **more):
    address = f"/institutions/{lab.home_id}/admissions/import"
    return lab.post(who, address, file=(io.BytesIO(data), "exams.csv"), **more)


def csv(*rows: str) -> bytes:
    return "\n".join(("mail,last day,exam,result", *rows)).encode()


def admissions() -> dict[int, tuple[date, str, str, int]]:
    db.session.rollback()
    rows = db.session.scalars(select(SafetyAdmission).where(SafetyAdmission.revoked_at.is_(None)))
    return {row.person_id: (row.valid_until, row.exam, row.result, row.version) for row in rows}


# --- Refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty. Choose a file with a header row and a row for each person."),
        (b"name,exam\nLin,Fire\n", "Name one column “mail”, and others “last day”, “exam” and “result”."),
        (b"mail,exam\n", "Below the header the file has no row."),
    ],
)
def test_files_that_are_no_list(lab, data, said) -> None:
    refused = bring(lab, data)
    assert refused.status_code == 422
    assert said in words(refused)
    assert db.session.query(AdmissionList).count() == 0


def test_everything_wrong_with_the_form_is_told_at_once_and_what_was_typed_stays(lab) -> None:
    refused = lab.post(
        "officer", f"/institutions/{lab.home_id}/admissions/import", valid_until="2020-01-01", exam="x" * 121
    )
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    for said in ("This day is over.", "At most 120 characters.", "Choose a file.", 'value="2020-01-01"'):
        assert said in page, said


@pytest.mark.parametrize("who", ["member", "operator", "manager"])
def test_only_those_who_grant_the_admission_bring_lists_and_see_them(lab, who) -> None:
    assert bring(lab, csv("a@example.org,2028-01-01,,"), who=who).status_code == 403
    kept = bring(lab, csv(f"{lab.mails['member']},2028-01-01,,"))
    assert lab.get(who, kept.location).status_code == 404
    assert lab.post(who, f"{kept.location}/take").status_code == 404
    assert lab.get(who, f"/institutions/{lab.home_id}/admissions/import").status_code == 403
    assert admissions() == {}


# --- Done -------------------------------------------------------------------------------------------------------------


def test_each_row_says_what_becomes_of_it_and_nothing_is_done_before_it_is_taken_over(lab, world) -> None:
    for who, exam in (("other", "Fire"), ("manager", "Laser")):
        world.admission(lab.people[who], lab.home, exam=exam, valid_until=date(2027, 6, 1))
    kept = bring(
        lab,
        csv(
            f"{lab.mails['member'].upper()},2028年3月1日,Chemicals,92",
            f"{lab.mails['other']},2027-06-01,,",
            f"{lab.mails['manager']},2028-06-01,,88",
            f"{lab.mails['visitor']},,,",
            f"{lab.mails['officer']},2028-01-01,,",
            "nobody@example.org,2028-01-01,,",
            ",2028-01-01,,",
            f"{lab.mails['operator']},2020-01-01,{'x' * 121},",
            f"{lab.mails['operator']},soon,,",
            f"{lab.mails['member']},2029-01-01,,",
        ),
    )
    assert kept.status_code == 303
    page = words(lab.get("officer", kept.location))
    assert "Take over 2 rows" in page
    for said in (
        "Nobody with an account has this address", "The row has no mail address.", "Say to which day it lasts.",
        "Nobody grants a safety admission to themselves.", "This day is over.", "At most 120 characters.",
        "The last day is no date", "stands here twice", "until now: Tue 1 Jun", "until now: Laser",
    ):  # fmt: skip
        assert said in page, said
    assert len(admissions()) == 2
    chinese = words(lab.get("officer", f"{kept.location}?lang=zh"))
    assert "任何人不得给自己授予安全准入" in chinese and "导入 2 行" in chinese
    taken = take(lab, f"{kept.location}?lang=en", "officer")
    assert "1 new, 1 changed" in words(lab.client.get(f"{taken.location}?lang=en"))
    assert admissions() == {
        lab.numbers["member"]: (date(2028, 3, 1), "Chemicals", "92", 1),
        lab.numbers["other"]: (date(2027, 6, 1), "Fire", "", 1),
        lab.numbers["manager"]: (date(2028, 6, 1), "Laser", "88", 2),
    }
    again = lab.client.post(f"{kept.location}/take", follow_redirects=True)
    assert "taken over already" in words(again)
    assert len(admissions()) == 3


def test_the_form_says_what_the_file_does_not_and_a_workbook_is_read_alike(lab) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["安全考试名单"])
        sheet.write_row(1, 0, ["邮箱", "考试", "成绩", "有效期至"])
        sheet.write_row(2, 0, [lab.mails["member"], "", "95", ""])
        sheet.write_row(3, 0, [lab.mails["other"], "消防", "", "2027.12.31"])
    kept = bring(lab, target.getvalue(), valid_until="2028-02-28", exam="Chemicals")
    take(lab, kept.location, "officer")
    assert admissions() == {
        lab.numbers["member"]: (date(2028, 2, 28), "Chemicals", "95", 1),
        lab.numbers["other"]: (date(2027, 12, 31), "消防", "", 1),
    }


def test_people_are_told_and_what_they_asked_for_is_answered(lab) -> None:
    headers = bearer(lab.world.token(lab.people["member"]))
    asked = lab.client.post(
        "/api/v1/qualification-requests", json={"institution_id": lab.home_id}, headers=headers
    )
    assert asked.json["state"] == "open"
    kept = bring(lab, csv(f"{lab.mails['member']},2028-03-01,Chemicals,"))
    take(lab, kept.location, "officer")
    db.session.rollback()
    assert db.session.scalars(select(QualificationRequest.state)).all() == ["granted"]
    deeds = db.session.scalars(
        select(JournalEntry.deed).where(JournalEntry.deed.like("admission.%")).order_by(JournalEntry.id)
    ).all()
    assert deeds[-2:] == ["admission.granted", "admission.imported"]
    tasks.follow()
    [told_of] = db.session.scalars(select(Notice).where(Notice.kind == "admission.answered")).all()
    assert told_of.person_id == lab.numbers["member"]


# --- For programs -----------------------------------------------------------------------------------------------------


def test_a_program_brings_looks_and_takes_over_what_it_saw(lab, world, send) -> None:
    path = f"/institutions/{lab.home_id}/admission-lists"
    assert send("operator", path, file=(b"", "a.csv")).status_code == 403
    refused = send("officer", path, file=(b"<html>", "a.csv"), valid_until="2020-01-01", exam="x" * 121)
    assert told(refused) == [("day_over", "valid_until"), ("file_is_a_page", "file"), ("invalid", "exam")]
    data = csv(f"{lab.mails['member']},,Chemicals,92", "nobody@example.org,,,")
    made = send("officer", path, key="k", file=(data, "exams.csv"), valid_until="2028-03-01")
    assert made.status_code == 201 and made.json["institution_id"] == lab.home_id
    assert made.json["counts"] == {"new": 1, "changed": 0, "same": 0, "unknown": 1, "refused": 0}
    [first, second] = made.json["rows"]
    assert (first["row"], first["outcome"], first["valid_until"], first["exam"], first["result"]) == (
        2, "new", "2028-03-01", "Chemicals", "92",
    )  # fmt: skip
    assert [reason["code"] for reason in second["reasons"]] == ["no_person"]
    one = made.headers["Location"].removeprefix("/api/v1")
    for who, status in (("operator", 404), ("member", 404), ("officer", 200)):
        assert send.get(who, one).status_code == status
    headers = bearer(world.token(lab.people["officer"], "labs:read labs:write"))

    def take(match: str = ""):
        return lab.client.post(f"/api/v1{one}/take", headers=headers | ({"If-Match": match} if match else {}))

    assert take().status_code == 428
    world.admission(lab.people["member"], lab.home, exam="Fire", valid_until=date(2027, 6, 1))
    assert take(made.headers["ETag"]).status_code == 412  # it would now change what is there
    taken = take(send.get("officer", one).headers["ETag"])
    assert (taken.status_code, taken.json) == (200, {"added": 0, "changed": 1})
    assert told(take("*")) == [("taken_over", None)]
    assert admissions()[lab.numbers["member"]] == (date(2028, 3, 1), "Chemicals", "92", 2)


def test_the_statements_do_not_grow_with_the_rows(lab, world, statements) -> None:
    people = [world.person(lab.home) for _ in range(30)]
    counts = []
    for few in (people[:2], people[2:]):
        kept = bring(lab, csv(*(f"{person.mail},2028-03-01,Fire," for person in few)))
        statements.clear()
        take(lab, kept.location, "officer")
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert len(admissions()) == 30
