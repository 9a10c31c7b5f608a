"""Figures of what a group or the people of an institution used: the same definitions, over what is theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from instruments.utilization.definitions import MEASURES
from instruments.utilization.naming import Which, names_in, names_of
from instruments.utilization.periods import Period
from instruments.utilization.totals import Totals
from instruments.utilization.user_places import Whose
from instruments.utilization.users import OUTSIDE, SUMMED, Sums, Used, outside_of, used_by_month

# What can be said of somebody's use; hours that were open or bookable are nobody's.
USER_FIGURES = (
    "effective", "external", "shared_by_hours", "uses", "no_show_rate", "lead_time", "unused", "late_cancelled",
)  # fmt: skip
# With what stands in rows as a number of its own.
ALL_FIGURES = (*USER_FIGURES, "samples")
_KEYS = {
    "instrument": "instrument_id", "lab": "lab_id", "institution": "institution_id", "class": "class_code",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A row of a table: its key, what it comes to, and the names of what it stands for."""

    key: Any
    totals: Totals
    name_en: str = ""
    name_zh: str = ""


# Of what a row may be asked to have any.
HAVING = tuple(name for name in (*SUMMED, OUTSIDE[0]) if name in MEASURES)

Row = tuple[Any, Callable[[], Totals]]
"""A key and what it comes to once somebody asks: of thousands of rows a page shows few."""


def totals_of(of: Whose, found: Sequence[Used]) -> Totals:
    """The measures of what they had of some instruments."""
    columns = zip(*(row.values for row in found), strict=True) if found else ((0,) for _ in SUMMED)
    sums = dict(zip(SUMMED, map(sum, columns), strict=True))
    return _totals(sums | outside_of(of.institution_id, found), sum(row.was_used for row in found))


def totals_of_months(months: Iterable[Sums]) -> Totals:
    """The same of months; n: the most instruments of one of them."""
    some = list(months)
    sums = {name: sum(each[name] for each in some) for name in (*SUMMED, *OUTSIDE)}
    return _totals(sums, max((each["instruments"] for each in some), default=0))


def _totals(sums: Sums, instruments: int) -> Totals:
    return Totals({**sums, "lead_known": sums["reservations"]}, n=instruments)


def rows_in_order(
    of: Whose, found: Sequence[Used], by: str, period: Period, now: datetime, having: str = ""
) -> list[Row]:
    """By instrument, lab, owning institution, class or month, also where something was reserved and nothing used: those with
    the most hours first, months in order; having: only those that have any of this measure, those with the most of it first."""
    if by == "month":
        months = used_by_month(of.user, of.institution_id, period, now)
        kept = {month: sums for month, sums in months.items() if not having or sums[having]}
        return [(month, partial(totals_of_months, [sums])) for month, sums in kept.items()]
    groups: defaultdict[Any, list[Used]] = defaultdict(list)
    for row in found:
        groups[getattr(row, _KEYS[by])].append(row)
    sizes = {key: sum(measured(of, some, having or "effective")) for key, some in groups.items()}
    keys = sorted(groups, key=lambda key: (-sizes[key], str(key)))
    return [(key, partial(totals_of, of, groups[key])) for key in keys if sizes[key] or not having]


def measured(of: Whose, found: Iterable[Used], measure: str) -> list[int]:
    """What they had of one measure (HAVING) by instrument."""
    if measure == OUTSIDE[0]:
        return [row.effective if row.institution_id != of.institution_id else 0 for row in found]
    place = SUMMED.index(measure)
    return [row.values[place] for row in found]


def figure_rows(rows: Sequence[Row], by: str, which: Mapping[int, Which] | None = None) -> list[FigureRow]:
    """What these come to, with their names; which: the instruments that they are, if that is known. Else one statement."""
    names: dict[Any, tuple[str, str]] = {}
    if which is not None:
        names = names_in(which)
    elif by != "month":
        names = names_of(by, [key for key, _ in rows])
    return [FigureRow(key, come_to(), *names.get(key, ("", ""))) for key, come_to in rows]
