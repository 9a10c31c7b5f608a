"""Understand the rows of one price list: what they say over what is there, and what is wrong by row and column. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from instruments.errors import N_, Reason
from instruments.rates.card import COUNTED_UNITS, FULL, Window
from instruments.rates.described import Described, Price, both, objections
from instruments.rates.sheets.columns import FIXED, PRICE, WINDOW, WORDS, value_of
from instruments.rates.sheets.rows import settings_written
from instruments.rates.terms import MINIMUM_OF_TIME
from instruments.rates.typed import NO_PRICE, Reading, read_version
from instruments.typed import whole

Row: TypeAlias = tuple[int, Mapping[str, str]]
"""A row of a file: its number, and its cells by column."""

_ALWAYS = frozenset({"list", "name", "what"})
_HOLDS: Mapping[str, frozenset[str]] = {
    "": _ALWAYS | {"value"},
    WINDOW: _ALWAYS | {"value", "name_en", "name_zh", "since", "until", "days"},
    PRICE: _ALWAYS | {"mode", "unit", "code", "name_en", "name_zh"},
}
_OF_WINDOWS = _HOLDS[WINDOW] - _ALWAYS
_PLAIN = frozenset(each.value for each in FIXED)
# Where the rules name a field, the column in which it stands.
_COLUMN_OF = {"code": "code", "negative_price": "", "too_long": "name_en", "factor_out_of_bounds": "value",
              "no_window_name": "name_en", "empty_window": "since"}  # fmt: skip
_PERCENTS = ("overrun", "late_percent", "no_show_percent")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a cell, or in a row as a whole where the column is empty."""

    row: int
    column: str
    cell: str
    reason: Reason


@dataclass
class Faults:
    """What was found wrong so far; the same is told once for a cell."""

    found: list[Fault] = field(default_factory=list)

    def add(self, row: Row, column: str, reason: Reason) -> None:
        """Note one."""
        fault = Fault(row[0], column, row[1].get(column, "")[:80], reason)
        if not any(
            (each.row, each.column, each.reason.code) == (fault.row, column, reason.code)
            for each in self.found
        ):
            self.found.append(fault)

    def say(self, row: Row, column: str, code: str, sentence: str, **values: object) -> None:
        """Note one by its sentence."""
        self.add(row, column, Reason(code, None, sentence, values))

    def take(self, row: Row, column: str, reading: Reading) -> None:
        """Note what a reading of this cell refused."""
        for reason in reading.reasons:
            self.add(row, column, reason)
        reading.reasons.clear()


@dataclass(frozen=True)
class OneList:
    """The rows of one price list, by what they say."""

    settings: Mapping[str, Row]
    windows: Sequence[Row]
    prices: Sequence[Row]
    first: Row

    def text(self, setting: str) -> str | None:
        """What a setting says; None where no row of the file names it."""
        return self.settings[setting][1].get("value", "").strip() if setting in self.settings else None

    def at(self, setting: str) -> Row:
        """Where it stands; where the list begins if it does not."""
        return self.settings.get(setting, self.first)

    def row_of(self, what: str, key: tuple[str, ...]) -> int | None:
        """In which row of the file a line stands; None where it stands in none."""
        if not key:
            return self.settings[what][0] if what in self.settings else None
        if what == WINDOW:
            said = [row for row in self.windows if any(row[1].get(name, "").strip() for name in _OF_WINDOWS)]
            return next((row[0] for place, row in enumerate(said) if str(place) == key[0]), None)
        return next((row[0] for row in self.prices if _key(row) == key), None)


def _key(row: Row) -> tuple[str | None, str | None, str]:
    mode, unit = (value_of(column, row[1].get(column, "")) for column in ("mode", "unit"))
    return mode, unit, row[1].get("code", "").strip()


