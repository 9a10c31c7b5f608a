"""Write prices, payers, holds and charges of reservations table by table, and post the charges with their entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

import orjson
from sqlalchemy import text

from instruments.charges.entries import Entry, Owed, Terms, entries
from instruments.charges.pricing import Share
from instruments.charges.states import DRAFT, USE
from instruments.charges.writing import CHARGE_COLUMNS, LINE_COLUMNS, SHARE_COLUMNS, share_row
from instruments.database import db
from instruments.database.bulk import insert_rows, next_ids
from instruments.demo.generator.places import zone_of
from instruments.demo.money.binding import CURRENCY, HOLD_COLUMNS, PAYER_COLUMNS, PRICE_COLUMNS, fits
from instruments.demo.money.wholesale.pricing import Bound, Counted
from instruments.demo.money.wholesale.rows import Taken
from instruments.funds import ledger
from instruments.funds.ledger import AccountKey, Transfer
from instruments.rates.kept import reasons_as_json
from instruments.timespan import instant

Rates: TypeAlias = Mapping[int, tuple[int, int]]
"""By institution its share of the income of labs, and the tax, in hundredths of a percent."""
POST = text("""
    UPDATE charge SET state = 'posted', posted_at = :at, month = :month, version = version + 1
    WHERE id BETWEEN :first AND :last
""")


@dataclass(frozen=True, slots=True)
class Charged:
    """A charge on its way into the books: its number, the use, the shares, the day of service, and the month of the books."""

    number: int
    taken: Taken
    bound: Bound
    counted: Counted
    shares: Sequence[Share]
    day: date
    month: str


def write_prices(bound: Sequence[tuple[Taken, Bound, Counted]]) -> None:
    """What reservations were quoted, and who pays for them."""
    insert_rows("reservation_price", PRICE_COLUMNS, map(_price, bound))
    insert_rows("reservation_payer", PAYER_COLUMNS, _payers(bound))


def hold(bound: Iterable[tuple[Taken, Bound, Counted]], left: dict[int, int], now: datetime) -> None:
    """Hold what they cost of the funds that pay, as long as it is not charged, as far as the funds go."""
    at = int(now.timestamp())
    rows = [
        (share.fund_id, "reservation", taken.id, taken.user_id, units, "pending", min(taken.created_at, at))
        for taken, one, counted in bound
        if fits(((share.fund_id, units) for share, units in _split(one, counted)), left)
        for share, units in _split(one, counted)
        if units
    ]
    # Fund by fund, because for each hold the database adds up what its fund has.
    rows.sort(key=lambda row: row[0])
    insert_rows("fund_hold", HOLD_COLUMNS, rows)


def write_charges(charged: Sequence[Charged], rates: Rates, now: datetime) -> None:
    """Drafts with their lines and shares; no rates for those that are not posted."""
    at = int(now.timestamp())
    drafts = (_charge(each, rates.get(each.taken.creditor_id, (0, 0)), at) for each in charged)
    insert_rows("charge", CHARGE_COLUMNS, drafts)
    insert_rows(
        "charge_line",
        LINE_COLUMNS,
        ((each.number, *line) for each in charged for line in each.counted.lines),
    )
    insert_rows("charge_share", SHARE_COLUMNS, _shares(charged))


def numbers_for(count: int) -> list[int]:
    """Numbers for so many charges."""
    return next_ids("charge", count)


def mark_posted(charged: Sequence[Charged], now: datetime) -> None:
    """Post drafts of one month with numbers that follow one another: the database weighs their lines, shares and entries."""
    values = {"month": charged[0].month, "first": charged[0].number, "last": charged[-1].number}
    db.session.execute(POST, values | {"at": int(now.timestamp())})


def post_entries(charged: Sequence[Charged], rates: Rates, now: datetime) -> None:
    """The entries of charges of one month, in the books of who is owed and of who owes."""
    made = [(each, _entries(each, rates[each.taken.creditor_id])) for each in charged]
    named = {account for _, found in made for one in found for account in (one.debit, one.credit)}
    known = {account: AccountKey(*account) for account in named}
    accounts = ledger.accounts(known.values())
    of = {account: accounts[key] for account, key in known.items()}
    transfers = (
        Transfer(
            of[one.debit], of[one.credit], one.units, "charge", ("charge", each.number),
            f"charge:{each.number}:{one.part}", each.taken.user_id,
        )
        for each, found in made
        for one in found
    )  # fmt: skip
    ledger.post(transfers, now, charged[0].month)


def told(charged: Sequence[Charged], now: datetime) -> Iterator[tuple[Any, ...]]:
    """What the journal says of charges that were posted, in the order of its columns."""
    at = int(now.timestamp())
    for each in charged:
        detail = {
            "kind": USE, "units": each.counted.total, "currency": CURRENCY, "user_id": each.taken.user_id,
            "month": each.month,
        }  # fmt: skip
        yield (
            at, None, "charge.posted", "charge", each.number, each.taken.creditor_id, each.taken.lab_id,
            orjson.dumps(detail).decode(),
        )  # fmt: skip


def day_of(taken: Taken) -> date:
    """The day of service, on the lab's wall."""
    return instant(taken.began).astimezone(zone_of(taken.lab_id)).date()


def _split(bound: Bound, counted: Counted) -> Iterator[tuple[Any, int]]:
    for part in counted.parts:
        yield bound.paying[part.place or 0], part.amount.units


def _price(row: tuple[Taken, Bound, Counted]) -> tuple[Any, ...]:
    taken, bound, counted = row
    first = bound.customers[0]
    return (
        taken.id, bound.version_id, first.key, bound.mode, CURRENCY, counted.total, "{}", 0, counted.quoted,
        orjson.dumps(reasons_as_json((first.why,))).decode(), taken.created_at,
    )  # fmt: skip


def _payers(bound: Iterable[tuple[Taken, Bound, Counted]]) -> Iterator[tuple[Any, ...]]:
    for taken, one, counted in bound:
        for place, (share, units) in enumerate(_split(one, counted)):
            yield taken.id, place, share.fund_id, share.percent * 100, one.customers[place].key, units


def _charge(each: Charged, rates: tuple[int, int], at: int) -> tuple[Any, ...]:
    taken = each.taken
    return (
        each.number, f"use:{taken.use_id}:0", USE, taken.use_id, 0, taken.id, taken.instrument_id, taken.lab_id,
        taken.creditor_id, taken.user_id, taken.group_id, each.bound.customers[0].key, each.bound.version_id, CURRENCY,
        each.counted.total, DRAFT, each.day.isoformat(), None, None, None, "", False, None, at, taken.use_version, *rates, 1,
    )  # fmt: skip


def _shares(charged: Iterable[Charged]) -> Iterator[tuple[Any, ...]]:
    for each in charged:
        for place, share in enumerate(each.shares):
            yield each.number, *share_row(place, share)


def _entries(each: Charged, rates: tuple[int, int]) -> list[Entry]:
    taken = each.taken
    owed = [
        Owed(
            share.part.amount.units, share.route, share.taxed, share.payer.fund_id, share.payer.books,
            share.payer.institution_id, share.payer.person_id if share.payer.institution_id is None else None,
        )
        for share in each.shares
    ]  # fmt: skip
    return entries(owed, Terms(taken.creditor_id, taken.lab_id, CURRENCY, *rates))
