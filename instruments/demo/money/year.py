"""A year of the invented books, by the product's own acts at the moments at which they would have been done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import text

from instruments.availability.opening import midnight
from instruments.charges.charging import charge, prepare
from instruments.charges.closing.reminding import creditors_of_late, remind
from instruments.database import db
from instruments.demo.copying import History
from instruments.demo.generator.funds import SHOWN_HOUSES, Money
from instruments.demo.generator.months import KEPT, NOT_CLOSED, at, first_day, month_day
from instruments.demo.generator.places import ZONE
from instruments.demo.generator.world import InventedWorld
from instruments.demo.money import binding
from instruments.demo.money.billing import set_billing
from instruments.demo.money.binding import Binder, Reserved
from instruments.demo.money.cards import make_cards
from instruments.demo.money.choosing import Purse
from instruments.demo.money.closing import Closings
from instruments.demo.money.disputing import Disputes
from instruments.demo.money.opening import Books
from instruments.demo.money.publishing import publish
from instruments.demo.money.runs import pay_for_runs
from instruments.demo.money.versions import Cards
from instruments.demo.money.vouchers import Vouchers
from instruments.demo.money.wholesale.keeping import Wholesale
from instruments.funds.knowing import standings
from instruments.funds.watching import watch

# The acts price and charge at most so many reservations of the first instruments, whatever the size of the world.
MOST = 1_500
# What the one reserved at the other is priced too, as far as it is among the first so many of the world.
UP_TO = 50_000
AT_ONCE = 2_000
A_DAY = timedelta(days=1)
USES = """
SELECT u.id FROM use AS u JOIN instrument AS i ON i.id = u.instrument_id
WHERE u.state = :state AND u.ended_at > :since AND u.ended_at <= :until
  AND i.institution_id IN (:first_house, :second_house)
  AND (i.id <= :last OR EXISTS (SELECT 1 FROM reservation_price AS p WHERE p.reservation_id = u.reservation_id))
