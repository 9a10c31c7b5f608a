"""Read the ledger: what stands on accounts, the history of one, and the trial balance of an institution's month."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, case, func, or_, select

from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.funds.ledger_models import ClosedMonth, LedgerAccount, LedgerSum, LedgerTransfer
from instruments.funds.models import Fund
from instruments.funds.programme_models import ProgrammeRow
from instruments.people.models import Institution, Lab, Person

_ACCOUNT: Any = LedgerAccount.__table__
_SUM: Any = LedgerSum.__table__
_TRANSFER: Any = LedgerTransfer.__table__


def balances(account_ids: Collection[int]) -> dict[int, int]:
    """What stands on these accounts, in minor units: debits less credits; 0 where nothing is. One statement."""
    dialect, one = db.engine.dialect.name, _SUM.c
    rows = db.session.execute(
        select(one.account_id, func.sum(one.debits - one.credits))
        .where(among(one.account_id, dialect))
        .group_by(one.account_id),
        {"numbers": as_parameter(sorted(account_ids), dialect)},
    )
    return dict.fromkeys(account_ids, 0) | {number: int(units) for number, units in rows}


class Posting(NamedTuple):
    """One line of an account's history: units above zero where it was debited; other: the account on the other side."""

    id: int
    posted_at: Any
    month: str
    kind: str
    thing_kind: str
    thing_id: int
    person_id: int | None
    made_by_id: int | None
    reason: str
    reverses_id: int | None
    reversed_by_id: int | None
    other_id: int
    units: int


def history(
    account_id: int, before: int | None = None, most: int = 50, thing: tuple[str, int] | None = None
) -> list[Posting]:
    """What was posted on an account, newest first; before: the number of a transfer; thing: only what it is for."""
    transfer, second = _TRANSFER.c, _TRANSFER.alias()
    is_debit = transfer.debit_id == account_id
    found = (
        select(
            transfer.id, transfer.posted_at, transfer.month, transfer.kind, transfer.thing_kind, transfer.thing_id,
            transfer.person_id, transfer.made_by_id, transfer.reason, transfer.reverses_id,
            second.c.id.label("reversed_by_id"),
            case((is_debit, transfer.credit_id), else_=transfer.debit_id).label("other_id"),
            case((is_debit, transfer.amount_units), else_=-transfer.amount_units).label("units"),
        )
        .outerjoin(second, second.c.reverses_id == transfer.id)
        .where(or_(is_debit, transfer.credit_id == account_id))
        .order_by(transfer.id.desc())
        .limit(most)
    )  # fmt: skip
    if before is not None:
        found = found.where(transfer.id < before)
    if thing is not None:
        found = found.where(transfer.thing_kind == thing[0], transfer.thing_id == thing[1])
    return [Posting(*row) for row in db.session.execute(found)]


def of_thing(thing: tuple[str, int]) -> Sequence[Row[Any]]:
    """Every transfer that is for a thing, oldest first: rows (the transfer's columns)."""
    transfer = _TRANSFER.c
    return db.session.execute(
        select(_TRANSFER)
        .where(transfer.thing_kind == thing[0], transfer.thing_id == thing[1])
        .order_by(transfer.id)
    ).all()


class Line(NamedTuple):
    """One account in a trial balance, in minor units: brought forward, debits and credits of the month, and the end."""

    account_id: int
    kind: str
    currency: str
    before: int
    debits: int
    credits: int

    @property
    def after(self) -> int:
        """What stands on it at the month's end."""
        return self.before + self.debits - self.credits


def trial_balance(institution_id: int, month: str) -> list[Line]:
    """Every account of an institution on which something stands or was posted that month, by currency and kind.

    Of each currency, what was brought forward adds up to zero, and debits to credits. One statement.
    """
    account, one = _ACCOUNT.c, _SUM.c
    rows = db.session.execute(
        select(
            account.id, account.kind, account.currency, _sum_if(one.month < month, one.debits - one.credits),
            _sum_if(one.month == month, one.debits), _sum_if(one.month == month, one.credits),
        )
        .join(_SUM, one.account_id == account.id)
        .where(account.institution_id == institution_id, one.month <= month)
        .group_by(account.id, account.kind, account.currency)
        .order_by(account.currency, account.kind, account.id)
    )  # fmt: skip
    lines = [
        Line(number, kind, currency, int(before), int(debits), int(credited))
        for number, kind, currency, before, debits, credited in rows
    ]
    return [line for line in lines if line.before or line.debits or line.credits]


def _sum_if(condition: ColumnElement[bool], units: ColumnElement[int]) -> ColumnElement[int]:
    return func.sum(case((condition, units), else_=0))


def described(account_ids: Collection[int]) -> dict[int, Row[Any]]:
    """By account, what it is about: rows (id, kind, institution_id, currency, fund_id, lab_id, and the names of the fund,
    lab, payer or programme as about_en, about_zh). One statement."""
    account, payer, person = LedgerAccount, Institution, Person
    rows = db.session.execute(
        select(
            account.id, account.kind, account.institution_id, account.currency, account.fund_id, account.lab_id,
            account.payer_institution_id, account.programme_id, Fund.code,
            payer.name_en.label("payer_en"), payer.name_zh.label("payer_zh"),
            _first(Fund.name_en, Lab.name_en, payer.name_en, person.name_en, ProgrammeRow.name_en).label("about_en"),
            _first(Fund.name_zh, Lab.name_zh, payer.name_zh, person.name_zh, ProgrammeRow.name_zh).label("about_zh"),
        )
        .outerjoin(Fund, Fund.id == account.fund_id)
        .outerjoin(Lab, Lab.id == account.lab_id)
        .outerjoin(payer, payer.id == account.payer_institution_id)
        .outerjoin(person, person.id == account.payer_person_id)
        .outerjoin(ProgrammeRow, ProgrammeRow.id == account.programme_id)
        .where(account.id.in_(account_ids))
    )  # fmt: skip
    return {row.id: row for row in rows}


def _first(*columns: Any) -> Any:
    return func.coalesce(*columns, "")


def months(institution_id: int) -> list[str]:
    """The months in which something was posted in these books, newest first."""
    asked = select(_SUM.c.month).join(_ACCOUNT, _ACCOUNT.c.id == _SUM.c.account_id)
    found = asked.where(_ACCOUNT.c.institution_id == institution_id).distinct()
    return list(db.session.scalars(found.order_by(_SUM.c.month.desc())))


def closed_months(institution_id: int) -> set[str]:
    """The months into which nothing is posted any more."""
    return set(
        db.session.scalars(select(ClosedMonth.month).where(ClosedMonth.institution_id == institution_id))
    )
