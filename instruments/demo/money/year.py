"""A year of the invented books, by the product's own acts at the moments at which they would have been done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import text

from instruments.availability.opening import midnight
from instruments.charges.charging import charge, prepare
from instruments.database import db
from instruments.demo.generator.funds import Money
from instruments.demo.generator.months import KEPT, at, month_day
from instruments.demo.generator.openings import ZONE
from instruments.demo.generator.world import InventedWorld
from instruments.demo.money import binding
from instruments.demo.money.binding import Binder, Reserved
from instruments.demo.money.cards import ACCOUNTING, Cards, make_cards
from instruments.demo.money.choosing import Purse
from instruments.demo.money.opening import Books
from instruments.demo.money.publishing import publish
from instruments.demo.money.runs import pay_for_runs
from instruments.demo.money.vouchers import Vouchers
from instruments.funds.knowing import standings
from instruments.funds.watching import watch

# At most so many reservations have a price, whatever the size of the world.
MOST = 7_000
AT_ONCE = 2_000
CONFIRMED = """
SELECT u.id FROM use AS u JOIN instrument AS i ON i.id = u.instrument_id
WHERE u.state = 'confirmed' AND u.ended_at > :since AND u.ended_at <= :until AND i.id <= :last
  AND i.institution_id IN (:first_house, :second_house) ORDER BY u.id
"""


def keep_a_year(world: InventedWorld, funds: Money, now: datetime) -> None:
    """Prices, opening balances, who pays for what, and the charges of a year; inside the deed that loads the world."""
    cards = make_cards(world, now)
    publish(cards)
    books = Books(funds, world.anchor)
    books.begin()
    last = _last_instrument(world)
    rows = binding.reserved(last)
    binder = _binder(world, cards, funds)
    settled = [bound for row in rows if row.is_settled and (bound := binder.bind(row)) is not None]
    binding.write(settled)
    binder.vouchers.write()
    pay_for_runs(world, cards, binder.purse)
    for since, until, moment in _terms(world.anchor, now):
        books.deposit_until(moment)
        for numbers in _confirmed(since, until, last):
            charge(prepare(numbers), moment)
    _hold(binder, [row for row in rows if not row.is_settled], now)
    watch([fund["id"] for fund in funds.funds], now)


def _binder(world: InventedWorld, cards: Cards, funds: Money) -> Binder:
    span = (month_day(world.anchor, KEPT), world.anchor + timedelta(days=60))
    return Binder.of(cards, Purse(funds), Vouchers.of_world(), span)


def _last_instrument(world: InventedWorld) -> int:
    """Up to which instrument of the institutions that keep books not too much is reserved."""
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


def _terms(anchor: date, now: datetime) -> Iterator[tuple[int, int, datetime]]:
    """The months of the year, then the weeks of the last two: from when until when, and when it was charged."""
    ends = [month_day(anchor, back) for back in range(KEPT - 1, 0, -1)]
    ends += [day for day in _weeks(anchor) if day > ends[-1]]
    since = midnight(month_day(anchor, KEPT), ZONE)
    for end in ends:
        until = midnight(end, ZONE)
        yield since, until, min(at(end + timedelta(days=2)), now)
        since = until


def _weeks(anchor: date) -> list[date]:
    return [anchor - timedelta(days=7 * back) for back in range(8, -1, -1)]


def _confirmed(since: int, until: int, last: int) -> Iterator[Sequence[int]]:
    values = {"since": since, "until": until, "last": last, **_houses()}
    numbers = list(db.session.scalars(text(CONFIRMED), values))
    for first in range(0, len(numbers), AT_ONCE):
        yield numbers[first : first + AT_ONCE]


def _hold(binder: Binder, rows: Sequence[Reserved], now: datetime) -> None:
    """What is not charged yet is held of its funds, as far as they go."""
    standing = standings([fund["id"] for fund in binder.purse.made.funds])
    left = {number: one.left for number, one in standing.items() if one.left is not None}
    bound = [found for row in rows if (found := binder.bind(row, left)) is not None]
    binding.write(bound)
    binder.vouchers.write()
    binding.hold(bound, now)


def _houses() -> dict[str, int]:
    return {"first_house": ACCOUNTING[0], "second_house": ACCOUNTING[1]}
