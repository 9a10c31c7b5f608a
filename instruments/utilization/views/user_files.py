"""What a group, a company or the people of an institution used, as files of exactly what their page shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.documents.sheets import Sheet, as_csv, as_xlsx
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.signing import the_actor
from instruments.utilization.asking import BY, View
from instruments.utilization.boards.lines import lines_of_use, of_a_month
from instruments.utilization.boards.subjects import of_use
from instruments.utilization.boards.targets import targets_of
from instruments.utilization.definitions import DEFINITIONS, EVIDENCE_SUMS
from instruments.utilization.listing import evidence_cells, tenths
from instruments.utilization.naming import which_of
from instruments.utilization.periods import month_code
from instruments.utilization.saying import said
from instruments.utilization.user_board import MonthOfUse, UserBoard, counted_of_use, trend, user_board
from instruments.utilization.user_costs import sees_costs_of
from instruments.utilization.user_figures import (
    ALL_FIGURES,
    USER_FIGURES,
    FigureRow,
    figure_rows,
    rows_in_order,
)
from instruments.utilization.user_places import Whose, group_of, people_of
from instruments.utilization.user_unmet import sees_unmet_of
from instruments.utilization.user_week import MEANING
from instruments.utilization.views.doors import lacking_words, pages
from instruments.utilization.views.file_cells import (
    TARGET_HEADS,
    change_cell,
    evidence_words,
    named_cell,
    number_cell,
    target_cells,
)
from instruments.utilization.views.tables import BY_WORDS, evidence_heads
from instruments.utilization.views.user_costs import costs_rows
from instruments.utilization.views.user_doors import having_of, name_of_whose, view_of
from instruments.utilization.views.user_pareto import pareto_rows
from instruments.utilization.views.user_steps import booked_rows, steps_rows
from instruments.utilization.views.user_unmet import unmet_rows
from instruments.utilization.views.user_week import week_rows
from instruments.utilization.views.users import row_name
from instruments.utilization.views.which import WHICH_HEADS, which_cells
from instruments.utilization.views.words import changed_words, period_words
from instruments.web import clock
from instruments.web.downloads import download
from instruments.web.reasons import in_full

Rows = list[list[object]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page of whose use shows; having: only rows that have any of this measure."""

    whose: Whose
    view: View
    board: UserBoard
    now: datetime
    having: str


@pages.get("/groups/<int:group_id>/utilization.<any(xlsx, csv):kind>")
def group_file(group_id: int, kind: str) -> ResponseReturnValue:
    """What a group used."""
    return _file(group_of(group_id, the_actor()), kind)


@pages.get("/institutions/<int:institution_id>/used.<any(xlsx, csv):kind>")
def people_file(institution_id: int, kind: str) -> ResponseReturnValue:
    """What the people of an institution or company used."""
    return _file(people_of(institution_id, the_actor()), kind)


def _file(whose: Whose, kind: str) -> ResponseReturnValue:
    """All parts as a workbook, with what each means; or one of them, the rows without a word."""
    view, now, part = view_of(whose), clock.now(), request.args.get("part") or "rows"
    if part not in PARTS or not _may_see(part, whose):
        raise NotFound([Reason("no_part", None, N_("There is no such part of a dashboard."))])
    shown = Shown(whose, view, user_board(whose, view, now), now, having_of())
    named = "used" if part == "rows" else f"used-{part}"
    name = f"{named}-{whose.code}-{view.period.code.replace('/', '-')}"
    if kind == "csv":
        return download(as_csv(PARTS[part][1](shown)), kind, name)
    sheets = [
        Sheet(gettext(title), _or_why(make, shown), (40,))
        for code, (title, make) in PARTS.items()
        if _may_see(code, whose)
    ]
    return download(as_xlsx(*sheets, _about(shown)), kind, name)


def _figures(shown: Shown) -> Rows:
    """The figures with what stands above and below the line, and the evidence of the hours."""
    heads = (
        N_("Figure"), N_("Value"), N_("Changed by"), N_("Above"), N_("Below"), N_("n (instruments)"), *TARGET_HEADS,
        N_("Evidence of the hours"),
    )  # fmt: skip
    rows: Rows = [[gettext(head) for head in heads]]
    figures = [each.figure for each in shown.board.figures]
    lines = lines_of_use(figures, shown.view.period, targets_of(of_use(shown.whose)))
    for each in shown.board.figures:
        values = [number_cell(number) if number else "" for number in (each.value, each.over, each.under)]
        change = change_cell(each.change, was_none=each.was_none)
        definition = each.figure.definition
        name = named_cell(definition.name, definition.unit)
        targets = target_cells(each.figure, lines.get(each.figure.code, ()))
        evidence = evidence_words(shown.board.now, each.figure.code)
        rows.append([name, values[0], change, *values[1:], each.figure.n, *targets, evidence])
    return rows


