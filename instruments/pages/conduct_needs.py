"""What of conduct waits for somebody at home: a suspension of one's own, and appeals to decide on."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext

from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable
from instruments.reservations.conduct.listing import appeals_for, suspended_now
from instruments.reservations.conduct.recording import last_day
from instruments.timespan import instant
from instruments.web import formats
from instruments.web.language import in_language


def suspended_here(thing: Bookable, actor: Actor | None, now: datetime) -> str:
    """That this person gets no time of an instrument for now, in a sentence; empty where they do. No statement."""
    until = thing.suspended_until(actor)
    if until <= now.timestamp():
        return ""
    day = formats.day(last_day(instant(until), thing.calendar.zone))
    return gettext(
        "The lab has suspended you until the end of %(day)s: until then it takes no bookings of yours.",
        day=day,
    )


def conduct_needs(actor: Actor, now: datetime) -> list[dict[str, str]]:
    """The lines of "Needs you": where one is suspended, until when; and which appeals wait. Two statements at most."""
    own = [
        {
            "icon": "ban",
            "words": gettext(
                "%(lab)s has suspended you until the end of %(day)s",
                lab=in_language(row.lab_en, row.lab_zh),
                day=formats.day(last_day(row.suspended_until, ZoneInfo(row.zone))),
            ),
            "address": f"/violations/{row.id}",
            "act": gettext("Why, and appeal"),
        }
        for row in suspended_now(actor.person_id, now)
    ]
    appeals = [
        {
            "icon": "scale",
            "words": gettext("An appeal waits at %(lab)s", lab=in_language(row.lab_en, row.lab_zh)),
            "address": f"/violations/{row.id}",
            "act": gettext("Decide"),
        }
        for row in appeals_for(actor, now)
    ]
    return [*own, *appeals]
