"""What people add to a report: values by hand, which pass the checks of their column, and the number that is given for it."""

from __future__ import annotations

from functools import partial

import pytest

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal, Stale
from instruments.journal.models import JournalEntry
from instruments.reports.entering import enter
from instruments.reports.files import workbook
from instruments.reports.models import Report, ReportEntry
from instruments.reports.receipts import note_receipt
from tests.reports.scene import NOW, House, lacks_of_rows, rows_of
from tests.reports.test_filing import file_it
from tests.world import World

Q4 = "2026-Q4"


@pytest.fixture
def house(app, world: World) -> House:
    return House(world)


# --- Entered by hand --------------------------------------------------------------------------------------------------

WRONG = [
    ("records", "serviceAmount", "9", ["not_typed"]),
    ("records", "serviceDirection", "139", ["choice"]),
    ("records", "adressType", "2", ["choice"]),
    ("records", "subjectArea", "物理", ["unlisted", "pattern"]),
    ("records", "subjectArea", "999", ["unlisted"]),
    ("records", "subjectArea", "998;150", ["unlisted"]),
    ("records", "subjectArea", "110;120;130;140;150", ["too_many"]),
    ("records", "subjectArea", "110;110;130;140;999", ["too_many", "twice", "unlisted"]),
    ("records", "email", "nobody", ["pattern"]),
    ("records", "taxRecord", "字" * 201, ["too_long"]),
    ("records", "taxRecord", "字" * 201 + "\x07", ["too_long", "unreadable"]),
]


@pytest.mark.parametrize(("sheet", "column", "value", "codes"), WRONG)
def test_what_does_not_fit_is_refused_when_it_is_entered(
    house: House, sheet: str, column: str, value: str, codes: list[str]
) -> None:
    use = house.use("2026-11-25", "09:00-10:00")
    report = house.draft("service_record", Q4)
    number, key = report.id, f"use:{use.id}:0"
    with pytest.raises(Refusal) as refusal:
        perform(partial(enter, house.actor(), number, None, sheet, [key], column, value, NOW))
    assert [reason.code for reason in refusal.value.reasons] == codes
    with pytest.raises(Refusal):
        perform(
            partial(enter, house.actor(), number, None, sheet, ["use:999999999:0"], "taxRecord", "x", NOW)
        )


OFF_SITE = [
    ({"adressType": "1"}, ("1", ""), {("required_when", "moveAddress")}),
    ({"adressType": "1", "moveAddress": "西安市某路 1 号"}, ("1", "西安市某路 1 号"), set()),
    ({"moveAddress": "西安市某路 1 号"}, ("0", "西安市某路 1 号"), {("empty_when", "moveAddress")}),
    ({"adressType": "0"}, ("0", ""), set()),
    ({}, ("0", ""), set()),
]


@pytest.mark.parametrize(("entered", "cells", "lacks"), OFF_SITE)
def test_use_outside_of_the_unit_is_told_with_its_address(
    house: House, entered: dict[str, str], cells: tuple[str, str], lacks: set[tuple[str, str]]
) -> None:
    use = house.use("2026-11-25", "09:00-10:00")
    number, keys = house.draft("service_record", Q4).id, [f"use:{use.id}:0"]
    for column, value in entered.items():
        perform(partial(enter, house.actor(), number, None, "records", keys, column, value, NOW))
    report = house.count_anew(number)
    row = rows_of(report)[0]
    assert (row["adressType"], row["moveAddress"]) == cells
    assert lacks_of_rows(report) == [lacks]


def test_what_was_entered_before_its_check_is_listed_as_lacking(house: House) -> None:
    use = house.use("2026-11-25", "09:00-10:00", subject="")
    number = house.draft("service_record", Q4).id
    entry = {"sheet": "records", "key": f"use:{use.id}:0", "column": "subjectArea", "value": "998;150"}
    db.session.add(ReportEntry(report_id=number, entered_by_id=house.manager.id, entered_at=NOW, **entry))
    db.session.commit()
    assert lacks_of_rows(house.count_anew(number)) == [{("unlisted", "subjectArea")}]


def test_facts_count_before_what_was_entered(house: House) -> None:
    use = house.use("2026-11-25", "09:00-10:00", subject="")
    number = house.draft("service_record", Q4).id
    perform(
        partial(enter, house.actor(), number, None, "records", [f"use:{use.id}:0"], "subjectArea", "430", NOW)
    )
    assert rows_of(house.count_anew(number))[0]["subjectArea"] == "430"
    db.session.merge(use).subject = "150"
    db.session.commit()
    assert rows_of(house.count_anew(number))[0]["subjectArea"] == "150"


# --- The number that is given for it ----------------------------------------------------------------------------------


def noted(house: House, number: int, reference: str, version: int | None = None) -> Report:
    perform(partial(note_receipt, house.actor(), number, version, reference, NOW))
    db.session.rollback()
    return db.session.get_one(Report, number, populate_existing=True)


def test_the_number_is_noted_after_filing_and_moves_nothing_that_was_filed(house: House) -> None:
    house.use("2026-11-25", "09:00-10:00")
    before = file_it(house, house.draft("service_record", Q4))
    number, draft = before.id, house.draft("service_record", "2026-Q3").id
    before = db.session.get_one(Report, number)
    assert (before.receipt, before.version_shown) == ("", before.version)
    frozen = (before.digest, before.version, before.reference, workbook(before, {}, []))
    for which, reference, codes in (
        (draft, "N-1", ["not_filed"]), (number, "  ", ["missing"]), (number, "N" * 121, ["too_long"]),
        (number, "N\x07", ["unreadable"]), (999_999_999, "N-1", ["not_found"]),
    ):  # fmt: skip
        with pytest.raises(Refusal) as refusal:
            noted(house, which, reference)
        assert [reason.code for reason in refusal.value.reasons] == codes
        db.session.rollback()
    report = noted(house, number, " N-1 ", frozen[1])
    assert (report.receipt, report.version_shown) == ("N-1", frozen[1] + 1)
    with pytest.raises(Refusal) as refusal:
        noted(house, number, "N-1")
    assert [reason.code for reason in refusal.value.reasons] == ["same"]
    db.session.rollback()
    with pytest.raises(Stale):
        noted(house, number, "N-2", frozen[1])
    db.session.rollback()
    report = noted(house, number, "N-2", frozen[1] + 1)
    assert [each.reference for each in report.receipts] == ["N-1", "N-2"] and report.receipt == "N-2"
    assert (report.digest, report.version, report.reference, workbook(report, {}, [])) == frozen
    entries = db.session.query(JournalEntry).filter_by(deed="report.receipt_noted").order_by(JournalEntry.id)
    deeds = [entry.detail for entry in entries]
    assert [(each["before"], each["reference"]) for each in deeds] == [("", "N-1"), ("N-1", "N-2")]
