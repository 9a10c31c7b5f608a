"""Close months and issue their statements by the table, as `charges.closing` does one by one; what was due is then paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import text

from instruments.charges.closing.issuing import COLUMNS
from instruments.charges.closing.letterheads import payers, sender
from instruments.charges.closing.months import before
from instruments.charges.closing_models import DUE_DAYS, OBJECTION_DAYS
from instruments.charges.entries import RECEIVABLE, Owed, Terms, tax_of
from instruments.charges.pricing import Share
from instruments.charges.states import USE
from instruments.database import db
from instruments.database.bulk import insert_rows, next_ids
from instruments.demo.copying import History
from instruments.demo.generator.funds import SHOWN_HOUSES
from instruments.demo.generator.months import ISSUED, OPENED, PAID, at, months_between, workday
from instruments.demo.generator.places import Row
from instruments.demo.generator.world import InventedWorld
from instruments.demo.money import billing
from instruments.demo.money.binding import CURRENCY
from instruments.demo.money.wholesale.payments import Due, pay
from instruments.demo.money.wholesale.writing import Charged

CLOSING_COLUMNS = (
    "id", "institution_id", "month", "state", "opened_at", "opened_by_id", "objections_until", "started_at", "started_by_id",
    "issued_on", "due_on", "statements_total", "statements_done", "issued_at", "version",
)  # fmt: skip
LINE_COLUMNS = (
    "statement_id", "position", "charge_id", "share", "kind", "route", "service_on", "lab_id", "fund_id", "fund_code",
    "instrument_en", "instrument_zh", "lab_en", "lab_zh", "person_en", "person_zh", "customer_class", "reason", "charge_units",
    "programme_units", "amount_units", "tax_units",
)  # fmt: skip
ISSUE = text("UPDATE statement SET issued = true WHERE id BETWEEN :first AND :last")
DISPUTABLE = text("""
    UPDATE charge SET disputable_until = :due WHERE id IN (
      SELECT l.charge_id FROM statement_line AS l WHERE l.statement_id BETWEEN :first AND :last
    )
