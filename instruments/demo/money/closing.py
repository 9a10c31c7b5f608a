"""Close the months of the invented books, and record what payers paid: by the acts of finance, at their moments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from instruments.charges.closing.deadlines import note_deadlines
from instruments.charges.closing.issuing import issue_some
from instruments.charges.closing.paying import Received, pay
from instruments.charges.closing.starting import open_for_objections, start
from instruments.charges.closing_models import Statement
from instruments.database import db
from instruments.demo.generator.months import at, months_between
from instruments.demo.generator.world import InventedWorld
from instruments.demo.money.billing import officer_of
from instruments.demo.money.cards import ACCOUNTING
from instruments.money import Money

# After the end of a month: when it is opened for objections, when it is issued; and how long after that it is paid.
OPENED, ISSUED, PAID = timedelta(days=2), timedelta(days=8), timedelta(days=18)
SATURDAY = 5
# How many percent is paid late or not at all, of what was closed so many months ago, by place among those who owe most.
NETTED_WITHIN = 4
PAID_LESS: Mapping[tuple[int, int], int] = {(3, 0): 0, (2, 0): 50, (2, 2): 0}


@dataclass
class Closings:
    """What is closed, month after month, and what waits to be paid."""

    world: InventedWorld
    now: datetime
    unpaid: list[tuple[datetime, int, int]]
    """The moment at which the statements of a closing are paid, its number, and how many months ago it was."""

    def close(self, end: date) -> None:
        """Close the month that ends before a day: open it for objections, issue it."""
        month = f"{end - timedelta(days=1):%Y-%m}"
        for house in ACCOUNTING:
            officer = officer_of(self.world, house)
            open_for_objections(house, month, None, at(end + OPENED, 11), officer)
            issued_at = at(_workday(end + ISSUED))
            number = start(house, month, None, issued_at, officer)
            while issue_some(number, issued_at):
                pass
            note_deadlines(number)
            self.unpaid.append((issued_at + PAID, number, months_between(month, self.world.anchor)))

    def pay_until(self, moment: datetime) -> None:
        """Record what was paid until a moment."""
        while self.unpaid and self.unpaid[0][0] <= moment:
            paid_at, number, back = self.unpaid.pop(0)
            for place, row in enumerate(_owing(number)):
                percent = PAID_LESS.get((back, place), 100)
                if back <= NETTED_WITHIN and row.payer_institution_id in ACCOUNTING:
                    # What the two owe one another is left to be netted once a quarter.
                    percent = 0
                if units := row.due_units * percent // 100:
                    self._pay(row, units, paid_at)

    def _pay(self, row: Any, units: int, paid_at: datetime) -> None:
        house, payer = row.creditor_id, row.payer_institution_id or 0
        account = (
            f"6222 0000 {payer:04d}" if payer else f"6222 9999 {row.programme_id or row.payer_person_id:04d}"
        )
        reference = f"DEMO-{row.year}-{house:02d}-{row.number:04d}"
        came = Received(Money.from_units(units, row.currency), paid_at.date(), account, reference)
        pay(row.id, came, paid_at, officer_of(self.world, house))


def _workday(day: date) -> date:
    """The day, or the Monday after it."""
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() >= SATURDAY else day


def _owing(closing_id: int) -> Sequence[Any]:
    """The statements of a closing on which something is to be paid, those with the most first."""
    one = Statement
    asked = select(
        one.id, one.creditor_id, one.year, one.number, one.currency, one.due_units, one.payer_institution_id,
        one.payer_person_id, one.programme_id,
    ).where(one.closing_id == closing_id, one.due_units > 0)  # fmt: skip
    return db.session.execute(asked.order_by(one.due_units.desc(), one.id)).all()
