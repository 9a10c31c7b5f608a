"""How a value is written in a form: units, decimals rounded half up once, dates and hours, codes, lists. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import Any

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
    TEN_THOUSAND_YUAN,
    Column,
)
from instruments.rounding import half_up

AN_HOUR = 3600
DECIMALS: Mapping[str, int] = {MONEY: 2, HOURS: 2, COUNT: 0, SHARE: 1}
MOMENTS: Mapping[str, str] = {"hour": "%Y-%m-%d %H", "minute": "%Y-%m-%d %H:%M", "day": "%Y-%m-%d"}
Codes = Mapping[str, Mapping[str, str]]


def written(column: Column, kind: str, value: Any, codes: Codes) -> str:
    """The cell of a value of this kind; "" where there is none, and for a code that the form's list does not have."""
    if column.constant:
        return column.constant
    if value is None or value == "":
        return ""
    return _WRITERS.get(kind, _text)(column, kind, value, codes)


def exact(column: Column, kind: str, value: Any) -> Fraction:
    """A number in the unit of its column, before it is rounded. Money comes as yuan, hours as seconds, shares as parts of one."""
    number = Fraction(value)
    if kind == MONEY:
        return number / (10_000 if column.unit == TEN_THOUSAND_YUAN else 1)
    if kind == HOURS:
        return number / AN_HOUR
    return number * 100 if kind == SHARE else number


def apportioned(parts: Sequence[Fraction], decimals: int) -> list[Decimal]:
    """Parts rounded so that they add up to their rounded sum: what is left over goes to those cut the most."""
    step = Decimal(1).scaleb(-decimals)
    whole = half_up(sum(parts, Fraction()), decimals)
    down = [
        (Decimal(part.numerator) / Decimal(part.denominator)).quantize(step, ROUND_DOWN) for part in parts
    ]
    left = int((whole - sum(down, Decimal())) / step)
    by_loss = sorted(range(len(parts)), key=lambda place: (Fraction(down[place]) - parts[place], place))
    for place in by_loss[:left]:
        down[place] += step
    return down


def decimals_of(column: Column, kind: str) -> int:
    """How many decimals a number of this column has."""
    return DECIMALS[kind] if column.decimals is None else column.decimals


def _number(column: Column, kind: str, value: Any, _codes: Codes) -> str:
    return str(half_up(exact(column, kind, value), decimals_of(column, kind)))


def _moment(column: Column, _kind: str, value: datetime, _codes: Codes) -> str:
    """On the wall of the lab: the moment comes in its zone."""
    return value.strftime(MOMENTS[column.unit or "hour"])


def _day(_column: Column, _kind: str, value: date, _codes: Codes) -> str:
    return value.isoformat()


def _code(column: Column, _kind: str, value: str, codes: Codes) -> str:
    return codes[column.codes].get(value, "") if column.codes else value


def _many(column: Column, kind: str, value: Sequence[str], codes: Codes) -> str:
    return column.between.join(_code(column, kind, each, codes) for each in value)


def _text(_column: Column, _kind: str, value: Any, _codes: Codes) -> str:
    return str(value)


_WRITERS: Mapping[str, Callable[[Column, str, Any, Codes], str]] = {
    MONEY: _number, HOURS: _number, COUNT: _number, SHARE: _number, MOMENT: _moment, DAY: _day, CODE: _code, CODES: _many,
    LIST: _many,
}  # fmt: skip