def sorted_out(rows: Sequence[Row], faults: Faults) -> OneList:
    """The rows of a list by what each says; what stands where it cannot be is told."""
    settings: dict[str, Row] = {}
    windows: list[Row] = []
    prices: list[Row] = []
    for row in rows:
        what = value_of("what", row[1].get("what", ""))
        if what is None:
            sentence = N_("A row says one of: %(words)s.")
            faults.say(row, "what", "what", sentence, words=_in_both("what"))
            continue
        _only_what_belongs(row, what, faults)
        if what == WINDOW:
            windows.append(row)
        elif what == PRICE:
            prices.append(row)
        elif what in settings:
            faults.say(row, "what", "twice", N_("This stands here twice for the same price list."))
        else:
            settings[what] = row
    return OneList(settings, windows, prices, rows[0])


def _only_what_belongs(row: Row, what: str, faults: Faults) -> None:
    holds = _HOLDS.get(what, _HOLDS[""])
    for column, text in row[1].items():
        known = column in holds or (what == PRICE and column not in _PLAIN)
        if text.strip() and not known:
            faults.say(row, column, "not_here", N_("In such a row this column says nothing."))


def day_in(one: OneList, setting: str, faults: Faults) -> date | None:
    """The date of a setting; None where there is none, or none that can be read."""
    text, reading = one.text(setting), Reading()
    found = reading.day(text, "value") if text else None
    faults.take(one.at(setting), "value", reading)
    return found


def number_in(one: OneList, setting: str) -> int | None:
    """The whole number of a setting, such as the version that was exported."""
    return whole(one.text(setting) or "")


def described(
    one: OneList, base: Described, since: date, until: date | None, customers: Collection[str], faults: Faults
) -> Described:
    """What the list says over what is there: a setting, a column of prices, all windows or all prices that the file does
    not name stay. customers: the classes that have a column.
    """
    said = _settings(one, base, faults)._replace(valid_from=since, valid_to=until)
    if one.windows:
        said = said._replace(windows=tuple(_windows(one.windows, faults)))
    if one.prices:
        said = said._replace(prices=tuple(_prices(one.prices, base, said, customers, faults)))
    for reason in objections(said, {price.customer for price in said.prices}):
        _against_whole(one, reason, faults)
    return said


def _settings(one: OneList, base: Described, faults: Faults) -> Described:
    there = settings_written(base)
    texts = {name: text for name in there if (text := one.text(name)) is not None}
    for name in ("basis", "operator_windows"):
        if name in texts:
            found = _word(one.at(name), "value", name, texts[name], faults)
            texts[name] = there[name] if found is None else found
    for name in _PERCENTS:
        if texts.get(name) and _is_a_share(texts[name]):
            sentence = N_("Write percent as a number: 50 for 50 %%.")
            faults.say(one.at(name), "value", "share", sentence)
    reading = Reading()
    values = {name: text for name, text in (there | texts).items() if name not in ("valid_from", "valid_to")}
    said = read_version(values | {"valid_from": base.valid_from}, reading)
    for reason in reading.reasons:
        faults.add(one.at(reason.field or ""), "value", reason)
    return said._replace(windows=base.windows, prices=base.prices)


def _is_a_share(text: str) -> bool:
    """Whether a cell holds 0.5 where 50 percent are meant, as spreadsheet programs keep "50%"."""
    number = Reading().number(text.rstrip("%％ "), "")
    return number is not None and 0 < abs(number) < 1 and "%" not in text


def _word(row: Row, column: str, words: str, text: str, faults: Faults) -> str | None:
    found = value_of(words, text)
    if found is None:
        sentence = N_("“%(text)s” is none of: %(words)s.") if text else N_("Write one of: %(words)s.")
        faults.say(row, column, "word", sentence, text=text[:40], words=_in_both(words))
    return found


def _in_both(words: str) -> tuple[str, ...]:
    """The words of a column, each in both languages, of which a reader sees theirs."""
    return tuple(f"{each.en} / {each.zh}" for each in WORDS[words])


# --- Windows


def _windows(rows: Sequence[Row], faults: Faults) -> Iterable[Window]:
    """The windows of these rows, in their order; a row that says nothing is none."""
    shell = Described(date(2000, 1, 1))
    for row in rows:
        cells = {column: row[1].get(column, "").strip() for column in _OF_WINDOWS}
        if not any(cells.values()):
            continue
        before = len(faults.found)
        window = _window(row, cells, faults)
        if len(faults.found) == before:
            for reason in objections(shell._replace(windows=(window,)), ()):
                if reason.field == "windows" or reason.code == "factor_out_of_bounds":
                    faults.add(row, _COLUMN_OF.get(reason.code, ""), reason)
            yield window


