"""What happened to a reservation, in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_
from instruments.journal.record import history
from instruments.people.models import Person
from instruments.reservations.limit_words import overridden_words
from instruments.timespan import Timespan
from instruments.web import formats
from instruments.web.language import in_language

PLAIN = {
    "reservation.done": N_("Used"),
    "reservation.released": N_("Given back"),
    "reservation.no_show": N_("Nobody came; the rest of the time was released"),
    "reservation.stands_again": N_("Stands again"),
    "reservation.created": N_("Booked"),
    "reservation.cancelled": N_("Cancelled"),
    "reservation.handed_over": N_("Handed over to another user"),
    "reservation.changed": N_("Purpose, title or visibility changed"),
    "reservation.approved": N_("Approved by the lab"),
    "reservation.declined": N_("Declined by the lab"),
    "reservation.expired": N_("Expired: nobody answered in time"),
    "reservation.displaced": N_("Closed over it; it stays for now"),
    "reservation.offered_back": N_("Its former time is free again, and offered back"),
    "reservation.second_named": N_("Second person named"),
    "reservation.payers_named": N_("Said who pays"),
    "reservation.proposal_accepted": N_("The proposed time was accepted"),
}


@dataclass(frozen=True)
class Happened:
    """One line of the history."""

    at: datetime
    who: str
    words: str
    reason: str


def history_of(reservation_id: int, zone: str) -> list[Happened]:
    """Newest first; times on the wall of the zone. Two statements."""
    # Who looked at what it costs is in the journal alone.
    entries = [entry for entry in history("reservation", reservation_id) if entry.deed != "money.looked_at"]
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
    if deed in PLAIN:
        return gettext(PLAIN[deed])
    if deed in ("reservation.moved", "reservation.proposed"):
        before, after = Timespan.from_seconds(*detail["from"]), Timespan.from_seconds(*detail["to"])
        words = {"before": formats.when(before, zone), "after": formats.when(after, zone)}
        if deed == "reservation.proposed":
            return gettext("The lab proposed %(after)s instead of %(before)s", **words)
        return gettext("Moved from %(before)s to %(after)s", **words)
    if deed == "reservation.requested":
        due = datetime.fromtimestamp(detail["due_at"], UTC)
        return gettext("Asked for; the lab answers by %(moment)s", moment=formats.moment(due, zone))
    if deed == "reservation.overridden":
        rules = formats.listing(overridden_words(detail["rules"].split()))
        return gettext("Against the rules: %(rules)s", rules=rules)
    return deed
