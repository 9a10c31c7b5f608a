"""The steps from a reserved to a used hour, and booked against used by month, as the page of whose use and its files say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext

from instruments.rounding import half_up, percent
from instruments.utilization import periods
from instruments.utilization.asking import View
from instruments.utilization.definitions import MEASURES
from instruments.utilization.listing import tenths
from instruments.utilization.periods import month_code
from instruments.utilization.user_board import MonthOfUse, UserBoard
from instruments.utilization.user_figures import ALL_FIGURES
from instruments.utilization.user_steps import BOOKED, STEPS, booked_by_month, steps_of_use
from instruments.utilization.views.file_cells import change_cell
from instruments.utilization.views.words import changed_words, short_month

Rows = list[list[object]]
UNUSED = MEASURES["unused"].name
DRAWN = ("reserved", "effective", "unused")


def steps_part(view: View, board: UserBoard, months: Sequence[MonthOfUse]) -> dict[str, Any]:
    """What the page shows of them; step_opens: the figure that a step is."""
    booked = booked_by_month(months)
    return {
        "use_steps": steps_of_use(board), "booked_months": booked, "booked_codes": BOOKED,
        "booked_values": _values(view, months),
        "unused_hours": board.now.measure("unused"), "has_steps": any(board.now.measure(code) for code in STEPS),
        "step_opens": lambda code: view.address(open=code) + "#tiles" if code in ALL_FIGURES else "",
    }  # fmt: skip


def _values(view: View, months: Sequence[MonthOfUse]) -> dict[str, Any]:
    """The bars of each month, for the chart."""
    codes = [periods.read(month_code(each.key)) for each in months]
    return {
        "months": [short_month(month.first) for month in codes],
        "links": [view.address(period=month) for month in codes],
        "bars": [
            {
                "name": gettext(MEASURES[code].name),
                "hours": [float(half_up(each.totals.measure(code), 1)) for each in months],
            }
            for code in DRAWN
        ],
    }


def steps_rows(view: View, board: UserBoard) -> Rows:
    """The rows of a file, their heads first."""
    heads: list[object] = [
        gettext("Step"), gettext("Hours of the step"), f"{gettext('Share of the step before')} (%)", f"{changed_words(view)} (%)",
    ]  # fmt: skip
    rows: Rows = [
        [
            gettext(MEASURES[each.code].name), tenths(each.hours), "" if each.share is None else percent(each.share),
            change_cell(each.change, was_none=each.was_none),
        ]
        for each in steps_of_use(board)
    ]  # fmt: skip
    unused: list[object] = [gettext(UNUSED), tenths(board.now.measure("unused")), "", ""]
    return [heads, *rows, unused]


def booked_rows(months: Sequence[MonthOfUse]) -> Rows:
    """The same of every month of the trend."""
    heads: list[object] = [gettext("Month"), *(gettext(MEASURES[code].name) for code in BOOKED)]
    return [
        heads,
        *(
            [month_code(each.key), *(tenths(each.hours[code]) for code in BOOKED)]
            for each in booked_by_month(months)
        ),
    ]
