"""What people add to a report: values by hand, which pass the checks of their column, and the number that is given for it."""

from __future__ import annotations

from functools import partial

import pytest

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal, Stale
from instruments.journal.models import JournalEntry
from instruments.reports.entering import enter, enter_together
from instruments.reports.files import workbook
from instruments.reports.form import AT_MOST, NOT_AFTER, SERVICE, Column, Rule, Sheet
from instruments.reports.models import Report, ReportEntry
from instruments.reports.receipts import note_receipt
from instruments.reports.together import Held, at_odds
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


ADDRESS = "西安市某路 1 号"
# What is entered in turn, each step at once; what then stands there, and at which column each step is refused.
OFF_SITE = [
    ([{"adressType": "1"}], ("0", ""), {("required_when", "adressType")}),
    ([{"moveAddress": ADDRESS}], ("0", ""), {("empty_when", "moveAddress")}),
    ([{"adressType": "1", "moveAddress": ""}], ("0", ""), {("required_when", "moveAddress")}),
    ([{"adressType": "0", "moveAddress": ADDRESS}], ("0", ""), {("empty_when", "moveAddress")}),
    ([{"adressType": "1", "moveAddress": ADDRESS}], ("1", ADDRESS), set()),
    ([{"adressType": "1", "moveAddress": ADDRESS}, {"moveAddress": ""}], ("1", ADDRESS), {("required_when", "moveAddress")}),
    ([{"adressType": "1", "moveAddress": ADDRESS}, {"adressType": ""}], ("1", ADDRESS), {("empty_when", "adressType")}),
    ([{"adressType": "1", "moveAddress": ADDRESS}, {"adressType": "0"}], ("1", ADDRESS), {("empty_when", "adressType")}),
    ([{"adressType": "1", "moveAddress": ADDRESS}, {"adressType": "", "moveAddress": ""}], ("0", ""), set()),
    ([{"adressType": "1", "moveAddress": ADDRESS}, {"moveAddress": "另一地址"}], ("1", "另一地址"), set()),
    ([{"adressType": "0"}], ("0", ""), set()),
]  # fmt: skip


def entered(house: House, number: int, keys: list[str], **values: str) -> int:
    """So many rows that it changed; the draft is counted anew."""
    act = partial(enter_together, house.actor(), number, None, "records", keys, values, NOW)
    done = perform(act)
    house.count_anew(number)
    return done


@pytest.mark.parametrize(("steps", "cells", "codes"), OFF_SITE)
def test_use_outside_of_the_unit_and_its_address_go_together(
    house: House, steps: list[dict[str, str]], cells: tuple[str, str], codes: set[tuple[str, str]]
) -> None:
    use = house.use("2026-11-25", "09:00-10:00")
    number, keys, found = house.draft("service_record", Q4).id, [f"use:{use.id}:0"], set()
    for values in steps:
        try:
            entered(house, number, keys, **values)
        except Refusal as refusal:
            found = {(each.code, each.field) for each in refusal.reasons}
    report = house.count_anew(number)
    row = rows_of(report)[0]
    assert found == codes and (row["adressType"], row["moveAddress"]) == cells
    assert lacks_of_rows(report) == [set()]


def test_a_direction_that_asks_for_a_tax_record_is_entered_with_it(house: House) -> None:
    """What the facts alone leave wanting can be left so; what somebody enters cannot."""
    said, unsaid = (
        house.use("2026-11-25", "09:00-10:00", purpose="service"),
        house.use("2026-11-26", "09:00-10:00", purpose=None),
    )
    number = house.draft("service_record", Q4).id
    first, second = ([f"use:{each.id}:0"] for each in (said, unsaid))
    with pytest.raises(Refusal) as refusal:
        entered(house, number, second, serviceDirection="138")
    assert [(each.code, each.field) for each in refusal.value.reasons] == [
        ("required_when", "serviceDirection")
    ]
    assert entered(house, number, second, serviceDirection="138", taxRecord="T-1") == 1
    assert entered(house, number, first, taxRecord="T-2") == 1
    assert entered(house, number, first, taxRecord="") == 1
    assert lacks_of_rows(house.count_anew(number)) == [{("required_when", "taxRecord")}, set()]


def test_only_rows_that_change_are_counted_and_facts_are_not_replaced(house: House) -> None:
    uses = [
        house.use("2026-11-25", "09:00-10:00", subject=""),
        house.use("2026-11-26", "09:00-10:00", subject="430"),
    ]
    uses.append(house.use("2026-11-27", "09:00-10:00", subject=""))
    number, keys = house.draft("service_record", Q4).id, [f"use:{use.id}:0" for use in uses]
    assert entered(house, number, keys[:1], subjectArea="150") == 1
    assert entered(house, number, keys, subjectArea="150") == 1
    assert entered(house, number, keys, subjectArea="150") == 0
    with pytest.raises(Refusal) as refusal:
        entered(house, number, keys[1:2], subjectArea="150")
    assert [(each.code, each.field) for each in refusal.value.reasons] == [("facts_say", "subjectArea")]
    assert [row["subjectArea"] for row in rows_of(house.count_anew(number))] == ["150", "430", "150"]
    deeds = db.session.query(JournalEntry).filter_by(deed="report.entered").order_by(JournalEntry.id)
    assert [entry.detail["rows"] for entry in deeds] == [1, 1]


def held(**cells: str) -> Held:
    return Held(cells, dict(cells))


COLUMNS = tuple(Column(key, key, key, source="typed", typed=True) for key in ("first", "last"))
ORDERS = [
    (NOT_AFTER, held(first="", last="2026-03-01"), {"first": "2026-03-02"}, [("not_after", "first", "This comes after")]),
    (NOT_AFTER, held(first="2026-03-02", last=""), {"last": "2026-03-01"}, [("not_after", "last", "This comes before")]),
    (NOT_AFTER, held(first="2026-03-01", last=""), {"last": "2026-03-01"}, []),
    (AT_MOST, held(first="", last="10"), {"first": "11"}, [("at_most", "first", "This is more than")]),
    (AT_MOST, held(first="11", last=""), {"last": "9"}, [("at_most", "last", "This is less than")]),
    (AT_MOST, held(first="9", last=""), {"last": "10"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "row", "values", "said"), ORDERS)
def test_days_in_order_and_parts_below_the_whole_are_kept_by_hand_too(
    kind: str, row: Held, values: dict[str, str], said: list[tuple[str, str, str]]
) -> None:
    sheet = Sheet("rows", "表", "Rows", SERVICE, COLUMNS, (Rule(kind, ("first", "last")),))
    found = [(each.code, each.field, each.message.split(" “")[0]) for each in at_odds(sheet, row, values)]
    assert found == said


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
