"""Post drafts: their entries go into the books of an open month, and from then on they never change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from instruments.charges.entries import Account, Entry, Owed, Terms, entries
from instruments.charges.models import Charge, ChargeShare
from instruments.charges.settings import Settings, settings_of
from instruments.charges.states import DRAFT, LATE, POSTED, WAIVER, WRITE_OFF
from instruments.charges.subsidies import commit_all
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.funds.holding import lock, settle
from instruments.funds.ledger import AccountKey, Transfer, accounts, open_month, post
from instruments.funds.models import Fund
from instruments.funds.sharing import LATER
from instruments.journal.record import entry, record_many

_CHARGE: Any = Charge.__table__
_SHARE: Any = ChargeShare.__table__
_FUND: Any = Fund.__table__
# What is given up stands against an account of its own, not against the lab's income.
AGAINST: Mapping[str, str] = {WAIVER: "waiver", WRITE_OFF: "write_off"}


@dataclass(frozen=True, slots=True)
class _Posting:
    """A charge on its way into the books: its row, its entries, the month of its service, and that of the creditor's books."""

    row: Any
    entries: Sequence[Entry]
    rates: Settings
    served: str
    month: str


def post_charges(charge_ids: Collection[int], now: datetime, actor_id: int | None = None) -> list[int]:
    """Post those of the drafts that nobody posted meanwhile, inside a deed that holds the lock of their institutions.

    The month is that of the service, or the first open one after it. Which were posted. A constant number of statements,
    whatever their number, and a few for each month and book.
    """
    rows = _drafts(charge_ids)
    if not rows:
        return []
    shares = _shares([row.id for row in rows])
    rates = settings_of({row.institution_id for row in rows})
    months = _Months()
    postings = [_posting(row, shares.get(row.id, ()), rates, months) for row in rows]
    funds = {share.fund_id for each in shares.values() for share in each if share.fund_id is not None}
    lock(sorted(funds))
    # The database takes a charge for posted only with its entries.
    _post_entries(postings, months, now, actor_id)
    _mark_posted(postings, now)
    # What is given up late is a fee beside what still stands, of which the hold stays.
    settled = [row for row in rows if row.reservation_id is not None and row.kind != LATE]
    things = {("reservation", row.reservation_id) for row in settled}
    settle(sorted(things), funds, now, actor_id)
    commit_all({row.id: row for row in rows}, now)
    record_many(_told(each, now, actor_id) for each in postings)
    return [row.id for row in rows]


class _Months:
    """The open month for each book and month of service, asked for once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], str] = {}

    def of(self, institution_id: int, wanted: str) -> str:
        key = (institution_id, wanted)
        if key not in self._known:
            self._known[key] = open_month(institution_id, wanted)
        return self._known[key]


def _drafts(charge_ids: Collection[int]) -> Sequence[Any]:
    dialect, charge = db.engine.dialect.name, _CHARGE.c
    asked = (
        select(
            charge.id, charge.kind, charge.reservation_id, charge.lab_id, charge.institution_id, charge.currency,
            charge.service_on, charge.user_id, charge.total_units, charge.reason, charge.use_id, charge.corrects_id,
        )
        .where(
            among(charge.id, dialect), charge.state == DRAFT, charge.waits_for_second.is_(False),
            charge.reverses_id.is_(None),
        )
        .order_by(charge.id)
    )  # fmt: skip
    if dialect == "postgresql":
        asked = asked.with_for_update()
    return db.session.execute(asked, {"numbers": as_parameter(sorted(charge_ids), dialect)}).all()


def _shares(charge_ids: Sequence[int]) -> dict[int, list[Any]]:
    dialect, share = db.engine.dialect.name, _SHARE.c
    asked = (
        select(
            share.charge_id, share.amount_units, share.route, share.taxed, share.fund_id,
            _FUND.c.institution_id.label("books"), share.payer_institution_id, share.payer_person_id,
            share.programme_id,
        )
        .outerjoin(_FUND, _FUND.c.id == share.fund_id)
        .where(among(share.charge_id, dialect), share.role != LATER)
        .order_by(share.charge_id, share.position)
    )  # fmt: skip
    found: dict[int, list[Any]] = {}
    for row in db.session.execute(asked, {"numbers": as_parameter(charge_ids, dialect)}):
        found.setdefault(row.charge_id, []).append(row)
    return found


def _posting(row: Any, shares: Iterable[Any], rates: Mapping[int, Settings], months: _Months) -> _Posting:
    mine = rates[row.institution_id]
    terms = Terms(
        row.institution_id, row.lab_id, row.currency, mine.share_rate, mine.tax_rate, AGAINST.get(row.kind, "lab_income")
    )  # fmt: skip
    made = entries([Owed(*share[1:]) for share in shares], terms)
    served = row.service_on.isoformat()[:7]
    return _Posting(row, made, mine, served, months.of(row.institution_id, served))


def _mark_posted(postings: Sequence[_Posting], now: datetime) -> None:
    """One statement for each month and rates: the database weighs their lines, shares and entries."""
    dialect = db.engine.dialect.name
    groups: dict[tuple[str, int, int], list[int]] = {}
    for each in postings:
        key = (each.month, each.rates.share_rate, each.rates.tax_rate)
        groups.setdefault(key, []).append(each.row.id)
    change = (
        update(_CHARGE)
        .where(among(_CHARGE.c.id, dialect))
        .values(
            state=POSTED, posted_at=now, month=bindparam("in_month"), share_rate=bindparam("by_share"),
            tax_rate=bindparam("by_tax"), version=_CHARGE.c.version + 1,
        )
    )  # fmt: skip
    for (month, share_rate, tax_rate), numbers in groups.items():
        values = {"in_month": month, "by_share": share_rate, "by_tax": tax_rate}
        db.session.execute(change, values | {"numbers": as_parameter(numbers, dialect)})


def _post_entries(postings: Sequence[_Posting], months: _Months, now: datetime, actor_id: int | None) -> None:
    named = {account for each in postings for one in each.entries for account in (one.debit, one.credit)}
    keys = {account: AccountKey(*account) for account in named}
    found = accounts(keys.values())
    known = {account: found[key] for account, key in keys.items()}
    by_month: dict[str, list[Transfer]] = {}
    for each in postings:
        for one in each.entries:
            month = _month(each, one.debit, months)
            transfer = Transfer(
                known[one.debit], known[one.credit], one.units, "charge", ("charge", each.row.id),
                f"charge:{each.row.id}:{one.part}", each.row.user_id, each.row.reason[:300],
            )  # fmt: skip
            by_month.setdefault(month, []).append(transfer)
    for month, transfers in sorted(by_month.items()):
        post(transfers, now, month, actor_id)


def _month(each: _Posting, account: Account, months: _Months) -> str:
    """Each book has its own closed months."""
    if account.institution_id == each.row.institution_id:
        return each.month
    return months.of(account.institution_id, each.served)


def _told(each: _Posting, now: datetime, actor_id: int | None) -> dict[str, Any]:
    row = each.row
    return entry(
        now=now,
        actor_id=actor_id,
        deed="charge.posted",
        thing=("charge", row.id),
        institution_id=row.institution_id,
        lab_id=row.lab_id,
        detail={
            "kind": row.kind,
            "units": row.total_units,
            "currency": row.currency,
            "user_id": row.user_id,
            "month": each.month,
        },
    )
