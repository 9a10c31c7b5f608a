"""A researcher says what they need and when, sees who is free, and books."""

from __future__ import annotations

from collections.abc import Callable

from instruments.people.models import Person
from tests.journeys.conftest import PASSWORD, Campus
from tests.journeys.reader import Reader, day_after, hours_of


def test_researcher_finds_and_books(reader: Reader, campus: Campus, member: Callable[..., Person]) -> None:
    lin = member(campus.university, mail="lin@qinling.example", name_en="Lin Shili", name_zh="林示例")
    raman, day = reader.name(campus.raman), day_after(3)

    # Lin signs in, and home says that nothing is booked.
    reader.opens("/sign-in")
    reader.signs_in(lin.mail, PASSWORD)
    reader.reads("Nothing is booked")
    reader.follows("Find an instrument")

    # Two hours of confocal Raman, on one day: the first free span and its button stand in the row.
    reader.types("What do you want to measure?", "confocal raman")
    reader.unfolds("Change")
    reader.types_day("From", day)
    reader.types_day("Until", day)
    reader.chooses("How long", reader.length(2))
    reader.presses("Search")
    reader.reads("%(num)s instrument", "%(num)s instruments", num=1)
    reader.skips_to("Skip to the results")
    reader.follows(f"{reader.words('Book %(time)s', time='08:00')} {raman}")

    # The page opens at the form, which is filled in; Lin would rather come at ten, and says what for.
    assert reader.field("Day").input_value() == day.isoformat()
    reader.types_time("From", 10)
    reader.types_time("Until", 12)
    reader.chooses("Purpose", "Teaching")
    reader.types("Title", "Graphene flakes")
    reader.presses("Book")

    # It is booked, and stands among Lin's bookings and at home.
    when = reader.when(hours_of(day, 10, 12))
    reader.reads("Booked: %(time)s.", time=when)
    reader.reads("Teaching")
    reader.reads("Graphene flakes")
    for place in ("My bookings", "Home"):
        reader.goes_to(place)
        reader.reads(when)
        reader.reads(raman)
