"""Two people want the same hour: one has it, the other is told why not and what instead, and takes that."""

from __future__ import annotations

from collections.abc import Callable

from instruments.people.models import Person
from tests.journeys.conftest import PASSWORD, Campus
from tests.journeys.reader import Reader, day_after, hours_of


def test_two_people_want_the_same_hour(
    reader: Reader, new_reader: Callable[[], Reader], campus: Campus, member: Callable[..., Person]
) -> None:
    lin = member(campus.university, mail="lin@qinling.example", name_en="Lin Shili", name_zh="林示例")
    li = member(campus.university, mail="li@qinling.example", name_en="Li Lizi", name_zh="李例子")
    raman, day = campus.raman, day_after(3)
    first, second = reader, new_reader()

    # Both open the same address, sign in, and see the same free hours chosen.
    for each, person in ((first, lin), (second, li)):
        each.opens(f"/instruments/{raman.id}?day={day}&from=10:00&until=12:00")
        each.follows("Sign in to book")
        each.signs_in(person.mail, PASSWORD)
        assert each.field("From").input_value() == "10:00"

    # Lin is the first.
    first.presses("Book")
    first.reads("Booked: %(time)s.", time=first.when(hours_of(day, 10, 12)))

    # Li is told why not, without being told who has it.
    second.types("Title", "Silicon wafers")
    second.presses("Book")
    taken = second.when(hours_of(day, 10, 12))
    second.reads("Not booked, for %(num)s reason", "Not booked, for %(num)s reasons", num=1)
    second.reads("%(part)s is already booked.", part=taken)
    assert second.name(lin) not in second.page.inner_text("body")
    assert second.page.text_content("[data-said-bar]") == taken

    # What could be had instead: this instrument before and after, and three of its kind at that time.
    second.reads("This instrument, rules met")
    second.reads(
        "The same kind of instrument elsewhere, %(length)s at the time you asked for", length=second.length(2)
    )
    for other in campus.ramans_elsewhere:
        second.reads(second.name(other))

    # Li takes the two hours after, and what was typed is kept.
    after = second.when(hours_of(day, 12, 14))
    second.presses(f"{second.words('Book')} {after} {second.length(2)}")
    second.reads("Booked: %(time)s.", time=after)
    second.reads("Silicon wafers")
