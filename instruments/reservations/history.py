"""What happened to a reservation, in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import select

from instruments.database import db
from instruments.journal.record import history
from instruments.people.models import Person
from instruments.timespan import Timespan
from instruments.web import formats
from instruments.web.language import in_language


@dataclass(frozen=True)
class Happened:
    """One line of the history."""

    at: datetime
    who: str
    words: str
    reason: str


def history_of(reservation_id: int, zone: str) -> list[Happened]:
    """Newest first; times on the wall of the zone. Two statements."""
    entries = history("reservation", reservation_id)
    person = Person
    rows = db.session.execute(
        select(person.id, person.name_en, person.name_zh).where(
            person.id.in_({entry.actor_id for entry in entries if entry.actor_id is not None})
        )
    )
    names = {row.id: in_language(row.name_en, row.name_zh) for row in rows}
    return [
        Happened(
            entry.at,
            names.get(entry.actor_id, gettext("The system")),
            _words(entry.deed, entry.detail, zone),
            entry.detail.get("reason", ""),
        )
        for entry in entries
    ]


def _words(deed: str, detail: dict[str, Any], zone: str) -> str:
    if deed == "reservation.created":
        return gettext("Booked")
    if deed == "reservation.cancelled":
        return gettext("Cancelled")
    if deed == "reservation.moved":
        before, after = Timespan.from_seconds(*detail["from"]), Timespan.from_seconds(*detail["to"])
        return gettext(
            "Moved from %(before)s to %(after)s",
            before=formats.when(before, zone),
            after=formats.when(after, zone),
        )
    if deed == "reservation.handed_over":
        return gettext("Handed over to another user")
    if deed == "reservation.changed":
        return gettext("Purpose, title or visibility changed")
    return deed
