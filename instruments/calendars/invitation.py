"""Write the invitation that goes with a mail about a reservation (iTIP, RFC 5546): pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from icalendar import Alarm, Calendar, vCalAddress, vText

from instruments.calendars.writing import PRODUCT, Entry, event_of, zones_of

REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"
ALARM = timedelta(hours=-1)


@dataclass(frozen=True)
class Party:
    """Who invites or is invited: mail address and name."""

    mail: str
    name: str


def invitation(
    method: str, entry: Entry, host: str, organizer: Party, attendees: Sequence[Party], alarm: str
) -> bytes:
    """REQUEST puts the event into the attendees' calendars or moves it there; CANCEL takes it out.

    The same UID and a growing SEQUENCE let programs tell which of two is newer. alarm: the words of the reminder.
    Everybody invited has the time already, so that nobody is asked to answer.
    """
    cancelled = method == CANCEL
    file = _file(method, [entry])
    event = event_of(replace(entry, status="CANCELLED") if cancelled else entry, host)
    event.add("organizer", _address(organizer))
    for each in attendees:
        event.add("attendee", _attendee(each), encode=0)
    if not cancelled:
        event.add_component(_alarm(alarm))
    file.add_component(event)
    return bytes(file.to_ical(sorted=False))


def publication(entries: Sequence[Entry], host: str, organizer: Party) -> bytes:
    """PUBLISH: several events in one file, for whoever opens it; each has the UID of its own invitation.

    An invitation may hold one UID alone (RFC 5546, 3.2.2): Outlook shows the first of several, Google none.
    """
    file = _file(PUBLISH, entries)
    for entry in entries:
        event = event_of(entry, host)
        event.add("organizer", _address(organizer))
        file.add_component(event)
    return bytes(file.to_ical(sorted=False))


def _file(method: str, entries: Sequence[Entry]) -> Calendar:
    file = Calendar()
    file.add("prodid", PRODUCT)
    file.add("version", "2.0")
    file.add("calscale", "GREGORIAN")
    file.add("method", method)
    for zone in zones_of(list(entries)):
        file.add_component(zone)
    return file


def _address(party: Party) -> vCalAddress:
    address = vCalAddress(f"mailto:{party.mail}")
    address.params["CN"] = vText(party.name)
    return address


def _attendee(party: Party) -> vCalAddress:
    address = _address(party)
    for name, value in (
        ("CUTYPE", "INDIVIDUAL"),
        ("ROLE", "REQ-PARTICIPANT"),
        ("PARTSTAT", "ACCEPTED"),
        ("RSVP", "FALSE"),
    ):
        address.params[name] = vText(value)
    return address


def _alarm(words: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", vText(words))
    alarm.add("trigger", ALARM)
    return alarm
