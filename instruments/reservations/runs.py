"""How long one person or group has an instrument in a row, reservations that adjoin one another counted as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select

from instruments.database import db
from instruments.errors import N_, Reason
from instruments.reservations.bookable import Bookable
from instruments.reservations.held import HELD_UNTIL, STARTS, overlapping
from instruments.reservations.models import Reservation
from instruments.reservations.scene import Wish
from instruments.reservations.who_asks import Asking
from instruments.timespan import Pair, instant, merge

_TABLE: Any = Reservation.__table__


def in_a_row(asking: Asking, thing: Bookable, wish: Wish, now: int) -> Iterator[Reason]:
    """Against a wish that, with what adjoins it, gives its user or the group more in a row than is allowed."""
    rules = thing.rules_at(wish.start)
    if rules.consecutive_minutes is None:
        return
    most = rules.consecutive_minutes * 60
    spans = _held_by(asking, thing, wish.start - most - rules.buffer, wish.end + most + rules.buffer)
    run = run_around(wish, [*spans, *asking.besides], rules.buffer)
    length = run[1] - run[0]
    if length <= most:
        return
    values: dict[str, object] = {
        "run": timedelta(seconds=length), "most": timedelta(seconds=most), "zone": thing.calendar.zone.key,
    }  # fmt: skip
    sentence = N_("That makes %(run)s in a row for one person or group; %(most)s are allowed.")
    end = thing.grid.down(run[0] + most)
    if end - wish.start >= rules.shortest and end < wish.end:
        fix = {"end": instant(end)}
        yield Reason("in_a_row", "end", sentence, {**values, **fix}, N_("End at %(end)s."), fix)
    else:
        remedy = N_("Leave time to others in between, or choose another time.")
        yield Reason("in_a_row", "start", sentence, values, remedy)


def run_around(wish: Pair, spans: Iterable[Pair], gap: int) -> Pair:
    """The span that the wish makes together with those that adjoin it, at most `gap` seconds between two."""
    wider = merge([(start, end + gap) for start, end in (*spans, wish)])
    run = next(span for span in wider if span[0] <= wish[0] < span[1])
    return run[0], run[1] - gap


def _held_by(asking: Asking, thing: Bookable, first: int, last: int) -> list[Pair]:
    """What the user or the group holds of the instrument around the wish. One statement."""
    whose = _TABLE.c.user_id == asking.user.person_id
    if asking.group_id is not None:
        whose = or_(whose, _TABLE.c.group_id == asking.group_id)
    rows = db.session.execute(
        select(STARTS, HELD_UNTIL).where(
            _TABLE.c.instrument_id == thing.id,
            overlapping(first, last),
            _TABLE.c.id != asking.apart_from,
            whose,
        )
    )
    return [(start, end) for start, end in rows]
