"""Walk up: who is qualified uses a free instrument without having reserved it."""

from __future__ import annotations

from datetime import datetime

from instruments.catalog import revision
from instruments.errors import N_
from instruments.people.rights import Actor
from instruments.reservations.bookable import bookable
from instruments.reservations.payment import NOTHING_SAID, Payment
from instruments.reservations.walking_in import walk_in
from instruments.usage.checking_in import make_room
from instruments.usage.keeping import add_span, make_use, note_use
from instruments.usage.kinds import ATTENDED, RUNNING, SCAN, WALK_UP
from instruments.usage.lookup import refuse, use_again
from instruments.usage.setting import rules_of


def walk_up(
    actor: Actor,
    instrument_id: int,
    until: datetime,
    group_id: int | None,
    now: datetime,
    payment: Payment = NOTHING_SAID,
) -> int:
    """Begin a use from now until then at the latest, inside a deed; its number.

    The time is held by a reservation made at this moment, so that nobody else books it meanwhile; it is no reserved time
    to be paid, but it holds the price and who pays, as of this moment. Raises NotFound, Taken, or Refusal with every reason.
    """
    bookable(instrument_id)
    if not rules_of(instrument_id).walk_up:
        remedy = N_("Book it first; it may be free at once.")
        raise refuse("no_walk_ups", N_("This instrument is used by reservation only."), remedy)
    revision.lock([instrument_id])
    make_room(instrument_id, now)
    held = walk_in(actor, instrument_id, until, group_id, now, payment)
    number = make_use(
        now, instrument_id=instrument_id, reservation_id=held.id, kind=WALK_UP, user_id=actor.person_id,
        institution_id=held.institution_id, group_id=held.group_id, started_at=now, state=RUNNING,
    )  # fmt: skip
    add_span(number, ATTENDED, (now, None), now, grade=SCAN, recorded_by_id=actor.person_id)
    note_use(use_again(number), "started", now, actor.person_id, kind=WALK_UP)
    return number
