"""Change a row only as it was when the reader opened it."""

from __future__ import annotations

from typing import Protocol, TypeVar

from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Stale


class Versioned(Protocol):
    """A row that counts its changes."""

    version: int


Row = TypeVar("Row", bound=Versioned)


def locked(kind: type[Row], row_id: int, version: int | None) -> Row:
    """The row, locked for this deed and with its version raised; Stale if it is no longer at `version`.

    The lock (FOR NO KEY UPDATE) lets others go on adding what belongs to the row: an import that fills a lab
    while the lab is being renamed would else wait for it, holding what the renaming waits for.
    """
    lock = {"key_share": True}
    row = db.session.get(kind, row_id, with_for_update=lock, populate_existing=True)
    if row is None:
        raise NotFound([Reason("not_found", None, N_("This no longer exists."))])
    if row.version != version:
        sentence = N_("Somebody changed this after you opened it. Open it again to see what is there now.")
        raise Stale([Reason("stale", None, sentence)])
    row.version += 1
    return row


def changes(row: object, values: dict[str, object]) -> dict[str, list[object]]:
    """Set the columns and tell what changed, {column: [before, after]}, fit for the journal."""
    found: dict[str, list[object]] = {}
    for column, value in values.items():
        before = getattr(row, column)
        if before != value:
            found[column] = [_plain(before), _plain(value)]
            setattr(row, column, value)
    return found


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)
