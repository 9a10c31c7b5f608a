"""Write in the ledger: find or make accounts, post transfers, reverse them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite

from instruments.database import db
from instruments.database.bulk import insert_rows
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.funds.ledger_models import ClosedMonth, LedgerAccount, LedgerTransfer
from instruments.journal.record import entry, record_many

_ACCOUNT: Any = LedgerAccount.__table__
_TRANSFER: Any = LedgerTransfer.__table__
_COLUMNS = (
    "debit_id", "credit_id", "amount_units", "institution_id", "currency", "posted_at", "month",
    "kind", "thing_kind", "thing_id", "person_id", "made_by_id", "reason", "reverses_id", "key",
)  # fmt: skip
# More keys than this at once are looked for in several statements.
A_CHUNK = 500


@dataclass(frozen=True, slots=True)
class AccountKey:
    """Which account: its kind, in whose books and currency, and what it is about, as its kind needs."""

    kind: str
    institution_id: int
    currency: str
    fund_id: int | None = None
    lab_id: int | None = None
    payer_institution_id: int | None = None
    payer_person_id: int | None = None
    programme_id: int | None = None


class Account(NamedTuple):
    """An account as a transfer names it."""

    id: int
    institution_id: int
    currency: str


class Transfer(NamedTuple):
    """An amount, in minor units above zero, from the credited account to the debited one.

    thing: what it is for, (kind, id). key: the same for the same transfer whenever it is tried, "charge:12:share:3".
    person_id: whose use it pays.
    """

    debit: Account
    credit: Account
    units: int
    kind: str
    thing: tuple[str, int]
    key: str
    person_id: int | None = None
    reason: str = ""
    reverses_id: int | None = None


def accounts(keys: Collection[AccountKey]) -> dict[AccountKey, Account]:
    """The accounts of these keys; those that there are not yet are made. Two statements, four where some are made."""
    wanted = set(keys)
    if not wanted:
        return {}
    found = _known(wanted)
    missing = [key for key in wanted if key not in found]
    if missing:
        rows = [asdict(key) for key in sorted(missing, key=repr)]
        db.session.execute(_insert_account(), rows)
        found |= _known(set(missing))
    return found


def _known(keys: set[AccountKey]) -> dict[AccountKey, Account]:
    account = _ACCOUNT.c
    rows = db.session.execute(
        select(
            account.id, account.kind, account.institution_id, account.currency, account.fund_id, account.lab_id,
            account.payer_institution_id, account.payer_person_id, account.programme_id,
        ).where(
            account.institution_id.in_({key.institution_id for key in keys}),
            account.kind.in_({key.kind for key in keys}),
        )
    )  # fmt: skip
    by_key = {AccountKey(*row[1:]): Account(row.id, row.institution_id, row.currency) for row in rows}
    return {key: by_key[key] for key in keys if key in by_key}


def _insert_account() -> Any:
    maker = insert_on_sqlite if db.engine.dialect.name == "sqlite" else insert_on_postgresql
    return maker(_ACCOUNT).on_conflict_do_nothing()


def month_of(moment: datetime, zone: str) -> str:
    """The month that a moment is in on the wall of an institution, as the books write it."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m}"


def open_month(institution_id: int, wanted: str) -> str:
    """The month itself, or the first after it into which can be posted."""
    closed = set(
        db.session.scalars(
            select(ClosedMonth.month).where(
                ClosedMonth.institution_id == institution_id, ClosedMonth.month >= wanted
            )
        )
    )
    month = wanted
    while month in closed:
        month = next_month(month)
    return month


def next_month(month: str) -> str:
    """The month after one: "2027-01" after "2026-12"."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def posted(keys: Collection[str]) -> set[str]:
    """Those of the keys under which something is posted already."""
    wanted, found = list(keys), set[str]()
    for first in range(0, len(wanted), A_CHUNK):
        chunk = wanted[first : first + A_CHUNK]
        found |= set(db.session.scalars(select(_TRANSFER.c.key).where(_TRANSFER.c.key.in_(chunk))))
    return found


def post(transfers: Iterable[Transfer], now: datetime, month: str, made_by_id: int | None = None) -> int:
    """Post transfers into a month of their books, inside a deed; how many. One statement however many there are.

    The database refuses (IntegrityError) a key that is posted already, a closed month, and accounts of different books
    or currencies. Who posts against funds has taken their locks before (holding.lock) and settles afterwards.
    """
    at = int(now.timestamp())
    rows = [
        (
            each.debit.id, each.credit.id, each.units, each.debit.institution_id, each.debit.currency, at, month,
            each.kind, *each.thing, each.person_id, made_by_id, each.reason, each.reverses_id, each.key,
        )
        for each in transfers
    ]  # fmt: skip
    insert_rows(LedgerTransfer.__tablename__, _COLUMNS, rows)
    return len(rows)


def reverse(
    numbers: Collection[int], reason: str, now: datetime, month: str, made_by_id: int | None = None
) -> int:
    """Post the mirror image of each of these transfers, inside a deed; how many. What is stored is negated, never counted anew.

    Raises NotFound, or Refusal where one was reversed already or is a reversal itself.
    """
    rows = db.session.execute(_with_reversals(numbers)).all()
    if len(rows) != len(set(numbers)):
        raise NotFound([Reason("no_transfer", None, N_("There is no such transfer."))])
    reasons = [each for row in rows for each in _cannot_reverse(row)]
    if reasons:
        raise Refusal(reasons)
    count = post([_mirrored(row, reason) for row in rows], now, month, made_by_id)
    record_many(
        entry(
            now=now,
            actor_id=made_by_id,
            deed="ledger.reversed",
            thing=(row.thing_kind, row.thing_id),
            institution_id=row.institution_id,
            detail={"transfer_id": row.id, "reason": reason},
        )
        for row in rows
    )
    return count


def _with_reversals(numbers: Collection[int]) -> Any:
    second = _TRANSFER.alias()
    return (
        select(_TRANSFER, second.c.id.label("reversed_by"))
        .outerjoin(second, second.c.reverses_id == _TRANSFER.c.id)
        .where(_TRANSFER.c.id.in_(numbers))
        .order_by(_TRANSFER.c.id)
    )


def _cannot_reverse(row: Row[Any]) -> Iterator[Reason]:
    values = {"transfer": row.id}
    if row.reversed_by is not None:
        yield Reason("reversed", None, N_("Transfer %(transfer)s was reversed already."), values)
    if row.reverses_id is not None:
        sentence = N_("Transfer %(transfer)s is itself a reversal; post it anew instead.")
        yield Reason("is_reversal", None, sentence, values)


def _mirrored(row: Row[Any], reason: str) -> Transfer:
    books = (row.institution_id, row.currency)
    return Transfer(
        Account(row.credit_id, *books),
        Account(row.debit_id, *books),
        row.amount_units,
        row.kind,
        (row.thing_kind, row.thing_id),
        f"reversal:{row.id}",
        row.person_id,
        reason,
        row.id,
    )
