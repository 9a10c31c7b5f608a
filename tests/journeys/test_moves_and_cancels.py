"""A booking is moved, cancelled and made again; a change from a page that is out of date is refused."""

from __future__ import annotations

from collections.abc import Callable

from instruments.people.models import Person
from tests.journeys.conftest import PASSWORD, Campus
from tests.journeys.reader import Reader, day_after, hours_of
from tests.world import World


def test_moves_it_cancels_it_books_again(
    reader: Reader, world: World, campus: Campus, member: Callable[..., Person]
) -> None:
    lin = member(campus.university, mail="lin@qinling.example", name_en="Lin Shili", name_zh="林示例")
    raman, day = reader.name(campus.raman), day_after(3)
    before, moved = hours_of(day, 10, 12), hours_of(day_after(4), 14, 16)
    made = world.reservation(campus.raman, lin, before.start, before.end, title="Graphene flakes")

    # Lin finds it among their bookings, and has it open for moving in a second tab as well.
    reader.opens("/sign-in")
    reader.signs_in(lin.mail, PASSWORD)
    second_tab = reader.in_another_tab()
    second_tab.opens(f"/reservations/{made.id}/move")
    reader.goes_to("My bookings")
    reader.follows("Move, %(name)s, %(time)s", name=raman, time=reader.when(before))

    # Outside the opening hours it is refused, and stays where it is.
    reader.types_time("Until", 21)
    reader.presses("Save the change")
    reader.reads("Not changed, for %(num)s reason", "Not changed, for %(num)s reasons", num=1)

    # To the next day, in the afternoon, with a reason.
    reader.types_day("Day", day_after(4))
    reader.types_time("From", 14)
    reader.types_time("Until", 16)
    reader.types("Why", "The sample is not dry")
    reader.presses("Save the change")
    reader.reads("Changed.")
    reader.reads(reader.when(moved))
    reader.reads("The sample is not dry")

    # The second tab still shows the old time: what it sends is refused, and it says what holds now.
    second_tab.types_time("From", 9)
    second_tab.presses("Save the change")
    second_tab.reads("Not changed, for %(num)s reason", "Not changed, for %(num)s reasons", num=1)
    second_tab.reads("This reservation was changed since you opened it.")

    # Cancelling wants a reason.
    reader.follows("Cancel it")
    reader.presses("Cancel the booking")
    reader.reads("Not cancelled")
    reader.types("Why", "The sample broke")
    reader.presses("Cancel the booking")
    reader.reads("Cancelled. The time is free for others again.")
    reader.reads("Nothing is booked")

    # From the cancelled one to the instrument, and the first hours are booked again.
    reader.follows("Cancelled")
    reader.follows(reader.when(moved))
    reader.reads("The sample broke")
    reader.follows("Book again")
    reader.skips_to("Skip to the booking form")
    reader.types_day("Day", day)
    reader.types_time("From", 10)
    reader.types_time("Until", 12)
    reader.presses("Book")
    reader.reads("Booked: %(time)s.", time=reader.when(before))
