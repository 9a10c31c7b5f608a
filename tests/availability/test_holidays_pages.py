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
    assert client.get("/institutions/999999999/holidays").status_code == 404


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


def test_lines_that_cannot_be_read_hide_nothing_that_stands_against_the_others(institution, client) -> None:
    lines = "someday\n2020-01-01 New Year, 元旦\n2027-10-01 National Day, 国庆节"
    typed = {"lines": lines, "kind": "make_up", "replaces": "someday"}
    answer = client.post(f"/institutions/{institution.id}/holidays", data=typed)
    assert answer.status_code == 422
    told = ("Line 1", "1 Jan 2020 is over", "1 Oct is worked anyway", "Write a date")
    assert [each for each in told if each not in answer.text] == []
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
    assert "1 – 3 October" in page
    assert "National Day" in page
    assert "Nothing is set for 2028" in client.get(f"{address}?year=2028").text


def test_what_is_typed_stays_when_it_is_refused(institution, client) -> None:
    address = f"/institutions/{institution.id}/holidays"
    typed = {"lines": "2027-10-01 National Day", "kind": "make_up", "replaces": "someday"}
    answer = client.post(address, data=typed)
    assert answer.status_code == 422
    assert "2027-10-01 National Day" in answer.text
    assert 'value="make_up" checked' in answer.text
    answer = client.post(address, data=typed | {"replaces": ""})
    assert "is worked anyway" in answer.text
    assert client.post(address, data={"lines": LINES, "kind": "festival"}).status_code == 422


def test_a_make_up_sunday_is_set_by_hand_and_drawn_with_its_sign(institution, client) -> None:
    address = f"/institutions/{institution.id}/holidays"
    day = {"lines": "2027-09-26 National Day, 国庆节", "kind": "make_up", "replaces": "2027-10-06"}
    assert client.post(address, data=day).status_code == 303
    page = client.get(f"{address}?year=2027").text
    assert "0 days off, 1 make-up workday" in page
    assert 'd-make_up is-said by-hand">26<i>M</i>' in page
    assert "for Wed 6 Oct" in page
    assert client.post(f"{address}/2027-09-26/remove").status_code == 303
    assert "d-make_up is-said by-hand" not in client.get(f"{address}?year=2027").text


def test_following_and_confirming(institution, client) -> None:
    address = f"/institutions/{institution.id}/holidays"
    assert "2028 is provisional" in client.get(f"{address}?year=2028").text
    assert client.post(f"{address}/2028/confirm").status_code == 303
    assert "is provisional" not in client.get(f"{address}?year=2028").text
    assert client.post(f"{address}/2028/confirm").status_code == 422
    assert client.post(f"{address}/follow", data={"region": "XX"}).status_code == 422
    assert client.post(f"{address}/follow", data={"region": ""}).status_code == 303
    assert "follows no national calendar" in client.get(address).text
    assert "is provisional" not in client.get(f"{address}?year=2027").text
    assert client.post(f"{address}/follow", data={"region": "CN"}).status_code == 303
    assert "follows the national calendar" in client.get(address).text


def test_who_may_not_set_days_may_not_follow_or_confirm(world, client, now) -> None:
    institution = world.institution()
    sign_in(client, world.person(institution))
    address = f"/institutions/{institution.id}/holidays"
    assert client.post(f"{address}/follow", data={"region": ""}).status_code == 403
    assert client.post(f"{address}/2028/confirm").status_code == 403


def test_a_lab_chooses_the_hours_of_its_make_up_workdays(world, client, now) -> None:
    lab = world.lab()
    address = f"/labs/{lab.id}/make-up-days"
    sign_in(client, world.person(lab.institution))
    assert client.get(address).status_code == 403
    assert client.get("/labs/999999999/make-up-days").status_code == 404
    manager = world.person(lab.institution)
    world.grant(manager, Role.LAB_MANAGER, lab)
    sign_in(client, manager)
    assert "No make-up workday is known" in client.get(address).text
    assert client.post(address, data={"takes": "9"}).status_code == 422
    assert client.post(address, data={"takes": "4"}).status_code == 303
    world.holiday(lab.institution, date(2027, 9, 26), kind="make_up")
    page = client.get(address).text
    assert '<option value="4" selected>' in page
    assert "Sun 26 Sep" in page


def test_a_run_of_days_is_taken_back_together(institution, client) -> None:
    address = f"/institutions/{institution.id}/holidays"
    client.post(address, data={"lines": LINES})
    assert client.post(f"{address}/2027-10-01/remove", data={"last": "2027-10-02"}).status_code == 303
    assert [row.day.day for row in holidays_of(institution.id, 2027)] == [3]
    assert client.post(f"{address}/2027-10-03/remove", data={"last": "someday"}).status_code == 404
