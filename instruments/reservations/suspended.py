"""Whether somebody is suspended at the lab of an instrument; nobody else's bookings are touched by it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from instruments.errors import N_, Reason
from instruments.reservations.bookable import Bookable
from instruments.reservations.scene import Wish
from instruments.reservations.who_asks import Asking
from instruments.timespan import instant


def suspended(asking: Asking, thing: Bookable, wish: Wish, now: int) -> Iterator[Reason]:
    """Against a time within the suspension of whoever will use it. The reason is told to this person alone."""
    held = thing.suspended.get(asking.user.person_id)
    if held is None or held.until <= now or wish.start >= held.until:
        return
    start = thing.grid.up(held.until)
    day = (datetime.fromtimestamp(held.until, thing.calendar.zone) - timedelta(seconds=1)).date()
    values: dict[str, object] = {"day": day, "reason": held.reason, "zone": thing.calendar.zone.key}
    fix: dict[str, object] = {"start": instant(start), "end": instant(start + wish.end - wish.start)}
    if asking.actor.person_id == asking.user.person_id:
        sentence = N_("This lab has suspended you until the end of %(day)s: %(reason)s.")
        remedy = N_("Choose a time after that day, or appeal on your profile, under “What labs recorded”.")
        fix["ask"] = "appeal"
    else:
        sentence = N_("This lab does not take reservations for this person until the end of %(day)s.")
        remedy = N_("Choose a time after that day. They can say why, and appeal.")
    yield Reason("suspended", "start", sentence, values, remedy, fix)
