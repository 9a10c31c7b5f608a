"""The mails that are due: claimed by one worker at a time, handed over, done, or put off. The rows outlive any worker.

A claim lasts for LEASE. A worker that dies before it hands the letter's content over loses the claim, and the next sweep
sends. Handing over is committed before the first byte of the content: whoever dies, or is cut off, between this and the
note of the answer leaves a letter of which nobody can know whether it went out. It is in doubt, and only a person sends it
again (doubtful.py).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, func, or_, select, update

from instruments.database import db
from instruments.mail.server import ANSWER_SECONDS
from instruments.notices.models import Notice, NoticeDelivery

# Longer than the mail server is given to answer, so that a doubt is not raised while the answer may still come.
LEASE = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=1)
# A letter that the server keeps putting off is given up after about three days of trying.
MOST_REFUSALS = 80
MOST_DOUBLINGS = 6
# A server that takes letters and does not answer would put one after another in doubt: after each the next waits longer.
LOOK_BACK = timedelta(hours=6)
SLOW, LONGEST_ANSWER = timedelta(seconds=10), timedelta(seconds=ANSWER_SECONDS)
NO_ANSWER = "no answer"
IN_HAND = ("sending", "handed", "doubtful")
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


def hand_over(claimed: Claim, now: datetime) -> bool:
    """Note, inside a deed, that the content goes out now; False for a claim that ran out or was lost: then it must not."""
    one = _DELIVERY.c
    values = {"state": "handed", "handed_at": now, "lease_until": now + LEASE}
    return _change(claimed, ("sending",), values, one.lease_until > now)


def note_sent(claimed: Claim, now: datetime) -> None:
    """The mail server has it. True as well of a letter in doubt that somebody wants to send again: it need not be."""
    values = {"state": "sent", "done_at": now, "failure": "", "lease_until": None}
    _change(claimed, (*IN_HAND, "due"), values)


def note_failed(claimed: Claim, why: str, now: datetime) -> bool:
    """It will never be sent: there is nothing to say any more, or nobody to send it to. Whether this claim still held."""
    values = {"state": "failed", "done_at": now, "failure": why[:300], "lease_until": None}
    return _change(claimed, IN_HAND, values)


def note_refused(claimed: Claim, why: str, now: datetime) -> None:
    """The mail server will never take it: it has not come, and is told in the app."""
    if note_failed(claimed, why, now):
        _show_in_app([claimed.notice_id])


def note_doubtful(claimed: Claim, why: str, now: datetime) -> None:
    """It was handed over, and the connection broke or was silent: it is never sent again by itself."""
    values = {"state": "doubtful", "done_at": now, "failure": why[:300] or NO_ANSWER, "lease_until": None}
    if _change(claimed, ("handed",), values):
        _show_in_app([claimed.notice_id])


def doubt_unanswered(now: datetime) -> int:
    """Put in doubt, inside a deed, what was handed over by workers that never came back; how many."""
    one = _DELIVERY.c
    ids = db.session.scalars(
        update(_DELIVERY)
        .where(one.state == "handed", one.lease_until <= now)
        .values(state="doubtful", done_at=now, failure="", lease_until=None)
        .returning(one.notice_id)
    ).all()
    if ids:
        _show_in_app(ids)
    return len(ids)


def _show_in_app(notice_ids: Collection[int]) -> None:
    """Who wished to be told by mail alone finds it under the bell as well: the mail did not come, or may not have."""
    db.session.execute(update(Notice).where(Notice.id.in_(notice_ids), ~Notice.in_app).values(in_app=True))


def put_off(claimed: Claim, why: str, now: datetime, *, refused: bool) -> None:
    """Try again later, after a longer wait each time. refused: by a server that answers, which ends some day."""
    if refused and claimed.attempt >= MOST_REFUSALS:
        note_refused(claimed, why, now)
        return
    next_at = now + wait_after(claimed.attempt)
    values = {"state": "due", "next_at": next_at, "failure": why[:300], "lease_until": None, "done_at": None}
    _change(claimed, IN_HAND, values)


def wait_after(attempt: int) -> timedelta:
    """One minute after the first attempt, twice as long after each more, an hour at most."""
    return min(timedelta(minutes=1 << min(attempt - 1, MOST_DOUBLINGS)), LONGEST_WAIT)


def rests(now: datetime) -> bool:
    """Whether the mail server is left alone for now: it does not answer whoever handed a letter over, or lately did not.

    What workers left that were killed says nothing of the server. One statement.
    """
    one = _DELIVERY.c
    cut_off = and_(one.state == "doubtful", one.failure != "", one.handed_at > now - LOOK_BACK)
    slow = and_(one.state == "handed", one.handed_at <= now - SLOW, one.handed_at > now - LONGEST_ANSWER)
    rows = db.session.execute(select(one.state, one.done_at).where(or_(cut_off, slow))).all()
    doubts = [row.done_at for row in rows if row.state == "doubtful"]
    return len(rows) > len(doubts) or bool(doubts) and now < max(doubts) + wait_after(len(doubts))


def _change(claimed: Claim, states: Collection[str], values: Mapping[str, Any], *further: Any) -> bool:
    """Change the delivery if this claim is still its last one."""
    one = _DELIVERY.c
    mine = (one.id == claimed.delivery_id, one.attempts == claimed.attempt, one.state.in_(states))
    done = db.session.execute(update(_DELIVERY).where(*mine, *further).values(**values))
    return bool(done.rowcount)


def backlog(now: datetime) -> tuple[int, int]:
    """How many mails wait, and for how many seconds the oldest has."""
    one = NoticeDelivery
    count, oldest = db.session.execute(
        select(func.count(), func.min(one.made_at)).where(one.state.in_(("due", "sending", "handed")))
    ).one()
    return count, int((now - oldest).total_seconds()) if oldest else 0
