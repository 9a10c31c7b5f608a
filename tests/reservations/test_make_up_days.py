"""A make-up Sunday is found, booked and shown like any workday; a holiday is not, and what is over stays as it was."""

from datetime import UTC, date, datetime

import pytest

from instruments.availability.correcting import correct
from instruments.availability.day_lines import NamedDay
from instruments.availability.making_up import choose_make_up_hours
from instruments.database import db
from instruments.people.rights import Role
from tests.world import bearer, sign_in

SUNDAY, MONDAY = date(2027, 3, 14), date(2027, 3, 15)
START, END = "2027-03-14T10:00:00+08:00", "2027-03-14T12:00:00+08:00"


@pytest.fixture
def here(world, now):
    lab = world.lab()
    world.hours(lab, "Mon-Fri 08:00-18:00")
    return world.instrument(lab, week=None, audience="institution")


@pytest.fixture
def headers(world, here):
    return bearer(world.token(world.person(here.lab.institution)))


def swapped(world, here) -> None:
    """The Sunday is worked for the Monday after it."""
    institution = here.lab.institution
    world.holiday(institution, SUNDAY, kind="make_up", source="announced", replaces=MONDAY)
    world.holiday(institution, MONDAY, source="announced")


def calendar(client, here, headers) -> list[tuple[str, str]]:
    query = {"from": "2027-03-13T00:00:00+08:00", "to": "2027-03-16T00:00:00+08:00"}
    answer = client.get(f"/api/v1/instruments/{here.id}/calendar", query_string=query, headers=headers)
    return [(span["start"], span["end"]) for span in answer.json["open"]]


def book(client, here, headers, start: str, end: str):
    body = {"instrument_id": here.id, "start": start, "end": end}
    return client.post("/api/v1/reservations", json=body, headers=headers)


def test_without_the_swap_the_sunday_is_closed(client, here, headers) -> None:
    refused = book(client, here, headers, START, END)
    assert [reason["code"] for reason in refused.json["reasons"]] == ["outside_hours"]


def test_the_sunday_is_open_found_and_booked_and_the_monday_is_not(client, world, here, headers) -> None:
    swapped(world, here)
    assert calendar(client, here, headers) == [("2027-03-14T08:00:00+08:00", "2027-03-14T18:00:00+08:00")]
    query = {"from": START, "to": "2027-03-14T18:00:00+08:00", "hours": "2"}
    found = client.get("/api/v1/free", query_string=query, headers=headers).json["items"]
    assert [item["instrument_id"] for item in found] == [here.id]
    assert book(client, here, headers, START, END).status_code == 201
    monday = book(client, here, headers, "2027-03-15T10:00:00+08:00", "2027-03-15T12:00:00+08:00")
    assert monday.status_code == 422


def test_the_page_of_the_instrument_says_that_it_is_a_make_up_workday(client, world, here) -> None:
    swapped(world, here)
    sign_in(client, world.person(here.lab.institution))
    assert "Make-up workday: Holiday" in client.get(f"/instruments/{here.id}").text


def test_what_is_over_stays_open_as_it_was(client, world, here, headers) -> None:
    swapped(world, here)
    before = calendar(client, here, headers)
    later = datetime(2027, 3, 16, 2, tzinfo=UTC)
    choose_make_up_hours(here.lab, "itself", actor_id=None, now=later)
    correct(
        here.lab.institution, [NamedDay(date(2027, 3, 20), "Day", "日")], "make_up",
        today=date(2027, 3, 16), actor_id=None, now=later,
    )  # fmt: skip
    db.session.commit()
    assert calendar(client, here, headers) == before


def test_who_lies_on_a_day_off_is_listed_by_lab_and_nobody_is_moved(client, world, here) -> None:
    person = world.person(here.lab.institution)
    start = datetime(2027, 3, 15, 2, tzinfo=UTC)
    world.reservation(here, person, start, start.replace(hour=4))
    swapped(world, here)
    address = f"/institutions/{here.institution_id}/holidays/reservations"
    sign_in(client, person)
    assert client.get(address).status_code == 403
    world.grant(person, Role.INSTITUTION_MANAGER, here.lab.institution)
    page = client.get(address).text
    assert "1 reservation" in page
    assert f"/labs/{here.lab_id}/hours/outside" in page
