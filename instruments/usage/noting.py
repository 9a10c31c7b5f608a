"""Note in the journal what reports began and what they changed: once for all that one reporter tells in a row."""

from __future__ import annotations

from datetime import datetime

from instruments.journal.record import history
from instruments.usage.keeping import note_use, settled
from instruments.usage.kinds import CONFIRMED
from instruments.usage.lookup import use_again
from instruments.usage.settling import Settled
from instruments.usage.settling_uses import same_hours

BEGUN, CHANGED, CAME_LATE = "reported", "reports_changed", "reported_late"


def note_begun(use_id: int, now: datetime, actor_id: int | None, reporter: str | None) -> None:
    """Note that a report is the first to bear witness of a use."""
    note_use(use_again(use_id), BEGUN, now, actor_id, **_named(reporter))


def note_changed(
    use_id: int, before: Settled, now: datetime, actor_id: int | None, reporter: str | None
) -> None:
    """Note that reports changed what is known of a use that was there before. before: its hours till now; reporter: None where
    nothing was reported, and what was reported proved to be another's.

    A meter may report every minute: what it goes on telling is part of what was noted last.
    """
    if same_hours(before, settled(use_id, now)):
        return
    row = use_again(use_id)
    deed = CAME_LATE if row.state == CONFIRMED else CHANGED
    if not _goes_on(use_id, deed, actor_id, reporter):
        note_use(row, deed, now, actor_id, **_named(reporter))


def _goes_on(use_id: int, deed: str, actor_id: int | None, reporter: str | None) -> bool:
    """Whether the last that happened to the use is that the same reporter told of it, under the same account."""
    same = {f"use.{deed}", *([f"use.{BEGUN}"] if deed == CHANGED else [])}
    last = history("use", use_id, 1)
    if not last or last[0].deed not in same:
        return False
    return (last[0].actor_id, last[0].detail.get("reporter")) == (actor_id, reporter)


def _named(reporter: str | None) -> dict[str, str]:
    return {} if reporter is None else {"reporter": reporter}
