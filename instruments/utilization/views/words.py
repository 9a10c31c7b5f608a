"""What the templates of utilization say and draw with: periods and numbers in words, and the values of the charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext

from instruments.errors import N_
from instruments.money import Money
from instruments.rounding import exact, half_up, percent
from instruments.usage.kinds import ASSUMED, FILE, SCAN, SENSOR, TYPED
from instruments.utilization import periods
from instruments.utilization.asking import BEFORE, INSTRUMENT, View, address_of
from instruments.utilization.begun import begun
from instruments.utilization.boards.words import line_words, references
from instruments.utilization.customers import UNKNOWN
from instruments.utilization.dashboard import Dashboard
from instruments.utilization.definitions import DEFINITIONS, MEASURES
from instruments.utilization.known import is_known
from instruments.utilization.periods import ACADEMIC, MONTH, QUARTER, YEAR, Period, month_code
from instruments.utilization.reserved_rows import ReservedRow
from instruments.utilization.use_rows import UseRow
from instruments.utilization.used_by_whom import code_of
from instruments.utilization.user_board import MonthOfUse
from instruments.web import formats, wording
from instruments.web.language import in_language
from instruments.web.reasons import in_full

GRADE_WORDS: Mapping[str, str] = {
    SENSOR: N_("sensor"), SCAN: N_("scan"), FILE: N_("file"), TYPED: N_("typed"), ASSUMED: N_("assumed"),
}  # fmt: skip
A_DAY = 24
# Rows on a page of the tables.
A_PAGE = 50
# Working hours are always drawn; others where anything was used.
USUAL = range(7, 23)
A_TRACE = 0.02
MONDAY = date(2024, 1, 1)


def period_words(period: Period) -> str:
    """A period as people call it: October 2026, the fourth quarter of 2026, the academic year 2026/27."""
    if period.kind == MONTH:
        return formats.month(period.first)
    if period.kind == QUARTER:
        number = (period.first.month + 2) // 3
        return gettext("Quarter %(number)s of %(year)s", number=number, year=period.first.year)
    if period.kind == YEAR:
        return gettext("Year %(year)s", year=period.first.year)
    if period.kind == ACADEMIC:
        return gettext("Academic year %(years)s", years=period.code)
    return formats.days(period.first, period.end - timedelta(days=1))


def weekday_words(day: int) -> str:
    """The name of a day of the week, 0 for Monday."""
    return formats.weekday(MONDAY + timedelta(days=day))


def shown_hours(week: Sequence[float]) -> list[int]:
    """The hours of the day that are drawn: those of a working day, and others in which more than a trace was used, with all
    between."""
    trace = max(week) * A_TRACE
    found = [hour for hour in range(A_DAY) if hour in USUAL or max(week[hour::A_DAY]) > trace]
    return list(range(found[0], found[-1] + 1))


def hours_words(hour: int) -> str:
    """An hour of the day: 09–10."""
    return f"{hour:02d}–{(hour + 1) % A_DAY:02d}"


def heat_number(part: float, most: float) -> str:
    """A share in percent; with a decimal where none reaches ten, with two where none reaches one."""
    return str(half_up(exact(part) * 100, heat_digits(most))) if part else wording.NONE


def heat_digits(most: float) -> int:
    """How many decimals shares have of which this is the greatest."""
    return 2 if most < 0.01 else 1 if most < 0.1 else 0


def week_words(week: Sequence[float]) -> str:
    """When most is used, in a sentence."""
    if not any(week):
        return gettext("Nothing was used in this period.")
    best = max(range(len(week)), key=week.__getitem__)
    hour = hours_words(best % A_DAY)
    return gettext(
        "Fullest: %(day)s %(hours)s, %(share)s of all places.",
        day=weekday_words(best // A_DAY), hours=hour, share=wording.share(week[best]),
    )  # fmt: skip


def measure_name(view: View) -> str:
    """The name of the utilization by the chosen hours."""
    return DEFINITIONS[view.utilization].name


def trend_rows(view: View, found: Dashboard) -> list[tuple[str, float | None, float | None]]:
    """By month: utilization by the chosen hours, and the share of external hours; none of months that begin before records do."""
    codes = (view.utilization, "shared_by_hours")
    rows = []
    for month, totals in sorted(found.trend.items()):
        used, outside = (totals.figure(code).value for code in codes)
        code = month_code(month)
        if not is_known(periods.read(code), found.begun):
            used = outside = None
        rows.append((code, _share(used), _share(outside)))
    return rows


def _share(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def trend_values(view: View, found: Dashboard, target: Fraction | None = None) -> dict[str, Any]:
    """The same for the chart, in percent, with the line of the target if there is one."""
    rows = trend_rows(view, found)
    return {
        "months": [short_month(periods.read(month).first) for month, _, _ in rows],
        "links": [
            url_for("utilization.board", **view.fields(period=periods.read(month))) for month, _, _ in rows
        ],
        "used": [_drawn(used) for _, used, _ in rows],
        "outside": [_drawn(outside) for _, _, outside in rows],
        "words": [gettext("used"), gettext("external"), gettext("target")],
        "target": _drawn(target),
        "means": [
            [in_language(each.short_en, each.short_zh), _drawn(each.value)]
            for each in references("shared_by_hours")
        ],
    }


def _drawn(share: Fraction | Decimal | float | None) -> float | None:
    """A share in percent as a chart is given it: the number that stands in its table."""
    return None if share is None else float(percent(share))


def used_values(
    view: View, rows: Sequence[MonthOfUse], target: Fraction | None, first: date | None
) -> dict[str, Any]:
    """Hours by month for the chart of what somebody used, with the line of the target if there is one; none of a month that
    begins before records do, on the day `first`."""
    months = [periods.read(month_code(row.key)) for row in rows]
    return {
        "months": [short_month(month.first) for month in months],
        "links": [view.address(period=month) for month in months],
        "hours": [
            float(half_up(row.hours.figure.over, 1)) if is_known(month, first) else None
            for row, month in zip(rows, months, strict=True)
        ],
        "words": [gettext("hours"), _target_words(target)],
        "target": None if target is None else float(half_up(target, 1)),
    }


def _target_words(target: Fraction | None) -> str:
    if target is None:
        return ""
    return gettext("target %(value)s", value=gettext("%(hours)s h", hours=wording.decimals(target, 1)))


def changed_words(view: View) -> str:
    """What stands over the changes."""
    if view.against == BEFORE:
        return gettext("Changed on the period before")
    return gettext("Changed on a year ago")


def short_month(day: date) -> str:
    """The number of its month; in January with the year."""
    return f"{day:%m}" if day.month > 1 else f"{day:%Y-%m}"


def pareto_values(view: View, found: Dashboard) -> dict[str, Any]:
    """The bars of the instruments by their hours, and the share of all hours up to each."""
    return {
        "bars": [float(half_up(hours, 1)) for hours in found.pareto.bars],
        "shares": [_drawn(share) for share in found.pareto.shares],
        "links": _rank_links(view, found),
        "idle": _idle(found),
        "words": [gettext("hours an instrument"), gettext("share of all hours"), gettext("from the most used to the least")],
    }  # fmt: skip


def _idle(found: Dashboard) -> dict[str, Any] | None:
    """The tail of those that nobody used: its first bar, and what is written over it."""
    bars, idle = found.pareto.bars, found.pareto.n - found.pareto.used
    first = next((bar for bar, hours in enumerate(bars) if not hours), None)
    if first is None:
        return None
    words = ngettext("%(num)s was not used", "%(num)s were not used", idle)
    return {"first": first, "words": words}


def _rank_links(view: View, found: Dashboard) -> list[str]:
    """By bar, the page of the table on which its first instrument stands."""
    if view.kind == INSTRUMENT:
        return []
    bars, address = len(found.pareto.bars), url_for("utilization.table", by="instrument", **view.fields())
    return [f"{address}&page={found.pareto.n * bar // bars // A_PAGE + 1}" for bar in range(bars)]


def name_in(names: Mapping[int, tuple[str, str]], number: int) -> str:
    """A name by its number; companies together are 0, and of some nobody knows where they belong."""
    if number in names:
        return in_language(*names[number])
    return gettext("Not known") if number == UNKNOWN else gettext("Companies")


def customer_words(row: UseRow | ReservedRow) -> str:
    """For whom a use or a reservation was; companies by this word alone where they stand together."""
    return gettext("Companies") if row.merged else in_language(row.customer_en, row.customer_zh)


def of_units(units: int, currency: str) -> Any:
    """Minor units as an amount."""
    return Money.from_units(units, currency).amount


def words() -> dict[str, Any]:
    """All of them, by the names that the templates know."""
    return {
        "period_words": period_words, "read_period": periods.read, "weekday_words": weekday_words,
        "shown_hours": shown_hours, "heat_number": heat_number, "hours_words": hours_words,
        "week_words": week_words, "measure_name": measure_name,
        "trend_rows": trend_rows, "trend_values": trend_values, "pareto_values": pareto_values,
        "used_values": used_values, "month_code": month_code, "changed_words": changed_words, "address_of": address_of,
        "name_in": name_in, "customer_words": customer_words, "user_code": code_of,
        "of_units": of_units, "line_words": line_words, "references": references,
        "measures": MEASURES, "grade_words": GRADE_WORDS, "in_full": in_full, "records_begin": begun,
    }  # fmt: skip
