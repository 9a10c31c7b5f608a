"""The mails that are due: claimed by one worker at a time, done, or put off. The rows outlive any worker.

A claim lasts for LEASE; a worker that dies loses it, and the next sweep sends. The one gap that no program can close:
killed after the mail server took the letter and before that was committed, the letter goes out once more, under the same
Message-ID, by which receivers fold it. Nothing is done between the two but the commit.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, func, or_, select, update

from instruments.database import db
from instruments.notices.models import NoticeDelivery

LEASE = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=1)
# A letter that the server keeps putting off is given up after about three days of trying.
MOST_REFUSALS = 80
MOST_DOUBLINGS = 6
_DELIVERY: Any = NoticeDelivery.__table__


class Claim(NamedTuple):
    """A mail that this worker may send now; attempt names the claim, so that a worker that lost it changes nothing."""

    delivery_id: int
    notice_id: int
    attempt: int


def claim(now: datetime) -> Claim | None:
    """Take the mail that has waited longest, inside a deed; None when nothing is due."""
    one = _DELIVERY.c
    due = or_(
        and_(one.state == "due", one.next_at <= now), and_(one.state == "sending", one.lease_until <= now)
    )
    row = db.session.execute(
        select(one.id, one.notice_id, one.attempts)
        .where(due)
        .order_by(one.next_at, one.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    taken = db.session.execute(
        update(_DELIVERY)
        .where(one.id == row.id, one.attempts == row.attempts, due)
        .values(state="sending", attempts=row.attempts + 1, lease_until=now + LEASE)
    )
    took = taken.rowcount  # type: ignore[attr-defined]  # an UPDATE has it; the stub says Result
    return Claim(row.id, row.notice_id, row.attempts + 1) if took else None


def note_sent(claimed: Claim, now: datetime) -> None:
    """The mail server has it."""
    _note(claimed, state="sent", done_at=now, failure="", lease_until=None)


def note_failed(claimed: Claim, why: str, now: datetime) -> None:
    """It will never be sent: refused for good, or nobody to send it to."""
    _note(claimed, state="failed", done_at=now, failure=why[:300], lease_until=None)


def put_off(claimed: Claim, why: str, now: datetime, *, refused: bool) -> None:
    """Try again later, after a longer wait each time. refused: by a server that answers, which ends some day."""
    if refused and claimed.attempt >= MOST_REFUSALS:
        note_failed(claimed, why, now)
        return
    _note(
        claimed, state="due", next_at=now + wait_after(claimed.attempt), failure=why[:300], lease_until=None
    )


def wait_after(attempt: int) -> timedelta:
    """One minute after the first attempt, twice as long after each more, an hour at most."""
    return min(timedelta(minutes=1 << min(attempt - 1, MOST_DOUBLINGS)), LONGEST_WAIT)


def _note(claimed: Claim, **values: Any) -> None:
    one = _DELIVERY.c
    db.session.execute(
        update(_DELIVERY)
        .where(one.id == claimed.delivery_id, one.attempts == claimed.attempt, one.state == "sending")
        .values(**values)
    )


def backlog(now: datetime) -> tuple[int, int]:
    """How many mails wait, and for how many seconds the oldest has."""
    one = NoticeDelivery
    count, oldest = db.session.execute(
        select(func.count(), func.min(one.made_at)).where(one.state.in_(("due", "sending")))
    ).one()
    return count, int((now - oldest).total_seconds()) if oldest else 0