def _months(shown: Shown) -> list[MonthOfUse]:
    return trend(shown.whose, shown.view, shown.now, shown.board.begun)


def _trend(shown: Shown) -> Rows:
    hours = DEFINITIONS["effective"].name
    rows: Rows = [
        [gettext("Month"), gettext(hours), f"{changed_words(shown.view)} (%)", gettext("Target a month")]
    ]
    target = of_a_month(targets_of(of_use(shown.whose)).get("effective"))
    for each in _months(shown):
        change = change_cell(each.hours.change, was_none=each.hours.was_none)
        to_reach = "" if target is None else tenths(target)
        rows.append([month_code(each.key), number_cell(each.hours.over), change, to_reach])
    return rows


def _week(shown: Shown) -> Rows:
    return week_rows(shown.whose, shown.view)


def _may_see(part: str, whose: Whose) -> bool:
    asks = {"costs": sees_costs_of, "unmet": sees_unmet_of}.get(part)
    return asks is None or asks(whose, the_actor())


def _or_why(make: Callable[[Shown], Rows], shown: Shown) -> Rows:
    """A part of a workbook, or why it is not told."""
    try:
        return make(shown)
    except Refusal as refusal:
        return [[in_full(reason)] for reason in refusal.reasons]


def _rows(shown: Shown) -> Rows:
    by = shown.view.by
    rows = rows_in_order(shown.whose, shown.board.found, by, shown.view.period, shown.now, shown.having)
    defined = [DEFINITIONS[code] for code in USER_FIGURES]
    head: list[object] = [
        gettext(BY_WORDS[by]), *(gettext(each) for each in WHICH_HEADS if by == BY[0]),
        *(named_cell(each.name, each.unit) for each in defined), gettext("Samples handled"),
        gettext("Instruments"), *evidence_heads(),
    ]  # fmt: skip
    which = which_of([key for key, _ in rows]) if by == BY[0] else None
    found = figure_rows(rows, by, which)
    told = {number: which_cells(each) for number, each in (which or {}).items()}
    return [head, *([row_name(by, row), *told.get(row.key, ()), *_cells(row)] for row in found)]


def _cells(row: FigureRow) -> list[object]:
    """The figures of a row as the page shows them, and the evidence of its hours; "" where there is none."""
    values = [said(row.totals.figure(code)).value for code in USER_FIGURES]
    return [
        *(number_cell(value) if value else "" for value in values), row.totals.sums["samples"], row.totals.n,
        *(cell for code in EVIDENCE_SUMS for cell in evidence_cells(row.totals, code)),
    ]  # fmt: skip


PARTS: Mapping[str, tuple[str, Callable[[Shown], Rows]]] = {
    "figures": (N_("All figures"), _figures), "trend": (N_("Trend"), _trend),
    "steps": (N_("From reserved hour to used hour"), lambda shown: steps_rows(shown.view, shown.board)),
    "booked": (N_("Booked against used"), lambda shown: booked_rows(_months(shown))),
    "instruments": (N_("Instruments by hours"), lambda shown: pareto_rows(shown.board.found)),
    "week": (N_("When instruments were used"), _week),
    "costs": (N_("What it cost"), lambda shown: costs_rows(shown.whose, shown.view)),
    "unmet": (N_("Looked for in vain"), lambda shown: unmet_rows(shown.whose, shown.view)), "rows": (N_("Figures"), _rows),
}  # fmt: skip


def _about(shown: Shown) -> Sheet:
    """Of what and when the workbook is, what it is compared with, and what each figure means."""
    view = shown.view
    rows = [
        [gettext("Figures of"), name_of_whose(shown.whose)], [gettext("Period shown"), period_words(view.period)],
        [gettext("Compared with"), period_words(view.other)],
        *([in_full(why), ""] for why in [shown.board.not_compared] if why is not None),
        [gettext("When instruments were used"), gettext(MEANING)],
        *([gettext(DEFINITIONS[code].name), gettext(DEFINITIONS[code].words)] for code in ALL_FIGURES),
        *([sentence, ""] for sentence in lacking_words(counted_of_use(view.period, shown.now, shown.board.begun), view.period)),
    ]  # fmt: skip
    return Sheet(gettext("Definitions"), rows, (36, 60))
