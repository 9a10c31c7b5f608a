"""Slow down guessing: tries to sign in are rows, and too many of them make a pause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update

from instruments.database import db
from instruments.errors import N_, Reason, TooMany
from instruments.people.models import SignInAttempt

PAUSE = timedelta(minutes=15)
# Wrong tries within the pause's length: by one address for one mail; for one mail from everywhere (so that a stranger
# elsewhere does not keep the owner out at once); by one address for any mail (a campus may share one).
TRIES = 5
TRIES_FOR_MAIL = 25
TRIES_FROM_ADDRESS = 60


def begin(mail: str, address: str, now: datetime) -> int:
    """Note a try before it is judged, as failed until `succeed`; its id. Raises TooMany during a pause."""
    refuse_in_pause(mail, address, now)
    attempt = SignInAttempt(mail=mail, address=address, at=now, succeeded=False)
    db.session.add(attempt)
    db.session.flush()
    return attempt.id


def refuse_in_pause(mail: str, address: str, now: datetime, spare: int = 0) -> None:
    """Raise TooMany if a limit is reached; spare: tries beyond it that still pass (one's own, already noted)."""
    attempt = SignInAttempt
    limits = (
        (TRIES, (attempt.mail == mail, attempt.address == address)),
        (TRIES_FOR_MAIL, (attempt.mail == mail,)),
        (TRIES_FROM_ADDRESS, (attempt.address == address,)),
    )
    ends = [
        pause_end(_failures(now - 2 * PAUSE, most + spare, *of_whom), most + spare, now)
        for most, of_whom in limits
    ]
    end = max((each for each in ends if each), default=None)
    if end:
        sentence = N_("Too many tries. You can try again in %(left)s, or set a new password by mail.")
        left = max(end - now, timedelta(minutes=1))
        raise TooMany(
            [Reason("sign_in_pause", "password", sentence, {"left": left})],
            retry_after=int(left.total_seconds()),
        )


def pause_end(failures: Sequence[datetime], limit: int, now: datetime) -> datetime | None:
    """When the pause ends that these failures (newest first) make at this moment; None if there is none."""
    if len(failures) < limit or failures[0] - failures[limit - 1] >= PAUSE:
        return None
    end = failures[0] + PAUSE
    return end if end > now else None


def tries_left(mail: str, address: str, now: datetime) -> int:
    """How many more wrong tries this address has for this mail before the pause."""
    both = (SignInAttempt.mail == mail, SignInAttempt.address == address)
    return max(TRIES - len(_failures(now - PAUSE, TRIES, *both)), 0)


def succeed(attempt_id: int, mail: str, address: str) -> None:
    """The try was right: it no longer counts, nor do those before it."""
    attempt = SignInAttempt
    db.session.execute(update(attempt).where(attempt.id == attempt_id).values(succeeded=True))
    db.session.execute(
        delete(attempt).where(attempt.mail == mail, attempt.address == address, attempt.succeeded.is_(False))
    )


def _failures(since: datetime, most: int, *of_whom: ColumnElement[bool]) -> Sequence[datetime]:
    attempt = SignInAttempt
    return db.session.scalars(
        select(attempt.at)
        .where(*of_whom, attempt.at > since, attempt.succeeded.is_(False))
        .order_by(attempt.at.desc())
        .limit(most)
    ).all()
