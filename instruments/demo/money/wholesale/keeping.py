"""Keep the books of a year of all that is not priced by the acts one by one: bucket after bucket, as the months go by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from instruments.demo.copying import History
from instruments.demo.generator.funds import SHOWN_HOUSES
from instruments.demo.generator.world import InventedWorld
from instruments.demo.money.billing import share_of, tax_of
from instruments.demo.money.binding import Binder
from instruments.demo.money.wholesale.pricing import Bound, Counted, Counter
from instruments.demo.money.wholesale.rows import Taken, confirmed, given_up, still_open
from instruments.demo.money.wholesale.statements import Statements
from instruments.demo.money.wholesale.writing import (
    Charged,
    day_of,
    hold,
    mark_posted,
    numbers_for,
    post_entries,
    told,
    write_charges,
    write_prices,
)
from instruments.funds.ledger import next_month


@dataclass
class Wholesale:
    """The books of all institutions as far as the acts do not keep them; `history` is what the journal is to say."""

    world: InventedWorld
    binder: Binder
    history: list[History]
    closed: str = ""
    """The last month into which nothing is posted any more."""
    _rates: dict[int, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._rates = {row["id"]: (share_of(row["id"]), tax_of(row)) for row in self.world.places.owners()}
        self._counter = Counter(self.binder)
        self._statements = Statements(self.world, self.binder.purse.made.funds, self.history)

    def begin(self) -> None:
        """Price what was given up where that costs a fee."""
        self._priced(given_up(SHOWN_HOUSES))

    def charge(self, since: int, until: int, moment: datetime) -> None:
        """Charge what was used in a time and confirmed; posted at a moment."""
        bound = self._priced(confirmed(since, until))
        by_month: dict[str, list[tuple[Taken, Bound, date]]] = defaultdict(list)
        for taken, one, _ in bound:
            day = day_of(taken)
            by_month[self._month(day)].append((taken, one, day))
        for month, rows in sorted(by_month.items()):
            rows.sort(key=lambda row: (row[0].creditor_id, row[0].use_id))
            charged = [
                self._charged(number, *row, month)
                for number, row in zip(numbers_for(len(rows)), rows, strict=True)
            ]
            write_charges(charged, self._rates, moment)
            post_entries(charged, self._rates, moment)
            mark_posted(charged, moment)
            self.history += told(charged, moment)
            self._statements.take(charged)

    def close(self, end: date) -> None:
        """Close the month that ends before a day, of the institutions whose months no acts close."""
        self._statements.close(end)
        self.closed = f"{end - timedelta(days=1):%Y-%m}"

    def pay_until(self, moment: datetime) -> None:
        """Record what was paid until a moment."""
        self._statements.pay_until(moment)

    def finish(self, left: dict[int, int], now: datetime) -> None:
        """Hold what is reserved of its funds, as far as they go, and draft what waits to be confirmed."""
        bound = self._priced(still_open())
        hold(bound, left, now)
        waiting = [(taken, one) for taken, one, _ in bound if taken.use_state == "waiting"]
        drafts = [
            self._charged(number, taken, one, day_of(taken), "")
            for number, (taken, one) in zip(numbers_for(len(waiting)), waiting, strict=True)
        ]
        write_charges(drafts, {}, now)

    def _priced(self, rows: Iterable[Taken]) -> list[tuple[Taken, Bound, Counted]]:
        bound = []
        for taken in rows:
            one = self._counter.bind(taken)
            if one is not None:
                counted = self._counter.quoted(taken, one)
                self.binder.purse.spend(one.paying, counted.total)
                bound.append((taken, one, counted))
        write_prices(bound)
        return bound

    def _charged(self, number: int, taken: Taken, bound: Bound, day: date, month: str) -> Charged:
        counted = self._counter.charged(taken, bound)
        shares = self._counter.shares(bound, counted, taken.creditor_id)
        return Charged(number, taken, bound, counted, shares, day, month)

    def _month(self, day: date) -> str:
        """The month of a day, or the first that is open after it."""
        month = f"{day:%Y-%m}"
        return month if month > self.closed else next_month(self.closed)
