"""Doors of month end for the worker: statements are issued, hundreds in a transaction, and proposals to net lapse."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial

from instruments.charges.closing.deadlines import lately_issued, note_deadlines
from instruments.charges.closing.issuing import issue_some
from instruments.charges.closing.netting.accepting import lapse_if_changed, open_proposals
from instruments.charges.closing.objections_over import over_and_untold, tell
from instruments.charges.closing.reminding import creditors_of_late, remind
from instruments.charges.closing.starting import unfinished
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import NotKnownYet
from instruments.web import clock

log = logging.getLogger(__name__)
ISSUE = "charges.issue"


def issue(closing_id: int, told: Callable[[], object] = lambda: None) -> None:
    """Issue a closing to its end, step by step; told: after each step. Done again, or twice at once, it does no harm."""
    while perform(partial(issue_some, closing_id, clock.now())):
        told()
    perform(partial(note_deadlines, closing_id))
    db.session.rollback()


def issue_unfinished() -> int:
    """Go on where a worker was killed; how many closings."""
    numbers = unfinished()
    db.session.rollback()
    for number in numbers:
        try:
            issue(number)
        except NotKnownYet:
            log.warning("closing %s could not go on now; the next sweep tries again", number)
    return len(numbers)


def note_all_deadlines() -> int:
    """Note until when charges can be disputed where a worker was killed before it did; how many charges."""
    numbers = lately_issued(clock.now())
    db.session.rollback()
    return sum(perform(partial(note_deadlines, number)) for number in numbers)


def lapse_changed() -> int:
    """Let proposals to net lapse of which a statement was paid, disputed or corrected meanwhile; how many. Again does nothing."""
    now, numbers = clock.now(), open_proposals()
    db.session.rollback()
    return sum(perform(partial(lapse_if_changed, number, now)) for number in numbers)


def tell_objections_over() -> int:
    """Tell finance offices of months whose days to object are over; how many months. Again, or twice at once, adds nothing."""
    now, numbers = clock.now(), over_and_untold(clock.now())
    db.session.rollback()
    return sum(perform(partial(tell, number, now)) for number in numbers)


def remind_overdue() -> int:
    """Remind payers of overdue statements, a few hundred in a transaction; how many. Again, or twice at once, adds nothing."""
    now, count = clock.now(), 0
    numbers = creditors_of_late(now)
    db.session.rollback()
    for number in numbers:
        following: int | None = 0
        while following is not None:
            some, following = perform(partial(remind, number, now, following))
            count += some
    return count


JOBS: Mapping[str, Callable[..., object]] = {ISSUE: issue}
SWEEPS = (
    (1, issue_unfinished),
    (1, lapse_changed),
    (720, note_all_deadlines),
    (60, remind_overdue),
    (60, tell_objections_over),
)
