"""What the pages of reports say: periods, states, lacks and columns in the reader's words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask_babel import gettext

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.reports.checking import Lack
from instruments.reports.due import DONE, FREE, LATER, NOW, OVERDUE, SOON, UNKNOWN
from instruments.reports.form import BETWEEN, OCCASION, TWO_YEARS, WHEN, Column, Form
from instruments.reports.forms import called, form_at, form_of, versions_of
from instruments.reports.hours_known import known_only_from
from instruments.reports.listing import Shown, cells_of, columns_of
from instruments.reports.mending import acceptance_at, mended_at
from instruments.reports.models import Report
from instruments.reports.sources import SOURCES
from instruments.reports.views.doors import pages, today_at
from instruments.utilization import periods
from instruments.utilization.views.words import period_words
from instruments.web import formats
from instruments.web.language import in_language
from instruments.web.reasons import in_full

STANDINGS: Mapping[str, tuple[str, str, str]] = {
    OVERDUE: (N_("Overdue"), "bad", "clock-alert"),
    NOW: (N_("To be filed"), "warn", "triangle-alert"),
    SOON: (N_("Due soon"), "warn", "hourglass"),
    FREE: (N_("Whenever it is needed"), "", "file-check"),
    LATER: (N_("Still running"), "", "hourglass"),
    DONE: (N_("Filed"), "free", "lock"),
    UNKNOWN: (N_("Not known"), "warn", "triangle-alert"),
}


def form_name(code: str) -> str:
    """What a form is called."""
    return in_language(*called(code))


def period_name(code: str, kind: str) -> str:
    """A period of a form: two years by their numbers, an occasion by its day."""
    period = periods.read(code)
    if kind == TWO_YEARS:
        return f"{period.first:%Y}–{period.last:%Y}"
    return formats.day(period.first) if kind == OCCASION else period_words(period)


def known_words(report: Report) -> str:
    """From when on the use is known that a report tells of; empty where all of it is."""
    found = known_only_from(report, today_at(report.institution))
    if found is None:
        return ""
    since, period = found
    day = formats.day(since, weekday=False)
    if period.code == report.period:
        return gettext(
            "Records begin on %(day)s: of the days of this period before it no use is known.", day=day
        )
    return gettext(
        "%(period)s: records begin on %(day)s, and of its hours only those from then on are known.",
        day=day,
        period=period_words(period),
    )


def title_of(report: Report) -> str:
    """The form and its period; of several of one day which."""
    form = format_of(report)
    name, period = in_language(form.en, form.zh), period_name(report.period, form.period)
    if report.part > 1:
        return gettext("%(form)s, %(period)s, no. %(part)s", form=name, period=period, part=report.part)
    return gettext("%(form)s, %(period)s", form=name, period=period)


def format_of(report: Report) -> Form:
    """The format by which a report was made; where that is gone, the one that would hold now."""
    found = [form for form in versions_of(report.form) if form.version == report.format_version]
    return found[0] if found else form_at(report.form, periods.read(report.period).first)


def column_name(report: Report, sheet: str, key: str) -> str:
    """What a column is called; the row as a whole where it is none."""
    for column in columns_of(report, sheet):
        if column["key"] == key:
            return in_language(column["en"], column["zh"])
    return gettext("The row as a whole")


def lack_words(report: Report, sheet: str, lack: Lack) -> str:
    """Why a row does not fit; columns that are meant by their names."""
    return in_full(Reason(lack.code, None, lack.message, _named(report, sheet, lack.code, lack.values)))


def _named(report: Report, sheet: str, code: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values with columns by their names, codes with what they mean, and sheets by their names."""
    found = {
        name: tuple(column_name(report, sheet, key) for key in value)
        if isinstance(value, list | tuple)
        else value
        for name, value in values.items()
    }
    if code in WHEN:
        found["value"] = in_words(report, sheet, values["other"][0], str(values["value"]))
    if code in BETWEEN:
        names = {each["key"]: in_language(each["en"], each["zh"]) for each in report.layout}
        found["sheet"] = names.get(values["sheet"], values["sheet"])
    return found


@contextmanager
def entered_as(report: Report, sheet: str, names: Callable[[str], str]) -> Iterator[None]:
    """Let what is refused of entries by hand be about the fields of a door: names gives the field of a column."""
    keys = {column["key"] for column in columns_of(report, sheet)}
    try:
        yield
    except Refusal as refusal:
        refusal.reasons = tuple(
            replace(each, field=names(each.field), values=_named(report, sheet, each.code, each.values))
            if each.field in keys
            else each
            for each in refusal.reasons
        )
        raise


def meaning_of(report: Report, sheet: str, key: str, cell: str) -> str:
    """What a code in a column means; "" where it is a word itself, or nobody says."""
    form = format_of(report)
    columns = [column for each in form.sheets if each.key == sheet for column in each.columns]
    lists = [column.codes for column in columns if column.key == key]
    words = form.meanings.get(lists[0], {}).get(cell) if lists else None
    return in_language(words[1], words[0]) if words else ""


