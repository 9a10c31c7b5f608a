"""Lists by cursor: the next page begins after the last row of this one, so that nothing shifts between pages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import orjson

from instruments.errors import N_, Reason, Refusal

MOST = 200
Row = TypeVar("Row")


def encode(values: list[Any]) -> str:
    """A cursor that holds the sort values of a page's last row."""
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def page(
    rows: Sequence[Row], most: int, place: Callable[[Row], list[Any]]
) -> tuple[Sequence[Row], str | None]:
    """The rows of a page, and the cursor of the page that follows, None after the last one.

    rows: one more than `most`, where there are so many; place: the sort values of a row, as its list is ordered by them.
    """
    shown = rows[:most]
    return shown, encode(place(shown[-1])) if len(rows) > most else None


def decode(cursor: str | None, kinds: tuple[type, ...]) -> list[Any] | None:
    """The values of a cursor, of these types; None without one. A foreign cursor is refused."""
    if not cursor:
        return None
    try:
        values = orjson.loads(
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        )
    except (binascii.Error, ValueError):
        values = None
    fits = isinstance(values, list) and len(values) == len(kinds)
    if not fits or any(type(value) is not kind for value, kind in zip(values, kinds, strict=True)):
        raise Refusal(
            [Reason("cursor", "cursor", N_("This page address does not hold. Start from the first page."))]
        )
    return values
