"""Read prices as they are typed, sent or stand in a table: texts into what a version says, with every reason at once. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from instruments.errors import N_, Reason
from instruments.money import MOST_UNITS, Money, minor_digits
from instruments.rates.card import DAY_MINUTES, FULL, Window
from instruments.rates.described import FIRST_DAY, Described, Price, both, currency_objection
from instruments.rates.fees import FeeRules
from instruments.typed import decimal, whole

# A spreadsheet program adds the seconds, and writes days in its own way: 2027/3/1.
_CLOCK = re.compile(r"(\d{1,2})[:：](\d{2})(?::00)?")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]0?0:00(?::00)?)?")
# How the lack of a price is written in tables.
NO_PRICE = frozenset({"", "-", "–", "—", "−", "/", "n/a", "none", "无", "未定价"})


@dataclass
class Reading:
    """What was wrong so far with what is read."""

    reasons: list[Reason] = field(default_factory=list)

    def refuse(self, code: str, where: str, sentence: str, **values: object) -> None:
        """Note one reason."""
        self.reasons.append(Reason(code, where, sentence, values))

    def number(self, text: object, where: str) -> Decimal | None:
        """A decimal number; thousands may be marked by commas."""
        written = str(text).strip()
        if not written:
            self.refuse("number", where, N_("Write a number, like 40.00."))
            return None
        found = decimal(written)
        if found is None:
            self.refuse(
                "number", where, N_("“%(text)s” is no number; write it like 40.00."), text=written[:40]
            )
        return found

    def money(self, text: object, currency: str, where: str) -> Money | None:
        """An amount; 0 is one. Nothing is rounded: what is finer than the currency is refused."""
        found = self.number(text, where)
        if found is None:
            return None
        try:
            return Money(found, currency)
        except ValueError:
            pass
        if abs(found) > MOST_UNITS:
            self.refuse("too_much", where, N_("“%(text)s” is more than anybody has."), text=str(text)[:40])
        else:
            sentence = N_("“%(text)s” is finer than %(currency)s has decimals: %(digits)s.")
            digits = minor_digits(currency)
            self.refuse("too_fine", where, sentence, text=str(text)[:40], currency=currency, digits=digits)
        return None

    def percent(self, text: object, where: str) -> Decimal | None:
        """A percentage with at most two decimals; "50" and "50%" are the same."""
        found = self.number(str(text).strip().rstrip("%％ "), where)
        if found is not None and found != round(found, 2):
            self.refuse("too_fine", where, N_("A percentage has at most two decimals."))
            return None
        return found

    def clock(self, text: object, where: str) -> int:
        """Minutes from midnight; 24:00 is the end of the day."""
        match = _CLOCK.fullmatch(str(text).strip())
        minutes = int(match[1]) * 60 + int(match[2]) if match else -1
        if not str(text).strip():
            self.refuse("clock", where, N_("Write a time, like 22:00."))
            return 0
        if match is None or int(match[2]) > 59 or minutes > DAY_MINUTES:
            self.refuse(
                "clock", where, N_("“%(text)s” is no time; write it like 22:00."), text=str(text)[:40]
            )
            return 0
        return minutes

    def day(self, text: object, where: str) -> date | None:
        """A date, the year first."""
        match = _DAY.fullmatch(str(text).strip())
        try:
            return date(*map(int, match.groups())) if match else date.fromisoformat(str(text).strip())
        except ValueError:
            self.refuse("date", where, N_("Write a date, like 2027-03-01."))
            return None


def read_version(values: Mapping[str, Any], reading: Reading) -> Described:
    """What a version says, of texts and plain values by the names of `schemas.VersionIn`; reasons gather in the reading."""
    currency = str(values.get("currency") or "CNY").strip().upper()
    if (reason := currency_objection(currency)) is not None:
        reading.reasons.append(reason)
        currency = "CNY"
    since, until = values.get("valid_from"), values.get("valid_to")
    if not isinstance(since, date):
        since = reading.day(since or "", "valid_from")
    if until and not isinstance(until, date):
        until = reading.day(until, "valid_to")
    return Described(
        valid_from=since or FIRST_DAY,
        valid_to=until or None,
        currency=currency,
        basis=values.get("basis", "used"),
        increment=_whole(values.get("increment", 1)),
        operator_increment=_whole(values.get("operator_increment", 1)),
        operator_windows=bool(values.get("operator_windows")),
        overrun=_or(reading.percent(values.get("overrun") or "100", "overrun"), FULL),
        fees=_fees(values, reading),
        note=str(values.get("note", "")).strip(),
        windows=tuple(_window(each, reading) for each in values.get("windows", ())),
        prices=tuple(read_prices(values.get("prices", ()), currency, reading)),
    )


def read_prices(rows: Iterable[Mapping[str, Any]], currency: str, reading: Reading) -> Iterable[Price]:
    """The prices among rows by the names of `schemas.PriceIn`; `where` names the field of a row, else it is "prices"."""
    for row in rows:
        amount = reading.money(row["price"], currency, row.get("where", "prices"))
        if amount is not None:
            texts = (str(row.get(name, "")).strip() for name in ("code", "name_en", "name_zh"))
            yield Price(row["customer_class"], row["mode"], row["unit"], amount, *texts)


def _fees(values: Mapping[str, Any], reading: Reading) -> FeeRules:
    late, missed = (
        reading.percent(values[name], name) if values.get(name) not in (None, "") else None
        for name in ("late_percent", "no_show_percent")
    )
    hours = values.get("free_hours") or 0
    if not isinstance(hours, int):
        text = str(hours).strip()
        read = whole(text, 5)
        if read is None:
            reading.refuse("number", "free_hours", N_("Enter a whole number."))
        hours = read or 0
    return FeeRules(late, hours, missed)


def _window(values: Mapping[str, Any], reading: Reading) -> Window:
    name = both(
        *(str(values.get(name, "")).strip()[:80].replace(" / ", "/") for name in ("name_en", "name_zh"))
    )
    since, until = (reading.clock(values[end], "windows") for end in ("since", "until"))
    factor = _or(reading.percent(values["factor"], "windows"), FULL)
    return Window(name, since, until, factor, frozenset(values.get("days", ())))


def _whole(value: object) -> int:
    return whole(str(value).strip(), 5) or 0


def _or(found: Decimal | None, otherwise: Decimal) -> Decimal:
    return otherwise if found is None else found


def plain(number: Decimal) -> str:
    """A number without zeros that say nothing: 50, 33.34."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def clock_text(minutes: int) -> str:
    """Minutes from midnight as on a wall: "22:00", "24:00"."""
    return f"{minutes // 60:02}:{minutes % 60:02}"
