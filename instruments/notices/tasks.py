"""Doors of notices for the worker: read the journal, remind, and send what is due. The rows say what is to do."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from flask import current_app

from instruments.database import db
from instruments.database.transactions import deed
from instruments.errors import NotKnownYet
from instruments.mail.send import Post
from instruments.mail.server import RefusedForGood, ServerAway, Unanswered
from instruments.notices import answers_due, following, listing, noting, reminding, sending
from instruments.notices.ending import ending
from instruments.notices.letters import Sender, compose
from instruments.notices.noting import Occasion
from instruments.notices.sending import Claim
from instruments.web import clock

log = logging.getLogger(__name__)
SEND_SECONDS = 45
TOLD_AT_ONCE = 500
# What the mail server said of a letter is worth some patience: unnoted, it is a letter in doubt.
NOTE_TRIES, NOTE_PAUSE_SECONDS = 5, 5


class ClaimLost(Exception):
    """The claim ran out before the letter's content went out: it is another worker's, or the next sweep's."""


def sweep() -> None:
    """Tell what has happened and what comes, then send the mails that are due."""
    follow()
    remind()
    send()


def follow() -> int:
    """Read the journal on from the mark; how many notices came of it. Again, or twice at once, adds nothing."""
    this = following.begin()
    after, count = this.settled_id, 0
    while True:
        with deed():
            entries = following.chunk(after, this)
            count += noting.tell_of(entries, clock.now())
        if not entries:
            break
        after = entries[-1].id
    with deed():
        following.settle(this, clock.now())
    return count


def remind() -> int:
    """Remind of reservations that begin soon, of requests and proposed times that wait, of quotes that run out; how many."""
    waiting = _tell(answers_due.unanswered) + _tell(answers_due.unaccepted)
    return _tell(reminding.soon) + waiting + _tell(reminding.quotes_ending)


def warn_of_endings() -> None:
    """Tell once, 30 and 7 days before and when it is over, whose qualification or safety admission ends."""
    _tell(ending)


def confirm_memberships() -> None:
    """Tell once a month who confirms memberships that some are due."""
    _tell(reminding.memberships)


def _tell(finding: Callable[..., Iterable[Occasion]]) -> int:
    """Tell what is found, some hundreds in each transaction. Killed in between, the next sweep finds the rest."""
    now, count = clock.now(), 0
    found = list(finding(now))
    for first in range(0, len(found), TOLD_AT_ONCE):
        with deed():
            count += noting.tell(found[first : first + TOLD_AT_ONCE], now)
    return count


def send() -> int:
    """Send what is due, one after another, for a while; how many went out. What is left is the next sweep's."""
    until, sent = time.monotonic() + SEND_SECONDS, 0
    with deed():
        if doubts := sending.doubt_unanswered(clock.now()):
            letters = "1 letter is" if doubts == 1 else f"{doubts} letters are"
            log.warning("%s in doubt: the worker that was sending never came back", letters)
        if sending.rests(clock.now()):
            return 0
    with Post() as post:
        while time.monotonic() < until:
            with deed():
                claimed = sending.claim(clock.now())
            if claimed is None:
                break
            try:
                sent += _send(claimed, post)
            except ServerAway as error:
                log.warning("the mail server is away: %s", error)
                _note(partial(sending.put_off, claimed, str(error), refused=False))
                break
            except Unanswered as error:
                log.warning("the mail of notice %s is in doubt: %s", claimed.notice_id, error)
                _note(partial(sending.note_doubtful, claimed, str(error)))
                break
    return sent


def _send(claimed: Claim, post: Post) -> bool:
    """Send one; whether it went out. Raises ServerAway, Unanswered."""
    sender = Sender(current_app.config["BASE_URL"], current_app.config["MAIL_FROM"])
    letter = compose(claimed.notice_id, sender, clock.now())
    db.session.rollback()  # no transaction stays open while the mail server thinks
    if isinstance(letter, str):
        with deed():
            sending.note_failed(claimed, letter, clock.now())
        return False
    try:
        post.send(letter, partial(_hand_over, claimed))
    except (ServerAway, Unanswered):
        raise
    except ClaimLost:
        log.warning("the mail of notice %s took too long; it is tried again", claimed.notice_id)
        return False
    except RefusedForGood as error:
        log.warning("the mail of notice %s was refused: %s", claimed.notice_id, error)
        _note(partial(sending.note_refused, claimed, str(error)))
        return False
    except OSError as error:
        _note(partial(sending.put_off, claimed, str(error), refused=True))
        return False
    _note(partial(sending.note_sent, claimed))
    return True


def _hand_over(claimed: Claim) -> None:
    """Commit that the content goes out now. Raises ClaimLost, after which it must not."""
    with deed():
        is_mine = sending.hand_over(claimed, clock.now())
    if not is_mine:
        raise ClaimLost


def _note(result: Callable[..., object]) -> None:
    """Commit what became of a letter; again, if the database is away: the same note twice changes nothing."""
    for left in reversed(range(NOTE_TRIES)):
        try:
            with deed():
                result(now=clock.now())
            return
        except NotKnownYet:
            if not left:
                raise
            time.sleep(NOTE_PAUSE_SECONDS)


def forget() -> None:
    """Remove notices that are a year old."""
    with deed():
        count = listing.forget_old(clock.now())
    if count:
        log.info("removed what is a year old: %s %s", count, "notice" if count == 1 else "notices")


JOBS: Mapping[str, Callable[..., object]] = {}
SWEEPS = ((1, sweep), (60, confirm_memberships), (60, warn_of_endings), (720, forget))
