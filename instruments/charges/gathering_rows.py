"""Rows of a statement for many numbers at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from instruments.database import db
from instruments.database.numbers import among, as_parameter


def rows_among(statement: Any, column: Any, numbers: Collection[int]) -> Sequence[Any]:
    """The rows of a statement whose column is one of the numbers; none without a statement where there are none."""
    if not numbers:
        return ()
    dialect = db.engine.dialect.name
    return db.session.execute(
        statement.where(among(column, dialect)), {"numbers": as_parameter(sorted(numbers), dialect)}
    ).all()
