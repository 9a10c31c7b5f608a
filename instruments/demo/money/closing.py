"""Close the months of the invented books, and record what payers paid: by the acts of finance, at their moments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, text

from instruments.charges.closing.deadlines import note_deadlines
from instruments.charges.closing.issuing import issue_some
from instruments.charges.closing.paying import Received, pay
from instruments.charges.closing.starting import open_for_objections, start
from instruments.charges.closing_models import Statement
from instruments.database import db
from instruments.demo.copying import History
from instruments.demo.generator.funds import SHOWN_HOUSES
from instruments.demo.generator.months import ISSUED, OPENED, PAID, at, months_between, workday
from instruments.demo.generator.world import InventedWorld
from instruments.demo.money.billing import officer_of
from instruments.demo.money.wholesale.payments import Due
from instruments.demo.money.wholesale.payments import pay as pay_at_once
from instruments.money import Money

# How many percent is paid late or not at all, of what was closed so many months ago, by place among those who owe most.
NETTED_WITHIN = 4
PAID_LESS: Mapping[tuple[int, int], int] = {(3, 0): 0, (2, 0): 50, (2, 2): 0}
# What of the statements of a closing stands on credits in the creditor's own books.
# What funds bore of statements: those of the creditor's books (credits), and those of the payer's own.
BORNE = text("""
    SELECT t.id AS statement_id, l.fund_id, f.institution_id = t.creditor_id AS is_credit, sum(l.amount_units) AS units
    FROM statement AS t JOIN statement_line AS l ON l.statement_id = t.id
    JOIN fund AS f ON f.id = l.fund_id AND f.institution_id IN (t.creditor_id, t.payer_institution_id)
    WHERE t.closing_id = :closing AND l.route = 'receivable'
    GROUP BY t.id, l.fund_id, f.institution_id = t.creditor_id HAVING sum(l.amount_units) > 0
""")


@dataclass
class Closings:
    """What is closed, month after month, and what waits to be paid."""

    world: InventedWorld
    now: datetime
    history: list[History]
    unpaid: list[tuple[datetime, int, int]] = field(default_factory=list)
    """The moment at which the statements of a closing are paid, its number, and how many months ago it was."""

    def close(self, end: date) -> None:
        """Close the month that ends before a day: open it for objections, issue it."""
        month = f"{end - timedelta(days=1):%Y-%m}"
        for house in SHOWN_HOUSES:
            officer = officer_of(self.world, house)
            open_for_objections(house, month, None, at(end + OPENED, 11), officer)
            issued_at = at(workday(end + ISSUED))
            number = start(house, month, None, issued_at, officer)
            while issue_some(number, issued_at):
                pass
            note_deadlines(number)
            self.unpaid.append((issued_at + PAID, number, months_between(month, self.world.anchor)))

    def pay_until(self, moment: datetime) -> None:
        """Record what was paid until a moment."""
        while self.unpaid and self.unpaid[0][0] <= moment:
            paid_at, number, back = self.unpaid.pop(0)
            owing = _owing(number)
            if back > NETTED_WITHIN:
                owing = self._paid_at_once(number, owing, paid_at)
            for place, row in enumerate(owing):
                percent = PAID_LESS.get((back, place), 100)
                if back <= NETTED_WITHIN and row.payer_institution_id in SHOWN_HOUSES:
                    # What the two owe one another is left to be netted once a quarter.
                    percent = 0
                if units := row.due_units * percent // 100:
                    self._pay(row, units, paid_at)

    def _paid_at_once(self, number: int, owing: Sequence[Any], paid_at: datetime) -> list[Any]:
        """Record, by the table, that institutions paid long ago all that they owed; what others owe is left."""
        credits: dict[int, dict[int, int]] = {}
        own = Counter[int]()
        for row in db.session.execute(BORNE, {"closing": number}):
            if row.is_credit:
                credits.setdefault(row.statement_id, {})[row.fund_id] = int(row.units)
            else:
                own[row.statement_id] += int(row.units)
        due = [
            Due(
                row.id, row.creditor_id, row.payer_institution_id, row.due_units, credits.get(row.id, {}), own[row.id]
            )
            for row in owing
            if row.payer_institution_id is not None
        ]  # fmt: skip
        self.history += pay_at_once(
            due, paid_at, {house: officer_of(self.world, house) for house in SHOWN_HOUSES}
        )
        return [row for row in owing if row.payer_institution_id is None]

    def _pay(self, row: Any, units: int, paid_at: datetime) -> None:
        house, payer = row.creditor_id, row.payer_institution_id or 0
        account = (
            f"6222 0000 {payer:04d}" if payer else f"6222 9999 {row.programme_id or row.payer_person_id:04d}"
        )
        reference = f"DEMO-{row.year}-{house:02d}-{row.number:04d}"
        came = Received(Money.from_units(units, row.currency), paid_at.date(), account, reference)
        pay(row.id, came, paid_at, officer_of(self.world, house))


def _owing(closing_id: int) -> Sequence[Any]:
    """The statements of a closing on which something is to be paid, those with the most first."""
    one = Statement
    asked = select(
        one.id, one.creditor_id, one.year, one.number, one.currency, one.due_units, one.payer_institution_id,
        one.payer_person_id, one.programme_id,
    ).where(one.closing_id == closing_id, one.due_units > 0)  # fmt: skip
    return db.session.execute(asked.order_by(one.due_units.desc(), one.id)).all()
