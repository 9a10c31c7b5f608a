"""The page of public holidays: everybody signed in reads it, the institution's managers change it."""

from datetime import date

import pytest

from instruments.availability.institution_days import rows_between
from instruments.people.rights import Role
from tests.world import sign_in


def holidays_of(institution_id: int, year: int):
    return rows_between(institution_id, date(year, 1, 1), date(year, 12, 31))


LINES = "2027-10-01 – 2027-10-03 National Day, 国庆节"


@pytest.mark.parametrize(
    ("role", "on", "may"),
    [
        (None, None, False),
        (Role.LAB_MANAGER, "lab", False),
        (Role.INSTITUTION_MANAGER, "other", False),
        (Role.AUDITOR, "institution", False),
        (Role.INSTITUTION_MANAGER, "institution", True),
        (Role.PLATFORM_ADMINISTRATOR, None, True),
    ],
)
def test_only_managers_of_the_institution_change_them(world, client, now, role, on, may) -> None:
    lab = world.lab()
    institution = lab.institution
    person = world.person(institution)
    scopes = {"lab": lab, "other": world.institution(), "institution": institution, None: None}
    if role:
        world.grant(person, role, scopes[on])
    world.holiday(institution, date(2027, 5, 1))
    sign_in(client, person)
    address = f"/institutions/{institution.id}/holidays"
    page = client.get(address)
    assert page.status_code == 200
    assert ("<textarea" in page.text) is may
    assert client.post(address, data={"lines": LINES}).status_code == (303 if may else 403)
    assert client.post(f"{address}/2027-05-01/remove").status_code == (303 if may else 403)
    assert len(holidays_of(institution.id, 2027)) == (3 if may else 1)


def test_strangers_and_missing_institutions(world, client, now) -> None:
    institution = world.institution()
    assert client.get(f"/institutions/{institution.id}/holidays").status_code == 302
    sign_in(client, world.person(institution))
    assert client.get("/institutions/99999/holidays").status_code == 404


@pytest.fixture
def institution(world, client, now):
    institution = world.institution()
    person = world.person(institution)
    world.grant(person, Role.INSTITUTION_MANAGER, institution)
    sign_in(client, person)
    return institution


def test_bad_lines_are_named_and_kept(institution, client) -> None:
    answer = client.post(f"/institutions/{institution.id}/holidays", data={"lines": f"{LINES}\nsomeday"})
    assert answer.status_code == 422
    assert "Line 2" in answer.text
    assert "国庆节" in answer.text
    assert holidays_of(institution.id, 2027) == []


def test_a_holiday_that_is_over_stays(world, institution, client) -> None:
    world.holiday(institution, date(2027, 1, 1))
    answer = client.post(f"/institutions/{institution.id}/holidays/2027-01-01/remove")
    assert answer.status_code == 422
    assert len(holidays_of(institution.id, 2027)) == 1
    assert client.post(f"/institutions/{institution.id}/holidays/someday/remove").status_code == 404


def test_they_are_shown_by_year_in_both_languages(institution, client) -> None:
    address = f"/institutions/{institution.id}/holidays"
    assert client.post(address, data={"lines": LINES}).location.endswith("year=2027")
    page = client.get(address).text
    assert page.count("国庆节") >= 3
    assert "National Day" in page
    assert "National Day" not in client.get(f"{address}?year=2028").text.split("<form")[0]
