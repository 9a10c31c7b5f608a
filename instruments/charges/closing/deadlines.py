"""Note on each charge until when it can be disputed: the due date of its statement, of several the last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update

from instruments.charges.closing_models import Closing, Statement, StatementLine
from instruments.charges.models import Charge
from instruments.database import db

_CHARGE: Any = Charge.__table__
_STATEMENT: Any = Statement.__table__
_LINE: Any = StatementLine.__table__
_CLOSING: Any = Closing.__table__
LATELY = timedelta(days=3)


def note_deadlines(closing_id: int) -> int:
    """Note it on every charge of a closing that is issued, inside a deed; how many were noted. Again changes nothing.

    It stands apart from issuing: a month is issued without waiting for it, and until then the statement itself is asked.
    """
    charge, line, statement = _CHARGE.c, _LINE.c, _STATEMENT.c
    on_it = (
        select(line.charge_id)
        .join(_STATEMENT, statement.id == line.statement_id)
        .where(statement.closing_id == closing_id, statement.issued)
    )
    last = (
        select(func.max(statement.due_on))
        .join(_LINE, line.statement_id == statement.id)
        .where(line.charge_id == charge.id, statement.issued)
        .scalar_subquery()
    )
    found = db.session.execute(
        update(_CHARGE)
        .where(charge.id.in_(on_it), or_(charge.disputable_until.is_(None), charge.disputable_until < last))
        .values(disputable_until=last)
    )
    return int(found.rowcount)


def lately_issued(now: datetime) -> Sequence[int]:
    """Closings that were issued in the last days, in order."""
    closing = _CLOSING.c
    asked = select(closing.id).where(closing.state == "issued", closing.issued_at >= now - LATELY)
    return db.session.scalars(asked.order_by(closing.id)).all()
