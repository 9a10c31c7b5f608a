"""What tests of feeds share: read the answer strictly, make an address, move and cancel as a person does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import icalendar

from instruments.calendars import keys
from instruments.database import db
from instruments.people.models import Lab, Person
from instruments.people.signing import actor_by_id
from instruments.reservations.cancelling import cancel
from instruments.reservations.models import Reservation
from instruments.reservations.moving import Change, change
from instruments.web import clock

HOUR = timedelta(hours=1)


def events(answer: Any) -> list[icalendar.Event]:
    """The events of an answer, which must be a calendar without a fault."""
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
    calendar = icalendar.Calendar.from_ical(answer.data)
    assert [event.errors for event in calendar.events if event.errors] == []
    assert calendar.get_missing_tzids() == set()
    return calendar.events


def feed_of(person: Person, lab: Lab | None = None, name: str = "Phone") -> str:
    """The path of a new secret address."""
    token = keys.make(person.id, lab, name, clock.now())
    db.session.commit()
    return f"/calendars/{'labs' if lab else 'people'}/{token}.ics"


def move(person: Person, reservation: Reservation, start: datetime, now: datetime) -> None:
    actor = actor_by_id(person.id, now)
    change(actor, actor, reservation.id, Change(start, start + HOUR), None, now)
    db.session.commit()


def drop(person: Person, reservation: Reservation, now: datetime) -> None:
    cancel(actor_by_id(person.id, now), reservation.id, "Sample broken", None, now)
    db.session.commit()
