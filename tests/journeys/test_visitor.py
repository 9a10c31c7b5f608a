"""A visitor looks around without an account, and is asked to sign in when it comes to booking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import expect

from instruments.people.models import Person
from tests.journeys.conftest import PASSWORD, Campus
from tests.journeys.reader import Reader, day_after, hours_of


def test_visitor_looks_around_without_an_account(
    reader: Reader, campus: Campus, member: Callable[..., Person]
) -> None:
    lin = member(campus.university, mail="lin@qinling.example", name_en="Lin Shili", name_zh="林示例")
    raman, results = reader.name(campus.raman), reader.page.locator(".result")
    today = day_after(0)
    next_monday = today + timedelta(days=7 - today.weekday())

    # All of Raman, then that of one university, by a filter that changes the list in place.
    reader.opens("/")
    reader.types("What do you want to measure?", "raman")
    reader.presses("Search")
    expect(results).to_have_count(4)
    reader.unfolds("Filters")
    reader.ticks(reader.name(campus.university))
    expect(results).to_have_count(1)
    reader.looks()

    # The instrument, its lab, its institution, and all institutions.
    reader.follows(raman)
    reader.reads("Members of the universities and institutes here book with their own account.")
    reader.follows(reader.name(campus.lab))
    reader.reads("About the lab")
    reader.reads(raman)
    reader.follows(reader.name(campus.university))
    reader.reads("About the institution")
    reader.follows("Institutions")
    reader.reads("All institutions")
    reader.follows(reader.name(campus.university))
    reader.follows(raman)

    # Next week, where Monday is free: the first hour of it is chosen.
    reader.follows("Week after")
    if not reader.phone:
        reader.follows("List")
    reader.follows("Use %(time)s", time=reader.when(hours_of(next_monday, 8, 20)))
    reader.reads(reader.when(hours_of(next_monday, 8, 9)))

    # Booking wants an account; after signing in the same hour is chosen still.
    reader.follows("Sign in to book")
    reader.signs_in(lin.mail, "not the password")
    reader.reads("E-mail and password do not match. %(left)s more tries, then a pause of 15 minutes.", left=4)
    reader.signs_in(lin.mail, PASSWORD)
    chosen = {label: reader.field(label).input_value() for label in ("Day", "From", "Until")}
    assert chosen == {"Day": next_monday.isoformat(), "From": "08:00", "Until": "09:00"}
    reader.presses("Book")
    reader.reads("Booked: %(time)s.", time=reader.when(hours_of(next_monday, 8, 9)))
