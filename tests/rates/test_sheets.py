"""Prices as a spreadsheet: what goes out comes back unchanged; what changed is told by cell, what is wrong by row and column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask_babel import force_locale, gettext
from sqlalchemy import func, select

from instruments.database import db
from instruments.documents.sheets import as_csv
from instruments.errors import Forbidden, Refusal, Stale
from instruments.journal.models import JournalEntry
from instruments.people.signing import actor_by_id
from instruments.rates import publishing
from instruments.rates.models import RateVersion
from instruments.rates.sheets import columns, exporting
from instruments.rates.sheets.bringing import checked, keep_sheet, mark_of, read_sheet, take_over
from instruments.rates.sheets.checking import check
from instruments.rates.sheets.reading import answer
from instruments.rates.sheets.rows import GONE, MOVED, NEW
from instruments.rates.views.sheets import explained
from tests.conftest import NOW
from tests.rates.pricing_world import price, published
from tests.rates.sheet_world import APRIL, Sheets, changed, put, row_of, told
from tests.world import World


@pytest.fixture
def sheets(world: World, now) -> Sheets:
    return Sheets(world)


# --- What goes out comes back


@pytest.mark.parametrize("chinese", [False, True], ids=["english", "chinese"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_sheet_that_comes_back_unchanged_changes_nothing(
    sheets, tmp_path: Path, kind: str, chinese: bool
) -> None:
    rows, path = sheets.rows(chinese=chinese), tmp_path / "sheet"
    path.write_bytes(as_csv(rows) if kind == "csv" else exporting.workbook(rows, explained()))
    read = answer(str(path))
    found = check(sheets.lab, read["header"], read["rows"], APRIL, NOW)
    assert (told(found), found.unknown) == ([], ())
    assert [(each.owner.kind, each.outcome) for each in found.lists] == [
        ("lab", "same"),
        ("instrument", "same"),
    ]
    assert found.takes == []


def test_a_program_may_write_days_and_times_in_its_own_way(sheets) -> None:
    rows = sheets.rows()
    for row in rows[1:]:
        put(rows, row, "Value", row[3].replace("2027-01-01", "2027/1/1"))
        put(rows, row, "From", row[9].replace("22:00", "22:00:00"))
        put(rows, row, "Only on", row[11].replace("; ", "、"))
    assert {each.outcome for each in sheets.check(rows).lists} == {"same"}


def test_the_template_is_understood_and_says_nothing_yet(sheets, world) -> None:
    bare = world.lab(sheets.thing.institution)
    rows = exporting.template(bare, NOW, chinese=False)
    texts = [[number, [str(cell) for cell in row]] for number, row in enumerate(rows, start=1)]
    found = check(bare, texts[0][1], texts[1:], None, NOW)  # type: ignore[arg-type] # as JSON has it
    assert (told(found), [each.outcome for each in found.lists]) == ([], ["same"])


def test_the_words_of_a_sheet_are_those_of_the_pages(app) -> None:
    choices = [*columns.FIXED, *columns.WHAT, *columns.CLASSES, *columns.YES_OR_NO]
    choices += [each for words in columns.WORDS.values() for each in words]
    with app.app_context(), force_locale("zh_Hans_CN"):
        assert {each.en: gettext(each.en) for each in choices} == {each.en: each.zh for each in choices}


# --- What was changed


def test_each_changed_cell_is_told_with_its_row(sheets) -> None:
    rows = sheets.rows(sheets.whole)
    hour = row_of(rows, "Price", "per hour", "Operated by the user")
    put(rows, hour, "Own lab", "44")
    put(rows, hour, "Companies", "200.00")
    put(rows, row_of(rows, "Counted in steps of"), "Value", "30")
    rows.remove(row_of(rows, "Price", "grid"))
    rows.append(["", "For all instruments", "Price", "", "self", "per use", *[""] * 6, "1", *[""] * 7])
    found = sheets.check(rows)
    assert told(found) == []
    (one,) = found.lists
    assert (one.outcome, one.said.valid_from, one.before.id) == ("changed", APRIL, sheets.whole.id)
    changes = {(each.line.what, *each.line.key): each for each in one.changes}
    assert changes["increment",].cells == (("value", "15", "30"),)
    hourly = changes["price", "self", "hour", ""]
    assert hourly.cells == (("own_lab", "40.00", "44.00"), ("company", "", "200.00"))
    assert one.one.row_of("price", ("self", "hour", "")) == rows.index(hour) + 1
    assert changes["price", "self", "sample", "grid"].outcome == GONE
    assert changes["price", "self", "use", ""].outcome == NEW
    assert len(changes) == 4


def test_what_the_file_does_not_name_stays(sheets) -> None:
    rows = [
        ["Price list", "What", "How it is used", "Unit", "own_lab"],
        ["lab", "Price", "Operated by the user", "per hour", "41"],
    ]
    (one,) = sheets.check(rows).lists
    said = one.said
    assert (said.increment, said.windows[0].name, said.fees.free_hours) == (15, "Night / 夜间", 24)
    assert {price.customer: price.amount.amount for price in said.prices}["partner"] == Decimal("90.00")
    assert [line.line.key[2] for line in one.changes if line.outcome == GONE] == ["", "grid", "", ""]


def test_an_empty_window_takes_all_windows_away_and_the_order_counts(sheets) -> None:
    rows = sheets.rows(sheets.whole)
    window = row_of(rows, "Window")
    window[3:] = [""] * len(window[3:])
    (one,) = sheets.check(rows).lists
    assert (one.said.windows, one.changes[0].outcome) == ((), GONE)
    rows = sheets.rows(sheets.whole)
    rows[-1], rows[-2] = rows[-2], rows[-1]
    (one,) = sheets.check(rows).lists
    assert [each.outcome for each in one.changes] == [MOVED]


def test_a_first_day_that_the_file_changes_goes_before_the_one_that_was_asked_for(sheets) -> None:
    rows = sheets.rows(sheets.own)
    put(rows, row_of(rows, "Price"), "Own lab", "55")
    put(rows, row_of(rows, "First day"), "Value", "2027-05-03")
    (one,) = sheets.check(rows).lists
    assert (one.said.valid_from, one.said.valid_to) == (date(2027, 5, 3), None)
    put(rows, row_of(rows, "Last day"), "Value", "2027-12-31")
    (one,) = sheets.check(rows).lists
    assert one.said.valid_to == date(2028, 1, 1)


def test_a_list_that_has_no_card_yet_is_new(sheets) -> None:
    rows = [
        ["Name", "What", "Value", "Unit", "How it is used", "企业"],
        ["切片", "价格", "", "每个样品", "service", "5"],
    ]
    found = sheets.check(rows)
    assert told(found) == [(2, "code", "code")]
    rows[0].append("Code")
    rows[1].append("S")
    (one,) = sheets.check(rows).lists
    assert (one.owner.id, one.outcome, one.before, one.said.valid_from) == (
        sheets.service.id,
        "new",
        None,
        APRIL,
    )


# --- What is wrong


def cell(what: str, column: str, text: str, *cells: str) -> Callable[[list[list[Any]]], None]:
    def change(rows: list[list[Any]]) -> None:
        put(rows, row_of(rows, what, *cells), column, text)

    return change


@pytest.mark.parametrize(
    ("change", "column", "code"),
    [
        (cell("Price", "Own lab", "forty", "per hour"), "own_lab", "number"),
        (cell("Price", "Own lab", "0.001", "per hour"), "own_lab", "too_fine"),
        (cell("Price", "Own lab", "-1", "per hour"), "own_lab", "negative_price"),
        (cell("Price", "Unit", "per year", "per hour"), "unit", "word"),
        (cell("Price", "How it is used", "alone", "per hour"), "mode", "word"),
        (cell("Price", "Unit", "per hour", "at least for the time"), "unit", "same_line"),
        (cell("Price", "Code", "x", "per hour"), "code", "code"),
        (cell("Price", "Code", "", "grid"), "code", "code"),
        (cell("Price", "Value", "40", "per hour"), "value", "not_here"),
        (cell("Window", "Own lab", "40"), "own_lab", "not_here"),
        (cell("Window", "From", "noon"), "since", "clock"),
        (cell("Window", "Until", "22:00"), "since", "empty_window"),
        (cell("Window", "Value", "0.5"), "value", "share"),
        (cell("Window", "Value", "1001"), "value", "factor_out_of_bounds"),
        (cell("Window", "Only on", "Sundays"), "days", "word"),
        (cell("Later, percent", "Value", "0.125"), "value", "share"),
        (cell("Later, percent", "Value", "120"), "value", "out_of_range"),
        (cell("Currency", "Value", "yuan"), "value", "no_currency"),
        (cell("What counts", "Value", "all"), "value", "word"),
        (cell("Counted in steps of", "Value", "7"), "value", "unknown_increment"),
        (cell("Free until so many hours before", "Value", "x"), "value", "number"),
        (cell("First day", "Value", "in May"), "value", "date"),
        (cell("Version", "Value", "999999"), "value", "no_version"),
        (cell("Remark", "What", "Currency"), "what", "twice"),
        (cell("Remark", "What", "Sum"), "what", "what"),
        (cell("Remark", "Price list", "instrument-999999"), "list", "no_list"),
        (cell("Remark", "Value", "x" * 501), "value", "too_long"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_row_and_column(sheets, change, column: str, code: str) -> None:
    rows = sheets.rows(sheets.whole)
    before = [list(row) for row in rows]
    change(rows)
    line = next(number for number, (old, new) in enumerate(zip(before, rows, strict=True), 1) if old != new)
    found = sheets.check(rows)
    assert (line, column, code) in told(found)
    assert {each.row for each in found.faults} == {line} or code == "same_line"
    assert found.takes == []


def test_prices_that_hold_cannot_change_and_every_fault_is_told_at_once(sheets) -> None:
    rows = sheets.rows()
    for row in rows:
        if row[2] == "Price" and "per hour" in row:
            put(rows, row, "Individuals", "many")
    found = sheets.check(rows, since=date(2027, 1, 1))
    assert [code for _, _, code in told(found)].count("number") == 3
    put(rows, row_of(rows, "Price"), "Individuals", "7")
    rows = rows[:1] + [row for row in rows[1:] if row[0] == "lab" and "many" not in row]
    assert [code for _, _, code in told(sheets.check(rows, since=None))] == ["past"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "file_empty"),
        (b"<html><table></table>", "file_is_a_page"),
        (b"one,two\n1,2\n", "no_columns"),
        ("价目,内容\n".encode(), "no_rows"),
        (b"PK\x03\x04 no book", "file_cut_off"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_with_what_to_do(
    app, tmp_path: Path, body: bytes, code: str
) -> None:
    path = tmp_path / "sheet"
    path.write_bytes(body)
    with pytest.raises(Refusal) as refused:
        read_sheet(path)
    (reason,) = refused.value.reasons
    assert reason.code == code and reason.remedy


def test_a_column_twice_and_one_that_nobody_knows(sheets) -> None:
    rows = [["Price list", "What", "own_lab", "Own lab", "Discount"], ["lab", "Currency", "", "", "3"]]
    found = sheets.check(rows)
    assert (told(found), found.unknown) == ([(1, "", "column_twice")], ("Discount",))


# --- Taken over


def test_what_was_seen_is_drafted_once(sheets) -> None:
    kept = sheets.kept(changed(sheets))
    seen = mark_of(kept, checked(kept, NOW))
    (row,) = take_over(sheets.manager, kept.id, seen, NOW, propose=False)
    db.session.commit()
    assert (row.state, row.valid_from, row.card.lab_id) == ("draft", APRIL, sheets.lab.id)
    assert row.prices[0].price_units == 4400
    with pytest.raises(Refusal) as refused:
        take_over(sheets.manager, kept.id, seen, NOW, propose=False)
    assert [each.code for each in refused.value.reasons] == ["taken_over"]
    deeds = set(db.session.scalars(select(JournalEntry.deed)))
    assert {"prices.drafted", "prices.imported"} <= deeds


def test_nothing_is_taken_when_prices_changed_since(sheets) -> None:
    kept = sheets.kept(changed(sheets))
    seen = mark_of(kept, checked(kept, NOW))
    sheets.whole.valid_to = date(2027, 3, 20)
    db.session.commit()
    published(sheets.lab, date(2027, 3, 20), prices=[price("own_lab", 1)])
    with pytest.raises(Stale):
        take_over(sheets.manager, kept.id, seen, NOW, propose=False)


def test_nothing_is_taken_of_a_sheet_with_a_fault_or_without_a_change(sheets) -> None:
    rows = changed(sheets)
    put(rows, row_of(rows, "Price", "instrument"[:0], rows[-1][0]), "Own lab", "much")
    count = select(func.count()).select_from(RateVersion)
    before = db.session.scalar(count)
    for wrong, code in ((rows, "number"), (sheets.rows(), "nothing_changes")):
        kept = sheets.kept(wrong)
        with pytest.raises(Refusal) as refused:
            take_over(sheets.manager, kept.id, None, NOW, propose=True)
        assert [each.code for each in refused.value.reasons] == [code]
    assert db.session.scalar(count) == before


def test_it_may_be_proposed_at_once_and_a_draft_is_changed_itself(sheets) -> None:
    kept = sheets.kept(changed(sheets))
    (row,) = take_over(sheets.manager, kept.id, None, NOW, propose=True)
    assert (row.state, row.proposed_by_id) == ("proposed", sheets.manager.person_id)
    publishing.take_back(sheets.manager, row.id, row.version, NOW)
    db.session.commit()
    owner = replace(exporting.exported(sheets.lab, APRIL)[0][0])
    rows = exporting.table(sheets.lab, [(owner, row)], chinese=False)
    assert sheets.check(rows).takes == []
    put(rows, row_of(rows, "Price", "per hour"), "Own lab", "45")
    put(rows, row_of(rows, "First day"), "Value", "2027-07-01")
    kept = sheets.kept(rows)
    (again,) = take_over(sheets.manager, kept.id, None, NOW, propose=False)
    assert (again.id, again.valid_from, again.prices[0].price_units) == (row.id, date(2027, 7, 1), 4500)


def test_only_who_edits_prices_brings_them(sheets, world) -> None:
    stranger = actor_by_id(world.person(sheets.thing.institution).id, NOW)
    kept = sheets.kept(changed(sheets))
    with pytest.raises(Forbidden):
        take_over(stranger, kept.id, None, NOW, propose=False)
    with pytest.raises(Forbidden):
        keep_sheet(stranger, sheets.lab, "x", {"header": [], "rows": []}, None, NOW)
