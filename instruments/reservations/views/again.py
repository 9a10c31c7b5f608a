"""Booking again what one has had: leads to the instrument's form, filled in as it was, at the next time that is free."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import redirect
from flask.typing import ResponseReturnValue

from instruments.people.signing import the_actor
from instruments.reservations.bookable import bookable
from instruments.reservations.booked_again import fields_again, next_time
from instruments.reservations.form import prefilled
from instruments.reservations.lookup import reservation_row
from instruments.reservations.views.doors import pages
from instruments.web import clock


@pages.get("/reservations/<int:reservation_id>/again")
def book_again(reservation_id: int) -> ResponseReturnValue:
    """Nothing is booked by it: what is still to come is looked for from its own time on, else from now. Raises NotFound
    where the reader may not read the reservation."""
    actor, now = the_actor(), clock.now()
    row = reservation_row(reservation_id, actor)
    since, zone = max(row.starts_at, now), bookable(row.instrument_id).calendar.zone.key
    span = next_time(row.instrument_id, row.ends_at - row.starts_at, since, actor, now)
    fields = (prefilled(span, zone) if span else {}) | fields_again(reservation_id, actor, now)
    return redirect(f"/instruments/{row.instrument_id}?{urlencode(fields)}#booking")
