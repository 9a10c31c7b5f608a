"""What a list that was brought would do, in a few letters: taking it over names what was seen, so that nothing else is done."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from instruments.errors import N_, Reason, Stale
from instruments.qualifications.list_reading import heads_unread
from instruments.qualifications.models import BroughtList

_OF_A_ROW = 4


def version_of(kept: BroughtList, rows: Sequence[Any]) -> str:
    """Everything that a list would do, and that it was taken over; the reasons follow from the rest. rows: as checked now."""
    whole = [kept.taken_at and kept.taken_at.timestamp(), heads_unread(kept.rows), *map(_said, rows)]
    return _digest(whole, 12)


def seen_of(kept: BroughtList, rows: Sequence[Any]) -> str:
    """The same for a page: with a few letters for each row, so that the next page can say which are different."""
    return ".".join([version_of(kept, rows), "".join(map(_letters, rows))])


def different(rows: Sequence[Any], seen: str) -> set[int]:
    """The numbers of the rows that would do something else than when a page was `seen`."""
    letters = seen.partition(".")[2]
    parts = [letters[start : start + _OF_A_ROW] for start in range(0, len(rows) * _OF_A_ROW, _OF_A_ROW)]
    return {row.row for row, part in zip(rows, parts, strict=True) if _letters(row) != part}


def require_as_seen(kept: BroughtList, rows: Sequence[Any], seen: str | None) -> None:
    """Raises Stale where a list would do something else than was seen; None: whatever it does. To be asked under the locks of
    the people."""
    if seen is not None and seen.partition(".")[0] != version_of(kept, rows):
        sentence = N_(
            "What this list would do has changed since you looked; nothing was taken over. Look at it again."
        )
        raise Stale([Reason("stale", None, sentence)])


def _letters(row: Any) -> str:
    return _digest(_said(row), _OF_A_ROW // 2)


def _said(row: Any) -> dict[str, Any]:
    return {each.name: getattr(row, each.name) for each in fields(row) if each.name != "reasons"}


def _digest(said: object, size: int) -> str:
    return hashlib.blake2b(repr(said).encode("utf-8", "backslashreplace"), digest_size=size).hexdigest()
