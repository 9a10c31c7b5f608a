"""The answer to a dispute that takes off more than one person may alone: it waits, as a credit, for a second person.

It is kept where everything else waits that needs two: a draft about the disputed charge, which the payer sees, and of which a
second person agrees or not. The dispute stays open until then, so that it goes up to the institution in its time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from instruments.charges.entered import draft_of
from instruments.charges.models import Charge
from instruments.charges.states import CREDIT
from instruments.charges.writing import write
from instruments.database import db
from instruments.money import Money

_CHARGE: Any = Charge.__table__
# The key of such a draft is this and the number of its dispute: so each has at most one.
KEY = "answer:"


def propose(charge: Any, dispute_id: int, less: Money, said: str, actor_id: int, now: datetime) -> int:
    """Keep an answer until a second person agrees, inside a deed; the number of the draft that says so."""
    draft = draft_of(charge, CREDIT, less, said, actor_id, True)
    values: Mapping[str, Any] = {**draft.values, "key": f"{KEY}{dispute_id}"}
    return write([replace(draft, values=values)], now)[0]


def waiting_answer(dispute_id: int) -> Any:
    """The draft of the answer to a dispute that waits for a second person; None for none."""
    return db.session.execute(select(_CHARGE).where(_CHARGE.c.key == f"{KEY}{dispute_id}")).first()


def forget(dispute_id: int) -> None:
    """Drop the answer that waits, if one does, inside a deed."""
    db.session.execute(delete(_CHARGE).where(_CHARGE.c.key == f"{KEY}{dispute_id}"))


def dispute_of(row: Any) -> int | None:
    """Which dispute a draft answers; None for any other charge."""
    return int(row.key.removeprefix(KEY)) if row.key.startswith(KEY) else None


def is_answer(charge: Any) -> ColumnElement[bool]:
    """The condition that a charge is such a draft."""
    found: ColumnElement[bool] = charge.key.like(f"{KEY}%")
    return found
