"""A report as files: a workbook, or one sheet as CSV; who took it stands in the journal."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.reports import files
from instruments.reports.indicator_figures import FIGURES
from instruments.reports.listing import all_rows, left_out_count
from instruments.reports.models import FILED, Report
from instruments.reports.seeing import Sight
from instruments.reports.views.doors import ONE, note_taken, pages
from instruments.reports.views.one import the_sight
from instruments.reports.views.rows import chosen_rows
from instruments.reports.views.words import bases_of, known_words, title_of
from instruments.web import formats
from instruments.web.downloads import download
from instruments.web.language import in_language

# A sheet with more columns than a page has room for is printed row by row.
COLUMNS_AS_TABLE = 9


@pages.get(f"{ONE}/file.<any(xlsx, csv):kind>")
def report_file(report_id: int, kind: str) -> ResponseReturnValue:
    """The report as a workbook, or one sheet of it as CSV: what is seen of it, and who took it stands in the journal."""
    actor, sight = the_sight(report_id)
    found = all_rows(sight)
    sheet = chosen_rows(sight).sheet
    taken = found if kind == "xlsx" else {sheet: found[sheet]}
    note_taken(actor, sight, kind, sum(len(some) for some in taken.values()))
    if kind == "csv":
        return download(
            files.table(sight.report, sheet, found[sheet]), kind, files.file_name(sight.report, sheet)
        )
    return download(files.workbook(sight.report, found, notes_of(sight)), kind, files.file_name(sight.report))


@pages.get(f"{ONE}/print")
def on_paper(report_id: int) -> ResponseReturnValue:
    """Every row that leaves, with all its cells, on one page that a printer divides; noted like a file."""
    actor, sight = the_sight(report_id)
    found = all_rows(sight)
    note_taken(actor, sight, "print", sum(len(some) for some in found.values()))
    return render_template(
        "reports/print.html",
        report=sight.report,
        rows=found,
        most=COLUMNS_AS_TABLE,
        notes_told=notes_of(sight),
    )


def notes_of(sight: Sight) -> list[list[str]]:
    """Which report it is; a draft says so, and what its rows lack."""
    report = sight.report
    told = [
        [gettext("Report"), title_of(report)],
        [gettext("Institution"), in_language(report.institution.name_en, report.institution.name_zh)],
        [gettext("Version"), str(report.number)],
        [gettext("State"), gettext("Filed") if report.state == FILED else gettext("Draft, not filed")],
        [gettext("Format"), f"{report.form} {report.format_version} {report.format_digest[:12]}"],
        [gettext("Worked out"), _moment(report.counted_at, report.institution.zone)],
        [gettext("Filed"), _moment(report.filed_at, report.institution.zone)],
        [gettext("Number given for it"), report.receipt],
        [gettext("Rows left out"), str(left_out_count(sight))],
        [gettext("What is known"), known_words(report)],
        [gettext("Digest of the rows"), report.digest],
    ]
    return [
        ["", ""],
        *([name, value] for name, value in told if value),
        *_bases(report),
        *_definitions(sight),
    ]


def _bases(report: Report) -> list[list[str]]:
    """By what numbers are counted that another form counts otherwise."""
    told = (each for sheet in report.layout for each in bases_of(report, sheet["key"]))
    return [[gettext(", ").join(names), basis] for names, basis in told]


def _definitions(sight: Sight) -> list[list[str]]:
    """What the figures of a workbook mean: a number never travels without its definition."""
    figures = [
        name.removeprefix("figure.") for name in sight.report.definitions if name.startswith("figure.")
    ]
    return [
        [f"{code} v{FIGURES[code].version}", gettext(FIGURES[code].words)]
        for code in figures
        if code in FIGURES
    ]


def _moment(moment: Any, zone: str) -> str:
    return formats.moment(moment, zone) if moment else ""
