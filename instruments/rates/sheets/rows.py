"""What a version says as the rows of a sheet, and what tells two versions apart row by row. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from instruments.rates.described import Described, halves, lines_of
from instruments.rates.sheets.columns import BETWEEN, NO, PRICE, VERSION, WINDOW, YES
from instruments.rates.typed import clock_text, plain

A_DAY = timedelta(days=1)
NEW, CHANGED, GONE, MOVED = "new", "changed", "gone", "moved"


class Line(NamedTuple):
    """A row without whose it is: what it says, which of its kind it is, and its cells by column, as they are kept.

    key: nothing for a setting, the place of a window, (mode, unit, code) of a line of prices.
    """

    what: str
    key: tuple[str, ...]
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """A row that is not the same in two versions: which, what becomes of it, and each cell as it was and as it will be."""

    line: Line
    outcome: str
    cells: tuple[tuple[str, str, str], ...]


def lines_written(said: Described, version_id: int | None = None) -> list[Line]:
    """A version row by row: settings, windows, prices. A list without windows has one empty row for them."""
    settings = {VERSION: "" if version_id is None else str(version_id)} | settings_written(said)
    found = [Line(what, (), {"value": text}) for what, text in settings.items()]
    return [*found, *_windows(said), *_prices(said)]


def settings_written(said: Described) -> dict[str, str]:
    """What a version says in its settings, as text."""
    fees = said.fees
    return {
        "valid_from": said.valid_from.isoformat(),
        "valid_to": last_day(said.valid_to),
        "currency": said.currency,
        "basis": said.basis,
        "increment": str(said.increment),
        "overrun": plain(said.overrun),
        "operator_increment": str(said.operator_increment),
        "operator_windows": YES if said.operator_windows else NO,
        "free_hours": str(fees.free_hours),
        "late_percent": "" if fees.late_percent is None else plain(fees.late_percent),
        "no_show_percent": "" if fees.no_show_percent is None else plain(fees.no_show_percent),
        "note": said.note,
    }


def last_day(valid_to: date | None) -> str:
    """The last day on which it holds, as text."""
    return (valid_to - A_DAY).isoformat() if valid_to else ""


def _windows(said: Described) -> Iterator[Line]:
    for place, window in enumerate(said.windows):
        english, chinese = halves(window.name)
        yield Line(
            WINDOW, (str(place),),
            {"value": plain(window.factor), "name_en": english, "name_zh": chinese, "since": clock_text(window.since),
             "until": clock_text(window.until), "days": BETWEEN.join(sorted(window.days))},
        )  # fmt: skip
    if not said.windows:
        yield Line(WINDOW, ("0",), {})


def _prices(said: Described) -> Iterator[Line]:
    for (mode, unit, code), prices in lines_of(said).items():
        first = next(iter(prices.values()))
        amounts = {customer: str(price.amount.amount) for customer, price in prices.items()}
        cells = {"mode": mode, "unit": unit, "code": code, "name_en": first.name_en, "name_zh": first.name_zh}
        yield Line(PRICE, (mode, unit, code), cells | amounts)


def changes(before: Described | None, after: Described, *, first_day: bool = False) -> tuple[Change, ...]:
    """Every row that is not the same in both; before: None where nothing was said yet. first_day: whether that counts."""
    old = {(line.what, line.key): line for line in lines_written(before)} if before else {}
    new = {(line.what, line.key): line for line in lines_written(after)}
    for ends in (old, new):
        ends.pop((VERSION, ()), None)
        if not first_day:
            ends.pop(("valid_from", ()), None)
    found = [
        change
        for key in (*new, *(key for key in old if key not in new))
        if (change := _change(old.get(key), new.get(key))) is not None
    ]
    if not found and _order(old) != _order(new):
        found = [Change(line, MOVED, ()) for line in new.values() if line.what == PRICE][:1]
    return tuple(found)


def _order(lines: Mapping[tuple[str, tuple[str, ...]], Line]) -> list[tuple[str, ...]]:
    return [key for what, key in lines if what == PRICE]


def _change(old: Line | None, new: Line | None) -> Change | None:
    line = new or old
    if line is None:
        return None
    before, after = (each.cells if each else {} for each in (old, new))
    cells = tuple(
        (column, before.get(column, ""), after.get(column, ""))
        for column in dict.fromkeys((*after, *before))
        if before.get(column, "") != after.get(column, "")
    )
    if not cells:
        return None
    outcome = (
        CHANGED if any(before.values()) and any(after.values()) else NEW if any(after.values()) else GONE
    )
    return Change(line, outcome if line.key else CHANGED, cells)
