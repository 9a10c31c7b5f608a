"""How far the journal has been read, so that no entry is skipped and none is told of twice.

PostgreSQL gives out ids before they can be seen: entry 8 may be there while 7 is still being written. So the mark has
two parts. Everything up to `settled_id` has been read and nothing can appear there any more; what comes after it is
read anew at every pass, apart from entries that have notices already. `seen_id` was the newest entry at `seen_at`, and
`seen_horizon` the number of the next transaction then: when every transaction before that number has ended
(and MARGIN has passed, for one that had its id but no number yet), nothing can appear up to `seen_id`, and it is settled.
SQLite has one writer at a time, so that ids appear in order; the margin alone holds there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, exists, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.notices.kinds import DEEDS
from instruments.notices.models import JournalMark, Notice

MARGIN = timedelta(minutes=2)
A_CHUNK = 200
_MARK: Any = JournalMark.__table__


class Pass(NamedTuple):
    """What a pass over the journal knows at its beginning, before it reads: the mark, and what can be seen."""

    settled_id: int
    seen_id: int
    seen_at: datetime
    seen_horizon: int
    newest_id: int
    oldest_running: int
    next_transaction: int


def begin() -> Pass:
    """Look at the mark and the journal. What has ended by now, the reading that follows will see."""
    row = db.session.execute(
        select(_MARK.c.settled_id, _MARK.c.seen_id, _MARK.c.seen_at, _MARK.c.seen_horizon)
    ).first()
    mark = tuple(row) if row else (0, 0, datetime.fromtimestamp(0, UTC), 0)
    newest = db.session.scalar(select(func.max(JournalEntry.id))) or 0
    return Pass(*mark, newest, *_transactions())


def _transactions() -> tuple[int, int]:
    if db.session.get_bind().dialect.name != "postgresql":
        return 0, 0
    snapshot = "pg_current_snapshot()"
    row = db.session.execute(
        text(f"SELECT pg_snapshot_xmin({snapshot})::text::bigint, pg_snapshot_xmax({snapshot})::text::bigint")
    ).one()
    return row[0], row[1]


def chunk(after: int, this: Pass) -> Sequence[Row[Any]]:
    """Entries after an id that nobody was told of yet, of the deeds that some kind hears of, oldest first."""
    entry = JournalEntry
    return db.session.execute(
        select(
            entry.id, entry.at, entry.actor_id, entry.deed, entry.thing_kind, entry.thing_id, entry.lab_id,
            entry.institution_id, entry.detail,
        )
        .where(
            entry.id > after,
            entry.id <= this.newest_id,
            entry.deed.in_(DEEDS),
            ~exists().where(Notice.journal_id == entry.id),
        )
        .order_by(entry.id)
        .limit(A_CHUNK)
    ).all()  # fmt: skip


def settle(this: Pass, now: datetime) -> None:
    """At the end of a pass, inside a deed: move the mark as far as is safe. Another worker's newer mark stays."""
    seen = {"seen_id": this.newest_id, "seen_at": now, "seen_horizon": this.next_transaction}
    insert = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[db.session.get_bind().dialect.name]
    db.session.execute(insert(_MARK).values(id=1).on_conflict_do_nothing())
    if now - this.seen_at < MARGIN or this.seen_horizon > this.oldest_running:
        return
    db.session.execute(
        update(_MARK)
        .where(_MARK.c.seen_id == this.seen_id, _MARK.c.seen_at == this.seen_at)
        .values(settled_id=this.seen_id, **seen)
    )


def backlog(now: datetime) -> tuple[int, int]:
    """How many entries that some kind hears of no pass has come to the end of, and for how many seconds the oldest waits.

    A worker that has ended shows here. What tells nobody counts, too, until the mark has passed it: some three minutes.
    """
    entry = JournalEntry
    seen_id = db.session.scalar(select(_MARK.c.seen_id)) or 0
    count, oldest = db.session.execute(
        select(func.count(), func.min(entry.at)).where(
            entry.id > seen_id, entry.deed.in_(DEEDS), ~exists().where(Notice.journal_id == entry.id)
        )
    ).one()
    return count, int((now - oldest).total_seconds()) if oldest else 0
