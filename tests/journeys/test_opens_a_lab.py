"""A lab manager opens a lab: its hours and rules, the calendar it keeps, a closure over a booking; then looks as others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

import pytest
from playwright.sync_api import FilePayload

from instruments.availability.week import parse_week
from instruments.availability.words import hours_in_words
from instruments.database import db
from instruments.people.models import Person
from instruments.people.rights import Role
from tests.calendars.files import calendar, event
from tests.journeys.conftest import PASSWORD, Campus
from tests.journeys.reader import Reader, day_after, hours_of
from tests.world import World


@pytest.mark.usefixtures("worker")
def test_manager_opens_a_lab(
    reader: Reader, world: World, campus: Campus, member: Callable[..., Person]
) -> None:
    chen = member(campus.university, mail="chen@qinling.example", name_en="Chen Moni", name_zh="陈模拟")
    lin = member(campus.university, mail="lin@qinling.example", name_en="Lin Shili", name_zh="林示例")
    lab = world.lab(campus.university, name_en="Surface Laboratory", name_zh="表面实验室")
    world.grant(chen, Role.LAB_MANAGER, lab)
    thing = world.instrument(lab, week=None, name_en="Ellipsometer", name_zh="椭偏仪")
    place = reader.name(lab)

    # Chen comes from home to the lab, and says when it is open; an empty table is asked about.
    reader.opens("/sign-in")
    reader.signs_in(chen.mail, PASSWORD)
    reader.goes_to("Home")
    reader.follows(place)
    reader.follows("Hours")
    reader.presses("Publish hours")
    reader.reads("No opening hours are written. Tick “Closed all week” if that is meant.")
    reader.types("Which days", "daily")
    reader.types("From", "9")
    reader.types("Until", "21:00")
    reader.presses("Publish hours")
    daily = hours_in_words(parse_week("daily 09:00-21:00"), reader.language)
    reader.reads("In force now: %(hours)s", hours=daily)

    # Its rules, from a preset.
    reader.follows(place)
    reader.follows("Rules")
    reader.presses("Fill in")
    reader.presses("Save the rules")
    reader.reads("Rules saved. Bookings that are made stay as they are.")

    # The calendar that the lab keeps closes time here.
    busy = hours_of(day_after(2), 10, 12)
    times = [f"{end.astimezone(UTC):%Y%m%dT%H%M%SZ}" for end in (busy.start, busy.end)]
    kept = calendar(event(f"DTSTART:{times[0]}", f"DTEND:{times[1]}", "SUMMARY:Course"))
    reader.follows(place)
    reader.follows("Outside calendars")
    with reader.asked_for_a_file("File") as asked:
        asked.set_files(FilePayload(name="lab.ics", mimeType="text/calendar", buffer=kept))
    reader.presses("Upload")
    reader.waits_until("Events that take time")
    reader.opens(reader.page.url)
    reader.reads("No reservation lies where it is busy")

    # Somebody has booked the third day; Chen closes over it, and has to say what becomes of the booking.
    booked = hours_of(day_after(3), 10, 11)
    db.session.rollback()  # the server has written since this process last read
    made = world.reservation(thing, lin, booked.start, booked.end)
    reader.follows(place)
    reader.follows("Closures")
    reader.types("Why", "Vacuum pump")
    reader.types_day("Starts on", day_after(3))
    reader.types_time("Starts at", 9)
    reader.types_day("Ends on", day_after(3))
    reader.types_time("Ends at", 21)
    reader.presses("Close")
    reader.reads("%(num)s reservation lies in the way", "%(num)s reservations lie in the way", num=1)
    reader.presses("Close, and do this")
    reader.reads("Vacuum pump")

    # As somebody of a company would see it: nothing of it can be booked.
    reader.follows(place)
    reader.follows("Look as others")
    reader.chooses("Look as", "somebody of a company")
    reader.presses("Look")
    reader.reads("This is what they see and would be told. Nothing can be booked here, and nothing is kept.")
    reader.follows("Leave the preview")

    # Lin reads why on the booking.
    reader.opens(f"/reservations/{made.id}")
    reader.reads("Vacuum pump")