def in_words(report: Report, sheet: str, key: str, cell: str) -> str:
    """A code with what it means."""
    meant = meaning_of(report, sheet, key, cell)
    return gettext("%(meant)s (%(code)s)", meant=meant, code=cell) if meant else cell


def mend_of(report: Report, row: Shown, lack: Lack) -> str:
    """Where a lack of a row is mended; "" where it is entered with the report."""
    form = form_of(report.form, report.format_version)
    sheet = form.sheet(row.sheet)
    source = sheet.column(lack.column).source if lack.column else ""
    return mended_at(sheet.rows, source, lack, row.key, row.instrument_id, row.lab_id, report.institution_id)


def row_name(report: Report, row: Shown) -> str:
    """What a row is called in lists: what its first columns say that say anything; a whole institution by its name."""
    if row.key.startswith("institution:"):
        return in_language(report.institution.name_en, report.institution.name_zh)
    columns = columns_of(report, row.sheet)
    named = [column for column in columns[:3] if not column["number"]]
    # Of one voucher there is a row for each instrument.
    named += [column for column in columns[3:] if column["source"] == "income.instrument"]
    said = [row.cells[column["key"]] for column in named]
    return " · ".join(cell for cell in said if cell) or row.key


def names_of_rows(report: Report, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """What rows of a report are called, by sheet and key; of a correction, those that it took out by what they were."""
    found = dict(cells_of(report)) if keys else {}
    if report.corrects_id is not None and any(key not in found for key in keys):
        found = {**cells_of(db.session.get_one(Report, report.corrects_id)), **found}
    return {
        (sheet, key): row_name(
            report, Shown(sheet, 0, key, None, None, found[sheet, key], (), left_out=False)
        )
        if (sheet, key) in found
        else key
        for sheet, key in keys
    }


def personal_data(layout: list[dict[str, Any]]) -> dict[str, list[str]]:
    """By whose they are, the columns that carry personal data."""
    found: dict[str, list[str]] = {}
    for sheet in layout:
        for column in sheet["columns"]:
            if column["personal"]:
                found.setdefault(column["personal"], []).append(in_language(column["en"], column["zh"]))
    return found


def beside_people(layout: list[dict[str, Any]]) -> list[str]:
    """What else stands in the rows that tell of people: every other column of those sheets, as the format has them."""
    telling = [sheet["columns"] for sheet in layout if any(column["personal"] for column in sheet["columns"])]
    others = (column for columns in telling for column in columns if not column["personal"])
    return list(dict.fromkeys(in_language(column["en"], column["zh"]) for column in others))


def basis_of(report: Report, sheet: str, key: str) -> str:
    """By what a number is counted, where another form counts the same otherwise; "" elsewhere."""
    rows = next((each.rows for each in format_of(report).sheets if each.key == sheet), "")
    for column in columns_of(report, sheet):
        source = SOURCES.get(rows, {}).get(column["source"]) if column["key"] == key else None
        if source is not None and source.basis:
            return gettext(source.basis)
    return ""


def bases_of(report: Report, sheet: str) -> list[tuple[list[str], str]]:
    """The same of all columns of a sheet: their names, and what holds for them."""
    found: dict[str, list[str]] = {}
    for column in columns_of(report, sheet):
        if basis := basis_of(report, sheet, column["key"]):
            found.setdefault(basis, []).append(in_language(column["en"], column["zh"]))
    return [(names, basis) for basis, names in found.items()]


def code_choices(report: Report, column: Column) -> list[tuple[str, str]]:
    """What can be entered into a column of codes: each code with what it means."""
    form = format_of(report)
    meant = {code: in_language(en, zh) for code, (zh, en) in form.meanings.get(column.codes, {}).items()}
    codes = [code for code in dict.fromkeys(form.codes[column.codes].values()) if code]
    return [(code, f"{code} {meant[code]}" if code in meant else code) for code in codes]


def entry_hint(column: Column) -> str | None:
    """How something is entered by hand, and how many of it."""
    if not column.example:
        return None
    if column.most:
        return gettext("Like %(example)s, at most %(most)s", example=column.example, most=column.most)
    return gettext("Like %(example)s", example=column.example)


@pages.context_processor
def words() -> dict[str, Any]:
    """All of them, by the names that the templates know."""
    return {
        "form_name": form_name, "period_name": period_name, "title_of": title_of, "format_of": format_of,
        "column_name": column_name, "lack_words": lack_words, "mend_of": mend_of, "row_name": row_name,
        "personal_data": personal_data, "beside_people": beside_people,
        "standings": STANDINGS, "columns_of": columns_of, "code_choices": code_choices,
        "meaning_of": meaning_of, "basis_of": basis_of, "bases_of": bases_of, "entry_hint": entry_hint,
        "acceptance_at": acceptance_at, "known_words": known_words,
    }  # fmt: skip
