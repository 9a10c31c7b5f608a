"""Why a whole file cannot be taken, in sentences, and the reading of a file with those as refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from instruments.catalog import reading
from instruments.errors import N_, Reason, Refusal
from instruments.jobs.confined import confined

SECONDS, MEGABYTES = 60, 1024
Sentences: TypeAlias = Mapping[str, tuple[str, str]]

# For every code of reading.FileRefused: what is wrong, and what to do.
SENTENCES: Sentences = {
    "file_empty": (
        N_("The file is empty."),
        N_("Choose a file with a header row and at least one instrument."),
    ),
    "file_too_large": (
        N_("The file is larger than %(most)s MB, or unpacks to far more."),
        N_("Remove pictures and other sheets, or split it."),
    ),
    "file_locked_or_old": (
        N_("The workbook is protected by a password, or in the old .xls format."),
        N_("Save it as .xlsx without a password."),
    ),
    "file_is_a_page": (
        N_("This is a web page, not a table, whatever its name ends in."),
        N_("Open it in a spreadsheet program, and save it as .xlsx or .csv."),
    ),
    "file_is_another_kind": (
        N_("This is neither a CSV file nor an XLSX workbook."),
        N_("Save the table as .xlsx or .csv."),
    ),
    "file_cut_off": (N_("The file is cut off: its end is missing."), N_("Upload it again.")),
    "broken_workbook": (
        N_("The workbook is damaged and cannot be opened."),
        N_("Open it in a spreadsheet program, and save it again."),
    ),
    "unknown_encoding": (
        N_("The text is neither UTF-8 nor GB 18030."),
        N_("Save it as CSV UTF-8."),
    ),
    "no_header": (
        N_("No row names our columns. The first row says: %(header)s."),
        N_("Begin with the header row of the template."),
    ),
    "column_twice": (N_("The column %(column)s stands in the file twice."), N_("Remove one of them.")),
    "no_rows": (N_("There is a header but no instrument below it."), N_("Add at least one row.")),
    "too_many_rows": (N_("The file has more than %(most)s rows."), N_("Split it.")),
    "too_many_columns": (
        N_("The file has more than %(most)s columns."),
        N_("Remove the columns that are not in the template."),
    ),
    "cell_too_long": (N_("A cell in row %(row)s is longer than any cell can be."), N_("Check its quotes.")),
    "broken_quotes": (
        N_("A quotation mark in or before row %(row)s is not closed, or the file is cut off."),
        N_("Save it again in a spreadsheet program."),
    ),
}


def read_table(path: Path) -> dict[str, Any]:
    """The table in a file, as `reading` gives it, read in a process of its own. Raises Refusal with one sentence."""
    return read_apart(reading.answer, path)


def read_apart(
    answer: Callable[..., Any], path: Path, *more: Any, sentences: Sentences | None = None, **values: Any
) -> dict[str, Any]:
    """What this function reads from a file, in a process of its own. Raises Refusal with the sentence for what it refuses.

    sentences: those that come before the usual ones; values: what these name besides.
    """
    read: dict[str, Any] = confined(answer, str(path), *more, seconds=SECONDS, megabytes=MEGABYTES)
    if code := read.get("refused"):
        message, remedy = {**SENTENCES, **(sentences or {})}[code]
        raise Refusal([Reason(code, "file", message, {**values, **read.get("values", {})}, remedy)])
    return read
