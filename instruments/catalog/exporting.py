"""Write the catalogue of an institution, or the empty template, as CSV or XLSX in the template's own columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from instruments.catalog.cells import Unreadable, read
from instruments.catalog.checking import written
from instruments.catalog.columns import COLUMNS, Column, bilingual
from instruments.catalog.known import Known
from instruments.catalog.present import known_of
from instruments.documents.sheets import Sheet, as_xlsx
from instruments.people.models import Institution

SHEET = "设备清单"


def export_rows(institution: Institution) -> list[list[str]]:
    """The header and a row of texts for each instrument, retired ones too."""
    known = known_of(institution)
    return [
        [bilingual(column) for column in COLUMNS],
        *([_cell(column, values, known) for column in COLUMNS] for values in known.instruments.values()),
    ]


def _cell(column: Column, values: Mapping[str, Any], known: Known) -> str:
    value = values.get(column.place)
    if column.in_record:
        return value or ""
    if column.kind == "amount_10k" and values.get("original_currency") != "CNY":
        return ""
    as_written = (values["national_record"] or {}).get(column.key) if column.national else None
    if as_written and _means(column, as_written, value, known):
        return str(as_written)
    return written(column, value, known)


def _means(column: Column, text: str, value: Any, known: Known) -> bool:
    """Whether what a form once said is still what the catalogue says: then it goes back as it came."""
    try:
        match column.kind:
            case "lab":
                return known.lab(text) == value
            case "class":
                return known.class_code(text) == value
            case _:
                return read(column, text) == value
    except Unreadable:
        return False


def workbook(rows: Sequence[Sequence[str]], notes: Sequence[Sequence[str]] = ()) -> bytes:
    """The rows as a workbook; notes: a second sheet, which explains the columns."""
    explained = [Sheet("说明 Notes", notes, (28, 36, 12, 60))] if notes else []
    return as_xlsx(Sheet(SHEET, rows), *explained)
