"""Lines and their reasons as JSON, so that what was computed once is read again for years and never computed anew. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from instruments.errors import Reason
from instruments.money import Money
from instruments.rates.lines import Line
from instruments.timespan import Timespan, instant

# What JSON holds as it is; everything else is an object of one name, which says what it was.
PLAIN = frozenset({str, int, bool, type(None)})


def line_as_json(line: Line) -> dict[str, Any]:
    """A line as JSON: what it was computed from, and what it came to."""
    return {
        "kind": line.kind,
        "unit": line.unit,
        "quantity": [line.quantity.numerator, line.quantity.denominator],
        "price": _MAKE[Money](line.price),
        "factor": str(line.factor),
        "amount": _MAKE[Money](line.amount),
        "why": reasons_as_json(line.why),
    }


def line_from_json(kept: Mapping[str, Any]) -> Line:
    """The line again. Raises ValueError where its amount is not what it says: somebody changed what was kept."""
    line = Line(
        kept["kind"],
        kept["unit"],
        Fraction(*kept["quantity"]),
        _money(kept["price"]),
        reasons_from_json(kept["why"]),
        Decimal(kept["factor"]),
    )
    if line.amount != _money(kept["amount"]):
        raise ValueError(f"a line that was changed: {kept}")
    return line


def reasons_as_json(reasons: tuple[Reason, ...]) -> list[dict[str, Any]]:
    """Reasons as JSON: the English sentence with its places, and what fills them, for whoever reads it in any language."""
    return [
        {
            "code": reason.code,
            "message": reason.message,
            "values": {name: _kept(value) for name, value in reason.values.items()},
        }
        for reason in reasons
    ]


def reasons_from_json(kept: list[Mapping[str, Any]]) -> tuple[Reason, ...]:
    """The reasons again."""
    return tuple(
        Reason(
            each["code"],
            None,
            each["message"],
            {name: _read(value) for name, value in each["values"].items()},
        )
        for each in kept
    )


def _money(kept: Mapping[str, Any]) -> Money:
    amount, currency = kept["money"]
    return Money(Decimal(amount), currency)


def _kept(value: object) -> Any:
    kind = type(value)
    return value if kind in PLAIN else _MAKE[kind](value)


def _read(value: Any) -> object:
    if type(value) is not dict:
        return value
    ((kind, kept),) = value.items()
    return _READ[kind](kept)


_MAKE: Mapping[type, Callable[[Any], dict[str, Any]]] = {
    Money: lambda value: {"money": [str(value.amount), value.currency]},
    timedelta: lambda value: {"seconds": int(value.total_seconds())},
    Decimal: lambda value: {"decimal": str(value)},
    Fraction: lambda value: {"fraction": [value.numerator, value.denominator]},
    date: lambda value: {"day": value.isoformat()},
    time: lambda value: {"time": value.isoformat()},
    datetime: lambda value: {"instant": int(value.timestamp())},
    Timespan: lambda value: {"span": list(value.seconds)},
    Reason: lambda value: {"reason": reasons_as_json((value,))[0]},
    tuple: lambda value: {"several": [_kept(each) for each in value]},
}
_READ: Mapping[str, Callable[[Any], object]] = {
    "seconds": lambda kept: timedelta(seconds=kept),
    "decimal": Decimal,
    "fraction": lambda kept: Fraction(*kept),
    "day": date.fromisoformat,
    "time": time.fromisoformat,
    "instant": instant,
    "span": lambda kept: Timespan.from_seconds(*kept),
    "reason": lambda kept: reasons_from_json([kept])[0],
    "several": lambda kept: tuple(_read(each) for each in kept),
    "money": lambda kept: Money(Decimal(kept[0]), kept[1]),
}