def _window(row: Row, cells: Mapping[str, str], faults: Faults) -> Window:
    reading, minutes = Reading(), []
    name = both(*(cells[name][:80].replace(" / ", "/") for name in ("name_en", "name_zh")))
    for end in ("since", "until"):
        minutes.append(reading.clock(cells[end], end))
        faults.take(row, end, reading)
    if _is_a_share(cells["value"] or "0"):
        faults.say(row, "value", "share", N_("Write percent as a number: 50 for 50 %%."))
    factor = reading.percent(cells["value"], "value")
    faults.take(row, "value", reading)
    parts = (
        cells["days"].replace("；", ";").replace("、", ";").replace(",", ";").replace("，", ";").split(";")
    )
    days = [_word(row, "days", "days", part, faults) for part in parts if part.strip()]
    since, until = minutes
    return Window(
        name, since, until, FULL if factor is None else factor, frozenset(day for day in days if day)
    )


# --- Prices


def _prices(
    rows: Sequence[Row], base: Described, said: Described, customers: Collection[str], faults: Faults
) -> Iterable[Price]:
    """The prices of these rows; of lines that stay, those in columns that the file does not have."""
    left_out = [price for price in base.prices if price.customer not in customers]
    lines: set[tuple[str, str, str]] = set()
    for row in rows:
        head = _head(row, faults)
        if head is None:
            continue
        if head[:3] in lines:
            sentence = N_("The same line stands here twice; give each sample or item a code of its own.")
            faults.say(row, "code" if head[1] in COUNTED_UNITS else "unit", "same_line", sentence)
        lines.add(head[:3])
        yield from _row_of_prices(row, head, said, customers, faults)
        yield from (price for price in left_out if price.line == head[:3])


def _head(row: Row, faults: Faults) -> tuple[str, str, str, str, str] | None:
    """Mode, unit, code and names of a row of prices; None where it is no line, or not one that is known."""
    cells = {
        column: row[1].get(column, "").strip() for column in ("mode", "unit", "code", "name_en", "name_zh")
    }
    mode, unit = (_word(row, column, column, cells[column], faults) for column in ("mode", "unit"))
    if mode is None or unit is None:
        return None
    return mode, unit, cells["code"], cells["name_en"], cells["name_zh"]


def _row_of_prices(
    row: Row,
    head: tuple[str, str, str, str, str],
    said: Described,
    customers: Collection[str],
    faults: Faults,
) -> Iterable[Price]:
    mode, unit, *names = head
    reading = Reading()
    for customer in customers:
        text = row[1].get(customer, "").strip()
        if text.lower() in NO_PRICE:
            continue
        amount = reading.money(text, said.currency, customer)
        faults.take(row, customer, reading)
        if amount is None:
            continue
        price = Price(customer, mode, unit, amount, *names)
        for reason in objections(
            Described(date(2000, 1, 1), None, said.currency, prices=(price,)), {customer}
        ):
            if reason.code not in ("only_minimum", "no_price"):
                faults.add(row, _COLUMN_OF.get(reason.code, "") or customer, reason)
        yield price


def _against_whole(one: OneList, reason: Reason, faults: Faults) -> None:
    """A reason against the list as a whole, beside what it is about; what was told by row is not told again."""
    where = reason.field or ""
    if where in one.settings:
        faults.add(one.settings[where], "value", reason)
    elif where == "valid_to":
        faults.add(one.first, "", reason)
    elif where == "prices":
        if reason.code in ("only_minimum", "too_many_prices") and one.prices:
            least = [row for row in one.prices if value_of("unit", row[1].get("unit", "")) == MINIMUM_OF_TIME]
            row = least[0] if least and reason.code == "only_minimum" else one.prices[0]
            faults.add(row, "unit" if least else "", reason)
    elif where == "windows":
        if reason.code == "too_many_windows" and one.windows:
            faults.add(one.windows[0], "", reason)
    elif not any(each.reason.code == reason.code for each in faults.found):
        faults.add(one.first, "", reason)
