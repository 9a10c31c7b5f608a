"""How institutions charge, and the lock under which each posts: shares, tax, the limit above which two are needed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite

from instruments.charges.dispute_models import ANSWER_DAYS, SECOND_ABOVE, ChargingSettings
from instruments.database import db

_SETTINGS: Any = ChargingSettings.__table__


@dataclass(frozen=True, slots=True)
class Settings:
    """Rates in hundredths of a percent, a limit in minor units, and days; version 0 where nothing was ever set."""

    share_rate: int = 0
    tax_rate: int = 0
    second_above_units: int = SECOND_ABOVE
    answer_days: int = ANSWER_DAYS
    version: int = 0


def settings_of(institution_ids: Collection[int]) -> dict[int, Settings]:
    """How each institution charges. One statement."""
    one = _SETTINGS.c
    found = dict.fromkeys(institution_ids, Settings())
    rows = db.session.execute(select(_SETTINGS).where(one.institution_id.in_(sorted(set(institution_ids)))))
    for row in rows:
        found[row.institution_id] = Settings(
            row.share_rate, row.tax_rate, row.second_above_units, row.answer_days, row.version
        )
    return found


def lock_books(institution_ids: Collection[int]) -> None:
    """Take the lock under which charges of these institutions are made and posted: before those on funds, ascending.

    Two who charge the same at the same moment wait for one another here. SQLite has one writer, who holds the lock already.
    """
    numbers = sorted(set(institution_ids))
    if not numbers:
        return
    on_sqlite = db.engine.dialect.name == "sqlite"
    insert = insert_on_sqlite if on_sqlite else insert_on_postgresql
    db.session.execute(
        insert(_SETTINGS).on_conflict_do_nothing(), [{"institution_id": number} for number in numbers]
    )
    if not on_sqlite:
        mine = select(_SETTINGS.c.institution_id).where(_SETTINGS.c.institution_id.in_(numbers))
        db.session.execute(mine.order_by(_SETTINGS.c.institution_id).with_for_update())
