"""Thousands of row numbers as one parameter of a statement, so that it is prepared once and never too long."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Text, bindparam, func, literal_column, select


def among(column: Any, dialect: str, name: str = "numbers") -> ColumnElement[bool]:
    """Whether a column is one of the numbers in the parameter `name` (see `as_parameter`)."""
    if dialect == "postgresql":
        return column == func.any(bindparam(name, type_=ARRAY(BigInteger)))
    return column.in_(
        select(literal_column("value")).select_from(func.json_each(bindparam(name, type_=Text)))
    )


def as_parameter(numbers: Collection[int], dialect: str) -> Any:
    """The value of the parameter for `among`."""
    return list(numbers) if dialect == "postgresql" else str(list(numbers))
