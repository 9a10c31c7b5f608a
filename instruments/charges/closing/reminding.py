"""Remind payers of overdue statements, each step once, until they are paid or in dispute; and list who is late."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite

from instruments.charges.closing.letterheads import details
from instruments.charges.closing.reminder_steps import next_on, step_now, steps_of
from instruments.charges.closing.standing import Standing, standings
from instruments.charges.closing_models import Statement
from instruments.charges.payment_models import PaymentMatch, StatementReminder
from instruments.charges.settings import lock_books
from instruments.charges.wall import today_at
from instruments.database import db
from instruments.funds.programme_models import ProgrammeRow
from instruments.journal.record import entry, record_many

_STATEMENT: Any = Statement.__table__
_MATCH: Any = PaymentMatch.__table__
_REMINDER: Any = StatementReminder.__table__
AT_ONCE = 500
PAYER = ("payer_institution_id", "payer_person_id", "payer_group_id", "programme_id")


@dataclass(frozen=True, slots=True)
class Late:
    """An overdue statement: what is late of it in minor units, since how many days, when its payer was reminded, and is next.

    step: that of which its payer is to be reminded now.
    """

    statement: Any
    units: int
    days: int
    reminded: tuple[date, ...]
    next_on: date | None
    step: int | None


def creditors_of_late(now: datetime) -> Sequence[int]:
    """The institutions with statements whose day has passed and that are not paid."""
    asked = (
        select(_STATEMENT.c.creditor_id).where(*_unpaid(now)).distinct().order_by(_STATEMENT.c.creditor_id)
    )
    return db.session.scalars(asked).all()


def _unpaid(now: datetime) -> list[Any]:
    """The conditions of a statement that is past its day, wherever its wall is, and not paid in full."""
    one, match = _STATEMENT.c, _MATCH.c
    paid = (
        select(func.coalesce(func.sum(match.amount_units), 0))
        .where(match.statement_id == one.id, match.undone_at.is_(None))
        .scalar_subquery()
    )
    return [one.issued, one.due_units > 0, one.due_on <= now.date() + timedelta(days=1), one.due_units > paid]


def late_of(
    institution_id: int, now: datetime, after: int = 0, limit: int = AT_ONCE
) -> tuple[list[Late], int | None]:
    """An institution's overdue statements in the order of their numbers, and after which one it goes on, if it does.

    What is in dispute is not late. A constant number of statements of SQL, however many there are.
    """
    one = _STATEMENT.c
    asked = select(_STATEMENT).where(one.creditor_id == institution_id, one.id > after, *_unpaid(now))
    rows = db.session.execute(asked.order_by(one.id).limit(limit)).all()
    today = today_at(institution_id, now)
    at, sent = standings(rows), reminders_of([row.id for row in rows])
    steps = steps_of(details(institution_id).reminder_days)
    own = set(
        db.session.scalars(select(ProgrammeRow.id).where(ProgrammeRow.institution_id == institution_id))
    )
    found = [
        _late(row, at[row.id], sent.get(row.id, []), steps, today, row.programme_id in own)
        for row in rows
        if at[row.id].overdue(today)
    ]
    return found, rows[-1].id if len(rows) == limit else None


def _late(
    row: Any, at: Standing, sent: Sequence[Any], steps: Sequence[int], today: date, is_own: bool
) -> Late:
    """is_own: a programme of the institution itself bears it, and nobody is reminded."""
    taken = {each.step for each in sent}
    step = None if is_own else step_now(row.due_on, today, steps, taken)
    following = today if step is not None else next_on(row.due_on, today, steps)
    return Late(
        row, at.overdue(today), (today - row.due_on).days, tuple(each.reminded_on for each in sent),
        None if is_own else following, step,
    )  # fmt: skip


def reminders_of(statement_ids: Collection[int]) -> dict[int, list[Any]]:
    """By statement, when its payer was reminded: rows (statement_id, reminded_on, overdue_units, step), the oldest first."""
    one = _REMINDER.c
    found: dict[int, list[Any]] = {}
    asked = select(_REMINDER).where(one.statement_id.in_(statement_ids))
    for row in db.session.execute(asked.order_by(one.statement_id, one.step)):
        found.setdefault(row.statement_id, []).append(row)
    return found


def remind(institution_id: int, now: datetime, after: int = 0) -> tuple[int, int | None]:
    """Remind the payers of an institution whose next step has come, inside a deed: how many, and after which it goes on.

    Under the lock of the books, so that a payment of the same moment is seen or comes after. Again changes nothing: the
    database keeps one reminder for a statement and step.
    """
    lock_books([institution_id])
    found, following = late_of(institution_id, now, after)
    today = today_at(institution_id, now)
    due = {each.statement.id: (each, each.step) for each in found if each.step is not None}
    made = _insert([
        {"statement_id": number, "reminded_on": today, "overdue_units": late.units, "step": step}
        for number, (late, step) in due.items()
    ])  # fmt: skip
    record_many(_told(*due[number], now) for number in made)
    return len(made), following


def _insert(rows: Sequence[dict[str, Any]]) -> list[int]:
    if not rows:
        return []
    maker = insert_on_sqlite if db.engine.dialect.name == "sqlite" else insert_on_postgresql
    asked = maker(_REMINDER).on_conflict_do_nothing().returning(_REMINDER.c.statement_id)
    return sorted(db.session.scalars(asked, list(rows)))


def _told(late: Late, step: int, now: datetime) -> dict[str, Any]:
    row = late.statement
    return entry(
        now=now, actor_id=None, deed="statement.reminded", thing=("statement", row.id), institution_id=row.creditor_id,
        detail={
            "month": row.month, "units": late.units, "currency": row.currency, "due_on": row.due_on.isoformat(),
            "step": step,
        } | {name: getattr(row, name) for name in PAYER},
    )  # fmt: skip