""")
# Of the last month that is closed, one in so many pairs of a creditor and a payer is not paid.
UNPAID_EVERY, UNPAID_BACK = 9, 2


class Head(NamedTuple):
    """To whom a statement goes, as `letterheads.payers` wants it."""

    institution: int
    research_group: int
    person: int = 0
    programme: int = 0


class Line(NamedTuple):
    """A share of a charge, and the tax that it includes."""

    charged: Charged
    place: int
    share: Share
    tax: int

    @property
    def units(self) -> int:
        """What it comes to."""
        return self.share.part.amount.units


class Issued(NamedTuple):
    """A statement with its numbers: of its row, of its institution and year, and of the closing."""

    number: int
    running: int
    closing: int
    house: int
    head: Head
    lines: Sequence[Line]

    def sum(self, *routes: str) -> int:
        """What the lines of some routes come to; of all without any."""
        return sum(line.units for line in self.lines if not routes or line.share.route in routes)


@dataclass
class Statements:
    """What is on no statement yet, by institution and payer, and what waits to be paid."""

    world: InventedWorld
    funds: Sequence[Row]
    history: list[History]
    _lines: dict[int, dict[Head, list[Line]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    _running: dict[tuple[int, int], int] = field(default_factory=dict)
    _begun: bool = False
    _unpaid: list[tuple[datetime, list[Due]]] = field(default_factory=list)
    _names: dict[Head, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        owners = self.world.places.owners()
        self._taxes = {row["id"]: billing.tax_of(row) for row in owners}
        self._officers = {row["id"]: billing.officer_of(self.world, row["id"]) for row in owners}
        self._houses = [row["id"] for row in owners if row["id"] not in SHOWN_HOUSES]
        self._instruments = {row["id"]: row for row in self.world.instruments.rows}

    def take(self, charged: Iterable[Charged]) -> None:
        """Keep charges that were posted for the statements of their months; those of the acts are not asked for."""
        for each in charged:
            house = each.taken.creditor_id
            if house in SHOWN_HOUSES:
                continue
            terms = Terms(house, each.taken.lab_id, CURRENCY, 0, self._taxes[house])
            for place, share in enumerate(each.shares):
                tax = tax_of(Owed(share.part.amount.units, share.route, share.taxed), terms)
                head = Head(share.payer.institution_id or 0, share.payer.group_id or 0)
                self._lines[house][head].append(Line(each, place, share, tax))

    def close(self, end: date) -> None:
        """Issue the statements of the month that ends before a day, of every institution that acts do not close."""
        month, issued_at = f"{end - timedelta(days=1):%Y-%m}", at(workday(end + ISSUED))
        self._close_months(month, issued_at)
        closings = dict(zip(self._houses, next_ids("closing", len(self._houses)), strict=True))
        counts = {house: len(self._lines[house]) for house in self._houses}
        insert_rows("closing", CLOSING_COLUMNS, [
            self._closing(closings[house], house, month, end, issued_at, counts[house]) for house in self._houses
        ])  # fmt: skip
        issued = self._issued(closings, sum(counts.values()), issued_at.year)
        if issued:
            self._write(issued, month, issued_at)
        self._lines.clear()
        self.history += self._told(closings, issued, month, issued_at)
        back = months_between(month, self.world.anchor)
        self._unpaid.append((issued_at + PAID, list(_due(issued, back))))

    def pay_until(self, moment: datetime) -> None:
        """Record what was paid until a moment."""
        while self._unpaid and self._unpaid[0][0] <= moment:
            paid_at, due = self._unpaid.pop(0)
            self.history += pay(due, paid_at, self._officers)

    def _close_months(self, month: str, now: datetime) -> None:
        """The first closing closes all months before it, too."""
        months = before(month, 1) if self._begun else before(month)
        self._begun = True
        insert_rows(
            "closed_month",
            ("institution_id", "month", "closed_at", "closed_by_id"),
            [
                (house, each, int(now.timestamp()), self._officers[house])
                for house in self._houses
                for each in months
            ],
        )

    def _closing(
        self, number: int, house: int, month: str, end: date, issued_at: datetime, count: int
    ) -> tuple[Any, ...]:
        opened, issued, officer = (
            int(at(end + OPENED, 11).timestamp()),
            int(issued_at.timestamp()),
            self._officers[house],
        )
        until = end + OPENED + timedelta(days=OBJECTION_DAYS)
        return (
            number, house, month, "issued", opened, officer, until.isoformat(), issued, officer, _day(issued_at),
            _due_on(issued_at), count, count, issued, 4,
        )  # fmt: skip

    def _issued(self, closings: dict[int, int], count: int, year: int) -> list[Issued]:
        numbers, made = iter(next_ids("statement", count) if count else ()), []
        for house in self._houses:
            for head in sorted(self._lines[house]):
                running = self._running[house, year] = self._running.get((house, year), 0) + 1
                lines = sorted(
                    self._lines[house][head], key=lambda one: (one.charged.day, one.charged.number, one.place)
                )
                made.append(Issued(next(numbers), running, closings[house], house, head, lines))
        return made

    def _write(self, issued: Sequence[Issued], month: str, issued_at: datetime) -> None:
        self._name({each.head for each in issued})
        letterheads = {
            house: orjson.dumps(sender(house)).decode() for house in {each.house for each in issued}
        }
        insert_rows(
            "statement", COLUMNS, (self._head(each, month, issued_at, letterheads) for each in issued)
        )
        rows = (row for each in issued for row in self._rows(each))
        insert_rows("statement_line", LINE_COLUMNS, rows)
        span = {"first": issued[0].number, "last": issued[-1].number}
        db.session.execute(ISSUE, span)
        db.session.execute(DISPUTABLE, span | {"due": _due_on(issued_at)})

    def _name(self, heads: Iterable[Head]) -> None:
        unknown = sorted({head for head in heads if head not in self._names})
        if unknown:
            for head, named in zip(unknown, payers(unknown), strict=True):
                self._names[head] = orjson.dumps(named).decode()

    def _head(
        self, each: Issued, month: str, issued_at: datetime, letterheads: dict[int, str]
    ) -> tuple[Any, ...]:
        total, internal, prepaid = each.sum(), each.sum("internal"), each.sum("prepaid")
        return (
            each.number, each.closing, each.house, issued_at.year, each.running, month, CURRENCY,
            each.head.institution or None, None, each.head.research_group or None, None, total, internal, prepaid,
            total - internal - prepaid, sum(line.tax for line in each.lines), len(each.lines), _day(issued_at),
            _due_on(issued_at), letterheads[each.house], self._names[each.head], False,
        )  # fmt: skip

    def _rows(self, each: Issued) -> Iterator[tuple[Any, ...]]:
        for position, line in enumerate(each.lines, 1):
            taken, share = line.charged.taken, line.share
            thing, lab = self._instruments[taken.instrument_id], self.world.places.labs[taken.lab_id - 1]
            person = self.world.people.person(taken.user_id)
            fund = self.funds[(share.payer.fund_id or 0) - 1]
            yield (
                each.number, position, line.charged.number, line.place, USE, share.route, line.charged.day.isoformat(),
                taken.lab_id, fund["id"], fund["code"], thing["name_en"], thing["name_zh"], lab["name_en"], lab["name_zh"],
                person["name_en"], person["name_zh"], share.payer.customer_class, "", line.charged.counted.total, 0,
                line.units, line.tax,
            )  # fmt: skip

    def _told(
        self, closings: dict[int, int], issued: Iterable[Issued], month: str, issued_at: datetime
    ) -> Iterator[History]:
        moment, counts = int(issued_at.timestamp()), defaultdict[int, int](int)
        for each in issued:
            counts[each.house] += 1
            detail = {
                "month": month, "due_on": _due_on(issued_at), "units": each.sum(), "due_units": each.sum(RECEIVABLE),
                "currency": CURRENCY, "payer_institution_id": each.head.institution or None, "payer_person_id": None,
                "payer_group_id": each.head.research_group or None, "programme_id": None,
            }  # fmt: skip
            yield _entry(
                moment,
                self._officers[each.house],
                "statement.issued",
                ("statement", each.number),
                each.house,
                detail,
            )
        for house, number in closings.items():
            thing, detail = ("closing", number), {"month": month, "statements": counts[house]}
            yield _entry(moment, self._officers[house], "closing.issued", thing, house, detail)


def _entry(
    moment: int, actor_id: int, deed: str, thing: tuple[str, int], house: int, detail: dict[str, Any]
) -> History:
    return moment, actor_id, deed, *thing, house, None, orjson.dumps(detail).decode()


def _due(issued: Iterable[Issued], back: int) -> Iterator[Due]:
    """What is to be paid for statements, but for what is left unpaid."""
    for each in issued:
        owed = each.sum(RECEIVABLE)
        if owed > 0 and (back > UNPAID_BACK or (each.house + each.head.institution) % UNPAID_EVERY):
            credits = defaultdict[int, int](int)
            for line in each.lines:
                if line.share.route == RECEIVABLE and line.share.payer.books == each.house:
                    credits[line.share.payer.fund_id or 0] += line.units
            own = sum(
                line.units
                for line in each.lines
                if line.share.route == RECEIVABLE and line.share.payer.books == each.head.institution
            )
            yield Due(each.number, each.house, each.head.institution, owed, dict(credits), own)


def _day(moment: datetime) -> str:
    return moment.date().isoformat()


def _due_on(issued_at: datetime) -> str:
    return (issued_at.date() + timedelta(days=DUE_DAYS)).isoformat()