ORDER BY u.id
"""


def keep_a_year(world: InventedWorld, funds: Money, now: datetime, history: list[History]) -> None:
    """Prices, opening balances, who pays for what, and the charges of a year; inside the deed that loads the world.

    The acts keep what is looked at first; all else is written by the table, and history is told what the journal says of it.
    """
    moment = moment_of(world.anchor, now)
    cards = make_cards(world, moment)
    publish(cards)
    books = Books(funds, world.anchor)
    books.begin()
    set_billing(world, at(first_day(world.anchor)))
    last = _last_instrument(world)
    rows = binding.reserved(last, UP_TO)
    binder = _binder(world, cards, funds)
    settled = [bound for row in rows if row.is_settled and (bound := binder.bind(row)) is not None]
    binding.write(settled)
    binder.vouchers.write()
    pay_for_runs(world, cards, binder.purse)
    rest = Wholesale(world, binder, history)
    rest.begin()
    year = _Year(world, books, last, moment, rest)
    for end in _ends(world.anchor):
        year.go_on(end)
    year.finish()
    left = _left(binder)
    _hold(binder, [row for row in rows if not row.is_settled], left, moment)
    for numbers in year.uses(0, midnight(world.anchor + A_DAY, ZONE), "waiting"):
        charge(prepare(numbers), moment)
    rest.finish(left, moment)
    watch([fund["id"] for fund in funds.funds], moment)


def moment_of(anchor: date, now: datetime) -> datetime:
    """Now, or the evening of the day that is taken for today."""
    return now if now.astimezone(ZONE).date() == anchor else at(anchor, 20)


class _Year:
    """Goes through the months, then the weeks of those that nobody has closed, and does what was done in each."""

    def __init__(self, world: InventedWorld, books: Books, last: int, now: datetime, rest: Wholesale) -> None:
        self._world, self._books, self._last, self._now, self._rest = world, books, last, now, rest
        self._since = midnight(first_day(world.anchor), ZONE)
        self._closings, self._disputes = Closings(world, now, rest.history), Disputes(world)
        self._closed = month_day(world.anchor, NOT_CLOSED - 1)

    def go_on(self, end: date) -> None:
        """Charge what was used until a day, and close the month if it is one that is closed."""
        moment = min(at(end + timedelta(days=2)), self._now)
        self._books.deposit_until(moment)
        self._closings.pay_until(moment)
        self._rest.pay_until(moment)
        until = midnight(end, ZONE)
        for numbers in self.uses(self._since, until, "confirmed"):
            charge(prepare(numbers), moment)
        self._rest.charge(self._since, until, moment)
        self._since = until
        if end <= self._closed:
            self._see_to(f"{end - A_DAY:%Y-%m}", end)
            self._closings.close(end)
            self._rest.close(end)

    def _see_to(self, month: str, end: date) -> None:
        """Before a month is issued."""
        if end > month_day(self._world.anchor, 6):
            self._disputes.correct(month, at(end + timedelta(days=3)))
            self._disputes.settle(month, at(end + timedelta(days=4)), upheld=end.month % 2 == 0)

    def finish(self) -> None:
        """What was done in the last weeks."""
        self._closings.pay_until(self._now)
        self._rest.pay_until(self._now)
        for days in (12, 0):
            self._remind(self._now - timedelta(days=days))
        months = [f"{month_day(self._world.anchor, back):%Y-%m}" for back in range(NOT_CLOSED)]
        for month in months:
            self._disputes.correct(month, self._now - timedelta(hours=30))
            self._disputes.lessen(month, self._now - timedelta(hours=26))
        self._disputes.leave_open(months[::-1], self._now)

    def _remind(self, moment: datetime) -> None:
        """Whoever is late has been reminded, so that no reminder is due when the worker begins."""
        for house in creditors_of_late(moment):
            after: int | None = 0
            while after is not None:
                _, after = remind(house, moment, after)

    def uses(self, since: int, until: int, state: str) -> Iterator[Sequence[int]]:
        """Uses in a state that ended in a time, some at once."""
        values = {"since": since, "until": until, "last": self._last, "state": state, **_houses()}
        numbers = list(db.session.scalars(text(USES), values))
        for first in range(0, len(numbers), AT_ONCE):
            yield numbers[first : first + AT_ONCE]


def _binder(world: InventedWorld, cards: Cards, funds: Money) -> Binder:
    span = (month_day(world.anchor, KEPT), world.anchor + timedelta(days=60))
    houses = [row["id"] for row in world.places.owners()]
    return Binder.of(cards, Purse(funds), Vouchers.of_world(), houses, span)


def _last_instrument(world: InventedWorld) -> int:
    """Up to which instrument of the shown institutions not too much is reserved."""
    count, last = 0, 0
    asked = text("""
        SELECT i.id, count(*) FROM instrument AS i JOIN reservation AS r ON r.instrument_id = i.id
        WHERE i.institution_id IN (:first_house, :second_house) GROUP BY i.id ORDER BY i.id
    """)
    for number, reserved in db.session.execute(asked, _houses()):
        count += reserved
        if count > MOST:
            break
        last = number
    return last


def _ends(anchor: date) -> list[date]:
    """The ends of the months that are closed, then of the weeks until today."""
    months = [month_day(anchor, back) for back in range(KEPT - 1, NOT_CLOSED - 2, -1)]
    weeks = [anchor - timedelta(days=7 * back) for back in range(8, -1, -1)]
    return months + [day for day in weeks if day > months[-1]]


def _left(binder: Binder) -> dict[int, int]:
    """What is left of funds, in minor units; those without an end are left out."""
    standing = standings([fund["id"] for fund in binder.purse.made.funds])
    return {number: one.left for number, one in standing.items() if one.left is not None}


def _hold(binder: Binder, rows: Sequence[Reserved], left: dict[int, int], now: datetime) -> None:
    """What is not charged yet is held of its funds, as far as they go."""
    bound = [found for row in rows if (found := binder.bind(row)) is not None]
    binding.write(bound)
    binder.vouchers.write()
    binding.hold(bound, left, now)


def _houses() -> dict[str, int]:
    return {"first_house": SHOWN_HOUSES[0], "second_house": SHOWN_HOUSES[1]}
