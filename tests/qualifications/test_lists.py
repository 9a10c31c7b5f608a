"""The list that a lab kept elsewhere: what it would do, row by row, and then it is done; refusals first."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
import xlsxwriter
from sqlalchemy import select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.notices import tasks
from instruments.notices.models import Notice
from instruments.qualifications.list_checking import day_written
from instruments.qualifications.models import Qualification, QualificationList, QualificationRequest


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def bring(lab, data: bytes, name: str = "list.csv", who: str = "operator", **more):
    address = f"/labs/{lab.lab_id}/qualifications/import"
    return lab.post(who, address, file=(io.BytesIO(data), name), level="independent", **more)


def take(lab, address: str, who: str = "operator", page: str = ""):
    """Take a list over from its page, as it is now or as it was."""
    seen = re.search(r'name="seen" value="([^"]*)"', page or lab.get(who, address).get_data(as_text=True))
    path, _, query = address.partition("?")
    return lab.post(who, f"{path}/take?{query}", seen=seen[1] if seen else "")


def csv(*rows: str) -> bytes:
    return "\n".join(("mail,level,last day,instrument", *rows)).encode()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty. Choose a file with a header row and a row for each person."),
        (b"<html>", "web page"),
        (b"name,level\nLin,night\n", "No row of the file names a column of mail addresses."),
        (b"mail,level\n", "Below the header the file has no row."),
    ],
)
def test_files_that_are_no_list(lab, data, said) -> None:
    refused = bring(lab, data)
    assert refused.status_code == 422
    assert said in words(refused)


def test_only_those_who_grant_bring_lists(lab) -> None:
    assert bring(lab, csv("a@example.org,night,,x"), who="member").status_code == 403


def test_unknown_people_are_listed_and_the_rest_counts(lab, world) -> None:
    world.qualification(lab.people["other"], lab.instrument, "independent")
    name = lab.instrument.name_en
    data = csv(
        f"{lab.mails['member'].upper()},夜间,2028年3月1日,{name}",
        f"{lab.mails['other']},independent,,{name}",
        f"{lab.mails['visitor']},,2028/3/1,",
        f"nobody@example.org,night,,{name}",
        f"{lab.mails['manager']},expert,,{name}",
        f"{lab.mails['manager']},night,2020-01-01,{name}",
        f"{lab.mails['manager']},night,soon,{name}",
        f"{lab.mails['manager']},night,,Cyclotron",
        f"{lab.mails['operator']},night,,{name}",
        f"{lab.mails['member']},night,,{name}",
    )
    kept = bring(lab, data, subject=f"i{lab.instrument_id}")
    assert kept.status_code == 303
    page = words(lab.get("operator", kept.location))
    assert "Take over 2 rows" in page
    for said in (
        "Nobody with an account has this address", "The level is none of", "This day is over.",
        "The last day is no date", "no instrument or technique of this name", "Nobody grants a qualification to themselves",
        "stands here twice",
    ):  # fmt: skip
        assert said in page, said
    assert db.session.query(Qualification).count() == 1  # nothing before it is taken over
    assert lab.get("member", kept.location).status_code == 404
    taken = take(lab, kept.location)
    assert "2 new, 0 changed" in words(lab.client.get(taken.location))
    db.session.rollback()
    rows = {row.person_id: row for row in db.session.scalars(select(Qualification))}
    assert (rows[lab.numbers["member"]].level, rows[lab.numbers["member"]].expires_on) == (
        "night",
        date(2028, 3, 1),
    )
    assert rows[lab.numbers["visitor"]].level == "independent"
    take(lab, kept.location)
    assert "taken over already" in words(lab.get("operator", kept.location))
    db.session.rollback()
    assert db.session.query(Qualification).count() == 3


def test_a_workbook_changes_what_is_there(lab, world, tmp_path) -> None:
    technique = world.technique(lab.lab, lab.instrument, name_en="Raman")
    held = world.qualification(lab.people["member"], technique, "assisted")
    path = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(
            [
                ["Our users"],
                ["邮箱", "级别", "有效期", "技术"],
                [lab.mails["member"], "独立使用", "2028-03-01", "raman"],
            ]
        ):
            sheet.write_row(place, 0, row)
    kept = bring(lab, path.read_bytes(), "list.xlsx")
    assert "Take over 1 row" in words(lab.get("operator", kept.location))
    take(lab, kept.location)
    db.session.rollback()
    row = db.session.get(Qualification, held.id)
    assert (row.level, row.expires_on, row.version) == ("independent", date(2028, 3, 1), 2)
    assert db.session.scalars(select(QualificationList)).one().taken_at is not None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2028-03-01", date(2028, 3, 1)),
        ("2028/3/1", date(2028, 3, 1)),
        ("2028年3月1日", date(2028, 3, 1)),
        ("2028-03-01 00:00:00", date(2028, 3, 1)),
        ("1.3.2028", date(2028, 3, 1)),
        ("31.12.2028", date(2028, 12, 31)),
        ("3/1/2028", None),
        ("2028-03-011", None),
        ("2028-13-01", None),
        ("soon", None),
    ],
)
def test_the_days_that_lists_say(text, day) -> None:
    assert day_written(text) == day


def test_the_report_shows_what_stands_there_and_everything_against_it(lab, world) -> None:
    world.qualification(lab.people["other"], lab.instrument, "assisted")
    name = lab.instrument.name_en
    data = csv(
        f"{lab.mails['member']},expert,3/1/2028,Cyclotron",
        f",night,,{name}",
        f"{lab.mails['other']},night,1.3.2028,{name}",
    )
    page = words(lab.get("operator", bring(lab, data).location))
    for said in (
        "expert", "3/1/2028", "Cyclotron",
        "The last day is no date", "The level is none of", "no instrument or technique of this name",
        "The row has no mail address.", "until now: With assistance", "until now: For good",
    ):  # fmt: skip
        assert said in page, said
    assert "Nobody with an account" not in page


def test_people_are_told_once_the_journal_keeps_each_and_requests_close(lab, world) -> None:
    second = world.instrument(lab.lab)
    lab.post("member", f"/instruments/{lab.instrument_id}/qualification-requests", level="independent")
    names = [lab.instrument.name_en, second.name_en]
    rows = [f"{lab.mails['member']},independent,,{name}" for name in names]
    kept = bring(lab, csv(*rows, f"{lab.mails['other']},night,,{names[0]}"))
    take(lab, kept.location)
    db.session.rollback()
    assert db.session.scalars(select(QualificationRequest.state)).one() == "granted"
    granted = db.session.scalars(
        select(JournalEntry).where(JournalEntry.deed == "qualification.granted")
    ).all()
    assert {each.thing_id for each in granted} == set(db.session.scalars(select(Qualification.id)))
    tasks.follow()
    told = db.session.execute(
        select(Notice.person_id, Notice.said).where(Notice.kind == "qualification.answered")
    )
    assert sorted(tuple(row) for row in told) == [
        (lab.numbers["member"], "listed"),
        (lab.numbers["other"], "granted"),
    ]
    said = words(lab.get("member", "/notices"))
    assert "and 1 more, from a list of the lab." in said
