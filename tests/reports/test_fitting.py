"""What is entered by hand passes the checks of its column: every column of every format, with everything that it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from instruments.reports import forms
from instruments.reports.checking import lacks_of
from instruments.reports.fitting import unfit
from instruments.reports.form import (
    CODE,
    CODES,
    COUNT,
    DAY,
    HOURS,
    LIST,
    MOMENT,
    MONEY,
    SHARE,
    TEXT,
    Column,
    Form,
    Sheet,
)
from instruments.reports.sources import TYPED, Source
from instruments.reports.writing import source_of

COLUMNS = [
    pytest.param(form, sheet, column, id=f"{form.code}.{form.version}-{sheet.key}-{column.key}")
    for form in forms.all_forms()
    for sheet in form.sheets
    for column in sheet.columns
    if column.typed
]


def wrong(form: Form, sheet: Sheet, column: Column) -> Iterator[tuple[str, str]]:
    """Values that this column cannot hold, each with the code of a reason."""
    source = source_of(sheet, column)
    if column.codes:
        yield from (("?", "choice"), (f"{next(iter(form.codes[column.codes].values()))} ", "choice"))
        return
    yield "x" * ((column.longest or 5000) + 1), "too_long"
    yield "a\x07", "unreadable"
    if column.pattern:
        yield "!", "pattern"
    if source.values:
        yield "000", "unlisted"
        yield column.between.join((source.values[0], "999")), "unlisted"
        yield column.between.join([source.values[0]] * 2), "twice"
    if column.most:
        yield column.between.join(map(str, range(column.most + 1))), "too_many"


@pytest.mark.parametrize(("form", "sheet", "column"), COLUMNS)
def test_every_column_refuses_by_hand_what_it_refuses_from_the_facts(
    form: Form, sheet: Sheet, column: Column
) -> None:
    cases = list(wrong(form, sheet, column))
    assert column.codes or column.longest or column.pattern, "anything at all can be entered here"
    for value, code in cases:
        refused = [reason.code for reason in unfit(column, source_of(sheet, column), form.codes, value)]
        assert code in refused, value
        cells = [value if each is column else "" for each in sheet.columns]
        lacking = [lack.code for lack in lacks_of(sheet, {}, cells, form.codes) if lack.column == column.key]
        assert set(refused) <= set(lacking), value
    if column.example:
        assert not list(unfit(column, source_of(sheet, column), form.codes, column.example))


def test_the_typed_columns_are_looked_at() -> None:
    assert len(COLUMNS) > 30


NUMBER = Column("n", "数", "Number", TYPED, typed=True)
CODED = replace(NUMBER, codes="way", most=2)
KINDS = [
    (COUNT, NUMBER, "12", []),
    (COUNT, NUMBER, "0", []),
    (COUNT, NUMBER, "1.5", ["decimals"]),
    (COUNT, NUMBER, "-1", ["negative"]),
    (COUNT, NUMBER, "twelve", ["number"]),
    (COUNT, NUMBER, "1,200", ["number"]),
    (COUNT, NUMBER, "1_2", ["number"]),
    (COUNT, NUMBER, "١٢", ["number"]),
    (COUNT, NUMBER, "NaN", ["number"]),
    (HOURS, NUMBER, "1.25", []),
    (HOURS, NUMBER, "1.255", ["decimals"]),
    (SHARE, NUMBER, "Infinity", ["number"]),
    (MONEY, NUMBER, "-3.10", []),
    (MONEY, replace(NUMBER, decimals=4), "3.1001", []),
    (DAY, NUMBER, "2026-02-28", []),
    (DAY, NUMBER, "2026-02-30", ["day"]),
    (DAY, NUMBER, "28.2.2026", ["day"]),
    (MOMENT, NUMBER, "2026-02-28 09", []),
    (MOMENT, NUMBER, "2026-02-28 09:30", ["day"]),
    (MOMENT, replace(NUMBER, unit="minute"), "2026-02-28 09:30", []),
    (CODE, CODED, "S", []),
    (CODE, CODED, "s", ["choice"]),
    (CODES, CODED, "S;A", []),
    (CODES, CODED, "S;X", ["choice"]),
    (CODES, CODED, "S;A;X", ["too_many", "choice"]),
    (LIST, NUMBER, "anything;else", []),
    (TEXT, NUMBER, "　全角空格\n第二行", []),
    (TEXT, NUMBER, "\ud800", ["unreadable"]),
]


@pytest.mark.parametrize(("kind", "column", "value", "codes"), KINDS)
def test_each_kind_of_value_is_read_before_it_is_kept(
    kind: str, column: Column, value: str, codes: list[str]
) -> None:
    lists = {"way": {"self": "S", "assisted": "A", "nobody": ""}}
    assert [reason.code for reason in unfit(column, Source(kind, "x"), lists, value)] == codes
