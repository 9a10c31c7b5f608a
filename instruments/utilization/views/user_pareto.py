"""The instruments that somebody used by their hours, as their page and its files tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext

from instruments.rounding import half_up, percent
from instruments.utilization.asking import BY, View
from instruments.utilization.listing import tenths
from instruments.utilization.naming import Which, which_of
from instruments.utilization.user_pareto import Bar, bars_of, pareto_of
from instruments.utilization.users import Used
from instruments.utilization.views.tables import A_PAGE
from instruments.utilization.views.which import NOTHING, WHICH_HEADS, named, which_cells

Rows = list[list[object]]


def pareto_part(view: View, found: Sequence[Used]) -> dict[str, Any]:
    """What the page shows of it."""
    bars = bars_of(found)
    return {
        "by_hours": pareto_of(found), "bars": bars, "bar_place": bar_place,
        "bar_address": lambda bar: _address(view, bar), "by_hours_values": _values(view, bars),
    }  # fmt: skip


def pareto_rows(found: Sequence[Used]) -> Rows:
    """The rows of a file, their heads first."""
    bars = bars_of(found)
    which = which_of(numbers_of(bars))
    heads: list[object] = [
        gettext("from the most used to the least"), gettext("Name"), *map(gettext, WHICH_HEADS), gettext("Instruments"),
        gettext("hours an instrument"), f"{gettext('share of all hours')} (%)",
    ]  # fmt: skip
    rows = (
        [
            bar_place(bar), *_told(bar, which), bar.last - bar.first + 1, tenths(bar.hours), percent(bar.share),
        ]
        for bar in bars
    )  # fmt: skip
    return [heads, *rows]


def bar_place(bar: Bar) -> str:
    """Where in the order it stands: 3, or 3–5 of several together."""
    return str(bar.first) if bar.first == bar.last else f"{bar.first}–{bar.last}"


def numbers_of(bars: Sequence[Bar]) -> set[int]:
    """The instruments that have a bar of their own."""
    return {bar.instrument_id for bar in bars if bar.instrument_id is not None}


def _told(bar: Bar, which: Mapping[int, Which]) -> list[str]:
    """The name of its instrument and which one it is; nothing where several stand together."""
    one = NOTHING if bar.instrument_id is None else which.get(bar.instrument_id, NOTHING)
    return [named(one), *which_cells(one)]


def _values(view: View, bars: Sequence[Bar]) -> dict[str, Any]:
    """The bars, and the share of all hours up to each, for the chart that the dashboard draws."""
    return {
        "bars": [float(half_up(bar.hours, 1)) for bar in bars], "shares": [float(percent(bar.share)) for bar in bars],
        "links": [_address(view, bar) for bar in bars], "idle": None,
        "words": [gettext("hours an instrument"), gettext("share of all hours"), gettext("from the most used to the least")],
    }  # fmt: skip


def _address(view: View, bar: Bar) -> str:
    """The page of the rows by instrument on which its first one stands."""
    return f"{view.address(by=BY[0])}&page={(bar.first - 1) // A_PAGE + 1}#rows-title"
